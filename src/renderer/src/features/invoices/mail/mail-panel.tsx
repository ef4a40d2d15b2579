import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { MailDetailView } from '../../../../../shared/api/mail.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { Facts, HistoryList, Section } from '../../../components/record-parts.tsx';
import { SidePanel } from '../../../components/side-panel.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { links } from '../../../lib/links.ts';
import { useCan } from '../../../lib/preferences.tsx';

type Act = 'retry' | 'cancel' | 'arrived' | 'send-again';

/** One e-mail: its text, who took it, what the mail server said, and what a person may decide. */
export function MailPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const canSend = useCan('accountant');
  const [isBouncing, setBouncing] = useState(false);
  const mail = useQuery(api.queries.mail.outbox.show.queryOptions({ input: { id } }));
  const decide = useMutation({
    mutationFn(act: Act): Promise<MailDetailView> {
      const input = { commandId: crypto.randomUUID(), id };
      if (act === 'retry') return api.client.mail.outbox.retry(input);
      if (act === 'cancel') return api.client.mail.outbox.cancel(input);
      return api.client.mail.outbox.settle({ ...input, decision: act });
    },
    onSettled: () => { markStale(api, cache, 'mail'); markStale(api, cache, 'invoices'); },
  });
  const data = mail.data;
  const button = (act: Act, label: string, isFirst = false) => <Button key={act} variant={isFirst ? 'filled' : 'default'} loading={decide.isPending && decide.variables === act} onClick={() => decide.mutate(act)}>{label}</Button>;
  const acts = !canSend || !data ? [] : data.state === 'failed' ? [button('retry', 'Try again', true), button('cancel', 'Give it up')] : data.state === 'waiting' ? [button('retry', 'Try now', true), button('cancel', 'Cancel')]
    : data.state === 'in-doubt' ? [button('arrived', 'It arrived', true), button('send-again', 'Send it again')] : data.state === 'sent' ? [<Button key="bounced" variant="default" onClick={() => setBouncing(true)}>It came back…</Button>] : [];
  return (
    <SidePanel title={data?.invoiceNumber ?? 'E-mail'} label="E-mail" note={data ? <>{data.customerName} <StatusBadge status={`mail-${data.state}`} /></> : null} onClose={onClose} onStep={onStep} footer={acts.length > 0 ? <>{acts}</> : undefined}>
      {mail.isError ? <div className="section"><ErrorNotice error={mail.error} onRetry={() => void mail.refetch()} /></div> : null}
      {decide.isError ? <div className="section"><ErrorNotice error={decide.error} /></div> : null}
      {data ? (
        <>
          {data.errorCode ? <div className="section"><ErrorNotice error={{ code: data.errorCode, message: data.errorMessage ?? '' }} /></div> : null}
          <Section title="E-mail">
            <Facts rows={[
              ['Invoice', <EntityLink key="invoice" to={links.invoice(data.invoiceId)}>{data.invoiceNumber}</EntityLink>],
              ['Asked for', <span key="queued"><DateText instant={data.queuedAt} /> by {data.queuedBy}</span>],
              data.state === 'waiting' && data.nextAttemptAt !== null ? ['Next attempt', <DateText key="next" instant={data.nextAttemptAt} />] : null,
              data.sentAt === null ? null : ['Sent', <DateText key="sent" instant={data.sentAt} />],
              ['Attempts', data.attempts],
              ['Message-ID', <span key="message" className="mono">{data.messageId}</span>],
              ['Attached', <span key="attached">{data.attachmentName}{data.attachmentSha256 ? <div className="hash">{data.attachmentSha256}</div> : null}</span>],
            ]} />
          </Section>
          <Section title="To">
            <ul className="mail-recipients">
              {data.recipients.map((each) => <li key={each.address}>{each.address} <StatusBadge status={each.state !== 'waiting' ? each.state : data.state === 'in-doubt' || data.state === 'sending' ? 'not-known' : 'not-yet'} />{each.response ? <div className="quiet small">{each.response}</div> : null}</li>)}
            </ul>
          </Section>
          <Section title="Text"><p><b>{data.subject}</b></p><p className="mail-body">{data.body}</p></Section>
          <Section title="History"><HistoryList history={data.events.map((event) => ({ ...event, action: `e-${event.action}` }))} /></Section>
          {isBouncing ? <BounceDialog mail={data} onClose={() => setBouncing(false)} /> : null}
        </>
      ) : null}
    </SidePanel>
  );
}

function BounceDialog({ mail, onClose }: { mail: MailDetailView; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const [commandId] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState('');
  const note = useMutation({ mutationFn: () => api.client.mail.outbox.markBounced({ commandId, id: mail.id, reason: reason.trim() }), onSuccess: onClose, onSettled: () => { markStale(api, cache, 'mail'); markStale(api, cache, 'invoices'); } });
  const isReady = reason.trim().length >= 3;
  return (
    <Modal opened onClose={onClose} title={`Did ${mail.invoiceNumber} come back?`}>
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady) note.mutate(); }}>
        <p>The invoice stays sent and says so in its history; it can then be sent to another address.</p>
        <Textarea label="What the returned e-mail says" data-autofocus required minRows={2} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        {note.isError ? <ErrorNotice error={note.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={note.isPending}>Note it</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
      </form>
    </Modal>
  );
}
