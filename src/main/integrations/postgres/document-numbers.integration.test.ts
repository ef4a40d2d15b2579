/** The doors of migrations/postgres/0014 on a real PostgreSQL: allocators that are killed, blocks that are used offline, fences, and the histories of three desks. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openClient, startPostgres, type RunningPostgres, type SqlClient } from '../../../../sandbox/postgres.ts';
import { localDate } from '../../../shared/calendar/local-date.ts';
import { TimeZone } from '../../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../../audit/audit-log.ts';
import type { NumberAuthority } from '../../billing/document-number-authority.ports.ts';
import { createLocalNumberAuthority } from '../../billing/local-number-authority.ts';
import { newId } from '../../platform/ids.ts';
import { expectEveryNumberOnce, numberSteps, openNumberDesk, playNumberSteps, type NumberDesk, type NumberPlaces, type NumberWorld } from '../../testing/number-desks.ts';
import { makeSharedDatabase, type SharedDatabase } from '../../testing/shared-desks.ts';
import { openTemporaryDatabase } from '../../testing/temporary-database.ts';
import { openPostgres, type PostgresConnection } from './connection.ts';
import { bringDocumentNumbers, createSharedNumberAuthority } from './shared-document-numbers.ts';

let server: RunningPostgres;
let shared: SharedDatabase;
let owner: SqlClient;
const connections: PostgresConnection[] = [];
const desks: NumberDesk[] = [];
const clock = { now: () => Date.now() };
/** In the ledger's own zone; a test that runs over midnight of the 31st of December still leases a year in reach. */
let year: number;
let today: ReturnType<typeof localDate>;

beforeAll(async () => {
  server = await startPostgres();
  shared = await makeSharedDatabase(server);
  owner = shared.owner;
  today = localDate((await owner.query<{ today: string }>("SELECT (clock_timestamp() AT TIME ZONE reporting_time_zone)::date::text AS today FROM daybook.ledger")).rows[0]?.today ?? '');
  year = Number(today.slice(0, 4));
});
beforeEach(startAnew);
afterAll(async () => {
  for (const desk of desks) desk[Symbol.dispose]();
  await Promise.all(connections.map((connection) => connection.close()));
  await shared[Symbol.asyncDispose]();
  await server.stop();
});

async function startAnew(): Promise<void> {
  await owner.query('TRUNCATE daybook.invoices, daybook.document_series, daybook.document_number_gaps, daybook.audit_log CASCADE');
  for (const desk of desks) {
    desk.ledger.database.connection.exec('DELETE FROM held_number_uses; DELETE FROM held_number_blocks; DELETE FROM document_number_tries');
    desk.setLine('up');
  }
}

async function authorityOf(person: string, role: 'accountant' | 'admin' | 'finance', desk: string): Promise<{ readonly authority: NumberAuthority; readonly login: string }> {
  const url = await shared.urlOf(person, role);
  const postgres = openPostgres({ url, maximumConnections: 2 });
  connections.push(postgres);
  const login = new URL(url).username;
  return { login, authority: createSharedNumberAuthority(postgres, login, desk) };
}

async function openDesk(person: string, role: 'accountant' | 'admin' | 'finance', name: string): Promise<NumberDesk> {
  const { authority, login } = await authorityOf(person, role, name);
  const desk = openNumberDesk({ name, user: login, authority, clock });
  desks.push(desk);
  return desk;
}

const numberOnline = async (series: string, issueDate: string, documentId: string): Promise<string> => (await owner.query<{ number: string }>('SELECT daybook.number_document($1, $2, $3) AS number', [series, issueDate, documentId])).rows[0]?.number ?? '';
const passDays = async (days: number): Promise<void> =>
  void (await owner.query("UPDATE daybook.document_number_blocks SET leased_at = leased_at - $1 * interval '1 day', use_until = use_until - $1 * interval '1 day', report_until = report_until - $1 * interval '1 day' WHERE state = 'live'", [days]));
