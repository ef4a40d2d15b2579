/**
 * The oracle: MRR by the letter of the specification, rebuilt slowly from nothing but what Stripe shows (invoice lines, subscriptions, coupons)
 * and the published rates. It shares no code with the generator's own computation: bigint arithmetic, its own days, brute force.
 */
import { Temporal } from 'temporal-polyfill';
import type { ManifestMrrMonth } from '../../manifest.ts';
import type { CollectionName, Population, StripeObject } from '../../stripe/population.ts';

export interface RateRow {
  base: string;
  day: string;
  micros: number;
}

interface State {
  start: number;
  end: number;
  native: bigint;
  currency: string;
  rate: bigint;
  usd: bigint;
}
interface Item {
  customer: string;
  states: State[];
}
type Loose = Record<string, unknown>;

const zone = 'America/New_York';
const exponents: Record<string, number> = { usd: 2, eur: 2, gbp: 2, jpy: 0, kwd: 3 };

export function everyObject(population: Population, name: CollectionName): StripeObject[] {
  const collection = population.collection(name);
  return Array.from({ length: collection.size }, (_, index) => collection.render(index));
}

function halfAway(numerator: bigint, denominator: bigint): bigint {
  const size = numerator < 0n ? -numerator : numerator;
  const rounded = (2n * size + denominator) / (2n * denominator);
  return numerator < 0n ? -rounded : rounded;
}

function toUsd(native: bigint, currency: string, rate: bigint): bigint {
  return currency === 'usd' ? native : halfAway(native * rate * 100n, 1_000_000n * 10n ** BigInt(exponents[currency] ?? 2));
}

function dayName(seconds: number): string {
  return Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(zone).toPlainDate().toString();
}

function midnight(day: Temporal.PlainDate): number {
  return day.toZonedDateTime(zone).epochMilliseconds / 1000;
}

function rateFinder(rates: readonly RateRow[]): (currency: string, seconds: number) => bigint {
  const byKey = new Map(rates.map((row) => [`${row.base}/${row.day}`, BigInt(row.micros)]));
  return (currency, seconds) => {
    if (currency === 'usd') {
      return 1_000_000n;
    }
    for (let day = Temporal.PlainDate.from(dayName(seconds)), tries = 0; tries < 10; tries += 1, day = day.subtract({ days: 1 })) {
      const rate = byKey.get(`${currency}/${day.toString()}`);
      if (rate !== undefined) {
        return rate;
      }
    }
    throw new Error(`No ${currency} rate on or before ${dayName(seconds)}.`);
  };
}

interface PositiveLine {
  price: string;
  quantity: number;
  start: number;
  end: number;
}

function positiveLines(population: Population): Map<string, PositiveLine[]> {
  const byItem = new Map<string, PositiveLine[]>();
  for (const invoice of everyObject(population, 'invoices')) {
    if (invoice.status === 'void' || invoice.status === 'draft') {
      continue;
    }
    for (const line of (invoice.lines as { data: Loose[] }).data) {
      const details = (line.parent as { subscription_item_details: { subscription_item: string } | null } | null)?.subscription_item_details;
      if (details === null || details === undefined || (line.amount as number) <= 0) {
        continue;
      }
      const { price } = (line.pricing as { price_details: { price: string } }).price_details;
      const period = line.period as { start: number; end: number };
      const list = byItem.get(details.subscription_item) ?? [];
      list.push({ price, quantity: line.quantity as number, start: period.start, end: period.end });
      byItem.set(details.subscription_item, list);
    }
  }
  for (const list of byItem.values()) {
    list.sort((a, b) => a.start - b.start);
  }
  return byItem;
}

function foreverPercent(population: Population, subscription: StripeObject): bigint {
  let percent = 0n;
  for (const discount of subscription.discounts as { source: { coupon: string } }[]) {
    const coupons = population.collection('coupons');
    const coupon = coupons.render(coupons.indexOf(discount.source.coupon));
    percent += coupon.duration === 'forever' ? BigInt(coupon.percent_off as number) : 0n;
  }
  return percent;
}

