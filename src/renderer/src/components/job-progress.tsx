import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { runViewSchema } from '../../../shared/api/system.contract.ts';
import { useApi } from '../lib/api/api-context.tsx';
import { formatDuration } from '../lib/dates.ts';
import { useCan, usePreferences } from '../lib/preferences.tsx';

export type RunView = z.infer<typeof runViewSchema>;

/** Where running work stands: counts, rate, time left and cancel. */
export function JobProgress({ run, isShort = false, isBarOnly = false }: { run: RunView; isShort?: boolean; isBarOnly?: boolean }) {
  const { client, queries } = useApi();
  const { locale } = usePreferences();
  const canCancel = useCan('finance');
  const cache = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => client.jobs.cancel({ commandId: crypto.randomUUID(), runId: run.id }),
    onSettled: () => { void cache.invalidateQueries({ queryKey: queries.jobs.key() }); void cache.invalidateQueries({ queryKey: queries.system.status.key() }); },
  });
  const number = new Intl.NumberFormat(locale);
  const share = run.total ? Math.min(1, run.done / run.total) : null;
  const counts = run.total === null ? (run.done > 0 ? number.format(run.done) : '') : `${number.format(run.done)} of ${run.isTotalEstimated ? 'about ' : ''}${number.format(run.total)}`;
  return (
    <span className="progress">
      {isBarOnly ? null : <span className="clip">{run.title}{isShort || !run.note ? '' : `, ${run.note}`}{counts ? `: ${counts}` : ''}</span>}
      <span className={`progress-bar${share === null ? ' unknown' : ''}`} role="progressbar" aria-label={run.title} aria-valuemin={0} aria-valuemax={100} {...(share === null ? {} : { 'aria-valuenow': Math.round(share * 100) })}>
        <i style={share === null ? {} : { transform: `scaleX(${share})` }} />
      </span>
      {run.ratePerSecond && !isBarOnly ? <span className="muted">{number.format(Math.round(run.ratePerSecond))}/s</span> : null}
      {run.secondsLeft === null ? null : <span>{run.isTotalEstimated ? 'about ' : ''}{formatDuration(run.secondsLeft)} left</span>}
      {canCancel ? <button type="button" className="text-button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>{cancel.isPending ? 'Cancelling' : 'Cancel'}</button> : null}
      {cancel.isError ? <span role="alert">Not cancelled: try again</span> : null}
    </span>
  );
}
