/** Whether a desk decides by itself. Asked at each act: a desk may join a shared ledger while it runs, from another thread. */
import { ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { readLedgerSetting } from '../reporting/status.queries.ts';

/** @param postgres the connection of this thread; null: none. From the moment a join begins, nothing is decided here any more: it waits, and goes there afterwards. */
export function isDeskOfItsOwn(database: ReadableDatabase, postgres: object | null): boolean {
  return postgres === null && ['shared_ledger_id', 'joining_shared_ledger', 'handed_over_to'].every((name) => readLedgerSetting(database, name) === null);
}

/** Before the local twin acts, in its transaction. @throws ValidationError `postgres-not-connected`: what it decided from now on, the shared ledger would never know of. */
export function assertDeskOfItsOwn(database: ReadableDatabase, postgres: object | null): void {
  if (isDeskOfItsOwn(database, postgres)) return;
  throw new ValidationError('postgres-not-connected', 'This ledger is shared, or about to be, and its database is not connected here. Nothing was changed.', { nextStep: 'Close Daybook and start it again, then sync the shared database.' });
}
