import type { Progress } from '../../shared/api/progress.ts';

/** What long work is given: where to say how far it is, and the signal that asks it to stop between two transactions. */
export interface WorkControl {
  readonly signal: AbortSignal;
  report(progress: Progress): void;
}

/** For callers that neither watch nor cancel. */
export const unattended: WorkControl = { signal: new AbortController().signal, report() {} };
