/** One-off filing fees: paid at a checkout, by an invoice that is sent, or as an item on the next subscription invoice. */
import { daySeconds, hourSeconds, nowSeconds } from './calendar.ts';
import { filingNames, priceFor, type PriceFact } from './catalog.ts';
import type { CheckoutSessionFact, CustomerFact, InvoiceFact, InvoiceItemFact, World } from './facts.ts';
import { addInvoice, moveToInvoice } from './invoice-drafts.ts';
import type { Random } from './random.ts';

const meanGapDays = 27;

/** All filings of one customer, over the time in which they have a subscription. */
export function fileForCustomer(world: World, customer: CustomerFact, random: Random): void {
  const spans = customer.subscriptions
    .filter((subscription) => subscription.endReason !== 'incomplete')
    .map((subscription) => ({ from: subscription.created, to: subscription.endedAt === 0 ? nowSeconds : subscription.endedAt }))
    .sort((a, b) => a.from - b.from);
  let covered = 0;
  for (const span of spans) {
    let at = Math.max(span.from + hourSeconds, covered);
    for (;;) {
      at += Math.ceil(-Math.log(1 - random.next()) * meanGapDays * daySeconds) + 600;
      if (at >= span.to - 1_200) {
        break;
      }
      file(world, customer, random, at);
    }
    covered = Math.max(covered, span.to);
  }
}

function file(world: World, customer: CustomerFact, random: Random, at: number): void {
  const price = priceFor(filingNames[random.weighted([60, 25, 15])] ?? 'recording', customer.currency, 0);
  const quantity = random.weighted([50, 25, 12, 8, 5]) + 1;
  const road = random.next();
  if (road < 0.24) {
    sendInvoice(world, customer, random, at, price, quantity);
  } else if (road < 0.36 && addToNextInvoice(world, customer, random, at, price, quantity)) {
    return;
  } else {
    checkOut(world, customer, random, at, price, quantity);
  }
}

function addFilingItem(world: World, customer: CustomerFact, created: number, price: PriceFact, quantity: number): InvoiceItemFact {
  const item: InvoiceItemFact = {
    number: world.invoiceItems.length,
    customer,
    subscription: null,
    item: null,
    created,
    price: price.number,
    quantity,
    amount: price.unitAmount * quantity,
    start: created,
    end: created,
    isProration: false,
    line: null,
    credits: null,
  };
  world.invoiceItems.push(item);
  return item;
}

function checkOut(world: World, customer: CustomerFact, random: Random, at: number, price: PriceFact, quantity: number): void {
  const isAbandoned = random.chance(0.05);
  const session: CheckoutSessionFact = {
    number: world.sessions.length,
    customer,
    created: at,
    price: price.number,
    quantity,
    amount: price.unitAmount * quantity,
    intent: null,
    completedAt: isAbandoned ? 0 : at + random.integer(25, 540),
  };
  world.sessions.push(session);
}

function sendInvoice(world: World, customer: CustomerFact, random: Random, at: number, price: PriceFact, quantity: number): void {
  const isDraft = at > nowSeconds - 3 * daySeconds && random.chance(0.3);
  const invoice = addInvoice(world, customer, null, 'manual', at, isDraft ? 0 : at + 90);
  invoice.daysUntilDue = 30;
  moveToInvoice(world, addFilingItem(world, customer, at, price, quantity), invoice);
  if (random.chance(0.3)) {
    const extra = priceFor('expedite', customer.currency, 0);
    moveToInvoice(world, addFilingItem(world, customer, at + 20, extra, 1), invoice);
  }
  settleSentInvoice(invoice, random, isDraft);
}

function settleSentInvoice(invoice: InvoiceFact, random: Random, isDraft: boolean): void {
  const fate = random.next();
  const after = (lowestDays: number, highestDays: number): number =>
    invoice.finalizedAt + Math.floor((lowestDays + random.next() * (highestDays - lowestDays)) * daySeconds);
  if (isDraft) {
    invoice.outcome = 'draft';
    invoice.settledAt = 0;
    return;
  }
  if (fate < 0.05) {
    invoice.outcome = 'void';
    invoice.settledAt = after(1, 9);
  } else if (fate < 0.07) {
    invoice.outcome = 'uncollectible';
    invoice.settledAt = after(60, 75);
  } else {
    invoice.outcome = 'paid';
    invoice.settledAt = after(0.1, 34);
    if (fate < 0.11) {
      // A part is credited two days after sending, the rest paid later.
      invoice.settledAt = after(4, 30);
      invoice.creditBeforePayment = 1;
    }
  }
  if (invoice.settledAt > nowSeconds) {
    invoice.outcome = 'open';
    invoice.settledAt = 0;
    invoice.creditBeforePayment = 0;
  }
}

/** Waits on the customer until the next cycle invoice takes it along. False when there is none to come. */
function addToNextInvoice(world: World, customer: CustomerFact, random: Random, at: number, price: PriceFact, quantity: number): boolean {
  const next = customer.invoices.find((invoice) => invoice.reason === 'subscription_cycle' && invoice.created > at + hourSeconds);
  if (next === undefined) {
    const goesOn = customer.subscriptions.some((subscription) => subscription.endedAt === 0 && !subscription.cancelsAtPeriodEnd);
    if (!goesOn || at < nowSeconds - 25 * daySeconds || random.chance(0.5)) {
      return false;
    }
    addFilingItem(world, customer, at, price, quantity);
    return true;
  }
  if (next.outcome !== 'paid' || next.created > at + 35 * daySeconds || next.subscription?.discount?.coupon === 2) {
    return false;
  }
  const item = addFilingItem(world, customer, at, price, quantity);
  item.subscription = next.subscription;
  moveToInvoice(world, item, next);
  return true;
}
