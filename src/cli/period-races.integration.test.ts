/** One month closed by many at once: processes on one data folder with an owner and without, and two desks of which one was offline. Nothing enters a closed month, and it is closed once. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorld, type World } from '../../sandbox/world.ts';
import { openDemoDesk, readLedgerFile, startOwner, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { openDatabase } from '../main/database/open-database.ts';
import { silentLogger } from '../main/platform/logger.ts';
import { loadExchangeRates } from '../main/testing/stripe-desk.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

const folder = makeTemporaryFolder();
let world: World;
beforeAll(async () => {
  world = await startWorld({ size: 'small', seed: 1 });
});
afterAll(async () => {
  await world?.stop();
  folder[Symbol.dispose]();
});

interface Attempt {
  readonly code: number | null;
  readonly refusal: string | null;
}
async function attempt(desk: CliDesk, ...args: string[]): Promise<Attempt> {
  const { code, answer } = await desk.json<ErrorDocument>(...args);
  return { code, refusal: code === 0 ? null : answer.error.code };
}
const nextToClose = async (desk: CliDesk): Promise<string> => (await desk.json<{ periods: { month: string; isNextToClose: boolean }[] }>('ledger', 'periods')).answer.periods.find((period) => period.isNextToClose)?.month ?? '';
const closings = (desk: CliDesk): unknown[] => readLedgerFile(desk, "SELECT month, count(*) AS times FROM period_log WHERE action = 'close' GROUP BY month ORDER BY month");
/** Entries dated in a month that was closed when they were sealed. */
const intruders = (desk: CliDesk): unknown[] => readLedgerFile(desk, "SELECT e.id FROM journal_entries AS e JOIN period_log AS p ON p.action = 'close' WHERE e.ledger_sequence > p.head_sequence AND e.entry_date < date(p.month || '-01', '+1 month')");
/** What a command may be told while others are at the same month or hold the folder. */
const politely = ['period-closed-already', 'ledger-moved-on', 'data-folder-in-use', 'recognition-month-closed'];

async function raceToClose(desk: CliDesk): Promise<void> {
  const month = await nextToClose(desk);
  expect(month).toMatch(/^\d{4}-\d{2}$/);
  expect(await attempt(desk, 'revenue', 'recognise', '--period', month)).toEqual({ code: 0, refusal: null });
  const before = closings(desk);
  const attempts = await Promise.all([
    ...Array.from({ length: 4 }, () => attempt(desk, 'ledger', 'close', '--period', month)),
    attempt(desk, 'sync', 'stripe'), attempt(desk, 'revenue', 'recognise', '--period', month), attempt(desk, 'sync', 'stripe'),
  ]);
  expect(attempts.map(({ refusal }) => refusal).filter((refusal) => refusal !== null && !politely.includes(refusal))).toEqual([]);
  // Where everybody was refused because the others were at it, one that comes alone closes it.
  if (closings(desk).length === before.length) expect(await attempt(desk, 'ledger', 'close', '--period', month)).toEqual({ code: 0, refusal: null });
  expect(closings(desk)).toEqual([...before, { month, times: 1 }]);
  expect(await attempt(desk, 'sync', 'stripe')).toEqual({ code: 0, refusal: null });
  expect(intruders(desk)).toEqual([]);
  expect(await attempt(desk, 'ledger', 'verify')).toEqual({ code: 0, refusal: null });
}

test('by processes that take turns with one data folder, alone', { timeout: 240_000 }, async () => {
  const desk = openDemoDesk(world, join(folder.path, 'alone')).with({ DAYBOOK_POSTGRES_URL: undefined });
  expect(await attempt(desk, 'sync', 'stripe')).toEqual({ code: 0, refusal: null });
  // Without the shared database nobody brings the rates.
  const database = openDatabase({ file: join(desk.dataFolder, 'ledger.sqlite'), logger: silentLogger });
  database.transaction('rates', (writable) => loadExchangeRates(writable, world.company));
  database.close();
  expect(await attempt(desk, 'sync', 'stripe')).toEqual({ code: 0, refusal: null });
  await raceToClose(desk);
  await raceToClose(desk);
});

test('by processes that talk to the one that owns the folder, and when that one is stopped', { timeout: 240_000 }, async () => {
  const desk = openDemoDesk(world, join(folder.path, 'alone')).with({ DAYBOOK_POSTGRES_URL: undefined });
  const owner = await startOwner(desk);
  await raceToClose(desk).finally(() => owner.stop());
  await raceToClose(desk);
});

test('by one desk while what the other posted offline waits for its seal: nothing enters the month, and nothing stands twice', { timeout: 240_000 }, async () => {
  const amara = openDemoDesk(world, join(folder.path, 'amara'));
  const ben = openDemoDesk(world, join(folder.path, 'ben')).with({ DAYBOOK_POSTGRES_URL: world.document.postgres.adminUrl });
  // Ben has seen the shared ledger while it was empty, and reads Stripe while he cannot reach it: what he posts waits for its seal.
  expect(await attempt(ben, 'sync', 'postgres')).toEqual({ code: 0, refusal: null });
  const offline = ben.with({ DAYBOOK_POSTGRES_URL: 'postgres://ben:x@127.0.0.1:1/daybook' });
  for (const desk of [offline, amara]) expect(await attempt(desk, 'sync', 'stripe')).toEqual({ code: 0, refusal: null });
  expect(readLedgerFile(ben, 'SELECT id FROM provisional_entries').length).toBeGreaterThan(0);
  const month = await nextToClose(amara);
  expect(await attempt(amara, 'revenue', 'recognise', '--period', month)).toEqual({ code: 0, refusal: null });
  const [closed, other] = await Promise.all([attempt(amara, 'ledger', 'close', '--period', month), attempt(offline, 'ledger', 'close', '--period', month)]);
  expect(closed).toEqual({ code: 0, refusal: null });
  expect(other?.code).toBe(1);
  expect(closings(ben)).toEqual([]);
  for (const desk of [ben, amara, ben]) expect(await attempt(desk, 'sync', 'postgres')).toEqual({ code: 0, refusal: null });
  expect(readLedgerFile(ben, 'SELECT id FROM provisional_entries')).toEqual([]);
  for (const desk of [amara, ben]) {
    expect(closings(desk)).toEqual([{ month, times: 1 }]);
    expect(intruders(desk)).toEqual([]);
    expect(await attempt(desk, 'ledger', 'verify')).toEqual({ code: 0, refusal: null });
  }
});
