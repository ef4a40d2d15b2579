import { TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';

export interface FilterInputProps {
  /** Names the field. */
  label: string;
  placeholder: string;
  /** What the address says. */
  value: string | undefined;
  onChange: (value: string | null) => void;
  /** Left out: as wide as there is room for, within what is usual. */
  widthPx?: number;
  /** What is typed so far means nothing: it does not narrow the list. */
  isInvalid?: boolean;
}

/** A filter that is typed. It follows the address (Back, a saved view), but never while somebody types into it. */
export function FilterInput({ label, placeholder, value = '', onChange, widthPx, isInvalid = false }: FilterInputProps) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (document.activeElement !== field.current) setTyped(value);
  }, [value]);
  return (
    <TextInput
      ref={field} aria-label={label} placeholder={placeholder} maxLength={200} spellCheck={false} error={isInvalid} value={typed} {...(widthPx === undefined ? { className: 'yielding' } : { w: widthPx })}
      onChange={(event) => { setTyped(event.currentTarget.value); onChange(event.currentTarget.value || null); }}
    />
  );
}
