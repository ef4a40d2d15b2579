/**
 * The four kinds of payments under the same names, for the list and for single records. Text only; the values are bound by who asks.
 */
import type { z } from 'zod';
import type { paymentKindSchema } from '../../shared/api/payments.contract.ts';

export type PaymentKind = z.infer<typeof paymentKindSchema>;

export interface PaymentSource {
  readonly kind: PaymentKind;
  readonly table: string;
  readonly alias: string;
  /** In the words of the contract. */
  readonly status: string;
  readonly hasMoved: string;
  /** Signed: what goes back is negative. */
  readonly amount: string;
  readonly customerId: string;
  readonly failureCode: string;
  /** What a row must be besides the filter. */
  readonly always: string | null;
}

/** The payout of a balance transaction `b`: its own word, or what the payout's list said (migration 0023). */
export const payoutOfTransaction = 'coalesce(b.payout_id, (SELECT t.payout_id FROM stripe_payout_ties t WHERE t.balance_transaction_id = b.id))';

const chargeStatus = `CASE WHEN h.status IN ('failed', 'pending') THEN h.status WHEN h.is_disputed = 1 THEN 'disputed' WHEN h.amount_refunded_minor = 0 THEN 'succeeded' WHEN h.amount_refunded_minor >= h.amount_minor THEN 'refunded' ELSE 'partly-refunded' END`;
const refundStatus = `CASE WHEN r.status IN ('failed', 'canceled') THEN r.status WHEN r.status IN ('pending', 'requires_action') THEN 'pending' ELSE 'succeeded' END`;
// An inquiry (“warning_…”) takes no money yet; a dispute that was won gave it back.
const disputeStatus = `CASE WHEN d.status LIKE '%needs_response' THEN 'needs-response' WHEN d.status LIKE '%under_review' THEN 'under-review' WHEN d.status IN ('won', 'lost') THEN d.status ELSE 'closed' END`;
const intentStatus = `CASE i.status WHEN 'canceled' THEN 'canceled' WHEN 'processing' THEN 'pending' ELSE 'incomplete' END`;
const customerOfCharge = (alias: string): string => `(SELECT customer_id FROM stripe_charges WHERE id = ${alias}.charge_id)`;

export const paymentSources: Readonly<Record<PaymentKind, PaymentSource>> = {
  charge: { kind: 'charge', table: 'stripe_charges', alias: 'h', status: chargeStatus, hasMoved: "h.status NOT IN ('failed', 'pending')", amount: 'h.amount_minor', customerId: 'h.customer_id', failureCode: 'h.failure_code', always: null },
  refund: { kind: 'refund', table: 'stripe_refunds', alias: 'r', status: refundStatus, hasMoved: "coalesce(r.status, '') NOT IN ('failed', 'canceled')", amount: '-r.amount_minor', customerId: customerOfCharge('r'), failureCode: 'NULL', always: null },
  dispute: { kind: 'dispute', table: 'stripe_disputes', alias: 'd', status: disputeStatus, hasMoved: "d.status IN ('needs_response', 'under_review', 'lost')", amount: '-d.amount_minor', customerId: customerOfCharge('d'), failureCode: 'NULL', always: null },
  intent: {
    kind: 'intent', table: 'stripe_payment_intents', alias: 'i', status: intentStatus, hasMoved: '0', amount: 'i.amount_minor', customerId: 'i.customer_id', failureCode: 'NULL',
    always: 'i.latest_charge_id IS NULL AND NOT EXISTS (SELECT 1 FROM stripe_charges WHERE payment_intent_id = i.id)',
  },
};

const blank = 'NULL';
const columnsOf = (source: PaymentSource, own: { paymentIntentId: string; chargeId: string; description: string; failureCode: string; reason: string; method: string; failure: string; methodRaw: string }): string =>
  `'${source.kind}' AS kind, ${source.alias}.id AS id, ${source.status} AS status, ${source.hasMoved} AS hasMoved, ${source.amount} AS amountMinor, ${source.alias}.currency AS currency, ${source.alias}.created_at AS createdAt, ${source.customerId} AS customerId,
   coalesce(c.name, c.email, ${source.customerId}, '') AS customerName, ${own.paymentIntentId} AS paymentIntentId, ${own.chargeId} AS chargeId, ${own.description} AS description, ${own.failureCode} AS failureCode, ${own.failure} AS failureMessage, ${own.reason} AS reason,
   ${own.method} AS method, ${own.methodRaw} AS methodRaw`;
const methodOf = (alias: string): string => `coalesce(json_extract(${alias}.raw, '$.payment_method_details'), json_extract(${alias}.raw, '$.source'), json_extract(${alias}.raw, '$.card'))`;

/** The rows of one kind with all their columns; `ids` is a JSON list. */
export const paymentRowsByKind: Readonly<Record<PaymentKind, string>> = {
  charge: `SELECT ${columnsOf(paymentSources.charge, { paymentIntentId: 'h.payment_intent_id', chargeId: blank, description: 'h.description', failureCode: 'h.failure_code', failure: "json_extract(h.raw, '$.failure_message')", reason: blank, method: 'h.payment_method_type', methodRaw: methodOf('h') })}
    FROM stripe_charges h LEFT JOIN stripe_customers c ON c.id = h.customer_id WHERE h.id IN (SELECT value FROM json_each(:ids))`,
  refund: `SELECT ${columnsOf(paymentSources.refund, { paymentIntentId: 'coalesce(r.payment_intent_id, h.payment_intent_id)', chargeId: 'r.charge_id', description: 'h.description', failureCode: "json_extract(r.raw, '$.failure_reason')", failure: blank, reason: 'r.reason', method: 'h.payment_method_type', methodRaw: methodOf('h') })}
    FROM stripe_refunds r LEFT JOIN stripe_charges h ON h.id = r.charge_id LEFT JOIN stripe_customers c ON c.id = h.customer_id WHERE r.id IN (SELECT value FROM json_each(:ids))`,
  dispute: `SELECT ${columnsOf(paymentSources.dispute, { paymentIntentId: 'coalesce(d.payment_intent_id, h.payment_intent_id)', chargeId: 'd.charge_id', description: 'h.description', failureCode: blank, failure: blank, reason: 'd.reason', method: 'h.payment_method_type', methodRaw: methodOf('h') })}
    FROM stripe_disputes d LEFT JOIN stripe_charges h ON h.id = d.charge_id LEFT JOIN stripe_customers c ON c.id = h.customer_id WHERE d.id IN (SELECT value FROM json_each(:ids))`,
  intent: `SELECT ${columnsOf(paymentSources.intent, { paymentIntentId: 'i.id', chargeId: blank, description: "json_extract(i.raw, '$.description')", failureCode: "json_extract(i.raw, '$.last_payment_error.code')", failure: "json_extract(i.raw, '$.last_payment_error.message')", reason: "json_extract(i.raw, '$.cancellation_reason')", method: "json_extract(i.raw, '$.payment_method_types[0]')", methodRaw: blank })}
    FROM stripe_payment_intents i LEFT JOIN stripe_customers c ON c.id = i.customer_id WHERE i.id IN (SELECT value FROM json_each(:ids))`,
};
