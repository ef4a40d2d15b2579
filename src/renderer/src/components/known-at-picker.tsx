import { Popover } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { useState } from 'react';
import { formatInstant } from '../lib/dates.ts';
import { usePreferences } from '../lib/preferences.tsx';
import { fromWallClock, toWallClock } from '../lib/wall-clock.ts';

/** The moment whose knowledge the books are looked at with: entries recorded later are left out. null: now. */
export function KnownAtPicker({ knownAt, onChange }: { knownAt: number | null; onChange: (knownAt: number | null) => void }) {
  const [isOpen, setOpen] = useState(false);
  const { locale, timeZone, now } = usePreferences();
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus shadow="md" position="bottom-start">
      <Popover.Target>
        <button type="button" className="control" aria-haspopup="dialog" aria-expanded={isOpen} title="Entries recorded after this moment are left out" onClick={() => setOpen(!isOpen)}>Known at <b>{knownAt === null ? 'now' : formatInstant(knownAt, locale, timeZone)}</b></button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Choose a moment">
        <div style={{ display: 'grid', gap: 8, width: 240 }}>
          <DateTimePicker size="xs" valueFormat="YYYY-MM-DD HH:mm" label="What was known at" description={timeZone} value={toWallClock(knownAt ?? now, timeZone)} maxDate={toWallClock(now, timeZone)} onChange={(text) => { const instant = text === null ? null : fromWallClock(text, timeZone); if (instant !== null) onChange(instant); }} popoverProps={{ withinPortal: false }} />
          <button type="button" className="text-button" onClick={() => { onChange(null); setOpen(false); }}>Now</button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
