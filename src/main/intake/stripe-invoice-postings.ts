/**
 * Invoices and credit notes as journal entries (docs/chart-of-accounts.md has the rules in words). Pure.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { mulDiv } from '../../shared/money/money.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { ReviewFinding } from '../ledger/review-items.ts';
import { signedPosting, type BookedBy, type BookedShare, type UnvaluedPosting } from '../ledger/valuation.ts';
import { isDeferredLine, netOfLine, splitByEarned, taxShareOf } from './earned-split-calculation.ts';
import { takeSpans, taxDebits, taxDebitsOfVoid, taxesOfNote, taxSpansOfNotes, type TaxSpans } from './tax-postings.ts';
import type { CreditPart } from './customer-credit-calculation.ts';
import { invoiceBooking } from './posting-facts.ts';
import type { ClearedReceivable, CreditNoteFact, EntryFromFact, FactPostings, InvoiceFact, InvoicePaymentFact } from './posting-facts.ts';

/** A signed debit of an account; at the rate of the document, or of another booking where that is named. */
type SignedDebit = readonly [accountCode: string, signedDebit: number, bookedBy?: BookedBy | undefined];

/** Signed debits per account and portion, as postings in the order in which the accounts were first named. */
function toPostings(debits: readonly SignedDebit[], currency: string, partyId: string | null, bookedBy?: BookedBy, shareOf: (accountCode: string, signedDebit: number) => BookedShare | undefined = () => undefined): UnvaluedPosting[] {
  const sums = new Map<string, { readonly accountCode: string; readonly bookedBy: BookedBy | undefined; signedDebit: number }>();
  for (const [accountCode, signedDebit, ownBooking] of debits) {
    const key = `${accountCode}/${ownBooking?.portion?.id ?? ''}`;
    const sum = sums.get(key);
    if (sum) sum.signedDebit += signedDebit;
    else sums.set(key, { accountCode, signedDebit, bookedBy: ownBooking ?? (moneyAccounts.has(accountCode) ? undefined : bookedBy) });
  }
  const sides = [...sums.values()].filter(({ signedDebit }) => signedDebit !== 0);
  return sides.flatMap((side) => {
    const { accountCode, signedDebit } = side;
    // A portion that is booked as a whole, alone on its side and at the document's own rate, is valued exactly without being kept apart.
    const isAlone = side.bookedBy?.portion?.releasedBefore === 0 && side.bookedBy.entry === bookedBy?.entry && shareOf(accountCode, signedDebit) === undefined && sides.every((other) => other === side || isOpposite(other.signedDebit, signedDebit));
    return signedPosting(accountCode, signedDebit, currency, partyId, isAlone ? bookedBy : side.bookedBy, shareOf(accountCode, signedDebit));
  });
}

const isOpposite = (one: number, other: number): boolean => one > 0 !== other > 0;

/** Customer credit by its portions, where they are known; as one amount in the ledger's own currency. */
function creditDebits(parts: readonly CreditPart[] | undefined, signedDebit: number): SignedDebit[] {
  return parts ? parts.map((part): SignedDebit => [accountCodes.customerCreditBalance, part.debitMinor, part.bookedBy]) : [[accountCodes.customerCreditBalance, signedDebit]];
}

/** Money has the rate of the day it moves; everything else of an invoice has the invoice's own rate to its end. */
const moneyAccounts: ReadonlySet<string> = new Set([accountCodes.cashInTransit]);

/** Postings on tax payable as shares of what an invoice booked there: by the units each of them takes, where these are as many as the posting has. */
export function sharesOfTax(invoice: InvoiceFact, spans: TaxSpans | undefined): (accountCode: string, signedDebit: number) => BookedShare | undefined {
  return (accountCode, signedDebit) => {
    const ofAccount = spans?.get(accountCode);
    if (!ofAccount) return undefined;
    const { taken } = takeSpans(ofAccount, Math.abs(signedDebit));
    if (taken.reduce((sum, [from, to]) => sum + to - from, 0) !== Math.abs(signedDebit)) return undefined;
    return { bookedBy: invoiceBooking(invoice.id, invoice.finalisedOn), says: () => finalisedEntry(invoice).entries[0]?.postings ?? [], spans: taken };
  };
}

