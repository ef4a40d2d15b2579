import { useQuery } from '@tanstack/react-query';
import { DateText } from '../../components/date-text.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { FigureFileButtons } from '../../components/figure-table.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { WhyPopover } from '../../components/why-popover.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { PresentmentBox } from './presentment-box.tsx';
import { amountColumns, filesOf, type AmountColumn, type RevenueMonth } from './cash-file.ts';

function SignedAmount({ row, column }: { row: RevenueMonth; column: AmountColumn }) {
  const amount = row[column.field];
  return <WhyPopover figure={column.figure} month={row.month} currency={row.currency} label={`${column.label.toLowerCase()}, ${row.currency.toUpperCase()}`}><MoneyText amount={amount === 0 ? 0 : column.sign * amount} currency={row.currency} /></WhyPopover>;
}

/** How many payments: those that the sum of payments counts. */
function Payments({ row }: { row: RevenueMonth }) {
  const { locale } = usePreferences();
  return <WhyPopover figure="gross" month={row.month} currency={row.currency} label={`the count of payments, ${row.currency.toUpperCase()}`}>{new Intl.NumberFormat(locale).format(row.payments)}</WhyPopover>;
}

/** Newest month first; within it the functional currency before the others. */
function newestFirst(rows: readonly RevenueMonth[], functionalCurrency: string | null): RevenueMonth[] {
  return rows.toSorted((a, b) => b.month.localeCompare(a.month) || Number(b.currency === functionalCurrency) - Number(a.currency === functionalCurrency) || a.currency.localeCompare(b.currency));
}

/** Money in and out by payment date, per settlement currency: payments − fees − refunds = net. */
export function CashView({ month, onSelect }: { month: string; onSelect: (month: string) => void }) {
  const { queries } = useApi();
  const { locale, functionalCurrency } = usePreferences();
  const overview = useQuery(queries.revenue.overview.queryOptions({ input: { month } }));
  const breakdown = useQuery(queries.revenue.breakdown.queryOptions({ input: {} }));
  const inMonth = newestFirst(overview.data?.rows ?? [], functionalCurrency);
  const rows = newestFirst(breakdown.data?.months ?? [], functionalCurrency);
  const title = `Cash in ${formatMonth(month, locale, 'long')}`;
  return (
    <>
      <Box title={title} note={<>payments − fees − refunds = net, per settlement currency{overview.data ? overview.data.asOf === null ? ' · Stripe was not read to its end yet' : <> · as of <DateText instant={overview.data.asOf} /></> : null}</>} actions={inMonth.length > 0 ? <FigureFileButtons table={filesOf(title, `cash-${month}`, inMonth)} /> : null}>
        {overview.isError ? <div style={{ padding: 14 }}><ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} /></div> : null}
        {overview.isError ? null : <div className="scroll-x" tabIndex={0} role="group" aria-label={title}>
          <table className="plain">
            <thead><tr><th scope="col">Currency</th><th scope="col" className="num">Count</th>{amountColumns.map((column) => <th key={column.field} scope="col" className="num">{column.label}</th>)}</tr></thead>
            <tbody>
              {inMonth.map((row) => (
                <tr key={row.currency}>
                  <th scope="row">{row.currency.toUpperCase()}</th>
                  <td className="num"><Payments row={row} /></td>
                  {amountColumns.map((column) => (
                    <td key={column.field} className="num"><SignedAmount row={row} column={column} /></td>
                  ))}
                </tr>
              ))}
              {overview.data?.rows.length === 0 ? <tr><td colSpan={7} className="muted">No payments in this month.</td></tr> : null}
            </tbody>
          </table>
        </div>}
      </Box>
      <PresentmentBox month={month} />
      <Box title="Month by month" note="12 months" actions={rows.length > 0 ? <FigureFileButtons table={filesOf('Cash by month', 'cash-by-month', rows)} /> : null}>
        {breakdown.isError ? <div style={{ padding: 14 }}><ErrorNotice error={breakdown.error} onRetry={() => void breakdown.refetch()} /></div> : null}
        {breakdown.isError ? null : <div className="scroll-x" tabIndex={0} role="group" aria-label="Cash by month">
          <table className="plain">
            <thead><tr><th scope="col">Month</th><th scope="col">Currency</th><th scope="col" className="num">Count</th>{amountColumns.map((column) => <th key={column.field} scope="col" className="num">{column.label}</th>)}</tr></thead>
            <tbody>
              {rows.map((row, index) => (
                <tr key={`${row.month}/${row.currency}`} className={row.month === month ? 'on' : ''}>
                  <th scope="row">{rows[index - 1]?.month === row.month ? <span className="visually-hidden">{formatMonth(row.month, locale)}</span> : <><button type="button" className="text-button" onClick={() => onSelect(row.month)}>{formatMonth(row.month, locale)}</button>{row.isRunning ? <span className="muted"> running</span> : null}</>}</th>
                  <td>{row.currency.toUpperCase()}</td>
                  <td className="num"><Payments row={row} /></td>
                  {amountColumns.map((column) => <td key={column.field} className="num"><SignedAmount row={row} column={column} /></td>)}
                </tr>
              ))}
              {breakdown.data?.months.length === 0 ? <tr><td colSpan={8} className="muted">No payments yet: they come with the first sync from Stripe.</td></tr> : null}
            </tbody>
          </table>
        </div>}
      </Box>
    </>
  );
}
