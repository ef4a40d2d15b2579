import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOf, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { convertMinorUnits, minorUnits } from '../../shared/money/money.ts';
import { movementPartsOf, type MovementPart } from './customer-movements.ts';
import { keptItemsOf } from './items-in-force.ts';
import { createDayEnds, type MovementTerms } from './movement-terms.ts';
import { isInForceJustBefore, type MrrStretch } from './mrr-segments.ts';
import { addContributions, contributionsOf, firstOfCohort, type Contributions } from './revenue-contributions.ts';

const zone = new TimeZone('America/New_York');
const nowAt = Date.parse('2026-11-18T14:14:00Z');
const planNames: Record<string, string> = { starter: 'Starter, monthly', pro: 'Pro, monthly', annual: 'Pro, annual' };
const terms: MovementTerms = {
  zone, functionalCurrency: 'usd', dayEnds: createDayEnds(zone, nowAt),
  names: { planOf: (id) => planNames[id] ?? id, endReasonOf: (id) => (id === 'sub_failed' ? 'payment_failed' : null) },
};

/** Local New York time. */
function local(text: string): number {
  const date = text.slice(0, 10);
  const [hours = 0, minutes = 0] = text.slice(11).split(':').map(Number);
  return zone.startOf(date as Parameters<TimeZone['startOf']>[0]) + (hours * 60 + minutes) * 60_000;
}

function stretch(from: string, until: string, mrr: number, overrides: Partial<MrrStretch> = {}): MrrStretch {
  return {
    subscriptionItemId: 'si_1', subscriptionId: 'sub_1', customerId: 'cus_1', startsAt: local(from), endsAt: local(until), priceId: 'pro', quantity: 1, currency: 'usd', mrr: minorUnits(mrr), rate: '1', functionalMrr: minorUnits(mrr),
    source: 'invoice-line', invoiceId: `in_${from}`, invoiceLineId: `il_${from}`, explanation: '', ...overrides,
  };
}

function euros(from: string, until: string, mrr: number, rate: string, overrides: Partial<MrrStretch> = {}): MrrStretch {
  return stretch(from, until, mrr, { currency: 'eur', rate, functionalMrr: convertMinorUnits(mrr, 'eur', 'usd', rate, 'half-away-from-zero'), ...overrides });
}

/** One movement per day and kind: its parts together, where they come to something. */
function movementsOf(stretches: readonly MrrStretch[]): MovementPart[] {
  return [...Map.groupBy(movementPartsOf(stretches, terms), ({ day, kind }) => `${day} ${kind}`).values()].flatMap((parts) => {
    const amountMinor = parts.reduce((sum, part) => sum + part.amountMinor, 0);
    return parts[0] && amountMinor !== 0 ? [{ ...parts[0], amountMinor }] : [];
  });
}

const told = (stretches: MrrStretch[]): string[] => movementsOf(stretches).map((row) => `${row.day} ${row.kind} ${row.amountMinor}: ${row.cause}`);

interface MonthTold {
  readonly month: Month;
  readonly start: number;
  readonly moved: number;
  readonly end: number;
  readonly customers: number;
  /** What is kept of the items in force at the end: how many, and what they come to. */
  readonly items: number;
  readonly inForceMinor: number;
}

/** Months as the sums of these customers have them, with the kept items beside. */
function monthsOf(customers: readonly MrrStretch[][]): MonthTold[] {
  const sums: Contributions = new Map();
  for (const stretches of customers) addContributions(sums, contributionsOf(movementPartsOf(stretches, terms).map((part) => ({ ...part, policies: 7 })), 'IE'), 1);
  const whole = [...sums.values()].filter(({ dimension, currency }) => dimension === 'all' && currency === '*');
  const first = whole.map(({ month }) => month).sort()[0];
  if (first === undefined) return [];
  const kept = customers.flatMap((stretches) => keptItemsOf(stretches, () => undefined));
  const until = (end: string): number => whole.filter(({ month }) => month < end).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return monthsFromTo(first as Month, '2026-11' as Month).map((month) => {
    const after = endOf(month).slice(0, 7);
    const inForce = kept.filter((one) => isInForceJustBefore(one, Math.min(zone.boundsOf(month).end, nowAt)));
    return {
      month, start: until(month), moved: whole.filter((sum) => sum.month === month).reduce((sum, { amountMinor }) => sum + amountMinor, 0), end: until(after),
      customers: whole.filter((sum) => sum.month <= month).reduce((sum, { customersJoined, customersLeft }) => sum + customersJoined - customersLeft, 0),
      items: inForce.length, inForceMinor: inForce.reduce((sum, { functionalMinor }) => sum + functionalMinor, 0),
    };
  });
}

