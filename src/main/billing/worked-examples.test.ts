/**
 * Published worked examples whose rule is one of ours, with their publishers' numbers (docs/worked-examples.md lists the others with the reason). Where the material lies beside the
 * repository, each is held against its own line there, and no example may be missing from both lists. More of them stand in published-examples.test.ts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { month } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { parseContractTerms, type ContractTerms, type PartnerContractRow } from '../contracts/contract-terms.ts';
import { applicationRoot } from '../platform/resources.ts';
import { flatContract } from '../testing/billing-fixtures.ts';
import { calculatePartnerInvoice, totalsOf } from './partner-invoice-calculation.ts';

const page = [process.env['DAYBOOK_SHARED'], resolve(import.meta.dirname, '../../../../shared'), resolve(import.meta.dirname, '../../../../../shared')]
  .filter((folder) => folder !== undefined).map((folder) => join(folder, 'data', 'examples', 'worked-examples.md')).find((file) => existsSync(file));

const untaxed = { ...flatContract, taxRateBasisPoints: 0, withholdingRateBasisPoints: 0 };

function termsOf(row: Partial<PartnerContractRow>): ContractTerms {
  const parsed = parseContractTerms({ ...untaxed, ...row });
  if (!parsed.isFine) throw new Error(parsed.problem.message);
  return parsed.terms;
}
const rate = (row: Partial<PartnerContractRow>, deeds = 0, inMonth = '2026-10') => calculatePartnerInvoice([{ terms: termsOf(row), usage: { deeds, requests: 0 } }], month(inMonth));
const tiers = (mode: 'graduated' | 'volume', ...steps: [upTo: number | null, unitPrice: string][]): Partial<PartnerContractRow> => ({ pricingModel: 'per_deed', tiers: JSON.stringify({ mode, tiers: steps.map(([upTo, unitPrice]) => ({ upTo, unitPrice })) }) });
const noUse = { deeds: 0, requests: 0 };

/** A flat fee of June's thirty days that becomes another on the 16th. */
const halfway = (before: number, after: number) => calculatePartnerInvoice([{ terms: termsOf({ flatFeeMinor: before, effectiveTo: '2026-06-16' }), usage: noUse }, { terms: termsOf({ flatFeeMinor: after, effectiveFrom: '2026-06-16' }), usage: noUse }], month('2026-06')).subtotalMinor;

interface Example {
  readonly id: string;
  readonly name: string;
  /** What the page says, so that a typing error here shows. */
  readonly says: readonly string[];
  readonly ours: () => unknown;
  readonly theirs: unknown;
}

