/** A customer's whole story: which subscriptions they take, when they come back, and what the scripted ones must show in every size. */
import { awayFromPresentHour, daySeconds, localDayNamed, localDayOf, nowSeconds, openingSeconds, startOfLocalDay } from './calendar.ts';
import { couponNumbers, planNames, priceFor, type PlanName } from './catalog.ts';
import { addCustomer, arrivalOf } from './customers.ts';
import type { CustomerFact, SubscriptionFact, World } from './facts.ts';
import { fileForCustomer } from './filings.ts';
import type { Currency } from './money.ts';
import type { Script } from './period-plan.ts';
import { createRandom, type Random } from './random.ts';
import type { SubscriptionPlan } from './life.ts';
import { liveSubscription } from './subscription-life.ts';

interface Story {
  currency: Currency;
  /** Local day of arrival and seconds after its midnight. */
  day: string;
  secondOfDay: number;
  plan: PlanName;
  months: 1 | 12;
  quantity: number;
  trial?: 'paid' | 'lapses';
  coupon?: number;
  neverStarts?: boolean;
  mayCredit?: boolean;
  script?: Script;
  /** A second subscription: days after the first began. */
  second?: { afterDays: number; script: Script };
  /** Comes back so many days after the end. */
  returnsAfterDays?: number;
}

/**
 * One story per thing that must occur whatever the size and seed. The two that history cannot rebuild are the silent change and the pause:
 * each falls into the same local month as the line it shows up in.
 */
const stories: readonly Story[] = [
  { currency: 'usd', day: '2023-12-01', secondOfDay: 0, plan: 'enterprise', months: 12, quantity: 1 },
  { currency: 'usd', day: '2024-01-31', secondOfDay: 84_600, plan: 'pro', months: 1, quantity: 3, coupon: couponNumbers.tenForever,
    script: [{ period: 2, at: 0.4, act: 'more-seats', seats: 2 }, { period: 5, at: 0.5, act: 'fewer-seats', billing: 'next-invoice', seats: 1 }] },
  { currency: 'usd', day: '2024-03-19', secondOfDay: 36_000, plan: 'starter', months: 1, quantity: 4,
    script: [{ period: 13, at: 0.6, act: 'silent' }] },
  { currency: 'eur', day: '2024-02-20', secondOfDay: 40_000, plan: 'pro', months: 1, quantity: 2,
    script: [{ period: 27, at: 0.7, act: 'pause' }] },
  { currency: 'eur', day: '2023-12-12', secondOfDay: 52_000, plan: 'starter', months: 1, quantity: 2, mayCredit: true,
    script: [{ period: 3, at: 0.3, act: 'upgrade' }, { period: 8, at: 0.5, act: 'downgrade' }, { period: 12, at: 0.45, act: 'to-annual' }] },
  { currency: 'gbp', day: '2024-01-09', secondOfDay: 61_000, plan: 'pro', months: 1, quantity: 5, trial: 'paid',
    script: [{ period: 4, at: 0.55, act: 'downgrade', billing: 'next-invoice' }, { period: 9, at: 0.5, act: 'cancel-now' }], returnsAfterDays: 40 },
  { currency: 'gbp', day: '2025-05-14', secondOfDay: 33_000, plan: 'starter', months: 1, quantity: 1, trial: 'lapses' },
  { currency: 'jpy', day: '2023-12-20', secondOfDay: 70_000, plan: 'pro', months: 12, quantity: 3,
    script: [{ period: 1, at: 0.35, act: 'upgrade' }] },
  { currency: 'jpy', day: '2024-06-30', secondOfDay: 85_000, plan: 'starter', months: 1, quantity: 7, coupon: couponNumbers.repeating,
    script: [{ period: 11, at: 0.5, act: 'cancel-at-period-end' }], returnsAfterDays: 3 },
  { currency: 'kwd', day: '2024-02-29', secondOfDay: 30_000, plan: 'pro', months: 1, quantity: 2, coupon: couponNumbers.twentyForever,
    script: [{ period: 6, at: 0.37, act: 'upgrade', billing: 'next-invoice' }, { period: 10, at: 0.2, act: 'payment-recovers' }] },
  { currency: 'kwd', day: '2025-02-11', secondOfDay: 43_000, plan: 'enterprise', months: 12, quantity: 4 },
  { currency: 'usd', day: '2024-05-07', secondOfDay: 55_000, plan: 'pro', months: 1, quantity: 2, script: [{ period: 7, at: 0, act: 'payment-lost' }],
    returnsAfterDays: 95 },
  { currency: 'usd', day: '2024-08-15', secondOfDay: 64_000, plan: 'enterprise', months: 1, quantity: 6, coupon: couponNumbers.once,
    second: { afterDays: 120, script: [{ period: 8, at: 0.5, act: 'cancel-at-period-end' }] }, script: [] },
  { currency: 'usd', day: '2024-09-02', secondOfDay: 39_000, plan: 'starter', months: 1, quantity: 1, coupon: couponNumbers.free },
  { currency: 'eur', day: '2025-03-03', secondOfDay: 58_000, plan: 'pro', months: 1, quantity: 1, neverStarts: true, returnsAfterDays: 2 },
  { currency: 'usd', day: '2026-11-09', secondOfDay: 50_000, plan: 'pro', months: 1, quantity: 2, trial: 'paid' },
  { currency: 'usd', day: '2026-07-07', secondOfDay: 44_000, plan: 'pro', months: 1, quantity: 3, script: [{ period: 4, at: 0, act: 'payment-lost' }] },
  { currency: 'gbp', day: '2025-11-30', secondOfDay: 41_000, plan: 'enterprise', months: 1, quantity: 3,
    script: [{ period: 11, at: 0.3, act: 'cancel-at-period-end' }] },
  // Begins on the first second of a month and ends on the first second of another: it counts neither in June nor, any more, in November.
  { currency: 'usd', day: '2025-07-01', secondOfDay: 0, plan: 'pro', months: 1, quantity: 2, script: [{ period: 3, at: 0.5, act: 'cancel-at-period-end' }] },
];

