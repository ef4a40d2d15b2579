/**
 * The read models of the Revenue workspace (shared/api/revenue-measures.contract.ts): overview, months, breakdowns, cohorts and policies, all out of kept sums.
 */
import type { z } from 'zod';
import type { breakdownRowSchema, cohortRowSchema, measureCardSchema, measureMonthSchema } from '../../shared/api/revenue-measures.contract.ts';
import { addMonths, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { policyPresets, rulesInWords, type MrrPolicyName } from '../revenue/mrr-policy.ts';
import { comparedRange, stretchOf, type MonthRange, type Stretch } from './revenue-measure-calculation.ts';
import { measuresOf, type Measure, type MeasureData } from './revenue-measure-list.ts';
import type { MemberMove, MonthMove } from './revenue-sum-scope.ts';
import { readMoneyMonths } from './revenue-money.queries.ts';
import { basisPoints } from './revenue-ratios.ts';
import { countDifferingCustomers } from './revenue-lists.queries.ts';
import * as sums from './revenue-sums.queries.ts';
import { createRevenueViews, type RangeAsked, type RevenueViewsDependencies, type View, type ViewAsked } from './revenue-view.ts';

type Card = z.infer<typeof measureCardSchema>;
type MeasureMonth = z.infer<typeof measureMonthSchema>;
export type BreakdownRow = z.infer<typeof breakdownRowSchema>;
type CohortRow = z.infer<typeof cohortRowSchema>;

export interface Head {
  readonly asOf: number;
  readonly policy: MrrPolicyName;
  readonly currency: string;
  readonly caveats: string[];
}
interface PolicyFigures {
  readonly policy: MrrPolicyName;
  readonly title: string;
  readonly rules: { name: string; value: string }[];
  readonly measures: Measure[];
}

export interface RevenueMeasures {
  choices(): { policies: Omit<PolicyFigures, 'measures'>[]; functionalCurrency: string; currencies: string[]; plans: { id: string; name: string }[]; countries: { code: string; name: string }[]; firstMonth: Month | null; runningMonth: Month };
  overview(asked: RangeAsked & ViewAsked & { compare?: 'previous-period' | 'previous-year' | undefined }): Head & { period: MonthRange; comparedPeriod: MonthRange | null; isRunning: boolean; cards: Card[] };
  monthly(asked: RangeAsked & ViewAsked): Head & { months: MeasureMonth[] };
  breakdown(asked: RangeAsked & ViewAsked & { by: 'plan' | 'country' | 'currency' }): Head & { period: MonthRange; rows: BreakdownRow[]; total: BreakdownRow };
  cohorts(asked: RangeAsked & ViewAsked): Head & { rows: CohortRow[] };
  /** What the figures of a period are worked out from, and what is incomplete in it. */
  dataFor(asked: ViewAsked, period: MonthRange): { data: MeasureData; caveats: string[] };
  policies(asked: { month?: string | undefined }): { asOf: number; month: Month; policies: PolicyFigures[]; customersThatDiffer: number };
}

const months = 12;

/**
 * ValidationError `month-in-future`, `range-invalid`; StateError `mrr-not-rebuilt` before the sums were first worked out.
 */
export function createRevenueMeasures(dependencies: RevenueViewsDependencies): RevenueMeasures {
  const { readable } = dependencies;
  const views = createRevenueViews(dependencies);

  function dataOf(view: View, { from, to }: MonthRange): MeasureData {
    return {
      currency: view.currency, isSegment: view.isSegment, moves: sums.readScope(readable, view.scope, to), trials: sums.readTrialMonths(readable, from, to),
      outcomes: sums.readOutcomeMonths(readable, from, to).filter(({ currency }) => view.native === null || currency === view.native), money: readMoneyMonths(readable, from, to, views.functionalCurrency(), view.native),
    };
  }

  function headOf(view: View, { from, to }: MonthRange, data?: MeasureData): Head {
    const unconverted = [...(data?.money.withoutRate ?? [])].flatMap(([currency, inMonths]) => {
      const shown = [...inMonths].filter((month) => month >= from && month <= to);
      return shown.length === 0 ? [] : [`Payments in ${currency.toUpperCase()} in ${shown.join(', ')} have no exchange rate on or before their day: converted they count 0.`];
    });
    return { asOf: views.asOf(), policy: view.preset.name, currency: view.currency, caveats: [...sums.readCaveats(readable, from, to), ...unconverted] };
  }

  function overview(asked: Parameters<RevenueMeasures['overview']>[0]): ReturnType<RevenueMeasures['overview']> {
    const view = views.view(asked);
    const period = views.range(asked, 1);
    const compared = asked.compare === undefined ? null : comparedRange(period, asked.compare);
    const lined = monthsFromTo(addMonths(period.to, 1 - months), period.to);
    const first = [period.from, lined[0] ?? period.from, ...(compared ? [compared.from] : [])].sort()[0] ?? period.from;
    const data = dataOf(view, { from: first, to: period.to });
    const figures = measuresOf(data, period).measures;
    const before = compared && measuresOf(data, compared).measures;
    const line = lined.map((month) => ({ month, measures: measuresOf(data, { from: month, to: month }).measures }));
    const cards = figures.map((measure, index): Card => {
      const comparedValue = before?.[index]?.value ?? null;
      const difference = measure.value === null || comparedValue === null ? null : measure.value - comparedValue;
      return {
        ...measure, comparedValue, difference, change: difference === null || comparedValue === null || measure.unit === 'basis-points' ? null : basisPoints(difference, Math.abs(comparedValue)),
        sparkline: line.map(({ month, measures }) => ({ month, value: measures[index]?.value ?? null })),
      };
    });
    return { ...headOf(view, period, data), period, comparedPeriod: compared, isRunning: period.to === views.runningMonth(), cards };
  }

  function monthly(asked: RangeAsked & ViewAsked): ReturnType<RevenueMeasures['monthly']> {
    const view = views.view(asked);
    const period = views.range(asked, months);
    const data = dataOf(view, period);
    const running = views.runningMonth();
    const rows = monthsFromTo(period.from, period.to).map((month): MeasureMonth => {
      const { stretch, measures } = measuresOf(data, { from: month, to: month });
      return { month, isRunning: month === running, measures, startMinor: stretch.startMinor, endMinor: stretch.endMinor, customersAtStart: stretch.customersAtStart };
    });
    return { ...headOf(view, period, data), months: rows };
  }

  function membersOf(view: View, by: 'plan' | 'country' | 'currency', range: MonthRange): { of: Map<string, MemberMove[]>; amountOf: (move: MonthMove) => number } {
    const { scope } = view;
    const isInFunctional = view.native === null;
    if (by === 'currency') return { of: Map.groupBy(sums.readCurrencies(readable, scope, range), ({ currency }) => currency), amountOf: (move) => (isInFunctional ? move.functionalMinor : move.amountMinor) };
    return { of: Map.groupBy(sums.readMembers(readable, scope, by, range), ({ member }) => member), amountOf: (move) => move.amountMinor };
  }

  function breakdown(asked: Parameters<RevenueMeasures['breakdown']>[0]): ReturnType<RevenueMeasures['breakdown']> {
    const view = views.view(asked);
    const period = views.range(asked, 1);
    const { of, amountOf } = membersOf(view, asked.by, period);
    const whole = stretchOf(sums.readScope(readable, view.scope, period.to), period.from, period.to);
    const names = asked.by === 'plan' ? sums.readPlanNames(readable, [...of.keys()]) : null;
    const rows = [...of].flatMap(([member, moves]): BreakdownRow[] => {
      const stretch = stretchOf(moves, period.from, period.to, amountOf);
      if (moves.every(({ month }) => month < period.from) && stretch.endMinor === 0 && stretch.customersAtEnd === 0) return [];
      const native = asked.by === 'currency' ? { amount: stretchOf(moves, period.from, period.to).endMinor, currency: member } : null;
      return [rowOf(member, nameOf(asked.by, member, names), stretch, whole.endMinor, native)];
    });
    rows.sort((a, b) => b.endMinor - a.endMinor || (a.member < b.member ? -1 : 1));
    return { ...headOf(view, period), period, rows, total: rowOf('', 'All', whole, whole.endMinor, null) };
  }

  function cohorts(asked: RangeAsked & ViewAsked): ReturnType<RevenueMeasures['cohorts']> {
    const view = views.view({ policy: asked.policy, currency: asked.currency });
    const period = views.range(asked, months);
    const running = views.runningMonth();
    const rows = [...Map.groupBy(sums.readCohorts(readable, view.scope, period), ({ cohort }) => cohort)].map(([cohort, moved]): CohortRow => {
      const byMonth = new Map(moved.map((row) => [row.month, row]));
      const size = byMonth.get(cohort)?.firsts ?? 0;
      const atFirst = byMonth.get(cohort)?.amountMinor ?? 0;
      let [mrrMinor, customers] = [0, 0];
      const cells = monthsFromTo(cohort, running).map((month, offset) => {
        mrrMinor += byMonth.get(month)?.amountMinor ?? 0;
        customers += byMonth.get(month)?.customers ?? 0;
        return { offset, customers, mrrMinor, logoRetention: basisPoints(customers, size), revenueRetention: basisPoints(mrrMinor, atFirst) };
      });
      return { cohort, customers: size, cells };
    });
    return { ...headOf(view, period), rows };
  }

  return {
    choices: () => ({
      policies: policyPresets.map((preset) => ({ policy: preset.name, title: preset.title, rules: rulesInWords(preset) })), functionalCurrency: views.functionalCurrency(), currencies: sums.listCurrencies(readable),
      plans: planChoices(), countries: sums.listMembers(readable, 'country').map((code) => ({ code, name: countryName(code) })), firstMonth: sums.findFirstRevenueMonth(readable), runningMonth: views.runningMonth(),
    }),
    overview,
    monthly,
    breakdown,
    cohorts,
    dataFor(asked, period) {
      const view = views.view(asked);
      const data = dataOf(view, period);
      return { data, caveats: headOf(view, period, data).caveats };
    },
    policies(asked) {
      const month = views.month(asked.month);
      const figures = policyPresets.map((preset): PolicyFigures => {
        const { measures } = measuresOf(dataOf(views.view({ policy: preset.name }), { from: month, to: month }), { from: month, to: month });
        return { policy: preset.name, title: preset.title, rules: rulesInWords(preset), measures };
      });
      return { asOf: views.asOf(), month, policies: figures, customersThatDiffer: countDifferingCustomers(readable, month) };
    },
  };

  function planChoices(): { id: string; name: string }[] {
    const ids = sums.listMembers(readable, 'plan');
    const names = sums.readPlanNames(readable, ids);
    return ids.map((id) => ({ id, name: names.get(id) ?? id })).sort((a, b) => a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1));
  }
}

function rowOf(member: string, name: string, stretch: Stretch, wholeMinor: number, native: BreakdownRow['native']): BreakdownRow {
  const { startMinor, newMinor, expansionMinor, contractionMinor, churnMinor, reactivationMinor, exchangeRateMinor, endMinor } = stretch;
  return { member, name, startMinor, newMinor, expansionMinor, contractionMinor, churnMinor, reactivationMinor, exchangeRateMinor, endMinor, share: basisPoints(endMinor, wholeMinor), customers: stretch.customersAtEnd, native };
}

function nameOf(by: 'plan' | 'country' | 'currency', member: string, plans: ReadonlyMap<string, string> | null): string {
  if (by === 'plan') return plans?.get(member) ?? member;
  return by === 'currency' ? member.toUpperCase() : countryName(member);
}

const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

/** A country's name in English; a code that is none stands for itself. */
export function countryName(code: string): string {
  if (code === '') return 'Unknown';
  return /^[A-Za-z]{2}$/.test(code) ? (regions.of(code.toUpperCase()) ?? code) : code;
}
