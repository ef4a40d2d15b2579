import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneySums, MoneyText } from '../../components/money-text.tsx';
import { sumByCurrency } from '../../components/data-grid/use-grid-selection.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import type { DraftToFinalise } from './draft-to-finalise.ts';
import { FailedDraft } from './failed-draft.tsx';
import { MissingFields } from './missing-fields.tsx';

/** At most so many drafts in one command. */
const mostAtOnce = 200;

/** One id for each time that drafts are looked at: a double click or a retry is the same command. @param finalised how many were before. */
const roundOf = (drafts: readonly DraftToFinalise[], finalised: number, isAgain = false) => ({ drafts, commandId: crypto.randomUUID(), finalised, isAgain });

/** The button that was pressed has gone: the keyboard goes on with what it led to. */
const focusOnce = (next: HTMLElement | null): void => next?.focus();

/** Shows what will be finalised before it is: numbers are given and the entries posted; after that only voiding or crediting is left. */
export function FinaliseDialog({ drafts: all, onClose }: { drafts: readonly DraftToFinalise[]; onClose: (isDone: boolean) => void }) {
  const api = useApi();
  const cache = useQueryClient();
  // As they were when this opened: what another desk makes of them meanwhile was not looked at.
  const [{ drafts, commandId, finalised, isAgain }, setRound] = useState(() => roundOf(all.slice(0, mostAtOnce), 0));
  const [taken, setTaken] = useState<readonly DraftToFinalise[]>([]);
  const finalise = useMutation({ mutationFn: () => api.client.invoices.finalise({ commandId, ids: drafts.map((draft) => draft.id), seen: drafts.flatMap(({ id, totalsFingerprint }) => (totalsFingerprint === null ? [] : [{ id, totalsFingerprint }])) }), onSettled: () => { markStale(api, cache, 'invoices'); markStale(api, cache, 'ledger'); } });
  const failed = finalise.data?.failed ?? [];
  const done = finalised + (finalise.data?.succeeded.length ?? 0);
  const close = () => onClose(done > 0);
  // What was mended is looked at before it is finalised, as all others were.
  const lookAgain = () => { setRound(roundOf(taken, done, true)); setTaken([]); finalise.reset(); };
  return (
    <Modal opened onClose={close} title={drafts.length === 1 ? 'Finalise this invoice?' : `Finalise ${drafts.length} invoices?`} size="lg">
      <div style={{ display: 'grid', gap: 12 }}>
        <p>Each gets its number and is posted to the ledger. A finalised invoice is never edited: it can be voided or credited.</p>
        <div style={{ maxHeight: 280, overflow: 'auto' }} tabIndex={0} role="group" aria-label="Drafts to finalise" ref={isAgain ? focusOnce : null}>
          <table className="plain">
            <tbody>
              {drafts.map((draft) => <tr key={draft.id}><th scope="row">{draft.customerName}</th><td className="num"><MoneyText amount={draft.total.amount} currency={draft.total.currency} /></td></tr>)}
              <tr className="sum"><th scope="row">Together</th><td className="num"><MoneySums sums={sumByCurrency(drafts.map((draft) => draft.total))} /></td></tr>
            </tbody>
          </table>
        </div>
        {!isAgain && all.length > drafts.length ? <p className="quiet">The first {drafts.length} of {all.length}; finalise again for the rest.</p> : null}
        {finalise.isSuccess ? null : <MissingFields ids={drafts.map((draft) => draft.id)} />}
        {finalise.isError ? <ErrorNotice error={finalise.error} /> : null}
        {finalise.isSuccess ? <p role="status">{finalise.data.succeeded.length} finalised{failed.length > 0 ? `, ${failed.length} not:` : '.'}</p> : null}
        {failed.map((each) => <FailedDraft key={each.id} failure={each} draft={drafts.find(({ id }) => id === each.id)} taken={taken.find(({ id }) => id === each.id)} onTaken={(draft) => setTaken((before) => [...before, draft])} onLeave={close} />)}
        <div className="row-flex">
          {taken.length > 0 ? <Button ref={focusOnce} onClick={lookAgain}>{taken.length === 1 ? 'Look at it and finalise…' : `Look at the ${taken.length} and finalise…`}</Button> : null}
          {finalise.isSuccess ? <Button variant={failed.length > 0 ? 'default' : 'filled'} onClick={close}>{done > 0 ? 'Done' : 'Keep as drafts'}</Button> : <Button loading={finalise.isPending} onClick={() => finalise.mutate()}>Finalise</Button>}
          {finalise.isSuccess ? null : <Button variant="default" onClick={close}>Keep as drafts</Button>}
        </div>
      </div>
    </Modal>
  );
}
