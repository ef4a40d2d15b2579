import { Button, Select } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import { invoiceOriginSchema, invoiceStatusSchema, type invoiceRowSchema } from '../../../../shared/api/invoices.contract.ts';
import type { MoneyView } from '../../../../shared/api/primitives.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { MonthFilter } from '../../components/month-filter.tsx';
import { Box } from '../../components/screen.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { definedOnly, oneOf, useUrlFilter } from '../../lib/url-filter.ts';
import { BillingRunDialog } from './billing-run-dialog.tsx';
import { DocumentActions } from './document-actions.tsx';
import { FinaliseDialog } from './finalise-dialog.tsx';
import { InvoicesWorkspace } from './invoices-workspace.tsx';
import { InvoicePanel } from './invoice-panel.tsx';
import { SendDialog } from './mail/send-dialog.tsx';
import { OneOffDialog } from './one-off-dialog.tsx';
import { originWords } from './origin-words.ts';

export type InvoiceRow = z.infer<typeof invoiceRowSchema>;
type InvoiceSort = 'number' | 'customerName' | 'issuedOn' | 'total' | 'status';
type InvoiceFilter = { origin?: z.infer<typeof invoiceOriginSchema>; status?: z.infer<typeof invoiceStatusSchema>; month?: string; text?: string };

const columns: readonly GridColumn<InvoiceRow>[] = [
  { id: 'number', header: 'Number', size: 200, minSize: 184, growth: 0.7, sortBy: 'number', cell: (row) => row.number ?? <span className="muted">Draft, no number yet</span>, text: (row) => row.number ?? row.id },
  { id: 'customerName', header: 'Customer', size: 200, minSize: 130, growth: 1.4, sortBy: 'customerName', cell: (row) => row.customerName, text: (row) => row.customerName },
  { id: 'status', header: 'Status', size: 126, sortBy: 'status', cell: (row) => <StatusBadge status={row.isOverdue ? 'overdue' : row.status} />, text: (row) => (row.isOverdue ? 'overdue' : row.status) },
  { id: 'origin', yields: 4, header: 'From', size: 90, cell: (row) => <span className="muted">{originWords[row.origin]}</span>, text: (row) => row.origin },
  { id: 'month', yields: 5, header: 'For month', size: 100, isHiddenAtFirst: true, cell: (row) => <DateText month={row.billingMonth} />, text: (row) => row.billingMonth ?? '' },
  { id: 'issuedOn', yields: 1, header: 'Issued', kind: 'date', size: 120, sortBy: 'issuedOn', cell: (row) => <DateText day={row.issuedOn} />, text: (row) => row.issuedOn ?? '' },
  { id: 'dueOn', yields: 3, header: 'Due', kind: 'date', size: 120, isHiddenAtFirst: true, cell: (row) => <DateText day={row.dueOn} />, text: (row) => row.dueOn ?? '' },
  { id: 'total', header: 'Total', size: 150, align: 'end', sortBy: 'total', cell: (row) => <MoneyText amount={row.total.amount} currency={row.total.currency} />, text: (row) => toDecimalString(row.total.amount, row.total.currency), currencyOf: (row) => row.total.currency },
  { id: 'due', yields: 2, header: 'Open', size: 140, align: 'end', cell: (row) => (row.due.amount === 0 ? <span className="muted">—</span> : <MoneyText amount={row.due.amount} currency={row.due.currency} />), text: (row) => toDecimalString(row.due.amount, row.due.currency), currencyOf: (row) => row.due.currency },
];

