/**
 * What of an invoice is earned by the end of a day: straight-line by day, less what was taken back (domain.md §7, Recognition). Pure.
 *
 * What is taken back (a refund, a credit note, a void, a dispute) takes a part of what was unearned on its day. From then on the line earns that much
 * less, day by day, so that deferred revenue ends at exactly zero whatever happened in between. Everything is cumulative: a month gets what is earned by
 * its end less what was recognised before, so that a fact which came too late for its month is made up for in the next open one.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { convertMinorUnits, minorUnits, mulDiv } from '../../shared/money/money.ts';
import { divideRounded } from '../../shared/money/rounding.ts';
import { earnedByDay, unearnedByDay, type ServicePeriod } from '../../shared/money/straight-line.ts';

export interface DeferredLine {
  readonly id: string;
  /** What was deferred for it; negative for a proration that gives back. */
  readonly netMinor: number;
  readonly period: ServicePeriod;
  readonly revenueAccount: string;
}

/** What moved deferred revenue of an invoice after its finalisation. */
export interface DeferralMovement {
  /** The day it stands in the books. */
  readonly bookedOn: LocalDate;
  /** The day as on which it was split into earned and unearned: of a reinstated dispute, the day of the dispute. */
  readonly splitOn: LocalDate;
  /** Taken from deferred revenue; negative when it was given back. */
  readonly takenMinor: number;
  readonly takenFunctionalMinor: number;
}

export interface Deferral {
  readonly invoiceId: string;
  /** The day it was put into the books; what was earned before is earned on it. */
  readonly bookedOn?: LocalDate;
  readonly customerId: string | null;
  readonly currency: string;
  /** The rate the invoice was booked at; null in functional currency. */
  readonly rate: string | null;
  /** What was deferred in all, in functional currency, as it was booked. */
  readonly functionalMinor: number;
  readonly lines: readonly DeferredLine[];
  readonly movements: readonly DeferralMovement[];
}

/** An amount of a line in its own and in functional currency. */
export interface LineAmount {
  readonly minor: number;
  readonly functionalMinor: number;
}

/** Splits a total by signed weights so that the parts sum to it exactly; weights that sum to zero leave it to the last part. */
export function spread(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  let weightSoFar = 0;
  let given = 0;
  return weights.map((weight, index) => {
    weightSoFar += weight;
    const upTo = index === weights.length - 1 ? total : sum === 0 ? 0 : Number(divideRounded(BigInt(total) * BigInt(weightSoFar), BigInt(sum), 'half-away-from-zero'));
    const part = upTo - given;
    given = upTo;
    return minorUnits(part);
  });
}

/** What each line deferred in functional currency: by the invoice's rate, the last line so that all sum to what was booked. */
function functionalOfLines({ lines, currency, rate, functionalMinor }: Deferral, functionalCurrency: string): number[] {
  if (rate === null) return lines.map((line) => line.netMinor);
  let left = functionalMinor;
  return lines.map((line, index) => {
    const own = index === lines.length - 1 ? left : convertMinorUnits(line.netMinor, currency, functionalCurrency, rate, 'half-away-from-zero');
    left -= own;
    return own;
  });
}

/** What of a part that was unearned on one day is still unearned on a later one. */
const stillUnearned = (part: number, unearnedThen: number, unearnedNow: number): number => (unearnedThen === 0 ? 0 : mulDiv(part, unearnedNow, unearnedThen, 'half-away-from-zero'));

interface LineState {
  readonly earned: LineAmount;
  readonly rest: LineAmount;
}

/**
 * Each line of an invoice at the end of a day, as the books stand on that day: what it has earned, and what is still to be earned.
 * In the order of `deferral.lines`; over all lines, `rest` is what deferred revenue holds for the invoice.
 */
export function linesByDay(deferral: Deferral, functionalCurrency: string, on: LocalDate): LineState[] {
  const { lines } = deferral;
  const functional = functionalOfLines(deferral, functionalCurrency);
  const unearnedOn = (day: LocalDate): number[] => lines.map((line) => unearnedByDay(line.netMinor, line.period, day));
  const now = unearnedOn(on);
  const taken = lines.map(() => ({ minor: 0, functionalMinor: 0 }));
  const notToEarn = lines.map(() => ({ minor: 0, functionalMinor: 0 }));
  for (const movement of deferral.movements) {
    if (movement.bookedOn > on) continue;
    const then = unearnedOn(movement.splitOn);
    const parts = spread(movement.takenMinor, then);
    const functionalParts = spread(movement.takenFunctionalMinor, then);
    for (const index of lines.keys()) {
      const part = parts[index] ?? 0;
      const functionalPart = functionalParts[index] ?? 0;
      const left = { minor: stillUnearned(part, then[index] ?? 0, now[index] ?? 0), functionalMinor: stillUnearned(functionalPart, then[index] ?? 0, now[index] ?? 0) };
      add(taken[index], { minor: part, functionalMinor: functionalPart });
      add(notToEarn[index], { minor: part - left.minor, functionalMinor: functionalPart - left.functionalMinor });
    }
  }
  return lines.map((line, index) => {
    const deferred = { minor: line.netMinor, functionalMinor: functional[index] ?? 0 };
    const gone = taken[index] ?? { minor: 0, functionalMinor: 0 };
    const less = notToEarn[index] ?? { minor: 0, functionalMinor: 0 };
    const earned = { minor: earnedByDay(deferred.minor, line.period, on) - less.minor, functionalMinor: earnedByDay(deferred.functionalMinor, line.period, on) - less.functionalMinor };
    return { earned, rest: { minor: deferred.minor - gone.minor - earned.minor, functionalMinor: deferred.functionalMinor - gone.functionalMinor - earned.functionalMinor } };
  });
}

function add(sum: { minor: number; functionalMinor: number } | undefined, amount: LineAmount): void {
  if (!sum) return;
  sum.minor += amount.minor;
  sum.functionalMinor += amount.functionalMinor;
}
