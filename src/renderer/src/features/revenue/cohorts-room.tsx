import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, type ReactNode } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { cohortRowSchema } from '../../../../shared/api/revenue-measures.contract.ts';
import { addMonths, month as asMonth } from '../../../../shared/calendar/local-date.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { ChartBox } from '../../charts/chart-box.tsx';
import { CohortHeat } from '../../charts/cohort-heat.tsx';
import type { HeatRow } from '../../charts/cohort-picture.ts';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { FigureTableData } from '../../components/figure-table.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { formatBasisPoints } from '../../lib/ratios.ts';
import { useUrlFilter } from '../../lib/url-filter.ts';
import { CohortCustomersGrid } from './cohort-customers-grid.tsx';
import { CustomerPanel } from './customer-panel.tsx';
import { ScreenWhy } from './measure-why.tsx';
import { NoRevenueYet, useHasRevenue } from './no-revenue-yet.tsx';
import { Caveats, RevenuePickers } from './revenue-pickers.tsx';
import { RevenueRoom } from './revenue-room.tsx';
import { useStandpoint } from './use-standpoint.ts';

type CohortRow = z.infer<typeof cohortRowSchema>;
type Kind = 'logo' | 'revenue';
/** Each cell as a row: what a spreadsheet can pivot. */
interface CellRow { readonly cohort: string; readonly size: number; readonly offset: number; readonly customers: number; readonly mrrMinor: number; readonly share: number | null }

const shareOf = (kind: Kind, cell: CohortRow['cells'][number]) => (kind === 'logo' ? cell.logoRetention : cell.revenueRetention);
const cohortFigureNames = { size: 'customers at first', customers: 'customers left', mrr: 'MRR left', 'logo-retention': 'customer retention', 'revenue-retention': 'revenue retention' } as const;
type CohortFigure = keyof typeof cohortFigureNames;
const shownCohorts = 18;
/** A cohort is drawn up to the month looked at. */
const cellsUpTo = (row: CohortRow, month: string) => row.cells.filter((cell) => String(addMonths(asMonth(row.cohort), cell.offset)) <= month);

