import { useMemo, type ReactNode } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { cohortCustomerSchema } from '../../../../shared/api/revenue-screens.contract.ts';
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
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { definedOnly } from '../../lib/url-filter.ts';
import type { MeasureView } from './use-standpoint.ts';

type Row = z.infer<typeof cohortCustomerSchema>;
type Sort = 'amount' | 'customerName' | 'since';
type Filter = Pick<MeasureView, 'policy' | 'currency'> & { cohort: string; month: string; text?: string };

const columns: readonly GridColumn<Row>[] = [
  { id: 'customerName', header: 'Customer', size: 240, minSize: 130, growth: 2, sortBy: 'customerName', cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'country', yields: 1, header: 'Country', size: 120, cell: (row) => row.country || <span className="muted">—</span>, text: (row) => row.country },
  { id: 'since', yields: 2, header: 'Customer since', kind: 'date', size: 140, sortBy: 'since', cell: (row) => <DateText day={row.since} />, text: (row) => row.since },
  { id: 'amount', header: 'MRR', size: 160, align: 'end', sortBy: 'amount', cell: (row) => <MoneyText amount={row.mrr.amount} currency={row.mrr.currency} />, text: (row) => toDecimalString(row.mrr.amount, row.mrr.currency), currencyOf: (row) => row.mrr.currency },
];

export interface CohortCustomersGridProps {
  cohort: string;
  month: string;
  view: MeasureView;
  /** Of the cell that is listed. */
  why: ReactNode;
  text: string | undefined;
  openCustomerId: string | null;
  onText: (text: string | null) => void;
  onClear: () => void;
}

/** Who is left of a cohort at the end of a month; they sum to the cell. */
export function CohortCustomersGrid({ cohort, month, view, why, text, openCustomerId, onText, onClear }: CohortCustomersGridProps) {
  const { client, queries } = useApi();
  const { locale } = usePreferences();
  const navigate = useNavigate();
  const [parameters] = useSearchParams();
  const source = useMemo(
    () => gridSource<Row, Sort, Filter>(queries.revenueScreens.cohortCustomers.key(), client.revenueScreens.cohortCustomers, ['amount', 'customerName', 'since'], { cohort, month, ...view, ...definedOnly({ text }) }),
    [client, queries, cohort, month, view, text],
  );
  return (
    <Box isFilling title={`Cohort of ${formatMonth(cohort, locale, 'long')}`} note={`with MRR at the end of ${formatMonth(month, locale)}`} actions={<>{why}<button type="button" className="chip" aria-pressed onClick={onClear} title="Close this list">{formatMonth(cohort, locale)} ×</button><FilterInput label="Filter by customer" placeholder="Filter by customer" value={text} onChange={onText} /></>}>
      <DataGrid
        id="cohort-customers" label="Customers of the cohort" columns={columns} source={source} noun={['customer', 'customers']} defaultSort={{ column: 'amount', direction: 'descending' }} rowId={(row) => row.customerId} openId={openCustomerId} amountOf={(row) => row.mrr}
        onOpen={(row, how) => void navigate({ pathname: `${links.revenueCohorts}/${encodeURIComponent(row.customerId)}`, search: parameters.toString() }, how)}
        empty={<EmptyState title="Nobody is left">{text ? 'No customer fits this filter.' : 'No customer of this cohort had MRR at the end of the month.'}</EmptyState>}
      />
    </Box>
  );
}
