/**
 * Balance transactions as journal entries: one entry each, always through Stripe clearing (docs/chart-of-accounts.md has the rules in words). Pure.
 */
import { mulDiv } from '../../shared/money/money.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { signedPosting, type BookedBy, type BookedShare, type UnvaluedPosting } from '../ledger/valuation.ts';
import { billedByItself, splitByEarned, taxShareOf } from './earned-split-calculation.ts';
import { invoiceBooking } from './posting-facts.ts';
import type { BalanceTransactionFact, ChargeFact, EarlierRefund, EntryFromFact, FactPostings, TieFact } from './posting-facts.ts';
import { sharesOfTax, taxAlone } from './stripe-invoice-postings.ts';
import { taxDebitsOfPart, taxSpansOfPart } from './tax-postings.ts';
import { kindOfBalanceTransaction, memoOfKind, simpleCounterAccounts, type BalanceTransactionKind } from './stripe-balance-kinds.ts';

interface Debit {
  readonly accountCode: string;
  readonly signedDebit: number;
  readonly partyId: string | null;
  /** What this releases, where it was booked before. */
  readonly bookedBy?: BookedBy | undefined;
  readonly share?: BookedShare | undefined;
}

/** Ties that stood when the money moved: what comes later is applied by an entry of its own, so arrival order never counts. */
function tiesAt(charge: ChargeFact | null, at: number): TieFact[] {
  return charge ? charge.ties.filter((tie) => tie.tiedAt <= at) : [];
}

const invoiceOf = (tie: TieFact): BookedBy => invoiceBooking(tie.invoiceId, tie.invoiceFinalisedOn);

/** What a payment left in unapplied receipts. */
const receiptOf = (charge: ChargeFact | null): BookedBy | undefined => (charge?.bookedBy ? { ...charge.bookedBy, accountCode: accountCodes.unappliedReceipts } : undefined);

/** Where a payment goes: the invoices it was tied to, a sale without invoice, else unapplied receipts. Signed debits, in the charge's currency. */
function receiptDebits(charge: ChargeFact | null, amountMinor: number, at: number): Debit[] {
  if (!charge) return [{ accountCode: accountCodes.unappliedReceipts, signedDebit: -amountMinor, partyId: null }];
  const debits: Debit[] = [];
  let rest = amountMinor;
  for (const tie of tiesAt(charge, at)) {
    const part = Math.max(0, Math.min(rest, tie.amountMinor));
    if (part > 0) debits.push({ accountCode: accountCodes.receivable, signedDebit: -part, partyId: tie.customerId, bookedBy: invoiceOf(tie) });
    rest -= part;
  }
  if (debits.length === 0 && charge.checkout) return saleDebits(charge, -rest);
  return rest === 0 ? debits : [...debits, { accountCode: accountCodes.unappliedReceipts, signedDebit: -rest, partyId: charge.customerId }];
}

/**
 * A sale by checkout without an invoice: earned at once, its tax is owed.
 * @param beforeMinor what was taken back of it before: the tax of all parts together is the tax of their sum.
 */
function saleDebits(charge: ChargeFact, signedDebit: number, contraAccount: string = accountCodes.oneOffRevenue, bookedBy?: BookedBy, beforeMinor = 0): Debit[] {
  const { checkout, customerId } = charge;
  const tax = checkout ? ofPart(signedDebit, beforeMinor, (upTo) => taxShareOf(upTo, checkout)) : 0;
  return [{ accountCode: contraAccount, signedDebit: signedDebit - tax, partyId: customerId, bookedBy }, { accountCode: accountCodes.taxPayable, signedDebit: tax, partyId: customerId, bookedBy }];
}

/** A payment that came to nothing: what it had cleared is owed again. */
function failedDebits(charge: ChargeFact | null, amountMinor: number, at: number): Debit[] {
  return receiptDebits(charge, -amountMinor, at).map((debit) => ({ ...debit, signedDebit: -debit.signedDebit, bookedBy: debit.bookedBy ?? receiptOf(charge) }));
}

