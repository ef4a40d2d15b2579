/** Which lines meet what, by which rule, and what is left to a person. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { plantedFeeMinor, plantedRate, plantedToleranceMinor, plantEveryRule, plantPayments, type Random } from '../testing/planted-payments.ts';
import { defaultRuleSettings, type MatchCandidate, type MatchRuleSetting, type OpenLine } from './match-candidate.ts';
import { likelihoodOf, proposeMatches } from './matching-rules.ts';
import { findSums } from './sum-search.ts';

const payout = (changed: Partial<MatchCandidate> = {}): MatchCandidate => ({
  kind: 'payout', id: 'po_1AbC2', amountMinor: 120_450, currency: 'usd', expectedOn: localDate('2026-11-12'), earliestOn: localDate('2026-11-09'), references: ['po_1AbC2', 'ST-A1B2C3'], names: ['STRIPE'], partyId: 'stripe', label: 'po_1AbC2', isArrived: false, ...changed,
});
const invoice = (number: string, amountMinor: number, changed: Partial<MatchCandidate> = {}): MatchCandidate => ({
  kind: 'invoice', id: `in/${number}`, amountMinor, currency: 'usd', expectedOn: localDate('2026-12-01'), earliestOn: localDate('2026-11-01'), references: [number], names: ['Countywide Abstract'], partyId: 'countywide', label: number, isArrived: false, ...changed,
});
const line = (id: string, amountMinor: number, changed: Partial<OpenLine> = {}): OpenLine => ({ id, amountMinor, currency: 'usd', bookedOn: localDate('2026-11-13'), references: [], counterpartyName: null, description: '', ...changed });
const automatic: readonly MatchRuleSetting[] = defaultRuleSettings.map((setting) => ({ ...setting, isAutomatic: true, accountCode: setting.accountCode ?? '9900-suspense' }));

function propose(lines: readonly OpenLine[], candidates: readonly MatchCandidate[], settings: readonly MatchRuleSetting[] = automatic, rate: string | undefined = '1.25') {
  return proposeMatches({ lines, candidates, settings, rate: () => rate || undefined });
}
const shown = (...asked: Parameters<typeof propose>) => propose(...asked).map((each) => `${each.rule} ${each.lineIds.join('+')} = ${each.candidates.map((candidate) => candidate.label).join('+')} ${each.residualMinor}${each.isAutomatic ? ' automatic' : ''}${each.isAmbiguous ? ' ambiguous' : ''}`);

describe('each rule', () => {
  test.each<[string, readonly OpenLine[], readonly MatchCandidate[], readonly string[]]>([
    ['a reference and the amount', [line('a', 120_450, { description: 'STRIPE st a1b2c3' })], [payout()], ['exact-reference a = po_1AbC2 0 automatic']],
    ['a number the bank broke', [line('a', 5_000, { description: 'INV 2026-00 01' })], [invoice('INV-2026-0001', 5_000)], ['exact-reference a = INV-2026-0001 0 automatic']],
    ['the beginning of a longer number is no number', [line('a', 5_000, { description: 'INV-2026-00011' })], [invoice('INV-2026-0001', 5_000, { names: [] })], ['amount-and-date a = INV-2026-0001 0']],
    ...['Payment', 'Bank transfer', '2026-11-12', '12.11.2026', '2026 11'].map((word): [string, readonly OpenLine[], readonly MatchCandidate[], readonly string[]] => [`“${word}” as a receipt’s reference names nothing`, [line('a', 5_000, { description: `${word} with thanks` })], [payout({ kind: 'receipt', id: 'r', label: word, references: [word], names: [], amountMinor: 5_000 })], [`amount-and-date a = ${word} 0`]]),
    ['an id of letters alone is one', [line('a', 120_450, { description: 'po_QwErTyUiOpAsDfGhJkLzXcVb' })], [payout({ references: ['po_QwErTyUiOpAsDfGhJkLzXcVb'] })], ['exact-reference a = po_1AbC2 0 automatic']],
    ['amount and day, with the name', [line('a', 120_450, { description: 'STRIPE' })], [payout()], ['amount-and-date a = po_1AbC2 0 automatic']],
    ['amount and day alone are for a person', [line('a', 120_450)], [payout()], ['amount-and-date a = po_1AbC2 0']],
    ['too late is nothing', [line('a', 120_450, { description: 'STRIPE', bookedOn: localDate('2026-12-24') })], [payout()], []],
    ['before it was sent is nothing', [line('a', 120_450, { description: 'STRIPE', bookedOn: localDate('2026-11-08') })], [payout()], []],
    ['money out is not money in', [line('a', -120_450, { description: 'STRIPE po_1AbC2' })], [payout()], []],
    ['a line that names several invoices', [line('a', 8_000, { description: 'INV-2026-0001, INV-2026-0002' })], [invoice('INV-2026-0001', 5_000), invoice('INV-2026-0002', 3_000)], ['one-to-many a = INV-2026-0001+INV-2026-0002 0 automatic']],
    ['invoices of one customer that add up', [line('a', 8_000, { counterpartyName: 'COUNTYWIDE ABSTRACT' })], [invoice('INV-2026-0001', 5_000), invoice('INV-2026-0002', 3_000), invoice('INV-2026-0003', 900)], ['one-to-many a = INV-2026-0001+INV-2026-0002 0 automatic']],
    ['invoices of two customers are not put together', [line('a', 8_000, { counterpartyName: 'COUNTYWIDE ABSTRACT' })], [invoice('INV-2026-0001', 5_000), invoice('INV-2026-0002', 3_000, { partyId: 'other', names: ['Other Customer'] })], []],
    ['a payout that came in two parts', [line('a', 100_000, { references: ['po_1AbC2'] }), line('b', 20_450, { references: ['po_1AbC2'] })], [payout()], ['many-to-one a+b = po_1AbC2 0 automatic']],
    ['the known fee', [line('a', 98_500, { references: ['INV-2026-0001'] })], [invoice('INV-2026-0001', 100_000)], ['known-fee a = INV-2026-0001 -1500 automatic']],
    ['a small difference', [line('a', 99_999, { references: ['INV-2026-0001'] })], [invoice('INV-2026-0001', 100_000)], ['tolerance a = INV-2026-0001 -1 automatic']],
    ['a large difference is for a person', [line('a', 60_000, { references: ['INV-2026-0001'] })], [invoice('INV-2026-0001', 100_000)], ['exact-reference a = INV-2026-0001 -40000']],
    ['another currency at the day’s rate', [line('a', 125_500, { references: ['INV-2026-0001'] })], [invoice('INV-2026-0001', 100_000, { currency: 'eur' })], ['currency-rate a = INV-2026-0001 0 automatic']],
    ['another currency far from the rate', [line('a', 140_000, { references: ['INV-2026-0001'] })], [invoice('INV-2026-0001', 100_000, { currency: 'eur' })], []],
  ])('%s', (_, lines, candidates, expected) => {
    expect(shown(lines, candidates)).toEqual(expected.map((each) => expect.stringContaining(each) as string));
    expect(shown(lines, candidates)).toHaveLength(expected.length);
  });

  test('without a rate nothing is said of other currencies', () => {
    expect(propose([line('a', 125_500, { references: ['INV-2026-0001'] })], [invoice('INV-2026-0001', 100_000, { currency: 'eur' })], automatic, '')).toEqual([]);
  });

  test('each says why, with a score', () => {
    expect(propose([line('a', 120_450, { description: 'STRIPE' })], [payout()])).toMatchObject([{ score: 9_440, reasons: ['The amounts agree.', 'It came 1 day after it was expected.', 'The line carries the name STRIPE.'] }]);
  });
});

test('the likeliest is what the line names, then what the rules propose by amount, then who it is of; of the rest nothing is said', () => {
  const settings = automatic;
  const [paid] = [line('a', 98_500, { references: ['INV-2026-0001'], counterpartyName: 'Countywide Abstract' })];
  const candidates = [payout({ amountMinor: 98_500 }), invoice('INV-2026-0002', 98_400), invoice('INV-2026-0001', 100_000), payout({ id: 'po_other', amountMinor: 98_501, references: ['po_other'] }), invoice('INV-2026-0003', 100, { names: ['Somebody else'] })];
  const order = (of: OpenLine): string[] => [...likelihoodOf({ lines: [of], candidates, settings, rate: () => undefined })].toSorted((one, other) => other[1] - one[1]).map(([key]) => key);
  expect(order(paid!)).toEqual(['invoice/in/INV-2026-0001', 'invoice/in/INV-2026-0002']);
  expect(order({ ...paid!, references: [] })).toEqual(['payout/po_1AbC2', 'invoice/in/INV-2026-0001', 'invoice/in/INV-2026-0002']);
  expect(order({ ...paid!, references: [], counterpartyName: null })).toEqual(['payout/po_1AbC2']);
});

describe('what could be otherwise is for a person', () => {
  test('two payouts of one amount', () => {
    expect(shown([line('a', 120_450, { description: 'STRIPE' })], [payout(), payout({ id: 'po_2', label: 'po_2', references: ['po_200'] })])).toEqual(['amount-and-date a = po_1AbC2 0 ambiguous', 'amount-and-date a = po_2 0 ambiguous']);
  });
  test('an invoice that was paid twice', () => {
    expect(shown([line('a', 5_000, { references: ['INV-2026-0001'] }), line('b', 5_000, { references: ['INV-2026-0001'] })], [invoice('INV-2026-0001', 5_000)]).every((each) => each.endsWith('ambiguous'))).toBe(true);
  });
  test('more invoices, or more parts, of one customer than are looked at: what else adds up is not known', () => {
    const many = (place: number): string => `INV-2026-${String(place).padStart(4, '0')}`;
    // 1 + 2 add up to the line; so do the last two, which are not looked at.
    const invoices = Array.from({ length: 26 }, (_, place) => invoice(many(place + 1), [4_000, 4_100][place] ?? [4_050, 4_050][place - 24] ?? 7_000, { expectedOn: localDate(`2026-11-${place < 24 ? '20' : '22'}`) }));
    expect(shown([line('a', 8_100, { counterpartyName: 'COUNTYWIDE ABSTRACT' })], invoices)).toEqual([`one-to-many a = ${many(2)}+${many(1)} 0`]);
    expect(shown([line('a', 8_100, { counterpartyName: 'COUNTYWIDE ABSTRACT' })], invoices.slice(0, 24))).toEqual([`one-to-many a = ${many(2)}+${many(1)} 0 automatic`]);
    const parts = Array.from({ length: 26 }, (_, place) => line(`l${String(place).padStart(2, '0')}`, [4_000, 4_100][place] ?? [4_050, 4_050][place - 24] ?? 7_000, { counterpartyName: 'COUNTYWIDE ABSTRACT', bookedOn: localDate(place < 24 ? '2026-11-13' : '2026-11-14') }));
    expect(shown(parts, [invoice('INV-2026-0001', 8_100, { expectedOn: localDate('2026-11-15') })])).toEqual(['many-to-one l01+l00 = INV-2026-0001 0']);
  });

  test('a rule that is not set to it does nothing by itself', () => {
    const settings = defaultRuleSettings.map((setting) => ({ ...setting, isAutomatic: false }));
    expect(propose([line('a', 120_450, { references: ['po_1AbC2'] })], [payout()], settings)).toMatchObject([{ rule: 'exact-reference', isAutomatic: false, score: 10_000 }]);
  });
  test('a reference outweighs what only has the same amount', () => {
    const [first, ...rest] = propose([line('a', 5_000, { references: ['INV-2026-0001'] }), line('b', 5_000, { counterpartyName: 'Countywide Abstract', bookedOn: localDate('2026-11-30') })], [invoice('INV-2026-0001', 5_000)]);
    expect(first).toMatchObject({ lineIds: ['a'], isAutomatic: true, isAmbiguous: false });
    expect(rest).toMatchObject([{ lineIds: ['b'], isAutomatic: false, isAmbiguous: true }]);
  });
});

test('sums: every answer adds up, and what adds up is found', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 2, maxLength: 12 }), fc.integer({ min: 1, max: 4_095 }), (amounts, mask) => {
    const chosen = amounts.filter((_, place) => (mask >> place) & 1);
    const total = chosen.reduce((sum, amount) => sum + amount, 0);
    const answers = findSums(amounts.map((amount, place) => ({ amount, place })), (item) => item.amount, total);
    for (const answer of answers) expect(answer.reduce((sum, item) => sum + item.amount, 0)).toBe(total);
    if (chosen.length >= 2 && chosen.length <= 6) expect(answers.length).toBeGreaterThan(0);
  }), { numRuns: 200 });
});

/** mulberry32: a small generator, so that a run can be had again by its seed. */
function randomOf(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { integer: (from, to) => from + Math.floor(next() * (to - from + 1)), chance: (share) => next() < share };
}

