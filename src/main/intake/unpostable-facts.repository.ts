/** The SQL of facts of which no entry can be made. */
import { sql, type ReadableDatabase } from '../database/handles.ts';

const listOpen = sql('unpostable.open', "SELECT subject_id AS id FROM review_items WHERE code = 'fact-not-postable' AND settled_at IS NULL");

/** The objects whose review items are open. */
export const openUnpostable = (database: ReadableDatabase): ReadonlySet<string> => new Set(database.all<{ id: string }>(listOpen).map(({ id }) => id));
