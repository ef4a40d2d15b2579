import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sumByCurrency } from '../../../components/data-grid/use-grid-selection.ts';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneySums, MoneyText } from '../../../components/money-text.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import type { RunSheetRow } from './run-sheet-words.ts';

/** At most so many drafts in one command. */
const mostAtOnce = 500;

/** What is approved is shown before it is: each draft with what is unusual about it. */
export function ApproveDialog({ rows, onClose }: { rows: readonly RunSheetRow[]; onClose: (isDone: boolean) => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const shown = rows.slice(0, mostAtOnce);
  // One id for this dialog: a double click or a retry is the same command.
  const [commandId] = useState(() => crypto.randomUUID());
  const approve = useMutation({
    mutationFn: () => api.client.invoices.runSheet.approve({ commandId, drafts: shown.map((row) => ({ id: row.invoiceId ?? '', totalsFingerprint: row.totalsFingerprint ?? '' })) }),
    onSuccess: ({ failed }) => { if (failed.length === 0) onClose(true); },
    onSettled: () => markStale(api, cache, 'invoices'),
  });
  const failed = approve.data?.failed ?? [];
  const amounts = shown.flatMap((row) => (row.totalMinor === null || row.currency === null ? [] : [{ amount: row.totalMinor, currency: row.currency }]));
  return (
    <Modal opened onClose={() => onClose(approve.isSuccess)} title={shown.length === 1 ? 'Approve this draft?' : `Approve ${shown.length} drafts?`} size="lg">
      <div style={{ display: 'grid', gap: 12 }}>
        <p>Your name and the time are kept with these figures. A draft whose figures or lines change, be it only the language they are written in, has to be approved again.</p>
        <div style={{ maxHeight: 320, overflow: 'auto' }} tabIndex={0} role="group" aria-label="Drafts to approve">
          <table className="plain">
            <tbody>
              {shown.map((row) => (
                <tr key={row.contractId}>
                  <th scope="row">{row.partnerName}</th><td>{row.flags.map((flag) => <span key={flag}><StatusBadge status={flag} /> </span>)}</td>
                  <td className="num">{row.totalMinor === null || row.currency === null ? '—' : <MoneyText amount={row.totalMinor} currency={row.currency} />}</td>
                </tr>
              ))}
              <tr className="sum"><th scope="row" colSpan={2}>Together</th><td className="num"><MoneySums sums={sumByCurrency(amounts)} /></td></tr>
            </tbody>
          </table>
        </div>
        {rows.length > shown.length ? <p className="quiet">The first {shown.length} of {rows.length}; approve again for the rest.</p> : null}
        {approve.isError ? <ErrorNotice error={approve.error} /> : null}
        {approve.isSuccess ? <p role="status">{approve.data.succeeded.length} approved, {failed.length} not:</p> : null}
        {failed.map((each) => <ErrorNotice key={each.id} error={{ code: each.code, message: `${each.name}: ${each.message}`, nextStep: each.nextStep }} />)}
        <div className="row-flex">
          {approve.isSuccess ? <Button onClick={() => onClose(true)}>Done</Button> : <Button data-autofocus loading={approve.isPending} onClick={() => approve.mutate()}>Approve</Button>}
          {approve.isSuccess ? null : <Button variant="default" onClick={() => onClose(false)}>Cancel</Button>}
        </div>
      </div>
    </Modal>
  );
}
