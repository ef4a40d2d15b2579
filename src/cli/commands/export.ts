/**
 * Long files, read part by part and written as they come: no side ever holds the whole of one.
 */
import { assertInOrder } from '../../shared/calendar/local-date.ts';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { ValidationError } from '../../shared/errors/errors.ts';
import type { Cell, CellColumn } from '../../shared/spreadsheet/cells.ts';
import { startWorkbook, type WorkbookWriter } from '../../shared/spreadsheet/workbook.ts';
import { startArchive } from '../../main/documents/workbook-archive.ts';
import { plainText, startOutputFile, type OutputFile } from '../output.ts';
import { invoiceFilterOf, type InvoiceFlags } from './billing.ts';
import type { CommandAction, CommandContext } from './command.ts';
import { customerFilterOf, customerSortOf, type CustomerFlags } from './customers.ts';
import { paymentFilterOf, type PaymentFlags } from './payments.ts';

interface FilePart {
  readonly fileName: string;
  readonly text: string;
  readonly columns: readonly CellColumn[];
  readonly cells: readonly (readonly Cell[])[];
  readonly rows: number;
  readonly nextCursor: string | null;
}

type AskPart<Part extends FilePart> = (context: CommandContext, cursor: string | null) => Promise<Part>;

/**
 * The engine gives young objects more room the more of them it has seen, up to 130 MB where there is plenty of memory; a long export makes the same few again and
 * again and does not need it. From here on this process does nothing else.
 */
