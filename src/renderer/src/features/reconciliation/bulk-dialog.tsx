import { Autocomplete, Button, Modal, Textarea } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { BulkAct, InboxRow } from '../../../../shared/api/workbench.contract.ts';
import { addDays, localDate } from '../../../../shared/calendar/local-date.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneySums } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import { dayOfInstant } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';

export type BulkKind = 'assign' | 'resolve' | 'ignore' | 'hold' | 'mark-timing' | 'set-due';

const words: Readonly<Record<BulkKind, { title: string; button: string; note: string | null; isNoteNeeded: boolean }>> = {
  assign: { title: 'Assign', button: 'Assign', note: null, isNoteNeeded: false },
  resolve: { title: 'Resolve', button: 'Resolve', note: 'What settled them', isNoteNeeded: true },
  ignore: { title: 'Ignore', button: 'Ignore', note: 'Why they do not matter', isNoteNeeded: true },
  hold: { title: 'Hold', button: 'Hold', note: 'What is waited for', isNoteNeeded: false },
  'mark-timing': { title: 'Mark as timing', button: 'Mark', note: null, isNoteNeeded: false },
  'set-due': { title: 'Set the due day', button: 'Set', note: null, isNoteNeeded: false },
};

/** One act on many: what it comes to is said before, and one key takes all of it back. */
export function BulkDialog({ kind, rows, onClose, onDone }: { kind: BulkKind; rows: readonly InboxRow[]; onClose: () => void; onDone: (commandId: string) => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const { user, now, timeZone } = usePreferences();
  const [commandId] = useState(() => crypto.randomUUID());
  const [assignee, setAssignee] = useState(user);
  const [note, setNote] = useState('');
  const today = localDate(dayOfInstant(now, timeZone));
  const tomorrow = addDays(today, 1);
  const [day, setDay] = useState<string>(kind === 'mark-timing' ? addDays(today, 7) : tomorrow);
  const text = words[kind];
  const said = note.trim();
  const ids = rows.map((row) => row.id);
  const people = useQuery(api.queries.workbench.assignees.queryOptions({ input: {}, staleTime: 60_000, enabled: kind === 'assign' })).data?.assignees ?? [];
  const act = actOf(kind, { assignee: assignee.trim() || '—', note: said, day });
  // What it comes to depends on the kind alone; a note that is being typed asks nothing anew.
  const preview = useQuery(api.queries.workbench.bulkPreview.queryOptions({ input: { ids, act: actOf(kind, { assignee: 'somebody', note: 'preview', day: tomorrow }) } }));
  const run = useMutation({
    mutationFn: () => api.client.workbench.bulk({ commandId, ids, act }),
    onSuccess: ({ succeeded, failed }) => {
      notifications.show({ message: `${text.title}: ${succeeded.length} done${failed.length > 0 ? `, ${failed.length} left as they were` : ''}. U takes it back.` });
      onDone(commandId);
    },
    onSettled: () => markStale(api, cache, 'discrepancies'),
  });
  const applies = preview.data?.applies ?? 0;
  const isReady = applies > 0 && (kind !== 'assign' || assignee.trim().length > 0) && (!text.isNoteNeeded || said.length >= 3);
  return (
    <Modal opened onClose={onClose} title={`${text.title}: ${rows.length} ${rows.length === 1 ? 'discrepancy' : 'discrepancies'}`}>
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady && !run.isPending) run.mutate(); }}>
        {kind === 'assign' ? <Autocomplete label="Assignee" required data-autofocus data={[...new Set([user, ...people])].filter(Boolean)} value={assignee} onChange={setAssignee} /> : null}
        {kind === 'hold' || kind === 'mark-timing' ? <DatePickerInput label={kind === 'hold' ? 'Until' : 'Expected to clear by'} value={day} minDate={tomorrow} onChange={(value) => { if (value) setDay(value); }} /> : null}
        {kind === 'set-due' ? <DatePickerInput label="Due" value={day} onChange={(value) => { if (value) setDay(value); }} /> : null}
        {text.note ? <Textarea label={text.note} required={text.isNoteNeeded} {...(kind === 'hold' ? {} : { 'data-autofocus': true })} minRows={2} maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} {...(text.isNoteNeeded ? { description: 'Kept in the history of each, at least three letters.' } : {})} /> : null}
        {preview.isError ? <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} /> : null}
        {preview.data ? (
          <div role="status" aria-label="What it comes to">
            <p><b><NumberText value={applies} /></b> {applies === 1 ? 'is' : 'are'} changed{preview.data.atRisk.length > 0 ? <>, at risk <MoneySums sums={preview.data.atRisk} /></> : null}.</p>
            {preview.data.leftOut.length > 0 ? <p className="quiet"><NumberText value={preview.data.leftOut.length} /> left as {preview.data.leftOut.length === 1 ? 'it is' : 'they are'}: {[...new Set(preview.data.leftOut.map((each) => each.message))].join(' ')}</p> : null}
          </div>
        ) : <p className="muted">Looking what it comes to</p>}
        {run.isError ? <ErrorNotice error={run.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={run.isPending}>{text.button}{applies > 0 ? ` ${applies}` : ''}</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </form>
    </Modal>
  );
}

function actOf(kind: BulkKind, { assignee, note, day }: { assignee: string; note: string; day: string }): BulkAct {
  switch (kind) {
    case 'assign': return { kind, assignee };
    case 'resolve': return { kind, note };
    case 'ignore': return { kind, reason: note };
    case 'hold': return { kind, until: day, ...(note ? { note } : {}) };
    case 'mark-timing': return { kind, until: day };
    case 'set-due': return { kind, dueOn: day };
  }
}
