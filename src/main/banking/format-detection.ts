/**
 * Which format a file is in, by its first bytes; what is not read is refused by its name. Pure.
 */
import { unsupported } from './camt053-reader.ts';
import { refuseFile, type StatementFormat } from './statement-file.ts';

/** @param head the first bytes of the file, some thousands. @throws ValidationError `bank-format-unsupported`, `bank-file-empty`. */
export function detectFormat(head: Uint8Array, fileName: string): StatementFormat {
  if (head.length === 0) throw refuseFile('bank-file-empty', 'There is nothing in the file.');
  const text = new TextDecoder('latin1').decode(head.subarray(0, 8_192));
  if (text.startsWith('%PDF')) throw unsupported('PDF');
  if (text.startsWith('PK\u0003\u0004') || text.startsWith('PK\u0005\u0006')) throw unsupported(/\.xlsx$/i.test(fileName) || text.includes('xl/') || text.includes('[Content_Types].xml') ? 'XLSX' : 'ZIP');
  const packed = magicNumbers.find(([, bytes]) => bytes.every((byte, place) => head[place] === byte));
  if (packed) throw unsupported(packed[0]);
  if (text.startsWith('\u00d0\u00cf\u0011\u00e0')) throw unsupported('XLS');
  const plain = text.replaceAll('\u0000', '').replace(/^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)/, '').trimStart();
  if (plain === '' && head.length < 8_192) throw refuseFile('bank-file-empty', 'There is nothing in the file.');
  if (/^OFXHEADER\s*:/i.test(plain) || /<\?OFX\b/i.test(plain) || /^(?:<\?xml[^>]*\?>\s*)?<OFX>/i.test(plain)) return 'ofx';
  if (/^0[12],[^,]*,[^,]*,/.test(plain)) throw unsupported('BAI2');
  if (plain.startsWith('<')) return xmlFormat(plain);
  if (/(^|\n)\s*:20:/.test(plain) || plain.startsWith('{1:')) {
    if (/\{2:[IO]942/.test(plain) || /\n:34F:/.test(plain)) throw unsupported('MT942');
    return 'mt940';
  }
  if (/^!(Type|Account|Option)/i.test(plain)) throw unsupported('QIF');
  if (isBinary(head.subarray(0, 8_192))) throw unsupported('binary');
  return 'csv';
}

/** By their first bytes, told as bytes: as text in some encoding they would be other characters. */
const magicNumbers: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['GZIP', [0x1f, 0x8b]], ['BZIP2', [0x42, 0x5a, 0x68]], ['XZ', [0xfd, 0x37, 0x7a, 0x58, 0x5a]], ['ZSTD', [0x28, 0xb5, 0x2f, 0xfd]], ['7Z', [0x37, 0x7a, 0xbc, 0xaf]], ['RAR', [0x52, 0x61, 0x72, 0x21]], ['PNG', [0x89, 0x50, 0x4e, 0x47]], ['JPEG', [0xff, 0xd8, 0xff]], ['GIF', [0x47, 0x49, 0x46, 0x38]],
];

/** A text has no control characters but those of lines, tabs and pages; UTF-16 has a zero beside each of its letters, and binary ones anywhere. */
function isBinary(head: Uint8Array): boolean {
  const zeros = head.filter((byte) => byte === 0).length;
  const isUtf16 = zeros * 4 > head.length && (evenZeros(head, 0) === 0 || evenZeros(head, 1) === 0);
  const controls = head.filter((byte) => (byte < 0x20 && byte !== 0 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1a, 0x1b].includes(byte)) || byte === 0x7f).length;
  return (zeros > 0 && !isUtf16) || controls * 50 > head.length;
}

/** How many of every second byte, from `start` on, are zero. */
const evenZeros = (head: Uint8Array, start: 0 | 1): number => head.filter((byte, place) => place % 2 === start && byte === 0).length;

function xmlFormat(plain: string): StatementFormat {
  const other = /camt\.(052|054)\./.exec(plain)?.[1] ?? (plain.includes('BkToCstmrAcctRpt') ? '052' : plain.includes('BkToCstmrDbtCdtNtfctn') ? '054' : undefined);
  // A schema names its message as well, and is no message.
  if (/^(?:<\?xml[^>]*\?>\s*)?<(?:\w+:)?schema\b/.test(plain)) throw unsupported(other === undefined ? 'XML schema' : `CAMT.${other} schema`);
  if (other !== undefined) throw unsupported(`CAMT.${other}`);
  if (/<html\b|<!doctype html/i.test(plain)) throw unsupported('HTML');
  return 'camt.053';
}
