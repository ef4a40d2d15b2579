import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { fromDecimalString } from '../../../../shared/money/money.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink, shortId } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { RawObject } from '../../components/raw-object.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { findKnownJob } from '../../lib/known-jobs.ts';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { linkOfSource } from '../../lib/source-links.ts';
import { useStartJob } from '../../lib/use-start-job.ts';
import { titleOf, type DiscrepancyDetail } from './discrepancy-detail.ts';
import { DiscrepancyActionDialog, type DiscrepancyAction } from './discrepancy-action-dialog.tsx';
import { StoryList } from './story-list.tsx';

export interface DiscrepancyPanelProps {
  id: string;
  /** The dialog that is open over it: the keys of the inbox open one too. */
  action: DiscrepancyAction | null;
  onAction: (action: DiscrepancyAction | null) => void;
  onUndo: () => void;
  isUndoing: boolean;
  onClose: () => void;
  onStep: (delta: 1 | -1) => void;
}

/** One discrepancy: the sources side by side, its story, what was done about it, and what can be done. */
export function DiscrepancyPanel({ id, action, onAction, onUndo, isUndoing, onClose, onStep }: DiscrepancyPanelProps) {
  const { queries } = useApi();
  const canWork = useCan('finance');
  const discrepancy = useQuery(queries.workbench.show.queryOptions({ input: { id } }));
  const data = discrepancy.data;
  return (
    <SidePanel
      title={data ? titleOf(data) : 'Discrepancy'} label="Discrepancy" onClose={onClose} onStep={onStep} footer={canWork && data ? <PanelActions discrepancy={data} onAction={onAction} onUndo={onUndo} isUndoing={isUndoing} /> : undefined}
      note={data ? <><StatusBadge status={data.reason} /> <MoneyText amount={data.amount.amount} currency={data.amount.currency} /> · <StatusBadge status={data.status} />{data.markedAs ? <> <StatusBadge status={data.markedAs} /></> : null}{data.isBack ? <> <StatusBadge status="back" /></> : null}</> : null}
    >
      {discrepancy.isError ? <div className="section"><ErrorNotice error={discrepancy.error} onRetry={() => void discrepancy.refetch()} /></div> : null}
      {data ? (
        <>
          {data.isBack && data.status !== 'resolved' ? <Section title="It came back"><p>A run found it again after it was settled, so it reopened itself. What was done before stands in its story.</p></Section> : null}
          {data.request ? <RequestSection request={data.request} onAction={onAction} /> : null}
          <Section title={data.hasBank ? 'Four sources' : 'Three sources'} isFlush><p className="quiet" style={{ padding: '0 14px 8px' }}>{data.hint}</p><CompareTable discrepancy={data} /></Section>
          {data.pair ? <Pair pair={data.pair} onAction={canWork && data.status !== 'resolved' && data.status !== 'ignored' ? onAction : null} /> : null}
          {data.counterparts.length > 0 ? <Counterparts counterparts={data.counterparts} onLink={canWork ? () => onAction('link') : null} /> : null}
          <Section title="State"><StateFacts discrepancy={data} /></Section>
          <Section title="Story"><StoryList story={data.story} /></Section>
          <RawObject raw={data.raw} />
          {action ? <DiscrepancyActionDialog action={action} discrepancy={data} onClose={() => onAction(null)} /> : null}
        </>
      ) : null}
    </SidePanel>
  );
}

function StateFacts({ discrepancy: data }: { discrepancy: DiscrepancyDetail }) {
  return (
    <Facts rows={[
      ['Object', data.objectName === data.objectId ? <span key="object" className="mono">{data.objectId}</span> : data.objectName],
      ['Assignee', data.assignee ?? <span key="nobody" className="muted">Nobody yet</span>],
      ['Due', <span key="due" className={data.isOverdue ? 'bad' : ''}><DateText day={data.dueOn} />{data.isOverdue ? ', overdue' : ''}{data.isDueSet ? '' : <span className="muted"> by the policy</span>}</span>],
      ['Age', data.ageDays === 0 ? 'Found today' : `${data.ageDays} ${data.ageDays === 1 ? 'day' : 'days'}`],
      data.holdUntil ? ['On hold until', <DateText key="hold" day={data.holdUntil} />] : null,
      data.link ? ['Linked to', <LinkedTo key="link" link={data.link} />] : null,
      data.balanceTransactionId ? ['Balance transaction', <span key="transaction" className="mono">{data.balanceTransactionId}</span>] : null,
      data.journalEntryId ? ['Journal entry', <EntityLink key="entry" to={links.journalEntry(data.journalEntryId)} id={data.journalEntryId} />] : null,
      data.reason !== 'missing-at-stripe' && linkOfSource('payment', data.objectId) ? ['Payment', <EntityLink key="payment" to={links.payment(data.objectId)} id={data.objectId} />] : null,
    ]} />
  );
}

