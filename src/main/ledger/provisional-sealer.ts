/**
 * The sealer of a desk on a shared ledger: it only keeps the entries, in the transaction of the facts they come from. They are sealed in the shared database
 * (`shared-sealing.ts`) and stand in no balance until then.
 */
import type { UnitOfWork, ReadableDatabase } from '../database/handles.ts';
import { localDate, month } from '../../shared/calendar/local-date.ts';
import type { JournalEntryDraft } from './journal-entry.ts';
import { dropProvisional, insertProvisional, parseProvisional, provisionalInputHash, waitingAfter } from './provisional-entries.repository.ts';
import { createLocalSealer, type Sealer, type SealRequest } from './sealing.ts';

export function createProvisionalSealer(): Sealer {
  return {
    seal(database, requests) {
      insertProvisional(database, requests.map(({ id, draft, inputHash, recordedAt }) => {
        const { key, entryDate, kind, sourceType, sourceId, memo, postings } = draft;
        return { id, key, entryDate, recordedAt, kind, sourceType, sourceId, memo, inputHash, reversesEntryId: draft.reversesEntryId ?? null, concernsMonth: draft.concernsMonth ?? null, postings };
      }));
    },
    waitingInputHash: provisionalInputHash,
  };
}

const entriesAtATime = 300;

/** For a desk that was to join a shared ledger and stays alone: what waited is sealed here. */
export function sealLeftovers(readable: ReadableDatabase, unitOfWork: UnitOfWork): void {
  const sealer = createLocalSealer();
  for (;;) {
    const waiting = waitingAfter(readable, 0, entriesAtATime);
    if (waiting.length === 0) return;
    unitOfWork.run('ledger.seal-leftovers', (database) => {
      dropProvisional(database, waiting.map(({ id }) => id));
      sealer.seal(database, waiting.map(({ body }) => toRequest(body)));
    });
  }
}

function toRequest(body: string): SealRequest {
  const { id, inputHash, recordedAt, entryDate, reversesEntryId, concernsMonth, ...entry } = parseProvisional(body);
  const draft: JournalEntryDraft = { ...entry, entryDate: localDate(entryDate), ...(reversesEntryId === null ? {} : { reversesEntryId }), ...(concernsMonth === null ? {} : { concernsMonth: month(concernsMonth) }) };
  return { id, draft, inputHash, recordedAt };
}
