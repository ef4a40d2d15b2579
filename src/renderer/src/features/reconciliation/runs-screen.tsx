import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import { reconciliationLevelSchema } from '../../../../shared/api/reconciliation.contract.ts';
import type { runRowSchema } from '../../../../shared/api/reconciliation-runs.contract.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { gridSource } from '../../lib/grid-source.ts';
import { findKnownJob } from '../../lib/known-jobs.ts';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { definedOnly, oneOf, useUrlFilter } from '../../lib/url-filter.ts';
import { useStartJob } from '../../lib/use-start-job.ts';
import { ReconciliationWorkspace } from './reconciliation-workspace.tsx';
import { RunPanel } from './run-panel.tsx';
import { levelWords, scopeWord } from './run-words.ts';

type RunRow = z.infer<typeof runRowSchema>;

const counted = (value: number | null) => (value === null ? <span className="muted">—</span> : <NumberText value={value} />);

const columns: readonly GridColumn<RunRow>[] = [
  { id: 'finishedAt', header: 'Finished', kind: 'date', size: 170, sortBy: 'finishedAt', cell: (row) => <DateText instant={row.finishedAt} />, text: (row) => new Date(row.finishedAt).toISOString() },
  { id: 'level', header: 'Level', size: 130, sortBy: 'level', cell: (row) => levelWords[row.level], text: (row) => row.level },
  { id: 'scope', yields: 1, header: 'About', size: 190, growth: 1, cell: (row) => <span className="quiet">{scopeWord(row)}</span>, text: (row) => scopeWord(row) },
  { id: 'compared', header: 'Compared', size: 110, align: 'end', sortBy: 'compared', cell: (row) => <NumberText value={row.compared} />, text: (row) => String(row.compared) },
  { id: 'recompared', yields: 0, header: 'Of them anew', size: 120, align: 'end', cell: (row) => counted(row.recompared), text: (row) => String(row.recompared ?? '') },
  { id: 'found', header: 'Found', size: 90, align: 'end', sortBy: 'found', cell: (row) => <NumberText value={row.found} />, text: (row) => String(row.found) },
  { id: 'appeared', header: 'New', size: 80, align: 'end', cell: (row) => counted(row.appeared), text: (row) => String(row.appeared ?? '') },
  { id: 'gone', header: 'Gone', size: 80, align: 'end', cell: (row) => counted(row.gone), text: (row) => String(row.gone ?? '') },
  { id: 'remaining', header: 'Found again', size: 110, align: 'end', cell: (row) => counted(row.remaining), text: (row) => String(row.remaining ?? '') },
  { id: 'inputsHash', yields: 2, header: 'Inputs', size: 120, isHiddenAtFirst: true, cell: (row) => <span className="mono muted" title={row.inputsHash ?? undefined}>{row.inputsHash?.slice(0, 10) ?? '—'}</span>, text: (row) => row.inputsHash ?? '' },
];

/** Every run as it was kept: what it compared, and how what it found differs from the run before. */
export function ReconciliationRunsScreen() {
  const { client, queries } = useApi();
  const canWork = useCan('finance');
  const [filter, setFilter] = useUrlFilter(['level'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {}, enabled: canWork })).data?.jobs;
  const start = useStartJob();
  const job = findKnownJob(jobs, 'reconciliation');
  const level = oneOf(reconciliationLevelSchema.options, filter.level);
  const source = useMemo(
    () => gridSource<RunRow, 'finishedAt' | 'level' | 'compared' | 'found', { level?: RunRow['level'] }>(queries.reconciliation.runs.list.key(), client.reconciliation.runs.list, ['finishedAt', 'level', 'compared', 'found'], definedOnly({ level })),
    [client, queries, level],
  );
  const close = useCallback(() => { void navigate({ pathname: links.reconciliationRuns, search: parameters.toString() }); }, [navigate, parameters]);
  const runNow = canWork && job ? <Button variant="default" loading={start.isPending} onClick={() => start.mutate({ job: job.name, options: { everyLevel: true } })}>Run now</Button> : null;
  return (
    <ReconciliationWorkspace part="Runs" controls={runNow} panel={id ? <RunPanel id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <Box isFilling label="Runs">
        <div className="box-head">
          <h2>Runs</h2>
          <span className="grow" />
          <Select aria-label="Level" placeholder="Any level" clearable w={180} value={level ?? null} data={reconciliationLevelSchema.options.map((value) => ({ value, label: levelWords[value] }))} onChange={(value) => setFilter({ level: value })} />
        </div>
        <DataGrid
          id="reconciliation-runs" label="Runs" columns={columns} source={source} noun={['run', 'runs']} rowId={runId} openId={id} defaultSort={{ column: 'finishedAt', direction: 'descending' }}
          onOpen={(row, how) => { void navigate({ pathname: links.reconciliationRun(row.id), search: parameters.toString() }, how); }}
          empty={<EmptyState title="Not reconciled yet" action={runNow ?? undefined}>A run lists Stripe afresh, compares it with the ledger and the shared database, and is kept here with what it found.</EmptyState>}
        />
      </Box>
    </ReconciliationWorkspace>
  );
}

function runId(row: RunRow): string {
  return row.id;
}
