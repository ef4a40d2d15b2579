/**
 * What Factur-X and ZUGFeRD ask for in a PDF's XMP metadata: which attachment is the invoice, in which profile, with the extension schema that PDF/A demands
 * for properties it does not know. Typst writes no properties of others, so its metadata stream is rewritten in place: the stream is longer, what lies
 * behind it moves, the cross-reference table says where to. Nothing else in the file changes (docs/adr/0020).
 *
 * Relies on what Typst writes for PDF/A-3: one classic cross-reference table at the end and a metadata stream without a filter, as PDF/A demands.
 */
import { InvariantError } from '../../shared/errors/errors.ts';

const namespace = 'urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#';
/** Name, value, what it means: the four properties of Factur-X 1.0, section 6.2. */
const properties = [
  ['DocumentType', 'INVOICE', 'The type of the hybrid document in capital letters, e.g. INVOICE or ORDER'],
  ['DocumentFileName', 'factur-x.xml', 'The file name of the embedded XML document'],
  ['Version', '1.0', 'The actual version of the standard applying to the embedded XML document'],
  ['ConformanceLevel', 'EN 16931', 'The conformance level of the embedded XML document'],
] as const;

const schema = `<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema><pdfaSchema:namespaceURI>${namespace}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>`
  + `<pdfaSchema:property><rdf:Seq>${properties.map(([name, , description]) => `<rdf:li rdf:parseType="Resource"><pdfaProperty:name>${name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>${description}</pdfaProperty:description></rdf:li>`).join('')}</rdf:Seq></pdfaSchema:property></rdf:li>`;
const description = `<rdf:Description rdf:about="" xmlns:fx="${namespace}">${properties.map(([name, value]) => `<fx:${name}>${value}</fx:${name}>`).join('')}</rdf:Description>`;

function broken(reason: string): InvariantError {
  return new InvariantError('pdf-metadata-unexpected', `The PDF is not written as expected: ${reason}.`);
}

function matchOrFail(text: string, pattern: RegExp, reason: string): RegExpExecArray {
  const match = pattern.exec(text);
  if (!match) throw broken(reason);
  return match;
}

/** @throws InvariantError `pdf-metadata-unexpected` when the file is not as Typst writes it. */
export function withFacturXMetadata(pdf: Uint8Array): Uint8Array {
  const bytes = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength);
  const tail = bytes.toString('latin1', Math.max(0, bytes.length - 1024));
  const tableAt = Number(matchOrFail(tail, /startxref\s+(\d+)\s+%%EOF\s*$/, 'it has no end')[1]);
  const table = bytes.toString('latin1', tableAt);
  const root = Number(matchOrFail(table, /\/Root (\d+) 0 R/, 'it has no catalogue')[1]);
  const entries = readEntries(table);
  const catalogue = bytes.toString('latin1', entries[root] ?? 0, (entries[root] ?? 0) + 4096);
  const metadataAt = entries[Number(matchOrFail(catalogue, /\/Metadata (\d+) 0 R/, 'it has no metadata')[1])] ?? 0;
  const head = matchOrFail(bytes.toString('latin1', metadataAt, metadataAt + 512), /^\d+ 0 obj\s*<<[^>]*?\/Length (\d+)[^>]*>>\s*stream\r?\n/, 'its metadata is no plain stream');
  if (head[0].includes('/Filter')) throw broken('its metadata is packed');
  const start = metadataAt + head[0].length;
  const end = start + Number(head[1]);
  const xmp = Buffer.from(extendXmp(bytes.toString('utf8', start, end)), 'utf8');
  const newHead = head[0].replace(/\/Length \d+/, `/Length ${xmp.length}`);
  const growth = newHead.length - head[0].length + xmp.length - (end - start);
  const moved = (offset: number): number => (offset > metadataAt ? offset + growth : offset);
  const newTable = table
    .replace(/^(\d{10}) (\d{5}) n/gm, (_all, offset: string, generation: string) => `${String(moved(Number(offset))).padStart(10, '0')} ${generation} n`)
    .replace(/startxref(\s+)\d+/, `startxref$1${moved(tableAt)}`);
  return new Uint8Array(Buffer.concat([bytes.subarray(0, metadataAt), Buffer.from(newHead, 'latin1'), xmp, bytes.subarray(end, tableAt), Buffer.from(newTable, 'latin1')]));
}

/** Offsets of the objects by their number. */
function readEntries(table: string): number[] {
  const [, count = '0'] = matchOrFail(table, /^xref\s+0 (\d+)\s/, 'it has no table of its objects');
  const entries = [...table.matchAll(/^(\d{10}) \d{5} [nf]/gm)].map((match) => Number(match[1]));
  if (entries.length !== Number(count)) throw broken('the table of its objects is not whole');
  return entries;
}

/** The schema joins those that Typst declares; the properties get a description of their own at the end. */
function extendXmp(xmp: string): string {
  const schemas = '<pdfaExtension:schemas><rdf:Bag>';
  if (!xmp.includes(schemas) || !xmp.includes('</rdf:RDF>')) throw broken('its metadata has no extension schemas');
  return xmp.replace(schemas, () => schemas + schema).replace('</rdf:RDF>', () => `${description}</rdf:RDF>`);
}
