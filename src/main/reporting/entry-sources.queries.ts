/**
 * What a journal entry is about: the gateway's object it was made of, and from there the charge, invoice, customer or payout it belongs to, each as it came.
 */
import type { z } from 'zod';
import type { entryDetailSchema } from '../../shared/api/ledger.contract.ts';
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';
import { hideClientSecrets } from './hidden-secrets.ts';
import { payoutOfTransaction } from './payment-sources.ts';

type EntrySource = z.infer<typeof entryDetailSchema>['sources'][number];

interface FoundObject {
  readonly label: string;
  readonly raw: string | null;
  /** Ids of what it belongs to, by kind. */
  readonly belongsTo: string;
}

/** Each kind: how its row is found, and which other objects it names. */
const finders: Readonly<Record<string, Sql>> = {
  'balance-transaction': sql('sources.balance-transaction', `SELECT b.type AS label, b.raw, json_object('charge', (SELECT id FROM stripe_charges WHERE id = b.source_id), 'refund', (SELECT id FROM stripe_refunds WHERE id = b.source_id), 'dispute', (SELECT id FROM stripe_disputes WHERE id = b.source_id), 'payout', coalesce(${payoutOfTransaction}, (SELECT id FROM stripe_payouts WHERE id = b.source_id))) AS belongsTo FROM stripe_balance_transactions b WHERE b.id = ?`),
  refund: sql('sources.refund', "SELECT coalesce(status, '') AS label, raw, json_object('charge', charge_id) AS belongsTo FROM stripe_refunds WHERE id = ?"),
  dispute: sql('sources.dispute', "SELECT status AS label, raw, json_object('charge', charge_id) AS belongsTo FROM stripe_disputes WHERE id = ?"),
  charge: sql(
    'sources.charge',
    `SELECT h.status AS label, h.raw, json_object('customer', h.customer_id, 'invoice', coalesce((SELECT invoice_id FROM stripe_invoice_payments WHERE payment_intent_id = h.payment_intent_id LIMIT 1), (SELECT invoice_id FROM stripe_invoice_payments WHERE charge_id = h.id LIMIT 1))) AS belongsTo FROM stripe_charges h WHERE h.id = ?`,
  ),
  'invoice-payment': sql('sources.invoice-payment', "SELECT p.status AS label, p.raw, json_object('invoice', p.invoice_id, 'charge', coalesce(p.charge_id, (SELECT id FROM stripe_charges WHERE payment_intent_id = p.payment_intent_id AND status <> 'failed' LIMIT 1))) AS belongsTo FROM stripe_invoice_payments p WHERE p.id = ?"),
  'credit-note': sql('sources.credit-note', "SELECT coalesce(number, status) AS label, raw, json_object('invoice', invoice_id) AS belongsTo FROM stripe_credit_notes WHERE id = ?"),
  'customer-balance-transaction': sql('sources.customer-balance-transaction', "SELECT replace(type, '_', ' ') AS label, raw, json_object('customer', customer_id, 'invoice', invoice_id) AS belongsTo FROM stripe_customer_balance_transactions WHERE id = ?"),
  'invoice-line': sql('sources.invoice-line', "SELECT coalesce(description, id) AS label, raw, json_object('invoice', invoice_id) AS belongsTo FROM stripe_invoice_lines WHERE id = ?"),
  invoice: sql('sources.invoice', "SELECT coalesce(number, id) AS label, raw, json_object('customer', customer_id) AS belongsTo FROM stripe_invoices WHERE id = ?"),
  'partner-invoice': sql('sources.partner-invoice', "SELECT coalesce(invoice_number, id) AS label, NULL AS raw, json_object('partner', partner_id) AS belongsTo FROM invoices WHERE id = ?"),
  receipt: sql('sources.receipt', "SELECT coalesce(reference, id) AS label, NULL AS raw, json_object('partner', party_id) AS belongsTo FROM receivable_acts WHERE id = ?"),
  payout: sql('sources.payout', "SELECT status AS label, raw, '{}' AS belongsTo FROM stripe_payouts WHERE id = ?"),
  customer: sql('sources.customer', "SELECT coalesce(name, email, id) AS label, raw, '{}' AS belongsTo FROM stripe_customers WHERE id = ?"),
  partner: sql('sources.partner', "SELECT name AS label, NULL AS raw, '{}' AS belongsTo FROM partners WHERE id = ?"),
};

/** Where the source type does not name an object's kind, as with a difference of exchange rates, its id does. */
const kindByPrefix: Readonly<Record<string, string>> = {
  txn: 'balance-transaction', in: 'invoice', inpay: 'invoice-payment', il: 'invoice-line', cn: 'credit-note', ch: 'charge', py: 'charge', re: 'refund', pyr: 'refund', du: 'dispute', dp: 'dispute', po: 'payout', cus: 'customer', cbtxn: 'customer-balance-transaction',
};

