import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { month } from '../../shared/calendar/local-date.ts';
import { calculatePartnerInvoice } from '../billing/partner-invoice-calculation.ts';
import { deedContract, flatContract, requestContract } from '../testing/billing-fixtures.ts';
import { findBreakEven, type VolumeTerms } from './break-even.ts';
import { parseContractTerms, type PartnerContractRow } from './contract-terms.ts';

const anyMonth = month('2026-01');

/** With a count of how often it was rated. */
function volumeOf(row: PartnerContractRow, meter: 'deeds' | 'requests'): VolumeTerms & { ratings: number } {
  const parsed = parseContractTerms(row);
  if (!parsed.isFine) throw new Error(parsed.problem.message);
  const volume = {
    terms: parsed.terms, ratings: 0,
    rate(units: number) {
      volume.ratings += 1;
      return calculatePartnerInvoice([{ terms: parsed.terms, usage: { deeds: 0, requests: 0, [meter]: units } }], anyMonth);
    },
  };
  return volume;
}

/** Unit by unit: the first at which the costs meet after they differed, or change places. */
function slowBreakEven(before: VolumeTerms, after: VolumeTerms, upTo: number): number | null {
  let sign = 0;
  for (let units = 0; units <= upTo; units += 1) {
    const now = Math.sign(after.rate(units).subtotalMinor - before.rate(units).subtotalMinor);
    if (sign !== 0 && now !== sign) return units;
    if (sign === 0) sign = now;
  }
  return null;
}

const perDeed = (price: string, more: Partial<PartnerContractRow> = {}): PartnerContractRow => ({ ...deedContract, currency: 'usd', perDeedPrice: price, ...more });
const perRequest = (price: string, more: Partial<PartnerContractRow> = {}): PartnerContractRow => ({ ...requestContract, per1000Price: price, ...more });
const graduated = '{"mode":"graduated","tiers":[{"upTo":100,"unitPrice":"2"},{"upTo":null,"unitPrice":"0.5"}]}';
const volume = graduated.replace('graduated', 'volume');

describe('the volume at which two terms cost the same', () => {
  test.each<[string, PartnerContractRow, PartnerContractRow, 'deeds' | 'requests', number | null]>([
    ['2.50 a deed against 500.00 flat: 200 deeds', perDeed('2.5'), { ...flatContract, flatFeeMinor: 50_000 }, 'deeds', 200],
    ['3.00 a deed against 500.00 flat: 167 deeds cost 501.00', perDeed('3'), { ...flatContract, flatFeeMinor: 50_000 }, 'deeds', 167],
    ['a dearer price never meets a cheaper one', perDeed('2'), perDeed('2.5'), 'deeds', null],
    ['the same terms never differ', perDeed('2'), perDeed('2.00'), 'deeds', null],
    // 1.00 × 200 = 200.00; 2.00 × 100 + 0.50 × 200 = 300.00 at 300
    ['graduated tiers, dear at first: 1.00 × 300 = 2.00 × 100 + 0.50 × 200', perDeed('1'), perDeed('1', { tiers: graduated }), 'deeds', 300],
    ['volume tiers change places between two deeds: 101 × 0.50 is below 101 × 1.00', perDeed('1'), perDeed('1', { tiers: volume }), 'deeds', 101],
    // at least 750.00: 1.00 × 750; before that the minimum is dearer
    ['a minimum of 750.00 is reached at 750 deeds of 1.00', perDeed('1'), perDeed('1', { minimumCommitmentMinor: 75_000 }), 'deeds', 750],
    // 2.00 × (u − 100) = 1.00 × u at 200
    ['included deeds: 2.00 after the first 100 against 1.00', perDeed('1'), perDeed('2', { includedUnits: 100 }), 'deeds', 200],
    // 1.50 a block: 10.00 is passed with the seventh block, whose first request is 6,001
    ['requests: 1.50 a started block passes 10.00 flat with the first of the seventh', perRequest('1.5'), { ...flatContract, flatFeeMinor: 1_000 }, 'requests', 6_001],
    // Parallel: 0.89 cents apart, 1 after rounding, but for 7 deeds: 5 + round(5.48) = 10 = round(9.59)
    ['parallel prices that only rounding brings together', perDeed('0.0137'), perDeed('0.0137', { pricingModel: 'hybrid', flatFeeMinor: 5, includedUnits: 3 }), 'deeds', 7],
    ['the same within rounding for a long way: no answer rather than a long search', perDeed('1'), perDeed('1.00000001'), 'deeds', null],
  ])('%s', (_name, before, after, meter, units) => {
    expect(findBreakEven(volumeOf(before, meter), volumeOf(after, meter), meter, 100_000)).toBe(units);
  });

  test('is found with few ratings', () => {
    const [before, after] = [volumeOf(perDeed('1', { tiers: graduated }), 'deeds'), volumeOf(perDeed('0.75', { flatFeeMinor: 99_999_99, pricingModel: 'hybrid' }), 'deeds')];
    // 150.00 + 0.50 × u never reaches 99,999.99 + 0.75 × u
    expect(findBreakEven(before, after, 'deeds', 10_000_000)).toBeNull();
    expect(before.ratings).toBeLessThan(200);
  });
});

