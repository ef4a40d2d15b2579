import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, type ReactNode } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { movementKinds } from '../../../../shared/api/revenue.contract.ts';
import { addMonths, month as asMonth } from '../../../../shared/calendar/local-date.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { ChartBox } from '../../charts/chart-box.tsx';
import { MonthBarsChart, type BarSeries } from '../../charts/month-bars-chart.tsx';
import { movementSeries, type MovementKind, type MrrMonth } from '../../charts/mrr-series.ts';
import { WaterfallChart, type WaterfallStep } from '../../charts/waterfall-chart.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { FigureTableData } from '../../components/figure-table.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { oneOf, useUrlFilter } from '../../lib/url-filter.ts';
import { CustomerPanel } from './customer-panel.tsx';
import { mrrFigures } from './mrr-figures.tsx';
import { MeasureWhy } from './measure-why.tsx';
import { mrrMonthOf, stretchOf } from './measure-words.ts';
import { MovementsGrid } from './movements-grid.tsx';
import { NoRevenueYet, useHasRevenue } from './no-revenue-yet.tsx';
import { Caveats, RevenuePickers } from './revenue-pickers.tsx';
import { RevenueRoom } from './revenue-room.tsx';
import { useStandpoint, type MeasureView } from './use-standpoint.ts';

const spans = ['1', '3', '12', 'year'] as const;
const spanNames: Readonly<Record<(typeof spans)[number], string>> = { '1': 'Month', '3': '3 months', '12': '12 months', year: 'Year to date' };

/** The first month of a stretch that ends with the month looked at. */
function firstOf(span: (typeof spans)[number], month: string): string {
  return span === 'year' ? `${month.slice(0, 4)}-01` : String(addMonths(asMonth(month), 1 - Number(span)));
}

function stepsOf(stretch: MrrMonth, from: string, locale: string): WaterfallStep[] {
  return [
    { id: 'start', label: `Start of ${formatMonth(from, locale)}`, kind: 'total', amountMinor: stretch.startMinor },
    ...movementSeries.map((series): WaterfallStep => ({ id: series.kind, label: series.label, kind: 'change', amountMinor: stretch[series.field] })),
    { id: 'end', label: stretch.isRunning ? 'Now' : `End of ${formatMonth(stretch.month, locale)}`, kind: 'total', amountMinor: stretch.endMinor },
  ];
}

function stepFigures(steps: readonly WaterfallStep[], currency: string, { from, month, view, kind }: { from: string; month: string; view: MeasureView; kind: MovementKind | undefined }, onPick: (id: string) => void): FigureTableData<WaterfallStep> {
  return {
    label: 'From start to end', fileName: `mrr-waterfall-${from}-${month}`, rows: steps, rowId: (row) => row.id, isSum: (row) => row.kind === 'total', isOn: (row) => row.id === kind,
    columns: [
      { id: 'step', title: 'Step', kind: 'text', text: (row) => row.label, cell: (row) => (row.kind === 'change' ? <button type="button" className="text-button" onClick={() => onPick(row.id)}>{row.label}</button> : row.label) },
      { id: 'amount', title: `Amount, ${currency.toUpperCase()}`, kind: 'number', text: (row) => toDecimalString(row.amountMinor, currency), cell: (row) => <StepWhy step={row} from={from} month={month} view={view} onPick={onPick}><MoneyText amount={row.amountMinor} currency={currency} isSigned={row.kind === 'change'} /></StepWhy> },
      { id: 'currency', title: 'Currency', kind: 'text', isOnlyInFiles: true, text: () => currency.toUpperCase(), cell: () => null },
    ],
  };
}

function StepWhy({ step, from, month, view, onPick, children }: { step: WaterfallStep; from: string; month: string; view: MeasureView; onPick: (id: string) => void; children: ReactNode }) {
  const kind = movementKinds.find((each) => each === step.id);
  const before = String(addMonths(asMonth(from), -1));
  if (kind) return <MeasureWhy figure={kind} from={from} to={month} view={view} onList={() => onPick(kind)}>{children}</MeasureWhy>;
  const of = step.id === 'start' ? before : month;
  return <MeasureWhy figure="mrr" from={of} to={of} view={view} label={`MRR, ${step.label}`}>{children}</MeasureWhy>;
}