/** What was authorised and not captured leaves as it came: out of unapplied receipts, out of the sale, and out of a receivable only where more was applied than captured. */
function uncapturedDebits(charge: ChargeFact | null, amountMinor: number, at: number): Debit[] {
  const ties = tiesAt(charge, at);
  if (charge && ties.length === 0 && charge.checkout) return saleDebits(charge, amountMinor, accountCodes.oneOffRevenue, charge.bookedBy ?? undefined);
  const applied = ties.reduce((sum, tie) => sum + tie.amountMinor, 0);
  const overApplied = Math.max(0, Math.min(amountMinor, applied - (charge?.amountMinor ?? 0)));
  const last = ties.at(-1);
  return [
    { accountCode: accountCodes.unappliedReceipts, signedDebit: last ? amountMinor - overApplied : amountMinor, partyId: charge?.customerId ?? null, bookedBy: receiptOf(charge) },
    ...(last ? [{ accountCode: accountCodes.receivable, signedDebit: overApplied, partyId: last.customerId, bookedBy: invoiceOf(last) }] : []),
  ];
}

/** What a rounded share comes to for a part, after what was taken before: the parts sum to the share of the whole. The negation of a part is the exact negation. */
function ofPart(signedPart: number, before: number, shareOf: (upTo: number) => number): number {
  const part = shareOf(before + Math.abs(signedPart)) - shareOf(before);
  return signedPart < 0 ? -part : part;
}

const sumOf = (refunds: readonly EarlierRefund[]): number => refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

interface PaymentParts {
  readonly ofInvoice: number;
  readonly ofOthers: number;
  readonly unapplied: number;
}

/** What comes back of a payment comes back of everything it was applied to, and of what was applied to nothing, by their shares. */
function partsOfPayment(charge: ChargeFact, ties: readonly TieFact[], amountMinor: number): PaymentParts {
  const [own = 0, ...others] = ties.map((tie) => tie.amountMinor);
  const ofOthers = others.reduce((sum, amount) => sum + amount, 0);
  const whole = Math.max(charge.amountMinor, own + ofOthers);
  const shareOf = (part: number): number => (part === 0 ? 0 : mulDiv(amountMinor, part, whole, 'half-away-from-zero'));
  const parts = { ofOthers: shareOf(ofOthers), unapplied: shareOf(whole - own - ofOthers) };
  return { ...parts, ofInvoice: amountMinor - parts.ofOthers - parts.unapplied };
}

/**
 * What money that goes back consists of; a negative amount is money that comes back to us and gives the exact negation.
 * @param earlier what was refunded before: a payment refunded in parts gives back its tax to the cent.
 */
function returnDebits(charge: ChargeFact | null, amountMinor: number, at: number, on: LocalDate, contraAccount: string, earlier: readonly EarlierRefund[] = []): Debit[] {
  const partyId = charge?.customerId ?? null;
  const ties = tiesAt(charge, at);
  const [firstTie] = ties;
  if (charge?.invoice && firstTie) {
    const { invoice } = charge;
    // What went back before the payment was tied to anything came out of unapplied receipts.
    const before = sumOf(earlier.filter((refund) => tiesAt(charge, refund.at).length > 0));
    const sign = Math.sign(amountMinor);
    const [gone, upTo] = [partsOfPayment(charge, ties, before), partsOfPayment(charge, ties, before + Math.abs(amountMinor))];
    const [taxGone, taxUpTo] = [taxShareOf(gone.ofInvoice, invoice), taxShareOf(upTo.ofInvoice, invoice)];
    const [moved, own] = [upTo.ofInvoice - gone.ofInvoice, billedByItself(upTo.ofInvoice, invoice) - billedByItself(gone.ofInvoice, invoice)];
    const split = splitByEarned(sign * own, invoice, on, sign * (taxUpTo - taxGone));
    const bookedBy = invoiceOf(firstTie);
    const shareOf = sharesOfTax(invoice, taxSpansOfPart(invoice, taxGone, taxUpTo));
    const contraDebit = split.earnedMinor + sign * (moved - own + upTo.ofOthers - gone.ofOthers);
    const taxBookedBy = split.deferredMinor === 0 && contraDebit === 0 ? taxAlone(bookedBy, invoice.id) : bookedBy;
    return [
      ...taxDebitsOfPart(invoice.taxes, taxGone, taxUpTo).map(([accountCode, debit]) => ({ accountCode, signedDebit: sign * debit, partyId, bookedBy: taxBookedBy, share: shareOf(accountCode, debit) })),
      { accountCode: accountCodes.deferredRevenue, signedDebit: split.deferredMinor, partyId, bookedBy },
      { accountCode: contraAccount, signedDebit: contraDebit, partyId, bookedBy },
      { accountCode: accountCodes.unappliedReceipts, signedDebit: sign * (upTo.unapplied - gone.unapplied), partyId, bookedBy: receiptOf(charge) },
    ];
  }
  // What was not captured came off the sale first.
  if (charge?.checkout) return saleDebits(charge, amountMinor, contraAccount, charge.bookedBy ?? undefined, charge.authorisedMinor - charge.amountMinor + sumOf(earlier)).toReversed();
  return [{ accountCode: accountCodes.unappliedReceipts, signedDebit: amountMinor, partyId, bookedBy: receiptOf(charge) }];
}

