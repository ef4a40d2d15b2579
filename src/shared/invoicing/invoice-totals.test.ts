import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { invoiceTotals, lineAmount, type TotalledLine, type TotalsInput } from './invoice-totals.ts';

const taxed = (amountMinor: number, basisPoints = 2_100, discountMinor = 0): TotalledLine => ({ amountMinor, discountMinor, tax: { treatment: 'standard', basisPoints } });
const plain: Omit<TotalsInput, 'lines'> = { discount: null, priceMode: 'exclusive', taxRounding: 'per-invoice', withholdingBasisPoints: 0 };

describe('totals', () => {
  test('1,393.50 + 21 % (292.64) − 15 % withholding (209.03) = 1,477.11', () => {
    expect(invoiceTotals({ ...plain, lines: [taxed(139_350)], withholdingBasisPoints: 1_500 })).toMatchObject({ subtotalMinor: 139_350, taxMinor: 29_264, withholdingMinor: 20_903, totalMinor: 168_614, payableMinor: 147_711 });
  });

  test('tax once per invoice and rate, or once per line', () => {
    const lines = [taxed(1_002, 2_000), taxed(1_002, 2_000), taxed(1_000, 500)];
    expect(invoiceTotals({ ...plain, lines }).taxes.map((share) => [share.basisPoints, share.baseMinor, share.amountMinor])).toEqual([[2_000, 2_004, 401], [500, 1_000, 50]]);
    expect(invoiceTotals({ ...plain, lines, taxRounding: 'per-line' }).taxMinor).toBe(200 + 200 + 50);
  });

  test('prices with their tax in them: 121.00 is 100.00 and 21.00', () => {
    expect(invoiceTotals({ ...plain, lines: [taxed(12_100)], priceMode: 'inclusive' })).toMatchObject({ subtotalMinor: 10_000, taxMinor: 2_100, totalMinor: 12_100 });
  });

  test('what is not taxed by the standard rules has no tax, whatever rate stands beside it', () => {
    expect(invoiceTotals({ ...plain, lines: [{ ...taxed(10_000), tax: { treatment: 'reverse-charge', basisPoints: 2_100 } }] })).toMatchObject({ taxMinor: 0, taxes: [{ treatment: 'reverse-charge', basisPoints: 0, baseMinor: 10_000, amountMinor: 0 }] });
  });

  test('a discount of the whole is borne by the lines in proportion, and tax is on what is left', () => {
    expect(invoiceTotals({ ...plain, lines: [taxed(30_000), taxed(10_000, 0)], discount: { kind: 'percentage', basisPoints: 1_000 } })).toMatchObject({ discountMinor: 4_000, subtotalMinor: 36_000, lineNets: [27_000, 9_000], taxMinor: 5_670 });
    expect(invoiceTotals({ ...plain, lines: [taxed(500)], discount: { kind: 'amount', amountMinor: 900 } })).toMatchObject({ discountMinor: 500, totalMinor: 0 });
  });

  test('quantity × price is rounded once, half away from zero', () => {
    expect([lineAmount('1.5', '0.333', 'usd'), lineAmount('-3', '0.005', 'usd'), lineAmount('3', '100', 'jpy'), lineAmount('2', '0.0005', 'kwd')]).toEqual([50, -2, 300, 1]);
  });

  const line = fc.record({ amountMinor: fc.integer({ min: -1_000_000, max: 100_000_000 }), discountMinor: fc.integer({ min: 0, max: 1_000 }), tax: fc.record({ treatment: fc.constantFrom('standard' as const, 'exempt' as const), basisPoints: fc.constantFrom(0, 750, 1_900, 2_100, 2_550) }) });
  test('always add up, line by line', () => {
    fc.assert(fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom('exclusive' as const, 'inclusive' as const), fc.constantFrom('per-invoice' as const, 'per-line' as const), fc.integer({ min: 0, max: 10_000 }), (lines, priceMode, taxRounding, discount) => {
      const totals = invoiceTotals({ lines, priceMode, taxRounding, withholdingBasisPoints: 1_500, discount: { kind: 'percentage', basisPoints: discount } });
      const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
      expect(sum(totals.lineNets)).toBe(totals.subtotalMinor);
      expect(sum(totals.lineDiscounts)).toBe(totals.discountMinor);
      expect(sum(totals.taxes.map((share) => share.baseMinor))).toBe(totals.subtotalMinor);
      expect([sum(totals.taxes.map((share) => share.amountMinor)), totals.subtotalMinor + totals.taxMinor, totals.totalMinor - totals.withholdingMinor]).toEqual([totals.taxMinor, totals.totalMinor, totals.payableMinor]);
      // What was written is what is charged: without tax where prices are without it, with it where they have it in them.
      expect(sum(lines.map((written) => written.amountMinor)) - totals.discountMinor).toBe(priceMode === 'inclusive' ? totals.totalMinor : totals.subtotalMinor);
    }));
  });
});
