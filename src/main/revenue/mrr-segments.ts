/**
 * What each subscription item was worth from when to when, rebuilt from billed service periods and the subscription's own dates (domain.md §7).
 *
 * Stripe keeps no past states. A positive invoice line says what the item cost from its period's start on; the next positive line of the item ends
 * it, else the line's own period end, and the subscription's end in any case. The present state of a living subscription settles the running month.
 */
import type { Instant, TimeZone } from '../../shared/calendar/time-zone.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import { mulDiv, parseDecimal, type MinorUnits } from '../../shared/money/money.ts';
import { divideRounded } from '../../shared/money/rounding.ts';
import type { PolicyRules } from './mrr-policy.ts';
import { countsTowardsMrr, fullPeriodChargeOf, itemWorth, type FullPeriodCharge, type PriceTerms } from './mrr-item-calculation.ts';

/** A line of an invoice that counts (neither draft nor void), or a proration that still waits for its invoice. */
export interface BilledLine {
  /** null for a proration that waits for its invoice. */
  readonly lineId: string | null;
  readonly invoiceId: string | null;
  /** When its invoice was made, and its place there: among lines of one start the later one wins. */
  readonly invoicedAt: Instant;
  readonly lineIndex: number;
  readonly priceId: string;
  readonly quantity: number;
  /** Before discounts, without exclusive tax. */
  readonly amountMinor: number;
  readonly unitAmountDecimal: string | null;
  readonly isProration: boolean;
  /** Decimal text, '0' for none; null when the line names a discount nobody can resolve. */
  readonly foreverPercentOff: string | null;
  /** What forever coupons of a fixed amount took off the line, after what was off by percent; left out: nothing. */
  readonly foreverOffMinor?: number;
  readonly periodStartAt: Instant;
  readonly periodEndAt: Instant;
  /** What discounts took off the line; asked for where all of them count. */
  readonly discountMinor?: number;
  /** While its invoice was due and not paid, [fromAt, untilAt); null: it still is. Asked for where past due is dropped. */
  readonly pastDue?: PastDue | null;
}

export interface PastDue {
  readonly fromAt: Instant;
  readonly untilAt: Instant | null;
}

export interface PresentDiscount {
  /** Combined percent of the forever coupons, decimal text. */
  readonly foreverPercentOff: string;
  /** The item's share of the forever coupons of a fixed amount, in the price's currency; left out: none. */
  readonly foreverOffMinor?: number;
  readonly startedAt: Instant | null;
}

/** The item as Stripe shows it now. */
export interface PresentItem {
  readonly priceId: string;
  readonly quantity: number;
  readonly currentPeriodStartAt: Instant | null;
  readonly currentPeriodEndAt: Instant | null;
  /** null when the mirror does not know the discounts in force. */
  readonly discount: PresentDiscount | null;
}

/** The status of a subscription the mirror does not hold. */
export const unknownStatus = 'unknown';

export interface SubscriptionState {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly endedAt: Instant | null;
  readonly trialStartAt: Instant | null;
  readonly trialEndAt: Instant | null;
  readonly isCollectionPaused: boolean;
}

export interface ItemHistory {
  readonly itemId: string;
  readonly subscription: SubscriptionState;
  /** null when the subscription shows the item no longer. */
  readonly present: PresentItem | null;
  readonly lines: readonly BilledLine[];
}

export interface MrrTerms {
  readonly priceOf: (priceId: string) => PriceTerms | undefined;
  /** The latest rate not after the day, functional units per unit of the currency; null when there is none. */
  readonly rateOn: (currency: CurrencyCode, day: LocalDate) => string | null;
  readonly zone: TimeZone;
  readonly functionalCurrency: CurrencyCode;
  readonly nowAt: Instant;
  /** The first instant of the month that holds `nowAt`. */
  readonly runningMonthStartAt: Instant;
  /** Left out: the default policy. */
  readonly policy?: PolicyRules;
}