describe('what moved a customer', () => {
  it.each<[string, MrrStretch[], string[]]>([
    ['a first subscription is new', [stretch('2026-11-03 10:00', '2026-12-03 10:00', 7900)], ['2026-11-03 new 7900: Pro, monthly']],
    ['what rounds to nothing in our currency is no MRR yet, whatever its rate does', [euros('2026-09-03 10:00', '2026-10-03 10:00', 100, '0.004'), euros('2026-10-03 10:00', '2026-11-03 10:00', 100, '0.006'), euros('2026-11-03 10:00', '2026-12-03 10:00', 90, '0.001')], ['2026-10-03 new 1: Pro, monthly', '2026-11-03 churn -1: Ended Pro, monthly']],
    ['a renewal moves nothing', [stretch('2026-09-03 10:00', '2026-10-03 10:00', 7900), stretch('2026-10-03 10:00', '2026-11-30 10:00', 7900)], ['2026-09-03 new 7900: Pro, monthly']],
    [
      'more seats expand, fewer contract',
      [stretch('2026-09-03 10:00', '2026-10-03 10:00', 2000, { quantity: 2 }), stretch('2026-10-03 10:00', '2026-11-03 10:00', 3000, { quantity: 3 }), stretch('2026-11-03 10:00', '2026-12-03 10:00', 1000)],
      ['2026-09-03 new 2000: Pro, monthly × 2', '2026-10-03 expansion 1000: Seats 2 → 3', '2026-11-03 contraction -2000: Seats 3 → 1'],
    ],
    [
      'ups and downs of one day are one net movement',
      [stretch('2026-10-01 09:00', '2026-10-20 10:00', 2000), stretch('2026-10-20 10:00', '2026-10-20 15:00', 9000, { quantity: 9 }), stretch('2026-10-20 15:00', '2026-11-30 09:00', 3000, { quantity: 3 })],
      ['2026-10-01 new 2000: Pro, monthly', '2026-10-20 expansion 1000: Seats 1 → 3'],
    ],
    ['what came and went within a day was never there', [stretch('2026-10-20 10:00', '2026-10-20 15:00', 9000)], []],
    ['an end is churn, on its day', [stretch('2026-09-03 10:00', '2026-10-20 23:59', 7900, { subscriptionId: 'sub_failed' })], ['2026-09-03 new 7900: Pro, monthly', '2026-10-20 churn -7900: Ended Pro, monthly, payment failed']],
    ['an end at midnight belongs to the day that begins', [stretch('2026-09-03 10:00', '2026-11-01 00:00', 7900)], ['2026-09-03 new 7900: Pro, monthly', '2026-11-01 churn -7900: Ended Pro, monthly']],
    ['a start at midnight belongs to the day that begins', [stretch('2026-11-01 00:00', '2026-12-01 00:00', 7900)], ['2026-11-01 new 7900: Pro, monthly']],
    [
      'who comes back after a gap is reactivated',
      [stretch('2026-03-03 10:00', '2026-04-03 10:00', 7900), stretch('2026-06-03 10:00', '2026-12-03 10:00', 2900, { subscriptionItemId: 'si_2', priceId: 'starter' })],
      ['2026-03-03 new 7900: Pro, monthly', '2026-04-03 churn -7900: Ended Pro, monthly', '2026-06-03 reactivation 2900: Starter, monthly, after 62 days'],
    ],
    [
      'who keeps another subscription contracts, not churns',
      [stretch('2026-03-03 10:00', '2026-04-03 10:00', 7900), stretch('2026-03-03 10:00', '2026-12-03 10:00', 2900, { subscriptionItemId: 'si_2', priceId: 'starter' })],
      ['2026-03-03 new 10800: Pro, monthly and 1 more', '2026-04-03 contraction -7900: Dropped Pro, monthly'],
    ],
    [
      'a rate of its own day is no expansion',
      [euros('2026-09-03 10:00', '2026-10-03 10:00', 1000, '1.100000'), euros('2026-10-03 10:00', '2026-11-30 10:00', 1000, '1.150000')],
      ['2026-09-03 new 1100: Pro, monthly', '2026-10-03 exchange-rate 50: EUR 1.100000 → 1.150000'],
    ],
    [
      'an upgrade at another rate is split in two',
      [euros('2026-09-03 10:00', '2026-10-03 10:00', 1000, '1.100000', { priceId: 'starter' }), euros('2026-10-03 10:00', '2026-11-30 10:00', 3000, '1.150000')],
      ['2026-09-03 new 1100: Starter, monthly', '2026-10-03 expansion 2300: Starter, monthly → Pro, monthly', '2026-10-03 exchange-rate 50: EUR 1.100000 → 1.150000'],
    ],
    ['a free item is nothing', [stretch('2026-09-03 10:00', '2026-11-30 10:00', 0)], []],
    ['what begins after now has not happened', [stretch('2026-11-18 09:15', '2026-12-18 09:15', 7900)], []],
    ['today counts up to now', [stretch('2026-11-18 09:13', '2026-12-18 09:13', 7900)], ['2026-11-18 new 7900: Pro, monthly']],
    ['what ends later today is still there', [stretch('2026-09-03 10:00', '2026-11-18 15:00', 7900)], ['2026-09-03 new 7900: Pro, monthly']],
  ])('%s', (_name, stretches, expected) => {
    expect(told(stretches)).toEqual(expected);
  });

  it('names the invoice that moved it', () => {
    const [movement] = movementsOf([stretch('2026-11-03 10:00', '2026-12-03 10:00', 7900)]);
    expect(movement).toMatchObject({ subscriptionId: 'sub_1', invoiceId: 'in_2026-11-03 10:00', day: '2026-11-03' });
  });
});

