import { NativeSelect } from '@mantine/core';
import { useState, type KeyboardEvent } from 'react';
import { currencyExponent } from '../../../../../shared/money/currency.ts';
import { MoneyText } from '../../../components/money-text.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import type { Typed } from '../../../lib/typed-values.ts';
import type { DraftDesk } from './draft-desk.ts';
import { isEdited, type DraftLine, type DraftView, type Step } from './draft-steps.ts';
import { readAmount, readDiscount, readFigure, writeAmount, writeDiscount, writeFigure } from './draft-typing.ts';
import { InvoiceWhy } from '../invoice-why.tsx';
import { LineNotes } from './line-notes.tsx';
import { reasonBoxId } from './reason-form.tsx';
import { lineTaxChoices, taxKey, taxOfKey } from './tax-choices.ts';
import { TypedCell } from './typed-cell.tsx';

export interface LineRowProps {
  draft: DraftView;
  line: DraftLine;
  index: number;
  desk: DraftDesk;
  /** A change of it waits for its reason. */
  isHeld: boolean;
  /** What stands here is what is stored: the backend can explain it. */
  isSaved: boolean;
  rates: readonly { jurisdiction: string; basisPoints: number }[];
  onMove: (lineId: string, delta: 1 | -1) => void;
}

const readWords = (typed: string): Typed<string> => (typed.trim() === '' ? { isFine: false, message: 'A line says what it is for.' } : typed.trim().length > 1_000 ? { isFine: false, message: 'A thousand letters at most.' } : { isFine: true, value: typed.trim() });
const asIs = (text: string): string => text;

/** The reason of an edit stands in the row below. */
const ratedWords = (explanation: string): string => explanation.split('; edited: ')[0] ?? explanation;

type Change = Omit<Extract<Step, { kind: 'change-line' }>, 'kind' | 'lineId' | 'reason'>;

