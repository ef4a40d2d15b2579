/** Following a real shared database over a line that breaks in every way it can (domain.md §5). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openClient, startPostgres, type RunningPostgres } from '../../../sandbox/postgres.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { findStandingRecord } from '../contracts/local-changes.repository.ts';
import { createChangeNotices } from '../integrations/postgres/change-notices.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { startFaultyLine } from '../testing/faulty-line.ts';
import { makeSharedDatabase, openDesk, seedContract, sharedContractId, sharedPartnerId, type Desk, type SharedDatabase } from '../testing/shared-desks.ts';
import { createLiveSync, type ChangeNotices, type LiveSync } from './live-sync.ts';
import { readSyncState } from './shared-records.repository.ts';

const clock = fixedClock(Date.UTC(2026, 10, 18, 14, 14));
let server: RunningPostgres;
let world: SharedDatabase;

beforeAll(async () => {
  server = await startPostgres();
  world = await makeSharedDatabase(server);
});
beforeEach(async () => {
  await world.clear();
  await world.owner.query('UPDATE daybook.ledger SET price_changes_need_approval = false');
  await seedContract(world.owner);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await server.stop();
});

/** Never looks by the clock: what is seen was told. */
const never = 3_600_000;

function follow(desk: Desk, url: string, options: { pollMs?: number; notices?: ChangeNotices } = {}): LiveSync & { readonly exchanges: () => number } {
  let exchanges = 0;
  const live = createLiveSync({
    notices: options.notices ?? createChangeNotices({ url, heartbeatMs: 200 }), logger: silentLogger, pollMs: options.pollMs ?? never, onExchanged() {}, onLine() {},
    async exchange() {
      exchanges += 1;
      await desk.sending.sendPending(unattended);
      const { written, heldBackSince } = await desk.sync.pull(unattended);
      return { isBehind: heldBackSince !== null, entities: Object.keys(written) };
    },
  });
  return { ...live, exchanges: () => exchanges };
}

const termsAt = (desk: Desk) => findStandingRecord(desk.ledger.database, 'contract', sharedContractId)?.values['purchase_order_number'];
const order = (desk: Desk, text: string): void => {
  const version = findStandingRecord(desk.ledger.database, 'contract', sharedContractId)?.version ?? 1;
  desk.changes.submit({ entity: 'contract', entityId: sharedContractId, operation: 'update', baseVersion: version, values: { purchase_order_number: text }, reason: 'a new order' }, { actor: desk.person });
};
const setThere = (text: string) => world.owner.query('UPDATE daybook.api_partner_contracts SET purchase_order_number = $1 WHERE id = $2', [text, sharedContractId]);
const within = { timeout: 20_000, interval: 5 } as const;

async function twoDesks(): Promise<{ ada: Desk; ben: Desk; benUrl: string }> {
  const [adaUrl, benUrl] = [await world.urlOf('ada', 'admin'), await world.urlOf('ben', 'admin')];
  const [ada, ben] = [openDesk({ person: 'ada', url: adaUrl, clock }), openDesk({ person: 'ben', url: benUrl, clock })];
  for (const desk of [ada, ben]) await desk.exchange();
  return { ada, ben, benUrl };
}

