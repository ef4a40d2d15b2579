/**
 * What a credit note takes back: lines or parts of lines after discounts, their tax and withholding (domain.md §4). Pure.
 *
 * Figures are cumulative: tax and withholding of a note are those of all that is credited up to it, less those of the notes before. So the notes of an invoice never come to
 * more than the invoice, and when all of it is credited they come to exactly it.
 */
import { ConflictError, ValidationError } from '../../shared/errors/errors.ts';
import { mulDiv } from '../../shared/money/money.ts';
import { lineDiscountsOf } from '../billing/line-discounts.ts';
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import { standingActs, type CreditedLine, type ReceivableAct } from './receivable-act.ts';

export interface CreditNoteFigures {
  readonly lines: readonly CreditedLine[];
  /** Every line of the invoice after discounts. */
  readonly lineNets: readonly number[];
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly withholdingMinor: number;
  /** What the customer gets: total less withholding. */
  readonly amountMinor: number;
}

const totalOf = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);

/** Each line after its share of the invoice's discounts; together the subtotal. */
export function lineNetsOf(invoice: Pick<PartnerInvoice, 'lines' | 'subtotalMinor' | 'discountMinor' | 'month' | 'snapshot'>): number[] {
  const discounts = lineDiscountsOf(invoice);
  const nets = invoice.lines.map((line, index) => line.amountMinor - (discounts[index] ?? 0));
  if (totalOf(nets) !== invoice.subtotalMinor) throw new ValidationError('invoice-totals-wrong', 'The lines of the invoice do not add up to its subtotal.');
  return nets;
}

/** What earlier notes took of each line. */
export function creditedByLine(acts: readonly ReceivableAct[]): Map<number, number> {
  const credited = new Map<number, number>();
  for (const act of standingActs(acts)) for (const line of act.lines ?? []) credited.set(line.lineIndex, (credited.get(line.lineIndex) ?? 0) + line.netMinor);
  return credited;
}

/**
 * @param wanted null: all that is left.
 * @throws ConflictError `credit-exceeds-left` when more than is left of a line is wanted, or nothing is left.
 */
export function creditNoteFigures(invoice: PartnerInvoice, acts: readonly ReceivableAct[], wanted: readonly { readonly lineIndex: number; readonly netMinor: number }[] | null): CreditNoteFigures {
  const lineNets = lineNetsOf(invoice);
  const before = creditedByLine(acts);
  const left = lineNets.map((net, index) => net - (before.get(index) ?? 0));
  const asked = new Map<number, number>();
  for (const { lineIndex, netMinor } of wanted ?? left.map((netMinor, lineIndex) => ({ lineIndex, netMinor }))) asked.set(lineIndex, (asked.get(lineIndex) ?? 0) + netMinor);
  const lines = [...asked].filter(([, netMinor]) => netMinor !== 0).map(([lineIndex, netMinor]): CreditedLine => ({ lineIndex, netMinor, description: invoice.lines[lineIndex]?.description ?? '' }));
  const isLeft = lines.length > 0 && lines.every(({ lineIndex, netMinor }) => {
    const whole = left[lineIndex] ?? 0;
    return netMinor >= Math.min(0, whole) && netMinor <= Math.max(0, whole);
  });
  if (!isLeft) throw new ConflictError('credit-exceeds-left', 'More would be credited than is left of the invoice.', { data: { id: invoice.id }, nextStep: 'Look at what is left of each line.' });
  const notes = standingActs(acts).filter((act) => act.kind === 'credit-note');
  const after = lineNets.map((_, index) => (before.get(index) ?? 0) + (asked.get(index) ?? 0));
  const netMinor = totalOf(lines.map((line) => line.netMinor));
  const taxMinor = taxUpTo(invoice, lineNets, after) - totalOf(notes.map((note) => note.taxMinor));
  const withholdingMinor = withholdingUpTo(invoice, lineNets, after) - totalOf(notes.map((note) => note.withholdingMinor));
  return { lines, lineNets, netMinor, taxMinor, withholdingMinor, amountMinor: netMinor + taxMinor - withholdingMinor };
}

