/** PDFs by the real renderer, in its own processes, stored on a real disk. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import { insertOctoberUsage, openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { amendmentOf, deedContract, flatContract, insertAmendment, insertUsage, requestContract } from '../testing/billing-fixtures.ts';
import { einvoiceOfDocument } from './einvoice/einvoice-of-document.ts';
import { sampleDocument } from '../testing/document-samples.ts';
import { documentRequest, invoiceDocument } from './invoice-document.ts';
import { ownLook } from './invoice-look.ts';
import { createInvoiceDocuments, type InvoiceDocuments } from './invoice-documents.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { newId } from '../platform/ids.ts';
import { documentOfPartnerInvoice } from './partner-invoice-document.ts';
import { createPdfRenderer, type PdfRenderer } from './pdf-renderer.ts';

let renderer: PdfRenderer;
const desks: BillingDesk[] = [];
beforeAll(() => {
  renderer = createPdfRenderer();
});
afterAll(() => renderer.close());
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

/** Twelve tiers a deed: more lines than a page holds. */
const longContract: PartnerContractRow = {
  ...deedContract, perDeedPrice: null, discountBasisPoints: 500,
  tiers: JSON.stringify({ mode: 'graduated', tiers: [...Array.from({ length: 30 }, (_, index) => ({ upTo: (index + 1) * 10, unitPrice: '2.5' })), { upTo: null, unitPrice: '1' }] }),
};

function openDesk(contracts: readonly PartnerContractRow[]): { desk: BillingDesk; documents: InvoiceDocuments; folder: string } {
  let documents: InvoiceDocuments | undefined;
  const desk = openBillingDesk({
    contracts,
    documents: ({ database, folder }) => (documents = createInvoiceDocuments({ dataFolder: folder, readable: database, unitOfWork: database.unitOfWork, renderer, clock: fixedClock(0), findInvoice: (id) => desk.invoicing.find(id) })),
  });
  desk.database.connection.exec(`INSERT INTO ledger_settings VALUES ('company_name', 'Meridian Deeds', 0), ('company_profile', '{"paymentInstructions":["Account 0042 1199 8807"],"taxNumber":"US 84-1234567"}', 0)`);
  insertOctoberUsage(desk.database);
  desks.push(desk);
  if (!documents) throw new Error('no documents');
  return { desk, documents, folder: desk.folder };
}

async function bill(desk: BillingDesk, finalise: boolean): Promise<PartnerInvoice[]> {
  const run = await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise });
  expect(run.failed).toEqual([]);
  return [...run.succeeded, ...run.skipped].flatMap((outcome) => desk.invoicing.find(outcome.invoiceId ?? '') ?? []);
}

/** The words of each page, as a reader would copy them. */
async function readPages(bytes: Uint8Array): Promise<string[]> {
  const pdf = await getDocument({ data: new Uint8Array(bytes), useSystemFonts: false, verbosity: 0 }).promise;
  const pages: string[] = [];
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const content = await (await pdf.getPage(number)).getTextContent();
    pages.push(content.items.map((item) => ('str' in item ? item.str : '')).join(' ').replace(/\s+/g, ' '));
  }
  return pages;
}

