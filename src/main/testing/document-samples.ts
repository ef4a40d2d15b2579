/** Documents of ours for tests: what an accountant would have, and random ones whose figures hold together. */
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { localDate } from '../../shared/calendar/local-date.ts';
import { minorUnits, mulDiv } from '../../shared/money/money.ts';
import type { Issuer } from '../billing/partner-invoice.ts';
import { taxKey, type DocumentLine, type DocumentTax, type InvoiceDocument } from '../documents/document-model.ts';

export const sampleIssuer: Issuer = {
  name: 'Meridian Deeds', legalName: 'Meridian Deeds GmbH', address: ['Kanalstraße 7', '28195 Bremen', 'Germany'], email: 'ar@meridian.example', taxNumber: '60/123/45678', vatId: 'DE123456789', registrationNumber: 'HRB 4711 HB', paymentInstructions: [],
  postal: { line1: 'Kanalstraße 7', line2: null, city: 'Bremen', postcode: '28195', region: null, country: 'DE' }, bank: { iban: 'DE02120300000000202051', bic: 'BYLADEM1001', bankName: 'Deutsche Kreditbank', holder: 'Meridian Deeds GmbH' },
};

/** A black picture of so many dots. */
export function pngOf(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    const named = Buffer.concat([Buffer.from(type), data]);
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 1; // one bit a dot, grey
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * height))), chunk('IEND', Buffer.alloc(0))]);
}

const standard: DocumentTax = { treatment: 'standard', basisPoints: 1_900 };

/** 401 deeds at 2.905, 5 % off, 19 % tax: 1,164.91 − 58.25 = 1,106.66 + 210.27 = 1,316.93. */
export const sampleDocument: InvoiceDocument = {
  kind: 'invoice', status: 'issued', number: 'API-202610-dp_pk_KKB', currency: 'eur', choice: { language: 'en', lookId: null }, issueDate: localDate('2026-11-18'), dueDate: localDate('2026-12-18'), paymentTermsDays: 30,
  service: { start: localDate('2026-10-01'), end: localDate('2026-11-01') }, issuer: sampleIssuer,
  customer: { name: 'Kadaster', legalName: 'Kadaster Koppeling B.V.', address: ['Hofstraat 1', '7311 KZ Apeldoorn', 'Netherlands'], email: 'ap@kadaster.example', taxNumber: 'NL001234567B01', postal: { line1: 'Hofstraat 1', line2: null, city: 'Apeldoorn', postcode: '7311 KZ', region: null, country: 'NL' } },
  contractReference: 'dp_pk_KKB', purchaseOrderNumber: 'PO-7781', preceding: [], lines: [{ description: 'Deeds filed, October 2026', explanation: '401 deeds at 2.905', quantity: '401', unitPrice: '2.905', amountMinor: 116_491, tax: standard }],
  discounts: [{ amountMinor: 5_825, tax: standard }], subtotalMinor: 110_666, taxes: [{ tax: standard, baseMinor: 110_666, amountMinor: 21_027 }], totalMinor: 131_693, withholdings: [], settled: [], dueMinor: 131_693,
  calculation: { terms: 'Per deed 2.905 EUR.', parts: 1, discountLabel: '5 %' }, notes: [], totalsFingerprint: '3f2a9c0177bed402'.repeat(4), madeAt: Date.parse('2026-11-18T14:14:00Z'),
};

export const sampleCreditNote: InvoiceDocument = { ...sampleDocument, kind: 'credit-note', number: 'CN-2026-0001', dueDate: null, preceding: [{ number: 'API-202610-dp_pk_KKB', issueDate: localDate('2026-11-18') }], calculation: null, notes: ['Deeds of 3 October were counted twice.'] };

const taxes = fc.constantFrom<DocumentTax>({ treatment: 'standard', basisPoints: 1_900 }, { treatment: 'standard', basisPoints: 700 }, { treatment: 'standard', basisPoints: 825 }, { treatment: 'reverse-charge', basisPoints: 0 }, { treatment: 'exempt', basisPoints: 0 }, { treatment: 'standard', basisPoints: 0 });
const line = fc.record({ quantity: fc.option(fc.integer({ min: 0, max: 99_999 })), amountMinor: fc.integer({ min: -5_000_000, max: 99_999_999 }), tax: taxes });

/** Documents whose totals are right: lines of several taxes, discounts, withholding, credits, in currencies with none and with two decimals. */
export const randomDocuments: fc.Arbitrary<InvoiceDocument> = fc
  .record({
    lines: fc.array(line, { minLength: 1, maxLength: 12 }), discount: fc.integer({ min: 0, max: 3_000 }), withholding: fc.constantFrom(0, 0, 500, 1_500), settled: fc.constantFrom(0, 0, 12_345), currency: fc.constantFrom('eur', 'usd', 'jpy', 'gbp'),
    language: fc.constantFrom('en' as const, 'de' as const), kind: fc.constantFrom('invoice' as const, 'credit-note' as const),
  })
  .map((given) => {
    const lines = given.lines.map((each, index): DocumentLine => ({ description: `Line ${index + 1}`, explanation: null, quantity: each.quantity === null ? null : String(each.quantity), unitPrice: null, amountMinor: each.amountMinor, tax: each.tax }));
    const shares = [...Map.groupBy(lines, (each) => taxKey(each.tax)).values()].map((ofTax) => {
      const { tax } = ofTax[0]!;
      const sum = ofTax.reduce((total, each) => total + each.amountMinor, 0);
      const discountMinor = mulDiv(sum, given.discount, 10_000, 'half-away-from-zero');
      const baseMinor = sum - discountMinor;
      return { tax, discountMinor, baseMinor, amountMinor: mulDiv(baseMinor, tax.basisPoints, 10_000, 'half-away-from-zero') };
    });
    const subtotalMinor = shares.reduce((sum, share) => sum + share.baseMinor, 0);
    const totalMinor = shares.reduce((sum, share) => sum + share.amountMinor, subtotalMinor);
    const withheld = mulDiv(subtotalMinor, given.withholding, 10_000, 'half-away-from-zero');
    return {
      ...(given.kind === 'invoice' ? sampleDocument : sampleCreditNote), currency: given.currency, choice: { language: given.language, lookId: null }, lines, discounts: shares.filter((share) => share.discountMinor !== 0).map((share) => ({ amountMinor: share.discountMinor, tax: share.tax })),
      subtotalMinor, taxes: shares.map(({ tax, baseMinor, amountMinor }) => ({ tax, baseMinor, amountMinor })), totalMinor, withholdings: given.withholding === 0 ? [] : [{ basisPoints: given.withholding, baseMinor: subtotalMinor, amountMinor: withheld }],
      settled: given.settled === 0 ? [] : [{ label: 'Credit', amountMinor: given.settled }], dueMinor: minorUnits(totalMinor - (given.withholding === 0 ? 0 : withheld) - given.settled),
    };
  });
