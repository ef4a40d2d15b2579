/** Invoices, their lines, invoice items, invoice payments and credit notes as Stripe shows them at a moment. */
import type { StripeObject } from '../../stripe/population.ts';
import { priceNumbered, productNumbered, taxRateNumbered } from '../catalog.ts';
import { daySeconds } from '../calendar.ts';
import type { CreditNoteFact, InvoiceFact, InvoiceItemFact, InvoicePaymentFact, LineFact, World } from '../facts.ts';
import { companyName } from './catalog-objects.ts';
import { emptyAddress, invoicePrefixOf, listOf, momentBy, renderDiscount, renderPricing, taxEntry } from './parts.ts';

export function invoiceStatusOf(invoice: InvoiceFact, at: number): string {
  if (invoice.finalizedAt === 0 || at < invoice.finalizedAt) {
    return 'draft';
  }
  return invoice.settledAt > 0 && at >= invoice.settledAt ? invoice.outcome : 'open';
}

function descriptionOf(line: LineFact): string {
  const price = priceNumbered(line.price);
  const { title } = productNumbered(price.product);
  switch (line.kind) {
    case 'trial':
      return `Trial period for ${title}`;
    case 'unused':
      return `Unused time on ${line.quantity} × ${title}`;
    case 'remaining':
      return `Remaining time on ${line.quantity} × ${title}`;
    case 'filing':
      return title;
    default:
      return `${line.quantity} × ${title} (per ${price.months === 12 ? 'year' : 'month'})`;
  }
}

function renderLineParent(world: World, line: LineFact): Record<string, unknown> {
  const { ids } = world;
  const invoiceItem = line.invoiceItem === null ? null : ids.idOf('invoiceItem', line.invoiceItem.number);
  const credited =
    line.credits === null
      ? null
      : {
          invoice: ids.idOf('invoice', line.credits.invoice.number),
          invoice_line_items: [ids.idOf('line', line.credits.number)],
        };
  const { subscription } = line.invoice;
  const subscriptionId = subscription === null ? null : ids.idOf('subscription', subscription.number);
  if (line.item === null) {
    return {
      type: 'invoice_item_details',
      invoice_item_details: { invoice_item: invoiceItem, proration: false, proration_details: { credited_items: null }, subscription: subscriptionId },
      subscription_item_details: null,
    };
  }
  return {
    type: 'subscription_item_details',
    invoice_item_details: null,
    subscription_item_details: {
      invoice_item: invoiceItem,
      proration: line.kind === 'unused' || line.kind === 'remaining',
      proration_details: { credited_items: credited },
      subscription: subscriptionId,
      subscription_item: ids.idOf('subscriptionItem', line.item.number),
    },
  };
}

export function renderLine(world: World, line: LineFact): StripeObject {
  const { ids } = world;
  const { invoice } = line;
  const { discount, customer, subscription } = invoice;
  const isDiscounted = discount !== null && line.discountAmount !== 0;
  const discountId = discount === null ? '' : ids.idOf('discount', discount.number);
  return {
    id: ids.idOf('line', line.number),
    object: 'line_item',
    amount: line.amount,
    currency: customer.currency,
    description: descriptionOf(line),
    discount_amounts: isDiscounted ? [{ amount: line.discountAmount, discount: discountId }] : [],
    discountable: line.kind === 'regular' || line.kind === 'trial',
    discounts: [],
    invoice: ids.idOf('invoice', invoice.number),
    livemode: false,
    metadata: {},
    parent: renderLineParent(world, line),
    period: { end: line.end, start: line.start },
    pretax_credit_amounts: isDiscounted ? [{ amount: line.discountAmount, discount: discountId, type: 'discount' }] : [],
    pricing: renderPricing(world, line.price, line.kind === 'trial'),
    quantity: line.quantity,
    quantity_decimal: String(line.quantity),
    subscription: subscription === null ? null : ids.idOf('subscription', subscription.number),
    subtotal: line.amount,
    taxes: customer.taxRate < 0 ? [] : [taxEntry(world, customer.taxRate, line.tax, line.amount - line.discountAmount)],
  };
}

