/** What a question about revenue asks for, checked and completed: months, policy, currency and segment. Nothing here writes. */
import { addMonths, month as readMonth, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { presetOf, type MrrPolicyName, type PolicyPreset } from '../revenue/mrr-policy.ts';
import type { MonthRange } from './revenue-measure-calculation.ts';
import type { SumScope } from './revenue-sum-scope.ts';
import { findSumsStanding, isCountryKnown, isPlanKnown } from './revenue-sums.queries.ts';

export interface ViewAsked {
  readonly policy: MrrPolicyName;
  readonly currency?: string | undefined;
  readonly isConverted?: boolean | undefined;
  readonly plan?: string | undefined;
  readonly country?: string | undefined;
}
export interface RangeAsked {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface View {
  readonly preset: PolicyPreset;
  /** null: converted. */
  readonly native: string | null;
  /** What the money of MRR is in. */
  readonly currency: string;
  readonly scope: SumScope;
  readonly isSegment: boolean;
}

export interface RevenueViewsDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly settings: () => { readonly functionalCurrency: string; readonly reportingTimeZone: string };
}

export interface RevenueViews {
  zone(): TimeZone;
  runningMonth(): Month;
  functionalCurrency(): string;
  /** When the sums were last brought up to now. @throws StateError `mrr-not-rebuilt` before the first time. */
  asOf(): number;
  /** @throws ValidationError `month-in-future`, `month-invalid`. */
  month(asked: string | undefined): Month;
  /** @param months how many up to the last, where no first one is named. @throws ValidationError `month-in-future`, `range-invalid`, `range-too-long`. */
  range(asked: RangeAsked, months: number): MonthRange;
  /** @throws ValidationError `plan-unknown`, `country-unknown`: nothing of what is not there would look like no revenue. */
  view(asked: ViewAsked): View;
}

const mostMonths = 240;
const earliestMonth = '1970-01' as Month;

/** @throws ValidationError `month-invalid` for what is no month, or one before there was anything to book: what it is compared with would have no calendar. */
export function readBookableMonth(text: string): Month {
  const month = readMonth(text);
  if (month < earliestMonth) throw new ValidationError('month-invalid', `${month} lies before ${earliestMonth}: there are no books of it.`, { data: { month, earliestMonth }, nextStep: 'Choose a month since the first payment.' });
  return month;
}

export function createRevenueViews({ readable, clock, settings }: RevenueViewsDependencies): RevenueViews {
  let known: TimeZone | null = null;
  /** Made once for each name: a zone remembers what it worked out. */
  function zone(): TimeZone {
    const { reportingTimeZone } = settings();
    if (known?.name !== reportingTimeZone) known = new TimeZone(reportingTimeZone);
    return known;
  }
  const runningMonth = (): Month => zone().monthOf(clock.now());

  function month(asked: string | undefined): Month {
    const running = runningMonth();
    if (asked === undefined) return running;
    const named = readBookableMonth(asked);
    if (named > running) throw new ValidationError('month-in-future', `${named} has not begun: the running month is ${running}.`, { data: { month: named, running }, nextStep: 'Choose a month up to the running one.' });
    return named;
  }

  return {
    zone,
    runningMonth,
    functionalCurrency: () => settings().functionalCurrency,
    asOf() {
      const standing = findSumsStanding(readable);
      if (!standing) throw new StateError('mrr-not-rebuilt', 'MRR has not been worked out yet.', { nextStep: 'Sync Stripe, then run “Rebuild MRR” under Jobs.' });
      return standing.asOfAt;
    },
    month,
    range({ from, to }, months) {
      const last = month(to);
      const first = from === undefined ? addMonths(last, 1 - months) : month(from);
      if (first > last) throw new ValidationError('range-invalid', `The range begins in ${first}, after its end in ${last}.`, { nextStep: 'Swap the two months.' });
      if (monthsFromTo(first, last).length > mostMonths) throw new ValidationError('range-too-long', `${first} to ${last} are more than ${mostMonths} months.`, { data: { first, last, mostMonths }, nextStep: 'Choose a shorter range.' });
      return { from: first, to: last };
    },
    view({ policy, currency, isConverted, plan, country }) {
      const preset = presetOf(policy);
      if (plan !== undefined && !isPlanKnown(readable, plan)) throw new ValidationError('plan-unknown', `There is no plan ${plan}.`, { data: { plan }, nextStep: 'Choose a plan of the list; a plan’s id is that of its price at Stripe.' });
      if (country !== undefined && !isCountryKnown(readable, country)) throw new ValidationError('country-unknown', `No customer is in a country ${country}.`, { data: { country }, nextStep: 'Choose a country of the list; its code has two capital letters, such as DE.' });
      const native = isConverted ? null : (currency ?? null);
      return {
        preset, native, currency: native ?? settings().functionalCurrency, isSegment: plan !== undefined || country !== undefined || (isConverted === true && currency !== undefined),
        scope: { policyBit: preset.bit, plan: plan ?? null, country: country ?? null, currency: currency ?? '*', isConverted: isConverted === true },
      };
    },
  };
}
