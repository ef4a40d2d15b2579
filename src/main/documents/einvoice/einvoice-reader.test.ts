import { describe, expect, test } from 'vitest';
import { einvoiceSamples, standardRated, ublCreditNote } from '../../testing/einvoice-samples.ts';
import { writeCii } from './cii-writer.ts';
import { checkEInvoice } from './einvoice-checker.ts';
import { readEInvoice } from './einvoice-reader.ts';

const read = (text: string) => readEInvoice(new TextEncoder().encode(text));
const cii = writeCii(standardRated);

test.each(Object.entries(einvoiceSamples))('what is written is read again, nothing lost: %s', (_name, invoice) => {
  expect(read(writeCii(invoice))).toEqual({ syntax: 'cii', invoice });
});

test('the same invoice gives the same text', () => {
  expect(writeCii(structuredClone(standardRated))).toBe(cii);
});

test('a credit note in UBL says the same as one in the other syntax', () => {
  const { syntax, invoice } = read(ublCreditNote);
  expect(syntax).toBe('ubl');
  expect(checkEInvoice(invoice)).toEqual([]);
  expect(invoice).toMatchObject({
    number: 'CN-2026-0001', typeCode: '381', notes: [{ subjectCode: 'AAI', text: 'For October' }], precedingInvoices: [{ number: 'API-202610-dp_pk_KKB', issuedOn: '2026-11-18' }], buyer: { name: 'Ashgrove & Söhne' },
    seller: { vatId: 'DE123456789', taxRegistration: '60/123/45678' }, lines: [{ quantity: '4', unit: 'C62', name: 'Deeds <corrected>', netPrice: '25' }], totals: { paid: '119.00', due: '0.00' },
  });
  expect(read(writeCii(invoice)).invoice).toEqual(invoice);
});

describe('texts of people', () => {
  test('are escaped, and what XML has no place for is left out', () => {
    const name = '</ram:Name><script>&"\u0000\u001b\ud800 \u202eevil ]]> 北京 😀';
    const written = writeCii({ ...standardRated, buyer: { ...standardRated.buyer, name } });
    expect(written).not.toContain('<script>');
    expect(read(written).invoice.buyer.name).toBe('</ram:Name><script>&" \u202eevil ]]> 北京 😀');
  });
});

describe('a file that is no sound XML is refused before anything in it is believed', () => {
  const doctype = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>';
  test.each([
    ['a document type', cii.replace('?>\n', `?>\n${doctype}\n`), 'einvoice-malformed'],
    ['an external entity', `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>`, 'einvoice-malformed'],
    ['an entity of HTML', cii.replace('PO-7781', '&nbsp;'), 'einvoice-malformed'],
    ['an open element', cii.slice(0, -30), 'einvoice-malformed'],
    ['two roots', `${cii}<x/>`, 'einvoice-malformed'],
    ['nothing at all', '', 'einvoice-malformed'],
    ['elements a thousand deep', `${'<x>'.repeat(1_000)}${'</x>'.repeat(1_000)}`, 'einvoice-malformed'],
    ['another document', '<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', 'einvoice-syntax-unknown'],
    ['the right name in no namespace', '<Invoice/>', 'einvoice-syntax-unknown'],
  ])('%s', (_name, text, code) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code }));
  });

  test('bytes that are not UTF-8, and more of them than any invoice has', () => {
    expect(() => readEInvoice(Uint8Array.of(0x3c, 0xff, 0xfe))).toThrow(expect.objectContaining({ code: 'einvoice-malformed' }));
    expect(() => readEInvoice(new Uint8Array(21 * 1024 * 1024))).toThrow(expect.objectContaining({ code: 'einvoice-too-large' }));
  });
});

test('a date in another format than YYYYMMDD is none, and the checker says so', () => {
  const { invoice } = read(cii.replace('<udt:DateTimeString format="102">20261118<', '<udt:DateTimeString format="203">202611181200<'));
  expect(checkEInvoice(invoice).map((finding) => finding.rule)).toEqual(['BR-03']);
});
