/** What each month would have come to under the standing and the proposed terms, side by side, from a zero baseline. The table beside it is its twin. */
import type { ChartOptions } from 'chart.js';
import { useMemo } from 'react';
import { Bar } from 'react-chartjs-2';
import type { z } from 'zod';
import type { rehearsalSchema } from '../../../shared/api/contracts.contract.ts';
import { formatMoney } from '../../../shared/money/format.ts';
import { toDecimalString } from '../../../shared/money/money.ts';
import { formatMonth } from '../lib/dates.ts';
import { usePreferences } from '../lib/preferences.tsx';
import { useChartColours, useChartMotion } from './chart-setup.ts';

export function RehearsalChart({ rehearsal }: { rehearsal: z.infer<typeof rehearsalSchema> }) {
  const colours = useChartColours();
  const duration = useChartMotion();
  const { locale } = usePreferences();
  const { currency, months } = rehearsal;
  const options = useMemo<ChartOptions<'bar'>>(() => ({
    responsive: true, maintainAspectRatio: false, animation: duration === 0 ? false : { duration }, interaction: { mode: 'index', intersect: false }, layout: { padding: { top: 6, right: 4 } },
    plugins: {
      tooltip: {
        backgroundColor: colours.panel, titleColor: colours.ink, bodyColor: colours.ink2, borderColor: colours.line, borderWidth: 1, padding: 8, boxPadding: 4, cornerRadius: 6, titleFont: { weight: 600 },
        callbacks: {
          title: (items) => formatMonth(months[items[0]?.dataIndex ?? 0]?.month ?? '', locale, 'long'),
          label: (item) => ` ${item.dataset.label ?? ''}  ${formatMoney(Number(item.raw), currency, locale)}`,
        },
      },
    },
    scales: {
      x: { grid: { display: false }, border: { color: colours.line }, ticks: { color: colours.ink3, maxRotation: 0, autoSkipPadding: 6 } },
      y: {
        beginAtZero: true, grid: { color: colours.grid }, border: { display: false },
        ticks: { color: colours.ink3, maxTicksLimit: 5, callback: (value) => new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(toDecimalString(Math.round(Number(value)), currency) as Intl.StringNumericLiteral) },
      },
    },
  }), [colours, currency, duration, locale, months]);
  return (
    <div>
      <div style={{ height: 220, position: 'relative' }}>
        <Bar
          key={colours.panel} role="img" aria-label="Each month under the standing and the proposed terms. The table view lists every figure." options={options}
          data={{
            labels: months.map((month) => formatMonth(month.month, locale, 'short')),
            datasets: [{ label: 'Now', data: months.map((month) => month.before), backgroundColor: colours.s6, maxBarThickness: 16, borderRadius: 2 }, { label: 'Proposed', data: months.map((month) => month.after), backgroundColor: colours.s1, maxBarThickness: 16, borderRadius: 2 }],
          }}
        />
      </div>
      <div className="legend"><span><i style={{ background: 'var(--s6)' }} />Now</span><span><i style={{ background: 'var(--s1)' }} />Proposed</span><span className="muted">{currency.toUpperCase()}</span></div>
    </div>
  );
}
