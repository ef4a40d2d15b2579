/**
 * A document of ours in the semantic model of EN 16931, and what keeps it from being one. Pure: the same stored integers as on the page; the checker
 * has the last word.
 *
 * Withholding tax has no place of its own in the standard. What the buyer keeps back is settled without money reaching us, so it is part of the paid
 * amount (BT-113), beside credits: the amount due (BT-115) is the one on the page, and a note says what the paid amount holds (docs/adr/0020).
 */
import { addDays, localDate } from '../../../shared/calendar/local-date.ts';
import { addMinorUnits, parseDecimal, toDecimalString } from '../../../shared/money/money.ts';
import { currencyExponent, isCurrencyCode } from '../../../shared/money/currency.ts';
import { divideRounded } from '../../../shared/money/rounding.ts';
import type { MissingField } from '../../billing/partner-invoicing.ports.ts';
import { countryCodeOf } from '../../contracts/billing-address.ts';
import type { PartyDetails } from '../../billing/partner-invoice.ts';
import type { DocumentLine, DocumentTax, InvoiceDocument } from '../document-model.ts';
import { payableWhen, wordsOf } from '../document-words.ts';
import { mapTexts } from '../printable-text.ts';
import { vatNumberIn } from '../vat-number.ts';
import { checkEInvoice, type EInvoiceFinding } from './einvoice-checker.ts';
import type { EInvoice, EInvoiceAddress, EInvoiceAllowanceCharge, EInvoiceLine, EInvoiceParty, EInvoiceTaxBreakdown } from './invoice-model.ts';
import { xmlText } from './xml-writer.ts';

/** EN 16931 without more: what Factur-X calls its profile of that name. */
const specification = 'urn:cen.eu:en16931:2017';
/** UN/ECE recommendation 20: one. */
const oneUnit = 'C62';
/** Until a draft has its own. */
const provisional = { number: 'provisional', issueDate: localDate('2000-01-01') };

export function einvoiceOfDocument(document: InvoiceDocument): EInvoice {
  const words = wordsOf(document.choice.language);
  const { text } = words;
  const amount = amountWriter(document.currency);
  const isCreditNote = document.kind === 'credit-note';
  const issueDate = document.issueDate ?? provisional.issueDate;
  const discountMinor = addMinorUnits(...document.discounts.map((discount) => discount.amountMinor));
  const paidMinor = addMinorUnits(...document.withholdings.map((share) => share.amountMinor), ...document.settled.map((each) => each.amountMinor));
  const period = document.service && { start: document.service.start, end: addDays(document.service.end, -1) };
  const { bank } = document.issuer;
  return {
    number: document.number ?? provisional.number, issuedOn: issueDate, typeCode: isCreditNote ? '381' : '380', currency: document.currency.toUpperCase(), accountingCurrency: null, taxPointOn: null, taxPointCode: null,
    dueOn: isCreditNote ? null : (document.dueDate ?? addDays(issueDate, document.paymentTermsDays)), buyerReference: null, projectReference: null, contractReference: document.contractReference, orderReference: document.purchaseOrderNumber,
    salesOrderReference: null, receivingAdvice: null, despatchAdvice: null, tenderReference: null, objectId: null, accountingReference: null,
    paymentTerms: isCreditNote ? text.credited : payableWhen(document, words), notes: notesOf(document), businessProcess: null, specificationId: specification,
    precedingInvoices: document.preceding.map(({ number, issueDate: issuedOn }) => ({ number, issuedOn })), seller: sellerOf(document), buyer: buyerOf(document), payee: null, taxRepresentative: null, delivery: null, period,
    paymentMeans: bank && !isCreditNote ? [{ code: document.currency === 'eur' ? '58' : '30', text: null, accounts: [{ id: bank.iban, name: bank.holder, bic: bank.bic }], cardNumber: null, cardHolder: null, debitedAccount: null }] : [],
    remittance: document.number, mandateReference: null, creditorId: null, allowanceCharges: document.discounts.map((discount) => allowanceOf(document, discount, text.discount)),
    totals: {
      lineNet: amount(document.subtotalMinor + discountMinor), allowances: document.discounts.length === 0 ? null : amount(discountMinor), charges: null, withoutVat: amount(document.subtotalMinor),
      vat: amount(document.totalMinor - document.subtotalMinor), vatInAccountingCurrency: null, withVat: amount(document.totalMinor), paid: paidMinor === 0 ? null : amount(paidMinor), rounding: null, due: amount(document.dueMinor),
    },
    taxBreakdown: document.taxes.map((share): EInvoiceTaxBreakdown => ({ taxableAmount: amount(share.baseMinor), taxAmount: amount(share.amountMinor), category: categoryOf(share.tax), rate: rateOf(share.tax), ...exemptionOf(share.tax) })),
    attachments: [], lines: document.lines.map((line, index) => lineOf(line, index, document)), thirdPartyPayments: [],
  };
}

