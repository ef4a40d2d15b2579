/** Invoices as they are put together: without totals, numbers or payments, which come later (billing.ts). */
import type {
  BillingReason,
  CustomerFact,
  InvoiceFact,
  InvoiceItemFact,
  LineFact,
  LineKind,
  SubscriptionFact,
  SubscriptionItemFact,
  World,
} from './facts.ts';

/** An invoice without lines; totals and payments come later (billing.ts). */
export function addInvoice(
  world: World,
  customer: CustomerFact,
  subscription: SubscriptionFact | null,
  reason: BillingReason,
  created: number,
  finalizedAt: number,
): InvoiceFact {
  const invoice: InvoiceFact = {
    number: world.invoices.length,
    customer,
    subscription,
    created,
    finalizedAt,
    reason,
    periodStart: created,
    periodEnd: created,
    lines: [],
    discount: null,
    outcome: 'paid',
    settledAt: finalizedAt + 4,
    failedAttempts: [],
    nextAttemptAt: 0,
    daysUntilDue: -1,
    creditBeforePayment: 0,
    subtotal: 0,
    discountTotal: 0,
    tax: 0,
    total: 0,
    startingBalance: 0,
    endingBalance: 0,
    amountDue: 0,
    sequence: 0,
    intent: null,
    payment: null,
    creditNotes: [],
  };
  world.invoices.push(invoice);
  customer.invoices.push(invoice);
  subscription?.invoices.push(invoice);
  return invoice;
}

export function addLine(
  world: World,
  invoice: InvoiceFact,
  kind: LineKind,
  what: { item: SubscriptionItemFact | null; price: number; quantity: number; amount: number; start: number; end: number },
): LineFact {
  const line: LineFact = {
    number: world.lineCount,
    invoice,
    kind,
    item: what.item,
    price: what.price,
    quantity: what.quantity,
    amount: what.amount,
    start: what.start,
    end: what.end,
    discountAmount: 0,
    tax: 0,
    invoiceItem: null,
    credits: null,
  };
  world.lineCount += 1;
  invoice.lines.push(line);
  return line;
}

/** A pending invoice item becomes a line. */
export function moveToInvoice(world: World, pending: InvoiceItemFact, invoice: InvoiceFact): void {
  const kind: LineKind = !pending.isProration ? 'filing' : pending.amount < 0 ? 'unused' : 'remaining';
  const line = addLine(world, invoice, kind, pending);
  line.invoiceItem = pending;
  line.credits = pending.credits;
  pending.line = line;
}
