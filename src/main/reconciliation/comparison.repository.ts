/**
 * The set-based half of a reconciliation: what Stripe lists lies in a temporary table of this connection and is joined by key with the journal and the
 * payment history, a few thousand at a time in the order of its ids. Only what is not plainly equal leaves SQL. What is left over on either side is found
 * by comparison-leftovers.repository.ts.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type ReadableDatabase, type SqlValue, type WritableDatabase } from '../database/handles.ts';
import { rowsStatement, runRows } from '../database/multi-row.ts';
import type { ListedBalanceTransaction } from './gateway-balance-transactions.ts';
import type { LedgerSide } from './ledger-matching.ts';
import { paymentKindOf, type GatewayTransaction, type PaymentHistoryRow, type PaymentKind } from './transaction-matching.ts';

/** Which accounts of the chart hold the gateway's money and its fees, what is converted, and what waits for somebody to say what it is. */
export interface ComparedAccounts {
  readonly clearing: string;
  readonly fees: string;
  readonly conversion: string;
  readonly unapplied: string;
  readonly suspense: string;
}

/** Half-open, epoch milliseconds; undefined: unbounded. */
export interface InstantRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export interface StoreSum {
  readonly currency: string;
  readonly count: number;
  readonly amountMinor: number;
}

const listedColumns = 'position INTEGER PRIMARY KEY, id TEXT NOT NULL, source_id TEXT, kind TEXT, is_payout INTEGER NOT NULL, amount_minor INTEGER NOT NULL, fee_minor INTEGER NOT NULL, currency TEXT NOT NULL, exchange_rate TEXT, created_at INTEGER NOT NULL, created_on TEXT NOT NULL, available_at INTEGER';
const ledgerColumns = 'net_minor INTEGER NOT NULL, fee_minor INTEGER NOT NULL, other_currency TEXT, entries INTEGER NOT NULL, entry_date TEXT NOT NULL, concerns_month TEXT, converted_minor INTEGER, converted_currency TEXT, held_minor INTEGER NOT NULL';
const tables = [
  // On the disk and not in memory: a listing of everything may be large.
  'PRAGMA temp_store = FILE',
  `CREATE TEMP TABLE IF NOT EXISTS reconcile_listing (${listedColumns})`,
  `CREATE TEMP TABLE IF NOT EXISTS reconcile_staged (${listedColumns})`,
  `CREATE TEMP TABLE IF NOT EXISTS reconcile_unpaired (${listedColumns})`,
  'CREATE TEMP TABLE IF NOT EXISTS reconcile_unequal (position INTEGER PRIMARY KEY, row_count INTEGER NOT NULL)',
  'CREATE TEMP TABLE IF NOT EXISTS reconcile_pairs (row_id INTEGER PRIMARY KEY, position INTEGER NOT NULL, is_equal INTEGER NOT NULL)',
  'CREATE INDEX IF NOT EXISTS temp.reconcile_pairs_by_position ON reconcile_pairs (position)',
  'CREATE TEMP TABLE IF NOT EXISTS reconcile_entries (ledger_sequence INTEGER PRIMARY KEY, position INTEGER NOT NULL, entry_date TEXT NOT NULL, concerns_month TEXT)',
  `CREATE TEMP TABLE IF NOT EXISTS reconcile_ledger (position INTEGER PRIMARY KEY, ${ledgerColumns})`,
  `CREATE TEMP TABLE IF NOT EXISTS reconcile_returns (transaction_id TEXT PRIMARY KEY, ${ledgerColumns})`,
  'CREATE TEMP TABLE IF NOT EXISTS reconcile_ghosts (id TEXT PRIMARY KEY) WITHOUT ROWID',
].map((text, index) => sql(`reconcile.create-${index}`, text));
const indexListing = ['CREATE INDEX IF NOT EXISTS temp.reconcile_listing_by_id ON reconcile_listing (id)', 'CREATE INDEX IF NOT EXISTS temp.reconcile_listing_by_source ON reconcile_listing (source_id, id)'].map((text, index) => sql(`reconcile.index-${index}`, text));

const emptying = (names: readonly string[]) => names.map((table) => sql(`reconcile.empty-${table}`, `DELETE FROM temp.${table}`));
const chunkTables = emptying(['reconcile_staged', 'reconcile_unequal', 'reconcile_entries', 'reconcile_ledger']);
const runTables = emptying(['reconcile_listing', 'reconcile_unpaired', 'reconcile_pairs', 'reconcile_returns', 'reconcile_ghosts']);
const dropIndexes = ['reconcile_listing_by_id', 'reconcile_listing_by_source'].map((index) => sql(`reconcile.drop-${index}`, `DROP INDEX IF EXISTS temp.${index}`));

