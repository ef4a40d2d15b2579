import { describe, expect, test } from 'vitest';
import { deedContract, flatContract, requestContract } from '../testing/billing-fixtures.ts';
import { parseContractTerms, type PartnerContractRow } from './contract-terms.ts';
import { describeTerms } from './terms-summary.ts';

const steps = [{ upTo: 100, unitPrice: '1' }, { upTo: 1_100, unitPrice: '0.8' }, { upTo: null, unitPrice: '0.5' }];
const tiers = (mode: string, list: readonly unknown[] = steps): string => JSON.stringify({ mode, tiers: list });
const hybrid = { ...flatContract, pricingModel: 'hybrid', flatFeeMinor: 50_000, perDeedPrice: '2.50000000', taxRateBasisPoints: 0, withholdingRateBasisPoints: 0 };

describe('terms as a sentence', () => {
  test.each<[string, PartnerContractRow, string]>([
    ['a flat fee', flatContract, '1,393.50 USD a month; 21 % tax; 15 % withheld by the partner; due in 30 days.'],
    ['a price per deed', deedContract, '2.905 EUR per deed; reverse charge; due in 14 days.'],
    ['a price per 1,000 requests', requestContract, '1.50 USD per started 1,000 requests; 7 % tax; due in 30 days.'],
    ['a fee, deeds, included ones and a minimum', { ...hybrid, includedUnits: 100, minimumCommitmentMinor: 75_000 }, '500.00 USD a month plus 2.50 USD per deed after the first 100, at least 750.00 USD a month; due in 30 days.'],
    ['everything at once', { ...hybrid, includedUnits: 1_000, minimumCommitmentMinor: 5_000, discountBasisPoints: 750, taxRateBasisPoints: 2_100, withholdingRateBasisPoints: 1_500, paymentTermsDays: 0 },
      '500.00 USD a month plus 2.50 USD per deed after the first 1,000, less 7.5 % discount, at least 50.00 USD a month; 21 % tax; 15 % withheld by the partner; due at once.'],
    ['included requests', { ...requestContract, includedUnits: 500, paymentTermsDays: 1 }, '1.50 USD per started 1,000 requests after the first 500 requests; 7 % tax; due in 1 day.'],
    ['graduated tiers', { ...deedContract, tiers: tiers('graduated') }, 'Deeds at graduated prices of 1.00 EUR for the first 100, 0.80 EUR for the next 1,000, 0.50 EUR beyond; reverse charge; due in 14 days.'],
    ['graduated tiers after a fee and included deeds', { ...hybrid, includedUnits: 50, tiers: tiers('graduated') }, '500.00 USD a month plus deeds after the first 50 at graduated prices of 1.00 USD for the first 100, 0.80 USD for the next 1,000, 0.50 USD beyond; due in 30 days.'],
    ['volume tiers of blocks', { ...requestContract, tiers: tiers('volume') }, 'Started blocks of 1,000 requests at one price for all by their number, 1.00 USD up to 100, 0.80 USD up to 1,100, 0.50 USD beyond; 7 % tax; due in 30 days.'],
    ['one tier is a price', { ...deedContract, tiers: tiers('volume', [{ upTo: null, unitPrice: '0.045' }]) }, '0.045 EUR per deed; reverse charge; due in 14 days.'],
    ['a currency without decimals', { ...flatContract, currency: 'jpy', taxTreatment: 'exempt', withholdingRateBasisPoints: 0 }, '139,350 JPY a month; exempt from tax; due in 30 days.'],
    ['dollars of Canada are not those of the United States', { ...flatContract, currency: 'cad', taxTreatment: 'outside-scope', withholdingRateBasisPoints: 0 }, '1,393.50 CAD a month; outside the scope of tax; due in 30 days.'],
  ])('%s', (_name, row, sentence) => {
    const parsed = parseContractTerms(row);
    expect(parsed.isFine && describeTerms(parsed.terms)).toBe(sentence);
  });
});
