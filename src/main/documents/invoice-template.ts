/**
 * The invoice template as a company sets it: what it says of itself, how its documents look, in which language. What is set holds from the next draft on;
 * what was finalised keeps what it was made with.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { NotFoundError, ValidationError } from '../../shared/errors/errors.ts';
import type { AuditPort } from '../billing/partner-invoicing.ports.ts';
import type { BankAccount, DocumentChoice, DocumentLanguage, Issuer } from '../billing/partner-invoice.ts';
import { addressLines, countryCodeOf, type PostalAddress } from '../contracts/billing-address.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { bicIn, ibanIn } from './bank-account.ts';
import type { InvoiceDocument } from './document-model.ts';
import { findLook, findPartnerLanguage, findTemplateSetting, keepLook, listPartnerLanguages, replaceTemplateSetting, setPartnerLanguage } from './invoice-look.repository.ts';
import { assertLook, lookId, ownLook, type InvoiceLook } from './invoice-look.ts';

export interface CompanyProfile {
  readonly legalName: string | null;
  readonly postal: PostalAddress;
  readonly email: string | null;
  readonly vatId: string | null;
  readonly taxNumber: string | null;
  readonly registrationNumber: string | null;
  readonly bank: BankAccount | null;
  readonly paymentInstructions: readonly string[];
}

export interface InvoiceTemplate {
  readonly company: CompanyProfile;
  readonly look: InvoiceLook;
  readonly language: DocumentLanguage;
}

export interface InvoiceTemplates {
  read(): InvoiceTemplate;
  /**
   * @returns the template as it was kept: numbers without their spaces.
   * @throws ValidationError `iban-invalid`, `bic-invalid`, `address-country-unknown`, `logo-invalid`, `logo-too-large`, `accent-invalid`, `accent-too-light`, `footer-too-long`.
   */
  save(template: InvoiceTemplate, act: { readonly actor: string; readonly requestId?: string }): InvoiceTemplate;
  partners(): { partnerId: string; name: string; language: DocumentLanguage | null }[];
  /** @throws NotFoundError `partner-not-found`. */
  setPartnerLanguage(partnerId: string, language: DocumentLanguage | null): void;
  /** How the next document of a partner is made. */
  documentFor(partnerId: string): DocumentChoice;
  /** A made-up document in a template that is not kept. @throws as `save`. */
  sample(template: InvoiceTemplate, kind: 'invoice' | 'credit-note'): { document: InvoiceDocument; look: InvoiceLook };
}

export interface InvoiceTemplatesDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly audit: AuditPort;
  /** Who sends the invoices as things stand: what the company has not set comes from its gateway account. */
  issuer(): Issuer;
}

export function createInvoiceTemplates({ readable, unitOfWork, clock, audit, issuer }: InvoiceTemplatesDependencies): InvoiceTemplates {
  const language = (): DocumentLanguage => (findTemplateSetting(readable, 'invoice_language') === 'de' ? 'de' : 'en');
  const lookInForce = (): string | null => findTemplateSetting(readable, 'invoice_look') ?? null;

  function read(): InvoiceTemplate {
    const { legalName, postal, email, vatId, taxNumber, registrationNumber, bank, paymentInstructions } = issuer();
    const id = lookInForce();
    return {
      company: { legalName, postal: postal ?? { line1: null, line2: null, city: null, postcode: null, region: null, country: null }, email, vatId: vatId ?? null, taxNumber, registrationNumber: registrationNumber ?? null, bank: bank ?? null, paymentInstructions },
      look: (id === null ? undefined : findLook(readable, id)) ?? ownLook, language: language(),
    };
  }

  function save(given: InvoiceTemplate, act: { readonly actor: string; readonly requestId?: string }): InvoiceTemplate {
    const template = checked(given);
    const at = clock.now();
    const { company } = template;
    const profile = Object.fromEntries(Object.entries({ ...company, address: undefined }).filter(([, value]) => value !== null && value !== undefined));
    unitOfWork.run('invoice-template.save', (database) => {
      const id = keepLook(database, template.look, at);
      replaceTemplateSetting(database, 'company_profile', JSON.stringify(profile), at);
      replaceTemplateSetting(database, 'invoice_look', id, at);
      replaceTemplateSetting(database, 'invoice_language', template.language, at);
      audit.append(database, { entity: 'invoice-template', entityId: 'company', action: 'change', actor: act.actor, requestId: act.requestId, diff: { look: id.slice(0, 16), language: template.language, iban: company.bank?.iban ?? null, vatId: company.vatId } });
    });
    return template;
  }

  return {
    read, save,
    partners: () => listPartnerLanguages(readable),
    setPartnerLanguage(partnerId, chosen) {
      if (!listPartnerLanguages(readable).some((partner) => partner.partnerId === partnerId)) throw new NotFoundError('partner-not-found', 'There is no such partner.', { data: { partnerId }, nextStep: 'Sync with the shared database, or choose one from the list.' });
      unitOfWork.run('invoice-template.partner-language', (database) => setPartnerLanguage(database, partnerId, chosen, clock.now()));
    },
    documentFor: (partnerId) => ({ language: findPartnerLanguage(readable, partnerId) ?? language(), lookId: lookInForce() }),
    sample(given, kind) {
      const template = checked(given);
      const { company } = template;
      const sender: Issuer = { ...issuer(), ...company, address: addressLines(JSON.stringify(company.postal)) };
      return { document: sampleOf(sender, { language: template.language, lookId: lookId(template.look) }, kind), look: template.look };
    },
  };
}

