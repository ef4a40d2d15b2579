/**
 * How the discount of a billed month falls on its lines (domain.md §4): each part's discount on that part's own lines, in proportion to them. A minimum is charged after discount and
 * what is charged for other months after theirs, so neither bears any. Pure.
 */
import { allocate, minorUnits, type MinorUnits } from '../../shared/money/money.ts';
import { rateParts, type PartnerInvoiceLine } from './partner-invoice-calculation.ts';
import type { InvoiceDraft } from './partner-invoice.ts';

type DiscountedInvoice = Pick<InvoiceDraft, 'lines' | 'discountMinor' | 'month'> & { readonly snapshot: Pick<InvoiceDraft['snapshot'], 'rated'> };

/** The discount of each line; together the invoice's. */
export function lineDiscountsOf(invoice: DiscountedInvoice): MinorUnits[] {
  const own = invoice.lines.map((line) => line.discountMinor ?? 0);
  const rest = own.reduce((left, discount) => left - discount, invoice.discountMinor as number);
  if (rest === 0) return own.map(minorUnits);
  const shares = ratedDiscountsOf(invoice) ?? spread(rest, invoice.lines);
  return own.map((discount, index) => minorUnits(discount + (shares[index] ?? 0)));
}

/** By the parts the month was rated in; null where the lines are not those of its rating, as on an edited draft or an invoice of before it was kept. */
function ratedDiscountsOf({ lines, discountMinor, month, snapshot: { rated } }: DiscountedInvoice): number[] | null {
  if (!rated || month === null) return null;
  const parts = rateParts(rated.parts, month);
  const ratedLines = parts.flatMap((part) => part.lines);
  const isAsRated = ratedLines.every((line, index) => lines[index]?.amountMinor === line.amountMinor && lines[index].kind === line.kind && lines[index].discountMinor === undefined);
  return isAsRated && parts.reduce((sum, part) => sum + part.discountMinor, 0) === discountMinor ? parts.flatMap((part) => spread(part.discountMinor, part.lines)) : null;
}

const bearsNone = new Set<PartnerInvoiceLine['kind']>(['minimum', 'late-usage']);

/** By the size of what bears it; what nothing can bear is the first line's. */
function spread(discount: number, lines: readonly Pick<PartnerInvoiceLine, 'kind' | 'amountMinor' | 'discountMinor'>[]): number[] {
  const weights = lines.map((line) => (bearsNone.has(line.kind) ? 0 : Math.abs(line.amountMinor - (line.discountMinor ?? 0))));
  if (discount === 0) return weights.map(() => 0);
  return weights.every((weight) => weight === 0) ? lines.map((_, index) => (index === 0 ? discount : 0)) : allocate(discount, weights);
}
