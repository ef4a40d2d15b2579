import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import { convertMinorUnits, parseDecimal } from '../../shared/money/money.ts';
import { crossRateDecimals, daysLeftOut, divideRates, planImport, ratesInto, type KnownRates, type RateRow } from './exchange-rate-import-calculation.ts';

const day = localDate;
const published = { base: 'eur', days: [{ on: day('2026-11-18'), perBase: new Map([['usd', '1.0850'], ['jpy', '169.25'], ['kwd', '0.3330']]) }] };

describe('cross rates', () => {
  it('into dollars: the euro’s as published, the others through it', () => {
    expect(ratesInto('usd', published)).toEqual([
      { base: 'eur', on: '2026-11-18', rate: '1.085' },
      { base: 'jpy', on: '2026-11-18', rate: '0.006410635155' },
      { base: 'kwd', on: '2026-11-18', rate: '3.258258258258' },
    ]);
  });

  it('into euros: one divided by what is published', () => {
    expect(ratesInto('eur', published).map(({ base, rate }) => [base, rate])).toEqual([['usd', '0.921658986175'], ['jpy', '0.005908419498'], ['kwd', '3.003003003003']]);
  });

  it('gives nothing for a day on which the ledger’s own currency has no rate', () => {
    expect(ratesInto('gbp', published)).toEqual([]);
  });

  it.each([
    ['29.99 dollars are 27.59 euros at 0.92', 2_999, 'usd', 'eur', '0.92', 2_759],
    ['1,000 yen are 6.41 dollars', 1_000, 'jpy', 'usd', divideRates('1.0850', '169.25'), 641],
    ['100 dinars are 325.83 dollars', 100_000, 'kwd', 'usd', divideRates('1.0850', '0.3330'), 32_583],
  ])('convert: %s', (_name, amount, from, to, rate, expected) => {
    expect(convertMinorUnits(amount, from, to, rate, 'half-away-from-zero')).toBe(expected);
  });

  it('are off by at most half of the last decimal, and round halves away from zero', () => {
    expect(divideRates('1', '3')).toBe('0.333333333333');
    expect(divideRates('2', '3')).toBe('0.666666666667');
    expect(divideRates('0.000000000001', '2')).toBe('0.000000000001');
    const rate = fc.tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: 0, max: 6 })).map(([digits, places]) => { const text = String(digits).padStart(places + 1, '0'); return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`; });
    fc.assert(fc.property(rate, rate, (one, other) => {
      const [a, b, q] = [parseDecimal(one), parseDecimal(other), parseDecimal(divideRates(one, other))];
      // |a/b − q| ≤ 10^−12 / 2, in whole numbers.
      const difference = a.numerator * b.denominator * q.denominator - q.numerator * a.denominator * b.numerator;
      const scale = a.denominator * b.numerator * q.denominator;
      return (difference < 0n ? -difference : difference) * 2n * 10n ** BigInt(crossRateDecimals) <= scale;
    }));
  });
});

describe('what an import changes', () => {
  const row = (on: string, rate: string, base = 'eur'): RateRow => ({ base, on: day(on), rate });
  const known = (isBooked: boolean): ReadonlyMap<string, KnownRates> => new Map([['eur', { first: '2026-11-16', last: '2026-11-20', byDay: new Map([['2026-11-16', '1.08'], ['2026-11-20', '1.1']]), isBooked }]]);
  const rows = [row('2026-11-13', '1.07'), row('2026-11-12', '1.06'), row('2026-11-16', '1.08'), row('2026-11-18', '1.09'), row('2026-11-20', '1.11'), row('2026-11-24', '1.13'), row('2026-11-23', '1.12'), row('2026-11-23', '0.0067', 'jpy')];

  it('with the currency in the books: days at both ends come in, what stands stays and is said', () => {
    const plan = planImport(rows, known(true));
    expect(plan.toSave.map(({ base, on }) => `${base} ${on}`)).toEqual(['eur 2026-11-23', 'jpy 2026-11-23', 'eur 2026-11-24', 'eur 2026-11-13', 'eur 2026-11-12']);
    expect([plan.added, plan.corrected, plan.unchanged]).toEqual([5, 0, 1]);
    expect(plan.differing).toEqual([{ base: 'eur', on: '2026-11-20', known: '1.1', published: '1.11' }]);
    expect(plan.late).toEqual([{ base: 'eur', on: '2026-11-18', known: null, published: '1.09' }]);
  });

  it('with nothing booked in it: a day is filled in, another figure corrects the old one', () => {
    const plan = planImport(rows, known(false));
    expect([plan.added, plan.corrected, plan.unchanged, plan.differing, plan.late]).toEqual([6, 1, 1, [], []]);
  });

  it('leaves no hole wherever it is cut off', () => {
    const plan = planImport(rows, known(true));
    for (let cut = 0; cut <= plan.toSave.length; cut += 1) {
      const there = new Set(['2026-11-16', '2026-11-20', ...plan.toSave.slice(0, cut).filter(({ base }) => base === 'eur').map(({ on }) => on as string)]);
      const [first, last] = [[...there].toSorted()[0] ?? '', [...there].toSorted().at(-1) ?? ''];
      expect(plan.toSave.filter(({ base, on }) => base === 'eur' && on > first && on < last && !there.has(on))).toEqual([]);
    }
  });
});

describe('days a file leaves out', () => {
  const weekdays = (on: LocalDate): boolean => ![0, 6].includes(new Date(`${on}T00:00:00Z`).getUTCDay());
  const known = { first: day('2026-11-09'), last: day('2026-11-13') };
  it.each([
    ['Monday after Friday', '2026-11-16', '2026-11-16', []],
    ['Wednesday after Friday', '2026-11-18', '2026-11-18', ['2026-11-16', '2026-11-17']],
    ['one that overlaps', '2026-11-02', '2026-11-18', []],
    ['one that ends before what is known', '2026-11-02', '2026-11-04', ['2026-11-05', '2026-11-06']],
    ['one that ends right before it', '2026-11-02', '2026-11-06', []],
  ])('%s', (_name, first, last, expected) => {
    expect(daysLeftOut(known, { first: day(first), last: day(last) }, weekdays)).toEqual(expected);
  });
});
