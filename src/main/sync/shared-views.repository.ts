/** Shared views on this desk: its copy is the sync's (./shared-records.repository.ts), and what this desk shares or takes back is put there at once. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import { upsertSharedRows } from './shared-records.repository.ts';
import type { SharedView } from './shared-views.ports.ts';

const listAll = sql('shared-views.list', 'SELECT id, grid, name, search, layout, saved_by AS savedBy, saved_at AS savedAt FROM shared_views ORDER BY grid, name, id');
const remove = sql('shared-views.remove', 'DELETE FROM shared_views WHERE id = ?');

export const listSharedViews = (database: ReadableDatabase): SharedView[] => database.all<SharedView>(listAll);

export function saveSharedView(database: WritableDatabase, { id, grid, name, search, layout, savedBy, savedAt }: SharedView): void {
  upsertSharedRows(database, 'shared_view', [{ key: id, values: [id, grid, name, search, layout, savedBy, savedAt] }]);
}

export const removeSharedView = (database: WritableDatabase, id: string): void => void database.run(remove, [id]);