describe('the PDF of a finalised invoice', () => {
  test('says every figure of the invoice, who, what, why, and the fingerprint', async () => {
    const { desk, documents } = openDesk([flatContract]);
    const [invoice] = await bill(desk, true);
    const { bytes, fileName } = await documents.open(invoice!);
    const [page = ''] = await readPages(bytes);
    for (const words of [
      'Meridian Deeds', 'Invoice API-202610-dp_pk_ABC', 'Ashgrove Registry Services, S.L.', 'Calle de Alcalá 48', '28014 Madrid', 'Spain', '18 November 2026', '18 December 2026', '1 October 2026', '31 October 2026', 'PO-7781',
      'API access, October 2026', 'Flat fee for the whole month', '1,393.50', 'Tax 21 % 292.64', '1,686.14', 'Withholding tax 15 %', '−209.03', '1,477.11 USD', 'Account 0042 1199 8807', 'Page 1 of 1',
      `Totals fingerprint ${invoice?.totalsFingerprint.slice(0, 4) ?? ''} `,
    ]) expect(page).toContain(words);
    expect(fileName).toBe('API-202610-dp_pk_ABC.pdf');
  });

  test('that was made again after a void names the one it replaces', async () => {
    const { desk, documents } = openDesk([flatContract]);
    const [first] = await bill(desk, true);
    await desk.invoicing.void(first?.id ?? '', 'Wrong address', { actor: 'amara' });
    const [again] = await bill(desk, true);
    expect((await readPages((await documents.open(again!)).bytes))[0]).toContain('Replaces invoice API-202610-dp_pk_ABC Its date 18 November 2026');
    expect(einvoiceOfDocument(documentOfPartnerInvoice(again!, [], first)).precedingInvoices).toEqual([{ number: 'API-202610-dp_pk_ABC', issuedOn: '2026-11-18' }]);
  });

  test('of a month with an amendment inside shows both parts with their days, and every rate with what it is taken of', async () => {
    const { desk, documents } = openDesk([{ ...flatContract, discountBasisPoints: 1_000 }]);
    insertAmendment(desk.database, amendmentOf(flatContract, { id: 'a1', effectiveFrom: '2026-10-16', flatFeeMinor: 62_000, taxRateBasisPoints: 1_000, withholdingRateBasisPoints: 0 }));
    const [invoice] = await bill(desk, true);
    const [page = ''] = await readPages((await documents.open(invoice!)).bytes);
    // 1,393.50 × 15 ÷ 31 = 674.27 less 67.43 = 606.84, of it 21 % = 127.44 and 15 % = 91.03; 620.00 × 16 ÷ 31 = 320.00, of it 10 % = 32.00
    for (const words of [
      'API access, 1 to 15 October 2026', '1 to 15 October: 1,393.50 USD × 15 of 31 days', '674.27', 'API access, 16 to 31 October 2026', '320.00', 'Discount 10 % (1 to 15 October), 0 % (16 to 31 October)', '−67.43', 'Tax 21 % of 606.84 127.44',
      'Tax 10 % of 320.00 32.00', 'Withholding tax 15 % of 606.84 −91.03', 'The terms changed within the month: it is billed in 2 parts', 'tax is worked out once per rate',
    ]) expect(page).toContain(words);
    expect(page).not.toContain('Withholding tax 0 %');
  });

  test('is PDF/A-3b, tagged, with its fonts inside', async () => {
    const { desk, documents } = openDesk([flatContract]);
    const [invoice] = await bill(desk, true);
    const text = Buffer.from((await documents.open(invoice!)).bytes).toString('latin1');
    expect(text).toMatch(/<pdfaid:part>3<\/pdfaid:part>/);
    expect(text).toMatch(/<pdfaid:conformance>B<\/pdfaid:conformance>/);
    expect(text).toContain('/MarkInfo');
    expect(new Set(text.match(/[A-Z]{6}\+Inter-(Regular|SemiBold)/g)).size).toBeGreaterThanOrEqual(2);
  });

  test('is kept below the data folder for its owner only, whole, under its number', async () => {
    const { desk, folder } = openDesk([flatContract, requestContract]);
    await bill(desk, true);
    const files = readdirSync(join(folder, 'documents', 'invoices'));
    expect(files.sort()).toEqual(['API-202610-dp_pk_ABC.pdf', 'API-202610-dp_pk_TSG.pdf']);
    if (process.platform !== 'win32') for (const file of files) expect(statSync(join(folder, 'documents', 'invoices', file)).mode & 0o777).toBe(0o600);
  });

  test('takes away what a killed writer left beside it, and nothing that may still be written', async () => {
    const { desk, documents, folder } = openDesk([flatContract]);
    const place = join(folder, 'documents', 'invoices');
    mkdirSync(place, { recursive: true });
    const [old, young, other] = [`API-1.pdf.${newId()}.part`, `API-2.pdf.${newId()}.part`, 'mine.part'];
    for (const name of [old, young, other]) writeFileSync(join(place, name), 'half');
    const longAgo = new Date(statSync(join(place, young)).mtimeMs - 2 * 60 * 60_000);
    for (const name of [old, other]) utimesSync(join(place, name), longAgo, longAgo);
    const [invoice] = await bill(desk, true);
    await documents.open(invoice!);
    expect(readdirSync(place).toSorted()).toEqual([`${invoice!.number}.pdf`, young, other].toSorted());
  });

  test('has the same bytes when it is made again', async () => {
    const { desk, documents, folder } = openDesk([flatContract]);
    const [invoice] = await bill(desk, true);
    const first = await documents.open(invoice!);
    const file = join(folder, first.location ?? '');
    const before = readFileSync(file);
    rmSync(file);
    const again = await documents.open(invoice!);
    expect(Buffer.compare(before, again.bytes)).toBe(0);
    expect(existsSync(file)).toBe(true);
    rmSync(file);
    await bill(desk, true); // so does a second run
    expect(Buffer.compare(before, readFileSync(file))).toBe(0);
  });

  test('sets a figure that is longer than its column smaller, so that it stays within it', async () => {
    const { desk, documents } = openDesk([flatContract]);
    const { invoice: { id, version } } = await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'partner', partnerId: flatContract.partnerId }, currency: 'usd', paymentTermsDays: 14 }, { actor: 'amara' });
    await desk.drafts.edit(id, version, [{ kind: 'add-line', lineId: newId(), description: 'Requests', quantity: '99999999999.12345678', unitPrice: '0.00001', amountMinor: null, discount: null, tax: null, beforeLineId: null }], { actor: 'amara' });
    const { bytes } = await documents.open(desk.invoicing.find(id)!);
    const pdf = await getDocument({ data: new Uint8Array(bytes), useSystemFonts: false, verbosity: 0 }).promise;
    const { items } = await (await pdf.getPage(1)).getTextContent();
    const figure = items.flatMap((item) => ('str' in item && item.str.startsWith('99,999,999,999.') ? [item] : []))[0];
    expect(figure?.str).toBe('99,999,999,999.12345678');
    expect(figure?.width).toBeLessThanOrEqual(66); // points: the column less its inset
  });

  test('has a file of its own, on a disk that does not tell capitals apart as well', async () => {
    const { desk, documents } = openDesk([flatContract, { ...flatContract, id: '44444444-4444-4444-8444-444444444444', partnerId: 'aaaaaaaa-0000-4000-8000-000000000004', partnerName: 'Ashgrove Annex', apiKeyPrefix: 'dp_pk_abc' }]);
    const invoices = await bill(desk, true);
    const files = await Promise.all(invoices.map((invoice) => documents.open(invoice)));
    const names = (name: 'location' | 'fileName') => new Set(files.map((file) => file[name]?.toLowerCase())).size;
    // Saved into one folder the second does not replace the first.
    expect([invoices.map((invoice) => invoice.number).sort(), names('location'), names('fileName')]).toEqual([['API-202610-dp_pk_ABC', 'API-202610-dp_pk_abc'], 2, 2]);
  });

  test.each([
    ['its file was changed', (_desk: BillingDesk, file: string) => appendFileSync(file, ' ')],
    ['the invoice’s total was changed in the database', (desk: BillingDesk) => desk.database.connection.exec('UPDATE invoices SET total_minor = total_minor + 1')],
    ['a line was changed in the database', (desk: BillingDesk) => desk.database.connection.exec("UPDATE invoices SET line_items = replace(line_items, '139350', '139351')")],
    ['line and fingerprint were changed together', (desk: BillingDesk) => desk.database.connection.exec("UPDATE invoices SET totals_fingerprint = 'f00'")],
  ])('is not shown when %s', async (_name, change) => {
    const { desk, documents, folder } = openDesk([flatContract]);
    const [invoice] = await bill(desk, true);
    change(desk, join(folder, (await documents.open(invoice!)).location ?? ''));
    await expect(documents.open(desk.invoicing.find(invoice?.id ?? '')!)).rejects.toMatchObject({ code: 'document-altered' });
  });

  test('runs over several pages with the head repeated and the totals on the last', async () => {
    const { desk, documents } = openDesk([longContract]);
    const [invoice] = await bill(desk, true);
    const pages = await readPages((await documents.open(invoice!)).bytes);
    expect(pages.length).toBeGreaterThan(1);
    pages.forEach((page, index) => expect(page).toContain(`Page ${index + 1} of ${pages.length}`));
    for (const page of pages.slice(0, -1)) expect(page).toContain('Unit price, EUR');
    expect(pages.at(-1)).toContain('Discount 5 %');
    expect(pages.at(-1)).toContain('Reverse charge');
  });
});