const begin = sql('reconcile.begin-chunk', 'SAVEPOINT reconcile_chunk');
const undo = sql('reconcile.undo-chunk', 'ROLLBACK TO reconcile_chunk');
const release = sql('reconcile.end-chunk', 'RELEASE reconcile_chunk');
const list = rowsStatement('reconcile.list', 'INSERT INTO temp.reconcile_listing (id, source_id, kind, is_payout, amount_minor, fee_minor, currency, exchange_rate, created_at, created_on, available_at) VALUES', 11);

const staged = 'id, source_id, kind, is_payout, amount_minor, fee_minor, currency, exchange_rate, created_at, created_on, available_at';
const stageListed = sql('reconcile.stage-listed', `INSERT INTO temp.reconcile_staged SELECT row_number() OVER (ORDER BY id), ${staged} FROM (SELECT ${staged} FROM temp.reconcile_listing WHERE id > :after ORDER BY id LIMIT :limit)`);
// What Stripe lists now goes before what was compared of the same id: it is kept with its chunk, once.
const stageAffected = sql(
  'reconcile.stage-affected',
  `INSERT INTO temp.reconcile_staged SELECT row_number() OVER (ORDER BY id), ${staged} FROM (
     SELECT ${staged.replaceAll(/\w+/g, 'iif(l.id IS NULL, t.$&, l.$&) AS $&')} FROM temp.reconcile_affected a
       LEFT JOIN temp.reconcile_listing l ON l.id = a.id LEFT JOIN compared_transactions t ON t.id = a.id AND l.id IS NULL
      WHERE a.id > :after AND (l.id IS NOT NULL OR t.id IS NOT NULL) ORDER BY a.id LIMIT :limit)`,
);
const lastStaged = sql('reconcile.last-staged', 'SELECT count(*) AS count, max(id) AS "lastId" FROM temp.reconcile_staged');

const expectedStatus = (t: string): string => `CASE WHEN ${t}.kind <> 'dispute' THEN 'succeeded' WHEN ${t}.amount_minor < 0 THEN 'disputed' ELSE 'reversed' END`;
// 22 hours: less than that is never two local days apart, not even when the clocks change; around a month's end a minute may count. The pure rule decides about the rest.
export const isPlainlyEqual = (t: string): string =>
  `(p.amount_minor = ${t}.amount_minor AND p.fee_minor = ${t}.fee_minor AND p.currency = ${t}.currency AND p.status = ${expectedStatus(t)}
    AND (p.created_at = ${t}.created_at OR (abs(p.created_at - ${t}.created_at) < 79200000 AND substr(${t}.created_on, 9) BETWEEN '03' AND '27')))`;
const findUnequal = sql(
  'reconcile.find-unequal',
  `INSERT INTO temp.reconcile_unequal (position, row_count)
   SELECT s.position, count(p.id) FROM temp.reconcile_staged s LEFT JOIN payment_history p ON p.gateway_balance_transaction_id = s.id AND p.status <> 'failed'
    WHERE s.kind IS NOT NULL GROUP BY s.position HAVING count(p.id) <> 1 OR min(${isPlainlyEqual('s')}) = 0`,
);
const keepUnpaired = sql('reconcile.keep-unpaired', `INSERT INTO temp.reconcile_unpaired (${staged}) SELECT ${staged.replaceAll(/\w+/g, 's.$&')} FROM temp.reconcile_unequal u CROSS JOIN temp.reconcile_staged s ON s.position = u.position WHERE u.row_count = 0`);
const findEntries = sql(
  'reconcile.find-entries',
  `INSERT INTO temp.reconcile_entries (ledger_sequence, position, entry_date, concerns_month)
   SELECT e.ledger_sequence, s.position, e.entry_date, e.concerns_month
     FROM temp.reconcile_staged s CROSS JOIN journal_entries e ON e.source_type = 'stripe-balance-transaction' AND e.source_id = s.id`,
);
const signed = "CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END";
// In the order of the chain, as postings are stored: neighbours share their pages. One transaction may have several entries (a reversal); the last one dates it.
const sumEntries = sql(
  'reconcile.sum-entries',
  `INSERT INTO temp.reconcile_ledger
   SELECT f.position,
          coalesce(sum(CASE WHEN p.account_code = :clearing AND p.currency = s.currency THEN ${signed} END), 0),
          coalesce(sum(CASE WHEN p.account_code = :fees AND p.currency = s.currency THEN ${signed} END), 0),
          max(CASE WHEN p.account_code = :clearing AND p.currency <> s.currency THEN p.currency END), 1, f.entry_date, f.concerns_month,
          sum(CASE WHEN p.account_code = :conversion AND p.currency <> s.currency THEN ${signed} END), max(CASE WHEN p.account_code = :conversion AND p.currency <> s.currency THEN p.currency END),
          coalesce(sum(CASE WHEN p.account_code IN (:unapplied, :suspense) THEN ${signed} END), 0)
     FROM temp.reconcile_entries f CROSS JOIN temp.reconcile_staged s ON s.position = f.position CROSS JOIN posting_lines p ON p.ledger_sequence = f.ledger_sequence
    GROUP BY f.ledger_sequence
   ON CONFLICT (position) DO UPDATE SET net_minor = net_minor + excluded.net_minor, fee_minor = fee_minor + excluded.fee_minor, other_currency = coalesce(excluded.other_currency, other_currency), entries = entries + 1,
     entry_date = excluded.entry_date, concerns_month = excluded.concerns_month, converted_minor = coalesce(converted_minor + excluded.converted_minor, converted_minor, excluded.converted_minor),
     converted_currency = coalesce(excluded.converted_currency, converted_currency), held_minor = held_minor + excluded.held_minor`,
);

