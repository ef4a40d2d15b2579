import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { month } from '../../shared/calendar/local-date.ts';
import { minorUnits, negateMinorUnits } from '../../shared/money/money.ts';
import { parseContractTerms, type ContractTerms, type PartnerContractRow } from '../contracts/contract-terms.ts';
import { deedContract, flatContract, requestContract } from '../testing/billing-fixtures.ts';
import { billedPartOf, calculatePartnerInvoice, totalsOf, type MeteredUsage, type RateShare } from './partner-invoice-calculation.ts';

const october = month('2026-10');
const noUsage = { deeds: 0, requests: 0 };

function termsOf(row: PartnerContractRow): ContractTerms {
  const parsed = parseContractTerms(row);
  if (!parsed.isFine) throw new Error(parsed.problem.message);
  return parsed.terms;
}

/** October under the same terms from its first day to its last, or as much of it as the contract is in force. */
const wholeMonth = (row: PartnerContractRow, usage: MeteredUsage) => calculatePartnerInvoice([{ terms: termsOf(row), usage }], october);

const graduated = '{"mode":"graduated","tiers":[{"upTo":100,"unitPrice":"1"},{"upTo":200,"unitPrice":"0.8"},{"upTo":null,"unitPrice":"0.5"}]}';
const volume = graduated.replace('graduated', 'volume');
const hybrid = { ...flatContract, pricingModel: 'hybrid', flatFeeMinor: 50_000, perDeedPrice: '1.125', taxRateBasisPoints: 825, withholdingRateBasisPoints: 0 };
const perDeed = { ...deedContract, perDeedPrice: '1' };