/**
 * The booking of tax that goes by itself. Nothing beside it takes the cent by which its share of what was booked differs from its own conversion: kept apart, the exchange does.
 * @param id of what it belongs to.
 */
export const taxAlone = (bookedBy: BookedBy, id: string): BookedBy => ({ ...bookedBy, portion: { id: `tax of ${id}`, releasedBefore: 0 } });

function entry(invoice: Pick<InvoiceFact, 'id' | 'currency' | 'customerId' | 'finalisedOn'>, kind: string, on: LocalDate, memo: string, debits: readonly SignedDebit[], shareOf?: ReturnType<typeof sharesOfTax>): EntryFromFact[] {
  const postings = toPostings(debits, invoice.currency, invoice.customerId, invoiceBooking(invoice.id, invoice.finalisedOn), shareOf);
  if (postings.length === 0) return [];
  return [{ keyObject: 'invoice', keyId: invoice.id, kind, entryDate: on, sourceType: 'stripe-invoice', sourceId: invoice.id, memo, postings }];
}

/** Every entry an invoice has brought so far. A draft brings none and is never given here. */
export function invoicePostings(invoice: InvoiceFact): FactPostings {
  const finalised = finalisedEntry(invoice);
  const cleared = clearedReceivable(invoice);
  return {
    entries: [
      ...finalised.entries,
      ...entry(invoice, 'customer-balance-applied', invoice.finalisedOn, `Customer balance on invoice ${invoice.id}`, [
        ...creditDebits(invoice.credit?.applied, invoice.balanceAppliedMinor),
        [accountCodes.receivable, -invoice.balanceAppliedMinor],
      ]),
      ...outOfBandEntries(invoice),
      ...uncollectibleEntries(invoice),
      ...voidEntry(invoice),
    ],
    findings: finalised.findings,
    ...(cleared ? { cleared } : {}),
  };
}

/** What took an invoice's receivable to zero; undefined while it is not there, or where one part did it all. */
function clearedReceivable(invoice: InvoiceFact): ClearedReceivable | undefined {
  const { uncollectibleAt } = invoice;
  // Given up is given up: what comes later moves bad debt.
  const clearedOn = invoice.uncollectibleOn ?? invoice.voidedOn ?? (invoice.status === 'paid' ? invoice.paidOn : null);
  if (clearedOn === null) return undefined;
  const payments = invoice.payments.filter((payment) => uncollectibleAt === null || payment.paidAt <= uncollectibleAt).map((payment) => payment.amountMinor);
  const known = [invoice.balanceAppliedMinor, ...notesBeforeGivenUp(invoice), ...payments];
  const rest = uncollectibleAt === null && invoice.voidedOn === null ? invoice.amountPaidMinor - payments.reduce((sum, part) => sum + part, 0) : owedAtEnd(invoice);
  const partsMinor = [...known, rest].filter((part) => part !== 0);
  if (partsMinor.length < 2 || partsMinor.reduce((sum, part) => sum + part, 0) !== invoice.totalMinor) return undefined;
  return { invoiceId: invoice.id, customerId: invoice.customerId, currency: invoice.currency, totalMinor: invoice.totalMinor, finalisedOn: invoice.finalisedOn, clearedOn, partsMinor };
}

const notesAfterGivenUp = ({ notesAfterGivenUpMinor = [] }: InvoiceFact): readonly number[] => notesAfterGivenUpMinor;
/** They come in the order in which they were written. */
const notesBeforeGivenUp = (invoice: InvoiceFact): readonly number[] => invoice.prePaymentNotesMinor.slice(0, invoice.prePaymentNotesMinor.length - notesAfterGivenUp(invoice).length);

