import { sql, type ReadableDatabase } from './handles.ts';

const readVersion = sql('database.version', 'PRAGMA data_version');
const versionOf = (database: ReadableDatabase): number | undefined => database.get<{ data_version: number }>(readVersion)?.data_version;

/**
 * Notes the ledger's state before something is read outside a transaction.
 * @returns whether what was read since then through the same connection still holds: nobody else has written. Its own writes do not count.
 */
export function noteState(database: ReadableDatabase): (later: ReadableDatabase) => boolean {
  const version = versionOf(database);
  return (later) => later === database && versionOf(later) === version;
}
