import { NativeSelect } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { DataGrid } from '../../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../../components/data-grid/grid-types.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Box } from '../../../components/screen.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { gridSource } from '../../../lib/grid-source.ts';
import { links } from '../../../lib/links.ts';
import { useUrlFilter } from '../../../lib/url-filter.ts';
import { PartnersRoom, useChangesStatus } from '../partners-room.tsx';
import type { ChangeView } from './change-outcome.tsx';
import { ChangePanel } from './change-panel.tsx';
import { entityWords, operationWords } from './change-words.ts';
import { RecordTitle } from './record-title.tsx';

const columns: readonly GridColumn<ChangeView>[] = [
  { id: 'title', header: 'Record', size: 180, minSize: 180, growth: 1, cell: (row) => <RecordTitle title={row.title} />, text: (row) => row.title },
  { id: 'entity', yields: 4, header: 'Kind', size: 110, cell: (row) => entityWords[row.entity], text: (row) => row.entity },
  { id: 'operation', yields: 3, header: 'What', size: 110, cell: (row) => operationWords[row.operation], text: (row) => row.operation },
  { id: 'fields', yields: 5, header: 'Fields', size: 200, minSize: 120, growth: 1.2, cell: (row) => row.fields.map((field) => field.label).join(', '), text: (row) => row.fields.map((field) => field.column).join(' ') },
  { id: 'author', yields: 2, header: 'By', size: 140, cell: (row) => row.author, text: (row) => row.author },
  { id: 'createdAt', header: 'Made', size: 160, sortBy: 'createdAt', cell: (row) => <DateText instant={row.createdAt} />, text: (row) => new Date(row.createdAt).toISOString() },
  { id: 'attempts', yields: 1, header: 'Failed tries', size: 100, align: 'end', cell: (row) => <NumberText value={row.attempts} />, text: (row) => String(row.attempts) },
  { id: 'state', header: 'State', size: 150, sortBy: 'state', cell: (row) => <StatusBadge status={`change-${row.state}`} />, text: (row) => row.state },
  { id: 'problem', yields: 0, header: 'Problem', size: 180, minSize: 120, growth: 1, cell: (row) => (row.problem ? <span title={row.problem.message}>{row.problem.message}</span> : <span className="muted">—</span>), text: (row) => row.problem?.message ?? '' },
];

/** Every edit and where it stands: on this desk, at the shared database, with a person. */
export function QueueScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(['show'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const standing = useChangesStatus().data;
  const isAll = filter.show === 'all';
  const source = useMemo(() => gridSource<ChangeView, 'createdAt' | 'state', { isOpen?: boolean }>(queries.changes.list.key(), client.changes.list, ['createdAt', 'state'], isAll ? {} : { isOpen: true }), [client, queries, isAll]);
  const close = useCallback(() => { void navigate({ pathname: links.queue, search: parameters.toString() }); }, [navigate, parameters]);
  return (
    <PartnersRoom part="Queue" panel={id ? <ChangePanel key={id} id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <Box isFilling title="Queue" note={<RoadText standing={standing} />} actions={<NativeSelect aria-label="Edits" value={isAll ? 'all' : 'open'} data={[{ value: 'open', label: 'On their way' }, { value: 'all', label: 'All edits' }]} onChange={(event) => setFilter({ show: event.currentTarget.value })} />}>
        <DataGrid
          id="queue" label="Queue" columns={columns} source={source} noun={['edit', 'edits']} rowId={(row) => row.id} openId={id} defaultSort={{ column: 'createdAt', direction: 'descending' }}
          onOpen={(row, how) => { void navigate({ pathname: links.queuedChange(row.id), search: parameters.toString() }, how); }}
          empty={<EmptyState title={isAll ? 'No edits yet' : 'Nothing is on its way'} action={<EntityLink to={links.contracts}>Go to Contracts</EntityLink>}>{standing?.isAlone ? 'On a desk of its own an edit takes effect at once: nothing waits to be sent. What was changed stands under All edits.' : 'Every edit of a partner or a contract is kept on this desk first and sent as soon as the shared database is reached. It is never lost, and never sent twice.'}</EmptyState>}
        />
      </Box>
    </PartnersRoom>
  );
}

/** How the road to the shared database is. */
function RoadText({ standing }: { standing: ReturnType<typeof useChangesStatus>['data'] }) {
  if (!standing) return null;
  if (standing.isAlone) return <>a desk of its own: edits take effect here</>;
  return standing.isOnline
    ? <>shared database reached{standing.followsLive ? ', followed live' : ''}{standing.lastSyncAt === null ? null : <> · last heard <DateText instant={standing.lastSyncAt} isRelative /></>}{standing.heldBackSince === null ? null : <span className="bad"> · changes since <DateText instant={standing.heldBackSince} /> held back by a transaction left open there</span>}</>
    : <span className="bad">offline{standing.lastSyncAt === null ? null : <> · last heard <DateText instant={standing.lastSyncAt} isRelative /></>}: edits are kept and sent later</span>;
}
