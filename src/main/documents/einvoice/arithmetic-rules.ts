/**
 * EN 16931-1, rules of arithmetic (BR-CO-10 to 17) and of decimals (BR-DEC), exactly: a cent too much is wrong. Amounts that are no numbers are named by
 * `DB-01`, a rule of our own, because the standard leaves them to the syntax.
 */
import { currencyExponent, isCurrencyCode } from '../../../shared/money/currency.ts';
import { addDecimals, decimalPlacesOf, isSameDecimal, multiplyDecimals, readDecimal, roundDecimal, type ExactDecimal } from './exact-decimal.ts';
import type { EInvoice, EInvoiceLine } from './invoice-model.ts';
import { allowancesOf, chargesOf, eachRule, lineAllowancesOf, lineChargesOf, linesOf, orZero, wholeRule, type EInvoiceRule } from './rule.ts';

const hundredth: ExactDecimal = { units: 1n, scale: 2 };

/** The sum of texts; null where one of them is no number. */
function sumOf(texts: readonly (string | null)[]): ExactDecimal | null {
  const numbers = texts.map(orZero);
  return numbers.every((number) => number !== null) ? addDecimals(...numbers) : null;
}

/** Whether a total is what it should be; what is absent or no number is another rule's. */
function isTotal(total: string | null, expected: ExactDecimal | null): boolean {
  const given = readDecimal(total);
  return given === null || expected === null || isSameDecimal(given, expected);
}

const minus = (text: string | null): string | null => (text === null ? null : text.trim().startsWith('-') ? text.trim().slice(1) : `-${text.trim().replace(/^\+/, '')}`);

/** Where there is no total, the things it would sum are not there either. */
function isSumOf(total: string | null, parts: readonly (string | null)[]): boolean {
  return total === null ? parts.length === 0 : isTotal(total, sumOf(parts));
}

/**
 * BR-CO-17: taxable amount × rate ÷ 100, rounded to two decimals; without a rate there is no tax. A currency without decimals has whole amounts only: its
 * tax may be rounded to those, which the standard's own test lets pass.
 */
function isTax(tax: string | null, taxable: string | null, rate: string | null, currency: string | null): boolean {
  const base = readDecimal(taxable);
  const percent = orZero(rate);
  if (base === null || percent === null) return true;
  const exact = multiplyDecimals(multiplyDecimals(base, percent), hundredth);
  const code = currency?.toLowerCase() ?? '';
  const decimals = isCurrencyCode(code) ? Math.min(2, currencyExponent(code)) : 2;
  return isTotal(tax, roundDecimal(exact, 2)) || isTotal(tax, roundDecimal(exact, decimals));
}

const sums: readonly EInvoiceRule[] = [
  wholeRule('BR-CO-10', 'BT-106', 'The sum of the lines is the sum of their net amounts.', ({ totals, lines }) => isTotal(totals.lineNet, sumOf(lines.map((line) => line.netAmount)))),
  wholeRule('BR-CO-11', 'BT-107', 'The sum of allowances is the sum of their amounts.', (invoice) => isSumOf(invoice.totals.allowances, allowancesOf(invoice).map((each) => each.amount))),
  wholeRule('BR-CO-12', 'BT-108', 'The sum of charges is the sum of their amounts.', (invoice) => isSumOf(invoice.totals.charges, chargesOf(invoice).map((each) => each.amount))),
  wholeRule('BR-CO-13', 'BT-109', 'The total without VAT is the lines less allowances plus charges.', ({ totals }) => totals.lineNet === null || isTotal(totals.withoutVat, sumOf([totals.lineNet, minus(totals.allowances), totals.charges]))),
  wholeRule('BR-CO-14', 'BT-110', 'The total VAT is the sum of the VAT breakdown.', ({ totals, taxBreakdown }) => isTotal(totals.vat, sumOf(taxBreakdown.map((each) => each.taxAmount)))),
  wholeRule('BR-CO-15', 'BT-112', 'The total with VAT is the total without it plus the VAT.', ({ totals }) => totals.withoutVat === null || isTotal(totals.withVat, sumOf([totals.withoutVat, totals.vat]))),
  wholeRule('BR-CO-16', 'BT-115', 'The amount due is the total with VAT less what is paid plus the rounding.', (invoice) => invoice.thirdPartyPayments.length > 0 || isDue(invoice)),
  wholeRule('BR-DEX-09', 'BT-115', 'The amount due is the total with VAT less what is paid plus the rounding plus what third parties claim.', (invoice) => invoice.thirdPartyPayments.length === 0 || isDue(invoice)),
  eachRule('BR-CO-17', 'BT-117', 'The tax of a category is its taxable amount at its rate, rounded to two decimals.', 'VAT breakdown', (invoice) => invoice.taxBreakdown, (each, { currency }) => isTax(each.taxAmount, each.taxableAmount, each.rate, currency)),
  eachRule('BR-DEX-02', 'BT-131', 'The net amount of a line is the sum of what it consists of.', 'line', linesOf, areSubLinesWhole),
];

function isDue({ totals, thirdPartyPayments }: EInvoice): boolean {
  return totals.withVat === null || isTotal(totals.due, sumOf([totals.withVat, minus(totals.paid), totals.rounding, ...thirdPartyPayments.map((payment) => payment.amount)]));
}

function areSubLinesWhole(line: EInvoiceLine): boolean {
  if (line.subLines.length === 0) return true;
  return isTotal(line.netAmount, sumOf(line.subLines.map((each) => each.netAmount))) && line.subLines.every(areSubLinesWhole);
}

type AmountOf<T> = (item: T) => string | null;