/** Sums a draft would already show are the same as later: nothing changes between creation and finalisation. */
function renderTotals(world: World, invoice: InvoiceFact, at: number): Record<string, unknown> {
  const status = invoiceStatusOf(invoice, at);
  const credited = invoice.creditNotes.filter((note) => note.refund === null && note.created <= at);
  const creditBefore = credited.reduce((sum, note) => sum + note.total, 0);
  const creditAfter = invoice.creditNotes
    .filter((note) => note.refund !== null && note.created <= at)
    .reduce((sum, note) => sum + note.total, 0);
  const due = invoice.amountDue - creditBefore;
  const taxable = invoice.subtotal - invoice.discountTotal;
  const { discount, customer } = invoice;
  const discountId = discount === null ? '' : world.ids.idOf('discount', discount.number);
  return {
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: status === 'paid' ? due : 0,
    amount_remaining: status === 'paid' ? 0 : due,
    amount_shipping: 0,
    ending_balance: status === 'draft' ? null : invoice.endingBalance,
    post_payment_credit_notes_amount: creditAfter,
    pre_payment_credit_notes_amount: creditBefore,
    starting_balance: invoice.startingBalance,
    subtotal: invoice.subtotal,
    subtotal_excluding_tax: invoice.subtotal,
    total: invoice.total,
    total_discount_amounts: discount === null ? [] : [{ amount: invoice.discountTotal, discount: discountId }],
    total_excluding_tax: taxable,
    total_pretax_credit_amounts: discount === null ? [] : [{ amount: invoice.discountTotal, discount: discountId, type: 'discount' }],
    total_taxes: customer.taxRate < 0 ? [] : [taxEntry(world, customer.taxRate, invoice.tax, taxable)],
  };
}

function renderTimes(invoice: InvoiceFact, at: number): Record<string, unknown> {
  const finalizedAt = momentBy(invoice.finalizedAt, at);
  const settledAt = momentBy(invoice.settledAt, at);
  const attempts = invoice.failedAttempts.filter((moment) => moment <= at).length;
  const isPaid = settledAt !== null && invoice.outcome === 'paid';
  const isAttempted = attempts > 0 || (isPaid && invoice.intent !== null);
  const nextAttempt = [...invoice.failedAttempts, invoice.nextAttemptAt, invoice.settledAt].find((moment) => moment > at);
  const isCharging = invoice.daysUntilDue < 0 && finalizedAt !== null && settledAt === null;
  return {
    attempt_count: attempts + (isPaid && invoice.intent !== null ? 1 : 0),
    attempted: isAttempted || isPaid,
    auto_advance: settledAt === null && invoice.outcome !== 'draft',
    automatically_finalizes_at: finalizedAt === null && invoice.finalizedAt > 0 ? invoice.created + 3_600 : null,
    created: invoice.created,
    due_date: invoice.daysUntilDue < 0 || finalizedAt === null ? null : finalizedAt + invoice.daysUntilDue * daySeconds,
    effective_at: finalizedAt,
    next_payment_attempt: isCharging ? (nextAttempt ?? null) : null,
    period_end: invoice.periodEnd,
    period_start: invoice.periodStart,
    status: invoiceStatusOf(invoice, at),
    status_transitions: {
      finalized_at: finalizedAt,
      marked_uncollectible_at: invoice.outcome === 'uncollectible' ? settledAt : null,
      paid_at: isPaid ? settledAt : null,
      voided_at: invoice.outcome === 'void' ? settledAt : null,
    },
    webhooks_delivered_at: invoice.created + 1,
  };
}