interface CounterSide {
  /** The currency the customer saw and its signed amount: what the counter side sums to is its negation. */
  readonly currency: string;
  readonly debits: readonly Debit[];
}

/** Dr clearing net, Dr fees; the counter side in its own currency, through the conversion accounts where that is another one. */
function throughClearing(transaction: BalanceTransactionFact, counter: CounterSide): UnvaluedPosting[] {
  const { currency, netMinor, feeMinor, amountMinor } = transaction;
  const isConverted = counter.currency !== currency;
  const ofRate = Map.groupBy(counter.debits, (debit) => debit.bookedBy?.entry);
  const conversions = [...ofRate.values()].flatMap((debits) => signedPosting(accountCodes.currencyConversion, -debits.reduce((sum, debit) => sum + debit.signedDebit, 0), counter.currency, null, debits[0]?.bookedBy));
  return [
    ...signedPosting(accountCodes.stripeClearing, netMinor, currency, null),
    ...signedPosting(accountCodes.paymentFees, feeMinor, currency, null),
    ...(isConverted ? [...signedPosting(accountCodes.currencyConversion, -amountMinor, currency, null), ...conversions] : []),
    ...counter.debits.flatMap(({ accountCode, signedDebit, partyId, bookedBy, share }) => signedPosting(accountCode, signedDebit, counter.currency, partyId, bookedBy, share)),
  ];
}

function counterSideOf(kind: BalanceTransactionKind, transaction: BalanceTransactionFact): CounterSide {
  const { charge, refund, dispute, amountMinor, currency, createdAt, createdOn, refundedBefore } = transaction;
  /** The customer's amount with the transaction's sign: its own where the currencies agree. */
  const presented = (object: { readonly amountMinor: number; readonly currency: string } | null): { readonly currency: string; readonly amountMinor: number } =>
    object && object.currency !== currency ? { currency: object.currency, amountMinor: Math.sign(amountMinor) * object.amountMinor } : { currency, amountMinor };
  switch (kind) {
    case 'payment':
    case 'payment-failed': {
      const seen = presented(charge && { ...charge, amountMinor: charge.authorisedMinor });
      return { currency: seen.currency, debits: kind === 'payment' ? receiptDebits(charge, seen.amountMinor, createdAt) : failedDebits(charge, seen.amountMinor, createdAt) };
    }
    case 'payment-uncaptured': {
      const seen = presented(refund ?? (charge && { ...charge, amountMinor: charge.authorisedMinor - charge.amountMinor }));
      return { currency: seen.currency, debits: uncapturedDebits(charge, -seen.amountMinor, createdAt) };
    }
    case 'refund': {
      const seen = presented(refund);
      const announced = Math.min((refund?.announcedMinor ?? 0) + (refund?.paidAnewMinor ?? 0), -seen.amountMinor);
      const rest = -seen.amountMinor - announced;
      return { currency: seen.currency, debits: [owedForRefund(charge, announced, createdAt), ...(rest === 0 ? [] : returnDebits(charge, rest, createdAt, createdOn, accountCodes.refunds, refundedBefore))] };
    }
    case 'refund-failed': {
      const seen = presented(refund);
      return { currency: seen.currency, debits: [owedForRefund(charge, -seen.amountMinor, createdAt)] };
    }
    case 'dispute':
    case 'dispute-reinstated': {
      const seen = presented(dispute && { ...dispute, amountMinor: dispute.returnedMinor ?? dispute.amountMinor });
      return { currency: seen.currency, debits: returnDebits(charge, -seen.amountMinor, createdAt, dispute?.createdOn ?? createdOn, accountCodes.disputes, refundedBefore) };
    }
    default:
      return { currency, debits: [{ accountCode: simpleCounterAccounts[kind] ?? accountCodes.suspense, signedDebit: -amountMinor, partyId: null }] };
  }
}

