/** An electronic invoice as bytes, in either of the two syntaxes of EN 16931, to the semantic model. */
import { ValidationError } from '../../../shared/errors/errors.ts';
import { ciiNamespace, readCii } from './cii-reader.ts';
import type { EInvoice } from './invoice-model.ts';
import { readUbl, ublCreditNoteNamespace, ublInvoiceNamespace } from './ubl-reader.ts';
import { readXml } from './xml-tree.ts';

export interface ReadEInvoice {
  readonly syntax: 'cii' | 'ubl';
  readonly invoice: EInvoice;
}

/** @throws ValidationError `einvoice-malformed`, `einvoice-too-large`, `einvoice-syntax-unknown`. */
export function readEInvoice(bytes: Uint8Array): ReadEInvoice {
  const root = readXml(bytes);
  if (root.namespace === ciiNamespace && root.name === 'CrossIndustryInvoice') return { syntax: 'cii', invoice: readCii(root) };
  if ((root.namespace === ublInvoiceNamespace && root.name === 'Invoice') || (root.namespace === ublCreditNoteNamespace && root.name === 'CreditNote')) return { syntax: 'ubl', invoice: readUbl(root) };
  throw new ValidationError('einvoice-syntax-unknown', 'This is neither a Cross Industry Invoice nor a UBL invoice.', { data: { root: root.name.slice(0, 60), namespace: root.namespace.slice(0, 200) } });
}
