import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { rebuildResultSchema, type rebuildDifferenceSchema, type rebuildSideSchema } from '../../../../shared/api/ledger.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { JobProgress, type RunView } from '../../components/job-progress.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Box, Card } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { copyText } from '../../lib/copy-text.ts';
import { findKnownJob } from '../../lib/known-jobs.ts';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { useStartJob } from '../../lib/use-start-job.ts';

type RebuildResult = z.infer<typeof rebuildResultSchema>;
type Difference = z.infer<typeof rebuildDifferenceSchema>;
type Side = z.infer<typeof rebuildSideSchema>;

const resultOf = (run: RunView | undefined): RebuildResult | null => rebuildResultSchema.safeParse(run?.result).data ?? null;

/** The books made anew from Stripe beside the ledger, and what they say otherwise. */
export function RebuildBox() {
  const { queries } = useApi();
  const canRun = useCan('finance');
  const start = useStartJob();
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {}, staleTime: 60_000 })).data?.jobs;
  const job = findKnownJob(jobs, 'ledger-rebuild');
  const runs = useQuery(queries.jobs.runs.queryOptions({ input: { job: 'ledger-rebuild', limit: 20 }, refetchInterval: (query) => (query.state.data?.runs[0]?.status === 'running' ? 500 : false) }));
  const running = runs.data?.runs.find((run) => run.status === 'running');
  const last = runs.data?.runs.find((run) => resultOf(run) !== null);
  const newest = runs.data?.runs[0];
  return (
    <Box title="Rebuild from Stripe" note="the books made anew in a file of their own, by the log of closed months, and held against this ledger">
      <div className="section row-flex">
        <Button variant="default" loading={start.isPending} disabled={!canRun || !job || running !== undefined} onClick={() => { if (job) start.mutate({ job: job.name }); }}>Rebuild and compare</Button>
        {running ? <JobProgress run={running} /> : null}
        {!running && !last && newest?.status !== 'failed' ? <span className="quiet">Not compared yet. It reads everything Stripe has, which takes as long as the first refill did; this ledger is not touched.</span> : null}
      </div>
      {runs.isError ? <div className="section"><ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} /></div> : null}
      {newest?.status === 'failed' && newest.errorCode ? <div className="section"><ErrorNotice error={{ code: newest.errorCode, message: newest.errorMessage ?? '', nextStep: newest.errorNextStep }} /></div> : null}
      {last ? <Outcome run={last} /> : null}
    </Box>
  );
}

function Outcome({ run }: { run: RunView }) {
  const result = resultOf(run);
  if (!result) return null;
  const { differenceCount, differences } = result;
  return (
    <>
      <div className="section cards">
        <Card label="The books are" value={result.isEqual ? <span className="ok">Equal</span> : <span className="bad">Different</span>} note={<DateText instant={run.finishedAt} />} />
        <Card label="Entries in this ledger" value={<NumberText value={result.entriesHere} />} note="that follow from Stripe’s facts" />
        <Card label="Entries rebuilt" value={<NumberText value={result.entriesRebuilt} />} note={result.recognisedThrough === null ? 'no month is recognised yet' : <>recognised through <DateText month={result.recognisedThrough} /></>} />
        <Card label="Differences" value={<NumberText value={differenceCount} />} note={asides(result) || 'in key, postings or month concerned'} />
      </div>
      {differences.length > 0 ? (
        <div className="scroll-x" tabIndex={0} role="group" aria-label="Differences" style={{ maxHeight: 420, overflowY: 'auto' }}>
          <table className="plain">
            <thead><tr><th scope="col">What differs</th><th scope="col">Stands here</th><th scope="col">The rebuild says</th></tr></thead>
            <tbody>
              {differences.map((difference) => (
                <tr key={`${difference.kind}/${difference.key}`} style={{ verticalAlign: 'top' }}>
                  <th scope="row" style={{ whiteSpace: 'normal', minWidth: 240 }}>{difference.message} <Subject difference={difference} /></th>
                  <td><SideText side={difference.here} /></td>
                  <td><SideText side={difference.rebuilt} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {result.isEqual ? null : <p className="section quiet">{differenceCount > differences.length ? <>The first <NumberText value={differences.length} /> are shown. </> : null}Nothing was changed. What Stripe has and this ledger lacks comes in with a full sync; for anything else, verify the ledger and ask who could write to the file.</p>}
    </>
  );
}

/** What is not counted as a difference, and why. */
function asides({ unread, pending, replayedRates }: RebuildResult): string {
  return [
    unread > 0 ? `${unread} newer than the last sync` : '',
    pending > 0 ? `${pending} waiting for their seal` : '',
    replayedRates > 0 ? `${replayedRates} at the rate known then` : '',
  ].filter((part) => part !== '').join(', ');
}

function Subject({ difference }: { difference: Difference }) {
  const entryId = difference.here?.entryId;
  return (
    <span className="quiet" style={{ display: 'block', fontWeight: 400 }}>
      {entryId ? <EntityLink to={links.journalEntry(entryId)}>Entry</EntityLink> : null} <button type="button" className="text-button" onClick={() => void copyText(difference.key, 'Key')}>Copy key</button>
    </span>
  );
}

function SideText({ side }: { side: Side | null }) {
  if (!side || (side.lines.length === 0 && side.entryId === null)) return <span className="muted">Nothing</span>;
  return (
    <>
      {side.entryDate ? <div><DateText day={side.entryDate} />{side.concernsMonth ? <span className="muted">, for <DateText month={side.concernsMonth} /></span> : null}</div> : null}
      {side.lines.map((line, index) => (
        <div key={index} className="nowrap">{line.month ? <><DateText month={line.month} /> </> : null}{line.direction === 'debit' ? 'Dr' : 'Cr'} {line.accountCode} <MoneyText amount={line.amount.amount} currency={line.amount.currency} />{line.rate ? <span className="muted"> at {line.rate}</span> : null}</div>
      ))}
    </>
  );
}
