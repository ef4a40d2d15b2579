import { TextInput } from '@mantine/core';
import { useState, type KeyboardEvent } from 'react';
import type { Typed } from '../../../lib/typed-values.ts';

export interface TypedCellProps<Value> {
  /** Names the cell: what it is and of which line. */
  label: string;
  /** Shown above the box instead of only said. */
  isLabelled?: boolean;
  value: Value;
  read: (typed: string) => Typed<Value>;
  /** How this person writes it. */
  write: (value: Value) => string;
  onCommit: (value: Value) => void;
  align?: 'end';
  placeholder?: string;
  isDisabled?: boolean;
  description?: string;
}

/** A box that is read when it is left or Enter is pressed; Esc brings back what stood there. What cannot be read stays in the box and says why. */
export function TypedCell<Value>({ label, isLabelled = false, value, read, write, onCommit, align, placeholder, isDisabled = false, description }: TypedCellProps<Value>) {
  const written = write(value);
  const [typed, setTyped] = useState(written);
  const [problem, setProblem] = useState<string | null>(null);
  const [stood, setStood] = useState(written);
  // What somebody is typing is never written over; what nobody touched follows the draft, at once: a key pressed right after an undo finds the box as it is now.
  if (stood !== written) {
    setStood(written);
    if (typed === stood) setTyped(written);
  }
  const commit = () => {
    if (typed === written) return setProblem(null);
    const meant = read(typed);
    if (!meant.isFine) return setProblem(meant.message);
    const rewritten = write(meant.value);
    setProblem(null);
    setTyped(rewritten);
    setStood(rewritten);
    if (rewritten !== written) onCommit(meant.value);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') { event.preventDefault(); commit(); }
    if (event.key === 'Escape' && typed !== written) { event.preventDefault(); event.stopPropagation(); setTyped(written); setProblem(null); }
  };
  return (
    <TextInput
      {...(isLabelled ? { label } : { 'aria-label': label })} {...(description ? { description } : {})} {...(placeholder ? { placeholder } : {})} value={typed} disabled={isDisabled} error={problem} spellCheck={false} autoComplete="off" data-unsaved={typed === written ? undefined : ''}
      styles={align === 'end' ? { input: { textAlign: 'right' } } : {}} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={commit} onKeyDown={onKeyDown}
    />
  );
}
