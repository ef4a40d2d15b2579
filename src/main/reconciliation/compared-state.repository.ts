/**
 * What the last run over everything compared, kept so that the next one need only look at what changed: Stripe's transactions as listed, how far it had come
 * in the journal and the payment history, and which rows of the payment history changed since.
 */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import { pairingPolicy } from './attribute-pairing.ts';
import { pairReasons } from './transaction-matching.ts';

/** How far the last run over everything had come. */
export interface ComparisonMarks {
  /** 0: nothing stands that could be gone on from. */
  readonly isWhole: number;
  readonly policyVersion: number;
  readonly fullAt: number;
  /** When the last listing began, epoch milliseconds. */
  readonly listedTo: number;
  readonly ledgerSequence: number;
  /** Rows of the payment history up to here were compared, and up to `summedRow` counted: rows that came while a run was under way are between them. */
  readonly comparedRow: number;
  readonly summedRow: number;
  /** Canonical JSON of the totals so far. */
  readonly totals: string;
}

/** Where the three stores stood at a moment. */
export interface StorePositions {
  readonly ledgerSequence: number;
  readonly paymentRow: number;
  /** The newest note of a change in the payment history. */
  readonly noted: number;
}

const readOne = sql(
  'compared.marks',
  'SELECT is_whole AS "isWhole", policy_version AS "policyVersion", full_at AS "fullAt", listed_to AS "listedTo", ledger_sequence AS "ledgerSequence", compared_row AS "comparedRow", summed_row AS "summedRow", totals FROM comparison_marks',
);
const positions = sql(
  'compared.positions',
  `SELECT (SELECT coalesce(max(ledger_sequence), 0) FROM journal_entries) AS "ledgerSequence", (SELECT coalesce(max(id), 0) FROM payment_history) AS "paymentRow", (SELECT coalesce(max(sequence), 0) FROM payment_history_changes) AS noted`,
);
const noteAll = sql('compared.note-all', `UPDATE comparison_marks SET noted_row = ${Number.MAX_SAFE_INTEGER}`);
const forget = sql('compared.forget', 'UPDATE comparison_marks SET is_whole = 0');
const keepMarks = sql(
  'compared.keep-marks',
  `UPDATE comparison_marks SET is_whole = 1, policy_version = :policyVersion, full_at = :fullAt, listed_to = :listedTo, ledger_sequence = :ledgerSequence, compared_row = :comparedRow, summed_row = :summedRow, noted_row = :summedRow, totals = :totals`,
);
const dropCompared = sql('compared.drop-notes', 'DELETE FROM payment_history_changes WHERE sequence <= :compared OR row_id > :summedRow');
const markCounted = sql('compared.mark-counted', 'UPDATE payment_history_changes SET is_counted = 1 WHERE sequence <= :counted AND is_counted = 0');

export function readMarks(database: ReadableDatabase): ComparisonMarks {
  const marks = database.get<ComparisonMarks>(readOne);
  if (!marks) throw new Error('comparison_marks has no row.');
  return marks;
}

export function readPositions(database: ReadableDatabase): StorePositions {
  return database.get<StorePositions>(positions) ?? { ledgerSequence: 0, paymentRow: 0, noted: 0 };
}

/** From now on every change of the payment history is noted. @returns where the stores stand at that moment. */
export function beginNoting(database: WritableDatabase): StorePositions {
  database.run(noteAll);
  return readPositions(database);
}

/** What is written from here on is only whole once {@link finishComparing} says so: a run that breaks off leaves the next one everything to do. */
export function forgetCompared(database: WritableDatabase): void {
  database.run(forget);
}

/**
 * @param begun where the stores stood before anything was compared: what changed after that is compared again next time.
 * @param counted where they stood when the payment history was counted.
 */
