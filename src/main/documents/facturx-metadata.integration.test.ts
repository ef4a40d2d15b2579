import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { describe, expect, test } from 'vitest';
import { resourcePath } from '../platform/resources.ts';
import { randomDocuments, sampleCreditNote, sampleDocument } from '../testing/document-samples.ts';
import type { InvoiceDocument } from './document-model.ts';
import { wordsOf } from './document-words.ts';
import { writeCii } from './einvoice/cii-writer.ts';
import { einvoiceOfDocument } from './einvoice/einvoice-of-document.ts';
import { withFacturXMetadata } from './facturx-metadata.ts';
import { documentRequest } from './invoice-document.ts';
import { ownLook, type InvoiceLook } from './invoice-look.ts';
import { createPdfCompiler } from './typst-compiler.ts';

const compiler = createPdfCompiler(resourcePath());
const xmlOf = (document: InvoiceDocument): string => writeCii(einvoiceOfDocument(document));
const compile = (document: InvoiceDocument, look: InvoiceLook = ownLook): Uint8Array => compiler.compile(documentRequest(document, look, { xml: xmlOf(document) }));

async function read(bytes: Uint8Array) {
  const pdf = await getDocument({ data: new Uint8Array(bytes), useSystemFonts: false, verbosity: 0 }).promise;
  const pages: string[] = [];
  for (let number = 1; number <= pdf.numPages; number += 1) pages.push((await (await pdf.getPage(number)).getTextContent()).items.map((item) => ('str' in item ? item.str : '')).join(' ').replace(/\s+/g, ' '));
  const attachments = (await pdf.getAttachments()) as Record<string, { content: Uint8Array }> | null;
  return { pages, text: pages.join(' '), attachments, pdf };
}

const has = (command: string): boolean => spawnSync(command, ['-v'], { stdio: 'ignore' }).error === undefined;
/** What was broken over lines, put together. */
const joined = (text: string): string => text.replace(/[\s\u200b]/g, '');