test('random cases: nothing is matched that is not true; what is planted is found', () => {
  const seed = Number(process.env['DAYBOOK_SEED'] ?? Date.now() % 1_000_000);
  const runs = process.env['DAYBOOK_LONG'] ? 100_000 : 1_500;
  const counted = { exact: { planted: 0, found: 0 }, fuzzy: { planted: 0, found: 0 } };
  let matched = 0;
  for (let run = 0; run < runs; run += 1) {
    const { lines, candidates, truth } = plantPayments(randomOf(seed + run));
    const proposals = proposeMatches({ lines, candidates, settings: defaultRuleSettings.map((setting) => ({ ...setting, isAutomatic: setting.rule === 'exact-reference' || setting.rule === 'one-to-many' })), rate: () => undefined });
    for (const proposal of proposals.filter((each) => each.isAutomatic)) {
      const expected = truth.get(proposal.lineIds[0] ?? '');
      const ids = proposal.candidates.map((candidate) => candidate.id).toSorted();
      if (!expected || proposal.lineIds.length !== 1 || ids.join() !== [...expected.candidateIds].toSorted().join()) throw new Error(`seed ${seed}, case ${seed + run}: ${JSON.stringify(proposal)} is not what was planted: ${JSON.stringify(expected)}`);
      matched += 1;
    }
    for (const [lineId, { candidateIds, kind }] of truth) {
      if (kind === 'none') continue;
      counted[kind].planted += 1;
      const wanted = [...candidateIds].toSorted().join();
      if (proposals.some((each) => each.lineIds.includes(lineId) && each.candidates.map((candidate) => candidate.id).toSorted().join() === wanted)) counted[kind].found += 1;
      else if (kind === 'exact') throw new Error(`seed ${seed}, case ${seed + run}: ${lineId} names ${wanted} and is not found`);
    }
  }
  console.info(`bank matching: seed ${seed}, ${runs} cases, ${matched} matched by themselves, recall ${counted.exact.found}/${counted.exact.planted} exact, ${counted.fuzzy.found}/${counted.fuzzy.planted} fuzzy`);
  expect(matched).toBeGreaterThan(runs);
  expect(counted.exact.found).toBe(counted.exact.planted);
  expect(counted.fuzzy.found * 100).toBeGreaterThanOrEqual(counted.fuzzy.planted * 99);
});

