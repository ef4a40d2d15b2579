/** All SQL of shared views on this desk. What other desks share comes with the feed (./shared-records.repository.ts). */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { SharedView } from './shared-views.ports.ts';

const listAll = sql('shared-views.list', 'SELECT id, grid, name, search, layout, saved_by AS savedBy, saved_at AS savedAt FROM shared_views ORDER BY grid, name, id');
const upsert = sql(
  'shared-views.save',
  `INSERT INTO shared_views (id, grid, name, search, layout, saved_by, saved_at) VALUES (:id, :grid, :name, :search, :layout, :savedBy, :savedAt)
   ON CONFLICT (id) DO UPDATE SET name = excluded.name, search = excluded.search, layout = excluded.layout, saved_by = excluded.saved_by, saved_at = excluded.saved_at WHERE excluded.saved_at >= shared_views.saved_at`,
);
const remove = sql('shared-views.remove', 'DELETE FROM shared_views WHERE id = ?');

export const listSharedViews = (database: ReadableDatabase): SharedView[] => database.all<SharedView>(listAll);

export function saveSharedView(database: WritableDatabase, { id, grid, name, search, layout, savedBy, savedAt }: SharedView): void {
  database.run(upsert, { id, grid, name, search, layout, savedBy, savedAt });
}

export const removeSharedView = (database: WritableDatabase, id: string): void => void database.run(remove, [id]);
