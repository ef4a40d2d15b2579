import { Button, Modal } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import type { z } from 'zod';
import { addMonths, month as asMonth } from '../../../../shared/calendar/local-date.ts';
import type { jobViewSchema } from '../../../../shared/api/system.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { JobProgress, type RunView } from '../../components/job-progress.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { PeriodPicker } from '../../components/period-picker.tsx';
import { RawObject } from '../../components/raw-object.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { Box, Screen } from '../../components/screen.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { dayOfInstant, formatDuration, monthOfInstant } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { useCan, usePreferences } from '../../lib/preferences.tsx';
import { cadenceWords } from './cadence-words.ts';
import { useStartJob } from '../../lib/use-start-job.ts';

type JobView = z.infer<typeof jobViewSchema>;
const triggerWords = { schedule: 'Schedule', 'catch-up': 'Catch-up', person: 'By hand' } as const;
const isBusy = (jobs: readonly JobView[] | undefined) => jobs?.some((job) => job.isRunning) ?? false;

/** Every job on one page: when it runs, how it went, and what can be started by hand. */
export function JobsScreen() {
  const { queries } = useApi();
  const canRun = useCan('finance');
  const { runId = null } = useParams();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<JobView | null>(null);
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {}, refetchInterval: (query) => (isBusy(query.state.data?.jobs) ? 1000 : false) }));
  const runs = useQuery(queries.jobs.runs.queryOptions({ input: { limit: 100 }, refetchInterval: () => (isBusy(jobs.data?.jobs) ? 1000 : false) }));
  const start = useStartJob();
  const run = runs.data?.runs.find((each) => each.id === runId);
  const close = useCallback(() => { void navigate(links.jobs); }, [navigate]);
  const step = useCallback((delta: 1 | -1) => {
    const list = runs.data?.runs ?? [];
    const next = list[list.findIndex((each) => each.id === runId) + delta];
    if (next) void navigate(links.jobRun(next.id), { replace: true });
  }, [navigate, runId, runs.data]);
  return (
    <Screen title="Jobs" panel={runId ? <RunPanel run={run} onClose={close} onStep={step} /> : undefined}>
      {jobs.isError ? <ErrorNotice error={jobs.error} onRetry={() => void jobs.refetch()} /> : null}
      <Box title="Schedule">
        <div className="scroll-x" tabIndex={0} role="group" aria-label="Schedule">
          <table className="plain">
            <thead><tr><th scope="col">Job</th><th scope="col">Cadence</th><th scope="col">Next run</th><th scope="col">Last run</th><th scope="col">State</th>{canRun ? <th scope="col"><span className="visually-hidden">Start</span></th> : null}</tr></thead>
            <tbody>
              {jobs.data?.jobs.map((job) => (
                <tr key={job.name}>
                  <th scope="row" className="wrap" title={runId ? job.description : undefined}>{job.title}{runId ? null : <div className="muted small">{job.description}</div>}</th>
                  <td>{job.cron ? <span title={`${job.cron}; missed runs: ${job.catchUp}; lease: ${job.lease}`}>{cadenceWords(job.cron)}<div className="muted small nowrap">{job.timeZone}</div></span> : <span className="muted">By hand</span>}</td>
                  <td><DateText instant={job.nextRunAt} /></td>
                  <td>{job.lastRun ? <EntityLink to={links.jobRun(job.lastRun.id)}><DateText instant={job.lastRun.startedAt} /></EntityLink> : <span className="muted">Never</span>}</td>
                  <td>{job.lastRun ? (job.isRunning ? <JobProgress run={job.lastRun} isBarOnly /> : <StatusBadge status={job.lastRun.status} />) : <span className="muted">—</span>}</td>
                  {canRun ? <td className="num"><Button size="compact-xs" variant="default" disabled={job.isRunning} aria-label={`Run ${job.title} now`} onClick={() => (job.periodKind === 'none' ? start.mutate({ job: job.name }) : setAsking(job))}>{job.periodKind === 'none' ? 'Run' : 'Run…'}</Button></td> : null}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Box>
      <Box isFilling title="Runs" note="newest first, 100 at most">
        {runs.isError ? <div style={{ padding: 14 }}><ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} /></div> : null}
        <RunsTable runs={runs.data?.runs} openId={runId} />
      </Box>
      {asking ? <PeriodDialog job={asking} onClose={() => setAsking(null)} onStart={(period) => start.mutate({ job: asking.name, period }, { onSettled: () => setAsking(null) })} isStarting={start.isPending} /> : null}
    </Screen>
  );
}

function durationOf(run: RunView): string {
  return run.finishedAt === null ? '' : formatDuration((run.finishedAt - run.startedAt) / 1000);
}

/** A run without a period of its own carries its start instead: that is no period to a person. */
function PeriodText({ period }: { period: string }) {
  if (/^\d{4}-\d{2}$/.test(period)) return <DateText month={period} />;
  if (/^\d{4}-\d{2}-\d{2}$/.test(period)) return <DateText day={period} />;
  return <span className="muted">—</span>;
}

/** Undefined until the runs are known: nothing is said about them before. */
function RunsTable({ runs, openId }: { runs: readonly RunView[] | undefined; openId: string | null }) {
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Runs" aria-busy={runs === undefined}>
      <table className="plain">
        <thead><tr><th scope="col">Started</th><th scope="col">Job</th><th scope="col">Period</th><th scope="col">Trigger</th><th scope="col">Outcome</th><th scope="col" className="num">Done</th><th scope="col" className="num">Took</th><th scope="col">Note</th></tr></thead>
        <tbody>
          {runs?.map((run) => (
            <tr key={run.id} className={run.id === openId ? 'on' : ''}>
              <th scope="row"><EntityLink to={links.jobRun(run.id)}><DateText instant={run.startedAt} /></EntityLink></th>
              <td>{run.title}</td><td><PeriodText period={run.period} /></td><td className="quiet">{triggerWords[run.trigger]}</td><td><StatusBadge status={run.status} /></td>
              <td className="num"><NumberText value={run.done} /></td><td className="num">{durationOf(run)}</td><td className="quiet">{run.errorMessage ?? run.note ?? ''}</td>
            </tr>
          ))}
          {runs?.length === 0 ? <tr><td colSpan={8} className="muted">Nothing has run yet.</td></tr> : null}
        </tbody>
      </table>
    </div>
  );
}

