/** Looking up what a difference is linked to: an entry by id or number in the chain, an invoice by id or number, a payment of any kind, whatever the mirror holds of Stripe. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { FoundLinkTarget, LinkTargetKind, LinkTargets } from '../reconciliation/link-targets.ports.ts';

interface AmountRow {
  readonly id: string;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** Of entries alone. */
  readonly sourceId?: string | null;
}

const sealedEntry = sql(
  'link-targets.entry',
  `SELECT e.id, e.source_id AS "sourceId", p.amount_minor AS "amountMinor", p.currency FROM journal_entries AS e LEFT JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence
    WHERE e.ledger_sequence = coalesce((SELECT ledger_sequence FROM journal_entries WHERE id = :id), iif(:id NOT GLOB '*[^0-9]*', CAST(:id AS INTEGER), NULL))`,
);
const waitingEntry = sql(
  'link-targets.waiting-entry',
  `SELECT e.id, json_extract(e.body, '$.sourceId') AS "sourceId", json_extract(p.value, '$.amount') AS "amountMinor", json_extract(p.value, '$.currency') AS currency FROM provisional_entries AS e LEFT JOIN json_each(e.body, '$.postings') AS p WHERE e.id = :id`,
);
const ownInvoice = sql(
  'link-targets.invoice',
  `WITH found AS (SELECT id, currency, total_minor, amount_due_minor, amount_paid_minor FROM invoices WHERE id = :id OR invoice_number = :id LIMIT 1)
   SELECT id, total_minor AS "amountMinor", currency FROM found UNION SELECT id, amount_due_minor, currency FROM found UNION SELECT id, amount_paid_minor, currency FROM found`,
);
const gatewayInvoice = sql(
  'link-targets.gateway-invoice',
  `WITH found AS (SELECT id, currency, total_minor, amount_due_minor, amount_paid_minor, amount_remaining_minor FROM stripe_invoices WHERE id = :id OR number = :id LIMIT 1)
   SELECT id, total_minor AS "amountMinor", currency FROM found UNION SELECT id, amount_due_minor, currency FROM found UNION SELECT id, amount_paid_minor, currency FROM found UNION SELECT id, amount_remaining_minor, currency FROM found`,
);
// What a payment moved is what its transactions say, in the currency it settled in.
const ofTransactionsOf = (of: string): string => `SELECT :id, t.amount_minor, t.currency FROM stripe_balance_transactions AS t WHERE ${of} UNION SELECT :id, t.net_minor, t.currency FROM stripe_balance_transactions AS t WHERE ${of}`;
const payment = sql(
  'link-targets.payment',
  `SELECT id, amount_minor AS "amountMinor", currency FROM stripe_charges WHERE id = :id UNION SELECT id, amount_minor, currency FROM stripe_payment_intents WHERE id = :id UNION SELECT id, amount_minor, currency FROM stripe_refunds WHERE id = :id
   UNION SELECT id, amount_minor, currency FROM stripe_disputes WHERE id = :id UNION SELECT id, amount_paid_minor, currency FROM stripe_invoice_payments WHERE id = :id UNION SELECT id, amount_minor, currency FROM receivable_acts WHERE id = :id
   UNION SELECT :id, amount_minor, currency FROM payment_history WHERE gateway_payment_id = :id OR gateway_balance_transaction_id = :id UNION SELECT :id, net_minor, currency FROM payment_history WHERE gateway_payment_id = :id OR gateway_balance_transaction_id = :id
   UNION ${ofTransactionsOf('t.source_id = :id')}`,
);
const tablesWithAmount = ['stripe_charges', 'stripe_payment_intents', 'stripe_refunds', 'stripe_disputes', 'stripe_payouts', 'stripe_invoice_items', 'stripe_invoice_lines', 'stripe_customer_balance_transactions'] as const;
const tablesWithTotal = ['stripe_invoices', 'stripe_credit_notes'] as const;
const tablesWithout = ['stripe_customers', 'stripe_subscriptions', 'stripe_subscription_items', 'stripe_prices', 'stripe_products', 'stripe_coupons', 'stripe_accounts', 'stripe_tax_rates'] as const;
const gatewayObject = sql(
  'link-targets.gateway-object',
  `${[
    ...tablesWithAmount.map((table) => `SELECT id, amount_minor AS "amountMinor", currency FROM ${table} WHERE id = :id`), ...tablesWithTotal.map((table) => `SELECT id, total_minor, currency FROM ${table} WHERE id = :id`),
    'SELECT id, amount_paid_minor, currency FROM stripe_invoice_payments WHERE id = :id', 'SELECT id, amount_total_minor, currency FROM stripe_checkout_sessions WHERE id = :id', ...tablesWithout.map((table) => `SELECT id, NULL, NULL FROM ${table} WHERE id = :id`),
  ].join(' UNION ')} UNION ${ofTransactionsOf('t.id = :id')} UNION ${ofTransactionsOf('t.source_id = :id')}`,
);

/** In this order: the first that knows it. */
const statements: Readonly<Record<LinkTargetKind, readonly (typeof payment)[]>> = { 'journal-entry': [sealedEntry, waitingEntry], invoice: [ownInvoice, gatewayInvoice], payment: [payment], 'gateway-object': [gatewayObject] };

function find(database: ReadableDatabase, { kind, id }: { readonly kind: LinkTargetKind; readonly id: string }): FoundLinkTarget | undefined {
  for (const statement of statements[kind]) {
    const rows = database.all<AmountRow>(statement, { id });
    const [first] = rows;
    if (first) return { id: first.id, sourceId: first.sourceId ?? null, amounts: rows.flatMap(({ amountMinor, currency }) => (amountMinor === null || currency === null ? [] : [{ amountMinor, currency }])) };
  }
  return undefined;
}

export const linkTargets: LinkTargets = { find };
