import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { z } from 'zod';
import type { pendingEntrySchema } from '../../../../shared/api/ledger-periods.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { shortId } from '../../components/entity-link.tsx';
import { MoneySums } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Box } from '../../components/screen.tsx';
import { statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import { gridSource } from '../../lib/grid-source.ts';
import { useCan } from '../../lib/preferences.tsx';

type PendingEntry = z.infer<typeof pendingEntrySchema>;
type PendingSort = 'recordedAt' | 'entryDate';

/** What the sealer's word means, and what helps. */
const reasonTexts: Readonly<Record<string, string>> = {
  'role-too-small': 'Your role may not have this sealed; an accountant or an admin may.',
  'entry-of-other-ledger': 'It belongs to another Stripe account or mode.',
  'invoice-not-finalised': 'Its invoice is not finalised in the shared database; sync it, and it goes through.',
  'original-not-sealed': 'It reverses an entry that the shared ledger does not hold.',
  'entry-reversed-already': 'The entry that it reverses was reversed already, by somebody else.',
  'entry-invalid': 'A value of it, or an account, is not known to the shared ledger; bring both to the newest Daybook.',
  'entry-id-wrong': 'Its id does not follow from its key.',
  'recorded-in-future': 'It was recorded at a moment that has not come: this machine’s clock was ahead. It is sealed by the next sync once the clock is set right, or when the moment has come.',
};

const columns: readonly GridColumn<PendingEntry>[] = [
  { id: 'recordedAt', header: 'Recorded', kind: 'instant', size: 170, sortBy: 'recordedAt', cell: (row) => <DateText instant={row.recordedAt} />, text: (row) => new Date(row.recordedAt).toISOString() },
  { id: 'entryDate', header: 'Date', kind: 'date', size: 120, sortBy: 'entryDate', cell: (row) => <DateText day={row.entryDate} />, text: (row) => row.entryDate },
  { id: 'kind', yields: 2, header: 'Kind', size: 150, cell: (row) => statusWord(row.kind), text: (row) => row.kind },
  { id: 'memo', header: 'Memo', size: 220, minSize: 160, growth: 2, cell: (row) => row.memo, text: (row) => row.memo },
  { id: 'source', yields: 3, header: 'Source', size: 170, cell: (row) => <span className="muted" title={row.sourceId}>{shortId(row.sourceId)}</span>, text: (row) => row.sourceId },
  { id: 'reason', yields: 1, header: 'Left because', size: 180, cell: (row) => (row.reasonCode === null ? <span className="muted">Not sent yet</span> : <span title={reasonTexts[row.reasonCode]}>{statusWord(row.reasonCode)}</span>), text: (row) => row.reasonCode ?? '' },
  { id: 'amount', header: 'Amount', size: 200, align: 'end', cell: (row) => <MoneySums sums={row.amounts} />, text: (row) => row.amounts.map((each) => `${toDecimalString(each.amount, each.currency)} ${each.currency}`).join('; ') },
];

/** Said only while something waits for its seal. */
export function PendingNotice({ isShown, onToggle }: { isShown: boolean; onToggle: (isShown: boolean) => void }) {
  const { queries } = useApi();
  const total = useQuery(queries.ledger.pending.queryOptions({ input: { startAt: 0, limit: 1 } })).data?.total ?? 0;
  if (total === 0 && !isShown) return null;
  const toggle = <button type="button" className="text-button" aria-pressed={isShown} onClick={() => onToggle(!isShown)}>{isShown ? 'Show the journal' : 'Show what waits'}</button>;
  return (
    <div className={`notice ${total === 0 ? 'info' : 'attention'}`} role="status" style={{ maxWidth: 'none' }}>
      {total === 0 ? <span>Nothing waits to be sealed. {toggle}</span> : <span><b><NumberText value={total} /> {total === 1 ? 'entry waits' : 'entries wait'} to be sealed.</b> {total === 1 ? 'It stands' : 'They stand'} in no balance yet; the next sync with the shared database seals {total === 1 ? 'it' : 'them'}. {toggle}</span>}
    </div>
  );
}

/** Entries that wait for the sealer. */
export function PendingEntries() {
  const { client, queries } = useApi();
  const canWithdraw = useCan('finance');
  const [withdrawing, setWithdrawing] = useState<{ entry: PendingEntry; clear: () => void } | null>(null);
  const source = useMemo(() => gridSource<PendingEntry, PendingSort, Record<never, never>>(queries.ledger.pending.key(), client.ledger.pending, ['recordedAt', 'entryDate'], {}), [client, queries]);
  return (
    <Box isFilling title="Waiting to be sealed" note="in no balance yet">
      <DataGrid id="pending-entries" label="Pending entries" columns={columns} source={source} noun={['entry', 'entries']} rowId={pendingId} defaultSort={{ column: 'recordedAt', direction: 'descending' }} empty={<EmptyState title="Nothing waits">Every entry is sealed.</EmptyState>}
        {...(canWithdraw ? { amountOf: null, selectionActions: (rows: readonly PendingEntry[], clear: () => void) => (rows.length === 1 && rows[0]?.isWithdrawable ? <Button size="compact-xs" onClick={() => { if (rows[0]) setWithdrawing({ entry: rows[0], clear }); }}>Take back…</Button> : <span className="muted">{rows.length === 1 ? 'It follows from a fact, or was not sent yet' : 'Select one to take it back'}</span>) } : {})}
      />
      {withdrawing ? <WithdrawDialog entry={withdrawing.entry} onClose={(isDone) => { if (isDone) withdrawing.clear(); setWithdrawing(null); }} /> : null}
    </Box>
  );
}

function pendingId(row: PendingEntry): string {
  return row.id;
}

function WithdrawDialog({ entry, onClose }: { entry: PendingEntry; onClose: (isDone: boolean) => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const [commandId] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState('');
  const said = reason.trim();
  const withdraw = useMutation({ mutationFn: () => api.client.ledger.withdrawPending({ commandId, id: entry.id, reason: said }), onSuccess: () => onClose(true), onSettled: () => markStale(api, cache, 'ledger') });
  const isReady = said.length >= 3;
  return (
    <Modal opened onClose={() => onClose(false)} title="Take this entry back?">
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady) withdraw.mutate(); }}>
        <p>“{entry.memo}” stands in no balance and never will. {entry.reasonCode ? reasonTexts[entry.reasonCode] ?? null : null} The audit log keeps all of it.</p>
        <Textarea label="Reason" required data-autofocus minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} description="Stands in the audit log, at least three letters." />
        {withdraw.isError ? <ErrorNotice error={withdraw.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={withdraw.isPending}>Take it back</Button><Button variant="default" onClick={() => onClose(false)}>Leave it</Button></div>
      </form>
    </Modal>
  );
}
