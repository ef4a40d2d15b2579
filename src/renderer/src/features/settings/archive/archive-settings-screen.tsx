import { Button, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { archivedStateSchema, type ArchivedDocumentView, type ArchiveSettingsView } from '../../../../../shared/api/archive.contract.ts';
import { DataGrid } from '../../../components/data-grid/data-grid.tsx';
import type { GridColumn } from '../../../components/data-grid/grid-types.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { FilterInput } from '../../../components/filter-input.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { Box, Screen } from '../../../components/screen.tsx';
import { StatusBadge, statusWord } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { gridSource } from '../../../lib/grid-source.ts';
import { links } from '../../../lib/links.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { definedOnly, oneOf, useUrlFilter } from '../../../lib/url-filter.ts';
import { SettingsNav } from '../settings-nav.tsx';
import { ArchivePlaceForm } from './archive-place-form.tsx';

type ArchiveFilter = { state?: ArchivedDocumentView['state']; text?: string };

const columns: readonly GridColumn<ArchivedDocumentView>[] = [
  { id: 'number', header: 'Document', size: 200, minSize: 170, cell: (row) => (row.type === 'invoice' ? <EntityLink to={links.invoice(row.id)}>{row.number}</EntityLink> : row.number), text: (row) => row.number },
  { id: 'type', yields: 2, header: 'Kind', size: 110, cell: (row) => statusWord(row.type), text: (row) => row.type },
  { id: 'state', header: 'State', size: 120, cell: (row) => <StatusBadge status={`archive-${row.state}`} />, text: (row) => row.state },
  { id: 'location', header: 'Where', size: 280, minSize: 160, growth: 1.2, cell: (row) => (row.location === null ? <span className="muted">—</span> : <span className="mono" title={row.location}>{row.location}</span>), text: (row) => row.location ?? '' },
  { id: 'storedAt', yields: 1, header: 'Archived', kind: 'instant', size: 170, cell: (row) => (row.storedAt === null ? <span className="muted">—</span> : <DateText instant={row.storedAt} />), text: (row) => (row.storedAt === null ? '' : new Date(row.storedAt).toISOString()) },
  { id: 'errorMessage', yields: 0, header: 'What was said', size: 220, minSize: 120, growth: 1, cell: (row) => <span className="quiet" title={row.errorMessage ?? ''}>{row.errorMessage ?? ''}</span>, text: (row) => row.errorMessage ?? '' },
];

/** Where this desk keeps every issued document a second time, what is there, and what has yet to go. */
export function ArchiveSettingsScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(['state', 'text'] as const);
  const canRead = useCan('finance');
  const settings = useQuery(queries.archive.get.queryOptions({ input: {}, enabled: canRead }));
  const state = oneOf(archivedStateSchema.options, filter.state);
  const { text } = filter;
  const source = useMemo(() => gridSource<ArchivedDocumentView, 'queuedAt', ArchiveFilter>(queries.archive.list.key(), client.archive.list, ['queuedAt'], definedOnly({ state, text })), [client, queries, state, text]);
  if (!canRead) return <Screen title="Settings" controls={<SettingsNav />}><Box title="Archive"><EmptyState title="Not for your role">Finance sees what is archived.</EmptyState></Box></Screen>;
  return (
    <Screen title="Settings" controls={<SettingsNav />}>
      {settings.isError ? <ErrorNotice error={settings.error} onRetry={() => void settings.refetch()} /> : null}
      {settings.data ? <Box title="Archive"><ArchiveState settings={settings.data} /><PlaceSection settings={settings.data} /></Box> : null}
      {settings.data?.place ? (
        <Box isFilling label="Archived documents">
          <div className="box-head">
            <h2>Documents</h2>
            <span className="grow" />
            <Select aria-label="State" placeholder="Any state" clearable w={150} value={state ?? null} data={archivedStateSchema.options.map((value) => ({ value, label: statusWord(`archive-${value}`) }))} onChange={(value) => setFilter({ state: value })} />
            <FilterInput label="Filter documents" placeholder="Number" value={text} onChange={(typed) => setFilter({ text: typed }, { replace: true })} />
          </div>
          <DataGrid
            id="archived-documents" label="Archived documents" columns={columns} source={source} noun={['document', 'documents']} rowId={(row) => `${row.type}/${row.id}`} defaultSort={{ column: 'queuedAt', direction: 'descending' }}
            empty={<EmptyState title={state || text ? 'No document fits this filter' : 'Nothing to archive yet'}>{state || text ? 'Clear a filter to see more.' : 'Finalised invoices and credit notes come here by themselves.'}</EmptyState>}
          />
        </Box>
      ) : null}
    </Screen>
  );
}

function ArchiveState({ settings: { place, counts, pause } }: { settings: ArchiveSettingsView }) {
  const api = useApi();
  const cache = useQueryClient();
  const run = useMutation({ mutationFn: () => api.client.jobs.run({ commandId: crypto.randomUUID(), job: 'document-archive' }), onSettled: () => { markStale(api, cache, 'archive'); markStale(api, cache, 'jobs'); } });
  if (!place || !counts) return null;
  const missing = counts.waiting + counts.failed;
  return (
    <>
      {pause ? <Section title="Paused" aside={<span className="badge attention">Tried again <DateText instant={pause.until} /></span>}><p>{pause.message} <span className="mono muted">{pause.code}</span></p><p className="quiet">Documents wait; nothing is lost.</p></Section> : null}
      <Section title="What is there" aside={<span className={`badge ${counts.failed > 0 ? 'problem' : missing > 0 ? 'attention' : 'ok'}`}>{missing === 0 ? 'Complete' : `${missing} missing`}</span>}>
        <Facts rows={[['Archived', <NumberText key="stored" value={counts.stored} />], ['Waiting', <NumberText key="waiting" value={counts.waiting} />], ['Failed, tried on', <NumberText key="failed" value={counts.failed} />], counts.lastStoredAt === null ? null : ['Last', <DateText key="last" instant={counts.lastStoredAt} />]]} />
        <div className="row-flex" style={{ marginTop: 8 }}><Button variant="default" loading={run.isPending} onClick={() => run.mutate()}>Archive now</Button>{run.isSuccess ? <span role="status" className="quiet">Started. <EntityLink to={links.jobRun(run.data.id)}>See the job</EntityLink></span> : null}</div>
        {run.isError ? <ErrorNotice error={run.error} /> : null}
      </Section>
    </>
  );
}

function PlaceSection({ settings }: { settings: ArchiveSettingsView }) {
  const isAdmin = useCan('admin');
  const { place } = settings;
  return (
    <Section title="Where" aside={<span className={`badge ${place ? 'ok' : 'info'}`}>{place ? 'Set up' : 'Not set up'}</span>}>
      <p className="quiet">Every finalised invoice and credit note is put there once, as PDF under its year and number. Nothing there is ever written over or deleted by Daybook.</p>
      {isAdmin ? <ArchivePlaceForm key={JSON.stringify(place)} settings={settings} /> : place ? (
        <Facts rows={place.kind === 'folder' ? [['Folder', <span key="folder" className="mono">{place.folder}</span>]] : [['Endpoint', <span key="endpoint" className="mono">{place.endpoint}</span>], ['Bucket', <span key="bucket" className="mono">{place.bucket}{place.prefix === '' ? '' : `/${place.prefix}`}</span>]]} />
      ) : <p className="quiet">An admin sets it up.</p>}
    </Section>
  );
}
