import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasForbiddenSigns } from './mail-address.ts';
import { assertTemplate, defaultTemplates, mailLanguages, renderTemplate, type PlaceholderValues } from './mail-template.ts';
import { sampleInvoice, valuesOf } from './mail-texts.ts';

const values = valuesOf(sampleInvoice, 'en');
const withValues = (changes: Partial<PlaceholderValues>): PlaceholderValues => ({ ...values, ...changes });

describe('the texts Daybook brings', () => {
  test('in English', () => {
    expect(renderTemplate(defaultTemplates.en, values)).toEqual({
      subject: 'Invoice API-202610-dp_pk_ABC from Your company',
      body: 'Dear Example Partner Ltd,\n\nplease find attached our invoice API-202610-dp_pk_ABC for October 2026.\n\nTotal: 1,686.14 EUR\nTo be paid: 1,477.11 EUR\nDue: 2 December 2026\n\nIBAN DE02 1203 0000 0000 2020 51\n\nIf anything on it is not as you expect, please answer this e-mail.\n\nKind regards\nYour company\n',
    });
  });
  test('in German, with German figures and days', () => {
    const { subject, body } = renderTemplate(defaultTemplates.de, valuesOf(sampleInvoice, 'de'));
    expect(subject).toBe('Rechnung API-202610-dp_pk_ABC von Your company');
    expect(body).toContain('für Oktober 2026');
    expect(body).toContain('Gesamtbetrag: 1.686,14 EUR\nZu zahlen: 1.477,11 EUR\nFällig am: 2. Dezember 2026');
  });
  test.for(mailLanguages)('%s holds no placeholder that is not known', (language) => {
    expect(() => assertTemplate(defaultTemplates[language])).not.toThrow();
  });
});

describe('a template', () => {
  test.for([
    ['an unknown placeholder in the text', { subject: 'x', body: 'Dear {customr}' }, 'mail-placeholder-unknown'],
    ['an unknown placeholder in the subject', { subject: '{Number}', body: 'x' }, 'mail-placeholder-unknown'],
    ['empty braces', { subject: 'x', body: '{}' }, 'mail-placeholder-unknown'],
    ['a name every object has', { subject: 'x', body: '{constructor}' }, 'mail-placeholder-unknown'],
    ['a subject of two lines', { subject: 'a\r\nBcc: b@c.example', body: 'x' }, 'mail-header-invalid'],
    ['an empty subject', { subject: ' ', body: 'x' }, 'mail-header-invalid'],
    ['an empty text', { subject: 'x', body: ' \n' }, 'mail-body-invalid'],
    ['a text too long', { subject: 'x', body: 'x'.repeat(10_001) }, 'mail-body-invalid'],
    ['signs that cannot be seen', { subject: 'x', body: 'a\u202eb' }, 'mail-body-invalid'],
  ] as const)('refuses %s', ([, template, code]) => {
    expect(() => assertTemplate(template)).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('reads what a fact says never as a template again', () => {
    expect(renderTemplate({ subject: '{customer}', body: '{customer}' }, withValues({ customer: '{number} $& $1' }))).toEqual({ subject: '{number} $& $1', body: '{number} $& $1\n' });
  });
  test('loses a line that only held what there is none of', () => {
    expect(renderTemplate({ subject: 'x', body: 'a\n\n{order}\n\n{payment}\n\nb' }, withValues({ order: '', payment: '' })).body).toBe('a\n\nb\n');
  });
  test('says nothing that cannot be seen, whatever a customer is called or how it is to pay', () => {
    const { body } = renderTemplate({ subject: 'Invoice', body: 'Dear {customer},\n{payment}\n' }, withValues({ customer: 'A\u0000sh\u001b[31mgrove \u202e00.1\u2069', payment: 'IBAN 1\r\nIBAN 2\rBIC\tX\u2028Bank' }));
    expect(body).toBe('Dear Ash[31mgrove 00.1,\nIBAN 1\nIBAN 2\nBIC\tX\nBank\n');
  });

  test('makes one line of a name with line breaks in the subject', () => {
    expect(renderTemplate({ subject: 'For {customer}', body: 'x' }, withValues({ customer: 'A\r\nBcc: thief@evil.example' })).subject).toBe('For A Bcc: thief@evil.example');
  });
  test('never gives a subject with a line break, whatever a customer is called', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (customer) => {
      try {
        const { subject } = renderTemplate({ subject: 'Invoice for {customer}', body: 'x' }, withValues({ customer }));
        expect(hasForbiddenSigns(subject)).toBe(false);
      } catch (error) {
        expect(error).toMatchObject({ code: 'mail-header-invalid' }); // control characters are refused, not cleaned
      }
    }), { numRuns: 300 });
  });
});
