import { Button } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { partnerRowSchema } from '../../../../shared/api/partners.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { definedOnly, useUrlFilter } from '../../lib/url-filter.ts';
import { RecordEditor } from './contracts/record-editor.tsx';
import { PartnersRoom } from './partners-room.tsx';
import { PartnerPanel } from './partner-panel.tsx';
import { pricingWord } from './pricing-words.ts';

type PartnerRow = z.infer<typeof partnerRowSchema>;

const columns: readonly GridColumn<PartnerRow>[] = [
  { id: 'name', header: 'Partner', size: 200, minSize: 140, growth: 1.4, sortBy: 'name', cell: (row) => row.name, text: (row) => row.name },
  { id: 'prefix', yields: 3, header: 'API key', size: 130, cell: (row) => <span className="muted">{row.apiKeyPrefix ?? '—'}</span>, text: (row) => row.apiKeyPrefix ?? '' },
  { id: 'pricingModel', header: 'Pricing', size: 150, sortBy: 'pricingModel', cell: (row) => pricingWord(row.pricingModel), text: (row) => row.pricingModel ?? '' },
  { id: 'effectiveFrom', yields: 4, header: 'In force from', kind: 'date', size: 120, cell: (row) => <DateText day={row.effectiveFrom} />, text: (row) => row.effectiveFrom ?? '' },
  { id: 'effectiveTo', yields: 5, header: 'Until', kind: 'date', size: 120, isHiddenAtFirst: true, cell: (row) => <DateText day={row.effectiveTo} />, text: (row) => row.effectiveTo ?? '' },
  { id: 'units', yields: 1, header: 'Units this month', size: 130, align: 'end', cell: (row) => <NumberText value={row.unitsThisMonth} />, text: (row) => String(row.unitsThisMonth) },
  { id: 'lastMonth', yields: 2, header: 'Last billed', size: 110, cell: (row) => <DateText month={row.lastInvoiceMonth} />, text: (row) => row.lastInvoiceMonth ?? '' },
  { id: 'lastTotal', header: 'Last total', size: 150, align: 'end', sortBy: 'lastInvoiceTotal', cell: (row) => (row.lastInvoiceTotal ? <MoneyText amount={row.lastInvoiceTotal.amount} currency={row.lastInvoiceTotal.currency} /> : <span className="muted">—</span>), text: (row) => (row.lastInvoiceTotal ? toDecimalString(row.lastInvoiceTotal.amount, row.lastInvoiceTotal.currency) : ''), currencyOf: (row) => row.lastInvoiceTotal?.currency ?? '' },
  { id: 'problem', yields: 0, header: 'Problem', size: 180, minSize: 150, growth: 1, cell: (row) => (row.problem ? <span className="badge attention" title={row.problem}>{row.problem}</span> : <span className="muted">—</span>), text: (row) => row.problem ?? '' },
];

/** The API partners and the contracts in force. */
export function PartnersScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(['text'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const canEdit = useCan('admin');
  const [isNew, setNew] = useState(false);
  const { text } = filter;
  const source = useMemo(() => gridSource<PartnerRow, 'name' | 'pricingModel' | 'lastInvoiceTotal', { text?: string }>(queries.partners.list.key(), client.partners.list, ['name', 'pricingModel', 'lastInvoiceTotal'], definedOnly({ text })), [client, queries, text]);
  const close = useCallback(() => { void navigate({ pathname: links.partners, search: parameters.toString() }); }, [navigate, parameters]);
  const actions = (
    <>
      <FilterInput label="Filter partners" placeholder="Name or key" value={text} onChange={(typed) => setFilter({ text: typed }, { replace: true })} />
      {canEdit ? <Button onClick={() => setNew(true)}>New partner…</Button> : null}
    </>
  );
  return (
    <PartnersRoom part="Partners" panel={id ? <PartnerPanel key={id} id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <Box isFilling title="Partners" actions={actions}>
        <DataGrid
          id="partners" label="Partners" columns={columns} source={source} noun={['partner', 'partners']} rowId={partnerId} openId={id} defaultSort={{ column: 'name', direction: 'ascending' }}
          onOpen={(row, how) => { void navigate({ pathname: links.partner(row.id), search: parameters.toString() }, how); }}
          empty={text ? <EmptyState title="No partner fits this filter">Try a part of the name or of the API key.</EmptyState> : <EmptyState title="No partners yet" action={canEdit ? <Button onClick={() => setNew(true)}>New partner…</Button> : <EntityLink to={links.settings}>Connect the shared database</EntityLink>}>Write down whom you bill, then what you agreed on under Contracts; or connect the shared database, where partners and contracts live.</EmptyState>}
        />
      </Box>
      {isNew ? <RecordEditor target={{ entity: 'partner', id: null, title: 'New partner', contractId: null, currency: null }} onClose={() => setNew(false)} /> : null}
    </PartnersRoom>
  );
}

function partnerId(row: PartnerRow): string {
  return row.id;
}
