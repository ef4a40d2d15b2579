/** Credit notes, credits that an invoice used up, and statements of account as PDFs by the real renderer: the books' own figures, the same bytes each time. */
import { createHash } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { fingerprintIn } from '../../shared/documents/document-marks.ts';
import { invoiceStore } from '../billing/invoice-store.ts';
import { findLastInvoiceOfParty } from '../billing/partner-invoice.repository.ts';
import type { DocumentLanguage } from '../billing/partner-invoice.ts';
import { statementOf } from '../receivables/ageing-calculation.ts';
import { createIssuedCreditNotes, type IssuedCreditNotes } from '../receivables/issued-credit-notes.ts';
import { createReceivableViews } from '../receivables/receivable-views.ts';
import { readOwedMovements, readReceivableMovements } from '../reporting/ageing.queries.ts';
import { openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { flatContract } from '../testing/billing-fixtures.ts';
import { amara, makeInvoice, mustFind, pay } from '../testing/receivable-cases.ts';
import { createAccountStatements } from './account-statements.ts';
import { createDocumentVerification, type DocumentVerification } from './document-verification.ts';
import { checkEInvoice } from './einvoice/einvoice-checker.ts';
import { readEInvoice } from './einvoice/einvoice-reader.ts';
import { createInvoiceDocuments, type InvoiceDocuments } from './invoice-documents.ts';
import { createPdfRenderer } from './pdf-renderer.ts';

const renderer = createPdfRenderer();
const clock = fixedClock(Date.parse('2026-11-18T14:14:00Z'));
const on = localDate('2026-11-18');
const desks: BillingDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});
afterAll(() => renderer.close());

interface Office {
  readonly desk: BillingDesk;
  readonly documents: InvoiceDocuments;
  readonly notes: IssuedCreditNotes;
  verify(bytes: Uint8Array): ReturnType<DocumentVerification['verify']>;
}

function openOffice(): Office {
  const made: { documents?: InvoiceDocuments; notes?: IssuedCreditNotes } = {};
  const desk = openBillingDesk({
    contracts: [flatContract],
    documents({ database, folder }) {
      made.notes = createIssuedCreditNotes({ readable: database, invoices: invoiceStore });
      return (made.documents = createInvoiceDocuments({ dataFolder: folder, readable: database, unitOfWork: database.unitOfWork, renderer, clock, creditsApplied: made.notes.appliedTo }));
    },
  });
  desks.push(desk);
  const documents = made.documents!;
  const notes = made.notes!;
  const verification = createDocumentVerification({
    readable: desk.database, invoicesWith: (fingerprint) => desk.invoicing.withFingerprint(fingerprint), findInvoice: (id) => desk.invoicing.find(id), render: (invoice) => documents.render(invoice), creditNotes: { find: notes.find, all: notes.all, render: documents.renderCreditNote },
  });
  return { desk, documents, notes, verify: (bytes) => verification.verify({ sha256: createHash('sha256').update(bytes).digest('hex'), fingerprint: fingerprintIn(bytes) }) };
}

async function textOf(bytes: Uint8Array): Promise<string> {
  const pdf = await getDocument({ data: new Uint8Array(bytes), useSystemFonts: false, verbosity: 0 }).promise;
  const pages = await Promise.all(Array.from({ length: pdf.numPages }, async (_, index) => (await (await pdf.getPage(index + 1)).getTextContent()).items.map((item) => ('str' in item ? item.str : '')).join(' ')));
  // A number that is broken at its dash is one number.
  return pages.join(' ').replace(/\s+/g, ' ').replace(/(\w)- (?=\w)/g, '$1-');
}

async function xmlIn(bytes: Uint8Array): Promise<string> {
  const pdf = await getDocument({ data: new Uint8Array(bytes), verbosity: 0 }).promise;
  const attachments = (await pdf.getAttachments()) as Record<string, { content: Uint8Array }> | null;
  return Buffer.from(attachments?.['factur-x.xml']?.content ?? []).toString('utf8');
}

