/** Views of lists shared by several people over a real PostgreSQL (migrations/postgres/0036). */
import { call } from '@orpc/server';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { fixedClock } from '../../../shared/calendar/clock.ts';
import { createChangeHub } from '../../api/change-hub.ts';
import type { ApiContext, Role } from '../../api/implementer.ts';
import { createSharedViewsHandlers } from '../../api/shared-views-handlers.ts';
import type { CommandLog } from '../../database/command-log.ts';
import { newId } from '../../platform/ids.ts';
import { unattended } from '../../platform/work-control.ts';
import { createPostgresSync } from '../../sync/postgres-sync.ts';
import { createSharedViews } from '../../sync/shared-views.ts';
import { openBillingDesk, testNow, type BillingDesk } from '../../testing/billing-desk.ts';
import { openPostgres, type PostgresConnection } from './connection.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { createSharedLedgerSource } from './shared-ledger-source.ts';
import { createPostgresSharedViews } from './shared-views.ts';

const layout = { visibility: { origin: false }, sizing: { number: 240 }, pinned: ['number'] };

let server: RunningPostgres;
let ownerUrl: string;
let logins: DemoLogins;
const connections: PostgresConnection[] = [];
const desks: BillingDesk[] = [];

beforeAll(async () => {
  server = await startPostgres();
  ownerUrl = await server.createDatabase('views');
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
  await withClient(ownerUrl, (client) => client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York')"));
});
beforeEach(() => withClient(ownerUrl, async (client) => void (await client.query('TRUNCATE daybook.shared_views'))));
afterEach(async () => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
});
afterAll(() => server.stop());

function openDesk(role: Role) {
  const connection = openPostgres({ url: { viewer: logins.managerUrl, finance: logins.financeUrl, accountant: logins.accountantUrl, admin: logins.adminUrl }[role] });
  const desk = openBillingDesk({ contracts: [] });
  connections.push(connection);
  desks.push(desk);
  const { database } = desk;
  const sync = createPostgresSync({ source: createSharedLedgerSource(connection), readable: database, unitOfWork: database.unitOfWork, clock: fixedClock(Date.parse(testNow)), clientVersion: '0.1.0' });
  const views = createSharedViews({ readable: database, unitOfWork: database.unitOfWork, newId, door: createPostgresSharedViews(connection) });
  const handlers = createSharedViewsHandlers({ views, hub: createChangeHub() });
  const commands: CommandLog = { once: async (_procedure, _input, work) => work() };
  const context = { user: `demo_${role}`, role, host: 'cli', commands } as unknown as ApiContext;
  return {
    pull: () => sync.pull(unattended),
    list: async () => (await call(handlers.list, {}, { context })).views,
    share: (name: string, search = 'status=open') => call(handlers.share, { commandId: randomUUID(), view: { grid: 'invoices', name, search, layout } }, { context }),
    withdraw: (id: string) => call(handlers.withdraw, { commandId: randomUUID(), id }, { context }),
  };
}

test('a view that somebody shares reaches every role with its columns, is replaced under its name, and goes when it is taken back', async () => {
  const [sharer, reader] = [openDesk('finance'), openDesk('viewer')];
  await reader.pull();
  const shared = await sharer.share('Open ones');
  await reader.pull();
  expect(await reader.list()).toMatchObject([{ id: shared.id, grid: 'invoices', name: 'Open ones', search: 'status=open', layout, savedBy: 'demo_finance', isTheirs: false }]);
  expect(await sharer.list()).toMatchObject([{ id: shared.id, isTheirs: true }]);

  expect((await sharer.share('Open ones', 'status=open&sort=total:ascending')).id).toBe(shared.id);
  await reader.pull();
  expect(await reader.list()).toMatchObject([{ id: shared.id, search: 'status=open&sort=total:ascending' }]);

  await sharer.withdraw(shared.id);
  await sharer.withdraw(shared.id); // its answer was lost: asked once more
  await reader.pull();
  expect([await sharer.list(), await reader.list()]).toEqual([[], []]);
});

test('nobody replaces or takes back what another shared, but an admin', async () => {
  const [sharer, other, admin] = [openDesk('finance'), openDesk('viewer'), openDesk('admin')];
  const shared = await sharer.share('Month end');
  await expect(other.share('Month end', 'status=void')).rejects.toMatchObject({ code: 'view-of-another', message: 'The view Month end was shared by demo_finance.' });
  await expect(other.withdraw(shared.id)).rejects.toMatchObject({ code: 'view-of-another' });
  await other.pull();
  expect(await other.list()).toMatchObject([{ search: 'status=open', savedBy: 'demo_finance' }]);

  await admin.pull();
  expect(await admin.list()).toMatchObject([{ isTheirs: true }]);
  await admin.withdraw(shared.id);
  await sharer.pull();
  expect(await sharer.list()).toEqual([]);
  expect(await withClient(ownerUrl, async (client) => (await client.query("SELECT actor, action FROM daybook.audit_log WHERE entity = 'shared-view' AND entity_id = $1 ORDER BY id", [shared.id])).rows)).toEqual([{ actor: 'demo_finance', action: 'share' }, { actor: 'demo_admin', action: 'withdraw' }]);
});

test('beyond 500 no further one is taken, and one that is there can still be replaced', async () => {
  await withClient(ownerUrl, (client) => client.query("INSERT INTO daybook.shared_views SELECT gen_random_uuid(), 'invoices', 'View ' || n, '', '{}', 'demo_finance', now() FROM generate_series(1, 500) AS n"));
  const sharer = openDesk('finance');
  await expect(sharer.share('One more')).rejects.toMatchObject({ code: 'shared-views-full' });
  expect(await sharer.share('View 500')).toMatchObject({ savedBy: 'demo_finance' });
});

test('what another version kept and this one cannot read is left out, and a desk without a shared database says that there is nobody to share with', async () => {
  await withClient(ownerUrl, (client) => client.query("INSERT INTO daybook.shared_views VALUES (gen_random_uuid(), 'invoices', 'Odd', '', '{\"columns\": 7}', 'demo_finance', now())"));
  const reader = openDesk('viewer');
  await reader.pull();
  expect(await reader.list()).toEqual([]);

  const desk = openBillingDesk({ contracts: [] });
  desks.push(desk);
  const alone = createSharedViews({ readable: desk.database, unitOfWork: desk.database.unitOfWork, newId, door: null });
  expect(alone.canShare).toBe(false);
  await expect(alone.share({ grid: 'invoices', name: 'Open ones', search: '', layout: '{}' })).rejects.toMatchObject({ code: 'shared-views-alone' });
});
