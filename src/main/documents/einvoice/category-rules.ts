/**
 * EN 16931-1, rules of each VAT category: S standard rated, Z zero rated, E exempt, AE reverse charge, K intra-community supply, G export, O not subject to
 * VAT, L the Canary Islands' IGIC, M the IPSI of Ceuta and Melilla, B Italy's split payment. The categories differ in which numbers the parties need, in the
 * rate and in whether a reason is given; the rest is alike.
 */
import { addDecimals, decimalKey, isSameDecimal, negateDecimal, readDecimal, zero, type ExactDecimal } from './exact-decimal.ts';
import type { EInvoice, EInvoiceTaxBreakdown } from './invoice-model.ts';
import { allowancesOf, chargesOf, eachRule, isThere, linesOf, orZero, wholeRule, type EInvoiceRule } from './rule.ts';

interface Category {
  readonly code: string;
  /** Of its rules: BR-S-01. */
  readonly prefix: string;
  readonly name: string;
  /** Which numbers seller and buyer need. */
  readonly parties: { readonly says: string; readonly hold: (invoice: EInvoice) => boolean };
  readonly rate: 'positive' | 'not negative' | 'zero' | 'none';
  readonly needsReason: boolean;
}

const hasSellerVat = ({ seller, taxRepresentative }: EInvoice): boolean => isThere(seller.vatId) || isThere(taxRepresentative?.vatId);
const hasSellerTaxNumber = (invoice: EInvoice): boolean => hasSellerVat(invoice) || isThere(invoice.seller.taxRegistration);
const hasBuyerVat = ({ buyer }: EInvoice): boolean => isThere(buyer.vatId);

const sellerTaxNumber = { says: 'the seller has a VAT number or a tax number', hold: hasSellerTaxNumber };
const categories: readonly Category[] = [
  { code: 'S', prefix: 'BR-S', name: 'standard rated', parties: sellerTaxNumber, rate: 'positive', needsReason: false },
  { code: 'Z', prefix: 'BR-Z', name: 'zero rated', parties: sellerTaxNumber, rate: 'zero', needsReason: false },
  { code: 'E', prefix: 'BR-E', name: 'exempt from VAT', parties: sellerTaxNumber, rate: 'zero', needsReason: true },
  { code: 'AE', prefix: 'BR-AE', name: 'reverse charge', parties: { says: 'the seller has a VAT number or a tax number and the buyer a VAT number or a register number', hold: (invoice) => hasSellerTaxNumber(invoice) && (hasBuyerVat(invoice) || invoice.buyer.legalId !== null) }, rate: 'zero', needsReason: true },
  { code: 'K', prefix: 'BR-IC', name: 'intra-community supply', parties: { says: 'seller and buyer have VAT numbers', hold: (invoice) => hasSellerVat(invoice) && hasBuyerVat(invoice) }, rate: 'zero', needsReason: true },
  { code: 'G', prefix: 'BR-G', name: 'export outside the EU', parties: { says: 'the seller has a VAT number', hold: hasSellerVat }, rate: 'zero', needsReason: true },
  { code: 'O', prefix: 'BR-O', name: 'not subject to VAT', parties: { says: 'no VAT number of seller, representative or buyer is given', hold: (invoice) => !hasSellerVat(invoice) && !hasBuyerVat(invoice) }, rate: 'none', needsReason: true },
  { code: 'L', prefix: 'BR-AF', name: 'IGIC', parties: sellerTaxNumber, rate: 'not negative', needsReason: false },
  { code: 'M', prefix: 'BR-AG', name: 'IPSI', parties: sellerTaxNumber, rate: 'not negative', needsReason: false },
];

/** Categories with several rates have a breakdown for each of them, the others exactly one. */
const isRated = ({ rate }: Category): boolean => rate === 'positive' || rate === 'not negative';

function isRateRight({ rate: wanted }: Category, text: string | null): boolean {
  if (wanted === 'none') return text === null;
  const rate = readDecimal(text);
  if (rate === null) return false;
  return wanted === 'zero' ? rate.units === 0n : wanted === 'positive' ? rate.units > 0n : rate.units >= 0n;
}

const rateWords: Readonly<Record<Category['rate'], string>> = { positive: 'a rate above zero', 'not negative': 'a rate of zero or more', zero: 'the rate zero', none: 'no rate' };

function isUsed(invoice: EInvoice, code: string): boolean {
  return invoice.lines.some((line) => line.vatCategory === code) || invoice.allowanceCharges.some((each) => each.vatCategory === code);
}

/** What lines, charges and allowances of a category (and of a rate, where it has several) come to; null where one of the amounts is no number. */
function taxableOf(invoice: EInvoice, category: Category, rate: ExactDecimal | null): ExactDecimal | null {
  const key = rate === null ? null : decimalKey(rate);
  const isOfIt = (code: string | null, text: string | null): boolean => {
    if (code !== category.code) return false;
    const own = readDecimal(text);
    return !isRated(category) || (own !== null && decimalKey(own) === key);
  };
  const amounts = [
    ...invoice.lines.filter((line) => isOfIt(line.vatCategory, line.vatRate)).map((line) => orZero(line.netAmount)),
    ...chargesOf(invoice).filter((each) => isOfIt(each.vatCategory, each.vatRate)).map((each) => orZero(each.amount)),
    ...allowancesOf(invoice).filter((each) => isOfIt(each.vatCategory, each.vatRate)).map((each) => orZero(each.amount)).map((amount) => amount && negateDecimal(amount)),
  ];
  return amounts.every((amount) => amount !== null) ? addDecimals(zero, ...amounts) : null;
}

