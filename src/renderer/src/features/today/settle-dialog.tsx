import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import type { TodayItem } from './today-action.tsx';

/** Says that somebody has looked and what came of it. Nothing is posted by it. */
export function SettleDialog({ item, onClose }: { item: TodayItem; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const [commandId] = useState(() => crypto.randomUUID());
  const [note, setNote] = useState('');
  const said = note.trim();
  const settle = useMutation({ mutationFn: () => api.client.review.settle({ commandId, id: item.id, note: said }), onSuccess: onClose, onSettled: () => markStale(api, cache, 'today') });
  const isReady = said.length >= 3;
  return (
    <Modal opened onClose={onClose} title="Settle this item?">
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady) settle.mutate(); }}>
        <p>{item.title}</p>
        <p className="quiet">{item.detail} · <EntityLink to={item.link}>Look at it first</EntityLink></p>
        <p>It leaves Today. Nothing is posted by it: what has to be put right in the books is put right there.</p>
        <Textarea label="What came of it" required data-autofocus minRows={2} maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} description="Kept in the audit log, at least three letters." />
        {settle.isError ? <ErrorNotice error={settle.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={settle.isPending}>Settle</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
      </form>
    </Modal>
  );
}