/** One stretch without a change, [startsAt, endsAt). */
export interface MrrStretch {
  readonly subscriptionItemId: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly priceId: string;
  readonly quantity: number;
  readonly currency: CurrencyCode;
  readonly mrr: MinorUnits;
  /** null when no exchange rate is known: then the functional figure is 0. */
  readonly rate: string | null;
  readonly functionalMrr: MinorUnits;
  readonly source: 'invoice-line' | 'subscription';
  readonly invoiceId: string | null;
  readonly invoiceLineId: string | null;
  readonly explanation: string;
}

export interface ItemRebuild {
  readonly stretches: readonly MrrStretch[];
  /** Within each [from, until) something changed that no invoice line dates. */
  readonly undated: readonly { readonly from: Instant; readonly until: Instant }[];
  /** Prices of positive lines that the mirror does not know: those lines count for nothing. */
  readonly unknownPriceIds: readonly string[];
}

/** From `startsAt` on the item is worth this, until something else is said. */
interface Point {
  readonly startsAt: Instant;
  readonly periodEndAt: Instant;
  /** The day whose exchange rate counts: the start of the service period. */
  readonly rateAt: Instant;
  readonly price: PriceTerms;
  readonly quantity: number;
  readonly charge: FullPeriodCharge;
  readonly foreverPercentOff: string;
  readonly isProration: boolean;
  readonly source: 'invoice-line' | 'subscription';
  readonly invoiceId: string | null;
  readonly lineId: string | null;
  readonly pastDue: PastDue | null;
}

