/** Changes inside a billing period: seats, plans, interval; their prorations, invoiced at once or with the next invoice. */
import { addMonths, awayFromPresentHour, hourSeconds, nowSeconds } from './calendar.ts';
import { couponNumbered, planNames, priceFor, productNumbered, type PlanName, type PriceFact } from './catalog.ts';
import type { InvoiceItemFact, SubscriptionFact, World } from './facts.ts';
import { addInvoice, addLine, moveToInvoice } from './invoice-drafts.ts';
import { discountAt, showState, truncateSegment, type Life } from './life.ts';
import { shareOf, smallestCharge } from './money.ts';
import type { Change } from './period-plan.ts';

/** Carries out one change inside a period. True when it started a new billing interval. */
export function applyChange(life: Life, change: Change, start: number, end: number): boolean {
  if (change.kind === 'pause') {
    life.subscription.pausedAt = change.at;
    return false;
  }
  const wanted = targetOf(life, change);
  if (wanted === null) {
    return false;
  }
  if (change.kind === 'silent') {
    life.price = wanted.price;
    life.quantity = wanted.quantity;
    life.subscription.silentChangeAt = change.at;
    showState(life, change.at, start, end);
    return false;
  }
  if (change.kind === 'to-annual') {
    return moveToAnnual(life, change.at, end, wanted.price);
  }
  prorate(life, change, wanted, start, end);
  return false;
}

function targetOf(life: Life, change: Change): { price: PriceFact; quantity: number } | null {
  const { price, quantity, subscription } = life;
  const months = price.months === 12 ? 12 : 1;
  const { name } = productNumbered(price.product);
  const tier = planNames.indexOf(name as PlanName);
  const { currency } = subscription.customer;
  if (change.kind === 'to-annual') {
    return months === 1 ? { price: priceFor(name, currency, 12), quantity } : null;
  }
  if (change.kind === 'more-seats') {
    return { price, quantity: quantity + change.seats };
  }
  if (change.kind === 'fewer-seats') {
    return quantity > change.seats ? { price, quantity: quantity - change.seats } : null;
  }
  const step = change.kind === 'downgrade' ? -1 : 1;
  const next = tier < 0 ? undefined : planNames[tier + step];
  return next === undefined ? null : { price: priceFor(next, currency, months), quantity };
}

/** What is left of a full-period amount from `at` on, after the percentage in force. */
function remainderOf(life: Life, amount: number, at: number, start: number, end: number): number {
  const { currency } = life.subscription.customer;
  const discount = discountAt(life.subscription, Math.max(at, start + 1));
  const percent = discount === null ? 0 : couponNumbered(discount.coupon).percentOff;
  return shareOf(currency, amount * (100 - percent), end - at, (end - start) * 100);
}

function prorate(life: Life, change: Change, wanted: { price: PriceFact; quantity: number }, start: number, end: number): void {
  const { world, item, subscription } = life;
  const at = change.at;
  const unused = -remainderOf(life, life.price.unitAmount * life.quantity, at, start, end);
  const fullAmount = wanted.price.unitAmount * wanted.quantity;
  const remaining = remainderOf(life, fullAmount, at, start, end);
  const { currency } = subscription.customer;
  const waits = change.billing === 'next-invoice' && end + 2 * hourSeconds <= nowSeconds;
  if (waits && unused + remaining + Math.floor((fullAmount * 7) / 10) < smallestCharge(currency) * 4) {
    return;
  }
  const total = unused + remaining;
  if (!waits && (total < 0 ? !life.plan.mayCredit : total < smallestCharge(currency) * 2)) {
    return;
  }
  if (unused === 0 || remaining <= 0) {
    return;
  }
  const credit = addInvoiceItem(world, subscription, { price: life.price.number, quantity: life.quantity, amount: unused, start: at, end });
  credit.credits = life.currentLine;
  const debit = addInvoiceItem(world, subscription, { price: wanted.price.number, quantity: wanted.quantity, amount: remaining, start: at, end });
  life.price = wanted.price;
  life.quantity = wanted.quantity;
  truncateSegment(item, at);
  item.segments.push({ start: at, end, price: wanted.price.number, quantity: wanted.quantity });
  showState(life, at, start, end);
  if (waits) {
    life.pending.push(credit, debit);
    return;
  }
  const invoice = addInvoice(world, subscription.customer, subscription, 'subscription_update', at, at);
  invoice.periodStart = start;
  moveToInvoice(world, credit, invoice);
  moveToInvoice(world, debit, invoice);
  life.currentLine = debit.line;
  if (total < 0) {
    invoice.settledAt = at;
    life.mayFail = false;
  }
}

function addInvoiceItem(
  world: World,
  subscription: SubscriptionFact,
  what: { price: number; quantity: number; amount: number; start: number; end: number },
): InvoiceItemFact {
  const invoiceItem: InvoiceItemFact = {
    number: world.invoiceItems.length,
    customer: subscription.customer,
    subscription,
    item: subscription.item,
    created: what.start,
    price: what.price,
    quantity: what.quantity,
    amount: what.amount,
    start: what.start,
    end: what.end,
    isProration: true,
    line: null,
    credits: null,
  };
  world.invoiceItems.push(invoiceItem);
  return invoiceItem;
}

/** From monthly to annual: the rest of the month is given back, a year begins now, invoiced at once. */
function moveToAnnual(life: Life, requestedAt: number, end: number, annual: PriceFact): boolean {
  const { world, item, subscription } = life;
  const at = awayFromPresentHour(requestedAt);
  const start = addMonths(life.anchor, life.cycle);
  if (at <= start || life.pending.length > 0) {
    return false;
  }
  const yearEnd = addMonths(at, 12);
  const unused = -remainderOf(life, life.price.unitAmount * life.quantity, at, start, end);
  const credit = addInvoiceItem(world, subscription, { price: life.price.number, quantity: life.quantity, amount: unused, start: at, end });
  credit.credits = life.currentLine;
  life.price = annual;
  life.anchor = at;
  life.cycle = 1;
  subscription.anchor = at;
  truncateSegment(item, at);
  item.segments.push({ start: at, end: yearEnd, price: annual.number, quantity: life.quantity });
  const invoice = addInvoice(world, subscription.customer, subscription, 'subscription_update', at, at);
  invoice.periodStart = start;
  invoice.discount = discountAt(subscription, at);
  moveToInvoice(world, credit, invoice);
  life.currentLine = addLine(world, invoice, 'regular', {
    item,
    price: annual.number,
    quantity: life.quantity,
    amount: annual.unitAmount * life.quantity,
    start: at,
    end: yearEnd,
  });
  showState(life, at, at, yearEnd);
  return true;
}
