import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { formatMonth } from '../../../lib/dates.ts';
import { usePreferences } from '../../../lib/preferences.tsx';

export type PeriodAct = 'close' | 'reopen' | 'approve' | 'decline';

export interface PeriodActionDialogProps {
  act: PeriodAct;
  month: string;
  acceptedReasons: readonly string[];
  fourEyes: 'on' | 'off';
  isOwnRequest: boolean;
  onClose: () => void;
}

/** What the act does, said before it is done; each is kept in the close log. */
function wordsOf({ act, acceptedReasons, fourEyes, isOwnRequest }: PeriodActionDialogProps, month: string): { title: string; does: string; button: string; reason: string | null } {
  switch (act) {
    case 'close':
      return { title: `Close ${month}?`, does: `Nothing enters ${month} after that, by any road: what comes late is posted to the first open month and marked with the month it concerns.${acceptedReasons.length > 0 ? ' What you have accepted goes there too.' : ''}`, button: 'Close the month', reason: null };
    case 'reopen':
      return { title: `Reopen ${month}?`, does: fourEyes === 'on' ? 'Another person has to approve it. Until then the month stays closed.' : 'This desk works alone: the month is opened at once, and that four eyes were off is recorded.', button: fourEyes === 'on' ? 'Ask to reopen' : 'Reopen the month', reason: 'Why it has to be opened again' };
    case 'approve':
      return { title: `Approve reopening ${month}?`, does: `${month} is opened at once. You are the second person: your name stands in the close log beside the one who asked.`, button: 'Approve', reason: null };
    case 'decline':
      return { title: isOwnRequest ? `Withdraw the wish to reopen ${month}?` : `Decline to reopen ${month}?`, does: 'The month stays closed.', button: isOwnRequest ? 'Withdraw' : 'Decline', reason: 'Why' };
  }
}

export function PeriodActionDialog(props: PeriodActionDialogProps) {
  const { act, month, acceptedReasons, onClose } = props;
  const api = useApi();
  const cache = useQueryClient();
  const { locale } = usePreferences();
  // One id for this dialog: a double click or a retry is the same command.
  const [commandId] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState('');
  const text = wordsOf(props, formatMonth(month, locale, 'long'));
  const said = reason.trim();
  const mutation = useMutation({
    mutationFn: () => {
      const { ledger } = api.client;
      switch (act) {
        case 'close': return ledger.closePeriod({ commandId, month, acceptedReasons: [...acceptedReasons] });
        case 'reopen': return ledger.requestReopen({ commandId, month, reason: said });
        case 'approve': return ledger.approveReopen({ commandId, month });
        case 'decline': return ledger.declineReopen({ commandId, month, reason: said });
      }
    },
    onSuccess: onClose,
    onSettled: () => { markStale(api, cache, 'ledger'); markStale(api, cache, 'today'); },
  });
  const isReady = text.reason === null || said.length >= 3;
  return (
    <Modal opened onClose={onClose} title={text.title}>
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady) mutation.mutate(); }}>
        <p>{text.does}</p>
        {text.reason ? <Textarea label={text.reason} required data-autofocus minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} description="Kept in the close log, at least three letters." /> : null}
        {mutation.isError ? <ErrorNotice error={mutation.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={mutation.isPending}>{text.button}</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
      </form>
    </Modal>
  );
}
