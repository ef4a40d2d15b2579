import { Textarea } from '@mantine/core';
import { useState } from 'react';

/** A box of several lines that is read when it is left. What somebody is typing is never written over; what nobody touched follows the draft. */
export function TypedArea({ label, description, value, maxLength, maxRows = 8, onCommit }: { label: string; description: string; value: string; maxLength: number; maxRows?: number; onCommit: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [stood, setStood] = useState(value);
  if (stood !== value) {
    setStood(value);
    if (typed === stood) setTyped(value);
  }
  const commit = () => {
    if (typed === value) return;
    setStood(typed);
    onCommit(typed);
  };
  return <Textarea className="whole-row" label={label} description={description} autosize minRows={2} maxRows={maxRows} maxLength={maxLength} value={typed} data-unsaved={typed === value ? undefined : ''} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={commit} />;
}
