/** A real, migrated SQLite ledger in a folder that goes away with the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateDatabase, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { WriteTurn } from '../database/write-turns.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';

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
  const database = openDatabase({ file, logger: silentLogger, ...(turn ? { turn } : {}) });
  migrateDatabase(database, readMigrations(migrationsFolder('sqlite')), 0);
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
