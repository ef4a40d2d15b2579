/**
 * Facts that waited for a rate are posted when it comes, at once and without the gateway (docs/adr/0010).
 */
import type { ReadableDatabase } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { createFactProjection, type FactProjectionDependencies } from './fact-projection.ts';
import { parkedByReason } from './intake.repository.ts';
import { readIdentity } from './ledger-identity.ts';

export interface RateWaitingFacts {
  /** @returns entries posted now, and facts that still wait for a rate. */
  post(control: WorkControl): Promise<{ readonly posted: number; readonly waiting: number }>;
}

export function createRateWaitingFacts(dependencies: FactProjectionDependencies): RateWaitingFacts {
  const { readable } = dependencies;
  const projection = createFactProjection(dependencies);
  return {
    async post(control) {
      const identity = readIdentity(readable);
      // Before the first contact with the gateway nothing can wait.
      const posted = identity === undefined || countWaiting(readable) === 0 ? 0 : (await projection.projectWaitingForRates(identity, control)).posted;
      return { posted, waiting: countWaiting(readable) };
    },
  };
}

const countWaiting = (readable: ReadableDatabase): number => parkedByReason(readable)['exchange-rate-missing'] ?? 0;