describe('following live', () => {
  test('what one desk commits is at the other without anybody asking; a burst is fetched in few goes', async () => {
    const { ada, ben, benUrl } = await twoDesks();
    await using _ada = ada;
    await using _ben = ben;
    const live = follow(ben, benUrl);
    await expect.poll(() => live.isFollowing(), within).toBe(true);
    await expect.poll(() => live.exchanges(), within).toBeGreaterThan(0);
    const before = live.exchanges();
    order(ada, 'PO-live');
    await ada.exchange();
    await expect.poll(() => termsAt(ben), within).toBe('PO-live');
    for (let n = 1; n <= 50; n += 1) await setThere(`PO-${n}`);
    await expect.poll(() => termsAt(ben), within).toBe('PO-50');
    expect(live.exchanges() - before).toBeLessThan(60);
    await live.close();
  });

  test('one notice a transaction, and nothing in it but the place in the feed', async () => {
    const listener = await openClient(world.ownerUrl);
    const payloads: string[] = [];
    listener.on('notification', ({ payload }) => void payloads.push(payload ?? ''));
    await listener.query('LISTEN daybook_changes');
    await world.owner.query('BEGIN');
    const { rows } = await world.owner.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
    for (const text of ['PO-a', 'PO-b', 'PO-c']) await setThere(text);
    await world.owner.query("UPDATE daybook.partners SET name = 'Other'");
    await world.owner.query('COMMIT');
    await expect.poll(() => payloads, within).toEqual([rows[0]?.id]);
    await listener.end();
  });

  test('a transaction that commits late with a smaller number is met, of every kind of record', async () => {
    const { ben, benUrl } = await twoDesks();
    await using _ben = ben;
    const live = follow(ben, benUrl);
    const slow = await openClient(world.ownerUrl);
    await slow.query('BEGIN');
    await slow.query("INSERT INTO daybook.contract_amendments (id, contract_id, effective_from, pricing_model) VALUES ('00000000-0000-4000-8000-0000000000a1', $1, '2026-05-01', 'flat')", [sharedContractId]);
    const changeId = '00000000-0000-4000-8000-0000000000c1';
    await slow.query(
      `INSERT INTO daybook.change_sets (id, entity, entity_id, operation, base_version, fields, reason, author, desk, created_at, state, effective_operation, effective_id, effective_fields, effective_base)
       VALUES ($1, 'contract', $2, 'update', 1, '{}', 'late', 'zoe', 'z', now(), 'conflict', 'update', $2, '{}', 1)`,
      [changeId, sharedContractId],
    );
    await slow.query("INSERT INTO daybook.change_conflicts (change_id, entity, entity_id, fields, their_version) VALUES ($1, 'contract', $2, '[]', 1)", [changeId, sharedContractId]);
    await slow.query("INSERT INTO daybook.change_approvals (change_id, entity, entity_id, requested_by) VALUES ($1, 'contract', $2, 'zoe')", [changeId, sharedContractId]);
    await world.owner.query("UPDATE daybook.partners SET name = 'Early'"); // committed first, numbered later
    const counts = (): unknown => ben.ledger.database.connection.prepare("SELECT (SELECT count(*) FROM contract_amendments) AS amendments, (SELECT count(*) FROM change_sets) AS changes, (SELECT count(*) FROM change_conflicts) AS conflicts, (SELECT count(*) FROM change_approvals) AS approvals, (SELECT count(*) FROM entity_versions WHERE entity = 'amendment') AS versions").get();
    await ben.sync.pull(unattended);
    expect(counts()).toEqual({ amendments: 0, changes: 0, conflicts: 0, approvals: 0, versions: 0 });
    await slow.query('COMMIT');
    await slow.end();
    await expect.poll(counts, within).toEqual({ amendments: 1, changes: 1, conflicts: 1, approvals: 1, versions: 1 });
    await expect.poll(() => findStandingRecord(ben.ledger.database, 'partner', sharedPartnerId)?.values['name'], within).toBe('Early');
    await live.close();
  });

  test('a notice of a transaction that never was is forgotten after one look', async () => {
    const { ben, benUrl } = await twoDesks();
    await using _ben = ben;
    const live = follow(ben, benUrl);
    await expect.poll(() => live.isFollowing(), within).toBe(true);
    await expect.poll(() => live.exchanges(), within).toBeGreaterThan(0);
    const before = live.exchanges();
    const anybody = await openClient(await world.urlOf('rita', 'relay'));
    await anybody.query("NOTIFY daybook_changes, '99999999999999'");
    await anybody.end();
    await expect.poll(() => live.exchanges(), within).toBeGreaterThan(before);
    await expect.poll(() => live.isBehind(), within).toBe(false);
    await live.close();
  });

  test('a transaction that somebody leaves open anywhere on the server is told of, for as long as it holds changes back', async () => {
    await using ada = openDesk({ person: 'ada', url: await world.urlOf('ada', 'admin'), clock });
    await ada.exchange();
    const heldBack = async (): Promise<unknown[]> => [(await ada.sync.pull(unattended)).heldBackSince, readSyncState(ada.ledger.database).heldBackSince];
    const elsewhere = await openClient(server.url);
    await elsewhere.query('BEGIN');
    await elsewhere.query('SELECT pg_current_xact_id()');
    expect(await heldBack()).toEqual([null, null]); // nobody changed anything meanwhile
    order(ada, 'PO-held');
    await ada.exchange();
    const { rows } = await world.owner.query<{ since: string }>("SELECT floor(extract(epoch FROM min(f.changed_at)) * 1000)::bigint AS since FROM daybook.change_feed f WHERE f.entity = 'change_set'");
    expect([termsAt(ada), await heldBack()]).toEqual([null, [Number(rows[0]?.since), Number(rows[0]?.since)]]);
    await elsewhere.query('ROLLBACK');
    await elsewhere.end();
    expect([await heldBack(), termsAt(ada)]).toEqual([[null, null], 'PO-held']);
  });

  test('a lost notice is made up for by the clock', async () => {
    const { ben, benUrl } = await twoDesks();
    await using _ben = ben;
    const silent: ChangeNotices = { open: async () => ({ close: async () => undefined }) };
    const live = follow(ben, benUrl, { notices: silent, pollMs: 50 });
    await setThere('PO-polled');
    await expect.poll(() => termsAt(ben), within).toBe('PO-polled');
    await live.close();
  });
});

