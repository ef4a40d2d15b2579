/**
 * EN 16931-1, rules of presence and sense: BR-1 to BR-66 and those of BR-CO that ask whether something is there.
 */
import type { EInvoice, EInvoiceAllowanceCharge, EInvoicePeriod } from './invoice-model.ts';
import { readDecimal } from './exact-decimal.ts';
import { allowancesOf, chargesOf, eachRule, isThere, lineAllowancesOf, lineChargesOf, linesOf, wholeRule, withNumbers, type EInvoiceRule } from './rule.ts';

const creditTransfers: ReadonlySet<string> = new Set(['30', '58']);
const datePattern = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** A day of the calendar, as ISO 8601 writes it. */
export function isCalendarDay(text: string): boolean {
  if (!datePattern.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function isInOrder(period: EInvoicePeriod | null): boolean {
  return period?.start == null || period.end == null || period.end >= period.start;
}

const isFilled = (period: EInvoicePeriod | null): boolean => period === null || period.start !== null || period.end !== null;
const hasReason = (each: EInvoiceAllowanceCharge): boolean => isThere(each.reason) || isThere(each.reasonCode);
const isNotNegative = (text: string | null): boolean => withNumbers([text], (number) => number!.units >= 0n);

const ofTheInvoice: readonly EInvoiceRule[] = [
  wholeRule('BR-01', 'BT-24', 'An invoice names the specification it follows.', (invoice) => isThere(invoice.specificationId)),
  wholeRule('BR-02', 'BT-1', 'An invoice has a number.', (invoice) => isThere(invoice.number)),
  wholeRule('BR-03', 'BT-2', 'An invoice has a date of issue.', (invoice) => invoice.issuedOn !== null && isCalendarDay(invoice.issuedOn)),
  wholeRule('BR-04', 'BT-3', 'An invoice says by a code what kind of document it is.', (invoice) => isThere(invoice.typeCode)),
  wholeRule('BR-05', 'BT-5', 'An invoice names its currency.', (invoice) => isThere(invoice.currency)),
  wholeRule('BR-06', 'BT-27', 'The seller has a name.', (invoice) => isThere(invoice.seller.name)),
  wholeRule('BR-07', 'BT-44', 'The buyer has a name.', (invoice) => isThere(invoice.buyer.name)),
  wholeRule('BR-08', 'BG-5', 'The seller has an address.', (invoice) => invoice.seller.address !== null),
  wholeRule('BR-09', 'BT-40', 'The seller’s address names its country.', (invoice) => invoice.seller.address === null || isThere(invoice.seller.address.country)),
  wholeRule('BR-10', 'BG-8', 'The buyer has an address.', (invoice) => invoice.buyer.address !== null),
  wholeRule('BR-11', 'BT-55', 'The buyer’s address names its country.', (invoice) => invoice.buyer.address === null || isThere(invoice.buyer.address.country)),
  wholeRule('BR-12', 'BT-106', 'The sum of the lines is given.', (invoice) => isThere(invoice.totals.lineNet)),
  wholeRule('BR-13', 'BT-109', 'The total without VAT is given.', (invoice) => isThere(invoice.totals.withoutVat)),
  wholeRule('BR-14', 'BT-112', 'The total with VAT is given.', (invoice) => isThere(invoice.totals.withVat)),
  wholeRule('BR-15', 'BT-115', 'The amount due is given.', (invoice) => isThere(invoice.totals.due)),
  wholeRule('BR-16', 'BG-25', 'An invoice has a line at least.', (invoice) => invoice.lines.length > 0),
  wholeRule('BR-17', 'BT-59', 'A payee other than the seller has a name, and is not the seller.', (invoice) => invoice.payee === null || (isThere(invoice.payee.name) && !isSellerPaid(invoice))),
  wholeRule('BR-18', 'BT-62', 'A tax representative has a name.', (invoice) => invoice.taxRepresentative === null || isThere(invoice.taxRepresentative.name)),
  wholeRule('BR-19', 'BG-12', 'A tax representative has an address.', (invoice) => invoice.taxRepresentative === null || invoice.taxRepresentative.address !== null),
  wholeRule('BR-20', 'BT-69', 'A tax representative’s address names its country.', (invoice) => !invoice.taxRepresentative?.address || isThere(invoice.taxRepresentative.address.country)),
  wholeRule('BR-29', 'BT-74', 'The invoicing period does not end before it starts.', (invoice) => isInOrder(invoice.period)),
  wholeRule('BR-53', 'BT-111', 'Where VAT is accounted for in another currency, its total is given in that one too.', (invoice) => invoice.accountingCurrency === null || (invoice.accountingCurrency !== invoice.currency && isThere(invoice.totals.vatInAccountingCurrency))),
  eachRule('BR-55', 'BT-25', 'A preceding invoice is named by its number.', 'preceding invoice', (invoice) => invoice.precedingInvoices, (each) => isThere(each.number)),
  wholeRule('BR-56', 'BT-63', 'A tax representative has a VAT number.', (invoice) => invoice.taxRepresentative === null || isThere(invoice.taxRepresentative.vatId)),
  wholeRule('BR-57', 'BT-80', 'An address of delivery names its country.', (invoice) => !invoice.delivery?.address || isThere(invoice.delivery.address.country)),
  wholeRule('BR-62', 'BT-34', 'The seller’s electronic address names its scheme.', ({ seller }) => seller.electronicAddress === null || isThere(seller.electronicAddress.scheme)),
  wholeRule('BR-63', 'BT-49', 'The buyer’s electronic address names its scheme.', ({ buyer }) => buyer.electronicAddress === null || isThere(buyer.electronicAddress.scheme)),
  wholeRule('BR-CO-03', 'BT-7', 'The date of the tax point and its code exclude each other.', (invoice) => invoice.taxPointOn === null || invoice.taxPointCode === null),
  wholeRule('BR-CO-18', 'BG-23', 'An invoice has a VAT breakdown.', (invoice) => invoice.taxBreakdown.length > 0),
  wholeRule('BR-CO-19', 'BG-14', 'An invoicing period has a start, an end or both.', (invoice) => isFilled(invoice.period)),
  wholeRule('BR-CO-25', 'BT-9', 'Where something is due, the due date or the payment terms are given.', (invoice) => (readDecimal(invoice.totals.due)?.units ?? 0n) <= 0n || isThere(invoice.dueOn) || isThere(invoice.paymentTerms)),
  wholeRule('BR-CO-26', 'BT-31', 'The seller is known by an identifier, a register number or a VAT number.', ({ seller }) => seller.ids.length > 0 || seller.legalId !== null || isThere(seller.vatId)),
];

function isSellerPaid({ payee, seller }: EInvoice): boolean {
  return payee !== null && (payee.name === seller.name || (payee.id !== null && seller.ids.some((id) => id.value === payee.id?.value)) || (payee.legalId !== null && payee.legalId.value === seller.legalId?.value));
}

const ofLines: readonly EInvoiceRule[] = [
  eachRule('BR-21', 'BT-126', 'A line has an identifier.', 'line', linesOf, (line) => isThere(line.id)),
  eachRule('BR-22', 'BT-129', 'A line has a quantity.', 'line', linesOf, (line) => isThere(line.quantity)),
  eachRule('BR-23', 'BT-130', 'A line’s quantity has a unit.', 'line', linesOf, (line) => isThere(line.unit)),
  eachRule('BR-24', 'BT-131', 'A line has a net amount.', 'line', linesOf, (line) => isThere(line.netAmount)),
  eachRule('BR-25', 'BT-153', 'A line names its item.', 'line', linesOf, (line) => isThere(line.name)),
  eachRule('BR-26', 'BT-146', 'A line has the net price of its item.', 'line', linesOf, (line) => isThere(line.netPrice)),
  eachRule('BR-27', 'BT-146', 'A net price is not negative.', 'line', linesOf, (line) => isNotNegative(line.netPrice)),
  eachRule('BR-28', 'BT-148', 'A gross price is not negative.', 'line', linesOf, (line) => isNotNegative(line.grossPrice)),
  eachRule('BR-30', 'BT-135', 'A line’s period does not end before it starts.', 'line', linesOf, (line) => isInOrder(line.period)),
  eachRule('BR-54', 'BT-160', 'An item’s attribute has a name and a value.', 'line', linesOf, (line) => line.attributes.every((attribute) => isThere(attribute.name) && isThere(attribute.value))),
  eachRule('BR-64', 'BT-157', 'A standard identifier of an item names its scheme.', 'line', linesOf, (line) => line.standardId === null || isThere(line.standardId.scheme)),
  eachRule('BR-65', 'BT-158', 'A classification of an item names its scheme.', 'line', linesOf, (line) => line.classifications.every((each) => isThere(each.scheme))),
  eachRule('BR-CO-04', 'BT-151', 'A line has a VAT category.', 'line', linesOf, (line) => isThere(line.vatCategory)),
  eachRule('BR-CO-20', 'BG-26', 'A line’s period has a start, an end or both.', 'line', linesOf, (line) => isFilled(line.period)),
];

const ofAllowancesAndCharges: readonly EInvoiceRule[] = [
  eachRule('BR-66', 'BG-20', 'An allowance or charge says which of the two it is.', 'allowance or charge', (invoice) => [...invoice.allowanceCharges, ...invoice.lines.flatMap((line) => line.allowanceCharges)], (each) => each.kind !== null),
  eachRule('BR-31', 'BT-92', 'An allowance has an amount.', 'allowance', allowancesOf, (each) => isThere(each.amount)),
  eachRule('BR-32', 'BT-95', 'An allowance has a VAT category.', 'allowance', allowancesOf, (each) => isThere(each.vatCategory)),
  eachRule('BR-33', 'BT-97', 'An allowance has a reason or its code.', 'allowance', allowancesOf, hasReason),
  eachRule('BR-36', 'BT-99', 'A charge has an amount.', 'charge', chargesOf, (each) => isThere(each.amount)),
  eachRule('BR-37', 'BT-102', 'A charge has a VAT category.', 'charge', chargesOf, (each) => isThere(each.vatCategory)),
  eachRule('BR-38', 'BT-104', 'A charge has a reason or its code.', 'charge', chargesOf, hasReason),
  eachRule('BR-41', 'BT-136', 'A line’s allowance has an amount.', 'line allowance', lineAllowancesOf, (each) => isThere(each.amount)),
  eachRule('BR-42', 'BT-139', 'A line’s allowance has a reason or its code.', 'line allowance', lineAllowancesOf, hasReason),
  eachRule('BR-43', 'BT-141', 'A line’s charge has an amount.', 'line charge', lineChargesOf, (each) => isThere(each.amount)),
  eachRule('BR-44', 'BT-144', 'A line’s charge has a reason or its code.', 'line charge', lineChargesOf, hasReason),
];

const ofTaxAndPayment: readonly EInvoiceRule[] = [
  eachRule('BR-45', 'BT-116', 'A VAT breakdown has a taxable amount.', 'VAT breakdown', (invoice) => invoice.taxBreakdown, (each) => isThere(each.taxableAmount)),
  eachRule('BR-46', 'BT-117', 'A VAT breakdown has a tax amount.', 'VAT breakdown', (invoice) => invoice.taxBreakdown, (each) => isThere(each.taxAmount)),
  eachRule('BR-47', 'BT-118', 'A VAT breakdown has a category.', 'VAT breakdown', (invoice) => invoice.taxBreakdown, (each) => isThere(each.category)),
  eachRule('BR-48', 'BT-119', 'A VAT breakdown has a rate, unless it is not subject to VAT.', 'VAT breakdown', (invoice) => invoice.taxBreakdown, (each) => isThere(each.rate) || each.category === 'O'),
  eachRule('BR-49', 'BT-81', 'A way to pay has its code.', 'way to pay', (invoice) => invoice.paymentMeans, (each) => isThere(each.code)),
  eachRule('BR-50', 'BT-84', 'An account to pay to has its number.', 'account', (invoice) => invoice.paymentMeans.flatMap((each) => each.accounts), (each) => isThere(each.id)),
  eachRule('BR-51', 'BT-87', 'A card is named by its last digits only.', 'way to pay', (invoice) => invoice.paymentMeans, (each) => each.cardNumber === null || each.cardNumber.replace(/[^0-9]/g, '').length <= 10),
  eachRule('BR-52', 'BT-122', 'A supporting document has a reference.', 'document', (invoice) => invoice.attachments, (each) => isThere(each.reference)),
  eachRule('BR-61', 'BT-84', 'A credit transfer names the account to pay to.', 'way to pay', (invoice) => invoice.paymentMeans, (each) => !creditTransfers.has(each.code ?? '') || each.accounts.some((account) => isThere(account.id))),
];

export const presenceRules: readonly EInvoiceRule[] = [...ofTheInvoice, ...ofLines, ...ofAllowancesAndCharges, ...ofTaxAndPayment];
