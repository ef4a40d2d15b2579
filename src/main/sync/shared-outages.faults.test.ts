/**
 * The shared database restarted, cut off, silent, slow and full while a desk sends and fetches over a real line (domain.md §5): nothing is lost or doubled, the desk is read and
 * edited meanwhile as always, and it takes up the line again by itself.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, withClient, type RunningPostgres } from '../../../sandbox/postgres.ts';
import { DaybookError } from '../../shared/errors/errors.ts';
import { findStandingRecord } from '../contracts/local-changes.repository.ts';
import { createChangeNotices } from '../integrations/postgres/change-notices.ts';
import { silentLogger } from '../platform/logger.ts';
import { systemClock } from '../platform/system-clock.ts';
import { unattended } from '../platform/work-control.ts';
import { inForm, seededRandom } from '../testing/fault-form.ts';
import { startFaultyLine, type FaultyLine } from '../testing/faulty-line.ts';
import { wholeFrom } from '../testing/random-from.ts';
import { makeSharedDatabase, openDesk, seedContract, sharedContractId, sharedPartnerId, type Desk, type SharedDatabase } from '../testing/shared-desks.ts';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import { createLiveSync, type LiveSync } from './live-sync.ts';

const { seed, random } = seededRandom('outages of the shared database');
const outages = ['restarted', 'cut', 'full', 'slow', 'silent'] as const;
const rounds = inForm({ short: 5, whole: 20, long: 50 });
const editsARound = 24;
const usageARound = 60;
const within = { timeout: 120_000, interval: 10 } as const;

const folder = makeTemporaryFolder();
let server: RunningPostgres;
let line: FaultyLine;
let world: SharedDatabase;

beforeAll(async () => {
  server = await startPostgres({ dataDir: join(folder.path, 'postgres') });
  world = await makeSharedDatabase(server);
  await world.owner.query('UPDATE daybook.ledger SET price_changes_need_approval = false');
  await seedContract(world.owner);
  // A disk that is full says so to whoever wants to write: here from so many rows on, in the middle of what one call writes.
  await world.owner.query(`
    CREATE TABLE public.disk (rows_left integer NOT NULL);
    CREATE FUNCTION public.take_room() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      UPDATE public.disk SET rows_left = rows_left - 1;
      IF (SELECT min(rows_left) FROM public.disk) < 0 THEN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER disk BEFORE INSERT ON daybook.entity_versions FOR EACH ROW EXECUTE FUNCTION public.take_room()`);
  line = await startFaultyLine(server.port);
});
afterAll(async () => {
  await world.owner.end().catch(() => undefined); // of a server that was restarted it is gone long ago
  await line[Symbol.asyncDispose]();
  await server.stop();
  folder[Symbol.dispose]();
});

const asOwner = <Row extends Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> => withClient(world.ownerUrl, async (client) => (await client.query<Row>(text, [...values])).rows);

/** As the app follows the shared database, with whatever it met on the way. */
function follow(desk: Desk, url: string): LiveSync & { readonly troubles: Set<string> } {
  const troubles = new Set<string>();
  const live = createLiveSync({
    notices: createChangeNotices({ url, heartbeatMs: 300 }), logger: silentLogger, pollMs: 500, onExchanged() {}, onLine() {},
    async exchange() {
      try {
        await desk.sending.sendPending(unattended);
        const { written, heldBackSince } = await desk.sync.pull(unattended);
        return { isBehind: heldBackSince !== null, entities: Object.keys(written) };
      } catch (error) {
        troubles.add(error instanceof DaybookError ? error.code : String(error));
        throw error;
      }
    },
  });
  return { ...live, troubles };
}

interface Made {
  /** Every edit of this desk. */
  readonly edits: string[];
  usage: number;
}

/** What people do meanwhile: at this desk, whatever the line does; at another one and in the company's programs, as far as the server is there. */
function editHere(ada: Desk, made: Made, round: number): void {
  for (let n = 0; n < editsARound; n += 1) {
    const [entity, entityId, values] = n % 2 === 0 ? (['contract', sharedContractId, { purchase_order_number: `PO-${round}-${n}` }] as const) : (['partner', sharedPartnerId, { legal_name: `Titlesure ${round}-${n}` }] as const);
    const baseVersion = findStandingRecord(ada.ledger.database, entity, entityId)?.version ?? 0;
    made.edits.push(ada.changes.submit({ entity, entityId, operation: 'update', baseVersion, values, reason: 'agreed by mail' }, { actor: 'ada' }).id);
  }
}

async function editThere(made: Made, round: number): Promise<void> {
  await asOwner('UPDATE daybook.api_partner_contracts SET payment_terms_days = $1 WHERE id = $2', [1 + (round % 300), sharedContractId]);
  await asOwner("INSERT INTO daybook.api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at) SELECT 'use-' || $1::text || '-' || n, 'dp_pk_TSG', 'deeds', 1, now() FROM generate_series(1, $2) AS n", [round, usageARound]);
  made.usage += usageARound;
}

/** Until so much has come over the line, or everything has: somewhere in a call of edits, or in a page that is fetched. */
async function passing(bytes: number, isDone: () => boolean): Promise<void> {
  const from = line.passed();
  await expect.poll(() => line.passed() - from >= bytes || isDone(), { ...within, interval: 1 }).toBe(true);
}

