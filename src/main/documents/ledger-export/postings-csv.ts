/**
 * The books as a table: a line per posting, each with its entry beside it. The titles are stable: other programs read them.
 */
import { toDecimalString } from '../../../shared/money/money.ts';
import { csvHeader, csvLines, exportRows, type CsvColumn, type ExportedRows } from '../csv-export.ts';
import type { ExportedEntry, ExportedPosting, LedgerWriter } from './exported-books.ts';

interface Line {
  readonly entry: ExportedEntry;
  readonly posting: ExportedPosting;
  readonly functionalCurrency: string;
}

const text = (title: string, value: (line: Line) => string | null): CsvColumn<Line> => ({ title, kind: 'text', value });
const amount = (title: string, value: (line: Line) => string | null): CsvColumn<Line> => ({ title, kind: 'number', value });
const sideOf = (direction: 'debit' | 'credit') => ({ posting }: Line): string | null => (posting.direction === direction ? toDecimalString(posting.amountMinor, posting.currency) : null);

const columns: readonly CsvColumn<Line>[] = [
  amount('sequence', ({ entry }) => String(entry.sequence)), text('entry_id', ({ entry }) => entry.id), { title: 'entry_date', kind: 'date', value: ({ entry }) => entry.entryDate }, { title: 'recorded_at', kind: 'instant', value: ({ entry }) => new Date(entry.recordedAt).toISOString() }, text('kind', ({ entry }) => entry.kind),
  text('memo', ({ entry }) => entry.memo), text('source_type', ({ entry }) => entry.sourceType), text('source_id', ({ entry }) => entry.sourceId), text('concerns_month', ({ entry }) => entry.concernsMonth),
  amount('line', ({ posting }) => String(posting.lineNumber)), text('account_code', ({ posting }) => posting.accountCode), text('account_name', ({ posting }) => posting.accountName), text('account_type', ({ posting }) => posting.accountType),
  text('direction', ({ posting }) => posting.direction), amount('debit', sideOf('debit')), amount('credit', sideOf('credit')), text('currency', ({ posting }) => posting.currency.toUpperCase()),
  amount('functional_amount', ({ posting, functionalCurrency }) => toDecimalString(posting.direction === 'debit' ? posting.functionalAmountMinor : -posting.functionalAmountMinor, functionalCurrency)),
  text('functional_currency', ({ functionalCurrency }) => functionalCurrency.toUpperCase()), text('rate', ({ posting }) => posting.rate), text('party_id', ({ posting }) => posting.partyId), text('party_name', ({ entry, posting }) => (posting.partyId === null ? null : entry.partyName)),
  text('key', ({ entry }) => entry.key), text('reverses_entry_id', ({ entry }) => entry.reversesEntryId), text('previous_hash', ({ entry }) => entry.previousHash), text('hash', ({ entry }) => entry.hash),
];

const linesOf = (entries: readonly ExportedEntry[], functionalCurrency: string): Line[] => entries.flatMap((entry) => entry.postings.map((posting) => ({ entry, posting, functionalCurrency })));

/** The same lines for a workbook. */
export const postingCells = (entries: readonly ExportedEntry[], functionalCurrency: string): Pick<ExportedRows, 'columns' | 'cells'> => exportRows(columns, linesOf(entries, functionalCurrency), 'cells', false);

export const postingsCsvWriter: LedgerWriter = {
  fileExtension: 'csv',
  start: () => csvHeader(columns),
  entries: (entries, functionalCurrency) => csvLines(columns, linesOf(entries, functionalCurrency)),
  end: () => '',
};