function keepYoungObjectsFew(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** The parts of a file, from the first to the last. */
async function* partsOf<Part extends FilePart>(context: CommandContext, ask: AskPart<Part>): AsyncGenerator<Part> {
  keepYoungObjectsFew();
  let cursor: string | null = null;
  do {
    const part: Part = await ask(context, cursor);
    yield part;
    cursor = part.nextCursor;
  } while (cursor !== null);
}

/** On a terminal nothing in the text may steer it; into a pipe or a file every sign goes as it is. Waits while the reader is slower. */
async function print(text: string): Promise<void> {
  if (process.stdout.write(process.stdout.isTTY ? plainText(text) : text)) return;
  await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

/** A folder stands for a file of the given name in it. */
function fileIn(target: string, fileName: string): string {
  return /[/\\]$/.test(target) || statSync(target, { throwIfNoEntry: false })?.isDirectory() ? join(target, fileName) : target;
}

/** Begins, continues and ends a file of parts. */
interface PartWriter {
  write(part: FilePart): void;
  end(): void;
}

const textWriter = (output: Pick<OutputFile, 'write'>): PartWriter => ({ write: (part) => output.write(part.text), end: () => undefined });

/** A workbook with one sheet of the name; it is packed as it is written. */
function workbookWriter(output: Pick<OutputFile, 'write'>, sheet: string): PartWriter {
  const archive = startArchive(Date.now(), (bytes) => output.write(bytes));
  let workbook: WorkbookWriter | undefined;
  return {
    write({ columns, cells }) {
      workbook ??= startWorkbook(archive, sheet, columns);
      workbook.rows(cells);
    },
    end() {
      workbook?.end();
      archive.finish();
    },
  };
}

/** Writes all parts. @param sheet of a workbook; null: as text. @returns the file and how many rows went into it, with the last part. */
async function writeParts<Part extends FilePart>(context: CommandContext, ask: AskPart<Part>, target: string, sheet: string | null): Promise<{ file: string; rows: number; last: Part }> {
  const { dataFolder } = await context.client.settings.get({});
  const parts = partsOf(context, ask);
  const first = await parts.next();
  if (first.done) throw new TypeError('An export has at least one part.');
  const file = fileIn(target, sheet === null ? first.value.fileName : first.value.fileName.replace(/\.[a-z]+$/, '.xlsx'));
  const output = startOutputFile(file, dataFolder);
  const writer = sheet === null ? textWriter(output) : workbookWriter(output, sheet);
  let rows = first.value.rows;
  let last = first.value;
  try {
    writer.write(first.value);
    for await (const part of parts) {
      writer.write(part);
      rows += part.rows;
      last = part;
    }
    writer.end();
  } catch (error) {
    output.discard();
    throw error;
  }
  output.finish();
  return { file, rows, last };
}

/** @throws ValidationError `output-needed`: a document of that length, or of bytes, helps nobody. */
function assertOutputNamed(context: CommandContext, isWorkbook: boolean): void {
  if (isWorkbook) throw new ValidationError('output-needed', 'A workbook goes into a file.', { nextStep: 'Name a file or a folder with --out.' });
  if (context.output.isJson) throw new ValidationError('output-needed', 'With --json the export goes into a file.', { nextStep: 'Name a file or a folder with --output.' });
}

export interface LedgerExportFlags {
  readonly format: 'hledger' | 'beancount' | 'csv' | 'xlsx';
  readonly asOf?: string;
  readonly output?: string;
  readonly out?: string;
}

/** The books for another tool, to a file, into a folder, or to the standard output. */
export function exportLedger({ format, asOf, ...flags }: LedgerExportFlags): CommandAction {
  const isWorkbook = format === 'xlsx';
  return async (context) => {
    const ask = async ({ client }: CommandContext, cursor: string | null) => {
      const part = await client.ledger.exportPart({ ...(isWorkbook ? { format: 'csv', as: 'cells' } : { format }), cursor, ...(asOf === undefined ? {} : { asOf }) });
      return { ...part, rows: part.entries };
    };
    const target = flags.output ?? flags.out;
    if (target === undefined) {
      assertOutputNamed(context, isWorkbook);
      for await (const part of partsOf(context, ask)) await print(part.text);
      return 0;
    }
    const { file, rows, last } = await writeParts(context, ask, target, isWorkbook ? 'Postings' : null);
    context.output.answer({ file, format, entries: rows, asOf: last.asOf }, (out) => out.line(`${file}: ${rows.toLocaleString('en-US')} entries up to the end of ${last.asOf}`));
    return 0;
  };
}

interface FileFlags {
  readonly out?: string;
  readonly format: 'csv' | 'xlsx';
}

/** How a list is asked for: its rows as text, or as cells. */
type As = 'csv' | 'cells';

function exportList(sheet: string, ask: (context: CommandContext, cursor: string | null, as: As) => Promise<FilePart & { readonly asOf: number }>, { out: target, format }: FileFlags): CommandAction {
  const isWorkbook = format === 'xlsx';
  return async (context) => {
    if (target !== undefined) {
      const { file, rows, last } = await writeParts(context, (each, cursor) => ask(each, cursor, isWorkbook ? 'cells' : 'csv'), target, isWorkbook ? sheet : null);
      context.output.answer({ file, rows, asOf: last.asOf }, (out) => out.line(`${file}: ${rows.toLocaleString('en-US')} rows`));
      return 0;
    }
    if (isWorkbook) assertOutputNamed(context, true);
    let whole: { fileName: string; rows: number; asOf: number; text: string } | undefined;
    for await (const { fileName, rows, asOf, text } of partsOf(context, (each, cursor) => ask(each, cursor, 'csv'))) {
      if (!context.output.isJson) await print(text);
      else whole = { fileName, asOf, rows: (whole?.rows ?? 0) + rows, text: (whole?.text ?? '') + text };
    }
    if (whole) context.output.answer(whole, () => undefined);
    return 0;
  };
}

export function exportPayments(flags: PaymentFlags & FileFlags): CommandAction {
  return exportList('Payments', ({ client }, cursor, as) => client.payments.exportCsv({ filter: paymentFilterOf(flags), cursor, as }), flags);
}

export function exportCustomers(flags: CustomerFlags & FileFlags): CommandAction {
  const sort = customerSortOf(flags);
  return exportList('Customers', ({ client }, cursor, as) => client.customers.exportCsv({ filter: customerFilterOf(flags), ...(sort ? { sort } : {}), cursor, as }), flags);
}

export function exportInvoiceLines(flags: InvoiceFlags & FileFlags): CommandAction {
  return exportList('Invoice lines', ({ client }, cursor, as) => client.invoices.exportCsv({ of: 'lines', filter: invoiceFilterOf(flags), cursor, as }), flags);
}

export function exportInvoices(flags: InvoiceFlags & FileFlags): CommandAction {
  return exportList('Invoices', ({ client }, cursor, as) => client.invoices.exportCsv({ filter: invoiceFilterOf(flags), cursor, as }), flags);
}

export function exportBalanceTransactions(flags: { readonly from?: string; readonly to?: string } & FileFlags): CommandAction {
  const { from, to } = flags;
  return exportList('Balance transactions', ({ client }, cursor, as) => {
    assertInOrder(from, to);
    return client.invoices.exportBalanceTransactions({ ...(from ? { from } : {}), ...(to ? { to } : {}), cursor, as });
  }, flags);
}