const transactionColumns = (t: string): string =>
  `${t}.id, ${t}.source_id AS "sourceId", ${t}.kind, ${t}.amount_minor AS "amountMinor", ${t}.fee_minor AS "feeMinor", ${t}.currency, ${t}.exchange_rate AS "exchangeRate", ${t}.created_at AS "createdAt", ${t}.created_on AS "createdOn"`;
export const ledgerSideColumns = 'l.net_minor AS "ledgerNetMinor", l.fee_minor AS "ledgerFeeMinor", l.other_currency AS "otherCurrency", l.entries, l.entry_date AS "entryDate", l.concerns_month AS "concernsMonth", l.converted_minor AS "convertedMinor", l.converted_currency AS "convertedCurrency", l.held_minor AS "heldMinor"';
/** Refunds, and disputes whose money still waits, are judged once it is known which payments Stripe lists. */
const isReturn = "l.position IS NOT NULL AND (s.kind IS 'refund' OR (s.kind IS 'dispute' AND s.amount_minor < 0 AND l.held_minor > 0))";
const keepReturns = sql(
  'reconcile.keep-returns',
  `INSERT INTO temp.reconcile_returns SELECT s.id, l.net_minor, l.fee_minor, l.other_currency, l.entries, l.entry_date, l.concerns_month, l.converted_minor, l.converted_currency, l.held_minor
     FROM temp.reconcile_staged s JOIN temp.reconcile_ledger l ON l.position = s.position WHERE ${isReturn}`,
);
const listUnequalEntries = sql(
  'reconcile.unequal-entries',
  `SELECT ${transactionColumns('s')}, l.position IS NOT NULL AS "hasEntry", ${ledgerSideColumns}
     FROM temp.reconcile_staged s LEFT JOIN temp.reconcile_ledger l ON l.position = s.position
    WHERE (l.position IS NULL OR l.other_currency IS NOT NULL OR l.net_minor <> s.amount_minor - s.fee_minor OR (s.kind IS NOT NULL AND l.fee_minor <> s.fee_minor)
           OR (l.entries = 1 AND l.entry_date <> s.created_on) OR (s.exchange_rate IS NOT NULL AND l.converted_minor IS NOT NULL)) AND NOT (${isReturn})`,
);
const listUnequalPayments = sql('reconcile.unequal-payments', `SELECT ${transactionColumns('s')}, s.position FROM temp.reconcile_unequal u CROSS JOIN temp.reconcile_staged s ON s.position = u.position WHERE u.row_count > 0`);
export const rowColumns =
  'p.id, p.gateway_payment_id AS "gatewayPaymentId", p.gateway_balance_transaction_id AS "balanceTransactionId", p.kind, p.amount_minor AS "amountMinor", p.fee_minor AS "feeMinor", p.currency, p.status, p.created_at AS "createdAt"';
