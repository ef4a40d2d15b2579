/** The step finalised → sent in this desk's copy of the invoices. */
import { sql, type WritableDatabase } from '../database/handles.ts';

const mark = sql('billing.mark-sent', "UPDATE invoices SET status = 'sent', sent_at = coalesce(sent_at, unixepoch() * 1000), version = version + 1 WHERE id = ? AND status = 'finalised'");
const take = sql('billing.take-sent-mark', 'UPDATE invoices SET status = :status, version = :version WHERE id = :id AND version < :version');

/** @returns whether it was finalised until now. */
export function markFinalisedAsSent(database: WritableDatabase, id: string): boolean {
  return database.run(mark, [id]) > 0;
}

/** What the shared database answered, unless this desk knows something newer. */
export function takeSentMark(database: WritableDatabase, id: string, answer: { readonly status: string; readonly version: number }): boolean {
  return database.run(take, { id, ...answer }) > 0;
}
