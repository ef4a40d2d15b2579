/**
 * Partners, contracts and amendments as one file, CSV or JSON, and back: what is written is read as the same. Pure.
 *
 * CSV has a line per record and a column per field, named as everywhere (`contract-fields.ts`), behind `entity`, `id` and `version`, and at its end the terms in plain words,
 * which are there to be read and mean nothing on the way in. JSON has the same values as change sets carry them. Versions say which state a file was made from, so that an import never takes back what others changed meanwhile.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { csvHeader, csvLines, type CsvColumn } from '../documents/csv-export.ts';
import { restoreFormula } from '../../shared/spreadsheet/cells.ts';
import type { FieldValue } from './change-set.ts';
import { problemsOfValues } from './contract-validation.ts';
import { findMergedField, mergedFields, type MergedEntity } from './contract-fields.ts';
import { isObject, normaliseValue, type RecordValues, type StoredRecord } from './contract-values.ts';
import { readFieldText, writeFieldText } from './field-text.ts';
import { isNestedTooDeep } from './nesting.ts';

export interface FileProblem {
  /** As a spreadsheet counts: the head is row 1. In JSON the place in the whole file, from 1. Null for the file as a whole. */
  readonly row: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
}

export interface FileRecord {
  readonly row: number;
  readonly entity: MergedEntity;
  /** Null for a new record without an id of its own. */
  readonly id: string | null;
  /** Null where the file does not say. */
  readonly version: number | null;
  /** Only the columns that the file has. */
  readonly values: RecordValues;
}

export interface ReadFile {
  readonly rows: number;
  readonly records: readonly FileRecord[];
  readonly problems: readonly FileProblem[];
}

export interface WrittenRecord extends StoredRecord {
  /** The terms in one sentence, for whoever reads the file. */
  readonly summary?: string | null;
}

export type RecordsByEntity = Readonly<Record<MergedEntity, readonly WrittenRecord[]>>;

const entities: readonly MergedEntity[] = ['partner', 'contract', 'amendment'];
const formatName = 'daybook-contracts-1';
export const mostFileRows = 20_000;

/** Every column once, in the order of the fields. */
const fileColumns: readonly string[] = [...new Set(entities.flatMap((entity) => mergedFields[entity].map((field) => field.column)))];

interface Line {
  readonly entity: MergedEntity;
  readonly record: WrittenRecord;
}

/** Every cell may be opened in a spreadsheet: what would run as a formula is neutralised, {@link readContractsFile} takes that back. */
const csvColumns: readonly CsvColumn<Line>[] = [
  { title: 'entity', kind: 'text', value: ({ entity }) => entity },
  { title: 'id', kind: 'text', value: ({ record }) => record.id },
  { title: 'version', kind: 'text', value: ({ record }) => String(record.version) },
  ...fileColumns.map((column): CsvColumn<Line> => ({
    title: column, kind: 'text',
    value: ({ entity, record }) => {
      const field = findMergedField(entity, column);
      return field ? writeFieldText(field, record.values[column] ?? null) : null;
    },
  })),
  { title: 'summary', kind: 'text', value: ({ record }) => record.summary ?? null },
];

export function writeContractsFile(format: 'csv' | 'json', records: RecordsByEntity): string {
  if (format === 'csv') return csvHeader(csvColumns) + csvLines(csvColumns, entities.flatMap((entity) => records[entity].map((record): Line => ({ entity, record }))));
  const list = (entity: MergedEntity) => records[entity].map(({ id, version, values, summary }) => ({ id, version, ...values, ...(summary ? { summary } : {}) }));
  return `${JSON.stringify({ format: formatName, partners: list('partner'), contracts: list('contract'), amendments: list('amendment') }, null, 2)}\n`;
}

/** Reads what can be read; what cannot is named by row and column. Nothing is guessed. */
export function readContractsFile(format: 'csv' | 'json', given: string): ReadFile {
  const text = given.startsWith('\ufeff') ? given.slice(1) : given;
  if (/[\ufffd\0]/.test(text)) {
    return refused({ code: 'file-encoding-invalid', message: 'The file is not text in UTF-8: some signs could not be read. Save it as “CSV UTF-8” and try again.' });
  }
  return format === 'csv' ? readCsv(text) : readJson(text);
}