/** What was still owed when an invoice was given up or voided. */
function owedAtEnd(invoice: InvoiceFact): number {
  const { uncollectibleAt, amountDueMinor, amountPaidMinor, payments } = invoice;
  if (uncollectibleAt === null) return Math.max(0, amountDueMinor - amountPaidMinor);
  // What is due today is less by the notes that came since.
  const dueMinor = notesAfterGivenUp(invoice).length === 0 ? amountDueMinor : notesBeforeGivenUp(invoice).reduce((due, noteMinor) => due - noteMinor, invoice.totalMinor - invoice.balanceAppliedMinor);
  return dueMinor - payments.filter((payment) => payment.paidAt <= uncollectibleAt).reduce((sum, payment) => sum + payment.amountMinor, 0);
}

/**
 * Dr receivable total; Cr deferred revenue (net of discount and billing credits) for lines with a period; Cr revenue gross and Dr discounts for lines without, shipping among them; Cr tax.
 * What does not tie goes to rounding when it is at most one minor unit per line, else to suspense with a finding.
 */
function finalisedEntry(invoice: InvoiceFact): FactPostings {
  const debits: SignedDebit[] = [[accountCodes.receivable, invoice.totalMinor]];
  let rest = invoice.totalMinor - invoice.taxMinor;
  for (const line of invoice.lines) {
    const net = netOfLine(line);
    rest -= net;
    if (isDeferredLine(line)) debits.push([accountCodes.deferredRevenue, -net]);
    else {
      // A billing credit that is used is a price reduction as a discount is: what was paid for it, if anything, is the revenue of the line that sold it.
      const reduction = line.discountMinor + (line.billingCreditMinor ?? 0);
      debits.push([line.isForSubscription ? accountCodes.subscriptionRevenue : accountCodes.oneOffRevenue, -(net + reduction)], [accountCodes.discounts, reduction]);
    }
  }
  debits.push(...taxDebits(invoice.taxes, -invoice.taxMinor));
  const isRounding = Math.abs(rest) <= Math.max(1, invoice.lines.length);
  if (rest !== 0) debits.push([isRounding ? accountCodes.rounding : accountCodes.suspense, -rest]);
  const findings: ReviewFinding[] = isRounding
    ? []
    : [{ code: 'invoice-does-not-tie', subjectType: 'stripe-invoice', subjectId: invoice.id, message: `The lines and taxes of invoice ${invoice.id} do not add up to its total; the difference is in suspense.`, data: { differenceMinor: rest, currency: invoice.currency } }];
  return { entries: entry(invoice, 'invoice-finalised', invoice.finalisedOn, `Invoice ${invoice.id}`, debits), findings };
}

/** Whether a record tells of money outside, and no payment of the gateway's moved any. */
const isOutside = (payment: InvoicePaymentFact): boolean => payment.paymentIntentId === null && payment.chargeId === null;

/** What was paid and no payment tells of: Stripe makes no record for an invoice that is marked as paid. */
function untoldMinor(invoice: InvoiceFact): number {
  if (invoice.status !== 'paid' || invoice.paidOn === null) return 0;
  return Math.max(0, invoice.payments.reduce((rest, payment) => rest - payment.amountMinor, invoice.amountPaidMinor));
}

/** Money to be looked for on a bank statement: what each record tells of on its own day, whatever becomes of the invoice, and what none tells of when the invoice is paid. */
function outOfBandEntries(invoice: InvoiceFact): EntryFromFact[] {
  const [records, untold] = [invoice.payments.filter((payment) => isOutside(payment) && payment.amountMinor !== 0), untoldMinor(invoice)];
  const debits = (paid: number): SignedDebit[] => [[accountCodes.cashInTransit, paid], [accountCodes.receivable, -paid]];
  const memo = `Invoice ${invoice.id} paid outside Stripe`;
  const atOnce = untold > 0 && invoice.paidOn !== null ? entry(invoice, 'invoice-paid-out-of-band', invoice.paidOn, memo, debits(untold)) : [];
  if (records.length === 0) return atOnce;
  // Under earlier rules one entry told of all of it once the invoice was paid: where that stands, it is all there is to post.
  const formerly = { key: `invoice/${invoice.id}/invoice-paid-out-of-band`, amountMinor: records.reduce((sum, payment) => sum + payment.amountMinor, untold) };
  const ofRecords = records.map((payment): EntryFromFact => ({
    keyObject: 'invoice_payment', keyId: payment.id, kind: 'invoice-paid-out-of-band', entryDate: payment.paidOn, sourceType: 'stripe-invoice-payment', sourceId: payment.id, memo,
    postings: toPostings(debits(payment.amountMinor), invoice.currency, invoice.customerId, invoiceBooking(invoice.id, invoice.finalisedOn)),
  }));
  return [...ofRecords, ...atOnce].map((one) => ({ ...one, formerly }));
}

