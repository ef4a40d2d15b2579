/**
 * Reads a statement file from disk: finds out its format, decodes it, and gives what it says to a sink, a piece at a time. Memory does not grow with a CAMT.053; the other formats
 * are small and read whole.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StorageError } from '../../shared/errors/errors.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { createCamt053Reader } from './camt053-reader.ts';
import type { CsvMapping } from './csv-mapping.ts';
import { createCsvReader } from './csv-reader.ts';
import { detectFormat } from './format-detection.ts';
import { createMt940Reader } from './mt940-reader.ts';
import { createOfxReader } from './ofx-reader.ts';
import { createCheckingSink, type CheckedSink } from './statement-checking.ts';
import { decodePieces, encodingOf, isUtf8 } from './statement-decoding.ts';
import { refuseFile, type StatementAccount, type StatementFormat, type StatementReader, type StatementSink } from './statement-file.ts';

export interface StatementSource {
  readonly file: string;
  /** As the person knows it. */
  readonly fileName: string;
  /** Needed for a CSV. */
  readonly mapping: CsvMapping | null;
  /** Of files that do not name it. */
  readonly account: StatementAccount | null;
  readonly currency: string | null;
}

/** Short enough for its text to be young memory, which is given back at once. */
const pieceBytes = 32 * 1024;
const megabyte = 1024 * 1024;
/** A hundred thousand entries of a CAMT.053 take some hundred megabytes. */
const mostBytes: Readonly<Record<StatementFormat, number>> = { 'camt.053': 1024 * megabyte, mt940: 32 * megabyte, ofx: 32 * megabyte, csv: 32 * megabyte };

/**
 * @throws ValidationError with a code of statement-file.ts's refusals, `bank-format-unsupported`, `bank-file-too-large`, `bank-mapping-needed`; StorageError `file-unreadable`; what `control.signal` was aborted with.
 */
export async function readStatementFile(source: StatementSource, sink: CheckedSink, control: WorkControl): Promise<StatementFormat> {
  const descriptor = openFile(source.file);
  try {
    const size = fstatSync(descriptor).size;
    const head = readPiece(descriptor, 0, Math.min(size, 8_192));
    const format = detectFormat(head, source.fileName);
    if (size > mostBytes[format]) throw refuseFile('bank-file-too-large', `The file is larger than ${mostBytes[format] / megabyte} MB.`, null, 'Ask the bank for statements of shorter periods. Nothing was imported.');
    const reader = readerOf(format, source, createCheckingSink({ format, account: source.account, currency: source.currency }, sink));
    const encoding = encodingOf(head, format, source.mapping);
    // MT940 says nothing of its encoding: where it is no UTF-8, it is read as most banks write it.
    const isOldMt940 = format === 'mt940' && encoding === 'utf-8' && !isUtf8(readPiece(descriptor, 0, size));
    const pieces = decodePieces(isOldMt940 ? 'windows-1252' : encoding);
    const buffer = new Uint8Array(pieceBytes);
    for (let position = 0; position < size; position += pieceBytes) {
      control.signal.throwIfAborted();
      reader.write(pieces.write(readPiece(descriptor, position, Math.min(pieceBytes, size - position), buffer)));
      control.report({ done: Math.min(position + pieceBytes, size), total: size, note: 'Reading the file' });
      await nextTurn();
    }
    reader.write(pieces.finish());
    reader.finish();
    return format;
  } finally {
    closeSync(descriptor);
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    throw new StorageError('file-unreadable', 'The file cannot be read.', { cause, nextStep: 'Check its name, then choose it again.' });
  }
}

function readPiece(descriptor: number, position: number, length: number, buffer = new Uint8Array(length)): Uint8Array {
  const bytes = buffer.subarray(0, length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(descriptor, bytes, filled, length - filled, position + filled);
    if (read === 0) break;
    filled += read;
  }
  return filled === length ? bytes : bytes.subarray(0, filled);
}

function readerOf(format: StatementFormat, source: StatementSource, sink: StatementSink): StatementReader {
  switch (format) {
    case 'camt.053':
      return createCamt053Reader(sink);
    case 'mt940':
      return createMt940Reader(sink);
    case 'ofx':
      return createOfxReader(sink);
    case 'csv':
      if (source.mapping === null) throw refuseFile('bank-mapping-needed', 'This looks like a CSV: which column holds what has to be said.', null, 'Choose a mapping, or make one for this bank. Nothing was imported.');
      return createCsvReader(source.mapping, sink);
  }
}
