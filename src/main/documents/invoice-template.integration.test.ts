import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { fingerprintIn } from '../../shared/documents/document-marks.ts';
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import { newId } from '../platform/ids.ts';
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import { openBillingDesk, insertOctoberUsage, type BillingDesk } from '../testing/billing-desk.ts';
import { amendmentOf, deedContract, flatContract, insertAmendment } from '../testing/billing-fixtures.ts';
import { pngOf } from '../testing/document-samples.ts';
import { createDocumentVerification, type DocumentVerification } from './document-verification.ts';
import { checkEInvoice } from './einvoice/einvoice-checker.ts';
import { readEInvoice } from './einvoice/einvoice-reader.ts';
import { createInvoiceDocuments, type InvoiceDocuments } from './invoice-documents.ts';
import { ownLook } from './invoice-look.ts';
import type { InvoiceTemplate } from './invoice-template.ts';
import { createPdfRenderer } from './pdf-renderer.ts';

const renderer = createPdfRenderer();
const desks: BillingDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});
afterAll(() => renderer.close());

interface Desk {
  readonly desk: BillingDesk;
  readonly documents: InvoiceDocuments;
  verify(bytes: Uint8Array): ReturnType<DocumentVerification['verify']>;
}

function openDesk(contracts: readonly PartnerContractRow[]): Desk {
  let documents: InvoiceDocuments | undefined;
  const desk = openBillingDesk({ contracts, documents: ({ database, folder }) => (documents = createInvoiceDocuments({ dataFolder: folder, readable: database, unitOfWork: database.unitOfWork, renderer, clock: fixedClock(0) })) });
  insertOctoberUsage(desk.database);
  desks.push(desk);
  const made = documents!;
  const verification = createDocumentVerification({ readable: desk.database, invoicesWith: (fingerprint) => desk.invoicing.withFingerprint(fingerprint), findInvoice: (id) => desk.invoicing.find(id), render: (invoice) => made.render(invoice) });
  return { desk, documents: made, verify: (bytes) => verification.verify({ sha256: createHash('sha256').update(bytes).digest('hex'), fingerprint: fingerprintIn(bytes) }) };
}

const act = { actor: 'amara' };
const template: InvoiceTemplate = {
  company: {
    legalName: 'Meridian Deeds GmbH', postal: { line1: 'Kanalstraße 7', line2: null, city: 'Bremen', postcode: '28195', region: null, country: 'Germany' }, email: 'ar@meridian.example', vatId: 'DE 123 456 789', taxNumber: null, registrationNumber: 'HRB 4711',
    bank: { iban: 'DE02 1203 0000 0000 2020 51', bic: 'BYLADEM1001', bankName: null, holder: null }, paymentInstructions: [' Please quote the number. ', ''],
  },
  look: { ...ownLook, accent: '#7a1f3f', footer: 'Amtsgericht Bremen' }, language: 'de',
};

async function bill(desk: BillingDesk, finalise: boolean): Promise<PartnerInvoice[]> {
  const run = await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise });
  expect(run.failed).toEqual([]);
  return [...run.succeeded, ...run.skipped].map((outcome) => desk.invoicing.find(outcome.invoiceId ?? '')!);
}

async function textOf(bytes: Uint8Array): Promise<string> {
  const pdf = await getDocument({ data: new Uint8Array(bytes), useSystemFonts: false, verbosity: 0 }).promise;
  return (await (await pdf.getPage(1)).getTextContent()).items.map((item) => ('str' in item ? item.str : '')).join(' ').replace(/\s+/g, ' ');
}

async function attachmentsOf(bytes: Uint8Array): Promise<string[]> {
  const pdf = await getDocument({ data: new Uint8Array(bytes), verbosity: 0 }).promise;
  return Object.keys(((await pdf.getAttachments()) as object | null) ?? {});
}