function refused(problem: Pick<FileProblem, 'code' | 'message'>): ReadFile {
  return { rows: 0, records: [], problems: [{ row: null, column: null, ...problem }] };
}

/** In signs: far more than a contract's longest texts come to. */
const longestRow = 1_000_000;

function readCsv(text: string): ReadFile {
  const head = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = [';', '\t', ','].find((sign) => head.includes(sign)) ?? ',';
  let rows: readonly (readonly string[])[];
  try {
    rows = parse(text, { delimiter, relax_column_count: true, max_record_size: longestRow });
  } catch (error) {
    if (error instanceof CsvError && error.code === 'CSV_MAX_RECORD_SIZE') return refused({ code: 'row-too-long', message: `A row of the file has more than ${longestRow.toLocaleString('en-US')} signs: no contract has so many. Or a quotation mark is opened in it and closed much later.` });
    return refused({ code: 'file-malformed', message: 'The file is not CSV: a quotation mark is opened and not closed, or stands inside a cell.' });
  }
  const [titles, ...lines] = rows;
  if (!titles) return refused({ code: 'file-empty', message: 'The file is empty.' });
  if (lines.length > mostFileRows) return tooManyRows(lines.length);
  const names = titles.map((title) => restoreFormula(title.trim()).toLowerCase());
  const problems = problemsOfHead(names);
  if (problems.length > 0) return { rows: lines.length, records: [], problems };
  const records: FileRecord[] = [];
  for (const [index, cells] of lines.entries()) {
    const row = index + 2;
    if (isBlank(cells)) continue;
    if (cells.length !== names.length) {
      problems.push({ row, column: null, code: 'row-length', message: `This row has ${cells.length} cells, the head has ${names.length}.` });
      continue;
    }
    const cell = (name: string): string => restoreFormula(cells[names.indexOf(name)] ?? '').trim();
    const head = readHead({ row, entity: cell('entity'), id: cell('id'), version: names.includes('version') ? cell('version') : '' }, problems);
    if (!head) continue;
    // Of a row that cannot be placed the cells are looked at as well: all that is wrong is told at once.
    const values = readCells(head, names, cells, problems);
    if (head.isPlaced) records.push({ row, entity: head.entity, id: head.id, version: head.version, values });
    else problems.push(...problemsOfValues(head.entity, values).map((problem) => ({ row, ...problem })));
  }
  return { rows: lines.filter((cells) => !isBlank(cells)).length, records, problems };
}

const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '');

function tooManyRows(rows: number): ReadFile {
  return refused({ code: 'file-too-long', message: `The file has ${rows.toLocaleString('en-US')} rows; at most ${mostFileRows.toLocaleString('en-US')} are read at once. Split it.` });
}