test('who may not see what changed does not go on asking for it', async () => {
  const url = await world.urlOf('vera', 'viewer');
  await using vera = openDesk({ person: 'vera', url, clock });
  await vera.sync.pull(unattended);
  const live = follow(vera, url);
  await expect.poll(() => live.isFollowing(), within).toBe(true);
  const before = live.exchanges();
  await setThere('PO-hidden'); // a viewer reads no contracts
  await expect.poll(() => live.exchanges(), within).toBeGreaterThan(before);
  await world.owner.query("INSERT INTO daybook.exchange_rates (base, quote, rate_on, rate) VALUES ('eur', 'usd', current_date, 1.08) ON CONFLICT DO NOTHING"); // but rates
  await expect.poll(() => vera.ledger.database.connection.prepare('SELECT count(*) AS n FROM exchange_rates').get(), within).toEqual({ n: 1 });
  // Whatever it was told of has been read: nothing is left to ask for.
  await expect.poll(() => live.isBehind(), within).toBe(false);
  await live.close();
});

describe('the line is taken up again', () => {
  test('after it was cut, and what was missed is fetched', async () => {
    const { ben, benUrl } = await twoDesks();
    await using _ben = ben;
    await using line = await startFaultyLine(server.port);
    const through = Object.assign(new URL(benUrl), { port: String(line.port) }).toString();
    const live = follow(ben, through);
    await expect.poll(() => live.isFollowing(), within).toBe(true);
    line.set({ kind: 'down' });
    await expect.poll(() => live.isFollowing(), within).toBe(false);
    await setThere('PO-missed');
    line.set({ kind: 'fine' });
    await expect.poll(() => termsAt(ben), within).toBe('PO-missed');
    // What was missed may come before the line: a look that was due anyway goes by a way of its own.
    await expect.poll(() => live.isFollowing(), within).toBe(true);
    await live.close();
  });

  test('after it broke in the moment in which it was taken up', async () => {
    const { ben, benUrl } = await twoDesks();
    await using _ben = ben;
    const real = createChangeNotices({ url: benUrl, heartbeatMs: 200 });
    let opened = 0;
    const breaking: ChangeNotices = {
      async open(onNotice, onLost) {
        opened += 1;
        if (opened > 1) return real.open(onNotice, onLost);
        onLost();
        return { close: async () => undefined };
      },
    };
    const live = follow(ben, benUrl, { notices: breaking });
    await expect.poll(() => opened, within).toBe(2);
    await expect.poll(() => live.isFollowing(), within).toBe(true);
    await setThere('PO-after');
    await expect.poll(() => termsAt(ben), within).toBe('PO-after');
    await live.close();
  });

  test('over a slow line it is kept', async () => {
    const { ben, benUrl } = await twoDesks();
    await using _ben = ben;
    await using line = await startFaultyLine(server.port);
    line.set({ kind: 'slow', delayMs: 200 });
    const live = follow(ben, Object.assign(new URL(benUrl), { port: String(line.port) }).toString());
    await expect.poll(() => live.isFollowing(), within).toBe(true);
    await setThere('PO-slow');
    await expect.poll(() => termsAt(ben), within).toBe('PO-slow');
    expect(live.isFollowing()).toBe(true);
    await live.close();
  });

  test('when the server ended its sessions, as a restart does', async () => {
    const { ben, benUrl } = await twoDesks();
    await using _ben = ben;
    const live = follow(ben, benUrl);
    await expect.poll(() => live.isFollowing(), within).toBe(true);
    await world.owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    await setThere('PO-restarted');
    await expect.poll(() => termsAt(ben), within).toBe('PO-restarted');
    await expect.poll(() => live.isFollowing(), within).toBe(true);
    await live.close();
  });

  test('when the server had no room left for it', async () => {
    const { ben, benUrl } = await twoDesks();
    await using _ben = ben;
    const login = new URL(benUrl).username;
    await world.owner.query(`ALTER ROLE ${login} CONNECTION LIMIT 0`);
    let refused = 0;
    const notices = createChangeNotices({ url: benUrl, heartbeatMs: 200 });
    const counted: ChangeNotices = { open: (onNotice, onLost) => notices.open(onNotice, onLost).catch((error: unknown) => { refused += 1; throw error; }) };
    const live = follow(ben, benUrl, { pollMs: 100, notices: counted });
    await expect.poll(() => refused, within).toBeGreaterThan(1);
    expect(live.isFollowing()).toBe(false);
    await world.owner.query(`ALTER ROLE ${login} CONNECTION LIMIT -1`);
    await setThere('PO-room');
    await expect.poll(() => termsAt(ben), within).toBe('PO-room');
    await expect.poll(() => live.isFollowing(), within).toBe(true);
    await live.close();
  });
});

test('closing waits for what runs and leaves no line behind', async () => {
  const { ben, benUrl } = await twoDesks();
  await using _ben = ben;
  const live = follow(ben, benUrl);
  await expect.poll(() => live.isFollowing(), within).toBe(true);
  live.kick();
  await live.close();
  expect(live.isFollowing()).toBe(false);
  await expect.poll(async () => (await world.owner.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'daybook follows'")).rowCount, within).toBe(0);
});
