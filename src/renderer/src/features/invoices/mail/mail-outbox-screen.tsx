import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { mailStateSchema, type MailRowView } from '../../../../../shared/api/mail.contract.ts';
import { DataGrid } from '../../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../../components/data-grid/grid-types.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { FilterInput } from '../../../components/filter-input.tsx';
import { Box } from '../../../components/screen.tsx';
import { StatusBadge, statusWord } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { gridSource } from '../../../lib/grid-source.ts';
import { links } from '../../../lib/links.ts';
import { definedOnly, oneOf, useUrlFilter } from '../../../lib/url-filter.ts';
import { InvoicesWorkspace } from '../invoices-workspace.tsx';
import { MailPanel } from './mail-panel.tsx';

type SortColumn = 'queuedAt' | 'invoiceNumber' | 'state';
type MailFilter = { state?: MailRowView['state']; text?: string };

const columns: readonly GridColumn<MailRowView>[] = [
  { id: 'invoiceNumber', header: 'Invoice', size: 200, minSize: 184, growth: 0.5, sortBy: 'invoiceNumber', cell: (row) => row.invoiceNumber, text: (row) => row.invoiceNumber },
  { id: 'customerName', yields: 2, header: 'Customer', size: 180, minSize: 130, growth: 1, cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'state', header: 'State', size: 120, sortBy: 'state', cell: (row) => <StatusBadge status={`mail-${row.state}`} />, text: (row) => row.state },
  { id: 'recipients', header: 'To', size: 220, minSize: 150, growth: 1, cell: (row) => <span className="quiet" title={row.recipients}>{row.recipients}</span>, text: (row) => row.recipients },
  { id: 'queuedAt', yields: 3, header: 'Asked for', kind: 'instant', size: 170, sortBy: 'queuedAt', cell: (row) => <DateText instant={row.queuedAt} />, text: (row) => new Date(row.queuedAt).toISOString() },
  { id: 'sentAt', yields: 1, header: 'Sent', kind: 'instant', size: 170, cell: (row) => (row.sentAt === null ? <span className="muted">—</span> : <DateText instant={row.sentAt} />), text: (row) => (row.sentAt === null ? '' : new Date(row.sentAt).toISOString()) },
  { id: 'errorMessage', yields: 0, header: 'What was said', size: 220, minSize: 140, growth: 1.4, cell: (row) => <span className="quiet" title={row.errorMessage ?? ''}>{row.errorMessage ?? ''}</span>, text: (row) => row.errorMessage ?? '' },
  { id: 'attempts', yields: 4, header: 'Attempts', size: 90, align: 'end', isHiddenAtFirst: true, cell: (row) => row.attempts, text: (row) => String(row.attempts) },
];

/** Every e-mail of an invoice: what waits, what went out, what nobody knows. */
export function MailOutboxScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(['state', 'text'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const settings = useQuery(queries.mail.settings.get.queryOptions({ input: {} }));
  const state = oneOf(mailStateSchema.options, filter.state);
  const { text } = filter;
  const source = useMemo(() => gridSource<MailRowView, SortColumn, MailFilter>(queries.mail.outbox.list.key(), client.mail.outbox.list, ['queuedAt', 'invoiceNumber', 'state'], definedOnly({ state, text })), [client, queries, state, text]);
  const close = useCallback(() => { void navigate({ pathname: links.mail, search: parameters.toString() }); }, [navigate, parameters]);
  const pause = settings.data?.pause ?? null;
  const isSetUp = settings.data?.server !== null;
  return (
    <InvoicesWorkspace part="E-mail" panel={id ? <MailPanel id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      {pause ? <div role="status" className="notice attention"><span>{pause.message} E-mails wait; this desk tries again <DateText instant={pause.until} />. <EntityLink to={links.mailSettings}>Settings, E-mail</EntityLink></span></div> : null}
      <Box isFilling label="E-mail outbox">
        <div className="box-head">
          <h2>E-mail outbox</h2>
          <span className="grow" />
          <Select aria-label="State" placeholder="Any state" clearable w={150} value={state ?? null} data={mailStateSchema.options.filter((value) => value !== 'claimed').map((value) => ({ value, label: statusWord(`mail-${value}`) }))} onChange={(value) => setFilter({ state: value })} />
          <FilterInput label="Filter e-mails" placeholder="Number, customer or address" value={text} onChange={(typed) => setFilter({ text: typed }, { replace: true })} />
        </div>
        <DataGrid
          id="mail-outbox" label="E-mail outbox" columns={columns} source={source} noun={['e-mail', 'e-mails']} rowId={(row) => row.id} openId={id} defaultSort={{ column: 'queuedAt', direction: 'descending' }}
          onOpen={(row, how) => { void navigate({ pathname: links.mailEntry(row.id), search: parameters.toString() }, how); }}
          empty={<EmptyState title={state || text ? 'No e-mail fits this filter' : 'Nothing was sent yet'} action={state || text ? null : isSetUp ? <EntityLink to={links.invoices}>Go to the invoices</EntityLink> : <EntityLink to={links.mailSettings}>Set up the mail server</EntityLink>}>{state || text ? 'Clear a filter to see more.' : isSetUp ? 'Open a finalised invoice, or select several, and send them by e-mail.' : 'E-mail is not set up on this desk.'}</EmptyState>}
        />
      </Box>
    </InvoicesWorkspace>
  );
}
