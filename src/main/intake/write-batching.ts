/**
 * Short transactions for a stream of pages: whatever waits when the writer comes round goes into one, up to a bound, so that a commit's cost on
 * disk is shared and no transaction grows long. Pages of one kind go together: they touch the same pages of the file, and a commit writes each once.
 */
import type { UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { createTransactionPace } from '../database/transaction-pace.ts';

interface WaitingWrite {
  readonly work: (database: WritableDatabase) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchedWriter {
  /**
   * Resolves once the work is committed. Work of one kind is done in the order it came. What throws rolls back every write of its batch and stops
   * the writer: what came behind it may have counted on it.
   */
  write(kind: string, work: (database: WritableDatabase) => void): Promise<void>;
  /** What waits is not written any more, and nothing that comes: each rejects with the reason. */
  stop(reason: unknown): void;
}

/**
 * @param largestBatch how many pieces of work share one transaction at most; fewer where the machine needs longer for them than a transaction may take.
 * @param steadyNowMs milliseconds that never go back.
 */
export function createBatchedWriter(unitOfWork: UnitOfWork, name: string, largestBatch: number, steadyNowMs: () => number = () => performance.now()): BatchedWriter {
  const pace = createTransactionPace({ first: Math.min(2, largestBatch), least: 1, most: largestBatch, patienceMs: unitOfWork.patienceMs });
  const waiting = new Map<string, WaitingWrite[]>();
  let stopped: { readonly reason: unknown } | undefined;
  let isScheduled = false;

  /** The kind of which most waits, and others where there is room. */
  function takeBatch(): WaitingWrite[] {
    const batch: WaitingWrite[] = [];
    for (const [kind, writes] of [...waiting].toSorted(([, a], [, b]) => b.length - a.length)) {
      batch.push(...writes.splice(0, pace.size() - batch.length));
      if (writes.length === 0) waiting.delete(kind);
    }
    return batch;
  }

  function stop(reason: unknown): void {
    stopped ??= { reason };
    for (const { reject } of [...waiting.values()].flat()) reject(reason);
    waiting.clear();
  }

  function flush(): void {
    isScheduled = false;
    const batch = takeBatch();
    if (batch.length === 0) return;
    if (waiting.size > 0) schedule();
    const startedMs = steadyNowMs();
    try {
      unitOfWork.run(name, (database) => {
        for (const { work } of batch) work(database);
      });
      pace.took(batch.length, steadyNowMs() - startedMs);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
      stop(error);
    }
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(flush);
  }

  return {
    stop,
    write: (kind, work) =>
      new Promise((resolve, reject) => {
        if (stopped) {
          reject(stopped.reason as Error);
          return;
        }
        const ofKind = waiting.get(kind);
        if (ofKind) ofKind.push({ work, resolve, reject });
        else waiting.set(kind, [{ work, resolve, reject }]);
        schedule();
      }),
  };
}