async function places(series: string, ofYear: number): Promise<NumberPlaces> {
  const { rows } = await owner.query<NumberPlaces>(
    `SELECT coalesce((SELECT next_number FROM daybook.document_series WHERE series = $1 AND year = $2), 1)::int AS next,
       coalesce((SELECT array_agg(number::int ORDER BY number) FROM daybook.document_number_uses WHERE series = $1 AND year = $2), '{}') AS used,
       coalesce((SELECT array_agg(number::int ORDER BY number) FROM daybook.document_number_gaps WHERE series = $1 AND year = $2), '{}') AS gaps,
       coalesce((SELECT array_agg(n::int ORDER BY n) FROM daybook.document_number_blocks b, generate_series(b.first_number, b.last_number) AS n
         WHERE b.series = $1 AND b.year = $2 AND b.state = 'live' AND NOT EXISTS (SELECT FROM daybook.document_number_uses u WHERE u.series = $1 AND u.year = $2 AND u.number = n)), '{}') AS "inBlocks"`,
    [series, ofYear],
  );
  return rows[0] ?? { next: 1, used: [], inBlocks: [], gaps: [] };
}

const draftColumns = '(id, kind, status, currency, subtotal_minor, discount_minor, tax_minor, withholding_minor, total_minor, amount_due_minor, line_items, customer_snapshot, totals_fingerprint, created_by)';
const addDraft = async (id: string): Promise<void> => void (await owner.query(`INSERT INTO daybook.invoices ${draftColumns} VALUES ($1, 'one-off', 'draft', 'usd', 100, 0, 0, 0, 100, 100, '[]', '{}', 'f', 'test')`, [id]));
const finalise = 'SELECT daybook.finalise_invoice($1, $2, $3, $3, now(), NULL, NULL) AS answer';
const text = (number: number, series = 'INV'): string => `${series}-${year}-${String(number).padStart(4, '0')}`;
const lease = (desk: NumberDesk, count: number, blockId = newId(), series: 'INV' | 'CN' = 'INV') => desk.numbers.lease({ blockId, series, year, count, days: 7, actor: desk.name });
const allocate = async (desk: NumberDesk, documentId: string = newId()): Promise<string> => (await desk.numbers.allocate({ series: 'INV', issueDate: today, documentId, actor: desk.name })).text;

