import { Button, NativeSelect } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import { contractRowSchema } from '../../../../../shared/api/contracts.contract.ts';
import { DataGrid } from '../../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../../components/data-grid/grid-types.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { FilterInput } from '../../../components/filter-input.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Box } from '../../../components/screen.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { gridSource } from '../../../lib/grid-source.ts';
import { links } from '../../../lib/links.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { definedOnly, oneOf, useUrlFilter } from '../../../lib/url-filter.ts';
import { PartnersRoom } from '../partners-room.tsx';
import { pricingWord } from '../pricing-words.ts';
import { ContractPanel } from './contract-panel.tsx';
import { FileActions } from './file-actions.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { RecordEditor } from './record-editor.tsx';

type ContractRow = z.infer<typeof contractRowSchema>;
type Sort = 'partnerName' | 'apiKeyPrefix' | 'pricingModel' | 'effectiveFrom';

const standings = contractRowSchema.shape.standing.options;
const newContract = { pricing_model: 'per_deed', payment_terms_days: 30 };
const standingChoices = [{ value: '', label: 'All contracts' }, { value: 'in-force', label: 'In force' }, { value: 'to-come', label: 'To come' }, { value: 'ended', label: 'Ended' }];

const columns: readonly GridColumn<ContractRow>[] = [
  { id: 'partner', header: 'Partner', size: 180, minSize: 170, growth: 0.8, sortBy: 'partnerName', cell: (row) => row.partnerName, text: (row) => row.partnerName },
  { id: 'prefix', yields: 2, header: 'API key', size: 130, sortBy: 'apiKeyPrefix', cell: (row) => <span className="muted">{row.apiKeyPrefix}</span>, text: (row) => row.apiKeyPrefix },
  { id: 'standing', header: 'Standing', size: 100, cell: (row) => (row.isWanted ? <span className="badge info">Wanted</span> : <StatusBadge status={row.standing} />), text: (row) => (row.isWanted ? 'wanted' : row.standing) },
  { id: 'pricingModel', yields: 6, header: 'Pricing', size: 150, sortBy: 'pricingModel', cell: (row) => pricingWord(row.pricingModel), text: (row) => row.pricingModel },
  { id: 'summary', yields: 4, header: 'Terms today', size: 320, minSize: 280, growth: 2.4, cell: (row) => <span title={row.problem ?? row.summary}>{row.problem ? <span className="badge attention">{row.problem}</span> : row.summary}</span>, text: (row) => row.problem ?? row.summary },
  { id: 'effectiveFrom', yields: 3, header: 'In force from', size: 120, sortBy: 'effectiveFrom', cell: (row) => <DateText day={row.effectiveFrom} />, text: (row) => row.effectiveFrom },
  { id: 'effectiveTo', header: 'Until', size: 120, isHiddenAtFirst: true, cell: (row) => <DateText day={row.effectiveTo} />, text: (row) => row.effectiveTo ?? '' },
  { id: 'amendments', yields: 5, header: 'Amendments', size: 108, align: 'end', cell: (row) => (row.amendments === 0 ? <span className="muted">—</span> : <NumberText value={row.amendments} />), text: (row) => String(row.amendments) },
  { id: 'open', yields: 1, header: 'On its way', size: 110, cell: (row) => <OpenChanges row={row} />, text: (row) => String(row.openChanges) },
];

function OpenChanges({ row }: { row: ContractRow }) {
  if (row.conflicts > 0) return <span className="badge problem">{row.conflicts === 1 ? 'Conflict' : `${row.conflicts} conflicts`}</span>;
  return row.openChanges === 0 ? <span className="muted">—</span> : <span className="badge info">{row.openChanges === 1 ? '1 edit' : `${row.openChanges} edits`}</span>;
}

/** What every partner agreed to, with what is on its way. */
export function ContractsScreen() {
  const { client, queries } = useApi();
  const canEdit = useCan('admin');
  const [filter, setFilter] = useUrlFilter(['text', 'standing'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'new' | 'import' | null>(null);
  const { text } = filter;
  const standing = oneOf(standings, filter.standing);
  const source = useMemo(
    () => gridSource<ContractRow, Sort, { text?: string; standing?: ContractRow['standing'] }>(queries.contracts.list.key(), client.contracts.list, ['partnerName', 'apiKeyPrefix', 'pricingModel', 'effectiveFrom'], definedOnly({ text, standing })),
    [client, queries, text, standing],
  );
  const close = useCallback(() => { void navigate({ pathname: links.contracts, search: parameters.toString() }); }, [navigate, parameters]);
  const isNarrowed = text !== undefined || standing !== undefined;
  const actions = (
    <>
      <FilterInput label="Filter contracts" placeholder="Partner or key" value={text} onChange={(typed) => setFilter({ text: typed }, { replace: true })} />
      <NativeSelect aria-label="Standing" value={standing ?? ''} data={standingChoices} onChange={(event) => setFilter({ standing: event.currentTarget.value || null })} />
      <FileActions onImport={canEdit ? () => setDialog('import') : null} />
      {canEdit ? <Button onClick={() => setDialog('new')}>New contract…</Button> : null}
    </>
  );
  return (
    <PartnersRoom part="Contracts" panel={id ? <ContractPanel key={id} id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <Box isFilling title="Contracts" actions={actions}>
        <DataGrid
          id="contracts" label="Contracts" columns={columns} source={source} noun={['contract', 'contracts']} rowId={(row) => row.id} openId={id} defaultSort={{ column: 'partnerName', direction: 'ascending' }}
          onOpen={(row, how) => { void navigate({ pathname: links.contract(row.id), search: parameters.toString() }, how); }}
          empty={isNarrowed ? <EmptyState title="No contract fits this filter">Try a part of the partner’s name or of the API key, or show all contracts.</EmptyState> : <EmptyState title="No contracts yet" action={canEdit ? <Button onClick={() => setDialog('new')}>New contract…</Button> : <EntityLink to={links.settings}>Connect the shared database</EntityLink>}>What partners agreed to is written here, or comes from the shared database. <EntityLink to={links.partners}>The partner</EntityLink> comes first, then the contract.</EmptyState>}
        />
      </Box>
      {dialog === 'new' ? <RecordEditor target={{ entity: 'contract', id: null, title: 'New contract', contractId: null, currency: null, beginOn: () => newContract }} onClose={() => setDialog(null)} /> : null}
      {dialog === 'import' ? <ImportDialog onClose={() => setDialog(null)} /> : null}
    </PartnersRoom>
  );
}
