/**
 * Which acts may be done, and what each comes to (domain.md §4). Pure: the local twin decides by it; the shared database's function (migrations/postgres/0035, 0038 and 0039) has the
 * same rules and the same codes, and one table of cases is driven through both.
 */
import { monthOf, type Month } from '../../shared/calendar/local-date.ts';
import { ConflictError, NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import { mulDiv } from '../../shared/money/money.ts';
import { closedDayProblem, openDayStep } from '../billing/past-day.ts';
import type { RateShare } from '../billing/partner-invoice-calculation.ts';
import { openMinorOf, type InvoiceStatus, type PartnerInvoice } from '../billing/partner-invoice.ts';
import { leftOfReceipt, settledBy, standingActs, type ActIntent, type CustomerCredit, type ReceivableAct, type ReceivableActKind } from './receivable-act.ts';

/** The default of the setting: the largest rest that may be given up, in minor units of the invoice's currency. */
export const defaultWriteOffLimitMinor = 1_000;

/** What a decision looks at. */
export interface ReceivableBook {
  invoice(id: string): PartnerInvoice | null;
  act(id: string): ReceivableAct | null;
  /** Every act of an invoice, in their order; reversals too. */
  actsOfInvoice(invoiceId: string): readonly ReceivableAct[];
  actsOfReceipt(receiptId: string): readonly ReceivableAct[];
  actsOfCreditNote(creditNoteId: string): readonly ReceivableAct[];
  /** What made a credit, its uses, and what took them back. */
  actsOfCredit(creditId: string): readonly ReceivableAct[];
  isReversed(actId: string): boolean;
  credit(id: string): CustomerCredit | null;
  readonly writeOffLimitMinor: number;
  /** The last closed month; null while all are open. */
  readonly closedThrough: Month | null;
}

/** An act decided, without what the register gives it. */
export type DecidedAct = Omit<ReceivableAct, 'sequence' | 'documentNumber' | 'requestId' | 'actor' | 'recordedAt'>;

export interface Decision {
  readonly act: DecidedAct;
  /** What becomes of a credit. */
  readonly credit?: { readonly id: string; readonly change: 'create' | 'use' | 'give-back' | 'withdraw' };
}

const openToActs: Readonly<Record<InvoiceStatus, readonly ReceivableActKind[]>> = {
  draft: [],
  finalised: ['sent', 'allocation', 'credit-note', 'credit-application', 'credit-carried', 'withholding-certificate', 'uncollectible', 'write-off'],
  sent: ['sent', 'allocation', 'credit-note', 'credit-application', 'credit-carried', 'withholding-certificate', 'uncollectible', 'write-off'],
  partly_paid: ['sent', 'allocation', 'credit-note', 'credit-application', 'withholding-certificate', 'uncollectible', 'write-off'],
  // Who keeps tax back pays first, and proves it months later.
  paid: ['sent', 'credit-note', 'withholding-certificate'],
  uncollectible: ['sent', 'allocation'],
  void: [],
};

export const isOpenTo = (status: InvoiceStatus, kind: ReceivableActKind): boolean => openToActs[status].includes(kind);

/**
 * @throws NotFoundError, StateError, ConflictError, ValidationError with the codes of the shared database: `invoice-not-found`, `invoice-state`, `act-invalid`, `act-reason-missing`, `act-date-invalid`, `act-not-found`, `act-reversed-already`,
 * `act-in-use`, `receipt-not-found`, `receipt-of-other-customer`, `receipt-exceeded`, `allocation-exceeds-due`, `credit-not-usable`, `credit-exceeds-left`, `credit-exceeds-due`, `credit-exceeds-paid`, `refund-not-owed`, `refund-paid-already`,
 * `write-off-limit`, `credit-not-found`, `credit-payment-exceeds-left`, `payment-month-closed`.
 */
export function decideAct(book: ReceivableBook, intent: ActIntent): Decision {
  if (['credit-note', 'uncollectible', 'write-off', 'reversal'].includes(intent.kind) && (intent.reason ?? '').trim().length < 3) throw new ValidationError('act-reason-missing', 'This needs a reason of at least three letters.');
  switch (intent.kind) {
    case 'reversal':
      return decideReversal(book, intent);
    case 'receipt':
      return decideReceipt(intent);
    case 'refund-payment':
      return { act: decideRefundPayment(book, intent) };
    case 'credit-payment':
      return decideCreditPayment(book, intent);
    default:
      return decideOnInvoice(book, intent);
  }
}

/** The bare act; what is left out is nothing. */
function actOf(intent: ActIntent, changed: Partial<DecidedAct> & Pick<DecidedAct, 'partyId' | 'currency'>): DecidedAct {
  return {
    id: intent.id, kind: intent.kind, invoiceId: intent.invoiceId ?? null, receiptId: intent.receiptId ?? null, creditId: intent.creditId ?? null, creditNoteId: intent.creditNoteId ?? null, reverses: intent.reverses ?? null,
    amountMinor: intent.amountMinor ?? 0, offsetMinor: 0, restMinor: 0, recoveredMinor: 0, unforeseenMinor: 0, netMinor: 0, taxMinor: 0, withholdingMinor: 0, settlement: null, lines: null, actedOn: intent.actedOn,
    functionalRate: intent.functionalRate ?? null, reference: intent.reference?.trim() ?? null, reason: intent.reason?.trim() ?? null, ...changed,
  };
}

function decideReceipt(intent: ActIntent): Decision {
  const { partyId, currency, amountMinor = 0, reference = '' } = intent;
  if (amountMinor <= 0 || !partyId || !currency || reference.trim() === '') throw new ValidationError('act-invalid', 'A receipt has a customer, an amount, a currency and a bank reference.');
  return { act: { ...actOf(intent, { partyId, currency }), invoiceId: null } };
}

function decideRefundPayment(book: ReceivableBook, intent: ActIntent): DecidedAct {
  const note = book.act(intent.creditNoteId ?? '');
  if (note?.kind !== 'credit-note' || book.isReversed(note.id)) throw new NotFoundError('act-not-found', 'There is no such credit note.');
  if (note.settlement !== 'refund' || note.restMinor === 0) throw new StateError('refund-not-owed', 'This credit note owes no refund.');
  if (standingActs(book.actsOfCreditNote(note.id)).some((act) => act.kind === 'refund-payment')) throw new StateError('refund-paid-already', 'This refund was paid already.');
  if (intent.actedOn < note.actedOn) throw dateInvalid('The day lies before the credit note.');
  return actOf(intent, { partyId: note.partyId, currency: note.currency, invoiceId: note.invoiceId, amountMinor: note.restMinor });
}

/**
 * What a customer has as credit, or what is left of a receipt, is paid back by bank: at most what no invoice has used and nothing has paid out (docs/adr/0037). A credit that has expired
 * is still owed by the books and may be paid out. We choose the day of a transfer: it lies in an open month.
 */
function decideCreditPayment(book: ReceivableBook, intent: ActIntent): Decision {
  const { amountMinor = 0, reference = '', creditId, receiptId } = intent;
  if (amountMinor <= 0 || reference.trim() === '' || (creditId === undefined) === (receiptId === undefined)) throw new ValidationError('act-invalid', 'What is paid out to a customer has an amount and a bank reference, and is of one credit or of one receipt.');
  const { origin, leftMinor } = leftToPayOut(book, creditId === undefined ? { receiptId: receiptId ?? '' } : { creditId });
  if (intent.actedOn < origin.actedOn) throw dateInvalid('The day lies before the customer had the credit.');
  if (closedDayProblem(intent.actedOn, book.closedThrough) !== null) {
    throw new StateError('payment-month-closed', `${intent.actedOn} lies in ${monthOf(intent.actedOn)}, which is closed. Nothing was paid out.`, { data: { day: intent.actedOn, closedThrough: book.closedThrough }, nextStep: openDayStep(book.closedThrough) });
  }
  if (amountMinor > leftMinor) throw new ConflictError('credit-payment-exceeds-left', 'More would be paid out than is left of the credit. Nothing was paid out.', { data: { leftMinor }, nextStep: 'Look at what is left of it now, then pay out at most that.' });
  const act = actOf(intent, { partyId: origin.partyId, currency: origin.currency, invoiceId: origin.invoiceId, creditNoteId: null });
  return creditId === undefined ? { act } : { act, credit: { id: creditId, change: 'use' } };
}

/** What can be paid out to a customer: a credit, or what is left of a receipt. */
export type CreditSource = { readonly creditId: string } | { readonly receiptId: string };

/** What there is to pay out, in minor units of its currency, and the act it comes from: a credit note, an invoice carried to credit, a receipt. */
export interface PayableCredit {
  readonly origin: ReceivableAct;
  readonly leftMinor: number;
}

/** @throws NotFoundError `credit-not-found`, `receipt-not-found`. */
export const leftToPayOut = (book: ReceivableBook, source: CreditSource): PayableCredit => ('creditId' in source ? leftInCredit(book, source.creditId) : leftInReceipt(book, source.receiptId));

function leftInCredit(book: ReceivableBook, creditId: string): PayableCredit {
  const credit = book.credit(creditId);
  const origin = standingActs(book.actsOfCredit(creditId)).find(({ kind }) => kind === 'credit-note' || kind === 'credit-carried');
  if (!credit || !origin) throw new NotFoundError('credit-not-found', 'There is no such credit, or what gave it was taken back.', { data: { creditId }, nextStep: 'Look at the customer’s credits, or sync first.' });
  return { origin, leftMinor: credit.remainingMinor };
}

function leftInReceipt(book: ReceivableBook, receiptId: string): PayableCredit {
  const origin = mustFindReceipt(book, receiptId);
  return { origin, leftMinor: leftOfReceipt(origin, book.actsOfReceipt(origin.id)) };
}

function mustFindReceipt(book: ReceivableBook, receiptId: string): ReceivableAct {
  const receipt = book.act(receiptId);
  if (receipt?.kind !== 'receipt' || book.isReversed(receipt.id)) throw new NotFoundError('receipt-not-found', 'There is no such receipt, or it was taken back.', { nextStep: 'Look it up under Payments; what was taken back stands there with its reversal.' });
  return receipt;
}

const dateInvalid = (message: string): ValidationError => new ValidationError('act-date-invalid', message);
const inUse = (message: string): ConflictError => new ConflictError('act-in-use', message, { nextStep: 'Take back what was built on it first.' });
const exceedsDue = (message: string): ConflictError => new ConflictError('allocation-exceeds-due', message, { nextStep: 'Look at what is due now.' });

// ── Taking back ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function decideReversal(book: ReceivableBook, intent: ActIntent): Decision {
  const original = book.act(intent.reverses ?? '');
  if (!original || original.kind === 'reversal' || original.kind === 'sent') throw new NotFoundError('act-not-found', 'There is no such act that could be taken back.');
  if (book.isReversed(original.id)) throw new ConflictError('act-reversed-already', 'This was taken back already.');
  if (intent.actedOn < original.actedOn) throw dateInvalid('The day lies before the act that is taken back.');
  const { invoiceId, creditId, partyId, currency, amountMinor } = original;
  const act = actOf(intent, {
    partyId, currency, amountMinor, invoiceId, creditId, receiptId: original.kind === 'receipt' ? original.id : original.receiptId, creditNoteId: original.kind === 'credit-note' ? original.id : original.creditNoteId,
  });
  if (original.kind === 'receipt' && standingActs(book.actsOfReceipt(original.id)).some(({ kind }) => kind === 'allocation')) throw inUse('The receipt is applied to an invoice.');
  if (original.kind === 'receipt' && standingActs(book.actsOfReceipt(original.id)).some(({ kind }) => kind === 'credit-payment')) throw inUse('What was left of the receipt was paid back.');
  const credit = creditId === null ? null : book.credit(creditId);
  if (original.kind === 'credit-carried' && credit && credit.remainingMinor !== credit.amountMinor) throw inUse('The credit it gave has been used.');
  if (original.kind === 'credit-note') {
    if (standingActs(book.actsOfCreditNote(original.id)).some(({ kind }) => kind === 'refund-payment') || (credit && credit.remainingMinor !== credit.amountMinor)) throw inUse('What the credit note gave has been used.');
  }
  if (original.kind === 'uncollectible' && standingActs(book.actsOfInvoice(invoiceId ?? '')).some((other) => other.recoveredMinor > 0)) throw inUse('A part of it was recovered.');
  if (invoiceId !== null && original.kind !== 'refund-payment' && original.kind !== 'credit-payment') assertNothingBuiltOn(book, original, invoiceId);
  if (!credit) return { act };
  return { act, credit: { id: credit.id, change: original.kind === 'credit-note' || original.kind === 'credit-carried' ? 'withdraw' : 'give-back' } };
}

