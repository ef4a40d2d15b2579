/** Invoices, their lines and invoice items as objects; and the arithmetic that ties an invoice's totals to its lines. */
import type { Changes } from '../changes.ts';
import { type Json, readNumber, readText } from '../object-paths.ts';
import type { StripeObject } from '../population.ts';
import { allocate, multiplyDivide } from './amounts.ts';

export interface DiscountAmount {
  amount: number;
  discount: string;
}

export interface InvoiceLine extends StripeObject {
  amount: number;
  discountable: boolean;
  discount_amounts: DiscountAmount[];
}

export interface Discount extends StripeObject {
  source: { coupon: string | null; type: 'coupon' };
}

export interface Invoice extends StripeObject {
  amount_due: number;
  amount_paid: number;
  amount_remaining: number;
  attempt_count: number;
  currency: string;
  customer: string;
  discounts: Discount[];
  lines: { object: 'list'; data: InvoiceLine[]; has_more: boolean; url: string };
  number: string | null;
  starting_balance: number;
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';
  status_transitions: Record<'finalized_at' | 'marked_uncollectible_at' | 'paid_at' | 'voided_at', number | null>;
  total: number;
}

export function requireInvoice(changes: Changes, id: string): Invoice {
  return changes.state.require('invoices', id, 'invoice') as Invoice;
}

export interface NewInvoice {
  customer: StripeObject;
  currency: string;
  billingReason: string;
  subscription?: string;
  collectionMethod?: string;
  daysUntilDue?: number | null;
  description?: string | null;
  metadata?: Record<string, string>;
  discounts?: Discount[];
  period?: { start: number; end: number };
  defaultPaymentMethod?: string | null;
}

const day = 86_400;

/** Fields that stay as they are for an account that uses neither taxes by Stripe nor shipping nor Connect. */
function unusedFields(): Json {
  return {
    account_tax_ids: null,
    amount_overpaid: 0,
    amount_shipping: 0,
    application: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    custom_fields: null,
    customer_account: null,
    customer_tax_ids: [],
    default_source: null,
    default_tax_rates: [],
    footer: null,
    from_invoice: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    on_behalf_of: null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    statement_descriptor: null,
    test_clock: null,
    total_pretax_credit_amounts: [],
    total_taxes: [],
  };
}

