import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { z } from 'zod';
import type { contractRecordSchema, termsInForceSchema } from '../../../../../shared/api/contracts.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { SidePanel } from '../../../components/side-panel.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { dayOfInstant, formatDay } from '../../../lib/dates.ts';
import { withLocalDates } from '../../../lib/iso-words.ts';
import { links } from '../../../lib/links.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { InvoicesSection, UsageSection } from '../billed-months.tsx';
import { DecidedApprovals, OpenChanges } from '../changes/open-changes.tsx';
import { FieldValue } from '../field-differences.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { RecordEditor, type EditorTarget } from './record-editor.tsx';
import type { Values } from './term-form.ts';
import { isAgreed, termsBefore } from './terms-before.ts';
import { VersionsSection } from './versions-section.tsx';

type ContractRecord = z.infer<typeof contractRecordSchema>;
type Terms = z.infer<typeof termsInForceSchema>;

/** One contract: the terms in force in plain words, how they change over time, who changed what, and what is on its way. */
export function ContractPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const { locale, now, timeZone } = usePreferences();
  const canEdit = useCan('admin');
  const contract = useQuery(queries.contracts.show.queryOptions({ input: { id } }));
  const [editing, setEditing] = useState<EditorTarget | null>(null);
  const [deleting, setDeleting] = useState<Terms | null>(null);
  const { data } = contract;
  const today = dayOfInstant(now, timeZone);
  const current = data?.timeline.findLast((terms) => terms.version > 0 && terms.effectiveFrom <= today) ?? data?.timeline[0];
  const termRows = useTermRows(current, data?.timeline.find((terms) => terms.entity === 'contract'), data?.currency ?? null);
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
    <SidePanel title={data ? data.partnerName : 'Contract'} label="Contract" note={data ? <span>{data.isWanted ? <span className="badge info">Wanted, not applied yet</span> : <StatusBadge status={data.standing} />} {data.apiKeyPrefix} · {data.currency.toUpperCase()}{data.isWanted ? '' : ` · version ${data.version}`}</span> : undefined} onClose={onClose} onStep={onStep} footer={footer}>
      {contract.isError ? <div className="section"><ErrorNotice error={contract.error} onRetry={() => void contract.refetch()} /></div> : null}
      {data ? (
        <>
          <Section title={data.isWanted ? 'Terms it would have' : data.standing === 'in-force' ? 'Terms in force today' : 'Terms'}>
            <p style={{ marginBottom: 8 }}>{current?.summary ?? data.summary}</p>
            <Facts rows={[
              ['Partner', <EntityLink key="partner" to={links.partner(data.partnerId)}>{data.partnerName}</EntityLink>],
              ['In force', <span key="force"><DateText day={data.effectiveFrom} /> {data.effectiveTo ? <>until <DateText day={data.effectiveTo} /></> : 'with no end'}</span>],
              ...termRows,
            ]} />
          </Section>
          <OpenChanges changes={data.changes} />
          <Timeline record={data} current={current} onEdit={canEdit ? edit : null} onDelete={canEdit ? setDeleting : null} />
          {data.isWanted ? null : <BilledMonths id={data.id} partnerId={data.partnerId} pricingModel={data.pricingModel} />}
          <DecidedApprovals contractId={data.id} />
          {data.timeline.filter((terms) => terms.version > 0).map((terms) => <VersionsSection key={terms.id} entity={terms.entity} id={terms.id} title={data.timeline.length === 1 ? 'Versions' : terms.entity === 'contract' ? 'Versions of the contract' : `Versions of the amendment from ${formatDay(terms.effectiveFrom, locale)}`} currency={data.currency} />)}
        </>
      ) : null}
      {editing ? <RecordEditor target={editing} onClose={() => setEditing(null)} /> : null}
      {deleting && data ? <DeleteDialog entity={deleting.entity} id={deleting.id} version={deleting.version} name={deleting.entity === 'contract' ? `the contract of ${data.partnerName}` : 'this amendment'} onClose={() => { setDeleting(null); if (contract.isError) onClose(); }} /> : null}
    </SidePanel>
  );
}

const shownElsewhere = new Set(['partner_id', 'contract_id', 'api_key_prefix', 'currency', 'effective_from', 'effective_to']);

/** Each term that is agreed by its name, in the order of the form: what holds today, and what only the contract itself has. */
function useTermRows(current: Terms | undefined, own: Terms | undefined, currency: string | null): (readonly [string, ReactNode])[] {
  const { queries } = useApi();
  const fields = useQuery(queries.contracts.fields.queryOptions({ input: { entity: 'contract' } })).data ?? [];
  const values: Values = { ...own?.values, ...current?.values };
  return fields
    .filter(({ column }) => !shownElsewhere.has(column) && isAgreed(values[column]))
    .map(({ column, label }) => [label, <FieldValue key={column} column={column} value={values[column] ?? null} currency={currency} />] as const);
}

/** What the contract's keys used and what was billed for it. */
function BilledMonths({ id, partnerId, pricingModel }: { id: string; partnerId: string; pricingModel: string }) {
  const { queries } = useApi();
  const partner = useQuery(queries.partners.show.queryOptions({ input: { id: partnerId } }));
  if (partner.isError) return <div className="section"><ErrorNotice error={partner.error} onRetry={() => void partner.refetch()} /></div>;
  if (!partner.data) return null;
  const invoices = partner.data.invoices.filter((invoice) => invoice.contractId === id);
  return (
    <>
      <UsageSection usage={partner.data.contracts.find((contract) => contract.id === id)?.usage ?? []} invoices={invoices} meter={pricingModel === 'per_request' ? 'requests' : 'deeds'} />
      <InvoicesSection invoices={invoices} />
    </>
  );
}

function Timeline({ record, current, onEdit, onDelete }: { record: ContractRecord; current: Terms | undefined; onEdit: ((terms: Terms) => void) | null; onDelete: ((terms: Terms) => void) | null }) {
  const { locale } = usePreferences();
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
            {terms.problems.map((problem) => <p key={problem.code} className="bad">{withLocalDates(problem.message, locale)}</p>)}
            {terms.entity === 'amendment' && terms.version > 0 && onEdit && onDelete ? (
              <div className="row-flex"><button type="button" className="text-button" onClick={() => onEdit(terms)}>Edit this amendment</button><button type="button" className="text-button" onClick={() => onDelete(terms)}>Delete this amendment</button></div>
            ) : null}
          </li>
        ))}
      </ol>
    </Section>
  );
}
