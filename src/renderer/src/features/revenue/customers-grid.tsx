import { useMemo } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { customerMrrSchema } from '../../../../shared/api/revenue-measures.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { gridSource } from '../../lib/grid-source.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { definedOnly } from '../../lib/url-filter.ts';
import type { MeasureView } from './use-standpoint.ts';

type CustomerRow = z.infer<typeof customerMrrSchema>;
type CustomerFilter = MeasureView & { month: string; text?: string };

const columns: readonly GridColumn<CustomerRow>[] = [
  { id: 'customerName', header: 'Customer', size: 240, minSize: 130, growth: 2, sortBy: 'customerName', cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'customerId', yields: 2, header: 'Id', size: 180, isHiddenAtFirst: true, cell: (row) => <span className="muted">{row.customerId}</span>, text: (row) => row.customerId },
  { id: 'country', yields: 1, header: 'Country', size: 120, cell: (row) => row.country || <span className="muted">—</span>, text: (row) => row.country },
  { id: 'since', yields: 3, header: 'Customer since', kind: 'date', size: 140, cell: (row) => <DateText day={row.since} />, text: (row) => row.since },
  { id: 'amount', header: 'MRR', size: 160, align: 'end', sortBy: 'amount', cell: (row) => <MoneyText amount={row.mrr.amount} currency={row.mrr.currency} />, text: (row) => toDecimalString(row.mrr.amount, row.mrr.currency), currencyOf: (row) => row.mrr.currency },
];

export interface CustomersGridProps {
  room: string;
  month: string;
  view: MeasureView;
  text: string | undefined;
  openCustomerId: string | null;
  onText: (text: string | null) => void;
}

/** Customers with MRR at the end of a month; they sum to it. */
export function CustomersGrid({ room, month, view, text, openCustomerId, onText }: CustomersGridProps) {
  const { client, queries } = useApi();
  const { locale } = usePreferences();
  const navigate = useNavigate();
  const [parameters] = useSearchParams();
  const source = useMemo(
    () => gridSource<CustomerRow, 'customerName' | 'amount', CustomerFilter>(queries.revenueMeasures.customers.key(), client.revenueMeasures.customers, ['customerName', 'amount'], { month, ...view, ...definedOnly({ text }) }),
    [client, queries, month, view, text],
  );
  return (
    <Box isFilling title={`Customers, ${formatMonth(month, locale, 'long')}`} note="they sum to MRR" actions={<FilterInput label="Filter by customer" placeholder="Filter by customer" value={text} onChange={onText} />}>
      <DataGrid
        id="mrr-customers" label="Customers by MRR" columns={columns} source={source} noun={['customer', 'customers']} defaultSort={{ column: 'amount', direction: 'descending' }}
        rowId={(row) => row.customerId} openId={openCustomerId} amountOf={(row) => row.mrr}
        onOpen={(row, how) => { const next = new URLSearchParams(parameters); if (!next.has('month')) next.set('month', month); void navigate({ pathname: `${room}/${encodeURIComponent(row.customerId)}`, search: next.toString() }, how); }}
        empty={<EmptyState title="No customers">{text ? 'No customer fits this filter.' : 'Nobody had MRR at the end of this month.'}</EmptyState>}
      />
    </Box>
  );
}
