/**
 * A machine whose clock jumps between two syncs: an hour ahead, an hour back, a day back, and right again. What happened when is told by Stripe's clock, so nothing is
 * missed, nothing comes twice, and the end is that of a machine whose clock was right all along.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStripeSandbox, type StripeSandbox } from '../../../sandbox/stripe/server.ts';
import { createCompany, type Company } from '../../../sandbox/company/company.ts';
import { migrateDatabase, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { openBackups } from '../testing/open-backups.ts';
import { differencesBetween, nothingAcknowledged, troublesOf } from '../testing/crash-checks.ts';
import { inForm, seededRandom } from '../testing/fault-form.ts';
import { letThingsHappen, openFaultDesk } from '../testing/fault-world.ts';
import { oneOf } from '../testing/random-from.ts';
import { loadExchangeRates } from '../testing/stripe-desk.ts';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';

const { seed, random } = seededRandom('clock jumps');
const anHour = 3_600_000;
const aDay = 24 * anHour;
const histories = inForm({ short: 1, whole: 3, long: 20 });
/** Each history ends with the clock set right. */
const jumpsOf = (history: number): number[] => (history === 0 ? [anHour, -aDay, 0] : [...Array.from({ length: 3 }, () => oneOf(random, [anHour, -anHour, -aDay, aDay])), 0]);

const folder = makeTemporaryFolder();
const shift = (milliseconds: number) => ({ NODE_OPTIONS: `--import ${join(import.meta.dirname, '..', 'testing', 'shift-clock.ts')}`, DAYBOOK_TEST_CLOCK_MS: String(milliseconds) });

describe('a clock that jumps', () => {
  let company: Company;
  let empty: string;
  beforeAll(() => {
    company = createCompany({ size: 'small', seed: 1 });
    empty = join(folder.path, 'empty.sqlite');
    const database = openDatabase({ file: empty, logger: silentLogger });
    migrateDatabase(database, readMigrations(migrationsFolder('sqlite')), 0);
    database.transaction('rates', (writable) => loadExchangeRates(writable, company));
    database.close();
  });
  afterAll(() => folder[Symbol.dispose]());

  /** Stripe's clock is right: it is this machine's. */
  const startSandbox = (): Promise<StripeSandbox> => startStripeSandbox({ population: company.population, seed: String(seed), clockOffsetSeconds: Math.floor((Date.now() - Date.parse(company.manifest.now)) / 1_000) });
  test.each(Array.from({ length: histories }, (_, history) => history))('in history %i: the same books, and nothing stale', async (history) => {
    const sandbox = await startSandbox();
    try {
      const world = { world: { company, sandbox } as Parameters<typeof openFaultDesk>[0]['world'] };
      const desk = openFaultDesk(world, join(folder.path, `desk-${history}`), empty, { now: undefined });
      const jumps = jumpsOf(history);
      const told = `seed ${seed}, clock off by ${jumps.join(', ')} ms`;
      const well = async (milliseconds: number, ...args: string[]): Promise<void> => {
        const outcome = await desk.with(shift(milliseconds)).run(...args);
        expect(outcome, `${told}, ${args.join(' ')} at ${milliseconds}`).toMatchObject({ code: 0 });
      };
      await well(0, 'sync', 'stripe');
      for (const jump of jumps) {
        sandbox.advanceClock(90);
        await letThingsHappen(world.world);
        await well(jump, 'sync', 'stripe');
        expect(await troublesOf(desk.ledgerFile, nothingAcknowledged), told).toEqual([]);
      }
      await well(-aDay, 'backup', 'create');
      expect(openBackups(desk.dataFolder).list().map((backup) => backup.fault)).toEqual([null]);
      const rebuilt = openFaultDesk(world, join(folder.path, `rebuilt-${history}`), empty, { now: undefined });
      expect(await rebuilt.run('sync', 'stripe')).toMatchObject({ code: 0 });
      expect(differencesBetween(desk.ledgerFile, rebuilt.ledgerFile, false), told).toEqual([]);
    } finally {
      await sandbox.stop();
    }
  });
});
