import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { runSheetFlagSchema, runSheetStateSchema } from '../../../../../shared/api/run-sheet.contract.ts';
import { addMonths, month as asMonth } from '../../../../../shared/calendar/local-date.ts';
import { toDecimalString } from '../../../../../shared/money/money.ts';
import { DataGrid } from '../../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../../components/data-grid/grid-types.ts';
import { EmptyState } from '../../../components/empty-state.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { FilterInput } from '../../../components/filter-input.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { PeriodPicker } from '../../../components/period-picker.tsx';
import { Box } from '../../../components/screen.tsx';
import { StatusBadge, statusWord } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { formatMonth, monthOfInstant } from '../../../lib/dates.ts';
import { gridSource } from '../../../lib/grid-source.ts';
import { findKnownJob } from '../../../lib/known-jobs.ts';
import { links } from '../../../lib/links.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { definedOnly, oneOf, useUrlFilter } from '../../../lib/url-filter.ts';
import { useStartJob } from '../../../lib/use-start-job.ts';
import type { DraftToFinalise } from '../draft-to-finalise.ts';
import { FinaliseDialog } from '../finalise-dialog.tsx';
import { InvoicesWorkspace } from '../invoices-workspace.tsx';
import { ApproveDialog } from './approve-dialog.tsx';
import { RunSheetPanel } from './run-sheet-panel.tsx';
import { canApprove, canFinalise, changeText, type RunSheetFlag, type RunSheetRow } from './run-sheet-words.ts';
import { useRunSheetKeys } from './use-run-sheet-keys.ts';

type Sort = 'partnerName' | 'units' | 'change' | 'total' | 'previousTotal' | 'state';
type Filter = { period?: string; state?: RunSheetRow['state']; flag?: RunSheetFlag; isFlagged?: boolean; text?: string };

function ChangeText({ row }: { row: RunSheetRow }) {
  const { locale } = usePreferences();
  return row.changeBasisPoints === null ? <span className="muted">—</span> : <span className="nowrap">{changeText(row.changeBasisPoints, locale)}</span>;
}

const columns: readonly GridColumn<RunSheetRow>[] = [
  { id: 'partner', header: 'Partner', size: 180, minSize: 160, growth: 1, sortBy: 'partnerName', cell: (row) => row.partnerName, text: (row) => row.partnerName },
  { id: 'state', header: 'State', size: 124, sortBy: 'state', cell: (row) => <StatusBadge status={row.state} />, text: (row) => row.state },
  { id: 'units', yields: 2, header: 'Usage', size: 132, align: 'end', sortBy: 'units', cell: (row) => (row.units === null ? <span className="muted">—</span> : <><NumberText value={row.units} /> <span className="muted">{row.meter}</span></>), text: (row) => (row.units === null ? '' : String(row.units)) },
  { id: 'previousUnits', yields: 4, header: 'Usage before', size: 112, align: 'end', cell: (row) => (row.previousUnits === null ? <span className="muted">—</span> : <NumberText value={row.previousUnits} />), text: (row) => (row.previousUnits === null ? '' : String(row.previousUnits)) },
  { id: 'change', yields: 3, header: 'Change', size: 86, align: 'end', sortBy: 'change', cell: (row) => <ChangeText row={row} />, text: (row) => (row.changeBasisPoints === null ? '' : toDecimalString(row.changeBasisPoints, 'usd')) },
  { id: 'total', header: 'Total', size: 122, align: 'end', sortBy: 'total', cell: (row) => (row.totalMinor === null || row.currency === null ? <span className="muted">—</span> : <MoneyText amount={row.totalMinor} currency={row.currency} />), text: (row) => (row.totalMinor === null || row.currency === null ? '' : toDecimalString(row.totalMinor, row.currency)), currencyOf: (row) => row.currency ?? '' },
  { id: 'previousTotal', yields: 5, header: 'Total before', size: 122, align: 'end', sortBy: 'previousTotal', cell: (row) => (row.previousTotalMinor === null || row.previousCurrency === null ? <span className="muted">—</span> : <MoneyText amount={row.previousTotalMinor} currency={row.previousCurrency} />), text: (row) => (row.previousTotalMinor === null || row.previousCurrency === null ? '' : toDecimalString(row.previousTotalMinor, row.previousCurrency)), currencyOf: (row) => row.previousCurrency ?? '' },
  { id: 'flags', yields: 1, header: 'Worth a look', size: 190, minSize: 110, growth: 2, cell: (row) => row.flags.map((flag) => <span key={flag}><StatusBadge status={flag} /> </span>), text: (row) => row.flags.map(statusWord).join(', ') },
  { id: 'review', yields: 6, header: 'Reviewed by', size: 104, cell: (row) => row.review?.by ?? <span className="muted">—</span>, text: (row) => row.review?.by ?? '' },
];

