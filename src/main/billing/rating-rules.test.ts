/** Rating held against domain.md §4, rule by rule: what each line says of itself, and what holds for any terms and usage. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { month } from '../../shared/calendar/local-date.ts';
import { parseContractTerms, type ContractTerms, type PartnerContractRow } from '../contracts/contract-terms.ts';
import { deedContract, flatContract, requestContract } from '../testing/billing-fixtures.ts';
import { calculatePartnerInvoice, type MeteredUsage } from './partner-invoice-calculation.ts';

const october = month('2026-10');
const noUsage = { deeds: 0, requests: 0 };
const untaxed = { taxRateBasisPoints: 0, withholdingRateBasisPoints: 0 };
const perDeed: PartnerContractRow = { ...deedContract, ...untaxed, perDeedPrice: '1' };
const graduated = '{"mode":"graduated","tiers":[{"upTo":100,"unitPrice":"1"},{"upTo":200,"unitPrice":"0.8"},{"upTo":null,"unitPrice":"0.5"}]}';
const volume = graduated.replace('graduated', 'volume');

function termsOf(row: PartnerContractRow): ContractTerms {
  const parsed = parseContractTerms(row);
  if (!parsed.isFine) throw new Error(parsed.problem.message);
  return parsed.terms;
}

const rate = (row: PartnerContractRow, usage: MeteredUsage) => calculatePartnerInvoice([{ terms: termsOf(row), usage }], october);
const explain = (row: PartnerContractRow, usage: MeteredUsage) => rate(row, usage).lines.map((line) => line.explanation);

describe('a contract that begins or ends inside the month', () => {
  test.each<[string, Partial<PartnerContractRow>, number]>([
    // 310.00 × days ÷ 31
    ['begins on the 1st', { effectiveFrom: '2026-10-01' }, 31_000],
    ['begins on the 2nd', { effectiveFrom: '2026-10-02' }, 30_000],
    ['begins on the 31st', { effectiveFrom: '2026-10-31' }, 1_000],
    ['ends before the 1st of November', { effectiveTo: '2026-11-01' }, 31_000],
    ['ends before the 2nd', { effectiveTo: '2026-10-02' }, 1_000],
    ['begins and ends within it', { effectiveFrom: '2026-10-11', effectiveTo: '2026-10-21' }, 10_000],
  ])('%s', (_name, life, amount) => {
    expect(rate({ ...flatContract, ...untaxed, flatFeeMinor: 31_000, ...life }, noUsage).subtotalMinor).toBe(amount);
    expect(rate({ ...perDeed, minimumCommitmentMinor: 31_000, ...life }, noUsage).subtotalMinor).toBe(amount);
  });

  test('in February the days are those of February', () => {
    const short = calculatePartnerInvoice([{ terms: termsOf({ ...flatContract, ...untaxed, flatFeeMinor: 28_000, effectiveTo: '2026-02-15' }), usage: noUsage }], month('2026-02'));
    expect(short.lines[0]).toMatchObject({ amountMinor: 14_000, fraction: { numerator: 14, denominator: 28 } });
  });
});

describe('each line explains itself', () => {
  const half = { effectiveFrom: '2026-10-16' };
  test.each<[string, PartnerContractRow, MeteredUsage, string[]]>([
    ['fee of a whole month', { ...flatContract, ...untaxed }, noUsage, ['Flat fee for the whole month']],
    ['fee by days', { ...flatContract, ...untaxed, ...half }, noUsage, ['1,393.50 USD × 16 of 31 days, rounded half away from zero']],
    ['quantity and rate', { ...perDeed, perDeedPrice: '2.905' }, { deeds: 2, requests: 0 }, ['2 deeds × 2.905 EUR']],
    ['nothing used', perDeed, noUsage, ['0 deeds × 1.00 EUR']],
    ['no request', requestContract, noUsage, ['0 requests → 0 started blocks of 1,000; 0 blocks × 1.50 USD']],
    ['blocks', requestContract, { deeds: 0, requests: 1_001 }, ['1,001 requests → 2 started blocks of 1,000; 2 blocks × 1.50 USD']],
    ['included units by days', { ...perDeed, ...half, includedUnits: 100 }, { deeds: 60, requests: 0 }, ['60 deeds − 51 included (100 × 16 of 31 days, rounded down) = 9; 9 deeds × 1.00 EUR']],
    ['graduated tiers', { ...perDeed, tiers: graduated }, { deeds: 101, requests: 0 }, ['100 deeds × 1.00 EUR (deeds 1 to 100)', '1 deed × 0.80 EUR (deeds 101 to 200)']],
    ['graduated tiers by days', { ...perDeed, ...half, tiers: graduated }, { deeds: 60, requests: 0 }, ['51 deeds × 1.00 EUR (deeds 1 to 51); tier bounds × 16 of 31 days, rounded down', '9 deeds × 0.80 EUR (deeds 52 to 103); tier bounds × 16 of 31 days, rounded down']],
    ['a volume tier', { ...perDeed, tiers: volume }, { deeds: 101, requests: 0 }, ['101 deeds × 0.80 EUR, the volume tier up to 200']],
    ['the last volume tier by days', { ...perDeed, ...half, tiers: volume }, { deeds: 104, requests: 0 }, ['104 deeds × 0.50 EUR, the last volume tier; tier bounds × 16 of 31 days, rounded down']],
    ['a minimum', { ...perDeed, minimumCommitmentMinor: 1_000 }, { deeds: 1, requests: 0 }, ['1 deed × 1.00 EUR', 'Minimum 10.00 EUR − 1.00 EUR charged after discount']],
    ['a minimum by days', { ...perDeed, ...half, minimumCommitmentMinor: 1_000 }, noUsage, ['0 deeds × 1.00 EUR', 'Minimum 5.16 EUR (10.00 EUR × 16 of 31 days, rounded half away from zero) − 0.00 EUR charged after discount']],
    ['a rounded amount', { ...perDeed, perDeedPrice: '0.0333' }, { deeds: 1, requests: 0 }, ['1 deed × 0.0333 EUR, rounded half away from zero']],
  ])('%s', (_name, row, usage, explanations) => {
    expect(explain(row, usage)).toEqual(explanations);
  });
});

const tierSteps = fc.array(fc.record({ width: fc.integer({ min: 1, max: 400 }), price: fc.integer({ min: 0, max: 999 }) }), { minLength: 1, maxLength: 4 });
const anyTerms = fc.record({
  model: fc.constantFrom('flat', 'per_deed', 'hybrid', 'per_request'), fee: fc.integer({ min: 0, max: 999_999 }), price: fc.integer({ min: 0, max: 9_999 }), included: fc.integer({ min: 0, max: 500 }), minimum: fc.integer({ min: 0, max: 99_999 }),
  discount: fc.integer({ min: 0, max: 10_000 }), steps: fc.option(tierSteps), currency: fc.constantFrom('eur', 'jpy', 'kwd'), from: fc.integer({ min: 1, max: 31 }),
});
type Drawn = typeof anyTerms extends fc.Arbitrary<infer Value> ? Value : never;

/** Tiers as drawn: bounds rise, the last is open. */
function tiersText(steps: Drawn['steps'], mode: 'graduated' | 'volume'): string | null {
  let bound = 0;
  return steps && JSON.stringify({ mode, tiers: steps.map(({ width, price }, index) => ({ upTo: index === steps.length - 1 ? null : (bound += width), unitPrice: `0.${String(price).padStart(3, '0')}` })) });
}

