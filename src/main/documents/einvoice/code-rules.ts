/**
 * EN 16931-1, rules of code lists (BR-CL) as far as they matter to a payer: currency, country, kind of document, VAT category, unit, way to pay. Lists that
 * change twice a year (units, schemes of addresses) are checked by their shape, so that an invoice is not refused for being newer than this code.
 */
import { isCurrencyCode } from '../../../shared/money/currency.ts';
import { taxJurisdictions } from '../../ledger/tax-jurisdictions.ts';
import type { EInvoice } from './invoice-model.ts';
import { isCalendarDay } from './presence-rules.ts';
import { allowancesOf, chargesOf, eachRule, linesOf, wholeRule, type EInvoiceRule } from './rule.ts';

/** ISO 3166-1, with Northern Ireland and Kosovo as EN 16931 has them. */
const countries: ReadonlySet<string> = new Set([...taxJurisdictions.filter((code) => code.length === 2), 'XI', '1A', 'XK']);
const wordsOf = (text: string): string[] => text.trim().split(/\s+/);
/** UNTDID 1001, the kinds of document an invoice or credit note may be. */
const documentTypes: ReadonlySet<string> = new Set(wordsOf(`
  71 80 81 82 83 84 102 130 202 203 204 211 218 219 261 262 295 296 308 325 326 331 380 381 382 383 384 385 386 387 388 389 390 393 394 395 396 420
  456 457 458 471 472 473 500 501 502 503 527 532 553 575 623 633 751 780 817 870 875 876 877 935
`));
/** UNTDID 5305, as the standard uses it. */
const vatCategories: ReadonlySet<string> = new Set(['S', 'Z', 'E', 'AE', 'K', 'G', 'O', 'L', 'M', 'B']);
/** UNTDID 4461. */
const paymentMeans: ReadonlySet<string> = new Set([...Array.from({ length: 70 }, (_, index) => String(index + 1)), '74', '75', '76', '77', '78', '91', '92', '93', '94', '95', '96', '97', '98', 'ZZZ']);
/** UNTDID 2005 (UBL) and 2475 (CII): date of the invoice, of delivery, of payment. */
const taxPointCodes: ReadonlySet<string> = new Set(['3', '35', '432', '5', '29', '72']);
/** UNTDID 5189. */
const allowanceReasons: ReadonlySet<string> = new Set(wordsOf('41 42 60 62 63 64 65 66 67 68 70 71 88 95 100 102 103 104 105'));
const attachmentTypes: ReadonlySet<string> = new Set(['application/pdf', 'image/png', 'image/jpeg', 'text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'application/vnd.oasis.opendocument.spreadsheet', 'application/xml', 'text/xml']);
/** Greece's VAT numbers begin with EL. */
const vatPrefixes: ReadonlySet<string> = new Set([...countries, 'EL']);

const isNullOr = (test: (code: string) => boolean) => (code: string | null | undefined): boolean => code === null || code === undefined || test(code);
const isCurrency = (code: string): boolean => /^[A-Z]{3}$/.test(code) && isCurrencyCode(code.toLowerCase());

/** Whether a VAT number begins with the country that gave it. */
export function hasVatPrefix(vatId: string): boolean {
  return vatPrefixes.has(vatId.slice(0, 2));
}

function countriesOf(invoice: EInvoice): (string | null | undefined)[] {
  return [invoice.seller.address?.country, invoice.buyer.address?.country, invoice.taxRepresentative?.address?.country, invoice.delivery?.address?.country];
}

const dates = (invoice: EInvoice): (string | null | undefined)[] => [
  invoice.dueOn, invoice.taxPointOn, invoice.period?.start, invoice.period?.end, invoice.delivery?.on, ...invoice.precedingInvoices.map((each) => each.issuedOn), ...invoice.lines.flatMap((line) => [line.period?.start, line.period?.end]),
];

export const codeRules: readonly EInvoiceRule[] = [
  wholeRule('BR-CL-01', 'BT-3', 'The kind of document is a code of UNTDID 1001.', (invoice) => isNullOr((code) => documentTypes.has(code))(invoice.typeCode)),
  wholeRule('BR-CL-04', 'BT-5', 'The currency is a code of ISO 4217.', (invoice) => isNullOr(isCurrency)(invoice.currency)),
  wholeRule('BR-CL-05', 'BT-6', 'The accounting currency is a code of ISO 4217.', (invoice) => isNullOr(isCurrency)(invoice.accountingCurrency)),
  wholeRule('BR-CL-06', 'BT-8', 'The tax point is one of the three codes there are.', (invoice) => isNullOr((code) => taxPointCodes.has(code))(invoice.taxPointCode)),
  eachRule('BR-CL-08', 'BT-21', 'The subject of a note is a code of UNTDID 4451.', 'note', (invoice) => invoice.notes, (note) => isNullOr((code) => /^[A-Z]{3}$/.test(code))(note.subjectCode)),
  wholeRule('BR-CL-14', 'BT-40', 'A country is a code of ISO 3166-1.', (invoice) => countriesOf(invoice).every(isNullOr((code) => countries.has(code)))),
  eachRule('BR-CL-15', 'BT-159', 'A country of origin is a code of ISO 3166-1.', 'line', linesOf, (line) => isNullOr((code) => countries.has(code))(line.originCountry)),
  eachRule('BR-CL-16', 'BT-81', 'A way to pay is a code of UNTDID 4461.', 'way to pay', (invoice) => invoice.paymentMeans, (each) => isNullOr((code) => paymentMeans.has(code))(each.code)),
  eachRule('BR-CL-17', 'BT-118', 'A VAT category is a code of UNTDID 5305.', 'VAT breakdown', (invoice) => invoice.taxBreakdown, (each) => isNullOr((code) => vatCategories.has(code))(each.category)),
  eachRule('BR-CL-18', 'BT-151', 'A line’s VAT category is a code of UNTDID 5305.', 'line', linesOf, (line) => isNullOr((code) => vatCategories.has(code))(line.vatCategory)),
  eachRule('BR-CL-19', 'BT-98', 'The reason of an allowance is a code of UNTDID 5189.', 'allowance', allowancesOf, (each) => isNullOr((code) => allowanceReasons.has(code))(each.reasonCode)),
  eachRule('BR-CL-20', 'BT-105', 'The reason of a charge is a code of UNTDID 7161.', 'charge', chargesOf, (each) => isNullOr((code) => /^[A-Z]{2,3}$/.test(code))(each.reasonCode)),
  eachRule('BR-CL-22', 'BT-121', 'The reason of an exemption is a code of the CEF’s list.', 'VAT breakdown', (invoice) => invoice.taxBreakdown, (each) => isNullOr((code) => /^VATEX-[A-Z]{2}-[A-Z0-9-]+$/i.test(code))(each.exemptionReasonCode)),
  eachRule('BR-CL-23', 'BT-130', 'A unit is a code of UN/ECE recommendation 20 or 21.', 'line', linesOf, (line) => isNullOr((code) => /^[A-Z0-9]{2,3}$/.test(code))(line.unit)),
  eachRule('BR-CL-24', 'BT-125', 'An embedded document is of a type that the standard allows.', 'document', (invoice) => invoice.attachments, (each) => isNullOr((code) => attachmentTypes.has(code))(each.mimeType)),
  wholeRule('BR-CL-25', 'BT-34', 'The scheme of an electronic address is a code of the EAS list.', ({ seller, buyer }) => [seller, buyer].every((party) => isNullOr((code) => /^([A-Z]{2}|\d{4})$/.test(code))(party.electronicAddress?.scheme))),
  wholeRule('BR-CO-09', 'BT-31', 'A VAT number begins with the country that gave it.', ({ seller, buyer, taxRepresentative }) => [seller.vatId, buyer.vatId, taxRepresentative?.vatId].every(isNullOr(hasVatPrefix))),
  wholeRule('DB-02', 'BT-9', 'A date is a day of the calendar.', (invoice) => dates(invoice).every(isNullOr(isCalendarDay))),
];
