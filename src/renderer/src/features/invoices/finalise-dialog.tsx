import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneySums, MoneyText } from '../../components/money-text.tsx';
import { sumByCurrency } from '../../components/data-grid/use-grid-selection.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import { MissingFields } from './missing-fields.tsx';

export interface DraftToFinalise {
  readonly id: string;
  readonly number: string | null;
  readonly customerName: string;
  readonly total: { amount: number; currency: string };
  /** Of lines and totals as they are looked at. */
  readonly totalsFingerprint: string | null;
}

/** At most so many drafts in one command. */
const mostAtOnce = 200;

/** Shows what will be finalised before it is: numbers are given and the entries posted; after that only voiding or crediting is left. */
export function FinaliseDialog({ drafts: all, onClose }: { drafts: readonly DraftToFinalise[]; onClose: (isDone: boolean) => void }) {
  const api = useApi();
  const cache = useQueryClient();
  // As they were when this opened: what another desk makes of them meanwhile was not looked at.
  const [drafts] = useState(() => all.slice(0, mostAtOnce));
  // One id for this dialog: a double click or a retry is the same command.
  const [commandId] = useState(() => crypto.randomUUID());
  const finalise = useMutation({ mutationFn: () => api.client.invoices.finalise({ commandId, ids: drafts.map((draft) => draft.id), seen: drafts.flatMap(({ id, totalsFingerprint }) => (totalsFingerprint === null ? [] : [{ id, totalsFingerprint }])) }), onSettled: () => { markStale(api, cache, 'invoices'); markStale(api, cache, 'ledger'); } });
  const failed = finalise.data?.failed ?? [];
  return (
    <Modal opened onClose={() => onClose(finalise.isSuccess)} title={drafts.length === 1 ? 'Finalise this invoice?' : `Finalise ${drafts.length} invoices?`} size="lg">
      <div style={{ display: 'grid', gap: 12 }}>
        <p>Each gets its number and is posted to the ledger. A finalised invoice is never edited: it can be voided or credited.</p>
        <div style={{ maxHeight: 280, overflow: 'auto' }} tabIndex={0} role="group" aria-label="Drafts to finalise">
          <table className="plain">
            <tbody>
              {drafts.map((draft) => <tr key={draft.id}><th scope="row">{draft.customerName}</th><td className="num"><MoneyText amount={draft.total.amount} currency={draft.total.currency} /></td></tr>)}
              <tr className="sum"><th scope="row">Together</th><td className="num"><MoneySums sums={sumByCurrency(drafts.map((draft) => draft.total))} /></td></tr>
            </tbody>
          </table>
        </div>
        {all.length > drafts.length ? <p className="quiet">The first {drafts.length} of {all.length}; finalise again for the rest.</p> : null}
        {finalise.isSuccess ? null : <MissingFields ids={drafts.map((draft) => draft.id)} />}
        {finalise.isError ? <ErrorNotice error={finalise.error} /> : null}
        {finalise.isSuccess ? <p role="status">{finalise.data.succeeded.length} finalised{failed.length > 0 ? `, ${failed.length} not:` : '.'}</p> : null}
        {failed.map((each) => <ErrorNotice key={each.id} error={{ code: each.code, message: `${each.name}: ${each.message}` }} />)}
        <div className="row-flex">
          {finalise.isSuccess ? <Button onClick={() => onClose(true)}>Done</Button> : <Button loading={finalise.isPending} onClick={() => finalise.mutate()}>Finalise</Button>}
          {finalise.isSuccess ? null : <Button variant="default" onClick={() => onClose(false)}>Keep as drafts</Button>}
        </div>
      </div>
    </Modal>
  );
}
