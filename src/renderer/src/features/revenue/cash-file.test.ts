import { strFromU8, unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { startTableFile } from '../../lib/export-file.ts';
import { filesOf } from './cash-file.ts';

const table = filesOf('Cash by month', 'cash-by-month', [
  { month: '2026-10', currency: 'usd', payments: 63, grossMinor: 1_276_798, feesMinor: 48_174, refundsMinor: 0, netMinor: 1_228_624, disputesMinor: 2_173, isRunning: false },
  { month: '2026-10', currency: 'jpy', payments: 1, grossMinor: 500, feesMinor: 20, refundsMinor: 480, netMinor: 0, disputesMinor: -480, isRunning: false },
]);
const texts = table.rows.map((row) => table.columns.map((column) => column.text(row)));

it('writes what takes away below zero, nothing without a sign, and each amount with its currency’s decimals', () => {
  expect(table.columns.map((column) => column.title)).toEqual(['Month', 'Currency', 'Count', 'Payments', 'Fees', 'Refunds', 'Net', 'Disputes, apart']);
  expect(texts).toEqual([['2026-10', 'USD', '63', '12767.98', '-481.74', '0.00', '12286.24', '-21.73'], ['2026-10', 'JPY', '1', '500', '-20', '-480', '0', '480']]);
});

it('as CSV and as a workbook says the same, amounts as numbers', async () => {
  const made = async (format: 'csv' | 'xlsx'): Promise<Uint8Array> => {
    const file = startTableFile(format, table.fileName, table.columns.map(({ title, kind }) => ({ title, kind })));
    file.rows(texts);
    return new Uint8Array(await file.finish().arrayBuffer());
  };
  expect(strFromU8(await made('csv')).split('\r\n').slice(1, 3)).toEqual(texts.map((row) => row.join(',')));
  const sheet = strFromU8(unzipSync(await made('xlsx'))['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
  expect([...sheet.matchAll(/<c s="\d+"><v>(.*?)<\/v><\/c>/g)].map(([, value]) => value)).toEqual(texts.flatMap((row) => row.slice(2)));
});
