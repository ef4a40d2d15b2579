import { strFromU8, unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { startTableFile } from '../../lib/export-file.ts';
import { trialBalanceTable } from './trial-balance-file.ts';

const row = (accountCode: string, currency: string, debitMinor: number, creditMinor: number, functionalBalanceMinor: number) => ({ accountCode, accountName: 'Stripe clearing', accountType: 'asset' as const, currency, debitMinor, creditMinor, balanceMinor: debitMinor - creditMinor, functionalBalanceMinor });
const table = trialBalanceTable({
  asOf: '2026-11-18', knownAt: null, functionalCurrency: 'usd', freshAt: null, groups: [], totals: [], entries: 2, provisionalEntries: 0,
  rows: [row('1100-stripe-clearing', 'kwd', 12_380_131, 12_000_000, 123_456), row('1100-stripe-clearing', 'jpy', 3_790_087, 0, -5)],
} as unknown as Parameters<typeof trialBalanceTable>[0]);

it('writes amounts with the decimals of their own currency, and the functional balance with those of its own', () => {
  expect(table.columns.map((column) => column.title)).toEqual(['as_of', 'account', 'name', 'type', 'currency', 'debit', 'credit', 'balance', 'balance_usd']);
  expect(table.rows.map((each) => table.columns.map((column) => column.text(each)).slice(4))).toEqual([['kwd', '12380.131', '12000.000', '380.131', '1234.56'], ['jpy', '3790087', '0', '3790087', '-0.05']]);
});

it('as a workbook has the day and the amounts as what they are, not as texts', async () => {
  const file = startTableFile('xlsx', table.fileName, table.columns.map(({ title, kind }) => ({ title, kind })));
  file.rows(table.rows.map((each) => table.columns.map((column) => column.text(each))));
  const files = unzipSync(new Uint8Array(await file.finish().arrayBuffer()));
  const sheet = strFromU8(files['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
  const typed = [...sheet.matchAll(/<c s="\d+"><v>(.*?)<\/v><\/c>/g)].map(([, value]) => value);
  expect(typed).toEqual(['46344', '12380.131', '12000.000', '380.131', '1234.56', '46344', '3790087', '0', '3790087', '-0.05']);
});
