/**
 * What a journal entry is before it is in the books, and the rules it must keep there (domain.md §3, architecture.md §6). Pure.
 */
import { hash } from 'node:crypto';
import type { LocalDate, Month } from '../../shared/calendar/local-date.ts';
import { InvariantError } from '../../shared/errors/errors.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import type { MinorUnits } from '../../shared/money/money.ts';
import { quoted, quotedOrNull } from './json-text.ts';

export type Direction = 'debit' | 'credit';

export interface PostingDraft {
  readonly accountCode: string;
  readonly direction: Direction;
  /** Greater than zero: the direction carries the sign. */
  readonly amount: MinorUnits;
  readonly currency: CurrencyCode;
  /** The same value in the ledger's functional currency; see `valuation.ts` for how it is found. */
  readonly functionalAmount: MinorUnits;
  /** Functional units per unit of `currency`, both in major units, decimal text; null when they are the same currency. */
  readonly rate: string | null;
  /** Customer or partner, where there is one. */
  readonly partyId: string | null;
}

export interface JournalEntryDraft {
  /** What makes the entry the same entry on every desk, for example `stripe/<account>/<mode>/<object>/<id>/<kind>`. Its id is derived from it. */
  readonly key: string;
  /** The day in the reporting zone. A day of a closed month is moved by the sealer, not by the writer. */
  readonly entryDate: LocalDate;
  /** In finance's words: 'invoice-finalised', 'payment', 'refund', 'payout', … */
  readonly kind: string;
  /** What it was made from: 'stripe-balance-transaction', 'stripe-invoice', 'invoice', … */
  readonly sourceType: string;
  readonly sourceId: string;
  readonly memo: string;
  /** The month the entry is about when that is not the month of its date. */
  readonly concernsMonth?: Month;
  readonly reversesEntryId?: string;
  readonly postings: readonly PostingDraft[];
}

/**
 * The rules every entry keeps: at least two postings, positive whole amounts, debits equal credits in every currency and in functional currency.
 * @throws InvariantError `entry-without-postings`, `posting-amount-invalid`, `entry-unbalanced`, `entry-functional-unbalanced`.
 */
export function assertBalanced(draft: JournalEntryDraft): void {
  if (draft.postings.length < 2) throw new InvariantError('entry-without-postings', `The entry ${draft.key} has fewer than two postings.`, { data: { key: draft.key } });
  const byCurrency = new Map<string, number>();
  let functional = 0;
  for (const posting of draft.postings) {
    if (!Number.isSafeInteger(posting.amount) || posting.amount <= 0 || !Number.isSafeInteger(posting.functionalAmount) || posting.functionalAmount < 0) {
      throw new InvariantError('posting-amount-invalid', `A posting of ${draft.key} has an amount that is not a positive whole number of minor units.`, { data: { key: draft.key, accountCode: posting.accountCode } });
    }
    const sign = posting.direction === 'debit' ? 1 : -1;
    byCurrency.set(posting.currency, (byCurrency.get(posting.currency) ?? 0) + sign * posting.amount);
    functional += sign * posting.functionalAmount;
  }
  for (const [currency, difference] of byCurrency) {
    if (difference !== 0) throw new InvariantError('entry-unbalanced', `Debits and credits of ${draft.key} differ in ${currency.toUpperCase()}.`, { data: { key: draft.key, currency, difference } });
  }
  if (functional !== 0) throw new InvariantError('entry-functional-unbalanced', `Debits and credits of ${draft.key} differ in functional currency.`, { data: { key: draft.key, difference: functional } });
}

/** What an entry says, as a JSON list: key, dates, kind, source and postings. */
export function inputText(draft: JournalEntryDraft): string {
  let lines = '';
  for (const posting of draft.postings) {
    lines += `,[${quoted(posting.accountCode)},"${posting.direction}",${posting.amount},${quoted(posting.currency)},${posting.functionalAmount},${quotedOrNull(posting.rate)},${quotedOrNull(posting.partyId)}]`;
  }
  return `[${quoted(draft.key)},${quoted(draft.entryDate)},${quoted(draft.kind)},${quoted(draft.sourceType)},${quoted(draft.sourceId)},${quoted(draft.memo)},${quotedOrNull(draft.concernsMonth ?? null)},${quotedOrNull(draft.reversesEntryId ?? null)}${lines}]`;
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');
const toStorable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');

/**
 * The draft in letters that every store keeps as they are: half a surrogate pair is no UTF-8, and PostgreSQL has no NUL. Either becomes U+FFFD, so
 * that what is hashed is what is read again.
 */
export function storableDraft(draft: JournalEntryDraft): JournalEntryDraft {
  const { key, sourceId, memo, postings } = draft;
  if (isStorable(key) && isStorable(sourceId) && isStorable(memo) && postings.every(({ partyId }) => partyId === null || isStorable(partyId))) return draft;
  return {
    ...draft, key: toStorable(key), sourceId: toStorable(sourceId), memo: toStorable(memo), postings: postings.map((posting) => ({ ...posting, partyId: posting.partyId === null ? null : toStorable(posting.partyId) })),
  };
}

/**
 * What the entry says, as one hash: same key and same hash is the same entry. Id, time of recording and redating are left out (domain.md §3),
 * so the date here is the one the fact carries.
 */
export function inputHashOf(draft: JournalEntryDraft): string {
  return hash('sha256', inputText(draft), 'hex');
}

/** The exact negation of an entry: the same postings with their sides changed, in a new entry that names the old one. */
export function reversalOf(original: JournalEntryDraft, originalId: string, reversal: { readonly key: string; readonly entryDate: LocalDate; readonly kind: string; readonly memo: string }): JournalEntryDraft {
  return {
    ...reversal,
    sourceType: original.sourceType,
    sourceId: original.sourceId,
    reversesEntryId: originalId,
    postings: original.postings.map((posting) => ({ ...posting, direction: posting.direction === 'debit' ? 'credit' : 'debit' })),
  };
}
