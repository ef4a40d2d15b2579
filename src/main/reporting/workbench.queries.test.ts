/** The inbox is one order, from whichever end a window of it is nearer; its groups come to the whole. */
import { describe, expect, test } from 'vitest';
import { inboxSortColumns, type InboxFilter } from '../../shared/api/workbench.contract.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { groupInbox, listInbox } from './workbench.queries.ts';

const now = Date.parse('2026-11-18T14:14:00Z');
const standpoint = { zone: new TimeZone('America/New_York'), today: localDate('2026-11-18'), dueDays: 5 };
/** Equal days, amounts and people, and some without: 73 that are not settled, 20 that are. */
const fill = `WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 93)
  INSERT INTO discrepancies (id, level, reason, object_id, status, assignee, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at, due_on)
  SELECT printf('%02d', (n * 37) % 93), iif(n % 4 = 0, 'bank', 'transactions'), iif(n % 3 = 0, 'timing', 'fee-differs'), 'ch_' || (n % 11), CASE WHEN n > 73 THEN 'resolved' WHEN n % 3 = 0 THEN 'assigned' ELSE 'open' END, iif(n % 3 = 0, 'person ' || (n % 2), NULL), iif(n % 2 = 0, 'eur', 'usd'),
    (n % 9 - 4) * 100, date('2026-11-18', '-' || (n % 13) || ' days'), '{"store":"ledger","stripe":null,"other":null}', ${now} - (n % 40) * 86400000, ${now}, iif(n % 5 = 0, date('2026-11-18', '+' || (n % 20 - 5) || ' days'), NULL) FROM numbers`;

describe('the inbox', () => {
  test.each(inboxSortColumns.flatMap((column) => [[column, 'ascending'], [column, 'descending']] as const))('by %s, %s: its windows make up the whole list', (column, direction) => {
    using ledger = openTemporaryDatabase();
    ledger.database.connection.exec(fill);
    const idsOf = (filter: InboxFilter, startAt: number, limit: number) => listInbox(ledger.database, { startAt, limit, filter, sort: { column, direction } }, standpoint).rows.map((row) => row.id);
    for (const filter of [{ state: 'unsettled' }, { state: 'all' }, { state: 'unsettled', currency: 'usd' }] as const) {
      const whole = idsOf(filter, 0, 500);
      expect(new Set(whole).size).toBe(whole.length);
      expect(Array.from({ length: 15 }, (_, page) => idsOf(filter, page * 7, 7)).flat()).toEqual(whole);
    }
    expect(idsOf({ state: 'unsettled' }, 0, 500)).toHaveLength(73);
  });

  test('in groups of what is reckoned: each has its word, and together they are the list', () => {
    using ledger = openTemporaryDatabase();
    ledger.database.connection.exec(fill);
    const groups = (by: 'age' | 'due') => groupInbox(ledger.database, { by, filter: { state: 'all' } }, standpoint);
    expect(groups('age').map(({ key }) => key).toSorted()).toEqual(['0-1', '2-7', '31+', '8-30']);
    expect(groups('due').map(({ key }) => key).toSorted()).toEqual(['later', 'overdue', 'settled', 'today', 'week']);
    for (const by of ['age', 'due'] as const) expect(groups(by).reduce((sum, { count }) => sum + count, 0)).toBe(93);
    const overdue = listInbox(ledger.database, { startAt: 0, limit: 500, filter: { state: 'all', overdue: true } }, standpoint);
    expect(groups('due').find(({ key }) => key === 'overdue')?.count).toBe(overdue.total);
    for (const age of ['0-1', '2-7', '8-30', '31+'] as const) expect(groups('age').find(({ key }) => key === age)?.count).toBe(listInbox(ledger.database, { startAt: 0, limit: 1, filter: { state: 'all', age } }, standpoint).total);
  });
});