/** Partner, one-off and Stripe invoices in one list. */
export function InvoicesScreen() {
  const { client, queries } = useApi();
  const canBill = useCan('accountant');
  const [filter, setFilter] = useUrlFilter(['origin', 'status', 'month', 'text'] as const);
  const [parameters] = useSearchParams();
  const [isBilling, setBilling] = useState(false);
  const [isMakingOneOff, setMakingOneOff] = useState(false);
  const [finalising, setFinalising] = useState<{ rows: readonly InvoiceRow[]; clear: () => void } | null>(null);
  const [sending, setSending] = useState<{ rows: readonly InvoiceRow[]; clear: () => void } | null>(null);
  const { id = null } = useParams();
  const navigate = useNavigate();
  const origin = oneOf(invoiceOriginSchema.options, filter.origin);
  const status = oneOf(invoiceStatusSchema.options, filter.status);
  const { month, text } = filter;
  const source = useMemo(
    () => gridSource<InvoiceRow, InvoiceSort, InvoiceFilter>(queries.invoices.list.key(), async (input, options) => withApart(await client.invoices.list(input, options)), ['number', 'customerName', 'issuedOn', 'total', 'status'], definedOnly({ origin, status, month, text })),
    [client, queries, origin, status, month, text],
  );
  const close = useCallback(() => { void navigate({ pathname: links.invoices, search: parameters.toString() }); }, [navigate, parameters]);
  const isNarrowed = origin !== undefined || status !== undefined || month !== undefined || text !== undefined;
  const acts = canBill ? [{ label: 'Bill a month…', run: () => setBilling(true) }, { label: 'New one-off invoice…', run: () => setMakingOneOff(true) }] : [];
  const controls = <DocumentActions acts={acts} filter={origin === 'stripe' ? null : definedOnly({ origin, status, month, text })} lines={definedOnly({ origin, status, month, text })} />;
  return (
    <InvoicesWorkspace part="Invoices" controls={controls} panel={id ? <InvoicePanel id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <Box isFilling label="Invoices">
        <div className="box-head">
          <div className="chips" role="group" aria-label="Origin">
            {([undefined, ...invoiceOriginSchema.options] as const).map((each) => <button key={each ?? 'all'} type="button" className="chip" aria-pressed={origin === each} onClick={() => setFilter({ origin: each ?? null })}>{each ? originWords[each] : 'All'}</button>)}
          </div>
          <span className="grow" />
          <MonthFilter month={month} onChange={(value) => setFilter({ month: value })} />
          <Select aria-label="Status" placeholder="Any status" clearable w={120} value={status ?? null} data={invoiceStatusSchema.options.map((value) => ({ value, label: statusWord(value) }))} onChange={(value) => setFilter({ status: value })} />
          <FilterInput label="Filter invoices" placeholder="Number or customer" value={text} onChange={(typed) => setFilter({ text: typed }, { replace: true })} />
        </div>
        <DataGrid
          id="invoices" label="Invoices" columns={columns} source={source} noun={['invoice', 'invoices']} rowId={invoiceId} openId={id} defaultSort={{ column: 'issuedOn', direction: 'descending' }} amountOf={(row) => (row.status === 'void' ? null : row.total)}
          onOpen={(row, how) => { void navigate({ pathname: links.invoice(row.id), search: parameters.toString() }, how); }}
          {...(canBill ? { selectionActions: (rows: readonly InvoiceRow[], clear: () => void) => <SelectedActs rows={rows} onFinalise={(drafts) => setFinalising({ rows: drafts, clear })} onSend={(unsent) => setSending({ rows: unsent, clear })} /> } : {})}
          empty={<EmptyState title={isNarrowed ? 'No invoice fits this filter' : 'No invoices yet'}>{isNarrowed ? 'Clear a filter to see more.' : canBill ? 'Bill a month to make the partners’ drafts; Stripe’s invoices come with the next sync.' : 'Stripe’s invoices come with the next sync.'}</EmptyState>}
        />
      </Box>
      {isMakingOneOff ? <OneOffDialog onMade={(draftId) => { void navigate(links.draft(draftId)); }} onClose={() => setMakingOneOff(false)} /> : null}
      {isBilling ? <BillingRunDialog onClose={() => setBilling(false)} /> : null}
      {finalising ? <FinaliseDialog drafts={finalising.rows} onClose={(isDone) => { if (isDone) finalising.clear(); setFinalising(null); }} /> : null}
      {sending ? <SendDialog invoices={sending.rows} onClose={(isDone) => { if (isDone) sending.clear(); setSending(null); }} /> : null}
    </InvoicesWorkspace>
  );
}

/** Finalised by us, and not sent yet. */
const isUnsent = (row: InvoiceRow): boolean => row.origin !== 'stripe' && row.status === 'finalised';

/** What can be done with the rows that were ticked: one draft is edited, any number finalised; what is finalised is sent. */
function SelectedActs({ rows, onFinalise, onSend }: { rows: readonly InvoiceRow[]; onFinalise: (drafts: readonly InvoiceRow[]) => void; onSend: (unsent: readonly InvoiceRow[]) => void }) {
  const navigate = useNavigate();
  const drafts = rows.filter((row) => row.status === 'draft' && row.origin !== 'stripe');
  const [only] = drafts;
  const unsent = rows.filter(isUnsent);
  return (
    <>
      {only && drafts.length === 1 ? <Button size="compact-xs" variant="default" onClick={() => { void navigate(links.draft(only.id)); }}>Edit draft</Button> : null}
      {only ? <Button size="compact-xs" onClick={() => onFinalise(drafts)}>Finalise drafts…</Button> : null}
      {unsent.length > 0 ? <Button size="compact-xs" variant="default" onClick={() => onSend(unsent)}>Send by e-mail…</Button> : null}
    </>
  );
}

/** The footer adds up what is real: drafts stand apart, void invoices are only counted. */
function withApart<Page extends { drafts: { count: number; sums: readonly MoneyView[] }; voided: number }>(page: Page) {
  return { ...page, apart: [{ count: page.drafts.count, noun: ['draft', 'drafts'], sums: page.drafts.sums }, { count: page.voided, noun: ['void', 'void'] }] as const };
}

function invoiceId(row: InvoiceRow): string {
  return row.id;
}
