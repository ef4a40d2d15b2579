import { describe, expect, test } from 'vitest';
import { canaryIslands, einvoiceSamples, exempt, exported, intraCommunity, notSubject, reverseCharge, sampleLine, standardRated, zeroRated } from '../../testing/einvoice-samples.ts';
import { checkEInvoice, einvoiceRules } from './einvoice-checker.ts';
import type { EInvoice, EInvoiceAllowanceCharge, EInvoiceLine, EInvoiceTaxBreakdown, EInvoiceTotals } from './invoice-model.ts';

type Change = Partial<EInvoice> | ((sample: EInvoice) => Partial<EInvoice>);

const rulesBroken = (invoice: EInvoice): string[] => checkEInvoice(invoice).map((finding) => finding.rule);
const totals = (change: Partial<EInvoiceTotals>): Change => (sample) => ({ totals: { ...sample.totals, ...change } });
const line = (change: Partial<EInvoiceLine>): Change => (sample) => ({ lines: sample.lines.map((each) => ({ ...each, ...change })) });
const breakdown = (change: Partial<EInvoiceTaxBreakdown>): Change => (sample) => ({ taxBreakdown: sample.taxBreakdown.map((each) => ({ ...each, ...change })) });
const allowance = (change: Partial<EInvoiceAllowanceCharge>): Change => (sample) => ({ allowanceCharges: sample.allowanceCharges.map((each) => (each.kind === 'allowance' ? { ...each, ...change } : each)) });
const charge = (change: Partial<EInvoiceAllowanceCharge>): Change => (sample) => ({ allowanceCharges: sample.allowanceCharges.map((each) => (each.kind === 'charge' ? { ...each, ...change } : each)) });
const seller = (change: Partial<EInvoice['seller']>): Change => (sample) => ({ seller: { ...sample.seller, ...change } });
const buyer = (change: Partial<EInvoice['buyer']>): Change => (sample) => ({ buyer: { ...sample.buyer, ...change } });
const nowhere = { line1: null, line2: null, line3: null, city: null, postcode: null, subdivision: null, country: null };
const lineAllowance: EInvoiceAllowanceCharge = { kind: 'allowance', amount: '1.00', baseAmount: null, percentage: null, vatCategory: null, vatRate: null, reason: 'x', reasonCode: null };
const allowanceOf = (category: string, rate: string | null): EInvoiceAllowanceCharge => ({ ...lineAllowance, amount: '0.00', vatCategory: category, vatRate: rate });
const chargeOf = (category: string, rate: string | null): EInvoiceAllowanceCharge => ({ ...allowanceOf(category, rate), kind: 'charge' });
const noTaxNumbers = seller({ vatId: null, taxRegistration: null });

