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
  if (text.startsWith('\u001f\u008b')) throw unsupported('GZIP');
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
  return 'csv';
}

function xmlFormat(plain: string): StatementFormat {
  const other = /camt\.(052|054)\./.exec(plain)?.[1] ?? (plain.includes('BkToCstmrAcctRpt') ? '052' : plain.includes('BkToCstmrDbtCdtNtfctn') ? '054' : undefined);
  // A schema names its message as well, and is no message.
  if (/^(?:<\?xml[^>]*\?>\s*)?<(?:\w+:)?schema\b/.test(plain)) throw unsupported(other === undefined ? 'XML schema' : `CAMT.${other} schema`);
  if (other !== undefined) throw unsupported(`CAMT.${other}`);
  if (/<html\b|<!doctype html/i.test(plain)) throw unsupported('HTML');
  return 'camt.053';
}