describe('the allocator', () => {
  test('eight that finalise at once, whose connections are killed in the middle, leave no gap and give no number twice', async () => {
    const url = await shared.urlOf('eight', 'accountant');
    let [writing, killed] = [8, 0];
    let documents = 0;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      let client: SqlClient | null = null;
      // Until each has done its share and enough of them were killed at it.
      for (let done = 0; done < 10 || killed < 12; done += 1) {
        const id = newId();
        await addDraft(id);
        documents += 1;
        for (let isDone = false; !isDone; ) {
          try {
            if (client === null) {
              client = await openClient(url);
              client.on('error', () => undefined);
              await client.query(`SET application_name = 'writer-${writer}'`);
            }
            await client.query('BEGIN');
            await client.query(finalise, [id, 'f', today]);
            await client.query(Math.random() < 0.2 ? 'ROLLBACK' : 'COMMIT');
            isDone = (await client.query("SELECT 1 FROM daybook.invoices WHERE id = $1 AND status = 'finalised'", [id])).rowCount === 1;
          } catch {
            void client?.end().catch(() => undefined);
            client = null;
          }
        }
      }
      writing -= 1;
      await client?.end();
    });
    while (writing > 0) {
      // In the middle of a transaction, waiting for the series or holding it.
      const { rowCount } = killed < 40 ? await owner.query("SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'writer-%' AND xact_start IS NOT NULL ORDER BY random() LIMIT 1) AS one") : { rowCount: 0 };
      killed += rowCount ?? 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(writers);
    expect(killed).toBeGreaterThanOrEqual(12);
    const { rows } = await owner.query<{ invoice_number: string; isItsOwn: boolean }>(
      `SELECT i.invoice_number, u.document_id = i.id AS "isItsOwn" FROM daybook.invoices i JOIN daybook.document_number_uses u ON daybook.document_number_text(u.series, u.year, u.number) = i.invoice_number ORDER BY u.number`);
    expect(rows).toEqual(Array.from({ length: documents }, (_, index) => ({ invoice_number: text(index + 1), isItsOwn: true })));
    expect(await places('INV', year)).toMatchObject({ next: documents + 1, gaps: [], inBlocks: [] });
  });

  test('counts each series and year of issue by itself, past 9999 too, and knows a document again', async () => {
    const document = newId();
    expect([await numberOnline('INV', '2026-12-31', document), await numberOnline('INV', '2026-12-31', document), await numberOnline('CN', '2026-12-31', newId()), await numberOnline('INV', '2027-01-01', newId())])
      .toEqual(['INV-2026-0001', 'INV-2026-0001', 'CN-2026-0001', 'INV-2027-0001']);
    await expect(numberOnline('CN', '2026-12-31', document)).rejects.toMatchObject({ detail: 'document-numbered-already' });
    await expect(numberOnline('API', '2026-12-31', newId())).rejects.toMatchObject({ detail: 'number-series-unknown' });
    await owner.query("UPDATE daybook.document_series SET next_number = 9999 WHERE series = 'CN'");
    expect([await numberOnline('CN', '2026-01-01', newId()), await numberOnline('CN', '2026-01-01', newId())]).toEqual(['CN-2026-9999', 'CN-2026-10000']);
  });

  test('an invoice cannot take a number that was not given to it, by an owner’s statement neither', async () => {
    const desk = await openDesk('taker', 'accountant', 'taker-1');
    await lease(desk, 2);
    const [id, other] = [newId(), newId()];
    for (const each of [id, other]) await addDraft(each);
    await numberOnline('INV', today, other);
    for (const wrong of [1, 3, 4]) await expect(owner.query('UPDATE daybook.invoices SET invoice_number = $2 WHERE id = $1', [id, text(wrong)])).rejects.toMatchObject({ detail: 'number-taken' });
    await owner.query('UPDATE daybook.invoices SET invoice_number = $2 WHERE id = $1', [other, text(3)]);
  });
});