export function renderInvoice(world: World, invoice: InvoiceFact, at: number): StripeObject {
  const { ids } = world;
  const { customer, subscription } = invoice;
  const id = ids.idOf('invoice', invoice.number);
  const isDraft = invoiceStatusOf(invoice, at) === 'draft';
  return {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: companyName,
    account_tax_ids: null,
    application: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    billing_reason: invoice.reason,
    collection_method: invoice.daysUntilDue < 0 ? 'charge_automatically' : 'send_invoice',
    currency: customer.currency,
    custom_fields: null,
    customer: ids.idOf('customer', customer.number),
    customer_account: null,
    customer_address: emptyAddress(customer.country),
    customer_email: customer.email,
    customer_name: customer.name,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: customer.taxRate < 0 ? [] : [renderTaxRate(world, customer.taxRate)],
    description: null,
    discounts: invoice.discount === null ? [] : [renderDiscount(world, invoice.discount)],
    footer: null,
    from_invoice: null,
    hosted_invoice_url: isDraft ? null : `https://invoice.stripe.test/i/${ids.accountId}/${id}`,
    invoice_pdf: isDraft ? null : `https://pay.stripe.test/invoice/${ids.accountId}/${id}/pdf`,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(invoice.lines.map((line) => renderLine(world, line)), `/v1/invoices/${id}/lines`),
    livemode: false,
    metadata: {},
    number: isDraft ? null : `${invoicePrefixOf(world, customer)}-${String(invoice.sequence).padStart(4, '0')}`,
    on_behalf_of: null,
    parent:
      subscription === null
        ? null
        : { type: 'subscription_details', quote_details: null, subscription_details: { metadata: {}, subscription: ids.idOf('subscription', subscription.number) } },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    statement_descriptor: null,
    test_clock: null,
    ...renderTotals(world, invoice, at),
    ...renderTimes(invoice, at),
  };
}

export function renderTaxRate(world: World, number: number): StripeObject {
  const rate = taxRateNumbered(number);
  const percentage = Number(`${rate.partsPerMillion}e-4`);
  return {
    id: world.ids.idOf('taxRate', number),
    object: 'tax_rate',
    active: true,
    country: rate.country,
    created: 1_700_000_000,
    description: null,
    display_name: rate.title,
    effective_percentage: percentage,
    flat_amount: null,
    inclusive: false,
    jurisdiction: rate.state ?? rate.country,
    jurisdiction_level: rate.state === null ? 'country' : 'state',
    livemode: false,
    metadata: {},
    percentage,
    rate_type: 'percentage',
    state: rate.state,
    tax_type: rate.taxType,
  };
}

export function renderInvoiceItem(world: World, item: InvoiceItemFact, at: number): StripeObject {
  const { ids } = world;
  const invoice = item.line === null || item.line.invoice.created > at ? null : item.line.invoice;
  const { credits, subscription } = item;
  return {
    id: ids.idOf('invoiceItem', item.number),
    object: 'invoiceitem',
    amount: item.amount,
    currency: item.customer.currency,
    customer: ids.idOf('customer', item.customer.number),
    customer_account: null,
    date: item.created,
    description: productNumbered(priceNumbered(item.price).product).title,
    discountable: false,
    discounts: [],
    invoice: invoice === null ? null : ids.idOf('invoice', invoice.number),
    livemode: false,
    metadata: {},
    net_amount: item.amount,
    parent:
      subscription === null
        ? null
        : {
            type: 'subscription_details',
            subscription_details: {
              subscription: ids.idOf('subscription', subscription.number),
              ...(item.item === null ? {} : { subscription_item: ids.idOf('subscriptionItem', item.item.number) }),
            },
          },
    period: { end: item.end, start: item.start },
    pricing: renderPricing(world, item.price, false),
    proration: item.isProration,
    ...(credits === null
      ? {}
      : {
          proration_details: {
            credited_items: {
              type: 'invoice_line_items',
              invoice_line_item_details: { invoice: ids.idOf('invoice', credits.invoice.number), invoice_line_items: [ids.idOf('line', credits.number)] },
            },
            discount_amounts: [],
          },
        }),
    quantity: item.quantity,
    quantity_decimal: String(item.quantity),
    tax_rates: [],
    test_clock: null,
  };
}

