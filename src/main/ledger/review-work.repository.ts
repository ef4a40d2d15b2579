import { sql, type WritableDatabase } from '../database/handles.ts';

const findItem = sql('review-work.find', 'SELECT code, settled_at AS "settledAt" FROM review_items WHERE id = ?');
const settleItem = sql('review-work.settle', 'UPDATE review_items SET settled_at = ? WHERE id = ? AND settled_at IS NULL');

export function findReviewItem(database: WritableDatabase, id: string): { readonly code: string; readonly settledAt: number | null } | undefined {
  return database.get(findItem, [id]);
}

export function markReviewItemSettled(database: WritableDatabase, id: string, settledAt: number): void {
  database.run(settleItem, [settledAt, id]);
}