function assertNothingBuiltOn(book: ReceivableBook, original: ReceivableAct, invoiceId: string): void {
  const invoice = mustFind(book, invoiceId);
  if (original.kind !== 'uncollectible' && original.recoveredMinor === 0 && invoice.status === 'uncollectible') throw inUse('The invoice was marked uncollectible since.');
  const isPayment = original.kind === 'allocation' || original.kind === 'credit-application';
  const rests = standingActs(book.actsOfInvoice(invoiceId)).reduce((sum, act) => sum + act.restMinor, 0);
  if (isPayment && invoice.paidMinor - original.amountMinor < rests) throw inUse('What was paid was given back by a credit note.');
}

function mustFind(book: ReceivableBook, id: string): PartnerInvoice {
  const invoice = book.invoice(id);
  if (!invoice) throw new NotFoundError('invoice-not-found', 'There is no such invoice.', { data: { id }, nextStep: 'Check the number, or sync first.' });
  return invoice;
}

// ── On an invoice ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What the standing acts of an invoice have taken of it so far. */
interface Taken {
  readonly rests: number;
  readonly credited: { readonly tax: number; readonly withholding: number };
  readonly openWithholding: number;
  readonly lost: { readonly amount: number; readonly tax: number; readonly withholding: number };
  readonly recovered: { readonly amount: number; readonly tax: number; readonly withholding: number };
}

