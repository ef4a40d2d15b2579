/** What a document says beside its figures. */
import { expect, test } from 'vitest';
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
