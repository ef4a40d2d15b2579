import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { verifyResultSchema } from '../../../../shared/api/ledger.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { JobProgress, type RunView } from '../../components/job-progress.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Box, Card } from '../../components/screen.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { copyText } from '../../lib/copy-text.ts';
import { formatDuration } from '../../lib/dates.ts';
import { findKnownJob } from '../../lib/known-jobs.ts';
import { links } from '../../lib/links.ts';
import { useStartJob } from '../../lib/use-start-job.ts';
import { LedgerScreen } from './ledger-screen.tsx';
import { linkOfFault } from './link-of-fault.ts';
import { RebuildBox } from './rebuild-box.tsx';

type VerifyResult = z.infer<typeof verifyResultSchema>;

/** What a run found; null for one that did not end by itself. */
function resultOf(run: RunView | undefined): VerifyResult | null {
  return verifyResultSchema.safeParse(run?.result).data ?? null;
}

/** Whether every entry, posting, account and period is as it was sealed, and what others have seen of the chain. */
export function VerifyScreen() {
  const { queries } = useApi();
  const start = useStartJob();
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {} })).data?.jobs;
  const job = findKnownJob(jobs, 'ledger-verify');
  const runs = useQuery(queries.jobs.runs.queryOptions({ input: { job: 'ledger-verify', limit: 50 }, refetchInterval: (query) => (query.state.data?.runs[0]?.status === 'running' ? 500 : false) }));
  const running = runs.data?.runs.find((run) => run.status === 'running');
  const last = runs.data?.runs.find((run) => resultOf(run) !== null);
  const failed = runs.data?.runs[0]?.status === 'failed' ? runs.data.runs[0] : undefined;
  const run = <Button loading={start.isPending} disabled={!job || running !== undefined} onClick={() => { if (job) start.mutate({ job: job.name }); }}>Verify now</Button>;
  return (
    <LedgerScreen part="Verify" controls={<>{run}{running ? <JobProgress run={running} isBarOnly /> : null}</>}>
      {runs.isError ? <ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} /> : null}
      {failed?.errorCode ? <ErrorNotice error={{ code: failed.errorCode, message: failed.errorMessage ?? '', nextStep: failed.errorNextStep }} /> : null}
      {runs.data && !last && !running && !failed ? <EmptyState title="Not verified yet">Verifying recomputes every hash, balance and account from the first entry on, holds the chain against what backups and the shared database have seen of it, and names the first thing that is wrong.</EmptyState> : null}
      {last ? <Outcome run={last} /> : null}
      <Anchors />
      {runs.data && runs.data.runs.length > 0 ? (
        <Box title="Runs" note="newest first">
          <div className="scroll-x" tabIndex={0} role="group" aria-label="Runs">
            <table className="plain">
              <thead><tr><th scope="col">Started</th><th scope="col">Outcome</th><th scope="col">Found</th><th scope="col" className="num">Entries</th><th scope="col" className="num">Postings</th><th scope="col" className="num">Took</th></tr></thead>
              <tbody>
                {runs.data.runs.map((each) => {
                  const result = resultOf(each);
                  return (
                    <tr key={each.id}>
                      <th scope="row"><EntityLink to={links.jobRun(each.id)}><DateText instant={each.startedAt} /></EntityLink></th>
                      <td><StatusBadge status={each.status} /></td>
                      <td>{result === null ? <span className="quiet">{each.errorMessage ?? '—'}</span> : result.isSound ? <span className="ok">Sound</span> : <span className="bad">{result.firstFault?.message ?? 'Not sound'}</span>}</td>
                      <td className="num">{result ? <NumberText value={result.entries} /> : ''}</td><td className="num">{result ? <NumberText value={result.postings} /> : ''}</td>
                      <td className="num">{each.finishedAt === null ? '' : formatDuration((each.finishedAt - each.startedAt) / 1000)}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        </Box>
      ) : null}
      <RebuildBox />
    </LedgerScreen>
  );
}

function Outcome({ run }: { run: RunView }) {
  const result = resultOf(run);
  if (!result) return null;
  const { firstFault } = result;
  const link = firstFault ? linkOfFault(firstFault.subjectId) : null;
  return (
    <>
      <div className="cards">
        <Card label="The ledger is" value={result.isSound ? <span className="ok">Sound</span> : <span className="bad">Not sound</span>} note={<DateText instant={run.finishedAt} />} />
        <Card label="Entries recomputed" value={<NumberText value={result.entries} />} note="each hash over the one before it" />
        <Card label="Postings recomputed" value={<NumberText value={result.postings} />} note="balanced per entry and currency" />
        <Card label="Head of the chain" value={result.headHash ? <span className="hash">{result.headHash.slice(0, 12)}…</span> : <span className="muted">No entry</span>} note={result.headHash ? <button type="button" className="text-button" onClick={() => void copyText(result.headHash ?? '', 'Hash')}>Copy the whole hash</button> : null} />
      </div>
      {firstFault ? (
        <div className="notice" role="alert">
          <strong>{firstFault.message}</strong>
          <span className="quiet">This is the first thing that is wrong; what comes after it was not judged. Nothing was changed.</span>
          <span>Compare with the newest sound backup, and keep both files: “daybook backup restore” puts one back and keeps the replaced ledger aside.</span>
          <span className="code"><code>{firstFault.code}</code>{link ? <EntityLink to={link} id={firstFault.subjectId}>Look at {firstFault.subjectId}</EntityLink> : <span className="mono">{firstFault.subjectId}</span>}<button type="button" className="text-button" onClick={() => void copyText(`${firstFault.code} ${firstFault.subjectId}`, 'Code')}>Copy code</button></span>
        </div>
      ) : null}
    </>
  );
}

/** Heads of the chain, the log of months and the audit log that were written down outside the file: a log that was cut short or written anew does not keep them. */
function Anchors() {
  const { queries } = useApi();
  const backups = useQuery(queries.backups.list.queryOptions({ input: {} }));
  const isShared = useQuery(queries.system.status.queryOptions({ input: {} })).data?.sources.some((source) => source.source === 'shared-database' && source.state !== 'not-connected') ?? false;
  const anchors = backups.data?.backups.filter((backup) => backup.head ?? backup.logHeads?.audit) ?? [];
  return (
    <Box title="Anchors" note="where the journal, the log of months and the audit log ended, written down outside this file; verifying holds the ledger against each">
      {backups.isError ? <div className="section"><ErrorNotice error={backups.error} onRetry={() => void backups.refetch()} /></div> : null}
      {backups.data && anchors.length === 0 ? <p className="section quiet">No backup has been made yet{isShared ? '. The shared database holds each sealed entry and each closed month with its hash as well, and the ledger is held against them.' : ', so nothing outside this file would notice a missing end.'} <EntityLink to={links.backups}>Make a backup</EntityLink></p> : null}
      {anchors.length > 0 ? (
        <div className="scroll-x" tabIndex={0} role="group" aria-label="Anchors" style={{ maxHeight: 260, overflowY: 'auto' }}>
          <table className="plain">
            <thead><tr><th scope="col">Seen by</th><th scope="col">At</th><th scope="col" className="num">Entry no.</th><th scope="col" className="num">Months, row</th><th scope="col" className="num">Audit, row</th><th scope="col">Hash of the entry</th></tr></thead>
            <tbody>
              {anchors.map(({ id, createdAt, leftBehindAt, head, logHeads }) => (
                <tr key={id}>
                  <th scope="row"><EntityLink to={links.backup(id)}>Backup</EntityLink>{leftBehindAt === null ? null : <span className="muted"> of a ledger that was replaced</span>}</th><td><DateText instant={createdAt} /></td>
                  <td className="num"><Place head={head} /></td><td className="num"><Place head={logHeads?.months} /></td><td className="num"><Place head={logHeads?.audit} /></td><td className="hash">{head?.hash ?? ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </Box>
  );
}

/** How far a log had come; its hash is shown to whoever asks for it. */
function Place({ head }: { head: { readonly sequence: number; readonly hash: string } | null | undefined }) {
  return head ? <span title={head.hash}><NumberText value={head.sequence} /></span> : <span className="muted">—</span>;
}
