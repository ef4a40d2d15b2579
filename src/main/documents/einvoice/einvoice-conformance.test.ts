/** Invoices that others published as sound: each is accepted, and each of the mutations below is refused by the rule it breaks. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeCii } from './cii-writer.ts';
import { checkEInvoice } from './einvoice-checker.ts';
import { readEInvoice } from './einvoice-reader.ts';

const folder = [process.env['DAYBOOK_SHARED'], resolve(import.meta.dirname, '../../../../../shared'), resolve(import.meta.dirname, '../../../../../../shared')]
  .filter((each) => each !== undefined).map((each) => join(each, 'data', 'einvoice')).find((each) => existsSync(each));
const files = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.xml')).map((name) => ({ name: name.replace(/^.*__/, ''), text: readFileSync(join(folder, name), 'utf8') }));

const check = (text: string) => checkEInvoice(readEInvoice(new TextEncoder().encode(text)).invoice).map((finding) => finding.rule);

type Mutation = (xml: string) => string;

/** Takes out the first element of this name inside the first `within`. */
const without = (name: string, within = ''): Mutation => inside(within, (xml) => xml.replace(new RegExp(`<${name}[\\s>][\\s\\S]*?</${name}>|<${name}/>`), ''));
const attributeless = (name: string, attribute: string): Mutation => (xml) => xml.replace(new RegExp(`(<${name}[^>]*?) ${attribute}="[^"]*"`), '$1');
const text = (name: string, change: string | ((old: string) => string), within = ''): Mutation => inside(within, (xml) => xml.replace(new RegExp(`(<${name}(?: [^>]*)?>)([^<]*)(</${name}>)`), (_all, start: string, old: string, end: string) => start + (typeof change === 'string' ? change : change(old)) + end));

/** Changes only what stands inside the first element of a name. */
function inside(name: string, change: Mutation): Mutation {
  if (name === '') return change;
  return (xml) => xml.replace(new RegExp(`<${name}[\\s>][\\s\\S]*?</${name}>`), (found) => change(found));
}

