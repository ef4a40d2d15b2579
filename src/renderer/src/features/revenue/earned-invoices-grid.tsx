import { useMemo } from 'react';
import { useNavigate } from 'react-router';
import type { z } from 'zod';
import type { earnedInvoiceSchema } from '../../../../shared/api/revenue-screens.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatDay, formatMonth } from '../../lib/dates.ts';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { definedOnly } from '../../lib/url-filter.ts';
import { ScreenWhy } from './measure-why.tsx';

type Row = z.infer<typeof earnedInvoiceSchema>;
/** A bar: a day of the month, or a later month. */
export type EarnedPoint = { readonly day: string } | { readonly later: string };
type Filter = { month: string; currency: string; day?: string; later?: string; text?: string };

const columns: readonly GridColumn<Row>[] = [
  { id: 'customerName', header: 'Customer', size: 240, minSize: 130, growth: 2, sortBy: 'customerName', cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'number', header: 'Invoice', size: 200, cell: (row) => <EntityLink to={links.invoice(row.invoiceId)} id={row.invoiceId}>{row.number ?? row.invoiceId}</EntityLink>, text: (row) => row.number ?? row.invoiceId },
  { id: 'lines', yields: 1, header: 'Lines', size: 90, align: 'end', cell: (row) => row.lines, text: (row) => String(row.lines) },
  { id: 'amount', header: 'Earned', size: 160, align: 'end', sortBy: 'amount', cell: (row) => <MoneyText amount={row.earned.amount} currency={row.earned.currency} />, text: (row) => toDecimalString(row.earned.amount, row.earned.currency), currencyOf: (row) => row.earned.currency },
];

/** The invoices behind a bar of recognition; they sum to it. */
export function EarnedInvoicesGrid({ month, currency, point, text, onText, onClear }: { month: string; currency: string; point: EarnedPoint; text: string | undefined; onText: (text: string | null) => void; onClear: () => void }) {
  const { client, queries } = useApi();
  const { locale } = usePreferences();
  const navigate = useNavigate();
  const { day, later } = { day: undefined, later: undefined, ...point };
  const source = useMemo(
    () => gridSource<Row, 'amount' | 'customerName', Filter>(queries.revenueScreens.earnedInvoices.key(), client.revenueScreens.earnedInvoices, ['amount', 'customerName'], { month, currency, ...definedOnly({ day, later, text }) }),
    [client, queries, month, currency, day, later, text],
  );
  const when = day === undefined ? formatMonth(later ?? month, locale, 'long') : formatDay(day, locale);
  const title = day === undefined ? `Will be earned in ${when}` : `Earned on ${when}`;
  return (
    <Box isFilling title={title} note={`${currency.toUpperCase()}, by invoice`} actions={<><ScreenWhy figure={{ of: 'earned', month, currency, ...point }} label={title} /><button type="button" className="chip" aria-pressed onClick={onClear} title="Close this list">{when} ×</button><FilterInput label="Filter by customer or invoice" placeholder="Filter by customer" value={text} onChange={onText} /></>}>
      <DataGrid
        id="earned-invoices" label="Invoices earned from" columns={columns} source={source} noun={['invoice', 'invoices']} defaultSort={{ column: 'amount', direction: 'descending' }} rowId={(row) => row.invoiceId} openId={null} amountOf={(row) => row.earned}
        onOpen={(row, how) => void navigate(links.invoice(row.invoiceId), how)} empty={<EmptyState title="Nothing is listed">{text ? 'No invoice fits this filter.' : 'No invoice earns at this point.'}</EmptyState>}
      />
    </Box>
  );
}
