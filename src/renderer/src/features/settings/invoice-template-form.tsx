import { Button, ColorInput, FileButton, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { CompanyProfile, InvoiceLookView, InvoiceTemplateView } from '../../../../shared/api/documents.contract.ts';
import { bytesToBase64 } from '../../../../shared/api/bytes-serializer.ts';
import { Section } from '../../components/record-parts.tsx';

type Postal = CompanyProfile['postal'];
type Bank = NonNullable<CompanyProfile['bank']>;

const noBank: Bank = { iban: '', bic: null, bankName: null, holder: null };
const mostLogoBytes = 256 * 1024;

/** Who sends the invoice: what the law and the electronic invoice ask of a seller. */
export function CompanySection({ company, companyName, onChange }: { company: CompanyProfile; companyName: string; onChange: (company: CompanyProfile) => void }) {
  const set = (part: Partial<CompanyProfile>): void => onChange({ ...company, ...part });
  const postal = (part: Partial<Postal>): void => set({ postal: { ...company.postal, ...part } });
  return (
    <Section title="Your company" aside={companyName}>
      <div className="template-form">
        <TextInput className="wide" label="Legal name" value={company.legalName ?? ''} onChange={(event) => set({ legalName: event.currentTarget.value })} />
        <TextInput className="wide" label="Street and number" value={company.postal.line1 ?? ''} onChange={(event) => postal({ line1: event.currentTarget.value })} />
        <TextInput className="wide" label="Second line" value={company.postal.line2 ?? ''} onChange={(event) => postal({ line2: event.currentTarget.value })} />
        <TextInput label="Postal code" value={company.postal.postcode ?? ''} onChange={(event) => postal({ postcode: event.currentTarget.value })} />
        <TextInput label="City" value={company.postal.city ?? ''} onChange={(event) => postal({ city: event.currentTarget.value })} />
        <TextInput label="State or region" value={company.postal.region ?? ''} onChange={(event) => postal({ region: event.currentTarget.value })} />
        <TextInput label="Country" placeholder="Germany, or DE" value={company.postal.country ?? ''} onChange={(event) => postal({ country: event.currentTarget.value })} />
        <TextInput label="VAT number" placeholder="DE123456789" spellCheck={false} value={company.vatId ?? ''} onChange={(event) => set({ vatId: event.currentTarget.value })} />
        <TextInput label="Tax number" spellCheck={false} value={company.taxNumber ?? ''} onChange={(event) => set({ taxNumber: event.currentTarget.value })} />
        <TextInput label="Register number" spellCheck={false} value={company.registrationNumber ?? ''} onChange={(event) => set({ registrationNumber: event.currentTarget.value })} />
        <TextInput label="E-mail" type="email" value={company.email ?? ''} onChange={(event) => set({ email: event.currentTarget.value })} />
      </div>
    </Section>
  );
}

/** Where the money goes. */
export function BankSection({ company, onChange }: { company: CompanyProfile; onChange: (company: CompanyProfile) => void }) {
  const bank = company.bank ?? noBank;
  const set = (part: Partial<Bank>): void => {
    const next = { ...bank, ...part };
    onChange({ ...company, bank: next.iban || next.bic || next.bankName || next.holder ? next : null });
  };
  return (
    <Section title="How you are paid">
      <div className="template-form">
        <TextInput label="IBAN" spellCheck={false} value={bank.iban} onChange={(event) => set({ iban: event.currentTarget.value })} />
        <TextInput label="BIC" spellCheck={false} value={bank.bic ?? ''} onChange={(event) => set({ bic: event.currentTarget.value })} />
        <TextInput label="Bank" value={bank.bankName ?? ''} onChange={(event) => set({ bankName: event.currentTarget.value })} />
        <TextInput label="Account holder" value={bank.holder ?? ''} onChange={(event) => set({ holder: event.currentTarget.value })} />
        <Textarea className="wide" label="Payment instructions" description="A line each, eight at most." autosize minRows={2} maxRows={8} value={company.paymentInstructions.join('\n')} onChange={(event) => onChange({ ...company, paymentInstructions: event.currentTarget.value.split('\n').slice(0, 8) })} />
      </div>
    </Section>
  );
}

/** Colour, logo, footer, language, and where the calculation stands. */
export function LookSection({ template, onChange }: { template: InvoiceTemplateView; onChange: (part: Partial<InvoiceTemplateView>) => void }) {
  const { look } = template;
  const set = (part: Partial<InvoiceLookView>): void => onChange({ look: { ...look, ...part } });
  return (
    <Section title="How it looks">
      <div className="template-form">
        <LogoField look={look} onChange={(logo) => set({ logo })} />
        <ColorInput size="xs" label="Colour" format="hex" withEyeDropper={false} value={look.accent} onChange={(accent) => set({ accent: accent.toLowerCase() })} popoverProps={{ withinPortal: true }} />
        <TextInput label="Footer" description="A line at the foot of each page." value={look.footer ?? ''} maxLength={120} onChange={(event) => set({ footer: event.currentTarget.value })} />
        <div><div className="field-label" id="template-language">Language</div><SegmentedControl aria-labelledby="template-language" value={template.language} onChange={(language) => onChange({ language: language === 'de' ? 'de' : 'en' })} data={[{ value: 'en', label: 'English' }, { value: 'de', label: 'German' }]} /></div>
        <div><div className="field-label" id="template-calculation">Calculation of each line</div><SegmentedControl aria-labelledby="template-calculation" value={look.calculation} onChange={(calculation) => set({ calculation: calculation === 'sheet' ? 'sheet' : 'beside' })} data={[{ value: 'beside', label: 'Below the line' }, { value: 'sheet', label: 'On its own sheet' }]} /></div>
      </div>
    </Section>
  );
}

function LogoField({ look, onChange }: { look: InvoiceLookView; onChange: (logo: InvoiceLookView['logo']) => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const take = async (file: File | null): Promise<void> => {
    if (!file) return;
    if (file.type !== 'image/png' && file.type !== 'image/jpeg') return setProblem('The logo is to be a PNG or a JPEG image.');
    if (file.size > mostLogoBytes) return setProblem('The logo has more than 256 KB: it is printed 13 mm high.');
    setProblem(null);
    onChange({ mediaType: file.type, base64: bytesToBase64(new Uint8Array(await file.arrayBuffer())) });
  };
  return (
    <div className="wide">
      <div className="field-label">Logo</div>
      <div className="row-flex">
        {look.logo ? <img className="logo-shown" alt="Your logo" src={`data:${look.logo.mediaType};base64,${look.logo.base64}`} /> : <span className="muted">Daybook’s mark</span>}
        <FileButton accept="image/png,image/jpeg" onChange={(file) => void take(file)}>{(props) => <Button variant="default" {...props}>Choose an image…</Button>}</FileButton>
        {look.logo ? <Button variant="default" onClick={() => onChange(null)}>Take it away</Button> : null}
      </div>
      {problem ? <p role="alert" className="bad small">{problem}</p> : null}
    </div>
  );
}
