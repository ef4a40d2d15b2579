/**
 * The read models of the Revenue screen and of `daybook revenue …` (shared/api/revenue.contract.ts). Nothing here writes.
 */
import type { z } from 'zod';
import type { revenueCardsSchema } from '../../shared/api/revenue.contract.ts';
import type { MoneyView, Why } from '../../shared/api/primitives.ts';
import { addMonths, type Month } from '../../shared/calendar/local-date.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { findFirstCashMonth, readCashMonths, type RevenueMonth } from './cash-revenue.queries.ts';
import { findMrrStanding, readMrrItems, readMrrMonths, type MovementKind, type MovementRow, type MrrItemRow, type MrrMonthView, type MrrStanding, type Sort, type WindowOf } from './mrr.queries.ts';
import { readMovementWindow } from './revenue-lists.queries.ts';
import { readPresentment, type PresentmentRow } from './presentment.queries.ts';
import { averageRevenuePerAccount, ratiosOf, twelveMonthRetention } from './revenue-ratios.ts';
import { createRevenueViews, readBookableMonth } from './revenue-view.ts';
import { explainFigure, type WhyFigure } from './revenue-why.ts';
import { readStripeFreshness } from './status.queries.ts';

export type RevenueCards = z.infer<typeof revenueCardsSchema>;

export interface RevenueQueriesDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly settings: () => { readonly functionalCurrency: string; readonly reportingTimeZone: string };
}

interface MonthRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

interface RowsWanted<Filter> {
  readonly startAt: number;
  readonly limit: number;
  readonly sort?: Sort | undefined;
  readonly filter?: Filter | undefined;
}

interface RowsGiven<Row> {
  readonly rows: Row[];
  readonly total: number;
  readonly sums: MoneyView[];
}

export interface RevenueQueries {
  cards(input: { month?: string | undefined }): RevenueCards;
  mrrSeries(input: MonthRange): { months: MrrMonthView[]; asOf: number | null };
  overview(input: { month?: string | undefined }): { month: Month; asOf: number | null; rows: RevenueMonth[] };
  breakdown(input: MonthRange): { months: RevenueMonth[]; asOf: number | null };
  presentment(input: MonthRange): { months: PresentmentRow[]; asOf: number | null };
  movements(input: RowsWanted<{ month: string; kind?: MovementKind | undefined; text?: string | undefined }>): RowsGiven<MovementRow>;
  mrrItems(input: RowsWanted<{ month: string; customerId?: string | undefined; text?: string | undefined }>): RowsGiven<MrrItemRow>;
  why(input: { figure: WhyFigure; month: string; currency?: string | undefined }): Why;
}

const byAmount: Sort = { column: 'amount', direction: 'descending' };

/**
 * Months of the future are refused: ValidationError `month-in-future`; an upside-down range: `range-invalid`. MRR of a month that the sums
 * do not reach yet: StateError `mrr-not-rebuilt`.
 */
