import { useMemo } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { measureMovementSchema } from '../../../../shared/api/revenue-measures.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { movedMinor, movementSeries, type MovementKind, type MrrMonth } from '../../charts/mrr-series.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { definedOnly } from '../../lib/url-filter.ts';
import type { MeasureView } from './use-standpoint.ts';

export type MovementRow = z.infer<typeof measureMovementSchema>;
type MovementSort = 'customerName' | 'day' | 'amount';
type MovementFilter = MeasureView & { from: string; to: string; kind?: MovementKind; text?: string };

const columns: readonly GridColumn<MovementRow>[] = [
  { id: 'customerName', header: 'Customer', size: 200, minSize: 130, growth: 1.4, sortBy: 'customerName', cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'kind', header: 'Movement', size: 150, cell: (row) => <StatusBadge status={row.kind} />, text: (row) => row.kind },
  { id: 'cause', yields: 1, header: 'Cause', size: 200, growth: 1.4, cell: (row) => row.cause, text: (row) => row.cause },
  { id: 'invoice', header: 'Invoice', size: 160, cell: (row) => (row.invoiceId ? <EntityLink isInGrid to={links.invoice(row.invoiceId)} id={row.invoiceId} /> : <span className="muted">—</span>), text: (row) => row.invoiceId ?? '' },
  { id: 'subscription', yields: 3, header: 'Subscription', size: 160, isHiddenAtFirst: true, cell: (row) => <span className="muted">{row.subscriptionId ?? '—'}</span>, text: (row) => row.subscriptionId ?? '' },
  { id: 'day', yields: 2, header: 'Day', kind: 'date', size: 120, sortBy: 'day', cell: (row) => <DateText day={row.day} />, text: (row) => row.day },
  { id: 'amount', header: 'MRR change', size: 150, align: 'end', sortBy: 'amount', cell: (row) => <MoneyText amount={row.amount.amount} currency={row.amount.currency} isSigned />, text: (row) => toDecimalString(row.amount.amount, row.amount.currency), currencyOf: (row) => row.amount.currency },
];

export interface MovementsGridProps {
  /** The room the list stands in: records are opened below its address. */
  room: string;
  from: string;
  to: string;
  view: MeasureView;
  kind: MovementKind | undefined;
  text: string | undefined;
  current: MrrMonth | undefined;
  openCustomerId: string | null;
  onText: (text: string | null) => void;
  onClearKind: () => void;
}

/** What moved in months; it sums to what was clicked. */
export function MovementsGrid({ room, from, to, view, kind, text, current, openCustomerId, onText, onClearKind }: MovementsGridProps) {
  const { client, queries } = useApi();
  const { locale } = usePreferences();
  const navigate = useNavigate();
  const [parameters] = useSearchParams();
  const source = useMemo(
    () => gridSource<MovementRow, MovementSort, MovementFilter>(queries.revenueMeasures.movements.key(), client.revenueMeasures.movements, ['customerName', 'day', 'amount'], { from, to, ...view, ...definedOnly({ kind, text }) }),
    [client, queries, from, to, view, kind, text],
  );
  const series = movementSeries.find((each) => each.kind === kind);
  const sum = current ? (series ? current[series.field] : movedMinor(current)) : null;
  return (
    <Box
      isFilling
      title={`${series ? series.label : 'What moved'} in ${from === to ? formatMonth(to, locale, 'long') : `${formatMonth(from, locale)} to ${formatMonth(to, locale)}`}`}
      note={sum === null || !current ? undefined : <>sums to <MoneyText amount={sum} currency={current.currency} isSigned /></>}
      actions={<>{series ? <button type="button" className="chip" aria-pressed onClick={onClearKind} title="Show all movements">{series.label} ×</button> : null}<FilterInput label="Filter by customer" placeholder="Filter by customer" value={text} onChange={onText} /></>}
    >
      <DataGrid
        id="movements" label="Movements" columns={columns} source={source} noun={['movement', 'movements']} defaultSort={{ column: 'amount', direction: 'descending' }}
        rowId={movementKey} openId={openCustomerId === null ? null : (openMovementKey(parameters, openCustomerId))} amountOf={(row) => row.amount}
        onOpen={(row, how) => { const next = new URLSearchParams(parameters); next.set('movement', movementKey(row)); if (!next.has('month')) next.set('month', to); void navigate({ pathname: `${room}/${encodeURIComponent(row.customerId)}`, search: next.toString() }, { ...how, state: { movement: row } }); }}
        empty={<EmptyState title="Nothing moved">{kind || text ? 'No movement fits this filter.' : 'MRR stayed as it was in this month.'}</EmptyState>}
      />
    </Box>
  );
}

function movementKey(row: MovementRow): string {
  return `${row.customerId}/${row.day}/${row.kind}`;
}

function openMovementKey(parameters: URLSearchParams, customerId: string): string | null {
  const key = parameters.get('movement');
  return key?.startsWith(`${customerId}/`) ? key : null;
}