/** Numbers as they are kept, or why they cannot be. */
function checked(template: InvoiceTemplate): InvoiceTemplate {
  assertLook(template.look);
  const { company } = template;
  const blank = (text: string | null): string | null => (text === null || text.trim() === '' ? null : text.trim());
  const { postal, bank } = company;
  const country = blank(postal.country);
  const code = country === null ? null : countryCodeOf(country);
  if (country !== null && code === null) throw new ValidationError('address-country-unknown', `“${country}” is no country.`, { nextStep: 'Write it in English or as its two letters, such as DE.' });
  return {
    ...template,
    look: { ...template.look, footer: blank(template.look.footer) },
    company: {
      legalName: blank(company.legalName), postal: { line1: blank(postal.line1), line2: blank(postal.line2), city: blank(postal.city), postcode: blank(postal.postcode), region: blank(postal.region), country: code }, email: blank(company.email),
      vatId: blank(company.vatId)?.replace(/[\s.-]/g, '').toUpperCase() ?? null, taxNumber: blank(company.taxNumber), registrationNumber: blank(company.registrationNumber), bank: bank && checkedBank(bank),
      paymentInstructions: company.paymentInstructions.map((line) => line.trim()).filter((line) => line !== ''),
    },
  };
}

function checkedBank(bank: BankAccount): BankAccount | null {
  if (bank.iban.trim() === '') return null;
  const iban = ibanIn(bank.iban);
  if (iban === null) throw new ValidationError('iban-invalid', 'The IBAN’s check digits do not hold.', { nextStep: 'Compare it with a statement of the account.' });
  const bic = bank.bic === null || bank.bic.trim() === '' ? null : bicIn(bank.bic);
  if (bank.bic !== null && bank.bic.trim() !== '' && bic === null) throw new ValidationError('bic-invalid', 'A BIC has eight or eleven letters and digits.', { nextStep: 'Leave it out: within the SEPA area the IBAN is enough.' });
  return { iban, bic, bankName: bank.bankName?.trim() || null, holder: bank.holder?.trim() || null };
}

/** A month of a partner that does not exist. */
function sampleOf(issuer: Issuer, choice: DocumentChoice, kind: 'invoice' | 'credit-note'): InvoiceDocument {
  const tax = { treatment: 'standard', basisPoints: 1_900 } as const;
  const [issueDate, dueDate] = [localDate('2026-11-18'), localDate('2026-12-18')];
  return {
    kind, status: 'issued', number: kind === 'invoice' ? 'API-202610-dp_pk_SAMPLE' : 'CN-2026-0001', currency: 'eur', choice, issueDate, dueDate: kind === 'invoice' ? dueDate : null, paymentTermsDays: 30,
    service: { start: localDate('2026-10-01'), end: localDate('2026-11-01') }, issuer,
    customer: { name: 'Sample Registry', legalName: 'Sample Registry Ltd', address: ['1 Example Street', 'Dublin D01', 'Ireland'], email: 'accounts@example.com', taxNumber: null, postal: null }, contractReference: 'dp_pk_SAMPLE', purchaseOrderNumber: 'PO-1234',
    preceding: kind === 'invoice' ? [] : [{ number: 'API-202610-dp_pk_SAMPLE', issueDate }],
    lines: [
      { description: 'API access, October 2026', explanation: 'Flat fee for the whole month', quantity: '1', unitPrice: '500', amountMinor: 50_000, tax }, { description: 'Deeds filed, October 2026', explanation: '1,401 deeds at 2.905', quantity: '1401', unitPrice: '2.905', amountMinor: 406_991, tax },
    ],
    discounts: [{ amountMinor: 22_850, tax }], subtotalMinor: 434_141, taxes: [{ tax, baseMinor: 434_141, amountMinor: 82_487 }], totalMinor: 516_628, withholdings: [], settled: [], dueMinor: 516_628,
    calculation: kind === 'invoice' ? { terms: 'Flat fee 500.00 EUR a month and 2.905 EUR per deed.', parts: 1, discountLabel: '5 %' } : null, notes: kind === 'invoice' ? [] : ['Credited in full.'], totalsFingerprint: '0123456789abcdef'.repeat(4), madeAt: Date.parse('2026-11-18T12:00:00Z'),
  };
}