export function finishComparing(database: WritableDatabase, marks: Omit<ComparisonMarks, 'isWhole' | 'ledgerSequence' | 'comparedRow' | 'summedRow'>, begun: StorePositions, counted: StorePositions): void {
  database.run(keepMarks, { ...marks, ledgerSequence: begun.ledgerSequence, comparedRow: begun.paymentRow, summedRow: counted.paymentRow });
  database.run(dropCompared, { compared: begun.noted, summedRow: counted.paymentRow });
  database.run(markCounted, { counted: counted.noted });
}

// ── Stripe's transactions as listed ─────────────────────────────────────────────────────────────────────────────────────────────────

const facts = 'id, source_id, kind, is_payout, amount_minor, fee_minor, currency, exchange_rate, created_at, created_on, available_at';
const sameFacts = ['source_id', 'kind', 'is_payout', 'amount_minor', 'fee_minor', 'currency', 'exchange_rate', 'created_at'];
const bothOf = (left: string, right: string): string => sameFacts.map((column) => `${left}.${column} IS ${right}.${column}`).join(' AND ');

const storeChunk = sql(
  'compared.store-chunk',
  `INSERT INTO compared_transactions (${facts}, ledger_net_minor, ledger_fee_minor)
   SELECT s.id, s.source_id, s.kind, s.is_payout, s.amount_minor, s.fee_minor, s.currency, s.exchange_rate, s.created_at, s.created_on, s.available_at, l.net_minor, l.fee_minor
     FROM temp.reconcile_staged s LEFT JOIN temp.reconcile_ledger l ON l.position = s.position WHERE s.position BETWEEN :from AND :to ORDER BY s.id
   ON CONFLICT (id) DO UPDATE SET source_id = excluded.source_id, kind = excluded.kind, is_payout = excluded.is_payout, amount_minor = excluded.amount_minor, fee_minor = excluded.fee_minor, currency = excluded.currency, exchange_rate = excluded.exchange_rate,
     created_at = excluded.created_at, created_on = excluded.created_on, available_at = excluded.available_at, ledger_net_minor = excluded.ledger_net_minor, ledger_fee_minor = excluded.ledger_fee_minor
   WHERE NOT (${bothOf('compared_transactions', 'excluded')}) OR available_at IS NOT excluded.available_at OR ledger_net_minor IS NOT excluded.ledger_net_minor OR ledger_fee_minor IS NOT excluded.ledger_fee_minor`,
);
const lastListed = sql('compared.last-listed', 'SELECT coalesce(max(position), 0) AS last FROM temp.reconcile_listing');
const storeSources = sql(
  'compared.store-sources',
  `INSERT OR IGNORE INTO compared_sources (source_id, transaction_id) SELECT source_id, id FROM temp.reconcile_listing WHERE source_id IS NOT NULL AND (source_id, id) > (:source, :id) ORDER BY source_id, id LIMIT :limit`,
);
const lastOfSources = sql('compared.last-source', 'SELECT source_id AS source, id FROM temp.reconcile_listing WHERE source_id IS NOT NULL AND (source_id, id) > (:source, :id) ORDER BY source_id, id LIMIT 1 OFFSET :offset');
const countCompared = sql('compared.count', 'SELECT count(*) AS count FROM compared_transactions');
const dropVanished = sql('compared.drop-vanished', 'DELETE FROM compared_transactions WHERE NOT EXISTS (SELECT 1 FROM temp.reconcile_listing l WHERE l.id = compared_transactions.id)');
const dropVanishedSources = sql('compared.drop-vanished-sources', 'DELETE FROM compared_sources WHERE NOT EXISTS (SELECT 1 FROM compared_transactions t WHERE t.id = compared_sources.transaction_id AND t.source_id = compared_sources.source_id)');
const dropKnown = sql('compared.drop-known', `DELETE FROM temp.reconcile_listing AS l WHERE EXISTS (SELECT 1 FROM compared_transactions t WHERE t.id = l.id AND ${bothOf('t', 'l')})`);

/** Takes the compared transactions of a chunk over, in their order. */
export function storeStaged(database: WritableDatabase, from: number, to: number): void {
  database.run(storeChunk, { from, to });
}