const customersBySize = { small: 60, medium: 2_250, large: 40_000 } as const;

/** Lets every customer live: scripted ones first, then the crowd. */
export function liveAllCustomers(world: World): void {
  const count = customersBySize[world.size];
  stories.forEach((story, position) => liveStory(world, story, createRandom(world.seed, 'story', position)));
  for (let position = 0; position < count - stories.length; position += 1) {
    liveFreely(world, createRandom(world.seed, 'customer', position), position, count - stories.length);
  }
}

function liveStory(world: World, story: Story, random: Random): void {
  const start = awayFromPresentHour(startOfLocalDay(localDayNamed(story.day)) + story.secondOfDay);
  const customer = addCustomer(world, random, Math.max(openingSeconds, start - 420), story.currency);
  const plan: SubscriptionPlan = {
    start,
    price: priceFor(story.plan, story.currency, story.months),
    quantity: story.quantity,
    trial: story.trial ?? 'none',
    coupon: story.coupon ?? -1,
    neverStarts: story.neverStarts ?? false,
    mayCredit: story.mayCredit ?? false,
    script: story.script ?? [],
  };
  const first = liveSubscription(world, customer, random, plan);
  if (story.second !== undefined) {
    liveSubscription(world, customer, random, {
      ...plan,
      start: start + story.second.afterDays * daySeconds + 7_200,
      price: priceFor('monitor', story.currency, 1),
      quantity: 3,
      coupon: -1,
      script: story.second.script,
    });
  }
  if (story.returnsAfterDays !== undefined && first.endedAt > 0) {
    const back = awayFromPresentHour(first.endedAt + story.returnsAfterDays * daySeconds + 9_000);
    liveSubscription(world, customer, random, { ...plan, start: back, trial: 'none', coupon: -1, neverStarts: false, script: [] });
  }
  fileForCustomer(world, customer, random);
}

