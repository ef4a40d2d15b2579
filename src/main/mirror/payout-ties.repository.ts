/** All SQL about which balance transactions a payout pays out. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';

export interface DuePayout {
  readonly id: string;
  /** The transaction after which its list goes on; null: from the beginning. */
  readonly cursor: string | null;
  readonly transactions: number;
}

// Stripe says when a list is whole; an account whose payouts do not say it has whole lists from the beginning.
const findDue = sql(
  'payout-ties.due',
  `SELECT p.id, l.cursor, coalesce(l.transactions, 0) AS transactions FROM stripe_payouts p LEFT JOIN stripe_payout_listings l ON l.payout_id = p.id
   WHERE coalesce(l.is_complete, 0) = 0 AND coalesce(json_extract(p.raw, '$.automatic'), 1) = 1 AND coalesce(json_extract(p.raw, '$.reconciliation_status'), 'completed') = 'completed' ORDER BY p.created_at DESC, p.id LIMIT ?`,
);
const keepTies = sql('payout-ties.keep', 'INSERT INTO stripe_payout_ties (balance_transaction_id, payout_id) SELECT value, :payoutId FROM json_each(:ids) WHERE true ON CONFLICT (balance_transaction_id) DO UPDATE SET payout_id = excluded.payout_id');
const keepListing = sql(
  'payout-ties.keep-listing',
  `INSERT INTO stripe_payout_listings (payout_id, cursor, is_complete, transactions, listed_at) VALUES (:payoutId, :cursor, :isComplete, :transactions, :listedAt)
   ON CONFLICT (payout_id) DO UPDATE SET cursor = excluded.cursor, is_complete = max(is_complete, excluded.is_complete), transactions = excluded.transactions, listed_at = excluded.listed_at`,
);

/** The newest payouts whose lists are whole at the gateway and not here. */
export function findDuePayouts(database: ReadableDatabase, limit: number): DuePayout[] {
  return database.all<DuePayout>(findDue, [limit]);
}

export interface PayoutPage {
  readonly payoutId: string;
  readonly transactionIds: readonly string[];
  /** Of the whole list up to this page. */
  readonly transactions: number;
  /** null: this was the last page. */
  readonly cursor: string | null;
  /** Epoch milliseconds. */
  readonly listedAt: number;
}

export function storePayoutPage(database: WritableDatabase, { payoutId, transactionIds, transactions, cursor, listedAt }: PayoutPage): void {
  if (transactionIds.length > 0) database.run(keepTies, { payoutId, ids: JSON.stringify(transactionIds) });
  database.run(keepListing, { payoutId, cursor, isComplete: cursor === null ? 1 : 0, transactions, listedAt });
}
