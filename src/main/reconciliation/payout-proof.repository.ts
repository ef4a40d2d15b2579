/** The movements of Stripe's balance as level 2 last compared them, and what the journal says the clearing account holds. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
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
const isComparedStatement = sql('payouts.is-compared', 'SELECT 1 AS one FROM compared_transactions WHERE id = ?');
const sumUnlisted = sql(
  'payouts.unlisted-entries',
  // By itself, or as one side of a pair that attributes made.
  `SELECT p.currency, sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END) AS "amountMinor"
     FROM discrepancy_spells AS s CROSS JOIN discrepancies AS d ON d.id = s.discrepancy_id AND ((d.reason = 'missing-at-stripe' AND d.object_id = d.balance_transaction_id) OR (d.reason IN (${pairReasons.map((reason) => `'${reason}'`).join(', ')}) AND json_extract(d.detail, '$.store') = 'ledger'))
     CROSS JOIN journal_entries AS e ON e.source_id = coalesce(json_extract(d.detail, '$.pair.objectId'), d.balance_transaction_id) AND e.source_type = 'stripe-balance-transaction' CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND p.account_code = ?
    WHERE s.level = 'transactions' AND s.ended_sequence IS NULL GROUP BY p.currency`,
);

/** What the journal says an account holds, debit − credit, per currency. */
export function readAccountBalances(database: ReadableDatabase, accountCode: string): { readonly currency: string; readonly amountMinor: number }[] {
  return database.all(balancesOfAccount, [accountCode]);
}

/** Entries on the account from transactions that Stripe does not list: level 2 names each of them. */
export function readUnlistedEntries(database: ReadableDatabase, accountCode: string): { readonly currency: string; readonly amountMinor: number }[] {
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
