/**
 * An act on a receivable in the books (domain.md §3). Pure.
 *
 * Receipt: Dr bank / Cr unapplied receipts. Applied: Dr unapplied / Cr receivable; of what was uncollectible: Cr bad debt and tax payable instead. Credit note: Dr credit
 * notes and tax payable / Cr receivable (what was due), Cr refunds payable or customer credit balance (the rest), Cr withholding. Credit applied: Dr customer credit
 * balance / Cr receivable. Paid out: Dr customer credit balance, of what is left of a receipt Dr unapplied receipts / Cr bank. Carried to credit, of an invoice that comes to less than nothing: Dr receivable / Cr customer credit balance. Uncollectible: Dr bad debt and tax payable / Cr receivable and withholding. Small rest: Dr bad debt / Cr receivable. Certificate: what goes
 * beyond the invoice's withholding, Dr withholding tax receivable / Cr receivable. A reversal is the exact negation of what it takes back.
 *
 * In a foreign currency what was booked goes at the figure at which it was booked: each act takes its share of what stands, so that the last leaves no cent whatever was
 * taken back in between. What a payment realises against it is posted in the same entry, through the conversion account.
 */
import { convertMinorUnits, minorUnits, mulDiv } from '../../shared/money/money.ts';
import { postingsOfFinalised } from '../billing/partner-invoice-postings.ts';
import { missingRate } from '../ledger/rate-of-day.ts';
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { reversalOf, type JournalEntryDraft, type PostingDraft } from '../ledger/journal-entry.ts';
import { taxAccountOf } from '../ledger/tax-jurisdictions.ts';
import { idFromKey } from '../platform/ids.ts';
import type { ReceivableAct } from './receivable-act.ts';

export const actKey = (actId: string): string => `receivable-act/${actId}`;

/** What an act's entry stands on. Lists of acts are in their order, up to the act or beyond it. */
export interface ActGrounds {
  readonly functionalCurrency: string;
  readonly invoice: PartnerInvoice | null;
  readonly actsOfInvoice: readonly ReceivableAct[];
  readonly receipt: ReceivableAct | null;
  readonly actsOfReceipt: readonly ReceivableAct[];
  /** By receipt, the rate at which each that recovered something of the invoice was booked. */
  readonly recoveryRates: ReadonlyMap<string, string | null>;
  /** The note or the invoice carried to credit that made the credit, or the note that owes the refund; and the invoice it was written on. */
  readonly creditNote: ReceivableAct | null;
  readonly creditNoteInvoice: PartnerInvoice | null;
  readonly actsOfCredit: readonly ReceivableAct[];
  /** Of a reversal: what it takes back. */
  readonly original: ReceivableAct | null;
  /** What the books have of that, which stands as it is whatever rules it was made by; none while it is not in them. */
  readonly bookedOriginal: readonly PostingDraft[];
}

/** In its currency, and in the functional one. */
interface Figure {
  readonly minor: number;
  readonly functional: number;
}

/** Something booked, taken away in parts. */
interface Movement extends Pick<ReceivableAct, 'id' | 'reverses'> {
  /** Negative: something is added at `addedFunctional`. */
  readonly minor: number;
  readonly addedFunctional?: number;
}

/**
 * The functional figure of each part, by the act that takes it: its share of what stands then. Reversals give back exactly what was taken.
 * @param opening what was booked at first.
 */
export function sharesOf(opening: Figure, movements: readonly Movement[]): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  const taken = new Map<string, Figure>();
  let open = opening;
  for (const { id, minor, reverses, addedFunctional } of movements) {
    const givenBack = reverses === null ? undefined : taken.get(reverses);
    if (givenBack) {
      open = { minor: open.minor + givenBack.minor, functional: open.functional + givenBack.functional };
      continue;
    }
    if (minor === 0) continue;
    const functional = minor === open.minor ? open.functional : minor < 0 ? -(addedFunctional ?? 0) : mulDiv(open.functional, minor, open.minor, 'half-away-from-zero');
    shares.set(id, functional);
    taken.set(id, { minor, functional });
    open = { minor: open.minor - minor, functional: open.functional - functional };
  }
  return shares;
}

