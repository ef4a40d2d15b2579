import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import { eventStates, type eventStateSchema, type stripeEventRowSchema } from '../../../../shared/api/stripe.contract.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink, shortId } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { RawJson } from '../../components/raw-object.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { Box, Screen } from '../../components/screen.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { definedOnly, oneOf, useUrlFilter } from '../../lib/url-filter.ts';
import { DismissDialog } from './dismiss-dialog.tsx';
import { SettingsNav } from './settings-nav.tsx';
import { useRetryEvents } from './use-retry-events.ts';

type EventRow = z.infer<typeof stripeEventRowSchema>;
type EventFilter = { state?: z.infer<typeof eventStateSchema>; type?: string; text?: string };
type SortColumn = 'createdAt' | 'receivedAt' | 'type' | 'state';

const isoOf = (instant: number) => new Date(instant).toISOString();

const columns: readonly GridColumn<EventRow>[] = [
  { id: 'createdAt', header: 'At Stripe', kind: 'instant', size: 170, sortBy: 'createdAt', cell: (row) => <DateText instant={row.createdAt} />, text: (row) => isoOf(row.createdAt) },
  { id: 'type', header: 'Type', size: 220, minSize: 160, growth: 1, sortBy: 'type', cell: (row) => row.type, text: (row) => row.type },
  { id: 'objectId', header: 'Object', size: 180, cell: (row) => (row.objectId === null ? <span className="muted">—</span> : <span title={row.objectId}>{shortId(row.objectId)}</span>), text: (row) => row.objectId ?? '' },
  { id: 'state', header: 'State', size: 110, sortBy: 'state', cell: (row) => <StatusBadge status={row.state} />, text: (row) => row.state },
  { id: 'reason', yields: 0, header: 'Why', size: 220, minSize: 140, growth: 1.4, cell: (row) => <span className="quiet">{row.reason ?? ''}</span>, text: (row) => row.reason ?? '' },
  { id: 'receivedAt', yields: 1, header: 'Received', kind: 'instant', size: 170, sortBy: 'receivedAt', cell: (row) => <DateText instant={row.receivedAt} />, text: (row) => isoOf(row.receivedAt) },
  { id: 'apiVersion', yields: 2, header: 'API version', size: 150, isHiddenAtFirst: true, cell: (row) => <span className="muted">{row.apiVersion ?? '—'}</span>, text: (row) => row.apiVersion ?? '' },
  { id: 'id', yields: 3, header: 'Id', size: 170, isHiddenAtFirst: true, cell: (row) => <span className="muted" title={row.id}>{shortId(row.id)}</span>, text: (row) => row.id },
];

