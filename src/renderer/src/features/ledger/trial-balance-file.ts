/** The trial balance as a file: amounts as numbers in major units, one row per account and currency. Pure. */
import type { z } from 'zod';
import type { trialBalanceSchema } from '../../../../shared/api/ledger.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import type { FigureTableData } from '../../components/figure-table.tsx';

type TrialBalance = z.infer<typeof trialBalanceSchema>;
type TrialBalanceRow = TrialBalance['rows'][number];

/** The same columns as CSV and as XLSX; sums are left to whoever adds them up. */
export function trialBalanceTable(balance: TrialBalance): FigureTableData<TrialBalanceRow> {
  const { asOf, functionalCurrency } = balance;
  const column = (id: string, kind: 'text' | 'number' | 'date', text: (row: TrialBalanceRow) => string) => ({ id, title: id, kind, text, cell: text });
  return {
    label: 'Trial balance', fileName: `trial-balance-${asOf}`, rows: balance.rows, rowId: (row) => `${row.accountCode}/${row.currency}`,
    columns: [
      column('as_of', 'date', () => asOf), column('account', 'text', (row) => row.accountCode), column('name', 'text', (row) => row.accountName), column('type', 'text', (row) => row.accountType), column('currency', 'text', (row) => row.currency),
      column('debit', 'number', (row) => toDecimalString(row.debitMinor, row.currency)), column('credit', 'number', (row) => toDecimalString(row.creditMinor, row.currency)), column('balance', 'number', (row) => toDecimalString(row.balanceMinor, row.currency)),
      column(`balance_${functionalCurrency}`, 'number', (row) => toDecimalString(row.functionalBalanceMinor, functionalCurrency)),
    ],
  };
}