/** A month's partners before their invoices are finalised: each beside the month before it, what is unusual, who looked. */
export function RunSheetScreen() {
  const { client, queries } = useApi();
  const canBill = useCan('accountant');
  const { now, timeZone, locale } = usePreferences();
  const latest = addMonths(asMonth(monthOfInstant(now, timeZone)), -1);
  const [filter, setFilter] = useUrlFilter(['period', 'state', 'flag', 'show', 'text'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  // An address typed by hand never breaks the screen: what is no month, or not over yet, is the last whole one.
  const period = /^\d{4}-(0[1-9]|1[0-2])$/.test(filter.period ?? '') && (filter.period ?? '') <= latest ? filter.period ?? latest : latest;
  const state = oneOf(runSheetStateSchema.options, filter.state);
  const flag = oneOf(runSheetFlagSchema.options, filter.flag);
  const isFlagged = filter.show === 'flagged' ? true : undefined;
  const { text } = filter;
  const narrowed = useMemo(() => definedOnly<Filter>({ period, ...(state ? { state } : {}), ...(flag ? { flag } : {}), ...(isFlagged ? { isFlagged } : {}), ...(text ? { text } : {}) }), [period, state, flag, isFlagged, text]);
  const source = useMemo(() => gridSource<RunSheetRow, Sort, Filter>(queries.invoices.runSheet.list.key(), client.invoices.runSheet.list, ['partnerName', 'units', 'change', 'total', 'previousTotal', 'state'], narrowed), [client, queries, narrowed]);
  const summary = useQuery(queries.invoices.runSheet.summary.queryOptions({ input: { period } }));
  const [approving, setApproving] = useState<{ rows: readonly RunSheetRow[]; clear: () => void } | null>(null);
  const [finalising, setFinalising] = useState<{ rows: readonly RunSheetRow[]; clear: () => void } | null>(null);
  const close = useCallback(() => { void navigate({ pathname: links.runSheet, search: parameters.toString() }); }, [navigate, parameters]);
  useRunSheetKeys();

  /** All rows of the list as it is narrowed, for what is done to all of them. */
  const readAll = async (): Promise<RunSheetRow[]> => {
    const rows: RunSheetRow[] = [];
    for (let total = 1; rows.length < total; ) {
      const page = await client.invoices.runSheet.list({ startAt: rows.length, limit: 500, filter: narrowed });
      if (page.rows.length === 0) break;
      rows.push(...page.rows);
      ({ total } = page);
    }
    return rows;
  };
  const nothing = () => undefined;
  const [failure, setFailure] = useState<unknown>(null);
  const withAll = (fits: (row: RunSheetRow) => boolean, show: typeof setApproving) => {
    setFailure(null);
    readAll().then((rows) => { const fitting = rows.filter(fits); if (fitting.length > 0) show({ rows: fitting, clear: nothing }); }, setFailure);
  };
  const counts = new Map(summary.data?.states.map((each) => [each.state, each.count]));
  const waiting = (counts.get('to-review') ?? 0) + (counts.get('changed') ?? 0);
  const selectionActions = (rows: readonly RunSheetRow[], clear: () => void) => (
    <>
      {rows.some(canApprove) ? <Button size="compact-xs" aria-keyshortcuts="A" onClick={() => setApproving({ rows: rows.filter(canApprove), clear })}>Approve…</Button> : null}
      {rows.some(canFinalise) ? <Button size="compact-xs" variant="default" aria-keyshortcuts="F" onClick={() => setFinalising({ rows: rows.filter(canFinalise), clear })}>Finalise…</Button> : null}
    </>
  );
  const controls = <PeriodPicker month={period} latest={latest} onChange={(value) => setFilter({ period: value === latest ? null : value })} />;
  const panel = id ? <RunSheetPanel contractId={id} period={period} onClose={close} onStep={stepGrid} onApprove={(row) => setApproving({ rows: [row], clear: nothing })} onFinalise={(row) => setFinalising({ rows: [row], clear: nothing })} /> : undefined;
  return (
    <InvoicesWorkspace part="Run sheet" controls={controls} panel={panel}>
      {summary.isError ? <ErrorNotice error={summary.error} onRetry={() => void summary.refetch()} /> : null}
      {failure === null ? null : <ErrorNotice error={failure} />}
      <Box isFilling label="Run sheet">
        <div className="box-head">
          <div className="chips" role="group" aria-label="State">
            <button type="button" className="chip" aria-pressed={!state && !isFlagged && !flag} onClick={() => setFilter({ state: null, show: null, flag: null })}>All</button>
            {runSheetStateSchema.options.filter((each) => (counts.get(each) ?? 0) > 0 || state === each).map((each) => <button key={each} type="button" className="chip" aria-pressed={state === each} onClick={() => setFilter({ state: each, show: null })}>{statusWord(each)}<span className="count"><NumberText value={counts.get(each) ?? 0} /></span></button>)}
            <button type="button" className="chip" aria-pressed={isFlagged === true} onClick={() => setFilter({ show: 'flagged', state: null })}>Worth a look{summary.data ? <span className="count"><NumberText value={summary.data.flagged} /></span> : null}</button>
          </div>
          <span className="grow" />
          <Select aria-label="Worth a look" placeholder="Any reason" clearable w={144} comboboxProps={{ width: 260, position: 'bottom-end' }} value={flag ?? null} data={(summary.data?.flags ?? []).filter((each) => each.count > 0 || each.flag === flag).map((each) => ({ value: each.flag, label: `${statusWord(each.flag)} (${each.count})` }))} onChange={(value) => setFilter({ flag: value })} />
          <FilterInput label="Filter the run sheet" placeholder="Partner or number" value={text} onChange={(typed) => setFilter({ text: typed }, { replace: true })} />
          {canBill ? <DraftsButton period={period} label={`Make the drafts for ${formatMonth(period, locale)}`} isWanted={(counts.get('not-drafted') ?? 0) > 0 || (summary.data?.flags.some((each) => each.flag === 'draft-outdated' && each.count > 0) ?? false)} /> : null}
          {canBill && waiting > 0 ? <Button variant="default" aria-keyshortcuts="A" onClick={() => withAll(canApprove, setApproving)}>Approve all…</Button> : null}
          {canBill && (counts.get('approved') ?? 0) > 0 ? <Button aria-keyshortcuts="F" onClick={() => withAll(canFinalise, setFinalising)}>Finalise approved…</Button> : null}
        </div>
        <DataGrid
          id="run-sheet" label="Run sheet" columns={columns} source={source} noun={['partner', 'partners']} rowId={rowId} openId={id} defaultSort={{ column: 'partnerName', direction: 'ascending' }} fileName={`run-sheet-${period}`}
          amountOf={(row) => ({ amount: row.totalMinor ?? 0, currency: row.currency ?? 'usd' })}
          onOpen={(row, how) => { void navigate({ pathname: links.runSheetRow(row.contractId), search: parameters.toString() }, how); }}
          {...(canBill ? { selectionActions } : {})}
          empty={<EmptyState title={state || flag || isFlagged || text ? 'No partner fits this filter' : 'No contract is in force in this month'}>{state || flag || isFlagged || text ? 'Clear a filter to see more.' : 'Contracts come with the shared database, or are made under Partners.'}</EmptyState>}
        />
      </Box>
      {approving ? <ApproveDialog rows={approving.rows} onClose={(isDone) => { if (isDone) approving.clear(); setApproving(null); }} /> : null}
      {finalising ? <FinaliseDialog drafts={finalising.rows.map((row) => toDraft(row, period))} onClose={(isDone) => { if (isDone) finalising.clear(); setFinalising(null); }} /> : null}
    </InvoicesWorkspace>
  );
}

/** Starts the run that makes or refreshes the month's drafts; shown only where it would do something. */
function DraftsButton({ period, label, isWanted }: { period: string; label: string; isWanted: boolean }) {
  const { queries } = useApi();
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {}, enabled: isWanted })).data?.jobs;
  const job = findKnownJob(jobs, 'partner-billing');
  const start = useStartJob();
  return isWanted && job ? <Button variant="default" loading={start.isPending} onClick={() => start.mutate({ job: job.name, period })}>{label}</Button> : null;
}

function toDraft(row: RunSheetRow, billingMonth: string): DraftToFinalise {
  return { id: row.invoiceId ?? '', number: row.number, customerName: row.partnerName, billingMonth, total: { amount: row.totalMinor ?? 0, currency: row.currency ?? 'usd' }, totalsFingerprint: row.totalsFingerprint };
}

function rowId(row: RunSheetRow): string {
  return row.contractId;
}
