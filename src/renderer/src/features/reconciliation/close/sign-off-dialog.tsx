import { Button, Modal, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { CloseView } from '../../../../../shared/api/close-evidence.contract.ts';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { formatMonth } from '../../../lib/dates.ts';
import { usePreferences } from '../../../lib/preferences.tsx';

/** A signature is one person's word: for each thing that is not fine they write why they sign all the same. */
export function SignOffDialog({ act, view, onClose }: { act: 'sign-off' | 'withdraw'; view: CloseView; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const { locale } = usePreferences();
  const [commandId] = useState(() => crypto.randomUUID());
  const [note, setNote] = useState('');
  const [reasons, setReasons] = useState<Readonly<Record<string, string>>>({});
  const { month } = view;
  const title = formatMonth(month, locale, 'long');
  const open = act === 'sign-off' ? view.checks.filter((check) => !check.isFine) : [];
  const said = note.trim();
  const run = useMutation({
    mutationFn: () => (act === 'withdraw' ? api.client.closeEvidence.withdraw({ commandId, month, reason: said }) : api.client.closeEvidence.signOff({ commandId, month, note: said || null, accepted: open.map((check) => ({ code: check.code, reason: (reasons[check.code] ?? '').trim() })) })),
    onSuccess: onClose,
    onSettled: () => { markStale(api, cache, 'discrepancies'); markStale(api, cache, 'today'); },
  });
  const isReady = act === 'withdraw' ? said.length >= 3 : open.every((check) => (reasons[check.code] ?? '').trim().length >= 3);
  return (
    <Modal opened onClose={onClose} title={act === 'sign-off' ? `Sign off ${title}?` : `Take the signature under ${title} back?`} size="lg">
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady && !run.isPending) run.mutate(); }}>
        <p>{act === 'sign-off' ? 'Your name, the checklist as it stands and the head of the chain are kept. The books of the month stay as they are: they are closed under Ledger, Months.' : 'The signature stays in the record with your reason; the month can be signed anew.'}</p>
        {open.length > 0 ? <p className="quiet">{open.length === 1 ? 'One thing is' : `${open.length} things are`} not fine. Write for each why you sign all the same.</p> : null}
        {open.map((check, index) => <TextInput key={check.code} label={check.title} description={check.detail} required maxLength={500} {...(index === 0 ? { 'data-autofocus': true } : {})} value={reasons[check.code] ?? ''} onChange={(event) => { const { value } = event.currentTarget; setReasons((before) => ({ ...before, [check.code]: value })); }} />)}
        <Textarea label={act === 'withdraw' ? 'Why' : 'Note'} required={act === 'withdraw'} {...(open.length === 0 ? { 'data-autofocus': true } : {})} minRows={2} maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        {run.isError ? <ErrorNotice error={run.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={run.isPending}>{act === 'sign-off' ? 'Sign off' : 'Take it back'}</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
      </form>
    </Modal>
  );
}
