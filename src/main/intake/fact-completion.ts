/**
 * Before a fact is posted, what it depends on is fetched where the mirror cannot be sure to have it: the source of a balance transaction, the tie
 * of a payment to its invoice, the credit note behind a refund. So the entry does not depend on which of them arrived first.
 */
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { invoicesPaidSince, unpostedAfter, type UnpostedFact } from './intake.repository.ts';
import { readCustomerBalance } from './customer-balances.ts';
import { fetchWhole, type ObjectIntake } from './object-intake.ts';
import { readFactRows, type FactRows } from './fact-rows.repository.ts';
import { findPaymentIntentOfCharge, isSplitByParts, loadBalanceTransaction, loadCreditNote, loadCustomerBalance, loadInvoice, type MissingObject } from './posting-facts.repository.ts';
import { whilePostable } from './unpostable-facts.ts';
import type { GatewayList, GatewayObject, GatewayPage, GatewaySource } from './stripe-sync.ports.ts';

export interface FactCompletionDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly source: GatewaySource;
  readonly objectIntake: ObjectIntake;
  readonly timeZone: TimeZone;
  readonly functionalCurrency: string;
}

export interface FactCompletion {
  /**
   * @param tiesKnownBefore facts that happened before this instant (epoch milliseconds) have all their ties in the mirror already, because every
   * list was read from its end after it; for later ones the gateway is asked.
   */
  completeWaiting(tiesKnownBefore: number, control: WorkControl): Promise<void>;
  /** Whether the gateway was asked for the object and does not have it. */
  isGone(id: string): boolean;
}

const factsAtATime = 256;

const loaders = { balance_transaction: loadBalanceTransaction, invoice: loadInvoice, credit_note: loadCreditNote, customer_balance_transaction: loadCustomerBalance } as const;

interface Question {
  /** A list of the account, or the list of what moved the credit of the customer that `filters` names. */
  readonly list: GatewayList | 'customer_balance';
  readonly filters: Readonly<Record<string, string>>;
}

