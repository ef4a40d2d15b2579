/**
 * What the company has still to earn of what it invoiced, and what it earned, month by month: straight-line by local day, the first day of a service counts
 * and the day of its end does not. What is given back (a refund, a credit note, a void, a bad debt, a dispute) takes its share of what was unearned on its
 * day; from then on the line earns that much less. Out of the generator's own facts: what a correct recognition must find.
 */
import type { ManifestDeferralMonth } from '../manifest.ts';
import { companyMonths, localDayOf, nowSeconds } from './calendar.ts';
import type { InvoiceFact, World } from './facts.ts';
import { mulDiv } from './money.ts';

interface DeferredPart {
  net: number;
  startDay: number;
  /** Exclusive. */
  endDay: number;
}

/** Something that takes from what was deferred, or gives back what an earlier one took. */
interface Taking {
  bookedDay: number;
  /** The day by which it is split into earned and unearned. */
  splitDay: number;
  amount: number;
}

function earnedBy(part: DeferredPart, day: number): number {
  const days = part.endDay - part.startDay;
  return mulDiv(part.net, Math.min(days, Math.max(0, day - part.startDay + 1)), days);
}

const unearnedBy = (part: DeferredPart, day: number): number => part.net - earnedBy(part, day);

function partsOf(invoice: InvoiceFact): DeferredPart[] {
  return invoice.lines.map((line) => ({ net: line.amount - line.discountAmount, startDay: localDayOf(line.start), endDay: localDayOf(line.end) })).filter((part) => part.startDay < part.endDay);
}

/** How much of a sum that goes back comes out of deferred revenue: without its tax, in the proportion of the invoice that is unearned on the day. */
function deferredShare(invoice: InvoiceFact, parts: readonly DeferredPart[], amount: number, day: number, tax = shareOfTax(invoice, amount)): number {
  const net = invoice.lines.reduce((sum, line) => sum + line.amount - line.discountAmount, 0);
  const unearned = parts.reduce((sum, part) => sum + unearnedBy(part, day), 0);
  const share = net > 0 ? Math.min(net, Math.max(0, unearned)) : 0;
  return share === 0 ? 0 : mulDiv(amount - tax, share, net);
}

const shareOfTax = (invoice: InvoiceFact, amount: number): number => (invoice.total > 0 ? mulDiv(amount, invoice.tax, invoice.total) : 0);

function takingsOf(invoice: InvoiceFact, parts: readonly DeferredPart[]): Taking[] {
  const takings: Taking[] = [];
  const take = (at: number, amount: number, tax?: number): void => {
    const day = localDayOf(at);
    takings.push({ bookedDay: day, splitDay: day, amount: deferredShare(invoice, parts, amount, day, tax) });
  };
  for (const note of invoice.creditNotes) {
    take(note.created, note.total, note.tax);
  }
  const isGivenUp = invoice.outcome === 'void' || invoice.outcome === 'uncollectible';
  if (isGivenUp && invoice.settledAt > 0) {
    const creditedBefore = invoice.creditNotes.filter((note) => note.refund === null).reduce((sum, note) => sum + note.total, 0);
    take(invoice.settledAt, invoice.amountDue - creditedBefore);
  }
  for (const charge of invoice.intent?.charges ?? []) {
    for (const refund of charge.refunds ?? []) {
      // One that a credit note announced was taken by the note.
      if (refund.creditNote === null) {
        take(refund.created, refund.amount);
      }
    }
    const { dispute } = charge;
    if (dispute !== null) {
      const splitDay = localDayOf(dispute.created);
      const amount = deferredShare(invoice, parts, dispute.amount, splitDay);
      takings.push({ bookedDay: localDayOf(dispute.withdrawal.created), splitDay, amount });
      if (dispute.reinstatement !== null) {
        takings.push({ bookedDay: localDayOf(dispute.reinstatement.created), splitDay, amount: -amount });
      }
    }
  }
  return takings;
}

/** A line that gives back has a negative whole. */
const proportion = (amount: number, part: number, whole: number): number => (whole < 0 ? mulDiv(amount, -part, -whole) : mulDiv(amount, part, whole));

/** A sum over the lines in proportion to what each had unearned, so that the parts sum to it. */
function spreadOver(amount: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let weightSoFar = 0;
  let given = 0;
  return weights.map((weight, position) => {
    weightSoFar += weight;
    const upTo = position === weights.length - 1 ? amount : sum === 0 ? 0 : proportion(amount, weightSoFar, sum);
    const part = upTo - given;
    given = upTo;
    return part;
  });
}

/** What is still to be earned of an invoice at the end of a day. */
function restOn(day: number, parts: readonly DeferredPart[], takings: readonly Taking[]): number {
  const now = parts.map((part) => unearnedBy(part, day));
  let rest = now.reduce((sum, unearned) => sum + unearned, 0);
  for (const taking of takings) {
    const then = parts.map((part) => unearnedBy(part, taking.splitDay));
    spreadOver(taking.amount, then).forEach((taken, position) => {
      const before = then[position] ?? 0;
      rest -= before === 0 ? 0 : proportion(taken, now[position] ?? 0, before);
    });
  }
  return rest;
}

/** One row for each whole month and currency in which something was earned or was left to earn. */
export function computeDeferral(world: World): ManifestDeferralMonth[] {
  const months = companyMonths.filter((month) => month.end <= nowSeconds).map((month) => ({ name: month.name, lastDay: localDayOf(month.end) - 1 }));
  const rows = new Map<string, ManifestDeferralMonth>();
  for (const invoice of world.invoices) {
    const parts = invoice.outcome === 'draft' || invoice.finalizedAt === 0 ? [] : partsOf(invoice);
    if (parts.length === 0) {
      continue;
    }
    const takings = takingsOf(invoice, parts);
    const deferred = parts.reduce((sum, part) => sum + part.net, 0);
    const bookedDay = localDayOf(invoice.finalizedAt);
    const lastDay = Math.max(...parts.map((part) => part.endDay), ...takings.map((taking) => taking.bookedDay), bookedDay);
    let earnedBefore = 0;
    for (const month of months) {
      if (month.lastDay < bookedDay) {
        continue;
      }
      const booked = takings.filter((taking) => taking.bookedDay <= month.lastDay);
      const rest = restOn(month.lastDay, parts, booked);
      const earned = deferred - booked.reduce((sum, taking) => sum + taking.amount, 0) - rest;
      const { currency } = invoice.customer;
      const key = `${month.name}/${currency}`;
      const row = rows.get(key) ?? { month: month.name, currency, recognisedMinor: 0, deferredMinor: 0 };
      row.recognisedMinor += earned - earnedBefore;
      row.deferredMinor += rest;
      rows.set(key, row);
      earnedBefore = earned;
      if (month.lastDay >= lastDay) {
        break;
      }
    }
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