function takenOf(invoice: PartnerInvoice, standing: readonly ReceivableAct[]): Taken {
  const sumOf = (acts: readonly ReceivableAct[], of: (act: ReceivableAct) => number): number => acts.reduce((sum, act) => sum + of(act), 0);
  const ofKind = (kind: ReceivableActKind): ReceivableAct[] => standing.filter((act) => act.kind === kind);
  const notes = ofKind('credit-note');
  const recoveries = standing.filter((act) => act.recoveredMinor > 0);
  const credited = { tax: sumOf(notes, (act) => act.taxMinor), withholding: sumOf(notes, (act) => act.withholdingMinor) };
  const proven = sumOf(ofKind('withholding-certificate'), (act) => act.amountMinor - act.unforeseenMinor);
  const figures = (acts: readonly ReceivableAct[], of: (act: ReceivableAct) => number) => ({ amount: sumOf(acts, of), tax: sumOf(acts, (act) => act.taxMinor), withholding: sumOf(acts, (act) => act.withholdingMinor) });
  return {
    rests: sumOf(notes, (act) => act.restMinor), credited, openWithholding: Math.max(0, invoice.withholdingMinor - credited.withholding - proven), lost: figures(ofKind('uncollectible'), (act) => act.amountMinor),
    recovered: figures(recoveries, (act) => act.recoveredMinor),
  };
}

