import { Button, Checkbox } from '@mantine/core';
import { useState } from 'react';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { SidePanel } from '../../../components/side-panel.tsx';
import { StatusBadge, statusWord } from '../../../components/status-badge.tsx';
import { formatMonth } from '../../../lib/dates.ts';
import { findKnownJob, type KnownJob } from '../../../lib/known-jobs.ts';
import { withLocalDates } from '../../../lib/iso-words.ts';
import { links } from '../../../lib/links.ts';
import { useApi } from '../../../lib/api/api-context.tsx';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { useStartJob } from '../../../lib/use-start-job.ts';
import { useQuery } from '@tanstack/react-query';
import { PeriodActionDialog, type PeriodAct } from './period-action-dialog.tsx';
import { isClosableWith, periodStatus, type PeriodCheck, type PeriodView } from './period-view.ts';

export interface PeriodPanelProps {
  month: string;
  period: PeriodView | undefined;
  fourEyes: 'on' | 'off';
  onClose: () => void;
  onStep: (delta: 1 | -1) => void;
}

/** One month: what stands in the way of closing it, who closed it, and every step anybody took. */
export function PeriodPanel({ month, period, fourEyes, onClose, onStep }: PeriodPanelProps) {
  const { locale, user } = usePreferences();
  const canClose = useCan('accountant');
  const [act, setAct] = useState<PeriodAct | null>(null);
  const [accepted, setAccepted] = useState<ReadonlySet<string>>(new Set());
  const title = formatMonth(month, locale, 'long');
  if (!period) return <SidePanel title={title} label="Month" onClose={onClose}><div className="section quiet">The books have no such month.</div></SidePanel>;
  const request = period.reopenRequest;
  const isOwnRequest = request?.actor === user;
  const footer = !canClose ? undefined : request ? (
    <>
      {/* Whoever asked is not the second person; on a desk of its own there is no request that waits. */}
      {isOwnRequest ? null : <Button onClick={() => setAct('approve')}>Approve…</Button>}
      <Button variant="default" onClick={() => setAct('decline')}>{isOwnRequest ? 'Withdraw…' : 'Decline…'}</Button>
    </>
  ) : period.state === 'closed' ? <Button variant="default" onClick={() => setAct('reopen')}>Ask to reopen…</Button>
    : period.checklist ? <Button disabled={!isClosableWith(period.checklist, accepted)} onClick={() => setAct('close')}>Close {formatMonth(month, locale)}…</Button> : undefined;
  return (
    <SidePanel title={title} label="Month" note={<StatusBadge status={`period-${periodStatus(period)}`} />} onClose={onClose} onStep={onStep} footer={footer}>
      {request ? (
        <Section title="Asked to reopen">
          <p><b>{request.actor}</b>, <DateText instant={request.at} />: {request.reason}</p>
          <p className="quiet">{isOwnRequest ? 'Another person approves it. Until then the month stays closed.' : canClose ? 'You can approve it: you did not ask.' : 'An accountant approves it.'}</p>
        </Section>
      ) : null}
      {period.checklist ? <Checklist checklist={period.checklist} month={month} accepted={accepted} onAccept={setAccepted} canAccept={canClose} /> : null}
      {period.state === 'open' && !period.checklist ? <Section title="Not next"><p className="quiet">Months are closed in their order. An earlier one comes first.</p></Section> : null}
      {period.state === 'running' ? <Section title="Still running"><p className="quiet">The month can be closed when it is over.</p></Section> : null}
      <Section title="In the books">
        <Facts rows={[
          ['Entries', <EntityLink key="entries" to={links.monthEntries(month)}><NumberText value={period.entries} /></EntityLink>],
          ['Reconciled', <EntityLink key="reconciled" to={links.closeOf(month)}>See its checklist and signature</EntityLink>],
          period.closedAt === null ? null : ['Closed', <span key="closed"><DateText instant={period.closedAt} /> by {period.closedBy}</span>],
          period.revaluation === null ? null : ['Foreign balances', period.revaluation === 'on' ? 'Revalued at the month-end rate' : 'As booked: closed without revaluation'],
          period.headSequence === null ? null : ['Head', <span key="head">no. <NumberText value={period.headSequence} /></span>],
          period.headHash === null ? null : ['Its hash', <span key="hash" className="hash">{period.headHash}</span>],
        ]} />
      </Section>
      <Section title="Steps">
        {period.history.length === 0 ? <p className="muted">Nobody has closed this month yet.</p> : (
          <ol className="timeline">
            {period.history.map((line, index) => (
              <li key={`${line.at}-${index}`}>
                <b><DateText instant={line.at} /></b> {statusWord(`period-step-${line.action}`)} <span className="muted">by {line.actor}, four eyes {line.fourEyes}, head no. <NumberText value={line.headSequence} /></span>{line.reason ? <>, {line.reason}</> : null}
                {line.accepted.map(({ code, count }) => <div key={code} className="quiet">although <NumberText value={count} /> waited: {statusWord(code).toLowerCase()}</div>)}
              </li>
            ))}
          </ol>
        )}
      </Section>
      {act ? <PeriodActionDialog act={act} month={month} acceptedReasons={[...accepted]} fourEyes={fourEyes} isOwnRequest={isOwnRequest} onClose={() => setAct(null)} /> : null}
    </SidePanel>
  );
}

/** The job that takes a stone out of the way. */
const helpOf: Partial<Record<PeriodCheck['code'], KnownJob>> = { 'stripe-read': 'stripe-sync', 'recognition-done': 'revenue-recognition', 'entries-sealed': 'postgres-sync', 'revaluation-ready': 'postgres-sync', 'trial-balance-zero': 'ledger-verify' };

function Checklist({ checklist, month, accepted, onAccept, canAccept }: { checklist: readonly PeriodCheck[]; month: string; accepted: ReadonlySet<string>; onAccept: (codes: ReadonlySet<string>) => void; canAccept: boolean }) {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const canRun = useCan('finance');
  const start = useStartJob();
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {}, enabled: canRun, staleTime: 60_000 })).data?.jobs;
  const left = checklist.filter((check) => !check.isFine).length;
  const choose = (code: string, isOn: boolean) => { const next = new Set(accepted); if (isOn) next.add(code); else next.delete(code); onAccept(next); };
  return (
    <Section title="Before it can be closed" aside={left === 0 ? <span className="ok">All done</span> : `${left} left`}>
      <ul className="checks">
        {checklist.map((check) => {
          const help = check.isFine ? undefined : helpOf[check.code];
          const job = help ? findKnownJob(jobs, help) : null;
          return (
            <li key={check.code}>
              <span className={`badge ${check.isFine ? 'ok' : 'attention'}`}>{check.isFine ? 'Done' : 'Not yet'}</span>
              <div>
                {check.title}
                {check.detail ? <div className="quiet">{withLocalDates(check.detail, locale)}</div> : null}
                {check.reasons.map((reason) => (
                  <Checkbox
                    key={reason.code} size="xs" mt={4} disabled={!canAccept} checked={accepted.has(reason.code)} onChange={(event) => choose(reason.code, event.currentTarget.checked)}
                    label={<>Close although <NumberText value={reason.count} /> {reason.count === 1 ? 'fact waits' : 'facts wait'}: {statusWord(reason.code).toLowerCase()}</>}
                  />
                ))}
                {job ? <button type="button" className="text-button" disabled={start.isPending || job.isRunning} onClick={() => start.mutate({ job: job.name, ...(job.periodKind === 'month' ? { period: month } : {}) })}>{job.isRunning ? `${job.title} is running` : `Run “${job.title}”`}</button> : null}
              </div>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
