import { Button, TextInput } from '@mantine/core';
import { useRef, useState, type KeyboardEvent } from 'react';
import { usePreferences } from '../../../lib/preferences.tsx';
import type { Typed } from '../../../lib/typed-values.ts';
import type { DraftDesk } from './draft-desk.ts';
import type { Step } from './draft-steps.ts';
import { readAmount, readFigure } from './draft-typing.ts';

const nothing = { description: '', quantity: '', unitPrice: '', amount: '' };

/** What is typed for a new line as its step, or what is missing. */
function readNewLine(typed: typeof nothing, currency: string, locale: string): Typed<Step> {
  const refused = (message: string): Typed<Step> => ({ isFine: false, message });
  const description = typed.description.trim();
  if (description === '') return refused('Say what the line is for.');
  const [quantity, unitPrice] = [readFigure(typed.quantity, locale), readFigure(typed.unitPrice, locale)];
  if (!quantity.isFine) return refused(`Quantity: ${quantity.message}`);
  if (!unitPrice.isFine) return refused(`Price: ${unitPrice.message}`);
  const line = { kind: 'add-line' as const, lineId: crypto.randomUUID(), description, discount: null, tax: null, beforeLineId: null };
  if (quantity.value !== null && unitPrice.value !== null) return { isFine: true, value: { ...line, quantity: quantity.value, unitPrice: unitPrice.value, amountMinor: null } };
  if (typed.amount.trim() === '') return refused('A line has a quantity and a price, or an amount.');
  const amount = readAmount(typed.amount, currency, locale);
  return amount.isFine ? { isFine: true, value: { ...line, quantity: null, unitPrice: null, amountMinor: amount.value } } : refused(`Amount: ${amount.message}`);
}

/** The row below the last line: what is typed there becomes a line by Enter, and the next one can be typed. */
export function NewLineRow({ desk, currency }: { desk: DraftDesk; currency: string }) {
  const { locale } = usePreferences();
  const [typed, setTyped] = useState(nothing);
  const [problem, setProblem] = useState<string | null>(null);
  const first = useRef<HTMLInputElement>(null);
  const add = () => {
    const line = readNewLine(typed, currency, locale);
    if (!line.isFine) return setProblem(line.message);
    desk.act([line.value]);
    setTyped(nothing);
    setProblem(null);
    first.current?.focus();
  };
  const box = (name: keyof typeof nothing, label: string, isFigure = true) => (
    <TextInput
      aria-label={label} placeholder={isFigure ? '' : 'Add a line'} value={typed[name]} autoComplete="off" spellCheck={!isFigure} {...(isFigure ? { styles: { input: { textAlign: 'right' as const } } } : { ref: first })}
      onChange={(event) => { const { value } = event.currentTarget; setTyped((before) => ({ ...before, [name]: value })); setProblem(null); }}
    />
  );
  const onKeyDown = (event: KeyboardEvent) => { if (event.key === 'Enter' && !event.nativeEvent.isComposing) { event.preventDefault(); add(); } };
  return (
    <>
      <tr className="new-line" onKeyDown={onKeyDown}>
        <td />
        <td>{box('description', 'Description of a new line', false)}</td><td>{box('quantity', 'Quantity of a new line')}</td><td>{box('unitPrice', 'Price of a new line')}</td><td /><td /><td>{box('amount', 'Amount of a new line')}</td>
        <td className="line-acts"><Button variant="default" onClick={add}>Add line</Button></td>
      </tr>
      {problem ? <tr className="line-note"><td /><td colSpan={7} className="bad" role="alert">{problem}</td></tr> : null}
    </>
  );
}