/** What an act takes of the receivable of its invoice. */
export function receivableMinorOf(act: ReceivableAct): number {
  switch (act.kind) {
    case 'allocation':
      return isRecovery(act) ? 0 : act.amountMinor;
    case 'credit-application':
    case 'uncollectible':
    case 'write-off':
      return act.amountMinor;
    case 'credit-carried':
      return -act.amountMinor;
    case 'credit-note':
      return act.offsetMinor;
    case 'withholding-certificate':
      return act.unforeseenMinor;
    default:
      return 0;
  }
}

interface Line {
  readonly account: string;
  /** Positive: debit. */
  readonly minor: number;
  readonly functional: number;
}

/** Values amounts of one currency. */
interface Valuer {
  readonly isForeign: boolean;
  /** @throws ValidationError `exchange-rate-missing`. */
  at(rate: string | null, minor: number, on: string): number;
}

function valuerOf(currency: string, functionalCurrency: string): Valuer {
  const isForeign = currency !== functionalCurrency;
  return {
    isForeign,
    at(rate, minor, on) {
      if (!isForeign) return minor;
      if (rate === null) throw missingRate(currency, functionalCurrency, on);
      return convertMinorUnits(minor, currency, functionalCurrency, rate, 'half-away-from-zero');
    },
  };
}

/** The entry of an act; null where it moves nothing. @throws ValidationError `exchange-rate-missing`. */
export function entryOfAct(act: ReceivableAct, grounds: ActGrounds): JournalEntryDraft | null {
  if (act.kind === 'reversal') return reversalEntry(act, grounds);
  const { functionalCurrency, invoice } = grounds;
  const valuer = valuerOf(act.currency, functionalCurrency);
  const { lines, rate, kind, text } = linesOf(act, grounds, valuer);
  const postings = [...toPostings(lines, act, valuer, rate), ...exchangeDifference(lines, act, valuer, functionalCurrency, rate)];
  if (postings.length === 0) return null;
  return {
    key: actKey(act.id), entryDate: act.actedOn, kind, sourceType: act.invoiceId === null ? 'receipt' : 'invoice', sourceId: act.invoiceId ?? act.receiptId ?? act.id, memo: invoice?.number ? `${text}, invoice ${invoice.number}` : text, postings,
  };
}

function reversalEntry(act: ReceivableAct, grounds: ActGrounds): JournalEntryDraft | null {
  const original = grounds.original && entryOfAct(grounds.original, grounds);
  if (!original) return null;
  const standing = grounds.bookedOriginal.length > 0 ? { ...original, postings: grounds.bookedOriginal } : original;
  return reversalOf(standing, idFromKey(original.key), { key: actKey(act.id), entryDate: act.actedOn, kind: `${original.kind}-reversed`, memo: `Taken back: ${original.memo}` });
}

interface ActLines {
  readonly lines: readonly Line[];
  /** The rate written on the postings. */
  readonly rate: string | null;
  readonly kind: string;
  readonly text: string;
}

/** Lines with a last one that takes what is left, so that both columns come to nothing. */
function balancedBy(account: string, lines: readonly Line[]): Line[] {
  const rest = lines.reduce((sum, line) => ({ minor: sum.minor - line.minor, functional: sum.functional - line.functional }), { minor: 0, functional: 0 });
  return [{ account, ...rest }, ...lines];
}

