/**
 * The ZIP archive of a workbook, made while it is written. (The window has its own in lib/workbook-archive.ts: shared code imports no library.)
 */
import { strToU8, Zip, ZipDeflate } from 'fflate';
import type { WorkbookArchive } from '../../shared/spreadsheet/workbook.ts';

export interface ArchiveWriter extends WorkbookArchive {
  /** The archive is whole then. */
  finish(): void;
}

const nothing = new Uint8Array();

/** @param made epoch milliseconds. @param write is given the archive's bytes as they come. */
export function startArchive(made: number, write: (bytes: Uint8Array) => void): ArchiveWriter {
  const zip = new Zip((error, bytes) => {
    if (error) throw error;
    write(bytes);
  });
  let file: ZipDeflate | undefined;
  return {
    startFile(path) {
      file = new ZipDeflate(path, { level: 6 });
      file.mtime = made;
      zip.add(file);
    },
    write: (text) => file?.push(strToU8(text)),
    endFile: () => file?.push(nothing, true),
    finish: () => zip.end(),
  };
}