describe('a PDF that carries its electronic invoice', () => {
  test('holds exactly the XML, as an alternative of itself, and says so in its metadata', async () => {
    const bytes = compile(sampleDocument);
    const { attachments } = await read(bytes);
    expect(Object.keys(attachments ?? {})).toEqual(['factur-x.xml']);
    expect(new TextDecoder().decode(attachments?.['factur-x.xml']?.content)).toBe(xmlOf(sampleDocument));
    const text = Buffer.from(bytes).toString('latin1');
    for (const words of ['/AFRelationship /Alternative', '/AF [', '<fx:DocumentType>INVOICE</fx:DocumentType>', '<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>', '<fx:Version>1.0</fx:Version>', '<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>', '<pdfaSchema:prefix>fx</pdfaSchema:prefix>', '<pdfaid:part>3</pdfaid:part>', '<pdfaid:conformance>B</pdfaid:conformance>', '/MarkInfo']) expect(text).toContain(words);
  });

  test('is whole: every object lies where the table says, and the metadata is as long as it says', () => {
    const text = Buffer.from(compile(sampleDocument)).toString('latin1');
    const tableAt = Number(/startxref\s+(\d+)/.exec(text)?.[1]);
    expect(text.slice(tableAt, tableAt + 4)).toBe('xref');
    const offsets = [...text.slice(tableAt).matchAll(/^(\d{10}) 00000 n/gm)].map((match) => Number(match[1]));
    expect(offsets.length).toBeGreaterThan(20);
    offsets.forEach((offset, index) => expect(text.slice(offset, offset + 12)).toMatch(new RegExp(`^${index + 1} 0 obj`)));
    const metadata = /\/Length (\d+)\s+\/Type \/Metadata[^>]*>>\s*stream\n/.exec(text);
    const start = (metadata?.index ?? 0) + (metadata?.[0].length ?? 0);
    expect(text.slice(start + Number(metadata?.[1])).trimStart()).toMatch(/^endstream/);
  });

  test('has the same bytes for the same invoice, whichever compiler makes it', () => {
    expect(Buffer.compare(compile(sampleDocument), createPdfCompiler(resourcePath()).compile(documentRequest(structuredClone(sampleDocument), ownLook, { xml: xmlOf(sampleDocument) })))).toBe(0);
  });

  test('of another make is not touched', () => {
    expect(() => withFacturXMetadata(Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF'))).toThrow(expect.objectContaining({ code: 'pdf-metadata-unexpected' }));
    expect(() => withFacturXMetadata(compile(sampleDocument).subarray(0, 4_000))).toThrow(expect.objectContaining({ code: 'pdf-metadata-unexpected' }));
  });

  test.skipIf(!has('pdfinfo') || !has('pdftotext') || !has('pdfdetach'))('is read by Poppler’s tools: tags, text and attachment', () => {
    const folder = mkdtempSync(join(tmpdir(), 'daybook-pdf-'));
    try {
      const file = join(folder, 'invoice.pdf');
      writeFileSync(file, compile(sampleDocument));
      const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      expect(run('pdfinfo', file)).toMatch(/Tagged:\s+yes/);
      expect(run('pdfinfo', '-struct', file)).toMatch(/H1 "Invoice"/);
      expect(run('pdftotext', '-layout', file, '-')).toContain('1,316.93');
      expect(run('pdfdetach', '-list', file)).toContain('factur-x.xml');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('templates', () => {
  test('a credit note says what it credits and asks for nothing', async () => {
    const { text } = await read(compile(sampleCreditNote));
    for (const words of ['Credit note', 'CN-2026-0001', 'Invoice credited API-202610-dp_pk_KKB', 'Amount credited', 'Deeds of 3 October were counted twice.', 'Nothing is to be paid']) expect(text).toContain(words);
    for (const words of ['IBAN', 'Amount due', 'Quote CN']) expect(text).not.toContain(words);
  });

  test('German has its own words, marks and dates', async () => {
    const { text, pdf } = await read(compile({ ...sampleDocument, choice: { language: 'de', lookId: null } }));
    for (const words of ['Rechnung API-202610', 'Rechnungsdatum 18. November 2026', '1.316,93 EUR', 'Umsatzsteuer 19 %', 'Zwischensumme', '1. Oktober 2026', 'IBAN DE02 1203 0000 0000 2020 51', 'BIC BYLADEM1001', 'Seite 1 von 1', 'Zahlbar innerhalb von 30 Tagen']) expect(text).toContain(words);
    expect(((await pdf.getMetadata()).info as { Language?: string }).Language).toBe('de');
  });

  test.each([['jpy', 1_234_567, '1,234,567 JPY'], ['kwd', 1_234_567, '1,234.567 KWD']] as const)('%s has its own decimals', async (currency, dueMinor, shown) => {
    const { text } = await read(compiler.compile(documentRequest({ ...sampleDocument, currency, dueMinor, totalMinor: dueMinor }, ownLook)));
    expect(text).toContain(shown);
  });

  test('500 lines run over many pages, each with the head and its number', async () => {
    const lines = Array.from({ length: 500 }, (_, index) => ({ ...sampleDocument.lines[0]!, description: `Line number ${index + 1}` }));
    const { pages, text } = await read(compile({ ...sampleDocument, lines }));
    expect(pages.length).toBeGreaterThan(20);
    pages.forEach((page, index) => expect(page).toContain(`Page ${index + 1} of ${pages.length}`));
    pages.slice(0, -1).forEach((page) => expect(page).toContain('Unit price, EUR'));
    for (const number of [1, 250, 500]) expect(text).toContain(`Line number ${number} `);
  });

  test('a look prints its colour, its footer and its logo, and puts the calculation on a sheet of its own', async () => {
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
    const look: InvoiceLook = { logo: { mediaType: 'image/png', base64: png.toString('base64') }, accent: '#7a1f3f', footer: 'Amtsgericht Bremen', calculation: 'sheet' };
    const bytes = compile(sampleDocument, look);
    const { pages } = await read(bytes);
    expect(pages).toHaveLength(2);
    expect(pages[0]).not.toContain('401 deeds at 2.905');
    expect(pages[1]).toMatch(/Calculation sheet.*401 deeds at 2.905/);
    for (const page of pages) expect(page).toContain('Amtsgericht Bremen');
    expect(Buffer.compare(bytes, compile(sampleDocument, look))).toBe(0);
  });

  test.each([
    ['markup', '#panic("x") #read("/etc/passwd") $a_b$ *Bold* `raw` @ref <label> \\ //comment'], ['a page of the web', '<script>fetch("http://127.0.0.1:9")</script> https://example.org'], ['a function of the template', '#image("mark.svg") #include "invoice.typ" ]#eval("1")['],
  ])('%s in a name is text', async (_name, hostile) => {
    const { text } = await read(compile({ ...sampleDocument, customer: { ...sampleDocument.customer, legalName: hostile }, notes: [hostile], lines: [{ ...sampleDocument.lines[0]!, description: hostile }] }));
    expect(joined(text).split(joined(hostile)).length).toBeGreaterThanOrEqual(4);
  });

  test('a word of 10,000 letters is printed to its last, and leaves the figures where they are', async () => {
    const word = `${'W'.repeat(9_999)}X`;
    const { text } = await read(compile({ ...sampleDocument, lines: [{ ...sampleDocument.lines[0]!, description: word }], customer: { ...sampleDocument.customer, legalName: word } }));
    expect((text.match(/W/g) ?? []).length).toBeGreaterThanOrEqual(2 * 9_999);
    expect(joined(text)).toContain('WWWX');
    expect(text).not.toContain('\u200b');
    expect(text).toContain('1,316.93 EUR');
  });
});

/** Every figure of a document, as it is written in its language, stands on the page; the same integers stand in the XML (einvoice-of-document.test.ts). */
test('the figures of random documents stand on the page as they are stored', async () => {
  await fc.assert(
    fc.asyncProperty(randomDocuments, async (document) => {
      const words = wordsOf(document.choice.language);
      const { text, attachments } = await read(compile(document));
      const figures = [...document.lines.map((line) => line.amountMinor), document.subtotalMinor, ...document.taxes.map((share) => share.amountMinor), document.totalMinor, document.dueMinor, ...document.withholdings.map((share) => -share.amountMinor)];
      for (const figure of figures) expect(text).toContain(words.amount(figure, document.currency));
      expect(new TextDecoder().decode(attachments?.['factur-x.xml']?.content)).toBe(xmlOf(document));
    }),
    { numRuns: process.env['DAYBOOK_LONG'] ? 500 : 12 },
  );
});