const broken: readonly (readonly [rule: string, sample: EInvoice, change: Change])[] = [
  ['BR-01', standardRated, { specificationId: null }], ['BR-02', standardRated, { number: ' ' }], ['BR-03', standardRated, { issuedOn: '2026-02-30' }], ['BR-04', standardRated, { typeCode: null }], ['BR-05', standardRated, { currency: null }],
  ['BR-06', standardRated, seller({ name: null })], ['BR-07', standardRated, buyer({ name: null })], ['BR-08', standardRated, seller({ address: null })], ['BR-09', standardRated, seller({ address: nowhere })],
  ['BR-10', standardRated, buyer({ address: null })], ['BR-11', standardRated, buyer({ address: nowhere })], ['BR-12', standardRated, totals({ lineNet: null })], ['BR-13', standardRated, totals({ withoutVat: null })],
  ['BR-14', standardRated, totals({ withVat: null })], ['BR-15', standardRated, totals({ due: null })], ['BR-16', standardRated, { lines: [] }],
  ['BR-17', standardRated, { payee: { name: 'Meridian Deeds GmbH', id: null, legalId: null } }], ['BR-18', standardRated, { taxRepresentative: { name: null, vatId: 'DE1', address: standardRated.seller.address } }],
  ['BR-19', standardRated, { taxRepresentative: { name: 'Rep', vatId: 'DE1', address: null } }], ['BR-20', standardRated, { taxRepresentative: { name: 'Rep', vatId: 'DE1', address: nowhere } }],
  ['BR-21', standardRated, line({ id: null })], ['BR-22', standardRated, line({ quantity: null })], ['BR-23', standardRated, line({ unit: null })], ['BR-24', standardRated, line({ netAmount: null })], ['BR-25', standardRated, line({ name: null })],
  ['BR-26', standardRated, line({ netPrice: null })], ['BR-27', standardRated, line({ netPrice: '-2.905' })], ['BR-28', standardRated, line({ grossPrice: '-1' })], ['BR-29', standardRated, { period: { start: '2026-10-31', end: '2026-10-01' } }],
  ['BR-30', standardRated, line({ period: { start: '2026-10-31', end: '2026-10-01' } })], ['BR-31', standardRated, allowance({ amount: null })], ['BR-32', standardRated, allowance({ vatCategory: null })],
  ['BR-33', standardRated, allowance({ reason: null, reasonCode: null })], ['BR-36', standardRated, charge({ amount: null })], ['BR-37', standardRated, charge({ vatCategory: null })], ['BR-38', standardRated, charge({ reason: null })],
  ['BR-41', standardRated, line({ allowanceCharges: [{ ...lineAllowance, amount: null }] })], ['BR-42', standardRated, line({ allowanceCharges: [{ ...lineAllowance, reason: null }] })],
  ['BR-43', standardRated, line({ allowanceCharges: [{ ...lineAllowance, kind: 'charge', amount: null }] })], ['BR-44', standardRated, line({ allowanceCharges: [{ ...lineAllowance, kind: 'charge', reason: null }] })],
  ['BR-45', standardRated, breakdown({ taxableAmount: null })], ['BR-46', standardRated, breakdown({ taxAmount: null })], ['BR-47', standardRated, breakdown({ category: null })], ['BR-48', standardRated, breakdown({ rate: null })],
  ['BR-49', standardRated, (sample) => ({ paymentMeans: sample.paymentMeans.map((each) => ({ ...each, code: null })) })], ['BR-50', standardRated, (sample) => ({ paymentMeans: sample.paymentMeans.map((each) => ({ ...each, accounts: [{ id: null, name: null, bic: null }] })) })],
  ['BR-51', standardRated, (sample) => ({ paymentMeans: sample.paymentMeans.map((each) => ({ ...each, cardNumber: '4242 4242 4242 4242' })) })], ['BR-52', standardRated, { attachments: [{ reference: null, description: null, location: null, mimeType: null, fileName: null }] }],
  ['BR-53', standardRated, { accountingCurrency: 'PLN' }], ['BR-54', standardRated, line({ attributes: [{ name: 'Colour', value: null }] })], ['BR-55', standardRated, { precedingInvoices: [{ number: null, issuedOn: null }] }],
  ['BR-56', standardRated, { taxRepresentative: { name: 'Rep', vatId: null, address: standardRated.seller.address } }], ['BR-57', standardRated, { delivery: { name: null, locationId: null, on: null, address: nowhere } }],
  ['BR-61', standardRated, (sample) => ({ paymentMeans: sample.paymentMeans.map((each) => ({ ...each, accounts: [] })) })], ['BR-62', standardRated, seller({ electronicAddress: { value: 'a@b.example', scheme: null } })],
  ['BR-63', standardRated, buyer({ electronicAddress: { value: 'a@b.example', scheme: null } })], ['BR-64', standardRated, line({ standardId: { value: '4006381333931', scheme: null } })],
  ['BR-65', standardRated, line({ classifications: [{ value: '1', scheme: null }] })], ['BR-66', standardRated, allowance({ kind: null })],
  ['BR-CO-03', standardRated, { taxPointOn: '2026-10-31', taxPointCode: '72' }], ['BR-CO-04', standardRated, line({ vatCategory: null })], ['BR-CO-09', standardRated, seller({ vatId: '123456789' })],
  ['BR-CO-10', standardRated, totals({ lineNet: '1164.92' })], ['BR-CO-11', standardRated, totals({ allowances: '58.24' })], ['BR-CO-12', standardRated, totals({ charges: '10.01' })], ['BR-CO-13', standardRated, totals({ withoutVat: '1116.67' })],
  ['BR-CO-14', standardRated, totals({ vat: '212.18' })], ['BR-CO-15', standardRated, totals({ withVat: '1328.84' })], ['BR-CO-16', standardRated, totals({ due: '1328.82' })], ['BR-CO-17', standardRated, breakdown({ taxAmount: '212.16' })],
  ['BR-CO-18', standardRated, { taxBreakdown: [] }], ['BR-CO-19', standardRated, { period: { start: null, end: null } }], ['BR-CO-20', standardRated, line({ period: { start: null, end: null } })],
  ['BR-CO-25', standardRated, { dueOn: null, paymentTerms: null }], ['BR-CO-26', standardRated, seller({ ids: [], legalId: null, vatId: null })],
  ['BR-DEC-01', standardRated, allowance({ amount: '58.250' })], ['BR-DEC-02', standardRated, allowance({ baseAmount: '1164.910' })], ['BR-DEC-05', standardRated, charge({ amount: '10.000' })], ['BR-DEC-06', standardRated, charge({ baseAmount: '1.000' })],
  ['BR-DEC-09', standardRated, totals({ lineNet: '1164.910' })], ['BR-DEC-10', standardRated, totals({ allowances: '58.250' })], ['BR-DEC-11', standardRated, totals({ charges: '10.000' })], ['BR-DEC-12', standardRated, totals({ withoutVat: '1116.660' })],
  ['BR-DEC-13', standardRated, totals({ vat: '212.170' })], ['BR-DEC-14', standardRated, totals({ withVat: '1328.830' })], ['BR-DEC-15', standardRated, totals({ vatInAccountingCurrency: '1.001' })], ['BR-DEC-16', standardRated, totals({ paid: '0.001' })],
  ['BR-DEC-17', standardRated, totals({ rounding: '0.001' })], ['BR-DEC-18', standardRated, totals({ due: '1328.830' })], ['BR-DEC-19', standardRated, breakdown({ taxableAmount: '1116.660' })], ['BR-DEC-20', standardRated, breakdown({ taxAmount: '212.170' })],
  ['BR-DEC-23', standardRated, line({ netAmount: '1164.910' })], ['BR-DEC-24', standardRated, line({ allowanceCharges: [{ ...lineAllowance, amount: '1.000' }] })], ['BR-DEC-25', standardRated, line({ allowanceCharges: [{ ...lineAllowance, baseAmount: '1.000' }] })],
  ['BR-DEC-27', standardRated, line({ allowanceCharges: [{ ...lineAllowance, kind: 'charge', amount: '1.000' }] })], ['BR-DEC-28', standardRated, line({ allowanceCharges: [{ ...lineAllowance, kind: 'charge', baseAmount: '1.000' }] })],
  ['BR-DEX-02', standardRated, line({ subLines: [{ ...sampleLine, netAmount: '1164.90' }] })], ['BR-DEX-09', standardRated, { thirdPartyPayments: [{ amount: '1.00' }] }], ['DB-01', standardRated, line({ quantity: '4e2' })], ['DB-02', standardRated, { dueOn: '18.12.2026' }],
  ['BR-CL-01', standardRated, { typeCode: '999' }], ['BR-CL-04', standardRated, { currency: 'EURO' }], ['BR-CL-05', standardRated, { accountingCurrency: 'ZZZ' }], ['BR-CL-06', standardRated, { taxPointCode: '4' }],
  ['BR-CL-08', standardRated, { notes: [{ subjectCode: 'a note', text: 'x' }] }], ['BR-CL-14', standardRated, buyer({ address: { ...nowhere, country: 'UK' } })], ['BR-CL-15', standardRated, line({ originCountry: 'Spain' })],
  ['BR-CL-16', standardRated, (sample) => ({ paymentMeans: sample.paymentMeans.map((each) => ({ ...each, code: '99' })) })], ['BR-CL-17', standardRated, breakdown({ category: 'X' })], ['BR-CL-18', standardRated, line({ vatCategory: 'X' })],
  ['BR-CL-19', standardRated, allowance({ reasonCode: '1' })], ['BR-CL-20', standardRated, charge({ reasonCode: 'a' })], ['BR-CL-22', reverseCharge, breakdown({ exemptionReasonCode: 'none' })], ['BR-CL-23', standardRated, line({ unit: 'pieces' })],
  ['BR-CL-24', standardRated, { attachments: [{ reference: '1', description: null, location: null, mimeType: 'text/html', fileName: null }] }], ['BR-CL-25', standardRated, seller({ electronicAddress: { value: 'a', scheme: 'mail' } })],
  ['BR-S-01', standardRated, breakdown({ category: 'Z' })], ['BR-S-02', standardRated, noTaxNumbers], ['BR-S-03', standardRated, noTaxNumbers], ['BR-S-04', standardRated, noTaxNumbers], ['BR-S-05', standardRated, line({ vatRate: '0' })],
  ['BR-S-06', standardRated, allowance({ vatRate: null })], ['BR-S-07', standardRated, charge({ vatRate: '0' })], ['BR-S-08', standardRated, line({ vatRate: '7' })], ['BR-S-10', standardRated, breakdown({ exemptionReason: 'none' })],
  ['BR-Z-01', zeroRated, (sample) => ({ taxBreakdown: [...sample.taxBreakdown, ...sample.taxBreakdown] })], ['BR-Z-02', zeroRated, noTaxNumbers], ['BR-Z-05', zeroRated, line({ vatRate: '7' })], ['BR-Z-08', zeroRated, breakdown({ taxableAmount: '1' })],
  ['BR-Z-09', zeroRated, breakdown({ taxAmount: '1.00' })], ['BR-Z-10', zeroRated, breakdown({ exemptionReason: 'why' })],
  ['BR-E-01', exempt, breakdown({ category: 'S', rate: '19' })], ['BR-E-02', exempt, noTaxNumbers], ['BR-E-05', exempt, line({ vatRate: null })], ['BR-E-08', exempt, breakdown({ taxableAmount: '1164.92' })], ['BR-E-09', exempt, breakdown({ taxAmount: '0.01' })],
  ['BR-E-10', exempt, breakdown({ exemptionReason: null })], ['BR-E-03', exempt, (sample) => ({ ...part(noTaxNumbers, sample), allowanceCharges: [allowanceOf('E', '0')] })], ['BR-E-06', exempt, { allowanceCharges: [allowanceOf('E', '1')] }],
  ['BR-E-04', exempt, (sample) => ({ ...part(noTaxNumbers, sample), allowanceCharges: [chargeOf('E', '0')] })], ['BR-E-07', exempt, { allowanceCharges: [chargeOf('E', null)] }],
  ['BR-AE-01', reverseCharge, { taxBreakdown: [] }], ['BR-AE-02', reverseCharge, buyer({ vatId: null, legalId: null })], ['BR-AE-03', reverseCharge, (sample) => ({ ...part(buyer({ vatId: null, legalId: null }), sample), allowanceCharges: [allowanceOf('AE', '0')] })],
  ['BR-AE-04', reverseCharge, (sample) => ({ ...part(noTaxNumbers, sample), allowanceCharges: [chargeOf('AE', '0')] })], ['BR-AE-05', reverseCharge, line({ vatRate: '21' })], ['BR-AE-06', reverseCharge, { allowanceCharges: [allowanceOf('AE', '21')] }],
  ['BR-AE-07', reverseCharge, { allowanceCharges: [chargeOf('AE', '21')] }], ['BR-AE-08', reverseCharge, breakdown({ taxableAmount: '1164.90' })], ['BR-AE-09', reverseCharge, breakdown({ taxAmount: '244.63' })],
  ['BR-AE-10', reverseCharge, breakdown({ exemptionReason: null, exemptionReasonCode: null })],
  ['BR-IC-01', intraCommunity, { taxBreakdown: [] }], ['BR-IC-02', intraCommunity, buyer({ vatId: null })], ['BR-IC-05', intraCommunity, line({ vatRate: '1' })], ['BR-IC-08', intraCommunity, breakdown({ taxableAmount: '0' })], ['BR-IC-09', intraCommunity, breakdown({ taxAmount: '1' })],
  ['BR-IC-10', intraCommunity, breakdown({ exemptionReasonCode: null })], ['BR-IC-11', intraCommunity, (sample) => ({ period: null, delivery: { ...sample.delivery!, on: null } })], ['BR-IC-12', intraCommunity, { delivery: null }],
  ['BR-G-01', exported, { taxBreakdown: [] }], ['BR-G-02', exported, seller({ vatId: null })], ['BR-G-05', exported, line({ vatRate: '1' })], ['BR-G-08', exported, breakdown({ taxableAmount: '0' })], ['BR-G-10', exported, breakdown({ exemptionReason: null, exemptionReasonCode: null })],
  ['BR-O-01', notSubject, { taxBreakdown: [] }], ['BR-O-02', notSubject, buyer({ vatId: 'ESB12345678' })], ['BR-O-05', notSubject, line({ vatRate: '0' })], ['BR-O-08', notSubject, breakdown({ taxableAmount: '1' })], ['BR-O-09', notSubject, breakdown({ taxAmount: '1' })],
  ['BR-O-10', notSubject, breakdown({ exemptionReason: null, exemptionReasonCode: null })], ['BR-O-11', notSubject, (sample) => ({ taxBreakdown: [...sample.taxBreakdown, ...standardRated.taxBreakdown] })],
  ['BR-O-12', notSubject, (sample) => ({ lines: [...sample.lines, sampleLine] })], ['BR-O-13', notSubject, { allowanceCharges: [allowanceOf('S', '19')] }], ['BR-O-14', notSubject, { allowanceCharges: [chargeOf('S', '19')] }],
  ['BR-AF-01', canaryIslands, breakdown({ category: 'M' })], ['BR-AF-02', canaryIslands, noTaxNumbers], ['BR-AF-05', canaryIslands, line({ vatRate: '-1' })], ['BR-AF-08', canaryIslands, line({ vatRate: '7' })], ['BR-AF-10', canaryIslands, breakdown({ exemptionReason: 'x' })],
  ['BR-B-01', standardRated, line({ vatCategory: 'B' })], ['BR-B-02', standardRated, (sample) => ({ lines: [...sample.lines, { ...sampleLine, vatCategory: 'B' }] })],
];

