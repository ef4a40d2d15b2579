/**
 * Stripe and the shared database down, slow and resetting, over a real line. The work says which of them it was or does its work; the ledger is sound after each; and once
 * the line is well, everything is as if it always had been.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../../../sandbox/world.ts';
import { toErrorOnTheWire } from '../../shared/errors/errors.ts';
import { openDatabase } from '../database/open-database.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { openDemoDesk, type ErrorDocument } from '../testing/cli-desk.ts';
import { differencesBetween, nothingAcknowledged, readAcknowledged, troublesOf } from '../testing/crash-checks.ts';
import { inForm, seededRandom } from '../testing/fault-form.ts';
import { openFaultDesk, startFaultWorld, type FaultWorld } from '../testing/fault-world.ts';
import { startFaultyLine, type FaultyLine, type LineState } from '../testing/faulty-line.ts';
import { digestOfLedger } from '../testing/ledger-digest.ts';
import { wholeFrom } from '../testing/random-from.ts';
import { openStripeDesk } from '../testing/stripe-desk.ts';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';

const { seed, random } = seededRandom('outages');
const rounds = inForm({ short: 2, whole: 10, long: 50 });
/** Round trip of a slow line. */
const slowMs = inForm({ short: 20, whole: 200, long: 200 });
const fine: LineState = { kind: 'fine' };
/** Anywhere in what comes back over one connection: in a line of the headers, in a page, after many pages. */
const resetting: LineState = { kind: 'resetting', afterBytes: () => Math.ceil(10 ** (1 + random() * 5.5)) };

describe('Stripe', () => {
  let world: FaultWorld;
  let line: FaultyLine;
  beforeAll(async () => {
    world = await startFaultWorld(1 + (seed % 3));
    line = await startFaultyLine(world.world.sandbox.port);
  });
  afterAll(async () => {
    await line[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  let desks = 0;
  const freshLedger = (beginning: keyof FaultWorld['beginnings']): string => openFaultDesk(world, join(world.folder, `desk-${(desks += 1)}`), world.beginnings[beginning]).ledgerFile;

  /** One sync over the line. @returns the code it failed with, null when it did not. */
  async function sync(ledgerFile: string): Promise<string | null> {
    const database = openDatabase({ file: ledgerFile, logger: silentLogger });
    try {
      await openStripeDesk(database, world.world, { apiBase: `http://127.0.0.1:${line.port}`, pause: () => Promise.resolve() }).sync.sync({ isFull: false }, unattended);
      return null;
    } catch (error) {
      return toErrorOnTheWire(error).code;
    } finally {
      database.close();
    }
  }

  test('that is down is said to be, and nothing changes', async () => {
    const ledgerFile = freshLedger('increment');
    line.set({ kind: 'down' });
    expect(await sync(ledgerFile)).toBe('stripe-unreachable');
    line.set(fine);
    expect(await troublesOf(ledgerFile, nothingAcknowledged)).toEqual([]);
    expect(await sync(ledgerFile)).toBeNull();
    expect(differencesBetween(ledgerFile, world.incremented)).toEqual([]);
  });

  test(`that answers after ${slowMs} ms is waited for`, async () => {
    const ledgerFile = freshLedger('increment');
    line.set({ kind: 'slow', delayMs: slowMs / 2 });
    expect(await sync(ledgerFile)).toBeNull();
    line.set(fine);
    expect(differencesBetween(ledgerFile, world.incremented)).toEqual([]);
  });

  test.each([['refill', 'rebuilt'], ['increment', 'incremented']] as const)(`whose connections are reset anywhere, in ${rounds} syncs from %s on`, async (beginning, end) => {
    const ledgerFile = freshLedger(beginning);
    const before = line.broken();
    for (let round = 0; round < rounds; round += 1) {
      line.set(resetting);
      const code = await sync(ledgerFile);
      expect(['stripe-unreachable', null], `seed ${seed}, round ${round}`).toContain(code);
      expect(await troublesOf(ledgerFile, readAcknowledged(ledgerFile) ?? nothingAcknowledged), `seed ${seed}, round ${round}`).toEqual([]);
    }
    expect(line.broken()).toBeGreaterThan(before);
    line.set(fine);
    expect(await sync(ledgerFile)).toBeNull();
    expect(differencesBetween(ledgerFile, world[end]), `seed ${seed}`).toEqual([]);
  });
});

describe('the shared database', () => {
  const folder = makeTemporaryFolder();
  let world: World;
  let line: FaultyLine;
  beforeAll(async () => {
    world = await startWorld({ size: 'small', seed: 1 });
    line = await startFaultyLine(Number(new URL(world.document.postgres.accountantUrl).port));
  });
  afterAll(async () => {
    await line[Symbol.asyncDispose]();
    await world.stop();
    folder[Symbol.dispose]();
  });

  let desks = 0;
  function freshDesk() {
    const url = new URL(world.document.postgres.accountantUrl);
    url.port = String(line.port);
    return openDemoDesk(world, join(folder.path, `desk-${(desks += 1)}`)).with({ DAYBOOK_POSTGRES_URL: url.href });
  }
  const shared = ({ dataFolder }: { dataFolder: string }) => {
    const { payment_history, api_usage, partner_contracts, invoices } = digestOfLedger(join(dataFolder, 'ledger.sqlite'));
    return { payment_history, api_usage, partner_contracts, invoices };
  };
  let undisturbed: ReturnType<typeof shared>;

  test('well: what the others are held against', async () => {
    const desk = freshDesk();
    expect(await desk.run('sync', 'postgres')).toMatchObject({ code: 0 });
    undisturbed = shared(desk);
  });

  test('that is down is said to be, and Stripe is synced without it', async () => {
    const desk = freshDesk();
    line.set({ kind: 'down' });
    const { code, answer } = await desk.json<ErrorDocument>('sync', 'postgres');
    expect([code, answer.error.code]).toEqual([1, 'postgres-unreachable']);
    expect(await desk.run('sync', 'stripe')).toMatchObject({ code: 0 });
    line.set(fine);
    expect(await desk.run('sync', 'postgres')).toMatchObject({ code: 0 });
    expect(shared(desk)).toEqual(undisturbed);
    expect(await troublesOf(join(desk.dataFolder, 'ledger.sqlite'), nothingAcknowledged)).toEqual([]);
  });

  test(`that answers after ${slowMs} ms is waited for`, async () => {
    const desk = freshDesk();
    line.set({ kind: 'slow', delayMs: slowMs / 2 });
    expect(await desk.run('sync', 'postgres')).toMatchObject({ code: 0 });
    line.set(fine);
    expect(shared(desk)).toEqual(undisturbed);
  });

  test(`whose connections are reset anywhere, in ${rounds} syncs`, async () => {
    const desk = freshDesk();
    for (let round = 0; round < rounds; round += 1) {
      const afterBytes = wholeFrom(random, 1, round % 2 === 0 ? 4_000 : 900_000);
      line.set({ kind: 'resetting', afterBytes: () => afterBytes });
      const { code, answer } = await desk.json<Partial<ErrorDocument>>('sync', 'postgres');
      if (code !== 0) expect(answer.error?.code, `seed ${seed}, reset after ${afterBytes} bytes`).toBe('postgres-unreachable');
      expect(await troublesOf(join(desk.dataFolder, 'ledger.sqlite'), nothingAcknowledged)).toEqual([]);
    }
    line.set(fine);
    expect(await desk.run('sync', 'postgres')).toMatchObject({ code: 0 });
    expect(shared(desk), `seed ${seed}`).toEqual(undisturbed);
  });
});
