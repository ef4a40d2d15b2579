/** Money spread over invoices: what is typed beside each, and what is left. Pure. */
import { addMinorUnits } from '../../../../../shared/money/money.ts';
import { readAmount, writeAmount } from '../drafts/draft-typing.ts';

export interface OpenInvoice {
  readonly id: string;
  readonly number: string | null;
  readonly dueOn: string | null;
  readonly openMinor: number;
}

export interface ReadAllocations {
  readonly allocations: readonly { readonly invoiceId: string; readonly amountMinor: number }[];
  /** By invoice: what cannot be read or is too much. */
  readonly problems: Readonly<Record<string, string>>;
  readonly appliedMinor: number;
}

/** Empty boxes take nothing. */
export function readAllocations(invoices: readonly OpenInvoice[], typed: Readonly<Record<string, string>>, currency: string, locale: string): ReadAllocations {
  const problems: Record<string, string> = {};
  const allocations = invoices.flatMap(({ id, openMinor }) => {
    const text = typed[id]?.trim() ?? '';
    if (text === '') return [];
    const read = readAmount(text, currency, locale);
    if (!read.isFine) problems[id] = read.message;
    else if (read.value < 0) problems[id] = 'Not less than nothing.';
    else if (read.value > openMinor) problems[id] = 'More than is due.';
    return read.isFine && read.value > 0 ? [{ invoiceId: id, amountMinor: read.value }] : [];
  });
  return { allocations, problems, appliedMinor: addMinorUnits(0, ...allocations.map((each) => each.amountMinor)) };
}

/** The oldest first, as far as the money reaches. */
export function spreadOldestFirst(invoices: readonly OpenInvoice[], amountMinor: number, currency: string, locale: string): Record<string, string> {
  let left = amountMinor;
  const typed: Record<string, string> = {};
  for (const { id, openMinor } of invoices.toSorted((a, b) => (a.dueOn ?? '').localeCompare(b.dueOn ?? ''))) {
    const part = Math.min(left, openMinor);
    if (part > 0) typed[id] = writeAmount(part, currency, locale);
    left -= Math.max(0, part);
  }
  return typed;
}
