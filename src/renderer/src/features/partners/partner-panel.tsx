import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { contractDetailSchema } from '../../../../shared/api/partners.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { useCan, usePreferences } from '../../lib/preferences.tsx';
import { formatBasisPoints } from '../../lib/ratios.ts';
import { RecordEditor } from './contracts/record-editor.tsx';
import { pricingWord } from './pricing-words.ts';

/** One partner: the terms in words a person can check, usage by month, invoices. */
export function PartnerPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const partner = useQuery(queries.partners.show.queryOptions({ input: { id } }));
  const data = partner.data;
  const canEdit = useCan('admin');
  const [isEditing, setEditing] = useState(false);
  return (
    <SidePanel title={data?.name ?? 'Partner'} label="Partner" note={data?.legalName} onClose={onClose} onStep={onStep} footer={data && canEdit ? <Button variant="default" onClick={() => setEditing(true)}>Edit partner…</Button> : undefined}>
      {partner.isError ? <div className="section"><ErrorNotice error={partner.error} onRetry={() => void partner.refetch()} /></div> : null}
      {data ? (
        <>
          {data.contracts.length === 0 ? <Section title="Contract"><p className="quiet">No contract. Nothing is billed to this partner.</p></Section> : null}
          {data.contracts.map((contract) => <ContractTerms key={contract.id} contract={contract} />)}
          <Section title="Usage by month" isFlush>
            <table className="plain">
              <thead><tr><th scope="col">Month</th><th scope="col" className="num">Deeds</th><th scope="col" className="num">Requests</th></tr></thead>
              <tbody>
                {data.usage.map((usage) => <tr key={usage.month}><th scope="row"><DateText month={usage.month} /></th><td className="num"><NumberText value={usage.deeds} /></td><td className="num"><NumberText value={usage.requests} /></td></tr>)}
                {data.usage.length === 0 ? <tr><td colSpan={3} className="muted">No usage recorded.</td></tr> : null}
              </tbody>
            </table>
          </Section>
          <Section title="Invoices" isFlush>
            <table className="plain">
              <thead><tr><th scope="col">Number</th><th scope="col">Month</th><th scope="col">Status</th><th scope="col" className="num">Total</th></tr></thead>
              <tbody>
                {data.invoices.map((invoice) => <tr key={invoice.id}><th scope="row"><EntityLink to={links.invoice(invoice.id)} id={invoice.id}>{invoice.number ?? 'Draft'}</EntityLink></th><td><DateText month={invoice.month} /></td><td><StatusBadge status={invoice.status} /></td><td className="num"><MoneyText amount={invoice.total.amount} currency={invoice.total.currency} /></td></tr>)}
                {data.invoices.length === 0 ? <tr><td colSpan={4} className="muted">Not billed yet.</td></tr> : null}
              </tbody>
            </table>
          </Section>
          <Section title="Billing address">
            <Facts rows={[
              ['Address', data.billingAddress.length > 0 ? <span key="address">{data.billingAddress.map((line) => <div key={line}>{line}</div>)}</span> : <span key="none" className="muted">Not given</span>],
              ['E-mail', data.billingEmail ?? <span key="none" className="muted">Not given</span>],
              ['Tax number', data.taxNumber ?? <span key="none" className="muted">Not given</span>],
              ['Tax treatment', data.taxTreatment],
            ]} />
          </Section>
        </>
      ) : null}
      {isEditing && data ? <RecordEditor target={{ entity: 'partner', id, contractId: null, currency: null, title: `Edit ${data.name}` }} onClose={() => setEditing(false)} /> : null}
    </SidePanel>
  );
}

function ContractTerms({ contract }: { contract: z.infer<typeof contractDetailSchema> }) {
  const { locale } = usePreferences();
  const canEdit = useCan('admin');
  const money = (minor: number) => <MoneyText amount={minor} currency={contract.currency} />;
  const upper = contract.currency.toUpperCase();
  return (
    <Section title="Contract" aside={<EntityLink to={links.contract(contract.id)}>{canEdit ? 'Open and edit' : 'Open'}, version {contract.version}</EntityLink>}>
      <p style={{ marginBottom: 8 }}>{contract.summary}</p>
      <Facts rows={[
        ['Pricing', pricingWord(contract.pricingModel)],
        contract.flatFeeMinor === 0 ? null : ['Flat fee', <span key="flat">{money(contract.flatFeeMinor)} a month</span>],
        contract.perDeedPrice === null ? null : ['Per deed', `${contract.perDeedPrice} ${upper}`],
        contract.per1000Price === null ? null : ['Per 1,000 requests', `${contract.per1000Price} ${upper}`],
        contract.includedUnits === 0 ? null : ['Included', <NumberText key="included" value={contract.includedUnits} />],
        contract.minimumCommitmentMinor === 0 ? null : ['Minimum', <span key="minimum">{money(contract.minimumCommitmentMinor)} a month</span>],
        contract.discountBasisPoints === 0 ? null : ['Discount', formatBasisPoints(contract.discountBasisPoints, locale)],
        ['Tax', contract.taxRateBasisPoints === 0 ? 'None' : formatBasisPoints(contract.taxRateBasisPoints, locale)],
        contract.withholdingRateBasisPoints === 0 ? null : ['Withholding', formatBasisPoints(contract.withholdingRateBasisPoints, locale)],
        ['Payment', `${contract.paymentTermsDays} days`],
        contract.purchaseOrderNumber ? ['Purchase order', contract.purchaseOrderNumber] : null,
        ['In force', <span key="force"><DateText day={contract.effectiveFrom} /> {contract.effectiveTo ? <>until <DateText day={contract.effectiveTo} /></> : 'with no end'}</span>],
        ['API keys', [contract.apiKeyPrefix, ...contract.furtherPrefixes].join(', ')],
      ]} />
    </Section>
  );
}