/** At most two decimals, as written. */
function decimalsRule<T>(id: string, term: string, name: string, what: string, list: (invoice: EInvoice) => readonly T[], amount: AmountOf<T>): EInvoiceRule {
  return eachRule(id, term, `${name} has two decimals at most.`, what, list, (item) => decimalPlacesOf(amount(item) ?? '') <= 2);
}

const totalsOf = (invoice: EInvoice): readonly [EInvoice['totals']] => [invoice.totals];
const breakdownOf = (invoice: EInvoice): EInvoice['taxBreakdown'] => invoice.taxBreakdown;

const decimals: readonly EInvoiceRule[] = [
  decimalsRule('BR-DEC-01', 'BT-92', 'An allowance', 'allowance', allowancesOf, (each) => each.amount),
  decimalsRule('BR-DEC-02', 'BT-93', 'The base of an allowance', 'allowance', allowancesOf, (each) => each.baseAmount),
  decimalsRule('BR-DEC-05', 'BT-99', 'A charge', 'charge', chargesOf, (each) => each.amount),
  decimalsRule('BR-DEC-06', 'BT-100', 'The base of a charge', 'charge', chargesOf, (each) => each.baseAmount),
  decimalsRule('BR-DEC-09', 'BT-106', 'The sum of the lines', 'total', totalsOf, (totals) => totals.lineNet),
  decimalsRule('BR-DEC-10', 'BT-107', 'The sum of allowances', 'total', totalsOf, (totals) => totals.allowances),
  decimalsRule('BR-DEC-11', 'BT-108', 'The sum of charges', 'total', totalsOf, (totals) => totals.charges),
  decimalsRule('BR-DEC-12', 'BT-109', 'The total without VAT', 'total', totalsOf, (totals) => totals.withoutVat),
  decimalsRule('BR-DEC-13', 'BT-110', 'The total VAT', 'total', totalsOf, (totals) => totals.vat),
  decimalsRule('BR-DEC-14', 'BT-112', 'The total with VAT', 'total', totalsOf, (totals) => totals.withVat),
  decimalsRule('BR-DEC-15', 'BT-111', 'The total VAT in the accounting currency', 'total', totalsOf, (totals) => totals.vatInAccountingCurrency),
  decimalsRule('BR-DEC-16', 'BT-113', 'The paid amount', 'total', totalsOf, (totals) => totals.paid),
  decimalsRule('BR-DEC-17', 'BT-114', 'The rounding', 'total', totalsOf, (totals) => totals.rounding),
  decimalsRule('BR-DEC-18', 'BT-115', 'The amount due', 'total', totalsOf, (totals) => totals.due),
  decimalsRule('BR-DEC-19', 'BT-116', 'A taxable amount', 'VAT breakdown', breakdownOf, (each) => each.taxableAmount),
  decimalsRule('BR-DEC-20', 'BT-117', 'A tax amount', 'VAT breakdown', breakdownOf, (each) => each.taxAmount),
  decimalsRule('BR-DEC-23', 'BT-131', 'The net amount of a line', 'line', linesOf, (line) => line.netAmount),
  decimalsRule('BR-DEC-24', 'BT-136', 'A line’s allowance', 'line allowance', lineAllowancesOf, (each) => each.amount),
  decimalsRule('BR-DEC-25', 'BT-137', 'The base of a line’s allowance', 'line allowance', lineAllowancesOf, (each) => each.baseAmount),
  decimalsRule('BR-DEC-27', 'BT-141', 'A line’s charge', 'line charge', lineChargesOf, (each) => each.amount),
  decimalsRule('BR-DEC-28', 'BT-142', 'The base of a line’s charge', 'line charge', lineChargesOf, (each) => each.baseAmount),
];

/** Every number of the invoice with the term it belongs to. */
function numbersOf(invoice: EInvoice): { term: string; text: string | null }[] {
  const { totals } = invoice;
  return [
    { term: 'BT-106', text: totals.lineNet }, { term: 'BT-107', text: totals.allowances }, { term: 'BT-108', text: totals.charges }, { term: 'BT-109', text: totals.withoutVat }, { term: 'BT-110', text: totals.vat },
    { term: 'BT-111', text: totals.vatInAccountingCurrency }, { term: 'BT-112', text: totals.withVat }, { term: 'BT-113', text: totals.paid }, { term: 'BT-114', text: totals.rounding }, { term: 'BT-115', text: totals.due },
    ...invoice.allowanceCharges.flatMap((each) => [{ term: 'BT-92', text: each.amount }, { term: 'BT-93', text: each.baseAmount }, { term: 'BT-94', text: each.percentage }, { term: 'BT-96', text: each.vatRate }]),
    ...invoice.taxBreakdown.flatMap((each) => [{ term: 'BT-116', text: each.taxableAmount }, { term: 'BT-117', text: each.taxAmount }, { term: 'BT-119', text: each.rate }]),
    ...invoice.lines.flatMap((line) => [
      { term: 'BT-129', text: line.quantity }, { term: 'BT-131', text: line.netAmount }, { term: 'BT-146', text: line.netPrice }, { term: 'BT-147', text: line.priceDiscount }, { term: 'BT-148', text: line.grossPrice },
      { term: 'BT-149', text: line.priceBaseQuantity }, { term: 'BT-152', text: line.vatRate }, ...line.allowanceCharges.flatMap((each) => [{ term: 'BT-136', text: each.amount }, { term: 'BT-137', text: each.baseAmount }]),
    ]),
  ];
}

const numbers: EInvoiceRule = {
  id: 'DB-01', term: 'BT-131', says: 'An amount, a quantity and a rate are decimal numbers.',
  places: (invoice) => [...new Set(numbersOf(invoice).filter(({ text }) => text !== null && readDecimal(text) === null).map(({ term }) => term))],
};

export const arithmeticRules: readonly EInvoiceRule[] = [...sums, ...decimals, numbers];
