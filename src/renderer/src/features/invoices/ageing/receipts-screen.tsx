import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { toDecimalString } from '../../../../../shared/money/money.ts';
import { DataGrid } from '../../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../../components/data-grid/grid-types.ts';
import { sumByCurrency } from '../../../components/data-grid/use-grid-selection.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Box } from '../../../components/screen.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { links } from '../../../lib/links.ts';
import { useUrlFilter } from '../../../lib/url-filter.ts';
import { wholeListSource } from '../../../lib/whole-list.ts';
import { receiptState, type Receipt } from '../acts/receipt-state.ts';
import { InvoicesWorkspace } from '../invoices-workspace.tsx';
import { ReceiptPanel } from './receipt-panel.tsx';

/** As many as the contract gives. */
const mostReceipts = 500;

const columns: readonly GridColumn<Receipt>[] = [
  { id: 'on', header: 'In the bank', kind: 'date', size: 120, sortBy: 'on', cell: (row) => <DateText day={row.on} />, text: (row) => row.on },
  { id: 'customerName', header: 'Customer', size: 200, minSize: 130, growth: 1.4, sortBy: 'customerName', cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'bankReference', header: 'Bank reference', size: 170, minSize: 100, growth: 1, cell: (row) => row.bankReference, text: (row) => row.bankReference },
  { id: 'state', yields: 3, header: 'Status', size: 130, cell: (row) => <StatusBadge status={receiptState(row)} />, text: receiptState },
  { id: 'invoices', yields: 5, header: 'Invoices', size: 190, minSize: 110, growth: 1, cell: (row) => <span className="quiet">{row.allocations.map((each) => each.invoiceNumber ?? each.invoiceId).join(', ')}</span>, text: (row) => row.allocations.map((each) => each.invoiceNumber ?? each.invoiceId).join(' ') },
  { id: 'amount', header: 'Amount', size: 140, align: 'end', sortBy: 'amount', cell: (row) => <MoneyText amount={row.amount.amount} currency={row.amount.currency} />, text: (row) => toDecimalString(row.amount.amount, row.amount.currency), currencyOf: (row) => row.amount.currency },
  { id: 'unapplied', header: 'Not applied', size: 140, align: 'end', sortBy: 'unapplied', cell: (row) => (row.unapplied.amount === 0 ? <span className="muted">—</span> : <MoneyText amount={row.unapplied.amount} currency={row.unapplied.currency} />), text: (row) => toDecimalString(row.unapplied.amount, row.unapplied.currency), currencyOf: (row) => row.unapplied.currency },
];

const orders = {
  on: (a: Receipt, b: Receipt) => a.on.localeCompare(b.on), customerName: (a: Receipt, b: Receipt) => a.customerName.localeCompare(b.customerName),
  amount: (a: Receipt, b: Receipt) => a.amount.amount - b.amount.amount, unapplied: (a: Receipt, b: Receipt) => a.unapplied.amount - b.unapplied.amount,
};

/** Money that came in for our own invoices, and what no invoice has taken yet. */
export function ReceiptsScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(['unapplied', 'partyId'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const isOnlyUnapplied = filter.unapplied === 'yes';
  const asked = useMemo(() => ({ onlyUnapplied: isOnlyUnapplied, limit: mostReceipts, ...(filter.partyId ? { partyId: filter.partyId } : {}) }), [isOnlyUnapplied, filter.partyId]);
  const receipts = useQuery(queries.invoices.listReceipts.queryOptions({ input: asked })).data;
  const source = useMemo(() => wholeListSource<Receipt>({
    queryKey: [...queries.invoices.listReceipts.key(), 'rows', asked], orders, fetchAll: (signal) => client.invoices.listReceipts(asked, { signal }), sumsOf: (rows) => sumByCurrency(rows.filter((row) => !row.isReversed).map((row) => row.amount)),
  }), [client, queries, asked]);
  const close = useCallback(() => { void navigate({ pathname: links.receipts, search: parameters.toString() }); }, [navigate, parameters]);
  return (
    <InvoicesWorkspace part="Receipts" panel={id ? <ReceiptPanel key={id} id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <Box isFilling label="Receipts">
        <div className="box-head">
          <div className="chips" role="group" aria-label="Which receipts">
            <button type="button" className="chip" aria-pressed={!isOnlyUnapplied} onClick={() => setFilter({ unapplied: null })}>All</button>
            <button type="button" className="chip" aria-pressed={isOnlyUnapplied} onClick={() => setFilter({ unapplied: 'yes' })}>Not wholly applied</button>
            {filter.partyId ? <button type="button" className="chip" aria-pressed onClick={() => setFilter({ partyId: null })}>{receipts?.[0]?.customerName ?? 'One customer'} <span aria-hidden="true">×</span><span className="visually-hidden">: show all customers</span></button> : null}
          </div>
          <span className="grow" />
          {receipts && receipts.length === mostReceipts ? <span className="muted">The newest {mostReceipts}</span> : null}
        </div>
        <DataGrid
          id="receipts" label="Receipts" columns={columns} source={source} noun={['receipt', 'receipts']} rowId={receiptId} openId={id} defaultSort={{ column: 'on', direction: 'descending' }} amountOf={(row) => row.amount}
          onOpen={(row, how) => { void navigate({ pathname: links.receipt(row.id), search: parameters.toString() }, how); }}
          empty={<EmptyState title={isOnlyUnapplied || filter.partyId ? 'No receipt fits this filter' : 'No receipts yet'}>{isOnlyUnapplied ? 'All that came in is applied to invoices or was paid back.' : 'Open an invoice and record its payment: the receipt stands here, with what it pays.'}</EmptyState>}
        />
      </Box>
    </InvoicesWorkspace>
  );
}

function receiptId(row: Receipt): string {
  return row.id;
}
