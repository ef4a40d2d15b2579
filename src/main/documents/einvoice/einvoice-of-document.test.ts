import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localDate } from '../../../shared/calendar/local-date.ts';
import { fromDecimalString } from '../../../shared/money/money.ts';
import { randomDocuments, sampleCreditNote, sampleDocument, sampleIssuer } from '../../testing/document-samples.ts';
import type { DocumentLine, DocumentTax, InvoiceDocument } from '../document-model.ts';
import { writeCii } from './cii-writer.ts';
import { checkEInvoice } from './einvoice-checker.ts';
import { checkedEInvoice, einvoiceOfDocument, missingFields } from './einvoice-of-document.ts';
import { readEInvoice } from './einvoice-reader.ts';

const taxed = (tax: DocumentTax, change: Partial<InvoiceDocument> = {}): InvoiceDocument => ({
  ...sampleDocument, discounts: [], lines: sampleDocument.lines.map((line) => ({ ...line, tax })), subtotalMinor: 116_491, taxes: [{ tax, baseMinor: 116_491, amountMinor: 0 }], totalMinor: 116_491, dueMinor: 116_491, ...change,
});
const rules = (document: InvoiceDocument) => checkedEInvoice(document).findings.map((finding) => finding.rule);

test('an invoice says the same in the standard’s terms', () => {
  const { invoice, findings } = checkedEInvoice(sampleDocument);
  expect(findings).toEqual([]);
  expect(invoice).toMatchObject({
    number: 'API-202610-dp_pk_KKB', issuedOn: '2026-11-18', dueOn: '2026-12-18', typeCode: '380', currency: 'EUR', orderReference: 'PO-7781', contractReference: 'dp_pk_KKB', period: { start: '2026-10-01', end: '2026-10-31' },
    seller: { name: 'Meridian Deeds GmbH', vatId: 'DE123456789', taxRegistration: '60/123/45678', legalId: { value: 'HRB 4711 HB' }, address: { country: 'DE', city: 'Bremen' } }, buyer: { name: 'Kadaster Koppeling B.V.', vatId: 'NL001234567B01', address: { country: 'NL' } },
    lines: [{ quantity: '401', unit: 'C62', netPrice: '2.905', netAmount: '1164.91', vatCategory: 'S', vatRate: '19' }], allowanceCharges: [{ kind: 'allowance', amount: '58.25', vatCategory: 'S', vatRate: '19' }],
    paymentMeans: [{ code: '58', accounts: [{ id: 'DE02120300000000202051', bic: 'BYLADEM1001' }] }], totals: { lineNet: '1164.91', allowances: '58.25', withoutVat: '1106.66', vat: '210.27', withVat: '1316.93', paid: null, due: '1316.93' },
  });
});

test.each([['\u0001\u0002', ['BR-07']], ['\ud800', ['BR-07']], ['\ufffe', ['BR-07']], ['\u0000Kadaster 😀 & \u001b[31m<b>', []]])('a name of signs that XML has no place for is checked as its XML says it: %j', (name, found) => {
  const document = { ...sampleDocument, customer: { ...sampleDocument.customer, name, legalName: null } };
  expect(rules(document)).toEqual(found);
  const read = readEInvoice(new TextEncoder().encode(writeCii(checkedEInvoice(document).invoice))).invoice;
  expect(checkEInvoice(read).map((finding) => finding.rule)).toEqual(found);
});

test('a due date that a person chose is what its payment terms say', () => {
  expect(einvoiceOfDocument(sampleDocument)).toMatchObject({ dueOn: '2026-12-18', paymentTerms: 'Payable within 30 days of issue' });
  expect(einvoiceOfDocument({ ...sampleDocument, dueDate: localDate('2026-11-25') })).toMatchObject({ dueOn: '2026-11-25', paymentTerms: 'Payable by 25 November 2026' });
});

test('a credit note names what it credits, and is paid by nobody', () => {
  const { invoice, findings } = checkedEInvoice(sampleCreditNote);
  expect(findings).toEqual([]);
  expect(invoice).toMatchObject({ typeCode: '381', precedingInvoices: [{ number: 'API-202610-dp_pk_KKB', issuedOn: '2026-11-18' }], paymentMeans: [], dueOn: null, notes: [{ text: 'Deeds of 3 October were counted twice.' }] });
});

test('what is withheld and credited is part of the paid amount, and a note says so', () => {
  const { invoice, findings } = checkedEInvoice({ ...sampleDocument, withholdings: [{ basisPoints: 1_500, baseMinor: 110_666, amountMinor: 16_600 }], settled: [{ label: 'Credit 12', amountMinor: 1_000 }], dueMinor: 114_093 });
  expect(findings).toEqual([]);
  expect(invoice.totals).toMatchObject({ withVat: '1316.93', paid: '176.00', due: '1140.93' });
  expect(invoice.notes.map((note) => note.text)).toEqual(['Withholding tax 15 %: 166.00 EUR', 'Credit 12: 10.00 EUR']);
});

describe('each treatment of tax has its category', () => {
  test.each([['standard', 0, 'Z', '0'], ['reverse-charge', 0, 'AE', '0'], ['exempt', 0, 'E', '0'], ['outside-scope', 0, 'O', null]] as const)('%s', (treatment, basisPoints, category, rate) => {
    const { invoice, findings } = checkedEInvoice(taxed({ treatment, basisPoints }));
    expect(findings).toEqual([]);
    expect(invoice.lines[0]).toMatchObject({ vatCategory: category, vatRate: rate });
    expect([invoice.seller.vatId, invoice.buyer.vatId]).toEqual(category === 'O' ? [null, null] : ['DE123456789', 'NL001234567B01']);
  });
});