const anyPricing = fc.record({
  model: fc.constantFrom('flat', 'per_deed', 'hybrid'), fee: fc.integer({ min: 0, max: 30_000 }), price: fc.integer({ min: 0, max: 400 }), included: fc.integer({ min: 0, max: 120 }), minimum: fc.constantFrom(0, 0, 10_000, 25_000),
  discount: fc.constantFrom(0, 0, 750, 3_333), tiers: fc.constantFrom(null, null, graduated, volume), currency: fc.constant('usd'),
});
const rowOf = (drawn: typeof anyPricing extends fc.Arbitrary<infer Value> ? Value : never): PartnerContractRow => perDeed(`${Math.floor(drawn.price / 100)}.${String(drawn.price % 100).padStart(2, '0')}5`, {
  pricingModel: drawn.model, flatFeeMinor: drawn.fee, includedUnits: drawn.included, minimumCommitmentMinor: drawn.minimum, discountBasisPoints: drawn.discount, tiers: drawn.tiers,
});

test('for any two terms it is the one that counting unit by unit finds', () => {
  fc.assert(fc.property(anyPricing, anyPricing, (one, other) => {
    const [before, after] = [volumeOf(rowOf(one), 'deeds'), volumeOf(rowOf(other), 'deeds')];
    expect(findBreakEven(before, after, 'deeds', 600)).toBe(slowBreakEven(before, after, 600));
  }), { numRuns: 120 });
});

test('also for terms that lie so close together that roundings decide', () => {
  const anyClose = fc.record({ fee: fc.integer({ min: 0, max: 8 }), price: fc.constantFrom('0.0125', '0.0137', '0.01375', '0.0101'), included: fc.integer({ min: 0, max: 3 }), minimum: fc.constantFrom(0, 0, 200), discount: fc.constantFrom(0, 0, 33), currency: fc.constant('usd') });
  const close = anyClose.map((drawn) => perDeed(drawn.price, { pricingModel: 'hybrid', flatFeeMinor: drawn.fee, includedUnits: drawn.included, minimumCommitmentMinor: drawn.minimum, discountBasisPoints: drawn.discount }));
  fc.assert(fc.property(close, close, (one, other) => {
    const [before, after] = [volumeOf(one, 'deeds'), volumeOf(other, 'deeds')];
    expect(findBreakEven(before, after, 'deeds', 300)).toBe(slowBreakEven(before, after, 300));
  }), { numRuns: 150 });
});

test('so it is for requests, whose started blocks begin at different ones', () => {
  const anyRequests = anyPricing.map((drawn) => ({ ...rowOf(drawn), pricingModel: drawn.model === 'flat' ? 'flat' : 'per_request', per1000Price: String(drawn.price), includedUnits: drawn.included * 13, tiers: drawn.tiers?.replace('100', '3') ?? null }));
  fc.assert(fc.property(anyRequests, anyRequests, (one, other) => {
    const [before, after] = [volumeOf(one, 'requests'), volumeOf(other, 'requests')];
    expect(findBreakEven(before, after, 'requests', 9_000)).toBe(slowBreakEven(before, after, 9_000));
  }), { numRuns: 12 });
});