function RunPanel({ run, onClose, onStep }: { run: RunView | undefined; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  return (
    <SidePanel title={run?.title ?? 'Run'} label="Run" note={run ? <StatusBadge status={run.status} /> : null} onClose={onClose} onStep={onStep}>
      {run ? (
        <>
          {run.status === 'running' ? <Section title="Progress"><JobProgress run={run} /></Section> : null}
          {run.errorCode ? <div className="section"><ErrorNotice error={{ code: run.errorCode, message: run.errorMessage ?? '', nextStep: run.errorNextStep }} /></div> : null}
          <Section title="Run">
            <Facts rows={[
              ['Period', <PeriodText key="period" period={run.period} />], ['Trigger', triggerWords[run.trigger]], ['Started', <DateText key="started" instant={run.startedAt} />],
              run.finishedAt === null ? null : ['Finished', <span key="finished"><DateText instant={run.finishedAt} /> <span className="muted">after {durationOf(run)}</span></span>],
              ['Done', <span key="done"><NumberText value={run.done} />{run.total === null ? '' : <> of <NumberText value={run.total} /></>}</span>],
              run.note ? ['Note', run.note] : null, ['Id', <span key="id" className="mono">{run.id}</span>],
            ]} />
          </Section>
          {run.result === null || run.result === undefined ? null : <RawObject raw={JSON.stringify(run.result)} label="Result" source="What the run kept." />}
        </>
      ) : <div className="section quiet">This run is no longer among the newest.</div>}
    </SidePanel>
  );
}

function PeriodDialog({ job, onClose, onStart, isStarting }: { job: JobView; onClose: () => void; onStart: (period: string) => void; isStarting: boolean }) {
  const { now, timeZone } = usePreferences();
  const thisMonth = monthOfInstant(now, timeZone);
  const today = dayOfInstant(now, timeZone);
  const [month, setMonth] = useState<string>(addMonths(asMonth(thisMonth), -1));
  const [day, setDay] = useState(today);
  return (
    <Modal opened onClose={onClose} title={`Run ${job.title}`}>
      <div style={{ display: 'grid', gap: 12 }}>
        <p>{job.description}</p>
        {job.periodKind === 'month' ? <div><PeriodPicker month={month} latest={thisMonth} onChange={setMonth} /></div> : <DatePickerInput label="Day" size="xs" value={day} maxDate={today} onChange={(value) => { if (value) setDay(value); }} />}
        <p className="quiet">A period that has succeeded is not done twice.</p>
        <div className="row-flex"><Button loading={isStarting} onClick={() => onStart(job.periodKind === 'month' ? month : day)}>Run now</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </div>
    </Modal>
  );
}
