/**
 * All SQL of the MRR rebuild: what it reads of the mirror, and the generations it writes (migration 0006).
 */
import type { LocalDate, Month } from '../../shared/calendar/local-date.ts';
import type { Instant } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { CouponTerms } from '../mirror/discounts.ts';
import type { PriceTerms } from './mrr-item-calculation.ts';
import type { MrrMonth } from './mrr-months.ts';
import type { MrrMovement } from './mrr-movements.ts';
import type { BilledLine, MrrStretch } from './mrr-segments.ts';

export interface SubscriptionRow {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly endedAt: Instant | null;
  readonly trialStartAt: Instant | null;
  readonly trialEndAt: Instant | null;
  readonly raw: string;
}

export interface SubscriptionItemRow {
  readonly id: string;
  readonly subscriptionId: string;
  readonly priceId: string;
  readonly quantity: number | null;
  readonly currentPeriodStartAt: Instant | null;
  readonly currentPeriodEndAt: Instant | null;
  readonly raw: string;
}

export interface LineRow extends Omit<BilledLine, 'isProration' | 'quantity'> {
  readonly subscriptionId: string | null;
  readonly customerId: string | null;
  readonly isProration: number;
  readonly quantity: number | null;
}

export interface RebuildState {
  readonly buildingGeneration: number;
  readonly generation: number | null;
  readonly asOfAt: Instant | null;
  readonly standsUntilAt: Instant | null;
  readonly sourceFingerprint: string | null;
  readonly summary: string | null;
}

export interface PublishedRebuild {
  readonly generation: number;
  readonly rebuiltAt: Instant;
  readonly asOfAt: Instant;
  readonly standsUntilAt: Instant;
  readonly functionalCurrency: string;
  readonly policy: string;
  readonly sourceFingerprint: string;
  readonly summary: string;
}