const examples: readonly Example[] = [
  { id: 'A39', name: 'tax on top of a fee', says: ['10% on monthly 31.00', '34.10', '3.10'], ours: () => rate({ flatFeeMinor: 3_100, taxRateBasisPoints: 1_000 }), theirs: { subtotalMinor: 3_100, taxMinor: 310, totalMinor: 3_410 } },
  { id: 'C1', name: 'a fee that doubles halfway costs half of the difference more', says: ['10/mo -> 20/mo', 'net +5.00'], ours: () => halfway(1_000, 2_000) - 1_000, theirs: 500 },
  { id: 'C9', name: 'a month begun on the 8th, with tax', says: ['24/31', '4645'], ours: () => rate({ flatFeeMinor: 5_000, taxRateBasisPoints: 2_000, effectiveFrom: '2026-01-08' }, 0, '2026-01'), theirs: { totalMinor: 4_645 } },
  {
    id: 'C9', name: 'a month that ends on the 25th: what is left of the whole', says: ['536 + tax 107 = 643', '3/28'],
    ours: () => { const [whole, part] = [rate({ flatFeeMinor: 5_000, taxRateBasisPoints: 2_000 }, 0, '2026-02'), rate({ flatFeeMinor: 5_000, taxRateBasisPoints: 2_000, effectiveTo: '2026-02-26' }, 0, '2026-02')]; return [whole.subtotalMinor - part.subtotalMinor, whole.taxMinor - part.taxMinor, whole.totalMinor - part.totalMinor]; },
    theirs: [536, 107, 643],
  },
  { id: 'C11', name: 'one day of 31', says: ['32 cents (1000/31)'], ours: () => rate({ flatFeeMinor: 1_000, effectiveFrom: '2026-10-31' }).subtotalMinor, theirs: 32 },
  { id: 'C17', name: 'from 20 to 50 halfway', says: ['20 -> 50 halfway -> 15'], ours: () => halfway(2_000, 5_000) - 2_000, theirs: 1_500 },
  {
    id: 'D13', name: 'two units, each in all its tiers', says: ['739.40', '1500 min + 2048 MB'],
    ours: () => rate(tiers('graduated', [100, '1'], [null, '0.5']), 150).subtotalMinor + rate(tiers('graduated', [1_024, '0.5'], [null, '0.1']), 2_048).subtotalMinor, theirs: 73_940,
  },
  { id: 'D13', name: 'two units, each at the tier reached', says: ['279.80'], ours: () => rate(tiers('volume', [100, '1'], [null, '0.5']), 150).subtotalMinor + rate(tiers('volume', [1_024, '0.5'], [null, '0.1']), 2_048).subtotalMinor, theirs: 27_980 },
  { id: 'E9', name: 'zero rated', says: ['10 x 120.00 GBP', '1,200.00'], ours: () => rate({ pricingModel: 'per_deed', perDeedPrice: '120', currency: 'gbp' }, 10), theirs: { taxMinor: 0, totalMinor: 120_000 } },
  {
    id: 'E11', name: 'a discount on fees of several rates, then tax once per rate', says: ['coupon 1,000', '1,900', '19,000', '20,900'],
    ours: () => totalsOf([[10_000, 500, 1_000], [5_000, 250, 0], [3_000, 150, 2_000], [2_000, 100, 2_000]].map(([amount = 0, discount = 0, rateBasisPoints = 0]) => ({ lines: [{ amountMinor: minorUnits(amount) }], discountMinor: minorUnits(discount), terms: { taxTreatment: 'standard', taxRateBasisPoints: rateBasisPoints, withholdingRateBasisPoints: 0 } }))),
    theirs: { subtotalMinor: 19_000, taxMinor: 1_900, totalMinor: 20_900 },
  },
  {
    id: 'E15', name: 'one day of thirty is kept of a fee with tax', says: ['19,333 + 4,833 = 24,166'],
    ours: () => { const [whole, day] = [rate({ flatFeeMinor: 20_000, taxRateBasisPoints: 2_500 }, 0, '2026-09'), rate({ flatFeeMinor: 20_000, taxRateBasisPoints: 2_500, effectiveTo: '2026-09-02' }, 0, '2026-09')]; return [whole.subtotalMinor - day.subtotalMinor, whole.taxMinor - day.taxMinor, whole.totalMinor - day.totalMinor]; },
    theirs: [19_333, 4_833, 24_166],
  },
  {
    id: 'E23', name: 'an exempt line less an allowance', says: ['Exempt line 4.20 less document allowance 1.26', '2.94'],
    ours: () => totalsOf([{ lines: [{ amountMinor: minorUnits(420) }], discountMinor: minorUnits(126), terms: { taxTreatment: 'exempt', taxRateBasisPoints: 2_000, withholdingRateBasisPoints: 0 } }]), theirs: { subtotalMinor: 294, taxMinor: 0, totalMinor: 294 },
  },
  // Those of published-examples.test.ts, so that they hold where the page is not at hand.
  { id: 'D1', name: 'volume tiers', says: ['20 -> 120'], ours: () => rate(tiers('volume', [5, '7'], [10, '6.5'], [null, '6']), 20).subtotalMinor, theirs: 12_000 },
  { id: 'D5', name: 'graduated tiers below a cent', says: ['15,000 -> 107.00'], ours: () => rate(tiers('graduated', [1_000, '0.01'], [10_000, '0.008'], [null, '0.005']), 15_000).subtotalMinor, theirs: 10_700 },
  { id: 'D7', name: 'volume tiers beside a fee', says: ['+ 10 fixed -> 49.00'], ours: () => rate({ ...tiers('volume', [50_000, '0.001'], [100_000, '0.0006'], [null, '0.0004']), pricingModel: 'hybrid', flatFeeMinor: 1_000 }, 65_000).subtotalMinor, theirs: 4_900 },
  { id: 'D17', name: 'a minimum by days with tax', says: ['true-up 93 cents', '160 + 19'], ours: () => rate({ pricingModel: 'per_deed', perDeedPrice: '1', minimumCommitmentMinor: 1_000, effectiveFrom: '2026-02-04', taxRateBasisPoints: 2_000 }, 8, '2026-02'), theirs: { subtotalMinor: 893, taxMinor: 179 } },
];

describe('published examples whose rule is ours', () => {
  test.each(examples.map((example) => [`${example.id}: ${example.name}`, example] as const))('%s', (_name, { ours, theirs }) => {
    const result = ours();
    if (typeof theirs === 'object' && !Array.isArray(theirs)) expect(result).toMatchObject(theirs as object);
    else expect(result).toEqual(theirs);
  });
});

describe.skipIf(page === undefined)('the page of examples (skipped unless the material lies beside the repository or DAYBOOK_SHARED names it)', () => {
  const lines = page === undefined ? [] : readFileSync(page, 'utf8').split('\n');
  const blocks = new Map<string, string>();
  let current = '';
  for (const line of lines) {
    const id = /^([A-G]\d+)\. /.exec(line)?.[1];
    if (line.startsWith('#')) current = '';
    else if (id !== undefined) blocks.set((current = id), line);
    else if (current !== '') blocks.set(current, `${blocks.get(current) ?? ''}\n${line}`);
  }

  test('says what is held here', () => {
    for (const { id, says } of examples) for (const text of says) expect(`${id}: ${blocks.get(id) ?? ''}`).toContain(text);
  });

  test('has no checked example on invoices, tiers, minimums, rounding or tax that is neither held nor listed with a reason', () => {
    const told = readFileSync(join(applicationRoot(), 'docs', 'worked-examples.md'), 'utf8');
    const named = new Set([...told.matchAll(/^\| ((?:[A-G]\d+(?:, )?)+) \|/gm)].flatMap(([, ids = '']) => ids.split(', ')));
    const checked = [...blocks].filter(([id, text]) => /^[C-G]/.test(id) && /\bOK\b/.test(text)).map(([id]) => id);
    expect(checked.length).toBeGreaterThan(25);
    expect(checked.filter((id) => !named.has(id))).toEqual([]);
    const tested = new Set(examples.map(({ id }) => id));
    expect([...tested].filter((id) => !named.has(id))).toEqual([]);
  });
});