function rebuildItems(population: Population, rates: readonly RateRow[]): Item[] {
  const lines = positiveLines(population);
  const rateOn = rateFinder(rates);
  const prices = new Map(everyObject(population, 'prices').map((price) => [price.id, price]));
  const items: Item[] = [];
  for (const subscription of everyObject(population, 'subscriptions')) {
    const percent = foreverPercent(population, subscription);
    for (const item of (subscription.items as { data: StripeObject[] }).data) {
      const own = lines.get(item.id) ?? [];
      const states = own.map((line, position): State => {
        const price = prices.get(line.price);
        const recurring = price?.recurring as { interval: string };
        const months = recurring.interval === 'year' ? 12n : 1n;
        const native = halfAway(BigInt(price?.unit_amount as number) * BigInt(line.quantity) * (100n - percent), 100n * months);
        const currency = price?.currency as string;
        const rate = rateOn(currency, line.start);
        const end = Math.min(own[position + 1]?.start ?? line.end, (subscription.ended_at as number | null) ?? Infinity);
        return { start: line.start, end, native, currency, rate, usd: toUsd(native, currency, rate) };
      });
      items.push({ customer: subscription.customer as string, states });
    }
  }
  return items;
}

function stateAt(item: Item, moment: number): State | null {
  return item.states.find((state) => state.start < moment && moment <= state.end) ?? null;
}

function emptyMonth(month: string): ManifestMrrMonth {
  const movements = { new: 0, expansion: 0, contraction: 0, churn: 0, reactivation: 0, exchangeRate: 0 };
  return { month, mrrMinor: 0, arrMinor: 0, customers: 0, movements, undatedSubscriptionIds: [] };
}

/** MRR per month and its movements, day by day for every customer. `undatedSubscriptionIds` stays empty: lines cannot tell. */
export function rebuildMrr(population: Population, rates: readonly RateRow[]): ManifestMrrMonth[] {
  const byCustomer = new Map<string, Item[]>();
  for (const item of rebuildItems(population, rates)) {
    byCustomer.set(item.customer, [...(byCustomer.get(item.customer) ?? []), item]);
  }
  const now = population.nowSeconds;
  const months = Array.from({ length: 36 }, (_, at) => Temporal.PlainYearMonth.from('2023-12').add({ months: at }));
  const rows = months.map((month) => emptyMonth(month.toString()));
  const days: { end: number; row: number }[] = [];
  months.forEach((month, row) => {
    for (let day = 1; day <= month.daysInMonth; day += 1) {
      const date = month.toPlainDate({ day });
      if (midnight(date) < now) {
        days.push({ end: Math.min(midnight(date.add({ days: 1 })), now), row });
      }
    }
  });
  for (const items of byCustomer.values()) {
    walkCustomer(items, days, rows);
  }
  for (const row of rows) {
    row.arrMinor = 12 * row.mrrMinor;
  }
  return rows;
}

function walkCustomer(items: readonly Item[], days: readonly { end: number; row: number }[], rows: readonly ManifestMrrMonth[]): void {
  let before: (State | null)[] = items.map(() => null);
  let had = false;
  days.forEach(({ end, row: position }, at) => {
    const row = rows[position];
    if (row === undefined) {
      return;
    }
    const after = items.map((item) => stateAt(item, end));
    const sum = (states: readonly (State | null)[]): bigint => states.reduce((total, state) => total + (state?.usd ?? 0n), 0n);
    const [was, is] = [sum(before), sum(after)];
    let fx = 0n;
    before.forEach((old, index) => {
      const current = after[index];
      if (old && current && old.native !== 0n && current.native !== 0n) {
        fx += toUsd(old.native, old.currency, current.rate) - toUsd(old.native, old.currency, old.rate);
      }
    });
    const rest = Number(is - was - fx);
    row.movements.exchangeRate += Number(fx);
    const kind = was === 0n && is > 0n ? (had ? 'reactivation' : 'new') : was > 0n && is === 0n ? 'churn' : rest > 0 ? 'expansion' : 'contraction';
    row.movements[kind] += rest;
    had ||= is > 0n;
    before = after;
    if (days[at + 1]?.row !== position && is > 0n) {
      row.mrrMinor += Number(is);
      row.customers += 1;
    }
  });
}
