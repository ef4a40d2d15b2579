/** Runs as the screens and the command line read them. */
import { createRouterClient } from '@orpc/server';
import { expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createCommandLog } from '../database/command-log.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import type { ListedBalanceTransaction } from '../reconciliation/gateway-balance-transactions.ts';
import { createReconciliation } from '../reconciliation/reconciliation.ts';
import { comparedAccounts, listedGateway, postEntry, recordPayment } from '../testing/reconciliation-world.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createReconciliationRunsHandlers } from './reconciliation-runs-handlers.ts';

const now = Date.UTC(2026, 10, 18, 14, 14);
const clock = fixedClock(now);
const zone = new TimeZone('America/New_York');
const transactions: ListedBalanceTransaction[] = ['a', 'b'].map((name, index) => ({ id: `txn_${name}`, type: 'charge', reportingCategory: 'charge', sourceId: `ch_${name}`, amountMinor: 1_000 * (index + 1), feeMinor: 59, currency: 'usd', createdAt: now - (index + 1) * 86_400_000, exchangeRate: null, availableAt: null }));

const clientOf = (database: SqliteDatabase) => createRouterClient(createReconciliationRunsHandlers({ database, timeZone: zone }), { context: { user: 'ana', role: 'viewer', host: 'cli', logger: silentLogger, commands: createCommandLog(database, clock) } });
const run = (database: SqliteDatabase) => createReconciliation({ gateway: listedGateway(transactions), database, unitOfWork: database.unitOfWork, clock, zone, accounts: comparedAccounts }).reconcileTransactions({ isFull: true }, unattended);

test('before the first run there is none, and that is said', async () => {
  using ledger = openTemporaryDatabase();
  const client = clientOf(ledger.database);
  expect(await client.list({})).toEqual({ rows: [], total: 0, sums: [] });
  expect(await client.proof({})).toBeNull();
  await expect(client.show({})).rejects.toMatchObject({ code: 'reconciliation-run-none' });
  await expect(client.show({ id: newId() })).rejects.toMatchObject({ code: 'reconciliation-run-not-found' });
  await expect(client.differences({ id: newId(), of: 'new' })).rejects.toMatchObject({ code: 'reconciliation-run-not-found' });
});

test('a run is shown beside the one before: what is new, gone and still open', async () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  database.unitOfWork.run('world', (writable) => recordPayment(writable, 1, transactions[0]!));
  await run(database);
  const client = clientOf(database);
  const first = await client.show({});
  expect(first).toMatchObject({ run: { level: 'transactions', sequence: 1, found: 3, appeared: 3, gone: 0 }, previous: null, byReason: [{ reason: 'missing-in-ledger', count: 2 }, { reason: 'missing-in-payment-history', count: 1 }] });

  database.unitOfWork.run('world', (writable) => {
    postEntry(writable, 1, 'entry-a', '2026-11-17', transactions[0]!);
    recordPayment(writable, 2, transactions[1]!, { fee: 60 });
  });
  await run(database);
  const second = await client.show({});
  expect(second).toMatchObject({ run: { sequence: 2, found: 2, appeared: 1, gone: 2, remaining: 1 }, previous: { id: first.run.id, found: 3, hadSameInputs: false } });
  const of = async (which: 'new' | 'gone' | 'remaining') => (await client.differences({ id: second.run.id, of: which })).rows.map((row) => `${row.reason} ${row.objectId}`).toSorted();
  expect([await of('new'), await of('gone'), await of('remaining')]).toEqual([['fee-differs ch_b'], ['missing-in-ledger ch_a', 'missing-in-payment-history ch_b'], ['missing-in-ledger ch_b']]);
  expect(await client.differences({ id: second.run.id, of: 'gone', limit: 1, startAt: 1 })).toMatchObject({ total: 2, rows: [{}] });

  await run(database);
  expect((await client.show({})).previous).toMatchObject({ hadSameInputs: true });
  expect(await client.list({ limit: 2, sort: { column: 'found', direction: 'descending' } })).toMatchObject({ total: 3, rows: [{ found: 3 }, { found: 2 }] });
  expect(await client.list({ filter: { level: 'bank' } })).toMatchObject({ total: 0 });
});