/** Amounts as the page has them; a third decimal that is zero is left out, as the standard knows two. */
function amountWriter(currency: string): (minor: number) => string {
  return (minor) => {
    const text = toDecimalString(minor, currency);
    return currencyExponent(currency) > 2 ? text.replace(/(\.\d\d)0+$/, '$1') : text;
  };
}

function categoryOf(tax: DocumentTax): string {
  switch (tax.treatment) {
    case 'standard':
      return tax.basisPoints === 0 ? 'Z' : 'S';
    case 'reverse-charge':
      return 'AE';
    case 'exempt':
      return 'E';
    case 'outside-scope':
      return 'O';
  }
}

/** In percent: 2100 basis points → '21', 750 → '7.5'. What is not subject to VAT has no rate. */
function rateOf(tax: DocumentTax): string | null {
  if (tax.treatment === 'outside-scope') return null;
  if (tax.treatment !== 'standard') return '0';
  const digits = String(tax.basisPoints).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`.replace(/\.?0+$/, '');
}

function exemptionOf(tax: DocumentTax): Pick<EInvoiceTaxBreakdown, 'exemptionReason' | 'exemptionReasonCode'> {
  switch (tax.treatment) {
    case 'standard':
      return { exemptionReason: null, exemptionReasonCode: null };
    case 'reverse-charge':
      return { exemptionReason: tax.reason ?? 'Reverse charge', exemptionReasonCode: 'VATEX-EU-AE' };
    case 'exempt':
      return { exemptionReason: tax.reason ?? 'Exempt from VAT', exemptionReasonCode: null };
    case 'outside-scope':
      return { exemptionReason: tax.reason ?? 'Not subject to VAT', exemptionReasonCode: 'VATEX-EU-O' };
  }
}

function allowanceOf(document: InvoiceDocument, discount: InvoiceDocument['discounts'][number], reason: string): EInvoiceAllowanceCharge {
  return { kind: 'allowance', amount: amountWriter(document.currency)(discount.amountMinor), baseAmount: null, percentage: null, vatCategory: categoryOf(discount.tax), vatRate: rateOf(discount.tax), reason, reasonCode: '95' };
}

function lineOf(line: DocumentLine, index: number, document: InvoiceDocument): EInvoiceLine {
  const amount = amountWriter(document.currency);
  return {
    id: String(index + 1), note: line.explanation, objectId: null, ...pricedOf(line, document.currency), unit: oneUnit, netAmount: amount(line.amountMinor), orderLine: null, accountingReference: null, period: null, allowanceCharges: [],
    priceDiscount: null, grossPrice: null, priceBaseQuantity: null, priceBaseUnit: null, vatCategory: categoryOf(line.tax), vatRate: rateOf(line.tax), name: line.description, description: null, sellerItemId: null, buyerItemId: null,
    standardId: null, classifications: [], originCountry: null, attributes: [], subLines: [],
  };
}

/**
 * Quantity and price where they make the amount, else one at the amount: a fee for some days of a month is no price times a quantity. A price is never
 * negative (BR-27): what takes off has a negative quantity.
 */
function pricedOf(line: DocumentLine, currency: string): { quantity: string; netPrice: string } {
  if (line.quantity !== null && line.unitPrice !== null && !line.unitPrice.startsWith('-')) {
    const [quantity, price] = [parseDecimal(line.quantity), parseDecimal(line.unitPrice)];
    const minor = divideRounded(quantity.numerator * price.numerator * 10n ** BigInt(currencyExponent(currency)), quantity.denominator * price.denominator, 'half-away-from-zero');
    if (minor === BigInt(line.amountMinor)) return { quantity: line.quantity, netPrice: line.unitPrice };
  }
  return { quantity: line.amountMinor < 0 ? '-1' : '1', netPrice: amountWriter(currency)(Math.abs(line.amountMinor)) };
}

function notesOf(document: InvoiceDocument): EInvoice['notes'] {
  const { text, amount, percent } = wordsOf(document.choice.language);
  const money = (minor: number): string => `${amount(minor, document.currency)} ${document.currency.toUpperCase()}`;
  const settled = [...document.withholdings.map((share) => `${text.withholding} ${percent(share.basisPoints)}: ${money(share.amountMinor)}`), ...document.settled.map((each) => `${each.label}: ${money(each.amountMinor)}`)];
  return [...document.notes, ...settled, ...document.issuer.paymentInstructions].map((note) => ({ subjectCode: null, text: note }));
}

/** The country of an address in its parts, else the one its last line names. */
function addressOf(party: PartyDetails): EInvoiceAddress | null {
  const { postal } = party;
  if (postal) return { line1: postal.line1, line2: postal.line2, line3: null, city: postal.city, postcode: postal.postcode, subdivision: postal.region, country: postal.country };
  if (party.address.length === 0) return null;
  const country = countryCodeOf(party.address.at(-1) ?? null);
  const [line1 = null, line2 = null, ...more] = country === null ? party.address : party.address.slice(0, -1);
  return { line1, line2, line3: more.length > 0 ? more.join(', ') : null, city: null, postcode: null, subdivision: null, country };
}

/** What is not subject to VAT names no VAT numbers (BR-O-02). */
const isOutside = (document: InvoiceDocument): boolean => document.taxes.some(({ tax }) => tax.treatment === 'outside-scope');

function sellerOf(document: InvoiceDocument): EInvoiceParty {
  const { issuer } = document;
  const vatId = vatNumberIn(issuer.vatId) ?? vatNumberIn(issuer.taxNumber);
  const isTaxNumber = issuer.taxNumber !== null && vatNumberIn(issuer.taxNumber) === null;
  return {
    name: issuer.legalName ?? issuer.name, tradingName: issuer.legalName !== null && issuer.legalName !== issuer.name ? issuer.name : null, ids: [], legalId: issuer.registrationNumber ? { value: issuer.registrationNumber, scheme: null } : null,
    vatId: isOutside(document) ? null : vatId, taxRegistration: isTaxNumber ? issuer.taxNumber : null, legalInformation: null, electronicAddress: issuer.email ? { value: issuer.email, scheme: 'EM' } : null, address: addressOf(issuer),
    contact: issuer.email ? { name: issuer.legalName ?? issuer.name, telephone: null, email: issuer.email } : null,
  };
}

function buyerOf(document: InvoiceDocument): EInvoiceParty {
  const { customer } = document;
  return {
    name: customer.legalName ?? customer.name, tradingName: null, ids: [], legalId: null, vatId: isOutside(document) ? null : vatNumberIn(customer.taxNumber), taxRegistration: null, legalInformation: null,
    electronicAddress: customer.email ? { value: customer.email, scheme: 'EM' } : null, address: addressOf(customer), contact: null,
  };
}

// ── What is missing ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface CheckedEInvoice {
  readonly invoice: EInvoice;
  readonly findings: readonly EInvoiceFinding[];
}

/** Checked is what its XML will say: a name of signs that XML has no place for is no name. Several rates whose lines do not say which is theirs come out wrong here, and the checker says so. */
export function checkedEInvoice(document: InvoiceDocument): CheckedEInvoice {
  const invoice = einvoiceOfDocument(mapTexts(document, xmlText) as InvoiceDocument);
  return { invoice, findings: checkEInvoice(invoice) };
}

/** Findings as a person fills them in; each thing once. */
export function missingFields(document: InvoiceDocument): MissingField[] {
  const { invoice, findings } = checkedEInvoice(document);
  const missing = findings.map((finding) => missingField(finding, invoice));
  return missing.filter((field, index) => missing.findIndex((other) => other.message === field.message) === index);
}

function hasThreeDecimals(currency: string | null): boolean {
  const code = currency?.toLowerCase() ?? '';
  return isCurrencyCode(code) && currencyExponent(code) > 2;
}

function missingField({ rule, says, place }: EInvoiceFinding, invoice: EInvoice): MissingField {
  const isSellerKnown = invoice.seller.vatId !== null || invoice.seller.taxRegistration !== null;
  if (rule === 'BR-08' || rule === 'BR-09') return { rule, where: 'company', message: 'The country of your company’s address.' };
  if (rule === 'BR-10' || rule === 'BR-11') return { rule, where: 'partner', message: 'The country of the partner’s billing address.' };
  if (rule === 'BR-CO-26') return { rule, where: 'company', message: 'A VAT number or a register number of your company.' };
  if (/^BR-AE-0[234]$/.test(rule) && isSellerKnown) return { rule, where: 'partner', message: 'The partner’s VAT number: the reverse charge needs it.' };
  if (/^BR-(S|Z|E|AE)-0[234]$/.test(rule)) return { rule, where: 'company', message: 'Your company’s VAT number or tax number.' };
  // Tax in a third decimal is no sum of two either.
  if (rule.startsWith('BR-DEC-') || (rule === 'BR-CO-17' && hasThreeDecimals(invoice.currency))) return { rule, where: 'invoice', message: `Amounts in ${invoice.currency ?? ''} have three decimals; the standard has room for two.` };
  if (rule === 'BR-CO-17') return { rule, where: 'invoice', message: 'Tax is worked out per line here, or is in the prices; the standard wants it once for each rate of what is without it.' };
  return { rule, where: 'invoice', message: place === null ? says : `${says.replace(/\.$/, '')} (${place}).` };
}

