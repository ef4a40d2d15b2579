/** One chain for several desks: migrations/postgres/0005 on a real PostgreSQL, through real ledger files. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { month } from '../../../shared/calendar/local-date.ts';
import { createAuditLog } from '../../audit/audit-log.ts';
import { createPendingWithdrawal } from '../../ledger/pending-withdrawal.ts';
import { idFromKey } from '../../platform/ids.ts';
import { openSealingDesk, ownKey, saleOn, type SealingDesk, type SealingDeskOptions } from '../../testing/sealing-desk.ts';
import { openTemporaryDatabase } from '../../testing/temporary-database.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { readChartOfAccounts, subAccountsOf } from '../../ledger/chart-of-accounts.ts';

const [september, october, november] = [month('2026-09'), month('2026-10'), month('2026-11')];
const amara = () => ({ actor: 'amara', requestId: randomUUID() });

let server: RunningPostgres;
let ownerUrl: string;
let logins: DemoLogins;
let databases = 0;
const desks: SealingDesk[] = [];

/** It lives at the moment at which its desks do, whatever day the machine has. */
const insertLedger = "INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone, fixed_present) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York', '2026-11-18T15:00:00Z')";

beforeAll(async () => {
  server = await startPostgres();
});
beforeEach(async () => {
  databases += 1;
  ownerUrl = await server.createDatabase(`sealing_${databases}`);
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
  await withClient(ownerUrl, (client) => client.query(insertLedger));
  return async () => {
    for (const desk of desks.splice(0)) await desk[Symbol.asyncDispose]();
  };
});
afterAll(() => server.stop());

function open(login: keyof DemoLogins | null = 'accountantUrl', options: Partial<SealingDeskOptions> = {}): SealingDesk {
  const desk = openSealingDesk({ url: login === null ? null : logins[login], ...options });
  desks.push(desk);
  return desk;
}

const shared = <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> => withClient(ownerUrl, async (client) => (await client.query<Row>(text, values)).rows);
/** As the owner of a demo does it: the moment at which the ledger lives; null: the server's own. */
const setPresent = (at: string | null) => shared('UPDATE daybook.ledger SET fixed_present = $1', [at]);
const entries = (desk: SealingDesk) => desk.rows<{ key: string; on: string; concerns: string | null }>('SELECT idempotency_key AS key, entry_date AS "on", concerns_month AS concerns FROM journal_entries ORDER BY ledger_sequence').map(({ key, on, concerns }) => [key.split('/')[4], on, concerns]);

describe('two desks on one shared ledger', () => {
  test('that derive the same entries end with the same journal to the byte', async () => {
    const [one, two] = [open(), open('financeUrl', { now: '2026-11-18T15:00:00Z' })];
    const drafts = ['a', 'b', 'c', 'd'].map((name, index) => saleOn(`2026-10-0${index + 1}`, name, 100 + index));
    one.post(...drafts);
    two.post(...drafts.toReversed(), saleOn('2026-10-09', 'e'));
    expect(one.rows('SELECT * FROM journal_entries')).toEqual([]); // pending, in no balance
    await Promise.all([one.exchange(), two.exchange()]);
    await Promise.all([one.exchange(), two.exchange()]);
    expect(one.journal()).toBe(two.journal());
    expect(entries(one)).toHaveLength(5);
    for (const desk of [one, two]) {
      expect(desk.rows('SELECT * FROM provisional_entries')).toEqual([]);
      expect(await desk.verify()).toMatchObject({ isSound: true, entries: 5 });
      expect(desk.post(...drafts)).toMatchObject({ posted: [], unchanged: drafts.map((draft) => draft.key) });
    }
    expect(await shared('SELECT head_sequence::int AS sequence, head_hash AS hash FROM daybook.ledger')).toEqual(one.rows('SELECT ledger_sequence AS sequence, hash FROM journal_entries ORDER BY 1 DESC LIMIT 1'));
  });

  test('in pages of three, from many at once: still one chain without a gap', async () => {
    const three = [open(), open('financeUrl'), open('adminUrl')];
    const names = Array.from({ length: 40 }, (_, index) => String(index));
    for (const [index, desk] of three.entries()) desk.post(...names.slice(index * 10, index * 10 + 20).map((name) => saleOn('2026-10-05', name)));
    await Promise.all(three.map((desk) => desk.exchange()));
    for (const desk of three) await desk.exchange();
    expect(new Set(three.map((desk) => desk.journal())).size).toBe(1);
    expect(entries(three[0]!)).toHaveLength(40);
    expect(await three[2]!.verify()).toMatchObject({ isSound: true });
  });

  test('same key, other input: the first sealed stands, the other raises a review item and posts nothing', async () => {
    const [one, two] = [open(), open()];
    one.post(saleOn('2026-10-05', 'a', 100));
    two.post(saleOn('2026-10-05', 'a', 101), saleOn('2026-10-05', 'b'));
    await one.exchange();
    expect(await two.exchange()).toMatchObject({ sealed: 1, pending: 0 });
    await one.exchange();
    expect(one.journal()).toBe(two.journal());
    expect(two.rows('SELECT code, subject_id FROM review_items')).toEqual([{ code: 'entry-input-changed', subject_id: 'a' }]);
    expect(one.rows('SELECT code FROM review_items')).toEqual([]);
    expect(two.post(saleOn('2026-10-05', 'a', 101)).refused).toEqual([ownKey('a')]);
  });

  test('texts of every kind hash alike here and there', async () => {
    const [one, two] = [open(), open()];
    const texts = ['', '"\\/\b\f\n\r\t', '\u0000\u0001\u001f\u007f', '\u2028\u2029', '😀\ud83d', 'ünïcödé', '</script>\u202e', "'; DROP TABLE x; --", '\u00a0\ufeff\uffff', '\\u0041'];
    one.post(...texts.map((memo, index) => saleOn('2026-10-05', `${index}${memo.replaceAll('/', '')}`, index + 1, { memo })));
    expect(await one.exchange()).toMatchObject({ sealed: texts.length, refused: 0 });
    await two.exchange();
    expect(one.journal()).toBe(two.journal());
    expect(await one.verify()).toMatchObject({ isSound: true });
    expect(await two.verify()).toMatchObject({ isSound: true });
    expect(await shared<{ memo: string }>('SELECT memo FROM daybook.journal_entries ORDER BY ledger_sequence')).toEqual(texts.map((memo) => ({ memo: memo.toWellFormed().replaceAll('\0', '\ufffd') })));
  });

  test('a session’s own date style does not get into the chain', async () => {
    const one = open();
    await withClient(ownerUrl, (client) => client.query("ALTER ROLE demo_accountant SET datestyle = 'German'"));
    try {
      one.post(saleOn('2026-10-05', 'a'));
      expect(await one.exchange()).toMatchObject({ sealed: 1 });
      expect(entries(one)).toEqual([['a', '2026-10-05', null]]);
    } finally {
      await withClient(ownerUrl, (client) => client.query('ALTER ROLE demo_accountant RESET datestyle'));
    }
  });
});