const partOf = (figure: number, part: number, whole: number): number => (part === whole || whole === 0 ? figure : mulDiv(figure, part, whole, 'half-away-from-zero'));

/** The share that is withheld of a line. */
export function withholdingRateOf({ snapshot, lines }: Pick<PartnerInvoice, 'snapshot' | 'lines'>, lineIndex: number): number {
  return lines[lineIndex]?.withholdingRateBasisPoints ?? snapshot.withholdingRateBasisPoints;
}

/** What is withheld of all that is credited, by rate where the parts of the month have different ones. */
function withholdingUpTo(invoice: PartnerInvoice, lineNets: readonly number[], credited: readonly number[]): number {
  const byRate = Map.groupBy(lineNets.keys(), (index) => withholdingRateOf(invoice, index));
  const known = [...byRate.keys()].map((basisPoints) => invoice.snapshot.withholdings?.find((share) => share.basisPoints === basisPoints)?.amountMinor ?? (basisPoints === 0 ? 0 : undefined));
  // One rate, or rates that cannot be told apart: the whole in proportion.
  if (byRate.size === 1 || known.some((amount) => amount === undefined) || totalOf(known.map((amount) => amount ?? 0)) !== invoice.withholdingMinor) return partOf(invoice.withholdingMinor, totalOf(credited), invoice.subtotalMinor);
  return totalOf([...byRate].map(([basisPoints, places], order) => partAtRate(known[order] ?? 0, basisPoints, lineNets, credited, places)));
}

/** Of what was taken of lines of one rate, the part of what is credited of them: all of it when all is credited, whatever rounding gave. */
function partAtRate(whole: number, basisPoints: number, lineNets: readonly number[], credited: readonly number[], places: readonly number[]): number {
  const base = totalOf(places.map((index) => lineNets[index] ?? 0));
  const part = totalOf(places.map((index) => credited[index] ?? 0));
  const isByRate = mulDiv(base, basisPoints, 10_000, 'half-away-from-zero') === whole;
  return part !== base && isByRate ? mulDiv(part, basisPoints, 10_000, 'half-away-from-zero') : partOf(whole, part, base);
}

/** The tax of all that is credited, by rate. */
function taxUpTo({ snapshot, lines, taxMinor }: Pick<PartnerInvoice, 'snapshot' | 'lines' | 'taxMinor'>, lineNets: readonly number[], credited: readonly number[]): number {
  const standard = snapshot.taxTreatment === 'standard' ? snapshot.taxRateBasisPoints : 0;
  const rateOf = (index: number): number => {
    const own = lines[index]?.tax;
    return own ? (own.treatment === 'standard' ? own.basisPoints : 0) : (lines[index]?.taxRateBasisPoints ?? standard);
  };
  // Where each line's tax was rounded by itself, so is what is taken back of it: a line that is credited whole gives its own tax.
  const perLine = (nets: readonly number[]): number => totalOf(nets.map((net, index) => mulDiv(net, rateOf(index), 10_000, 'half-away-from-zero')));
  if (snapshot.taxRounding === 'per-line' && perLine(lineNets) === taxMinor) return perLine(credited);
  const byRate = Map.groupBy(lineNets.keys(), rateOf);
  const taxOfRate = (basisPoints: number): number | undefined => (byRate.size === 1 ? taxMinor : snapshot.taxes?.find((share) => share.basisPoints === basisPoints)?.amountMinor);
  const known = [...byRate.keys()].map((basisPoints) => taxOfRate(basisPoints) ?? (basisPoints === 0 ? 0 : undefined));
  // Rates that the lines do not tell apart, as on invoices of before they said theirs: the whole tax in proportion.
  if (known.some((tax) => tax === undefined) || totalOf(known.map((tax) => tax ?? 0)) !== taxMinor) return partOf(taxMinor, totalOf(credited), totalOf(lineNets));
  return totalOf([...byRate].map(([basisPoints, places]) => partAtRate(taxOfRate(basisPoints) ?? 0, basisPoints, lineNets, credited, places)));
}
