/**
 * All that the kept sums of revenue hold of one customer, worked out from the customer's own objects at Stripe alone, under every policy. Pure.
 */
import { monthOf, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import type { Instant } from '../../shared/calendar/time-zone.ts';
import { movementPartsOf, type MovementPart } from './customer-movements.ts';
import { keptItemsOf, type KeptItem } from './items-in-force.ts';
import type { CauseNames } from './mrr-movement-cause.ts';
import type { DayEnds } from './movement-terms.ts';
import { policyPresets, type PolicyPreset } from './mrr-policy.ts';
import { rebuildItem, type ItemHistory, type ItemRebuild, type MrrStretch, type MrrTerms } from './mrr-segments.ts';

/** A movement under each policy of a set. */
export interface PolicyMovement extends MovementPart {
  /** Bits of the policies it is the same under. */
  readonly policies: number;
}

export interface Trial {
  readonly subscriptionId: string;
  readonly startedMonth: Month;
  /** null while it runs. */
  readonly endedMonth: Month | null;
  readonly isConverted: boolean;
}

export interface Caveat {
  readonly kind: 'change-undated' | 'rate-missing' | 'price-unknown';
  readonly objectId: string;
  readonly fromMonth: string;
  readonly toMonth: string;
}

export interface CustomerRevenue {
  readonly movements: readonly PolicyMovement[];
  /** Under the standard policy. */
  readonly items: readonly KeptItem[];
  readonly trials: readonly Trial[];
  readonly caveats: readonly Caveat[];
  /** Up to and including this moment the same objects give the same rows; null: for ever. */
  readonly standsUntilAt: Instant | null;
  /** Currencies that are converted, each with the last day whose rate may count. */
  readonly lastRateDays: ReadonlyMap<string, LocalDate>;
}

export interface CustomerTerms extends Omit<MrrTerms, 'policy'> {
  readonly dayEnds: DayEnds;
  /** The last moment of the running month. */
  readonly runningMonthEndsAt: Instant;
}

/** One customer's items, each as rebuilt under a policy. */
export function stretchesUnder(preset: PolicyPreset, histories: readonly ItemHistory[], terms: CustomerTerms): ItemRebuild[] {
  return histories.map((history) => rebuildItem(history, { ...terms, policy: preset }));
}

/** @param histories every item the customer was ever billed for or has now. @param subscriptions every subscription of the customer. */
export function customerRevenue(histories: readonly ItemHistory[], subscriptions: readonly ItemHistory['subscription'][], names: Pick<CauseNames, 'endReasonOf'>, terms: CustomerTerms): CustomerRevenue {
  const underStandard = stretchesUnder(standard, histories, terms);
  const variants = new Map<ItemRebuild[], number>([[underStandard, standard.bit]]);
  for (const preset of policyPresets) {
    if (preset === standard) continue;
    if (!differsUnder(preset, histories)) variants.set(underStandard, (variants.get(underStandard) ?? 0) | preset.bit);
    else variants.set(stretchesUnder(preset, histories, terms), preset.bit);
  }
  const movementTerms = { zone: terms.zone, functionalCurrency: terms.functionalCurrency, dayEnds: terms.dayEnds, names: { ...names, planOf: (priceId: string) => `{${priceId}}` } };
  const parts = [...variants].map(([rebuilds, bits]) => movementPartsOf(rebuilds.flatMap(({ stretches }) => stretches), movementTerms).map((part): PolicyMovement => ({ ...part, policies: bits })));
  const all = [...variants.keys()].flatMap((rebuilds) => rebuilds.flatMap(({ stretches }) => stretches));
  const counted = underStandard.flatMap(({ stretches }) => stretches);
  return {
    movements: togetherUnderPolicies(parts), items: keptItemsOf(counted, terms.priceOf), trials: subscriptions.flatMap((subscription) => trialOf(subscription, counted, terms)), caveats: caveatsOf(histories, underStandard, terms),
    standsUntilAt: standsUntil(all, subscriptions, terms), lastRateDays: lastRateDaysOf(all, terms),
  };
}

/** What is the same under several policies stands once, with all their bits. Most customers are the same under each: then there is nothing to put together. */
function togetherUnderPolicies(variants: readonly (readonly PolicyMovement[])[]): readonly PolicyMovement[] {
  const [only, ...others] = variants;
  if (only === undefined || others.length === 0) return only ?? [];
  const movements = new Map<string, PolicyMovement>();
  for (const movement of variants.flat()) {
    const key = JSON.stringify({ ...movement, policies: 0 });
    movements.set(key, { ...movement, policies: (movements.get(key)?.policies ?? 0) | movement.policies });
  }
  return [...movements.values()];
}

const standard = policyPresets[0] as PolicyPreset;

/** Whether anything of a customer is touched by what sets a policy apart. */
function differsUnder(preset: PolicyPreset, histories: readonly ItemHistory[]): boolean {
  if (preset.pastDue === 'dropped') return histories.some(({ lines }) => lines.some((line) => line.pastDue));
  return histories.some(({ lines, present }) => {
    const discount = present?.discount ?? null;
    return lines.some((line) => (line.discountMinor ?? 0) !== 0 || line.foreverPercentOff !== '0') || discount === null || discount.foreverPercentOff !== '0' || (discount.foreverOffMinor ?? 0) !== 0;
  });
}

function trialOf({ id, status, trialStartAt, trialEndAt, endedAt }: ItemHistory['subscription'], stretches: readonly MrrStretch[], { zone, nowAt }: CustomerTerms): Trial[] {
  if (trialStartAt === null || trialEndAt === null || trialStartAt > nowAt || status === 'incomplete' || status === 'incomplete_expired') return [];
  const trialOverAt = Math.min(trialEndAt, endedAt ?? trialEndAt);
  const isConverted = stretches.some((stretch) => stretch.subscriptionId === id && stretch.mrr > 0 && stretch.startsAt < nowAt && stretch.endsAt > trialEndAt);
  return [{ subscriptionId: id, startedMonth: zone.monthOf(trialStartAt), endedMonth: trialOverAt <= nowAt ? zone.monthOf(trialOverAt) : null, isConverted: isConverted && trialOverAt <= nowAt }];
}

function caveatsOf(histories: readonly ItemHistory[], rebuilds: readonly ItemRebuild[], { zone, nowAt }: CustomerTerms): Caveat[] {
  const caveats = new Map<string, Caveat>();
  const add = (caveat: Caveat): void => {
    const key = caveat.kind === 'change-undated' ? `${caveat.objectId} ${caveat.fromMonth}` : caveat.objectId;
    const standing = caveats.get(key);
    caveats.set(key, standing ? { ...caveat, fromMonth: standing.fromMonth < caveat.fromMonth ? standing.fromMonth : caveat.fromMonth, toMonth: standing.toMonth > caveat.toMonth ? standing.toMonth : caveat.toMonth } : caveat);
  };
  for (const [index, { undated, stretches, unknownPriceIds }] of rebuilds.entries()) {
    for (const { from, until } of undated) if (until > from) add({ kind: 'change-undated', objectId: histories[index]?.subscription.id ?? '', fromMonth: zone.monthOf(from), toMonth: zone.monthOf(until - 1) });
    for (const { rate, mrr, currency, startsAt, endsAt } of stretches) {
      if (rate === null && mrr !== 0 && startsAt < nowAt) add({ kind: 'rate-missing', objectId: currency, fromMonth: zone.monthOf(startsAt), toMonth: monthOf(zone.dateOf(Math.min(endsAt, nowAt) - 1)) });
    }
    for (const priceId of unknownPriceIds) add({ kind: 'price-unknown', objectId: priceId, fromMonth: '0000-01', toMonth: '9999-12' });
  }
  return [...caveats.values()];
}

function standsUntil(stretches: readonly MrrStretch[], subscriptions: readonly ItemHistory['subscription'][], { nowAt, runningMonthEndsAt }: CustomerTerms): Instant | null {
  const moments = [...stretches.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt]), ...subscriptions.flatMap(({ trialStartAt, trialEndAt, endedAt }) => [trialStartAt, trialEndAt, endedAt])];
  // What a living subscription shows now settles the running month only.
  if (subscriptions.some(({ endedAt }) => endedAt === null)) moments.push(runningMonthEndsAt);
  let next: Instant | null = null;
  for (const moment of moments) if (moment !== null && moment >= nowAt && (next === null || moment < next)) next = moment;
  return next;
}

function lastRateDaysOf(stretches: readonly MrrStretch[], { zone, functionalCurrency }: CustomerTerms): Map<string, LocalDate> {
  const days = new Map<string, LocalDate>();
  for (const { currency, startsAt } of stretches) {
    if (currency === functionalCurrency) continue;
    const day = zone.dateOf(startsAt);
    if (day > (days.get(currency) ?? '')) days.set(currency, day);
  }
  return days;
}