interface Span {
  readonly point: Point;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

/** Whether [start, end) holds the moment just before T: the rule by which an item is in force at the exclusive end T of a month or day. */
export function isInForceJustBefore(stretch: { startsAt: Instant; endsAt: Instant }, moment: Instant): boolean {
  return stretch.startsAt < moment && moment <= stretch.endsAt;
}

/** Rebuilds one item. Stretches come in order of time and never overlap. */
export function rebuildItem(history: ItemHistory, terms: MrrTerms): ItemRebuild {
  const { subscription } = history;
  // The first invoice was never paid: the subscription never began.
  if (subscription.status === 'incomplete' || subscription.status === 'incomplete_expired') return { stretches: [], undated: [], unknownPriceIds: [] };
  const { points, unknownPriceIds } = pointsOf(history, terms);
  const billed = cutByDates(spansOf(points), subscription);
  const undated = undatedChangesBetween(points);
  const settled = subscription.endedAt === null ? settlePresent(billed, history, terms) : { spans: billed, undated: [] };
  const spans = terms.policy?.pastDue === 'dropped' ? settled.spans.flatMap(withoutPastDue) : settled.spans;
  return {
    stretches: spans.map((span) => stretchOf(span, history, terms)),
    undated: [...undated, ...settled.undated],
    unknownPriceIds,
  };
}

function pointsOf(history: ItemHistory, terms: MrrTerms): { points: Point[]; unknownPriceIds: string[] } {
  const unknownPriceIds: string[] = [];
  const points: Point[] = [];
  const positive = history.lines.filter((line) => line.amountMinor > 0 && line.periodEndAt > line.periodStartAt);
  positive.sort((a, b) => a.periodStartAt - b.periodStartAt || a.invoicedAt - b.invoicedAt || a.lineIndex - b.lineIndex);
  for (const line of positive) {
    const price = terms.priceOf(line.priceId);
    if (!price) {
      unknownPriceIds.push(line.priceId);
      continue;
    }
    if (!countsTowardsMrr(price)) continue;
    const full = fullPeriodChargeOf(price, line);
    if (full === null) continue;
    const before = points.at(-1);
    const charge = { ...full, foreverOffMinor: amountOffOf(line, full, before, history), ...(terms.policy?.discounts === 'as-billed' ? { billed: billedShareOf(line, before) } : {}) };
    const point: Point = {
      startsAt: line.periodStartAt, periodEndAt: line.periodEndAt, rateAt: line.periodStartAt, price, quantity: line.quantity, charge, foreverPercentOff: percentOffOf(line, before, history),
      isProration: line.isProration, source: line.lineId === null ? 'subscription' : 'invoice-line', invoiceId: line.invoiceId, lineId: line.lineId, pastDue: line.pastDue ?? null,
    };
    if (before?.startsAt === point.startsAt) points.pop();
    points.push(point);
  }
  return { points, unknownPriceIds };
}

/**
 * A proration's sum is net of the discount already, so its line carries none: the discount of the period it lies in goes on, or the one the
 * subscription has had since before the line. So it is where a line's own discount cannot be resolved.
 */
function percentOffOf(line: BilledLine, before: Point | undefined, history: ItemHistory): string {
  const own = line.foreverPercentOff;
  if (own !== null && (own !== '0' || !line.isProration)) return own;
  if (before && before.foreverPercentOff !== '0') return before.foreverPercentOff;
  const present = history.present?.discount;
  return present && present.startedAt !== null && present.startedAt <= line.periodStartAt ? present.foreverPercentOff : '0';
}

/**
 * What fixed amounts for ever take off a full interval. A proration that carries its own part of it is brought to the interval; one that carries none follows
 * {@link percentOffOf}: until the next whole line the split over the subscription's items stays as it was billed.
 */
function amountOffOf(line: BilledLine, full: FullPeriodCharge, before: Point | undefined, history: ItemHistory): number {
  const own = line.foreverOffMinor ?? 0;
  if (line.foreverPercentOff !== null && !line.isProration) return own;
  if (own !== 0) return mulDiv(own, fullMinorOf(full), line.amountMinor, 'half-away-from-zero');
  if (before?.charge.foreverOffMinor) return before.charge.foreverOffMinor;
  const present = history.present?.discount;
  return present && present.startedAt !== null && present.startedAt <= line.periodStartAt ? (present.foreverOffMinor ?? 0) : 0;
}

function fullMinorOf({ unitAmountDecimal, quantity }: FullPeriodCharge): bigint {
  const unit = parseDecimal(unitAmountDecimal);
  return divideRounded(unit.numerator * BigInt(quantity), unit.denominator, 'half-away-from-zero');
}

/** What was left of a line after all its discounts but the fixed amounts for ever, which stand apart. A proration's sum is net already: what the period it lies in kept, it keeps. */
function billedShareOf(line: BilledLine, before: Point | undefined): NonNullable<FullPeriodCharge['billed']> {
  if (line.isProration && before?.charge.billed && line.periodStartAt < before.periodEndAt) return before.charge.billed;
  const off = line.isProration ? 0 : (line.discountMinor ?? 0) - (line.foreverOffMinor ?? 0);
  return { netMinor: Math.max(0, line.amountMinor - off), fullMinor: line.amountMinor };
}

/** What is left of a stretch while its invoice is not past due. */
function withoutPastDue(span: Span): Span[] {
  const { pastDue } = span.point;
  if (pastDue === null) return [span];
  const before = { ...span, endsAt: Math.min(span.endsAt, pastDue.fromAt) };
  const after = { ...span, startsAt: Math.max(span.startsAt, pastDue.untilAt ?? span.endsAt) };
  return [before, after].filter((part) => part.startsAt < part.endsAt);
}

function spansOf(points: readonly Point[]): Span[] {
  return points.map((point, index) => ({ point, startsAt: point.startsAt, endsAt: points[index + 1]?.startsAt ?? point.periodEndAt }));
}

function cutByDates(spans: readonly Span[], subscription: SubscriptionState): Span[] {
  const { endedAt, trialStartAt, trialEndAt } = subscription;
  return spans.flatMap((span) => {
    const endsAt = endedAt === null ? span.endsAt : Math.min(span.endsAt, endedAt);
    const isInTrial = trialStartAt !== null && trialEndAt !== null && span.startsAt >= trialStartAt && span.startsAt < trialEndAt;
    const startsAt = isInTrial ? trialEndAt : span.startsAt;
    return startsAt < endsAt ? [{ ...span, startsAt, endsAt }] : [];
  });
}

/** A new price or quantity that begins with a whole period and no proration came about somewhere in the period before; so did what fills a gap. */
function undatedChangesBetween(points: readonly Point[]): { from: Instant; until: Instant }[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    if (!before || point.isProration || point.startsAt < before.periodEndAt) return [];
    const isSame = point.price.id === before.price.id && point.quantity === before.quantity;
    if (isSame && point.startsAt === before.periodEndAt) return [];
    return [{ from: isSame ? before.periodEndAt : before.startsAt, until: point.startsAt }];
  });
}

