/**
 * The local twin of the shared database's acts (migrations/postgres/0035), for a desk that works alone: the same rules, the same codes, in SQLite.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { DocumentNumbers } from '../billing/document-numbers.ports.ts';
import { openDay } from '../billing/past-day.ts';
import { openMinorOf, type PartnerInvoice } from '../billing/partner-invoice.ts';
import type { AppliedCreditsPort } from '../billing/partner-invoicing.ports.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { closedThrough } from '../ledger/closed-through.ts';
import {
  findAct, findCredit, findInvoiceNumber, findReversalOf, findWriteOffLimit, listActsOfCredit, listActsOfCreditNote, listActsOfInvoice, listActsOfReceipt, listActsOfRequest, listCreditsOf, nextSequence, saveAct, saveCredit, saveWriteOffLimit,
} from './receivable-act.repository.ts';
import { standingActs, type ActIntent, type CustomerCredit, type ReceivableAct } from './receivable-act.ts';
import { decideAct, defaultWriteOffLimitMinor, settleInvoice, type Decision, type ReceivableBook } from './receivable-rules.ts';
import type { ActsAnswer, InvoicesPort, ReceivableRegister } from './receivables.ports.ts';

export interface LocalReceivableRegisterDependencies {
  readonly unitOfWork: UnitOfWork;
  readonly invoices: InvoicesPort;
  /** Of credit notes. */
  readonly numbers: Pick<DocumentNumbers, 'allocateHere'>;
  readonly clock: Clock;
  readonly newId: () => string;
  /** The person signed in at this desk. */
  readonly user: string;
  /** Asked before each act. @throws once this desk joins a shared ledger, which would never know of it. Left out: it stays alone. */
  readonly assertAlone?: () => void;
}

/** What decisions look at, as this desk has it. */
export function bookOf(database: ReadableDatabase, invoices: InvoicesPort): ReceivableBook {
  return {
    invoice: (id) => invoices.find(database, id),
    act: (id) => findAct(database, id),
    actsOfInvoice: (id) => listActsOfInvoice(database, id),
    actsOfReceipt: (id) => listActsOfReceipt(database, id),
    actsOfCreditNote: (id) => listActsOfCreditNote(database, id),
    actsOfCredit: (id) => listActsOfCredit(database, id),
    isReversed: (id) => findReversalOf(database, id) !== null,
    credit: (id) => findCredit(database, id),
    get writeOffLimitMinor() {
      return findWriteOffLimit(database) ?? defaultWriteOffLimitMinor;
    },
    get closedThrough() {
      return closedThrough(database);
    },
  };
}

