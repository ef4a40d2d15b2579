import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { rebuildResultSchema, verifyResultSchema } from '../../../shared/api/ledger.contract.ts';
import type { RunView } from '../components/job-progress.tsx';
import { useApi } from './api/api-context.tsx';
import { describeError } from './described-error.ts';

export interface JobStart {
  readonly job: string;
  /** YYYY-MM or YYYY-MM-DD, where the job has a period. */
  readonly period?: string;
  readonly options?: Readonly<Record<string, string | boolean | number>>;
}

/** How a run ended, said on whatever screen the person is by then. What a lost connection hides, Jobs and Today still show. */
async function sayHowItEnded(ended: Promise<RunView>): Promise<void> {
  const run = await ended.catch(() => null);
  const fault = run?.status === 'succeeded' ? verifyResultSchema.safeParse(run.result).data?.firstFault ?? null : null;
  // A look that ended well may have found that the books have not.
  const differences = run?.status === 'succeeded' ? rebuildResultSchema.safeParse(run.result).data?.differenceCount ?? 0 : 0;
  if (fault) notifications.show({ title: 'The ledger is not sound', message: `${fault.message} · ${fault.code}`, autoClose: false });
  else if (differences > 0) notifications.show({ title: 'The books differ from a rebuild from Stripe', message: `${differences} ${differences === 1 ? 'difference' : 'differences'}. Ledger, Verify names them.`, autoClose: false });
  else if (run?.status === 'succeeded') notifications.show({ message: `${run.title} is done` });
  else if (run?.status === 'cancelled') notifications.show({ message: `${run.title} was cancelled. What it had saved is kept.` });
  else if (run) notifications.show({ title: `${run.title} failed`, message: [run.errorMessage, run.errorNextStep, run.errorCode].filter(Boolean).join(' · '), autoClose: 20_000 });
}

/** Starts a job; it goes on in the status strip, and its end is said aloud. So is a refusal. */
export function useStartJob(): UseMutationResult<RunView, unknown, JobStart> {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  return useMutation({
    async mutationFn({ job, period, options }: JobStart) {
      const command = { commandId: crypto.randomUUID(), job, ...(period ? { period } : {}), ...(options ? { options } : {}) };
      const run = await client.jobs.run(command);
      // The same command again is the same run: this time it answers when that has ended.
      void sayHowItEnded(client.jobs.run({ ...command, wait: true }));
      return run;
    },
    onSuccess: (run) => notifications.show({ message: `${run.title} has started` }),
    onError: (error) => { const described = describeError(error); notifications.show({ title: described.title, message: [described.detail, described.nextStep, described.code].filter(Boolean).join(' · '), autoClose: 10_000 }); },
    onSettled: () => { void cache.invalidateQueries({ queryKey: queries.jobs.key() }); void cache.invalidateQueries({ queryKey: queries.system.status.key() }); },
  });
}