function isTaxableRight(breakdown: EInvoiceTaxBreakdown, invoice: EInvoice, category: Category): boolean {
  const given = readDecimal(breakdown.taxableAmount);
  const expected = taxableOf(invoice, category, readDecimal(breakdown.rate));
  return given === null || expected === null || isSameDecimal(given, expected);
}

function rulesOf(category: Category): EInvoiceRule[] {
  const { code, prefix, name, parties, needsReason } = category;
  const ofIt = <T>(list: readonly T[], codeOf: (item: T) => string | null): T[] => list.filter((item) => codeOf(item) === code);
  const lines = (invoice: EInvoice) => ofIt(linesOf(invoice), (line) => line.vatCategory);
  const allowances = (invoice: EInvoice) => ofIt(allowancesOf(invoice), (each) => each.vatCategory);
  const charges = (invoice: EInvoice) => ofIt(chargesOf(invoice), (each) => each.vatCategory);
  const breakdowns = (invoice: EInvoice) => ofIt(invoice.taxBreakdown, (each) => each.category);
  const partiesRule = (number: string, what: string, used: (invoice: EInvoice) => readonly unknown[]): EInvoiceRule => wholeRule(`${prefix}-${number}`, 'BT-31', `Where ${what} is ${name}, ${parties.says}.`, (invoice) => used(invoice).length === 0 || parties.hold(invoice));
  const rateRule = <T extends { readonly vatRate: string | null }>(number: string, term: string, what: string, list: (invoice: EInvoice) => readonly T[]): EInvoiceRule => eachRule(`${prefix}-${number}`, term, `${what} that is ${name} has ${rateWords[category.rate]}.`, what.replace(/^An? /, '').toLowerCase(), list, (item) => isRateRight(category, item.vatRate));
  return [
    isRated(category)
      ? wholeRule(`${prefix}-01`, 'BG-23', `What is ${name} has its VAT breakdown.`, (invoice) => !isUsed(invoice, code) || breakdowns(invoice).length > 0)
      : wholeRule(`${prefix}-01`, 'BG-23', `What is ${name} has exactly one VAT breakdown.`, (invoice) => breakdowns(invoice).length === (isUsed(invoice, code) ? 1 : 0)),
    partiesRule('02', 'a line', lines),
    partiesRule('03', 'an allowance', allowances),
    partiesRule('04', 'a charge', charges),
    rateRule('05', 'BT-152', 'A line', lines),
    rateRule('06', 'BT-96', 'An allowance', allowances),
    rateRule('07', 'BT-103', 'A charge', charges),
    eachRule(`${prefix}-08`, 'BT-116', `The taxable amount of what is ${name} is its lines and charges less its allowances${isRated(category) ? ', for each rate' : ''}.`, 'VAT breakdown', breakdowns, (each, invoice) => isTaxableRight(each, invoice, category)),
    // Where there is a rate, BR-CO-17 says what the tax is.
    ...(isRated(category) ? [] : [eachRule(`${prefix}-09`, 'BT-117', `What is ${name} has no tax.`, 'VAT breakdown', breakdowns, (each) => (readDecimal(each.taxAmount)?.units ?? 0n) === 0n)]),
    needsReason
      ? eachRule(`${prefix}-10`, 'BT-120', `What is ${name} gives the reason or its code.`, 'VAT breakdown', breakdowns, (each) => isThere(each.exemptionReason) || isThere(each.exemptionReasonCode))
      : eachRule(`${prefix}-10`, 'BT-120', `What is ${name} gives no reason for an exemption.`, 'VAT breakdown', breakdowns, (each) => !isThere(each.exemptionReason) && !isThere(each.exemptionReasonCode)),
  ];
}

const hasBreakdown = (invoice: EInvoice, code: string): boolean => invoice.taxBreakdown.some((each) => each.category === code);
const isPeriodGiven = ({ period }: EInvoice): boolean => period !== null && (isThere(period.start) || isThere(period.end));

const special: readonly EInvoiceRule[] = [
  wholeRule('BR-IC-11', 'BT-72', 'An intra-community supply has its day of delivery or its period.', (invoice) => !hasBreakdown(invoice, 'K') || isThere(invoice.delivery?.on) || isPeriodGiven(invoice)),
  wholeRule('BR-IC-12', 'BT-80', 'An intra-community supply names the country it goes to.', (invoice) => !hasBreakdown(invoice, 'K') || isThere(invoice.delivery?.address?.country)),
  wholeRule('BR-O-11', 'BG-23', 'What is not subject to VAT stands alone: there is no other VAT breakdown.', (invoice) => !hasBreakdown(invoice, 'O') || invoice.taxBreakdown.every((each) => each.category === 'O')),
  eachRule('BR-O-12', 'BT-151', 'Beside what is not subject to VAT no line is of another category.', 'line', linesOf, (line, invoice) => !hasBreakdown(invoice, 'O') || line.vatCategory === 'O'),
  eachRule('BR-O-13', 'BT-95', 'Beside what is not subject to VAT no allowance is of another category.', 'allowance', allowancesOf, (each, invoice) => !hasBreakdown(invoice, 'O') || each.vatCategory === 'O'),
  eachRule('BR-O-14', 'BT-102', 'Beside what is not subject to VAT no charge is of another category.', 'charge', chargesOf, (each, invoice) => !hasBreakdown(invoice, 'O') || each.vatCategory === 'O'),
  wholeRule('BR-B-01', 'BT-40', 'Split payment is for invoices within Italy.', (invoice) => !isUsed(invoice, 'B') || (invoice.seller.address?.country === 'IT' && invoice.buyer.address?.country === 'IT')),
  wholeRule('BR-B-02', 'BT-151', 'Beside split payment nothing is standard rated.', (invoice) => !isUsed(invoice, 'B') || !isUsed(invoice, 'S')),
];

export const categoryRules: readonly EInvoiceRule[] = [...categories.flatMap(rulesOf), ...special];
