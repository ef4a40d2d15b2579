import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { ChartBox } from '../../charts/chart-box.tsx';
import { MonthBarsChart, type BarSeries } from '../../charts/month-bars-chart.tsx';
import { DateText } from '../../components/date-text.tsx';
import type { FigureTableData } from '../../components/figure-table.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { useUrlFilter } from '../../lib/url-filter.ts';
import { EarnedInvoicesGrid, type EarnedPoint } from './earned-invoices-grid.tsx';
import { ScreenWhy } from './measure-why.tsx';
import type { scheduleFigures } from './recognition-figures.tsx';

interface EarnedDay { readonly day: string; readonly earnedMinor: number }

/** Day by day what was earned, and month by month what is still to be. */
export function RecognitionDays({ month, currency, scheduleOf }: { month: string; currency: string; scheduleOf: typeof scheduleFigures }) {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const [filter, setFilter] = useUrlFilter(['day', 'later', 'text'] as const);
  const openDay = useCallback((day: string) => setFilter({ day, later: null, text: null }), [setFilter]);
  const openLater = useCallback((later: string) => setFilter({ later, day: null, text: null }), [setFilter]);
  const point = pointOf(filter.day, filter.later, month);
  const earned = useQuery(queries.revenueMeasures.recognitionDays.queryOptions({ input: { month } }));
  const { data } = earned;
  const days = useMemo(() => (data?.days ?? []).filter((each) => each.currency === currency), [data, currency]);
  const schedule = useMemo(() => (data?.waterfall ?? []).filter((each) => each.currency === currency), [data, currency]);
  const dayTable = useMemo((): FigureTableData<EarnedDay> | undefined => data && {
    label: 'Earned by day', fileName: `recognition-by-day-${month}-${currency}`, rows: days, rowId: (row) => row.day,
    columns: [
      { id: 'day', title: 'Day', kind: 'date', text: (row) => row.day, cell: (row) => <button type="button" className="text-button" title="List the invoices" onClick={() => openDay(row.day)}><DateText day={row.day} /></button> },
      { id: 'earned', title: 'Earned', kind: 'number', text: (row) => toDecimalString(row.earnedMinor, currency), cell: (row) => <ScreenWhy figure={{ of: 'earned', month, currency, day: row.day }} label={`what was earned on ${row.day}`} onList={() => openDay(row.day)}><MoneyText amount={row.earnedMinor} currency={currency} /></ScreenWhy> },
      { id: 'currency', title: 'Currency', kind: 'text', isOnlyInFiles: true, text: () => currency.toUpperCase(), cell: () => null },
    ],
  }, [data, days, month, currency, openDay]);
  const scheduleTable = useMemo(() => data && scheduleOf(schedule, currency, month, locale, openLater), [data, schedule, scheduleOf, currency, month, locale, openLater]);
  const dayNames = useMemo(() => days.map((each) => each.day), [days]);
  const daySeries = useMemo((): BarSeries[] => [{ id: 'earned', label: 'Earned', colour: 's1', amounts: days.map((each) => each.earnedMinor) }], [days]);
  const laterNames = useMemo(() => schedule.map((each) => each.month), [schedule]);
  const laterSeries = useMemo((): BarSeries[] => [{ id: 'later', label: 'Will be earned', colour: 's2', amounts: schedule.map((each) => each.earnedMinor) }], [schedule]);
  const note = `${currency.toUpperCase()}, straight-line by day`;
  return (
    <>
      <div className="halves">
        <ChartBox title={`Earned by day, ${formatMonth(month, locale, 'long')}`} note={data && data.lines > 0 ? `${data.lines.toLocaleString(locale)} invoice lines; a bar lists its invoices` : undefined} table={dayTable} error={earned.error} onRetry={() => void earned.refetch()} height={280} empty={<p className="section quiet">Nothing was earned in this month.</p>}>
          {(chart) => <MonthBarsChart ref={chart} title="Earned by day" note={note} months={dayNames} areDays series={daySeries} currency={currency} onPick={openDay} />}
        </ChartBox>
        <ChartBox title="Still to be earned" note="of what is deferred at the month’s end; a bar lists its invoices" table={scheduleTable} error={earned.error} onRetry={() => void earned.refetch()} height={280} empty={<p className="section quiet">Nothing is deferred at the end of this month.</p>}>
          {(chart) => <MonthBarsChart ref={chart} title="Still to be earned" note={note} months={laterNames} series={laterSeries} currency={currency} onPick={openLater} />}
        </ChartBox>
      </div>
      {point ? <EarnedInvoicesGrid month={month} currency={currency} point={point} text={filter.text} onText={(text) => setFilter({ text }, { replace: true })} onClear={() => setFilter({ day: null, later: null, text: null })} /> : null}
    </>
  );
}

/** What of the address is a bar of these charts; anything else lists nothing. */
function pointOf(day: string | undefined, later: string | undefined, month: string): EarnedPoint | null {
  if (day !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(day) && day.startsWith(month)) return { day };
  return later !== undefined && /^\d{4}-(0[1-9]|1[0-2])$/.test(later) && later > month ? { later } : null;
}
