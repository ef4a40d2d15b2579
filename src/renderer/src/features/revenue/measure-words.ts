/** Which way of a figure is good, and the figures of a period found by name. */
import type { z } from 'zod';
import type { measureFigureSchema, measureMonthSchema, measureSchema } from '../../../../shared/api/revenue-measures.contract.ts';
import { formatMoney } from '../../../../shared/money/format.ts';
import { minorUnits } from '../../../../shared/money/money.ts';
import type { MrrMonth } from '../../charts/mrr-series.ts';
import { formatRatio } from '../../lib/ratios.ts';

/** Which way of a figure is the good one; `neither`: it is said without a colour. */
export type Tendency = 'up' | 'down' | 'neither';

export type Measure = z.infer<typeof measureSchema>;
export type MeasureFigure = z.infer<typeof measureFigureSchema>;
export type MeasureMonth = z.infer<typeof measureMonthSchema>;

const goodWhenLess: ReadonlySet<MeasureFigure> = new Set(['gross-churn', 'net-churn', 'logo-churn', 'fees', 'refunds', 'fee-share', 'refund-rate', 'failed-payment-rate']);
const neither: ReadonlySet<MeasureFigure> = new Set(['exchange-rate', 'trials-ended']);

export function tendencyOf(figure: MeasureFigure): Tendency {
  return neither.has(figure) ? 'neither' : goodWhenLess.has(figure) ? 'down' : 'up';
}

/** How far two shares are apart, in basis points → '+2.1 pt': a share less a share is no share. */
export function pointsText(basisPoints: number, locale: string): string {
  const points = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(`${basisPoints}E-2` as Intl.StringNumericLiteral).replace('-', '−');
  return `${basisPoints > 0 ? '+' : ''}${points} pt`;
}

/** A figure less the one it is held against, with its sign: '+155.46 USD', '−0.4 pt', '+3'. @param difference in the figure's own unit. */
export function differenceText({ figure, unit, currency }: Pick<Measure, 'figure' | 'unit' | 'currency'>, difference: number, locale: string): string {
  if (unit === 'basis-points' && figure !== 'quick-ratio') return pointsText(difference, locale);
  const text = unit === 'money' ? formatMoney(difference, currency ?? '', locale) : figure === 'quick-ratio' ? formatRatio(difference, locale) : new Intl.NumberFormat(locale).format(difference).replace('-', '−');
  return `${difference > 0 ? '+' : ''}${text}`;
}

/** Whole minor units, counts or basis points; 0 where there is none. */
export function valueOf(measures: readonly Measure[], figure: MeasureFigure): number {
  return measures.find((measure) => measure.figure === figure)?.value ?? 0;
}

/** A month of measures as the MRR chart and its table take it. */
export function mrrMonthOf({ month, isRunning, measures, startMinor, endMinor }: MeasureMonth, currency: string): MrrMonth {
  const amount = (figure: MeasureFigure) => minorUnits(valueOf(measures, figure));
  return {
    month, currency, isRunning, startMinor, endMinor, newMinor: amount('new'), expansionMinor: amount('expansion'), contractionMinor: amount('contraction'), churnMinor: amount('churn'), reactivationMinor: amount('reactivation'), exchangeRateMinor: amount('exchange-rate'),
    arrMinor: amount('arr'), customers: valueOf(measures, 'customers'), undatedSubscriptionIds: [],
  };
}

/** Months in a row as one stretch: its first start, Σ of its movements, its last end. */
export function stretchOf(months: readonly MrrMonth[]): MrrMonth | undefined {
  const [first, last] = [months[0], months.at(-1)];
  if (!first || !last) return undefined;
  const sum = (pick: (month: MrrMonth) => number) => minorUnits(months.reduce((total, month) => total + pick(month), 0));
  return {
    ...last, startMinor: first.startMinor, newMinor: sum((month) => month.newMinor), expansionMinor: sum((month) => month.expansionMinor), contractionMinor: sum((month) => month.contractionMinor), churnMinor: sum((month) => month.churnMinor),
    reactivationMinor: sum((month) => month.reactivationMinor), exchangeRateMinor: sum((month) => month.exchangeRateMinor),
  };
}
