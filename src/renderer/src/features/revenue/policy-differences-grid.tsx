import { useMemo } from 'react';
import { useNavigate } from 'react-router';
import type { z } from 'zod';
import { mrrPolicyNames, type policyDifferenceSchema } from '../../../../shared/api/revenue-measures.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';

type Row = z.infer<typeof policyDifferenceSchema>;
const policyHeads: Readonly<Record<(typeof mrrPolicyNames)[number], string>> = { standard: 'Standard', 'all-discounts': 'All discounts', strict: 'Past due dropped' };

const columns: readonly GridColumn<Row>[] = [
  { id: 'customerName', header: 'Customer', size: 220, minSize: 130, growth: 1, cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'because', header: 'Because', size: 280, growth: 1.6, cell: (row) => row.because, text: (row) => row.because },
  ...mrrPolicyNames.map((policy): GridColumn<Row> => {
    const amount = (row: Row) => row.mrr.find((each) => each.policy === policy)?.amount;
    return {
      id: policy, header: policyHeads[policy], size: 150, align: 'end', cell: (row) => { const money = amount(row); return money ? <MoneyText amount={money.amount} currency={money.currency} /> : null; },
      text: (row) => { const money = amount(row); return money ? toDecimalString(money.amount, money.currency) : ''; }, currencyOf: (row) => amount(row)?.currency ?? '',
    };
  }),
];

/** The customers in whom the policies differ, with the rule that makes the difference. */
export function PolicyDifferencesGrid({ month }: { month: string }) {
  const { client, queries } = useApi();
  const { locale } = usePreferences();
  const navigate = useNavigate();
  const source = useMemo(() => gridSource<Row, 'difference', { month: string }>(queries.revenueMeasures.policyDifferences.key(), client.revenueMeasures.policyDifferences, ['difference'], { month }), [client, queries, month]);
  return (
    <Box isFilling title={`Who explains it, ${formatMonth(month, locale, 'long')}`} note="MRR at the month’s end under each policy, the largest difference first; then who moved otherwise within the month">
      <DataGrid
        id="policy-differences" label="Customers in whom policies differ" columns={columns} source={source} noun={['customer', 'customers']} rowId={(row) => row.customerId} amountOf={null}
        onOpen={(row) => void navigate(`${links.revenueCustomer(row.customerId, month)}&list=customers`)} empty={<EmptyState title="No difference">Under each policy this month moved and ended the same.</EmptyState>}
      />
    </Box>
  );
}
