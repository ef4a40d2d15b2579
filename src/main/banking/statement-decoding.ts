/**
 * From a file's bytes to its text, a piece at a time, strictly: a byte that is no sign of the encoding refuses the file. Pure.
 */
import type { CsvMapping } from './csv-mapping.ts';
import { clip, refuseFile, type StatementFormat } from './statement-file.ts';

export interface TextPieces {
  /** @throws ValidationError `bank-file-encoding`. */
  write(bytes: Uint8Array): string;
  finish(): string;
}

const knownEncodings = new Set(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-15', 'iso-8859-2', 'windows-1250']);

/** @param head the file's first bytes. @throws ValidationError `bank-file-encoding` for an encoding that is not read. */
export function encodingOf(head: Uint8Array, format: StatementFormat, mapping: CsvMapping | null): string {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 1_024));
  if (text.startsWith('\u00ef\u00bb\u00bf')) return 'utf-8';
  if (text.startsWith('\u00ff\u00fe')) return 'utf-16le';
  if (text.startsWith('\u00fe\u00ff')) return 'utf-16be';
  if (format === 'csv') return mapping?.encoding ?? 'utf-8';
  const declared = /^\s*<\?xml[^>]*encoding=["']([\w.:-]+)["']/i.exec(text)?.[1];
  if (declared !== undefined) return canonical(declared);
  if (format === 'ofx') return /CHARSET\s*:\s*1252/i.test(text) ? 'windows-1252' : 'utf-8';
  return 'utf-8';
}

function canonical(label: string): string {
  let name: string;
  try {
    name = new TextDecoder(label).encoding;
  } catch {
    throw refuseFile('bank-file-encoding', `“${clip(label)}” is no encoding that is read.`, 1);
  }
  if (!knownEncodings.has(name)) throw refuseFile('bank-file-encoding', `“${clip(label)}” is no encoding that is read.`, 1);
  return name;
}

/** @param encoding as {@link encodingOf} found it. */
export function decodePieces(encoding: string): TextPieces {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let fileLine = 1;
  const decode = (bytes: Uint8Array, isLast: boolean): string => {
    let text: string;
    try {
      text = decoder.decode(bytes, { stream: !isLast });
    } catch {
      const upTo = new TextDecoder(encoding).decode(bytes).split('\ufffd')[0] ?? '';
      throw refuseFile('bank-file-encoding', `There is a byte that is no sign of ${encoding.toUpperCase()}.`, fileLine + breaksIn(upTo), 'The file is damaged, or in another encoding than it says. Nothing was imported.');
    }
    const nul = text.indexOf('\u0000');
    if (nul >= 0) throw refuseFile('bank-file-encoding', 'There is a NUL in the text: this is no text file.', fileLine + breaksIn(text.slice(0, nul)));
    fileLine += breaksIn(text);
    return text;
  };
  return { write: (bytes) => decode(bytes, false), finish: () => decode(new Uint8Array(), true) };
}

const breaksIn = (text: string): number => {
  let count = 0;
  for (let found = text.indexOf('\n'); found >= 0; found = text.indexOf('\n', found + 1)) count += 1;
  return count;
};

/** Whether all bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
