/** Every figure of a range as the screens, the CLI and the reports list it: value, unit, and why there is none. Pure. */
import type { z } from 'zod';
import type { measureFigures, measureSchema } from '../../shared/api/revenue-measures.contract.ts';
import { monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { figuresOf, stretchOf, type MonthRange, type Stretch } from './revenue-measure-calculation.ts';
import type { MoneyMonths } from './revenue-money.queries.ts';
import { basisPoints } from './revenue-ratios.ts';
import type { MonthMove } from './revenue-sum-scope.ts';
import type { OutcomeCounts, TrialCounts } from './revenue-sums.queries.ts';

export type Measure = z.infer<typeof measureSchema>;
export type MeasureFigure = (typeof measureFigures)[number];

/** All that the figures of some months are worked out from. */
export interface MeasureData {
  /** What the money of MRR is in. */
  readonly currency: string;
  readonly moves: readonly MonthMove[];
  readonly trials: readonly TrialCounts[];
  readonly outcomes: readonly OutcomeCounts[];
  readonly money: MoneyMonths;
  /** A plan or country is chosen: payments and trials are not kept by it. */
  readonly isSegment: boolean;
}

export interface RangeFigures {
  readonly stretch: Stretch;
  readonly measures: Measure[];
}

interface Sums {
  gross: number;
  fees: number;
  refunds: number;
  partner: number;
  failed: number;
  charges: number;
  started: number;
  ended: number;
  converted: number;
}

export function measuresOf(data: MeasureData, range: MonthRange): RangeFigures {
  const stretch = stretchOf(data.moves, range.from, range.to);
  const figures = figuresOf(stretch);
  const sums = sumsOf(data, range);
  const money = (figure: MeasureFigure, value: number | null, absence: string | null = null): Measure => ({ figure, unit: 'money', currency: data.currency, value, absence: value === null ? absence : null });
  const ratio = (figure: MeasureFigure, value: number | null, absence: string): Measure => ({ figure, unit: 'basis-points', currency: null, value, absence: value === null ? absence : null });
  const count = (figure: MeasureFigure, value: number | null, absence: string | null = null): Measure => ({ figure, unit: 'count', currency: null, value, absence: value === null ? absence : null });
  const nothingAtStart = 'There was no MRR at the start.';
  const whole = <Value>(value: Value): Value | null => (data.isSegment ? null : value);
  const notBySegment = 'Payments and trials are not kept by plan or country.';
  const ofAll = (absence: string): string => (data.isSegment ? notBySegment : absence);
  const measures = [
    money('mrr', stretch.endMinor), money('arr', 12 * stretch.endMinor), money('new', stretch.newMinor), money('expansion', stretch.expansionMinor), money('contraction', stretch.contractionMinor), money('churn', stretch.churnMinor),
    money('reactivation', stretch.reactivationMinor), money('exchange-rate', stretch.exchangeRateMinor),
    ratio('gross-churn', figures.grossChurn, nothingAtStart), ratio('net-churn', figures.netChurn, nothingAtStart), ratio('net-revenue-retention', figures.netRevenueRetention, nothingAtStart),
    ratio('gross-revenue-retention', figures.grossRevenueRetention, nothingAtStart), ratio('quick-ratio', figures.quickRatio, 'Nothing was lost.'),
    count('customers', stretch.customersAtEnd), ratio('logo-churn', figures.logoChurn, 'There were no customers at the start.'), money('average-revenue-per-account', figures.averageRevenuePerAccount, 'There are no customers.'),
    money('lifetime-value', figures.lifetimeValue, stretch.customersLeft === 0 ? 'No customer left: a lifetime cannot be told.' : 'There were no customers to measure it by.'),
    count('trials-started', whole(sums.started), notBySegment), count('trials-ended', whole(sums.ended), notBySegment), ratio('trial-conversion', whole(basisPoints(sums.converted, sums.ended)), ofAll('No trial ended.')),
    money('gross-payments', whole(sums.gross), notBySegment), money('fees', whole(sums.fees), notBySegment), money('refunds', whole(sums.refunds), notBySegment), money('net-revenue', whole(sums.gross - sums.fees - sums.refunds), notBySegment),
    ratio('fee-share', whole(basisPoints(sums.fees, sums.gross)), ofAll('Nothing was paid.')), ratio('refund-rate', whole(basisPoints(sums.refunds, sums.gross)), ofAll('Nothing was paid.')),
    ratio('failed-payment-rate', whole(basisPoints(sums.failed, sums.charges)), ofAll('No payment was tried.')), money('partner-revenue', whole(sums.partner), notBySegment),
  ];
  return { stretch, measures };
}

function sumsOf({ money, outcomes, trials }: MeasureData, { from, to }: MonthRange): Sums {
  const sums: Sums = { gross: 0, fees: 0, refunds: 0, partner: 0, failed: 0, charges: 0, started: 0, ended: 0, converted: 0 };
  const isIn = (month: Month): boolean => month >= from && month <= to;
  for (const month of monthsFromTo(from, to)) {
    const paid = money.byMonth.get(month);
    sums.gross += paid?.grossMinor ?? 0;
    sums.fees += paid?.feesMinor ?? 0;
    sums.refunds += paid?.refundsMinor ?? 0;
    sums.partner += paid?.partnerMinor ?? 0;
  }
  for (const { month, failed, succeeded } of outcomes) {
    if (!isIn(month)) continue;
    sums.failed += failed;
    sums.charges += failed + succeeded;
  }
  for (const { month, started, ended, converted } of trials) {
    if (!isIn(month)) continue;
    sums.started += started;
    sums.ended += ended;
    sums.converted += converted;
  }
  return sums;
}