/** Of what was paid outside after an invoice was given up, what no record of a payment tells of. */
function untoldRecoveryMinor(invoice: InvoiceFact, uncollectibleAt: number): number {
  const takenByNotes = notesAfterGivenUp(invoice).reduce((sum, noteMinor) => sum + noteMinor, 0);
  return Math.min(untoldMinor(invoice), paymentsAfter(invoice, uncollectibleAt).reduce((left, payment) => left - payment.amountMinor, owedAtEnd(invoice) - takenByNotes));
}

/** What giving an invoice up takes from deferred revenue, of what is owed then; and what each later payment brings back of it. */
function deferredGivenUp(invoice: InvoiceFact, uncollectibleOn: LocalDate): { readonly owedMinor: number; readonly deferredMinor: number; readonly broughtBackBy: (payment: Pick<InvoicePaymentFact, 'amountMinor'>) => number } {
  const owedMinor = owedAtEnd(invoice);
  const { deferredMinor } = splitByEarned(owedMinor, invoice, uncollectibleOn);
  return { owedMinor, deferredMinor, broughtBackBy: ({ amountMinor }) => (owedMinor > 0 ? mulDiv(amountMinor, deferredMinor, owedMinor, 'half-away-from-zero') : 0) };
}

/** What an amount brings back of what was given up: it is owed again, its share is still to be earned, the rest is bad debt no more. */
function recoveryOf(invoice: InvoiceFact, uncollectibleOn: LocalDate, amountMinor: number): SignedDebit[] {
  const deferred = deferredGivenUp(invoice, uncollectibleOn).broughtBackBy({ amountMinor });
  return [[accountCodes.receivable, amountMinor], [accountCodes.deferredRevenue, -deferred], [accountCodes.badDebt, deferred - amountMinor]];
}

const paymentsAfter = ({ payments }: InvoiceFact, uncollectibleAt: number): readonly InvoicePaymentFact[] => payments.filter((payment) => payment.paidAt > uncollectibleAt);

/**
 * What is owed when an invoice is given up: what it earned becomes bad debt, with its tax; what it had still to earn is taken from deferred revenue. Each
 * payment that comes later brings back its share of both.
 */
function uncollectibleEntries(invoice: InvoiceFact): EntryFromFact[] {
  const { uncollectibleAt, uncollectibleOn } = invoice;
  if (uncollectibleAt === null || uncollectibleOn === null) return [];
  const { owedMinor, deferredMinor } = deferredGivenUp(invoice, uncollectibleOn);
  if (owedMinor <= 0) return [];
  const untold = untoldRecoveryMinor(invoice, uncollectibleAt);
  const recovered = (amountMinor: number): SignedDebit[] => recoveryOf(invoice, uncollectibleOn, amountMinor);
  return [
    ...entry(invoice, 'invoice-uncollectible', uncollectibleOn, `Invoice ${invoice.id} given up`, [[accountCodes.deferredRevenue, deferredMinor], [accountCodes.badDebt, owedMinor - deferredMinor], [accountCodes.receivable, -owedMinor]]),
    ...paymentsAfter(invoice, uncollectibleAt).map((payment): EntryFromFact => ({
      keyObject: 'invoice_payment', keyId: payment.id, kind: 'bad-debt-recovered', entryDate: payment.paidOn, sourceType: 'stripe-invoice-payment', sourceId: payment.id, memo: `Invoice ${invoice.id} paid after it was given up`,
      postings: toPostings(recovered(payment.amountMinor), invoice.currency, invoice.customerId, invoiceBooking(invoice.id, invoice.finalisedOn)),
    })),
    ...(untold > 0 && invoice.paidOn !== null ? entry(invoice, 'bad-debt-recovered', invoice.paidOn, `Invoice ${invoice.id} paid outside Stripe after it was given up`, recovered(untold)) : []),
  ];
}

