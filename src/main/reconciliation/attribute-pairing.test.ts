import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import { pairByAttributes, pairName, pairingPolicy, type PairSide } from './attribute-pairing.ts';

const noonMs = Date.UTC(2026, 10, 10, 17);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const none = { isDayOnly: false, linked: new Set<string>(), refused: new Set<string>() } as const;
const onDay = (at: number): LocalDate => localDate(new Date(at - 5 * hourMs).toISOString().slice(0, 10));
const side = (key: string, changes: Partial<PairSide> = {}): PairSide => {
  const at = changes.at ?? noonMs;
  return { key, kind: 'payment', amountMinor: 10_000, feeMinor: 320, currency: 'usd', status: 'succeeded', on: onDay(at), ...changes, at };
};
const names = (pairs: readonly { readonly lacking: PairSide; readonly stray: PairSide }[]): string[] => pairs.map(({ lacking, stray }) => pairName(lacking.key, stray.key)).toSorted();

describe('a payment that a store lacks and a record that Stripe does not list', () => {
  it('are one where everything but the id agrees, with score and reasons, and never quite certain', () => {
    expect(pairByAttributes([side('txn')], [side('row')], none)).toEqual([{ lacking: side('txn'), stray: side('row'), differs: [], score: 9_900, reasons: ['The same amount in the same currency.', 'At the same moment.', 'The same fee.', 'The same status.', 'Nothing else fits either of them.'] }]);
  });

  const cases: readonly [name: string, stray: Partial<PairSide>, differs: readonly string[] | null, score?: number][] = [
    ['a minute later', { at: noonMs + minuteMs }, [], 9_900], ['hours later on the same day', { at: noonMs + 3 * hourMs }, [], 9_500], ['the next day', { at: noonMs + 20 * hourMs }, [], 9_100],
    ['more than a day later', { at: noonMs + 24 * hourMs + 1 }, null], ['the next day with another fee', { at: noonMs + 20 * hourMs, feeMinor: 300 }, ['fee'], 8_100], ['with another status', { status: 'pending' }, ['status'], 9_400],
    ['with another amount and the same fee at the same moment', { amountMinor: 10_900 }, ['amount'], 8_400], ['with another amount an hour later', { amountMinor: 10_900, at: noonMs + hourMs }, null], ['with another amount and another fee', { amountMinor: 10_900, feeMinor: 346 }, null],
    ['in another currency at the same moment', { currency: 'eur' }, ['currency'], 8_400], ['in another currency an hour later', { currency: 'eur', at: noonMs + hourMs }, null], ['with another fee and another status', { feeMinor: 1, status: 'pending' }, null],
    ['of another kind', { kind: 'refund' }, null], ['of the other direction', { amountMinor: -10_000 }, null],
  ];
  it.each(cases)('%s', (_name, changes, differs, score) => {
    const [pair] = pairByAttributes([side('txn')], [side('row', changes)], none);
    expect(pair ? { differs: pair.differs, score: pair.score } : null).toEqual(differs && { differs, score });
  });

  it('without a fee, the same moment says nothing of two amounts', () => {
    expect(pairByAttributes([side('txn', { feeMinor: 0 })], [side('row', { feeMinor: 0, amountMinor: 9_000 })], none)).toEqual([]);
  });
  it('on both sides of a month’s end the month is named', () => {
    const at = Date.UTC(2026, 10, 1, 4, 30);
    expect(pairByAttributes([side('txn', { at })], [side('row', { at: at + hourMs })], none)[0]?.differs).toEqual(['month']);
  });
  it('where only days are known, the same day is no moment: it speaks for no other amount', () => {
    const byDay = { ...none, isDayOnly: true };
    const [one, other] = [side('txn', { status: null }), side('entry', { status: null })];
    expect(pairByAttributes([one], [other], byDay)).toMatchObject([{ score: 9_500, differs: [] }]);
    expect(pairByAttributes([one], [{ ...other, amountMinor: 10_100 }], byDay)).toEqual([]);
  });
});

describe('what is not plain stays apart', () => {
  it('two records fit one payment', () => expect(pairByAttributes([side('txn')], [side('a', { at: noonMs + hourMs }), side('b', { at: noonMs - hourMs })], none)).toEqual([]));
  it('one record fits two payments', () => expect(pairByAttributes([side('a'), side('b', { at: noonMs + hourMs })], [side('row', { at: noonMs + 2 * hourMs })], none)).toEqual([]));
  it('two at the same moment: neither is paired with something farther away either', () => expect(pairByAttributes([side('a')], [side('x'), side('y'), side('z', { at: noonMs + hourMs })], none)).toEqual([]));
  it('what agrees at the same moment is one, whatever else fits farther away', () => {
    expect(names(pairByAttributes([side('a'), side('b', { at: noonMs + hourMs })], [side('y', { at: noonMs + hourMs }), side('x')], none))).toEqual(['a|x', 'b|y']);
  });
});

