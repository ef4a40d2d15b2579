import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type { changeSchema } from '../../../../../shared/api/changes.contract.ts';
import { EntityLink } from '../../../components/entity-link.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { links } from '../../../lib/links.ts';
import { useChangesStatus } from '../partners-room.tsx';
import { RecordTitle } from './record-title.tsx';

export type ChangeView = z.infer<typeof changeSchema>;
type Standing = ReturnType<typeof useChangesStatus>['data'];

/** The newest this desk knows of a change that was just made: it goes on its way behind the screen. */
export function useFollowedChange(made: ChangeView): ChangeView {
  const { queries } = useApi();
  return useQuery(queries.changes.show.queryOptions({ input: { id: made.id } })).data ?? made;
}

/** Where the change is now, and what happens next, in words. */
export function whereItIs(change: ChangeView, standing: Standing): string {
  switch (change.state) {
    case 'applied': return change.resultVersion === null ? 'It stands now.' : `It stands now, as version ${change.resultVersion}.`;
    case 'merged': return 'It stands now, together with what somebody else had changed in other fields meanwhile.';
    case 'awaiting-approval': return 'It bears a price: it takes effect once a second person has approved it.';
    case 'conflict': return 'Somebody else changed the same field meanwhile. A person has to decide which value stands; nothing was overwritten.';
    case 'rejected': return 'A second person said no. What stood before still stands.';
    case 'withdrawn': return 'It was taken back. What stood before still stands.';
    case 'parked': return change.problem?.message ?? 'The shared database refused it.';
    case 'pending':
      if (change.problem) return change.problem.message;
      return standing?.isOnline === false ? 'It is kept on this desk and waits for the network; it is sent by itself once the shared database is reached.' : 'It is kept on this desk and on its way to the shared database.';
  }
}

export function ChangeOutcome({ change: made }: { change: ChangeView }) {
  const change = useFollowedChange(made);
  const standing = useChangesStatus().data;
  return (
    <div className="in-words" role="status" aria-label="Where the edit is">
      <p className="row-flex"><StatusBadge status={`change-${change.state}`} /> <b><RecordTitle title={change.title} /></b></p>
      <p style={{ marginTop: 4 }}>{whereItIs(change, standing)}</p>
      <p className="row-flex" style={{ marginTop: 4 }}>
        {change.state === 'awaiting-approval' && change.approvalId ? <EntityLink to={links.approval(change.approvalId)}>Look at it in Approvals</EntityLink> : null}
        {change.state === 'conflict' && change.conflictId ? <EntityLink to={links.conflict(change.conflictId)}>Decide it in Conflicts</EntityLink> : null}
        {change.state === 'pending' || change.state === 'parked' ? <EntityLink to={links.queuedChange(change.id)}>Follow it in the Queue</EntityLink> : null}
      </p>
    </div>
  );
}