/** What became of those who came in a month: how many are left, and how much of their MRR. */
export function CohortsRoom() {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const { month, view, change } = useStandpoint();
  const [filter, setFilter] = useUrlFilter(['of', 'cohort', 'after', 'text'] as const);
  const [parameters] = useSearchParams();
  const { customerId = null } = useParams();
  const navigate = useNavigate();
  const hasRevenue = useHasRevenue();
  const kind: Kind = filter.of === 'revenue' ? 'revenue' : 'logo';
  const from = String(addMonths(asMonth(month), 1 - shownCohorts));
  const whole = useMemo(() => ({ policy: view.policy, ...(view.currency ? { currency: view.currency } : {}) }), [view]);
  const cohorts = useQuery(queries.revenueMeasures.cohorts.queryOptions({ input: { from, to: month, ...whole }, enabled: hasRevenue !== false }));
  const { data } = cohorts;
  const number = useMemo(() => new Intl.NumberFormat(locale), [locale]);
  const rows = useMemo(() => (data?.rows ?? []).map((row): HeatRow => ({ id: row.cohort, label: formatMonth(row.cohort, locale), size: number.format(row.customers), shares: cellsUpTo(row, month).map((cell) => shareOf(kind, cell)) })), [data, kind, locale, month, number]);
  const head = useMemo(() => ['Cohort', 'Customers', ...Array.from({ length: shownCohorts }, (_, offset) => (offset === 0 ? 'Month 0' : `+${offset}`))], []);
  const text = useCallback((share: number) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(`${share}E-4` as Intl.StringNumericLiteral), [locale]);
  const offset = Number(filter.after);
  const selected = filter.cohort && Number.isInteger(offset) && offset >= 0 && data?.rows.some((row) => row.cohort === filter.cohort) ? { id: filter.cohort, offset } : null;
  const selectedMonth = selected ? String(addMonths(asMonth(selected.id), selected.offset)) : null;
  const pick = useCallback((id: string, after: number) => setFilter({ cohort: id, after: String(after) }), [setFilter]);
  const cellLabel = useCallback((row: HeatRow, after: number) => `${formatBasisPoints(row.shares[after] ?? null, locale)} of ${row.label} after ${after} ${after === 1 ? 'month' : 'months'}`, [locale]);
  const currency = data?.currency ?? 'usd';
  const retention = kind === 'logo' ? ('logo-retention' as const) : ('revenue-retention' as const);
  const why = useCallback((cell: Pick<CellRow, 'cohort' | 'offset'>, figure: CohortFigure, children?: ReactNode) => (
    <ScreenWhy figure={{ of: 'cohort', cohort: cell.cohort, offset: cell.offset, figure, ...whole }} label={`${cohortFigureNames[figure]}, ${formatMonth(cell.cohort, locale)}${figure === 'size' ? '' : ` +${cell.offset}`}`} onList={() => pick(cell.cohort, figure === 'size' ? 0 : cell.offset)}>{children}</ScreenWhy>
  ), [whole, locale, pick]);
  const table = useMemo((): FigureTableData<CellRow> | undefined => data && {
    label: 'Cohorts, month by month', fileName: `cohorts-${kind}-${month}`, rowId: (row) => `${row.cohort}/${row.offset}`,
    rows: data.rows.flatMap((row) => cellsUpTo(row, month).map((cell): CellRow => ({ cohort: row.cohort, size: row.customers, offset: cell.offset, customers: cell.customers, mrrMinor: cell.mrrMinor, share: shareOf(kind, cell) }))),
    columns: [
      { id: 'cohort', title: 'Cohort', kind: 'text', text: (row) => row.cohort, cell: (row) => <button type="button" className="text-button" onClick={() => pick(row.cohort, row.offset)}>{formatMonth(row.cohort, locale)}</button> },
      { id: 'offset', title: 'Months after', kind: 'number', text: (row) => String(row.offset), cell: (row) => row.offset },
      { id: 'size', title: 'Customers at first', kind: 'number', text: (row) => String(row.size), cell: (row) => why(row, 'size', number.format(row.size)) },
      { id: 'customers', title: 'Customers left', kind: 'number', text: (row) => String(row.customers), cell: (row) => why(row, 'customers', number.format(row.customers)) },
      { id: 'mrr', title: `MRR, ${currency.toUpperCase()}`, kind: 'number', text: (row) => toDecimalString(row.mrrMinor, currency), cell: (row) => why(row, 'mrr', <MoneyText amount={row.mrrMinor} currency={currency} hidesCurrency />) },
      { id: 'share', title: 'Retention, %', kind: 'number', text: (row) => (row.share === null ? '' : toDecimalString(row.share, 'usd')), cell: (row) => why(row, retention, formatBasisPoints(row.share, locale)) },
    ],
  }, [data, kind, month, locale, number, currency, pick, why, retention]);
  const title = kind === 'logo' ? 'Customers left of each cohort' : 'MRR left of each cohort';
  const note = `${kind === 'logo' ? 'of those who came' : 'of the MRR at their first month’s end'}; up to ${formatMonth(month, locale)}`;
  const close = useCallback(() => { void navigate({ pathname: links.revenueCohorts, search: parameters.toString() }); }, [navigate, parameters]);
  return (
    <RevenueRoom
      part="Cohorts" asOf={data?.asOf} panel={customerId ? <CustomerPanel customerId={customerId} from={selected?.id ?? month} month={selectedMonth ?? month} view={whole} onClose={close} onStep={stepGrid} /> : undefined}
      choices={<><SegmentedControl aria-label="Retention of" value={kind} onChange={(value) => setFilter({ of: value === 'revenue' ? 'revenue' : null })} data={[{ value: 'logo', label: 'Customers' }, { value: 'revenue', label: 'Revenue' }]} /><RevenuePickers hasSegment={false} /></>}
    >
      {hasRevenue === false ? <NoRevenueYet /> : (
        <>
          <Caveats caveats={data?.caveats} />
          <ChartBox title={title} note={note} table={table} error={cohorts.error} onRetry={() => void cohorts.refetch()} height={420} empty={<p className="section quiet">Nobody became a customer in these months. <button type="button" className="text-button" onClick={() => change({ month: null })}>Look at the running month</button></p>}>
            {(chart) => <CohortHeat ref={chart} title={title} note={note} head={head} rows={rows} text={text} cellLabel={cellLabel} selected={selected} onPick={pick} sizeCell={(row) => why({ cohort: row.id, offset: 0 }, 'size', row.size)} />}
          </ChartBox>
          {selected && selectedMonth ? <CohortCustomersGrid cohort={selected.id} month={selectedMonth} view={whole} why={<>{why({ cohort: selected.id, offset: selected.offset }, retention)}</>} text={filter.text} openCustomerId={customerId} onText={(typed) => setFilter({ text: typed }, { replace: true })} onClear={() => setFilter({ cohort: null, after: null })} /> : null}
        </>
      )}
    </RevenueRoom>
  );
}
