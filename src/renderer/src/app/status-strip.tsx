import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { JobProgress } from '../components/job-progress.tsx';
import { useApi } from '../lib/api/api-context.tsx';
import { onConnectionChange, type ConnectionState } from '../lib/api/connect.ts';
import { formatAgo } from '../lib/dates.ts';
import { describeError } from '../lib/described-error.ts';
import { links } from '../lib/links.ts';
import { usePreferences } from '../lib/preferences.tsx';
import type { Status } from './workspaces.ts';

const modeWords = { live: 'Live mode', test: 'Test mode', unset: 'No mode yet' } as const;
const sourceNames = { stripe: 'Stripe', 'shared-database': 'Shared database' } as const;
const sourceTones = { ready: 'ok', syncing: 'info', offline: 'attention', 'not-connected': '', failing: 'problem' } as const;

function sourceWords(source: Status['sources'][number], now: number, locale: string): string {
  const last = source.lastSuccessAt === null ? '' : formatAgo(source.lastSuccessAt, now, locale);
  switch (source.state) {
    case 'ready': return last || 'ready';
    case 'syncing': return 'syncing';
    case 'offline': return last ? `offline, ${last}` : 'offline';
    case 'not-connected': return 'not connected';
    case 'failing': return last ? `failing, last good ${last}` : 'failing';
  }
}

function useConnection(): ConnectionState {
  const [state, setState] = useState<ConnectionState>('connected');
  useEffect(() => onConnectionChange(setState), []);
  return state;
}

/** What is on its way, what waits for a person, and that the shared database is not reached: each leads to its room. */
function WaitingEdits() {
  const { queries } = useApi();
  const changes = useQuery(queries.changes.status.queryOptions({ input: {} })).data;
  if (!changes) return null;
  const { pending, parked, conflicts, approvals, decidable } = changes;
  const many = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`;
  return (
    <>
      {!changes.isAlone && !changes.isOnline ? <Link to={links.queue}><i className="dot attention" />Offline</Link> : null}
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
  const { locale } = usePreferences();
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
          {status.sources.map((source) => (
            <Link key={source.source} to={source.source === 'stripe' ? links.stripeSettings : links.settings} title={source.errorCode ?? undefined}>
              <i className={`dot ${sourceTones[source.state]}`} />{sourceNames[source.source]}, {sourceWords(source, status.now, locale)}
            </Link>
          ))}
          <WaitingEdits />
          <span className="grow" />
          {run ? <JobProgress run={run} isShort /> : <span className="muted">No job running</span>}
          {status.runningJobs.length > 1 ? <Link to={links.jobs}>and {status.runningJobs.length - 1} more</Link> : null}
        </>
      ) : <span className="muted">Reading the state of the books</span>}
    </footer>
  );
}
