import { Button, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { approvalSchema } from '../../../../../shared/api/changes.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { SidePanel } from '../../../components/side-panel.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { links } from '../../../lib/links.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { useCurrencyOf } from '../field-differences.tsx';
import { BilledDelta, BilledText } from './billed-text.tsx';
import { ChangeFields } from './change-fields.tsx';
import { entityWords, operationWords } from './change-words.ts';
import { DecisionError } from './decision-error.tsx';
import { RecordTitle } from './record-title.tsx';
import { WithdrawButton } from './withdraw-button.tsx';

type Approval = z.infer<typeof approvalSchema>;

/** One request: what would change, in money first, and the second person's word. */
export function ApprovalPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const approval = useQuery(queries.changes.approval.queryOptions({ input: { id } }));
  const { data } = approval;
  const ofRecord = useCurrencyOf(data?.entity, data?.entityId);
  const wanted = data?.change.fields.find((field) => field.column === 'currency')?.to;
  const currency = data?.billed.after?.total?.currency ?? data?.billed.before?.total?.currency ?? (typeof wanted === 'string' ? wanted : ofRecord);
  const ofAmendment = data?.change.fields.find((field) => field.column === 'contract_id')?.to;
  const contractId = data?.entity === 'contract' ? data.entityId : typeof ofAmendment === 'string' ? ofAmendment : null;
  return (
    <SidePanel title={data ? <RecordTitle title={data.title} /> : 'Approval'} label="Approval" note={data ? <StatusBadge status={data.state} /> : undefined} onClose={onClose} onStep={onStep}>
      {approval.isError ? <div className="section"><ErrorNotice error={approval.error} onRetry={() => void approval.refetch()} /></div> : null}
      {data ? (
        <>
          <Section title={`${operationWords[data.change.operation]}, ${entityWords[data.entity].toLowerCase()}`}>
            <Facts rows={[['Asked by', data.requestedBy], data.valuesChosenBy && data.valuesChosenBy !== data.requestedBy ? ['Values chosen by', data.valuesChosenBy] : null, ['Asked', <DateText key="asked" instant={data.requestedAt} />], ['Reason', data.reason], data.decidedBy ? ['Decided', <span key="decided">{data.decidedBy}, <DateText instant={data.decidedAt} />{data.comment ? `: ${data.comment}` : ''}</span>] : null]} />
            <p className="row-flex" style={{ marginTop: 4 }}>{contractId ? <EntityLink to={links.contract(contractId)}>Open the contract</EntityLink> : null}{data.partnerId ? <EntityLink to={links.partner(data.partnerId)}>Open the partner</EntityLink> : null}</p>
          </Section>
          <Section title="What last month would have come to">
            <Facts rows={[
              ['Month', <DateText key="month" month={data.billed.after?.month ?? data.billed.before?.month ?? null} />],
              [data.state === 'requested' ? 'As it stands' : 'Before the change', <BilledText key="before" billed={data.billed.before} />], ['With the change', <BilledText key="after" billed={data.billed.after} />], ['Difference', <BilledDelta key="delta" from={data.billed.before} to={data.billed.after} />],
            ]} />
          </Section>
          <ChangeFields change={data.change} currency={currency} />
          {data.state === 'requested' ? <Decision approval={data} /> : null}
        </>
      ) : null}
    </SidePanel>
  );
}

function Decision({ approval }: { approval: Approval }) {
  const { user } = usePreferences();
  const canDecide = useCan('accountant');
  if (approval.isDecidable) return <DecisionForm approval={approval} />;
  const isOwn = approval.requestedBy === user;
  return (
    <Section title="To decide">
      <p className="quiet">{isOwn ? ownWords(approval) : canDecide ? `You chose values of this edit when its conflict was decided. An accountant or admin who had no part in it decides, or ${approval.requestedBy} takes it back.` : 'An accountant or an admin decides.'}</p>
      {isOwn ? <div style={{ marginTop: 8 }}><WithdrawButton change={approval.change} /></div> : null}
    </Section>
  );
}

/** Where a second person chose its values, those two alone cannot settle it: the way out is said. */
function ownWords({ requestedBy, valuesChosenBy }: Approval): string {
  const isSharedWork = valuesChosenBy !== null && valuesChosenBy !== requestedBy;
  return isSharedWork ? `You asked for it and ${valuesChosenBy} chose its values: a third accountant or admin decides, or you take it back.` : 'You asked for it: another accountant or admin decides, or you take it back.';
}

function DecisionForm({ approval }: { approval: Approval }) {
  const api = useApi();
  const cache = useQueryClient();
  const [commands] = useState(() => ({ approve: crypto.randomUUID(), reject: crypto.randomUUID() }));
  const [comment, setComment] = useState('');
  const said = comment.trim();
  const deciding = useMutation({
    mutationFn: (decision: 'approve' | 'reject') => api.client.changes.decide({ commandId: commands[decision], id: approval.id, decision, comment: said }),
    onSettled: () => { markStale(api, cache, 'partners'); markStale(api, cache, 'status'); markStale(api, cache, 'today'); },
  });
  return (
    <Section title="Decide">
      <form style={{ display: 'grid', gap: 12 }} aria-label="Decide the request" aria-busy={deciding.isPending} onSubmit={(event) => { event.preventDefault(); deciding.mutate('approve'); }}>
        <Textarea label="Comment" autosize minRows={2} maxLength={500} value={comment} onChange={(event) => setComment(event.currentTarget.value)} description="Kept with the decision; needed to reject." />
        {deciding.isError ? <DecisionError error={deciding.error} /> : null}
        <div className="row-flex">
          <Button type="submit" loading={deciding.isPending && deciding.variables === 'approve'} disabled={deciding.isPending}>Approve</Button>
          <Button variant="default" loading={deciding.isPending && deciding.variables === 'reject'} disabled={deciding.isPending || said.length < 3} onClick={() => deciding.mutate('reject')}>Reject</Button>
        </div>
      </form>
    </Section>
  );
}
