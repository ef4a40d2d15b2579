import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { z } from 'zod';
import { breakdownKinds, type breakdownRowSchema } from '../../../../shared/api/revenue-measures.contract.ts';
import { addMonths, month as asMonth } from '../../../../shared/calendar/local-date.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { movementSeries } from '../../charts/mrr-series.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { copyFigures, FigureFileButtons, FigureTable, type FigureColumn, type FigureTableData } from '../../components/figure-table.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { formatBasisPoints } from '../../lib/ratios.ts';
import { oneOf, useUrlFilter } from '../../lib/url-filter.ts';
import { MeasureWhy, ScreenWhy } from './measure-why.tsx';
import { measureNames } from '../../../../shared/revenue/measure-names.ts';
import type { MeasureFigure } from './measure-words.ts';
import { NoRevenueYet, useHasRevenue } from './no-revenue-yet.tsx';
import { Caveats, RevenuePickers } from './revenue-pickers.tsx';
import { RevenueRoom } from './revenue-room.tsx';
import { roomAddress } from './revenue-rooms.ts';
import { unknownCountry, useStandpoint, type MeasureView } from './use-standpoint.ts';

type Row = z.infer<typeof breakdownRowSchema>;
type By = (typeof breakdownKinds)[number];
const byNames: Readonly<Record<By, string>> = { plan: 'Plan', country: 'Country', currency: 'Currency' };

/** What is looked at when one member is opened: the overview of it alone. */
function standpointOf(by: By, member: string): Record<string, string> {
  return { [by]: by === 'country' ? member || unknownCountry : member };
}

/** The longest share, in px. */
const barPx = 92;

type AmountField = 'startMinor' | 'endMinor' | (typeof movementSeries)[number]['field'];

/** MRR of a month by plan, country or currency: members sum to the whole, and each opens. */
export function BreakdownsRoom() {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const { month, view } = useStandpoint();
  const [filter, setFilter] = useUrlFilter(['by'] as const);
  const [parameters] = useSearchParams();
  const hasRevenue = useHasRevenue();
  const by = oneOf(breakdownKinds, filter.by) ?? 'plan';
  const whole = useMemo((): MeasureView => ({ policy: view.policy, ...(view.currency ? { currency: view.currency } : {}), ...(view.plan === undefined ? {} : { plan: view.plan }), ...(view.country === undefined ? {} : { country: view.country }) }), [view]);
  const breakdown = useQuery(queries.revenueMeasures.breakdown.queryOptions({ input: { from: month, to: month, ...whole, by }, enabled: hasRevenue !== false }));
  const { data } = breakdown;
  const currency = data?.currency ?? 'usd';
  const title = `MRR by ${by}, ${formatMonth(month, locale, 'long')}`;
  const table = useMemo((): FigureTableData<Row> | undefined => {
    if (!data) return undefined;
    const isTotal = (row: Row) => row === data.total;
    const viewOf = (row: Row): MeasureView => (isTotal(row) ? whole : by === 'currency' ? { ...whole, currency: row.member, ...(view.currency ? {} : { isConverted: true }) } : { ...whole, [by]: row.member });
    const before = String(addMonths(asMonth(month), -1));
    const why = (row: Row, figure: MeasureFigure, children: ReactNode, of = month) => <MeasureWhy figure={figure} from={of} to={of} view={viewOf(row)} label={`${measureNames[figure]} of ${isTotal(row) ? 'all' : row.name}`}>{children}</MeasureWhy>;
    const largest = Math.max(1, ...data.rows.map((row) => row.endMinor));
    const amount = (id: string, heading: string, field: AmountField, figure: MeasureFigure, isSigned: boolean): FigureColumn<Row> => ({
      id, title: heading, kind: 'number', text: (row) => toDecimalString(row[field], currency), cell: (row) => why(row, figure, <MoneyText amount={row[field]} currency={currency} hidesCurrency isSigned={isSigned} />, id === 'start' ? before : month),
    });
    return {
      label: title, fileName: `mrr-by-${by}-${month}`, rows: data.rows.length === 0 ? [] : [...data.rows, data.total], rowId: (row) => (isTotal(row) ? 'total' : `member ${row.member}`), isSum: isTotal,
      columns: [
        { id: 'name', title: byNames[by], kind: 'text', text: (row) => (isTotal(row) ? 'All' : row.name), cell: (row) => (isTotal(row) ? 'All' : <Link to={roomAddress(links.revenue, parameters, standpointOf(by, row.member))} title={`Look at ${row.name} alone`}>{row.name}</Link>) },
        { id: 'member', title: 'Id', kind: 'text', isOnlyInFiles: true, text: (row) => (isTotal(row) ? '' : row.member), cell: () => null },
        { id: 'share', title: 'Share', kind: 'number', text: (row) => (row.share === null ? '' : toDecimalString(row.share, 'usd')), cell: (row) => <span className="share-bar"><i aria-hidden="true" style={isTotal(row) ? { width: 0 } : { width: Math.round((Math.max(0, row.endMinor) * barPx) / largest) }} />{isTotal(row) ? why(row, 'mrr', formatBasisPoints(row.share, locale)) : <ScreenWhy figure={{ of: 'share', month, by, member: row.member, ...whole }} label={`share of ${row.name}`}>{formatBasisPoints(row.share, locale)}</ScreenWhy>}</span> },
        { id: 'customers', title: 'Customers', kind: 'number', text: (row) => String(row.customers), cell: (row) => why(row, 'customers', new Intl.NumberFormat(locale).format(row.customers)) },
        ...(by === 'currency' ? [{ id: 'native', title: 'In itself', kind: 'number' as const, text: (row: Row) => (row.native ? toDecimalString(row.native.amount, row.native.currency) : ''), cell: (row: Row) => (row.native ? <MeasureWhy figure="mrr" from={month} to={month} view={{ ...whole, currency: row.native.currency }} label={`MRR in ${row.name}`}><MoneyText amount={row.native.amount} currency={row.native.currency} /></MeasureWhy> : '') }] : []),
        amount('start', 'Start', 'startMinor', 'mrr', false), ...movementSeries.map((series) => amount(series.kind, series.label, series.field, series.kind, true)), amount('end', 'MRR', 'endMinor', 'mrr', false),
        { id: 'currency', title: 'Currency', kind: 'text', isOnlyInFiles: true, text: () => currency.toUpperCase(), cell: () => null },
      ],
    };
  }, [by, currency, data, locale, month, parameters, title, view.currency, whole]);
  return (
    <RevenueRoom part="Breakdowns" asOf={data?.asOf} choices={<><SegmentedControl aria-label="By" value={by} onChange={(value) => setFilter({ by: value === 'plan' ? null : value })} data={breakdownKinds.map((value) => ({ value, label: byNames[value] }))} /><RevenuePickers /></>}>
      {hasRevenue === false ? <NoRevenueYet /> : (
        <>
          <Caveats caveats={data?.caveats} />
          <Box title={title} note={`${currency.toUpperCase()}; start + movements = MRR, and all members sum to the whole; plan, country and currency narrow each other`} actions={table && table.rows.length > 0 ? <><button type="button" className="text-button" onClick={() => void copyFigures(table)}>Copy</button><FigureFileButtons table={table} /></> : null}>
            {breakdown.isError ? <div className="section"><ErrorNotice error={breakdown.error} onRetry={() => void breakdown.refetch()} /></div> : null}
            {table ? (table.rows.length === 0 ? <p className="section quiet">No MRR in this month.</p> : <FigureTable table={table} />) : <div style={{ height: 240 }} />}
          </Box>
        </>
      )}
    </RevenueRoom>
  );
}