function linesOf(act: ReceivableAct, grounds: ActGrounds, valuer: Valuer): ActLines {
  const { invoice } = grounds;
  const invoiceRate = invoice?.functionalRate ?? null;
  const receivable = (): Line => ({ account: accountCodes.receivable, minor: -receivableMinorOf(act), functional: -(receivableShares(grounds, valuer).get(act.id) ?? 0) });
  const atInvoiceRate = (account: string, minor: number): Line => ({ account, minor, functional: valuer.at(invoiceRate, minor, act.actedOn) });
  const atDaysRate = (account: string, minor: number): Line => ({ account, minor, functional: valuer.at(act.functionalRate, minor, act.actedOn) });
  const taxAccount = taxAccountOf(invoice?.snapshot.taxJurisdiction ?? null);
  const taxTakenBack = (): Line => ({ account: taxAccount, minor: act.taxMinor, functional: taxShares(grounds, valuer).get(act.id) ?? 0 });
  const withholdingTakenBack = (): Line => ({ account: accountCodes.withholdingTaxReceivable, minor: -act.withholdingMinor, functional: -(withholdingShares(grounds, valuer).get(act.id) ?? 0) });
  const amount = act.amountMinor;
  switch (act.kind) {
    case 'receipt':
      return { kind: 'receipt', text: `Receipt ${act.reference ?? ''}`, rate: act.functionalRate, lines: [atDaysRate(accountCodes.bank, amount), atDaysRate(accountCodes.unappliedReceipts, -amount)] };
    case 'allocation': {
      const unapplied = { account: accountCodes.unappliedReceipts, minor: amount, functional: receiptShares(grounds, valuer).get(act.id) ?? 0 };
      if (!isRecovery(act)) return { kind: 'cash-application', text: 'Payment applied', rate: invoiceRate, lines: [unapplied, receivable()] };
      const receiptRate = grounds.receipt?.functionalRate ?? null;
      const atReceiptRate = (account: string, minor: number): Line => ({ account, minor, functional: valuer.at(receiptRate, minor, act.actedOn) });
      return { kind: 'recovery', text: 'Recovery of what was uncollectible', rate: receiptRate, lines: balancedBy(accountCodes.badDebt, [unapplied, atReceiptRate(taxAccount, -act.taxMinor), atReceiptRate(accountCodes.withholdingTaxReceivable, act.withholdingMinor)]) };
    }
    case 'credit-application':
      return { kind: 'credit-applied', text: 'Credit applied', rate: invoiceRate, lines: [{ account: accountCodes.customerCreditBalance, minor: amount, functional: creditShares(grounds, valuer).get(act.id) ?? 0 }, receivable()] };
    case 'credit-carried':
      return { kind: 'credit-carried', text: 'Kept as credit', rate: invoiceRate, lines: balancedBy(accountCodes.customerCreditBalance, [receivable()]) };
    case 'credit-note': {
      const given = act.settlement === 'refund' ? accountCodes.refundsPayable : accountCodes.customerCreditBalance;
      return {
        kind: 'credit-note', text: `Credit note ${act.documentNumber ?? ''}`, rate: invoiceRate,
        lines: balancedBy(accountCodes.creditNotes, [receivable(), taxTakenBack(), withholdingTakenBack(), atInvoiceRate(given, -act.restMinor)]),
      };
    }
    case 'refund-payment': {
      const owed = { account: accountCodes.refundsPayable, minor: amount, functional: valuer.at(grounds.creditNoteInvoice?.functionalRate ?? null, amount, act.actedOn) };
      return { kind: 'refund-paid', text: `Refund paid ${act.reference ?? ''}`, rate: act.functionalRate, lines: [owed, atDaysRate(accountCodes.bank, -amount)] };
    }
    case 'credit-payment': {
      const owed = act.creditId === null
        ? { account: accountCodes.unappliedReceipts, minor: amount, functional: receiptShares(grounds, valuer).get(act.id) ?? 0 }
        : { account: accountCodes.customerCreditBalance, minor: amount, functional: creditShares(grounds, valuer).get(act.id) ?? 0 };
      return { kind: 'credit-paid', text: `${act.creditId === null ? 'Receipt paid back' : 'Credit paid out'} ${act.reference ?? ''}`, rate: act.functionalRate, lines: [owed, atDaysRate(accountCodes.bank, -amount)] };
    }
    case 'withholding-certificate':
      return { kind: 'withholding-certificate', text: `Withholding certificate ${act.reference ?? ''}`, rate: invoiceRate, lines: balancedBy(accountCodes.withholdingTaxReceivable, [receivable()]) };
    case 'uncollectible':
      return { kind: 'uncollectible', text: 'Uncollectible', rate: invoiceRate, lines: balancedBy(accountCodes.badDebt, [receivable(), taxTakenBack(), withholdingTakenBack()]) };
    case 'write-off':
      return { kind: 'write-off', text: 'Rest given up', rate: invoiceRate, lines: balancedBy(accountCodes.badDebt, [receivable()]) };
    default:
      return { kind: act.kind, text: '', rate: null, lines: [] };
  }
}