describe('the template a company sets', () => {
  test('is kept tidied, audited, and printed from the next draft on', async () => {
    const { desk, documents } = openDesk([flatContract]);
    const saved = desk.templates.save(template, act);
    expect(saved.company).toMatchObject({ vatId: 'DE123456789', postal: { country: 'DE' }, bank: { iban: 'DE02120300000000202051', bic: 'BYLADEM1001' }, paymentInstructions: ['Please quote the number.'] });
    expect(desk.templates.read()).toEqual(saved);
    const [invoice] = await bill(desk, true);
    const text = await textOf((await documents.open(invoice!)).bytes);
    for (const words of ['Rechnung API-202610', 'Meridian Deeds GmbH · Kanalstraße 7 · 28195 Bremen · Deutschland', 'USt-IdNr. DE123456789', 'IBAN DE02 1203', 'Amtsgericht Bremen', '1.477,11 USD']) expect(text).toContain(words);
  });

  test('leaves what was made before as it was, byte for byte', async () => {
    const { desk, documents } = openDesk([flatContract]);
    desk.templates.save(template, act);
    const [invoice] = await bill(desk, true);
    const first = await documents.open(invoice!);
    desk.templates.save({ ...template, look: { ...ownLook, accent: '#123456', footer: 'Moved' }, language: 'en' }, act);
    rmSync(join(desk.folder, first.location ?? ''));
    expect(Buffer.compare((await documents.open(invoice!)).bytes, first.bytes)).toBe(0);
  });

  test('lets a partner be written to in its own language', async () => {
    const { desk, documents } = openDesk([flatContract, deedContract]);
    desk.templates.setPartnerLanguage(deedContract.partnerId, 'de');
    const texts = await Promise.all((await bill(desk, false)).map(async (invoice) => textOf((await documents.open(invoice)).bytes)));
    expect(texts.map((text) => /Draft invoice/.test(text)).sort()).toEqual([false, true]);
    expect(desk.templates.partners().map((partner) => partner.language)).toEqual([null, 'de']);
    desk.templates.setPartnerLanguage(deedContract.partnerId, null);
    expect(desk.templates.documentFor(deedContract.partnerId).language).toBe('en');
    expect(() => desk.templates.setPartnerLanguage('nobody', 'de')).toThrow(expect.objectContaining({ code: 'partner-not-found', nextStep: expect.stringMatching(/^Sync /) as string }));
  });

  test.each([
    ['an IBAN with a wrong digit', { company: { ...template.company, bank: { ...template.company.bank!, iban: 'DE03120300000000202051' } } }, 'iban-invalid'], ['a BIC of nine letters', { company: { ...template.company, bank: { ...template.company.bank!, bic: 'BYLADEM10' } } }, 'bic-invalid'],
    ['a country that is none', { company: { ...template.company, postal: { ...template.company.postal, country: 'Atlantis' } } }, 'address-country-unknown'], ['a colour in words', { look: { ...ownLook, accent: 'red' } }, 'accent-invalid'],
    ['yellow on white', { look: { ...ownLook, accent: '#ffee00' } }, 'accent-too-light'], ['a long footer', { look: { ...ownLook, footer: 'x'.repeat(121) } }, 'footer-too-long'],
    ['a page of the web for a logo', { look: { ...ownLook, logo: { mediaType: 'image/png' as const, base64: Buffer.from('<svg onload="x">').toString('base64') } } }, 'logo-invalid'],
    ['a logo that is cut off', { look: { ...ownLook, logo: { mediaType: 'image/png' as const, base64: pngOf(10, 10).subarray(0, 40).toString('base64') } } }, 'logo-invalid'],
    ['a logo that changed on its way', { look: { ...ownLook, logo: { mediaType: 'image/png' as const, base64: Buffer.from(pngOf(10, 10)).fill(7, 20, 22).toString('base64') } } }, 'logo-invalid'],
    ['a logo of few bytes that unpacks to a wall', { look: { ...ownLook, logo: { mediaType: 'image/png' as const, base64: pngOf(2_001, 2_000).toString('base64') } } }, 'logo-too-large'],
    ['a JPEG as wide as a wall', { look: { ...ownLook, logo: { mediaType: 'image/jpeg' as const, base64: Buffer.from('ffd8ffe000040000ffc0000b0800104e2001011100', 'hex').toString('base64') } } }, 'logo-too-large'],
    ['a photograph for a logo', { look: { ...ownLook, logo: { mediaType: 'image/jpeg' as const, base64: Buffer.alloc(300_000, 0xff).toString('base64') } } }, 'logo-too-large'],
  ])('is refused with %s', (_name, change, code) => {
    const { desk } = openDesk([flatContract]);
    expect(() => desk.templates.save({ ...template, ...change }, act)).toThrow(expect.objectContaining({ code }));
    expect(() => desk.templates.sample({ ...template, ...change }, 'invoice')).toThrow(expect.objectContaining({ code }));
  });

  test('is tried before it is saved where the logo only begins as a picture', async () => {
    const { desk, documents } = openDesk([flatContract]);
    const logoOf = (mediaType: 'image/png' | 'image/jpeg', bytes: Buffer) => desk.templates.sample({ ...template, look: { ...ownLook, logo: { mediaType, base64: bytes.toString('base64') } } }, 'invoice');
    const begun = logoOf('image/jpeg', Buffer.from('ffd8ffe000040000ffc0000b0800100010011100', 'hex'));
    await expect(documents.assertLookPrints(begun.document, begun.look)).rejects.toMatchObject({ code: 'logo-invalid', kind: 'validation' });
    const whole = logoOf('image/png', pngOf(400, 100));
    await documents.assertLookPrints(whole.document, whole.look);
  });

  test('is shown on a made-up invoice before it is saved', async () => {
    const { desk, documents } = openDesk([flatContract]);
    for (const kind of ['invoice', 'credit-note'] as const) {
      const { document, look } = desk.templates.sample(template, kind);
      const text = await textOf(await documents.previewLook(document, look));
      expect(text).toContain(kind === 'invoice' ? 'Rechnung API-202610-dp_pk_SAMPLE' : 'Rechnungskorrektur CN-2026-0001');
      expect(text).toContain('Amtsgericht Bremen');
    }
    expect(desk.templates.read().look).toEqual(ownLook);
  });
});

