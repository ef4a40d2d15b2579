/** Units a month from a zero baseline, the running month paler: it is not over. The table beside it is its twin. */
import type { ChartOptions } from 'chart.js';
import { useMemo } from 'react';
import { Bar } from 'react-chartjs-2';
import { formatMonth } from '../lib/dates.ts';
import { usePreferences } from '../lib/preferences.tsx';
import { picking, tooltipLook } from './chart-parts.ts';
import { useChartColours, useChartMotion } from './chart-setup.ts';

export interface UsageChartProps {
  /** 'Deeds' or 'Requests'. */
  label: string;
  months: readonly { readonly month: string; readonly units: number }[];
  /** The last of them is still running. */
  runningMonth: string;
  onPick: (month: string) => void;
}

export function UsageChart({ label, months, runningMonth, onPick }: UsageChartProps) {
  const colours = useChartColours();
  const duration = useChartMotion();
  const { locale } = usePreferences();
  const options = useMemo<ChartOptions<'bar'>>(() => {
    const count = new Intl.NumberFormat(locale);
    const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
    return {
      responsive: true, maintainAspectRatio: false, animation: duration === 0 ? false : { duration }, interaction: { mode: 'index', intersect: false }, layout: { padding: { top: 6, right: 4 } },
      ...picking((index) => { const month = months[index]?.month; if (month) onPick(month); }),
      plugins: {
        tooltip: {
          ...tooltipLook(colours), displayColors: false,
          callbacks: {
            title: (items) => { const month = months[items[0]?.dataIndex ?? 0]?.month ?? ''; return `${formatMonth(month, locale, 'long')}${month === runningMonth ? ', so far' : ''}`; },
            label: (item) => `${count.format(Number(item.raw))} ${label.toLowerCase()}`,
          },
        },
      },
      scales: {
        x: { grid: { display: false }, border: { color: colours.line }, ticks: { color: colours.ink3, maxRotation: 0, autoSkipPadding: 6 } },
        y: { beginAtZero: true, grid: { color: colours.grid }, border: { display: false }, ticks: { color: colours.ink3, maxTicksLimit: 4, precision: 0, callback: (value) => compact.format(Number(value)) } },
      },
    };
  }, [colours, duration, label, locale, months, onPick, runningMonth]);
  return (
    <div style={{ height: 150, position: 'relative' }}>
      <Bar
        key={colours.panel} role="img" aria-label={`${label} by month. The table view lists every figure.`} options={options}
        data={{ labels: months.map(({ month }) => formatMonth(month, locale, 'short')), datasets: [{ label, data: months.map(({ units }) => units), backgroundColor: months.map(({ month }) => (month === runningMonth ? colours['s1-soft'] : colours.s1)), maxBarThickness: 20, borderRadius: 2 }] }}
      />
    </div>
  );
}