function LinkedTo({ link }: { link: NonNullable<DiscrepancyDetail['link']> }) {
  const to = linkOfSource(link.kind, link.id);
  return to ? <EntityLink to={to} id={link.id} /> : <span className="mono">{link.id}</span>;
}

/** What no id brings together and attributes do: proposed, with why; a person links it. */
function Counterparts({ counterparts, onLink }: { counterparts: DiscrepancyDetail['counterparts']; onLink: (() => void) | null }) {
  return (
    <Section title={counterparts.length === 1 ? 'Perhaps one with' : 'Perhaps one of these'}>
      {counterparts.map((each) => (
        <p key={each.id}><EntityLink to={links.discrepancy(each.id)} id={each.objectName} /> <MoneyText amount={each.amount.amount} currency={each.amount.currency} /> <DateText day={each.occurredOn} /> <span className="muted">score {Math.round(each.score / 100)} %: {each.reasons.join(' ')}</span></p>
      ))}
      {onLink && counterparts.length === 1 ? <Button variant="default" onClick={onLink}>Link…</Button> : null}
    </Section>
  );
}

/** Two that only their attributes brought together: nothing is merged until a person says that they are one. */
function Pair({ pair, onAction }: { pair: NonNullable<DiscrepancyDetail['pair']>; onAction: ((action: DiscrepancyAction) => void) | null }) {
  return (
    <Section title={pair.isRefused ? 'Not one, as a person said' : 'Told as one by what they say'}>
      <p>{pair.store === 'ledger' ? 'In the journal under' : 'In the payment history as'} <span className="mono">{pair.objectId}</span>{pair.balanceTransactionId !== null && pair.balanceTransactionId !== pair.objectId ? <>, <span className="mono">{pair.balanceTransactionId}</span></> : null}.</p>
      <p className="muted">Score {Math.round(pair.score / 100)} %: {pair.reasons.join(' ')}</p>
      {onAction ? <div className="row-flex" style={{ marginTop: 8 }}><Button variant="default" onClick={() => onAction('link')}>They are one…</Button><Button variant="default" onClick={() => onAction('refuse')}>They are two…</Button></div> : null}
    </Section>
  );
}

function RequestSection({ request, onAction }: { request: NonNullable<DiscrepancyDetail['request']>; onAction: (action: DiscrepancyAction) => void }) {
  const canPost = useCan('accountant');
  return (
    <Section title={request.link ? 'A link waits for a second person' : request.isWriteOff ? 'A write-off waits for a second person' : 'An adjustment waits for a second person'}>
      <p><b>{request.actor}</b>, <DateText instant={request.at} />: {request.reason}</p>
      {request.link ? <p className="small">Belongs to {request.link.kind.replaceAll('-', ' ')} <span className="mono">{request.link.id}</span>, whose amount is not <MoneyText amount={request.amount.amount} currency={request.amount.currency} /></p> : <p className="mono small">Dr {request.debitAccount} / Cr {request.creditAccount} <MoneyText amount={request.amount.amount} currency={request.amount.currency} /></p>}
      {request.isOwn ? <p className="quiet">You asked for it: another person approves it, or you take it back (U).</p> : canPost ? <div className="row-flex" style={{ marginTop: 8 }}><Button onClick={() => onAction('approve')}>Approve…</Button><Button variant="default" onClick={() => onAction('decline')}>Decline…</Button></div> : <p className="quiet">An accountant approves it.</p>}
    </Section>
  );
}

