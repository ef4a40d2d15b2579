/** What a month comes to by its volume under the standing and the proposed terms, and where the two meet; from a zero baseline. The table beside it is its twin. */
import type { ChartOptions, Plugin } from 'chart.js';
import { useMemo } from 'react';
import { Line } from 'react-chartjs-2';
import type { z } from 'zod';
import type { rehearsalSchema } from '../../../shared/api/contracts.contract.ts';
import { formatMoney } from '../../../shared/money/format.ts';
import { toDecimalString } from '../../../shared/money/money.ts';
import { usePreferences } from '../lib/preferences.tsx';
import { useChartColours, useChartMotion, type ChartColours } from './chart-setup.ts';

/** A line down to the volume at which neither terms are dearer, with the volume beside it. */
function meetingPoint(colours: ChartColours, units: number, text: string): Plugin<'line'> {
  return {
    id: 'meeting-point',
    afterDatasetsDraw(chart) {
      const { ctx, chartArea } = chart;
      const x = chart.scales['x']?.getPixelForValue(units);
      if (x === undefined) return;
      ctx.save();
      ctx.strokeStyle = colours.ink3;
      ctx.setLineDash([3, 3]);
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
      ctx.font = `600 11px ${String(chart.options.font?.family ?? 'sans-serif')}`;
      ctx.fillStyle = colours.ink;
      const isLeft = x + 6 + ctx.measureText(text).width > chartArea.right;
      ctx.textAlign = isLeft ? 'right' : 'left';
      ctx.fillText(text, x + (isLeft ? -6 : 6), chartArea.top + 10);
      ctx.restore();
    },
  };
}

export function BreakEvenChart({ rehearsal }: { rehearsal: z.infer<typeof rehearsalSchema> }) {
  const colours = useChartColours();
  const duration = useChartMotion();
  const { locale } = usePreferences();
  const { currency, curve, breakEvenUnits, meter } = rehearsal;
  const hasBefore = curve.some((point) => point.before !== null);
  const options = useMemo<ChartOptions<'line'>>(() => {
    const count = new Intl.NumberFormat(locale);
    const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
    return {
      responsive: true, maintainAspectRatio: false, animation: duration === 0 ? false : { duration }, interaction: { mode: 'index', intersect: false }, layout: { padding: { top: 6, right: 8 } },
      plugins: {
        tooltip: {
          backgroundColor: colours.panel, titleColor: colours.ink, bodyColor: colours.ink2, borderColor: colours.line, borderWidth: 1, padding: 8, boxPadding: 4, cornerRadius: 6, titleFont: { weight: 600 },
          callbacks: { title: (items) => `${count.format(items[0]?.parsed.x ?? 0)} ${meter}`, label: (item) => ` ${item.dataset.label ?? ''}  ${formatMoney(item.parsed.y ?? 0, currency, locale)}` },
        },
      },
      scales: {
        x: { type: 'linear', min: 0, max: curve.at(-1)?.units ?? 0, grid: { display: false }, border: { color: colours.line }, ticks: { color: colours.ink3, maxTicksLimit: 6, maxRotation: 0, callback: (value) => compact.format(Number(value)) } },
        y: { beginAtZero: true, grid: { color: colours.grid }, border: { display: false }, ticks: { color: colours.ink3, maxTicksLimit: 5, callback: (value) => compact.format(toDecimalString(Math.round(Number(value)), currency) as Intl.StringNumericLiteral) } },
      },
    };
  }, [colours, currency, curve, duration, locale, meter]);
  const plugins = useMemo(() => (breakEvenUnits === null ? [] : [meetingPoint(colours, breakEvenUnits, `Break-even at ${new Intl.NumberFormat(locale).format(breakEvenUnits)}`)]), [breakEvenUnits, colours, locale]);
  const series = [...(hasBefore ? [{ label: 'Now', of: 'before' as const, colour: 's6' as const }] : []), { label: 'Proposed', of: 'after' as const, colour: 's1' as const }];
  return (
    <div>
      <div style={{ height: 220, position: 'relative' }}>
        <Line
          key={`${colours.panel} ${breakEvenUnits}`} role="img" aria-label={`A month by its ${meter} under the standing and the proposed terms${breakEvenUnits === null ? '' : `; break-even at ${breakEvenUnits}`}. The table view lists every figure.`} options={options} plugins={plugins}
          data={{ datasets: series.map(({ label, of, colour }) => ({ label, data: curve.map((point) => ({ x: point.units, y: point[of] })), borderColor: colours[colour], backgroundColor: colours[colour], borderWidth: 2, pointRadius: 0, pointHitRadius: 8 })) }}
        />
      </div>
      <div className="legend">{series.map(({ label, colour }) => <span key={label}><i style={{ background: `var(--${colour})` }} />{label}</span>)}<span className="muted">{currency.toUpperCase()} by {meter} a month</span></div>
    </div>
  );
}