export function createRevenueQueries({ readable, clock, settings }: RevenueQueriesDependencies): RevenueQueries {
  const views = createRevenueViews({ readable, clock, settings });
  const { runningMonth } = views;
  const findStanding = (): MrrStanding | undefined => findMrrStanding(readable, views.zone(), views.functionalCurrency());
  const cashAsOf = (): number | null => readStripeFreshness(readable);

  function known(text: string): Month {
    const month = readBookableMonth(text);
    const running = runningMonth();
    if (month > running) throw new ValidationError('month-in-future', `${month} has not begun: the running month is ${running}.`, { data: { month, running }, nextStep: 'Choose a month up to the running one.' });
    return month;
  }

  /** The month asked for, or the one the sums are of. */
  function mrrMonth(asked: string | undefined, standing: MrrStanding | undefined): Month {
    const reached = standing?.month ?? runningMonth();
    if (asked === undefined) return reached;
    const month = known(asked);
    if (month > reached) throw new StateError('mrr-not-rebuilt', `MRR was last worked out in ${reached}; ${month} has none yet.`, { data: { month, reached }, nextStep: 'Run “Rebuild MRR” under Jobs.' });
    return month;
  }

  function range({ from, to }: MonthRange, last: Month): { first: Month; last: Month } {
    const end = to === undefined ? last : known(to);
    const first = from === undefined ? addMonths(end, -11) : known(from);
    if (first > end) throw new ValidationError('range-invalid', `The range begins in ${first}, after its end in ${end}.`, { nextStep: 'Swap the two months.' });
    return { first, last: end };
  }

  const months = (from: Month, to: Month, standing: MrrStanding | undefined): MrrMonthView[] => (standing ? readMrrMonths(readable, from, to, standing, runningMonth()) : []);

  const nothingIn = (month: Month): MrrMonthView => ({
    month, currency: settings().functionalCurrency, startMinor: 0, newMinor: 0, expansionMinor: 0, contractionMinor: 0, churnMinor: 0, reactivationMinor: 0, exchangeRateMinor: 0, endMinor: 0, arrMinor: 0, customers: 0, isRunning: month === runningMonth(),
    undatedSubscriptionIds: [],
  });

  function cards(input: { month?: string | undefined }): RevenueCards {
    const standing = findStanding();
    const month = mrrMonth(input.month, standing);
    const before = addMonths(month, -1);
    const year = months(addMonths(month, -11), month, standing);
    const current = year.find((row) => row.month === month) ?? nothingIn(month);
    const previous = year.find((row) => row.month === before);
    const running = runningMonth();
    return {
      month, isRunning: month === running, asOf: standing?.asOfAt ?? cashAsOf() ?? clock.now(), current, previous: previous ?? null,
      ratios: { ...ratiosOf(current), previousNetChurn: previous ? ratiosOf(previous).netChurn : null, twelveMonthNetRevenueRetention: twelveMonthRetention(year) },
      averageRevenuePerAccountMinor: averageRevenuePerAccount(current.endMinor, current.customers),
      revenue: readCashMonths(readable, month, month, running), previousRevenue: readCashMonths(readable, before, before, running),
    };
  }

  function movements(input: Parameters<RevenueQueries['movements']>[0]): RowsGiven<MovementRow> {
    const month = mrrMonth(input.filter?.month, findStanding());
    const window = { text: textOf(input.filter?.text), sort: input.sort ?? byAmount, startAt: input.startAt, limit: input.limit };
    const view = views.view({ policy: 'standard' });
    return given(readMovementWindow(readable, view, { from: month, to: month }, { kind: input.filter?.kind ?? null, customerId: null }, window), view.currency);
  }

  function mrrItems(input: Parameters<RevenueQueries['mrrItems']>[0]): RowsGiven<MrrItemRow> {
    const standing = findStanding();
    const month = mrrMonth(input.filter?.month, standing);
    if (!standing) return given({ rows: [], total: 0, sumMinor: 0 }, settings().functionalCurrency);
    const window = { month, customerId: input.filter?.customerId ?? null, text: textOf(input.filter?.text), sort: input.sort ?? byAmount, startAt: input.startAt, limit: input.limit };
    return given(readMrrItems(readable, window, standing), standing.functionalCurrency);
  }

  return {
    cards,
    movements,
    mrrItems,
    mrrSeries(input) {
      const standing = findStanding();
      if (!standing) return { months: [], asOf: null };
      const { first, last } = range(input, standing.month);
      return { months: months(first, last, standing), asOf: standing.asOfAt };
    },
    overview(input) {
      const running = runningMonth();
      const month = input.month === undefined ? running : known(input.month);
      return { month, asOf: cashAsOf(), rows: readCashMonths(readable, month, month, running) };
    },
    breakdown(input) {
      const running = runningMonth();
      const { first, last } = range(input, running);
      return { months: readCashMonths(readable, first, last, running), asOf: cashAsOf() };
    },
    presentment({ from, to }) {
      const { first, last } = range({ from: from ?? to ?? runningMonth(), to }, runningMonth());
      return { months: readPresentment(readable, { from: first, to: last }, views.zone()), asOf: cashAsOf() };
    },
    why(input) {
      const standing = findStanding();
      const isCash = input.figure === 'net-revenue' || input.figure === 'gross' || input.figure === 'fees' || input.figure === 'refunds' || input.figure === 'disputes';
      const month = isCash ? known(input.month) : mrrMonth(input.month, standing);
      return explainFigure({
        readable, figure: input.figure, month, currency: input.currency ?? settings().functionalCurrency, zone: views.zone(), running: runningMonth(), standing, current: months(month, month, standing)[0] ?? nothingIn(month), cashAsOf: cashAsOf() ?? clock.now(),
        firstCashMonth: findFirstCashMonth(readable),
      });
    },
  };
}

function textOf(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

/** An empty list sums to zero of the functional currency: still said. */
function given<Row>(window: WindowOf<Row>, currency: string): RowsGiven<Row> {
  return { rows: window.rows, total: window.total, sums: [{ amount: window.sumMinor, currency }] };
}
