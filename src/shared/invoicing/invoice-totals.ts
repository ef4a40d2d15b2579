/**
 * Totals of an invoice being written (domain.md §4): lines → discounts → subtotal → tax → total → withholding → payable. Pure, and shared with the screen, so that the live total is
 * the total that is stored.
 *
 * Half away from zero to the minor unit, once per line; tax once per invoice and rate (as EN 16931 needs) or once per line. 1,393.50 + 21 % (292.64) − 15 % withholding (209.03) = 1,477.11.
 */
import type { CurrencyCode } from '../money/currency.ts';
import { currencyExponent } from '../money/currency.ts';
import { addMinorUnits, allocate, minorUnits, mulDiv, parseDecimal, type MinorUnits } from '../money/money.ts';
import { divideRounded } from '../money/rounding.ts';

export type TaxTreatment = 'standard' | 'reverse-charge' | 'exempt' | 'outside-scope';
export interface LineTax {
  readonly treatment: TaxTreatment;
  readonly basisPoints: number;
}
export type Discount = { readonly kind: 'percentage'; readonly basisPoints: number } | { readonly kind: 'amount'; readonly amountMinor: number };
/** `inclusive`: what is written on a line has its tax in it. */
export type PriceMode = 'exclusive' | 'inclusive';
export type TaxRounding = 'per-invoice' | 'per-line';

export interface TotalledLine {
  /** As written: before its discount, with its tax where prices are inclusive. */
  readonly amountMinor: number;
  readonly discountMinor: number;
  readonly tax: LineTax;
  /** Only where it is not the whole's. */
  readonly withholdingBasisPoints?: number | null;
}

export interface TotalsInput {
  readonly lines: readonly TotalledLine[];
  /** Off the whole invoice, beside the lines' own. */
  readonly discount: Discount | null;
  readonly priceMode: PriceMode;
  readonly taxRounding: TaxRounding;
  readonly withholdingBasisPoints: number;
}

export interface TaxShare extends LineTax {
  /** After discounts, before tax. */
  readonly baseMinor: MinorUnits;
  readonly amountMinor: MinorUnits;
}

export interface WithholdingShare {
  readonly basisPoints: number;
  /** After discounts, before tax. */
  readonly baseMinor: MinorUnits;
  readonly amountMinor: MinorUnits;
}

export interface InvoiceFigures {
  /** Of lines and of the whole, together; without tax where prices are exclusive, with it where they are inclusive. */
  readonly discountMinor: MinorUnits;
  readonly subtotalMinor: MinorUnits;
  readonly taxes: readonly TaxShare[];
  readonly taxMinor: MinorUnits;
  readonly totalMinor: MinorUnits;
  readonly withholdingMinor: MinorUnits;
  /** Each rate once; together the withholding. */
  readonly withholdings: readonly WithholdingShare[];
  readonly payableMinor: MinorUnits;
  /** Of each line: after its discounts, before tax; together the subtotal. */
  readonly lineNets: readonly MinorUnits[];
  /** Of each line: its own discount and its share of the whole's. */
  readonly lineDiscounts: readonly MinorUnits[];
}

const rounding = 'half-away-from-zero' as const;
const sum = (amounts: readonly number[]): MinorUnits => addMinorUnits(0, ...amounts);
export const shareOf = (amount: number, basisPoints: number): MinorUnits => mulDiv(amount, basisPoints, 10_000, rounding);

/** What a discount takes off an amount. It never takes more than there is. */
export function discountOf(discount: Discount | null, amountMinor: number): MinorUnits {
  if (discount === null) return minorUnits(0);
  if (discount.kind === 'percentage') return shareOf(amountMinor, discount.basisPoints);
  return minorUnits(amountMinor >= 0 ? Math.min(discount.amountMinor, amountMinor) : 0);
}

/** Quantity × price, both decimal text, rounded once. @throws ValidationError `decimal-invalid`. */
export function lineAmount(quantity: string, unitPrice: string, currency: CurrencyCode): MinorUnits {
  const [count, price] = [parseDecimal(quantity), parseDecimal(unitPrice)];
  return minorUnits(divideRounded(count.numerator * price.numerator * 10n ** BigInt(currencyExponent(currency)), count.denominator * price.denominator, rounding));
}

/** By the size of what bears it; nothing bears what nothing can. */
function spread(total: number, amounts: readonly number[]): MinorUnits[] {
  const weights = amounts.map(Math.abs);
  if (total === 0 || sum(weights) === 0) return amounts.map(() => minorUnits(0));
  return allocate(total, weights);
}

export function invoiceTotals({ lines, discount, priceMode, taxRounding, withholdingBasisPoints }: TotalsInput): InvoiceFigures {
  const afterOwn = lines.map((line) => line.amountMinor - line.discountMinor);
  const shares = spread(discountOf(discount, sum(afterOwn)), afterOwn);
  const lineDiscounts = lines.map((line, index) => minorUnits(line.discountMinor + (shares[index] ?? 0)));
  const discounted = lines.map((line, index) => line.amountMinor - (lineDiscounts[index] ?? 0));
  const lineNets: MinorUnits[] = lines.map(() => minorUnits(0));
  const taxes: TaxShare[] = [];
  for (const places of Map.groupBy(lines.keys(), (index) => `${lines[index]?.tax.treatment}/${rateOf(lines[index])}`).values()) {
    const tax: LineTax = { treatment: lines[places[0] ?? 0]?.tax.treatment ?? 'standard', basisPoints: rateOf(lines[places[0] ?? 0]) };
    const amounts = places.map((index) => discounted[index] ?? 0);
    const taxOf = (amount: number): MinorUnits => (priceMode === 'inclusive' ? mulDiv(amount, tax.basisPoints, 10_000 + tax.basisPoints, rounding) : shareOf(amount, tax.basisPoints));
    const ofLines = taxRounding === 'per-line' ? amounts.map(taxOf) : null;
    const amountMinor = ofLines ? sum(ofLines) : taxOf(sum(amounts));
    const contained = priceMode === 'inclusive' ? (ofLines ?? spread(amountMinor, amounts)) : [];
    for (const [order, index] of places.entries()) lineNets[index] = minorUnits((amounts[order] ?? 0) - (contained[order] ?? 0));
    taxes.push({ ...tax, baseMinor: sum(places.map((index) => lineNets[index] ?? 0)), amountMinor });
  }
  const subtotalMinor = sum(lineNets);
  const taxMinor = sum(taxes.map((share) => share.amountMinor));
  const totalMinor = sum([subtotalMinor, taxMinor]);
  const withholdings = [...Map.groupBy(lines.keys(), (index) => lines[index]?.withholdingBasisPoints ?? withholdingBasisPoints)].map(([basisPoints, places]): WithholdingShare => {
    const baseMinor = sum(places.map((index) => lineNets[index] ?? 0));
    return { basisPoints, baseMinor, amountMinor: shareOf(baseMinor, basisPoints) };
  });
  const withholdingMinor = sum(withholdings.map((share) => share.amountMinor));
  return { discountMinor: sum(lineDiscounts), subtotalMinor, taxes, taxMinor, totalMinor, withholdingMinor, withholdings, payableMinor: minorUnits(totalMinor - withholdingMinor), lineNets, lineDiscounts };
}

/** Only what is taxed by the standard rules has a rate. */
const rateOf = (line: TotalledLine | undefined): number => (line?.tax.treatment === 'standard' ? line.tax.basisPoints : 0);