describe('a credit note', () => {
  test('is a document of its own: what it credits, its figures, where they go; verified, and made again byte for byte', async () => {
    const { desk, documents, notes, verify } = openOffice();
    const { id, number } = await makeInvoice(desk);
    await pay(desk, id, 147_711);
    await desk.receivables.credit(id, { lines: null, settlement: 'credit', on, reason: 'Never used by them' }, amara);
    const note = notes.find('CN-2026-0001')!;
    expect(note.invoice.id).toBe(id);
    expect(notes.find(note.act.id)?.act.documentNumber).toBe('CN-2026-0001');
    const opened = await documents.openCreditNote(note);
    expect(opened).toMatchObject({ fileName: 'CN-2026-0001.pdf', location: 'documents/credit-notes/CN-2026-0001.pdf', isVerified: true });
    const text = await textOf(opened.bytes);
    for (const words of ['Credit note CN-2026-0001', `Invoice credited ${number}`, 'Its date 18 November 2026', 'Subtotal 1,393.50', 'Tax 21 % 292.64', 'Total, USD 1,686.14', 'Withholding tax 15 %', '−209.03', 'Amount credited, USD 1,477.11', '1,477.11 USD is kept as credit and taken off your next invoices.', 'Reason Never used by them']) expect(text).toContain(words);
    expect(await verify(opened.bytes)).toMatchObject({ verdict: 'issued', number: 'CN-2026-0001', invoiceId: id });
    rmSync(join(desk.folder, opened.location!));
    desk.database.connection.exec("DELETE FROM stored_documents WHERE subject_type = 'credit-note'; DELETE FROM document_versions WHERE subject_type = 'credit-note'");
    expect(await verify(opened.bytes)).toMatchObject({ verdict: 'issued' }); // by its figures alone
    expect(Buffer.compare((await documents.openCreditNote(note)).bytes, opened.bytes)).toBe(0);
    appendFileSync(join(desk.folder, opened.location!), ' ');
    await expect(documents.openCreditNote(note)).rejects.toMatchObject({ code: 'document-altered' });
    expect(await verify(Buffer.concat([opened.bytes, Buffer.from(' ')]))).toMatchObject({ verdict: 'changed', number: 'CN-2026-0001' });
  });

  test('against what is due says so, carries the electronic form as the standard wants it, and is marked once it was taken back', async () => {
    const { desk, documents, notes, verify } = openOffice();
    desk.templates.save({ ...desk.templates.read(), company: { ...desk.templates.read().company, legalName: 'Meridian SL', postal: { line1: 'Calle 1', line2: null, city: 'Madrid', postcode: '28001', region: null, country: 'ES' }, vatId: 'ESB12345674' } }, amara);
    const { id, number } = await makeInvoice(desk);
    const { actIds } = await desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 33_333 }], settlement: 'offset', on, reason: 'Too many days' }, amara);
    const opened = await documents.openCreditNote(notes.find(actIds[0]!)!);
    expect(await textOf(opened.bytes)).toContain(`353.33 USD is taken off what invoice ${number} has due.`);
    const xml = await xmlIn(opened.bytes);
    expect(xml).toContain('<ram:TypeCode>381</ram:TypeCode>');
    expect(xml).toContain(number);
    expect(checkEInvoice(readEInvoice(Buffer.from(xml)).invoice)).toEqual([]);
    await desk.receivables.reverse(actIds[0]!, { on, reason: 'Wrong invoice' }, amara);
    const taken = notes.find(actIds[0]!)!;
    expect([taken.isVoid, await verify(opened.bytes)]).toMatchObject([true, { verdict: 'other-version', message: expect.stringContaining('taken back') as string }]);
    expect(await textOf(await documents.renderCreditNote(taken))).toContain('Void credit note');
  });
});

test('an invoice that used up a credit says so, on the page and in its electronic form, whatever becomes of the credit later', async () => {
  const { desk, documents } = openOffice();
  const first = await makeInvoice(desk);
  await pay(desk, first.id, 147_711);
  await desk.receivables.credit(first.id, { lines: [{ lineIndex: 0, netMinor: 100_000 }], settlement: 'credit', on, reason: 'Outage' }, amara);
  const { id } = await makeInvoice(desk, true, '2026-09');
  const invoice = mustFind(desk, id);
  expect(invoice.paidMinor).toBe(106_000); // 1,000.00 + 21 % − 15 %
  const { bytes } = await documents.open(invoice);
  const text = await textOf(bytes);
  expect(text).toContain('Credit applied (CN-2026-0001) −1,060.00');
  expect(text).toContain('Amount due, USD 417.11');
  await desk.invoicing.void(id, 'Billed twice', amara);
  expect(Buffer.compare(await documents.render({ ...mustFind(desk, id), status: 'finalised' }), bytes)).toBe(0);
});

