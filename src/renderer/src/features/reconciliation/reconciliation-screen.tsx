import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { inboxSortColumns, type InboxFilter, type InboxRow } from '../../../../shared/api/workbench.contract.ts';
import { daysBetween, localDate } from '../../../../shared/calendar/local-date.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { AsOf, Box } from '../../components/screen.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import { dayOfInstant, formatDay } from '../../lib/dates.ts';
import { describeError } from '../../lib/described-error.ts';
import { gridSource } from '../../lib/grid-source.ts';
import { findKnownJob } from '../../lib/known-jobs.ts';
import { links } from '../../lib/links.ts';
import { useCan, usePreferences } from '../../lib/preferences.tsx';
import { useUrlFilter } from '../../lib/url-filter.ts';
import { useStartJob } from '../../lib/use-start-job.ts';
import { objectText } from './discrepancy-detail.ts';
import { BulkDialog, type BulkKind } from './bulk-dialog.tsx';
import { DiscrepancyPanel } from './discrepancy-panel.tsx';
import { InboxChips, InboxFilters, InboxGroups } from './inbox-controls.tsx';
import { cleared, inboxFilterOf, inboxParameters, isNarrowed } from './inbox-filter.ts';
import { LevelCards } from './level-cards.tsx';
import { useInboxKeys, type InboxKey } from './use-inbox-keys.ts';
import type { DiscrepancyAction } from './discrepancy-action-dialog.tsx';
import { ReconciliationWorkspace } from './reconciliation-workspace.tsx';

const columns: readonly GridColumn<InboxRow>[] = [
  { id: 'reason', header: 'Reason', size: 198, sortBy: 'reason', cell: (row) => <><StatusBadge status={row.reason} />{row.isBack ? <> <StatusBadge status="back" /></> : null}</>, text: (row) => row.reason },
  { id: 'objectId', header: 'Object', size: 166, minSize: 150, growth: 1, sortBy: 'objectId', cell: (row) => <span title={row.objectName}>{objectText(row)}</span>, text: (row) => row.objectName },
  { id: 'occurredOn', header: 'Date', kind: 'date', size: 112, sortBy: 'occurredOn', cell: (row) => <DateText day={row.occurredOn} />, text: (row) => row.occurredOn },
  { id: 'amount', header: 'Amount', size: 136, align: 'end', sortBy: 'amount', cell: (row) => <MoneyText amount={row.amount.amount} currency={row.amount.currency} />, text: (row) => toDecimalString(row.amount.amount, row.amount.currency), currencyOf: (row) => row.amount.currency },
  { id: 'hint', yields: 0, header: 'Hint', size: 180, minSize: 120, growth: 1.2, cell: (row) => <span className="quiet">{row.hint}</span>, text: (row) => row.hint },
  { id: 'age', yields: 4, header: 'Age', size: 62, align: 'end', sortBy: 'firstSeenAt', cell: (row) => <span>{row.ageDays} d</span>, text: (row) => String(row.ageDays) },
  { id: 'dueOn', yields: 2, header: 'Due', kind: 'date', size: 116, sortBy: 'dueOn', cell: (row) => (row.isOverdue ? <Late dueOn={row.dueOn} /> : <DateText day={row.dueOn} />), text: (row) => row.dueOn },
  { id: 'status', yields: 1, header: 'Status', size: 116, sortBy: 'status', cell: (row) => <StatusBadge status={row.waitsForSecondPerson ? 'second-person' : row.markedAs && row.status === 'resolved' ? row.markedAs : row.status} />, text: (row) => row.markedAs ?? row.status },
  { id: 'assignee', yields: 3, header: 'Assignee', size: 116, sortBy: 'assignee', cell: (row) => (row.status === 'on-hold' && row.holdUntil ? <span className="muted">until <DateText day={row.holdUntil} /></span> : row.assignee ?? <span className="muted">—</span>), text: (row) => row.assignee ?? '' },
  { id: 'comments', header: 'Comments', size: 90, align: 'end', isHiddenAtFirst: true, cell: (row) => (row.comments === 0 ? <span className="muted">—</span> : String(row.comments)), text: (row) => String(row.comments) },
  { id: 'level', header: 'Level', size: 110, isHiddenAtFirst: true, cell: (row) => statusWord(row.level), text: (row) => row.level },
  { id: 'balanceTransaction', header: 'Balance transaction', size: 180, isHiddenAtFirst: true, cell: (row) => <span className="muted">{row.balanceTransactionId ?? '—'}</span>, text: (row) => row.balanceTransactionId ?? '' },
];