/** Stripe's objects, as far as they bear on MRR. */
const sourceMarks = sql(
  'mrr.source-marks',
  `SELECT (SELECT COUNT(*) || '/' || COALESCE(MAX(observed_at), 0) || '/' || COALESCE(SUM(observed_at & 4294967295), 0) FROM stripe_invoices) || ' ' ||
          (SELECT COUNT(*) || '/' || COALESCE(MAX(observed_at), 0) || '/' || COALESCE(SUM(observed_at & 4294967295), 0) FROM stripe_subscriptions) || ' ' ||
          (SELECT COUNT(*) || '/' || COALESCE(MAX(observed_at), 0) || '/' || COALESCE(SUM(observed_at & 4294967295), 0) FROM stripe_subscription_items) || ' ' ||
          (SELECT COUNT(*) || '/' || COALESCE(MAX(observed_at), 0) || '/' || COALESCE(SUM(observed_at & 4294967295), 0) FROM stripe_prices) || ' ' ||
          (SELECT COUNT(*) || '/' || COALESCE(MAX(observed_at), 0) || '/' || COALESCE(SUM(observed_at & 4294967295), 0) FROM stripe_customers) || ' ' ||
          (SELECT COUNT(*) || '/' || COALESCE(MAX(observed_at), 0) FROM stripe_products) || ' ' ||
          (SELECT COUNT(*) || '/' || COALESCE(MAX(observed_at), 0) FROM stripe_coupons) || ' ' ||
          (SELECT COUNT(*) || '/' || COALESCE(MAX(observed_at), 0) FROM stripe_invoice_items WHERE is_proration = 1 AND invoice_id IS NULL AND is_deleted = 0) AS marks`,
);
const listRates = sql('mrr.rates', 'SELECT base, rate_on AS rateOn, rate FROM exchange_rates WHERE quote = ? ORDER BY base, rate_on');
const listPrices = sql(
  'mrr.prices',
  `SELECT p.id, COALESCE(d.name, p.nickname, p.product_id) AS productName, p.currency, p.unit_amount_minor AS unitAmountMinor, p.billing_scheme AS billingScheme, p.recurring_interval AS interval,
          p.recurring_interval_count AS intervalCount, p.usage_type AS usageType
     FROM stripe_prices p LEFT JOIN stripe_products d ON d.id = p.product_id`,
);
const listCoupons = sql('mrr.coupons', 'SELECT id, percent_off AS percentOff, duration, amount_off_minor AS amountOffMinor, currency FROM stripe_coupons');
const countItems = sql('mrr.count-items', 'SELECT COUNT(DISTINCT subscription_item_id) AS items FROM stripe_invoice_lines WHERE subscription_item_id IS NOT NULL');
const nextItems = sql(
  'mrr.next-items',
  `SELECT id FROM (
     SELECT * FROM (SELECT DISTINCT subscription_item_id AS id FROM stripe_invoice_lines WHERE subscription_item_id IS NOT NULL AND subscription_item_id > :after ORDER BY subscription_item_id LIMIT :limit)
     UNION
     SELECT * FROM (SELECT id FROM stripe_subscription_items WHERE id > :after ORDER BY id LIMIT :limit)
   ) ORDER BY id LIMIT :limit`,
);
const linesOfItem = sql(
  'mrr.lines-of-item',
  `SELECT l.id AS lineId, l.invoice_id AS invoiceId, i.created_at AS invoicedAt, l.line_index AS lineIndex, l.subscription_id AS subscriptionId, i.customer_id AS customerId, l.price_id AS priceId, l.quantity,
          l.amount_minor AS amountMinor, l.unit_amount_decimal AS unitAmountDecimal, l.is_proration AS isProration, l.forever_percent_off AS foreverPercentOff, l.forever_off_minor AS foreverOffMinor, l.period_start_at AS periodStartAt, l.period_end_at AS periodEndAt
     FROM stripe_invoice_lines l JOIN stripe_invoices i ON i.id = l.invoice_id
    WHERE l.subscription_item_id = ? AND l.subscription_item_id IS NOT NULL AND i.status IN ('open', 'paid', 'uncollectible')
      AND l.price_id IS NOT NULL AND l.period_start_at IS NOT NULL AND l.period_end_at IS NOT NULL
    ORDER BY l.period_start_at`,
);
const findItem = sql(
  'mrr.find-item',
  'SELECT id, subscription_id AS subscriptionId, price_id AS priceId, quantity, current_period_start_at AS currentPeriodStartAt, current_period_end_at AS currentPeriodEndAt, raw FROM stripe_subscription_items WHERE id = ?',
);
const findSubscription = sql(
  'mrr.find-subscription',
  'SELECT id, customer_id AS customerId, status, ended_at AS endedAt, trial_start_at AS trialStartAt, trial_end_at AS trialEndAt, raw FROM stripe_subscriptions WHERE id = ?',
);
const listWaitingProrations = sql('mrr.waiting-prorations', 'SELECT raw FROM stripe_invoice_items WHERE is_proration = 1 AND invoice_id IS NULL AND is_deleted = 0 ORDER BY id');