describe('the electronic form of an invoice', () => {
  test('is carried where nothing is missing, and what is missing is said before: in the preview and for the draft', async () => {
    const { desk, documents } = openDesk([flatContract]);
    const [outcome] = desk.invoicing.preview({ period: '2026-10' }).succeeded;
    expect(outcome?.missing?.map((field) => field.rule)).toEqual(['BR-08', 'BR-CO-26', 'BR-S-02']);
    const [draft] = await bill(desk, false);
    expect(documents.missingForEInvoice(draft!).every((field) => field.where === 'company')).toBe(true);
    expect(await attachmentsOf((await documents.open(draft!)).bytes)).toEqual([]);
    desk.templates.save(template, act);
    const [invoice] = await bill(desk, true);
    expect(documents.missingForEInvoice(invoice!)).toEqual([]);
    expect(await attachmentsOf((await documents.open(invoice!)).bytes)).toEqual(['factur-x.xml']);
  });

  test('of a month with two rates has both, each with its own lines, discount and tax', async () => {
    const { desk, documents } = openDesk([{ ...flatContract, discountBasisPoints: 1_000 }]);
    desk.templates.save(template, act);
    insertAmendment(desk.database, amendmentOf(flatContract, { id: 'a1', effectiveFrom: '2026-10-16', flatFeeMinor: 62_000, taxRateBasisPoints: 1_000, withholdingRateBasisPoints: 0 }));
    const [invoice] = await bill(desk, true);
    const pdf = await getDocument({ data: new Uint8Array((await documents.open(invoice!)).bytes), verbosity: 0 }).promise;
    const attachments = (await pdf.getAttachments()) as Record<string, { content: Uint8Array }>;
    const { invoice: read } = readEInvoice(attachments['factur-x.xml']!.content);
    expect(checkEInvoice(read)).toEqual([]);
    expect(read.taxBreakdown.map((each) => [each.rate, each.taxableAmount, each.taxAmount])).toEqual([['21', '606.84', '127.44'], ['10', '320.00', '32.00']]);
    expect(read.lines.map((line) => [line.netAmount, line.vatRate])).toEqual([['674.27', '21'], ['320.00', '10']]);
    expect(read.allowanceCharges.map((each) => [each.amount, each.vatRate])).toEqual([['67.43', '21']]);
    expect(read.totals).toMatchObject({ paid: '91.03', due: '995.25' });
  });

  test('is left out of an invoice that lacks something, whose file names the rules', async () => {
    const { desk, documents } = openDesk([flatContract]);
    const [invoice] = await bill(desk, true);
    const { bytes } = await documents.open(invoice!);
    expect(await attachmentsOf(bytes)).toEqual([]);
    expect(Buffer.from(bytes).toString('latin1')).toContain('e-invoice:none(BR-08 BR-CO-26 BR-S-02)');
  });
});

