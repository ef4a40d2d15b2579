/**
 * What is done to invoices after they were finalised: sent, paid, credited, given up (domain.md §4, docs/adr/0021). The register decides and records; this desk then writes its
 * copy, the journal entries and the audit rows in one transaction. A crash in between heals by `postMissing`.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { ConflictError, NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { Act } from '../billing/invoice-recorder.ts';
import { openDay, pastDay, recentDay } from '../billing/past-day.ts';
import { openMinorOf, type PartnerInvoice } from '../billing/partner-invoice.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { PostingDraft } from '../ledger/journal-entry.ts';
import { closedThrough } from '../ledger/closed-through.ts';
import { rateOfDay } from '../ledger/rate-of-day.ts';
import type { ActRecorder } from './act-recorder.ts';
import { creditNoteFigures, type CreditNoteFigures } from './credit-note-calculation.ts';
import { postingsOfCreditPayment } from './credit-payment-preview.ts';
import { bookOf } from './local-receivable-register.ts';
import { findAct, lastSequenceOfParty, listActsOfInvoice } from './receivable-act.repository.ts';
import type { ActIntent, ReceivableAct, Settlement } from './receivable-act.ts';
import { leftToPayOut, type CreditSource } from './receivable-rules.ts';
import type { InvoicesPort, ReceivableRegister } from './receivables.ports.ts';

export interface ReceivablesDependencies {
  readonly readable: ReadableDatabase;
  readonly register: ReceivableRegister;
  readonly recorder: ActRecorder;
  readonly invoices: InvoicesPort;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly newId: () => string;
  functionalCurrency(): string;
  /** Whether a receipt, or a payment to a customer, is matched with a bank line of this desk: `banking/`. */
  isOnStatement(actId: string): boolean;
}

export interface DoneActs {
  readonly actIds: readonly string[];
  /** As they stand now. */
  readonly invoices: readonly PartnerInvoice[];
}

export interface CreditWish {
  /** Null: all that is left to credit. */
  readonly lines: readonly { readonly lineIndex: number; readonly netMinor: number }[] | null;
  readonly settlement: Settlement;
}

export interface AllocationWish {
  readonly invoiceId: string;
  readonly amountMinor: number;
}

export interface CreditPreview extends CreditNoteFigures {
  readonly offsetMinor: number;
  readonly restMinor: number;
}

/** What is paid out to a customer by bank. */
export interface CreditPaymentWish {
  /** Minor units of the credit's currency; left out: all that is left of it. */
  readonly amountMinor?: number | undefined;
  readonly on?: string | undefined;
}

export interface CreditPaymentPreview {
  readonly on: LocalDate;
  readonly currency: string;
  /** Before it. */
  readonly leftMinor: number;
  readonly amountMinor: number;
  readonly postings: readonly PostingDraft[];
}

