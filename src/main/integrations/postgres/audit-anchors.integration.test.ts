/** The head of a desk's audit log in the shared database: migrations/postgres/0020 on a real PostgreSQL, through real ledger files. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { fixedClock } from '../../../shared/calendar/clock.ts';
import { createAuditLog } from '../../audit/audit-log.ts';
import { openSealingDesk, saleOn, type SealingDesk } from '../../testing/sealing-desk.ts';
import { migratePostgres } from './postgres-migrations.ts';

let server: RunningPostgres;
let ownerUrl: string;
let logins: DemoLogins;
let databases = 0;
const desks: SealingDesk[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
beforeEach(async () => {
  databases += 1;
  ownerUrl = await server.createDatabase(`anchors_${databases}`);
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
  await shared("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone, fixed_present) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York', '2026-11-18T15:00:00Z')");
  return async () => {
    for (const desk of desks.splice(0)) await desk[Symbol.asyncDispose]();
  };
});
afterAll(() => server.stop());

const shared = async (text: string): Promise<Record<string, unknown>[]> => withClient(ownerUrl, async (client) => (await client.query<Record<string, unknown>>(text)).rows);
const told = () => shared('SELECT ledger_sequence::int AS entries, audit_sequence::int AS audit FROM daybook.desk_anchors');

async function open(): Promise<SealingDesk> {
  const desk = openSealingDesk({ url: logins.accountantUrl, name: 'desk' });
  desks.push(desk);
  desk.post(saleOn('2026-10-05', 'a'));
  for (let row = 0; row < 4; row += 1) note(desk);
  await desk.exchange();
  return desk;
}

function note(desk: SealingDesk, action = 'amend', entity = 'contract'): void {
  desk.database.unitOfWork.run('test.audit', (database) => createAuditLog({ clock: fixedClock(Date.parse('2026-11-18T14:00:00Z')) }).append(database, { entity, entityId: entity, action, actor: 'amara', diff: {} }));
}

/** As somebody with an editor does it: guards away, the deed, guards back. */
function tamper(desk: SealingDesk, statement: string): void {
  const triggers = desk.rows<{ name: string; text: string }>("SELECT name, sql AS text FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit_log'");
  for (const { name } of triggers) desk.database.connection.exec(`DROP TRIGGER ${name}`);
  desk.database.connection.exec(statement);
  for (const { text } of triggers) desk.database.connection.exec(text);
}

describe('the audit log of a desk, as the shared database saw it', () => {
  test('is held against the desk’s file: one that was cut short shows, also after it has grown again and was exchanged', async () => {
    const desk = await open();
    expect(await told()).toEqual([{ entries: 1, audit: 4 }]);
    expect(await desk.verify()).toMatchObject({ isSound: true });
    tamper(desk, 'DELETE FROM audit_log WHERE sequence > 2');
    expect((await desk.verify()).firstFault).toMatchObject({ code: 'audit-log-cut-short', subjectId: 'audit/4', message: expect.stringContaining('the shared database') });
    for (let row = 0; row < 5; row += 1) note(desk, 'something-else');
    desk.post(saleOn('2026-10-06', 'b'));
    await desk.exchange();
    expect((await desk.verify()).firstFault).toMatchObject({ code: 'anchor-differs', subjectId: 'audit/4' });
    expect(await told()).toEqual([{ entries: 2, audit: 4 }]);
  });

  test('never goes back at a desk’s word', async () => {
    await open();
    await withClient(logins.accountantUrl, async (client) => {
      await client.query("SELECT daybook.record_audit_anchor('desk', 2, repeat('a', 64), NULL)");
      for (const values of ["'desk', 0, repeat('a', 64), NULL", "'desk', 9, 'x', NULL", "'', 9, repeat('a', 64), NULL", "'desk', 9, repeat('a', 64), 'x'"]) {
        await expect(client.query(`SELECT daybook.record_audit_anchor(${values})`), values).rejects.toMatchObject({ detail: 'anchor-invalid' });
      }
      await expect(client.query('UPDATE daybook.desk_anchors SET audit_sequence = 1')).rejects.toMatchObject({ code: '42501' });
    });
    expect(await told()).toEqual([{ entries: 1, audit: 4 }]);
  });

  test('is set back by a restore, once, and the shared audit log says so where no desk can take it out', async () => {
    const desk = await open();
    tamper(desk, 'DELETE FROM audit_log WHERE sequence > 2');
    note(desk, 'restore', 'ledger');
    expect(await desk.verify()).toMatchObject({ isSound: true });
    await desk.exchange();
    expect(await desk.verify()).toMatchObject({ isSound: true });
    expect(await shared("SELECT entity_id, action, actor, diff -> 'audit_sequence' AS sequences FROM daybook.audit_log WHERE entity = 'desk'")).toEqual([{ entity_id: 'desk', action: 'restore', actor: 'demo_accountant', sequences: [4, 3] }]);
    note(desk);
    await desk.exchange();
    tamper(desk, 'DELETE FROM audit_log WHERE sequence = 4');
    expect((await desk.verify()).firstFault).toMatchObject({ code: 'audit-log-cut-short', subjectId: 'audit/4' });
    tamper(desk, 'DELETE FROM audit_log WHERE sequence = 3'); // without the row of the restore
    await desk.exchange();
    expect((await desk.verify()).firstFault).toMatchObject({ code: 'audit-log-cut-short', subjectId: 'audit/4' });
  });

  test('of a file that is lost is set back by the one begun in its place, once, and both audit logs say so', async () => {
    await open();
    const lost = await told();
    const anew = openSealingDesk({ url: logins.accountantUrl, name: 'desk' });
    desks.push(anew);
    await anew.exchange();
    expect(await anew.verify()).toMatchObject({ isSound: true, entries: 1 });
    expect([lost, await told()]).toEqual([[{ entries: 1, audit: 4 }], [{ entries: 1, audit: 1 }]]);
    expect(anew.rows('SELECT action, actor, json_extract(diff, \'$.auditSequence\') AS lost FROM audit_log')).toEqual([{ action: 'begin-anew', actor: 'daybook', lost: 4 }]);
    expect(await shared("SELECT action, actor, diff -> 'audit_sequence' AS sequences FROM daybook.audit_log WHERE entity = 'desk'")).toEqual([{ action: 'restore', actor: 'demo_accountant', sequences: [4, 1] }]);
    for (let row = 0; row < 4; row += 1) note(anew);
    await anew.exchange();
    expect(await anew.verify()).toMatchObject({ isSound: true });
    tamper(anew, 'DELETE FROM audit_log WHERE sequence > 2');
    await anew.exchange();
    expect((await anew.verify()).firstFault).toMatchObject({ code: 'audit-log-cut-short', subjectId: 'audit/5' });
  });
});
