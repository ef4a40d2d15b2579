/**
 * MRR per month above, what moved it below: two charts on one month axis, because movements are a few percent of the total and vanish on its scale.
 * Both from a zero baseline; values are whole minor units to the last.
 */
import type { Chart as ChartInstance, ChartOptions, Plugin } from 'chart.js';
import { useImperativeHandle, useMemo, useRef, type Ref } from 'react';
import { Bar } from 'react-chartjs-2';
import { formatMoney } from '../../../shared/money/format.ts';
import { formatMonth } from '../lib/dates.ts';
import { usePreferences } from '../lib/preferences.tsx';
import { compactMoney, picking, tooltipLook } from './chart-parts.ts';
import { pictureOf, type ChartHandle } from './chart-picture.ts';
import { useChartColours, useChartMotion, type ChartColours } from './chart-setup.ts';
import type { MovementKind, MrrMonth } from './mrr-series.ts';
import { movementSeries } from './mrr-series.ts';

export interface MrrChartProps {
  /** Both charts on one sheet. */
  ref?: Ref<ChartHandle>;
  months: readonly MrrMonth[];
  selectedMonth: string;
  onSelect: (month: string, kind: MovementKind | null) => void;
}

/** Writes the selected (or last) month’s figure over its bar. */
function directLabel(colours: ChartColours, index: number, text: string): Plugin<'bar'> {
  return {
    id: 'direct-label',
    afterDatasetsDraw(chart) {
      const bar = chart.getDatasetMeta(0).data[index];
      if (!bar) return;
      const { ctx, chartArea } = chart;
      ctx.save();
      ctx.font = `600 12px ${String(chart.options.font?.family ?? 'sans-serif')}`;
      ctx.fillStyle = colours.ink;
      const half = ctx.measureText(text).width / 2;
      ctx.textAlign = 'center';
      ctx.fillText(text, Math.min(Math.max(bar.x, chartArea.left + half), chartArea.right - half), bar.y - 6);
      ctx.restore();
    },
  };
}

function useBaseOptions(colours: ChartColours, currency: string, months: readonly MrrMonth[], hasMonthNames: boolean, onPick: (index: number, dataset: number) => void): ChartOptions<'bar'> {
  const { locale } = usePreferences();
  const duration = useChartMotion();
  return useMemo<ChartOptions<'bar'>>(() => ({
    responsive: true,
    maintainAspectRatio: false,
    animation: duration === 0 ? false : { duration },
    layout: { padding: { top: hasMonthNames ? 6 : 18, right: 4 } },
    interaction: { mode: 'index', intersect: false },
    ...picking(onPick),
    plugins: {
      tooltip: {
        ...tooltipLook(colours),
        filter: (item) => Number(item.raw) !== 0,
        callbacks: {
          title: (items) => { const month = months[items[0]?.dataIndex ?? -1]; return month ? formatMonth(month.month, locale, 'long') + (month.isRunning ? ', running' : '') : ''; },
          label: (item) => ` ${item.dataset.label ?? ''}  ${formatMoney(Number(item.raw), currency, locale)}`,
        },
      },
    },
    scales: {
      x: { stacked: true, grid: { display: false }, border: { color: colours.line }, ticks: { display: hasMonthNames, color: colours.ink3, maxRotation: 0, autoSkipPadding: 6 } },
      y: {
        stacked: true, beginAtZero: true, grid: { color: colours.grid }, border: { display: false },
        afterFit: (axis) => { axis.width = 56; },
        ticks: { color: colours.ink3, maxTicksLimit: 5, callback: (value) => compactMoney(Number(value), currency, locale) },
      },
    },
  }), [colours, currency, duration, hasMonthNames, locale, months, onPick]);
}

export function MrrChart({ ref, months, selectedMonth, onSelect }: MrrChartProps) {
  const colours = useChartColours();
  const { locale } = usePreferences();
  const total = useRef<ChartInstance<'bar'>>(null);
  const moved = useRef<ChartInstance<'bar'>>(null);
  const currency = months[0]?.currency ?? 'usd';
  const selected = months.findIndex((month) => month.month === selectedMonth);
  const labels = months.map((month) => formatMonth(month.month, locale, 'short') + (month.month.endsWith('-01') ? ` ${month.month.slice(2, 4)}` : ''));
  const pick = useMemo(() => (index: number, dataset: number) => { const month = months[index]; if (month) onSelect(month.month, movementSeries[dataset]?.kind ?? null); }, [months, onSelect]);
  const pickMonth = useMemo(() => (index: number) => pick(index, -1), [pick]);
  const totalOptions = useBaseOptions(colours, currency, months, false, pickMonth);
  const movedOptions = useBaseOptions(colours, currency, months, true, pick);
  const labelled = selected === -1 ? months.length - 1 : selected;
  const labelText = months[labelled] ? compactMoney(months[labelled].endMinor, currency, locale) : '';
  const labelPlugin = useMemo(() => directLabel(colours, labelled, labelText), [colours, labelled, labelText]);

  useImperativeHandle(ref, () => ({ toPng: () => pictureOf([total.current?.canvas, moved.current?.canvas].filter((canvas) => canvas !== undefined), 'MRR and movements', `${currency.toUpperCase()}, to ${formatMonth(months.at(-1)?.month ?? selectedMonth, locale)}`, colours) }), [colours, currency, locale, months, selectedMonth]);

  const ends = months.map((month) => month.endMinor);
  const summary = months.length > 0 ? `MRR by month from ${formatMonth(months[0]?.month ?? '', locale)} to ${formatMonth(months.at(-1)?.month ?? '', locale)}, last ${formatMoney(ends.at(-1) ?? 0, currency, locale)}. The table view lists every figure.` : 'MRR by month';
  return (
    <div className="chart-sheet">
      <div className="chart-plot" style={{ flexBasis: 150 }}>
        <Bar
          key={`total ${colours.panel}${labelled}${labelText}`}
          ref={total} role="img" aria-label={summary} options={totalOptions} plugins={[labelPlugin]}
          data={{ labels, datasets: [{ label: 'MRR', data: ends, backgroundColor: ends.map((_, index) => (index === labelled ? colours.s1 : colours['s1-soft'])), hoverBackgroundColor: colours.s1, maxBarThickness: 36, borderRadius: 2 }] }}
        />
      </div>
      <div className="chart-plot" style={{ flexBasis: 142 }}>
        <Bar
          ref={moved} role="img" aria-label="What moved MRR by month. The table view lists every figure." options={movedOptions}
          data={{ labels, datasets: movementSeries.map((series) => ({ label: series.label, data: months.map((month) => month[series.field]), backgroundColor: colours[series.colour], maxBarThickness: 36 })) }}
        />
      </div>
      <div className="legend" style={{ padding: '4px 4px 0 56px' }}>
        {movementSeries.map((series) => <span key={series.kind}><i style={{ background: `var(--${series.colour})` }} />{series.label}</span>)}
      </div>
    </div>
  );
}
