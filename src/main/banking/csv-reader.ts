/**
 * A bank's CSV by its mapping. Lines are kept in the order of their days, whichever way round the file has them. Pure.
 */
import type { CurrencyCode } from '../../shared/money/currency.ts';
import type { MinorUnits } from '../../shared/money/money.ts';
import { plainAmount, readMappedDay, type CsvMapping } from './csv-mapping.ts';
import { clip, joinText, keepReferences, readAmount, readCurrency, refuseFile, type StatementLine, type StatementReader, type StatementSink } from './statement-file.ts';

export interface CsvRow {
  readonly cells: readonly string[];
  readonly fileLine: number;
}

const mostCells = 200;
const mostCell = 32_768;

/** Rows by RFC 4180: quoted cells may hold delimiters, line breaks and doubled quotes. @throws ValidationError `bank-file-truncated` inside of quotes. */
export function* splitCsv(text: string, delimiter: string): Generator<CsvRow> {
  let fileLine = 1;
  let at = 0;
  while (at < text.length) {
    const cells: string[] = [];
    const startLine = fileLine;
    for (let isRowOpen = true; isRowOpen; ) {
      let cell = '';
      if (text[at] === '"') {
        for (at += 1; ; at += 1) {
          const end = text.indexOf('"', at);
          if (end < 0) throw refuseFile('bank-file-truncated', 'A quoted cell has no end.', startLine);
          cell += text.slice(at, end);
          at = end + 1;
          if (text[at] !== '"') break;
          cell += '"';
        }
        fileLine += cell.split('\n').length - 1;
      }
      let end = at;
      while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end += 1;
      cell += text.slice(at, end).replace(/\r$/, '');
      if (cell.length > mostCell || cells.length >= mostCells) throw refuseFile('bank-file-malformed', 'The row is larger than any of a statement may be.', startLine);
      cells.push(cell);
      isRowOpen = text[end] === delimiter;
      at = end + 1;
    }
    fileLine += 1;
    if (cells.some((cell) => cell.trim() !== '')) yield { cells, fileLine: startLine };
  }
}

type ColumnName = Exclude<keyof CsvMapping['columns'], 'description'>;

/** Where each column lies. @throws ValidationError `bank-mapping-mismatch` when the file lacks one. */
function placesOf(mapping: CsvMapping, headings: CsvRow | undefined): { at(row: CsvRow, name: ColumnName): string; description(row: CsvRow): string } {
  const find = (column: string): number => {
    const place = /^#(\d{1,3})$/.exec(column)?.[1];
    if (place !== undefined) return Number(place) - 1;
    const found = headings?.cells.findIndex((heading) => heading.trim().toLowerCase() === column.trim().toLowerCase()) ?? -1;
    if (found < 0) throw refuseFile('bank-mapping-mismatch', `There is no column “${clip(column)}”, which the mapping “${mapping.name}” names.`, headings?.fileLine ?? 1, 'Choose another mapping, or correct it. Nothing was imported.');
    return found;
  };
  const { description, ...named } = mapping.columns;
  const places = new Map(Object.entries(named).filter(([, column]) => column !== '').map(([name, column]) => [name, find(column)]));
  const ofDescription = description.filter((column) => column !== '').map(find);
  const cell = (row: CsvRow, place: number | undefined): string => (place === undefined ? '' : (row.cells[place] ?? '').trim());
  return { at: (row, name) => cell(row, places.get(name)), description: (row) => joinText(ofDescription.map((place) => cell(row, place))) };
}

export function createCsvReader(mapping: CsvMapping, sink: StatementSink): StatementReader {
  let text = '';
  return {
    write: (part) => void (text += part),
    finish: () => readCsv(text, mapping, sink),
  };
}

function readCsv(text: string, mapping: CsvMapping, sink: StatementSink): void {
  const rows = splitCsv(text, mapping.delimiter);
  let headings: CsvRow | undefined;
  for (let skipped = 0; skipped < mapping.headingLines; skipped += 1) headings = rows.next().value as CsvRow | undefined;
  if (mapping.headingLines > 0 && headings === undefined) throw refuseFile('bank-file-empty', 'There is nothing in the file.');
  const places = placesOf(mapping, headings);
  const entries = [...rows];
  assertSides(entries, mapping, places);
  const lines = entries.map((row) => lineOf(row, mapping, places));
  const [first, last] = [lines[0], lines.at(-1)];
  if (!first || !last) throw refuseFile('bank-file-without-statement', 'The file holds no entry.');
  // Newest first is as usual as oldest first.
  if (first.bookedOn > last.bookedOn || (first.bookedOn === last.bookedOn && isTurned(lines))) lines.reverse();
  const [oldest, newest] = [lines[0] ?? first, lines.at(-1) ?? last];
  assertRunning(lines);
  sink.begin({ account: null, currency: first.currency, reference: null, sequenceNumber: null }, first.fileLine);
  for (const line of lines) sink.line(line);
  const days = lines.map((line) => line.bookedOn).toSorted();
  sink.end({
    opening: oldest.balanceAfterMinor === null ? null : { amountMinor: (oldest.balanceAfterMinor - oldest.amountMinor) as MinorUnits, currency: oldest.currency, on: days[0] ?? null },
    closing: newest.balanceAfterMinor === null ? null : { amountMinor: newest.balanceAfterMinor, currency: newest.currency, on: days.at(-1) ?? null },
    from: days[0] ?? null, to: days.at(-1) ?? null, unbooked: 0,
  }, last.fileLine);
}

