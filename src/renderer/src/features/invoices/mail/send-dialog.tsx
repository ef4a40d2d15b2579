import { Button, Checkbox, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { MailPreviewView } from '../../../../../shared/api/mail.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { Facts } from '../../../components/record-parts.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { links } from '../../../lib/links.ts';

export interface InvoiceToSend {
  readonly id: string;
  readonly number: string | null;
  readonly customerName: string;
}

type Language = MailPreviewView['language'];

/** Shows whom what will be sent to before it is. One invoice may go to another address or in the other language; of several each goes as its customer’s record says. */
export function SendDialog({ invoices, onClose }: { invoices: readonly InvoiceToSend[]; onClose: (isDone: boolean) => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const [commandId] = useState(() => crypto.randomUUID());
  const [typedTo, setTypedTo] = useState<string | null>(null);
  const [language, setLanguage] = useState<Language | null>(null);
  const [isAgain, setAgain] = useState(false);
  const [only] = invoices.length === 1 ? invoices : [];
  const mails = invoices.map(({ id }) => ({ invoiceId: id, ...(only && typedTo !== null ? { recipients: typedTo } : {}), ...(language ? { language } : {}), ...(isAgain ? { isAgain } : {}) }));
  const preview = useQuery(api.queries.mail.preview.queryOptions({ input: { mails }, placeholderData: keepPreviousData }));
  const previews = preview.data?.mails ?? [];
  const ready = previews.filter((mail) => mail.problem === null);
  const send = useMutation({
    mutationFn: () => api.client.mail.send({ commandId, mails: mails.filter((mail) => ready.some((each) => each.invoiceId === mail.invoiceId)) }),
    onSettled: () => { markStale(api, cache, 'mail'); markStale(api, cache, 'invoices'); },
  });
  const failed = send.data?.failed ?? [];
  const wasSent = previews.some((mail) => mail.problem?.code === 'mail-already-sent') || isAgain;
  return (
    <Modal opened onClose={() => onClose(send.isSuccess)} title={only ? `Send ${only.number ?? 'this invoice'} by e-mail?` : `Send ${invoices.length} invoices by e-mail?`} size="xl">
      <div style={{ display: 'grid', gap: 12 }}>
        {preview.isError ? <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} /> : null}
        {send.isSuccess ? (
          <>
            <p role="status">{send.data.queued.length === 1 ? 'It is in the outbox and goes out now.' : `${send.data.queued.length} are in the outbox and go out now.`} <EntityLink to={send.data.queued.length === 1 && send.data.queued[0] ? links.mailEntry(send.data.queued[0].id) : links.mail}>See what becomes of it</EntityLink></p>
            {failed.map((each) => <ErrorNotice key={each.id} error={{ code: each.code, message: `${each.name}: ${each.message}`, nextStep: each.nextStep }} />)}
          </>
        ) : (
          <>
            {only ? (
              <div className="field-row">
                <TextInput data-autofocus className="grow" label="To" description="Several between commas. What is typed here holds for this e-mail only." spellCheck={false} value={typedTo ?? previews[0]?.recipients.join(', ') ?? ''} onChange={(event) => setTypedTo(event.currentTarget.value)} />
                <SegmentedControl aria-label="Language" value={language ?? previews[0]?.language ?? 'en'} onChange={(value) => setLanguage(value as Language)} data={[{ value: 'en', label: 'English' }, { value: 'de', label: 'German' }]} />
              </div>
            ) : null}
            {wasSent ? <Checkbox label="It was sent before. Send it once more." checked={isAgain} onChange={(event) => setAgain(event.currentTarget.checked)} /> : null}
            <div style={{ maxHeight: 420, overflow: 'auto', display: 'grid', gap: 12 }} tabIndex={0} role="group" aria-label="What will be sent">
              {previews.map((mail) => <MailShown key={mail.invoiceId} mail={mail} hidesRecipients={only !== undefined} />)}
            </div>
          </>
        )}
        {send.isError ? <ErrorNotice error={send.error} /> : null}
        <div className="row-flex">
          {send.isSuccess ? <Button onClick={() => onClose(true)}>Done</Button> : <Button disabled={ready.length === 0} loading={send.isPending} onClick={() => send.mutate()}>{only || ready.length === previews.length ? 'Send' : `Send ${ready.length} of ${previews.length}`}</Button>}
          {send.isSuccess ? null : <Button variant="default" onClick={() => onClose(false)}>Do not send</Button>}
        </div>
      </div>
    </Modal>
  );
}

function MailShown({ mail, hidesRecipients }: { mail: MailPreviewView; hidesRecipients: boolean }) {
  return (
    <section className="mail-preview" aria-label={mail.number ?? 'Draft'}>
      {mail.problem && !(hidesRecipients && mail.problem.code === 'mail-already-sent') ? <ErrorNotice error={mail.problem} /> : null}
      {mail.subject === '' ? null : (
        <>
          <Facts rows={[
            ['From', mail.from ?? 'E-mail is not set up'],
            hidesRecipients ? null : ['To', mail.recipients.length > 0 ? mail.recipients.join(', ') : 'Nobody'],
            ['Subject', <b key="subject">{mail.subject}</b>],
            ['Attached', mail.attachmentName ?? 'Nothing'],
            mail.sentAt === null ? null : ['Sent before', <DateText key="sent" instant={mail.sentAt} />],
          ]} />
          <p className="mail-body">{mail.body}</p>
        </>
      )}
    </section>
  );
}
