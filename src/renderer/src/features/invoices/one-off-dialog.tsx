import { Button, Modal, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { oneOffCustomerSchema } from '../../../../shared/api/invoice-lifecycle.contract.ts';
import { isCurrencyCode } from '../../../../shared/money/currency.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { usePreferences } from '../../lib/preferences.tsx';
import { readWhole } from '../../lib/typed-values.ts';
import { readAddress, readCountry } from './drafts/draft-typing.ts';
import { useInvoiceCommand } from './use-invoice-command.ts';

type Customer = z.input<typeof oneOffCustomerSchema>;

const nobody = { name: '', legalName: '', address: '', country: '', email: '', taxNumber: '' };
const orNone = (text: string) => (text.trim() === '' ? null : text.trim());

/** A new draft for whatever no contract bills: for a partner, or for a customer typed in. */
export function OneOffDialog({ onMade, onClose }: { onMade: (id: string) => void; onClose: () => void }) {
  const { queries } = useApi();
  const { locale, functionalCurrency } = usePreferences();
  const [kind, setKind] = useState<'partner' | 'typed'>('partner');
  const [partnerId, setPartnerId] = useState<string | null>(null);
  const [typed, setTyped] = useState(nobody);
  const [currency, setCurrency] = useState(functionalCurrency?.toUpperCase() ?? 'EUR');
  const [terms, setTerms] = useState('30');
  const [id] = useState(() => crypto.randomUUID());
  const partners = useQuery(queries.partners.list.queryOptions({ input: { startAt: 0, limit: 500 } }));
  const days = readWhole(terms, locale);
  const code = currency.trim().toLowerCase();
  const customer: Customer | null = kind === 'partner' ? (partnerId === null ? null : { kind, partnerId }) : typed.name.trim() === '' ? null : {
    kind, name: typed.name.trim(), legalName: orNone(typed.legalName), address: readAddress(typed.address), country: orNone(typed.country.toUpperCase()), email: orNone(typed.email), taxNumber: orNone(typed.taxNumber),
  };
  const daysProblem = days.isFine ? (days.value < 0 || days.value > 365 ? 'Between 0 and 365 days.' : null) : days.message;
  const country = readCountry(typed.country);
  const countryProblem = country.isFine ? null : country.message;
  const isReady = customer !== null && isCurrencyCode(code) && daysProblem === null && (kind === 'partner' || countryProblem === null);
  const create = useInvoiceCommand([customer, code, terms], (invoices, commandId) => invoices.createOneOff({ commandId, id, customer: customer ?? { kind: 'partner', partnerId: '' }, currency: code, paymentTermsDays: days.isFine ? days.value : 30 }), (draft) => onMade(draft.id));
  const box = (name: keyof typeof nobody, label: string, more: { required?: boolean; error?: string | null; description?: string; maxLength?: number } = {}) => <TextInput label={label} autoComplete="off" maxLength={300} {...more} value={typed[name]} onChange={(event) => { const { value } = event.currentTarget; setTyped((before) => ({ ...before, [name]: value })); }} />;
  return (
    <Modal opened onClose={onClose} title="New one-off invoice" size="lg">
      <form style={{ display: 'grid', gap: 12 }} noValidate onSubmit={(event) => { event.preventDefault(); if (isReady && !create.isPending) create.mutate(); }}>
        <SegmentedControl aria-label="Whom it is for" data-autofocus value={kind} data={[{ value: 'partner', label: 'A partner' }, { value: 'typed', label: 'Somebody else' }]} onChange={(value) => setKind(value === 'typed' ? 'typed' : 'partner')} />
        {kind === 'partner' ? (
          <Select
            label="Partner" placeholder={partners.isPending ? 'Reading the partners' : 'Choose a partner'} required searchable nothingFoundMessage="No partner of this name" value={partnerId} data={(partners.data?.rows ?? []).map((partner) => ({ value: partner.id, label: partner.name }))}
            onChange={(value) => { setPartnerId(value); const own = partners.data?.rows.find((partner) => partner.id === value)?.currency; if (own) setCurrency(own.toUpperCase()); }}
          />
        ) : (
          <div className="term-grid">
            {box('name', 'Name', { required: true, description: 'One name, one customer' })}
            {box('legalName', 'Legal name', { description: 'As printed, where it differs' })}
            <Textarea className="whole-row" label="Address" description="As printed, a line each" autosize minRows={2} maxRows={6} value={typed.address} onChange={(event) => { const { value } = event.currentTarget; setTyped((before) => ({ ...before, address: value })); }} />
            {box('country', 'Country', { description: 'Two letters; decides the tax', error: countryProblem, maxLength: 2 })}
            {box('taxNumber', 'VAT or tax id', { maxLength: 50 })}
            {box('email', 'E-mail')}
          </div>
        )}
        <div className="term-grid">
          <TextInput label="Currency" required maxLength={3} error={isCurrencyCode(code) ? null : 'A currency of three letters.'} value={currency} onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())} />
          <TextInput label="Payment terms, days" required error={daysProblem} value={terms} onChange={(event) => setTerms(event.currentTarget.value)} />
        </div>
        {partners.isError ? <ErrorNotice error={partners.error} onRetry={() => void partners.refetch()} /> : null}
        {create.isError ? <ErrorNotice error={create.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={create.isPending}>Make the draft</Button><Button variant="default" onClick={onClose}>Close</Button><span className="muted small">It gets its number when it is finalised.</span></div>
      </form>
    </Modal>
  );
}