describe('a block', () => {
  test('is used offline, told twice, and used once; the rest goes back', async () => {
    const desk = await openDesk('amara', 'accountant', 'amara-1');
    const { id } = await lease(desk, 3);
    desk.setLine('down');
    const documents = [newId(), newId()];
    expect([await allocate(desk, documents[0]), await allocate(desk, documents[0]), await allocate(desk, documents[1])]).toEqual([text(1), text(1), text(2)]);
    desk.setLine('lossy');
    await expect(desk.numbers.reportUses()).rejects.toMatchObject({ code: 'postgres-unreachable' });
    desk.setLine('up');
    expect(await desk.numbers.reportUses()).toEqual({ recorded: 2, refused: 0 });
    expect((await owner.query('SELECT document_id FROM daybook.document_number_uses ORDER BY number')).rows).toEqual(documents.map((document_id) => ({ document_id })));
    expect(await desk.numbers.return({ blockId: id, reason: 'Back', actor: 'amara' })).toMatchObject({ backToSeries: 1, gaps: [], block: { state: 'returned', used: 2 } });
    expect(await numberOnline('INV', today, newId())).toBe(text(3));
    // A document that was numbered offline is the same document when it is finalised there.
    expect(await numberOnline('INV', today, documents[1] ?? '')).toBe(text(2));
  });

  test('whose lease was asked for twice is one block; under the same id nobody gets another', async () => {
    const [desk, other] = [await openDesk('amara', 'accountant', 'amara-1'), await openDesk('ben', 'admin', 'ben-1')];
    const blockId = newId();
    desk.setLine('lossy');
    await expect(lease(desk, 3, blockId)).rejects.toMatchObject({ code: 'postgres-unreachable' });
    desk.setLine('up');
    expect(await lease(desk, 3, blockId)).toMatchObject({ id: blockId, firstNumber: 1, lastNumber: 3, left: 3, isOfThisDesk: true });
    await expect(lease(desk, 4, blockId)).rejects.toMatchObject({ code: 'number-block-reused' });
    await expect(lease(other, 3, blockId)).rejects.toMatchObject({ code: 'number-block-reused' });
    expect((await lease(other, 2)).firstNumber).toBe(4);
  });

  test('that ran out is fenced: what its desk used is refused with what to do, and no other document gets its numbers', async () => {
    const desk = await openDesk('amara', 'accountant', 'amara-1');
    await lease(desk, 3);
    desk.setLine('down');
    const [intime, late] = [newId(), newId()];
    await allocate(desk, intime);
    desk.setLine('up');
    await passDays(13);
    expect(await desk.numbers.reportUses()).toEqual({ recorded: 1, refused: 0 });
    await allocate(desk, late); // its own clock says that it may
    await passDays(1);
    expect(await desk.numbers.reportUses()).toEqual({ recorded: 0, refused: 1 });
    expect((await desk.numbers.overview()).openUses).toMatchObject([{ number: { text: text(2) }, documentId: late, refusal: { code: 'number-lease-ended', nextStep: expect.stringContaining('issue it again') } }]);
    await expect(allocate(desk)).rejects.toMatchObject({ code: 'number-lease-ended' });
    expect(await desk.numbers.gaps({ series: 'INV', year })).toMatchObject([{ text: text(3), claimedBy: null }, { text: text(2), recordedBy: 'daybook', claimedBy: { documentId: late } }]);
    expect(await numberOnline('INV', today, newId())).toBe(text(4));
    expectEveryNumberOnce(await places('INV', year));
  });

  test('is taken away by an admin, and by no other accountant; its desk is refused afterwards', async () => {
    const [desk, colleague, admin] = [await openDesk('amara', 'accountant', 'amara-1'), await openDesk('chidi', 'accountant', 'chidi-1'), await openDesk('ben', 'admin', 'ben-1')];
    const { id } = await lease(desk, 2);
    desk.setLine('down');
    await allocate(desk);
    await expect(colleague.numbers.return({ blockId: id, reason: 'Not mine', actor: 'chidi' })).rejects.toMatchObject({ code: 'number-block-not-yours' });
    await expect(admin.numbers.return({ blockId: id, reason: ' x ', actor: 'ben' })).rejects.toMatchObject({ code: 'number-reason-missing' });
    await expect(admin.numbers.return({ blockId: randomUUID(), reason: 'Unknown', actor: 'ben' })).rejects.toMatchObject({ code: 'number-block-not-found' });
    expect(await admin.numbers.return({ blockId: id, reason: 'Laptop lost', actor: 'ben' })).toMatchObject({ block: { state: 'revoked' }, backToSeries: 0, gaps: [text(1), text(2)] });
    desk.setLine('up');
    expect(await desk.numbers.reportUses()).toEqual({ recorded: 0, refused: 1 });
    expect((await owner.query<{ action: string; actor: string }>('SELECT action, actor FROM daybook.audit_log ORDER BY id')).rows.map((row) => [row.action, row.actor.split('_').at(-1)])).toEqual([['lease', 'amara'], ['revoked', 'ben'], ['claim-refused', 'amara']]);
  });

  test('cannot be spoken for by another login or desk, whatever they send', async () => {
    const desk = await openDesk('amara', 'accountant', 'amara-1');
    const { id } = await lease(desk, 2);
    const use = { blockId: id, number: 1, documentId: newId(), issueDate: today };
    const thieves = [await authorityOf('amara', 'accountant', 'amara-2'), await authorityOf('ben', 'admin', 'amara-1')];
    for (const { authority } of thieves) expect(await authority.record([use])).toMatchObject([{ outcome: 'refused', code: 'number-block-not-yours' }]);
    const { authority } = await authorityOf('amara', 'accountant', 'amara-1');
    const otherYear = localDate(`${year - 1}-11-18`);
    expect(await authority.record([use, use, { ...use, documentId: newId() }, { ...use, number: 2 }, { ...use, number: 3 }, { ...use, number: 2, documentId: newId(), issueDate: otherYear }])).toMatchObject([
      { outcome: 'recorded' }, { outcome: 'unchanged' }, { code: 'number-taken' }, { code: 'document-numbered-already' }, { code: 'number-not-in-block' }, { code: 'number-year-mismatch' },
    ]);
  });

  test.each([[0, 7, 0, 'number-block-count-invalid'], [101, 7, 0, 'number-block-count-invalid'], [1, 0, 0, 'number-block-days-invalid'], [1, 32, 0, 'number-block-days-invalid'], [1, 7, -2, 'number-year-invalid'], [1, 7, 2, 'number-year-invalid']])('of %i numbers for %i days, %i years from now is refused: %s', async (count, days, years, code) => {
    const { authority } = await authorityOf('amara', 'accountant', 'amara-1');
    await expect(authority.lease({ blockId: newId(), series: 'INV', year: year + years, count, days, actor: 'amara', requestId: newId() })).rejects.toMatchObject({ code });
  });

  test('holds a hundred unused numbers at most, together with the desk’s others', async () => {
    const desk = await openDesk('amara', 'accountant', 'amara-1');
    await lease(desk, 60);
    await expect(lease(desk, 41)).rejects.toMatchObject({ code: 'number-block-too-many', nextStep: expect.stringContaining('return') });
    await lease(desk, 100, newId(), 'CN');
    await lease(desk, 40);
  });
});

