/**
 * Payments by their ids, with what belongs to each: what was settled, which invoices it paid, how it was paid.
 */
import type { z } from 'zod';
import type { paymentRowSchema } from '../../shared/api/payments.contract.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { Standpoint } from './invoices.queries.ts';
import { paymentRowsByKind, payoutOfTransaction, type PaymentKind } from './payment-sources.ts';

type PaymentRowView = z.infer<typeof paymentRowSchema>;

const rowsOf: Readonly<Record<PaymentKind, ReturnType<typeof sql>>> = {
  charge: sql('payments.charges', paymentRowsByKind.charge), refund: sql('payments.refunds', paymentRowsByKind.refund), dispute: sql('payments.disputes', paymentRowsByKind.dispute), intent: sql('payments.intents', paymentRowsByKind.intent),
};
const settledOf = sql(
  'payments.settled',
  `SELECT b.source_id AS id, b.currency, sum(b.amount_minor) AS amountMinor, sum(b.fee_minor) AS feeMinor, sum(b.net_minor) AS netMinor, max(${payoutOfTransaction}) AS payoutId
   FROM json_each(:ids) k CROSS JOIN stripe_balance_transactions b ON b.source_id = k.value GROUP BY b.source_id, b.currency ORDER BY min(b.created_at)`,
);
const invoicesOf = sql(
  'payments.invoices',
  `SELECT k.value AS id, s.id AS invoiceId, s.number FROM json_each(:ids) k CROSS JOIN stripe_charges h ON h.id = k.value CROSS JOIN stripe_invoice_payments p ON p.payment_intent_id = h.payment_intent_id AND p.status <> 'canceled' JOIN stripe_invoices s ON s.id = p.invoice_id
   UNION SELECT k.value, s.id, s.number FROM json_each(:ids) k CROSS JOIN stripe_invoice_payments p ON p.charge_id = k.value AND p.status <> 'canceled' JOIN stripe_invoices s ON s.id = p.invoice_id
   UNION SELECT k.value, s.id, s.number FROM json_each(:intents) k CROSS JOIN stripe_invoice_payments p ON p.payment_intent_id = k.value AND p.status <> 'canceled' JOIN stripe_invoices s ON s.id = p.invoice_id`,
);

interface StoredRow extends Pick<PaymentRowView, 'id' | 'kind' | 'status' | 'createdAt' | 'customerId' | 'customerName' | 'description' | 'failureCode' | 'failureMessage' | 'reason' | 'method' | 'chargeId' | 'paymentIntentId'> {
  readonly hasMoved: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly methodRaw: string | null;
}

/** The rows of these keys, in their order; a key of nothing gives no row. */
export function readPaymentRows(database: ReadableDatabase, keys: readonly { readonly kind: PaymentKind; readonly id: string }[], { timeZone }: Pick<Standpoint, 'timeZone'>): PaymentRowView[] {
  const found = new Map<string, StoredRow>();
  for (const kind of Object.keys(rowsOf) as PaymentKind[]) {
    const ids = keys.filter((key) => key.kind === kind).map((key) => key.id);
    if (ids.length > 0) for (const row of database.all<StoredRow>(rowsOf[kind], { ids: JSON.stringify(ids) })) found.set(`${kind}/${row.id}`, row);
  }
  const rows = keys.flatMap((key) => found.get(`${key.kind}/${key.id}`) ?? []);
  const settled = new Map<string, { currency: string; amountMinor: number; feeMinor: number; netMinor: number; payoutId: string | null }>();
  for (const { id, ...sums } of database.all<{ id: string; currency: string; amountMinor: number; feeMinor: number; netMinor: number; payoutId: string | null }>(settledOf, { ids: JSON.stringify(rows.map((row) => row.id)) })) if (!settled.has(id)) settled.set(id, sums);
  const invoices = new Map<string, { id: string; number: string | null }[]>();
  const asked = { ids: JSON.stringify(rows.map((row) => row.chargeId ?? row.id)), intents: JSON.stringify(rows.filter((row) => row.kind === 'intent').map((row) => row.id)) };
  for (const { id, invoiceId, number } of database.all<{ id: string; invoiceId: string; number: string | null }>(invoicesOf, asked)) invoices.set(id, [...(invoices.get(id) ?? []), { id: invoiceId, number }]);
  return rows.map(({ hasMoved, amountMinor, currency, methodRaw, ...row }) => {
    const sums = settled.get(row.id);
    return {
      ...row, createdOn: timeZone.dateOf(row.createdAt), amount: { amount: amountMinor, currency }, hasMovedMoney: hasMoved === 1, methodDetail: methodDetailOf(methodRaw), payoutId: sums?.payoutId ?? null, invoices: invoices.get(row.chargeId ?? row.id) ?? [],
      settled: sums ? { amountMinor: sums.amountMinor, feeMinor: sums.feeMinor, netMinor: sums.netMinor, currency: sums.currency } : null,
    };
  });
}

/** 'visa ···· 4242'. Today the details lie under the method's type; in older versions the card itself stood there. */
function methodDetailOf(raw: string | null): string | null {
  if (raw === null || !raw.startsWith('{')) return null;
  const details = JSON.parse(raw) as Record<string, unknown>;
  const own = typeof details['type'] === 'string' ? details[details['type']] : undefined;
  const part = (typeof own === 'object' && own !== null ? own : details) as Record<string, unknown>;
  const name = [part['brand'], part['bank_name'], part['bank_code']].find((value) => typeof value === 'string');
  const digits = typeof part['last4'] === 'string' ? `···· ${part['last4']}` : undefined;
  return [name, digits].filter((text) => text !== undefined).join(' ') || null;
}
