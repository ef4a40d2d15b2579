import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { JobProgress } from '../components/job-progress.tsx';
import { useChangesStatus } from '../features/partners/partners-room.tsx';
import { onConnectionChange, type ConnectionState } from '../lib/api/connect.ts';
import { describeError } from '../lib/described-error.ts';
import { links } from '../lib/links.ts';
import { usePreferences } from '../lib/preferences.tsx';
import { inStepWords, sourceWords } from './status-words.ts';
import type { Status } from './workspaces.ts';

const modeWords = { live: 'Live mode', test: 'Test mode', unset: 'No mode yet' } as const;
const sourceNames = { stripe: 'Stripe', 'shared-database': 'Shared database' } as const;
const sourceTones = { ready: 'ok', syncing: 'info', offline: 'attention', 'not-connected': '', failing: 'problem' } as const;

type Standing = NonNullable<ReturnType<typeof useChangesStatus>['data']>;

/** A shared database there is, and it does not answer. */
const isOffline = (changes: Standing): boolean => !changes.isAlone && !changes.isOnline;

function useConnection(): ConnectionState {
  const [state, setState] = useState<ConnectionState>('connected');
  useEffect(() => onConnectionChange(setState), []);
  return state;
}

/** What is on its way, what waits for a person, and that the shared database is not reached: each leads to its room. */
function WaitingEdits({ changes, now }: { changes: Standing; now: number }) {
  const { locale, timeZone } = usePreferences();
  const { pending, parked, conflicts, approvals, decidable } = changes;
  const many = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`;
  return (
    <>
      {isOffline(changes) ? <Link to={links.queue}><i className="dot attention" />Offline{changes.lastSyncAt === null ? '' : `, ${inStepWords(changes.lastSyncAt, now, locale, timeZone)}`}</Link> : null}
      {pending > 0 ? <Link to={links.queue}><i className="dot info" />{many(pending, 'edit', 'edits')} waiting</Link> : null}
      {parked > 0 ? <Link to={links.queue}><i className="dot problem" />{many(parked, 'edit', 'edits')} set aside</Link> : null}
      {conflicts > 0 ? <Link to={links.conflicts}><i className="dot problem" />{many(conflicts, 'conflict', 'conflicts')}</Link> : null}
      {decidable > 0 ? <Link to={links.approvals}><i className="dot attention" />{many(decidable, 'approval', 'approvals')} for you</Link> : null}
      {approvals > decidable ? <Link to={links.approvals}><i className="dot info" />{many(approvals - decidable, 'edit waits', 'edits wait')} for approval</Link> : null}
      {pending + parked + conflicts + approvals === 0 ? <span>No edits waiting</span> : null}
    </>
  );
}

/** Always there: the mode, how fresh each source is, what waits, what runs, and whether anything is cut off. */
export function StatusStrip({ status, error }: { status: Status | undefined; error: unknown }) {
  const { locale, timeZone } = usePreferences();
  const changes = useChangesStatus().data;
  const connection = useConnection();
  const isCutOff = connection !== 'connected' && connection !== 'connecting';
  const run = status?.runningJobs[0];
  return (
    <footer className="strip" aria-label="Status" tabIndex={-1}>
      {isCutOff ? <span className="bad" role="alert"><i className="dot problem" />{connection === 'ended' ? 'This window’s session has ended: open Daybook again' : 'Backend not reached, reconnecting'}</span> : null}
      {error && !isCutOff ? <span className="bad" role="alert"><i className="dot problem" />{describeError(error).title}</span> : null}
      {status ? (
        <>
          <span className={`mode ${status.mode}`}>{modeWords[status.mode]}</span>
          {status.sources.map((source) => {
            // The last job may have met the database just before the line went: what the line says now is what holds, and since when stands beside it.
            const isGone = source.source === 'shared-database' && (source.state === 'ready' || source.state === 'offline') && changes !== undefined && isOffline(changes);
            return (
              <Link key={source.source} to={source.source === 'stripe' ? links.stripeSettings : links.settings} title={source.errorCode ?? undefined}>
                <i className={`dot ${isGone ? 'attention' : sourceTones[source.state]}`} />{sourceNames[source.source]}, {isGone ? 'not reached' : sourceWords(source, status.now, locale, timeZone)}
              </Link>
            );
          })}
          {changes ? <WaitingEdits changes={changes} now={status.now} /> : null}
          <span className="grow" />
          {run ? <JobProgress run={run} isShort /> : <span className="muted">No job running</span>}
          {status.runningJobs.length > 1 ? <Link to={links.jobs}>and {status.runningJobs.length - 1} more</Link> : null}
        </>
      ) : <span className="muted">Reading the state of the books</span>}
    </footer>
  );
}
