/**
 * A desk that comes back with 10,000 edits of 500 contracts, made while it was offline: until all of them are settled there and their answers stored here. The reference is
 * what the shared database alone takes for as many, called by a bare client with nothing kept.
 */
import pg from 'pg';
import { startPostgres } from '../sandbox/postgres.ts';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { idFromKey } from '../src/main/platform/ids.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { makeSharedDatabase, openDesk, type Desk, type SharedDatabase } from '../src/main/testing/shared-desks.ts';
import { timed, type Measure } from './measure.ts';

const edits = 10_000;
const contracts = 500;
const goalMs = 5_000;
const together = 200;

async function seedContracts(world: SharedDatabase): Promise<readonly string[]> {
  await world.owner.query('UPDATE daybook.ledger SET price_changes_need_approval = false');
  const ids = Array.from({ length: contracts }, (_, place) => idFromKey(`contract ${place}`));
  const partnerId = idFromKey('partner');
  await world.owner.query("INSERT INTO daybook.partners (id, name) VALUES ($1, 'Titlesure')", [partnerId]);
  await world.owner.query(
    `INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, flat_fee_minor, per_deed_price, currency, effective_from)
     SELECT id, $2, 'dp_pk_' || place, 'hybrid', 10000, 2.50, 'usd', '2026-01-01' FROM unnest($1::uuid[]) WITH ORDINALITY AS list (id, place)`,
    [ids, partnerId],
  );
  await world.owner.query('ANALYZE');
  return ids;
}

/** One edit after the other, each contract in turn: a price, a correction, a price. */
function queueEdits(desk: Desk, ids: readonly string[]): void {
  for (let place = 0; place < edits; place += 1) {
    const values = place % 2 === 0 ? { purchase_order_number: `PO-${place}` } : { flat_fee_minor: 20_000 + place };
    desk.changes.submit({ entity: 'contract', entityId: ids[place % contracts] ?? '', operation: 'update', baseVersion: 1, values, reason: 'agreed by mail' }, { actor: desk.person });
  }
}

/** The same kind of edits by a client that does nothing else. */
async function callBare(url: string, ids: readonly string[]): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const calls = Array.from({ length: edits / together }, (_, call) =>
      JSON.stringify(Array.from({ length: together }, (_unused, one) => {
        const place = call * together + one;
        return { id: idFromKey(`bare ${place}`), entity: 'contract', entityId: ids[place % contracts], operation: 'update', baseVersion: 1, fields: { terms: { from: place < contracts ? null : `T-${place - contracts}`, to: `T-${place}` } }, reason: 'agreed by mail', createdAt: 0, desk: 'desk-of-bare' };
      })));
    return await timed(async () => {
      for (const call of calls) await client.query('SELECT daybook.submit_changes($1::jsonb)', [call]);
    });
  } finally {
    await client.end();
  }
}

export async function measureQueuedEdits(): Promise<Measure[]> {
  const server = await startPostgres();
  try {
    await using world = await makeSharedDatabase(server);
    const ids = await seedContracts(world);
    await using desk = openDesk({ person: 'ada', url: await world.urlOf('ada', 'admin'), clock: fixedClock(0) });
    await desk.exchange();
    const queueMs = await timed(() => queueEdits(desk, ids));
    let sent = 0;
    const ours = await timed(async () => {
      ({ sent } = await desk.sending.sendPending(unattended));
    });
    const { rows } = await world.owner.query<{ settled: string }>("SELECT count(*) AS settled FROM daybook.change_sets WHERE state = 'applied'");
    if (sent !== edits || Number(rows[0]?.settled) !== edits) throw new Error(`${sent} of ${edits} edits were sent, ${rows[0]?.settled} applied.`);
    await world.owner.query('VACUUM ANALYZE');
    const reference = await callBare(await world.urlOf('bare', 'admin'), ids);
    return [{
      name: 'sync 10,000 queued edits sent', unit: 'ms', ours: Math.round(ours), reference: Math.round(reference), ratio: reference / ours, goal: `≤ ${goalMs.toLocaleString('en-US')} ms`, holds: ours <= goalMs,
      note: `${Math.round((edits / ours) * 1_000)} edits/s; making them took ${Math.round(queueMs)} ms; reference: as many at the shared database alone`,
    }];
  } finally {
    await server.stop();
  }
}