function problemsOfHead(names: readonly string[]): FileProblem[] {
  const known = new Set(['entity', 'id', 'version', 'summary', ...fileColumns]);
  const problems: FileProblem[] = [];
  for (const [index, name] of names.entries()) {
    if (!known.has(name)) problems.push({ row: 1, column: name, code: 'column-unknown', message: name === '' ? `Column ${index + 1} has no name.` : `“${name}” is not a column of this file. An export shows all of them.` });
    else if (names.indexOf(name) !== index) problems.push({ row: 1, column: name, code: 'column-repeated', message: `The column “${name}” is there twice.` });
  }
  for (const needed of ['entity', 'id']) if (!names.includes(needed)) problems.push({ row: 1, column: needed, code: 'column-missing', message: `The column “${needed}” is missing.` });
  return problems;
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function readHead({ row, entity, id, version }: { row: number; entity: string; id: string; version: string }, problems: FileProblem[]): (Omit<FileRecord, 'values'> & { /** Its id and its version can be read. */ readonly isPlaced: boolean }) | null {
  const known = entities.find((name) => name === entity);
  const before = problems.length;
  if (!known) problems.push({ row, column: 'entity', code: 'entity-unknown', message: `“${entity}” is none of partner, contract, amendment.` });
  if (id !== '' && !uuidForm.test(id)) problems.push({ row, column: 'id', code: 'id-invalid', message: `“${id}” is not an id. Leave it empty for a new record.` });
  if (version !== '' && !/^\d{1,9}$/.test(version)) problems.push({ row, column: 'version', code: 'number-invalid', message: `“${version}” is not a version. Leave it empty if you do not know it.` });
  if (!known) return null;
  const isPlaced = problems.length === before;
  return { row, entity: known, id: id === '' || !isPlaced ? null : id.toLowerCase(), version: version === '' || !isPlaced ? null : Number(version), isPlaced };
}

/** Columns of other entities must be empty: what stands there would be lost. */
function readCells({ row, entity }: Pick<FileRecord, 'row' | 'entity'>, names: readonly string[], cells: readonly string[], problems: FileProblem[]): RecordValues {
  const values: Record<string, FieldValue> = {};
  for (const [index, name] of names.entries()) {
    if (name === 'entity' || name === 'id' || name === 'version' || name === 'summary') continue;
    const field = findMergedField(entity, name);
    const cell = restoreFormula(cells[index] ?? '');
    if (!field) {
      if (cell.trim() !== '') problems.push({ row, column: name, code: 'field-unknown', message: `“${name}” is not a field of ${entity === 'amendment' ? 'an amendment' : `a ${entity}`}; the cell must be empty.` });
      continue;
    }
    const read = readFieldText(field, cell);
    if (read.isFine) values[name] = read.value;
    else problems.push({ row, ...read.problem });
  }
  return values;
}

function readJson(text: string): ReadFile {
  if (isNestedTooDeep(text)) return refused({ code: 'file-malformed', message: 'The file has lists in lists, deeper than any export goes.' });
  let document: FieldValue;
  try {
    document = JSON.parse(text) as FieldValue;
  } catch {
    return refused({ code: text.trim() === '' ? 'file-empty' : 'file-malformed', message: text.trim() === '' ? 'The file is empty.' : 'The file is not JSON.' });
  }
  if (!isObject(document) || document['format'] !== formatName) return refused({ code: 'file-malformed', message: `The file is not an export of contracts: “format” must be “${formatName}”.` });
  const lists = ([['partners', 'partner'], ['contracts', 'contract'], ['amendments', 'amendment']] as const).map(([name, entity]) => ({ name, entity, list: (document as Readonly<Record<string, FieldValue>>)[name] ?? [] }));
  const broken = lists.find(({ list }) => !Array.isArray(list));
  if (broken) return refused({ code: 'file-malformed', message: `“${broken.name}” is not a list.` });
  const entries = lists.flatMap(({ entity, list }) => (list as readonly FieldValue[]).map((entry) => ({ entity, entry })));
  if (entries.length > mostFileRows) return tooManyRows(entries.length);
  const problems: FileProblem[] = [];
  const records = entries.flatMap(({ entity, entry }, index): FileRecord[] => {
    const row = index + 1;
    if (!isObject(entry)) {
      problems.push({ row, column: null, code: 'file-malformed', message: 'This is not a record with fields.' });
      return [];
    }
    const { id = null, version = null, ...rest } = entry;
    const values = Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'summary'));
    const head = readHead({ row, entity, id: id === null ? '' : String(id), version: version === null ? '' : String(version) }, problems);
    if (!head) return [];
    const given = normaliseJson(entity, values);
    if (head.isPlaced) return [{ row, entity, id: head.id, version: head.version, values: given }];
    problems.push(...problemsOfValues(entity, given).map((problem) => ({ row, ...problem })));
    return [];
  });
  return { rows: entries.length, records, problems };
}

function normaliseJson(entity: MergedEntity, values: RecordValues): RecordValues {
  return Object.fromEntries(Object.entries(values).map(([column, value]) => {
    const field = findMergedField(entity, column);
    return [column, field ? normaliseValue(field, value) : value];
  }));
}
