/**
 * Orders a stretch of the chain to be verified on a thread of its own.
 */
import { Worker } from 'node:worker_threads';
import { StorageError, type ErrorOnTheWire } from '../../shared/errors/errors.ts';
import { entryPoint } from '../platform/entry-points.ts';
import type { StretchOrder, StretchResult } from './chain-stretch.ts';
import type { StretchVerifier } from './ledger-verification.ts';

export interface StretchWorkerData {
  readonly file: string;
  readonly order: StretchOrder;
}

export type StretchMessage = { readonly kind: 'progress'; readonly done: number } | { readonly kind: 'done'; readonly result: StretchResult } | { readonly kind: 'failed'; readonly error: ErrorOnTheWire };

/** @param file the ledger's file; what is not committed to it yet is not seen. */
export function createStretchThread(file: string): StretchVerifier {
  return (order, control) =>
    new Promise((resolve, reject) => {
      control.signal.throwIfAborted();
      const worker = new Worker(entryPoint('stretch-worker'), { workerData: { file, order } satisfies StretchWorkerData });
      const settle = (end: () => void): void => {
        control.signal.removeEventListener('abort', onAbort);
        void worker.terminate();
        end();
      };
      const onAbort = (): void => settle(() => reject(control.signal.reason as Error));
      control.signal.addEventListener('abort', onAbort, { once: true });
      worker.on('message', (message: StretchMessage) => {
        if (message.kind === 'progress') control.report(message.done);
        else if (message.kind === 'done') settle(() => resolve(message.result));
        else settle(() => reject(new StorageError(message.error.code, message.error.message, { data: message.error.data, ...(message.error.nextStep === null ? {} : { nextStep: message.error.nextStep }) })));
      });
      worker.once('error', (error) => settle(() => reject(error)));
    });
}