/**
 * What was still owed is taken back: the deferred part and its tax as such, the earned part by the voids account; used credit returns to the customer. Of
 * an invoice that had been given up, the bad debt that is left of it is taken back: its deferred part went when it was given up.
 */
function voidEntry(invoice: InvoiceFact): EntryFromFact[] {
  const { voidedOn, uncollectibleOn, uncollectibleAt } = invoice;
  if (voidedOn === null) return [];
  const owed = Math.max(0, invoice.amountDueMinor - invoice.amountPaidMinor);
  const returned = Math.max(0, invoice.balanceAppliedMinor);
  if (owed + returned === 0) return [];
  const tax = voidedTax(invoice, owed + returned);
  const taxMinor = tax.reduce((sum, [, signedDebit]) => sum + signedDebit, 0);
  const isGivenUp = uncollectibleAt !== null && uncollectibleOn !== null && owed > 0;
  const givenUp = isGivenUp ? owed : 0;
  const taxOfGivenUp = isGivenUp ? taxMinor - taxShareOf(returned, invoice) : 0;
  const split = splitByEarned(owed - givenUp + returned, invoice, voidedOn, taxMinor - taxOfGivenUp);
  const lost = isGivenUp ? deferredLeftGivenUp(invoice, uncollectibleAt, uncollectibleOn) : 0;
  const voidsDebit = split.earnedMinor + givenUp - taxOfGivenUp - lost;
  const ofTaxAlone = invoice.notes && split.deferredMinor === 0 && voidsDebit === 0 ? taxAlone(invoiceBooking(invoice.id, invoice.finalisedOn), invoice.id) : undefined;
  return entry(invoice, 'invoice-voided', voidedOn, `Invoice ${invoice.id} voided`, [
    ...tax.map(([code, amount]): SignedDebit => [code, amount, ofTaxAlone]),
    [accountCodes.deferredRevenue, split.deferredMinor],
    [accountCodes.voids, voidsDebit],
    [accountCodes.receivable, givenUp - owed],
    [accountCodes.badDebt, lost - givenUp],
    ...creditDebits(invoice.credit?.returned, -returned),
  ], sharesOfTax(invoice, taxSpansOfNotes(invoice, 'void')));
}

/** The tax in what is voided: all that is left of the invoice's, where it is known what became of the rest of it; else by its share. */
function voidedTax(invoice: InvoiceFact, voidedMinor: number): readonly (readonly [accountCode: string, signedDebit: number])[] {
  const otherwise = invoice.prePaymentNotesMinor.reduce((sum, noteMinor) => sum + noteMinor, invoice.amountPaidMinor);
  const billedBefore = Math.max(0, -invoice.balanceAppliedMinor);
  return voidedMinor + otherwise === invoice.totalMinor + billedBefore ? taxDebitsOfVoid(invoice) : taxDebits(invoice.taxes, taxShareOf(voidedMinor, invoice));
}

/** What giving up took from deferred revenue and no later payment or credit note brought back. */
function deferredLeftGivenUp(invoice: InvoiceFact, uncollectibleAt: number, uncollectibleOn: LocalDate): number {
  const { deferredMinor, broughtBackBy } = deferredGivenUp(invoice, uncollectibleOn);
  const later = [...paymentsAfter(invoice, uncollectibleAt), ...notesAfterGivenUp(invoice).map((amountMinor) => ({ amountMinor }))];
  return later.reduce((left, part) => left - broughtBackBy(part), deferredMinor);
}

