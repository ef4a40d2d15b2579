/**
 * One subscription from its first day to its end or the present moment: periods, changes with their prorations, failed payments, the end.
 * What it leaves: invoices with lines (amounts before discount and tax), service segments, and the states Stripe would have shown.
 */
import { addMonths, daySeconds, hourSeconds, nowSeconds } from './calendar.ts';
import { couponNumbered, couponNumbers } from './catalog.ts';
import type { CustomerFact, InvoiceFact, SubscriptionFact, SubscriptionItemFact, World } from './facts.ts';
import { addInvoice, addLine, moveToInvoice } from './invoice-drafts.ts';
import { discountAt, showState, truncateSegment, type Life, type SubscriptionPlan } from './life.ts';
import { drawPeriod, type PeriodPlan } from './period-plan.ts';
import type { Random } from './random.ts';
import { applyChange } from './subscription-changes.ts';

const trialDays = 14;
const retryDays = [3, 5, 7] as const;
const givesUpAfterDays = 14;

/** Lives one subscription and adds all its facts to the world. */
export function liveSubscription(world: World, customer: CustomerFact, random: Random, plan: SubscriptionPlan): SubscriptionFact {
  const subscription = addSubscription(world, customer, plan);
  const life: Life = {
    world,
    random,
    plan,
    subscription,
    item: subscription.item,
    price: plan.price,
    quantity: plan.quantity,
    anchor: plan.start,
    cycle: 0,
    periodNumber: 0,
    pending: [],
    currentLine: null,
    mayFail: true,
  };
  if (plan.neverStarts) {
    expireIncomplete(life);
    return subscription;
  }
  if (plan.trial !== 'none' && !passTrial(life)) {
    return subscription;
  }
  while (livePeriod(life)) {
    life.periodNumber += 1;
  }
  return subscription;
}

function addSubscription(world: World, customer: CustomerFact, plan: SubscriptionPlan): SubscriptionFact {
  const item: SubscriptionItemFact = {
    number: world.items.length,
    // Set two lines below: the two records name each other.
    subscription: undefined as unknown as SubscriptionFact,
    segments: [],
    states: [],
  };
  const subscription: SubscriptionFact = {
    number: world.subscriptions.length,
    customer,
    created: plan.start,
    anchor: plan.start,
    trialEnd: 0,
    item,
    discount: null,
    cancelRequestedAt: 0,
    cancelsAtPeriodEnd: false,
    endedAt: 0,
    endReason: 'none',
    pausedAt: 0,
    silentChangeAt: 0,
    pastDueSpans: [],
    invoices: [],
  };
  item.subscription = subscription;
  if (plan.coupon >= 0) {
    const coupon = couponNumbered(plan.coupon);
    subscription.discount = {
      number: world.discounts.length,
      coupon: plan.coupon,
      subscription: subscription.number,
      customer: customer.number,
      start: plan.start,
      end: coupon.durationMonths === null ? 0 : addMonths(plan.start, coupon.durationMonths),
    };
    world.discounts.push(subscription.discount);
  }
  world.items.push(item);
  world.subscriptions.push(subscription);
  customer.subscriptions.push(subscription);
  return subscription;
}

function expireIncomplete(life: Life): void {
  const { world, subscription, plan } = life;
  const end = addMonths(plan.start, plan.price.months);
  const invoice = addInvoice(world, subscription.customer, subscription, 'subscription_create', plan.start, plan.start);
  const amount = plan.price.unitAmount * plan.quantity;
  addLine(world, invoice, 'regular', { item: life.item, price: plan.price.number, quantity: plan.quantity, amount, start: plan.start, end });
  invoice.outcome = 'void';
  invoice.failedAttempts.push(plan.start + 3);
  invoice.settledAt = plan.start + 23 * hourSeconds;
  subscription.endedAt = invoice.settledAt;
  subscription.endReason = 'incomplete';
  subscription.cancelRequestedAt = invoice.settledAt;
  showState(life, plan.start, plan.start, end);
}

/** The trial's zero invoice. False when the subscription has not come out of it (still trialing, or lapsed). */
function passTrial(life: Life): boolean {
  const { world, subscription, plan } = life;
  const trialEnd = plan.start + trialDays * daySeconds;
  subscription.trialEnd = trialEnd;
  subscription.anchor = trialEnd;
  life.anchor = trialEnd;
  const invoice = addInvoice(world, subscription.customer, subscription, 'subscription_create', plan.start, plan.start);
  invoice.settledAt = plan.start;
  invoice.discount = discountAt(subscription, plan.start);
  life.currentLine = addLine(world, invoice, 'trial', {
    item: life.item,
    price: plan.price.number,
    quantity: plan.quantity,
    amount: 0,
    start: plan.start,
    end: trialEnd,
  });
  showState(life, plan.start, plan.start, trialEnd);
  if (trialEnd > nowSeconds) {
    return false;
  }
  if (plan.trial === 'lapses') {
    subscription.endedAt = trialEnd;
    subscription.cancelRequestedAt = trialEnd;
    subscription.endReason = 'trial_lapsed';
    return false;
  }
  return true;
}

