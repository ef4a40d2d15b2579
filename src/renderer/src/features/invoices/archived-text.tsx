import { useQuery } from '@tanstack/react-query';
import { DateText } from '../../components/date-text.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { useCan } from '../../lib/preferences.tsx';

/** Where a document lies in the archive, or that it has yet to go there; nothing where no archive is set. */
export function ArchivedText({ type, id }: { type: 'invoice' | 'credit-note'; id: string }) {
  const { queries } = useApi();
  const archived = useQuery(queries.archive.of.queryOptions({ input: { type, id }, enabled: useCan('finance') }));
  const rows = archived.data ?? [];
  if (rows.length === 0) return <span className="muted">Not archived</span>;
  return (
    <>
      {rows.map((row) => (
        <div key={row.location ?? row.queuedAt}>{row.location === null ? <><StatusBadge status={`archive-${row.state}`} /> <span className="quiet">{row.errorMessage ?? ''}</span></> : <><span className="mono" style={{ overflowWrap: 'anywhere' }}>{row.location}</span> <span className="muted small"><DateText instant={row.storedAt} /></span></>}</div>
      ))}
    </>
  );
}
