/** A month's payments and refunds by the currency customers saw, beside what was settled. */
import type { z } from 'zod';
import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { presentmentRowSchema } from '../../../../shared/api/revenue.contract.ts';
import { formatMoney } from '../../../../shared/money/format.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { FigureFileButtons, FigureTable, type FigureColumn, type FigureTableData } from '../../components/figure-table.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { PlainWhy } from './plain-why.tsx';

type Row = z.infer<typeof presentmentRowSchema>;

interface AmountOf {
  readonly id: 'paid' | 'settled' | 'refunded' | 'refunds-settled';
  readonly title: string;
  readonly field: 'paidMinor' | 'settledMinor' | 'refundedMinor' | 'settledRefundsMinor';
  readonly currency: 'paidIn' | 'settledIn';
  readonly sign: 1 | -1;
  readonly formula: string;
}
const amounts: readonly AmountOf[] = [
  { id: 'paid', title: 'Paid', field: 'paidMinor', currency: 'paidIn', sign: 1, formula: 'Σ amount of payments as customers saw it, less those that failed afterwards' },
  { id: 'settled', title: 'Settled', field: 'settledMinor', currency: 'settledIn', sign: 1, formula: 'Σ amount of their balance transactions, at Stripe’s own rates' },
  { id: 'refunded', title: 'Refunded', field: 'refundedMinor', currency: 'paidIn', sign: -1, formula: '−Σ amount of refunds as customers saw it, less those that failed' },
  { id: 'refunds-settled', title: 'Refunds settled', field: 'settledRefundsMinor', currency: 'settledIn', sign: -1, formula: '−Σ amount of their balance transactions, at Stripe’s own rates' },
];

export function PresentmentBox({ month }: { month: string }) {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const presentment = useQuery(queries.revenue.presentment.queryOptions({ input: { from: month, to: month } }));
  const rows = presentment.data?.months ?? [];
  // Nothing to tell where each currency is settled in itself; until that is known no box comes that might go again.
  if (!presentment.isError && rows.every(({ paidIn, settledIn }) => paidIn === settledIn)) return null;
  const title = `As customers paid, ${formatMonth(month, locale, 'long')}`;
  const asOf = presentment.data?.asOf ?? presentment.dataUpdatedAt; // what was read, while no sync has come to its end
  const columns: readonly FigureColumn<Row>[] = [
    { id: 'paid-in', title: 'Paid in', kind: 'text', cell: (row) => row.paidIn.toUpperCase(), text: (row) => row.paidIn.toUpperCase() },
    { id: 'settled-in', title: 'Settled in', kind: 'text', cell: (row) => row.settledIn.toUpperCase(), text: (row) => row.settledIn.toUpperCase() },
    { id: 'payments', title: 'Count', kind: 'number', cell: (row) => <Why row={row} column="Count" figure={String(row.payments)} formula="Payments that were made, whatever became of them" input={{ count: row.payments, amount: null }} asOf={asOf}>{new Intl.NumberFormat(locale).format(row.payments)}</Why>, text: (row) => String(row.payments) },
    ...amounts.map(({ id, title: heading, field, currency, sign, formula }): FigureColumn<Row> => ({
      id, title: heading, kind: 'number', text: (row) => toDecimalString(shown(row[field], sign), row[currency]),
      cell: (row) => <Why row={row} column={heading} figure={formatMoney(shown(row[field], sign), row[currency], locale)} formula={formula} input={{ count: null, amount: { amount: shown(row[field], sign), currency: row[currency] } }} asOf={asOf}><MoneyText amount={shown(row[field], sign)} currency={row[currency]} /></Why>,
    })),
  ];
  const table: FigureTableData<Row> = { label: title, fileName: `cash-as-paid-${month}`, columns, rows, rowId: (row) => `${row.settledIn}/${row.paidIn}` };
  return (
    <Box title={title} note="in the currency customers saw, beside the one it was settled in" actions={rows.length > 0 ? <FigureFileButtons table={table} /> : null}>
      {presentment.isError ? <div style={{ padding: 14 }}><ErrorNotice error={presentment.error} onRetry={() => void presentment.refetch()} /></div> : <FigureTable table={table} />}
    </Box>
  );
}

/** Without a minus before nothing. */
const shown = (amount: number, sign: 1 | -1): number => (amount === 0 ? 0 : sign * amount);

interface WhyProps {
  row: Row;
  column: string;
  figure: string;
  formula: string;
  input: { count: number | null; amount: { amount: number; currency: string } | null };
  asOf: number;
  children: ReactNode;
}

function Why({ row, column, figure, formula, input, asOf, children }: WhyProps) {
  const name = `${column} in ${row.paidIn.toUpperCase()}, settled in ${row.settledIn.toUpperCase()}`;
  return <PlainWhy title={`${name}, ${row.month}`} label={`${name}, ${row.month}`} figure={figure} formula={formula} inputs={[{ label: column, note: null, ...input }]} asOf={asOf} rounding="None: sums of whole minor units as Stripe gives them.">{children}</PlainWhy>;
}
