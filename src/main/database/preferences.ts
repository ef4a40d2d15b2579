/**
 * Personal settings of this desk: theme, density, locale. Local, never synced.
 */
import { sql, type ReadableDatabase, type UnitOfWork } from './handles.ts';

const readPreference = sql('preferences.read', 'SELECT value FROM preferences WHERE name = ?');
const keepPreference = sql('preferences.keep', 'INSERT INTO preferences (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value');

export interface Preferences {
  get(name: string): string | undefined;
  keep(wanted: Readonly<Record<string, string | undefined>>): void;
}

/** One preference as it stands, for whoever only reads. */
export const readPreferenceOf = (database: ReadableDatabase, name: string): string | undefined => database.get<{ value: string }>(readPreference, [name])?.value;

export function createPreferences(database: ReadableDatabase, unitOfWork: UnitOfWork): Preferences {
  return {
    get: (name) => readPreferenceOf(database, name),
    keep: (wanted) =>
      unitOfWork.run('preferences.keep', (writable) => {
        for (const [name, value] of Object.entries(wanted)) if (value !== undefined) writable.run(keepPreference, [name, value]);
      }),
  };
}
