/** The movements of Stripe's balance as level 2 last compared them, and what the journal says the clearing account holds. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { DiscrepancyRecord } from './discrepancy.repository.ts';
import { pairReasons } from './transaction-matching.ts';
import type { BalanceMovement, MovementSums } from './payout-proof.ts';

const balancesOfAccount = sql('payouts.account-balances', `SELECT currency, sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) AS "amountMinor" FROM posting_lines WHERE account_code = ? GROUP BY currency ORDER BY currency`);
const sumMovements = sql(
  'payouts.movement-sums',
  `SELECT currency, sum(CASE WHEN created_at < :from THEN amount_minor - fee_minor ELSE 0 END) AS "openingMinor", sum(CASE WHEN created_at >= :from AND is_payout = 0 THEN amount_minor - fee_minor ELSE 0 END) AS "activityMinor",
          sum(CASE WHEN created_at >= :from AND is_payout = 1 THEN amount_minor - fee_minor ELSE 0 END) AS "payoutsMinor", sum(CASE WHEN available_at > :now THEN amount_minor - fee_minor ELSE 0 END) AS "pendingMinor",
          sum(coalesce(ledger_net_minor, 0)) AS "ledgerMinor"
     FROM compared_transactions GROUP BY currency ORDER BY currency`,
);
const listMovements = sql(
  'payouts.movements',
  `SELECT id, currency, created_at AS "createdAt", amount_minor AS "amountMinor", fee_minor AS "feeMinor", is_payout AS "isPayout", ledger_net_minor AS "ledgerNetMinor", available_at > :now AS "isPending" FROM compared_transactions WHERE currency = :currency`,
);
const signed = "CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END";
// Of transactions that were posted after level 2 compared them: a sync, a webhook or a fetch may bring entries while a run goes on, and hours before the next.
const listPostedSince = sql(
  'payouts.posted-since',
  `SELECT e.source_id AS id, t.currency, coalesce(t.ledger_net_minor, 0) AS "comparedMinor", coalesce(sum(${signed}), 0) AS "ledgerNetMinor"
     FROM (SELECT DISTINCT source_id FROM journal_entries WHERE ledger_sequence > :after AND +source_type = 'stripe-balance-transaction') AS s CROSS JOIN compared_transactions AS t ON t.id = s.source_id
     CROSS JOIN journal_entries AS e ON e.source_id = t.id AND +e.source_type = 'stripe-balance-transaction' LEFT JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND p.account_code = :account AND p.currency = t.currency
    GROUP BY e.source_id`,
);
// What people posted about differences, with the difference as it stands: a reversed entry has come to nothing.
const listSettlements = sql(
  'payouts.settlements',
  `SELECT d.id, d.level, d.reason, d.object_id AS "objectId", d.balance_transaction_id AS "transactionId", d.currency, d.amount_minor AS "amountMinor", d.detail, sum(${signed}) AS "postedMinor",
          EXISTS (SELECT 1 FROM discrepancy_spells AS s WHERE s.discrepancy_id = d.id AND s.level = d.level AND s.ended_sequence IS NULL) AS "stands",
          (SELECT t.amount_minor - t.fee_minor FROM compared_transactions AS t WHERE t.id = d.balance_transaction_id AND t.currency = d.currency) AS "stripeNetMinor"
     FROM journal_entries AS e CROSS JOIN discrepancies AS d ON d.id = e.source_id CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND p.account_code = :account AND p.currency = d.currency
    WHERE e.source_type = 'discrepancy' GROUP BY d.id HAVING "postedMinor" <> 0`,
);
const netOfTransaction = sql(
  'payouts.net-of-transaction',
  `SELECT coalesce(sum(${signed}), 0) AS "netMinor", count(*) AS entries FROM journal_entries AS e LEFT JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND p.account_code = :account AND p.currency = :currency
    WHERE e.source_id = :id AND +e.source_type = 'stripe-balance-transaction'`,
);
const isComparedStatement = sql('payouts.is-compared', 'SELECT 1 AS one FROM compared_transactions WHERE id = ?');
const sumUnlisted = sql(
  'payouts.unlisted-entries',
  // By itself, or as one side of a pair that attributes made.
  `SELECT e.source_id AS id, p.currency, sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END) AS "amountMinor"
     FROM discrepancy_spells AS s CROSS JOIN discrepancies AS d ON d.id = s.discrepancy_id AND ((d.reason = 'missing-at-stripe' AND d.object_id = d.balance_transaction_id) OR (d.reason IN (${pairReasons.map((reason) => `'${reason}'`).join(', ')}) AND json_extract(d.detail, '$.store') = 'ledger'))
     CROSS JOIN journal_entries AS e ON e.source_id = coalesce(json_extract(d.detail, '$.pair.objectId'), d.balance_transaction_id) AND e.source_type = 'stripe-balance-transaction' CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND p.account_code = ?
    WHERE s.level = 'transactions' AND s.ended_sequence IS NULL GROUP BY e.source_id, p.currency`,
);

/** What the journal says an account holds, debit − credit, per currency. */
export function readAccountBalances(database: ReadableDatabase, accountCode: string): { readonly currency: string; readonly amountMinor: number }[] {
  return database.all(balancesOfAccount, [accountCode]);
}

