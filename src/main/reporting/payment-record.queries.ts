/**
 * One payment with everything that belongs to it: invoices it paid, balance transactions with their entries, refunds and disputes, its payout, the objects
 * as they came.
 */
import type { z } from 'zod';
import type { paymentDetailSchema, rawObjectSchema } from '../../shared/api/payments.contract.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { hideClientSecrets } from './hidden-secrets.ts';
import type { Standpoint } from './invoices.queries.ts';
import { readPaymentRows } from './payment-rows.queries.ts';
import { payoutOfTransaction, type PaymentKind } from './payment-sources.ts';
import { payoutStandingOf } from './payout-standing.queries.ts';

type PaymentDetailView = z.infer<typeof paymentDetailSchema>;
type RawObject = z.infer<typeof rawObjectSchema>;

const findKey = sql(
  'payments.key',
  `SELECT 'charge' AS kind, id FROM stripe_charges WHERE id = :id
   UNION ALL SELECT 'refund', id FROM stripe_refunds WHERE id = :id
   UNION ALL SELECT 'dispute', id FROM stripe_disputes WHERE id = :id
   UNION ALL SELECT * FROM (SELECT 'charge', id FROM stripe_charges WHERE payment_intent_id = :id ORDER BY status = 'failed', created_at DESC LIMIT 1)
   UNION ALL SELECT 'intent', id FROM stripe_payment_intents WHERE id = :id
   LIMIT 1`,
);
const findSourceOfTransaction = sql('payments.source-of-transaction', 'SELECT source_id AS id FROM stripe_balance_transactions WHERE id = ?');
const listTies = sql(
  'payments.ties',
  `SELECT s.id AS invoiceId, s.number AS invoiceNumber, coalesce(s.status, 'draft') AS invoiceStatus, coalesce(p.amount_paid_minor, p.amount_requested_minor) AS amountMinor, p.currency, p.paid_at AS paidAt
   FROM stripe_invoice_payments p JOIN stripe_invoices s ON s.id = p.invoice_id WHERE p.id IN (SELECT id FROM stripe_invoice_payments WHERE payment_intent_id = :intent UNION SELECT id FROM stripe_invoice_payments WHERE charge_id = :charge) AND p.status <> 'canceled' ORDER BY p.created_at, p.id`,
);
const listTransactions = sql(
  'payments.transactions',
  `SELECT b.id, b.type, b.status, b.created_at AS createdAt, b.available_at AS availableAt, b.exchange_rate AS exchangeRate, ${payoutOfTransaction} AS payoutId, b.amount_minor AS amountMinor, b.fee_minor AS feeMinor, b.net_minor AS netMinor, b.currency,
     (SELECT e.id FROM journal_entries e WHERE e.source_type = 'stripe-balance-transaction' AND e.source_id = b.id ORDER BY e.ledger_sequence LIMIT 1) AS journalEntryId
   FROM stripe_balance_transactions b WHERE b.source_id = ? ORDER BY b.created_at, b.id`,
);
const listRelated = sql(
  'payments.related',
  `SELECT 'charge' AS kind, id, created_at AS at FROM stripe_charges WHERE (payment_intent_id = :intent OR id = :charge) AND id <> :id
   UNION ALL SELECT 'refund', id, created_at FROM stripe_refunds WHERE charge_id = :charge AND id <> :id
   UNION ALL SELECT 'dispute', id, created_at FROM stripe_disputes WHERE charge_id = :charge AND id <> :id ORDER BY at, id LIMIT 100`,
);
const findPayout = sql('payments.payout', 'SELECT id, status, arrival_at AS arrivesAt, amount_minor AS amountMinor, currency FROM stripe_payouts WHERE id = ?');
const listEntries = sql(
  'payments.entries',
  `SELECT e.id FROM json_each(:transactions) k CROSS JOIN journal_entries e ON e.source_type = 'stripe-balance-transaction' AND e.source_id = k.value
   UNION SELECT e.id FROM stripe_invoice_payments p CROSS JOIN journal_entries e ON e.source_type = 'stripe-invoice-payment' AND e.source_id = p.id WHERE p.payment_intent_id = :intent OR p.charge_id = :charge`,
);
const rawOfKind: Readonly<Record<PaymentKind, ReturnType<typeof sql>>> = {
  charge: sql('payments.raw-charge', 'SELECT raw, observed_at AS observedAt FROM stripe_charges WHERE id = ?'), refund: sql('payments.raw-refund', 'SELECT raw, observed_at AS observedAt FROM stripe_refunds WHERE id = ?'),
  dispute: sql('payments.raw-dispute', 'SELECT raw, observed_at AS observedAt FROM stripe_disputes WHERE id = ?'), intent: sql('payments.raw-intent', 'SELECT raw, observed_at AS observedAt FROM stripe_payment_intents WHERE id = ?'),
};
const rawOfTransaction = sql('payments.raw-transaction', 'SELECT raw FROM stripe_balance_transactions WHERE id = ?');
const rawOfPayout = sql('payments.raw-payout', 'SELECT raw FROM stripe_payouts WHERE id = ?');
const objectName: Readonly<Record<PaymentKind, string>> = { charge: 'charge', refund: 'refund', dispute: 'dispute', intent: 'payment_intent' };

