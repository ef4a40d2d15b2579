/**
 * Files that a person names, read with a bound: what is named may be a device or a pipe, whose size nobody knows beforehand, and which may never end.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StorageError } from '../shared/errors/errors.ts';

const bytesAtOnce = 64 * 1024;

/**
 * The file piece by piece, from where it begins; a pipe (`<(zcat statement.gz)`) is a file too.
 * @param largestPiece in bytes; each piece is a buffer of its own.
 * @throws StorageError `file-unreadable`.
 */
export function* piecesOf(file: string, largestPiece = bytesAtOnce): Generator<Buffer<ArrayBuffer>, void, undefined> {
  const descriptor = named(file, () => {
    const opened = openSync(file, 'r');
    if (!fstatSync(opened).isDirectory()) return opened;
    closeSync(opened);
    throw new TypeError('It is a folder.');
  });
  try {
    for (;;) {
      const piece = Buffer.alloc(largestPiece);
      const length = named(file, () => readSync(descriptor, piece));
      if (length === 0) return;
      yield piece.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The whole file; null when it has more than so many bytes, of which no more are read.
 * @throws StorageError `file-unreadable`.
 */
export function readInputFile(file: string, mostBytes: number): Buffer | null {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (const piece of piecesOf(file)) {
    bytes += piece.byteLength;
    if (bytes > mostBytes) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function named<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw new StorageError('file-unreadable', `The file ${file} cannot be read.`, { cause, data: { file }, nextStep: 'Check its name and whether you may read it.' });
  }
}