describe('a partner’s month', () => {
  test('1393.50 + 21 % tax − 15 % withholding = 1477.11', () => {
    expect(wholeMonth(flatContract, noUsage)).toMatchObject({ subtotalMinor: 139_350, taxMinor: 29_264, totalMinor: 168_614, withholdingMinor: 20_903, dueMinor: 147_711 });
  });

  test.each<[string, PartnerContractRow, { deeds: number; requests: number }, number[], number]>([
    ['no requests cost nothing', requestContract, { deeds: 9, requests: 0 }, [0], 0],
    ['1 request is one block', requestContract, { deeds: 0, requests: 1 }, [150], 150],
    ['1000 requests are one block', requestContract, { deeds: 0, requests: 1_000 }, [150], 150],
    ['1001 requests are two blocks', requestContract, { deeds: 0, requests: 1_001 }, [300], 300],
    ['deeds at a sub-cent price, rounded once', deedContract, { deeds: 411, requests: 5 }, [119_396], 119_396],
    ['hybrid is fee plus deeds', hybrid, { deeds: 371, requests: 0 }, [50_000, 41_738], 91_738],
    ['included deeds are free', { ...perDeed, includedUnits: 100 }, { deeds: 130, requests: 0 }, [3_000], 3_000],
    ['fewer deeds than included', { ...perDeed, includedUnits: 100 }, { deeds: 30, requests: 0 }, [0], 0],
    ['included requests come off before blocks are counted', { ...requestContract, includedUnits: 500 }, { deeds: 0, requests: 1_500 }, [150], 150],
    ['graduated tiers price each deed in its tier', { ...perDeed, tiers: graduated }, { deeds: 250, requests: 0 }, [10_000, 8_000, 2_500], 20_500],
    ['graduated, exactly at the first bound', { ...perDeed, tiers: graduated }, { deeds: 100, requests: 0 }, [10_000], 10_000],
    ['graduated, nothing used', { ...perDeed, tiers: graduated }, noUsage, [0], 0],
    ['volume tiers price all deeds alike', { ...perDeed, tiers: volume }, { deeds: 250, requests: 0 }, [12_500], 12_500],
    ['volume, exactly at the first bound', { ...perDeed, tiers: volume }, { deeds: 100, requests: 0 }, [10_000], 10_000],
    ['tiers of requests count blocks', { ...requestContract, tiers: graduated }, { deeds: 0, requests: 100_001 }, [10_000, 80], 10_080],
    ['discount comes off the lines', { ...perDeed, discountBasisPoints: 1_000 }, { deeds: 55, requests: 0 }, [5_500], 4_950],
    ['the minimum is topped up, undiscounted', { ...perDeed, discountBasisPoints: 1_000, minimumCommitmentMinor: 10_000 }, { deeds: 55, requests: 0 }, [5_500, 5_050], 10_000],
    ['no top-up above the minimum', { ...perDeed, minimumCommitmentMinor: 5_000 }, { deeds: 55, requests: 0 }, [5_500], 5_500],
    ['yen have no cents', { ...deedContract, currency: 'jpy', perDeedPrice: '12.5' }, { deeds: 3, requests: 0 }, [38], 38],
    ['dinars have three decimals', { ...deedContract, currency: 'kwd', perDeedPrice: '0.0125' }, { deeds: 3, requests: 0 }, [38], 38],
  ])('%s', (_name, row, usage, amounts, subtotal) => {
    const calculation = wholeMonth(row, usage);
    expect(calculation.lines.map((line) => line.amountMinor)).toEqual(amounts);
    expect(calculation.subtotalMinor).toBe(subtotal);
  });

  test.each<[string, Partial<PartnerContractRow>, string, string]>([
    ['the whole month', {}, '2026-10-01', '2026-11-01'],
    ['from the 16th on', { effectiveFrom: '2026-10-16' }, '2026-10-16', '2026-11-01'],
    ['until the 8th (exclusive)', { effectiveTo: '2026-10-08' }, '2026-10-01', '2026-10-08'],
  ])('in force %s', (_name, change, start, end) => {
    expect(billedPartOf(termsOf({ ...flatContract, ...change }), october)).toEqual({ start, end });
  });

  test('a contract in force part of the month pays its days of fee, minimum, included units and tier bounds', () => {
    const sixteenDays = { effectiveFrom: '2026-10-16' };
    const fee = wholeMonth({ ...flatContract, ...sixteenDays }, noUsage);
    expect(fee.lines[0]).toMatchObject({ amountMinor: 71_923, fraction: { numerator: 16, denominator: 31 }, explanation: '1,393.50 USD × 16 of 31 days, rounded half away from zero' });
    const minimum = wholeMonth({ ...perDeed, ...sixteenDays, minimumCommitmentMinor: 31_000 }, { deeds: 10, requests: 0 });
    expect(minimum.lines.map((line) => line.amountMinor)).toEqual([1_000, 15_000]);
    const included = wholeMonth({ ...perDeed, ...sixteenDays, includedUnits: 100 }, { deeds: 60, requests: 0 });
    expect(included.subtotalMinor).toBe(900); // 100 × 16 ÷ 31 = 51.6 → 51 included
    const tiers = wholeMonth({ ...perDeed, ...sixteenDays, tiers: graduated }, { deeds: 60, requests: 0 });
    expect(tiers.lines.map((line) => line.quantity)).toEqual(['51', '9']);
  });

  test('every line says how it came about', () => {
    expect(wholeMonth({ ...requestContract, includedUnits: 500 }, { deeds: 0, requests: 61_001 }).lines[0]?.explanation).toBe('61,001 requests − 500 included → 61 started blocks of 1,000; 61 blocks × 1.50 USD');
    expect(wholeMonth(deedContract, { deeds: 411, requests: 0 }).lines[0]?.explanation).toBe('411 deeds × 2.905 EUR, rounded half away from zero');
  });

  test.each([['reverse-charge', 0], ['exempt', 0], ['outside-scope', 0], ['standard', 29_264]])('tax treatment %s', (taxTreatment, tax) => {
    expect(wholeMonth({ ...flatContract, taxTreatment }, noUsage).taxMinor).toBe(tax);
  });
});

const anyTerms = fc.record({
  model: fc.constantFrom('flat', 'per_deed', 'hybrid', 'per_request'), flatFeeMinor: fc.integer({ min: 0, max: 9_999_999 }), price: fc.integer({ min: 0, max: 99_999 }), currency: fc.constantFrom('usd', 'jpy', 'kwd'),
  includedUnits: fc.integer({ min: 0, max: 5_000 }), minimum: fc.integer({ min: 0, max: 500_000 }), discount: fc.integer({ min: 0, max: 10_000 }), tax: fc.integer({ min: 0, max: 10_000 }), withholding: fc.integer({ min: 0, max: 10_000 }),
  tiers: fc.constantFrom(null, graduated, volume), from: fc.integer({ min: 1, max: 28 }),
});

function rowOf(drawn: typeof anyTerms extends fc.Arbitrary<infer Value> ? Value : never): PartnerContractRow {
  const price = `${drawn.price}.375`;
  return {
    ...flatContract, pricingModel: drawn.model, flatFeeMinor: drawn.flatFeeMinor, perDeedPrice: price, per1000Price: price, currency: drawn.currency, includedUnits: drawn.includedUnits, minimumCommitmentMinor: drawn.minimum,
    discountBasisPoints: drawn.discount, taxRateBasisPoints: drawn.tax, withholdingRateBasisPoints: drawn.withholding, tiers: drawn.tiers, effectiveFrom: `2026-10-${String(drawn.from).padStart(2, '0')}`,
  };
}