export function buildInvoice(changes: Changes, given: NewInvoice): Invoice {
  const id = changes.id('in');
  const now = changes.now();
  const account = changes.state.population.account;
  const { customer } = given;
  return {
    id,
    object: 'invoice',
    ...unusedFields(),
    account_country: account['country'] ?? 'US',
    account_name: readText(account, 'settings.dashboard.display_name') ?? null,
    amount_due: 0,
    amount_paid: 0,
    amount_remaining: 0,
    attempt_count: 0,
    attempted: false,
    auto_advance: false,
    billing_reason: given.billingReason,
    collection_method: given.collectionMethod ?? 'charge_automatically',
    created: now,
    currency: given.currency,
    customer: customer.id,
    customer_address: customer['address'] ?? null,
    customer_email: customer['email'] ?? null,
    customer_name: customer['name'] ?? null,
    customer_phone: customer['phone'] ?? null,
    customer_shipping: customer['shipping'] ?? null,
    customer_tax_exempt: customer['tax_exempt'] ?? 'none',
    default_payment_method: given.defaultPaymentMethod ?? null,
    description: given.description ?? null,
    discounts: given.discounts ?? [],
    due_date: given.collectionMethod === 'send_invoice' ? now + (given.daysUntilDue ?? 30) * day : null,
    effective_at: null,
    ending_balance: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    lines: { object: 'list', data: [], has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: given.metadata ?? {},
    next_payment_attempt: null,
    number: null,
    parent: given.subscription
      ? { quote_details: null, subscription_details: { metadata: {}, subscription: given.subscription }, type: 'subscription_details' }
      : null,
    period_end: given.period?.end ?? now,
    period_start: given.period?.start ?? now,
    starting_balance: 0,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    webhooks_delivered_at: now,
  };
}

export interface LineContent {
  amount: number;
  quantity: number;
  description: string;
  period: { start: number; end: number };
  price: StripeObject | null;
  discountable?: boolean;
  metadata?: Record<string, string>;
}

/** The `pricing` of lines and invoice items: which price, at what unit amount. */
export function pricingOf(price: StripeObject | null): Json | null {
  if (price === null) return null;
  return {
    price_details: { price: price.id, product: price['product'] },
    type: 'price_details',
    unit_amount_decimal: price['unit_amount_decimal'] ?? String(readNumber(price, 'unit_amount')),
  };
}

function buildLine(changes: Changes, invoice: Invoice, content: LineContent, parent: Json): InvoiceLine {
  return {
    id: changes.id('il'),
    object: 'line_item',
    amount: content.amount,
    currency: invoice.currency,
    description: content.description,
    discount_amounts: [],
    discountable: content.discountable ?? true,
    discounts: [],
    invoice: invoice.id,
    livemode: false,
    metadata: content.metadata ?? {},
    parent,
    period: content.period,
    pretax_credit_amounts: [],
    pricing: pricingOf(content.price),
    quantity: content.quantity,
    quantity_decimal: String(content.quantity),
    subscription: readText(parent, 'subscription_item_details.subscription') ?? null,
    subtotal: content.amount,
    taxes: [],
  };
}

/** A line of a subscription item's regular service period. */
export function addSubscriptionLine(changes: Changes, invoice: Invoice, content: LineContent, subscription: string, item: string): void {
  const details = { invoice_item: null, proration: false, proration_details: { credited_items: null }, subscription, subscription_item: item };
  invoice.lines.data.push(buildLine(changes, invoice, content, { invoice_item_details: null, subscription_item_details: details, type: 'subscription_item_details' }));
}

export interface InvoiceItem extends StripeObject {
  amount: number;
  customer: string;
  currency: string;
  invoice: string | null;
  proration: boolean;
}

export interface NewInvoiceItem extends LineContent {
  customer: string;
  currency: string;
  proration?: { subscription: string; subscriptionItem: string; creditedItems: Json | null };
}

export function createInvoiceItem(changes: Changes, given: NewInvoiceItem): InvoiceItem {
  const { proration } = given;
  const item: InvoiceItem = {
    id: changes.id('ii'),
    object: 'invoiceitem',
    amount: given.amount,
    currency: given.currency,
    customer: given.customer,
    customer_account: null,
    date: changes.now(),
    description: given.description,
    discountable: given.discountable ?? true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: given.metadata ?? {},
    net_amount: given.amount,
    parent: proration
      ? { subscription_details: { subscription: proration.subscription, subscription_item: proration.subscriptionItem }, type: 'subscription_details' }
      : null,
    period: given.period,
    pricing: pricingOf(given.price),
    proration: proration !== undefined,
    ...(proration ? { proration_details: { credited_items: proration.creditedItems, discount_amounts: [] } } : {}),
    quantity: given.quantity,
    quantity_decimal: String(given.quantity),
    tax_rates: [],
    test_clock: null,
  };
  return changes.create('invoiceitems', item, 'invoiceitem.created');
}

/** Puts a pending item on a draft: a line that names the item, and its subscription item when it is a proration. */
export function addInvoiceItem(changes: Changes, invoice: Invoice, item: InvoiceItem): void {
  const subscription = readText(item, 'parent.subscription_details.subscription') ?? null;
  const subscriptionItem = readText(item, 'parent.subscription_details.subscription_item');
  const credited = (item['proration_details'] as { credited_items?: Json | null } | undefined)?.credited_items ?? null;
  const shared = { invoice_item: item.id, proration: item.proration, proration_details: { credited_items: toCreditedLines(credited) }, subscription };
  const parent =
    subscriptionItem === undefined
      ? { invoice_item_details: shared, subscription_item_details: null, type: 'invoice_item_details' }
      : { invoice_item_details: null, subscription_item_details: { ...shared, subscription_item: subscriptionItem }, type: 'subscription_item_details' };
  const content: LineContent = {
    amount: item.amount,
    quantity: readNumber(item, 'quantity'),
    description: readText(item, 'description') ?? '',
    period: item['period'] as { start: number; end: number },
    price: null,
    discountable: item['discountable'] !== false,
    metadata: item['metadata'] as Record<string, string>,
  };
  const line = buildLine(changes, invoice, content, parent);
  line['pricing'] = item['pricing'];
  invoice.lines.data.push(line);
  changes.update('invoiceitems', { ...item, invoice: invoice.id }, 'invoiceitem.updated');
}

/** An item says `{ type, invoice_line_item_details }`; a line says the details themselves. */
function toCreditedLines(credited: Json | null): unknown {
  return credited?.['invoice_line_item_details'] ?? null;
}

function discountLine(changes: Changes, discount: Discount, lines: InvoiceLine[]): number[] {
  const coupon = discount.source.coupon === null ? undefined : changes.state.collection('coupons').get(discount.source.coupon);
  const left = lines.map((line) => (line.discountable ? line.amount - line.discount_amounts.reduce((sum, { amount }) => sum + amount, 0) : 0));
  const percent = coupon?.['percent_off'];
  if (typeof percent === 'number') return left.map((amount) => multiplyDivide(amount, Math.round(percent * 10_000), 1_000_000));
  const positive = left.map((amount) => Math.max(0, amount));
  const sum = positive.reduce((a, b) => a + b, 0);
  return allocate(Math.min(readNumber(coupon, 'amount_off'), sum), positive);
}

/** Recomputes discounts and totals from the lines: Σ line amounts − discounts + taxes = total; due is what the customer's balance leaves. */
export function recalculate(changes: Changes, invoice: Invoice): Invoice {
  const lines = invoice.lines.data;
  for (const line of lines) line.discount_amounts = [];
  const totals: DiscountAmount[] = [];
  for (const discount of invoice.discounts) {
    const amounts = discountLine(changes, discount, lines);
    lines.forEach((line, index) => {
      const amount = amounts[index] ?? 0;
      if (amount !== 0) line.discount_amounts.push({ amount, discount: discount.id });
    });
    totals.push({ amount: amounts.reduce((a, b) => a + b, 0), discount: discount.id });
  }
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const total = subtotal - totals.reduce((sum, { amount }) => sum + amount, 0);
  const due = Math.max(0, total + invoice.starting_balance);
  return Object.assign(invoice, {
    subtotal,
    subtotal_excluding_tax: subtotal,
    total,
    total_excluding_tax: total,
    total_discount_amounts: totals,
    amount_due: due,
    amount_remaining: due - invoice.amount_paid,
  });
}
