/** What is in the books already under a key, or waits to be sealed under it. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { allOfKeys, keysStatement } from '../database/multi-row.ts';
import { idFromKey } from '../platform/ids.ts';

const listPostings = keysStatement(
  'booked-entries.postings',
  (ids) => `SELECT e.id AS entry_id, p.line_number, p.account_code, p.direction, p.amount_minor, p.currency, p.functional_amount_minor, p.rate, p.party_id FROM journal_entries e CROSS JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence WHERE e.id IN (${ids})`,
);
const isAnyWaiting = sql('booked-entries.is-any-waiting', 'SELECT EXISTS (SELECT 1 FROM provisional_entries) AS waits');
const listWaiting = sql(
  'booked-entries.waiting',
  `SELECT l.value ->> '$.accountCode' AS account_code, l.value ->> '$.direction' AS direction, l.value ->> '$.amount' AS amount_minor, l.value ->> '$.currency' AS currency, l.value ->> '$.functionalAmount' AS functional_amount_minor,
          l.value ->> '$.rate' AS rate, l.value ->> '$.partyId' AS party_id
     FROM provisional_entries AS e JOIN json_each(e.body, '$.postings') AS l WHERE e.idempotency_key = ? ORDER BY l.key`,
);

export interface BookedPostingRow {
  readonly account_code: string;
  readonly direction: 'debit' | 'credit';
  readonly amount_minor: number;
  readonly currency: string;
  readonly functional_amount_minor: number;
  readonly rate: string | null;
  readonly party_id: string | null;
}

/** The postings under each key, in the order of their lines. Keys under which nothing is booked are left out. */
export function postingsUnderKeys(database: ReadableDatabase, keys: readonly string[]): Map<string, BookedPostingRow[]> {
  const keyOf = new Map(keys.map((key) => [idFromKey(key), key]));
  const found = new Map<string, (BookedPostingRow & { line_number: number })[]>();
  for (const row of allOfKeys<BookedPostingRow & { entry_id: string; line_number: number }>(database, listPostings, [...keyOf.keys()])) {
    const key = keyOf.get(row.entry_id) ?? '';
    const rows = found.get(key);
    if (rows) rows.push(row);
    else found.set(key, [row]);
  }
  for (const rows of found.values()) rows.sort((one, other) => one.line_number - other.line_number);
  const booked = new Map<string, BookedPostingRow[]>(found);
  if (database.get<{ waits: number }>(isAnyWaiting)?.waits !== 1) return booked;
  for (const key of keys) {
    if (booked.has(key)) continue;
    const waiting = database.all<BookedPostingRow>(listWaiting, [key]);
    if (waiting.length > 0) booked.set(key, waiting);
  }
  return booked;
}