/** Days are the acts' own, none in the future (`day-in-future`); left out, today in the reporting zone. Every act is idempotent by its request id. */
export interface Receivables {
  markSent(invoiceId: string, on: string | undefined, act: Act): Promise<DoneActs>;
  previewCredit(invoiceId: string, wish: CreditWish): CreditPreview & { readonly invoice: PartnerInvoice };
  /** @throws StateError `issue-month-closed` when its day lies in a closed month; ConflictError `invoice-changed` when `version` is given and is not the invoice's. */
  credit(invoiceId: string, wish: CreditWish & { readonly reason: string; readonly on?: string | undefined; readonly expiresOn?: string | null | undefined; readonly version?: number | undefined }, act: Act): Promise<DoneActs>;
  /**
   * What paying a customer's credit out would post, by what this desk knows; a shared database decides again.
   * @throws as `payOutCredit`.
   */
  previewCreditPayment(source: CreditSource, wish: CreditPaymentWish): CreditPaymentPreview;
  /**
   * Pays back by bank what a customer has as credit, or what is left of a receipt, whole or in part (docs/adr/0037).
   * @throws NotFoundError `credit-not-found`, `receipt-not-found`; ConflictError `credit-payment-exceeds-left`; StateError `payment-month-closed`; ValidationError `act-date-invalid`, `act-invalid`, `exchange-rate-missing`.
   */
  payOutCredit(source: CreditSource, wish: CreditPaymentWish & { readonly bankReference: string }, act: Act): Promise<DoneActs>;
  payRefund(creditNoteId: string, wish: { readonly on?: string | undefined; readonly bankReference: string }, act: Act): Promise<DoneActs>;
  markUncollectible(invoiceId: string, wish: { readonly on?: string | undefined; readonly reason: string }, act: Act): Promise<DoneActs>;
  /** @param wish.amountMinor left out: all that is due. */
  writeOff(invoiceId: string, wish: { readonly amountMinor?: number | undefined; readonly on?: string | undefined; readonly reason: string }, act: Act): Promise<DoneActs>;
  recordWithholding(invoiceId: string, wish: { readonly amountMinor: number; readonly certificate: string; readonly on?: string | undefined }, act: Act): Promise<DoneActs>;
  reverse(actId: string, wish: { readonly on?: string | undefined; readonly reason: string }, act: Act): Promise<DoneActs>;
  /** The first act is the receipt. */
  recordReceipt(wish: { readonly partyId?: string | undefined; readonly on: string; readonly amountMinor: number; readonly currency: string; readonly bankReference: string; readonly allocations: readonly AllocationWish[] }, act: Act): Promise<DoneActs>;
  applyReceipt(receiptId: string, wish: { readonly on?: string | undefined; readonly allocations: readonly AllocationWish[] }, act: Act): Promise<DoneActs>;
  /** In minor units of the invoice's currency. */
  writeOffLimit(): Promise<number>;
  setWriteOffLimit(limitMinor: number, act: Act): Promise<number>;
  postMissing: ActRecorder['postMissing'];
}