describe('a line that is no quantity times a price', () => {
  const line = { ...sampleDocument.lines[0]!, quantity: '1', unitPrice: '1393.50', amountMinor: 67_427 };
  const of = (change: Partial<DocumentLine>) => einvoiceOfDocument({ ...sampleDocument, lines: [{ ...line, ...change }] }).lines[0];
  test('is one at its amount', () => {
    expect(of({})).toMatchObject({ quantity: '1', netPrice: '674.27', netAmount: '674.27' });
    expect(of({ quantity: null, unitPrice: null })).toMatchObject({ quantity: '1', netPrice: '674.27' });
  });
  test('that takes off has a negative quantity, never a negative price', () => {
    expect(of({ amountMinor: -67_427, quantity: '1', unitPrice: '-674.27' })).toMatchObject({ quantity: '-1', netPrice: '674.27', netAmount: '-674.27' });
  });
});

describe('what is missing is said in a person’s words, once, with where it is filled in', () => {
  test('nobody’s address, no numbers', () => {
    const bare = { ...sampleDocument, issuer: { ...sampleIssuer, address: [], postal: null, vatId: null, taxNumber: null, registrationNumber: null }, customer: { ...sampleDocument.customer, address: ['Somewhere'], postal: null } };
    expect(missingFields(bare)).toEqual([
      { rule: 'BR-08', where: 'company', message: 'The country of your company’s address.' }, { rule: 'BR-11', where: 'partner', message: 'The country of the partner’s billing address.' },
      { rule: 'BR-CO-26', where: 'company', message: 'A VAT number or a register number of your company.' }, { rule: 'BR-S-02', where: 'company', message: 'Your company’s VAT number or tax number.' },
    ]);
  });
  test('the number of who owes the tax', () => {
    expect(missingFields(taxed({ treatment: 'reverse-charge', basisPoints: 0 }, { customer: { ...sampleDocument.customer, taxNumber: 'none' } }))).toEqual([{ rule: 'BR-AE-02', where: 'partner', message: 'The partner’s VAT number: the reverse charge needs it.' }]);
  });
  test('a draft is asked as if it had its number and its dates', () => {
    expect(missingFields({ ...sampleDocument, status: 'draft', number: null, issueDate: null, dueDate: null })).toEqual([]);
  });
  test('a country stands in the last line of an address of before it was kept apart', () => {
    const { postal: _, ...customer } = sampleDocument.customer;
    expect(rules({ ...sampleDocument, customer })).toEqual([]);
    expect(einvoiceOfDocument({ ...sampleDocument, customer }).buyer.address).toMatchObject({ line1: 'Hofstraat 1', country: 'NL' });
  });
});

test('a third decimal has no place in the standard; one that is zero is left out', () => {
  const kwd = (amountMinor: number): InvoiceDocument => taxed({ treatment: 'exempt', basisPoints: 0 }, { currency: 'kwd', lines: [{ ...sampleDocument.lines[0]!, quantity: null, unitPrice: null, amountMinor, tax: { treatment: 'exempt', basisPoints: 0 } }], subtotalMinor: amountMinor, taxes: [{ tax: { treatment: 'exempt', basisPoints: 0 }, baseMinor: amountMinor, amountMinor: 0 }], totalMinor: amountMinor, dueMinor: amountMinor });
  expect(missingFields(kwd(1_234_567))).toEqual([{ rule: 'BR-DEC-09', where: 'invoice', message: 'Amounts in KWD have three decimals; the standard has room for two.' }]);
  expect(rules(kwd(1_234_560))).toEqual([]);
  // Tax of 19 % in fils: nothing was worked out per line.
  const tax = { treatment: 'standard' as const, basisPoints: 1_900 };
  const taxed19 = kwd(1_234_560);
  expect(missingFields({ ...taxed19, lines: taxed19.lines.map((line) => ({ ...line, tax })), taxes: [{ tax, baseMinor: 1_234_560, amountMinor: 234_566 }], totalMinor: 1_469_126, dueMinor: 1_469_126 })).toMatchObject([{ where: 'invoice', message: 'Amounts in KWD have three decimals; the standard has room for two.' }]);
  expect(einvoiceOfDocument(kwd(1_234_560)).totals.due).toBe('1234.56');
});

test('tax that was worked out per line is not the standard’s, and is said', () => {
  const [share] = sampleDocument.taxes;
  expect(missingFields({ ...sampleDocument, taxes: [{ ...share!, amountMinor: 21_028 }], totalMinor: 131_694, dueMinor: 131_694 })).toEqual([{ rule: 'BR-CO-17', where: 'invoice', message: 'Tax is worked out per line here, or is in the prices; the standard wants it once for each rate of what is without it.' }]);
});

test('500 random documents hold to the standard, and their XML has the document’s own integers', () => {
  fc.assert(
    fc.property(randomDocuments, (document) => {
      const { invoice, findings } = checkedEInvoice(document);
      expect(findings).toEqual([]);
      const read = readEInvoice(new TextEncoder().encode(writeCii(invoice))).invoice;
      expect(read).toEqual(invoice);
      const minor = (text: string | null): number => (text === null ? 0 : fromDecimalString(text, document.currency));
      expect(read.lines.map((line) => minor(line.netAmount))).toEqual(document.lines.map((line) => line.amountMinor));
      expect(read.taxBreakdown.map((each) => [minor(each.taxableAmount), minor(each.taxAmount)])).toEqual(document.taxes.map((share) => [share.baseMinor, share.amountMinor]));
      expect([read.totals.withoutVat, read.totals.withVat, read.totals.due].map(minor)).toEqual([document.subtotalMinor, document.totalMinor, document.dueMinor]);
    }),
    { numRuns: 500 },
  );
});