/** What the subscription shows now decides the running month where its lines do not. */
function settlePresent(spans: readonly Span[], history: ItemHistory, terms: MrrTerms): { spans: Span[]; undated: { from: Instant; until: Instant }[] } {
  const { subscription, present } = history;
  const last = spans.at(-1);
  const current = spans.find((span) => isInForceJustBefore(span, terms.nowAt));
  if (subscription.status === unknownStatus) return { spans: [...spans], undated: [] };
  if (subscription.isCollectionPaused || subscription.status === 'paused') {
    // It stops with what was billed; when the pause began within that period is not known.
    return { spans: [...spans], undated: last ? [{ from: last.startsAt, until: Math.min(last.endsAt, terms.nowAt) }] : [] };
  }
  if (present === null) return removeItem(spans, current, history, terms);
  if (subscription.status === 'unpaid') return stopInRunningMonth(spans, current, terms);
  if (subscription.status !== 'active' && subscription.status !== 'past_due') return { spans: [...spans], undated: [] };
  if (!current) return { spans: [...spans, ...renewalOf(present, last, terms)], undated: [] };
  if (present.priceId !== current.point.price.id || present.quantity !== current.point.quantity) {
    // Changed without a line: the new price counts from its first line on.
    return { spans: [...spans], undated: [{ from: current.startsAt, until: terms.nowAt }] };
  }
  return { spans: rediscount(spans, current, present, terms), undated: [] };
}

/** An item the subscription no longer has: the credit for its unused time says since when, else the running month does not count it. */
function removeItem(spans: readonly Span[], current: Span | undefined, history: ItemHistory, terms: MrrTerms): ReturnType<typeof settlePresent> {
  if (!current) return { spans: [...spans], undated: [] };
  const credits = history.lines.filter((line) => line.amountMinor < 0 && line.isProration && line.periodStartAt > current.startsAt && line.periodStartAt < current.endsAt);
  const creditedAt = Math.max(...credits.map((line) => line.periodStartAt));
  return credits.length > 0 ? { spans: endAt(spans, current, creditedAt), undated: [] } : stopInRunningMonth(spans, current, terms);
}

function stopInRunningMonth(spans: readonly Span[], current: Span | undefined, terms: MrrTerms): ReturnType<typeof settlePresent> {
  if (!current) return { spans: [...spans], undated: [] };
  const stopsAt = Math.max(current.startsAt, terms.runningMonthStartAt);
  return { spans: endAt(spans, current, stopsAt), undated: [{ from: stopsAt, until: terms.nowAt }] };
}

function endAt(spans: readonly Span[], ended: Span, at: Instant): Span[] {
  return spans.flatMap((span) => (span === ended ? (at > span.startsAt ? [{ ...span, endsAt: at }] : []) : [span]));
}

