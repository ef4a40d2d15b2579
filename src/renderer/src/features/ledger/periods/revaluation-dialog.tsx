import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';

/** Whether months are closed with unrealised exchange differences: one setting for every desk, and closed months keep theirs. */
export function RevaluationDialog({ isOn, onClose }: { isOn: boolean; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  // One id for this dialog: a double click or a retry is the same command.
  const [commandId] = useState(() => crypto.randomUUID());
  const mutation = useMutation({
    mutationFn: () => api.client.ledger.setRevaluation({ commandId, isOn: !isOn }),
    onSuccess: onClose,
    onSettled: () => markStale(api, cache, 'ledger'),
  });
  return (
    <Modal opened onClose={onClose} title={isOn ? 'Close months without revaluation?' : 'Revalue foreign balances at close?'}>
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); mutation.mutate(); }}>
        <p>
          {isOn
            ? 'Months that are closed from now on keep foreign balances at the rates they were booked at. Closed months stay as they are.'
            : 'Closing a month values what is held, owed and due in foreign currency at the month-end rate. The difference is posted on the last day as unrealised and taken back on the next. Deferred revenue keeps its rate: it is owed in service.'}
        </p>
        <p className="quiet">This holds on every desk of this ledger.</p>
        {mutation.isError ? <ErrorNotice error={mutation.error} /> : null}
        <div className="row-flex"><Button type="submit" data-autofocus loading={mutation.isPending}>{isOn ? 'Switch revaluation off' : 'Switch revaluation on'}</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
      </form>
    </Modal>
  );
}
