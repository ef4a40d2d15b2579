/**
 * The books in the order of entry dates, then of sealing, a part at a time. Entries sealed after the first part was read are left out of all the others, so
 * that the parts are one state of the books; entries never change, so nothing has to be held open between two parts.
 */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { countEntriesAsOf, readAccountBalances, type AccountBalanceRow } from './account-totals.queries.ts';
import { readLedgerAccounts } from './ledger-accounts.queries.ts';

/** Behind which entry an export stands. */
export interface ExportMark {
  readonly asOf: string;
  readonly headSequence: number;
  readonly totalEntries: number;
  readonly entryDate: string;
  readonly sequence: number;
}

export interface ExportPart<Entry> {
  /** Only with the first part. */
  readonly books: BooksRow | null;
  readonly entries: Entry[];
  /** Only with the last part. */
  readonly balances: (Pick<AccountBalanceRow, 'accountCode' | 'accountType' | 'currency'> & { readonly balanceMinor: number })[] | null;
  readonly totalEntries: number;
  readonly next: ExportMark | null;
}

interface BooksRow {
  readonly companyName: string | null;
  readonly asOf: string;
  readonly firstDay: string;
  readonly headSequence: number;
  readonly headHash: string | null;
  readonly entries: number;
  readonly pendingEntries: number;
  readonly accounts: { readonly code: string; readonly name: string; readonly type: AccountBalanceRow['accountType']; readonly description: string }[];
  readonly currencies: string[];
}

interface PostingRow {
  readonly lineNumber: number;
  readonly accountCode: string;
  readonly accountName: string;
  readonly accountType: AccountBalanceRow['accountType'];
  readonly direction: 'debit' | 'credit';
  readonly amountMinor: number;
  readonly currency: string;
  readonly functionalAmountMinor: number;
  readonly rate: string | null;
  readonly partyId: string | null;
}

interface EntryRow {
  readonly sequence: number;
  readonly id: string;
  readonly entryDate: string;
  readonly recordedAt: number;
  readonly kind: string;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly key: string;
  readonly memo: string;
  readonly concernsMonth: string | null;
  readonly reversesEntryId: string | null;
  readonly previousHash: string;
  readonly hash: string;
}

export type ExportedEntryRow = EntryRow & { readonly partyName: string | null; readonly postings: PostingRow[] };

const findHead = sql('export.head', 'SELECT ledger_sequence AS sequence, hash FROM journal_entries ORDER BY ledger_sequence DESC LIMIT 1');
const findFirstDay = sql('export.first-day', 'SELECT min(entry_date) AS day FROM journal_entries');
const countPending = sql('export.pending', 'SELECT count(*) AS count FROM provisional_entries');
const findCompany = sql('export.company', "SELECT value FROM ledger_settings WHERE name = 'company_name'");
const listEntries = sql(
  'export.entries',
  `SELECT ledger_sequence AS sequence, id, entry_date AS entryDate, recorded_at AS recordedAt, kind, source_type AS sourceType, source_id AS sourceId, idempotency_key AS key, memo, concerns_month AS concernsMonth, reverses_entry_id AS reversesEntryId,
     previous_hash AS previousHash, hash
   FROM journal_entries INDEXED BY journal_entries_by_date WHERE (entry_date, ledger_sequence) > (:entryDate, :sequence) AND entry_date <= :asOf AND ledger_sequence <= :headSequence ORDER BY entry_date, ledger_sequence LIMIT :limit`,
);
const listPostings = sql(
  'export.postings',
  `SELECT p.ledger_sequence AS sequence, p.line_number AS lineNumber, p.account_code AS accountCode, a.name AS accountName, a.type AS accountType, p.direction, p.amount_minor AS amountMinor, p.currency, p.functional_amount_minor AS functionalAmountMinor, p.rate,
     p.party_id AS partyId
   FROM json_each(?) k CROSS JOIN posting_lines p ON p.ledger_sequence = k.value CROSS JOIN accounts a ON a.code = p.account_code ORDER BY k.key, p.line_number`,
);
const listNames = sql('export.party-names', 'SELECT id, coalesce(name, email) AS name FROM stripe_customers WHERE id IN (SELECT value FROM json_each(:ids)) UNION ALL SELECT id, name FROM partners WHERE id IN (SELECT value FROM json_each(:ids))');
const sumLater = sql(
  'export.sealed-meanwhile',
  `SELECT p.account_code AS accountCode, p.currency, sum(iif(p.direction = 'debit', p.amount_minor, -p.amount_minor)) AS netMinor FROM journal_entries e CROSS JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence
   WHERE e.ledger_sequence > :headSequence AND +e.entry_date <= :asOf GROUP BY p.account_code, p.currency`,
);

