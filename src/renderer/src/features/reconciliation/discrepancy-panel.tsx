import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { comparedSources } from '../../../../shared/api/reconciliation.contract.ts';
import { fromDecimalString } from '../../../../shared/money/money.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink, shortId } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { RawObject } from '../../components/raw-object.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { accountNumber } from '../../lib/account-number.ts';
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

/** In a sentence. */
const linkWords: Readonly<Record<NonNullable<NonNullable<DiscrepancyDetail['request']>['link']>['kind'], string>> = { discrepancy: 'the discrepancy', 'journal-entry': 'the journal entry', invoice: 'the invoice', payment: 'the payment', 'gateway-object': 'the object at Stripe' };

function RequestSection({ request, onAction }: { request: NonNullable<DiscrepancyDetail['request']>; onAction: (action: DiscrepancyAction) => void }) {
  const canPost = useCan('accountant');
  const { queries } = useApi();
  const accounts = useQuery(queries.workbench.assignees.queryOptions({ input: {}, staleTime: 60_000 })).data?.accounts ?? [];
  const nameOf = (code: string): string => `${accountNumber(code)} ${accounts.find((account) => account.code === code)?.name ?? ''}`.trim();
  return (
    <Section title={request.link ? 'A link waits for a second person' : request.isWriteOff ? 'A write-off waits for a second person' : 'An adjustment waits for a second person'}>
      <p><b>{request.actor}</b>, <DateText instant={request.at} />: {request.reason}</p>
      {request.link ? <p className="small">Belongs to {linkWords[request.link.kind]} <LinkedTo link={request.link} />, whose amount is not <MoneyText amount={request.amount.amount} currency={request.amount.currency} /></p> : <p className="small">Debit {nameOf(request.debitAccount)}, credit {nameOf(request.creditAccount)}: <MoneyText amount={request.amount.amount} currency={request.amount.currency} /></p>}
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
  const isRest = data.reason === 'bank-residual';
  const isMatching = data.level === 'bank' && data.bankLink !== null && !isRest;
  const isPayout = data.bankLink?.includes('payout=') ?? false;
  const fetchJob = findKnownJob(jobs, 'fetch-missing');
  return (
    <>
      {isDone ? <Button onClick={() => onAction('reopen')}>Reopen…</Button> : (
        <>
          {isRest && canPost && !data.request ? <Button title="Book it from suspense to where it belongs" onClick={() => onAction('adjust')}>Post an adjustment…</Button> : null}
          {isRest && data.bankLink ? <Button component={Link} variant="default" to={data.bankLink} title="The match that left it, on the bank screen: there it is taken back">Show the match</Button> : null}
          {isMatching ? <Button component={Link} to={data.bankLink ?? ''} title={`The matching screen with this ${isPayout ? 'payout chosen: say which line it is' : 'line chosen: match it, or post it to an account'}`}>{isPayout ? 'Match…' : 'Match or post…'}</Button> : null}
          <Button {...(isMatching || isRest ? { variant: 'default' } : {})} title="Resolve (R)" onClick={() => onAction('resolve')}>Resolve…</Button>
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

type Source = (typeof comparedSources)[number];
const sourceWords: Readonly<Record<Source, string>> = { stripe: 'Stripe', ledger: 'Ledger', sharedDatabase: 'Shared database', bank: 'Bank' };
const fieldWords: Readonly<Record<string, string>> = {
  'paid-by-customer': 'Customer paid', 'exchange-rate': 'Rate', transactions: 'Adds up to', 'without-transaction': 'Without transaction', waiting: 'Still waits', arrival: 'Due at bank',
};

function fieldWord(field: string, reason: DiscrepancyDetail['reason']): string {
  if (field === 'amount' && reason === 'balance-not-proved') return 'Balance';
  if (field === 'waiting' && reason === 'bank-residual') return 'On suspense';
  return fieldWords[field] ?? statusWord(field);
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

/** What each source says; what differs is marked by the backend, which knows the rules of the comparison. */
function CompareTable({ discrepancy }: { discrepancy: DiscrepancyDetail }) {
  const { hasBank, fields, reason } = discrepancy;
  const sources = hasBank ? comparedSources : comparedSources.filter((source) => source !== 'bank');
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label={`${hasBank ? 'Four' : 'Three'} sources side by side`}>
      <table className="plain compare">
        <thead><tr><th scope="col">Field</th>{sources.map((source) => <th key={source} scope="col">{sourceWords[source]}</th>)}</tr></thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.field}>
              <th scope="row">{fieldWord(field.field, reason)}</th>
              {sources.map((source) => <ComparedCell key={source} field={field.field} values={field[source]} />)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ComparedCell({ field, values }: { field: string; values: DiscrepancyDetail['fields'][number][Source] }) {
  const isWhole = values.length > 0 && values.every((value) => value.isMarked);
  return (
    <td className={isWhole ? 'differs' : undefined}>
      {values.length === 0 ? <span className="muted">—</span> : values.map((value, index) => (
        // Several records stand one above the other, in the same order in every row.
        <div key={`${index}-${value.text ?? ''}`} className={value.isMarked && !isWhole ? 'differs' : undefined}>
          {value.link ? <EntityLink to={value.link}>{shownName(field, value.text)}</EntityLink> : shownName(field, value.text)}{value.isMarked ? <span className="visually-hidden"> differs</span> : null}
        </div>
      ))}
    </td>
  );
}

/** Ids are shortened; the whole of one is in its tooltip. */
function shownName(field: string, text: string | null): ReactNode {
  if (text !== null && (field === 'id' || ((field === 'record' || field === 'payment') && !text.includes(' ')))) return <span className="mono" title={text}>{shortId(text)}</span>;
  return field === 'status' && text !== null ? statusWord(text) : shownValue(text);
}