/** The running period has no invoice that counts yet (a renewal is a draft for an hour): the subscription itself says what it is worth. */
function renewalOf(present: PresentItem, last: Span | undefined, terms: MrrTerms): Span[] {
  const { currentPeriodStartAt: startsAt, currentPeriodEndAt: periodEndAt } = present;
  const price = terms.priceOf(present.priceId);
  if (startsAt === null || periodEndAt === null || !price || !countsTowardsMrr(price)) return [];
  if (price.unitAmountMinor === null && !(last && last.point.price.id === price.id)) return [];
  const charge = price.unitAmountMinor === null ? last?.point.charge : { unitAmountDecimal: String(price.unitAmountMinor), quantity: present.quantity };
  const from = Math.max(startsAt, last?.endsAt ?? startsAt);
  if (!charge || from >= terms.nowAt || periodEndAt < terms.nowAt) return [];
  const foreverPercentOff = present.discount?.foreverPercentOff ?? last?.point.foreverPercentOff ?? '0';
  const foreverOffMinor = present.discount ? present.discount.foreverOffMinor : last?.point.charge.foreverOffMinor;
  // Not billed yet: of discounts only those that last are sure to be taken off.
  const point: Point = {
    startsAt: from, periodEndAt, rateAt: startsAt, price, quantity: present.quantity, charge: { unitAmountDecimal: charge.unitAmountDecimal, quantity: charge.quantity, foreverOffMinor }, foreverPercentOff, isProration: false, source: 'subscription', invoiceId: null,
    lineId: null, pastDue: null,
  };
  return [{ point, startsAt: from, endsAt: periodEndAt }];
}

/** A forever discount given or taken within the running period counts from its own start, not before the running month: past months follow lines. */
function rediscount(spans: readonly Span[], current: Span, present: PresentItem, terms: MrrTerms): Span[] {
  const { discount } = present;
  if (terms.policy?.discounts === 'as-billed') return [...spans];
  if (discount === null) return [...spans];
  const { charge } = current.point;
  // What was split over the lines of an invoice stays so; only an amount given since then, or taken away, is split anew.
  const isGivenSince = discount.startedAt !== null && discount.startedAt > current.point.startsAt;
  const foreverOffMinor = isGivenSince || !discount.foreverOffMinor ? (discount.foreverOffMinor ?? 0) : (charge.foreverOffMinor ?? 0);
  if (discount.foreverPercentOff === current.point.foreverPercentOff && foreverOffMinor === (charge.foreverOffMinor ?? 0)) return [...spans];
  const from = Math.max(discount.startedAt ?? 0, terms.runningMonthStartAt, current.startsAt);
  if (from >= terms.nowAt) return [...spans];
  const point: Point = { ...current.point, startsAt: from, charge: { ...charge, foreverOffMinor }, foreverPercentOff: discount.foreverPercentOff, source: 'subscription' };
  return spans.flatMap((span) => {
    if (span !== current) return [span];
    const rest = { point, startsAt: from, endsAt: current.endsAt };
    return from > current.startsAt ? [{ ...current, endsAt: from }, rest] : [rest];
  });
}

function stretchOf(span: Span, history: ItemHistory, terms: MrrTerms): MrrStretch {
  const { point } = span;
  const rateOn = terms.zone.dateOf(point.rateAt);
  const { currency } = point.price;
  const rate = currency === terms.functionalCurrency ? null : terms.rateOn(currency, rateOn);
  const worth = itemWorth(point.price, point.charge, point.foreverPercentOff, terms.functionalCurrency, rate, rateOn);
  return {
    subscriptionItemId: history.itemId, subscriptionId: history.subscription.id, customerId: history.subscription.customerId, startsAt: span.startsAt, endsAt: span.endsAt, priceId: point.price.id,
    quantity: point.quantity, currency, mrr: worth.mrr, rate: worth.rate, functionalMrr: worth.functionalMrr, source: point.source, invoiceId: point.invoiceId, invoiceLineId: point.lineId,
    explanation: `${point.price.productName}: ${worth.explanation}`,
  };
}
