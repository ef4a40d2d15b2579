/** Work on differences on a real PostgreSQL: steps and signatures reach every desk, and above the limit it takes two people, whatever a desk says. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { fixedClock } from '../../../shared/calendar/clock.ts';
import { month } from '../../../shared/calendar/local-date.ts';
import { TimeZone } from '../../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../../audit/audit-log.ts';
import { composeReconciliationWork } from '../../composition/reconciliation-work.ts';
import { composeLedgerSealing } from '../../composition/ledger-sealing.ts';
import { sql } from '../../database/handles.ts';
import { createEntryReversal } from '../../ledger/entry-reversal.ts';
import { readChartOfAccounts } from '../../ledger/chart-of-accounts.ts';
import { createJournal } from '../../ledger/journal.ts';
import { ensureAccounts } from '../../ledger/journal.repository.ts';
import { idFromKey } from '../../platform/ids.ts';
import { silentLogger } from '../../platform/logger.ts';
import { unattended } from '../../platform/work-control.ts';
import { insertSignOff, listSignOffs } from '../../reconciliation/close-sign-off.repository.ts';
import { createDiscrepancySharing } from '../../reconciliation/discrepancy-sharing.ts';
import { insertDiscrepancy } from '../../reconciliation/discrepancy.repository.ts';
import { createPostgresSync } from '../../sync/postgres-sync.ts';
import { openTemporaryDatabase } from '../../testing/temporary-database.ts';
import { difference } from '../../testing/workbench-world.ts';
import { openPostgres } from './connection.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { createSharedDiscrepancies } from './shared-discrepancies.ts';
import { createSharedLedgerSource } from './shared-ledger-source.ts';

const now = Date.parse('2026-11-18T14:14:00Z');
const id = idFromKey('transactions/txn_a/missing-in-ledger');
let server: RunningPostgres;
let ownerUrl: string;
let logins: DemoLogins;

beforeAll(async () => {
  server = await startPostgres();
  ownerUrl = await server.createDatabase('discrepancy_work');
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
  await withClient(ownerUrl, (client) => client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone, fixed_present) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York', '2026-11-18T15:00:00Z')"));
});
afterAll(() => server.stop());

/** A desk of one login, with everything the workbench needs. */
function openDesk(login: keyof DemoLogins) {
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  const postgres = openPostgres({ url: logins[login] });
  const clock = fixedClock(now);
  const timeZone = new TimeZone('America/New_York');
  const audit = createAuditLog({ clock });
  database.unitOfWork.run('chart', (writable) => ensureAccounts(writable, readChartOfAccounts()));
  const { sealer, sharedSealing, sealPosted } = composeLedgerSealing({ database, postgres, desk: login, clock, timeZone, audit, logger: silentLogger });
  const journal = createJournal({ clock, sealer });
  const reversal = createEntryReversal({ readable: database, unitOfWork: database.unitOfWork, journal, audit, clock, timeZone, sealPosted });
  const work = composeReconciliationWork({ database, postgres, clock, timeZone, audit, journal, reversal, matching: { hasDifference: () => false, hasPaid: () => false, unmatch: () => Promise.reject(new Error('There is no bank here.')) }, functionalCurrency: () => 'usd', sealPosted });
  const sync = createPostgresSync({ source: createSharedLedgerSource(postgres), readable: database, unitOfWork: database.unitOfWork, clock, clientVersion: '0.1.0', beforeJoin: () => Promise.resolve(null) });
  const sharing = createDiscrepancySharing({ readable: database, unitOfWork: database.unitOfWork, clock, shared: createSharedDiscrepancies(postgres) });
  return {
    ...work, database, journal,
    rows: <Row>(text: string): Row[] => database.all<Row>(sql('test.rows', text)),
    async exchange() {
      await sharing.sendChanges(unattended);
      await sync.pull(unattended);
      return sharedSealing?.exchange(unattended);
    },
    async [Symbol.asyncDispose]() {
      await postgres.close();
      ledger[Symbol.dispose]();
    },
  };
}

const by = (actor: string) => ({ id, actor, requestId: randomUUID() });