describe('a person’s word', () => {
  it('what was refused is never one again, and leaves room for another', () => {
    expect(pairByAttributes([side('txn')], [side('row')], { ...none, refused: new Set(['txn|row']) })).toEqual([]);
    expect(names(pairByAttributes([side('txn')], [side('row'), side('other')], { ...none, refused: new Set(['txn|row']) }))).toEqual(['txn|other']);
  });
  it('what was linked stays one, although another fits now and they no longer agree', () => {
    expect(pairByAttributes([side('txn')], [side('row', { amountMinor: 5 }), side('other')], { ...none, linked: new Set(['txn|row']) })).toMatchObject([{ stray: { key: 'row' }, differs: ['amount'] }]);
  });
});

/** How a record whose ids are wrong may look beside its payment; the first kind is exact, the others are fuzzy. */
const kinds: readonly ((payment: PairSide, spread: number) => Partial<PairSide>)[] = [
  () => ({}), (payment, spread) => ({ at: payment.at + spread * hourMs, on: onDay(payment.at + spread * hourMs) }), (payment) => ({ feeMinor: payment.feeMinor + 7 }), () => ({ status: 'pending' }), (payment) => ({ amountMinor: payment.amountMinor + 101 }), () => ({ currency: 'eur' }),
];
const planted = fc.record({
  kind: fc.nat(kinds.length - 1), spread: fc.integer({ min: 1, max: 20 }), amount: fc.integer({ min: 1_000, max: 9_000_000 }), minute: fc.integer({ min: 0, max: 60 * 24 * 90 }),
  // What only looks like a pair: nothing of it is one.
  decoy: fc.constantFrom('none', 'another amount', 'much later', 'another kind', 'fee and status', 'twice'),
});
const long = process.env['DAYBOOK_LONG'] !== undefined;

describe('planted records with wrong ids among what only looks so', () => {
  it(`finds all exact ones and at least 99 % of the fuzzy ones, and no false pair (${long ? 2_000 : 200} random cases)`, () => {
    const told = { exact: { planted: 0, found: 0 }, fuzzy: { planted: 0, found: 0 } };
    fc.assert(
      fc.property(fc.uniqueArray(planted, { minLength: 1, maxLength: 60, size: 'max', selector: (one) => one.amount }), (cases) => {
        const lacking: PairSide[] = [];
        const strays: PairSide[] = [];
        const truth = new Map<string, 'exact' | 'fuzzy'>();
        for (const [place, { kind, spread, amount, minute, decoy }] of cases.entries()) {
          const at = noonMs + minute * minuteMs;
          const payment = side(`txn_${place}`, { amountMinor: amount, feeMinor: 30 + Math.floor((amount * 29) / 1_000), at });
          if (decoy === 'none') {
            lacking.push(payment);
            strays.push({ ...payment, key: `row_${place}`, ...kinds[kind]?.(payment, spread) });
            truth.set(pairName(`txn_${place}`, `row_${place}`), kind === 0 ? 'exact' : 'fuzzy');
          } else {
            lacking.push(payment);
            const stray = { ...payment, key: `row_${place}` };
            if (decoy === 'another amount') strays.push({ ...stray, amountMinor: amount + 500, feeMinor: payment.feeMinor + 15 });
            if (decoy === 'much later') strays.push({ ...stray, at: at + 25 * hourMs + spread * hourMs, on: addDays(payment.on, 2) });
            if (decoy === 'another kind') strays.push({ ...stray, kind: 'refund', amountMinor: -amount });
            if (decoy === 'fee and status') strays.push({ ...stray, feeMinor: 1, status: 'pending' });
            if (decoy === 'twice') strays.push({ ...stray, at: at + hourMs }, { ...stray, key: `again_${place}`, at: at + 2 * hourMs });
          }
        }
        const found = names(pairByAttributes(lacking.toReversed(), strays, none));
        expect(found).toEqual(names(pairByAttributes(lacking, strays.toReversed(), none)));
        expect(found.filter((name) => !truth.has(name))).toEqual([]);
        for (const [name, kind] of truth) {
          told[kind].planted += 1;
          if (found.includes(name)) told[kind].found += 1;
        }
      }),
      { numRuns: long ? 2_000 : 200 },
    );
    expect(told.exact.found).toBe(told.exact.planted);
    expect(told.fuzzy.found).toBeGreaterThanOrEqual(Math.ceil(told.fuzzy.planted * 0.99));
    expect(Math.min(told.exact.planted, told.fuzzy.planted)).toBeGreaterThan(100);
  });

  it('a full list of equal payments is gone through without looking at every two of them', () => {
    const many = Array.from({ length: pairingPolicy.mostLeftOver }, (_, place) => side(`txn_${place}`, { at: noonMs + place * 10 }));
    expect(pairByAttributes(many, many.map((one) => ({ ...one, key: `row-${one.key}` })), none)).toEqual([]);
  });
});