test('random cases, every rule set to match by itself: nothing is matched that is not true, and what is planted for a rule is matched by it', () => {
  const seed = Number(process.env['DAYBOOK_SEED'] ?? Date.now() % 1_000_000);
  const runs = process.env['DAYBOOK_LONG'] ? 100_000 : 1_500;
  const settings = defaultRuleSettings.map((setting) => ({ ...setting, isAutomatic: true, ...(setting.rule === 'known-fee' ? { tolerance: plantedFeeMinor } : setting.rule === 'tolerance' ? { tolerance: plantedToleranceMinor } : {}), accountCode: setting.accountCode ?? '9900-suspense' }));
  const told = (lineIds: readonly string[], candidateIds: readonly string[]): string => `${[...lineIds].toSorted().join('+')} = ${[...candidateIds].toSorted().join('+')}`;
  const matched = new Map<string, number>();
  for (let run = 0; run < runs; run += 1) {
    const { lines, candidates, truth } = plantEveryRule(randomOf(seed + run));
    const planted = new Map(truth.map((each) => [told(each.lineIds, each.candidateIds), each.rule]));
    const proposals = proposeMatches({ lines, candidates, settings, rate: (from, to) => (from === 'eur' && to === 'usd' ? plantedRate : undefined) });
    for (const proposal of proposals.filter((each) => each.isAutomatic)) {
      const name = told(proposal.lineIds, proposal.candidates.map(({ id }) => id));
      if (planted.get(name) !== proposal.rule) throw new Error(`seed ${seed}, case ${seed + run}: ${proposal.rule} ${name} is matched by itself, planted is ${planted.get(name) ?? 'nothing of it'}`);
      planted.delete(name);
      matched.set(proposal.rule, (matched.get(proposal.rule) ?? 0) + 1);
    }
    for (const [name, rule] of planted) throw new Error(`seed ${seed}, case ${seed + run}: ${rule} ${name} is not matched`);
  }
  console.info(`bank matching by every rule: seed ${seed}, ${runs} cases, ${[...matched].toSorted().map(([rule, count]) => `${rule} ${count}`).join(', ')}`);
  expect([...matched.keys()].toSorted()).toEqual(defaultRuleSettings.map(({ rule }) => rule).toSorted());
}, 600_000);
