/**
 * What goes over the line. An edit on its way to another desk (live-edits.ts), ten thousand that waited (queued-edits.ts), a million rows of usage (usage-copy.ts). The refill from Stripe: its rate, memory and cancel (refill.ts). The pull of the shared database against its bare parts: the same rows streamed by a server-side cursor and put into the same tables by bare
 * prepared inserts, without pages that can be resumed, checks of integers or cursors that move along.
 */
import pg from 'pg';
import { startPostgres } from '../sandbox/postgres.ts';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { openPostgres } from '../src/main/integrations/postgres/connection.ts';
import { migratePostgres } from '../src/main/integrations/postgres/postgres-migrations.ts';
import { createSharedLedgerSource } from '../src/main/integrations/postgres/shared-ledger-source.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { createPostgresSync, type PostgresSyncResult } from '../src/main/sync/postgres-sync.ts';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { measureLiveEdits } from './live-edits.ts';
import { timed, type Measure } from './measure.ts';
import { measureQueuedEdits } from './queued-edits.ts';
import { measureRefill } from './refill.ts';
import { measureUsageCopy } from './usage-copy.ts';

const rows = 200_000;
const changes = 20_000;
const columns = [
  'id', 'gateway', 'gateway_payment_id', 'gateway_balance_transaction_id', 'gateway_invoice_id', 'gateway_customer_id', 'kind', 'amount_minor', 'currency', 'status', 'fee_minor', 'net_minor', 'refunded_minor', 'failure_code', 'failure_message',
  'method',
];

async function copyBare(url: string): Promise<number> {
  using ledger = openTemporaryDatabase();
  const { connection } = ledger.database;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const insert = connection.prepare(`INSERT INTO payment_history (${columns.join(', ')}, created_at) VALUES (${columns.map(() => '?').join(', ')}, ?)`);
    return await timed(async () => {
      await client.query('BEGIN');
      await client.query(`DECLARE rows_in_order CURSOR FOR SELECT ${columns.join(', ')}, floor(extract(epoch FROM created_at) * 1000)::bigint FROM daybook.payment_history ORDER BY id`);
      for (;;) {
        const { rows: page } = await client.query<unknown[]>({ text: 'FETCH 5000 FROM rows_in_order', rowMode: 'array' });
        if (page.length === 0) break;
        connection.exec('BEGIN');
        for (const row of page) insert.run(row);
        connection.exec('COMMIT');
      }
      await client.query('COMMIT');
    });
  } finally {
    await client.end();
  }
}

export async function measure(): Promise<Measure[]> {
  return [...(await measureLiveEdits()), ...(await measureQueuedEdits()), ...(await measureUsageCopy()), ...(await measureRefill()), ...(await measurePull())];
}

async function measurePull(): Promise<Measure[]> {
  const server = await startPostgres();
  try {
    const url = await server.createDatabase('bench');
    await migratePostgres(url);
    const owner = new pg.Client({ connectionString: url });
    await owner.connect();
    await owner.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Bench', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York')");
    await owner.query(
      `INSERT INTO daybook.payment_history (gateway, gateway_payment_id, gateway_balance_transaction_id, gateway_customer_id, kind, amount_minor, currency, status, fee_minor, net_minor, method, created_at)
       SELECT 'stripe', 'ch_' || n, 'txn_' || n, 'cus_' || n % 1000, 'payment', 1000 + n, 'usd', 'succeeded', 59, 941 + n, 'card', timestamptz '2023-12-01' + n * interval '1 minute' FROM generate_series(1, $1) AS n`,
      [rows],
    );
    await owner.query('ANALYZE');
    const referenceMs = await copyBare(url);

    using ledger = openTemporaryDatabase();
    const postgres = openPostgres({ url });
    const sync = createPostgresSync({ source: createSharedLedgerSource(postgres), readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock: fixedClock(0), clientVersion: '0.1.0' });
    let pulled: PostgresSyncResult | undefined;
    const pull = async (): Promise<void> => {
      pulled = await sync.pull(unattended);
    };
    const memoryBefore = process.memoryUsage().rss;
    const loadMs = await timed(pull);
    if (pulled?.written.payment_history !== rows) throw new Error(`The pull wrote ${pulled?.written.payment_history} rows of ${rows}.`);
    const grownMb = Math.round((process.memoryUsage().rss - memoryBefore) / 1_048_576);
    await owner.query('UPDATE daybook.payment_history SET refunded_minor = 1 WHERE id <= $1', [changes]);
    const followMs = await timed(pull);
    if (pulled?.changes !== changes) throw new Error(`The feed gave ${pulled?.changes} changes of ${changes}.`);
    await owner.end();
    await postgres.close();

    const loadRatio = referenceMs / loadMs;
    const followRatio = (referenceMs / rows) * changes / followMs;
    return [
      { name: 'sync first copy of 200,000 payments', ours: Math.round(loadMs), reference: Math.round(referenceMs), ratio: loadRatio, goal: '≥ 0.4 × a bare cursor and bare inserts', holds: loadRatio >= 0.4, unit: 'ms', note: `${Math.round((rows / loadMs) * 1000)} rows/s, memory grew ${grownMb} MB` },
      { name: 'sync 20,000 changes through the feed', ours: Math.round(followMs), reference: Math.round((referenceMs / rows) * changes), ratio: followRatio, goal: '≥ 0.2 × the same rows copied bare', holds: followRatio >= 0.2, unit: 'ms', note: `${Math.round((changes / followMs) * 1000)} changes/s` },
    ];
  } finally {
    await server.stop();
  }
}
