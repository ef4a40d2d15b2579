/**
 * The texts of an invoice's e-mail: what Daybook brings in English and German, and how a template becomes a text. A placeholder is a name in braces; each stands for a fact of the invoice, on one line
 * in a subject. What a fact says is never read as a template again.
 */
import { ValidationError } from '../../shared/errors/errors.ts';
import { assertHeaderText, hasForbiddenSigns, withoutHiddenSigns } from './mail-address.ts';

export const mailLanguages = ['en', 'de'] as const;
export type MailLanguage = (typeof mailLanguages)[number];

export interface MailTemplate {
  readonly subject: string;
  readonly body: string;
}

/** What may stand in braces, with what it says. */
export const placeholders = {
  number: 'the invoice’s number',
  customer: 'the customer’s name',
  month: 'the billed month; of a one-off invoice, that of its issue',
  issued: 'the day of issue',
  due: 'the due date',
  total: 'the total with its currency',
  open: 'what is still to be paid, with its currency',
  order: 'the customer’s order number, or nothing',
  payment: 'how to pay, as the invoice says it',
  sender: 'our own name',
} as const;
export type Placeholder = keyof typeof placeholders;
export type PlaceholderValues = Readonly<Record<Placeholder, string>>;

export const mostSubject = 200;
export const mostBody = 10_000;

export const defaultTemplates: Readonly<Record<MailLanguage, MailTemplate>> = {
  en: {
    subject: 'Invoice {number} from {sender}',
    body: `Dear {customer},

please find attached our invoice {number} for {month}.

Total: {total}
To be paid: {open}
Due: {due}

{payment}

If anything on it is not as you expect, please answer this e-mail.

Kind regards
{sender}
`,
  },
  de: {
    subject: 'Rechnung {number} von {sender}',
    body: `Guten Tag {customer},

anbei erhalten Sie unsere Rechnung {number} für {month}.

Gesamtbetrag: {total}
Zu zahlen: {open}
Fällig am: {due}

{payment}

Falls etwas nicht Ihren Erwartungen entspricht, antworten Sie bitte auf diese E-Mail.

Mit freundlichen Grüßen
{sender}
`,
  },
};

const inBraces = /\{([^{}\n]*)\}/g;
const isKnown = (name: string): name is Placeholder => Object.hasOwn(placeholders, name);

/**
 * @throws ValidationError `mail-placeholder-unknown` naming it, `mail-header-invalid` for a subject no header may be, `mail-body-invalid` for a text that is empty, too long, or has control characters.
 */
export function assertTemplate({ subject, body }: MailTemplate): void {
  assertHeaderText(subject, 'The subject', mostSubject);
  if (body.trim() === '' || body.length > mostBody) throw new ValidationError('mail-body-invalid', `The text has between 1 and ${mostBody} signs.`, { nextStep: 'Shorten it, or fill it in.' });
  if (hasForbiddenSigns(body.replace(/[\n\r\t]/g, ''))) throw new ValidationError('mail-body-invalid', 'The text holds signs that cannot be seen.', { nextStep: 'Type it anew, or paste it as plain text.' });
  const unknown = [...`${subject}\n${body}`.matchAll(inBraces)].map(([, name = '']) => name).find((name) => !isKnown(name));
  if (unknown !== undefined) {
    throw new ValidationError('mail-placeholder-unknown', `“{${unknown.slice(0, 60)}}” is no placeholder.`, { data: { placeholder: unknown.slice(0, 60) }, nextStep: `Known are: ${Object.keys(placeholders).map((name) => `{${name}}`).join(', ')}.` });
  }
}

/**
 * The texts as they are sent: one pass, so that braces in a customer's name stay braces. In the subject a value's line breaks become spaces; a line of the text that only held placeholders without a
 * value goes, and more than one empty line in a row becomes one.
 * @throws ValidationError as {@link assertTemplate}, and `mail-header-invalid` when a value has signs no header may have.
 */
export function renderTemplate(template: MailTemplate, values: PlaceholderValues): MailTemplate {
  assertTemplate(template);
  const fill = (text: string, valueOf: (value: string) => string): string => text.replace(inBraces, (whole, name: string) => (isKnown(name) ? valueOf(values[name]) : whole));
  const subject = fill(template.subject, (value) => value.replace(/\s+/g, ' ').trim()).trim();
  assertHeaderText(subject, 'The subject', 300);
  const lines = template.body.replace(/\r\n?/g, '\n').split('\n').flatMap((line) => {
    const filled = fill(line, (value) => withoutHiddenSigns(value).trim());
    return filled.trim() === '' && line.trim() !== '' ? [] : filled.trimEnd();
  });
  return { subject, body: `${lines.join('\n').replace(/\n{3,}/g, '\n\n').trim()}\n` };
}
