/**
 * A difference between two ledgers in words a person can act on. Pure.
 */
import { minorUnits } from '../../shared/money/money.ts';
import type { Pair } from './book-comparison.ts';
import type { BookEntry, BookPosting, RecognisedLine } from './books.repository.ts';

export interface DifferenceLine {
  /** Of recognition: the month that the sum belongs to. */
  readonly month: string | null;
  readonly accountCode: string;
  readonly direction: 'debit' | 'credit';
  readonly amount: { readonly amount: number; readonly currency: string };
  readonly functionalAmountMinor: number | null;
  readonly rate: string | null;
}

export interface DifferenceSide {
  readonly entryId: string | null;
  readonly entryDate: string | null;
  readonly concernsMonth: string | null;
  readonly lines: readonly DifferenceLine[];
}

export interface BookDifference {
  readonly kind: 'only-here' | 'only-at-stripe' | 'differs' | 'recognition';
  readonly key: string;
  /** Stripe's id of what the entry is about. */
  readonly subjectId: string;
  readonly message: string;
  readonly here: DifferenceSide | null;
  readonly rebuilt: DifferenceSide | null;
}

const sideOf = (entry: BookEntry | null): DifferenceSide | null =>
  entry && {
    entryId: entry.id, entryDate: entry.entryDate, concernsMonth: entry.concernsMonth,
    lines: entry.postings.map(({ accountCode, direction, amountMinor, currency, functionalAmountMinor, rate }) => ({ month: null, accountCode, direction, amount: { amount: minorUnits(amountMinor), currency }, functionalAmountMinor, rate })),
  };

/** What the two have that differs, most telling first. */
function whatDiffers(here: BookEntry, there: BookEntry): string {
  const said = (of: (posting: BookPosting) => unknown): boolean => JSON.stringify(here.postings.map(of)) !== JSON.stringify(there.postings.map(of));
  if (said(({ accountCode, direction }) => [accountCode, direction])) return 'posted to other accounts here than Stripe’s facts ask for';
  if (said(({ amountMinor, currency }) => [amountMinor, currency])) return 'another amount here than at Stripe';
  if (said(({ functionalAmountMinor, rate }) => [functionalAmountMinor, rate])) return 'valued at another rate here than was published';
  if (said(({ partyId }) => partyId)) return 'booked on another customer here than at Stripe';
  return `${here.concernsMonth === null ? 'in its own month here' : `for ${here.concernsMonth} here`}, and by the log of closed months it belongs ${there.concernsMonth === null ? 'into its own month' : `to ${there.concernsMonth}`}`;
}

/** @returns of entries whose key is `stripe/<account>/<mode>/<object>/<id>/<kind>`. */
export function describeEntries({ here, there }: Pair<BookEntry>): BookDifference {
  const entry = here ?? there;
  const key = entry?.key ?? '';
  const subjectId = key.split('/')[4] ?? key;
  const name = `${(entry?.kind ?? 'entry').replaceAll('-', ' ')} of ${subjectId}`;
  const sides = { key, subjectId, here: sideOf(here), rebuilt: sideOf(there) };
  if (!there) return { kind: 'only-here', message: `The ${name} stands in this ledger, and Stripe does not tell of it.`, ...sides };
  if (!here) return { kind: 'only-at-stripe', message: `The ${name} is told by Stripe, and this ledger does not have it.`, ...sides };
  return { kind: 'differs', message: `The ${name}: ${whatDiffers(here, there)}.`, ...sides };
}

const signOf = (minor: number): 'debit' | 'credit' => (minor > 0 ? 'debit' : 'credit');

/** Only the months of which the two say something else. */
export function describeRecognition({ here, there }: Pair<RecognisedLine>): BookDifference {
  const lineId = (here ?? there)?.lineId ?? '';
  const [ours, theirs] = [here?.sums ?? [], there?.sums ?? []];
  const isIn = (sums: RecognisedLine['sums'], one: RecognisedLine['sums'][number]): boolean => sums.some((other) => JSON.stringify(other) === JSON.stringify(one));
  const side = (sums: RecognisedLine['sums'], others: RecognisedLine['sums']): DifferenceSide => ({
    entryId: null, entryDate: null, concernsMonth: null,
    lines: sums.filter((sum) => !isIn(others, sum)).map(({ month, accountCode, currency, minor }) => ({ month, accountCode, direction: signOf(minor), amount: { amount: minorUnits(Math.abs(minor)), currency }, functionalAmountMinor: null, rate: null })),
  });
  const sides = { here: side(ours, theirs), rebuilt: side(theirs, ours) };
  const months = [...new Set([...sides.here.lines, ...sides.rebuilt.lines].map((line) => line.month ?? ''))].sort();
  return { kind: 'recognition', key: `recognition/${lineId}`, subjectId: lineId, message: `Of the invoice line ${lineId} another amount was recognised in ${months.join(', ')} than it earned.`, ...sides };
}
