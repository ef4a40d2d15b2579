import { Popover } from '@mantine/core';
import { MonthPicker } from '@mantine/dates';
import { useState } from 'react';
import { formatMonth, monthOfInstant } from '../lib/dates.ts';
import { usePreferences } from '../lib/preferences.tsx';

/** A month that narrows a list, or any. */
export function MonthFilter({ month, onChange }: { month: string | undefined; onChange: (month: string | null) => void }) {
  const [isOpen, setOpen] = useState(false);
  const { locale, now, timeZone } = usePreferences();
  const choose = (next: string | null) => { onChange(next); setOpen(false); };
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus shadow="md" position="bottom-start">
      <Popover.Target>
        <button type="button" className="control" aria-haspopup="dialog" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}><span className={month ? 'visually-hidden' : ''}>Month </span><b>{month ? formatMonth(month, locale) : 'any'}</b></button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Choose a month">
        <MonthPicker size="xs" value={month ? `${month}-01` : null} {...(month ? { defaultDate: `${month}-01` } : {})} maxDate={`${monthOfInstant(now, timeZone)}-01`} onChange={(value) => choose(value?.slice(0, 7) ?? null)} />
        <button type="button" className="text-button" onClick={() => choose(null)}>Any month</button>
      </Popover.Dropdown>
    </Popover>
  );
}
