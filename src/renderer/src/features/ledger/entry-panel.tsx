import { Button, Modal, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { z } from 'zod';
import type { entryDetailSchema } from '../../../../shared/api/ledger.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { RawObject } from '../../components/raw-object.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { statusWord } from '../../components/status-badge.tsx';
import { accountNumber } from '../../lib/account-number.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import { links } from '../../lib/links.ts';
import { useCan, usePreferences } from '../../lib/preferences.tsx';
import { linkOfSource } from '../../lib/source-links.ts';

type EntryDetail = z.infer<typeof entryDetailSchema>;

/** One journal entry: its postings, what it derives from down to the raw object, and the seal that holds it in the chain. */
export function EntryPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const canReverse = useCan('accountant');
  const [isReversing, setReversing] = useState(false);
  const entry = useQuery(queries.ledger.show.queryOptions({ input: { id } }));
  const data = entry.data;
  const footer = data && canReverse && data.reversedByEntryId === null && data.reversesEntryId === null ? <Button variant="default" onClick={() => setReversing(true)}>Reverse…</Button> : undefined;
  return (
    <SidePanel title={data ? data.memo || statusWord(data.kind) : 'Journal entry'} label="Journal entry" note={data ? <>{statusWord(data.kind)} · no. <NumberText value={data.sequence} /></> : null} onClose={onClose} onStep={onStep} footer={footer}>
      {entry.isError ? <div className="section"><ErrorNotice error={entry.error} onRetry={() => void entry.refetch()} /></div> : null}
      {data ? (
        <>
          <Postings entry={data} />
          <WhereFrom entry={data} />
          <Section title="Seal">
            <Facts rows={[
              ['Key', <span key="key" className="hash">{data.key}</span>],
              ['Hash', <span key="hash" className="hash">{data.hash}</span>],
              ['Before it', <span key="previous" className="hash">{data.previousHash}</span>],
            ]} />
          </Section>
          {data.sources.map((source, index) => <RawObject key={`${source.kind}/${source.id}`} raw={source.raw} label={index === 0 ? 'Raw Stripe object' : `Raw ${source.kind.replaceAll('-', ' ')}`} />)}
          {isReversing ? <ReverseDialog entry={data} onClose={() => setReversing(false)} /> : null}
        </>
      ) : null}
    </SidePanel>
  );
}

/** A party as the postings name it: a customer of the gateway or a partner. */
function PartyLink({ id }: { id: string }) {
  return <EntityLink to={id.startsWith('cus_') ? links.customer(id) : links.partyEntries(id)} id={id} />;
}

function Postings({ entry }: { entry: EntryDetail }) {
  const { functionalCurrency } = usePreferences();
  return (
    <Section title="Postings" isFlush>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Postings">
        <table className="plain">
          <thead><tr><th scope="col">Account</th><th scope="col" className="num">Debit</th><th scope="col" className="num">Credit</th></tr></thead>
          <tbody>
            {entry.postings.map((posting) => {
              const amount = <><MoneyText amount={posting.amount.amount} currency={posting.amount.currency} />{functionalCurrency && posting.amount.currency !== functionalCurrency ? <div className="muted small"><MoneyText amount={posting.functionalAmountMinor} currency={functionalCurrency} />{posting.rate ? <div>at {posting.rate}</div> : null}</div> : null}</>;
              return (
                <tr key={posting.lineNumber}>
                  <th scope="row" className="stacked-links"><EntityLink to={links.accountStatement(posting.accountCode, posting.amount.currency, entry.entryDate)}>{`${accountNumber(posting.accountCode)} ${posting.accountName}`}</EntityLink>{posting.partyId ? <div className="small"><PartyLink id={posting.partyId} /></div> : null}</th>
                  <td className="num">{posting.direction === 'debit' ? amount : ''}</td>
                  <td className="num">{posting.direction === 'credit' ? amount : ''}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function WhereFrom({ entry }: { entry: EntryDetail }) {
  return (
    <Section title="Where from">
      <Facts rows={[
        ['Entry date', <DateText key="date" day={entry.entryDate} />],
        ['Recorded', <DateText key="recorded" instant={entry.recordedAt} />],
        entry.concernsMonth ? ['Concerns', <DateText key="concerns" month={entry.concernsMonth} />] : null,
        entry.sources.length > 0 ? null : ['Source', <span key="source">{statusWord(entry.sourceType)} <span className="mono">{entry.sourceId}</span></span>],
        ...entry.sources.map((source) => {
          const to = linkOfSource(source.kind, source.id);
          return [statusWord(source.kind), <span key={source.id}>{to ? <EntityLink to={to} id={source.id}>{source.id}</EntityLink> : <span className="mono">{source.id}</span>}{source.label && source.label !== source.id ? <span className="muted"> {source.label}</span> : null}</span>] as const;
        }),
        entry.reversesEntryId ? ['Reverses', <EntityLink key="reverses" to={links.journalEntry(entry.reversesEntryId)} id={entry.reversesEntryId} />] : null,
        entry.reversedByEntryId ? ['Reversed by', <EntityLink key="reversed" to={links.journalEntry(entry.reversedByEntryId)} id={entry.reversedByEntryId} />] : null,
      ]} />
    </Section>
  );
}

/** A posted entry is never edited: its exact negation is posted, with a link both ways. */
function ReverseDialog({ entry, onClose }: { entry: EntryDetail; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [commandId] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState('');
  const said = reason.trim();
  const reverse = useMutation({
    mutationFn: () => api.client.ledger.reverseEntry({ commandId, id: entry.id, reason: said }),
    onSuccess: (made) => {
      onClose();
      if (made.state === 'sealed') void navigate(links.journalEntry(made.id));
      else notifications.show({ message: 'The reversal is posted and waits to be sealed; the journal lists it among what waits.' });
    },
    onSettled: () => markStale(api, cache, 'ledger'),
  });
  const isReady = said.length >= 3;
  return (
    <Modal opened onClose={onClose} title={<>Reverse entry no. <NumberText value={entry.sequence} />?</>}>
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady) reverse.mutate(); }}>
        <p>A new entry of today takes back each posting of this one, with a link both ways. This one stays as it is; an entry is reversed once.</p>
        <Textarea label="Reason" required data-autofocus minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} description="Stands in the new entry and in the audit log, at least three letters." />
        {reverse.isError ? <ErrorNotice error={reverse.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={reverse.isPending}>Reverse the entry</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
      </form>
    </Modal>
  );
}
