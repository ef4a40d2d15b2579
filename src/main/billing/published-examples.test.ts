/** Worked examples that others published, where their rule is one of ours: inputs are theirs, so are the results, read from the page itself. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { month } from '../../shared/calendar/local-date.ts';
import { minorUnits, zeroMinorUnits } from '../../shared/money/money.ts';
import { parseContractTerms, type PartnerContractRow } from '../contracts/contract-terms.ts';
import { flatContract } from '../testing/billing-fixtures.ts';
import { calculatePartnerInvoice, totalsOf } from './partner-invoice-calculation.ts';

const page = [process.env['DAYBOOK_SHARED'], resolve(import.meta.dirname, '../../../../shared'), resolve(import.meta.dirname, '../../../../../shared')]
  .filter((folder) => folder !== undefined).map((folder) => join(folder, 'data', 'examples', 'worked-examples.md')).find((file) => existsSync(file));

/** An example's own line. */
function example(id: string): string {
  const line = readFileSync(page ?? '', 'utf8').split('\n').find((candidate) => candidate.startsWith(`${id}. `));
  if (!line) throw new Error(`The page has no example ${id}.`);
  return line;
}

/** The groups of a pattern in an example's line, as numbers of cents. */
function centsIn(id: string, pattern: RegExp): number[] {
  const match = pattern.exec(example(id));
  if (!match) throw new Error(`${id} is not as expected: ${example(id)}`);
  return match.slice(1).map((text) => Math.round(Number(text.replaceAll(',', '')) * 100));
}

const untaxed = { ...flatContract, taxRateBasisPoints: 0, withholdingRateBasisPoints: 0 };
const rate = (row: Partial<PartnerContractRow>, deeds: number, inMonth = '2026-10') => {
  const parsed = parseContractTerms({ ...untaxed, ...row });
  if (!parsed.isFine) throw new Error(parsed.problem.message);
  return calculatePartnerInvoice([{ terms: parsed.terms, usage: { deeds, requests: 0 } }], month(inMonth));
};
const tiers = (mode: 'graduated' | 'volume', ...steps: [upTo: number | null, unitPrice: string][]): Partial<PartnerContractRow> => ({ pricingModel: 'per_deed', tiers: JSON.stringify({ mode, tiers: steps.map(([upTo, unitPrice]) => ({ upTo, unitPrice })) }) });
const rated = (percent: number) => ({ taxTreatment: 'standard' as const, taxRateBasisPoints: percent * 100, withholdingRateBasisPoints: 0 });
const chargeOf = (cents: number, percent: number) => ({ lines: [{ amountMinor: minorUnits(cents) }], discountMinor: zeroMinorUnits, terms: rated(percent) });

describe.skipIf(page === undefined)('published examples (skipped unless the material lies beside the repository or DAYBOOK_SHARED names it)', () => {
  test('volume tiers, by quantity (D1)', () => {
    const results = [...example('D1').matchAll(/(\d+) -> (\d+)/g)].map(([, quantity, amount]) => [Number(quantity), Number(amount) * 100]);
    expect(results).toHaveLength(5);
    expect(results.map(([quantity = 0]) => [quantity, rate(tiers('volume', [5, '7'], [10, '6.5'], [null, '6']), quantity).subtotalMinor])).toEqual(results);
  });

  test('graduated tiers below a cent (D5)', () => {
    const [total] = centsIn('D5', /15,000 -> (\d+(?:\.\d+)?)/);
    expect(rate(tiers('graduated', [1_000, '0.01'], [10_000, '0.008'], [null, '0.005']), 15_000).subtotalMinor).toBe(total);
  });

  test('volume tiers beside a fee (D7)', () => {
    const [fee, total] = centsIn('D7', /\+ (\d+) fixed -> (\d+(?:\.\d+)?)/);
    expect(rate({ ...tiers('volume', [50_000, '0.001'], [100_000, '0.0006'], [null, '0.0004']), pricingModel: 'hybrid', flatFeeMinor: fee ?? 0 }, 65_000).subtotalMinor).toBe(total);
  });

  test('a minimum with its top-up, whole and by days, with tax (D17)', () => {
    const [committed, used, topUp] = centsIn('D17', /committed (\d+), used (\d+) -> true-up (\d+)/);
    expect(rate({ pricingModel: 'per_deed', perDeedPrice: '1', minimumCommitmentMinor: committed ?? 0 }, (used ?? 0) / 100).lines.map((line) => line.amountMinor)).toEqual([used, topUp]);
    const [, , prorated, taxOfUse, taxOfTopUp] = centsIn('D17', /minimum (\d+(?:\.\d+)?), used (\d+(?:\.\d+)?), 25 of 28 days -> true-up (\d+) cents .*tax 20%: (\d+) \+ (\d+)/);
    const month28 = rate({ pricingModel: 'per_deed', perDeedPrice: '1', minimumCommitmentMinor: 1_000, effectiveFrom: '2026-02-04', taxRateBasisPoints: 2_000 }, 8, '2026-02');
    expect(month28.lines.map((line) => line.amountMinor)).toEqual([800, (prorated ?? 0) / 100]);
    expect(month28.taxMinor).toBe(((taxOfUse ?? 0) + (taxOfTopUp ?? 0)) / 100);
  });

  test('tax once on the document, not per line (E3)', () => {
    const [net, tax, gross] = centsIn('E3', /document (\d+(?:\.\d+)?) \+ (\d+(?:\.\d+)?) = (\d+(?:\.\d+)?)/);
    expect(totalsOf([{ ...chargeOf(0, 20), lines: Array.from({ length: 10 }, () => ({ amountMinor: minorUnits(1_131) })) }])).toMatchObject({ subtotalMinor: net, taxMinor: tax, totalMinor: gross });
  });

  test('tax once per rate (E7)', () => {
    const [at25, tax25, at15, tax15, tax] = centsIn('E7', /taxable 25% ([\d,]+) -> ([\d,]+); taxable 15% ([\d,]+) -> ([\d,]+); VAT ([\d,]+)/);
    const totals = totalsOf([chargeOf(400_000, 25), chargeOf(200_000, 15), chargeOf(100_000, 25)]);
    expect(totals.taxes).toEqual([{ basisPoints: 2_500, baseMinor: at25, amountMinor: tax25 }, { basisPoints: 1_500, baseMinor: at15, amountMinor: tax15 }]);
    expect(totals.taxMinor).toBe(tax);
  });

  test('tax rounded half away from zero, a reversal its exact negation (E19, E21)', () => {
    const [base, tax] = centsIn('E19', /once per category: (\d[\d,]*(?:\.\d+)?) at 15% = [\d,.]+ -> (\d[\d,]*(?:\.\d+)?)/);
    expect(totalsOf([chargeOf(base ?? 0, 15)]).taxMinor).toBe(tax);
    const [original] = centsIn('E21', /original positive invoice (\d[\d,]*(?:\.\d+)?)/);
    expect([totalsOf([chargeOf(761_250, 19)]).taxMinor, totalsOf([chargeOf(-761_250, 19)]).taxMinor]).toEqual([original, -(original ?? 0)]);
  });
});
