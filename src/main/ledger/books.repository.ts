/**
 * The books as domain.md §3 (Rebuild) compares them, in pages: by key, postings and the month they concern. Sequence, hashes, moments of recording and the
 * day to which an entry was moved out of a closed month may differ between two ways to the same books.
 */
import type { LocalDate, Month } from '../../shared/calendar/local-date.ts';
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
  readonly id: string;
  readonly sequence: number;
  readonly key: string;
  readonly kind: string;
  readonly entryDate: LocalDate;
  readonly concernsMonth: Month | null;
  /** In the order of their lines. */
  readonly postings: readonly BookPosting[];
}

/** What was recognised of one line of an invoice, month by month. */
export interface RecognisedLine {
  readonly lineId: string;
  /** Signed debits of an account in a month, none of them zero. */
  readonly sums: readonly { readonly month: Month; readonly accountCode: string; readonly currency: string; readonly minor: number }[];
}

// The id is the UUIDv5 of the key and has the index: walked by it, books of any size fit in memory, and both walks come by the same keys in step.
const listEntries = sql(
  'books.entries',
  `WITH page AS MATERIALIZED (SELECT id, ledger_sequence, idempotency_key, kind, entry_date, concerns_month FROM journal_entries WHERE id > :after AND idempotency_key GLOB 'stripe/*' ORDER BY id LIMIT :limit)
   SELECT e.id, e.ledger_sequence AS sequence, e.idempotency_key AS key, e.kind, e.entry_date AS entryDate, e.concerns_month AS concernsMonth, p.account_code AS accountCode, p.direction, p.amount_minor AS amountMinor, p.currency,
          p.functional_amount_minor AS functionalAmountMinor, p.rate, p.party_id AS partyId
     FROM page AS e LEFT JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence ORDER BY e.id, p.line_number`,
);
const listRecognised = sql(
  'books.recognised',
  `WITH page AS MATERIALIZED (SELECT DISTINCT source_id FROM journal_entries WHERE source_id > :after AND source_type = 'recognition' AND entry_date < :before ORDER BY source_id LIMIT :limit)
   SELECT page.source_id AS lineId, substr(e.entry_date, 1, 7) AS month, p.account_code AS accountCode, p.currency, sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END) AS minor
     FROM page CROSS JOIN journal_entries AS e ON e.source_id = page.source_id AND e.source_type = 'recognition' AND e.entry_date < :before CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
);

/** Entries that follow from the gateway's facts (domain.md §3, Identity), by id. */
export function entriesAfterId(database: ReadableDatabase, after: string, limit: number): BookEntry[] {
  const entries: (BookEntry & { postings: BookPosting[] })[] = [];
  for (const { id, sequence, key, kind, entryDate, concernsMonth, ...posting } of database.all<Omit<BookEntry, 'postings'> & BookPosting>(listEntries, { after, limit })) {
    let entry = entries.at(-1);
    if (entry?.id !== id) {
      entry = { id, sequence, key, kind, entryDate, concernsMonth, postings: [] };
      entries.push(entry);
    }
    if (posting.accountCode !== null) entry.postings.push(posting);
  }
  return entries;
}

/** What was recognised before a day, line by line. A line of which everything was taken back again comes with no sums. */
export function recognisedAfterLine(database: ReadableDatabase, after: string, limit: number, before: LocalDate): RecognisedLine[] {
  const lines: (RecognisedLine & { sums: RecognisedLine['sums'][number][] })[] = [];
  for (const { lineId, ...sum } of database.all<{ lineId: string } & RecognisedLine['sums'][number]>(listRecognised, { after, limit, before })) {
    let line = lines.at(-1);
    if (line?.lineId !== lineId) {
      line = { lineId, sums: [] };
      lines.push(line);
    }
    if (sum.minor !== 0) line.sums.push(sum);
  }
  return lines;
}