const listRowsOf = sql('reconcile.rows-of-transaction', `SELECT ${rowColumns} FROM payment_history p WHERE p.gateway_balance_transaction_id = ? AND p.status <> 'failed' ORDER BY p.id`);
const sumStripe = sql('reconcile.sum-stripe', 'SELECT currency, count(*) AS count, sum(amount_minor) AS "amountMinor" FROM temp.reconcile_staged WHERE kind IS NOT NULL GROUP BY currency');
const sumLedger = sql(
  'reconcile.sum-ledger',
  'SELECT s.currency, count(*) AS count, sum(l.net_minor + l.fee_minor) AS "amountMinor" FROM temp.reconcile_ledger l JOIN temp.reconcile_staged s ON s.position = l.position WHERE s.kind IS NOT NULL GROUP BY s.currency',
);
const sumLedgerBefore = sql(
  'reconcile.sum-ledger-before',
  `SELECT t.currency, count(*) AS count, sum(t.ledger_net_minor + t.ledger_fee_minor) AS "amountMinor" FROM temp.reconcile_staged s CROSS JOIN compared_transactions t ON t.id = s.id
    WHERE t.kind IS NOT NULL AND t.ledger_net_minor IS NOT NULL GROUP BY t.currency`,
);

const countMirror = sql('reconcile.count-mirror', 'SELECT count(*) AS count FROM stripe_balance_transactions WHERE created_at >= :from AND created_at < :to');
const nthOfMirror = sql('reconcile.nth-of-mirror', 'SELECT created_at AS at FROM stripe_balance_transactions WHERE created_at >= :from AND created_at < :to ORDER BY created_at LIMIT 1 OFFSET :offset');

/**
 * Instants that cut a range into parts of about the same size, by what the mirror holds. Only a hint for fetching side by side: what is compared
 * comes from Stripe alone.
 */
export function suggestSplits(database: ReadableDatabase, range: InstantRange, parts: number, fewest: number): number[] {
  const bounds = boundsOf(range);
  const count = database.get<{ count: number }>(countMirror, bounds)?.count ?? 0;
  if (count < fewest) return [];
  const splits: number[] = [];
  for (let part = 1; part < parts; part += 1) {
    const at = database.get<{ at: number }>(nthOfMirror, { ...bounds, offset: Math.floor((count * part) / parts) })?.at;
    if (at !== undefined && at !== splits.at(-1)) splits.push(at);
  }
  return splits;
}

const isMirroredStatement = sql('reconcile.is-mirrored', 'SELECT 1 AS one FROM stripe_balance_transactions WHERE id = ?');

/** Whether the mirror holds the object itself. */
export function isMirrored(database: ReadableDatabase, balanceTransactionId: string): boolean {
  return database.get(isMirroredStatement, [balanceTransactionId]) !== undefined;
}

export function boundsOf(range: InstantRange): { from: number; to: number } {
  return { from: range.from ?? Number.MIN_SAFE_INTEGER, to: range.to ?? Number.MAX_SAFE_INTEGER };
}

export interface RawLedgerSide {
  readonly ledgerNetMinor: number;
  readonly ledgerFeeMinor: number;
  readonly otherCurrency: string | null;
  readonly entries: number;
  readonly entryDate: LocalDate;
  readonly concernsMonth: string | null;
  readonly convertedMinor: number | null;
  readonly convertedCurrency: string | null;
  readonly heldMinor: number;
}

export function toLedgerSide(raw: RawLedgerSide): LedgerSide {
  const { ledgerNetMinor, ledgerFeeMinor, otherCurrency, entries, entryDate, concernsMonth, convertedMinor, convertedCurrency, heldMinor } = raw;
  return { netMinor: ledgerNetMinor, feeMinor: ledgerFeeMinor, otherCurrency, entries, entryDate, concernsMonth, heldMinor, converted: convertedMinor === null || convertedCurrency === null ? null : { amountMinor: convertedMinor, currency: convertedCurrency } };
}

export function toTransaction({ id, sourceId, kind, amountMinor, feeMinor, currency, exchangeRate, createdAt, createdOn }: GatewayTransaction): GatewayTransaction {
  return { id, sourceId, kind, amountMinor, feeMinor, currency, exchangeRate, createdAt, createdOn };
}

/** What identifies a listed transaction's facts: the same text is the same fact. */
export function factTextOf(fact: { readonly id: string; readonly sourceId: string | null; readonly kind: string | null; readonly amountMinor: number; readonly feeMinor: number; readonly currency: string; readonly exchangeRate: string | null; readonly createdAt: number }): string {
  return `${fact.id}|${fact.sourceId ?? ''}|${fact.kind ?? ''}|${fact.amountMinor}|${fact.feeMinor}|${fact.currency}|${fact.exchangeRate ?? ''}|${fact.createdAt}`;
}