export function createLocalReceivableRegister(dependencies: LocalReceivableRegisterDependencies): ReceivableRegister & AppliedCreditsPort {
  const { unitOfWork, invoices, numbers, clock, newId, user, assertAlone = () => {} } = dependencies;

  function recordOne(database: WritableDatabase, intent: ActIntent, requestId: string): ReceivableAct {
    const { act: decided, credit } = decideAct(bookOf(database, invoices), intent);
    if (decided.kind === 'credit-note') openDay(decided.actedOn, closedThrough(database));
    const documentNumber = decided.kind === 'credit-note' ? numbers.allocateHere(database, { series: 'CN', issueDate: decided.actedOn, documentId: decided.id, actor: user }).text : null;
    const act: ReceivableAct = { ...decided, sequence: nextSequence(database), documentNumber, requestId, actor: user, recordedAt: clock.now() };
    if (credit) saveCredit(database, changedCredit(database, act, credit, intent));
    saveAct(database, act);
    const invoice = act.invoiceId === null ? null : invoices.find(database, act.invoiceId);
    if (invoice) invoices.save(database, settleInvoice(invoice, listActsOfInvoice(database, invoice.id), act.recordedAt));
    return act;
  }

  return {
    kind: 'local',
    record: async ({ acts, requestId }) =>
      unitOfWork.run('register.record-acts', (database): ActsAnswer => {
        assertAlone();
        const before = listActsOfRequest(database, requestId);
        if (before.length > 0) return answerOf(database, invoices, 'unchanged', before);
        return answerOf(database, invoices, 'changed', acts.map((intent) => recordOne(database, intent, requestId)));
      }),

    writeOffLimit: async () => unitOfWork.run('register.write-off-limit', (database) => bookOf(database, invoices).writeOffLimitMinor),
    setWriteOffLimit: async (limitMinor) =>
      unitOfWork.run('register.set-write-off-limit', (database) => {
        assertAlone();
        return saveWriteOffLimit(database, limitMinor, clock.now());
      }),

    applyTo(database, invoice, requestId) {
      if (invoice.issueDate === null) return [];
      const applied: ReceivableAct[] = [];
      for (const credit of listCreditsOf(database, invoice.partyId, invoice.currency, invoice.issueDate)) {
        const open = openMinorOf(invoices.find(database, invoice.id) ?? invoice);
        if (open <= 0) break;
        applied.push(recordOne(database, { id: newId(), kind: 'credit-application', invoiceId: invoice.id, creditId: credit.id, amountMinor: Math.min(open, credit.remainingMinor), actedOn: invoice.issueDate }, requestId));
      }
      const owed = openMinorOf(invoices.find(database, invoice.id) ?? invoice);
      if (owed < 0) applied.push(recordOne(database, { id: newId(), kind: 'credit-carried', invoiceId: invoice.id, creditId: newId(), actedOn: invoice.issueDate }, requestId));
      return applied;
    },

    giveBack(database, invoice, on: LocalDate, reason, requestId) {
      const applied = standingActs(listActsOfInvoice(database, invoice.id)).filter((act) => act.kind === 'credit-application' || act.kind === 'credit-carried');
      return applied.map((act) => recordOne(database, { id: newId(), kind: 'reversal', reverses: act.id, actedOn: invoice.issueDate !== null && invoice.issueDate > on ? invoice.issueDate : on, reason }, requestId));
    },
  };
}

function answerOf(database: ReadableDatabase, store: InvoicesPort, outcome: ActsAnswer['outcome'], acts: readonly ReceivableAct[]): ActsAnswer {
  const invoices = new Map<string, PartnerInvoice>();
  const credits = new Map<string, CustomerCredit>();
  for (const { invoiceId, creditId } of acts) {
    const invoice = invoiceId === null ? null : store.find(database, invoiceId);
    const credit = creditId === null ? null : findCredit(database, creditId);
    if (invoice) invoices.set(invoice.id, invoice);
    if (credit) credits.set(credit.id, credit);
  }
  return { outcome, actIds: acts.map((act) => act.id), acts, invoices: [...invoices.values()], credits: [...credits.values()] };
}

function changedCredit(database: ReadableDatabase, act: ReceivableAct, { id, change }: NonNullable<Decision['credit']>, intent: ActIntent): CustomerCredit {
  const standing = findCredit(database, id);
  if (change === 'create' || !standing) {
    const isCarried = act.kind === 'credit-carried';
    const amountMinor = isCarried ? act.amountMinor : act.restMinor;
    const reason = isCarried ? `${findInvoiceNumber(database, act.invoiceId ?? '') ?? ''}: less than nothing was owed` : `${act.documentNumber ?? ''}: ${act.reason ?? ''}`;
    return {
      id, account: act.partyId, amountMinor, remainingMinor: amountMinor, currency: act.currency, reason, expiresOn: intent.expiresOn ?? null, createdBy: act.actor,
      createdAt: act.recordedAt, version: 1,
    };
  }
  const remainingMinor = change === 'withdraw' ? 0 : standing.remainingMinor + (change === 'use' ? -act.amountMinor : act.amountMinor);
  return { ...standing, remainingMinor, version: standing.version + 1 };
}
