import { useQuery } from '@tanstack/react-query';
import { EntityLink } from '../../../components/entity-link.tsx';
import { Section } from '../../../components/record-parts.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { links } from '../../../lib/links.ts';
import type { ChangeView } from './change-outcome.tsx';

const words = { create: 'New', update: 'Edit', delete: 'Deletion' } as const;
const shownApprovals = 20;

/** What is on its way to a record, and where each edit is; nothing where nothing is. */
export function OpenChanges({ changes }: { changes: readonly ChangeView[] }) {
  return <ChangesTable title="On its way" changes={changes} linkOf={(change) => links.queuedChange(change.id)} />;
}

/** What second persons decided on a contract's edits and on its amendments', those that never came to be too: approved, refused, or taken back before. */
export function DecidedApprovals({ contractId }: { contractId: string }) {
  const { queries } = useApi();
  const changes = useQuery(queries.changes.list.queryOptions({ input: { limit: shownApprovals, filter: { contractId, hasApproval: true } } }));
  const decided = changes.data?.rows.filter((change) => change.state !== 'awaiting-approval') ?? [];
  return <ChangesTable title="Approvals" changes={decided} linkOf={(change) => links.approval(change.approvalId ?? '')} />;
}

function ChangesTable({ title, changes, linkOf }: { title: string; changes: readonly ChangeView[]; linkOf: (change: ChangeView) => string }) {
  if (changes.length === 0) return null;
  return (
    <Section title={title} isFlush>
      <table className="plain wrapping">
        <thead><tr><th scope="col">What</th><th scope="col">By</th><th scope="col">State</th></tr></thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.id}>
              <th scope="row"><EntityLink to={linkOf(change)}>{words[change.operation]}{change.operation === 'update' ? ` of ${change.fields.map((field) => field.label.toLowerCase()).join(', ')}` : ` ${change.entity}`}</EntityLink><div className="muted small">{change.reason}</div></th>
              <td><span className="nowrap">{change.author}</span></td>
              <td><StatusBadge status={`change-${change.state}`} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
