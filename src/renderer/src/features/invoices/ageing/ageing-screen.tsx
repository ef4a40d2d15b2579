import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { toDecimalString } from '../../../../../shared/money/money.ts';
import { DataGrid } from '../../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../../components/data-grid/grid-types.ts';
import { sumByCurrency } from '../../../components/data-grid/use-grid-selection.ts';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { AsOfPicker } from '../../../components/period-picker.tsx';
import { Box } from '../../../components/screen.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { dayOfInstant, formatDay } from '../../../lib/dates.ts';
import { links } from '../../../lib/links.ts';
import { usePreferences } from '../../../lib/preferences.tsx';
import { dayUpTo, useUrlFilter } from '../../../lib/url-filter.ts';
import { wholeListSource } from '../../../lib/whole-list.ts';
import type { AgeingFigureName } from '../../../../../shared/api/invoice-why.contract.ts';
import { AgeingWhy } from '../invoice-why.tsx';
import { InvoicesWorkspace } from '../invoices-workspace.tsx';
import { AgeingPanel } from './ageing-panel.tsx';
import { ageingRowId, buckets, type Ageing, type AgeingRow } from './ageing-rows.ts';

type AmountOf = (typeof buckets)[number][0] | 'totalMinor' | 'unappliedMinor' | 'creditMinor';

/** What gives way first where there is little room: what is owed to the customer, then what is overdue for the shortest time. */
const yieldOf: Readonly<Record<AmountOf, number | undefined>> = { totalMinor: undefined, days91PlusMinor: 1, currentMinor: 2, days61To90Minor: 3, days31To60Minor: 4, days1To30Minor: 5, unappliedMinor: 6, creditMinor: 7 };

const amountColumn = (id: AmountOf, header: string): GridColumn<AgeingRow> => ({
  id, header, size: id === 'totalMinor' ? 128 : 112, align: 'end', sortBy: id, ...(yieldOf[id] === undefined ? {} : { yields: yieldOf[id] }), text: (row) => toDecimalString(row[id], row.currency), currencyOf: (row) => row.currency,
  cell: (row) => (row[id] === 0 ? <span className="muted">—</span> : <MoneyText amount={row[id]} currency={row.currency} hidesCurrency={id !== 'totalMinor'} />),
});

const columns: readonly GridColumn<AgeingRow>[] = [
  { id: 'customerName', header: 'Customer', size: 200, minSize: 130, growth: 1.6, sortBy: 'customerName', cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'currency', header: 'Currency', size: 84, sortBy: 'currency', cell: (row) => <span className="muted">{row.currency.toUpperCase()}</span>, text: (row) => row.currency.toUpperCase() },
  ...buckets.map(([id, header]) => amountColumn(id, header)),
  amountColumn('totalMinor', 'Open'), amountColumn('unappliedMinor', 'Not applied'), amountColumn('creditMinor', 'Credit'),
];

const amounts = [...buckets.map(([id]) => id), 'totalMinor', 'unappliedMinor', 'creditMinor'] as const;
const orders = {
  customerName: (a: AgeingRow, b: AgeingRow) => a.customerName.localeCompare(b.customerName), currency: (a: AgeingRow, b: AgeingRow) => a.currency.localeCompare(b.currency),
  ...Object.fromEntries(amounts.map((id) => [id, (a: AgeingRow, b: AgeingRow) => a[id] - b[id]])),
};

