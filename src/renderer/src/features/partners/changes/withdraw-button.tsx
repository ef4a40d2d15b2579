import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import type { ChangeView } from './change-outcome.tsx';
import { DecisionError } from './decision-error.tsx';

/** Takes an edit back that is not applied yet; only who made it may. */
export function WithdrawButton({ change }: { change: ChangeView }) {
  const { user } = usePreferences();
  const canWithdraw = useCan('finance');
  const [isAsking, setAsking] = useState(false);
  if (!canWithdraw || change.author !== user) return <p className="quiet">Only {change.author}, who made it, takes it back.</p>;
  return <><Button variant="default" onClick={() => setAsking(true)}>Withdraw…</Button>{isAsking ? <WithdrawDialog change={change} onClose={() => setAsking(false)} /> : null}</>;
}

function WithdrawDialog({ change, onClose }: { change: ChangeView; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const [commandId] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState('');
  const isReady = reason.trim().length >= 3;
  const withdrawing = useMutation({
    mutationFn: () => api.client.changes.withdraw({ commandId, id: change.id, reason: reason.trim() }),
    onSuccess: onClose,
    onSettled: () => { markStale(api, cache, 'partners'); markStale(api, cache, 'status'); },
  });
  return (
    <Modal opened onClose={onClose} title="Withdraw this edit?">
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady) withdrawing.mutate(); }}>
        <p>What stands is left as it is. The edit stays in the history as withdrawn.</p>
        <Textarea label="Reason" required data-autofocus minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} description="At least three letters." />
        {withdrawing.isError ? <DecisionError error={withdrawing.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={withdrawing.isPending}>Withdraw</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
      </form>
    </Modal>
  );
}