/** Dr tax, deferred and credit notes; Cr what the note did: less owed, refunds to pay, customer credit, money paid outside. A voided note is taken back whole. */
export function creditNotePostings(note: CreditNoteFact): FactPostings {
  const split = note.invoice ? splitByEarned(note.totalMinor, note.invoice, note.createdOn, note.taxMinor) : { taxMinor: note.taxMinor, deferredMinor: 0, earnedMinor: note.totalMinor - note.taxMinor };
  const rest = note.totalMinor - note.prePaymentMinor - note.refundedMinor - note.earlierRefundsMinor - note.customerBalanceMinor - note.outOfBandMinor;
  const ofTaxAlone = note.invoice?.notes && split.deferredMinor === 0 && split.earnedMinor === 0 ? taxAlone(invoiceBooking(note.invoice.id, note.invoice.finalisedOn), note.id) : undefined;
  const debitsWith = (credit: readonly SignedDebit[]): SignedDebit[] => [
    ...taxDebits(taxesOfNote(note.taxes, note.invoice?.taxes), split.taxMinor).map(([code, amount]): SignedDebit => [code, amount, ofTaxAlone]),
    [accountCodes.deferredRevenue, split.deferredMinor],
    [accountCodes.creditNotes, split.earnedMinor],
    [accountCodes.receivable, -note.prePaymentMinor],
    [accountCodes.refundsPayable, -note.refundedMinor],
    [accountCodes.refunds, -note.earlierRefundsMinor],
    ...credit,
    [accountCodes.cashInTransit, -note.outOfBandMinor],
    [accountCodes.suspense, -rest],
  ];
  const issued = debitsWith(creditDebits(note.credit?.given, -note.customerBalanceMinor));
  const takenBack = debitsWith(creditDebits(note.credit?.takenBack.map((part) => ({ ...part, debitMinor: -part.debitMinor })), -note.customerBalanceMinor)).map(([code, amount, bookedBy]): SignedDebit => [code, -amount, bookedBy]);
  const shareOf = note.invoice ? sharesOfTax(note.invoice, taxSpansOfNotes(note.invoice, note.id)) : undefined;
  const made = (kind: string, on: LocalDate, debits: readonly SignedDebit[], memo: string): EntryFromFact[] => {
    const postings = toPostings(debits, note.currency, note.customerId, note.invoice ? invoiceBooking(note.invoice.id, note.invoice.finalisedOn) : undefined, shareOf);
    return postings.length === 0 ? [] : [{ keyObject: 'credit_note', keyId: note.id, kind, entryDate: on, sourceType: 'stripe-credit-note', sourceId: note.id, memo, postings }];
  };
  // What had been given up is owed again, as by a late payment, and the note takes it from there.
  const { invoice } = note;
  const isOfGivenUp = invoice !== null && invoice.uncollectibleAt !== null && invoice.uncollectibleOn !== null && note.createdAt > invoice.uncollectibleAt && note.prePaymentMinor > 0;
  const brought = isOfGivenUp && invoice.uncollectibleOn !== null ? recoveryOf(invoice, invoice.uncollectibleOn, note.prePaymentMinor) : [];
  const broughtBackFirst = brought.length === 0 ? [] : [
    ...made('bad-debt-recovered', note.createdOn, brought, `Credit note ${note.id} on invoice ${note.invoice?.id ?? ''}, which was given up`),
    ...(note.voidedOn === null ? [] : made('bad-debt-given-up-again', note.voidedOn, brought.map(([code, amount]): SignedDebit => [code, -amount]), `Credit note ${note.id} voided`)),
  ];
  return {
    entries: [...broughtBackFirst, ...made('credit-note-issued', note.createdOn, issued, `Credit note ${note.id}`), ...(note.voidedOn === null ? [] : made('credit-note-voided', note.voidedOn, takenBack, `Credit note ${note.id} voided`))],
    findings: rest === 0 ? [] : [{ code: 'credit-note-does-not-tie', subjectType: 'stripe-credit-note', subjectId: note.id, message: `The parts of credit note ${note.id} do not add up to its total; the difference is in suspense.`, data: { differenceMinor: rest, currency: note.currency } }],
  };
}
