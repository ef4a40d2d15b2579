import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';

/** What a reason is about names its box, so that a cell can hand the keyboard on. */
export const reasonBoxId = (subject: string): string => `reason-${subject}`;

/** Asks, where it happened, why a figure deviates from what was rated. Enter keeps it, Esc takes the change back. */
export function ReasonForm({ id, what, before, onGiven, onTakenBack }: { id: string; what: string; before: string; onGiven: (reason: string) => void; onTakenBack: () => void }) {
  const [reason, setReason] = useState(before);
  const isReady = reason.trim().length >= 3;
  return (
    <form
      className="reason-form" onSubmit={(event) => { event.preventDefault(); if (isReady) onGiven(reason.trim()); }}
      onKeyDown={(event) => { if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); onTakenBack(); } }}
    >
      <TextInput id={id} label={what} placeholder="At least three letters; kept with the invoice" maxLength={500} value={reason} onFocus={(event) => event.currentTarget.select()} onChange={(event) => setReason(event.currentTarget.value)} className="grow" />
      <Button type="submit" disabled={!isReady}>Keep the change</Button>
      <Button variant="default" onClick={onTakenBack}>Take it back</Button>
    </form>
  );
}