/** A line, edited in place. A figure that deviates from what was rated waits for its reason in the row below. */
export function LineRow({ draft, line, index, desk, isHeld, isSaved, rates, onMove }: LineRowProps) {
  const { locale } = usePreferences();
  const { currency } = draft;
  const name = `line ${index + 1}`;
  const change = (what: Change, isFigure = true) => {
    const step: Step = { kind: 'change-line', lineId: line.id, ...what };
    if (line.rated && isFigure) desk.hold(step);
    else desk.act([step]);
  };
  const { partial, factor } = useFactors(line, change);
  const remove = () => {
    if (line.rated) desk.hold({ kind: 'remove-line', lineId: line.id });
    else desk.act([{ kind: 'remove-line', lineId: line.id }]);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>) => {
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) { event.preventDefault(); onMove(line.id, event.key === 'ArrowUp' ? -1 : 1); }
    // The cell has been read by now: what asks for its reason gets the keyboard.
    if (event.key === 'Enter') requestAnimationFrame(() => document.getElementById(reasonBoxId(line.id))?.focus());
  };
  return (
    <>
      <tr className={line.isRemoved ? 'removed' : ''} onKeyDown={onKeyDown} data-line={line.id}>
        <td className="line-order">
          <button type="button" className="icon-button" title="Move up (Alt ↑)" aria-label={`Move ${name} up`} disabled={index === 0} onClick={() => onMove(line.id, -1)}>↑</button>
          <button type="button" className="icon-button" title="Move down (Alt ↓)" aria-label={`Move ${name} down`} disabled={index === draft.lines.length - 1} onClick={() => onMove(line.id, 1)}>↓</button>
        </td>
        {line.isRemoved ? <RemovedCells line={line} currency={currency} /> : (
          <>
            <th scope="row"><TypedCell label={`Description of ${name}`} value={line.description} read={readWords} write={asIs} onCommit={(description) => change({ description }, false)} />{line.explanation ? <div className="muted small line-why">{ratedWords(line.explanation)}</div> : null}</th>
            <td><TypedCell label={`Quantity of ${name}`} align="end" value={partial.quantity ?? line.quantity} read={(typed) => readFigure(typed, locale)} write={(value) => writeFigure(value, locale)} onCommit={(value) => factor('quantity', value)} /></td>
            <td><TypedCell label={`Price of ${name}`} align="end" value={partial.unitPrice ?? line.unitPrice} read={(typed) => readFigure(typed, locale)} write={(value) => writeFigure(value, locale, currencyExponent(currency))} onCommit={(value) => factor('unitPrice', value)} />{partial.quantity ?? partial.unitPrice ? <div className="small quiet">{partial.quantity ? 'A price is missing' : 'A quantity is missing'}</div> : null}</td>
            <td><TypedCell label={`Discount of ${name}`} align="end" placeholder={line.discountMinor === 0 ? '' : writeAmount(line.discountMinor, currency, locale)} value={line.discount} read={(typed) => readDiscount(typed, currency, locale)} write={(value) => writeDiscount(value, currency, locale)} onCommit={(discount) => change({ discount })} />{line.discountMinor !== 0 && isSaved ? <div className="small num"><InvoiceWhy id={draft.id} version={draft.version} figure="line-discount" line={line.id} label={`discount of ${name}`} /></div> : null}</td>
            <td><NativeSelect aria-label={`Tax of ${name}`} value={taxKey(line.tax)} data={lineTaxChoices({ invoiceTax: draft.tax, own: line.tax, rates, locale })} onChange={(event) => change({ tax: taxOfKey(event.currentTarget.value) })} /></td>
            <td>
              <TypedCell label={`Amount of ${name}`} align="end" value={line.amountMinor} read={(typed) => readAmount(typed, currency, locale)} write={(value) => writeAmount(value, currency, locale)} onCommit={(amountMinor) => change({ amountMinor })} />
              {line.rated && line.rated.amountMinor !== line.amountMinor ? <div className="small muted num">Rated <MoneyText amount={line.rated.amountMinor} currency={currency} hidesCurrency /></div> : null}
            </td>
          </>
        )}
        <td className="line-acts">
          {line.isRemoved || !isSaved ? null : <InvoiceWhy id={draft.id} version={draft.version} figure="line" line={line.id} label={`amount of ${name}`} />}
          {line.isRemoved ? null : <button type="button" className="text-button" aria-label={`Remove ${name}`} onClick={remove}>Remove</button>}
          {line.rated && isEdited(line) && !isHeld ? <button type="button" className="text-button" aria-label={`Restore ${name} as rated`} title="Takes back every edit of this line" onClick={() => desk.act([{ kind: 'restore-line', lineId: line.id }])}>Restore</button> : null}
        </td>
      </tr>
      <LineNotes line={line} name={name} currency={currency} desk={desk} isHeld={isHeld} />
    </>
  );
}

/** Quantity and price make the amount only together: the first of them waits in its cell for the other. */
function useFactors(line: DraftLine, change: (what: Change) => void) {
  const [partial, setPartial] = useState<{ quantity?: string | null; unitPrice?: string | null }>({});
  function factor(name: 'quantity' | 'unitPrice', value: string | null): void {
    const stood = { quantity: line.quantity, unitPrice: line.unitPrice, ...partial };
    const { quantity, unitPrice } = name === 'quantity' ? { ...stood, quantity: value } : { ...stood, unitPrice: value };
    const isComplete = quantity !== null && unitPrice !== null;
    setPartial(isComplete || (quantity === null && unitPrice === null) ? {} : { quantity, unitPrice });
    if (isComplete) change({ quantity, unitPrice });
    // Without either of them the amount stands for itself.
    else if (quantity === null && unitPrice === null && line.quantity !== null) change({ amountMinor: line.amountMinor });
  }
  return { partial, factor };
}

function RemovedCells({ line, currency }: { line: DraftLine; currency: string }) {
  return (
    <>
      <th scope="row"><s>{line.description}</s> <span className="badge attention">Removed</span></th>
      <td className="num"><s>{line.quantity}</s></td><td className="num"><s>{line.unitPrice}</s></td><td /><td />
      <td className="num"><s><MoneyText amount={line.amountMinor} currency={currency} hidesCurrency /></s></td>
    </>
  );
}
