/** The journal is the largest table: what is asked of it on the thread that answers screens, or every few minutes, goes by an index to single entries. */
import { describe, expect, it } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { listUnpostedActs } from '../receivables/receivable-act.repository.ts';
import { explainWhatIsAsked } from '../testing/explained-plans.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readOwedMovements, readReceivableMovements } from './ageing.queries.ts';
import { readMissingMoney } from './missing-money.queries.ts';

const zone = new TimeZone('UTC');

describe('entries are looked up by what they are about', () => {
  it.each<[string, (readable: ReadableDatabase) => unknown]>([
    ['missing money', (readable) => readMissingMoney(readable, { zone, today: localDate('2026-11-18'), unbilled: { months: [], usage: [] }, bank: { hasStatements: () => false, unmatched: () => ({ count: 0, amounts: [] }), linesOf: () => [], payoutsWithoutLine: (ids) => ids } })],
    ['acts that are not posted', listUnpostedActs],
    ['ageing', (readable) => readReceivableMovements(readable, null, zone)],
    ['what is owed to a customer', (readable) => readOwedMovements(readable, 'party')],
  ])('%s', (_, ask) => {
    using ledger = openTemporaryDatabase();
    const { readable, plans } = explainWhatIsAsked(ledger.database);
    ask(readable);
    const ofEntries = plans.filter((step) => / (?:e|v|journal_entries)(?: |$)/.test(step));
    expect(ofEntries.length).toBeGreaterThan(0);
    expect(ofEntries.filter((step) => !/ USING INDEX journal_entries_by_source \(source_id=\?\)/.test(step))).toEqual([]);
  });
});
