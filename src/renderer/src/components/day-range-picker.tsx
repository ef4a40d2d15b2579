import { Popover } from '@mantine/core';
import { DatePicker } from '@mantine/dates';
import { useState } from 'react';
import { dayOfInstant, formatDay } from '../lib/dates.ts';
import { usualRanges, type DayRange } from '../lib/day-ranges.ts';
import { usePreferences } from '../lib/preferences.tsx';

function rangeWords({ from, to }: DayRange, locale: string): string {
  if (from === null && to === null) return 'all';
  if (from === null) return `to ${formatDay(to ?? '', locale)}`;
  if (to === null) return `from ${formatDay(from, locale)}`;
  return `${formatDay(from, locale)} – ${formatDay(to, locale)}`;
}

/** Days from and to, both inclusive; the usual ranges are one key away. */
export function DayRangePicker({ from, to, onChange }: DayRange & { onChange: (range: DayRange) => void }) {
  const [isOpen, setOpen] = useState(false);
  const [half, setHalf] = useState<string | null>(null);
  const { locale, now, timeZone } = usePreferences();
  const today = dayOfInstant(now, timeZone);
  const choose = (range: DayRange) => { setHalf(null); setOpen(false); onChange({ from: range.from, to: range.to }); };
  return (
    <Popover opened={isOpen} onChange={(next) => { setOpen(next); setHalf(null); }} trapFocus returnFocus shadow="md" position="bottom-start">
      <Popover.Target>
        <button type="button" className="control" aria-haspopup="dialog" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>Days <b>{rangeWords({ from, to }, locale)}</b></button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Choose days">
        <div style={{ display: 'flex', gap: 16, flexWrap: 'wrap' }}>
          <div style={{ display: 'grid', gap: 4, alignContent: 'start', justifyItems: 'start' }}>
            {usualRanges(today).map((range) => <button key={range.name} type="button" className="text-button" onClick={() => choose(range)}>{range.name}</button>)}
          </div>
          <DatePicker
            type="range" size="xs" allowSingleDateInRange maxDate={today} defaultDate={to ?? today} value={half === null ? [from, from === null ? null : to] : [half, null]}
            onChange={([first, last]) => { if (first && last) choose({ from: first, to: last }); else setHalf(first); }}
          />
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