describe('a crash', () => {
  test('between the answer and its writing costs nothing: the entries come back by their sequence', async () => {
    const ledger = openTemporaryDatabase();
    const one = open('accountantUrl', { ledger });
    one.post(saleOn('2026-10-05', 'a'), saleOn('2026-10-06', 'b'));
    await one.exchange();
    one.post(saleOn('2026-10-07', 'c'), saleOn('2026-10-08', 'd'));
    // The sealer hears of them, this desk hears nothing back.
    const bodies = one.rows<{ body: string }>('SELECT body FROM provisional_entries ORDER BY rowid').map((row) => row.body);
    await withClient(logins.accountantUrl, (client) => client.query('SELECT daybook.seal_entries($1::jsonb)', [`[${bodies.join(',')}]`]));
    const again = open('accountantUrl', { ledger });
    expect(await again.exchange()).toMatchObject({ sealed: 0, copied: 2, pending: 0 });
    expect(entries(again).map(([name]) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(await again.verify()).toMatchObject({ isSound: true });
    await again[Symbol.asyncDispose]();
    desks.splice(0);
    await one[Symbol.asyncDispose]();
    ledger[Symbol.dispose]();
  });

  test('of the shared database in the middle of sealing leaves all of a page or nothing, and the next exchange ends it', async () => {
    const one = open();
    one.post(...Array.from({ length: 3_000 }, (_, index) => saleOn('2026-10-05', String(index))));
    const cut = withClient(ownerUrl, async (client) => {
      for (;;) {
        const { rowCount } = await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'daybook' AND query LIKE 'SELECT daybook.seal_entries%' AND state = 'active'");
        if (rowCount) return;
      }
    });
    await expect(one.exchange()).rejects.toMatchObject({ code: 'postgres-unreachable' });
    await cut;
    const [{ count }] = (await shared<{ count: number }>('SELECT count(*)::int AS count FROM daybook.journal_entries')) as [{ count: number }];
    expect(count % 1_000).toBe(0);
    await one.exchange();
    expect(await one.verify()).toMatchObject({ isSound: true, entries: 3_000 });
    expect(one.rows('SELECT * FROM provisional_entries')).toEqual([]);
  });

  test('of copying goes on where it stopped', async () => {
    const [one, two] = [open(), open()];
    one.post(...Array.from({ length: 900 }, (_, index) => saleOn('2026-10-05', String(index))));
    await one.exchange();
    const stop = new AbortController();
    await two.exchange().catch(() => undefined);
    using fresh = openTemporaryDatabase();
    const three = open('financeUrl', { ledger: fresh });
    await expect(three.exchange({ signal: stop.signal, report: () => stop.abort() })).rejects.toThrow();
    await three.exchange();
    expect(three.journal()).toBe(one.journal());
  });
});

describe('a closed month', () => {
  test('takes nothing in from a desk that was offline: it goes to the first open month, marked', async () => {
    const [one, offline] = [open(), open('financeUrl')];
    one.post(saleOn('2026-09-30', 'a'), saleOn('2026-10-05', 'b'));
    offline.post(saleOn('2026-10-31', 'late'), saleOn('2026-03-01', 'very-late'), saleOn('2026-11-02', 'now'));
    await one.exchange();
    await one.close(september);
    await one.close(october);
    await offline.exchange();
    await one.exchange();
    expect(entries(one)).toEqual([['a', '2026-09-30', null], ['b', '2026-10-05', null], ['late', '2026-11-01', '2026-10'], ['very-late', '2026-11-01', '2026-03'], ['now', '2026-11-02', null]]);
    expect(offline.journal()).toBe(one.journal());
    for (const desk of [one, offline]) expect(await desk.verify()).toMatchObject({ isSound: true });
    expect(await shared('SELECT month, state, changed_by FROM daybook.ledger_periods')).toEqual([{ month: '2026-09', state: 'closed', changed_by: 'demo_accountant' }, { month: '2026-10', state: 'closed', changed_by: 'demo_accountant' }]);
  });

  test('takes nothing in by SQL either, and neither entries nor the log of months can be changed', async () => {
    const one = open();
    one.post(saleOn('2026-10-05', 'a'));
    await one.exchange();
    await one.close(october);
    const insert = (on: string) => `INSERT INTO daybook.journal_entries SELECT 2, gen_random_uuid(), '${on}', recorded_at, kind, source_type, source_id, 'x', input_hash, NULL, NULL, memo, postings, hash, 'x' FROM daybook.journal_entries`;
    for (const statement of [insert('2026-10-31'), insert('2025-01-01')]) await expect(shared(statement)).rejects.toMatchObject({ detail: 'period-closed' });
    for (const statement of ["UPDATE daybook.journal_entries SET memo = 'x'", 'DELETE FROM daybook.journal_entries', 'TRUNCATE daybook.journal_entries CASCADE']) await expect(shared(statement)).rejects.toMatchObject({ detail: 'entry-immutable' });
    for (const statement of ["UPDATE daybook.period_log SET action = 'reopen'", 'DELETE FROM daybook.period_log', 'TRUNCATE daybook.period_log']) await expect(shared(statement)).rejects.toMatchObject({ detail: 'period-log-immutable' });
    for (const login of ['managerUrl', 'financeUrl', 'accountantUrl', 'adminUrl', 'relayUrl', 'companyBackendUrl'] as const) {
      await withClient(logins[login], async (client) => {
        for (const statement of [insert('2026-11-05'), 'DELETE FROM daybook.journal_entries', "INSERT INTO daybook.period_log SELECT * FROM daybook.period_log", 'UPDATE daybook.ledger SET head_sequence = 0', 'DELETE FROM daybook.desk_anchors']) await expect(client.query(statement), `${login}: ${statement}`).rejects.toMatchObject({ code: '42501' });
        for (const door of ["append_period_log('2026-10', 'reopen', NULL, 0, '{}', NULL)", "prepare_entries('[]')", "open_wish('2026-10')"]) await expect(client.query(`SELECT daybook.${door}`), `${login}: ${door}`).rejects.toMatchObject({ code: '42501' });
      });
    }
  });

  test('is opened again by two people, and then takes entries in, on every desk, whatever it saw first', async () => {
    const [one, two, third] = [open(), open('adminUrl'), open('financeUrl')];
    one.post(saleOn('2026-10-05', 'a'));
    await one.exchange();
    await one.close(october);
    await expect(two.periods.requestReopen(october, 'A bill was missing', amara())).rejects.toMatchObject({ code: 'shared-ledger-not-joined' });
    for (const desk of [two, third]) await desk.exchange(); // they know the month as closed
    await expect(one.periods.approveReopen(october, amara())).rejects.toMatchObject({ code: 'reopen-not-requested' });
    expect(await one.periods.requestReopen(october, 'A bill was missing', amara())).toMatchObject({ state: 'closed', reopenRequest: { actor: 'demo_accountant', reason: 'A bill was missing' } });
    await expect(one.periods.requestReopen(october, 'Once more', amara())).rejects.toMatchObject({ code: 'reopen-requested-already' });
    await expect(one.periods.approveReopen(october, amara())).rejects.toMatchObject({ code: 'second-person-needed' });
    expect(await two.periods.declineReopen(october, 'It was there', amara())).toMatchObject({ state: 'closed', reopenRequest: null });
    await two.periods.requestReopen(october, 'It was not', amara());
    expect(await one.periods.approveReopen(october, amara())).toMatchObject({ state: 'open', history: [{ action: 'close' }, { action: 'request-reopen' }, { action: 'decline-reopen' }, { action: 'request-reopen' }, { action: 'reopen', actor: 'demo_accountant', fourEyes: 'on' }] });
    third.post(saleOn('2026-10-31', 'bill')); // its own copy still says closed
    await third.exchange();
    await one.exchange();
    expect(entries(one)).toEqual([['a', '2026-10-05', null], ['bill', '2026-10-31', null]]);
    await one.close(october);
    for (const desk of [two, third]) await desk.exchange();
    for (const desk of [one, two, third]) {
      expect(desk.journal()).toBe(one.journal());
      expect(await desk.verify()).toMatchObject({ isSound: true });
    }
    expect((await shared("SELECT action, actor FROM daybook.audit_log WHERE entity = 'period' ORDER BY id")).map((row) => row['action'])).toEqual(['close', 'request-reopen', 'decline-reopen', 'request-reopen', 'reopen', 'close']);
  });

  test('is closed only in order, when over, on the entries that were looked at, and by an accountant', async () => {
    const [one, two] = [open(), open('financeUrl')];
    one.post(saleOn('2026-09-05', 'a'), saleOn('2026-10-05', 'b'));
    await one.exchange();
    await two.exchange();
    await expect(two.close(september)).rejects.toMatchObject({ code: 'postgres-not-permitted' });
    await expect(one.close(october)).rejects.toMatchObject({ code: 'earlier-month-open' });
    await one.close(september);
    await one.close(october);
    await expect(one.close(november)).rejects.toMatchObject({ code: 'period-not-closable' });
    await setPresent('2027-02-01T00:00:00Z');
    await withClient(logins.accountantUrl, async (client) => {
      const close = (wanted: string, head: number, at: string) => client.query("SELECT daybook.close_period($1, $2, (SELECT head_hash FROM daybook.ledger), '{}', $3, $4)", [wanted, head, Date.parse(at), randomUUID()]);
      await expect(close('2026-12', 2, '2027-02-01T00:00:00Z')).rejects.toMatchObject({ detail: 'earlier-month-open' });
      await expect(close('2026-10', 2, '2027-02-01T00:00:00Z')).rejects.toMatchObject({ detail: 'period-closed-already' });
      await expect(close('2026-11', 2, '2026-12-01T04:59:59Z')).rejects.toMatchObject({ detail: 'period-not-over' });
      await expect(close('2026-11', 1, '2026-12-01T05:00:00Z')).rejects.toMatchObject({ detail: 'ledger-moved-on' });
      await expect(close('2026-13', 2, '2026-12-01T05:00:00Z')).rejects.toMatchObject({ detail: 'month-invalid' });
      await close('2026-11', 2, '2026-12-01T05:00:00Z');
    });
  });

  test('is not closed by a desk whose clock is ahead: the server’s own says that the month is running', async () => {
    await setPresent(null);
    const running = new Date().toISOString().slice(0, 7);
    const ahead = open('accountantUrl', { now: new Date(Date.now() + 40 * 86_400_000).toISOString() });
    const entry = saleOn(`${running}-01`, 'a');
    ahead.setNow(new Date().toISOString());
    ahead.post(entry);
    await ahead.exchange();
    ahead.setNow(new Date(Date.now() + 40 * 86_400_000).toISOString());
    await expect(ahead.close(month(running))).rejects.toMatchObject({ code: 'period-not-over', message: expect.stringContaining('clock of the shared database') });
    expect(await shared('SELECT 1 FROM daybook.period_log')).toEqual([]);
    // Only its owner can say that a ledger lives at another moment.
    await withClient(logins.accountantUrl, (client) => expect(client.query("UPDATE daybook.ledger SET fixed_present = now() + interval '40 days'")).rejects.toMatchObject({ code: '42501' }));
    await setPresent(new Date(Date.now() + 40 * 86_400_000).toISOString());
    await ahead.close(month(running));
  });

  test('a lost answer closes it once', async () => {
    const one = open();
    one.post(saleOn('2026-10-05', 'a'));
    await one.exchange();
    const requestId = randomUUID();
    await withClient(logins.accountantUrl, async (client) => {
      for (let time = 0; time < 2; time += 1) await client.query("SELECT daybook.close_period('2026-10', 1, (SELECT head_hash FROM daybook.ledger), '{}', $1, $2)", [Date.parse('2026-11-18T00:00:00Z'), requestId]);
    });
    expect(await shared('SELECT month FROM daybook.period_log')).toEqual([{ month: '2026-10' }]);
  });
});

describe('the sealer', () => {
  const refusedOf = async (desk: SealingDesk) => {
    await desk.exchange();
    return desk.rows<{ reason: string }>('SELECT reason_code AS reason FROM provisional_entries ORDER BY rowid').map((row) => row.reason);
  };

  test('leaves what is not of this ledger, what a role may not, and what negates an entry that was never sealed; the others go through', async () => {
    const desk = open('financeUrl');
    desk.post(
      saleOn('2026-10-05', 'x', 1, { key: 'stripe/acct_2/test/test/x/sale' }), saleOn('2026-10-05', 'x', 1, { key: 'stripe/acct_1/live/test/x/sale' }), saleOn('2026-10-05', 'manual', 1, { key: 'manual/1' }),
      saleOn('2026-10-05', 'x', 1, { key: `partner-invoice/${randomUUID()}/finalised` }), saleOn('2026-10-05', 'r', 1, { reversesEntryId: idFromKey('nothing') }), saleOn('2026-10-05', 'fine'),
    );
    expect(await refusedOf(desk)).toEqual(['entry-of-other-ledger', 'entry-of-other-ledger', 'role-too-small', 'invoice-not-finalised', 'original-not-sealed']);
    expect(entries(desk)).toEqual([['fine', '2026-10-05', null]]);
    expect(desk.rows('SELECT code, count(*) AS count FROM review_items')).toEqual([{ code: 'entry-left-unsealed', count: 3 }]) // one for each source;
    await desk.exchange();
    const accountant = open('accountantUrl', { ledger: desk.ledger });
    expect(await refusedOf(accountant)).toEqual(['entry-of-other-ledger', 'entry-of-other-ledger', 'invoice-not-finalised', 'original-not-sealed']);
  });

  test('a person’s act that it left is taken back with a reason, once; what follows from a fact is not', async () => {
    const desk = open('financeUrl');
    desk.post(saleOn('2026-10-05', 'manual', 1, { key: 'manual/1' }), saleOn('2026-10-05', 'x', 1, { key: 'stripe/acct_2/test/test/x/sale' }), saleOn('2026-10-06', 'late', 1, { key: 'manual/2' }));
    const audit = createAuditLog({ clock: { now: () => 7 } });
    const { withdraw } = createPendingWithdrawal({ unitOfWork: desk.database.unitOfWork, audit, clock: { now: () => 7 } });
    expect(() => withdraw(idFromKey('manual/1'), 'My mistake', amara())).toThrow(expect.objectContaining({ code: 'entry-not-refused' }));
    await refusedOf(desk);
    expect(() => withdraw(idFromKey('manual/1'), ' ', amara())).toThrow(expect.objectContaining({ code: 'withdrawal-reason-missing' }));
    expect(() => withdraw(idFromKey('stripe/acct_2/test/test/x/sale'), 'My mistake', amara())).toThrow(expect.objectContaining({ code: 'entry-follows-from-fact' }));
    withdraw(idFromKey('manual/1'), 'My mistake', amara());
    expect(() => withdraw(idFromKey('manual/1'), 'My mistake', amara())).toThrow(expect.objectContaining({ code: 'entry-not-pending' }));
    expect(await refusedOf(desk)).toEqual(['entry-of-other-ledger', 'role-too-small']);
    const [row] = audit.listOf(desk.database, 'journal-entry', idFromKey('manual/1'));
    expect(row).toMatchObject({ action: 'withdraw', actor: 'amara' });
    expect(JSON.parse(row?.diff ?? '{}')).toMatchObject({ reason: 'My mistake', code: 'role-too-small', key: 'manual/1', memo: 'Sale manual' });
  });

  test('refuses what does not balance or is no entry, whoever sends it', async () => {
    const desk = open();
    desk.post(saleOn('2026-10-05', 'a'));
    const [{ body }] = desk.rows<{ body: string }>('SELECT body FROM provisional_entries') as [{ body: string }];
    const outcomeOf = async (change: (entry: Record<string, unknown> & { postings: Record<string, unknown>[] }) => void) => {
      const entry = JSON.parse(body) as Record<string, unknown> & { postings: Record<string, unknown>[] };
      change(entry);
      return withClient(logins.accountantUrl, async (client) => (await client.query<{ answer: { outcomes: unknown[][] } }>('SELECT daybook.seal_entries($1::jsonb) AS answer', [JSON.stringify([entry])])).rows[0]?.answer.outcomes[0]);
    };
    expect(await outcomeOf((entry) => (entry.postings[0]!['amount'] = 101))).toEqual(['refused', 'entry-unbalanced']);
    expect(await outcomeOf((entry) => (entry.postings[0]!['functionalAmount'] = 101))).toEqual(['refused', 'entry-functional-unbalanced']);
    expect(await outcomeOf((entry) => (entry.postings[0]!['currency'] = 'eur'))).toEqual(['refused', 'entry-unbalanced']);
    expect(await outcomeOf((entry) => entry.postings.pop())).toEqual(['refused', 'entry-without-postings']);
    expect(await outcomeOf((entry) => (entry.postings[0]!['amount'] = -100))).toEqual(['refused', 'entry-invalid']);
    expect(await outcomeOf((entry) => (entry.postings[0]!['direction'] = 'both'))).toEqual(['refused', 'entry-invalid']);
    expect(await outcomeOf((entry) => (entry.postings[0]!['accountCode'] = null))).toEqual(['refused', 'entry-invalid']);
    expect(await outcomeOf((entry) => (entry.postings[0]!['accountCode'] = '1999-mystery'))).toEqual(['refused', 'entry-invalid']);
    expect(await outcomeOf((entry) => (entry['entryDate'] = '0203-01-01'))).toEqual(['refused', 'entry-invalid']);
    expect(await outcomeOf((entry) => (entry['inputHash'] = 'x'))).toEqual(['refused', 'entry-invalid']);
    expect(await outcomeOf((entry) => (entry['memo'] = null))).toEqual(['refused', 'entry-invalid']);
    expect(await outcomeOf((entry) => (entry['id'] = randomUUID()))).toEqual(['refused', 'entry-id-wrong']);
    expect(await outcomeOf((entry) => (entry['key'] = ownKey('b')))).toEqual(['refused', 'entry-id-wrong']);
    expect(await outcomeOf((entry) => (entry['recordedAt'] = Date.parse('2190-01-01')))).toEqual(['refused', 'recorded-in-future']);
    expect(await shared('SELECT 1 FROM daybook.journal_entries')).toEqual([]);
  });

  test('seals tax of a jurisdiction, and none of a place that is none', async () => {
    const [one, two] = [open(), open('financeUrl')];
    const taxed = (name: string, accountCode: string) => saleOn('2026-10-05', name, 19, { postings: saleOn('2026-10-05', name, 19).postings.map((posting) => (posting.direction === 'credit' ? { ...posting, accountCode } : posting)) });
    one.post(taxed('a', '2200-tax-payable:DE'), taxed('b', '2200-tax-payable:US-NY'), taxed('c', '2200-tax-payable:ZZ'));
    await one.exchange();
    await two.exchange();
    expect(two.journal()).toBe(one.journal());
    expect(two.rows("SELECT account_code AS code FROM postings WHERE direction = 'credit' ORDER BY 1")).toEqual([{ code: '2200-tax-payable:DE' }, { code: '2200-tax-payable:US-NY' }]);
    expect(one.rows('SELECT reason_code AS reason FROM provisional_entries')).toEqual([{ reason: 'entry-invalid' }]);
    expect(await two.verify()).toMatchObject({ isSound: true, entries: 2 });
  });

  test('leaves what a desk with a fast clock recorded until that moment has come, and says it once', async () => {
    await setPresent(null);
    const desk = open('accountantUrl', { now: new Date(Date.now() + 3 * 3_600_000).toISOString() });
    desk.post(saleOn('2026-10-05', 'a'), saleOn('2026-10-06', 'b'));
    expect(await refusedOf(desk)).toEqual(['recorded-in-future', 'recorded-in-future']);
    expect(desk.rows('SELECT code, subject_type AS type, message FROM review_items')).toEqual([{ code: 'entry-left-unsealed', type: 'desk', message: expect.stringContaining('clock') }]);
    await setPresent(new Date(Date.now() + 2 * 3_600_000).toISOString());
    expect(await desk.exchange()).toMatchObject({ sealed: 2, pending: 0 });
  });

  test('takes what a desk recorded with a fast clock as soon as that clock is set right, as recorded then', async () => {
    const desk = open('accountantUrl', { now: '2031-01-01T00:00:00Z' });
    desk.post(saleOn('2026-10-05', 'a'), saleOn('2026-10-06', 'b „é“ "quoted" 😀'));
    expect(await refusedOf(desk)).toEqual(['recorded-in-future', 'recorded-in-future']);
    desk.setNow('2026-11-18T15:00:00Z');
    desk.post(saleOn('2026-10-07', 'c'));
    expect(await desk.exchange()).toMatchObject({ sealed: 3, refused: 0, pending: 0 });
    expect(desk.rows('SELECT DISTINCT recorded_at AS at FROM journal_entries')).toEqual([{ at: Date.parse('2026-11-18T15:00:00Z') }]);
    expect(await desk.verify()).toMatchObject({ isSound: true, entries: 3 });
  });

  test('derives the ids that the desks derive, letters of all kinds in their keys', async () => {
    const desk = open();
    desk.post(...['é', '漢字', '😀', 'a b"\\c', 'x'.repeat(2_000)].map((name) => saleOn('2026-10-05', name)));
    expect(await refusedOf(desk)).toEqual([]);
    expect(await shared('SELECT 1 FROM daybook.journal_entries')).toHaveLength(5);
  });

  test('knows the chart of accounts that the desks have', async () => {
    expect(await shared('SELECT code FROM daybook.accounts ORDER BY code')).toEqual([...readChartOfAccounts(), ...subAccountsOf(readChartOfAccounts())].map(({ code }) => ({ code })).toSorted((one, other) => (one.code < other.code ? -1 : 1)));
  });

  test('seals yen and dinar to the unit, with rates and parties as they are', async () => {
    const [one, two] = [open(), open()];
    const posting = (direction: 'debit' | 'credit', amount: number, currency: string, functionalAmount: number, rate: string | null) => ({ ...saleOn('2026-10-05', 'x').postings[0]!, direction, amount: amount as never, currency, functionalAmount: functionalAmount as never, rate });
    one.post(saleOn('2026-10-05', 'jpy', 1, { postings: [posting('debit', 123_457, 'jpy', 82_304, '0.00666666'), posting('credit', 123_457, 'jpy', 82_304, '0.00666666')] }), saleOn('2026-10-05', 'kwd', 1, { postings: [posting('debit', 9_007_199_254_740_991, 'kwd', 0, '3.250001'), posting('credit', 9_007_199_254_740_991, 'kwd', 0, '3.250001')] }));
    await one.exchange();
    await two.exchange();
    expect(two.rows('SELECT currency, amount_minor, functional_amount_minor, rate FROM postings WHERE direction = \'debit\' ORDER BY currency')).toEqual([{ currency: 'jpy', amount_minor: 123_457, functional_amount_minor: 82_304, rate: '0.00666666' }, { currency: 'kwd', amount_minor: 9_007_199_254_740_991, functional_amount_minor: 0, rate: '3.250001' }]);
    expect(two.journal()).toBe(one.journal());
    expect(await shared("SELECT currency, amount_minor::text AS amount FROM daybook.postings WHERE direction = 'credit' ORDER BY 1")).toEqual([{ currency: 'jpy', amount: '123457' }, { currency: 'kwd', amount: '9007199254740991' }]);
  });

  test('gives a viewer’s desk everything and takes nothing from it', async () => {
    const [one, viewer] = [open(), open('managerUrl')];
    one.post(saleOn('2026-10-05', 'a'));
    await one.exchange();
    viewer.post(saleOn('2026-10-06', 'b'));
    expect(await viewer.exchange()).toMatchObject({ copied: 1, sealed: 0, pending: 1 });
    await withClient(logins.managerUrl, (client) => expect(client.query("SELECT daybook.seal_entries('[]')")).rejects.toMatchObject({ code: '42501' }));
    expect(await shared('SELECT idempotency_key FROM daybook.journal_entries')).toHaveLength(1);
  });

  test('takes a reversal of a sealed entry once, from whichever desk comes first', async () => {
    const [one, two] = [open(), open('adminUrl')];
    one.post(saleOn('2026-10-05', 'a'));
    await one.exchange();
    await two.exchange();
    const reversals = await Promise.all([one.reversal.reverse(idFromKey(ownKey('a')), 'Booked twice', amara()), two.reversal.reverse(idFromKey(ownKey('a')), 'Booked twice', amara())]);
    expect(reversals.map((reversal) => reversal.id)).toEqual([reversals[0]!.id, reversals[0]!.id]);
    for (const desk of [one, two]) await desk.exchange();
    expect(one.journal()).toBe(two.journal());
    expect(one.rows('SELECT ledger_sequence FROM journal_entries')).toHaveLength(2);
    const three = open();
    await three.exchange();
    three.post(saleOn('2026-11-01', 'again', 100, { reversesEntryId: idFromKey(ownKey('a')) }));
    expect(await refusedOf(three)).toEqual(['entry-reversed-already']);
  });
});

describe('a desk of its own that joins', () => {
  /** Alone until now, with closed months. */
  async function alone(): Promise<SealingDesk> {
    const ledger = openTemporaryDatabase();
    // Its keys are of this account.
    ledger.database.connection.exec("INSERT INTO ledger_settings (name, value, set_at) VALUES ('gateway_account', 'acct_1', 0), ('mode', 'test', 0)");
    const desk = openSealingDesk({ url: null, ledger });
    desk.post(saleOn('2026-09-05', 'a', 100, { memo: '"é\u2028' }), saleOn('2026-10-05', 'b'));
    await desk.close(september);
    desk.post(saleOn('2026-09-06', 'late'));
    await desk.close(october);
    return desk;
  }

  test('brings its chain and its months into the empty shared ledger; others copy them', async () => {
    const before = await alone();
    const journal = before.journal();
    const joined = open('accountantUrl', { ledger: before.ledger });
    await joined.exchange();
    expect(joined.journal()).toBe(journal);
    const two = open('financeUrl');
    two.post(saleOn('2026-10-06', 'later'));
    await two.exchange();
    await joined.exchange();
    expect(joined.journal()).toBe(two.journal());
    expect(entries(two)).toEqual([['a', '2026-09-05', null], ['b', '2026-10-05', null], ['late', '2026-10-01', '2026-09'], ['later', '2026-11-01', '2026-10']]);
    for (const desk of [joined, two]) expect(await desk.verify()).toMatchObject({ isSound: true });
    expect(await shared('SELECT DISTINCT four_eyes FROM daybook.period_log')).toEqual([{ four_eyes: 'off' }]);
    before.ledger[Symbol.dispose]();
    desks.splice(desks.indexOf(joined), 1);
  });

  test('goes on where it was cut off, and nobody seals meanwhile', async () => {
    using ledger = openTemporaryDatabase();
    const desk = openSealingDesk({ url: null, ledger });
    desk.post(...Array.from({ length: 4_500 }, (_, index) => saleOn('2026-10-05', String(index))));
    const joining = open('accountantUrl', { ledger });
    const stop = new AbortController();
    await expect(joining.exchange({ signal: stop.signal, report: ({ note }) => void (note.startsWith('Uploading') && stop.abort()) })).rejects.toThrow();
    const two = open('financeUrl');
    two.post(saleOn('2026-10-05', 'mine'));
    expect(await two.exchange()).toMatchObject({ sealed: 0, pending: 1 });
    await withClient(logins.financeUrl, (client) => expect(client.query("SELECT daybook.seal_entries('[]')")).rejects.toMatchObject({ detail: 'shared-ledger-joining' }));
    await joining.exchange();
    await two.exchange();
    await joining.exchange();
    expect(two.journal()).toBe(joining.journal());
    expect(await two.verify()).toMatchObject({ isSound: true, entries: 4_501 });
  });

  test('is refused when the shared ledger has entries of its own, or its role is too small, and stays as it was', async () => {
    const before = await alone();
    const joined = (rows: unknown[]) => expect(rows).toEqual([]);
    const finance = open('financeUrl', { ledger: before.ledger });
    await expect(finance.exchange()).rejects.toMatchObject({ code: 'role-too-small' });
    const other = open('financeUrl');
    other.post(saleOn('2026-10-06', 'other'));
    await other.exchange();
    const late = open('accountantUrl', { ledger: before.ledger });
    await expect(late.exchange()).rejects.toMatchObject({ code: 'shared-ledger-mismatch' });
    joined(before.rows("SELECT * FROM ledger_settings WHERE name = 'shared_ledger_id'"));
    before.post(saleOn('2026-11-05', 'still-alone'));
    expect(before.rows('SELECT * FROM provisional_entries')).toEqual([]);
    expect(await before.verify()).toMatchObject({ isSound: true, entries: 4 });
  });

  test('a shared desk that loses its connection keeps its entries waiting: it never begins a second chain', async () => {
    using ledger = openTemporaryDatabase();
    const one = open('accountantUrl', { ledger });
    one.post(saleOn('2026-10-05', 'a'));
    await one.exchange();
    const unplugged = openSealingDesk({ url: null, ledger });
    unplugged.post(saleOn('2026-10-06', 'b'));
    expect(unplugged.rows('SELECT idempotency_key AS key FROM provisional_entries')).toEqual([{ key: ownKey('b') }]);
    await expect(unplugged.close(october)).rejects.toMatchObject({ code: 'postgres-not-connected' });
    await one.exchange();
    expect(entries(one)).toHaveLength(2);
  });
});

describe('what the shared database has seen', () => {
  test('shows that a desk’s file was cut short, or exchanged for another', async () => {
    using ledger = openTemporaryDatabase();
    const one = open('accountantUrl', { ledger, name: 'desk' });
    one.post(...Array.from({ length: 5 }, (_, index) => saleOn('2026-10-05', String(index))));
    await one.exchange();
    expect(await one.verify()).toMatchObject({ isSound: true });
    const [{ id }] = await shared<{ id: string }>('SELECT id::text FROM daybook.ledger') as [{ id: string }];

    using shorter = openTemporaryDatabase();
    const cut = open('accountantUrl', { ledger: shorter, name: 'desk' });
    shorter.database.connection.exec(`INSERT INTO ledger_settings VALUES ('shared_ledger_id', '${id}', 0)`);
    expect((await cut.verify()).firstFault).toMatchObject({ code: 'ledger-cut-short', subjectId: '5' });

    using exchanged = openTemporaryDatabase();
    const alone = openSealingDesk({ url: null, ledger: exchanged });
    alone.post(...Array.from({ length: 6 }, (_, index) => saleOn('2026-10-05', String(index), 7)));
    exchanged.database.connection.exec(`INSERT INTO ledger_settings VALUES ('shared_ledger_id', '${id}', 0)`);
    const replaced = open('accountantUrl', { ledger: exchanged, name: 'desk' });
    expect((await replaced.verify()).firstFault).toMatchObject({ code: 'anchor-differs', subjectId: '5' });
    await expect(replaced.exchange()).rejects.toMatchObject({ code: 'shared-ledger-mismatch' });
  });

  /** As somebody with an editor does it: guards away, the deed, guards back. */
  function tamper(desk: SealingDesk, ...statements: string[]): void {
    const triggers = desk.rows<{ name: string; text: string }>("SELECT name, sql AS text FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('period_log', 'ledger_periods')");
    for (const { name } of triggers) desk.database.connection.exec(`DROP TRIGGER ${name}`);
    for (const statement of statements) desk.database.connection.exec(statement);
    for (const { text } of triggers) desk.database.connection.exec(text);
  }

  test('is the log of months too: one that was cut short comes back with the next exchange, another one is refused', async () => {
    const one = open();
    one.post(saleOn('2026-09-05', 'a'), saleOn('2026-10-05', 'b'));
    await one.exchange();
    await one.close(september);
    await one.close(october);
    expect(await one.verify()).toMatchObject({ isSound: true });
    tamper(one, 'DELETE FROM period_log WHERE sequence = 2', "DELETE FROM ledger_periods WHERE month = '2026-10'");
    await one.exchange();
    expect(one.rows('SELECT month FROM period_log ORDER BY sequence')).toEqual([{ month: '2026-09' }, { month: '2026-10' }]);
    expect(await one.verify()).toMatchObject({ isSound: true });
    tamper(one, "UPDATE period_log SET hash = 'x' WHERE sequence = 2");
    one.post(saleOn('2026-11-05', 'c'));
    await expect(one.exchange()).rejects.toMatchObject({ code: 'shared-ledger-mismatch' });
    expect((await one.verify()).firstFault).toMatchObject({ code: 'anchor-differs', subjectId: 'months/2' });
    expect(one.rows('SELECT idempotency_key AS key FROM provisional_entries')).toEqual([{ key: ownKey('c') }]);
  });
});

describe('revaluation at close', () => {
  const euros = (name: string) => saleOn('2026-10-05', name, 100, { postings: saleOn('2026-10-05', name, 100).postings.map((posting) => ({ ...posting, currency: 'eur', rate: '1.10', functionalAmount: 110 as never })) });
  const rate = (desk: SealingDesk) => desk.database.connection.exec("INSERT INTO exchange_rates (base, quote, rate_on, rate) VALUES ('eur', 'usd', '2026-10-31', '1.25')");

  test('is one setting for every desk: set by an accountant, followed by whoever closes, and two who close at once post it once', async () => {
    const [one, two, three] = [open(), open('adminUrl'), open('financeUrl')];
    for (const desk of [one, two, three]) rate(desk);
    one.post(euros('a'));
    await one.exchange();
    await three.exchange();
    await expect(three.periods.setRevaluation(true, amara())).rejects.toMatchObject({ code: 'postgres-not-permitted' });
    const command = amara();
    await one.periods.setRevaluation(true, command);
    await one.periods.setRevaluation(true, command);
    await two.exchange();
    await Promise.allSettled([one.close(october), two.close(october)]);
    for (const desk of [one, two, three]) await desk.exchange();
    expect(one.periods.list()).toMatchObject({ revaluation: 'on', periods: [{ month: october, state: 'closed', revaluation: 'on' }, {}] });
    expect(one.rows("SELECT idempotency_key AS key, entry_date AS day FROM journal_entries WHERE source_type = 'revaluation' ORDER BY ledger_sequence")).toEqual([{ key: 'revaluation/2026-10/1000-bank/eur', day: '2026-10-31' }, { key: 'revaluation/2026-10/1000-bank/eur/reversal', day: '2026-11-01' }]);
    for (const desk of [one, two, three]) {
      expect(desk.journal()).toBe(one.journal());
      expect(await desk.verify()).toMatchObject({ isSound: true });
      expect(desk.rows('SELECT * FROM provisional_entries')).toEqual([]);
      expect(desk.rows('SELECT * FROM review_items')).toEqual([]);
    }
    expect(await shared("SELECT entity_id AS name, diff, actor FROM daybook.audit_log WHERE entity = 'ledger-setting'")).toEqual([{ name: 'revalues_at_close', diff: { revalues_at_close: [false, true] }, actor: 'demo_accountant' }]);
  });
});
