/** From a start over what moved it to an end, from a zero baseline: each step stands where the one before it ended. */
import type { Chart as ChartInstance, ChartOptions, Plugin } from 'chart.js';
import { useImperativeHandle, useMemo, useRef, type Ref } from 'react';
import { Bar } from 'react-chartjs-2';
import { formatAmount, formatMoney } from '../../../shared/money/format.ts';
import { usePreferences } from '../lib/preferences.tsx';
import { monthScales, picking, tooltipLook } from './chart-parts.ts';
import { pictureOf, sheetFont, type ChartHandle } from './chart-picture.ts';
import { useChartColours, useChartMotion, type ChartColours } from './chart-setup.ts';

export interface WaterfallStep {
  readonly id: string;
  readonly label: string;
  /** A total stands on zero; a change stands on what came before it. */
  readonly kind: 'total' | 'change';
  readonly amountMinor: number;
}

/** Where each bar begins and ends. */
export function waterfallBars(steps: readonly WaterfallStep[]): [number, number][] {
  let level = 0;
  return steps.map((step) => {
    const from = step.kind === 'total' ? 0 : level;
    level = from + step.amountMinor;
    return [from, level];
  });
}

/** Below this width, in px, the names of neighbours would touch: every other one stands a line lower. */
const narrowPx = 540;

/** Each step keeps its name, on two lines where it needs them. */
function stepScales(colours: ChartColours, locale: string, currency: string, steps: readonly WaterfallStep[]): NonNullable<ChartOptions<'bar'>['scales']> {
  const scales = monthScales(colours, locale, currency, false);
  return { ...scales, x: { ...scales['x'], ticks: {
    color: colours.ink3, maxRotation: 0, autoSkip: false,
    callback(_value, index) { const lines = linesOf(steps[index]?.label ?? ''); return this.chart.width < narrowPx && lines.length === 1 && index % 2 === 1 ? ['', ...lines] : lines; },
  } } };
}

function linesOf(label: string): string[] {
  const words = label.split(' ');
  const half = Math.ceil(words.length / 2);
  return words.length === 1 ? words : [words.slice(0, half).join(' '), words.slice(half).join(' ')];
}

/** The exact figure over each bar: no guessing from the axis. */
function figuresOver(steps: readonly WaterfallStep[], bars: readonly [number, number][], currency: string, locale: string, colours: ChartColours): Plugin<'bar'> {
  return {
    id: 'figures-over',
    afterDatasetsDraw(chart) {
      const { ctx } = chart;
      ctx.save();
      ctx.textAlign = 'center';
      ctx.fillStyle = colours.ink;
      for (const [index, step] of steps.entries()) {
        const bar = chart.getDatasetMeta(0).data[index];
        const [from, to] = bars[index] ?? [0, 0];
        const y = chart.scales['y']?.getPixelForValue(Math.max(from, to)) ?? 0;
        ctx.font = `${step.kind === 'total' ? 600 : 400} 11px ${sheetFont}`;
        const text = `${step.kind === 'change' && step.amountMinor > 0 ? '+' : ''}${formatAmount(step.amountMinor, currency, locale)}`;
        if (bar) ctx.fillText(text, bar.x, y - 5);
      }
      ctx.restore();
    },
  };
}

export interface WaterfallChartProps {
  ref?: Ref<ChartHandle>;
  title: string;
  note: string;
  steps: readonly WaterfallStep[];
  currency: string;
  onPick: (id: string) => void;
}

export function WaterfallChart({ ref, title, note, steps, currency, onPick }: WaterfallChartProps) {
  const colours = useChartColours();
  const duration = useChartMotion();
  const { locale } = usePreferences();
  const chart = useRef<ChartInstance<'bar', [number, number][]>>(null);
  const bars = useMemo(() => waterfallBars(steps), [steps]);
  const colourOf = (step: WaterfallStep) => (step.kind === 'total' ? colours.s1 : step.amountMinor < 0 ? colours.s3 : colours.s2);
  const over = useMemo(() => figuresOver(steps, bars, currency, locale, colours), [steps, bars, currency, locale, colours]);
  const options = useMemo<ChartOptions<'bar'>>(() => ({
    responsive: true, maintainAspectRatio: false, animation: duration === 0 ? false : { duration }, layout: { padding: { top: 20, right: 8 } }, interaction: { mode: 'index', intersect: false },
    ...picking((index) => { const step = steps[index]; if (step) onPick(step.id); }),
    plugins: { tooltip: { ...tooltipLook(colours), callbacks: { title: (items) => steps[items[0]?.dataIndex ?? -1]?.label ?? '', label: (item) => ` ${formatMoney(steps[item.dataIndex]?.amountMinor ?? 0, currency, locale)}` } } },
    scales: stepScales(colours, locale, currency, steps),
  }), [colours, currency, duration, locale, onPick, steps]);
  useImperativeHandle(ref, () => ({ toPng: () => pictureOf(chart.current ? [chart.current.canvas] : [], title, note, colours) }), [colours, note, title]);
  const summary = `${title}: ${steps.map((step) => `${step.label} ${formatMoney(step.amountMinor, currency, locale)}`).join(', ')}. The table view lists every figure.`;
  return (
    <div className="chart-sheet">
      <div className="chart-plot" style={{ flexBasis: 260 }}>
        <Bar key={`${colours.panel}${steps.map((step) => step.amountMinor).join()}`} ref={chart} role="img" aria-label={summary} options={options} plugins={[over]} data={{ labels: steps.map((step) => linesOf(step.label)), datasets: [{ label: title, data: bars, backgroundColor: steps.map(colourOf), maxBarThickness: 64, borderRadius: 2 }] }} />
      </div>
      <div className="legend" style={{ padding: '4px 4px 0 44px' }}><span><i style={{ background: 'var(--s1)' }} />Balance</span><span><i style={{ background: 'var(--s2)' }} />Adds</span><span><i style={{ background: 'var(--s3)' }} />Takes away</span><span className="muted">{currency.toUpperCase()}</span></div>
    </div>
  );
}
