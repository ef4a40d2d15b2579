import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { openDatabase } from '../database/open-database.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { RevenueWorld } from '../testing/revenue-world.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createRevenueRollups } from './revenue-rollups.ts';

const isLong = process.env['DAYBOOK_LONG'] === '1';
const zone = new TimeZone('America/New_York');
const startAt = Date.parse('2025-01-10T15:00:00Z');

const kept = ['revenue_customers', 'revenue_customer_currencies', 'revenue_awaited', 'revenue_movements', 'revenue_items', 'revenue_trials', 'revenue_trial_months', 'revenue_caveats', 'revenue_rollups', 'charge_outcome_months'];
const everything = (database: ReadableDatabase): Record<string, unknown> => Object.fromEntries(kept.map((table) => [table, database.all(sql('test.all', `SELECT * FROM ${table}`)).map((row) => JSON.stringify(row)).sort()]));

function rollupsOf(database: SqliteDatabase, world: { readonly nowAt: number }) {
  return createRevenueRollups({ readable: database, unitOfWork: database.unitOfWork, clock: { now: () => world.nowAt }, settings: () => ({ functionalCurrency: 'usd', reportingTimeZone: zone.name }) });
}

/** The same mirror in another file, with every sum forgotten and worked out anew. */
async function recomputed(database: SqliteDatabase, file: string, world: { readonly nowAt: number }): Promise<Record<string, unknown>> {
  database.connection.prepare('VACUUM INTO ?').run(file);
  const copy = openDatabase({ file, logger: silentLogger });
  try {
    for (const table of kept) copy.connection.exec(`DELETE FROM ${table}`);
    copy.connection.exec("DELETE FROM revenue_stale_customers; DELETE FROM charge_outcome_changes; UPDATE revenue_rollup_state SET is_everything_stale = 1, queued_up_to = '', are_charges_counted = 0");
    await rollupsOf(copy, world).refresh(unattended);
    return everything(copy);
  } finally {
    copy.close();
  }
}

/** @param looks after how many changes the sums are compared. */
async function check(seed: number, changes: number, looks: ReadonlySet<number>): Promise<void> {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const world = new RevenueWorld(database, { seed, zone, startAt, isUnruly: true });
  const rollups = rollupsOf(database, world);
  for (let change = 1; change <= changes; change += 1) {
    world.step();
    if (change % 3 === seed % 3 || looks.has(change)) await rollups.refresh(unattended);
    if (looks.has(change)) expect(everything(database), `after ${change} changes of seed ${seed}`).toEqual(await recomputed(database, join(ledger.folder, `copy-${change}.sqlite`), world));
  }
}

describe('sums kept by differences', () => {
  it('are what a full recomputation finds, after any number of changes at Stripe', async () => {
    const [runs, changes, looks] = isLong ? [10, 1_000, 12] : [4, 90, 3];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), fc.uniqueArray(fc.integer({ min: 1, max: changes }), { minLength: looks, maxLength: looks }), (seed, places) => check(seed, changes, new Set([...places, changes]))),
      { numRuns: runs, endOnFailure: true, verbose: 1 },
    );
  }, 3_600_000);
});
