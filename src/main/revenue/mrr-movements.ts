/**
 * What moved MRR, per customer and local day, net (domain.md §7): the state at the end of a day against the end of the day before. What only the
 * exchange rate did stands apart; start + Σ = end by construction.
 */
import { addDays, endOf, monthOf, monthsFromTo, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import type { Instant, TimeZone } from '../../shared/calendar/time-zone.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import { addMinorUnits, convertMinorUnits, minorUnits, type MinorUnits } from '../../shared/money/money.ts';
import { describeCause, type CauseNames } from './mrr-movement-cause.ts';
import type { MrrMovementKind } from './mrr-movement-kind.ts';
import { isInForceJustBefore, type MrrStretch } from './mrr-segments.ts';

export interface MrrMovement {
  readonly customerId: string;
  readonly day: LocalDate;
  readonly month: Month;
  readonly kind: MrrMovementKind;
  /** Signed, functional currency: contraction and churn are negative. */
  readonly amount: MinorUnits;
  readonly cause: string;
  readonly subscriptionId: string | null;
  readonly invoiceId: string | null;
}

export interface MonthEnd {
  readonly month: Month;
  /** The stretches in force at the month's exclusive end (or now) that are worth something. */
  readonly inForce: readonly MrrStretch[];
}

export interface CustomerHistory {
  readonly movements: readonly MrrMovement[];
  readonly monthEnds: readonly MonthEnd[];
}

/** The exclusive end of a local day, cut at the present moment; remembered, because every customer asks for the same few hundred days. */
export interface DayEnds {
  readonly today: LocalDate;
  endOf(day: LocalDate): Instant;
}

export function createDayEnds(zone: TimeZone, nowAt: Instant): DayEnds {
  const today = zone.dateOf(nowAt);
  const known = new Map<LocalDate, Instant>([[today, nowAt]]);
  return {
    today,
    endOf(day) {
      let end = known.get(day);
      if (end === undefined) {
        end = zone.startOf(addDays(day, 1));
        known.set(day, end);
      }
      return end;
    },
  };
}

export interface MovementTerms {
  readonly zone: TimeZone;
  readonly functionalCurrency: CurrencyCode;
  /** From {@link createDayEnds}. */
  readonly dayEnds: DayEnds;
  readonly names: CauseNames;
}

/** Item → its stretch in force with a worth of its own. */
type State = ReadonlyMap<string, MrrStretch>;

/** The movements and month ends of one customer, from all of the customer's stretches. */
export function historyOfCustomer(stretches: readonly MrrStretch[], terms: MovementTerms): CustomerHistory {
  const { today } = terms.dayEnds;
  const days = new Set<LocalDate>();
  for (const stretch of stretches) {
    days.add(terms.zone.dateOf(stretch.startsAt));
    days.add(terms.zone.dateOf(stretch.endsAt));
  }
  const movements: MrrMovement[] = [];
  let before: State = new Map();
  let lastDayWithMrr: LocalDate | null = null;
  for (const day of [...days].sort()) {
    if (day > today) break;
    const after = stateAt(stretches, terms.dayEnds.endOf(day));
    movements.push(...movementsOfDay(day, before, after, lastDayWithMrr, terms));
    if (totalOf(before) > 0) lastDayWithMrr = addDays(day, -1);
    if (totalOf(after) > 0) lastDayWithMrr = day;
    before = after;
  }
  return { movements, monthEnds: monthEndsOf(stretches, terms) };
}

function stateAt(stretches: readonly MrrStretch[], moment: Instant): State {
  const state = new Map<string, MrrStretch>();
  for (const stretch of stretches) {
    // What rounds to nothing in functional currency is no MRR: its rate cannot move it, and a customer with nothing else is not one yet.
    if (stretch.functionalMrr !== 0 && isInForceJustBefore(stretch, moment)) state.set(stretch.subscriptionItemId, stretch);
  }
  return state;
}

function totalOf(state: State): MinorUnits {
  let total = 0;
  for (const stretch of state.values()) total += stretch.functionalMrr;
  return minorUnits(total);
}

function movementsOfDay(day: LocalDate, before: State, after: State, lastDayWithMrr: LocalDate | null, terms: MovementTerms): MrrMovement[] {
  const start = totalOf(before);
  const end = totalOf(after);
  const exchange = exchangeRateImpact(before, after, terms.functionalCurrency);
  const rest = addMinorUnits(end, -start, -exchange);
  const movement = (kind: MrrMovementKind, amount: MinorUnits): MrrMovement[] => {
    if (amount === 0) return [];
    const cause = describeCause(kind, { before, after, day, lastDayWithMrr }, terms.names);
    return [{ customerId: customerOf(before, after), day, month: monthOf(day), kind, amount, ...cause }];
  };
  return [...movement(kindOf(start, end, rest, lastDayWithMrr !== null), rest), ...movement('exchange-rate', exchange)];
}

function kindOf(start: number, end: number, rest: number, hadMrrBefore: boolean): MrrMovementKind {
  if (start === 0 && end > 0) return hadMrrBefore ? 'reactivation' : 'new';
  if (end === 0 && start > 0) return 'churn';
  return rest > 0 ? 'expansion' : 'contraction';
}

/** Σ over items worth something on both sides: the worth before at the new rate − at the old one. */
function exchangeRateImpact(before: State, after: State, functionalCurrency: CurrencyCode): MinorUnits {
  let impact = 0;
  for (const [item, old] of before) {
    const next = after.get(item);
    if (!next || next.currency !== old.currency || next.rate === null || old.rate === null || next.rate === old.rate) continue;
    impact += convertMinorUnits(old.mrr, old.currency, functionalCurrency, next.rate, 'half-away-from-zero') - old.functionalMrr;
  }
  return minorUnits(impact);
}

function customerOf(before: State, after: State): string {
  for (const state of [after, before]) {
    for (const stretch of state.values()) return stretch.customerId;
  }
  return '';
}

/** Looked up anew at each month's end, not carried over from the movements: the one proves the other. */
function monthEndsOf(stretches: readonly MrrStretch[], terms: MovementTerms): MonthEnd[] {
  const { today } = terms.dayEnds;
  const running = monthOf(today);
  let first: Month = running;
  for (const stretch of stretches) {
    const month = terms.zone.monthOf(stretch.startsAt);
    if (month < first) first = month;
  }
  return monthsFromTo(first, running).flatMap((month) => {
    const state = stateAt(stretches, terms.dayEnds.endOf(month === running ? today : addDays(endOf(month), -1)));
    return state.size > 0 ? [{ month, inForce: [...state.values()] }] : [];
  });
}