describe('months', () => {
  it('counts customers and items at the exclusive end', () => {
    const one = [stretch('2026-09-03 10:00', '2026-10-01 00:00', 7900), stretch('2026-09-04 10:00', '2026-12-03 10:00', 100, { subscriptionItemId: 'si_2' })];
    expect(monthsOf([one])).toEqual([
      { month: '2026-09', start: 0, moved: 8000, end: 8000, customers: 1, items: 2, inForceMinor: 8000 },
      { month: '2026-10', start: 8000, moved: -7900, end: 100, customers: 1, items: 1, inForceMinor: 100 },
      { month: '2026-11', start: 100, moved: 0, end: 100, customers: 1, items: 1, inForceMinor: 100 },
    ]);
  });
});

describe('items that are kept', () => {
  const rows = (...stretches: MrrStretch[]): unknown[] => keptItemsOf(stretches, () => ({ id: 'pro', productName: 'Pro', currency: 'usd', unitAmountMinor: 7900, isTiered: false, interval: 'month', intervalCount: 1, isMetered: false })).map(({ startsAt, endsAt, functionalMinor, invoiceId }) => [zone.dateOf(startsAt), zone.dateOf(endsAt), functionalMinor, invoiceId]);

  it('are one row while renewals change nothing, and name the latest invoice', () => {
    expect(rows(stretch('2026-09-03 10:00', '2026-10-03 10:00', 7900), stretch('2026-10-03 10:00', '2026-11-03 10:00', 7900), stretch('2026-11-03 10:00', '2026-12-03 10:00', 9900))).toEqual([
      ['2026-09-03', '2026-11-03', 7900, 'in_2026-10-03 10:00'], ['2026-11-03', '2026-12-03', 9900, 'in_2026-11-03 10:00'],
    ]);
  });

  it.each<[string, Partial<MrrStretch>]>([
    ['of another item', { subscriptionItemId: 'si_2' }], ['on another plan', { priceId: 'starter' }], ['with other seats', { quantity: 2 }], ['at another rate', { explanation: '× 1.1' }], ['without an invoice', { invoiceId: null, source: 'subscription' }], ['after a gap', { startsAt: local('2026-10-04 10:00') }],
  ])('are another row %s', (_name, change) => {
    expect(rows(stretch('2026-09-03 10:00', '2026-10-03 10:00', 7900), stretch('2026-10-03 10:00', '2026-11-03 10:00', 7900, change))).toHaveLength(2);
  });

  it('say how they are worked out without the product’s name, and leave out what is nothing', () => {
    const [item, ...more] = keptItemsOf([stretch('2026-09-03 10:00', '2026-10-03 10:00', 7900, { explanation: 'Pro: 79.00 USD × 1' }), stretch('2026-10-03 10:00', '2026-11-03 10:00', 0)], () => ({ id: 'pro', productName: 'Pro', currency: 'usd', unitAmountMinor: 7900, isTiered: false, interval: 'month', intervalCount: 1, isMetered: false }));
    expect([item?.explanation, more]).toEqual(['79.00 USD × 1', []]);
  });
});

/** Any history of a few items, each with stretches that do not overlap, in three currencies, around month ends and changes of the clocks. */
const boundary = fc.integer({ min: Date.parse('2026-02-25T00:00:00Z') / 1800_000, max: Date.parse('2026-12-05T00:00:00Z') / 1800_000 }).map((half) => half * 1800_000);
const item = fc.record({
  boundaries: fc.uniqueArray(boundary, { minLength: 2, maxLength: 9 }),
  worths: fc.array(fc.integer({ min: 0, max: 50_000 }), { minLength: 8, maxLength: 8 }),
  rates: fc.array(fc.integer({ min: 4_000, max: 3_400_000 }), { minLength: 8, maxLength: 8 }),
  gaps: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  currency: fc.constantFrom('usd', 'eur', 'jpy', 'kwd'),
});
const customer = fc.array(item, { minLength: 1, maxLength: 4 }).map((items) =>
  items.flatMap(({ boundaries, worths, rates, gaps, currency }, index) => {
    const sorted = boundaries.sort((a, b) => a - b);
    return sorted.slice(0, -1).flatMap((startsAt, position): MrrStretch[] => {
      if (gaps[position]) return [];
      const mrr = minorUnits(worths[position] ?? 0);
      const micros = rates[position] ?? 1;
      const rate = currency === 'usd' ? '1' : `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`;
      return [
        {
          ...stretch('2026-01-01', '2026-01-02', 0), subscriptionItemId: `si_${index}`, startsAt, endsAt: sorted[position + 1] ?? startsAt, currency, mrr, rate,
          functionalMrr: convertMinorUnits(mrr, currency, 'usd', rate, 'half-away-from-zero'),
        },
      ];
    });
  }),
);