function decideOnInvoice(book: ReceivableBook, intent: ActIntent): Decision {
  const invoice = mustFind(book, intent.invoiceId ?? '');
  if (!isOpenTo(invoice.status, intent.kind)) throw new StateError('invoice-state', `This cannot be done to an invoice that is ${invoice.status.replace('_', ' ')}.`, { data: { id: invoice.id, status: invoice.status } });
  if (invoice.issueDate !== null && intent.actedOn < invoice.issueDate) throw dateInvalid('The day lies before the invoice was issued.');
  const standing = standingActs(book.actsOfInvoice(invoice.id));
  const taken = takenOf(invoice, standing);
  const act = actOf(intent, { partyId: invoice.partyId, currency: invoice.currency });
  switch (intent.kind) {
    case 'sent':
      return { act: { ...act, amountMinor: 0 } };
    case 'allocation':
      return { act: { ...act, ...allocationOf(book, intent, invoice, taken) } };
    case 'credit-application':
      return decideCreditApplication(book, act, invoice);
    case 'credit-carried':
      return decideCarried(act, invoice);
    case 'credit-note':
      return decideCreditNote(intent, act, invoice, standing, taken);
    case 'withholding-certificate':
      return { act: { ...act, unforeseenMinor: unforeseenOf(act, invoice, taken) } };
    case 'uncollectible':
      return { act: { ...act, ...lossOf(invoice, taken) } };
    default:
      return { act: assertSmallRest(book, act, invoice) };
  }
}

