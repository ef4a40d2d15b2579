/** A real, migrated SQLite ledger in a folder that goes away with the test. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateDatabase, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { WriteTurn } from '../database/write-turns.ts';
import { silentLogger } from '../platform/logger.ts';
import { applicationRoot, migrationsFolder } from '../platform/resources.ts';

export interface TemporaryDatabase extends Disposable {
  readonly database: SqliteDatabase;
  readonly folder: string;
  readonly file: string;
}

/**
 * `using ledger = openTemporaryDatabase();`
 * @param turn how it takes turns with others; left out, it writes as if somebody else did all the time.
 */
export function openTemporaryDatabase(turn?: WriteTurn): TemporaryDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-'));
  const file = join(folder, 'ledger.sqlite');
  copyFileSync(emptyLedger(), file);
  const database = openDatabase({ file, logger: silentLogger, ...(turn ? { turn } : {}) });
  return {
    database,
    folder,
    file,
    [Symbol.dispose]() {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let known: string | undefined;

/**
 * An empty ledger made by the migrations as they stand, kept for all test files of all runs: applying them takes longer than most tests. Its name is the sum of
 * their checksums, so that a changed migration makes another one.
 */
function emptyLedger(): string {
  if (known !== undefined && existsSync(known)) return known;
  const migrations = readMigrations(migrationsFolder('sqlite'));
  const sum = createHash('sha256').update(migrations.map(({ name, checksum }) => `${name} ${checksum}\n`).join('')).digest('hex').slice(0, 32);
  const cache = join(applicationRoot(), 'node_modules', '.cache', 'daybook-empty-ledgers');
  const kept = join(cache, `${sum}.sqlite`);
  if (!existsSync(kept)) {
    mkdirSync(cache, { recursive: true });
    const making = mkdtempSync(join(cache, 'making-'));
    const file = join(making, 'ledger.sqlite');
    const database = openDatabase({ file, logger: silentLogger });
    try {
      migrateDatabase(database, migrations, 0);
    } finally {
      database.close(); // the last one to close a file takes its write-ahead log into it
    }
    try {
      renameSync(file, kept); // whole or not at all
    } catch (error) {
      if (!existsSync(kept)) throw error; // another worker was quicker, and a system may refuse to put a second one in its place
    }
    rmSync(making, { recursive: true, force: true });
  }
  known = kept;
  return kept;
}
