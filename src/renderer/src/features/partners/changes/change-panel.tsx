import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { SidePanel } from '../../../components/side-panel.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { links } from '../../../lib/links.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { useCurrencyOf } from '../field-differences.tsx';
import { useChangesStatus } from '../partners-room.tsx';
import { ChangeFields } from './change-fields.tsx';
import { whereItIs, type ChangeView } from './change-outcome.tsx';
import { entityWords, operationWords } from './change-words.ts';
import { RecordTitle } from './record-title.tsx';
import { WithdrawButton } from './withdraw-button.tsx';

/** One edit: where it stands, what is in its way, and what can be done. */
export function ChangePanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const standing = useChangesStatus().data;
  const shown = useQuery(queries.changes.show.queryOptions({ input: { id } }));
  const change = shown.data;
  const ofRecord = useCurrencyOf(change?.entity, change?.entityId);
  const wanted = change?.fields.find((field) => field.column === 'currency')?.to;
  const currency = typeof wanted === 'string' ? wanted : ofRecord;
  const isFinal = change !== undefined && ['applied', 'merged', 'rejected', 'withdrawn'].includes(change.state);
  return (
    <SidePanel title={change ? <RecordTitle title={change.title} /> : 'Edit'} label="Edit" note={change ? <StatusBadge status={`change-${change.state}`} /> : undefined} onClose={onClose} onStep={onStep}>
      {shown.isError ? <div className="section"><ErrorNotice error={shown.error} onRetry={() => void shown.refetch()} /></div> : null}
      {change ? (
        <>
          <Section title="Where it is">
            <p>{whereItIs(change, standing)}</p>
            <p className="row-flex" style={{ marginTop: 4 }}>
              {change.conflictId ? <EntityLink to={links.conflict(change.conflictId)}>{change.state === 'conflict' ? 'Decide the conflict' : 'The conflict it was in'}</EntityLink> : null}
              {change.approvalId ? <EntityLink to={links.approval(change.approvalId)}>The request for approval</EntityLink> : null}
              {change.entity === 'contract' && change.state !== 'withdrawn' && change.state !== 'rejected' ? <EntityLink to={links.contract(change.entityId)}>Open the contract</EntityLink> : null}
              {change.partnerId ? <EntityLink to={links.partner(change.partnerId)}>Open the partner</EntityLink> : null}
            </p>
          </Section>
          <Section title={`${operationWords[change.operation]}, ${entityWords[change.entity].toLowerCase()}`}>
            <Facts rows={[
              ['Reason', change.reason], ['By', change.author], ['Made', <DateText key="made" instant={change.createdAt} />], ['Sent', <DateText key="sent" instant={change.sentAt} />], change.attempts === 0 ? null : ['Failed tries', <NumberText key="attempts" value={change.attempts} />],
              change.problem ? ['Problem', <span key="problem">{change.problem.message} <code>{change.problem.code}</code></span>] : null,
            ]} />
          </Section>
          <ChangeFields change={change} currency={currency} />
          {isFinal ? null : <Section title="What can be done"><ChangeActs change={change} /></Section>}
        </>
      ) : null}
    </SidePanel>
  );
}

function ChangeActs({ change }: { change: ChangeView }) {
  const api = useApi();
  const cache = useQueryClient();
  const canRetry = useCan('admin');
  const [commandId, setCommandId] = useState(() => crypto.randomUUID());
  const retrying = useMutation({
    mutationFn: () => api.client.changes.retry({ commandId, id: change.id }),
    // Tried again later it is another command.
    onSuccess: () => setCommandId(crypto.randomUUID()),
    onSettled: () => { markStale(api, cache, 'partners'); markStale(api, cache, 'status'); },
  });
  return (
    <div style={{ display: 'grid', gap: 8 }}>
      {change.state === 'parked' ? <p className="quiet">Mend what is in its way and send it once more, or take it back. Later edits of the same record wait behind it; nothing else does.</p> : null}
      {retrying.isError ? <ErrorNotice error={retrying.error} /> : null}
      <div className="row-flex">
        {change.state === 'parked' && canRetry ? <Button loading={retrying.isPending} onClick={() => retrying.mutate()}>Send again</Button> : null}
        <WithdrawButton change={change} />
      </div>
    </div>
  );
}
