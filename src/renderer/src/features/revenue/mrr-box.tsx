import { useMemo, useState } from 'react';
import { ChartBox } from '../../charts/chart-box.tsx';
import { MrrChart } from '../../charts/mrr-chart.tsx';
import type { MovementKind, MrrMonth } from '../../charts/mrr-series.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { mrrFigures } from './mrr-figures.tsx';
import type { MeasureView } from './use-standpoint.ts';

export interface MrrBoxProps {
  /** Oldest first; undefined: not here yet. */
  months: readonly MrrMonth[] | undefined;
  error: unknown;
  onRetry: () => void;
  month: string;
  view: MeasureView;
  onSelect: (month: string, kind: MovementKind | null) => void;
}

const shownMonths = 12;

/** The last twelve months that end with, or contain, the month looked at. */
export function windowOfMonths<Row extends { readonly month: string }>(months: readonly Row[], month: string): readonly Row[] {
  const latest = months.slice(-shownMonths);
  if (latest.some((each) => each.month === month)) return latest;
  const end = months.findIndex((each) => each.month === month);
  return end === -1 ? latest : months.slice(Math.max(0, end + 1 - shownMonths), end + 1);
}

/** The chart and its table twin. */
export function MrrBox({ months: all, error, onRetry, month, view, onSelect }: MrrBoxProps) {
  const { locale } = usePreferences();
  const [isLong, setLong] = useState(false);
  const months = useMemo(() => (all ? (isLong ? all : windowOfMonths(all, month)) : []), [all, isLong, month]);
  const currency = months[0]?.currency.toUpperCase() ?? '';
  const table = useMemo(() => (all ? mrrFigures(months, month, locale, view, onSelect) : undefined), [all, months, month, locale, view, onSelect]);
  return (
    <ChartBox
      title="MRR and movements" note={months.length === 0 ? undefined : `${currency}, ${months.length} ${months.length === 1 ? 'month' : 'months'}; a bar lists it`} table={table} error={error} onRetry={onRetry} height={400}
      choices={all && all.length > shownMonths ? <button type="button" className="text-button" aria-pressed={isLong} onClick={() => setLong(!isLong)}>{isLong ? '12 months' : `All ${all.length} months`}</button> : null}
    >
      {(chart) => <MrrChart ref={chart} months={months} selectedMonth={month} onSelect={onSelect} />}
    </ChartBox>
  );
}
