import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import { customerStandings, type customerFilterSchema, type customerRowSchema } from '../../../../shared/api/customers.contract.ts';
import { isCurrencyCode } from '../../../../shared/money/currency.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import type { MoneyView } from '../../../../shared/api/primitives.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink, shortId } from '../../components/entity-link.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { MoneySums, MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { definedOnly, oneOf, useUrlFilter } from '../../lib/url-filter.ts';
import { CurrencySelect } from '../payments/currency-select.tsx';
import { InvoicesWorkspace } from '../invoices/invoices-workspace.tsx';
import { CountryText } from './country-text.tsx';
import { CustomerPanel } from './customer-panel.tsx';

export type CustomerRow = z.infer<typeof customerRowSchema>;
type CustomerFilter = z.infer<typeof customerFilterSchema>;
type CustomerSort = 'name' | 'country' | 'createdOn' | 'mrr' | 'openReceivable' | 'lifetimePaid';

const standingWords: Readonly<Record<(typeof customerStandings)[number], string>> = { subscribed: 'Subscribed', owing: 'Owing', 'in-credit': 'In credit', deleted: 'Deleted at Stripe' };
const sumsText = (sums: readonly MoneyView[]) => sums.map((each) => `${toDecimalString(each.amount, each.currency)} ${each.currency}`).join('; ');
const noSums = <span className="muted">—</span>;

const columns: readonly GridColumn<CustomerRow>[] = [
  { id: 'name', header: 'Customer', size: 220, minSize: 140, growth: 1.6, sortBy: 'name', cell: (row) => <>{row.name}{row.isDeleted ? <span className="muted"> deleted at Stripe</span> : null}</>, text: (row) => row.name },
  { id: 'email', yields: 3, header: 'E-mail', size: 220, minSize: 140, growth: 1.2, cell: (row) => <span className="quiet">{row.email ?? '—'}</span>, text: (row) => row.email ?? '' },
  { id: 'country', yields: 4, header: 'Country', size: 130, sortBy: 'country', cell: (row) => <CountryText code={row.country} />, text: (row) => row.country ?? '' },
  { id: 'createdOn', yields: 5, header: 'Since', kind: 'date', size: 120, sortBy: 'createdOn', cell: (row) => <DateText day={row.createdOn} />, text: (row) => row.createdOn },
  { id: 'subscriptions', yields: 6, header: 'Subscriptions', size: 110, align: 'end', cell: (row) => <NumberText value={row.activeSubscriptions} />, text: (row) => String(row.activeSubscriptions) },
  { id: 'id', yields: 8, header: 'Id', size: 160, isHiddenAtFirst: true, cell: (row) => <span className="muted" title={row.id}>{shortId(row.id)}</span>, text: (row) => row.id },
  { id: 'balance', yields: 7, header: 'Balance', size: 130, align: 'end', isHiddenAtFirst: true, cell: (row) => (row.balance ? <MoneyText amount={row.balance.amount} currency={row.balance.currency} /> : noSums), text: (row) => (row.balance ? toDecimalString(row.balance.amount, row.balance.currency) : ''), currencyOf: (row) => row.balance?.currency ?? '' },
  { id: 'mrr', yields: 2, header: 'MRR', size: 130, align: 'end', sortBy: 'mrr', cell: (row) => (row.mrr ? <MoneyText amount={row.mrr.amount} currency={row.mrr.currency} /> : noSums), text: (row) => (row.mrr ? toDecimalString(row.mrr.amount, row.mrr.currency) : ''), currencyOf: (row) => row.mrr?.currency ?? '' },
  { id: 'openReceivable', header: 'Owes', size: 140, align: 'end', sortBy: 'openReceivable', cell: (row) => (row.openReceivable.length > 0 ? <MoneySums sums={row.openReceivable} /> : noSums), text: (row) => sumsText(row.openReceivable) },
  { id: 'lifetimePaid', yields: 1, header: 'Paid in all', size: 160, align: 'end', sortBy: 'lifetimePaid', cell: (row) => (row.lifetimePaid.length > 0 ? <MoneySums sums={row.lifetimePaid} /> : noSums), text: (row) => sumsText(row.lifetimePaid) },
];

/** Who pays: what they subscribe to, what they owe, what they have paid. */
export function CustomersScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(['standing', 'country', 'currency', 'text'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const standing = oneOf(customerStandings, filter.standing);
  const country = /^[A-Z]{2}$/.test(filter.country ?? '') ? filter.country : undefined;
  const currency = filter.currency && isCurrencyCode(filter.currency) ? filter.currency : undefined;
  const { text } = filter;
  const source = useMemo(
    () => gridSource<CustomerRow, CustomerSort, CustomerFilter>(queries.customers.list.key(), client.customers.list, ['name', 'country', 'createdOn', 'mrr', 'openReceivable', 'lifetimePaid'], definedOnly({ standing, country, currency, text })),
    [client, queries, standing, country, currency, text],
  );
  const close = useCallback(() => { void navigate({ pathname: links.customers, search: parameters.toString() }); }, [navigate, parameters]);
  const isNarrowed = Object.keys(filter).length > 0;
  const clear = () => setFilter({ standing: null, country: null, currency: null, text: null });
  return (
    <InvoicesWorkspace part="Customers" panel={id ? <CustomerPanel id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <Box isFilling label="Customers">
        <div className="box-head">
          <div className="chips" role="group" aria-label="Standing">
            {([undefined, ...customerStandings] as const).map((each) => <button key={each ?? 'all'} type="button" className="chip" aria-pressed={standing === each} onClick={() => setFilter({ standing: each ?? null })}>{each ? standingWords[each] : 'All'}</button>)}
          </div>
          <span className="grow" />
          {isNarrowed ? <button type="button" className="text-button" onClick={clear}>Clear filters</button> : null}
          <FilterInput label="Country" placeholder="Country: IE" widthPx={104} isInvalid={filter.country !== undefined && country === undefined} value={filter.country} onChange={(typed) => setFilter({ country: typed?.toUpperCase() ?? null }, { replace: true })} />
          <CurrencySelect value={currency} onChange={(code) => setFilter({ currency: code })} />
          <FilterInput label="Filter customers" placeholder="Name, e-mail or id" widthPx={190} value={text} onChange={(typed) => setFilter({ text: typed }, { replace: true })} />
        </div>
        <DataGrid
          id="customers" label="Customers" columns={columns} source={source} noun={['customer', 'customers']} rowId={customerId} openId={id} defaultSort={{ column: 'name', direction: 'ascending' }} amountOf={null}
          onOpen={(row, how) => { void navigate({ pathname: links.customer(row.id), search: parameters.toString() }, how); }}
          empty={isNarrowed ? <EmptyState title="No customer fits this filter" action={<button type="button" className="text-button" onClick={clear}>Clear filters</button>}>A country is two letters, such as IE.</EmptyState> : <EmptyState title="No customers yet" action={<EntityLink to={links.stripeSettings}>Connect Stripe in Settings</EntityLink>}>Customers come with the next sync from Stripe.</EmptyState>}
        />
      </Box>
    </InvoicesWorkspace>
  );
}

function customerId(row: CustomerRow): string {
  return row.id;
}
