/**
 * What no id brought together: payments paired by what they are for, rows and entries that only we have, and refunds and disputes beside their payment.
 * Runs after all chunks of comparison.repository.ts, on their temporary tables.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type SqlParameters, type WritableDatabase } from '../database/handles.ts';
import { boundsOf, isPlainlyEqual, ledgerSideColumns, rowColumns, toLedgerSide, toTransaction, type ComparedAccounts, type InstantRange, type RawLedgerSide, type UnequalPayment } from './comparison.repository.ts';
import type { LedgerSide, PaymentBehind } from './ledger-matching.ts';
import type { GatewayTransaction, PaymentHistoryRow, PaymentKind } from './transaction-matching.ts';

/** What a run looked at: everything, what lies around a change, or a range. */
export type ComparedScope = { readonly kind: 'everything' } | { readonly kind: 'affected' } | { readonly kind: 'range'; readonly range: InstantRange };

export interface LeftEntry {
  readonly balanceTransactionId: string;
  readonly entryDate: LocalDate;
  readonly currency: string;
  /** On the clearing account. */
  readonly amountMinor: number;
  /** On payment fees, and what kind of entry the first of them is: what a pair is told by. */
  readonly feeMinor: number;
  readonly kind: string;
}

/** Where it says what Stripe lists: in the kept state after a listing of everything, else in the listing itself. */
const known = { everything: 'compared_transactions', range: 'temp.reconcile_listing' } as const;
type Known = keyof typeof known;
const isFree = (where: Known): string => `(p.gateway_balance_transaction_id IS NULL OR NOT EXISTS (SELECT 1 FROM ${known[where]} AS k WHERE k.id = p.gateway_balance_transaction_id AND k.kind IS NOT NULL))`;
const both = <Statement>(make: (where: Known) => Statement): Readonly<Record<Known, Statement>> => ({ everything: make('everything'), range: make('range') });

// Of one payment, kind and direction: first what has the same amount in the same currency, the first with the first; then what is left, the first with the first. What is more of records than of
// transactions is repeated for the last one left; where each transaction has its record, for the last of the same amount, or else the last.
const alike = 'source_id, kind, amount_minor, currency';
const group = 'source_id, kind, side';
const pairByPayment = both((where) =>
  sql(
    `reconcile.pair-by-payment-${where}`,
    `WITH t AS MATERIALIZED (SELECT position, source_id, kind, sign(amount_minor) AS side, amount_minor, currency, created_at, id, row_number() OVER (PARTITION BY ${alike} ORDER BY created_at, id) AS nth, count(*) OVER (PARTITION BY ${alike}) AS of_them
                 FROM temp.reconcile_unpaired WHERE source_id IS NOT NULL),
          r AS MATERIALIZED (SELECT p.id, p.gateway_payment_id AS source_id, p.kind, sign(p.amount_minor) AS side, p.amount_minor, p.currency, row_number() OVER (PARTITION BY p.gateway_payment_id, p.kind, p.amount_minor, p.currency ORDER BY p.id) AS nth
                  FROM (SELECT DISTINCT source_id FROM temp.reconcile_unpaired WHERE source_id IS NOT NULL) u CROSS JOIN payment_history p ON p.gateway_payment_id = u.source_id
                 WHERE p.status <> 'failed' AND p.gateway = 'stripe' AND ${isFree(where)}),
          equal AS MATERIALIZED (SELECT r.id, t.position FROM r JOIN t USING (${alike}, nth)),
          tl AS MATERIALIZED (SELECT position, ${group}, row_number() OVER w AS nth, count(*) OVER (PARTITION BY ${group}) AS of_them FROM t WHERE position NOT IN (SELECT position FROM equal) WINDOW w AS (PARTITION BY ${group} ORDER BY created_at, id)),
          rl AS MATERIALIZED (SELECT id, ${group}, amount_minor, currency, row_number() OVER (PARTITION BY ${group} ORDER BY id) AS nth FROM r WHERE id NOT IN (SELECT id FROM equal)),
          rest AS MATERIALIZED (SELECT rl.id, tl.position FROM rl JOIN tl USING (${group}) WHERE tl.nth = min(rl.nth, tl.of_them)),
          final AS MATERIALIZED (SELECT position, ${group} FROM (SELECT position, ${group}, row_number() OVER (PARTITION BY ${group} ORDER BY created_at DESC, id DESC) AS back FROM t) WHERE back = 1),
          pairs AS (SELECT * FROM equal UNION ALL SELECT * FROM rest
                    UNION ALL SELECT rl.id, coalesce(ta.position, f.position) FROM rl JOIN final AS f USING (${group}) LEFT JOIN t AS ta ON ta.source_id = rl.source_id AND ta.kind = rl.kind AND ta.amount_minor = rl.amount_minor AND ta.currency = rl.currency AND ta.nth = ta.of_them
                               WHERE rl.id NOT IN (SELECT id FROM rest))
     INSERT INTO temp.reconcile_pairs (row_id, position, is_equal)
     SELECT q.id, q.position, ${isPlainlyEqual('s')} FROM pairs AS q JOIN payment_history p ON p.id = q.id JOIN temp.reconcile_unpaired s ON s.position = q.position`,
  ),
);
const listUnequal = sql(
  'reconcile.unequal-by-payment',
  `SELECT u.position, u.id, u.source_id AS "sourceId", u.kind, u.amount_minor AS "amountMinor", u.fee_minor AS "feeMinor", u.currency, u.exchange_rate AS "exchangeRate", u.created_at AS "createdAt", u.created_on AS "createdOn"
     FROM temp.reconcile_unpaired u LEFT JOIN temp.reconcile_pairs q ON q.position = u.position GROUP BY u.position HAVING count(q.row_id) <> 1 OR min(q.is_equal) = 0`,
);
const listPaired = sql('reconcile.paired-rows', `SELECT ${rowColumns} FROM temp.reconcile_pairs q JOIN payment_history p ON p.id = q.row_id WHERE q.position = ? ORDER BY p.id`);