function readBooks(database: ReadableDatabase, asOf: string, head: { readonly sequence: number; readonly hash: string } | undefined): BooksRow {
  const accounts = readLedgerAccounts(database);
  return {
    companyName: database.get<{ value: string }>(findCompany)?.value ?? null, asOf, firstDay: database.get<{ day: string | null }>(findFirstDay)?.day ?? asOf, headSequence: head?.sequence ?? 0, headHash: head?.hash ?? null,
    entries: countEntriesAsOf(database, asOf), pendingEntries: database.get<{ count: number }>(countPending)?.count ?? 0,
    accounts: accounts.map(({ code, name, type, description }) => ({ code, name, type: type as AccountBalanceRow['accountType'], description })), currencies: [...new Set(accounts.flatMap((account) => account.currencies))].sort(),
  };
}

function readBalances(database: ReadableDatabase, { asOf, headSequence }: Pick<ExportMark, 'asOf' | 'headSequence'>): NonNullable<ExportPart<never>['balances']> {
  const later = new Map(database.all<{ accountCode: string; currency: string; netMinor: number }>(sumLater, { asOf, headSequence }).map((row) => [`${row.accountCode}/${row.currency}`, row.netMinor]));
  return readAccountBalances(database, asOf).map(({ accountCode, accountType, currency, debitMinor, creditMinor }) => ({ accountCode, accountType, currency, balanceMinor: debitMinor - creditMinor - (later.get(`${accountCode}/${currency}`) ?? 0) }));
}

function withPostings(database: ReadableDatabase, entries: readonly EntryRow[]): ExportedEntryRow[] {
  const postings = new Map<number, PostingRow[]>();
  for (const { sequence, ...posting } of database.all<PostingRow & { sequence: number }>(listPostings, [JSON.stringify(entries.map((entry) => entry.sequence))])) {
    const list = postings.get(sequence);
    if (list) list.push(posting);
    else postings.set(sequence, [posting]);
  }
  const partyOf = ({ sequence }: EntryRow): string | null => postings.get(sequence)?.find((posting) => posting.partyId !== null)?.partyId ?? null;
  const parties = [...new Set(entries.map(partyOf).filter((id) => id !== null))];
  const names = new Map(database.all<{ id: string; name: string | null }>(listNames, { ids: JSON.stringify(parties) }).map((row) => [row.id, row.name]));
  return entries.map((entry) => ({ ...entry, partyName: names.get(partyOf(entry) ?? '') ?? null, postings: postings.get(entry.sequence) ?? [] }));
}

/** @param after null: from the beginning, of the entries dated up to the end of `asOf`. */
export function readExportPart(database: ReadableDatabase, asOf: string, after: ExportMark | null, limit: number): ExportPart<ExportedEntryRow> {
  const head = after === null ? database.get<{ sequence: number; hash: string }>(findHead) : undefined;
  const books = after === null ? readBooks(database, asOf, head) : null;
  const mark = after ?? { asOf, headSequence: head?.sequence ?? 0, totalEntries: books?.entries ?? 0, entryDate: '', sequence: 0 };
  const found = database.all<EntryRow>(listEntries, { entryDate: mark.entryDate, sequence: mark.sequence, asOf: mark.asOf, headSequence: mark.headSequence, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const isLast = found.length <= limit || last === undefined;
  return {
    books, entries: withPostings(database, shown), totalEntries: mark.totalEntries, balances: isLast ? readBalances(database, mark) : null,
    next: isLast ? null : { ...mark, entryDate: last.entryDate, sequence: last.sequence },
  };
}
