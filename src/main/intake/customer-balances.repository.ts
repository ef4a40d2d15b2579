/** All SQL of customers' credit as Stripe holds it, against what the mirror knows to have moved it. Amounts are signed as Stripe's balance: below zero is credit. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';

/** Every movement of customers' credit that the mirror knows, and when it was: those that are posted, and what came and was taken back. @param only a condition on `customer_id`, where one customer is asked for. */
const movements = (only: string): string => `moved (customer_id, currency, minor, at) AS (
    SELECT customer_id, currency, ending_balance_minor - starting_balance_minor - CASE WHEN voided_at IS NULL THEN 0 ELSE max(0, ending_balance_minor - starting_balance_minor) END, coalesce(voided_at, finalised_at)
      FROM stripe_invoices WHERE ${only} AND ending_balance_minor <> starting_balance_minor AND finalised_at IS NOT NULL
    UNION ALL SELECT customer_id, currency, CASE WHEN voided_at IS NULL THEN -customer_balance_minor ELSE 0 END, coalesce(voided_at, created_at) FROM stripe_credit_notes WHERE ${only} AND customer_balance_minor <> 0
    UNION ALL SELECT customer_id, currency, amount_minor, created_at FROM stripe_customer_balance_transactions WHERE ${only} AND is_by_hand),
  sums AS MATERIALIZED (SELECT m.customer_id, sum(m.minor) AS minor, max(m.at) AS latest_at FROM moved AS m JOIN stripe_customers AS c ON c.id = m.customer_id AND (c.currency IS NULL OR c.currency = m.currency) GROUP BY m.customer_id)`;
const moved = movements('customer_id IS NOT NULL');

const listDiffering = sql(
  'customer-balances.differing',
  `WITH ${moved},
  wanted AS (SELECT customer_id FROM sums UNION SELECT id FROM stripe_customers WHERE balance_minor <> 0)
  SELECT c.id AS "customerId", c.balance_minor AS "balanceMinor" FROM wanted JOIN stripe_customers AS c ON c.id = wanted.customer_id LEFT JOIN sums ON sums.customer_id = c.id LEFT JOIN stripe_customer_balance_reads AS r ON r.customer_id = c.id
   WHERE c.is_deleted = 0 AND c.balance_minor <> coalesce(sums.minor, 0) AND NOT (r.balance_minor IS c.balance_minor AND r.moved_minor IS coalesce(sums.minor, 0) AND r.latest_moved_at IS sums.latest_at) ORDER BY c.id`,
);
const saveRead = sql(
  'customer-balances.read',
  `WITH ${movements('customer_id = :customer')}
  INSERT INTO stripe_customer_balance_reads (customer_id, balance_minor, moved_minor, latest_moved_at, read_at) VALUES (:customer, :balance, coalesce((SELECT minor FROM sums WHERE customer_id = :customer), 0), (SELECT latest_at FROM sums WHERE customer_id = :customer), :at)
  ON CONFLICT (customer_id) DO UPDATE SET balance_minor = excluded.balance_minor, moved_minor = excluded.moved_minor, latest_moved_at = excluded.latest_moved_at, read_at = excluded.read_at`,
);
/** An invoice or a note that Stripe's list names and that the mirror does not hold as it is now explains a difference by itself, and takes it away when it comes. */
const isExplained = `EXISTS (SELECT 1 FROM stripe_customer_balance_transactions AS t LEFT JOIN stripe_invoices AS i ON i.id = t.invoice_id LEFT JOIN stripe_credit_notes AS n ON n.id = t.credit_note_id
   WHERE t.customer_id = r.customer_id AND NOT t.is_by_hand AND ((t.credit_note_id IS NOT NULL AND n.id IS NULL) OR (t.credit_note_id IS NULL AND (i.finalised_at IS NULL OR (t.type = 'unapplied_from_invoice' AND i.voided_at IS NULL)))))`;