/** How many places the listing has. */
export function countListingPlaces(database: ReadableDatabase): number {
  return database.get<{ last: number }>(lastListed)?.last ?? 0;
}

/** Takes over which sources the listed transactions have, a few thousand at a time in their order. @returns where to go on, null at the end. */
export function storeListedSources(database: WritableDatabase, after: { readonly source: string; readonly id: string }, limit: number): { readonly source: string; readonly id: string } | null {
  const last = database.get<{ source: string; id: string }>(lastOfSources, { ...after, offset: limit - 1 });
  database.run(storeSources, { ...after, limit });
  return last ?? null;
}

/** Lets go of what a listing of everything did not name any more. @returns how many. */
export function dropUnlisted(database: WritableDatabase, listed: number): number {
  if ((database.get<{ count: number }>(countCompared)?.count ?? 0) === listed) return 0;
  const dropped = database.run(dropVanished);
  database.run(dropVanishedSources);
  return dropped;
}

/** Takes out of the listing what stands compared just so. */
export function dropKnownFromListing(database: WritableDatabase): void {
  database.run(dropKnown);
}

// ── What of it must be compared again ───────────────────────────────────────────────────────────────────────────────────────────────

const affectedTables = [
  'CREATE TEMP TABLE IF NOT EXISTS reconcile_affected (id TEXT PRIMARY KEY) WITHOUT ROWID', // balance transactions
  'CREATE TEMP TABLE IF NOT EXISTS reconcile_affected_sources (id TEXT PRIMARY KEY) WITHOUT ROWID', // payments, refunds, disputes
  'CREATE TEMP TABLE IF NOT EXISTS reconcile_affected_rows (id INTEGER PRIMARY KEY)', // of the payment history
].map((text, index) => sql(`compared.create-affected-${index}`, text));
const emptyAffected = ['reconcile_affected', 'reconcile_affected_sources', 'reconcile_affected_rows'].map((table) => sql(`compared.empty-${table}`, `DELETE FROM temp.${table}`));