/** Refunds payable, at the rate of the invoice whose note announced the refund. */
function owedForRefund(charge: ChargeFact | null, signedDebit: number, at: number): Debit {
  const [firstTie] = tiesAt(charge, at);
  return { accountCode: accountCodes.refundsPayable, signedDebit, partyId: charge?.customerId ?? null, bookedBy: firstTie ? invoiceOf(firstTie) : (charge?.bookedBy ?? undefined) };
}

/** A payment tied to an invoice after it had come: Dr unapplied receipts, Cr receivable, on the day of the tie. One that came to nothing leaves nothing to apply. */
function applicationEntries(transaction: BalanceTransactionFact): EntryFromFact[] {
  const { charge } = transaction;
  if (!charge?.hasSucceeded) return [];
  const bookedBy: BookedBy = { entry: `balance_transaction/${transaction.id}/payment`, on: transaction.createdOn, accountCode: accountCodes.unappliedReceipts };
  return charge.ties.filter((tie) => tie.tiedAt > transaction.createdAt && tie.amountMinor > 0).map((tie) => ({
    keyObject: 'invoice_payment', keyId: tie.invoicePaymentId, kind: 'receipt-applied', entryDate: tie.tiedOn, sourceType: 'stripe-invoice-payment', sourceId: tie.invoicePaymentId, memo: `Payment ${charge.id} applied to invoice ${tie.invoiceId}`,
    postings: [...signedPosting(accountCodes.unappliedReceipts, tie.amountMinor, charge.currency, charge.customerId, bookedBy), ...signedPosting(accountCodes.receivable, -tie.amountMinor, charge.currency, tie.customerId, invoiceOf(tie))],
  }));
}

/** Exactly one entry for a balance transaction that moves anything, and one more per invoice a payment was tied to later. */
export function balanceTransactionPostings(transaction: BalanceTransactionFact): FactPostings {
  const kind = kindOfBalanceTransaction(transaction);
  const postings = throughClearing(transaction, counterSideOf(kind, transaction));
  const entries: EntryFromFact[] = postings.length === 0 ? [] : [{
    keyObject: 'balance_transaction', keyId: transaction.id, kind, entryDate: transaction.createdOn, sourceType: 'stripe-balance-transaction', sourceId: transaction.id, memo: `${memoOfKind[kind]} ${transaction.sourceId ?? transaction.id}`, postings,
  }];
  return { entries: kind === 'payment' ? [...entries, ...applicationEntries(transaction)] : entries, findings: postings.length > 0 ? findingsOf(kind, transaction) : [] };
}

/** What stands in suspense has a review item. */
function findingsOf(kind: BalanceTransactionKind, { id, type, reportingCategory, amountMinor, currency }: BalanceTransactionFact): FactPostings['findings'] {
  if (kind !== 'unknown' && kind !== 'adjustment') return [];
  const message = kind === 'adjustment' ? `Stripe adjusted the balance by ${id} without saying what for; its amount is in suspense.` : `Nobody knows yet what a balance transaction of type “${type}” means; its amount is in suspense.`;
  return [{ code: 'balance-transaction-unknown', subjectType: 'stripe-balance-transaction', subjectId: id, message, data: { type, reportingCategory, amountMinor, currency } }];
}
