import { Popover } from '@mantine/core';
import { DatePicker, MonthPicker } from '@mantine/dates';
import { useState } from 'react';
import { addMonths, month as asMonth } from '../../../shared/calendar/local-date.ts';
import { formatDay, formatMonth } from '../lib/dates.ts';
import { usePreferences } from '../lib/preferences.tsx';

/** A month, with its neighbours one key away. `latest` is the running month: nothing after it can be chosen. */
export function PeriodPicker({ month, latest, onChange }: { month: string; latest: string; onChange: (month: string) => void }) {
  const [isOpen, setOpen] = useState(false);
  const { locale } = usePreferences();
  const step = (count: number) => onChange(addMonths(asMonth(month), count));
  return (
    <div className="stepper" role="group" aria-label="Period">
      <button type="button" className="control" aria-label="Previous month" onClick={() => step(-1)}>‹</button>
      <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus shadow="md" position="bottom-start">
        <Popover.Target>
          <button type="button" className="control" aria-haspopup="dialog" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}><b>{formatMonth(month, locale)}</b></button>
        </Popover.Target>
        <Popover.Dropdown aria-label="Choose a month">
          <MonthPicker size="xs" value={`${month}-01`} defaultDate={`${month}-01`} maxDate={`${latest}-01`} onChange={(value) => { if (value) { onChange(value.slice(0, 7)); setOpen(false); } }} />
        </Popover.Dropdown>
      </Popover>
      <button type="button" className="control" aria-label="Next month" disabled={month >= latest} onClick={() => step(1)}>›</button>
    </div>
  );
}

/** The day the books are looked at, end of day in the reporting zone. */
export function AsOfPicker({ day, today, onChange }: { day: string; today: string; onChange: (day: string | null) => void }) {
  const [isOpen, setOpen] = useState(false);
  const { locale } = usePreferences();
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus shadow="md" position="bottom-start">
      <Popover.Target>
        <button type="button" className="control" aria-haspopup="dialog" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>As of <b>{day === today ? 'today' : formatDay(day, locale)}</b></button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Choose a day">
        <DatePicker size="xs" value={day} defaultDate={day} maxDate={today} onChange={(value) => { if (value) { onChange(value === today ? null : value); setOpen(false); } }} />
        <button type="button" className="text-button" onClick={() => { onChange(null); setOpen(false); }}>Today</button>
      </Popover.Dropdown>
    </Popover>
  );
}
