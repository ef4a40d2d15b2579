/**
 * Fetching what the books lack: the balance transactions that open differences name are asked of Stripe by their ids and taken in. What is in the books then settles its
 * difference; whether it agrees, the next run says, and reopens it where it does not.
 */
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { DiscrepancyWork } from './discrepancy-work.ts';
import { listFetchable, isInBooks } from './discrepancy.repository.ts';

export interface FetchedObjects {
  readonly fetched: readonly string[];
  /** Stripe does not have them. */
  readonly unknown: readonly string[];
  readonly posted: number;
}

export interface DiscrepancyFetching {
  /** What would be asked for: of the one difference, or of all that are not settled (at most {@link mostFetched}). */
  wanted(discrepancyId: string | null): readonly { readonly id: string; readonly transactionId: string }[];
  /** A step of each that was asked for, and the settlement of those that are in the books now. @returns how many were settled. */
  record(wanted: readonly { readonly id: string; readonly transactionId: string }[], result: FetchedObjects, actor: string): number;
}

/** Each costs a request. */
export const mostFetched = 500;

export function createDiscrepancyFetching({ readable, unitOfWork, work }: { readonly readable: ReadableDatabase; readonly unitOfWork: UnitOfWork; readonly work: Pick<DiscrepancyWork, 'comment' | 'resolve'> }): DiscrepancyFetching {
  return {
    wanted: (discrepancyId) => listFetchable(readable, discrepancyId, mostFetched),
    record: (wanted, { unknown }, actor) =>
      unitOfWork.run('discrepancy.fetched', (database) => {
        let settled = 0;
        for (const { id, transactionId } of wanted) {
          if (unknown.includes(transactionId)) work.comment({ id, actor, text: `Asked Stripe for ${transactionId}: it does not have it.` });
          else if (isInBooks(database, transactionId)) {
            work.resolve({ id, actor, note: `Fetched ${transactionId} from Stripe; it is in the books now.` });
            settled += 1;
          } else work.comment({ id, actor, text: `Fetched ${transactionId} from Stripe; it waits to be posted.` });
        }
        return settled;
      }),
  };
}
