/** The invoices behind a bar of recognition with their numbers and customers, as a window of rows. */
import type { z } from 'zod';
import type { earnedInvoiceSchema } from '../../shared/api/revenue-screens.contract.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { EarnedInvoice } from '../revenue/recognition-by-day.ts';
import type { Sort, WindowOf } from './mrr.queries.ts';

type Row = z.infer<typeof earnedInvoiceSchema>;

const named = sql(
  'earned-invoices.named',
  `SELECT i.id, i.number, i.customer_id AS customerId, coalesce(c.name, c.email, i.customer_id, '') AS customerName FROM json_each(?) AS k CROSS JOIN stripe_invoices AS i ON i.id = k.value LEFT JOIN stripe_customers AS c ON c.id = i.customer_id`,
);

export function readEarnedWindow(database: ReadableDatabase, earned: readonly EarnedInvoice[], currency: string, { startAt, limit, sort, text }: { startAt: number; limit: number; sort: Sort; text: string | null }): WindowOf<Row> {
  const names = new Map(database.all<{ id: string; number: string | null; customerId: string | null; customerName: string }>(named, [JSON.stringify(earned.map(({ invoiceId }) => invoiceId))]).map((row) => [row.id, row]));
  const wanted = text?.toLowerCase();
  const rows = earned.map(({ invoiceId, customerId, lines, earnedMinor }): Row => {
    const invoice = names.get(invoiceId);
    return { invoiceId, number: invoice?.number ?? null, customerId: customerId ?? invoice?.customerId ?? null, customerName: invoice?.customerName ?? customerId ?? '', lines, earned: { amount: earnedMinor, currency } };
  }).filter((row) => wanted === undefined || row.customerName.toLowerCase().includes(wanted) || row.invoiceId.toLowerCase() === wanted || row.number?.toLowerCase() === wanted);
  const sign = sort.direction === 'ascending' ? 1 : -1;
  const byName = (a: Row, b: Row): number => a.customerName.localeCompare(b.customerName, 'en') * sign;
  const byAmount = (a: Row, b: Row): number => (a.earned.amount - b.earned.amount) * sign;
  rows.sort((a, b) => (sort.column === 'customerName' ? byName(a, b) : byAmount(a, b)) || (a.invoiceId < b.invoiceId ? -1 : 1));
  return { rows: rows.slice(startAt, startAt + limit), total: rows.length, sumMinor: rows.reduce((sum, row) => sum + row.earned.amount, 0) };
}
