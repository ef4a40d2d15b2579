/**
 * CSV for spreadsheets and other tools: RFC 4180 with a header line. Amounts are plain decimals in major units beside a currency column; a text that a
 * spreadsheet would run as a formula is neutralised by an apostrophe before it, numbers stay numbers.
 */
import { stringify } from 'csv-stringify/sync';
import { toDecimalString } from '../../shared/money/money.ts';
import { isPlainNumber, neutraliseFormula, type Cell, type CellColumn } from '../../shared/spreadsheet/cells.ts';

export interface CsvColumn<Row> extends CellColumn {
  /** In the form of its kind: an amount as plain decimals of its currency. */
  readonly value: (row: Row) => Cell;
}

export function toCsv<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  return csvHeader(columns) + csvLines(columns, rows);
}

export function csvHeader<Row>(columns: readonly CsvColumn<Row>[]): string {
  return stringify([columns.map((column) => column.title)], { record_delimiter: 'windows' });
}

/** Rows without the header: the later parts of a long file. */
export function csvLines<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  return stringify(rows.map((row) => columns.map((column) => cell(column, row))), { record_delimiter: 'windows' });
}

function cell<Row>(column: CsvColumn<Row>, row: Row): string {
  const value = column.value(row);
  if (value === null) return '';
  return column.kind === 'number' && isPlainNumber(value) ? value : neutraliseFormula(value);
}

/** The next rows of a long list, as its file wants them. */
export interface ExportedRows {
  readonly text: string;
  readonly columns: CellColumn[];
  readonly cells: Cell[][];
}

/** @param as `csv`: text, with the header line in the first part; `cells`: for a workbook. */
export function exportRows<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[], as: 'csv' | 'cells', isFirst: boolean): ExportedRows {
  if (as === 'csv') return { text: (isFirst ? csvHeader(columns) : '') + csvLines(columns, rows), columns: [], cells: [] };
  return { text: '', columns: columns.map(({ title, kind }) => ({ title, kind })), cells: rows.map((row) => columns.map((column) => column.value(row))) };
}

function text<Row>(title: string, value: (row: Row) => string | null): CsvColumn<Row> {
  return { title, kind: 'text', value };
}

function date<Row>(title: string, value: (row: Row) => string | null): CsvColumn<Row> {
  return { title, kind: 'date', value };
}

function amount<Row extends { currency: string }>(title: string, value: (row: Row) => number): CsvColumn<Row> {
  return { title, kind: 'number', value: (row) => toDecimalString(value(row), row.currency) };
}

export interface InvoiceCsvRow {
  readonly id: string;
  readonly origin: string;
  readonly number: string | null;
  readonly customer: string;
  readonly status: string;
  readonly issuedOn: string | null;
  readonly dueOn: string | null;
  readonly billingMonth: string | null;
  readonly currency: string;
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  readonly totalMinor: number;
  readonly withholdingMinor: number;
  readonly paidMinor: number;
  readonly dueMinor: number;
}

export const invoiceColumns: readonly CsvColumn<InvoiceCsvRow>[] = [
  text('Number', (row) => row.number), text('Customer', (row) => row.customer), text('Origin', (row) => row.origin), text('Status', (row) => row.status), date('Issued on', (row) => row.issuedOn), date('Due on', (row) => row.dueOn),
  text('Billing month', (row) => row.billingMonth), text('Currency', (row) => row.currency.toUpperCase()), amount('Subtotal', (row) => row.subtotalMinor), amount('Discount', (row) => row.discountMinor), amount('Tax', (row) => row.taxMinor),
  amount('Total', (row) => row.totalMinor), amount('Withholding tax', (row) => row.withholdingMinor), amount('Paid', (row) => row.paidMinor), amount('Due', (row) => row.dueMinor), text('Id', (row) => row.id),
];

export interface LineCsvRow {
  readonly invoiceId: string;
  readonly number: string | null;
  readonly customer: string;
  readonly status: string;
  readonly issuedOn: string | null;
  readonly billingMonth: string | null;
  readonly currency: string;
  readonly place: number;
  readonly description: string;
  readonly quantity: string | null;
  readonly unitPrice: string | null;
  readonly amountMinor: number;
  readonly discountMinor: number | null;
  readonly netMinor: number | null;
  readonly taxTreatment: string | null;
  readonly taxPercent: string | null;
  readonly explanation: string | null;
}

const figure = <Row>(title: string, value: (row: Row) => string | null): CsvColumn<Row> => ({ title, kind: 'number', value });

const knownAmount = (title: string, value: (row: LineCsvRow) => number | null): CsvColumn<LineCsvRow> => ({ title, kind: 'number', value: (row) => { const minor = value(row); return minor === null ? null : toDecimalString(minor, row.currency); } });

/** Of invoices; an amount is before discounts, of the line and of the whole; what is left of it is in the invoice's subtotal. */
export const lineColumns: readonly CsvColumn<LineCsvRow>[] = [
  text('Number', (row) => row.number), text('Customer', (row) => row.customer), text('Status', (row) => row.status), date('Issued on', (row) => row.issuedOn), text('Billing month', (row) => row.billingMonth), figure('Line', (row) => String(row.place)),
  text('Description', (row) => row.description), figure('Quantity', (row) => row.quantity), figure('Unit price', (row) => row.unitPrice), text('Currency', (row) => row.currency.toUpperCase()), amount('Amount', (row) => row.amountMinor),
  knownAmount('Discount', (row) => row.discountMinor), knownAmount('After discount', (row) => row.netMinor), text('Tax', (row) => row.taxTreatment), figure('Tax in %', (row) => row.taxPercent), text('Calculation', (row) => row.explanation), text('Invoice id', (row) => row.invoiceId),
];

export interface PaymentCsvRow {
  readonly id: string;
  readonly type: string;
  readonly sourceId: string | null;
  readonly createdAt: number;
  readonly createdOn: string;
  readonly customer: string;
  readonly description: string | null;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly netMinor: number;
  readonly currency: string;
  readonly status: string;
  readonly payoutId: string | null;
}

/** Of balance transactions. */
export const paymentColumns: readonly CsvColumn<PaymentCsvRow>[] = [
  date('Date', (row) => row.createdOn), { title: 'Created (UTC)', kind: 'instant', value: (row) => new Date(row.createdAt).toISOString() }, text('Type', (row) => row.type), text('Customer', (row) => row.customer), text('Description', (row) => row.description),
  text('Currency', (row) => row.currency.toUpperCase()), amount('Amount', (row) => row.amountMinor), amount('Fee', (row) => row.feeMinor), amount('Net', (row) => row.netMinor), text('Status', (row) => row.status),
  text('Source', (row) => row.sourceId), text('Payout', (row) => row.payoutId), text('Balance transaction', (row) => row.id),
];