export interface UnequalPayment {
  readonly transaction: GatewayTransaction & { readonly kind: PaymentKind };
  readonly rows: readonly PaymentHistoryRow[];
}

/** What is staged now: which ids, and how far they go. */
export interface StagedChunk {
  readonly count: number;
  readonly lastId: string;
}

/** One comparison at a time on one connection. */
export interface Comparison {
  /** Keeps what Stripe listed, to be compared once all of it is there. @throws StorageError `constraint-violated` for what cannot be kept. */
  list(transactions: readonly ListedBalanceTransaction[]): void;
  /** All is listed. @param isBySource whether it is also asked by payment. */
  endListing(isBySource: boolean): void;
  /**
   * Stages the next transactions after an id, in the order of their ids, and joins them: those of the listing, or those a run after a change must look at.
   * null: there are no more. What an earlier chunk staged is gone.
   */
  compareNext(of: 'listing' | 'affected', afterId: string, limit: number): StagedChunk | null;
  unequalEntries(): { readonly transaction: GatewayTransaction; readonly ledger: LedgerSide | null }[];
  /** Those that rows of the payment history name by their id. */
  unequalPayments(): UnequalPayment[];
  /** Payments, refunds and disputes of this chunk as Stripe, as the journal has them, and as the journal had them when they were compared before. */
  sums(): { readonly stripe: StoreSum[]; readonly ledger: StoreSum[]; readonly ledgerBefore: StoreSum[] };
  /** Reads that belong to one moment, whatever others write meanwhile. */
  atOneMoment<Result>(work: () => Result): Result;
  end(): void;
}

export function beginComparison(database: WritableDatabase, zone: TimeZone, accounts: ComparedAccounts): Comparison {
  for (const table of tables) database.run(table);
  empty();

  function empty(): void {
    for (const statement of [...dropIndexes, ...chunkTables, ...runTables]) database.run(statement);
  }

  /** A savepoint without a transaction around it begins a deferred one: it never locks the ledger, because only temporary tables are written. */
  function together<Result>(work: () => Result): Result {
    database.run(begin);
    try {
      return work();
    } catch (error) {
      database.run(undo);
      throw error;
    } finally {
      database.run(release);
    }
  }

  return {
    list: (transactions) =>
      together(() => {
        const values: SqlValue[] = [];
        for (const one of transactions) {
          const isPayout = one.type.startsWith('payout') ? 1 : 0;
          values.push(one.id, one.sourceId, paymentKindOf(one.type, one.reportingCategory), isPayout, one.amountMinor, one.feeMinor, one.currency, one.exchangeRate ?? null, one.createdAt, zone.dateOf(one.createdAt), one.availableAt ?? null);
        }
        runRows(database, list, values);
      }),
    endListing: (isBySource) => {
      const [byId, bySource] = indexListing;
      if (byId) database.run(byId);
      if (isBySource && bySource) database.run(bySource);
    },
    compareNext(of, afterId, limit) {
      together(() => {
        for (const table of chunkTables) database.run(table);
        database.run(of === 'listing' ? stageListed : stageAffected, { after: afterId, limit });
        for (const statement of [findUnequal, keepUnpaired, findEntries]) database.run(statement);
        database.run(sumEntries, { ...accounts });
        database.run(keepReturns);
      });
      const chunk = database.get<{ count: number; lastId: string | null }>(lastStaged);
      return chunk && chunk.lastId !== null ? { count: chunk.count, lastId: chunk.lastId } : null;
    },
    unequalEntries: () => database.all<GatewayTransaction & RawLedgerSide & { readonly hasEntry: number }>(listUnequalEntries).map((row) => ({ transaction: toTransaction(row), ledger: row.hasEntry ? toLedgerSide(row) : null })),
    unequalPayments: () =>
      database.all<GatewayTransaction & { readonly kind: PaymentKind }>(listUnequalPayments).map((row) => ({
        transaction: { ...toTransaction(row), kind: row.kind }, rows: database.all<Omit<PaymentHistoryRow, 'createdOn'>>(listRowsOf, [row.id]).map((one) => ({ ...one, createdOn: zone.dateOf(one.createdAt) })),
      })),
    sums: () => ({ stripe: database.all<StoreSum>(sumStripe), ledger: database.all<StoreSum>(sumLedger), ledgerBefore: database.all<StoreSum>(sumLedgerBefore) }),
    atOneMoment: together,
    end: empty,
  };
}