/** The log of everything Stripe told: by state, type and object, with what was set aside and why. */
export function StripeEventsScreen() {
  const { client, queries } = useApi();
  const canRetry = useCan('finance');
  const [filter, setFilter] = useUrlFilter(['state', 'type', 'text'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const overview = useQuery(queries.stripe.overview.queryOptions({ input: {} }));
  const retry = useRetryEvents();
  const state = oneOf(eventStates, filter.state);
  const { type, text } = filter;
  const source = useMemo(
    () => gridSource<EventRow, SortColumn, EventFilter>(queries.stripe.events.key(), client.stripe.events, ['createdAt', 'receivedAt', 'type', 'state'], definedOnly({ state, type, text })),
    [client, queries, state, type, text],
  );
  const close = useCallback(() => { void navigate({ pathname: links.stripeEvents, search: parameters.toString() }); }, [navigate, parameters]);
  const counts = overview.data?.events.counts;
  const isFiltered = Boolean(state ?? type ?? text);
  return (
    <Screen title="Settings" controls={<SettingsNav />} panel={id ? <EventPanel id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      {overview.isError ? <ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} /> : null}
      <Box isFilling label="Event log">
        <div className="box-head">
          <h2>Event log</h2>
          <div className="chips" role="group" aria-label="State">
            <button type="button" className="chip" aria-pressed={!state} onClick={() => setFilter({ state: null })}>All</button>
            {eventStates.map((each) => <button key={each} type="button" className="chip" aria-pressed={state === each} onClick={() => setFilter({ state: each })}>{statusWord(each)}<span className="count"><NumberText value={counts?.[each] ?? 0} /></span></button>)}
          </div>
          <span className="grow" />
          {canRetry && (counts?.parked ?? 0) > 0 ? <Button size="compact-sm" variant="default" loading={retry.isPending} onClick={() => retry.mutate(undefined)}>Retry what was set aside</Button> : null}
          <TextInput aria-label="Filter by type" placeholder="Type, such as invoice." defaultValue={type ?? ''} onChange={(event) => setFilter({ type: event.currentTarget.value || null }, { replace: true })} />
          <TextInput aria-label="Filter by id" placeholder="Event or object id" defaultValue={text ?? ''} onChange={(event) => setFilter({ text: event.currentTarget.value || null }, { replace: true })} />
        </div>
        <DataGrid
          id="stripe-events" label="Event log" columns={columns} source={source} noun={['event', 'events']} rowId={eventId} openId={id} defaultSort={{ column: 'createdAt', direction: 'descending' }}
          onOpen={(row, how) => { void navigate({ pathname: links.stripeEvent(row.id), search: parameters.toString() }, how); }}
          empty={<EmptyState title={isFiltered ? 'Nothing here' : 'No events yet'}>{isFiltered ? 'No event fits this filter.' : 'The refill reads lists; from then on each sync brings the events since the last one.'}</EmptyState>}
        />
      </Box>
    </Screen>
  );
}

function eventId(row: EventRow): string {
  return row.id;
}

function EventPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const canRetry = useCan('finance');
  const canDismiss = useCan('accountant');
  const [isDismissing, setDismissing] = useState(false);
  const retry = useRetryEvents();
  const event = useQuery(queries.stripe.event.queryOptions({ input: { id } }));
  const data = event.data;
  const wasDismissed = data?.state === 'unhandled' && data.reasonCode === 'dismissed';
  const footer = canRetry && (data?.state === 'parked' || wasDismissed) ? (
    <>
      <Button loading={retry.isPending} onClick={() => retry.mutate([id])}>{wasDismissed ? 'Take it up again' : 'Retry'}</Button>
      {canDismiss && !wasDismissed ? <Button variant="default" onClick={() => setDismissing(true)}>Dismiss…</Button> : null}
    </>
  ) : undefined;
  return (
    <SidePanel title={data?.type ?? 'Event'} label="Event" note={data ? <StatusBadge status={data.state} /> : null} onClose={onClose} onStep={onStep} footer={footer}>
      {event.isError ? <div className="section"><ErrorNotice error={event.error} onRetry={() => void event.refetch()} /></div> : null}
      {retry.isError ? <div className="section"><ErrorNotice error={retry.error} /></div> : null}
      {data ? (
        <>
          {data.reason || data.nextStep ? (
            <Section title={data.state === 'parked' ? 'Why it was set aside' : wasDismissed ? 'Why it is not used' : 'What to do'}>
              {data.reason ? <p>{data.reason} {data.reasonCode ? <span className="mono muted">{data.reasonCode}</span> : null}</p> : null}
              {data.nextStep ? <p className="quiet">{data.nextStep}</p> : null}
            </Section>
          ) : null}
          <Section title="Event">
            <Facts rows={[
              ['Id', <span key="id" className="mono">{data.id}</span>],
              data.objectId ? ['Object', <span key="object">{data.objectKind ? `${statusWord(data.objectKind)} ` : ''}<EntityLink to={links.sourceEntries(data.objectId)} id={data.objectId}>{data.objectId}</EntityLink></span>] : null,
              ['At Stripe', <DateText key="created" instant={data.createdAt} />], ['Received', <DateText key="received" instant={data.receivedAt} />],
              data.apiVersion ? ['API version', <span key="version" className="mono">{data.apiVersion}</span>] : null,
            ]} />
          </Section>
          {isDismissing ? <DismissDialog id={id} onClose={() => setDismissing(false)} /> : null}
          <Section title="Raw event"><RawJson raw={data.raw} label="Raw event" /></Section>
        </>
      ) : null}
    </SidePanel>
  );
}