describe('for any history', () => {
  it('start + Σ movements = end in every month, and the end is what is in force', () => {
    fc.assert(
      fc.property(fc.array(customer, { minLength: 1, maxLength: 5 }), (customers) => {
        for (const row of monthsOf(customers)) {
          const end = row.month === '2026-11' ? nowAt : zone.boundsOf(row.month).end;
          const inForce = customers.flat().filter((one) => isInForceJustBefore(one, end));
          expect(row.start + row.moved).toBe(row.end);
          expect(row.end).toBe(inForce.reduce((sum, one) => sum + one.functionalMrr, 0));
          expect(row.inForceMinor).toBe(row.end);
        }
      }),
    );
  });

  it('a customer is new once, churns only from something to nothing, and each sign fits its kind', () => {
    fc.assert(
      fc.property(customer, (stretches) => {
        const movements = movementsOf(stretches);
        expect(movements.filter((row) => row.kind === 'new').length).toBeLessThanOrEqual(1);
        for (const row of movements) {
          if (row.kind === 'new' || row.kind === 'reactivation' || row.kind === 'expansion') expect(row.amountMinor).toBeGreaterThan(0);
          if (row.kind === 'churn' || row.kind === 'contraction') expect(row.amountMinor).toBeLessThan(0);
        }
        const firsts = movements.filter((row) => row.kind !== 'exchange-rate');
        if (firsts[0]) expect(firsts[0].kind).toBe('new');
      }),
    );
  });
});

describe('the cohort of a customer', () => {
  /** 'currency member: size, customers at the end of each of its months'. */
  function cohortsOf(stretches: readonly MrrStretch[]): string[] {
    const movements = movementPartsOf(stretches, terms).map((part) => ({ ...part, policies: 7 }));
    const sums = [...contributionsOf(movements, 'DE').values()].filter(({ dimension }) => dimension === 'cohort');
    return [...Map.groupBy(sums, ({ currency, member }) => `${currency} ${member}`)].sort().map(([name, rows]) => {
      const size = rows.filter(({ kind }) => kind === firstOfCohort).reduce((sum, { movements: customers }) => sum + customers, 0);
      return `${name}: ${size}, ${rows.reduce((sum, { customersJoined, customersLeft }) => sum + customersJoined - customersLeft, 0)}`;
    });
  }
  const second = { subscriptionItemId: 'si_2', subscriptionId: 'sub_2' };

  it('is that of the first MRR in what is looked at: of all, and of each currency by itself', () => {
    expect(cohortsOf([euros('2026-05-03', '2026-12-03', 10_000, '1.100000'), stretch('2026-05-20', '2026-12-20', 5_000, second)])).toEqual(['* 2026-05: 1, 1', 'eur 2026-05: 1, 1', 'usd 2026-05: 1, 1']);
    expect(cohortsOf([euros('2026-05-03', '2026-12-03', 10_000, '1.100000'), stretch('2026-08-20', '2026-12-20', 5_000, second)])).toEqual(['* 2026-05: 1, 1', 'eur 2026-05: 1, 1', 'usd 2026-08: 1, 1']);
  });

  it('is the month of the first rate where none was known before', () => {
    const unconverted = euros('2026-05-03', '2026-06-03', 10_000, '1', { rate: null, functionalMrr: minorUnits(0) });
    expect(cohortsOf([unconverted, euros('2026-06-03', '2026-12-03', 10_000, '1.100000')])).toEqual(['* 2026-06: 1, 1', 'eur 2026-05: 1, 1']);
    expect(cohortsOf([unconverted])).toEqual(['eur 2026-05: 1, 0']);
  });

  it('counts once who comes, goes and comes back within its month', () => {
    expect(cohortsOf([stretch('2026-05-03', '2026-05-10', 5_000), stretch('2026-05-20', '2026-12-20', 5_000)])).toEqual(['* 2026-05: 1, 1', 'usd 2026-05: 1, 1']);
  });
});
