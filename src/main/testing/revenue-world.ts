/**
 * A random company put straight into the mirror's tables, change by change, for tests of what is derived from them: subscriptions with trials and coupons, renewals,
 * changes with prorations, late and failed payments, cancellations, exchange rates; and, where asked for, what no company does on purpose.
 */
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type Sql, type SqlValue } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { oneOf, randomFrom, wholeFrom } from './random-from.ts';

const dayMs = 86_400_000;
const statements = new Map<string, Sql>();

function put(database: SqliteDatabase, table: string, row: Readonly<Record<string, SqlValue>>): void {
  const names = Object.keys(row);
  const key = `${table}/${names.join()}`;
  let statement = statements.get(key);
  if (!statement) {
    const others = names.filter((name) => name !== 'id').map((name) => `${name} = excluded.${name}`);
    const conflict = table === 'exchange_rates' ? 'ON CONFLICT (base, quote, rate_on) DO UPDATE SET rate = excluded.rate' : `ON CONFLICT (id) DO UPDATE SET ${others.join()}`;
    statements.set(key, (statement = sql(`test.put-${table}`, `INSERT INTO ${table} (${names.join()}) VALUES (${names.map((name) => `:${name}`).join()}) ${conflict}`)));
  }
  database.run(statement, row);
}

interface Price {
  readonly id: string;
  readonly currency: string;
  readonly unit: number;
  readonly interval: 'week' | 'month' | 'year';
  readonly count: number;
  readonly isMetered: boolean;
}

interface Coupon {
  readonly id: string;
  readonly percent: number;
  /** US cents off instead of a percentage. */
  readonly off?: number;
  readonly duration: 'forever' | 'once' | 'repeating';
}

interface Subscription {
  readonly id: string;
  readonly customerId: string;
  readonly itemId: string;
  readonly coupon: Coupon | null;
  readonly startedAt: number;
  readonly trialEndAt: number | null;
  price: Price;
  quantity: number;
  periodStartAt: number;
  periodEndAt: number;
  periods: number;
  endedAt: number | null;
  status: string;
}

interface Invoice {
  readonly id: string;
  readonly customerId: string;
  readonly createdAt: number;
  readonly dueAt: number | null;
  status: string;
  paidAt: number | null;
}

export interface RevenueWorldOptions {
  readonly seed: number;
  readonly zone: TimeZone;
  readonly startAt: number;
  /** Also what the independent calculation does not try to follow: pauses, unknown prices, items that go without a trace, rates that change. */
  readonly isUnruly: boolean;
}

/** Time moves on with every step; renewals happen by themselves. */
export class RevenueWorld {
  nowAt: number;
  readonly #database: SqliteDatabase;
  readonly #random: () => number;
  readonly #options: RevenueWorldOptions;
  readonly #prices: Price[] = [];
  readonly #coupons: Coupon[] = [];
  readonly #customers: string[] = [];
  readonly #subscriptions: Subscription[] = [];
  readonly #invoices: Invoice[] = [];
  #ids = 0;