/** From the start of a stretch of months to its end: the sum, its months, and every movement in it. */
export function MovementsRoom() {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const { month, view } = useStandpoint();
  const [filter, setFilter] = useUrlFilter(['span', 'kind', 'text'] as const);
  const [parameters] = useSearchParams();
  const { customerId = null } = useParams();
  const navigate = useNavigate();
  const hasRevenue = useHasRevenue();
  const span = oneOf(spans, filter.span) ?? '12';
  const kind = oneOf(movementKinds, filter.kind);
  const from = firstOf(span, month);
  const monthly = useQuery(queries.revenueMeasures.monthly.queryOptions({ input: { from, to: month, ...view }, enabled: hasRevenue !== false }));
  const months = useMemo(() => monthly.data?.months.map((each) => mrrMonthOf(each, monthly.data.currency)), [monthly.data]);
  const stretch = useMemo(() => months && stretchOf(months), [months]);
  const pickStep = useCallback((id: string) => setFilter({ kind: movementKinds.find((each) => each === id) ?? null }), [setFilter]);
  const steps = useMemo(() => stretch && stepsOf(stretch, from, locale), [stretch, from, locale]);
  const stepTable = useMemo(() => (steps && stretch ? stepFigures(steps, stretch.currency, { from, month, view, kind }, pickStep) : undefined), [steps, stretch, from, month, view, kind, pickStep]);
  const pickMonth = useCallback((picked: string, series: string | null) => { const next = new URLSearchParams(parameters); next.set('month', picked); next.set('span', '1'); if (series) next.set('kind', series); else next.delete('kind'); void navigate({ pathname: links.revenueMovements, search: next.toString() }); }, [navigate, parameters]);
  const monthTable = useMemo(() => months && mrrFigures(months, month, locale, view, pickMonth), [months, month, locale, view, pickMonth]);
  const series = useMemo(() => (months ?? []).length === 0 ? [] : movementSeries.map((each): BarSeries => ({ id: each.kind, label: each.label, colour: each.colour, amounts: (months ?? []).map((row) => row[each.field]) })), [months]);
  const names = useMemo(() => (months ?? []).map((each) => each.month), [months]);
  const currency = stretch?.currency ?? 'usd';
  const note = `${from === month ? '' : `${formatMonth(from, locale)} to `}${formatMonth(month, locale)}${stretch ? `, ${currency.toUpperCase()}` : ''}`;
  const close = useCallback(() => { void navigate({ pathname: links.revenueMovements, search: parameters.toString() }); }, [navigate, parameters]);
  return (
    <RevenueRoom
      part="Movements" asOf={monthly.data?.asOf} panel={customerId ? <CustomerPanel customerId={customerId} from={from} month={month} view={view} onClose={close} onStep={stepGrid} /> : undefined}
      choices={<><SegmentedControl aria-label="Stretch" value={span} onChange={(value) => setFilter({ span: value === '12' ? null : value })} data={spans.map((value) => ({ value, label: spanNames[value] }))} /><RevenuePickers /></>}
    >
      {hasRevenue === false ? <NoRevenueYet /> : monthly.isLoadingError ? <ErrorNotice error={monthly.error} onRetry={() => void monthly.refetch()} /> : (
        <>
          <Caveats caveats={monthly.data?.caveats} />
          <div className="halves">
            <ChartBox title="From start to end" note={note} table={stepTable} error={monthly.error} onRetry={() => void monthly.refetch()} height={300}>
              {(chart) => <WaterfallChart ref={chart} title="MRR from start to end" note={note} steps={steps ?? []} currency={currency} onPick={pickStep} />}
            </ChartBox>
            <ChartBox title="Movements by month" note="a bar lists it" table={monthTable} error={monthly.error} onRetry={() => void monthly.refetch()} height={300}>
              {(chart) => <MonthBarsChart ref={chart} title="Movements" note={note} months={names} series={series} currency={currency} isStacked onPick={pickMonth} />}
            </ChartBox>
          </div>
          <MovementsGrid room={links.revenueMovements} from={from} to={month} view={view} kind={kind} text={filter.text} current={stretch} openCustomerId={customerId} onText={(text) => setFilter({ text }, { replace: true })} onClearKind={() => setFilter({ kind: null })} />
        </>
      )}
    </RevenueRoom>
  );
}