const listRead = sql(
  'customer-balances.read-before',
  `WITH ${moved},
  told AS (SELECT t.customer_id, max(t.currency) AS currency, sum(t.amount_minor) AS minor FROM stripe_customer_balance_reads AS r JOIN stripe_customer_balance_transactions AS t ON t.customer_id = r.customer_id
     JOIN stripe_customers AS c ON c.id = t.customer_id AND (c.currency IS NULL OR c.currency = t.currency) GROUP BY t.customer_id)
  SELECT r.customer_id AS "customerId", coalesce(told.currency, c.currency, '') AS currency, coalesce(told.minor, c.balance_minor) AS "toldMinor", coalesce(sums.minor, 0) AS "movedMinor", r.raised_at IS NOT NULL AS "isRaised",
         c.balance_minor = coalesce(sums.minor, 0) AS ties, r.moved_minor = coalesce(sums.minor, 0) AND r.balance_minor = c.balance_minor AND r.latest_moved_at IS sums.latest_at AS "isAsRead", ${isExplained} AS "isExplained"
    FROM stripe_customer_balance_reads AS r JOIN stripe_customers AS c ON c.id = r.customer_id LEFT JOIN told ON told.customer_id = r.customer_id LEFT JOIN sums ON sums.customer_id = r.customer_id ORDER BY 1`,
);
const markRaised = sql('customer-balances.raised', 'UPDATE stripe_customer_balance_reads SET raised_at = ? WHERE customer_id = ?');
const dropRead = sql('customer-balances.forget', 'DELETE FROM stripe_customer_balance_reads WHERE customer_id = ?');
const countKnown = sql('customer-balances.known', 'SELECT count(*) AS count FROM stripe_customer_balance_transactions WHERE id IN (SELECT value FROM json_each(?))');

export interface DifferingBalance {
  readonly customerId: string;
  /** As mirrored. */
  readonly balanceMinor: number;
}

export interface UnexplainedDifference {
  readonly customerId: string;
  readonly currency: string;
  /** What Stripe's list of the customer comes to; the mirrored balance where it is empty. */
  readonly toldMinor: number;
  readonly movedMinor: number;
}

interface ReadBalance extends UnexplainedDifference {
  readonly isRaised: number;
  readonly ties: number;
  readonly isAsRead: number;
  readonly isExplained: number;
}

/** Customers whose mirrored balance is not what is known to have moved it, and whose list was not read since either changed: also by what came to nothing, such as an invoice that was voided meanwhile. */
export const differingBalances = (database: ReadableDatabase): DifferingBalance[] => database.all<DifferingBalance>(listDiffering);
export const noteRead = (database: WritableDatabase, customerId: string, balanceMinor: number, at: number): void => void database.run(saveRead, { customer: customerId, balance: balanceMinor, at });

/** What became of the customers whose lists were read, each of them in one of the three at most. */
export interface ReadDifferences {
  /** Read before, and nothing has moved since: what is on its way between two lists is not called a difference. Nor is what the mirrored balance agrees with: the list may have been read before. */
  readonly unexplained: readonly UnexplainedDifference[];
  /** Customers with a review item whose credit ties again. */
  readonly settled: readonly string[];
  /** Customers whose credit ties, and whose list was read when it did not: left standing, a later difference of the same figures would pass for one that was read. */
  readonly outdated: readonly string[];
}

export function readDifferences(database: ReadableDatabase): ReadDifferences {
  const read = database.all<ReadBalance>(listRead);
  const isTold = (one: ReadBalance): boolean => one.toldMinor === one.movedMinor;
  return {
    unexplained: read.filter((one) => !one.isRaised && !isTold(one) && !one.ties && one.isAsRead && !one.isExplained),
    settled: read.filter((one) => one.isRaised && (isTold(one) || one.ties)).map(({ customerId }) => customerId),
    outdated: read.filter((one) => !one.isRaised && one.ties && !one.isAsRead).map(({ customerId }) => customerId),
  };
}

export const forgetRead = (database: WritableDatabase, customerId: string): void => void database.run(dropRead, [customerId]);
/** @param raisedAt null: it ties again. */
export const markDifference = (database: WritableDatabase, customerId: string, raisedAt: number | null): void => void database.run(markRaised, [raisedAt, customerId]);
export const countKnownMovements = (database: ReadableDatabase, ids: readonly string[]): number => database.get<{ count: number }>(countKnown, [JSON.stringify(ids)])?.count ?? 0;
