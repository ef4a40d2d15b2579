import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import { paymentKinds, paymentStatuses, type paymentFilterSchema, type paymentRowSchema } from '../../../../shared/api/payments.contract.ts';
import { isCurrencyCode } from '../../../../shared/money/currency.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink, shortId } from '../../components/entity-link.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { MonthFilter } from '../../components/month-filter.tsx';
import { Box } from '../../components/screen.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { definedOnly, oneOf, useUrlFilter } from '../../lib/url-filter.ts';
import { InvoicesWorkspace } from '../invoices/invoices-workspace.tsx';
import { CurrencySelect } from './currency-select.tsx';
import { PaymentCards } from './payment-cards.tsx';
import { PaymentPanel } from './payment-panel.tsx';
import { methodDetailWords, paymentKindWords } from './payment-words.ts';

export type PaymentRow = z.infer<typeof paymentRowSchema>;
type PaymentFilter = z.infer<typeof paymentFilterSchema>;

const settled = (id: 'feeMinor' | 'netMinor', header: string, yields: number): GridColumn<PaymentRow> => ({
  id, yields, header, size: 118, align: 'end', text: (row) => (row.settled ? toDecimalString(row.settled[id], row.settled.currency) : ''), currencyOf: (row) => row.settled?.currency ?? '',
  cell: (row) => (row.settled ? <MoneyText amount={row.settled[id]} currency={row.settled.currency} /> : <span className="muted">—</span>),
});

const columns: readonly GridColumn<PaymentRow>[] = [
  { id: 'createdAt', header: 'Made', kind: 'instant', size: 158, sortBy: 'createdAt', cell: (row) => <DateText instant={row.createdAt} />, text: (row) => new Date(row.createdAt).toISOString() },
  { id: 'kind', yields: 3, header: 'Kind', size: 92, cell: (row) => paymentKindWords[row.kind][0], text: (row) => row.kind },
  { id: 'customer', header: 'Customer', size: 200, minSize: 120, growth: 1.4, cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'status', header: 'Status', size: 128, cell: (row) => <span title={row.failureMessage ?? undefined}><StatusBadge status={row.status} /></span>, text: (row) => row.status },
  { id: 'failure', yields: 7, header: 'Why it failed', size: 180, minSize: 100, growth: 0.8, isHiddenAtFirst: true, cell: (row) => <span className="quiet" title={row.failureMessage ?? undefined}>{row.failureMessage ?? row.failureCode ?? ''}</span>, text: (row) => [row.failureCode, row.failureMessage].filter(Boolean).join(': ') },
  { id: 'method', yields: 6, header: 'Method', size: 136, cell: (row) => <span className="quiet">{methodDetailWords(row)}</span>, text: (row) => [row.method, row.methodDetail].filter(Boolean).join(' ') },
  {
    id: 'invoice', yields: 4, header: 'Invoice', size: 132, text: (row) => row.invoices.map((invoice) => invoice.number ?? invoice.id).join(' '),
    cell: (row) => (row.invoices[0] ? <><EntityLink isInGrid to={links.invoice(row.invoices[0].id)} id={row.invoices[0].id}>{row.invoices[0].number ?? shortId(row.invoices[0].id)}</EntityLink>{row.invoices.length > 1 ? <span className="muted"> +{row.invoices.length - 1}</span> : null}</> : <span className="muted">—</span>),
  },
  { id: 'payout', yields: 8, header: 'Payout', size: 150, isHiddenAtFirst: true, cell: (row) => <span className="muted" title={row.payoutId ?? undefined}>{row.payoutId ? shortId(row.payoutId) : '—'}</span>, text: (row) => row.payoutId ?? '' },
  { id: 'id', yields: 9, header: 'Id', size: 150, isHiddenAtFirst: true, cell: (row) => <span className="muted" title={row.id}>{shortId(row.id)}</span>, text: (row) => row.id },
  { id: 'amount', header: 'Amount', size: 132, align: 'end', sortBy: 'amount', cell: (row) => <span className={row.hasMovedMoney ? '' : 'muted'}><MoneyText amount={row.amount.amount} currency={row.amount.currency} /></span>, text: (row) => toDecimalString(row.amount.amount, row.amount.currency), currencyOf: (row) => row.amount.currency },
  settled('feeMinor', 'Fee', 5), settled('netMinor', 'Net', 2),
];