function part(change: Change, sample: EInvoice): Partial<EInvoice> {
  return typeof change === 'function' ? change(sample) : change;
}

test.each(Object.entries(einvoiceSamples))('holds nothing against a sound invoice: %s', (_name, invoice) => {
  expect(checkEInvoice(invoice)).toEqual([]);
});

describe('each mutation is refused by the rule it breaks', () => {
  test.each(broken)('%s', (rule, sample, change) => {
    expect(rulesBroken({ ...sample, ...part(change, sample) })).toContain(rule);
  });
});

test('a finding names the rule, the term, the sentence and the place', () => {
  const findings = checkEInvoice({ ...standardRated, lines: [sampleLine, { ...sampleLine, id: '2', netPrice: null, netAmount: '0.00' }] });
  expect(findings).toEqual([{ rule: 'BR-26', term: 'BT-146', says: 'A line has the net price of its item.', place: 'line 2' }]);
});

test('a number may be written in any way, its value counts: 19 and 19.00 are one rate', () => {
  expect(checkEInvoice({ ...standardRated, lines: [{ ...sampleLine, vatRate: '19.00', netAmount: '+1164.9100'.slice(0, 8) }] })).toEqual([]);
});

test('every rule has a number of its own', () => {
  const ids = einvoiceRules.map((rule) => rule.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(broken.map(([rule]) => rule)).size).toBeGreaterThanOrEqual(170);
});