function receivableShares({ invoice, actsOfInvoice, functionalCurrency }: ActGrounds, valuer: Valuer): ReadonlyMap<string, number> {
  if (!invoice) return new Map();
  if (!valuer.isForeign) return new Map(actsOfInvoice.map((act) => [act.id, receivableMinorOf(act)]));
  return sharesOf(bookedReceivable(invoice, functionalCurrency), actsOfInvoice.map((act) => ({ id: act.id, reverses: act.reverses, minor: receivableMinorOf(act) })));
}

/** What the invoice's own entry booked as receivable; negative where it owes the customer. */
const bookedReceivable = (invoice: PartnerInvoice, functionalCurrency: string): Figure => bookedOn(accountCodes.receivable, 'debit', invoice, functionalCurrency);

/** What the invoice's own entry booked on an account, positive on the side on which it usually stands. */
function bookedOn(accountCode: string, side: PostingDraft['direction'], invoice: PartnerInvoice, functionalCurrency: string): Figure {
  const booked = postingsOfFinalised(invoice, functionalCurrency)?.postings.find((posting) => posting.accountCode === accountCode);
  const sign = booked === undefined || booked.direction === side ? 1 : -1;
  return { minor: sign * (booked?.amount ?? 0), functional: sign * (booked?.functionalAmount ?? 0) };
}

/** An allocation that brings back what was marked uncollectible. */
const isRecovery = (act: ReceivableAct): boolean => act.kind === 'allocation' && act.recoveredMinor > 0;

/** What each act takes back of the tax of its invoice. A recovery owes its tax again, at the rate of the day the money came. */
function taxShares(grounds: ActGrounds, valuer: Valuer): ReadonlyMap<string, number> {
  const { invoice } = grounds;
  if (!invoice) return new Map();
  return sharesOfInvoice(grounds, valuer, bookedOn(taxAccountOf(invoice.snapshot.taxJurisdiction ?? null), 'credit', invoice, grounds.functionalCurrency), (act) => act.taxMinor);
}

/** What each act takes back of the withholding that the invoice expected; a certificate beyond that adds to it, at the figure at which the receivable goes. */
function withholdingShares(grounds: ActGrounds, valuer: Valuer): ReadonlyMap<string, number> {
  const { invoice } = grounds;
  if (!invoice) return new Map();
  return sharesOfInvoice(grounds, valuer, bookedOn(accountCodes.withholdingTaxReceivable, 'debit', invoice, grounds.functionalCurrency), (act) => act.withholdingMinor);
}

/** @param minorOf what an act takes of what was booked; a recovery adds it. Acts that move none of it give 0. */
function sharesOfInvoice({ invoice, actsOfInvoice, recoveryRates }: ActGrounds, valuer: Valuer, booked: Figure, minorOf: (act: ReceivableAct) => number): ReadonlyMap<string, number> {
  const takes = (act: ReceivableAct): number => (act.kind === 'credit-note' || act.kind === 'uncollectible' ? minorOf(act) : isRecovery(act) ? -minorOf(act) : 0);
  if (!valuer.isForeign) return new Map(actsOfInvoice.map((act) => [act.id, takes(act)]));
  return sharesOf(booked, actsOfInvoice.map((act): Movement => {
    const minor = takes(act);
    const rate = isRecovery(act) ? (recoveryRates.get(act.receiptId ?? '') ?? null) : (invoice?.functionalRate ?? null);
    return { id: act.id, reverses: act.reverses, minor, addedFunctional: minor < 0 ? valuer.at(rate, -minor, act.actedOn) : 0 };
  }));
}