export function createReceivables(dependencies: ReceivablesDependencies): Receivables {
  const { readable, register, recorder, invoices, clock, timeZone, newId } = dependencies;
  /** @throws ValidationError `day-in-future`. */
  const dayOf = (on: string | undefined): LocalDate => {
    const today = timeZone.dateOf(clock.now());
    return on === undefined ? today : pastDay(localDate(on), today);
  };

  function mustFind(id: string): PartnerInvoice {
    const invoice = invoices.findByIdOrNumber(readable, id);
    if (!invoice) throw new NotFoundError('invoice-not-found', 'There is no such invoice of ours.', { data: { id }, nextStep: 'Check the number, or sync first.' });
    return invoice;
  }

  function mustFindAct(id: string): ReceivableAct {
    const found = findAct(readable, id);
    if (!found) throw new NotFoundError('act-not-found', 'There is no such act.', { data: { id }, nextStep: 'Look at the invoice again, or sync first.' });
    return found;
  }

  /** @throws ValidationError `exchange-rate-missing`. */
  function rateOn(currency: string, on: LocalDate): string | null {
    const functionalCurrency = dependencies.functionalCurrency();
    if (currency === functionalCurrency) return null;
    return rateOfDay(invoices.findDatedRate(readable, currency, functionalCurrency, on), currency, functionalCurrency, on, 'a payment');
  }

  async function record(partyId: string, intents: readonly Omit<ActIntent, 'id'>[], act: Act): Promise<DoneActs> {
    const acts = intents.map((intent): ActIntent => ({ id: newId(), ...intent }));
    return recordAs(partyId, acts, act);
  }

  async function recordAs(partyId: string, acts: readonly ActIntent[], act: Act): Promise<DoneActs> {
    const answer = await register.record({ acts, requestId: act.requestId ?? newId(), after: lastSequenceOfParty(readable, partyId) });
    recorder.recordAnswer(answer, act.actor);
    const touched = new Set(answer.acts.filter((recorded) => answer.actIds.includes(recorded.id)).map((recorded) => recorded.invoiceId));
    return { actIds: answer.actIds, invoices: answer.invoices.filter((invoice) => touched.has(invoice.id)) };
  }

  const onInvoice = (id: string, act: Act, intentOf: (invoice: PartnerInvoice) => Omit<ActIntent, 'id' | 'invoiceId'>): Promise<DoneActs> => {
    const invoice = mustFind(id);
    return record(invoice.partyId, [{ invoiceId: invoice.id, ...intentOf(invoice) }], act);
  };

  function previewCredit(invoiceId: string, wish: CreditWish): CreditPreview & { invoice: PartnerInvoice } {
    const invoice = mustFind(invoiceId);
    const figures = creditNoteFigures(invoice, listActsOfInvoice(readable, invoice.id), wish.lines);
    const offsetMinor = Math.max(0, Math.min(figures.amountMinor, openMinorOf(invoice)));
    return { ...figures, invoice, offsetMinor, restMinor: figures.amountMinor - offsetMinor };
  }

  function creditPaymentOf(source: CreditSource, wish: CreditPaymentWish, reference: string): { readonly partyId: string; readonly currency: string; readonly leftMinor: number; readonly intent: Omit<ActIntent, 'id'> } {
    const { origin, leftMinor } = leftToPayOut(bookOf(readable, invoices), source);
    const { partyId, currency } = origin;
    if (wish.amountMinor === undefined && leftMinor === 0) throw new ConflictError('credit-payment-exceeds-left', 'Nothing is left of it that could be paid out. Nothing was paid out.', { data: { leftMinor }, nextStep: 'Look at what became of it: invoices have used it, or it was paid out.' });
    const actedOn = dayOf(wish.on);
    return { partyId, currency, leftMinor, intent: { kind: 'credit-payment', ...source, amountMinor: wish.amountMinor ?? leftMinor, actedOn, functionalRate: rateOn(currency, actedOn), reference } };
  }

  const allocationsOf = (receiptId: string, on: LocalDate, wishes: readonly AllocationWish[]): Omit<ActIntent, 'id'>[] =>
    wishes.map(({ invoiceId, amountMinor }) => ({ kind: 'allocation', receiptId, invoiceId: mustFind(invoiceId).id, amountMinor, actedOn: on }));

  return {
    postMissing: () => recorder.postMissing(),
    writeOffLimit: () => register.writeOffLimit(),
    async setWriteOffLimit(limitMinor, act) {
      await register.setWriteOffLimit(limitMinor, act.requestId ?? newId());
      recorder.recordLimit(limitMinor, act.actor);
      return register.writeOffLimit();
    },
    markSent: async (id, on, act) => onInvoice(id, act, () => ({ kind: 'sent', actedOn: dayOf(on) })),
    previewCredit,
    async credit(id, wish, act) {
      const { invoice, offsetMinor: _offset, restMinor: _rest, ...figures } = previewCredit(id, wish);
      if (wish.version !== undefined && wish.version !== invoice.version) throw new ConflictError('invoice-changed', 'The invoice has changed since you looked at it.', { data: { id: invoice.id }, nextStep: 'Look at it again, then credit it.' });
      const actedOn = openDay(recentDay(dayOf(wish.on), dayOf(undefined)), closedThrough(readable));
      const expiresOn = wish.expiresOn ? localDate(wish.expiresOn) : null;
      if (expiresOn !== null && expiresOn < actedOn) throw new ValidationError('credit-end-invalid', `The credit would end on ${expiresOn}, before its own day, ${actedOn}. Nothing was credited.`, { data: { expiresOn, actedOn }, nextStep: 'Choose a last day on or after that day, or none.' });
      return record(invoice.partyId, [{ kind: 'credit-note', invoiceId: invoice.id, creditId: newId(), ...figures, settlement: wish.settlement, actedOn, expiresOn, reason: wish.reason }], act);
    },
    previewCreditPayment(source, wish) {
      const { currency, leftMinor, intent } = creditPaymentOf(source, wish, '—');
      return { on: intent.actedOn, currency, leftMinor, amountMinor: intent.amountMinor ?? 0, postings: postingsOfCreditPayment(readable, invoices, { id: newId(), ...intent }, dependencies.functionalCurrency()) };
    },
    async payOutCredit(source, wish, act) {
      const { partyId, intent } = creditPaymentOf(source, wish, wish.bankReference);
      return record(partyId, [intent], act);
    },
    async payRefund(creditNoteId, wish, act) {
      const note = mustFindAct(creditNoteId);
      const on = dayOf(wish.on);
      return record(note.partyId, [{ kind: 'refund-payment', creditNoteId: note.id, actedOn: on, functionalRate: rateOn(note.currency, on), reference: wish.bankReference }], act);
    },
    markUncollectible: async (id, wish, act) => onInvoice(id, act, () => ({ kind: 'uncollectible', actedOn: dayOf(wish.on), reason: wish.reason })),
    writeOff: async (id, wish, act) => onInvoice(id, act, (invoice) => ({ kind: 'write-off', amountMinor: wish.amountMinor ?? openMinorOf(invoice), actedOn: dayOf(wish.on), reason: wish.reason })),
    recordWithholding: async (id, wish, act) => onInvoice(id, act, () => ({ kind: 'withholding-certificate', amountMinor: wish.amountMinor, reference: wish.certificate, actedOn: dayOf(wish.on) })),
    async reverse(actId, wish, act) {
      const original = mustFindAct(actId);
      // By itself it would leave an invoice that owes the customer and that nothing settles.
      if (original.kind === 'credit-carried') throw new StateError('invoice-state', 'What an invoice of less than nothing gave as credit stands as long as the invoice does. Nothing was changed.', { data: { id: original.invoiceId, actId: original.id }, nextStep: 'Void the invoice: that takes the credit back, unless it has been used.' });
      // The bank says that it moved: its line would be explained by what no longer is.
      if (dependencies.isOnStatement(original.id)) throw new ConflictError('act-in-use', 'This payment is matched with a bank line. Nothing was changed.', { data: { actId: original.id }, nextStep: 'Take that match back first, in Reconciliation, Bank.' });
      return record(original.partyId, [{ kind: 'reversal', reverses: original.id, actedOn: dayOf(wish.on), reason: wish.reason }], act);
    },
    async recordReceipt(wish, act) {
      const first = wish.allocations[0];
      const partyId = wish.partyId ?? (first && mustFind(first.invoiceId).partyId);
      if (partyId === undefined) throw new ValidationError('act-invalid', 'A receipt is of a customer: name one, or an invoice it pays.');
      if (!invoices.knowsParty(readable, partyId)) throw new NotFoundError('receipt-customer-unknown', 'There is no such customer here. Nothing was recorded.', { data: { partyId }, nextStep: 'Check the id; where it is a new partner’s, sync first.' });
      const on = dayOf(wish.on);
      const receiptId = newId();
      const receipt: ActIntent = { id: receiptId, kind: 'receipt', partyId, currency: wish.currency, amountMinor: wish.amountMinor, actedOn: on, functionalRate: rateOn(wish.currency, on), reference: wish.bankReference };
      // A payment can arrive before its invoice is issued: it is applied on the day of the later of both.
      const allocations = wish.allocations.map((allocation): ActIntent => {
        const invoice = mustFind(allocation.invoiceId);
        return { id: newId(), kind: 'allocation', receiptId, invoiceId: invoice.id, amountMinor: allocation.amountMinor, actedOn: invoice.issueDate !== null && invoice.issueDate > on ? invoice.issueDate : on };
      });
      return recordAs(partyId, [receipt, ...allocations], act);
    },
    async applyReceipt(receiptId, wish, act) {
      const receipt = mustFindAct(receiptId);
      return record(receipt.partyId, allocationsOf(receipt.id, dayOf(wish.on), wish.allocations), act);
    },
  };
}