describe('for any terms and usage', () => {
  test('the totals follow from the lines, and every amount is whole and not negative', () => {
    fc.assert(fc.property(anyTerms, fc.nat(2_000_000), fc.nat(2_000_000), (drawn, deeds, requests) => {
      const calculation = wholeMonth(rowOf(drawn), { deeds, requests });
      const lineSum = calculation.lines.reduce((sum, line) => sum + line.amountMinor, 0);
      expect(lineSum - calculation.discountMinor).toBe(calculation.subtotalMinor);
      expect(calculation.subtotalMinor + calculation.taxMinor).toBe(calculation.totalMinor);
      expect(calculation.totalMinor - calculation.withholdingMinor).toBe(calculation.dueMinor);
      for (const line of calculation.lines) expect(Number.isSafeInteger(line.amountMinor) && line.amountMinor >= 0).toBe(true);
    }));
  });

  test('graduated tiers bill every unit exactly once', () => {
    fc.assert(fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 28 }), (deeds, from) => {
      const calculation = wholeMonth({ ...perDeed, tiers: graduated, effectiveFrom: `2026-10-${String(from).padStart(2, '0')}` }, { deeds, requests: 0 });
      expect(calculation.lines.reduce((sum, line) => sum + Number(line.quantity), 0)).toBe(deeds);
    }));
  });

  test('a reversal is the exact negation', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -9_999_999, max: 9_999_999 }), { minLength: 1, maxLength: 6 }), fc.nat(10_000), fc.nat(10_000), fc.nat(100_000), (amounts, tax, withholding, discount) => {
      const terms = { taxTreatment: 'standard' as const, taxRateBasisPoints: tax, withholdingRateBasisPoints: withholding };
      const { taxes: forwardTaxes, withholdings: _, ...forward } = totalsOf([{ lines: amounts.map((amount) => ({ amountMinor: minorUnits(amount) })), discountMinor: minorUnits(discount), terms }]);
      const { taxes: backwardTaxes, withholdings: __, ...backward } = totalsOf([{ lines: amounts.map((amount) => ({ amountMinor: negateMinorUnits(amount) })), discountMinor: negateMinorUnits(discount), terms }]);
      expect(backward).toEqual(Object.fromEntries(Object.entries(forward).map(([name, amount]) => [name, negateMinorUnits(amount)])));
      expect(backwardTaxes).toEqual(forwardTaxes.map((share: RateShare) => ({ basisPoints: share.basisPoints, baseMinor: negateMinorUnits(share.baseMinor), amountMinor: negateMinorUnits(share.amountMinor) })));
    }));
  });
});

/** October as amended: each row from its day on, with what was used on its days. */
function amendedOctober(...parts: [from: string, row: PartnerContractRow, usage: MeteredUsage][]) {
  return calculatePartnerInvoice(
    parts.map(([effectiveFrom, row, usage], index) => ({ terms: termsOf({ ...row, effectiveFrom, effectiveTo: parts[index + 1]?.[0] ?? null }), usage })),
    october,
  );
}

/** From the first day of the contract on, long before October. */
const before = '2023-01-01';
const untaxed = { taxRateBasisPoints: 0, withholdingRateBasisPoints: 0 };
const flatOf = (flatFeeMinor: number): PartnerContractRow => ({ ...flatContract, ...untaxed, flatFeeMinor });

