import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';

/** An event that was set aside is not to be used: with a reason, and not for good. */
export function DismissDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const [commandId] = useState(() => crypto.randomUUID());
  const [typed, setTyped] = useState('');
  const reason = typed.trim();
  const dismiss = useMutation({
    mutationFn: () => api.client.stripe.dismissEvents({ commandId, ids: [id], reason }),
    onSuccess: onClose,
    onSettled: () => { markStale(api, cache, 'stripe'); markStale(api, cache, 'today'); },
  });
  return (
    <Modal opened onClose={onClose} title="Dismiss this event">
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (reason.length >= 3 && !dismiss.isPending) dismiss.mutate(); }}>
        <p>Nothing is posted from it. It stays in the log as not used, with your reason, and can be taken up again there.</p>
        <Textarea label="Reason" data-autofocus required minRows={2} maxLength={500} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} description="Kept in the audit log, at least three letters." />
        {dismiss.isError ? <ErrorNotice error={dismiss.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={reason.length < 3} loading={dismiss.isPending}>Dismiss</Button><Button variant="default" onClick={onClose}>Leave it as it is</Button></div>
      </form>
    </Modal>
  );
}
