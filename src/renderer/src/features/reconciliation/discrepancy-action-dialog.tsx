import { Autocomplete, Button, Modal, Select, Textarea, TextInput } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { linkKindSchema } from '../../../../shared/api/workbench.contract.ts';
import { addDays, localDate } from '../../../../shared/calendar/local-date.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import { dayOfInstant } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { oneOf } from '../../lib/url-filter.ts';
import { titleOf, type DiscrepancyDetail } from './discrepancy-detail.ts';
import { SettlementDialog } from './settlement-dialog.tsx';

export type DiscrepancyAction = 'assign' | 'resolve' | 'ignore' | 'hold' | 'reopen' | 'mark-timing' | 'set-due' | 'link' | 'refuse' | 'comment' | 'adjust' | 'write-off' | 'approve' | 'decline';
type PlainAction = Exclude<DiscrepancyAction, 'adjust' | 'write-off'>;

const words: Readonly<Record<PlainAction, { title: string; does: string; note: string; isNoteNeeded: boolean; button: string }>> = {
  assign: { title: 'Assign', does: 'The person finds it under Mine.', note: '', isNoteNeeded: false, button: 'Assign' },
  resolve: { title: 'Resolve', does: 'If a later run finds it again, it reopens by itself.', note: 'What settled it', isNoteNeeded: true, button: 'Resolve' },
  ignore: { title: 'Ignore', does: 'It leaves the inbox and stays in the record with its reason.', note: 'Why it does not matter', isNoteNeeded: true, button: 'Ignore' },
  hold: { title: 'Hold', does: 'It comes back into the inbox after that day.', note: 'What is waited for', isNoteNeeded: false, button: 'Hold' },
  reopen: { title: 'Reopen', does: 'It goes back into the inbox.', note: 'Why', isNoteNeeded: false, button: 'Reopen' },
  'mark-timing': { title: 'Mark as timing', does: 'The stores will agree by themselves. A run that does not find it any more settles it; one that finds it after that day brings it back.', note: 'What is waited for', isNoteNeeded: false, button: 'Mark as timing' },
  'set-due': { title: 'Set the due day of', does: 'In place of the day the policy gives.', note: '', isNoteNeeded: false, button: 'Set' },
  link: { title: 'Link', does: 'It is settled by what it belongs to. Another discrepancy that it cancels out is settled with it. Where the amounts do not explain it, a run that finds it again brings it back; above the limit a second person is asked first.', note: 'How they hang together', isNoteNeeded: true, button: 'Link and settle' },
  refuse: { title: 'Take apart', does: 'They are two: what Stripe lists and the record stand by themselves at once, and no run tells them as one again.', note: 'Why they are two', isNoteNeeded: true, button: 'They are two' },
  comment: { title: 'Comment on', does: 'Everybody who works on it reads it in its story.', note: 'Comment', isNoteNeeded: true, button: 'Comment' },
  approve: { title: 'Approve the adjustment of', does: 'The entry is posted at once, and your name stands beside the one who asked.', note: 'Note', isNoteNeeded: false, button: 'Approve and post' },
  decline: { title: 'Decline the adjustment of', does: 'Nothing is posted; the discrepancy stays open.', note: 'Why', isNoteNeeded: true, button: 'Decline' },
};
/** Where a link is asked for, nothing is posted. */
const answerWords: Partial<typeof words> = {
  approve: { title: 'Approve the link of', does: 'It is settled by what it was linked to, and your name stands beside the one who asked.', note: 'Note', isNoteNeeded: false, button: 'Approve the link' },
  decline: { title: 'Decline the link of', does: 'The discrepancy stays open.', note: 'Why', isNoteNeeded: true, button: 'Decline' },
};
const linkWords: Readonly<Record<(typeof linkKindSchema.options)[number], string>> = { discrepancy: 'Another discrepancy', 'journal-entry': 'A journal entry', invoice: 'An invoice', payment: 'A payment', 'gateway-object': 'An object at Stripe' };

/** Every step is audited and can be taken back (U). */
export function DiscrepancyActionDialog({ action, discrepancy, onClose }: { action: DiscrepancyAction; discrepancy: DiscrepancyDetail; onClose: () => void }) {
  if (action === 'adjust' || action === 'write-off') return <SettlementDialog isWriteOff={action === 'write-off'} discrepancy={discrepancy} onClose={onClose} />;
  return <PlainDialog action={action} discrepancy={discrepancy} onClose={onClose} />;
}