const findRebuild = sql(
  'mrr.find-rebuild',
  'SELECT building_generation AS buildingGeneration, generation, as_of_at AS asOfAt, stands_until_at AS standsUntilAt, source_fingerprint AS sourceFingerprint, summary FROM revenue_rebuilds WHERE id = 1',
);
const takeGeneration = sql(
  'mrr.take-generation',
  'INSERT INTO revenue_rebuilds (id, building_generation) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET building_generation = building_generation + 1 RETURNING building_generation AS generation',
);
const publish = sql(
  'mrr.publish',
  `UPDATE revenue_rebuilds SET generation = :generation, rebuilt_at = :rebuiltAt, as_of_at = :asOfAt, stands_until_at = :standsUntilAt, functional_currency = :functionalCurrency, policy = :policy,
          source_fingerprint = :sourceFingerprint, summary = :summary
    WHERE id = 1 AND building_generation = :generation`,
);
const insertSegment = sql('mrr.insert-segment', 'INSERT INTO mrr_segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
const insertMonthItem = sql('mrr.insert-month-item', 'INSERT INTO mrr_month_items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
const insertMovement = sql('mrr.insert-movement', 'INSERT INTO mrr_movements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
const insertMonth = sql('mrr.insert-month', 'INSERT INTO mrr_months VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
const nextCustomers = sql(
  'mrr.next-customers',
  `SELECT s.id, COALESCE(c.name, c.email, s.id) AS name FROM (SELECT DISTINCT customer_id AS id FROM mrr_segments WHERE generation = ? AND customer_id > ? ORDER BY customer_id LIMIT ?) s
     LEFT JOIN stripe_customers c ON c.id = s.id ORDER BY s.id`,
);
const countCustomers = sql('mrr.count-customers', 'SELECT COUNT(DISTINCT customer_id) AS customers FROM mrr_segments WHERE generation = ?');
const segmentsOfCustomer = sql(
  'mrr.segments-of-customer',
  `SELECT subscription_item_id AS subscriptionItemId, subscription_id AS subscriptionId, customer_id AS customerId, starts_at AS startsAt, ends_at AS endsAt, price_id AS priceId, quantity, currency, mrr_minor AS mrr, rate,
          functional_mrr_minor AS functionalMrr, source, invoice_id AS invoiceId, invoice_line_id AS invoiceLineId, explanation
     FROM mrr_segments WHERE generation = ? AND customer_id = ? ORDER BY starts_at, subscription_item_id`,
);
const sweepSteps = [
  sql('mrr.sweep-segments', 'DELETE FROM mrr_segments WHERE (generation, subscription_item_id, starts_at) IN (SELECT generation, subscription_item_id, starts_at FROM mrr_segments WHERE generation < :below LIMIT :limit)'),
  sql('mrr.sweep-month-items', 'DELETE FROM mrr_month_items WHERE (generation, month, functional_mrr_minor, subscription_item_id) IN (SELECT generation, month, functional_mrr_minor, subscription_item_id FROM mrr_month_items WHERE generation < :below LIMIT :limit)'),
  sql('mrr.sweep-movements', 'DELETE FROM mrr_movements WHERE (generation, month, customer_id, day_on, kind) IN (SELECT generation, month, customer_id, day_on, kind FROM mrr_movements WHERE generation < :below LIMIT :limit)'),
  sql('mrr.sweep-months', 'DELETE FROM mrr_months WHERE (generation, month) IN (SELECT generation, month FROM mrr_months WHERE generation < :below LIMIT :limit)'),
];

interface PriceRow {
  readonly id: string;
  readonly productName: string;
  readonly currency: string;
  readonly unitAmountMinor: number | null;
  readonly billingScheme: string;
  readonly interval: string | null;
  readonly intervalCount: number | null;
  readonly usageType: string | null;
}

export function readSourceMarks(database: ReadableDatabase): string {
  return database.get<{ marks: string }>(sourceMarks)?.marks ?? '';
}

export function readRates(database: ReadableDatabase, quote: string): { base: string; rateOn: LocalDate; rate: string }[] {
  return database.all(listRates, [quote]);
}

export function readPrices(database: ReadableDatabase): PriceTerms[] {
  return database.all<PriceRow>(listPrices).map((row) => ({
    id: row.id, productName: row.productName, currency: row.currency, unitAmountMinor: row.unitAmountMinor, isTiered: row.billingScheme === 'tiered', interval: row.interval, intervalCount: row.intervalCount ?? 1,
    isMetered: row.usageType === 'metered',
  }));
}

export function readCoupons(database: ReadableDatabase): (CouponTerms & { readonly id: string })[] {
  return database.all<{ id: string; percentOff: string | null; duration: string; amountOffMinor: number | null; currency: string | null }>(listCoupons)
    .map(({ id, percentOff, duration, amountOffMinor, currency }) => ({ id, percentOff, duration, ...(amountOffMinor === null ? {} : { amountOff: { minor: amountOffMinor, currency: currency ?? '' } }) }));
}

export function countBilledItems(database: ReadableDatabase): number {
  return database.get<{ items: number }>(countItems)?.items ?? 0;
}

/** The next items by id: those that were ever billed and those that subscriptions show now. */
export function readNextItemIds(database: ReadableDatabase, after: string, limit: number): string[] {
  return database.all<{ id: string }>(nextItems, { after, limit }).map((row) => row.id);
}

export function readLinesOfItem(database: ReadableDatabase, itemId: string): LineRow[] {
  return database.all(linesOfItem, [itemId]);
}

export function findSubscriptionItem(database: ReadableDatabase, itemId: string): SubscriptionItemRow | undefined {
  return database.get(findItem, [itemId]);
}

export function findSubscriptionRow(database: ReadableDatabase, subscriptionId: string): SubscriptionRow | undefined {
  return database.get(findSubscription, [subscriptionId]);
}

/** Prorations that wait for their invoice, as raw JSON. */
export function readWaitingProrations(database: ReadableDatabase): string[] {
  return database.all<{ raw: string }>(listWaitingProrations).map((row) => row.raw);
}

export function findRebuildState(database: ReadableDatabase): RebuildState | undefined {
  return database.get(findRebuild);
}

/** A generation for a new run; from now on no older run may publish. */
export function takeNextGeneration(database: WritableDatabase): number {
  return database.get<{ generation: number }>(takeGeneration)?.generation ?? 0;
}

/** @returns false when a later run has begun meanwhile: nothing was changed. */
export function publishRebuild(database: WritableDatabase, rebuild: PublishedRebuild): boolean {
  return database.run(publish, { ...rebuild }) === 1;
}

export function insertStretch(database: WritableDatabase, generation: number, row: MrrStretch): void {
  database.run(insertSegment, [
    generation, row.subscriptionItemId, row.startsAt, row.endsAt, row.subscriptionId, row.customerId, row.priceId, row.quantity, row.currency, row.mrr, row.rate, row.functionalMrr, row.source, row.invoiceId, row.invoiceLineId, row.explanation,
  ]);
}

export function insertInForce(database: WritableDatabase, generation: number, month: Month, stretch: MrrStretch, customerName: string): void {
  database.run(insertMonthItem, [generation, month, stretch.functionalMrr, stretch.subscriptionItemId, stretch.startsAt, stretch.customerId, customerName, stretch.currency, stretch.mrr]);
}

export function insertMovementRow(database: WritableDatabase, generation: number, row: MrrMovement, customerName: string): void {
  database.run(insertMovement, [generation, row.customerId, customerName, row.day, row.kind, row.month, row.amount, row.cause, row.subscriptionId, row.invoiceId]);
}

export function insertMonthRow(database: WritableDatabase, generation: number, row: MrrMonth): void {
  const { movements } = row;
  database.run(insertMonth, [
    generation, row.month, row.start, movements.new, movements.expansion, movements.contraction, movements.churn, movements.reactivation, movements['exchange-rate'], row.end, row.customers, row.items, row.isRunning ? 1 : 0,
    JSON.stringify(row.undatedSubscriptionIds),
  ]);
}

export function countCustomersOf(database: ReadableDatabase, generation: number): number {
  return database.get<{ customers: number }>(countCustomers, [generation])?.customers ?? 0;
}

export function readNextCustomers(database: ReadableDatabase, generation: number, after: string, limit: number): { id: string; name: string }[] {
  return database.all(nextCustomers, [generation, after, limit]);
}

export function readStretchesOfCustomer(database: ReadableDatabase, generation: number, customerId: string): MrrStretch[] {
  return database.all<MrrStretch>(segmentsOfCustomer, [generation, customerId]).map((row) => ({ ...row, mrr: minorUnits(row.mrr), functionalMrr: minorUnits(row.functionalMrr) }));
}

/** Deletes some rows of generations before one. @returns how many; 0 when all are gone. */
export function sweepBelow(database: WritableDatabase, below: number, limit: number): number {
  for (const step of sweepSteps) {
    const swept = database.run(step, { below, limit });
    if (swept > 0) return swept;
  }
  return 0;
}