/** Entries on the account from transactions that Stripe does not list, by the transaction: level 2 names each of them. */
export function readUnlistedEntries(database: ReadableDatabase, accountCode: string): { readonly id: string; readonly currency: string; readonly amountMinor: number }[] {
  return database.all(sumUnlisted, [accountCode]);
}

export function readMovementSums(database: ReadableDatabase, at: { readonly from: number; readonly now: number }): MovementSums[] {
  return database.all<MovementSums>(sumMovements, { ...at });
}

export function* iterateMovements(database: ReadableDatabase, currency: string, now: number): Generator<BalanceMovement> {
  for (const row of database.iterate<Omit<BalanceMovement, 'isPayout' | 'isPending'> & { readonly isPayout: number; readonly isPending: number | null }>(listMovements, { currency, now })) yield { ...row, isPayout: row.isPayout === 1, isPending: row.isPending === 1 };
}

/** Whether level 2 has compared the transaction. */
export function isCompared(database: ReadableDatabase, id: string): boolean {
  return database.get(isComparedStatement, [id]) !== undefined;
}

/** A compared transaction of which entries came since it was compared: what they moved the account by then and now, minor units. */
export interface PostedSince {
  readonly id: string;
  readonly currency: string;
  readonly comparedMinor: number;
  readonly ledgerNetMinor: number;
}

/** @param after the place in the chain up to which level 2 had come when it began. */
export function readPostedSince(database: ReadableDatabase, accountCode: string, after: number): PostedSince[] {
  return database.all<PostedSince>(listPostedSince, { account: accountCode, after });
}

/** What the entries of one transaction moved the account by, in its currency; null: there are none. */
export function readLedgerNet(database: ReadableDatabase, accountCode: string, transaction: { readonly id: string; readonly currency: string }): number | null {
  const found = database.get<{ netMinor: number; entries: number }>(netOfTransaction, { account: accountCode, id: transaction.id, currency: transaction.currency });
  return found === undefined || found.entries === 0 ? null : found.netMinor;
}

/** What was posted on the account to settle one difference: minor units, debit − credit, in its currency. */
export interface PostedSettlement extends Pick<DiscrepancyRecord, 'level' | 'reason' | 'objectId' | 'currency' | 'amountMinor' | 'detail'> {
  readonly transactionId: string | null;
  readonly postedMinor: number;
  /** Whether the last run of its level still found it. */
  readonly stands: boolean;
  /** What Stripe's balance moved by with its transaction; null where it has none that Stripe lists. */
  readonly stripeNetMinor: number | null;
}

export function readSettlements(database: ReadableDatabase, accountCode: string): PostedSettlement[] {
  return database.all<Omit<PostedSettlement, 'stands'> & { readonly stands: number }>(listSettlements, { account: accountCode }).map((row) => ({ ...row, stands: row.stands === 1 }));
}