const filterNames = ['kind', 'status', 'month', 'from', 'to', 'currency', 'customerId', 'amount', 'text'] as const;

/** Every payment, refund and dispute, tied to its customer, invoice, payout and entries. */
export function PaymentsScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(filterNames);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const kind = oneOf(paymentKinds, filter.kind);
  const status = oneOf(paymentStatuses, filter.status);
  const currency = filter.currency && isCurrencyCode(filter.currency) ? filter.currency : undefined;
  const { month, from, to, customerId, amount, text } = filter;
  const asked = useMemo<PaymentFilter>(() => definedOnly({ kind, status, month, from, to, currency, customerId, amount, text }), [kind, status, month, from, to, currency, customerId, amount, text]);
  const source = useMemo(() => gridSource<PaymentRow, 'createdAt' | 'amount', PaymentFilter>(queries.payments.list.key(), client.payments.list, ['createdAt', 'amount'], asked), [client, queries, asked]);
  const groups = useQuery(queries.payments.list.queryOptions({ input: { startAt: 0, limit: 1, filter: asked } })).data?.groups;
  const close = useCallback(() => { void navigate({ pathname: links.payments, search: parameters.toString() }); }, [navigate, parameters]);
  const isNarrowed = filterNames.some((name) => filter[name] !== undefined);
  const clear = () => setFilter(Object.fromEntries(filterNames.map((name) => [name, null])));
  const controls = <><MonthFilter month={month} onChange={(value) => setFilter({ month: value, from: null, to: null })} />{isNarrowed ? <button type="button" className="text-button" onClick={clear}>Clear filters</button> : null}</>;
  return (
    <InvoicesWorkspace part="Payments" controls={controls} panel={id ? <PaymentPanel id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <PaymentCards groups={groups} onChoose={(chosen) => setFilter({ kind: chosen.kind ?? null, status: chosen.status ?? null })} />
      <Box isFilling label="Payments">
        <div className="box-head">
          <div className="chips" role="group" aria-label="Kind">
            {([undefined, ...paymentKinds] as const).map((each) => <button key={each ?? 'all'} type="button" className="chip" aria-pressed={kind === each} onClick={() => setFilter({ kind: each ?? null, status: null })}>{each ? paymentKindWords[each][1] : 'All'}</button>)}
          </div>
          {customerId ? <button type="button" className="chip" aria-pressed title="Show all customers" onClick={() => setFilter({ customerId: null })}>{shortId(customerId)} ×</button> : null}
          <span className="grow" />
          <Select aria-label="Status" placeholder="Any status" clearable w={130} value={status ?? null} data={paymentStatuses.map((value) => ({ value, label: statusWord(value) }))} onChange={(value) => setFilter({ status: value })} />
          <CurrencySelect value={currency} onChange={(code) => setFilter({ currency: code })} />
          <FilterInput label="Amount" placeholder="Amount" widthPx={110} value={amount} onChange={(typed) => setFilter({ amount: typed }, { replace: true })} />
          <FilterInput label="Filter payments" placeholder="Customer, failure or id" widthPx={160} value={text} onChange={(typed) => setFilter({ text: typed }, { replace: true })} />
        </div>
        <DataGrid
          id="payments" label="Payments" columns={columns} source={source} noun={['payment', 'payments']} rowId={paymentId} openId={id} defaultSort={{ column: 'createdAt', direction: 'descending' }} amountOf={(row) => row.amount}
          onOpen={(row, how) => { void navigate({ pathname: links.payment(row.id), search: parameters.toString() }, how); }}
          empty={isNarrowed ? <EmptyState title="No payment fits this filter" action={<button type="button" className="text-button" onClick={clear}>Clear filters</button>}>An amount is found as you write it, such as 1,234.56 or 500 JPY, whichever way it went.</EmptyState> : <EmptyState title="No payments yet" action={<EntityLink to={links.stripeSettings}>Connect Stripe in Settings</EntityLink>}>Payments, refunds and disputes come with the next sync from Stripe.</EmptyState>}
        />
      </Box>
    </InvoicesWorkspace>
  );
}

function paymentId(row: PaymentRow): string {
  return row.id;
}