test('steps, comments and signatures reach every desk; the policy is the ledger’s; above its limit a second person decides, and the sealer asks for it', async () => {
  await using one = openDesk('accountantUrl');
  await using two = openDesk('adminUrl');
  one.database.unitOfWork.run('plant', (writable) => insertDiscrepancy(writable, difference(id, { amountMinor: -60_000 })));
  await one.exchange();
  await two.exchange();

  // The policy is an admin's to set, and the other desk follows it.
  const policy = { ...two.authority.policy(), adjustmentLimitMinor: 20_000, dueDays: 9 };
  await expect(one.authority.setPolicy(policy, randomUUID())).rejects.toMatchObject({ code: 'postgres-not-permitted' });
  await two.authority.setPolicy(policy, randomUUID());
  await one.exchange();
  expect(one.authority.policy()).toEqual(policy);

  one.discrepancyWork.comment({ ...by('ana'), text: 'Asked the back end.' });
  one.discrepancyWork.setDue({ ...by('ana'), dueOn: '2026-11-25' });
  one.database.unitOfWork.run('sign', (writable) => insertSignOff(writable, { id: randomUUID(), month: month('2026-10'), action: 'sign-off', actor: 'ana', note: 'Looked at', checks: '[]', headSequence: 0, headHash: '', recordedAt: now }));
  const asked = await one.settlement.writeOff({ ...by('ana'), reason: 'not worth pursuing' });
  expect(asked).toMatchObject({ outcome: 'requested', entryId: null });
  await one.exchange();
  await two.exchange();
  expect(two.rows('SELECT action, note, sent_at IS NOT NULL AS sent FROM discrepancy_steps ORDER BY recorded_at, id')).toEqual([
    { action: 'comment', note: 'Asked the back end.', sent: 1 }, { action: 'set-due', note: 'due 2026-11-25', sent: 1 }, { action: 'request-adjustment', note: 'not worth pursuing', sent: 1 },
  ]);
  expect(two.rows('SELECT due_on, open_request IS NOT NULL AS asked FROM discrepancies')).toEqual([{ due_on: '2026-11-25', asked: 1 }]);
  expect(listSignOffs(two.database, month('2026-10'))).toMatchObject([{ action: 'sign-off', note: 'Looked at', actor: expect.stringContaining('accountant') as string }]);

  // Whoever asked cannot approve, and a desk that posts all the same gets no seal for it.
  await expect(one.settlement.decide({ ...by('ana'), isApproved: true, note: null })).rejects.toMatchObject({ code: 'second-person-needed' });
  expect(one.rows('SELECT * FROM provisional_entries')).toEqual([]);
  const key = `discrepancy/${id}/by-hand`;
  const line = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: 60_000 as never, currency: 'usd', functionalAmount: 60_000 as never, rate: null, partyId: null });
  one.database.unitOfWork.run('post', (writable) => one.journal.post(writable, [{ key, entryDate: '2026-11-18' as never, kind: 'reconciliation-write-off', sourceType: 'discrepancy', sourceId: id, memo: 'by hand', postings: [line('5010-bad-debt', 'debit'), line('1100-stripe-clearing', 'credit')] }]));
  expect(await one.exchange()).toMatchObject({ refused: 1, sealed: 0 });
  expect(one.rows('SELECT reason_code FROM provisional_entries')).toEqual([{ reason_code: 'second-person-needed' }]);

  // The second person's word lets one entry through.
  const approved = await two.settlement.decide({ ...by('ben'), isApproved: true, note: null });
  expect(approved).toMatchObject({ status: 'resolved', outcome: 'posted' });
  expect(two.rows('SELECT kind FROM journal_entries')).toEqual([{ kind: 'reconciliation-write-off' }]);
  await two.exchange();
  await one.exchange();
  expect(one.rows('SELECT status, marked_as, open_request FROM discrepancies')).toEqual([{ status: 'resolved', marked_as: 'written-off', open_request: null }]);
  expect(one.rows('SELECT reason_code FROM provisional_entries')).toEqual([{ reason_code: 'second-person-needed' }]);
  expect(await withClient(ownerUrl, async (client) => (await client.query("SELECT action FROM daybook.audit_log WHERE entity = 'discrepancy' AND action = 'approve-adjustment'")).rows)).toHaveLength(1);
  // Undone on the other desk: the entry is reversed there.
  expect(await one.settlement.undo(by('ana'))).toMatchObject({ status: 'open', outcome: 'undone' });
  expect(one.rows('SELECT kind FROM journal_entries ORDER BY ledger_sequence')).toEqual([{ kind: 'reconciliation-write-off' }, { kind: 'reversal' }]);
});
