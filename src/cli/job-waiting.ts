/**
 * Runs a job through the contract and waits for its end, telling how far it is on the error stream when a person watches.
 */
import { ORPCError } from '@orpc/client';
import type { z } from 'zod';
import type { DaybookClient } from '../shared/api/contract.ts';
import type { runViewSchema } from '../shared/api/system.contract.ts';
import { newId } from '../main/platform/ids.ts';

export type RunView = z.infer<typeof runViewSchema>;

export interface JobRequest {
  readonly period?: string;
  readonly options?: Record<string, string | boolean | number>;
}

/**
 * @param tell is given a short line now and then while the job runs; null: nobody watches.
 * @returns also a run that failed and kept a result: it did what it could, and that names what is left.
 * @throws the job's own error, as the contract carries it, when it failed and left nothing to read.
 */
export async function runJobToEnd(client: DaybookClient, job: string, request: JobRequest, tell: ((line: string) => void) | null): Promise<RunView> {
  const asked = { commandId: newId(), job, options: request.options ?? {}, wait: true, ...(request.period === undefined ? {} : { period: request.period }) };
  let isDone = false;
  const finished = client.jobs.run(asked).finally(() => {
    isDone = true;
  });
  if (tell) void reportProgress(client, tell, () => isDone);
  const stopListening = cancelOnInterrupt(client, job);
  const run = await finished.finally(stopListening);
  if (run.status !== 'succeeded' && run.result === null) {
    throw new ORPCError(run.errorCode ?? run.status, { status: 400, message: run.errorMessage ?? `The job ended ${run.status}.`, data: { kind: 'state', nextStep: run.errorNextStep, data: {} } });
  }
  return run;
}

/**
 * Ctrl+C ends a job as *Cancel* in the window does: at its next whole step, also where the job runs in another Daybook that has the folder open. The second time it ends this command at once.
 * @returns what stops listening.
 */
function cancelOnInterrupt(client: DaybookClient, job: string): () => void {
  const cancel = async (): Promise<void> => {
    process.stderr.write('\nStopping at the next whole step; what was done until then stays. Ctrl+C once more ends this command at once.\n');
    const { runs } = await client.jobs.runs({ job, limit: 5 });
    const running = runs.find((run) => run.status === 'running');
    if (running) await client.jobs.cancel({ commandId: newId(), runId: running.id });
  };
  // Whatever is in the way, the job's own end is waited for, and says how it went.
  const onInterrupt = (): void => void cancel().catch(() => undefined);
  process.once('SIGINT', onInterrupt);
  return () => void process.off('SIGINT', onInterrupt);
}

async function reportProgress(client: DaybookClient, tell: (line: string) => void, isDone: () => boolean): Promise<void> {
  const { promise: pause, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(async () => {
    if (isDone()) {
      clearInterval(timer);
      resolve();
      return;
    }
    const { runs } = await client.jobs.runs({ limit: 5 });
    const run = runs.find((candidate) => candidate.status === 'running');
    if (run && !isDone()) tell(progressLine(run));
  }, 1_000);
  timer.unref();
  return pause;
}

/** 'Refill from Stripe: Reading from Stripe, 12,300 of about 41,000, 840 a second, about 34 s left' */
export function progressLine(run: Pick<RunView, 'title' | 'note' | 'done' | 'total' | 'isTotalEstimated' | 'ratePerSecond' | 'secondsLeft'>): string {
  const number = (value: number): string => Math.round(value).toLocaleString('en-US');
  const about = run.isTotalEstimated ? 'about ' : '';
  return [
    `${run.title}: ${run.note ?? 'working'}`,
    `${number(run.done)}${run.total === null ? '' : ` of ${about}${number(run.total)}`}`,
    ...(run.ratePerSecond === null ? [] : [`${number(run.ratePerSecond)} a second`]),
    ...(run.secondsLeft === null ? [] : [`${about}${run.secondsLeft < 90 ? `${number(run.secondsLeft)} s` : `${number(run.secondsLeft / 60)} min`} left`]),
  ].join(', ');
}