export function invoicePaymentStatusOf(payment: InvoicePaymentFact, at: number): string {
  const { outcome, settledAt } = payment.invoice;
  if (settledAt === 0 || at < settledAt || outcome === 'uncollectible') {
    return 'open';
  }
  return outcome === 'paid' ? 'paid' : 'canceled';
}

export function renderInvoicePayment(world: World, payment: InvoicePaymentFact, at: number): StripeObject {
  const { ids } = world;
  const { invoice } = payment;
  const status = invoicePaymentStatusOf(payment, at);
  const { intent } = invoice;
  const requested = intent === null ? 0 : intent.amount;
  return {
    id: ids.idOf('invoicePayment', payment.number),
    object: 'invoice_payment',
    amount_paid: status === 'paid' ? requested : null,
    amount_requested: requested,
    created: payment.created,
    currency: invoice.customer.currency,
    invoice: ids.idOf('invoice', invoice.number),
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent === null ? null : ids.idOf('intent', intent.number), type: 'payment_intent' },
    status,
    status_transitions: {
      canceled_at: status === 'canceled' ? invoice.settledAt : null,
      paid_at: status === 'paid' ? invoice.settledAt : null,
    },
  };
}

export function renderCreditNote(world: World, note: CreditNoteFact): StripeObject {
  const { ids } = world;
  const { invoice, refund } = note;
  const { customer } = invoice;
  const id = ids.idOf('creditNote', note.number);
  const net = note.total - note.tax;
  const taxes = customer.taxRate < 0 ? [] : [taxEntry(world, customer.taxRate, note.tax, net)];
  return {
    id,
    object: 'credit_note',
    amount: note.total,
    amount_shipping: 0,
    created: note.created,
    currency: customer.currency,
    customer: ids.idOf('customer', customer.number),
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: note.created,
    invoice: ids.idOf('invoice', invoice.number),
    lines: listOf(
      [
        {
          id: ids.idOf('creditNoteLine', note.number),
          object: 'credit_note_line_item',
          amount: net,
          description: refund === null ? 'Correction' : 'Refund',
          discount_amount: 0,
          discount_amounts: [],
          livemode: false,
          metadata: {},
          pretax_credit_amounts: [],
          quantity: 1,
          tax_rates: [],
          taxes,
          type: 'custom_line_item',
          unit_amount: net,
          unit_amount_decimal: String(net),
        },
      ],
      `/v1/credit_notes/${id}/lines`,
    ),
    livemode: false,
    memo: null,
    metadata: {},
    number: `${invoicePrefixOf(world, customer)}-${String(invoice.sequence).padStart(4, '0')}-CN-${String(note.sequence).padStart(2, '0')}`,
    out_of_band_amount: null,
    pdf: `https://pay.stripe.test/credit_notes/${ids.accountId}/${id}/pdf`,
    post_payment_amount: refund === null ? 0 : note.total,
    pre_payment_amount: refund === null ? note.total : 0,
    pretax_credit_amounts: [],
    reason: refund === null ? 'order_change' : refund.reason === 'duplicate' ? 'duplicate' : 'product_unsatisfactory',
    refunds:
      refund === null
        ? []
        : [{ amount_refunded: refund.amount, payment_record_refund: null, refund: ids.idOf('refund', refund.number), type: 'refund' }],
    shipping_cost: null,
    status: 'issued',
    subtotal: net,
    subtotal_excluding_tax: net,
    total: note.total,
    total_excluding_tax: net,
    total_taxes: taxes,
    type: refund === null ? 'pre_payment' : 'post_payment',
    voided_at: null,
  };
}