function findPaymentKey(database: ReadableDatabase, id: string): { kind: PaymentKind; id: string } | undefined {
  const named = database.get<{ kind: PaymentKind; id: string }>(findKey, { id });
  if (named) return named;
  const source = database.get<{ id: string | null }>(findSourceOfTransaction, [id]);
  return source?.id ? database.get(findKey, { id: source.id }) : undefined;
}

/** By the id of a charge, payment intent, refund, dispute or balance transaction; undefined when none is known. */
export function readPayment(database: ReadableDatabase, id: string, standpoint: Standpoint): PaymentDetailView | undefined {
  const key = findPaymentKey(database, id);
  const row = key && readPaymentRows(database, [key], standpoint)[0];
  if (!row) return undefined;
  const tied = { intent: row.paymentIntentId, charge: row.chargeId ?? (row.kind === 'charge' ? row.id : null) };
  const transactions = database.all<PaymentDetailView['transactions'][number]>(listTransactions, [row.id]);
  const related = readPaymentRows(database, database.all<{ kind: PaymentKind; id: string }>(listRelated, { ...tied, id: row.id }), standpoint);
  const payout = row.payoutId === null ? undefined : database.get<{ id: string; status: string; arrivesAt: number; amountMinor: number; currency: string }>(findPayout, [row.payoutId]);
  const ties = database.all<{ invoiceId: string; invoiceNumber: string | null; invoiceStatus: string; amountMinor: number; currency: string; paidAt: number | null }>(listTies, tied);
  // Entries of applying a receipt belong to the charge, not to what takes it back.
  const applied = row.kind === 'charge' ? tied : { intent: null, charge: null };
  return {
    ...row, transactions, related,
    ties: ties.map(({ amountMinor, currency, ...tie }) => ({ ...tie, amount: { amount: amountMinor, currency } })),
    payout: payout ? { id: payout.id, status: payout.status, arrivesOn: standpoint.timeZone.dateOf(payout.arrivesAt), amount: { amount: payout.amountMinor, currency: payout.currency } } : null,
    payoutStanding: payoutStandingOf(database, row.payoutId, transactions, standpoint.now),
    journalEntryIds: database.all<{ id: string }>(listEntries, { transactions: JSON.stringify(transactions.map((transaction) => transaction.id)), ...applied }).map((entry) => entry.id),
    history: historyOf(row, related, transactions, payout),
    rawObjects: rawObjectsOf(database, row, transactions.map((transaction) => transaction.id)),
  };
}

const happened: Readonly<Record<PaymentKind, string>> = { charge: 'charged', refund: 'refunded', dispute: 'disputed', intent: 'begun' };

function historyOf(row: PaymentDetailView['related'][number], related: PaymentDetailView['related'], transactions: PaymentDetailView['transactions'], payout: { readonly id: string; readonly arrivesAt: number } | undefined): PaymentDetailView['history'] {
  const moments = [row, ...related].map((each) => ({ at: each.createdAt, actor: 'Stripe', action: each.kind === 'charge' && each.status === 'failed' ? 'attempt failed' : happened[each.kind], note: each.failureMessage ?? each.failureCode ?? each.reason }));
  const available = transactions.map((transaction) => ({ at: transaction.availableAt, actor: 'Stripe', action: 'funds available', note: transaction.id }));
  const paidOut = payout ? [{ at: payout.arrivesAt, actor: 'Stripe', action: 'paid out', note: payout.id }] : [];
  return [...moments, ...available, ...paidOut].sort((a, b) => a.at - b.at);
}

function rawObjectsOf(database: ReadableDatabase, row: PaymentDetailView['related'][number], transactionIds: readonly string[]): RawObject[] {
  const objects: [string, string | null, ReturnType<typeof sql>][] = [[objectName[row.kind], row.id, rawOfKind[row.kind]]];
  if (row.chargeId !== null) objects.push(['charge', row.chargeId, rawOfKind.charge]);
  if (row.kind !== 'intent') objects.push(['payment_intent', row.paymentIntentId, rawOfKind.intent]);
  for (const id of transactionIds) objects.push(['balance_transaction', id, rawOfTransaction]);
  objects.push(['payout', row.payoutId, rawOfPayout]);
  return objects.flatMap(([kind, id, statement]) => {
    const raw = id === null ? undefined : database.get<{ raw: string }>(statement, [id])?.raw;
    return raw === undefined || id === null ? [] : [{ kind, id, raw: hideClientSecrets(raw) }];
  });
}