function PlainDialog({ action, discrepancy, onClose }: { action: PlainAction; discrepancy: DiscrepancyDetail; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const { user, now, timeZone } = usePreferences();
  const [commandId] = useState(() => crypto.randomUUID());
  const [assignee, setAssignee] = useState(discrepancy.assignee ?? user);
  const [note, setNote] = useState('');
  const today = localDate(dayOfInstant(now, timeZone));
  const tomorrow = addDays(today, 1);
  const [until, setUntil] = useState<string>(action === 'set-due' ? discrepancy.dueOn : action === 'mark-timing' ? addDays(today, 7) : tomorrow);
  // Where only one other fits, it is offered; a person still says so.
  const [target, setTarget] = useState(discrepancy.pair ? { kind: 'payment', id: discrepancy.objectId } : { kind: 'discrepancy', id: discrepancy.counterparts.length === 1 ? (discrepancy.counterparts[0]?.id ?? '') : '' });
  const people = useQuery(api.queries.workbench.assignees.queryOptions({ input: {}, staleTime: 60_000, enabled: action === 'assign' })).data?.assignees ?? [];
  const text = (discrepancy.request?.link && answerWords[action]) || words[action];
  const input = { commandId, id: discrepancy.id };
  const said = note.trim();
  const act = useMutation({
    mutationFn: () => {
      const { reconciliation: work, workbench } = api.client;
      switch (action) {
        case 'assign': return work.assign({ ...input, assignee: assignee.trim() });
        case 'resolve': return work.resolve({ ...input, note: said });
        case 'ignore': return work.ignore({ ...input, reason: said });
        case 'hold': return work.hold({ ...input, until, ...(said ? { note: said } : {}) });
        case 'reopen': return work.reopen({ ...input, ...(said ? { note: said } : {}) });
        case 'mark-timing': return workbench.markTiming({ ...input, until, ...(said ? { note: said } : {}) });
        case 'set-due': return workbench.setDue({ ...input, dueOn: until });
        case 'link': return workbench.link({ ...input, target: { kind: oneOf(linkKindSchema.options, target.kind) ?? 'gateway-object', id: target.id.trim() }, note: said });
        case 'refuse': return workbench.refusePair({ ...input, reason: said });
        case 'comment': return workbench.comment({ ...input, text: said });
        case 'approve': return workbench.decideAdjustment({ ...input, isApproved: true, note: said || null });
        case 'decline': return workbench.decideAdjustment({ ...input, isApproved: false, note: said });
      }
    },
    onSuccess: onClose,
    onSettled: () => { markStale(api, cache, 'discrepancies'); if (action === 'approve') markStale(api, cache, 'ledger'); },
  });
  const isReady = (action !== 'assign' || assignee.trim().length > 0) && (action !== 'link' || target.id.trim().length > 0) && (!text.isNoteNeeded || said.length >= (action === 'comment' ? 1 : 3));
  const hasDay = action === 'hold' || action === 'mark-timing' || action === 'set-due';
  return (
    <Modal opened onClose={onClose} title={`${text.title} ${titleOf(discrepancy)}`}>
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady && !act.isPending) act.mutate(); }}>
        <p>{text.does}</p>
        {action === 'assign' ? <Autocomplete label="Assignee" required data-autofocus data={[...new Set([user, ...people])].filter(Boolean)} value={assignee} onChange={setAssignee} /> : null}
        {hasDay ? <DatePickerInput label={action === 'set-due' ? 'Due' : action === 'hold' ? 'Until' : 'Expected to clear by'} size="xs" value={until} {...(action === 'set-due' ? {} : { minDate: tomorrow })} onChange={(value) => { if (value) setUntil(value); }} /> : null}
        {action === 'link' ? (
          <div className="field-row">
            <Select label="Belongs to" w={180} allowDeselect={false} value={target.kind} data={linkKindSchema.options.map((value) => ({ value, label: linkWords[value] }))} onChange={(kind) => { if (kind) setTarget({ ...target, kind }); }} />
            <TextInput className="grow" label="Its id or number" required data-autofocus spellCheck={false} maxLength={200} value={target.id} onChange={(event) => setTarget({ ...target, id: event.currentTarget.value })} />
          </div>
        ) : null}
        {text.note ? <Textarea label={text.note} required={text.isNoteNeeded} {...(hasDay || action === 'link' ? {} : { 'data-autofocus': true })} minRows={2} maxLength={action === 'comment' ? 2000 : 500} value={note} onChange={(event) => setNote(event.currentTarget.value)} {...(text.isNoteNeeded && action !== 'comment' ? { description: 'Kept in its history, at least three letters.' } : {})} /> : null}
        {act.isError ? <ErrorNotice error={act.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={act.isPending}>{text.button}</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </form>
    </Modal>
  );
}