/** What customers owe at the end of a day by how long it is overdue, tied to the receivable account. */
export function AgeingScreen() {
  const { client, queries } = useApi();
  const { now, timeZone, locale } = usePreferences();
  const [filter, setFilter] = useUrlFilter(['asOf'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const today = dayOfInstant(now, timeZone);
  const asOf = dayUpTo(today, filter.asOf) ?? today;
  const ageing = useQuery(queries.invoices.ageing.queryOptions({ input: { asOf } }));
  const source = useMemo(() => wholeListSource<AgeingRow>({
    queryKey: [...queries.invoices.ageing.key(), 'rows', asOf], orders, fetchAll: async (signal) => (await client.invoices.ageing({ asOf }, { signal })).rows,
    sumsOf: (rows) => sumByCurrency(rows.map((row) => ({ amount: row.totalMinor, currency: row.currency }))),
  }), [client, queries, asOf]);
  const close = useCallback(() => { void navigate({ pathname: links.ageing, search: parameters.toString() }); }, [navigate, parameters]);
  const openRow = ageing.data?.rows.find((row) => ageingRowId(row) === id);
  const panel = id === null || !ageing.data ? undefined : <AgeingPanel key={id} id={id} row={openRow} asOf={asOf} onClose={close} onStep={stepGrid} />;
  return (
    <InvoicesWorkspace part="Ageing" controls={<AsOfPicker day={asOf} today={today} onChange={(day) => setFilter({ asOf: day })} />} panel={panel}>
      {ageing.data && ageing.data.accounts.length > 0 ? <TiedTotals ageing={ageing.data} /> : null}
      <Box isFilling title="By customer" note={`${formatDay(asOf, locale)}, end of day`}>
        <DataGrid
          id="ageing" label="Ageing by customer" columns={columns} source={source} noun={['customer', 'customers']} rowId={ageingRowId} openId={id} defaultSort={{ column: 'totalMinor', direction: 'descending' }} amountOf={amountOf} fileName={`ageing-${asOf}`}
          onOpen={(row, how) => { void navigate({ pathname: links.ageingOf(row.partyId, row.currency, null), search: parameters.toString() }, how); }}
          empty={<EmptyState title="Nothing is due">No finalised invoice of ours had anything open at the end of this day. Choose another day above, or finalise the drafts.</EmptyState>}
        />
      </Box>
    </InvoicesWorkspace>
  );
}

/** Each currency's buckets and what the ledger has on the receivable account; a difference is said in words. */
function TiedTotals({ ageing }: { ageing: Ageing }) {
  const { asOf, totals, accounts } = ageing;
  return (
    <Box title="Totals and the receivable account">
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Totals and the receivable account">
        <table className="plain tight">
          <thead><tr><th scope="col">Currency</th><th scope="col">Books</th>{buckets.map(([id, header]) => <th key={id} scope="col" className="num">{header}</th>)}<th scope="col" className="num">Open</th><th scope="col" className="num">In the books</th><th scope="col" className="num">Stripe’s invoices</th><th scope="col" className="num">Accounts receivable</th></tr></thead>
          <tbody>
            {accounts.map(({ currency, balanceMinor, differenceMinor, othersMinor }) => {
              const total = totals.find((each) => each.currency === currency);
              const why = (figure: AgeingFigureName, label: string, amount: number) => <AgeingWhy figure={figure} currency={currency} asOf={asOf} label={`${label}, ${currency.toUpperCase()}`}><MoneyText amount={amount} currency={currency} hidesCurrency /></AgeingWhy>;
              return (
                <tr key={currency}>
                  <th scope="row">{currency.toUpperCase()}</th>
                  <td>{differenceMinor === 0 ? <span className="badge ok">Tied</span> : <><span className="badge problem">Not tied</span> <MoneyText amount={differenceMinor} currency={currency} isSigned /> <span className="small quiet">the books lack an entry</span></>}</td>
                  {buckets.map(([id, header]) => <td key={id} className="num">{why(id, header, total?.[id] ?? 0)}</td>)}
                  <td className="num"><b>{why('totalMinor', 'open', total?.totalMinor ?? 0)}</b></td>
                  <td className="num"><AgeingWhy figure="account" currency={currency} asOf={asOf} label={`accounts receivable with these customers, ${currency.toUpperCase()}`}><MoneyText amount={balanceMinor} currency={currency} hidesCurrency /></AgeingWhy></td>
                  <td className="num"><MoneyText amount={othersMinor ?? 0} currency={currency} hidesCurrency /></td>
                  <td className="num"><EntityLink to={links.accountStatement('1200-accounts-receivable', currency, asOf)}><MoneyText amount={balanceMinor + (othersMinor ?? 0)} currency={currency} hidesCurrency /></EntityLink></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Box>
  );
}

function amountOf(row: AgeingRow) {
  return { amount: row.totalMinor, currency: row.currency };
}