const noted = '(SELECT row_id, gateway_payment_id, gateway_balance_transaction_id FROM payment_history_changes)';
const pairsStanding = `d.reason IN (${pairReasons.map((reason) => `'${reason}'`).join(', ')})`;
/** Differences of the last run that pairing by attributes is about: pairs, and what is missing on one side, unless that is more than would be paired. */
const apartStanding = "d.reason IN ('missing-in-ledger', 'missing-in-payment-history', 'missing-at-stripe')";
const standingWith = "FROM discrepancy_spells AS s CROSS JOIN discrepancies AS d ON d.id = s.discrepancy_id WHERE s.level = 'transactions' AND s.ended_sequence IS NULL";
// Two lists for each of two stores.
const isPairable = `(${pairsStanding} OR (${apartStanding} AND (SELECT count(*) FROM (SELECT 1 ${standingWith} AND ${apartStanding} LIMIT ${4 * pairingPolicy.mostLeftOver + 1})) <= ${4 * pairingPolicy.mostLeftOver}))`;
const standingOf = (column: string): string => `SELECT ${column} ${standingWith} AND ${isPairable} AND ${column} IS NOT NULL`;
const findAffected = [
  // Whether two are one depends on what else there is, and on what people said: what stood apart or as a pair is looked at again.
  `INSERT OR IGNORE INTO temp.reconcile_affected ${standingOf('d.balance_transaction_id')}`,
  `INSERT OR IGNORE INTO temp.reconcile_affected ${standingOf("json_extract(d.detail, '$.pair.balanceTransactionId')")}`,
  `INSERT OR IGNORE INTO temp.reconcile_affected_rows ${standingOf("json_extract(d.detail, '$.other.rowId')")}`,
  // What is new or changed: at Stripe, in the journal, in the payment history as it was and as it is.
  'INSERT OR IGNORE INTO temp.reconcile_affected SELECT id FROM temp.reconcile_listing',
  "INSERT OR IGNORE INTO temp.reconcile_affected SELECT source_id FROM journal_entries WHERE ledger_sequence > :ledgerSequence AND source_type = 'stripe-balance-transaction'",
  'INSERT OR IGNORE INTO temp.reconcile_affected_rows SELECT id FROM payment_history WHERE id > :comparedRow',
  `INSERT OR IGNORE INTO temp.reconcile_affected_rows SELECT row_id FROM ${noted}`,
  `INSERT OR IGNORE INTO temp.reconcile_affected SELECT gateway_balance_transaction_id FROM ${noted} WHERE gateway_balance_transaction_id IS NOT NULL`,
  `INSERT OR IGNORE INTO temp.reconcile_affected_sources SELECT gateway_payment_id FROM ${noted} WHERE gateway_payment_id IS NOT NULL`,
  'INSERT OR IGNORE INTO temp.reconcile_affected SELECT p.gateway_balance_transaction_id FROM temp.reconcile_affected_rows r CROSS JOIN payment_history p ON p.id = r.id WHERE p.gateway_balance_transaction_id IS NOT NULL',
  // Rows that name one of them come before the payments of rows, so that each row is fetched once; the index alone answers here.
  'INSERT OR IGNORE INTO temp.reconcile_affected_rows SELECT p.id FROM temp.reconcile_affected a CROSS JOIN payment_history p ON p.gateway_balance_transaction_id = a.id',
  'INSERT OR IGNORE INTO temp.reconcile_affected_sources SELECT p.gateway_payment_id FROM temp.reconcile_affected_rows r CROSS JOIN payment_history p ON p.id = r.id',
  // Payments whose match may change with it: those of the transactions as they are listed and as they were compared.
  'INSERT OR IGNORE INTO temp.reconcile_affected_sources SELECT source_id FROM temp.reconcile_listing WHERE source_id IS NOT NULL',
  'INSERT OR IGNORE INTO temp.reconcile_affected_sources SELECT t.source_id FROM temp.reconcile_affected a CROSS JOIN compared_transactions t ON t.id = a.id WHERE t.source_id IS NOT NULL',
  // Refunds and disputes hang on their payment.
  'INSERT OR IGNORE INTO temp.reconcile_affected_sources SELECT r.id FROM (SELECT id FROM temp.reconcile_affected_sources) s CROSS JOIN stripe_refunds r ON r.charge_id = s.id',
  'INSERT OR IGNORE INTO temp.reconcile_affected_sources SELECT d.id FROM stripe_disputes d CROSS JOIN (SELECT id FROM temp.reconcile_affected_sources) s ON s.id = d.charge_id',
  'INSERT OR IGNORE INTO temp.reconcile_affected SELECT c.transaction_id FROM temp.reconcile_affected_sources s CROSS JOIN compared_sources c ON c.source_id = s.id',
  // And every row that names one of them.
  'INSERT OR IGNORE INTO temp.reconcile_affected_rows SELECT p.id FROM temp.reconcile_affected a CROSS JOIN payment_history p ON p.gateway_balance_transaction_id = a.id',
  'INSERT OR IGNORE INTO temp.reconcile_affected_rows SELECT p.id FROM temp.reconcile_affected_sources s CROSS JOIN payment_history p ON p.gateway_payment_id = s.id',
].map((text, index) => ({ statement: sql(`compared.affected-${index}`, text), values: [...new Set(text.match(/:\w+/g))].map((name) => name.slice(1)) }));

/** Works out which transactions, payments and rows a run after a change must look at. The listing holds only what is new or changed; its sources stand among the compared. */
export function findAffectedRecords(database: WritableDatabase, marks: ComparisonMarks): void {
  for (const statement of [...affectedTables, ...emptyAffected]) database.run(statement);
  for (const { statement, values } of findAffected) database.run(statement, Object.fromEntries(values.map((name) => [name, marks[name as 'ledgerSequence' | 'comparedRow']])));
}