describe('a statement of account', () => {
  async function statementOfAshgrove({ desk, documents }: Office, language: DocumentLanguage, from = '2026-10-01') {
    const party = flatContract.partnerId;
    const statements = createAccountStatements({ lastInvoiceOf: (partyId) => findLastInvoiceOfParty(desk.database, partyId), issuer: () => findLastInvoiceOfParty(desk.database, party)!.snapshot.issuer, documentFor: () => ({ language, lookId: null }), render: documents.renderStatement });
    const range = { from: localDate(from), to: localDate('2026-11-30') };
    return statements.make({ partyId: party, ...range, currencies: statementOf(readReceivableMovements(desk.database, party, new TimeZone('America/New_York')), readOwedMovements(desk.database, party), range.from, range.to) });
  }

  test('shows each movement with the balance after it, in two languages, the same bytes each time', async () => {
    const office = openOffice();
    const { id, number } = await makeInvoice(office.desk);
    await pay(office.desk, id, 50_000);
    await office.desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'offset', on, reason: 'Outage' }, amara);
    const made = await statementOfAshgrove(office, 'en');
    expect(made.fileName).toBe('statement-Ashgrove_Registry-2026-10-01-2026-11-30.pdf');
    const text = await textOf(made.bytes);
    for (const words of ['Statement of account', 'From 1 October 2026', 'Opening balance 0.00', `Invoice ${number} 1,477.11 1,477.11`, 'Payment TRF 1 500.00 977.11', 'Credit note CN-2026-0001 106.00 871.11', 'Closing balance 871.11', 'What you owe, in USD 871.11 USD']) expect(text).toContain(words);
    expect(Buffer.compare((await statementOfAshgrove(office, 'en')).bytes, made.bytes)).toBe(0);
    const german = await textOf((await statementOfAshgrove(office, 'de')).bytes);
    for (const words of ['Kontoauszug', 'Vom 1. Oktober 2026', 'Rechnungskorrektur CN-2026-0001 106,00 871,11', 'Endsaldo 871,11']) expect(german).toContain(words);
  });

  test('says what the customer has with us: what was kept as credit, what was overpaid, and what of both was paid out', async () => {
    const office = openOffice();
    const { receivables } = office.desk;
    const { id } = await makeInvoice(office.desk);
    const { actIds: [receiptId = ''] } = await pay(office.desk, id, 147_711, 2_289);
    await receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'credit', on, reason: 'Outage' }, amara);
    const [credit] = createReceivableViews({ readable: office.desk.database, invoices: invoiceStore }).credits({ onlyLeft: true, limit: 1 });
    const { actIds: [wrong = ''] } = await receivables.payOutCredit({ creditId: credit?.id ?? '' }, { amountMinor: 600, on, bankReference: 'OUT 1' }, amara);
    await receivables.reverse(wrong, { on, reason: 'Came back' }, amara);
    await receivables.payOutCredit({ creditId: credit?.id ?? '' }, { amountMinor: 10_000, on, bankReference: 'OUT 2' }, amara);
    await receivables.payOutCredit({ receiptId }, { on, bankReference: 'OUT 3' }, amara);
    const text = await textOf((await statementOfAshgrove(office, 'en')).bytes);
    const kept = ['Payment not applied TRF 1 22.89 22.89', 'Credit note, kept as credit CN-2026-0001 106.00', 'Paid out to you OUT 1 −6.00', 'Paid out to you, taken back OUT 1 6.00', 'Paid out to you OUT 2 −100.00', 'Paid out to you OUT 3 −22.89', 'Closing balance 6.00'];
    for (const words of ['What you have with us, in USD', ...kept]) expect(text).toContain(words);
    const german = await textOf((await statementOfAshgrove(office, 'de')).bytes);
    for (const words of ['Ihr Guthaben bei uns in USD', 'An Sie ausgezahlt OUT 2 −100,00']) expect(german).toContain(words);
  });

  test('of a customer nobody knows, or of days turned around, is refused', async () => {
    const office = openOffice();
    await expect(statementOfAshgrove(office, 'en')).rejects.toMatchObject({ code: 'customer-not-found' });
    await makeInvoice(office.desk);
    await expect(statementOfAshgrove(office, 'en', '2026-12-01')).rejects.toMatchObject({ code: 'range-invalid' });
  });
});
