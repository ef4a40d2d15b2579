import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useApi } from '../../lib/api/api-context.tsx';
import { useStartJob } from '../../lib/use-start-job.ts';

/** Stages what was set aside anew (by id, or all of it) and syncs, which takes it up again. */
export function useRetryEvents(): UseMutationResult<{ retried: number }, unknown, readonly string[] | undefined> {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const start = useStartJob();
  return useMutation({
    mutationFn: (ids: readonly string[] | undefined) => client.stripe.retryEvents({ commandId: crypto.randomUUID(), ...(ids ? { ids: [...ids] } : {}) }),
    onSuccess: ({ retried }) => {
      if (retried > 0) start.mutate({ job: 'stripe-sync' });
      else notifications.show({ message: 'There was nothing to retry' });
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: queries.stripe.key() }),
  });
}
