/**
 * Tells every open window what has become stale; never what to do about it (architecture.md §3).
 */
import type { Stale } from '../../shared/api/system.contract.ts';

export interface ChangeHub {
  publish(change: Stale): void;
  /** What becomes stale from now on, until the signal aborts. Bursts of the same entity are told once. */
  subscribe(signal: AbortSignal | undefined): AsyncGenerator<Stale, void, void>;
}

export function createChangeHub(): ChangeHub {
  const listeners = new Set<(change: Stale) => void>();
  return {
    publish(change) {
      for (const listener of listeners) listener(change);
    },
    async *subscribe(signal) {
      const pending = new Map<Stale['entity'], Set<string>>();
      let wake: () => void = () => undefined;
      const listener = (change: Stale): void => {
        const ids = pending.get(change.entity) ?? new Set<string>();
        for (const id of change.ids) ids.add(id);
        pending.set(change.entity, ids);
        wake();
      };
      const stop = (): void => wake();
      listeners.add(listener);
      signal?.addEventListener('abort', stop);
      try {
        while (!signal?.aborted) {
          const next = pending.entries().next();
          if (!next.done) {
            const [entity, ids] = next.value;
            pending.delete(entity);
            yield { entity, ids: [...ids] };
            continue;
          }
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          await promise;
        }
      } finally {
        listeners.delete(listener);
        signal?.removeEventListener('abort', stop);
      }
    },
  };
}