function allocationOf(book: ReceivableBook, intent: ActIntent, invoice: PartnerInvoice, { lost, recovered }: Taken): Pick<DecidedAct, 'recoveredMinor' | 'taxMinor' | 'withholdingMinor'> {
  const receipt = mustFindReceipt(book, intent.receiptId ?? '');
  const amount = intent.amountMinor ?? 0;
  if (receipt.partyId !== invoice.partyId || receipt.currency !== invoice.currency) throw new ConflictError('receipt-of-other-customer', 'The receipt is of another customer or in another currency.');
  if (intent.actedOn < receipt.actedOn) throw dateInvalid('The day lies before the receipt.');
  if (amount <= 0 || amount > leftOfReceipt(receipt, book.actsOfReceipt(receipt.id))) throw new ConflictError('receipt-exceeded', 'More would be applied than is left of the receipt.', { nextStep: 'Look at what is left of the receipt.' });
  const isRecovery = invoice.status === 'uncollectible';
  if (amount > (isRecovery ? lost.amount - recovered.amount : openMinorOf(invoice))) throw exceedsDue('More would be applied than is due.');
  if (!isRecovery) return { recoveredMinor: 0, taxMinor: 0, withholdingMinor: 0 };
  const upToNow = (whole: number, before: number): number => mulDiv(whole, recovered.amount + amount, lost.amount, 'half-away-from-zero') - before;
  return { recoveredMinor: amount, taxMinor: upToNow(lost.tax, recovered.tax), withholdingMinor: upToNow(lost.withholding, recovered.withholding) };
}

function decideCreditApplication(book: ReceivableBook, act: DecidedAct, invoice: PartnerInvoice): Decision {
  const credit = book.credit(act.creditId ?? '');
  if (!credit || credit.account !== act.partyId || credit.currency !== act.currency || (credit.expiresOn !== null && credit.expiresOn < act.actedOn)) throw new NotFoundError('credit-not-usable', 'The customer has no such credit in this currency, or it has expired.');
  if (act.amountMinor <= 0 || act.amountMinor > credit.remainingMinor || act.amountMinor > openMinorOf(invoice)) throw exceedsDue('More would be applied than is due, or than is left of the credit.');
  return { act, credit: { id: credit.id, change: 'use' } };
}

/** An invoice that comes to less than nothing owes the customer: all of it becomes a credit, which the next invoices use up (domain.md §4: withholding, then credits, then due). */
function decideCarried(act: DecidedAct, invoice: PartnerInvoice): Decision {
  const amountMinor = -openMinorOf(invoice);
  if (amountMinor <= 0) throw new StateError('invoice-state', 'This invoice owes the customer nothing that could be kept as credit.', { data: { id: invoice.id } });
  if (act.creditId === null) throw new ValidationError('act-invalid', 'What is kept as credit names the credit it makes.');
  return { act: { ...act, amountMinor }, credit: { id: act.creditId, change: 'create' } };
}

function decideCreditNote(intent: ActIntent, act: DecidedAct, invoice: PartnerInvoice, standing: readonly ReceivableAct[], { rests, credited }: Taken): Decision {
  const { lines = [], lineNets = [], netMinor = 0, taxMinor = 0, withholdingMinor = 0, settlement = 'offset' } = intent;
  const total = (nets: readonly number[]): number => nets.reduce((sum, net) => sum + net, 0);
  if (lines.length === 0 || total(lines.map((line) => line.netMinor)) !== netMinor || lineNets.length !== invoice.lines.length || total(lineNets) !== invoice.subtotalMinor || act.amountMinor !== netMinor + taxMinor - withholdingMinor) {
    throw new ValidationError('act-invalid', 'The figures of the credit note do not follow from its lines.');
  }
  const all = [...lines, ...standing.flatMap((other) => (other.kind === 'credit-note' ? (other.lines ?? []) : []))];
  const isWithin = (value: number, whole: number): boolean => value >= Math.min(0, whole) && value <= Math.max(0, whole);
  const isLeft = [...new Set(all.map((line) => line.lineIndex))].every((index) => lineNets[index] !== undefined && isWithin(total(all.filter((line) => line.lineIndex === index).map((line) => line.netMinor)), lineNets[index]));
  if (act.amountMinor <= 0 || !isLeft || !isOfPart(credited.tax + taxMinor, invoice.taxMinor, invoice.snapshot.taxes) || !isOfPart(credited.withholding + withholdingMinor, invoice.withholdingMinor, invoice.snapshot.withholdings)) {
    throw new ConflictError('credit-exceeds-left', 'More would be credited than is left of the invoice.', { nextStep: 'Look at what is left of each line.' });
  }
  const offsetMinor = Math.min(act.amountMinor, Math.max(0, openMinorOf(invoice)));
  const restMinor = act.amountMinor - offsetMinor;
  if (restMinor > 0 && settlement === 'offset') throw new ConflictError('credit-exceeds-due', 'More would be offset than is due.', { nextStep: 'Refund the rest, or keep it as credit of the customer.' });
  if (restMinor > invoice.paidMinor - rests) throw new ConflictError('credit-exceeds-paid', 'More would be given back than was paid.');
  const isCredit = settlement === 'credit' && restMinor > 0;
  const decided = { ...act, netMinor, taxMinor, withholdingMinor, lines, settlement, offsetMinor, restMinor, creditId: isCredit ? act.creditId : null };
  return isCredit && act.creditId !== null ? { act: decided, credit: { id: act.creditId, change: 'create' } } : { act: decided };
}

