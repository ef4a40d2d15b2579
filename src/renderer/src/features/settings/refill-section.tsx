import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { JobProgress } from '../../components/job-progress.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { useStartJob } from '../../lib/use-start-job.ts';
import type { StripeOverview } from './stripe-overview.ts';

const stripeJobs = ['stripe-refill', 'stripe-sync'];
const startWords = { never: 'Start the refill', unfinished: 'Go on with the refill', complete: 'Read everything again…' } as const;

/** Everything Stripe has, from the first object on: where it stands, how it gets on, start and cancel. */
export function RefillSection({ overview }: { overview: StripeOverview }) {
  const { queries } = useApi();
  const canRun = useCan('finance');
  const start = useStartJob();
  const [isAsking, setAsking] = useState(false);
  const running = useQuery(queries.system.status.queryOptions({ input: {} })).data?.runningJobs.find((run) => stripeJobs.includes(run.job));
  const last = useQuery(queries.jobs.runs.queryOptions({ input: { job: 'stripe-refill', limit: 1 } })).data?.runs[0];
  const { refill, events } = overview;
  const rows = refill.lists.reduce((sum, list) => sum + list.rows, 0);
  const begin = () => { setAsking(false); start.mutate({ job: 'stripe-refill' }); };
  const failed = !running && refill.state !== 'complete' && last?.errorCode && last.status !== 'cancelled' ? last : null;
  return (
    <Section title="Refill and sync" aside={<StatusBadge status={running ? 'running' : refill.state} />}>
      {running ? <p role="status"><JobProgress run={running} /></p> : null}
      {failed ? <ErrorNotice error={{ code: failed.errorCode, message: failed.errorMessage ?? '', nextStep: failed.errorNextStep }} /> : null}
      <Facts rows={[
        ['Refill', refill.state === 'never' ? 'Nothing was read yet: the first sync reads everything Stripe has.' : refill.state === 'unfinished' ? <span key="state">Begun <DateText instant={refill.startedAt} />, <NumberText value={rows} /> objects so far.{running ? '' : ' It goes on where it stopped. The next scheduled sync takes it up by itself.'}</span> : <span key="state">Came to its end <DateText instant={refill.completedAt} />, <NumberText value={rows} /> objects.</span>],
        ['Events read up to', <DateText key="events" instant={events.readAt} />],
        ['Balance transactions read up to', <DateText key="transactions" instant={overview.balanceTransactionsReadAt} />],
      ]} />
      {canRun && !running ? (
        <div className="row-flex" style={{ marginTop: 8 }}>
          <Button variant={refill.state === 'complete' ? 'default' : 'filled'} disabled={!overview.hasKey} loading={start.isPending} onClick={() => (refill.state === 'complete' ? setAsking(true) : begin())}>{startWords[refill.state]}</Button>
          {refill.state === 'complete' ? <Button variant="default" disabled={!overview.hasKey} loading={start.isPending} onClick={() => start.mutate({ job: 'stripe-sync' })}>Sync now</Button> : null}
          {last ? <EntityLink to={links.jobRun(last.id)}>The last refill’s run</EntityLink> : null}
          {overview.hasKey ? null : <span className="muted">A key is needed first.</span>}
        </div>
      ) : null}
      {refill.lists.length > 0 ? <RefillLists lists={refill.lists} /> : null}
      <Modal opened={isAsking} onClose={() => setAsking(false)} title="Read everything again?">
        <div style={{ display: 'grid', gap: 12 }}>
          <p>Every list is read from its newest object to its oldest, about <NumberText value={rows} /> objects. Entries that stand are not posted a second time, and you can work meanwhile.</p>
          <p className="quiet">It is of use when something seems to be missing; a sync alone brings what is new.</p>
          <div className="row-flex"><Button onClick={begin}>Read everything</Button><Button variant="default" onClick={() => setAsking(false)}>Close</Button></div>
        </div>
      </Modal>
    </Section>
  );
}

function RefillLists({ lists }: { lists: StripeOverview['refill']['lists'] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div style={{ marginTop: 8 }}>
      <button type="button" className="text-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{isOpen ? 'Hide the lists' : 'Show it list by list'}</button>
      {isOpen ? (
        <div className="scroll-x" tabIndex={0} role="group" aria-label="Lists of the refill">
          <table className="plain tight" style={{ maxWidth: 480 }}>
            <thead><tr><th scope="col">List</th><th scope="col" className="num">Objects</th><th scope="col">State</th></tr></thead>
            <tbody>{lists.map((list) => <tr key={list.list}><th scope="row">{statusWord(list.list)}</th><td className="num"><NumberText value={list.rows} /></td><td><StatusBadge status={list.isComplete ? 'complete' : 'unfinished'} /></td></tr>)}</tbody>
          </table>
        </div>
      ) : null}
    </div>
  );
}