function PanelActions({ discrepancy: data, onAction, onUndo, isUndoing }: { discrepancy: DiscrepancyDetail; onAction: (action: DiscrepancyAction) => void; onUndo: () => void; isUndoing: boolean }) {
  const { queries } = useApi();
  const canPost = useCan('accountant');
  const start = useStartJob();
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {}, staleTime: 60_000 })).data?.jobs;
  const isDone = data.status === 'resolved' || data.status === 'ignored';
  const fetchJob = findKnownJob(jobs, 'fetch-missing');
  return (
    <>
      {isDone ? <Button onClick={() => onAction('reopen')}>Reopen…</Button> : (
        <>
          <Button title="Resolve (R)" onClick={() => onAction('resolve')}>Resolve…</Button>
          {data.fetchable && fetchJob ? <Button variant="default" loading={start.isPending} onClick={() => start.mutate({ job: fetchJob.name, options: { id: data.id } })}>Fetch from Stripe</Button> : null}
          <Button variant="default" title="Assign (A)" onClick={() => onAction('assign')}>Assign…</Button>
          <Button variant="default" title="Hold (H)" onClick={() => onAction('hold')}>Hold until…</Button>
        </>
      )}
      <Menu position="top-end" shadow="md" withinPortal>
        <Menu.Target><Button variant="default">More</Button></Menu.Target>
        <Menu.Dropdown>
          {isDone ? null : (
            <>
              <Menu.Item onClick={() => onAction('ignore')}>Ignore…</Menu.Item>
              <Menu.Item onClick={() => onAction('mark-timing')}>Mark as timing…</Menu.Item>
              <Menu.Item onClick={() => onAction('link')}>Link…</Menu.Item>
              {data.pair ? <Menu.Item onClick={() => onAction('refuse')}>They are two…</Menu.Item> : null}
              {canPost && !data.request ? <Menu.Item onClick={() => onAction('adjust')}>Post an adjustment…</Menu.Item> : null}
              {canPost && data.isWritableOff && !data.request ? <Menu.Item onClick={() => onAction('write-off')}>Write off…</Menu.Item> : null}
              {data.status === 'on-hold' ? <Menu.Item onClick={() => onAction('reopen')}>Reopen…</Menu.Item> : null}
            </>
          )}
          <Menu.Item onClick={() => onAction('set-due')}>Set the due day…</Menu.Item>
          <Menu.Item onClick={() => onAction('comment')}>Comment…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {data.undoable ? <Button variant="default" loading={isUndoing} title={`Take back: ${statusWord(data.undoable.action)} by ${data.undoable.actor} (U)`} onClick={onUndo}>Undo</Button> : null}
    </>
  );
}

const storeOfReason: Partial<Record<DiscrepancyDetail['reason'], 'stripe' | 'ledger' | 'sharedDatabase'>> = { 'missing-in-ledger': 'ledger', 'missing-in-payment-history': 'sharedDatabase', 'missing-at-stripe': 'stripe' };
type Store = 'stripe' | 'ledger' | 'sharedDatabase' | 'bank';
const threeStores: readonly Store[] = ['stripe', 'ledger', 'sharedDatabase'];
const storeWords: Readonly<Record<Store, string>> = { stripe: 'Stripe', ledger: 'Ledger', sharedDatabase: 'Shared database', bank: 'Bank' };

/** Whether a value is the one to look at: it stands alone, or it is missing where the reason says so. What a bank says is beside it: it nets fees and dates by its own days. */
function isOdd(field: DiscrepancyDetail['fields'][number], store: Store, reason: DiscrepancyDetail['reason']): boolean {
  const value = field[store];
  if (value === null) return storeOfReason[reason] === store;
  return store !== 'bank' && field.differs && !threeStores.some((other) => other !== store && field[other] === value);
}

/** Instants, days and amounts as everywhere else; everything else as it came. */
function shownValue(value: string | null): ReactNode {
  if (value === null) return '—';
  if (/^\d{4}-\d{2}-\d{2}T/.test(value)) return <DateText instant={Date.parse(value)} />;
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return <DateText day={value} />;
  const [, decimal, currency] = /^(-?\d+(?:\.\d+)?) ([A-Z]{3})$/.exec(value) ?? [];
  if (decimal !== undefined && currency !== undefined) return <MoneyText amount={fromDecimalString(decimal, currency.toLowerCase())} currency={currency.toLowerCase()} />;
  return value;
}

function CompareTable({ discrepancy }: { discrepancy: DiscrepancyDetail }) {
  const stores = discrepancy.hasBank ? [...threeStores, 'bank' as const] : threeStores;
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label={`${discrepancy.hasBank ? 'Four' : 'Three'} sources side by side`}>
      <table className="plain compare">
        <thead><tr><th scope="col">Field</th>{stores.map((store) => <th key={store} scope="col">{storeWords[store]}</th>)}</tr></thead>
        <tbody>
          {discrepancy.fields.map((field) => (
            <tr key={field.field}>
              <th scope="row">{statusWord(field.field)}</th>
              {stores.map((store) => {
                const odd = isOdd(field, store, discrepancy.reason);
                return <td key={store} className={odd ? 'differs' : ''}>{field.field === 'id' && field[store] !== null ? <span className="mono" title={field[store]}>{shortId(field[store])}</span> : shownValue(field[store])}{odd ? <span className="visually-hidden"> differs</span> : null}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