test('a draft carries its mark, has no number and is not kept', async () => {
  const { desk, documents, folder } = openDesk([flatContract]);
  const [draft] = await bill(desk, false);
  const opened = await documents.open(draft!);
  const [page = ''] = await readPages(opened.bytes);
  expect(page).toContain('DRAFT');
  expect(page).not.toContain('API-202610');
  expect([opened.location, opened.isVerified, existsSync(join(folder, 'documents'))]).toEqual([null, false, false]);
});

test('names and addresses are text, never markup', async () => {
  const { desk, documents } = openDesk([{ ...flatContract, partnerLegalName: '#panic("x") $a_b$ *Bold* \\ "quoted" <label>' }]);
  const [invoice] = await bill(desk, true);
  const [page = ''] = await readPages((await documents.open(invoice!)).bytes);
  expect(page).toContain('#panic("x") $a_b$ *Bold* \\ "quoted" <label>');
});

test('a renderer that cannot start fails the render with a clear code and stops nothing else', async () => {
  const { desk } = openDesk([flatContract]);
  insertUsage(desk.database, 'x', 'dp_pk_ABC', 'deeds', 1, '2026-10-02T12:00:00Z');
  const broken = createPdfRenderer({ workerFile: join(import.meta.dirname, 'no-such-worker.ts') });
  const documents = createInvoiceDocuments({ dataFolder: desk.folder, readable: desk.database, unitOfWork: desk.database.unitOfWork, renderer: broken, clock: fixedClock(0) });
  const [draft] = await bill(desk, false);
  await expect(documents.open(draft!)).rejects.toMatchObject({ code: 'document-renderer-failed' });
  broken.close();
});