  constructor(database: SqliteDatabase, options: RevenueWorldOptions) {
    this.#database = database;
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.nowAt = options.startAt;
    for (const [currency, scale] of [['usd', 1], ['eur', 1], ['jpy', 100], ['kwd', 10]] as const) {
      for (const [interval, count, months] of [['month', 1, 1], ['month', 3, 3], ['year', 1, 12], ['week', 1, 0.25]] as const) {
        this.#prices.push({ id: `price_${currency}_${count}${interval}`, currency, unit: Math.round((1_900 + wholeFrom(this.#random, 0, 900)) * scale * months) / (currency === 'jpy' ? 100 : 1) | 0, interval, count, isMetered: false });
      }
    }
    this.#prices.push({ id: 'price_usage', currency: 'usd', unit: 7, interval: 'month', count: 1, isMetered: true });
    this.#coupons.push({ id: 'forever', percent: 20, duration: 'forever' }, { id: 'once', percent: 50, duration: 'once' }, { id: 'repeating', percent: 10, duration: 'repeating' }, { id: 'forever-3', percent: 0, off: 300, duration: 'forever' });
    database.transaction('world', () => {
      for (const price of this.#prices) if (!(options.isUnruly && price.id === 'price_usd_1year')) this.#putPrice(price);
      for (const coupon of this.#coupons) put(database, 'stripe_coupons', { id: coupon.id, percent_off: coupon.off === undefined ? String(coupon.percent) : null, amount_off_minor: coupon.off ?? null, currency: coupon.off === undefined ? null : 'usd', duration: coupon.duration, created_at: 0, observed_at: 0, raw: '{}' });
      for (const base of ['eur', 'jpy', 'kwd']) this.#putRate(base, options.zone.dateOf(options.startAt));
    });
    this.#step('customer');
  }

  /** One random change, and what time brings until then. */
  step(): void {
    this.nowAt += Math.floor(this.#random() * this.#random() * 6 * dayMs);
    this.#database.transaction('world', () => {
      this.#renew();
      const usual = ['customer', 'subscribe', 'subscribe', 'change', 'change', 'cancel', 'pay', 'pay', 'pay', 'pay', 'pay', 'give-up', 'move', 'rate', 'rate', 'charge', 'charge'] as const;
      const unruly = ['pause', 'vanish', 'unpaid', 'old-rate', 'price', 'waiting', 'no-rate', 'country-twice', 'invoice-gone'] as const;
      this.#step(this.#options.isUnruly && this.#random() < 0.3 ? oneOf(this.#random, unruly) : oneOf(this.#random, usual));
    });
  }

  #step(kind: string): void {
    const living = this.#subscriptions.filter(({ endedAt }) => endedAt === null);
    const some = <Item>(items: readonly Item[]): Item | undefined => (items.length === 0 ? undefined : oneOf(this.#random, items));
    const subscription = some(living);
    const day = this.#options.zone.dateOf(this.nowAt);
    switch (kind) {
      case 'customer':
        this.#customers.push(this.#id('cus'));
        return this.#putCustomer(this.#customers.at(-1) ?? '');
      case 'subscribe':
        return this.#subscribe(some(this.#customers) ?? '');
      case 'change':
        return subscription && this.#change(subscription);
      case 'cancel':
        if (this.#random() < 0.6 || !subscription) return;
        subscription.endedAt = this.nowAt;
        subscription.status = 'canceled';
        return this.#putSubscription(subscription);
      case 'pay': {
        const invoice = some(this.#invoices.filter(({ status }) => status === 'open'));
        return invoice && this.#settle(invoice, this.#random() < 0.92 ? 'paid' : 'void');
      }
      case 'give-up': {
        const invoice = some(this.#invoices.filter(({ status, createdAt }) => status === 'open' && createdAt < this.nowAt - 40 * dayMs));
        return invoice && this.#settle(invoice, 'uncollectible');
      }
      case 'move':
      case 'country-twice':
        return this.#putCustomer(some(this.#customers) ?? '');
      case 'rate':
        return this.#putRate(oneOf(this.#random, ['eur', 'jpy', 'kwd']), day);
      case 'charge':
        return put(this.#database, 'stripe_charges', { id: this.#random() < 0.2 && this.#ids > 5 ? `ch_${wholeFrom(this.#random, 1, 6)}` : this.#id('ch'), amount_minor: wholeFrom(this.#random, 100, 9_999), amount_refunded_minor: 0, currency: oneOf(this.#random, ['usd', 'eur']), status: oneOf(this.#random, ['succeeded', 'succeeded', 'failed', 'pending']), is_paid: 0, is_disputed: 0, created_at: this.nowAt, observed_at: this.nowAt, raw: '{}' });
      default:
        return this.#beUnruly(kind, subscription, day);
    }
  }

  #beUnruly(kind: string, subscription: Subscription | undefined, day: LocalDate): void {
    const database = this.#database;
    if (kind === 'old-rate') return this.#putRate('eur', addDays(day, -wholeFrom(this.#random, 0, 90)));
    if (kind === 'no-rate') return void database.run(sql('test.no-rate', "DELETE FROM exchange_rates WHERE base = 'kwd' AND rate_on = (SELECT min(rate_on) FROM exchange_rates WHERE base = 'kwd')"));
    if (kind === 'price') return this.#putPrice(this.#prices.find(({ id }) => id === 'price_usd_1year') as Price);
    if (kind === 'invoice-gone') return void database.run(sql('test.invoice-gone', "DELETE FROM stripe_invoices WHERE id = (SELECT min(id) FROM stripe_invoices WHERE status = 'void')"));
    if (!subscription) return;
    if (kind === 'pause') return this.#putSubscription(subscription, { pause_collection: this.#random() < 0.5 ? { behavior: 'void' } : null });
    if (kind === 'unpaid') {
      subscription.status = this.#random() < 0.5 ? 'unpaid' : 'past_due';
      return this.#putSubscription(subscription);
    }
    if (kind === 'vanish') {
      database.run(sql('test.vanish', 'DELETE FROM stripe_subscription_items WHERE id = ?'), [subscription.itemId]);
      return this.#putSubscription(subscription, { items: { data: [], has_more: false } });
    }
    const raw = JSON.stringify({ amount: subscription.price.unit, quantity: subscription.quantity + 1, period: { start: Math.floor(this.nowAt / 1000), end: Math.floor(subscription.periodEndAt / 1000) }, subscription_item: subscription.itemId, price: { id: subscription.price.id }, unit_amount_decimal: String(subscription.price.unit) });
    put(database, 'stripe_invoice_items', { id: `ii_${subscription.id}`, customer_id: subscription.customerId, invoice_id: this.#random() < 0.5 ? null : 'in_other', amount_minor: subscription.price.unit, currency: subscription.price.currency, is_proration: 1, is_deleted: 0, created_at: this.nowAt, observed_at: this.nowAt, raw });
  }

  #id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}_${this.#ids}`;
  }

  #putPrice(price: Price): void {
    put(this.#database, 'stripe_prices', { id: price.id, product_id: 'prod', currency: price.currency, unit_amount_minor: price.unit, billing_scheme: 'per_unit', recurring_interval: price.interval, recurring_interval_count: price.count, usage_type: price.isMetered ? 'metered' : 'licensed', is_active: 1, created_at: 0, observed_at: this.nowAt, raw: '{}' });
  }

  #putRate(base: string, day: LocalDate): void {
    const around = { eur: 1_080_000, jpy: 6_700, kwd: 3_250_000 }[base] ?? 1_000_000;
    const micros = Math.round(around * (0.95 + this.#random() / 10));
    put(this.#database, 'exchange_rates', { base, quote: 'usd', rate_on: day, rate: `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}` });
  }

  #putCustomer(id: string): void {
    put(this.#database, 'stripe_customers', { id, name: `Customer ${id}`, country: oneOf(this.#random, ['US', 'DE', 'JP', null]), created_at: this.nowAt, observed_at: this.nowAt, raw: '{}' });
  }

  #putSubscription(subscription: Subscription, more: Readonly<Record<string, unknown>> = {}): void {
    const { id, customerId, itemId, coupon, price, quantity, startedAt, trialEndAt, endedAt } = subscription;
    const isTrialing = trialEndAt !== null && trialEndAt > this.nowAt;
    const status = endedAt !== null ? 'canceled' : isTrialing ? 'trialing' : subscription.status;
    const discounts = coupon?.duration === 'forever' ? [{ id: `di_${id}`, start: Math.floor(startedAt / 1000), source: { coupon: coupon.id } }] : [];
    const item = { id: itemId, quantity, price: { id: price.id }, current_period_start: subscription.periodStartAt / 1000, current_period_end: subscription.periodEndAt / 1000 };
    put(this.#database, 'stripe_subscriptions', { id, customer_id: customerId, status, currency: price.currency, started_at: startedAt, ended_at: endedAt, trial_start_at: trialEndAt === null ? null : startedAt, trial_end_at: trialEndAt, created_at: startedAt, observed_at: this.nowAt, raw: JSON.stringify({ discounts, items: { data: [item], has_more: false }, ...more }) });
    put(this.#database, 'stripe_subscription_items', { id: itemId, subscription_id: id, price_id: price.id, quantity, current_period_start_at: subscription.periodStartAt, current_period_end_at: subscription.periodEndAt, created_at: startedAt, observed_at: this.nowAt, raw: JSON.stringify(item) });
  }

  #subscribe(customerId: string): void {
    const startedAt = Math.floor(this.nowAt / 1000) * 1000;
    const trialEndAt = this.#random() < 0.25 ? startedAt + 14 * dayMs : null;
    const wanted = this.#random() < 0.4 ? oneOf(this.#random, this.#coupons) : null;
    const price = oneOf(this.#random, this.#prices);
    const coupon = wanted?.off === undefined || (price.currency === 'usd' && !price.isMetered) ? wanted : null;
    const id = this.#id('sub');
    const subscription: Subscription = { id, customerId, itemId: `si_${id}`, coupon, startedAt, trialEndAt, price, quantity: wholeFrom(this.#random, 1, 4), periodStartAt: startedAt, periodEndAt: trialEndAt ?? startedAt, periods: 0, endedAt: null, status: 'active' };
    this.#subscriptions.push(subscription);
    if (trialEndAt === null) this.#bill(subscription, startedAt);
    this.#putSubscription(subscription);
  }

  /** The next whole period. */
  #bill(subscription: Subscription, at: number): void {
    const { price, coupon, quantity } = subscription;
    const start = new Date(at);
    const months = price.interval === 'year' ? 12 * price.count : price.interval === 'month' ? price.count : 0;
    const lastDay = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months + 1, 0)).getUTCDate();
    const end = months === 0 ? at + 7 * price.count * dayMs : Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months, Math.min(start.getUTCDate(), lastDay)) + (at % dayMs);
    Object.assign(subscription, { periodStartAt: at, periodEndAt: end, periods: subscription.periods + 1 });
    const isDiscounted = coupon !== null && (coupon.duration === 'forever' || (coupon.duration === 'once' ? subscription.periods === 1 : subscription.periods <= 3));
    const amount = price.unit * quantity;
    this.#invoice(subscription, at, [{ amount, discount: isDiscounted ? (coupon.off ?? Math.round((amount * coupon.percent) / 100)) : 0, price, quantity, start: at, end, isProration: false }]);
  }

  #change(subscription: Subscription): void {
    const at = Math.floor(this.nowAt / 1000) * 1000;
    if (subscription.periods === 0 || at <= subscription.periodStartAt || at >= subscription.periodEndAt - 1000 || subscription.status !== 'active') return;
    const before = { price: subscription.price, quantity: subscription.quantity };
    const others = this.#prices.filter((price) => price.currency === before.price.currency && price.interval === before.price.interval && price.count === before.price.count && !price.isMetered);
    if (this.#random() < 0.7) subscription.quantity = wholeFrom(this.#random, 1, 6);
    else subscription.price = oneOf(this.#random, others.length === 0 ? [before.price] : others);
    const left = (subscription.periodEndAt - at) / (subscription.periodEndAt - subscription.periodStartAt);
    const share = ({ price, quantity }: typeof before): number => Math.max(1, Math.round(price.unit * quantity * left));
    this.#invoice(subscription, at, [
      { amount: -share(before), discount: 0, ...before, start: at, end: subscription.periodEndAt, isProration: true },
      { amount: share(subscription), discount: 0, price: subscription.price, quantity: subscription.quantity, start: at, end: subscription.periodEndAt, isProration: true },
    ]);
    this.#putSubscription(subscription);
  }

  #invoice(subscription: Subscription, at: number, lines: readonly { amount: number; discount: number; price: Price; quantity: number; start: number; end: number; isProration: boolean }[]): void {
    const invoice: Invoice = { id: this.#id('in'), customerId: subscription.customerId, createdAt: at, dueAt: this.#random() < 0.3 ? at + 14 * dayMs : null, status: 'open', paidAt: null };
    this.#invoices.push(invoice);
    for (const [index, line] of lines.entries()) {
      put(this.#database, 'stripe_invoice_lines', {
        id: `il_${invoice.id}_${index}`, invoice_id: invoice.id, line_index: index, subscription_id: subscription.id, subscription_item_id: subscription.itemId, price_id: line.price.id, quantity: line.quantity, amount_minor: line.amount, discount_minor: line.discount, tax_minor: 0,
        unit_amount_decimal: String(line.price.unit), currency: line.price.currency, is_proration: line.isProration ? 1 : 0, forever_percent_off: subscription.coupon?.duration === 'forever' && !line.isProration ? String(subscription.coupon.percent) : '0',
        forever_off_minor: line.isProration ? 0 : (subscription.coupon?.off ?? 0), period_start_at: line.start, period_end_at: line.end, raw: '{}',
      });
    }
    this.#putInvoice(invoice);
    if (this.#random() < 0.75) this.#settle(invoice, 'paid', at);
  }

  #putInvoice({ id, customerId, createdAt, dueAt, status, paidAt }: Invoice): void {
    put(this.#database, 'stripe_invoices', { id, customer_id: customerId, status, currency: 'usd', subtotal_minor: 0, discount_minor: 0, tax_minor: 0, total_minor: 0, amount_paid_minor: 0, amount_due_minor: 0, amount_remaining_minor: 0, due_at: dueAt, finalised_at: createdAt, paid_at: paidAt, created_at: createdAt, observed_at: this.nowAt, raw: '{}' });
  }

  #settle(invoice: Invoice, status: 'paid' | 'void' | 'uncollectible', at = this.nowAt): void {
    invoice.status = status;
    if (status === 'paid') invoice.paidAt = at;
    this.#putInvoice(invoice);
  }

  #renew(): void {
    for (const subscription of this.#subscriptions) {
      while (subscription.endedAt === null && subscription.periodEndAt <= this.nowAt) {
        this.#bill(subscription, subscription.periodEndAt);
        this.#putSubscription(subscription);
      }
    }
  }
}
