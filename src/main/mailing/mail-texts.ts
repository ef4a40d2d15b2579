/**
 * The texts of this desk's e-mails: what a person wrote, else what Daybook brings, filled with the facts of an invoice.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { formatMoney } from '../../shared/money/format.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { dropMailTemplate, findMailTemplate, keepMailTemplate } from './mail-outbox.repository.ts';
import { assertTemplate, defaultTemplates, renderTemplate, type MailLanguage, type MailTemplate, type PlaceholderValues } from './mail-template.ts';
import type { AuditPort, InvoiceForMail } from './mailing.ports.ts';

const locales: Readonly<Record<MailLanguage, string>> = { en: 'en-GB', de: 'de-DE' };

function inWords(day: string | null, language: MailLanguage, options: Intl.DateTimeFormatOptions): string {
  return day === null ? '' : new Intl.DateTimeFormat(locales[language], { ...options, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
}

/** The facts of an invoice as its e-mail says them; amounts are the stored integers, written out. */
export function valuesOf(invoice: InvoiceForMail, language: MailLanguage): PlaceholderValues {
  const money = (minor: number): string => formatMoney(minor, invoice.currency, locales[language]);
  const day = { day: 'numeric', month: 'long', year: 'numeric' } as const;
  return {
    number: invoice.number ?? '', customer: invoice.customerName, month: inWords(`${invoice.billingMonth}-01`, language, { month: 'long', year: 'numeric' }), issued: inWords(invoice.issueDate, language, day), due: inWords(invoice.dueDate, language, day),
    total: money(invoice.totalMinor), open: money(invoice.openMinor), order: invoice.purchaseOrderNumber ?? '', payment: invoice.paymentInstructions.join('\n'), sender: invoice.senderName,
  };
}

/** For a template nobody has an invoice for yet. */
export const sampleInvoice: InvoiceForMail = {
  id: 'sample', number: 'API-202610-dp_pk_ABC', status: 'finalised', customerName: 'Example Partner Ltd', email: 'accounts@partner.example', language: 'en', billingMonth: '2026-10', issueDate: '2026-11-02', dueDate: '2026-12-02', currency: 'eur',
  totalMinor: 168_614, openMinor: 147_711, purchaseOrderNumber: 'PO-4711', paymentInstructions: ['IBAN DE02 1203 0000 0000 2020 51'], senderName: 'Your company', totalsFingerprint: '',
};

export interface StandingTemplate extends MailTemplate {
  readonly language: MailLanguage;
  readonly isDefault: boolean;
}

export interface MailTexts {
  template(language: MailLanguage): StandingTemplate;
  /** Kept, unless it is what Daybook brings. @throws ValidationError as `assertTemplate`. */
  save(language: MailLanguage, template: MailTemplate, act: { readonly actor: string; readonly requestId?: string }): StandingTemplate;
  /** @throws ValidationError as `renderTemplate`. */
  textFor(invoice: InvoiceForMail, language: MailLanguage): MailTemplate;
}

export function createMailTexts(dependencies: { readonly readable: ReadableDatabase; readonly unitOfWork: UnitOfWork; readonly audit: AuditPort; readonly clock: Clock }): MailTexts {
  const { readable, unitOfWork, audit, clock } = dependencies;
  const template = (language: MailLanguage): StandingTemplate => {
    const own = findMailTemplate(readable, language);
    return { ...(own ?? defaultTemplates[language]), language, isDefault: own === undefined };
  };
  return {
    template,
    save(language, wanted, act) {
      assertTemplate(wanted);
      const standard = defaultTemplates[language];
      const isDefault = wanted.subject === standard.subject && wanted.body.trim() === standard.body.trim();
      unitOfWork.run('mail.save-template', (database) => {
        if (isDefault) dropMailTemplate(database, language);
        else keepMailTemplate(database, language, wanted, act.actor, clock.now());
        audit.append(database, { entity: 'mail-template', entityId: language, action: isDefault ? 'reset' : 'edit', actor: act.actor, requestId: act.requestId, diff: { subject: wanted.subject } });
      });
      return template(language);
    },
    textFor: (invoice, language) => renderTemplate(template(language), valuesOf(invoice, language)),
  };
}