const bulkKeys: Partial<Record<InboxKey, BulkKind>> = { a: 'assign', r: 'resolve', i: 'ignore', h: 'hold' };

/** The levels with their sums, and the inbox of what does not agree. */
export function ReconciliationScreen() {
  const api = useApi();
  const { client, queries } = api;
  const cache = useQueryClient();
  const canWork = useCan('finance');
  const { functionalCurrency } = usePreferences();
  const [parameters, setParameters] = useUrlFilter(inboxParameters);
  const [search] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const summary = useQuery(queries.reconciliation.summary.queryOptions({ input: {} }));
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {}, enabled: canWork })).data?.jobs;
  const start = useStartJob();
  const job = findKnownJob(jobs, 'reconciliation');
  // A dialog is of one record: who leaves that by Back has left the dialog too, and it opens over no other one.
  const [asked, setAsked] = useState<{ readonly id: string; readonly action: DiscrepancyAction } | null>(null);
  const action = asked !== null && asked.id === id ? asked.action : null;
  const setAction = (next: DiscrepancyAction | null): void => setAsked(next === null || id === null ? null : { id, action: next });
  useEffect(() => setAsked((before) => (before?.id === id ? before : null)), [id]);
  const [bulk, setBulk] = useState<{ readonly kind: BulkKind; readonly rows: readonly InboxRow[] } | null>(null);
  // What is ticked in the list, as its footer knows it; the keys act on it.
  const ticked = useRef<{ readonly rows: readonly InboxRow[]; readonly clear: () => void }>({ rows: [], clear: () => undefined });
  const lastBulk = useRef<string | null>(null);
  const currency = functionalCurrency ?? 'usd';
  const filter = useMemo(() => inboxFilterOf(parameters, currency), [parameters, currency]);
  const source = useMemo(() => gridSource<InboxRow, (typeof inboxSortColumns)[number], InboxFilter>(queries.workbench.inbox.key(), client.workbench.inbox, inboxSortColumns, filter), [client, queries, filter]);
  const close = useCallback(() => { void navigate({ pathname: links.reconciliation, search: search.toString() }); }, [navigate, search]);
  const counts = new Map<string, number>(summary.data?.statusCounts.map((each) => [each.status, each.count]));
  const newest = summary.data?.runs.reduce<number | null>((latest, run) => Math.max(latest ?? 0, run.finishedAt), null);

  const undo = useMutation({
    mutationFn: async (what: { readonly id: string } | { readonly command: string }) => {
      const commandId = crypto.randomUUID();
      if ('id' in what) return { count: 1, outcome: await client.workbench.undo({ commandId, id: what.id }) };
      const { undone, left } = await client.workbench.undoCommand({ commandId, undoneCommandId: what.command });
      return { count: undone.length, left };
    },
    onSuccess: ({ count, left = 0 }) => notifications.show({ message: `Took back ${count} ${count === 1 ? 'step' : 'steps'}${left > 0 ? `; ${left} had something done since and stand` : ''}` }),
    onError: (error) => { const described = describeError(error); notifications.show({ title: described.title, message: [described.detail, described.nextStep, described.code].filter(Boolean).join(' · '), autoClose: 10_000 }); },
    onSettled: () => { lastBulk.current = null; markStale(api, cache, 'discrepancies'); markStale(api, cache, 'ledger'); },
  });
  const onKey = (key: InboxKey): void => {
    if (key === 'n') { stepGrid(id === null ? 0 : 1); return; }
    if (key === 'u') {
      if (lastBulk.current !== null) undo.mutate({ command: lastBulk.current });
      else if (id !== null) undo.mutate({ id });
      return;
    }
    const kind = bulkKeys[key];
    if (kind === undefined) return;
    if (ticked.current.rows.length > 0) setBulk({ kind, rows: ticked.current.rows });
    else if (id !== null) setAction(kind);
  };
  useInboxKeys(onKey, canWork && bulk === null && action === null);

  const isUnfiltered = Object.keys(parameters).length === 0;
  const controls = (
    <>
      <AsOf instant={newest} />
      {canWork && job ? <Button variant="default" loading={start.isPending} onClick={() => start.mutate({ job: job.name, options: { everyLevel: true } })}>Run now</Button> : null}
    </>
  );
  return (
    <ReconciliationWorkspace part="Inbox" controls={controls} panel={id ? <DiscrepancyPanel id={id} action={action} onAction={setAction} onUndo={() => undo.mutate({ id })} isUndoing={undo.isPending} onClose={close} onStep={stepGrid} /> : undefined}>
      {summary.isError ? <ErrorNotice error={summary.error} onRetry={() => void summary.refetch()} /> : null}
      <LevelCards summary={summary.data} />
      <Box isFilling label="Inbox">
        <div className="box-head">
          <h2>Inbox</h2>
          <InboxChips parameters={parameters} counts={counts} onChange={setParameters} />
          {isNarrowed(parameters) ? <button type="button" className="text-button" onClick={() => setParameters(cleared)}>Clear filters</button> : null}
          {canWork && id === null ? <><span className="grow" /><span className="muted small nowrap"><Keys keys={['N']} /> next <Keys keys={['A']} /> assign <Keys keys={['R']} /> resolve <Keys keys={['I']} /> ignore <Keys keys={['H']} /> hold <Keys keys={['U']} /> undo</span></> : null}
        </div>
        <div className="box-head"><InboxFilters parameters={parameters} onChange={setParameters} functionalCurrency={currency} isBesidePanel={id !== null} /></div>
        <InboxGroups parameters={parameters} filter={filter} onChange={setParameters} />
        <DataGrid
          id="discrepancies" label="Discrepancies" columns={columns} source={source} noun={['discrepancy', 'discrepancies']} rowId={discrepancyId} openId={id} defaultSort={{ column: 'occurredOn', direction: 'descending' }} amountOf={(row) => row.amount}
          onOpen={(row, how) => { void navigate({ pathname: links.discrepancy(row.id), search: search.toString() }, how); }}
          onSelection={(rows, clear) => { ticked.current = { rows, clear }; }}
          {...(canWork ? { selectionActions: (rows: readonly InboxRow[]) => (['assign', 'resolve', 'ignore', 'hold', 'mark-timing', 'set-due'] as const).map((kind) => <button key={kind} type="button" className="text-button" onClick={() => setBulk({ kind, rows })}>{bulkWords[kind]}…</button>) } : {})}
          empty={<EmptyState title={summary.data?.runs.length === 0 ? 'Not reconciled yet' : 'Nothing here'} action={canWork && job && summary.data?.runs.length === 0 ? <Button onClick={() => start.mutate({ job: job.name, options: { everyLevel: true } })}>Run now</Button> : isNarrowed(parameters) ? <button type="button" className="text-button" onClick={() => setParameters(cleared)}>Clear filters</button> : undefined}>{summary.data?.runs.length === 0 ? 'A run lists Stripe afresh and compares it with the ledger and the shared database.' : isUnfiltered ? 'Stripe, the ledger and the shared database agree.' : 'No discrepancy fits this filter.'}</EmptyState>}
        />
      </Box>
      {bulk ? (
        <BulkDialog
          kind={bulk.kind} rows={bulk.rows} onClose={() => setBulk(null)}
          onDone={(commandId) => { lastBulk.current = commandId; ticked.current.clear(); setBulk(null); }}
        />
      ) : null}
    </ReconciliationWorkspace>
  );
}

const bulkWords: Readonly<Record<BulkKind, string>> = { assign: 'Assign', resolve: 'Resolve', ignore: 'Ignore', hold: 'Hold', 'mark-timing': 'Mark as timing', 'set-due': 'Set due day' };

/** How long over the due day, in place of the day: the word and the day do not fit beside each other. */
function Late({ dueOn }: { dueOn: string }) {
  const { now, timeZone, locale } = usePreferences();
  return <span className="bad" title={`Due ${formatDay(dueOn, locale)}`}>{daysBetween(localDate(dueOn), localDate(dayOfInstant(now, timeZone)))} d late</span>;
}

function Keys({ keys }: { keys: readonly string[] }) {
  return <>{keys.map((key) => <kbd key={key} className="kbd">{key}</kbd>)}</>;
}

function discrepancyId(row: InboxRow): string {
  return row.id;
}
