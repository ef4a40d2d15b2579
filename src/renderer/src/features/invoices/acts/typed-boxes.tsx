import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { dayOfInstant } from '../../../lib/dates.ts';
import { usePreferences } from '../../../lib/preferences.tsx';
import { readDay, writeDay, type Typed } from '../../../lib/typed-values.ts';
import { readAmount, writeAmount } from '../drafts/draft-typing.ts';

export interface TypedBox<Value> {
  readonly typed: string;
  readonly type: (typed: string) => void;
  readonly read: Typed<Value>;
}

/** A day in a form, today at first. */
export function useDayBox(): TypedBox<string> {
  const { locale, now, timeZone } = usePreferences();
  const [typed, type] = useState(() => writeDay(dayOfInstant(now, timeZone), locale));
  return { typed, type, read: readDay(typed, locale) };
}

/** An amount in a form; more than nothing. */
export function useAmountBox(startMinor: number, currency: string): TypedBox<number> {
  const { locale } = usePreferences();
  const [typed, type] = useState(() => (startMinor === 0 ? '' : writeAmount(startMinor, currency, locale)));
  const read = readAmount(typed, currency, locale);
  return { typed, type, read: read.isFine && read.value <= 0 ? { isFine: false, message: 'More than nothing.' } : read };
}

/** A box that says what is wrong once something was typed. */
export function FormBox<Value>({ label, box, align, isFirst = false, description }: { label: string; box: TypedBox<Value>; align?: 'end'; isFirst?: boolean; description?: string }) {
  return (
    <TextInput
      label={label} required autoComplete="off" spellCheck={false} {...(description ? { description } : {})} {...(isFirst ? { 'data-autofocus': true } : {})} value={box.typed} error={box.read.isFine || box.typed.trim() === '' ? null : box.read.message}
      styles={align === 'end' ? { input: { textAlign: 'right' } } : {}} onChange={(event) => box.type(event.currentTarget.value)}
    />
  );
}