/** All on one day: the balances say which way round they stand. */
function isTurned(lines: readonly StatementLine[]): boolean {
  const [first, second] = lines;
  if (!first || !second || first.balanceAfterMinor === null || second.balanceAfterMinor === null) return false;
  return first.balanceAfterMinor + second.amountMinor !== second.balanceAfterMinor && second.balanceAfterMinor + first.amountMinor === first.balanceAfterMinor;
}

/** Where each line carries the balance after it, each must follow from the one before. @throws ValidationError `bank-statement-unbalanced`. */
function assertRunning(lines: readonly StatementLine[]): void {
  for (const [index, line] of lines.entries()) {
    const before = lines[index - 1];
    if (!before || before.balanceAfterMinor === null || line.balanceAfterMinor === null) continue;
    if (before.balanceAfterMinor + line.amountMinor !== line.balanceAfterMinor) throw refuseFile('bank-statement-unbalanced', 'The balance after this entry does not follow from the one before it.', line.fileLine);
  }
}

function lineOf(row: CsvRow, mapping: CsvMapping, places: ReturnType<typeof placesOf>): StatementLine {
  const { fileLine } = row;
  const currency = readCurrency(places.at(row, 'currency') || mapping.currency, fileLine);
  const valuedOn = places.at(row, 'valuedOn');
  const balance = places.at(row, 'balanceAfter');
  const description = places.description(row);
  return {
    amountMinor: amountOf(row, mapping, places, currency), currency, bookedOn: readMappedDay(places.at(row, 'bookedOn'), mapping.dateFormat, fileLine), valuedOn: valuedOn === '' ? null : readMappedDay(valuedOn, mapping.dateFormat, fileLine),
    entryReference: keepReferences([places.at(row, 'entryReference')])[0] ?? null, references: keepReferences([places.at(row, 'reference')]), counterpartyName: places.at(row, 'counterpartyName') || null,
    counterpartyAccount: places.at(row, 'counterpartyAccount') || null, description, bankCode: null, balanceAfterMinor: /\d/.test(balance) ? readMapped(balance, mapping, currency, fileLine) : null, fileLine,
  };
}

/** @returns null where the cell is empty. @throws ValidationError `bank-amount-invalid`. */
function readMapped(text: string, mapping: CsvMapping, currency: CurrencyCode, fileLine: number): MinorUnits | null {
  const plain = plainAmount(text, mapping.decimalSign);
  if (plain === null) throw refuseFile('bank-amount-invalid', `“${clip(text)}” is no amount as the mapping “${mapping.name}” writes them, with “${mapping.decimalSign}” before the decimals.`, fileLine, 'Correct the mapping or that line. Nothing was imported.');
  return plain === '' ? null : readAmount(plain, currency, fileLine);
}

function amountOf(row: CsvRow, mapping: CsvMapping, places: ReturnType<typeof placesOf>, currency: CurrencyCode): MinorUnits {
  const { fileLine } = row;
  const read = (name: ColumnName): MinorUnits | null => readMapped(places.at(row, name), mapping, currency, fileLine);
  const negated = (amount: number): MinorUnits => (amount === 0 ? 0 : -amount) as MinorUnits;
  if (mapping.sign === 'two-columns') {
    const [debit, credit] = [read('debit'), read('credit')];
    if (debit === null && credit === null) throw refuseFile('bank-amount-invalid', 'Neither column has an amount.', fileLine);
    // Many banks write what went out with a minus in its own column; a minus in the other one takes back what came in.
    return ((credit ?? 0) - Math.abs(debit ?? 0)) as MinorUnits;
  }
  const amount = read('amount');
  if (amount === null) throw refuseFile('bank-amount-invalid', 'There is no amount.', fileLine);
  if (mapping.sign === 'reversed') return negated(amount);
  if (mapping.sign === 'indicator') return isMarkedDebit(places.at(row, 'side'), mapping) ? negated(Math.abs(amount)) : (Math.abs(amount) as MinorUnits);
  return amount;
}

const isMarkedDebit = (side: string, mapping: CsvMapping): boolean => side.toLowerCase() === mapping.debitMark.trim().toLowerCase();

/** A side has two marks at most, and where it has two the mapping's is one of them: else money out would be read as money in. @throws ValidationError `bank-mapping-mismatch`. */
function assertSides(rows: readonly CsvRow[], mapping: CsvMapping, places: ReturnType<typeof placesOf>): void {
  if (mapping.sign !== 'indicator') return;
  const marks = new Map(rows.map((row) => [places.at(row, 'side').toLowerCase(), row]));
  if (marks.size < 2 || (marks.size === 2 && [...marks.keys()].some((mark) => isMarkedDebit(mark, mapping)))) return;
  const told = [...marks.keys()].slice(0, 4).map((mark) => `“${clip(mark)}”`).join(', ');
  throw refuseFile('bank-mapping-mismatch', `The column of the side says ${told}; money out is marked “${clip(mapping.debitMark)}” by the mapping “${mapping.name}”, and anything else is one mark.`, [...marks.values()].at(-1)?.fileLine ?? null, 'Correct the mark in the mapping. Nothing was imported.');
}