const isLeft = (where: Known): string => `p.gateway = 'stripe' AND p.status <> 'failed' AND ${isFree(where)} AND NOT EXISTS (SELECT 1 FROM temp.reconcile_pairs AS q WHERE q.row_id = p.id)`;
const leftRows = {
  everything: sql('reconcile.left-rows', `SELECT ${rowColumns} FROM payment_history p WHERE ${isLeft('everything')}`),
  affected: sql('reconcile.left-rows-affected', `SELECT ${rowColumns} FROM temp.reconcile_affected_rows a CROSS JOIN payment_history p ON p.id = a.id WHERE ${isLeft('everything')}`),
  range: sql('reconcile.left-rows-in-range', `SELECT ${rowColumns} FROM payment_history p WHERE p.created_at >= :from AND p.created_at < :to AND ${isLeft('range')}`),
};
const findTwin = {
  everything: sql('reconcile.twin', 'SELECT t.id FROM compared_sources c JOIN compared_transactions t ON t.id = c.transaction_id AND t.source_id = c.source_id WHERE c.source_id = :payment AND t.kind = :kind AND sign(t.amount_minor) = :side ORDER BY t.created_at, t.id LIMIT 1'),
  range: sql('reconcile.twin-listed', 'SELECT t.id FROM temp.reconcile_listing t WHERE t.source_id = :payment AND t.kind = :kind AND sign(t.amount_minor) = :side ORDER BY t.created_at, t.id LIMIT 1'),
};

const noEntryOf = (where: Known): string => `e.source_type = 'stripe-balance-transaction' AND NOT EXISTS (SELECT 1 FROM ${known[where]} AS k WHERE k.id = e.source_id)`;
const findGhosts = {
  everything: sql('reconcile.ghosts', `INSERT OR IGNORE INTO temp.reconcile_ghosts SELECT e.source_id FROM journal_entries e WHERE ${noEntryOf('everything')}`),
  affected: sql('reconcile.ghosts-affected', `INSERT OR IGNORE INTO temp.reconcile_ghosts SELECT e.source_id FROM temp.reconcile_affected a CROSS JOIN journal_entries e ON e.source_id = a.id WHERE ${noEntryOf('everything')}`),
  range: sql('reconcile.ghosts-in-range', `INSERT OR IGNORE INTO temp.reconcile_ghosts SELECT e.source_id FROM journal_entries e WHERE e.entry_date >= :from AND e.entry_date < :to AND ${noEntryOf('range')}`),
};
const sumOn = (account: 'clearing' | 'fees'): string => `coalesce(sum(CASE WHEN p.account_code = :${account} THEN CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END END), 0)`;
// What was posted and taken back again is no difference any more.
const listGhosts = sql(
  'reconcile.left-entries',
  `SELECT e.source_id AS "balanceTransactionId", min(CASE WHEN p.account_code = :clearing THEN e.entry_date END) AS "entryDate", p.currency, ${sumOn('clearing')} AS "amountMinor", ${sumOn('fees')} AS "feeMinor",
          (SELECT first.kind FROM journal_entries AS first WHERE first.source_id = e.source_id AND first.source_type = 'stripe-balance-transaction' ORDER BY first.ledger_sequence LIMIT 1) AS kind
     FROM temp.reconcile_ghosts g CROSS JOIN journal_entries e ON e.source_id = g.id AND e.source_type = 'stripe-balance-transaction' CROSS JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence AND p.account_code IN (:clearing, :fees)
    GROUP BY e.source_id, p.currency HAVING "amountMinor" <> 0`,
);