test('a thread renders the same bytes as a process, and both end when they are told to', async () => {
  const { desk } = openDesk([flatContract]);
  const [draft] = await bill(desk, false);
  const threaded = createPdfRenderer({ isThreaded: true });
  const request = invoiceDocument(draft!);
  expect(Buffer.compare(await threaded.render(request), await renderer.render(request))).toBe(0);
  const underWay = threaded.render(request);
  threaded.close();
  await expect(underWay).rejects.toMatchObject({ code: 'document-renderer-failed' });
  expect((await threaded.render(request)).length).toBeGreaterThan(1_000);
  threaded.close();
});

test('notes that are longer than a page go on overleaf, to their last line', async () => {
  const notes = Array.from({ length: 150 }, (_, index) => `Note ${index + 1}.`);
  const pages = await readPages(await renderer.render(documentRequest({ ...sampleDocument, notes: [notes.join('\n')] }, ownLook)));
  expect(pages.length).toBeGreaterThan(2);
  const [before = '', after = ''] = pages.join(' ').split('Note 1.');
  expect(before).toContain('1,316.93');
  for (const note of notes.slice(1)) expect(after).toContain(note);
  // Nothing runs into the foot of a page.
  for (const page of pages) expect(page.replace(/\s/g, '')).toMatch(/Note\d+\.MeridianDeedsGmbH.*Page\d+of\d+Totalsfingerprint|^(?!.*Note\d)/s);
});

test('a template that is given the wrong data is a bug and says so', async () => {
  await expect(renderer.render({ template: 'invoice.typ', data: {}, creationTimestamp: 0 })).rejects.toMatchObject({ code: 'template-failed' });
});

describe('names that a font cannot show', () => {
  const beijing: PartnerContractRow = { ...requestContract, partnerName: 'Beijing', partnerLegalName: '北京 Deeds' };

  test('stop that partner before a number is given, and nobody else', async () => {
    const { desk } = openDesk([flatContract, beijing]);
    const run = await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise: true });
    expect(run.failed).toEqual([expect.objectContaining({ name: 'Beijing', code: 'invoice-text-unprintable', message: expect.stringContaining('“北” and no “京”') as string })]);
    expect(run.succeeded.map((outcome) => outcome.number)).toEqual(['API-202610-dp_pk_ABC']);
    expect([...run.documents.values()]).toEqual(['documents/invoices/API-202610-dp_pk_ABC.pdf']);
  });

  test('stand as boxes in a draft, and in an invoice that another desk has finalised', async () => {
    const { desk, documents } = openDesk([beijing]);
    const [draft] = await bill(desk, false);
    expect((await readPages((await documents.open(draft!)).bytes)).join()).toContain('□□ Deeds');
    await desk.register.finalise({ id: draft!.id, totalsFingerprint: draft!.totalsFingerprint, issueDate: localDate('2026-11-18'), dueDate: localDate('2026-12-18'), finalisedAt: 0, functionalRate: null, requestId: newId() });
    const [finalised] = await bill(desk, true);
    const opened = await documents.open(finalised!);
    expect([opened.fileName, opened.isVerified]).toEqual(['API-202610-dp_pk_TSG.pdf', true]);
  });

  test('may hold markup and signs for terminals: they are printed, not obeyed', async () => {
    const { desk, documents } = openDesk([{ ...flatContract, partnerLegalName: '#eval("panic()") $x$ ]#read("/etc/passwd")[ \u001b[2J\u202e', billingAddress: '{"line1":"#include \\"/etc/passwd\\"","city":"#image(\\"mark.svg\\")","country":"ES"}' }]);
    const [invoice] = await bill(desk, true);
    const [page = ''] = await readPages((await documents.open(invoice!)).bytes);
    expect(page).toContain('#eval("panic()") $x$ ]#read("/etc/passwd")[ [2J');
    expect(page).not.toContain('root:');
  });
});
