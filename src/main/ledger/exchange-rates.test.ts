import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { sql } from '../database/handles.ts';
import { insertExchangeRate } from '../testing/billing-fixtures.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createExchangeRates } from './exchange-rates.ts';

let ledger: TemporaryDatabase;
beforeEach(() => { ledger = openTemporaryDatabase(); });
afterEach(() => ledger[Symbol.dispose]());

const publish = (on: string, rate: string, base = 'eur'): void => insertExchangeRate(ledger.database, base, 'usd', on, rate);
const rateOn = (day: string, currency = 'eur'): string | undefined => createExchangeRates(ledger.database, 'usd').ratesOn(localDate(day))(currency);

describe('the rate of a day', () => {
  // Friday and Monday; nothing is published in between.
  beforeEach(() => {
    publish('2026-11-20', '1.08');
    publish('2026-11-23', '1.09');
  });

  it.each([
    ['the day’s own', '2026-11-20', '1.08'],
    ['of a Saturday, once Monday’s is known, Friday’s', '2026-11-21', '1.08'],
    ['the newest day’s own', '2026-11-23', '1.09'],
    ['none yet the day after: its own may still come', '2026-11-24', undefined],
    ['none before the first that is known', '2026-11-19', undefined],
  ])('is %s', (_name, day, rate) => {
    expect(rateOn(day)).toBe(rate);
  });

  it('comes when the day’s own does, or a later day’s shows that it had none', () => {
    publish('2026-11-26', '1.1');
    expect([rateOn('2026-11-24'), rateOn('2026-11-25'), rateOn('2026-11-26'), rateOn('2026-11-27')]).toEqual(['1.09', '1.09', '1.1', undefined]);
  });

  it('does not follow from another currency’s', () => {
    publish('2026-11-26', '0.0067', 'jpy');
    expect([rateOn('2026-11-24'), rateOn('2026-11-26', 'jpy'), rateOn('2026-11-26', 'usd')]).toEqual([undefined, '0.0067', '1']);
  });

  it('is not taken from a first copy of the company’s table that was cut off', () => {
    const load = (isComplete: number): void => void ledger.database.run(sql('test.load', "INSERT INTO sync_cursors (source, is_complete) VALUES ('postgres/load/exchange_rate', ?) ON CONFLICT (source) DO UPDATE SET is_complete = excluded.is_complete"), [isComplete]);
    load(0);
    expect(rateOn('2026-11-20')).toBeUndefined();
    load(1);
    expect(rateOn('2026-11-20')).toBe('1.08');
  });
});