function receiptShares({ receipt, actsOfReceipt }: ActGrounds, valuer: Valuer): ReadonlyMap<string, number> {
  if (!receipt) return new Map();
  const opening = { minor: receipt.amountMinor, functional: valuer.at(receipt.functionalRate, receipt.amountMinor, receipt.actedOn) };
  return sharesOf(opening, actsOfReceipt.map((act) => ({ id: act.id, reverses: act.reverses, minor: act.kind === 'allocation' || act.kind === 'credit-payment' ? act.amountMinor : 0 })));
}

function creditShares({ creditNote, creditNoteInvoice, actsOfCredit, functionalCurrency }: ActGrounds, valuer: Valuer): ReadonlyMap<string, number> {
  if (!creditNote) return new Map();
  // What was carried to credit stands there at the figure at which the receivable was booked.
  const carried = creditNote.kind === 'credit-carried' && creditNoteInvoice ? bookedReceivable(creditNoteInvoice, functionalCurrency) : null;
  const opening = carried ? { minor: creditNote.amountMinor, functional: valuer.isForeign ? -carried.functional : creditNote.amountMinor } : { minor: creditNote.restMinor, functional: valuer.at(creditNoteInvoice?.functionalRate ?? null, creditNote.restMinor, creditNote.actedOn) };
  return sharesOf(opening, actsOfCredit.map((act) => ({ id: act.id, reverses: act.reverses, minor: act.kind === 'credit-application' || act.kind === 'credit-payment' ? act.amountMinor : 0 })));
}

function toPostings(lines: readonly Line[], act: ReceivableAct, valuer: Valuer, rate: string | null): PostingDraft[] {
  return lines.filter((line) => line.minor !== 0).map(({ account, minor, functional }): PostingDraft => ({
    accountCode: account, direction: minor > 0 ? 'debit' : 'credit', amount: minorUnits(Math.abs(minor)), currency: act.currency, functionalAmount: minorUnits(Math.abs(functional)), rate: valuer.isForeign ? rate : null, partyId: act.partyId,
  }));
}

/** Both sides are the same in their currency and may differ in the functional one: the conversion account stands between, and the difference is realised. */
function exchangeDifference(lines: readonly Line[], act: ReceivableAct, valuer: Valuer, functionalCurrency: string, rate: string | null): PostingDraft[] {
  const left = lines.reduce((sum, line) => sum + line.functional, 0);
  if (!valuer.isForeign || left === 0) return [];
  const amount = minorUnits(Math.abs(lines.find((line) => line.minor > 0)?.minor ?? 0));
  const functionalOf = (isDebit: boolean): number => lines.filter((line) => line.minor > 0 === isDebit).reduce((sum, line) => sum + Math.abs(line.functional), 0);
  const conversion = (direction: PostingDraft['direction'], functional: number): PostingDraft => ({ accountCode: accountCodes.currencyConversion, direction, amount, currency: act.currency, functionalAmount: minorUnits(functional), rate, partyId: null });
  const own = (accountCode: string, signed: number, partyId: string | null): PostingDraft => ({ accountCode, direction: signed > 0 ? 'debit' : 'credit', amount: minorUnits(Math.abs(signed)), currency: functionalCurrency, functionalAmount: minorUnits(Math.abs(signed)), rate: null, partyId });
  // More stood on the debits than on the credits: a gain, which the conversion account passes on.
  return [conversion('credit', functionalOf(true)), conversion('debit', functionalOf(false)), own(accountCodes.realisedExchangeDifferences, -left, act.partyId), own(accountCodes.currencyConversion, left, null)];
}