/**
 * Whether so much of a figure could be of a part of the invoice. Where lines or parts of the month have rates of their own, what is taken back at one may leave less than nothing of its tax or
 * withholding beside something of another's.
 */
function isOfPart(creditedMinor: number, wholeMinor: number, rates: readonly RateShare[] = []): boolean {
  const sumOfSide = (isOfSide: (minor: number) => boolean): number => rates.map((share) => share.amountMinor).filter(isOfSide).reduce((sum, minor) => sum + minor, 0);
  return creditedMinor >= Math.min(0, wholeMinor, sumOfSide((minor) => minor < 0)) && creditedMinor <= Math.max(0, wholeMinor, sumOfSide((minor) => minor > 0));
}

function unforeseenOf(act: DecidedAct, invoice: PartnerInvoice, { openWithholding }: Taken): number {
  if (act.amountMinor <= 0 || (act.reference ?? '') === '') throw new ValidationError('act-invalid', 'A withholding certificate has an amount and a number.');
  const unforeseen = Math.max(0, act.amountMinor - openWithholding);
  if (unforeseen > openMinorOf(invoice)) throw exceedsDue('More would be withheld than is due.');
  return unforeseen;
}

/** What is lost with the rest: its share of the tax, which is taken back, and of the withholding that will never be proven. */
function lossOf(invoice: PartnerInvoice, { rests, credited, openWithholding }: Taken): Pick<DecidedAct, 'amountMinor' | 'taxMinor' | 'withholdingMinor'> {
  const amountMinor = openMinorOf(invoice);
  if (amountMinor <= 0) throw new StateError('invoice-state', 'Nothing is due on this invoice.');
  const whole = Math.max(amountMinor, invoice.dueMinor - invoice.creditedMinor - rests);
  const shareOf = (figure: number): number => mulDiv(Math.max(0, figure), amountMinor, whole, 'half-away-from-zero');
  return { amountMinor, taxMinor: shareOf(invoice.taxMinor - credited.tax), withholdingMinor: Math.min(openWithholding, shareOf(invoice.withholdingMinor - credited.withholding)) };
}

function assertSmallRest(book: ReceivableBook, act: DecidedAct, invoice: PartnerInvoice): DecidedAct {
  if (act.amountMinor <= 0 || act.amountMinor > openMinorOf(invoice)) throw exceedsDue('More would be written off than is due.');
  if (act.amountMinor + invoice.writtenOffMinor > book.writeOffLimitMinor) {
    throw new ConflictError('write-off-limit', 'This is more than may be written off as a small rest.', { data: { limitMinor: book.writeOffLimitMinor }, nextStep: 'Credit it, or mark the invoice uncollectible.' });
  }
  return act;
}

/** The invoice as its acts leave it. */
export function settleInvoice(invoice: PartnerInvoice, acts: readonly ReceivableAct[], at: number): PartnerInvoice {
  if (invoice.status === 'draft' || invoice.status === 'void') return invoice;
  const { uncollectibleMinor, ...settled } = settledBy(acts);
  // What was sent stays sent, by whichever door it was marked.
  const figures = { ...settled, sentAt: invoice.sentAt ?? settled.sentAt } as Pick<PartnerInvoice, 'paidMinor' | 'creditedMinor' | 'withheldMinor' | 'writtenOffMinor' | 'sentAt'>;
  const changed = { ...invoice, ...figures };
  const isUntouched = figures.paidMinor + figures.creditedMinor + figures.withheldMinor + figures.writtenOffMinor === 0;
  const ofUntouched = figures.sentAt === null ? 'finalised' : 'sent';
  const ofTouched = openMinorOf(changed) === 0 ? 'paid' : 'partly_paid';
  const status: InvoiceStatus = uncollectibleMinor > 0 ? 'uncollectible' : isUntouched ? ofUntouched : ofTouched;
  return { ...changed, status, paidAt: status === 'paid' ? (invoice.paidAt ?? at) : null, version: invoice.version + 1 };
}
