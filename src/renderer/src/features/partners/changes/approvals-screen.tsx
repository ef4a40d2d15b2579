import { NativeSelect } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import { approvalRowSchema } from '../../../../../shared/api/changes.contract.ts';
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
import { PartnersRoom, useChangesStatus } from '../partners-room.tsx';
import { ApprovalPanel } from './approval-panel.tsx';
import { entityWords } from './change-words.ts';
import { RecordTitle } from './record-title.tsx';

type ApprovalRow = z.infer<typeof approvalRowSchema>;

const states = approvalRowSchema.shape.state.options;

const columns: readonly GridColumn<ApprovalRow>[] = [
  { id: 'title', header: 'Record', size: 200, minSize: 200, growth: 1, cell: (row) => <RecordTitle title={row.title} />, text: (row) => row.title },
  { id: 'entity', yields: 2, header: 'Kind', size: 110, cell: (row) => entityWords[row.entity], text: (row) => row.entity },
  { id: 'reason', yields: 3, header: 'Reason', size: 220, minSize: 140, growth: 1.4, cell: (row) => row.reason, text: (row) => row.reason },
  { id: 'requestedBy', header: 'Asked by', size: 150, cell: (row) => row.requestedBy, text: (row) => row.requestedBy },
  { id: 'requestedAt', yields: 1, header: 'Asked', size: 160, sortBy: 'requestedAt', cell: (row) => <DateText instant={row.requestedAt} />, text: (row) => new Date(row.requestedAt).toISOString() },
  { id: 'state', header: 'State', size: 172, cell: (row) => <StatusBadge status={row.state} />, text: (row) => row.state },
];

/** Edits that bear a price and wait for a second person. */
export function ApprovalsScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(['state'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const standing = useChangesStatus().data;
  const choice = oneOf([...states, 'all'], filter.state) ?? 'requested';
  const state = choice === 'all' ? undefined : choice;
  const source = useMemo(() => gridSource<ApprovalRow, 'requestedAt', { state?: ApprovalRow['state'] }>(queries.changes.approvals.key(), client.changes.approvals, ['requestedAt'], definedOnly({ state })), [client, queries, state]);
  const close = useCallback(() => { void navigate({ pathname: links.approvals, search: parameters.toString() }); }, [navigate, parameters]);
  const choices = [{ value: 'requested', label: 'Waiting' }, { value: 'approved', label: 'Approved' }, { value: 'rejected', label: 'Rejected' }, { value: 'withdrawn', label: 'Withdrawn' }, { value: 'all', label: 'All' }];
  const note = standing ? (standing.fourEyes === 'on' ? `four eyes on · ${standing.decidable} for you to decide` : 'four eyes off: prices take effect at once') : undefined;
  return (
    <PartnersRoom part="Approvals" panel={id ? <ApprovalPanel key={id} id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <Box isFilling title="Approvals" note={note} actions={<NativeSelect aria-label="State" value={choice} data={choices} onChange={(event) => setFilter({ state: event.currentTarget.value })} />}>
        <DataGrid
          id="approvals" label="Approvals" columns={columns} source={source} noun={['request', 'requests']} rowId={(row) => row.id} openId={id} defaultSort={{ column: 'requestedAt', direction: 'descending' }}
          onOpen={(row, how) => { void navigate({ pathname: links.approval(row.id), search: parameters.toString() }, how); }}
          empty={<EmptyState title={choice === 'requested' ? 'Nothing waits for approval' : 'No requests'} action={<EntityLink to={links.contracts}>Go to Contracts</EntityLink>}>Where the ledger asks for four eyes, an edit that bears a price stands here until a second person has approved it, with what it would have changed last month.</EmptyState>}
        />
      </Box>
    </PartnersRoom>
  );
}