describe('a file that somebody holds', () => {
  test('is the one that was issued, or one that was changed, or none of ours', async () => {
    const { desk, documents, verify } = openDesk([flatContract]);
    const [invoice] = await bill(desk, true);
    const { bytes } = await documents.open(invoice!);
    expect(await verify(bytes)).toMatchObject({ verdict: 'issued', number: 'API-202610-dp_pk_ABC', invoiceId: invoice!.id });
    const changed = new Uint8Array(bytes);
    changed[2_000] = (changed[2_000] ?? 0) ^ 1;
    expect(await verify(changed)).toMatchObject({ verdict: 'changed', number: 'API-202610-dp_pk_ABC' });
    expect(await verify(Buffer.from('%PDF-1.7 something else'))).toMatchObject({ verdict: 'not-ours', invoiceId: null });
    expect(await verify(Buffer.from(`daybook-fingerprint:${'0'.repeat(64)}`))).toMatchObject({ verdict: 'not-ours' });
  });

  test('is never said to be the issued one when a byte of it is another, something is added or cut off, or another file carries its mark', async () => {
    const { desk, documents, verify } = openDesk([flatContract, deedContract]);
    const [invoice, second] = await bill(desk, true);
    const { bytes } = await documents.open(invoice!);
    const text = Buffer.from(bytes).toString('latin1');
    const mark = text.indexOf('daybook-fingerprint:');
    const other = (await documents.open(second!)).bytes;
    const flipped = (at: number, bit: number): Uint8Array => Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ bit : byte));
    const places = [0, 8, mark, mark + 20, mark + 83, text.indexOf('pdfaid:part'), text.indexOf('/Title'), text.lastIndexOf('startxref'), bytes.length - 1, ...Array.from({ length: 24 }, (_, index) => Math.floor((index * bytes.length) / 24))];
    expect(Math.min(...places)).toBe(0); // each was found
    const altered: [string, Uint8Array][] = [
      ...places.map((at): [string, Uint8Array] => [`bit of byte ${at}`, flipped(at, 1 << (at % 8))]),
      ['an update behind it', Buffer.concat([bytes, Buffer.from('\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n')])], ['something before it', Buffer.concat([Buffer.from('\n'), bytes])], ['without its last byte', bytes.subarray(0, -1)], ['half of it', bytes.subarray(0, bytes.length / 2)],
      ['nothing', new Uint8Array()], ['no PDF with its mark', Buffer.from(`hello ${text.slice(mark, mark + 84)}`)], ['another invoice with its mark', Buffer.concat([other, Buffer.from(text.slice(mark, mark + 84))])], ['twice', Buffer.concat([bytes, bytes])],
    ];
    for (const [name, file] of altered) expect([name, (await verify(file)).verdict]).toEqual([name, expect.stringMatching(/^(changed|not-ours)$/)]);
    const elsewhere = openDesk([flatContract]);
    expect((await elsewhere.verify(other)).verdict).toBe('not-ours');
    expect([(await verify(bytes)).verdict, (await verify(other)).verdict]).toEqual(['issued', 'issued']);
  });

  test('is a one-off invoice as well, and one that was changed', async () => {
    const { desk, documents, verify } = openDesk([flatContract]);
    const { invoice: { id, version } } = await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'partner', partnerId: flatContract.partnerId }, currency: 'usd', paymentTermsDays: 14 }, act);
    await desk.drafts.edit(id, version, [{ kind: 'add-line', lineId: newId(), description: 'Travel', quantity: '1', unitPrice: '80', amountMinor: null, discount: null, tax: null, beforeLineId: null }], act);
    const { bytes } = await documents.open(await desk.invoicing.finalise(id, act));
    expect(await verify(bytes)).toMatchObject({ verdict: 'issued', number: 'INV-2026-0001' });
    expect(await verify(Buffer.concat([bytes, Buffer.from('x')]))).toMatchObject({ verdict: 'changed', number: 'INV-2026-0001' });
  });

  test('is its draft, not the invoice', async () => {
    const { desk, documents, verify } = openDesk([flatContract]);
    const [draft] = await bill(desk, false);
    const { bytes } = await documents.open(draft!);
    expect(await verify(bytes)).toMatchObject({ verdict: 'other-version', message: 'This is the draft as it stands; it has not been issued.' });
    await bill(desk, true);
    expect(await verify(bytes)).toMatchObject({ verdict: 'other-version', message: 'This is the draft of API-202610-dp_pk_ABC, not the invoice.' });
  });

  test('was issued and voided since', async () => {
    const { desk, documents, verify } = openDesk([flatContract]);
    const [invoice] = await bill(desk, true);
    const { bytes } = await documents.open(invoice!);
    await desk.invoicing.void(invoice!.id, 'Wrong month', act);
    expect(await verify(bytes)).toMatchObject({ verdict: 'other-version', message: 'This is API-202610-dp_pk_ABC as it was issued; it has been voided since.' });
  });

  test('was issued by a desk whose files this one never had', async () => {
    const { desk, documents, verify } = openDesk([flatContract]);
    const [invoice] = await bill(desk, true);
    const { bytes } = await documents.open(invoice!);
    desk.database.connection.exec('DELETE FROM document_versions; DELETE FROM stored_documents');
    expect(await verify(bytes)).toMatchObject({ verdict: 'issued' });
  });

  test('was issued before it was made again in another way', async () => {
    const { desk, documents, verify } = openDesk([flatContract]);
    const [invoice] = await bill(desk, true);
    const { bytes } = await documents.open(invoice!);
    desk.database.connection.exec(`UPDATE stored_documents SET sha256 = '${'0'.repeat(64)}'`);
    expect(await verify(bytes)).toMatchObject({ verdict: 'other-version', message: 'This is an earlier file of API-202610-dp_pk_ABC; it was made again since.' });
  });
});