/** An amount with a hundredth more. */
const more = (old: string): string => {
  const [whole = '0', decimals = ''] = old.trim().split('.');
  const cents = BigInt(whole + decimals.padEnd(2, '0').slice(0, 2)) + 1n;
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
const precise = (old: string): string => `${old.trim().includes('.') ? old.trim().padEnd(old.indexOf('.') + 3, '0') : `${old.trim()}.00`}0`;
const settlement = 'ram:ApplicableHeaderTradeSettlement';
const totals = 'ram:SpecifiedTradeSettlementHeaderMonetarySummation';
const inHeaderTax = (change: Mutation): Mutation => inside(settlement, inside('ram:ApplicableTradeTax', change));
const line = 'ram:IncludedSupplyChainTradeLineItem';
const seller = 'ram:SellerTradeParty';
const buyer = 'ram:BuyerTradeParty';

const ciiMutations: readonly (readonly [rule: string, what: string, change: Mutation])[] = [
  ['BR-01', 'no specification', without('ram:GuidelineSpecifiedDocumentContextParameter')], ['BR-02', 'no number', without('ram:ID', 'rsm:ExchangedDocument')], ['BR-03', 'no date', without('ram:IssueDateTime')],
  ['BR-03', 'a date of another format', (xml) => xml.replace('format="102"', 'format="610"')], ['BR-04', 'no type', without('ram:TypeCode', 'rsm:ExchangedDocument')], ['BR-CL-01', 'an unknown type', text('ram:TypeCode', '1', 'rsm:ExchangedDocument')],
  ['BR-05', 'no currency', without('ram:InvoiceCurrencyCode')], ['BR-CL-04', 'no such currency', text('ram:InvoiceCurrencyCode', 'EUX')],
  ['BR-06', 'no seller’s name', without('ram:Name', seller)], ['BR-08', 'no seller’s address', without('ram:PostalTradeAddress', seller)], ['BR-09', 'no seller’s country', without('ram:CountryID', seller)],
  ['BR-CL-14', 'no such country', text('ram:CountryID', 'ZZ', seller)], ['BR-07', 'no buyer’s name', without('ram:Name', buyer)], ['BR-10', 'no buyer’s address', without('ram:PostalTradeAddress', buyer)],
  ['BR-11', 'no buyer’s country', without('ram:CountryID', buyer)], ['BR-62', 'an electronic address without a scheme', inside(seller, attributeless('ram:URIID', 'schemeID'))], ['BR-63', 'a buyer’s electronic address without a scheme', inside(buyer, inside('ram:URIUniversalCommunication', attributeless('ram:URIID', 'schemeID')))],
  ['BR-12', 'no sum of lines', without('ram:LineTotalAmount', totals)], ['BR-13', 'no total without VAT', without('ram:TaxBasisTotalAmount')], ['BR-14', 'no total with VAT', without('ram:GrandTotalAmount')], ['BR-15', 'nothing due', without('ram:DuePayableAmount')],
  ['BR-16', 'no line', (xml) => xml.replace(new RegExp(`<${line}>[\\s\\S]*</${line}>`), '')], ['BR-21', 'a line without an identifier', without('ram:LineID', line)], ['BR-22', 'a line without a quantity', without('ram:BilledQuantity')],
  ['BR-23', 'a quantity without a unit', attributeless('ram:BilledQuantity', 'unitCode')], ['BR-CL-23', 'an odd unit', (xml) => xml.replace(/unitCode="[^"]*"/, 'unitCode="piece"')], ['BR-24', 'a line without an amount', without('ram:LineTotalAmount', line)],
  ['BR-25', 'a line without a name', without('ram:Name', line)], ['BR-26', 'a line without a price', without('ram:NetPriceProductTradePrice')], ['BR-27', 'a negative price', text('ram:ChargeAmount', (old) => `-${old.trim()}`, 'ram:NetPriceProductTradePrice')],
  ['BR-CO-04', 'a line without a VAT category', without('ram:ApplicableTradeTax', line)], ['BR-CL-18', 'a line of an unknown category', text('ram:CategoryCode', 'Q', line)], ['BR-S-05', 'a standard rate of zero', text('ram:RateApplicablePercent', '0', line)],
  ['BR-29', 'a period that ends first', inside(settlement, inside('ram:BillingSpecifiedPeriod', text('udt:DateTimeString', '20990101')))], ['BR-CO-19', 'an empty period', inside(settlement, (xml) => xml.replace(/<ram:BillingSpecifiedPeriod>[\s\S]*?<\/ram:BillingSpecifiedPeriod>/, '<ram:BillingSpecifiedPeriod/>'))],
  ['BR-45', 'a breakdown without a basis', inHeaderTax(without('ram:BasisAmount'))], ['BR-46', 'a breakdown without a tax', inHeaderTax(without('ram:CalculatedAmount'))], ['BR-47', 'a breakdown without a category', inHeaderTax(without('ram:CategoryCode'))],
  ['BR-48', 'a breakdown without a rate', inHeaderTax((xml) => (xml.includes('>O<') ? xml : without('ram:RateApplicablePercent')(xml)))], ['BR-CL-17', 'a breakdown of an unknown category', inHeaderTax(text('ram:CategoryCode', 'Q'))],
  ['BR-CO-18', 'no breakdown', inside(settlement, (xml) => xml.replace(/<ram:ApplicableTradeTax>[\s\S]*?<\/ram:ApplicableTradeTax>/g, ''))], ['BR-CO-17', 'a cent more tax', inHeaderTax(text('ram:CalculatedAmount', more))],
  ['BR-CO-14', 'a cent more in the breakdown alone', inHeaderTax(text('ram:CalculatedAmount', more))], ['BR-S-08', 'a cent more taxable', inHeaderTax((xml) => (xml.includes('>S<') ? text('ram:BasisAmount', more)(xml) : xml))],
  ['BR-S-10', 'a reason where there is tax', inHeaderTax((xml) => (xml.includes('>S<') ? xml.replace('<ram:BasisAmount', '<ram:ExemptionReason>none</ram:ExemptionReason><ram:BasisAmount') : xml))],
  ['BR-49', 'a way to pay without a code', without('ram:TypeCode', 'ram:SpecifiedTradeSettlementPaymentMeans')], ['BR-CL-16', 'an unknown way to pay', text('ram:TypeCode', '999', 'ram:SpecifiedTradeSettlementPaymentMeans')],
  ['BR-50', 'an account without a number', text('ram:IBANID', ' ')], ['BR-61', 'a transfer without an account', without('ram:PayeePartyCreditorFinancialAccount')], ['BR-CO-10', 'a cent more in the sum of lines', text('ram:LineTotalAmount', more, totals)],
  ['BR-CO-13', 'a cent more without VAT', text('ram:TaxBasisTotalAmount', more)], ['BR-CO-15', 'a cent more with VAT', text('ram:GrandTotalAmount', more)], ['BR-CO-16', 'a cent more due', text('ram:DuePayableAmount', more)],
  ['BR-CO-25', 'neither due date nor terms', without('ram:SpecifiedTradePaymentTerms')],
  ['BR-DEC-09', 'a third decimal in the sum of lines', text('ram:LineTotalAmount', precise, totals)], ['BR-DEC-12', 'a third decimal without VAT', text('ram:TaxBasisTotalAmount', precise)], ['BR-DEC-13', 'a third decimal of VAT', text('ram:TaxTotalAmount', precise)],
  ['BR-DEC-14', 'a third decimal with VAT', text('ram:GrandTotalAmount', precise)], ['BR-DEC-18', 'a third decimal due', text('ram:DuePayableAmount', precise)], ['BR-DEC-19', 'a third decimal in a basis', inHeaderTax(text('ram:BasisAmount', precise))],
  ['BR-DEC-20', 'a third decimal in a tax', inHeaderTax(text('ram:CalculatedAmount', precise))], ['BR-DEC-23', 'a third decimal in a line', text('ram:LineTotalAmount', precise, line)], ['DB-01', 'an amount in words', text('ram:GrandTotalAmount', 'much')],
  ['BR-CL-08', 'a note of no subject', text('ram:SubjectCode', '?')],
];

const ublMutations: readonly (readonly [rule: string, what: string, change: Mutation])[] = [
  ['BR-01', 'no specification', without('cbc:CustomizationID')], ['BR-02', 'no number', without('cbc:ID')], ['BR-03', 'no date', without('cbc:IssueDate')], ['BR-04', 'no type', without('cbc:InvoiceTypeCode')], ['BR-05', 'no currency', without('cbc:DocumentCurrencyCode')],
  ['BR-06', 'no seller’s name', without('cbc:RegistrationName', 'cac:AccountingSupplierParty')], ['BR-11', 'no buyer’s country', without('cac:Country', 'cac:AccountingCustomerParty')], ['BR-13', 'no total without VAT', without('cbc:TaxExclusiveAmount')],
  ['BR-15', 'nothing due', without('cbc:PayableAmount')], ['BR-23', 'a quantity without a unit', attributeless('cbc:InvoicedQuantity', 'unitCode')], ['BR-26', 'a line without a price', without('cac:Price', 'cac:InvoiceLine')],
  ['BR-S-08', 'a cent more taxable', text('cbc:TaxableAmount', more)], ['BR-CO-14', 'a cent more tax', text('cbc:TaxAmount', more)], ['BR-CO-15', 'a cent more with VAT', text('cbc:TaxInclusiveAmount', more)], ['BR-CO-10', 'a cent more in a line', text('cbc:LineExtensionAmount', more, 'cac:InvoiceLine')],
  ['BR-DEX-02', 'a cent more in what a line consists of', inside('cac:SubInvoiceLine', text('cbc:LineExtensionAmount', more))], ['BR-DEX-09', 'a cent more of a third party', text('cbc:PaidAmount', more)], ['BR-CO-11', 'a cent more of an allowance', inside('cac:AllowanceCharge', text('cbc:Amount', more))],
  ['BR-66', 'neither allowance nor charge', inside('cac:AllowanceCharge', without('cbc:ChargeIndicator'))], ['BR-32', 'an allowance without a category', inside('cac:AllowanceCharge', without('cac:TaxCategory'))], ['BR-E-10', 'exempt for no reason', without('cbc:TaxExemptionReason')],
  ['DB-02', 'a day that is none', (xml) => xml.replace(/<cbc:StartDate>[^<]*/, '<cbc:StartDate>2016-04-31')],
];

describe.skipIf(folder === undefined)('published invoices (skipped unless the material lies beside the repository or DAYBOOK_SHARED names it)', () => {
  test.each(files)('$name holds to the standard', (file) => {
    expect(check(file.text)).toEqual([]);
  });

  test.each(files.filter(({ text: xml }) => !/SubInvoiceLine|PrepaidPayment/.test(xml)))('$name, written in the other syntax or the same, says the same', ({ text: xml }) => {
    const { invoice } = readEInvoice(new TextEncoder().encode(xml));
    expect(readEInvoice(new TextEncoder().encode(writeCii(invoice))).invoice).toEqual({ ...invoice, attachments: invoice.attachments.map((each) => ({ ...each, mimeType: null, fileName: null })) });
  });

  const each = (list: typeof ciiMutations, syntax: string) => list.map(([rule, what, change]) => ({ rule, what, change, syntax }));
  test.each([...each(ciiMutations, 'uncefact'), ...each(ublMutations, 'ubl')])('$rule refuses $what ($syntax)', ({ rule, change, syntax }) => {
    const mutated = files.filter(({ name }) => name.includes(syntax)).flatMap((file) => (change(file.text) === file.text ? [] : [{ name: file.name, rules: check(change(file.text)) }]));
    expect(mutated.length, 'no invoice has what the mutation changes').toBeGreaterThan(0);
    for (const { name, rules } of mutated) expect(rules, name).toContain(rule);
  });
});
