/** The reference of every write bench: the same final rows by bare prepared inserts into the same tables and indexes, without triggers, in one transaction. */
import { openTemporaryDatabase, type TemporaryDatabase } from '../src/main/testing/temporary-database.ts';

export interface TableRows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Every row of the tables, as they lie in a ledger. */
export function readTables(ledger: TemporaryDatabase, tables: readonly string[]): TableRows[] {
  return tables.map((table) => {
    // Columns that are worked out from others (hidden 2 and 3) are not written.
    const columns = ledger.database.connection.prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid').pluck().all(table) as string[];
    return { table, columns, rows: ledger.database.connection.prepare(`SELECT ${columns.join(', ')} FROM ${table}`).raw().all() as unknown[][] };
  });
}

export function countRows(tables: readonly TableRows[]): number {
  return tables.reduce((sum, { rows }) => sum + rows.length, 0);
}

/** @returns milliseconds. */
export function insertBare(tables: readonly TableRows[]): number {
  using ledger = openTemporaryDatabase();
  const { connection } = ledger.database;
  const triggers = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck().all() as string[];
  for (const trigger of triggers) connection.exec(`DROP TRIGGER ${trigger}`);
  connection.pragma('foreign_keys = OFF');
  const startedMs = performance.now();
  connection.exec('BEGIN');
  for (const { table, columns, rows } of tables) {
    const insert = connection.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`);
    for (const row of rows) insert.run(row);
  }
  connection.exec('COMMIT');
  return performance.now() - startedMs;
}
