/** Amounts by month, one or more series beside or upon each other, from a zero baseline. */
import type { Chart as ChartInstance, ChartOptions } from 'chart.js';
import { useImperativeHandle, useMemo, useRef, type Ref } from 'react';
import { Bar } from 'react-chartjs-2';
import { formatMoney } from '../../../shared/money/format.ts';
import { formatDay, formatMonth } from '../lib/dates.ts';
import { usePreferences } from '../lib/preferences.tsx';
import { monthScales, picking, tooltipLook } from './chart-parts.ts';
import { pictureOf, type ChartHandle } from './chart-picture.ts';
import { useChartColours, useChartMotion } from './chart-setup.ts';

export interface BarSeries {
  readonly id: string;
  readonly label: string;
  readonly colour: 's1' | 's2' | 's3' | 's4' | 's5' | 's6';
  /** One per month, whole minor units. */
  readonly amounts: readonly number[];
}

export interface MonthBarsChartProps {
  ref?: Ref<ChartHandle>;
  title: string;
  note: string;
  months: readonly string[];
  series: readonly BarSeries[];
  currency: string;
  isStacked?: boolean;
  /** The places are days, not months. */
  areDays?: boolean;
  /** @param series null: the month was picked, not one of its bars. */
  onPick: (month: string, series: string | null) => void;
}

export function MonthBarsChart({ ref, title, note, months, series, currency, isStacked = false, areDays = false, onPick }: MonthBarsChartProps) {
  const colours = useChartColours();
  const duration = useChartMotion();
  const { locale } = usePreferences();
  const chart = useRef<ChartInstance<'bar', number[]>>(null);
  const options = useMemo<ChartOptions<'bar'>>(() => ({
    responsive: true, maintainAspectRatio: false, animation: duration === 0 ? false : { duration }, layout: { padding: { top: 8, right: 4 } }, interaction: { mode: 'index', intersect: false },
    ...picking((index, at) => { const month = months[index]; if (month) onPick(month, series[at]?.id ?? null); }),
    plugins: {
      tooltip: {
        ...tooltipLook(colours),
        callbacks: { title: (items) => { const place = months[items[0]?.dataIndex ?? 0] ?? ''; return areDays ? formatDay(place, locale) : formatMonth(place, locale, 'long'); }, label: (item) => ` ${item.dataset.label ?? ''}  ${formatMoney(Number(item.raw), currency, locale)}` },
      },
    },
    scales: monthScales(colours, locale, currency, isStacked),
  }), [areDays, colours, currency, duration, isStacked, locale, months, onPick, series]);
  useImperativeHandle(ref, () => ({ toPng: () => pictureOf(chart.current ? [chart.current.canvas] : [], title, note, colours) }), [colours, note, title]);
  return (
    <div className="chart-sheet">
      <div className="chart-plot" style={{ flexBasis: 240 }}>
        <Bar
          key={colours.panel} ref={chart} role="img" aria-label={`${title} by ${areDays ? 'day' : 'month'}: ${series.map((each) => each.label).join(', ')}. The table view lists every figure.`} options={options}
          data={{ labels: months.map((place) => (areDays ? String(Number(place.slice(8))) : formatMonth(place, locale, 'short') + (place.endsWith('-01') ? ` ${place.slice(2, 4)}` : ''))), datasets: series.map((each) => ({ label: each.label, data: [...each.amounts], backgroundColor: colours[each.colour], maxBarThickness: isStacked ? 36 : 18, borderRadius: 2 })) }}
        />
      </div>
      <div className="legend" style={{ padding: '4px 4px 0 44px' }}>{series.map((each) => <span key={each.id}><i style={{ background: `var(--${each.colour})` }} />{each.label}</span>)}<span className="muted">{currency.toUpperCase()}</span></div>
    </div>
  );
}