describe('an October with an amendment inside', () => {
  test.each<[string, Parameters<typeof amendedOctober>, number[], number]>([
    // 1,000.00 × 15 ÷ 31 = 483.870… → 483.87; 1,240.00 × 16 ÷ 31 = 640.00
    ['a higher fee from the 16th: each fee by its days', [[before, flatOf(100_000), noUsage], ['2026-10-16', flatOf(124_000), noUsage]], [48_387, 64_000], 112_387],
    // 310.00 × 30 ÷ 31 = 300.00; 620.00 × 1 ÷ 31 = 20.00
    ['on the last day: thirty days and one', [[before, flatOf(31_000), noUsage], ['2026-10-31', flatOf(62_000), noUsage]], [30_000, 2_000], 32_000],
    // 10, 10 and 11 days of 310.00, 620.00 and 930.00: 100.00 + 200.00 + 330.00
    ['and another: three parts', [[before, flatOf(31_000), noUsage], ['2026-10-11', flatOf(62_000), noUsage], ['2026-10-21', flatOf(93_000), noUsage]], [10_000, 20_000, 33_000], 63_000],
    // 40 × 1.00 + 70 × 0.90 = 40.00 + 63.00
    ['a lower price per deed: usage by its own day', [[before, perDeed, { deeds: 40, requests: 0 }], ['2026-10-16', { ...perDeed, perDeedPrice: '0.9' }, { deeds: 70, requests: 0 }]], [4_000, 6_300], 10_300],
    // 100 included × 15 ÷ 31 = 48.38… → 48, × 16 ÷ 31 = 51.61… → 51: (60 − 48) × 1.00 + (60 − 51) × 1.00
    ['the same included units on both sides: rounded down in each part', [[before, { ...perDeed, includedUnits: 100 }, { deeds: 60, requests: 0 }], ['2026-10-16', { ...perDeed, includedUnits: 100, discountBasisPoints: 0 }, { deeds: 60, requests: 0 }]], [1_200, 900], 2_100],
    // 1,001 requests → 2 blocks in the first part, 1 → 1 in the second; in one part 1,002 would be 2 blocks
    ['started blocks: rounded up once in each part', [[before, requestContract, { deeds: 0, requests: 1_001 }], ['2026-10-16', requestContract, { deeds: 0, requests: 1 }]], [300, 150], 450],
    // bounds 100 and 200 × 16 ÷ 31 = 51 and 103: 51 × 1.00 + 9 × 0.80 = 51.00 + 7.20; before the 16th 60 × 1.00
    ['graduated tiers from the 16th: bounds by days', [[before, perDeed, { deeds: 60, requests: 0 }], ['2026-10-16', { ...perDeed, tiers: graduated }, { deeds: 60, requests: 0 }]], [6_000, 5_100, 720], 11_820],
    // bound 100 × 15 ÷ 31 = 48: 49 deeds are beyond it, all at 0.80 = 39.20; then 10 × 1.00
    ['volume tiers until the 15th: bounds by days', [[before, { ...perDeed, tiers: volume }, { deeds: 49, requests: 0 }], ['2026-10-16', perDeed, { deeds: 10, requests: 0 }]], [3_920, 1_000], 4_920],
    // 310.00 × 15 ÷ 31 = 150.00: 10.00 charged, 140.00 to go; then 500 × 1.00 against 310.00 × 16 ÷ 31 = 160.00: nothing to go
    ['a minimum in each part: one part’s surplus does not fill the other', [[before, { ...perDeed, minimumCommitmentMinor: 31_000 }, { deeds: 10, requests: 0 }], ['2026-10-16', { ...perDeed, minimumCommitmentMinor: 31_000 }, { deeds: 500, requests: 0 }]], [1_000, 14_000, 50_000], 65_000],
    // 100 × 1.00 less 10 % = 90.00 against 150.00: 60.00 to go, itself undiscounted; then 100 × 1.00 less nothing
    ['a discount until the 15th: the top-up is undiscounted', [[before, { ...perDeed, discountBasisPoints: 1_000, minimumCommitmentMinor: 31_000 }, { deeds: 100, requests: 0 }], ['2026-10-16', perDeed, { deeds: 100, requests: 0 }]], [10_000, 6_000, 10_000], 25_000],
    // 1,000.00 × 15 ÷ 31 = 483.87; then 3 blocks × 1.50
    ['from a flat fee to a price per 1,000 requests', [[before, flatOf(100_000), { deeds: 0, requests: 9_000 }], ['2026-10-16', requestContract, { deeds: 0, requests: 2_500 }]], [48_387, 450], 48_837],
    // yen: 1,000 × 15 ÷ 31 = 483.87… → 484, 1,000 × 16 ÷ 31 = 516.12… → 516
    ['in yen', [[before, { ...flatOf(1_000), currency: 'jpy' }, noUsage], ['2026-10-16', { ...flatOf(1_000), currency: 'jpy' }, noUsage]], [484, 516], 1_000],
  ])('%s', (_name, parts, amounts, subtotal) => {
    const calculation = amendedOctober(...parts);
    expect(calculation.lines.map((line) => line.amountMinor)).toEqual(amounts);
    expect(calculation.subtotalMinor).toBe(subtotal);
    expect([calculation.billingStart, calculation.billingEnd]).toEqual(['2026-10-01', '2026-11-01']);
  });

  test('the contract’s end counts too: the last part ends with it', () => {
    const ending = calculatePartnerInvoice([{ terms: termsOf({ ...flatOf(31_000), effectiveTo: '2026-10-11' }), usage: noUsage }, { terms: termsOf({ ...flatOf(62_000), effectiveFrom: '2026-10-11', effectiveTo: '2026-10-21' }), usage: noUsage }], october);
    expect([ending.billingStart, ending.billingEnd, ending.subtotalMinor]).toEqual(['2026-10-01', '2026-10-21', 30_000]);
  });

  test('both parts are shown with their days, and every explanation names its part', () => {
    const { lines } = amendedOctober([before, { ...hybrid, minimumCommitmentMinor: 31_000_000 }, { deeds: 10, requests: 0 }], ['2026-10-16', hybrid, { deeds: 20, requests: 0 }]);
    expect(lines.map((line) => [line.description, line.explanation])).toEqual([
      ['API access, 1 to 15 October 2026', '1 to 15 October: 500.00 USD × 15 of 31 days, rounded half away from zero'],
      ['Deeds filed, 1 to 15 October 2026', '1 to 15 October: 10 deeds × 1.125 USD'],
      ['Minimum commitment, 1 to 15 October 2026', '1 to 15 October: Minimum 150,000.00 USD (310,000.00 USD × 15 of 31 days) − 253.19 USD charged after discount'],
      ['API access, 16 to 31 October 2026', '16 to 31 October: 500.00 USD × 16 of 31 days, rounded half away from zero'],
      ['Deeds filed, 16 to 31 October 2026', '16 to 31 October: 20 deeds × 1.125 USD'],
    ]);
    expect(lines.map((line) => line.fraction)).toEqual([15, 15, 15, 16, 16].map((numerator) => ({ numerator, denominator: 31 })));
  });

  test('other rates from the 16th: tax and withholding once per rate, on what its parts come to', () => {
    const at = (taxRateBasisPoints: number, withholdingRateBasisPoints: number) => ({ ...flatOf(31_000), taxRateBasisPoints, withholdingRateBasisPoints });
    const calculation = amendedOctober([before, at(2_100, 1_500), noUsage], ['2026-10-16', at(1_000, 1_500), noUsage]);
    // 150.00 × 21 % = 31.50, 160.00 × 10 % = 16.00; one rate of withholding: 310.00 × 15 % = 46.50
    expect(calculation.taxes).toEqual([{ basisPoints: 2_100, baseMinor: 15_000, amountMinor: 3_150 }, { basisPoints: 1_000, baseMinor: 16_000, amountMinor: 1_600 }]);
    expect(calculation.withholdings).toEqual([{ basisPoints: 1_500, baseMinor: 31_000, amountMinor: 4_650 }]);
    expect(calculation).toMatchObject({ subtotalMinor: 31_000, taxMinor: 4_750, totalMinor: 35_750, withholdingMinor: 4_650, dueMinor: 31_100 });
  });

  test('the same rate on both sides is rounded once, not twice', () => {
    // 0.05 + 0.05 = 0.10 × 5 % = 0.005 → 0.01; by part 0.0025 → 0.00 twice
    const cheap = { ...perDeed, taxTreatment: 'standard', taxRateBasisPoints: 500, perDeedPrice: '0.05' };
    expect(amendedOctober([before, cheap, { deeds: 1, requests: 0 }], ['2026-10-16', cheap, { deeds: 1, requests: 0 }]).taxMinor).toBe(1);
  });

  test('units are those of both parts where both count alike, else those the last part counts', () => {
    expect(amendedOctober([before, perDeed, { deeds: 40, requests: 3 }], ['2026-10-16', hybrid, { deeds: 2, requests: 3 }]).units).toBe(42);
    expect(amendedOctober([before, perDeed, { deeds: 40, requests: 3 }], ['2026-10-16', requestContract, { deeds: 2, requests: 3 }]).units).toBe(3);
  });
});

test('cut anywhere, a flat month under unchanged terms comes to the same within a minor unit for each cut', () => {
  fc.assert(fc.property(fc.nat(10_000_000), fc.uniqueArray(fc.integer({ min: 2, max: 31 }), { minLength: 1, maxLength: 4 }), (fee, cuts) => {
    const days = cuts.toSorted((a, b) => a - b).map((day) => `2026-10-${String(day).padStart(2, '0')}`);
    const whole = wholeMonth(flatOf(fee), noUsage).subtotalMinor;
    const cut = amendedOctober([before, flatOf(fee), noUsage], ...days.map((day): [string, PartnerContractRow, MeteredUsage] => [day, flatOf(fee), noUsage])).subtotalMinor;
    expect(Math.abs(cut - whole)).toBeLessThanOrEqual(cuts.length);
  }));
});