function liveFreely(world: World, random: Random, position: number, count: number): void {
  const arrival = arrivalOf(random, position, count);
  const customer = addCustomer(world, random, arrival);
  const hasSecond = random.chance(0.07);
  let start = awayFromPresentHour(arrival + random.integer(120, 5_400));
  if (random.chance(0.03)) {
    start = awayFromPresentHour(lateEvening(start, random));
  }
  customer.created = Math.min(customer.created, start - 60);
  const first = liveSubscription(world, customer, random, drawPlan(random, customer, start, !hasSecond, false));
  if (hasSecond) {
    addSecond(world, random, customer, first);
  }
  let latest = first;
  while (latest.endedAt > 0 && latest.endReason !== 'trial_lapsed' && random.chance(latest.endReason === 'incomplete' ? 0.6 : 0.2)) {
    const back = awayFromPresentHour(latest.endedAt + random.integer(2, 180) * daySeconds + random.integer(0, daySeconds - 1));
    if (back > nowSeconds - 6 * 3_600) {
      break;
    }
    latest = liveSubscription(world, customer, random, drawPlan(random, customer, back, false, true));
  }
  fileForCustomer(world, customer, random);
}

/** Moves a start into the last half hour before New York's midnight: where a wrong time zone shows. */
function lateEvening(start: number, random: Random): number {
  const moment = startOfLocalDay(localDayOf(start) + 1) - random.integer(1, 1_800);
  return moment < nowSeconds - 6 * 3_600 ? moment : start;
}

function drawPlan(random: Random, customer: CustomerFact, start: number, mayCredit: boolean, isReturn: boolean): SubscriptionPlan {
  const tier = random.weighted([55, 33, 12]);
  const months = random.chance(0.2) ? 12 : 1;
  const seats = [
    [1, 3],
    [2, 9],
    [4, 30],
  ][tier] ?? [1, 1];
  const trialDraw = isReturn ? 1 : random.next();
  const trial = trialDraw < 0.13 ? 'paid' : trialDraw < 0.19 ? 'lapses' : 'none';
  const couponDraw = random.next();
  let coupon = -1;
  if (couponDraw < 0.08) {
    coupon = couponNumbers.tenForever;
  } else if (couponDraw < 0.12) {
    coupon = couponNumbers.twentyForever;
  } else if (couponDraw < 0.125) {
    coupon = couponNumbers.free;
  } else if (couponDraw < 0.19) {
    coupon = months === 1 ? couponNumbers.repeating : couponNumbers.tenForever;
  } else if (couponDraw < 0.23 && trial === 'none') {
    coupon = couponNumbers.once;
  }
  return {
    start,
    price: priceFor(planNames[tier] ?? 'starter', customer.currency, months),
    quantity: random.integer(seats[0] ?? 1, seats[1] ?? 1),
    trial,
    coupon,
    neverStarts: trial === 'none' && coupon !== couponNumbers.free && random.chance(0.015),
    mayCredit,
    script: null,
  };
}

function addSecond(world: World, random: Random, customer: CustomerFact, first: SubscriptionFact): void {
  const until = first.endedAt > 0 ? first.endedAt : nowSeconds;
  const start = awayFromPresentHour(first.created + random.integer(20, 300) * daySeconds + random.integer(0, 80_000));
  if (start > until - daySeconds) {
    return;
  }
  liveSubscription(world, customer, random, {
    start,
    price: priceFor('monitor', customer.currency, random.chance(0.8) ? 1 : 12),
    quantity: random.integer(1, 6),
    trial: 'none',
    coupon: -1,
    neverStarts: false,
    mayCredit: false,
    script: null,
  });
}