const charge = 'coalesce(r.charge_id, d.charge_id)';
const isListedAmongCompared = `EXISTS (SELECT 1 FROM compared_sources c JOIN compared_transactions k ON k.id = c.transaction_id AND k.source_id = c.source_id WHERE c.source_id = ${charge} AND k.kind = 'payment')`;
// A listing of a range says nothing about a payment before it: there the mirror's word is taken.
const isListed = { everything: isListedAmongCompared, range: `(${isListedAmongCompared} OR EXISTS (SELECT 1 FROM stripe_balance_transactions b WHERE b.source_id = ${charge} AND b.type IN ('charge', 'payment')))` };
const listReturns = both((where) =>
  sql(
    `reconcile.returns-${where}`,
    `SELECT t.id, t.source_id AS "sourceId", t.kind, t.amount_minor AS "amountMinor", t.fee_minor AS "feeMinor", t.currency, t.exchange_rate AS "exchangeRate", t.created_at AS "createdAt", t.created_on AS "createdOn", ${ledgerSideColumns},
            ${charge} AS charge, ${isListed[where]} AS "isListed"
       FROM temp.reconcile_returns l CROSS JOIN ${known[where]} t ON t.id = l.transaction_id LEFT JOIN stripe_refunds r ON r.id = t.source_id LEFT JOIN stripe_disputes d ON d.id = t.source_id`,
  ),
);
const sumHeld = sql(
  'reconcile.held',
  `SELECT coalesce(sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END), 0) AS held
     FROM (SELECT transaction_id AS id FROM compared_sources WHERE source_id = :source UNION SELECT id FROM stripe_balance_transactions WHERE source_id = :source) t
     CROSS JOIN journal_entries e ON e.source_id = t.id AND e.source_type = 'stripe-balance-transaction' CROSS JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence AND p.account_code IN (:unapplied, :suspense)`,
);

export interface Return {
  readonly transaction: GatewayTransaction;
  readonly ledger: LedgerSide;
  readonly payment: PaymentBehind | null;
}

export interface Leftovers {
  /** Pairs what no row names by its id with the rows of the same payment, kind and direction that name no transaction Stripe lists. Those that are not plainly equal. */
  pairByPayment(): UnequalPayment[];
  /** Rows of the payment history that matched nothing. */
  rows(): PaymentHistoryRow[];
  /** The transaction that a row repeats, where there is one for the same payment, kind and direction. */
  twinOf(row: PaymentHistoryRow): string | null;
  entries(): LeftEntry[];
  /** Refunds, and disputes whose money still waits, with what is known of their payment. */
  returns(): Return[];
}

export function leftoversOf(database: WritableDatabase, zone: TimeZone, accounts: ComparedAccounts, scope: ComparedScope): Leftovers {
  const where: Known = scope.kind === 'range' ? 'range' : 'everything';
  const withDay = (row: Omit<PaymentHistoryRow, 'createdOn'>): PaymentHistoryRow => ({ ...row, createdOn: zone.dateOf(row.createdAt) });
  const bounds: SqlParameters = scope.kind === 'range' ? boundsOf(scope.range) : {};
  const days: SqlParameters = scope.kind === 'range' ? { from: scope.range.from === undefined ? '' : zone.dateOf(scope.range.from), to: scope.range.to === undefined ? '9999-12-31' : zone.dateOf(scope.range.to) } : {};
  const heldOf = (source: string | null): number => (source === null ? 0 : (database.get<{ held: number }>(sumHeld, { source, unapplied: accounts.unapplied, suspense: accounts.suspense })?.held ?? 0));

  return {
    pairByPayment() {
      database.run(pairByPayment[where]);
      return database.all<GatewayTransaction & { readonly kind: PaymentKind; readonly position: number }>(listUnequal).map((row) => ({
        transaction: { ...toTransaction(row), kind: row.kind }, rows: database.all<Omit<PaymentHistoryRow, 'createdOn'>>(listPaired, [row.position]).map(withDay),
      }));
    },
    rows: () => database.all<Omit<PaymentHistoryRow, 'createdOn'>>(leftRows[scope.kind], bounds).map(withDay),
    twinOf: (row) => database.get<{ id: string }>(findTwin[where], { payment: row.gatewayPaymentId, kind: row.kind, side: Math.sign(row.amountMinor) })?.id ?? null,
    entries() {
      database.run(findGhosts[scope.kind], days);
      return database.all<LeftEntry>(listGhosts, { clearing: accounts.clearing, fees: accounts.fees });
    },
    returns: () =>
      database.all<GatewayTransaction & RawLedgerSide & { readonly charge: string | null; readonly isListed: number }>(listReturns[where]).map((row) => ({
        transaction: toTransaction(row), ledger: toLedgerSide(row),
        payment: row.charge === null ? null : { isListed: row.isListed === 1, heldMinor: row.kind === 'dispute' ? heldOf(row.charge) : 0, heldByDisputeMinor: row.kind === 'dispute' ? heldOf(row.sourceId) : 0 },
      })),
  };
}
