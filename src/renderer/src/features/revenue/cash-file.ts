/** What the Cash room shows of a month and currency, and the same rows as a file. Pure. */
import type { z } from 'zod';
import type { revenueMonthSchema } from '../../../../shared/api/revenue.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import type { FigureTableData } from '../../components/figure-table.tsx';
import type { WhyFigure } from '../../components/why-popover.tsx';

export type RevenueMonth = z.infer<typeof revenueMonthSchema>;
type AmountField = 'grossMinor' | 'feesMinor' | 'refundsMinor' | 'netMinor' | 'disputesMinor';

export interface AmountColumn {
  readonly field: AmountField;
  readonly label: string;
  readonly figure: WhyFigure;
  /** −1: shown as what it takes away. */
  readonly sign: 1 | -1;
}

export const amountColumns: readonly AmountColumn[] = [
  { field: 'grossMinor', label: 'Payments', figure: 'gross', sign: 1 },
  { field: 'feesMinor', label: 'Fees', figure: 'fees', sign: -1 },
  { field: 'refundsMinor', label: 'Refunds', figure: 'refunds', sign: -1 },
  { field: 'netMinor', label: 'Net', figure: 'net-revenue', sign: 1 },
  { field: 'disputesMinor', label: 'Disputes, apart', figure: 'disputes', sign: -1 },
];

/** The rows as a file: amounts as they are shown, with what takes away below zero. */
export function filesOf(label: string, fileName: string, rows: readonly RevenueMonth[]): FigureTableData<RevenueMonth> {
  const column = (id: string, title: string, kind: 'text' | 'number', text: (row: RevenueMonth) => string) => ({ id, title, kind, text, cell: text });
  return {
    label, fileName, rows, rowId: (row) => `${row.month}/${row.currency}`,
    columns: [
      column('month', 'Month', 'text', (row) => row.month), column('currency', 'Currency', 'text', (row) => row.currency.toUpperCase()), column('payments', 'Count', 'number', (row) => String(row.payments)),
      ...amountColumns.map(({ field, label: title, sign }) => column(field, title, 'number', (row) => toDecimalString(row[field] === 0 ? 0 : sign * row[field], row.currency))),
    ],
  };
}
