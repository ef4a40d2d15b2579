/** The inbox of discrepancies with 100,000 open items: every filter, sort and grouping, each with its window, its total and its sums. Beside it a walk over the same rows without any index. */
import { TimeZone } from '../src/shared/calendar/time-zone.ts';
import { localDate } from '../src/shared/calendar/local-date.ts';
import { sql } from '../src/main/database/handles.ts';
import type { InboxFilter } from '../src/shared/api/workbench.contract.ts';
import { groupInbox, listInbox, type Grouping } from '../src/main/reporting/workbench.queries.ts';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { percentile, timed, type Measure } from './measure.ts';

const items = 100_000;
const now = Date.parse('2026-11-18T14:14:00Z');
const goalMs = 200;
const rounds = 8;

/** Items as they come: nine reasons, four levels, twelve people, three currencies, ages up to 80 days, both sides in the row. A quarter as many are settled. */
const fill = `WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < ${items * 1.25})
  INSERT INTO discrepancies (id, level, reason, object_id, balance_transaction_id, status, assignee, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at, due_on)
  SELECT lower(hex(randomblob(16))), CASE n % 10 WHEN 0 THEN 'payouts' WHEN 1 THEN 'bank' ELSE 'transactions' END,
    CASE n % 9 WHEN 0 THEN 'missing-in-ledger' WHEN 1 THEN 'missing-in-payment-history' WHEN 2 THEN 'missing-at-stripe' WHEN 3 THEN 'amount-differs' WHEN 4 THEN 'fee-differs' WHEN 5 THEN 'currency-differs' WHEN 6 THEN 'status-differs' WHEN 7 THEN 'duplicate-in-payment-history' ELSE 'timing' END,
    'ch_' || hex(randomblob(12)), 'txn_' || hex(randomblob(12)), CASE WHEN n > ${items} THEN 'resolved' WHEN n % 3 = 0 THEN 'assigned' ELSE 'open' END, iif(n % 3 = 0, 'person ' || (n % 12), NULL), CASE n % 3 WHEN 0 THEN 'eur' WHEN 1 THEN 'usd' ELSE 'gbp' END, (n * 7919) % 500000 - 250000,
    date('2026-11-18', '-' || (n % 700) || ' days'), '{"store":"ledger","stripe":{"amountMinor":1000,"feeMinor":59},"other":null,"raw":"' || hex(zeroblob(350)) || '"}', ${now} - (n % 80) * 86400000, ${now}, iif(n % 20 = 0, date('2026-11-18', '+' || (n % 30) || ' days'), NULL) FROM numbers`;

export async function measure(): Promise<Measure[]> {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  database.connection.exec(fill);
  database.connection.exec('ANALYZE');
  const zone = new TimeZone('America/New_York');
  const standpoint = { zone, today: localDate('2026-11-18'), dueDays: 5 };
  const inbox = (filter: InboxFilter, column = 'occurredOn') => () => listInbox(database, { startAt: 0, limit: 200, filter, sort: { column, direction: 'descending' } }, standpoint);
  const groups = (by: Grouping) => () => groupInbox(database, { by, filter: { state: 'unsettled' } }, standpoint);
  const questions: readonly (readonly [string, () => unknown])[] = [
    ['first rows', inbox({ status: 'open' })], ['unsettled', inbox({ state: 'unsettled' })], ['of a reason', inbox({ state: 'unsettled', reason: 'amount-differs' })], ['of a level', inbox({ state: 'unsettled', level: 'payouts' })], ['of a person', inbox({ state: 'unsettled', assignee: 'person 3' })], ['of nobody', inbox({ state: 'unsettled', assignee: '' })],
    ['of a currency', inbox({ state: 'unsettled', currency: 'eur' })], ['of an age', inbox({ state: 'unsettled', age: '8-30' })], ['overdue', inbox({ state: 'unsettled', overdue: true })], ['by amount from', inbox({ state: 'unsettled', amountFrom: 100_000 })], ['by amount to', inbox({ state: 'unsettled', amountTo: 100_000 })], ['of some days', inbox({ state: 'unsettled', from: '2026-03-01', to: '2026-09-30' })], ['not overdue', inbox({ state: 'unsettled', overdue: false })],
    ['to work on', inbox({ state: 'due' })], ['for a second person', inbox({ state: 'unsettled', waitsForSecondPerson: true })], ['of a currency, a level and a reason', inbox({ state: 'unsettled', currency: 'usd', level: 'transactions', reason: 'fee-differs' })], ['by a part of an id', inbox({ state: 'unsettled', text: 'ab7' })],
    ['by amount', inbox({ state: 'unsettled' }, 'amount')], ['by due day', inbox({ state: 'unsettled' }, 'dueOn')], ['by assignee', inbox({ state: 'unsettled' }, 'assignee')], ['by reason', inbox({ state: 'unsettled' }, 'reason')], ['by object', inbox({ state: 'unsettled' }, 'objectId')], ['by status', inbox({ state: 'unsettled' }, 'status')], ['by age', inbox({ state: 'unsettled' }, 'firstSeenAt')], ['by currency', inbox({ state: 'unsettled' }, 'currency')], ['last rows', () => listInbox(database, { startAt: items - 200, limit: 200, filter: { state: 'unsettled' } }, standpoint)],
    ['grouped by reason', groups('reason')], ['grouped by age', groups('age')], ['grouped by due', groups('due')], ['grouped by person', groups('assignee')], ['grouped by level', groups('level')], ['grouped by currency', groups('currency')], ['grouped by status', groups('status')],
  ];
  const walk = sql('bench.walk', 'SELECT count(*), sum(length(detail)) FROM discrepancies NOT INDEXED');
  const measures: Measure[] = [];
  for (const [name, ask] of questions) {
    const ours: number[] = [];
    const reference: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await timed(ask));
      reference.push(await timed(() => database.get(walk)));
    }
    const [oursMs, referenceMs] = [percentile(ours, 95), percentile(reference, 50)];
    measures.push({ name: `inbox of 100,000: ${name}`, ours: oursMs, reference: referenceMs, ratio: referenceMs / oursMs, goal: `≤ ${goalMs} ms`, holds: oursMs <= goalMs, unit: 'ms', note: 'p95; beside it a walk over the rows' });
  }
  return measures;
}
