import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { FieldValueView } from '../../../../shared/api/changes.contract.ts';
import type { contractDetailSchema } from '../../../../shared/api/partners.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { useCan, usePreferences } from '../../lib/preferences.tsx';
import { CreditsSection } from '../invoices/acts/credits-section.tsx';
import { InvoicesSection, UsageSection } from './billed-months.tsx';
import { OpenChanges } from './changes/open-changes.tsx';
import { DeleteDialog } from './contracts/delete-dialog.tsx';
import { RecordEditor } from './contracts/record-editor.tsx';
import { VersionsSection } from './contracts/versions-section.tsx';
import { fieldWords } from './field-words.ts';
import { pricingWord } from './pricing-words.ts';

/** One partner: the terms in words a person can check, usage by month, invoices. */
export function PartnerPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const partner = useQuery(queries.partners.show.queryOptions({ input: { id } }));
  const data = partner.data;
  const { locale } = usePreferences();
  const canEdit = useCan('admin');
  const versions = useQuery(queries.contracts.versions.queryOptions({ input: { entity: 'partner', id } }));
  const open = useQuery(queries.changes.list.queryOptions({ input: { limit: 50, filter: { entityId: id, isOpen: true } } }));
  const [isEditing, setEditing] = useState(false);
  /** The version that is to be deleted: once it is, none stands any more. */
  const [deleting, setDeleting] = useState<{ name: string; version: number } | null>(null);
  const version = versions.data?.find((each) => each.isCurrent)?.version;
  const footer = data && canEdit ? (
    <>
      <Button variant="default" onClick={() => setEditing(true)}>Edit partner…</Button>
      {data.contracts.length === 0 && version !== undefined ? <Button variant="default" onClick={() => setDeleting({ name: data.name, version })}>Delete…</Button> : null}
    </>
  ) : undefined;
  return (
    <SidePanel title={data?.name ?? 'Partner'} label="Partner" note={data?.legalName} onClose={onClose} onStep={onStep} footer={footer}>
      {partner.isError ? <div className="section"><ErrorNotice error={partner.error} onRetry={() => void partner.refetch()} /></div> : null}
      {data ? (
        <>
          <OpenChanges changes={open.data?.rows ?? []} />
          {data.contracts.length === 0 ? <Section title="Contract"><p className="quiet">No contract. Nothing is billed to this partner. {canEdit ? <EntityLink to={links.contracts}>Write one under Contracts</EntityLink> : null}</p></Section> : null}
          {data.contracts.map((contract) => <ContractTerms key={contract.id} contract={contract} />)}
          <UsageSection usage={data.usage} invoices={data.invoices} meter={data.contracts[0]?.pricingModel === 'per_request' ? 'requests' : 'deeds'} />
          <InvoicesSection invoices={data.invoices} />
          {[...new Set(data.contracts.map((contract) => contract.currency))].map((currency) => <CreditsSection key={currency} of={{ partyId: id }} currency={currency} />)}
          <Section title="Billing address">
            <Facts rows={[
              ['Address', data.billingAddress.length > 0 ? <span key="address">{data.billingAddress.map((line) => <div key={line}>{line}</div>)}</span> : <span key="none" className="muted">Not given</span>],
              ['E-mail', data.billingEmail ?? <span key="none" className="muted">Not given</span>],
              ['Tax number', data.taxNumber ?? <span key="none" className="muted">Not given</span>],
              ['Tax treatment', fieldWords('tax_treatment', data.taxTreatment, { locale, currency: null })],
            ]} />
          </Section>
          <VersionsSection entity="partner" id={id} title="Versions" currency={null} />
        </>
      ) : null}
      {deleting ? <DeleteDialog entity="partner" id={id} version={deleting.version} name={deleting.name} onClose={() => { setDeleting(null); if (partner.isError) onClose(); }} /> : null}
      {isEditing && data ? <RecordEditor target={{ entity: 'partner', id, contractId: null, currency: null, title: `Edit ${data.name}` }} onClose={() => setEditing(false)} /> : null}
    </SidePanel>
  );
}

function ContractTerms({ contract }: { contract: z.infer<typeof contractDetailSchema> }) {
  const { locale } = usePreferences();
  const canEdit = useCan('admin');
  const { currency } = contract;
  const words = (column: string, value: FieldValueView) => fieldWords(column, value, { locale, currency });
  /** Nothing is agreed where there is none. */
  const row = (name: string, column: string, value: number | string | null, after = ''): [string, string] | null => (value === null || value === 0 ? null : [name, `${words(column, value)}${after}`]);
  return (
    <Section title={`Contract ${contract.apiKeyPrefix}`} aside={<EntityLink to={links.contract(contract.id)}>{canEdit ? 'Open and edit' : 'Open'}, version {contract.version}</EntityLink>}>
      <p style={{ marginBottom: 8 }}>{contract.summary}</p>
      <Facts rows={[
        ['Pricing', pricingWord(contract.pricingModel)],
        row('Flat fee', 'flat_fee_minor', contract.flatFeeMinor, ' a month'),
        row('Per deed', 'per_deed_price', contract.perDeedPrice),
        row('Per 1,000 requests', 'per_1000_price', contract.per1000Price),
        row('Included', 'included_units', contract.includedUnits, ' units a month'),
        row('Minimum', 'minimum_commitment_minor', contract.minimumCommitmentMinor, ' a month'),
        row('Discount', 'discount_basis_points', contract.discountBasisPoints),
        ['Tax', contract.taxRateBasisPoints === 0 ? 'None' : words('tax_rate_basis_points', contract.taxRateBasisPoints)],
        row('Withholding', 'withholding_rate_basis_points', contract.withholdingRateBasisPoints),
        ['Payment', words('payment_terms_days', contract.paymentTermsDays)],
        row('Purchase order', 'purchase_order_number', contract.purchaseOrderNumber),
        ['In force', <span key="force"><DateText day={contract.effectiveFrom} /> {contract.effectiveTo ? <>until <DateText day={contract.effectiveTo} /></> : 'with no end'}</span>],
        ['API keys', [contract.apiKeyPrefix, ...contract.furtherPrefixes].join(', ')],
      ]} />
    </Section>
  );
}
