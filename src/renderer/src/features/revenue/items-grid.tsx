import { useMemo } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { mrrItemRowSchema } from '../../../../shared/api/revenue.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import type { MrrMonth } from '../../charts/mrr-series.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { definedOnly } from '../../lib/url-filter.ts';

type ItemRow = z.infer<typeof mrrItemRowSchema>;
type ItemFilter = { month: string; text?: string };

const columns: readonly GridColumn<ItemRow>[] = [
  { id: 'customerName', header: 'Customer', size: 200, minSize: 130, growth: 1.4, sortBy: 'customerName', cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'product', yields: 1, header: 'Product', size: 160, growth: 1, cell: (row) => row.productName, text: (row) => row.productName },
  { id: 'explanation', yields: 2, header: 'Calculation', size: 220, growth: 1.4, cell: (row) => row.explanation, text: (row) => row.explanation },
  { id: 'invoice', header: 'Invoice', size: 160, cell: (row) => (row.invoiceId ? <EntityLink isInGrid to={links.invoice(row.invoiceId)} id={row.invoiceId} /> : <span className="muted">—</span>), text: (row) => row.invoiceId ?? '' },
  { id: 'subscription', yields: 4, header: 'Subscription', size: 160, isHiddenAtFirst: true, cell: (row) => <span className="muted">{row.subscriptionId}</span>, text: (row) => row.subscriptionId },
  { id: 'since', yields: 3, header: 'Since', kind: 'instant', size: 170, cell: (row) => <DateText instant={row.since} />, text: (row) => new Date(row.since).toISOString() },
  { id: 'amount', header: 'MRR', size: 150, align: 'end', sortBy: 'amount', cell: (row) => <MoneyText amount={row.functional.amount} currency={row.functional.currency} />, text: (row) => toDecimalString(row.functional.amount, row.functional.currency), currencyOf: (row) => row.functional.currency },
];

export interface ItemsGridProps {
  month: string;
  text: string | undefined;
  current: MrrMonth | undefined;
  openCustomerId: string | null;
  onText: (text: string | null) => void;
}

/** The subscription items a month's MRR is the sum of. */
export function ItemsGrid({ month, text, current, openCustomerId, onText }: ItemsGridProps) {
  const { client, queries } = useApi();
  const { locale } = usePreferences();
  const navigate = useNavigate();
  const [parameters] = useSearchParams();
  const source = useMemo(
    () => gridSource<ItemRow, 'customerName' | 'amount', ItemFilter>(queries.revenue.mrrItems.key(), client.revenue.mrrItems, ['customerName', 'amount'], { month, ...definedOnly({ text }) }),
    [client, queries, month, text],
  );
  return (
    <Box
      isFilling
      title={`MRR items, ${formatMonth(month, locale, 'long')}`}
      note={current ? <>sum to <MoneyText amount={current.endMinor} currency={current.currency} /></> : undefined}
      actions={<FilterInput label="Filter by customer" placeholder="Filter by customer" value={text} onChange={onText} />}
    >
      <DataGrid
        id="mrr-items" label="MRR items" columns={columns} source={source} noun={['item', 'items']} defaultSort={{ column: 'amount', direction: 'descending' }}
        rowId={itemId} openId={openCustomerId === null ? null : parameters.get('item')} amountOf={(row) => row.functional}
        onOpen={(row, how) => { const next = new URLSearchParams(parameters); next.set('item', row.subscriptionItemId); if (!next.has('month')) next.set('month', month); void navigate({ pathname: `${links.revenue}/${encodeURIComponent(row.customerId)}`, search: next.toString() }, how); }}
        empty={<EmptyState title="No MRR">{text ? 'No customer fits this filter.' : 'No subscription item counted at the end of this month.'}</EmptyState>}
      />
    </Box>
  );
}

function itemId(row: ItemRow): string {
  return row.subscriptionItemId;
}