/** One billing period. False when the subscription's story is told. */
function livePeriod(life: Life): boolean {
  const { world, random, subscription } = life;
  const start = addMonths(life.anchor, life.cycle * life.price.months);
  const end = addMonths(life.anchor, (life.cycle + 1) * life.price.months);
  if (start > nowSeconds) {
    return false;
  }
  const isFirst = subscription.invoices.length === 0;
  const reason = isFirst ? 'subscription_create' : 'subscription_cycle';
  const finalizedAt = isFirst ? start : start + hourSeconds + random.integer(5, 600);
  const invoice = addInvoice(world, subscription.customer, subscription, reason, start, finalizedAt);
  if (subscription.pausedAt > 0) {
    return passPaused(life, invoice, start, end);
  }
  billPeriod(life, invoice, start, end, isFirst);
  const isFree = subscription.discount !== null && couponNumbered(subscription.discount.coupon).percentOff === 100;
  const plan = drawPeriod(random, life.plan.script, {
    periodNumber: life.periodNumber,
    start,
    end,
    finalizedAt,
    months: life.price.months === 12 ? 12 : 1,
    isFirst,
    mayFail: life.mayFail && !isFree,
    // What was paid at half price must not be given back at the full one.
    mayChange: !isFree && !(isFirst && life.plan.coupon === couponNumbers.once),
  });
  const isOver = passPayment(life, invoice, plan);
  if (isOver) {
    return false;
  }
  return passChangesAndEnd(life, plan, start, end);
}

function billPeriod(life: Life, invoice: InvoiceFact, start: number, end: number, isFirst: boolean): void {
  const { world, item } = life;
  invoice.discount = discountAt(life.subscription, start);
  invoice.periodEnd = start;
  invoice.periodStart = isFirst ? start : (item.states.at(-1)?.periodStart ?? start);
  for (const pending of life.pending) {
    moveToInvoice(world, pending, invoice);
  }
  life.pending = [];
  life.currentLine = addLine(world, invoice, 'regular', {
    item,
    price: life.price.number,
    quantity: life.quantity,
    amount: life.price.unitAmount * life.quantity,
    start,
    end,
  });
  item.segments.push({ start, end, price: life.price.number, quantity: life.quantity });
  showState(life, start, start, end);
}

/** While collection is paused Stripe still makes the period's invoice, and voids it. */
function passPaused(life: Life, invoice: InvoiceFact, start: number, end: number): boolean {
  invoice.periodStart = life.item.states.at(-1)?.periodStart ?? start;
  addLine(life.world, invoice, 'regular', {
    item: life.item,
    price: life.price.number,
    quantity: life.quantity,
    amount: life.price.unitAmount * life.quantity,
    start,
    end,
  });
  invoice.outcome = 'void';
  invoice.settledAt = invoice.finalizedAt;
  showState(life, start, start, end);
  life.cycle += 1;
  return true;
}

/** True when the payment's failure ends the story (canceled, or past due at the present moment). */
function passPayment(life: Life, invoice: InvoiceFact, plan: PeriodPlan): boolean {
  const { subscription } = life;
  if (plan.failures === 0) {
    return false;
  }
  const firstTry = invoice.finalizedAt + 4;
  const tries = [firstTry, ...retryDays.map((days) => firstTry + days * daySeconds)];
  const failures = tries.slice(0, plan.failures);
  invoice.failedAttempts = failures.filter((at) => at <= nowSeconds);
  const resolvedAt = plan.isLost ? firstTry + givesUpAfterDays * daySeconds : (tries[plan.failures] ?? firstTry);
  if (resolvedAt > nowSeconds) {
    invoice.outcome = 'open';
    invoice.settledAt = 0;
    invoice.nextAttemptAt = tries.find((at) => at > nowSeconds) ?? 0;
    subscription.pastDueSpans.push({ from: firstTry, to: 0 });
    return true;
  }
  invoice.settledAt = resolvedAt;
  subscription.pastDueSpans.push({ from: firstTry, to: resolvedAt });
  if (!plan.isLost) {
    return false;
  }
  invoice.outcome = 'uncollectible';
  endAt(life, resolvedAt, 'payment_failed');
  subscription.cancelRequestedAt = resolvedAt;
  return true;
}

function endAt(life: Life, at: number, reason: 'requested' | 'payment_failed'): void {
  life.subscription.endedAt = at;
  life.subscription.endReason = reason;
  truncateSegment(life.item, at);
}

function passChangesAndEnd(life: Life, plan: PeriodPlan, start: number, end: number): boolean {
  const { subscription } = life;
  for (const change of plan.changes) {
    if (change.at < nowSeconds - 3 * hourSeconds && applyChange(life, change, start, end)) {
      return true; // a new interval has begun with its own invoice and anchor
    }
  }
  life.cycle += 1;
  if (plan.end === null || plan.end.at > nowSeconds) {
    return true;
  }
  subscription.cancelRequestedAt = plan.end.at;
  if (plan.end.kind === 'immediate') {
    endAt(life, plan.end.at, 'requested');
    return false;
  }
  subscription.cancelsAtPeriodEnd = true;
  if (end <= nowSeconds) {
    endAt(life, end, 'requested');
  }
  return false;
}
