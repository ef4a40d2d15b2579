import { NativeSelect } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { conflictRowSchema } from '../../../../../shared/api/changes.contract.ts';
import { DataGrid } from '../../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../../components/data-grid/grid-types.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { Box } from '../../../components/screen.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { gridSource } from '../../../lib/grid-source.ts';
import { links } from '../../../lib/links.ts';
import { definedOnly, oneOf, useUrlFilter } from '../../../lib/url-filter.ts';
import { PartnersRoom } from '../partners-room.tsx';
import { entityWords } from './change-words.ts';
import { ConflictPanel } from './conflict-panel.tsx';
import { RecordTitle } from './record-title.tsx';

type ConflictRow = z.infer<typeof conflictRowSchema>;

const columns: readonly GridColumn<ConflictRow>[] = [
  { id: 'title', header: 'Record', size: 200, minSize: 200, growth: 1, cell: (row) => <RecordTitle title={row.title} />, text: (row) => row.title },
  { id: 'entity', yields: 2, header: 'Kind', size: 110, cell: (row) => entityWords[row.entity], text: (row) => row.entity },
  { id: 'fields', yields: 1, header: 'Fields', size: 110, align: 'end', cell: (row) => row.columns.length, text: (row) => String(row.columns.length) },
  { id: 'author', header: 'Edited by', size: 150, cell: (row) => row.author, text: (row) => row.author },
  { id: 'raisedAt', header: 'Since', size: 160, sortBy: 'raisedAt', cell: (row) => <DateText instant={row.raisedAt} />, text: (row) => new Date(row.raisedAt).toISOString() },
  { id: 'state', header: 'State', size: 110, cell: (row) => <StatusBadge status={row.state} />, text: (row) => row.state },
];

/** Two people changed the same field: what waits for a person to decide. */
export function ConflictsScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(['state'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const choice = oneOf(['open', 'resolved', 'all'], filter.state) ?? 'open';
  const state = choice === 'all' ? undefined : choice;
  const source = useMemo(() => gridSource<ConflictRow, 'raisedAt', { state?: 'open' | 'resolved' }>(queries.changes.conflicts.key(), client.changes.conflicts, ['raisedAt'], definedOnly({ state })), [client, queries, state]);
  const close = useCallback(() => { void navigate({ pathname: links.conflicts, search: parameters.toString() }); }, [navigate, parameters]);
  return (
    <PartnersRoom part="Conflicts" panel={id ? <ConflictPanel key={id} id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <Box isFilling title="Conflicts" actions={<NativeSelect aria-label="State" value={choice} data={[{ value: 'open', label: 'Open' }, { value: 'resolved', label: 'Resolved' }, { value: 'all', label: 'All' }]} onChange={(event) => setFilter({ state: event.currentTarget.value })} />}>
        <DataGrid
          id="conflicts" label="Conflicts" columns={columns} source={source} noun={['conflict', 'conflicts']} rowId={(row) => row.id} openId={id} defaultSort={{ column: 'raisedAt', direction: 'descending' }}
          onOpen={(row, how) => { void navigate({ pathname: links.conflict(row.id), search: parameters.toString() }, how); }}
          empty={<EmptyState title={choice === 'open' ? 'No conflict waits' : 'No conflicts'} action={<EntityLink to={links.contracts}>Go to Contracts</EntityLink>}>When two people change the same field of a record, neither is overwritten: the two values stand here until a person decides, each with what it would have billed last month.</EmptyState>}
        />
      </Box>
    </PartnersRoom>
  );
}
