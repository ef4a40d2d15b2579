/**
 * What a ledger file is made of: tables, indexes, triggers and views as they stand in it, and as the migrations make them.
 */
import { migrationsFolder } from '../platform/resources.ts';
import { silentLogger } from '../platform/logger.ts';
import { sql, type ReadableDatabase } from './handles.ts';
import { migrateDatabase, readMigrations } from './migrate.ts';
import { openDatabase } from './open-database.ts';

export interface SchemaObject {
  readonly type: 'table' | 'index' | 'trigger' | 'view';
  readonly name: string;
  /** The table it belongs to, as whoever made it wrote it: SQLite keeps the case and minds none. */
  readonly table: string;
  /** The statement that made it. */
  readonly text: string;
}

/** SQLite's own tables (statistics, the counter of automatic keys) and indexes without a statement come and go by themselves. */
const listObjects = sql('file-schema.list', "SELECT type, name, tbl_name AS 'table', sql AS text FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name");

/** Everything that stands in a file. */
export const standingSchema = (database: ReadableDatabase): SchemaObject[] => database.all<SchemaObject>(listObjects);

let made: readonly SchemaObject[] | undefined;

/** What the migrations of this Daybook make of an empty file; worked out once in a process, in memory (about 0.3 s). */
export function expectedSchema(): readonly SchemaObject[] {
  if (made) return made;
  const database = openDatabase({ file: ':memory:', logger: silentLogger });
  try {
    migrateDatabase(database, readMigrations(migrationsFolder('sqlite')), 0);
    made = standingSchema(database);
  } finally {
    database.close();
  }
  return made;
}
