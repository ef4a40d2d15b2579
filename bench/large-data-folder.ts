/** A data folder with the large ledger in it, for benchmarks that start the app or a command on it. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateDatabase, readMigrations } from '../src/main/database/migrate.ts';
import { openDatabase } from '../src/main/database/open-database.ts';
import { silentLogger } from '../src/main/platform/logger.ts';
import { migrationsFolder } from '../src/main/platform/resources.ts';
import { fillLargeLedger, largeLedger } from './large-ledger.ts';

/** Whoever makes it removes it. */
export function makeLargeDataFolder(): string {
  const dataFolder = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify({ now: new Date(largeLedger.now).toISOString(), reportingTimeZone: largeLedger.timeZone, functionalCurrency: 'usd', user: 'bench' }), { mode: 0o600 });
  const database = openDatabase({ file: join(dataFolder, 'ledger.sqlite'), logger: silentLogger });
  try {
    migrateDatabase(database, readMigrations(migrationsFolder('sqlite')), 0);
    fillLargeLedger(database);
  } finally {
    database.close();
  }
  return dataFolder;
}