export function createFactCompletion(dependencies: FactCompletionDependencies): FactCompletion {
  const { readable, unitOfWork, source, objectIntake, timeZone, functionalCurrency } = dependencies;
  const gone = new Set<string>();
  const asked = new Set<string>();
  /** Facts that were looked at as they are: what brings news of one takes it out. */
  const visited = new Set<string>();
  /** Objects that were fetched by their ids. One that is still missing then cannot be read (it is parked), and to ask again would bring the same. */
  const fetched = new Set<string>();
  const isGone = (id: string): boolean => gone.has(id);
  const rowsNow = (): FactRows => readFactRows(readable, functionalCurrency);

  async function take(object: GatewayObject, observedAt: number, signal: AbortSignal): Promise<void> {
    const whole = await fetchWhole(source, object, signal);
    unitOfWork.run('complete a fact', (database) => objectIntake.takeAll(database, [whole], observedAt));
    // A newer state may raise questions that the one that was looked at did not.
    visited.delete(`${object.object}/${object.id}`);
    if (typeof object.value['invoice'] === 'string') visited.delete(`invoice/${object.value['invoice']}`);
  }

  async function fetchMissing({ list, id }: MissingObject, signal: AbortSignal): Promise<void> {
    fetched.add(`${list}/${id}`);
    const found = await source.get(list, id, signal);
    if (found) await take(found, found.observedAt, signal);
    else gone.add(id);
  }

  /** Asks once a run, to the list's end. @returns whether it was asked now. */
  async function ask(question: Question, signal: AbortSignal): Promise<boolean> {
    const name = JSON.stringify(question);
    if (asked.has(name)) return false;
    asked.add(name);
    if (question.list === 'customer_balance') return (await readCustomerBalance(dependencies, question.filters['customer'] ?? '', signal)) > 0;
    for (let startingAfter: string | undefined, isMore = true; isMore; ) {
      const page = await source.list(question.list, { filters: question.filters, ...(startingAfter === undefined ? {} : { startingAfter }) }, signal);
      await takeAnswer(page, signal);
      startingAfter = page.objects.at(-1)?.id;
      isMore = page.hasMore && startingAfter !== undefined;
    }
    return true;
  }

  async function takeAnswer(page: GatewayPage, signal: AbortSignal): Promise<void> {
    for (const object of page.objects) {
      await take(object, page.observedAt, signal);
      const invoiceId = object.object === 'invoice_payment' ? object.value['invoice'] : undefined;
      if (typeof invoiceId === 'string' && !rowsNow().invoice(invoiceId)) await fetchMissing({ list: 'invoices', id: invoiceId }, signal);
    }
  }

  /** An answer may raise the next question: once the invoice of a refunded payment is known, its credit notes are. */
  async function askAll(fact: UnpostedFact, signal: AbortSignal): Promise<void> {
    for (let isNews = true; isNews; ) {
      isNews = false;
      const questions = whilePostable(() => questionsOf(fact));
      // Of one that cannot be posted nothing is asked: whoever posts sets it aside and says why.
      for (const question of 'unpostable' in questions ? [] : questions) if (await ask(question, signal)) isNews = true;
    }
  }

  const missingOf = (fact: UnpostedFact): MissingObject | undefined => {
    const loaded = whilePostable(() => loaders[fact.object_type](rowsNow(), timeZone, fact.object_id, isGone));
    return 'missing' in loaded && !isGone(loaded.missing.id) && !fetched.has(`${loaded.missing.list}/${loaded.missing.id}`) ? loaded.missing : undefined;
  };

  /** Which portion of a customer's credit is used depends on every earlier one. */
  const creditQuestions = (customer: string | null): Question[] => (customer === null ? [] : [{ list: 'invoices', filters: { customer } }, { list: 'credit_notes', filters: { customer } }, { list: 'customer_balance', filters: { customer } }]);

  /** What could still change how a fact is posted. */
  const questionsOf = (fact: UnpostedFact): Question[] => {
    if (fact.object_type === 'invoice') {
      const loaded = loadInvoice(rowsNow(), timeZone, fact.object_id, isGone);
      if (!('fact' in loaded)) return [];
      const ofCredit = loaded.fact.credit ? creditQuestions(loaded.fact.customerId) : [];
      // What was paid bears on what was paid outside, given up or taken back.
      const paid = loaded.fact.payments.reduce((sum, payment) => sum + payment.amountMinor, 0);
      const ofPayments: Question[] = paid < loaded.fact.amountPaidMinor ? [{ list: 'invoice_payments', filters: { invoice: fact.object_id } }] : [];
      // The tax that voiding takes back is what its credit notes left of it, and what was owed when it was given up is told by those that came later.
      // One that is known to stand may have been voided since: then all is due again, as if there had been none.
      const hasNotes = (loaded.fact.notesAtVoid ?? loaded.fact.prePaymentNotesMinor).length > 0;
      const mayHaveNotes = hasNotes || loaded.fact.amountPaidMinor > 0 || loaded.fact.amountDueMinor < loaded.fact.totalMinor - loaded.fact.balanceAppliedMinor;
      const ofNotes: Question[] = (loaded.fact.notesAtVoid || loaded.fact.uncollectibleAt !== null) && mayHaveNotes ? [{ list: 'credit_notes', filters: { invoice: fact.object_id } }] : [];
      return [...ofCredit, ...ofPayments, ...ofNotes];
    }
    if (fact.object_type === 'credit_note') {
      const loaded = loadCreditNote(rowsNow(), timeZone, fact.object_id, isGone);
      if (!('fact' in loaded)) return [];
      const { credit, customerId, invoice } = loaded.fact;
      // Which part of the tax a note takes back depends on those before it.
      const ofOthers: Question[] = invoice?.notes && loaded.fact.taxMinor !== 0 ? [{ list: 'credit_notes', filters: { invoice: invoice.id } }] : [];
      return [...(credit ? creditQuestions(customerId) : []), ...ofOthers];
    }
    if (fact.object_type === 'customer_balance_transaction') {
      const loaded = loadCustomerBalance(rowsNow(), timeZone, fact.object_id);
      return 'fact' in loaded && loaded.fact.parts ? creditQuestions(loaded.fact.customerId) : [];
    }
    const loaded = loadBalanceTransaction(rowsNow(), timeZone, fact.object_id, isGone);
    if (!('fact' in loaded) || !loaded.fact.charge) return [];
    const { charge, refund } = loaded.fact;
    const intent = findPaymentIntentOfCharge(readable, charge.id);
    const questions: Question[] = [];
    if (charge.ties.length === 0 && !charge.checkout && intent !== undefined) {
      questions.push({ list: 'invoice_payments', filters: { 'payment[type]': 'payment_intent', 'payment[payment_intent]': intent } }, { list: 'checkout_sessions', filters: { payment_intent: intent } });
    }
    const isOfPart = (refund === null || refund.announcedMinor < refund.amountMinor) && isSplitByParts(loaded.fact);
    if (isOfPart) questions.push({ list: 'refunds', filters: { charge: charge.id } });
    if (charge.ties[0] && (refund?.announcedMinor === 0 || isOfPart)) questions.push({ list: 'credit_notes', filters: { invoice: charge.ties[0].invoiceId } });
    return questions;
  };

  /** @returns whether the fact was looked at now; not where it was before and nothing is new of it. */
  async function completeOnce(fact: UnpostedFact, tiesKnownBefore: number, control: WorkControl): Promise<boolean> {
    // What only waits for a rate was completed when it was first tried.
    if (fact.reason_code === 'exchange-rate-missing') return false;
    if (fact.occurred_at < tiesKnownBefore && fact.reason_code !== 'source-missing') return false;
    const name = `${fact.object_type}/${fact.object_id}`;
    if (visited.has(name)) return false;
    visited.add(name);
    control.signal.throwIfAborted();
    for (let missing = missingOf(fact); missing; missing = missingOf(fact)) await fetchMissing(missing, control.signal);
    if (fact.occurred_at >= tiesKnownBefore) await askAll(fact, control.signal);
    return true;
  }

  return {
    isGone,
    async completeWaiting(tiesKnownBefore, control) {
      for (const fact of invoicesPaidSince(readable, tiesKnownBefore)) await askAll(fact, control.signal);
      // What is fetched may wait itself, and lie before the place that was reached: pass after pass until one finds nothing new.
      for (let isNews = true; isNews; ) {
        isNews = false;
        for (let batch = unpostedAfter(readable, undefined, factsAtATime); batch.length > 0; batch = unpostedAfter(readable, batch.at(-1), factsAtATime)) {
          for (const fact of batch) if (await completeOnce(fact, tiesKnownBefore, control)) isNews = true;
          // A million facts that need nothing are looked through without a wait: a cancel must still be heard.
          await new Promise((resolve) => setImmediate(resolve));
          control.signal.throwIfAborted();
        }
      }
    },
  };
}
