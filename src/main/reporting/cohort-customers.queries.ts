/** The customers behind a cell of the cohort table: who first had MRR in a month, and what of it was left at the end of another. */
import type { z } from 'zod';
import type { cohortCustomerSchema } from '../../shared/api/revenue-screens.contract.ts';
import { endOf, firstDayOf, type Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';
import type { Sort, WindowOf } from './mrr.queries.ts';
import type { View } from './revenue-view.ts';

export type CohortCustomer = z.infer<typeof cohortCustomerSchema>;

export interface CohortWindow {
  readonly cohort: Month;
  /** At whose end the MRR is looked at. */
  readonly month: Month;
  readonly text: string | null;
  readonly sort: Sort;
  readonly startAt: number;
  readonly limit: number;
}

const asText = `'%' || replace(replace(replace(:text, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%' ESCAPE '\\'`;
// Those with a movement in the cohort's month first, by its index; the first that moved what is looked at then says whether they began in it.
const since = 'min(iif(iif(:native IS NULL, m.amount_minor, iif(m.currency = :native, m.native_minor, 0)) <> 0, m.day_on, NULL))';
const source = `FROM (SELECT DISTINCT customer_id FROM revenue_movements WHERE day_on >= :first AND day_on < :next) AS b CROSS JOIN revenue_movements AS m ON m.customer_id = b.customer_id LEFT JOIN stripe_customers AS c ON c.id = m.customer_id
  WHERE (m.policies & :policyBit) <> 0 AND (:text IS NULL OR m.customer_id = :text OR coalesce(c.name, c.email, m.customer_id) LIKE ${asText})
  GROUP BY m.customer_id HAVING ${since} >= :first AND ${since} < :next AND amountMinor <> 0`;
const amount = 'sum(iif(m.day_on < :until AND (:native IS NULL OR m.currency = :native), iif(:native IS NULL, m.amount_minor, m.native_minor), 0)) AS amountMinor';
const columns = `m.customer_id AS customerId, coalesce(c.name, c.email, m.customer_id) AS customerName, (SELECT r.country FROM revenue_customers AS r WHERE r.customer_id = m.customer_id) AS country, ${since} AS since, ${amount}`;
const count = sql('cohort-customers.count', `SELECT count(*) AS total, coalesce(sum(amountMinor), 0) AS sumMinor FROM (SELECT ${amount} ${source})`);

const orders: Readonly<Record<string, string>> = { amount: 'amountMinor', customerName: 'customerName COLLATE NOCASE', since: 'since' };
const windows = new Map<string, Sql>();
for (const [direction, word] of [['ascending', 'ASC'], ['descending', 'DESC']] as const) {
  for (const [column, expression] of Object.entries(orders)) windows.set(`${column}/${direction}`, sql(`cohort-customers.by-${column}`, `SELECT ${columns} ${source} ORDER BY ${expression} ${word}, customerId LIMIT :limit OFFSET :startAt`));
}

export function readCohortCustomers(database: ReadableDatabase, view: Pick<View, 'native' | 'currency' | 'scope'>, window: CohortWindow): WindowOf<CohortCustomer> {
  const values = { policyBit: view.scope.policyBit, native: view.native, text: window.text, first: firstDayOf(window.cohort), next: endOf(window.cohort), until: endOf(window.month) };
  const statement = windows.get(`${window.sort.column}/${window.sort.direction}`);
  const rows = statement ? database.all<Omit<CohortCustomer, 'mrr'> & { amountMinor: number }>(statement, { ...values, limit: window.limit, startAt: window.startAt }) : [];
  const counted = database.get<{ total: number; sumMinor: number }>(count, values);
  return { rows: rows.map(({ amountMinor, ...row }) => ({ ...row, country: row.country ?? '', mrr: { amount: amountMinor, currency: view.currency } })), total: counted?.total ?? 0, sumMinor: counted?.sumMinor ?? 0 };
}
