/**
 * The first copy of 1,000,000 rows of usage to a desk, against the same rows through COPY and put into the same table by one prepared insert, without pages that can be resumed, checks of integers or
 * cursors that move along. The two in turn, each into a ledger of its own.
 */
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { startPostgres } from '../sandbox/postgres.ts';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { openPostgres } from '../src/main/integrations/postgres/connection.ts';
import { createSharedLedgerSource } from '../src/main/integrations/postgres/shared-ledger-source.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { createPostgresSync } from '../src/main/sync/postgres-sync.ts';
import { makeSharedDatabase } from '../src/main/testing/shared-desks.ts';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { timed, type Measure } from './measure.ts';

const rows = Number(process.env['DAYBOOK_BENCH_USAGE_ROWS'] ?? 1_000_000);
const rowsPerTransaction = 2_500;
const goal = 0.5;
const columns = ['id', 'idempotency_key', 'api_key_prefix', 'meter', 'quantity', 'occurred_at', 'received_at'];
const instant = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::bigint`;

async function copyBare(url: string): Promise<number> {
  using ledger = openTemporaryDatabase();
  const { connection } = ledger.database;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const insert = connection.prepare(`INSERT INTO api_usage (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`);
    const numbers = new Set(['id', 'quantity', 'occurred_at', 'received_at'].map((column) => columns.indexOf(column)));
    return await timed(async () => {
      const stream = client.query(copyTo(`COPY (SELECT id, idempotency_key, api_key_prefix, meter, quantity, ${instant('occurred_at')}, ${instant('received_at')} FROM daybook.api_usage ORDER BY id) TO STDOUT`));
      let rest = '';
      let open = 0;
      connection.exec('BEGIN');
      for await (const part of stream) {
        const lines = (rest + String(part)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          insert.run(line.split('\t').map((value, place) => (numbers.has(place) ? Number(value) : value)));
          open += 1;
          if (open % rowsPerTransaction === 0) connection.exec('COMMIT; BEGIN');
        }
      }
      connection.exec('COMMIT');
    });
  } finally {
    await client.end();
  }
}

async function copyOurs(url: string): Promise<{ readonly ms: number; readonly grownMb: number }> {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const postgres = openPostgres({ url });
  const sync = createPostgresSync({ source: createSharedLedgerSource(postgres), readable: database, unitOfWork: database.unitOfWork, clock: fixedClock(0), clientVersion: '0.1.0' });
  const before = process.memoryUsage().rss;
  const ms = await timed(() => sync.pull(unattended));
  const grownMb = Math.round((process.memoryUsage().rss - before) / 1_048_576);
  const copied = database.connection.prepare<[], { n: number }>('SELECT count(*) AS n FROM api_usage').get()?.n;
  if (copied !== rows) throw new Error(`${copied} of ${rows} rows were copied.`);
  await postgres.close();
  return { ms, grownMb };
}

export async function measureUsageCopy(): Promise<Measure[]> {
  const server = await startPostgres();
  try {
    await using world = await makeSharedDatabase(server);
    await world.owner.query(
      `INSERT INTO daybook.api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at)
       SELECT 'use-' || n, 'dp_pk_' || n % 500, CASE n % 2 WHEN 0 THEN 'deeds' ELSE 'requests' END, 1 + n % 7, timestamptz '2025-11-01' + n * interval '30 seconds' FROM generate_series(1, $1) AS n`,
      [rows],
    );
    await world.owner.query('TRUNCATE daybook.change_feed');
    await world.owner.query('VACUUM ANALYZE');
    const url = await world.urlOf('ada', 'admin');
    const reference = await copyBare(world.ownerUrl);
    const { ms, grownMb } = await copyOurs(url);
    const ratio = reference / ms;
    return [{ name: `sync first copy of ${rows.toLocaleString('en-US')} usage rows`, unit: 'ms', ours: Math.round(ms), reference: Math.round(reference), ratio, goal: `≥ ${goal} × COPY out and a prepared insert`, holds: ratio >= goal, note: `${Math.round((rows / ms) * 1_000).toLocaleString('en-US')} rows/s, memory grew ${grownMb} MB` }];
  } finally {
    await server.stop();
  }
}
