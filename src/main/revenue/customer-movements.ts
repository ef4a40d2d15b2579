/**
 * What moved a customer's MRR, by day and kind, in parts by price and currency, so that every plan and currency has its own start, movements and end (domain.md §7).
 * The kind is the customer's: who goes from one plan to another contracts or expands, and neither plan has a churn. Pure.
 */
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import { convertMinorUnits } from '../../shared/money/money.ts';
import { describeCause } from './mrr-movement-cause.ts';
import type { MrrMovementKind } from './mrr-movement-kind.ts';
import type { MovementTerms } from './movement-terms.ts';
import { isInForceJustBefore, type MrrStretch } from './mrr-segments.ts';

export interface MovementPart {
  readonly day: LocalDate;
  readonly kind: MrrMovementKind;
  readonly priceId: string;
  readonly currency: string;
  /** Signed, functional currency. */
  readonly amountMinor: number;
  /** Signed, in the part's own currency; 0 for what only the exchange rate did. */
  readonly nativeMinor: number;
  readonly cause: string;
  readonly subscriptionId: string | null;
  readonly invoiceId: string | null;
}

type State = ReadonlyMap<string, MrrStretch>;

/** Moves of one customer under one policy, in order of time. What has no exchange rate moves only its own currency. */
export function movementPartsOf(stretches: readonly MrrStretch[], terms: MovementTerms): MovementPart[] {
  const days = new Set<LocalDate>();
  for (const stretch of stretches) days.add(terms.zone.dateOf(stretch.startsAt)).add(terms.zone.dateOf(stretch.endsAt));
  const parts: MovementPart[] = [];
  let before: State = new Map();
  let lastDayWithMrr: LocalDate | null = null;
  let wasCustomer = false;
  for (const day of [...days].sort()) {
    if (day > terms.dayEnds.today) break;
    const after = stateAt(stretches, terms.dayEnds.endOf(day));
    parts.push(...partsOfDay({ day, before, after, lastDayWithMrr, wasCustomer }, terms));
    if (totalOf(before) > 0) lastDayWithMrr = addDays(day, -1);
    if (totalOf(after) > 0) lastDayWithMrr = day;
    if (after.size > 0) wasCustomer = true;
    before = after;
  }
  return parts;
}

function stateAt(stretches: readonly MrrStretch[], moment: number): State {
  const state = new Map<string, MrrStretch>();
  for (const stretch of stretches) {
    const isWorthSomething = stretch.functionalMrr !== 0 || (stretch.rate === null && stretch.mrr !== 0);
    if (isWorthSomething && isInForceJustBefore(stretch, moment)) state.set(stretch.subscriptionItemId, stretch);
  }
  return state;
}

function totalOf(state: State): number {
  let total = 0;
  for (const stretch of state.values()) total += stretch.functionalMrr;
  return total;
}

interface Day {
  readonly day: LocalDate;
  readonly before: State;
  readonly after: State;
  readonly lastDayWithMrr: LocalDate | null;
  readonly wasCustomer: boolean;
}

interface Sums {
  readonly priceId: string;
  readonly currency: string;
  rest: number;
  exchange: number;
  native: number;
}

function partsOfDay(change: Day, terms: MovementTerms): MovementPart[] {
  const sums = sumsByPrice(change, terms.functionalCurrency);
  const kind = kindOf(change, sums);
  const partsOf = (kind: MrrMovementKind, amountOf: (sum: Sums) => number, nativeOf: (sum: Sums) => number): MovementPart[] => {
    const moved = sums.filter((sum) => amountOf(sum) !== 0 || nativeOf(sum) !== 0);
    if (moved.length === 0) return [];
    const cause = describeCause(kind, change, terms.names);
    return moved.map((sum) => ({ day: change.day, kind, priceId: sum.priceId, currency: sum.currency, amountMinor: amountOf(sum), nativeMinor: nativeOf(sum), ...cause }));
  };
  return [...partsOf(kind, (sum) => sum.rest, (sum) => sum.native), ...partsOf('exchange-rate', (sum) => sum.exchange, () => 0)];
}

/** What items lost stands with their old price, what they gained with their new one; the exchange rate moves what was there before. */
function sumsByPrice({ before, after }: Day, functionalCurrency: string): Sums[] {
  const sums = new Map<string, Sums>();
  const of = ({ priceId, currency }: MrrStretch): Sums => {
    const key = `${priceId} ${currency}`;
    let sum = sums.get(key);
    if (!sum) sums.set(key, (sum = { priceId, currency, rest: 0, exchange: 0, native: 0 }));
    return sum;
  };
  for (const [item, old] of before) {
    const next = after.get(item);
    if (next === old) continue;
    const exchange = next === undefined ? 0 : exchangeImpact(old, next, functionalCurrency);
    const sum = of(old);
    sum.exchange += exchange;
    sum.rest -= old.functionalMrr + exchange;
    sum.native -= old.mrr;
  }
  for (const [item, next] of after) {
    if (before.get(item) === next) continue;
    const sum = of(next);
    sum.rest += next.functionalMrr;
    sum.native += next.mrr;
  }
  return [...sums.values()];
}

function exchangeImpact(old: MrrStretch, next: MrrStretch, functionalCurrency: string): number {
  if (next.currency !== old.currency || next.rate === null || old.rate === null || next.rate === old.rate) return 0;
  return convertMinorUnits(old.mrr, old.currency, functionalCurrency, next.rate, 'half-away-from-zero') - old.functionalMrr;
}

function kindOf({ before, after, lastDayWithMrr, wasCustomer }: Day, sums: readonly Sums[]): MrrMovementKind {
  const start = totalOf(before);
  const end = totalOf(after);
  if (start === 0 && end > 0) return lastDayWithMrr === null ? 'new' : 'reactivation';
  if (end === 0 && start > 0) return 'churn';
  const rest = sums.reduce((sum, { rest }) => sum + rest, 0);
  if (rest !== 0) return rest > 0 ? 'expansion' : 'contraction';
  // Nothing moved in functional currency: the same worth on another plan, or what has no exchange rate.
  if (before.size === 0) return wasCustomer ? 'reactivation' : 'new';
  if (after.size === 0) return 'churn';
  return sums.reduce((sum, { native }) => sum + native, 0) < 0 ? 'contraction' : 'expansion';
}