/** Something goes wrong, lasts until somebody has met it, and is over. */
async function suffer(outage: (typeof outages)[number], isMet: () => boolean): Promise<void> {
  switch (outage) {
    case 'restarted':
      await server.stop();
      await expect.poll(isMet, within).toBe(true);
      server = await startPostgres({ dataDir: join(folder.path, 'postgres'), port: server.port });
      return;
    case 'cut':
      line.set({ kind: 'down' });
      await expect.poll(isMet, within).toBe(true);
      line.set({ kind: 'fine' });
      return;
    case 'silent':
      line.set({ kind: 'silent' });
      await expect.poll(isMet, within).toBe(true);
      line.set({ kind: 'fine' });
      return;
    case 'slow':
      line.set({ kind: 'slow', delayMs: 100 });
      return;
    case 'full':
      await expect.poll(isMet, within).toBe(true);
      await asOwner('DELETE FROM public.disk');
      return;
  }
}

const openHere = (desk: Desk): number => desk.ledger.database.connection.prepare<[], { n: number }>("SELECT count(*) AS n FROM outbox_changes WHERE state NOT IN ('applied', 'merged')").get()?.n ?? 0;
const countsHere = (desk: Desk): unknown => desk.ledger.database.connection.prepare('SELECT (SELECT count(*) FROM change_sets) AS changes, (SELECT count(*) FROM entity_versions) AS versions, (SELECT count(*) FROM api_usage) AS usage').get();

async function expectOneTruth(desk: Desk, made: Made, round: string): Promise<void> {
  const [there] = await asOwner<{ changes: number; versions: number; usage: number }>('SELECT (SELECT count(*) FROM daybook.change_sets)::integer AS changes, (SELECT count(*) FROM daybook.entity_versions)::integer AS versions, (SELECT count(*) FROM daybook.api_usage)::integer AS usage');
  expect({ changes: there?.changes, usage: there?.usage }, round).toEqual({ changes: made.edits.length, usage: made.usage });
  const states = await asOwner<{ id: string; state: string; versions: number }>('SELECT c.id, c.state, (SELECT count(*) FROM daybook.entity_versions v WHERE v.change_id = c.id)::integer AS versions FROM daybook.change_sets c');
  expect(states.map((change) => change.id).toSorted(), round).toEqual(made.edits.toSorted());
  for (const { id, state, versions } of states) expect([id, ['applied', 'merged'].includes(state), versions], round).toEqual([id, true, 1]);
  await expect.poll(() => countsHere(desk), within).toEqual(there);
  for (const [entity, table, id] of [['contract', 'api_partner_contracts', sharedContractId], ['partner', 'partners', sharedPartnerId]] as const) {
    const rows = await asOwner(`SELECT version, deleted_at IS NOT NULL AS "isDeleted", daybook.values_of($1, to_jsonb(t)) AS values FROM daybook.${table} t WHERE id = $2`, [entity, id]);
    await expect.poll(() => findStandingRecord(desk.ledger.database, entity, id), within).toEqual(rows[0]);
  }
}

test(`that is ${outages.join(', ')} in the middle of ${rounds} exchanges loses and doubles nothing`, async () => {
  const url = Object.assign(new URL(await world.urlOf('ada', 'admin')), { port: String(line.port) }).toString();
  await using ada = openDesk({ person: 'ada', url, clock: systemClock, pageSize: 40, queryTimeoutMs: 3_000 });
  await ada.exchange();
  const made: Made = { edits: [], usage: 0 };
  const live = follow(ada, url);
  await expect.poll(() => live.isFollowing(), within).toBe(true);
  let slowestMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    const outage = outages[round % outages.length] ?? 'cut';
    const title = `seed ${seed}, round ${round}, ${outage}`;
    live.troubles.clear();
    await editThere(made, round);
    if (outage === 'full') await asOwner('INSERT INTO public.disk VALUES ($1)', [wholeFrom(random, 0, editsARound - 1)]);
    editHere(ada, made, round);
    live.kick();
    if (outage !== 'full') await passing(wholeFrom(random, 1, random() < 0.5 ? 3_000 : 40_000), () => openHere(ada) === 0 && !live.isBehind());
    const isOver = suffer(outage, () => (outage === 'full' ? live.troubles.size > 0 : !live.isFollowing()));
    // Meanwhile the desk is used as always.
    editHere(ada, made, rounds + round);
    expect(ada.changes.list({ isOpen: true }, { startAt: 0, limit: 50, order: 'createdAt/ascending' }).total, title).toBeGreaterThan(0);
    expect(ada.changes.counts('ada').parked, title).toBe(0);
    await isOver;
    const overMs = performance.now();
    await expect.poll(() => live.isFollowing(), within).toBe(true);
    slowestMs = Math.max(slowestMs, performance.now() - overMs);
    await expect.poll(() => openHere(ada), { ...within, message: title }).toBe(0);
    line.set({ kind: 'fine' });
    expect([...live.troubles].filter((code) => code !== 'postgres-unreachable' && !(outage === 'full' && code === 'postgres-error')), title).toEqual([]);
    await expectOneTruth(ada, made, title);
  }
  console.log(`outages of the shared database: ${rounds}, the line was taken up again within ${Math.round(slowestMs)} ms at the latest`);
  await live.close();
});
