/**
 * Everything that reads from the gateway at the same time stays below the account's limit together (ADR 0014): each reader holds a share for a few
 * seconds and renews it. The shared database gives the shares out; a desk without one asks its local twin, which keeps the same rules for the
 * threads and processes of one desk.
 */
import type { UnitOfWork } from '../database/handles.ts';
import { dropRequestShares, endRequestShare, listRequestShares, upsertRequestShare, type RequestShareRow } from './request-shares.repository.ts';

export interface RequestShareClaim {
  /** A name made for one run: what a run that crashed had is not mistaken for its successor's. */
  readonly reader: string;
  /** Requests a second and endpoint that all readers together may use, as this one has it; the smallest of those who read holds for all. */
  readonly total: number;
  /** The most it has used in the last {@link settleMs}. */
  readonly inUse: number;
  readonly ttlMs: number;
}

export interface RequestShares {
  /** @returns the part of the total that is the reader's from now on; 0 while others have not given any back. */
  renew(claim: RequestShareClaim): Promise<number>;
  /** The reader asks for nothing any more. */
  leave(reader: string): Promise<void>;
}

/** What was used counts for so long: the gateway counts the requests of a whole second. */
export const settleMs = 1_100;

/**
 * The reader's part: as much as anybody's, of what nobody else may still be using. A share counts as it was given and as its holder said it still used
 * it, whichever is more, so that nothing is handed on before its holder has heard that it shrank. Pure.
 * @param others whose shares still count; those that have expired are readers no longer.
 */
export function partsOf(total: number, others: readonly Pick<RequestShareRow, 'total' | 'parts' | 'inUse' | 'expiresAt'>[], nowMs: number): number {
  const readers = others.filter(({ expiresAt }) => expiresAt > nowMs);
  const common = Math.min(total, ...readers.map((other) => other.total));
  const counted = others.reduce((sum, { parts, inUse }) => sum + Math.max(parts, inUse), 0);
  return Math.max(0, Math.min(Math.ceil(common / (readers.length + 1)), common - counted));
}

/** @param nowMs the machine's clock, epoch milliseconds: processes of one machine agree on it. */
export function createLocalRequestShares({ unitOfWork, nowMs }: { readonly unitOfWork: UnitOfWork; readonly nowMs: () => number }): RequestShares {
  return {
    async renew({ reader, total, inUse, ttlMs }) {
      return unitOfWork.run('request-shares.renew', (database) => {
        const now = nowMs();
        dropRequestShares(database, now - settleMs, now + ttlMs + settleMs);
        const parts = partsOf(total, listRequestShares(database).filter((other) => other.reader !== reader), now);
        upsertRequestShare(database, { reader, total, parts, inUse, expiresAt: now + ttlMs });
        return parts;
      });
    },
    async leave(reader) {
      unitOfWork.run('request-shares.leave', (database) => endRequestShare(database, reader, nowMs()));
    },
  };
}