describe('a desk that was alone and joins', () => {
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  const twin = createLocalNumberAuthority({ readable: database, unitOfWork: database.unitOfWork, audit: createAuditLog({ clock }), clock, timeZone: new TimeZone('America/New_York'), user: 'amara', desk: 'alone', isAdmin: true });
  const give = (series: 'INV' | 'CN', documentId: string = newId()) => database.unitOfWork.run('finalise', (writable) => twin.number(writable, { series, issueDate: today, documentId, actor: 'amara' })).text;
  const bring = async (numbers = twin.windUp()): Promise<void> => {
    const postgres = openPostgres({ url: await shared.urlOf('amara', 'accountant') });
    connections.push(postgres);
    await bringDocumentNumbers(postgres, numbers, newId());
  };
  afterAll(() => ledger[Symbol.dispose]());

  test('brings its numbers, once however often it is sent; the next one follows them', async () => {
    const { id } = await twin.lease({ blockId: newId(), series: 'INV', year, count: 2, days: 7, actor: 'amara', requestId: newId() });
    const documents = [newId(), newId(), newId(), newId()];
    expect(documents.map((document) => give('INV', document))).toEqual([text(1), text(2), text(3), text(4)]);
    give('CN');
    await twin.lease({ blockId: newId(), series: 'INV', year, count: 3, days: 7, actor: 'amara', requestId: newId() });
    database.connection.exec(`UPDATE document_series SET next_number = next_number + 1 WHERE series = 'INV'; INSERT INTO document_number_uses VALUES ('${newId()}', 'INV', ${year}, 8, NULL, '${today}', 'amara', 0)`); // behind a block that is still live
    for (let time = 1; time <= 2; time += 1) await bring();
    expect(await places('INV', year)).toEqual({ next: 9, used: [1, 2, 3, 4, 8], inBlocks: [], gaps: [5, 6, 7] });
    expect([await numberOnline('INV', today, newId()), await numberOnline('INV', today, documents[1] ?? ''), await numberOnline('CN', today, newId()), id.length]).toEqual([text(9), text(2), text(2, 'CN'), 36]);
  });

  test('is refused where others have begun, and with a hole', async () => {
    const numbers = twin.windUp();
    await expect(bring({ ...numbers, uses: numbers.uses.slice(1) })).rejects.toMatchObject({ code: 'numbers-incomplete' });
    await numberOnline('CN', today, newId());
    await expect(bring(numbers)).rejects.toMatchObject({ code: 'shared-ledger-mismatch' });
    expect(await places('INV', year)).toMatchObject({ next: 1, used: [] });
  });
});

