/** What a document says beside its figures. */
import { expect, test } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { reverseChargeReason } from '../billing/tax-rules.ts';
import { sampleDocument } from '../testing/document-samples.ts';
import type { InvoiceDocument } from './document-model.ts';
import { documentRequest } from './invoice-document.ts';
import { ownLook } from './invoice-look.ts';

interface Note {
  readonly title: string;
  readonly lines: readonly string[];
}

const notesOf = (document: InvoiceDocument): readonly Note[] => (documentRequest(document, ownLook).data as { readonly notes: readonly Note[] }).notes;
const oneOff: InvoiceDocument = { ...sampleDocument, contractReference: null, calculation: null, issuer: { ...sampleDocument.issuer, bank: null } };

test('what a person wrote on an invoice without a contract is a note, and no calculation; its payment names no contract', () => {
  const [payment, notes] = notesOf({ ...oneOff, notes: ['Thank you'] });
  expect(notes).toEqual({ title: 'Notes', lines: ['Thank you'] });
  expect(payment?.lines[1]).toBe('By bank transfer.');
  expect(notesOf({ ...sampleDocument, issuer: { ...sampleDocument.issuer, bank: null } })[0]?.lines[1]).toBe('By bank transfer to the account named in your contract.');
});

test.each([['en', 'Reverse charge: the recipient accounts for the tax.'], ['de', 'Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge).']] as const)('the reverse charge is said once, in the document’s language: %s', (language, sentence) => {
  const tax = { treatment: 'reverse-charge' as const, basisPoints: 0 };
  const document = { ...oneOff, choice: { language, lookId: null }, taxes: [{ tax, baseMinor: 110_666, amountMinor: 0 }], notes: [reverseChargeReason, 'Merci'] };
  expect(notesOf(document)[1]?.lines).toEqual(['Merci', sentence]);
});

test('the reverse charge is said where it is all there is to say, on an invoice and on a credit note', () => {
  const document = { ...oneOff, taxes: [{ tax: { treatment: 'reverse-charge' as const, basisPoints: 0 }, baseMinor: 110_666, amountMinor: 0 }], notes: [] };
  for (const kind of ['invoice', 'credit-note'] as const) expect(notesOf({ ...document, kind })[1]).toEqual({ title: 'Notes', lines: [reverseChargeReason] });
});

test.each([
  ['2026-11-25', 30, 'en', 'Payable by 25 November 2026, in EUR.'], ['2026-11-25', 30, 'de', 'Zahlbar bis zum 25. November 2026, in EUR.'], ['2026-12-18', 30, 'en', 'Payable within 30 days of issue, in EUR.'], ['2026-11-18', 0, 'en', 'Payable on receipt, in EUR.'],
  ['2026-11-20', 0, 'en', 'Payable by 20 November 2026, in EUR.'],
] as const)('an invoice of 18 November due on %s under terms of %i days says one thing (%s): %s', (dueDate, paymentTermsDays, language, sentence) => {
  expect(notesOf({ ...sampleDocument, dueDate: localDate(dueDate), paymentTermsDays, choice: { language, lookId: null } })[0]?.lines[0]).toBe(sentence);
});

test.each([[false, 'en', /; tax is worked out once on the subtotal\.$/], [true, 'en', /away from zero, and so is its tax\.$/], [true, 'de', /gerundet, ebenso ihre Steuer\.$/]] as const)('how tax was rounded is said as it was: per line %s, %s', (isTaxPerLine, language, sentence) => {
  const document = { ...sampleDocument, taxes: sampleDocument.taxes.slice(0, 1), choice: { language, lookId: null }, calculation: { terms: 'A flat fee.', parts: 1, discountLabel: '', isTaxPerLine } };
  expect(notesOf(document).flatMap(({ lines }) => lines)).toContainEqual(expect.stringMatching(sentence));
});

test('notes are printed in the lines they were written in', () => {
  expect(notesOf({ ...oneOff, notes: ['First\nsecond\r\n\nthird '] })[1]?.lines).toEqual(['First', 'second', 'third']);
});

test.each([
  ['not registered', 'en', 'Tax number not registered'], ['NL001234567B01', 'en', 'VAT number NL001234567B01'], ['NL001234567B01', 'de', 'USt-IdNr. NL001234567B01'], ['60/123/45678', 'de', 'Steuernummer 60/123/45678'], ['12345678-0001', 'en', 'Tax number 12345678-0001'],
] as const)('a customer’s number %s is named for what it is: %s', (taxNumber, language, line) => {
  const document = { ...sampleDocument, choice: { language, lookId: null }, customer: { ...sampleDocument.customer, taxNumber } };
  expect((documentRequest(document, ownLook).data as { readonly customer: { readonly lines: readonly string[] } }).customer.lines).toContain(line);
});
