/**
 * What an amount taken back from an invoice consists of: tax, revenue still deferred, revenue already earned (domain.md §3, §7). Pure.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { mulDiv } from '../../shared/money/money.ts';
import { unearnedByDay } from '../../shared/money/straight-line.ts';
import type { InvoiceFact, InvoiceLineFact } from './posting-facts.ts';

/** What a line brings after discount and billing credits, and without tax. */
export function netOfLine(line: InvoiceLineFact): number {
  return line.amountMinor - line.discountMinor - (line.billingCreditMinor ?? 0) - line.inclusiveTaxMinor;
}

/** A line whose service takes at least a day is deferred; one without a period is earned at once. */
export function isDeferredLine(line: InvoiceLineFact): boolean {
  return line.startOn !== null && line.endOn !== null && line.startOn < line.endOn;
}

/** Of a line's net, what is not earned by the end of a day: straight-line by day, the start day counts, the end day does not. */
export function unearnedOfLine(line: InvoiceLineFact, on: LocalDate): number {
  const { startOn, endOn } = line;
  return startOn === null || endOn === null || !isDeferredLine(line) ? 0 : unearnedByDay(netOfLine(line), { startOn, endOn }, on);
}

export interface EarnedSplit {
  readonly taxMinor: number;
  readonly deferredMinor: number;
  readonly earnedMinor: number;
}

/**
 * Of an amount that an invoice made due, what it billed itself: where the customer owed a balance before, that is billed with it and more is due than its total. What is over
 * has none of its tax and nothing that is still to be earned.
 */
export function billedByItself(amountMinor: number, { totalMinor }: Pick<InvoiceFact, 'totalMinor'>): number {
  return totalMinor > 0 ? Math.max(-totalMinor, Math.min(totalMinor, amountMinor)) : amountMinor;
}

/** The tax in an amount taken back, by the invoice's share; rounded half away from zero. */
export function taxShareOf(amountMinor: number, invoice: Pick<InvoiceFact, 'totalMinor' | 'taxMinor'>): number {
  const { taxMinor, totalMinor } = invoice;
  return totalMinor > 0 ? mulDiv(billedByItself(amountMinor, invoice), taxMinor, totalMinor, 'half-away-from-zero') : 0;
}

/**
 * Splits an amount taken back on a day. The parts sum to it exactly: tax and the deferred part are rounded half away from zero, the rest is earned.
 * @param taxMinor the tax in the amount where the document says it; else the invoice's share is used.
 */
export function splitByEarned(amountMinor: number, invoice: Pick<InvoiceFact, 'totalMinor' | 'taxMinor' | 'lines'>, on: LocalDate, taxMinor?: number): EarnedSplit {
  const tax = taxMinor ?? taxShareOf(amountMinor, invoice);
  const rest = billedByItself(amountMinor, invoice) - tax;
  let net = 0;
  let unearned = 0;
  for (const line of invoice.lines) {
    net += netOfLine(line);
    unearned += unearnedOfLine(line, on);
  }
  const share = net > 0 ? Math.min(net, Math.max(0, unearned)) : 0;
  const deferred = share === 0 ? 0 : mulDiv(rest, share, net, 'half-away-from-zero');
  return { taxMinor: tax, deferredMinor: deferred, earnedMinor: amountMinor - tax - deferred };
}