/** A source type is the object's kind with the gateway's name before it; `invoice` alone is one of ours. */
function kindOf({ sourceType, sourceId }: { readonly sourceType: string; readonly sourceId: string }): string {
  if (sourceType === 'invoice') return 'partner-invoice';
  if (sourceType === 'recognition') return 'invoice-line';
  const named = sourceType.replace(/^(stripe|paystack)-/, '');
  return named in finders ? named : (kindByPrefix[/^[a-z]+(?=_)/.exec(sourceId)?.[0] ?? ''] ?? named);
}

/** The entry's own object first; none for an entry a person made by hand. */
export function readEntrySources(database: ReadableDatabase, entry: { readonly sourceType: string; readonly sourceId: string }): EntrySource[] {
  const sources: EntrySource[] = [];
  const waiting: [string, string][] = [[kindOf(entry), entry.sourceId]];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [kind, id] = next;
    const finder = finders[kind];
    if (!finder || sources.some((source) => source.kind === kind && source.id === id)) continue;
    const found = database.get<FoundObject>(finder, [id]);
    if (!found) continue;
    sources.push({ kind, id, label: found.label, raw: found.raw === null ? null : hideClientSecrets(found.raw) });
    for (const [belongsKind, belongsId] of Object.entries(JSON.parse(found.belongsTo) as Record<string, string | null>)) if (belongsId !== null) waiting.push([belongsKind, belongsId]);
  }
  return sources;
}

/** Everything of the gateway's that belongs to an object: a charge's or intent's balance transactions with those that took it back, an invoice's payments, lines and credit notes. */
const idsAbout = sql(
  'sources.ids-about',
  `SELECT :id AS id
   UNION SELECT id FROM stripe_balance_transactions WHERE source_id = :id
   UNION SELECT b.id FROM stripe_refunds r JOIN stripe_balance_transactions b ON b.source_id = r.id WHERE r.charge_id = :id
   UNION SELECT b.id FROM stripe_disputes d JOIN stripe_balance_transactions b ON b.source_id = d.id WHERE d.charge_id = :id
   UNION SELECT b.id FROM stripe_charges h JOIN stripe_balance_transactions b ON b.source_id = h.id WHERE h.payment_intent_id = :id
   UNION SELECT id FROM stripe_invoice_payments WHERE invoice_id = :id
   UNION SELECT id FROM stripe_invoice_payments WHERE payment_intent_id = :id
   UNION SELECT id FROM stripe_invoice_payments WHERE charge_id = :id
   UNION SELECT p.id FROM stripe_charges h JOIN stripe_invoice_payments p ON p.payment_intent_id = h.payment_intent_id WHERE h.id = :id
   UNION SELECT id FROM stripe_credit_notes WHERE invoice_id = :id
   UNION SELECT id FROM stripe_customer_balance_transactions WHERE customer_id = :id
   UNION SELECT id FROM stripe_invoice_lines WHERE invoice_id = :id`,
);
const sequencesOfSources = sql(
  'sources.entries',
  `WITH own AS (SELECT e.ledger_sequence, e.id FROM json_each(:ids) k CROSS JOIN journal_entries e ON e.source_id = k.value)
   SELECT ledger_sequence AS sequence FROM own UNION SELECT r.ledger_sequence FROM own CROSS JOIN journal_entries r ON r.reverses_entry_id = own.id`,
);

/** The places in the chain of the entries made from an object or from what belongs to it, and of what reverses them. */
export function readSequencesAbout(database: ReadableDatabase, id: string): number[] {
  const ids = database.all<{ id: string }>(idsAbout, { id }).map((row) => row.id);
  return database.all<{ sequence: number }>(sequencesOfSources, { ids: JSON.stringify(ids) }).map((row) => row.sequence);
}

const sourcesLike = sql(
  'sources.ids-like',
  `SELECT source_id AS id FROM journal_entries WHERE source_id >= :start AND source_id < :end
   UNION SELECT id FROM stripe_balance_transactions WHERE source_id >= :start AND source_id < :end
   UNION SELECT p.id FROM stripe_charges h CROSS JOIN stripe_invoice_payments p ON p.payment_intent_id = h.payment_intent_id WHERE h.id >= :start AND h.id < :end
   UNION SELECT id FROM stripe_invoice_payments WHERE charge_id >= :start AND charge_id < :end
   UNION SELECT id FROM stripe_invoice_payments WHERE invoice_id >= :start AND invoice_id < :end`,
);

/** The same for every object whose id begins like this. */
export function readSequencesLike(database: ReadableDatabase, start: string): number[] {
  const ids = database.all<{ id: string }>(sourcesLike, { start, end: `${start}\uffff` }).map((row) => row.id);
  return database.all<{ sequence: number }>(sequencesOfSources, { ids: JSON.stringify(ids) }).map((row) => row.sequence);
}
