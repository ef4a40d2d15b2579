/**
 * What the CLI prints: tables for people, one JSON document for programs. Progress and warnings go to the error stream.
 */
import { closeSync, lstatSync, openSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { DaybookError, StorageError, ValidationError } from '../shared/errors/errors.ts';
import { formatMoney } from '../shared/money/format.ts';
import { startPrivateFile } from '../main/platform/private-file.ts';

export type Align = 'left' | 'right';

export interface TableColumn<Row> {
  readonly title: string;
  readonly align?: Align;
  text(row: Row): string;
}

export interface Output {
  readonly isJson: boolean;
  /** The command's answer: `json` as one document, or `print` for people. */
  answer(json: unknown, print: (out: HumanOutput) => void): void;
}

export interface HumanOutput {
  line(text?: string): void;
  table<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[]): void;
}

const locale = 'en-US';

/** Control characters but tab and line ends, and those that turn the direction of the text around them. */
const steering = /(?!\r\n|[\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text from people and other systems as a terminal may show it: a name cannot move the cursor, clear the screen, set the window's title or
 * turn a line around. Each such sign shows as `\ufffd`.
 */
export function plainText(text: string): string {
  return text.replace(steering, '\ufffd');
}

/** As {@link plainText}, on one line: a table's row stays a row. */
export function plainLine(text: string): string {
  return plainText(text.replace(/\s*[\r\n\t]+\s*/g, ' '));
}

/** '12,408.33 USD' */
export function moneyText(amount: number, currency: string): string {
  return formatMoney(amount, currency, locale);
}

/** Basis points as a percentage with one decimal; 'n/a' for null. */
export function percentText(basisPoints: number | null): string {
  if (basisPoints === null) return 'n/a';
  const tenths = Math.round(Math.abs(basisPoints) / 10);
  return `${basisPoints < 0 && tenths > 0 ? '−' : ''}${Math.floor(tenths / 10)}.${tenths % 10} %`;
}

/** 2026-11-18 09:14 in the given zone. */
export function instantText(instant: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant);
}

function renderTable<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[]): string[] {
  const cells = rows.map((row) => columns.map((column) => plainLine(column.text(row))));
  const widths = columns.map((column, index) => Math.max(column.title.length, ...cells.map((line) => (line[index] ?? '').length)));
  const render = (line: readonly string[]) =>
    line.map((text, index) => (columns[index]?.align === 'right' ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0))).join('  ').trimEnd();
  return [render(columns.map((column) => column.title)), render(widths.map((width) => '─'.repeat(width))), ...cells.map(render)];
}

/** JSON names the signs below 32 by itself; the others that steer a terminal are named here, so that the document says the same and does nothing. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/(?!\n)[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function createOutput(isJson: boolean, write: (text: string) => void): Output {
  const human: HumanOutput = {
    line: (text = '') => write(`${plainText(text)}\n`),
    table: (rows, columns) => write(`${renderTable(rows, columns).join('\n')}\n`),
  };
  return {
    isJson,
    answer(json, print) {
      if (isJson) write(`${jsonText(json)}\n`);
      else print(human);
    },
  };
}

/** A file that is written part by part. */
export interface OutputFile {
  write(part: string | Uint8Array): void;
  /** Only now is there a file of that name. */
  finish(): void;
  discard(): void;
}

/**
 * Begins a file that a person asked for and only they can read; it is there whole or not at all. A file of that name is replaced; a link is not followed: in a
 * folder that others write to, it may lead anywhere. Pipes and devices are written to.
 * @param dataFolder nothing is written into it: one of its own files might be replaced.
 * @throws StorageError `file-not-written`, `file-is-a-link`; ValidationError `file-in-data-folder`. So do the functions of what it returns.
 */
export function startOutputFile(file: string, dataFolder: string): OutputFile {
  const draft = named(file, () => {
    const inFolder = relative(realpathSync(dataFolder), realpathSync(dirname(resolve(file))));
    if (!inFolder.startsWith('..') && !isAbsolute(inFolder)) {
      throw new ValidationError('file-in-data-folder', `${file} lies in the data folder, which is Daybook’s own.`, { data: { file }, nextStep: 'Name a place outside the data folder with --out.' });
    }
    const standing = lstatSync(file, { throwIfNoEntry: false });
    if (standing === undefined || standing.isFile()) return startPrivateFile(file);
    if (statSync(file, { throwIfNoEntry: false })?.isFile() ?? standing.isSymbolicLink()) throw new StorageError('file-is-a-link', `${file} is a link to another file, which was left as it is.`, { data: { file }, nextStep: 'Remove the link, or name another place with --out.' });
    return openDevice(file);
  });
  return { write: (part) => named(file, () => draft.write(part)), finish: () => named(file, () => draft.finish()), discard: () => draft.discard() };
}

function openDevice(file: string): OutputFile {
  const descriptor = openSync(file, 'w');
  return { write: (part) => writeFileSync(descriptor, part), finish: () => closeSync(descriptor), discard: () => closeSync(descriptor) };
}

function named<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof DaybookError) throw error;
    throw new StorageError('file-not-written', `The file ${file} cannot be written.`, { cause: error, data: { file }, nextStep: 'Name another place with --out, or check that the folder exists and has room.' });
  }
}

/** {@link startOutputFile} with all there is to write at once. */
export function writeOutputFile(file: string, content: string | Uint8Array, dataFolder: string): void {
  const output = startOutputFile(file, dataFolder);
  try {
    output.write(content);
  } catch (error) {
    output.discard();
    throw error;
  }
  output.finish();
}