export function emptyAffectedRecords(database: WritableDatabase): void {
  for (const statement of [...affectedTables, ...emptyAffected]) database.run(statement);
}

// ── What they sum to ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ListedFacts {
  readonly id: string;
  readonly sourceId: string | null;
  readonly kind: string | null;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly currency: string;
  readonly exchangeRate: string | null;
  readonly createdAt: number;
}
const readListed = sql(
  'compared.before-listing',
  `SELECT t.id, t.source_id AS "sourceId", t.kind, t.amount_minor AS "amountMinor", t.fee_minor AS "feeMinor", t.currency, t.exchange_rate AS "exchangeRate", t.created_at AS "createdAt"
     FROM temp.reconcile_listing l CROSS JOIN compared_transactions t ON t.id = l.id`,
);
const readNow = sql('compared.listing', 'SELECT id, source_id AS "sourceId", kind, amount_minor AS "amountMinor", fee_minor AS "feeMinor", currency, exchange_rate AS "exchangeRate", created_at AS "createdAt" FROM temp.reconcile_listing');
/** What is listed. */
export function readListing(database: ReadableDatabase): ListedFacts[] {
  return database.all<ListedFacts>(readNow);
}

/** What the listed transactions were compared as before, those that had been. */
export function readBeforeListing(database: ReadableDatabase): ListedFacts[] {
  return database.all<ListedFacts>(readListed);
}

export interface CountedRow {
  readonly id: number;
  readonly gateway: string;
  readonly paymentId: string;
  readonly balanceTransactionId: string | null;
  readonly kind: string;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly currency: string;
  readonly status: string;
  readonly createdAt: number;
}
const rowColumns = (id: string): string =>
  `${id} AS id, gateway, gateway_payment_id AS "paymentId", gateway_balance_transaction_id AS "balanceTransactionId", kind, amount_minor AS "amountMinor", fee_minor AS "feeMinor", currency, status, created_at AS "createdAt"`;
const newRows = sql('compared.new-rows', `SELECT ${rowColumns('id')} FROM payment_history WHERE id > :after AND id <= :upTo ORDER BY id`);
const rowsOfRange = sql('compared.rows-in-range', `SELECT ${rowColumns('id')} FROM payment_history WHERE created_at >= :from AND created_at < :to`);
const before = sql('compared.rows-before', `SELECT ${rowColumns('row_id')} FROM payment_history_changes AS c WHERE is_counted = 0 AND row_id <= :summedRow AND existed = 1 AND NOT EXISTS (SELECT 1 FROM payment_history_changes AS e WHERE e.row_id = c.row_id AND e.is_counted = 0 AND e.sequence < c.sequence)`);
const after = sql('compared.rows-after', `SELECT ${rowColumns('id')} FROM payment_history WHERE id IN (SELECT row_id FROM payment_history_changes WHERE is_counted = 0 AND row_id <= :summedRow)`);

/** Rows of the payment history with after < id ≤ upTo, one by one. */
export function iterateRows(database: ReadableDatabase, bounds: { readonly after: number; readonly upTo: number }): IterableIterator<CountedRow> {
  return database.iterate<CountedRow>(newRows, { ...bounds });
}

/** Rows dated from ≤ instant < to, epoch milliseconds. */
export function iterateRowsDated(database: ReadableDatabase, bounds: { readonly from: number; readonly to: number }): IterableIterator<CountedRow> {
  return database.iterate<CountedRow>(rowsOfRange, { ...bounds });
}

/** Rows that were counted before and changed since: as they were counted and as they are. */
export function readRecounted(database: ReadableDatabase, summedRow: number): { readonly before: readonly CountedRow[]; readonly after: readonly CountedRow[] } {
  return { before: database.all<CountedRow>(before, { summedRow }), after: database.all<CountedRow>(after, { summedRow }) };
}
