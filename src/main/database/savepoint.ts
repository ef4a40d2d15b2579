/** A part of a transaction that may fail alone. */
import { sql, type WritableDatabase } from './handles.ts';

const begin = sql('savepoint.begin', 'SAVEPOINT part');
const keep = sql('savepoint.keep', 'RELEASE part');
const undo = sql('savepoint.undo', 'ROLLBACK TO part');

/**
 * Inside a running transaction: what `work` throws takes its own writes back, and leaves the transaction's others. Throws it again; where SQLite has given up the whole
 * transaction (a full disk), the caller must let it pass.
 */
export function runApart<Result>(database: WritableDatabase, work: () => Result): Result {
  database.run(begin);
  try {
    const result = work();
    database.run(keep);
    return result;
  } catch (error) {
    try {
      database.run(undo);
      database.run(keep);
    } catch {
      // The transaction is gone as a whole: what it failed with says why.
    }
    throw error;
  }
}
