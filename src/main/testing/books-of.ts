/**
 * The books of a ledger as domain.md §3 (Rebuild) compares them: by key, postings and the month they concern. Sequence, hashes, moments of recording
 * and the day to which an entry was moved out of a closed month may differ between two ways to the same books.
 */
import { sql, type ReadableDatabase } from '../database/handles.ts';

export interface BookPosting {
  readonly accountCode: string;
  readonly direction: 'debit' | 'credit';
  readonly amountMinor: number;
  readonly currency: string;
  readonly functionalAmountMinor: number;
  readonly rate: string | null;
  readonly partyId: string | null;
}

export interface BookEntry {
  readonly key: string;
  readonly concernsMonth: string | null;
  /** In the order of their lines. */
  readonly postings: readonly BookPosting[];
}

/** An entry that stands in one of two ledgers only, or says something else there. */
export interface BookDifference {
  readonly key: string;
  readonly left: BookEntry | null;
  readonly right: BookEntry | null;
}

export interface BookScope {
  /** Which entries count; all when absent. {@link isProviderKey} leaves out what people did. */
  readonly isCompared?: (key: string) => boolean;
}

/** Entries that follow from the gateway's facts: a rebuild from Stripe makes them again. */
export const isProviderKey = (key: string): boolean => key.startsWith('stripe/') || key.startsWith('recognition/');

interface BookRow extends BookPosting {
  readonly key: string;
  readonly concernsMonth: string | null;
}

const listBooks = sql(
  'testing.books',
  `SELECT e.idempotency_key AS key, e.concerns_month AS concernsMonth, p.account_code AS accountCode, p.direction, p.amount_minor AS amountMinor, p.currency,
          p.functional_amount_minor AS functionalAmountMinor, p.rate, p.party_id AS partyId
     FROM journal_entries e LEFT JOIN postings p ON p.entry_id = e.id ORDER BY e.idempotency_key, p.line_number`,
);

/** One entry at a time, in the order of the keys' bytes: books of any size fit in memory. */
export function* booksOf(database: ReadableDatabase, { isCompared = () => true }: BookScope = {}): Generator<BookEntry> {
  let current: { key: string; concernsMonth: string | null; postings: BookPosting[] } | undefined;
  for (const { key, concernsMonth, ...posting } of database.iterate<BookRow>(listBooks)) {
    if (!isCompared(key)) continue;
    if (current?.key !== key) {
      if (current) yield current;
      current = { key, concernsMonth, postings: [] };
    }
    if (posting.accountCode !== null) current.postings.push(posting);
  }
  if (current) yield current;
}

/** As SQLite orders text, byte by byte: JavaScript's own order differs beyond the basic plane. */
const compareKeys = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

/**
 * What two ledgers do not have in common; empty when their books are equal. Both are read in step, and reading ends at the limit.
 * @param limit how many differences are told at most.
 */
export function compareBooks(left: ReadableDatabase, right: ReadableDatabase, scope: BookScope = {}, limit = 20): BookDifference[] {
  const differences: BookDifference[] = [];
  const lefts = booksOf(left, scope);
  const rights = booksOf(right, scope);
  try {
    let ofLeft = lefts.next();
    let ofRight = rights.next();
    while (!(ofLeft.done && ofRight.done) && differences.length < limit) {
      const order = ofLeft.done ? 1 : ofRight.done ? -1 : compareKeys(ofLeft.value.key, ofRight.value.key);
      const inLeft = order <= 0 && !ofLeft.done ? ofLeft.value : null;
      const inRight = order >= 0 && !ofRight.done ? ofRight.value : null;
      if (JSON.stringify(inLeft) !== JSON.stringify(inRight)) differences.push({ key: (inLeft ?? inRight)?.key ?? '', left: inLeft, right: inRight });
      if (inLeft) ofLeft = lefts.next();
      if (inRight) ofRight = rights.next();
    }
  } finally {
    lefts.return(undefined);
    rights.return(undefined);
  }
  return differences;
}
