import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { neutraliseFormula, restoreFormula } from '../../shared/spreadsheet/cells.ts';
import { csvHeader, exportRows, invoiceColumns, paymentColumns, toCsv, type InvoiceCsvRow, type PaymentCsvRow } from './csv-export.ts';

const invoice: InvoiceCsvRow = {
  id: 'i1', origin: 'partner', number: 'API-202610-dp_pk_ABC', customer: 'Ashgrove, "Registry"\nS.L.', status: 'finalised', issuedOn: '2026-11-18', dueOn: '2026-12-18', billingMonth: '2026-10', currency: 'usd', subtotalMinor: 139_350,
  discountMinor: 0, taxMinor: 29_264, totalMinor: 168_614, withholdingMinor: 20_903, paidMinor: 0, dueMinor: 147_711,
};
const payment: PaymentCsvRow = {
  id: 'txn_1', type: 'refund', sourceId: 're_1', createdAt: Date.UTC(2026, 9, 31, 23), createdOn: '2026-10-31', customer: '=cmd|calc', description: null, amountMinor: -1_250, feeMinor: 0, netMinor: -1_250, currency: 'kwd', status: 'available', payoutId: null,
};

test('an invoice is one line of plain decimals beside its currency', () => {
  const [row] = parse(toCsv(invoiceColumns, [invoice]), { columns: true }) as Record<string, string>[];
  expect(row).toMatchObject({ Number: 'API-202610-dp_pk_ABC', Customer: 'Ashgrove, "Registry"\nS.L.', Currency: 'USD', Total: '1686.14', 'Withholding tax': '209.03', Due: '1477.11', 'Due on': '2026-12-18' });
});

test('a negative amount stays a number, with the decimals of its currency; a name that looks like a formula does not run', () => {
  const [row] = parse(toCsv(paymentColumns, [payment]), { columns: true }) as Record<string, string>[];
  expect(row).toMatchObject({ Amount: '-1.250', Net: '-1.250', Currency: 'KWD', Customer: "'=cmd|calc", Description: '', 'Created (UTC)': '2026-10-31T23:00:00.000Z' });
});

test.each(['=1+1', '+49 30', '-2', '@SUM(A1)', '\tx', '\rx', '\nx', '＝1+1', '＠SUM', ' =1+1', '\u00a0-2', '\u200b=1', '\ufeff@SUM(A1)', '\u0000=1', "' =1"])('the text %j is neutralised', (text) => {
  expect(neutraliseFormula(text)).toBe(`'${text}`);
});

test.each([['a;=1', "a;'=1"], ['a\n=1', "a\n'=1"], ['a\r\n =1', "a\r\n' =1"], ['a"\t+1;-2', `a"\t'+1;'-2`], ['=a;=b', "'=a;'=b"], ["a;'=1", "a;''=1"]])('what begins a cell for a spreadsheet that parts at semicolons is neutralised: %j', (text, safe) => {
  expect([neutraliseFormula(text), restoreFormula(safe)]).toEqual([safe, text]);
});

test('any text of such signs comes back, and none of its parts begins like a formula', () => {
  const sign = fc.constantFrom('=', '-', '@', ';', '\t', '\n', '\r', "'", ' ', '\u200b', '"', 'a', '＝');
  fc.assert(fc.property(fc.string({ unit: sign }), (text) => {
    const safe = neutraliseFormula(text);
    expect(restoreFormula(safe)).toBe(text);
    for (const part of safe.split(/[;\t\r\n]/)) expect(part).not.toMatch(/^[ \u200b]*[=\-@＝]/);
  }), { numRuns: 2_000 });
});

test('a figure that is none is no way around it', () => {
  const csv = toCsv([{ title: 'Quantity', kind: 'number', value: (row: string) => row }], ['-1.250', '=1+1', '-2+3', '+49', '1e5']);
  expect(parse(csv, { from_line: 2 }).flat()).toEqual(['-1.250', "'=1+1", "'-2+3", "'+49", '1e5']);
});

test.each(['Ashgrove', '1=1', 'a; b', 'a-b\nc=d', 'a@b.example', "'quoted"])('the text %j is left alone', (text) => {
  expect(neutraliseFormula(text)).toBe(text);
});

test('any text comes back as it went in, but for the apostrophe', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.string(), fc.string()), { minLength: 1 }), (rows) => {
    const text = toCsv([{ title: 'A', kind: 'text', value: (row: readonly [string, string]) => row[0] }, { title: 'B', kind: 'text', value: (row) => row[1] }], rows);
    expect(parse(text, { from_line: 2, relax_column_count: false, record_delimiter: '\r\n' })).toEqual(rows.map((row) => row.map(neutraliseFormula)));
  }));
});

test('no rows give the header alone', () => {
  expect(csvHeader(invoiceColumns).split('\r\n')).toHaveLength(2);
});

test('as cells each column says what it is, and values come as they are: the workbook’s writer makes them safe', () => {
  const { text, columns, cells } = exportRows(paymentColumns, [payment], 'cells', true);
  expect(text).toBe('');
  expect(Object.fromEntries(columns.map(({ title, kind }, index) => [title, [kind, cells[0]?.[index]]]))).toMatchObject({ Date: ['date', '2026-10-31'], 'Created (UTC)': ['instant', '2026-10-31T23:00:00.000Z'], Customer: ['text', '=cmd|calc'], Amount: ['number', '-1.250'], Payout: ['text', null] });
});

test('only the first part of a CSV has the header line', () => {
  expect(exportRows(paymentColumns, [payment], 'csv', true).text).toBe(csvHeader(paymentColumns) + exportRows(paymentColumns, [payment], 'csv', false).text);
});
