import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { ChangeOutcome } from '../changes/change-outcome.tsx';
import type { MergedEntity } from '../field-differences.tsx';

export interface DeleteDialogProps {
  entity: MergedEntity;
  id: string;
  version: number;
  /** 'the contract of Acme'. */
  name: string;
  onClose: () => void;
}

const deletionWords = { amendment: 'The terms before it hold on from its day.', contract: 'Nothing is billed for it any more.', partner: 'It is left out of the lists.' } as const;

/** Deleting is an edit like any other: with a reason, on its way, and to be restored from its versions. */
export function DeleteDialog({ entity, id, version, name, onClose }: DeleteDialogProps) {
  const api = useApi();
  const cache = useQueryClient();
  const [commandId] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState('');
  const isReady = reason.trim().length >= 3;
  const deleting = useMutation({
    mutationFn: () => api.client.changes.submit({ commandId, edit: { entity, entityId: id, operation: 'delete', baseVersion: version, values: {}, reason: reason.trim() } }),
    onSettled: () => { markStale(api, cache, 'partners'); markStale(api, cache, 'status'); },
  });
  return (
    <Modal opened onClose={onClose} title={`Delete ${name}?`}>
      {deleting.data ? (
        <div style={{ display: 'grid', gap: 12 }}><ChangeOutcome change={deleting.data} /><div><Button autoFocus onClick={onClose}>Done</Button></div></div>
      ) : (
        <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady) deleting.mutate(); }}>
          <p>{deletionWords[entity]} Invoices that were made stay as they are, and the versions are kept.</p>
          <Textarea label="Reason" required data-autofocus minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} description="Kept with the deletion, at least three letters." />
          {deleting.isError ? <ErrorNotice error={deleting.error} /> : null}
          <div className="row-flex"><Button type="submit" color="red" disabled={!isReady} loading={deleting.isPending}>Delete</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
        </form>
      )}
    </Modal>
  );
}
