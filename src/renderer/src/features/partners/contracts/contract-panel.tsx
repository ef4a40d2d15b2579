import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { contractRecordSchema, termsInForceSchema } from '../../../../../shared/api/contracts.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { SidePanel } from '../../../components/side-panel.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { dayOfInstant } from '../../../lib/dates.ts';
import { links } from '../../../lib/links.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import type { ChangeView } from '../changes/change-outcome.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { RecordEditor, type EditorTarget } from './record-editor.tsx';
import type { Values } from './term-form.ts';
import { VersionsSection } from './versions-section.tsx';

type ContractRecord = z.infer<typeof contractRecordSchema>;
type Terms = z.infer<typeof termsInForceSchema>;

const notTerms = new Set(['partner_id', 'contract_id', 'api_key_prefix', 'further_prefixes', 'currency', 'effective_from', 'effective_to']);

/** What a new amendment from a day begins with: the terms that hold on the day before, not whose they are nor from when. What is only wanted yet does not count. */
function termsBefore(timeline: readonly Terms[], day: string): Values {
  const stands = timeline.filter((terms) => terms.version > 0);
  const before = stands.findLast((terms) => terms.effectiveFrom < day) ?? stands[0];
  return Object.fromEntries(Object.entries(before?.values ?? {}).filter(([column]) => !notTerms.has(column)));
}

/** One contract: the terms in force in plain words, how they change over time, who changed what, and what is on its way. */
export function ContractPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const { now, timeZone } = usePreferences();
  const canEdit = useCan('admin');
  const contract = useQuery(queries.contracts.show.queryOptions({ input: { id } }));
  const [editing, setEditing] = useState<EditorTarget | null>(null);
  const [deleting, setDeleting] = useState<Terms | null>(null);
  const { data } = contract;
  const today = dayOfInstant(now, timeZone);
  const current = data?.timeline.findLast((terms) => terms.version > 0 && terms.effectiveFrom <= today) ?? data?.timeline[0];
  const edit = (terms: Terms) => data && setEditing({ entity: terms.entity, id: terms.id, contractId: data.id, currency: data.currency, title: terms.entity === 'contract' ? `Edit the contract of ${data.partnerName}` : `Edit an amendment of ${data.partnerName}` });
  const amend = () => data && setEditing({ entity: 'amendment', id: null, contractId: data.id, currency: data.currency, title: `New amendment of ${data.partnerName}’s terms`, beginOn: (day) => termsBefore(data.timeline, day ?? today) });
  const own = data?.timeline.find((terms) => terms.entity === 'contract');
  const footer = data && canEdit ? (
    <>
      <Button onClick={amend}>New amendment…</Button>
      {own ? <Button variant="default" onClick={() => edit(own)}>Edit…</Button> : null}
      {own && !data.isWanted ? <Button variant="default" onClick={() => setDeleting(own)}>Delete…</Button> : null}
    </>
  ) : undefined;
  return (
    <SidePanel title={data ? data.partnerName : 'Contract'} label="Contract" note={data ? <span className="row-flex">{data.isWanted ? <span className="badge info">Wanted, not applied yet</span> : <StatusBadge status={data.standing} />} {data.apiKeyPrefix} · {data.currency.toUpperCase()}{data.isWanted ? '' : ` · version ${data.version}`}</span> : undefined} onClose={onClose} onStep={onStep} footer={footer}>
      {contract.isError ? <div className="section"><ErrorNotice error={contract.error} onRetry={() => void contract.refetch()} /></div> : null}
      {data ? (
        <>
          <Section title={data.isWanted ? 'Terms it would have' : data.standing === 'in-force' ? 'Terms in force today' : 'Terms'}>
            <p style={{ marginBottom: 8 }}>{current?.summary ?? data.summary}</p>
            <Facts rows={[
              ['Partner', <EntityLink key="partner" to={links.partner(data.partnerId)}>{data.partnerName}</EntityLink>],
              ['In force', <span key="force"><DateText day={data.effectiveFrom} /> {data.effectiveTo ? <>until <DateText day={data.effectiveTo} /></> : 'with no end'}</span>],
            ]} />
          </Section>
          <OpenChanges changes={data.changes} />
          <Timeline record={data} current={current} onEdit={canEdit ? edit : null} onDelete={canEdit ? setDeleting : null} />
          {data.timeline.filter((terms) => terms.version > 0).map((terms) => <VersionsSection key={terms.id} terms={terms} currency={data.currency} isOnly={data.timeline.length === 1} />)}
        </>
      ) : null}
      {editing ? <RecordEditor target={editing} onClose={() => setEditing(null)} /> : null}
      {deleting && data ? <DeleteDialog entity={deleting.entity} id={deleting.id} version={deleting.version} name={deleting.entity === 'contract' ? `the contract of ${data.partnerName}` : 'this amendment'} onClose={() => setDeleting(null)} /> : null}
    </SidePanel>
  );
}

function OpenChanges({ changes }: { changes: readonly ChangeView[] }) {
  if (changes.length === 0) return null;
  const words = { create: 'New', update: 'Edit', delete: 'Deletion' } as const;
  return (
    <Section title="On its way" isFlush>
      <table className="plain wrapping">
        <thead><tr><th scope="col">What</th><th scope="col">By</th><th scope="col">State</th></tr></thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.id}>
              <th scope="row"><EntityLink to={links.queuedChange(change.id)}>{words[change.operation]}{change.operation === 'update' ? ` of ${change.fields.map((field) => field.label.toLowerCase()).join(', ')}` : ` ${change.entity}`}</EntityLink><div className="muted small">{change.reason}</div></th>
              <td>{change.author}</td>
              <td><StatusBadge status={`change-${change.state}`} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Timeline({ record, current, onEdit, onDelete }: { record: ContractRecord; current: Terms | undefined; onEdit: ((terms: Terms) => void) | null; onDelete: ((terms: Terms) => void) | null }) {
  return (
    <Section title="Terms over time">
      <ol className="timeline">
        {record.timeline.map((terms) => (
          <li key={terms.id} style={{ paddingBottom: 8 }}>
            <div className="row-flex">
              <b><DateText day={terms.effectiveFrom} /></b><span className="muted">{terms.effectiveTo ? <>up to <DateText day={terms.effectiveTo} /></> : 'with no end'}</span>
              {terms === current && record.standing === 'in-force' && !record.isWanted ? <span className="badge ok">Today</span> : null}
              {terms.version === 0 ? <span className="badge info">Wanted, not applied yet</span> : terms.pendingValues ? <span className="badge info">An edit is on its way</span> : null}
            </div>
            <p>{terms.summary}</p>
            {terms.problems.map((problem) => <p key={problem.code} className="bad">{problem.message}</p>)}
            {terms.entity === 'amendment' && terms.version > 0 && onEdit && onDelete ? (
              <div className="row-flex"><button type="button" className="text-button" onClick={() => onEdit(terms)}>Edit this amendment</button><button type="button" className="text-button" onClick={() => onDelete(terms)}>Delete this amendment</button></div>
            ) : null}
          </li>
        ))}
      </ol>
    </Section>
  );
}