describe('the doors', () => {
  test('finance reads the gap register and nothing else of it; only accountants and admins lease', async () => {
    const { authority } = await authorityOf('fin', 'finance', 'fin-1');
    await expect(authority.lease({ blockId: newId(), series: 'INV', year, count: 1, days: 1, actor: 'fin', requestId: newId() })).rejects.toMatchObject({ code: 'postgres-not-permitted' });
    await expect(authority.standing()).rejects.toMatchObject({ code: 'postgres-not-permitted' });
    expect(await authority.gaps({})).toEqual([]);
  });

  test('a document is stored with a number of a block by the functions that finalise, with the refusal as an error', async () => {
    const desk = await openDesk('amara', 'accountant', 'amara-1');
    const { id } = await lease(desk, 1);
    const document = newId();
    // As the login, but inside a function of the owner's: what 0014 offers to functions that finalise.
    await owner.query(`CREATE OR REPLACE FUNCTION daybook.store_offline_document(p_desk text, p_block uuid, p_number bigint, p_document uuid, p_on date) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT daybook.use_leased_number($1, $2, $3, $4, $5)'`);
    const client = await openClient(await shared.urlOf('amara', 'accountant'));
    const store = (number: number, documentId: string) => client.query<{ number: string }>('SELECT daybook.store_offline_document($1, $2, $3, $4, $5) AS number', ['amara-1', id, number, documentId, today]);
    expect((await store(1, document)).rows).toEqual([{ number: text(1) }]);
    expect((await store(1, document)).rows).toEqual([{ number: text(1) }]);
    await expect(store(1, newId())).rejects.toMatchObject({ detail: 'number-taken' });
    await owner.query('DROP FUNCTION daybook.store_offline_document');
    await client.end();
  });

  test.each([
    'UPDATE daybook.document_series SET next_number = 1', "INSERT INTO daybook.document_number_uses (series, year, number, document_id) VALUES ('INV', 2026, 1, gen_random_uuid())", 'DELETE FROM daybook.document_number_uses',
    "UPDATE daybook.document_number_blocks SET report_until = 'infinity'", 'DELETE FROM daybook.document_number_gaps', 'UPDATE daybook.document_number_gaps SET claimed_by_document = NULL', "SELECT daybook.number_document('INV', '2026-11-18', gen_random_uuid())",
    "SELECT daybook.hold_document_series('INV', 2026)", "SELECT daybook.take_document_use('d', gen_random_uuid(), 1, gen_random_uuid(), '2026-11-18')", "SELECT daybook.use_leased_number('d', gen_random_uuid(), 1, gen_random_uuid(), '2026-11-18')", "SELECT daybook.expire_document_blocks('INV', 2026)",
  ])('an admin cannot do by hand: %s', async (statement) => {
    const client = await openClient(await shared.urlOf('ben', 'admin'));
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  test('what is used or registered stays so, for owners too', async () => {
    const desk = await openDesk('amara', 'accountant', 'amara-1');
    const { id } = await lease(desk, 2);
    await numberOnline('INV', today, newId());
    await desk.numbers.return({ blockId: id, reason: 'Back', actor: 'amara' });
    for (const statement of ['DELETE FROM daybook.document_number_uses', 'UPDATE daybook.document_number_uses SET number = 9', 'DELETE FROM daybook.document_number_gaps', "UPDATE daybook.document_number_gaps SET reason = 'none'", 'DELETE FROM daybook.document_number_blocks']) {
      await expect(owner.query(statement)).rejects.toMatchObject({ detail: 'number-immutable' });
    }
  });
});

test('whatever three desks do, every number is used once, in a live block, or in the gap register, and on one document', { timeout: 900_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(numberSteps, async (steps) => {
      await startAnew();
      const three = desks.filter((desk) => ['play-1', 'play-2', 'play-3'].includes(desk.name));
      if (three.length === 0) three.push(await openDesk('play', 'accountant', 'play-1'), await openDesk('play', 'accountant', 'play-2'), await openDesk('boss', 'admin', 'play-3'));
      const world: NumberWorld = { desks: three, numberOnline, passDays, places };
      await playNumberSteps(world, steps, 'INV', today);
    }),
    { numRuns: process.env['DAYBOOK_LONG'] ? 300 : 25 },
  );
});