function rowOf(drawn: Drawn, mode: 'graduated' | 'volume' = 'graduated'): PartnerContractRow {
  const price = `${drawn.price}.125`;
  return {
    ...flatContract, ...untaxed, pricingModel: drawn.model, flatFeeMinor: drawn.fee, perDeedPrice: price, per1000Price: price, includedUnits: drawn.included, minimumCommitmentMinor: drawn.minimum, discountBasisPoints: drawn.discount,
    currency: drawn.currency, tiers: tiersText(drawn.steps, mode), effectiveFrom: `2026-10-${String(drawn.from).padStart(2, '0')}`,
  };
}

const anyUsage = fc.record({ deeds: fc.nat(5_000), requests: fc.nat(3_000_000) });

describe('for any terms and usage', () => {
  test('more usage never costs less, unless a volume tier is reached', () => {
    fc.assert(fc.property(anyTerms, anyUsage, fc.nat(1_000), (drawn, usage, more) => {
      const row = rowOf(drawn);
      expect(rate(row, { deeds: usage.deeds + more, requests: usage.requests + more }).subtotalMinor).toBeGreaterThanOrEqual(rate(row, usage).subtotalMinor);
    }));
  });

  test('without usage only fee and minimum are charged, whatever the tiers', () => {
    fc.assert(fc.property(anyTerms, fc.constantFrom('graduated' as const, 'volume' as const), (drawn, mode) => {
      const { lines, subtotalMinor } = rate(rowOf(drawn, mode), noUsage);
      for (const line of lines.filter(({ kind }) => kind === 'usage')) expect([line.quantity, line.amountMinor]).toEqual(['0', 0]);
      const hasFee = drawn.model === 'flat' || drawn.model === 'hybrid';
      if (!hasFee) expect(subtotalMinor).toBe(lines.find(({ kind }) => kind === 'minimum')?.amountMinor ?? 0);
    }));
  });

  test('the subtotal never falls below the minimum of its days', () => {
    fc.assert(fc.property(anyTerms, anyUsage, (drawn, usage) => {
      const days = 32 - drawn.from;
      expect(rate(rowOf(drawn), usage).subtotalMinor).toBeGreaterThanOrEqual(Math.floor((drawn.minimum * days) / 31));
    }));
  });

  test('a month in parts is the sum of its parts, each rated by itself', () => {
    fc.assert(fc.property(anyTerms, anyTerms, fc.integer({ min: 2, max: 31 }), anyUsage, anyUsage, (one, other, day, before, after) => {
      const cut = `2026-10-${String(day).padStart(2, '0')}`;
      const parts = [
        { terms: termsOf({ ...rowOf({ ...one, from: 1 }), effectiveFrom: '2023-01-01', effectiveTo: cut }), usage: before },
        { terms: termsOf({ ...rowOf({ ...other, currency: one.currency }), effectiveFrom: cut }), usage: after },
      ];
      const whole = calculatePartnerInvoice(parts, october);
      const alone = parts.map((part) => calculatePartnerInvoice([part], october));
      expect(whole.subtotalMinor).toBe(alone.reduce((sum, part) => sum + part.subtotalMinor, 0));
      expect(whole.discountMinor).toBe(alone.reduce((sum, part) => sum + part.discountMinor, 0));
      expect(whole.lines.map((line) => line.amountMinor)).toEqual(alone.flatMap((part) => part.lines.map((line) => line.amountMinor)));
    }));
  });

  test('volume tiers with one price, graduated tiers with one price and a plain price are the same', () => {
    fc.assert(fc.property(anyTerms, anyUsage, fc.integer({ min: 0, max: 999 }), (drawn, usage, price) => {
      const steps = (drawn.steps ?? []).map((step) => ({ ...step, price }));
      const same = { ...drawn, model: 'per_deed' as const, steps: steps.length === 0 ? null : steps };
      if (same.steps === null) return;
      const plain = rate({ ...rowOf({ ...same, steps: null }), perDeedPrice: `0.${String(price).padStart(3, '0')}` }, usage).subtotalMinor;
      expect(rate(rowOf(same, 'volume'), usage).subtotalMinor).toBe(plain);
      // Each graduated line is rounded by itself: at most half a minor unit a line, after the discount no more.
      expect(Math.abs(rate(rowOf(same), usage).subtotalMinor - plain)).toBeLessThanOrEqual(steps.length);
    }));
  });
});
