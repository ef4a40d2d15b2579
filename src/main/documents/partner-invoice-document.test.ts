/** A partner's month as a document: whatever its terms, what stands on it adds up by tax and holds to the standard. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { month } from '../../shared/calendar/local-date.ts';
import { minorUnits, mulDiv } from '../../shared/money/money.ts';
import { noEdits, type DraftEdits } from '../../shared/invoicing/draft-document.ts';
import { basisOf } from '../billing/draft-editing.ts';
import { lineDiscountsOf } from '../billing/line-discounts.ts';
import { draftPartnerInvoice } from '../billing/partner-invoice-draft.ts';
import type { LateCharge } from '../billing/partner-invoice-calculation.ts';
import { withTaxRounded } from '../billing/tax-rounding.ts';
import { parseContractTerms, type ContractTerms, type PartnerContractRow } from '../contracts/contract-terms.ts';
import { deedContract } from '../testing/billing-fixtures.ts';
import { sampleIssuer } from '../testing/document-samples.ts';
import { taxKey } from './document-model.ts';
import { checkedEInvoice } from './einvoice/einvoice-of-document.ts';
import { documentOfPartnerInvoice } from './partner-invoice-document.ts';

const row: PartnerContractRow = { ...deedContract, taxNumber: 'NL852014107B01', billingAddress: '{"line1":"Hofplein 20","city":"Rotterdam","country":"NL"}' };
function termsOf(change: Partial<PartnerContractRow>): ContractTerms {
  const parsed = parseContractTerms({ ...row, ...change });
  if (!parsed.isFine) throw new Error(parsed.problem.message);
  return parsed.terms;
}

const terms = fc.record({
  perDeedPrice: fc.constantFrom('2.905', '0.333', '17'), discountBasisPoints: fc.constantFrom(0, 750, 3_333), minimumCommitmentMinor: fc.constantFrom(0, 100_000), includedUnits: fc.constantFrom(0, 7), taxRateBasisPoints: fc.constantFrom(0, 700, 1_900),
  withholdingRateBasisPoints: fc.constantFrom(0, 500, 1_500),
});
const treatment = fc.constantFrom('standard', 'reverse-charge', 'exempt');
const late = fc.record({ change: terms, taxTreatment: treatment, amountMinor: fc.integer({ min: -5_000, max: 5_000 }) });

test('100 random months, in parts and with usage of months that were taxed otherwise', () => {
  fc.assert(fc.property(fc.array(terms, { minLength: 1, maxLength: 2 }), treatment, fc.array(fc.nat(90), { minLength: 2, maxLength: 2 }), fc.array(late, { maxLength: 2 }), (changes, taxTreatment, deeds, lates) => {
    const days = changes.length === 1 ? [['2026-10-01', null]] : [['2026-10-01', '2026-10-11'], ['2026-10-11', null]];
    const parts = changes.map((change, index) => ({ terms: termsOf({ ...change, taxTreatment, effectiveFrom: days[index]?.[0] ?? '2026-10-01', effectiveTo: days[index]?.[1] ?? null }), usage: { deeds: deeds[index] ?? 0, requests: 0 } }));
    const charges = lates.map(({ change, taxTreatment: own, amountMinor }): LateCharge => ({
      terms: termsOf({ ...change, taxTreatment: own }), line: { kind: 'late-usage', description: 'Late usage', quantity: null, unitPrice: null, amountMinor: minorUnits(amountMinor), fraction: null, rounding: 'half-away-from-zero', explanation: '' },
    }));
    const draft = draftPartnerInvoice({ row: { ...row, taxTreatment }, parts, month: month('2026-10'), issuer: sampleIssuer, sequence: 1, late: { charges, shares: [], measured: [], inOtherCurrency: [] }, lateUsageMonths: 12 });
    const document = documentOfPartnerInvoice(draft);
    const sum = (amounts: readonly { readonly amountMinor: number }[]): number => amounts.reduce((total, each) => total + each.amountMinor, 0);
    for (const { tax, baseMinor, amountMinor } of document.taxes) {
      const ofIt = (each: { readonly tax: typeof tax }): boolean => taxKey(each.tax) === taxKey(tax);
      expect(sum(document.lines.filter(ofIt)) - sum(document.discounts.filter(ofIt))).toBe(baseMinor);
      if (tax.treatment !== 'standard') expect(amountMinor).toBe(0);
    }
    expect([document.subtotalMinor + sum(document.taxes), document.totalMinor - sum(document.withholdings)]).toEqual([document.totalMinor, document.dueMinor]);
    expect(checkedEInvoice(document).findings).toEqual([]);
    // With the tax of each line rounded by itself the rest is as it was.
    const perLine = documentOfPartnerInvoice(withTaxRounded(draft, 'per-line'));
    const taxOfLine = (line: (typeof perLine.lines)[number], discountMinor: number): number => mulDiv(line.amountMinor - discountMinor, line.tax.treatment === 'standard' ? line.tax.basisPoints : 0, 10_000, 'half-away-from-zero');
    const discounts = lineDiscountsOf(draft);
    expect(sum(perLine.taxes)).toBe(perLine.lines.reduce((total, line, index) => total + taxOfLine(line, discounts[index] ?? 0), 0));
    expect([perLine.subtotalMinor, perLine.subtotalMinor + sum(perLine.taxes), perLine.totalMinor - sum(perLine.withholdings)]).toEqual([document.subtotalMinor, perLine.totalMinor, perLine.dueMinor]);
  }), { numRuns: 100 });
});

test('a draft says the days that a person chose for it', () => {
  const days = (edits: Partial<DraftEdits>) => {
    const draft = draftPartnerInvoice({ row, parts: [{ terms: termsOf({}), usage: { deeds: 7, requests: 0 } }], month: month('2026-10'), issuer: sampleIssuer, sequence: 1, late: { charges: [], shares: [], measured: [], inOtherCurrency: [] }, lateUsageMonths: 12, document: { language: 'en', lookId: null } });
    const { issueDate, dueDate } = documentOfPartnerInvoice({ ...draft, edits: { basis: basisOf(draft), edits: { ...noEdits, ...edits } } });
    return [issueDate, dueDate];
  };
  expect(days({})).toEqual([null, null]);
  expect(days({ issueDate: '2026-11-02', dueDate: '2026-11-25' })).toEqual(['2026-11-02', '2026-11-25']);
});
