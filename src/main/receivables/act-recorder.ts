/**
 * What the register says of acts, written on this desk: the acts, the invoices and credits they are on, their journal entries and audit rows in one transaction. Everything here is
 * idempotent, so whatever a crash left out is caught up by `postMissing`.
 */
import { DaybookError, ValidationError } from '../../shared/errors/errors.ts';
import type { AuditPort } from '../billing/partner-invoicing.ports.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { createBookedEntries } from '../ledger/booked-entries.ts';
import type { Logger } from '../platform/logger.ts';
import { findAct, listActsOfCredit, listActsOfInvoice, listActsOfReceipt, listUnpostedActs, saveAct, saveCredit } from './receivable-act.repository.ts';
import type { CustomerCredit, ReceivableAct } from './receivable-act.ts';
import { actKey, entryOfAct, type ActGrounds } from './receivable-postings.ts';
import type { ActsAnswer, InvoicesPort, JournalPort } from './receivables.ports.ts';

export interface ActRecorderDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly journal: JournalPort;
  readonly invoices: InvoicesPort;
  readonly audit: AuditPort;
  functionalCurrency(): string;
  readonly logger: Logger;
  /** After commit: these invoices are stale on every screen. */
  readonly onChanged?: (invoiceIds: readonly string[]) => void;
}

export interface ActFailure {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly nextStep: string | null;
}

export interface ActRecorder {
  /** Inside the caller's transaction: acts and credits, with the entries of acts whose invoices are here. The caller has written its invoice. */
  recordWithin(database: WritableDatabase, acts: readonly ReceivableAct[], credits: readonly CustomerCredit[], actor: string): void;
  recordAnswer(answer: ActsAnswer, actor: string): void;
  /** That a person set the limit of small rests. */
  recordLimit(limitMinor: number, actor: string): void;
  /** Posts acts of this desk's copy that the books lack. */
  postMissing(): { readonly posted: readonly string[]; readonly failed: readonly ActFailure[] };
}

export function createActRecorder(dependencies: ActRecorderDependencies): ActRecorder {
  const { readable, unitOfWork, journal, invoices: store, audit, logger, onChanged } = dependencies;

  function post(database: WritableDatabase, act: ReceivableAct): boolean {
    const grounds = groundsOf(database, store, act, dependencies.functionalCurrency());
    // An invoice of another desk that has not come yet: it is posted when it has.
    if (act.invoiceId !== null && grounds.invoice?.number === undefined) return false;
    const entry = entryOfAct(act, grounds);
    // An act is written once and so is its entry: rules that changed since change none that stands.
    if (!entry || createBookedEntries(database).postingsOf(entry.key).length > 0) return false;
    const outcome = journal.post(database, [entry]);
    if (outcome.refused.length > 0) logger.warn('receivable-act-entry-refused', { actId: act.id, refused: outcome.refused });
    return outcome.posted.length > 0;
  }

  /** @param made what this desk asked for just now: the local twin has written it already. */
  function writeActs(database: WritableDatabase, acts: readonly ReceivableAct[], credits: readonly CustomerCredit[], actor: string, made: readonly string[]): void {
    for (const credit of credits) saveCredit(database, credit);
    const isNew = acts.map((act) => saveAct(database, act));
    for (const [index, act] of acts.entries()) {
      const isPosted = post(database, act);
      if (!isNew[index] && !isPosted && !made.includes(act.id)) continue;
      audit.append(database, {
        entity: act.invoiceId === null ? 'receipt' : 'invoice', entityId: act.invoiceId ?? act.receiptId ?? act.id, action: act.kind, actor, requestId: act.requestId,
        diff: { actId: act.id, amountMinor: act.amountMinor, currency: act.currency, number: act.documentNumber, reverses: act.reverses, reference: act.reference, reason: act.reason },
      });
    }
  }

  return {
    recordWithin: (database, acts, credits, actor) => writeActs(database, acts, credits, actor, []),

    recordAnswer({ outcome, actIds, acts, invoices, credits }, actor) {
      unitOfWork.run('receivables.record', (database) => {
        for (const invoice of invoices) store.save(database, invoice);
        writeActs(database, acts, credits, actor, outcome === 'changed' ? actIds : []);
      });
      onChanged?.(invoices.map((invoice) => invoice.id));
    },

    recordLimit(limitMinor, actor) {
      unitOfWork.run('receivables.record-limit', (database) => audit.append(database, { entity: 'ledger-setting', entityId: 'write_off_limit_minor', action: 'set', actor, diff: { write_off_limit_minor: limitMinor } }));
    },

    postMissing() {
      const result = { posted: [] as string[], failed: [] as ActFailure[] };
      for (const act of listUnpostedActs(readable)) {
        try {
          if (unitOfWork.run('receivables.post', (database) => post(database, act))) result.posted.push(act.invoiceId ?? act.id);
        } catch (error) {
          // A rate that is not known yet is no reason to leave the others out; anything else would meet every act alike.
          if (!(error instanceof DaybookError) || !(error instanceof ValidationError)) throw error;
          result.failed.push({ id: act.id, name: act.documentNumber ?? act.kind, code: error.code, message: error.message, nextStep: error.nextStep ?? null });
        }
      }
      return result;
    },
  };
}

/** What an act's entry stands on, as this desk has it. */
export function groundsOf(database: ReadableDatabase, store: InvoicesPort, act: ReceivableAct, functionalCurrency: string): ActGrounds {
  const original = act.reverses === null ? null : findAct(database, act.reverses);
  const about = original ?? act;
  const actsOfCredit = about.creditId === null ? [] : listActsOfCredit(database, about.creditId);
  const actsOfInvoice = about.invoiceId === null ? [] : listActsOfInvoice(database, about.invoiceId);
  const recoveries = actsOfInvoice.filter((other) => other.recoveredMinor > 0);
  const creditNote = about.creditNoteId === null ? (actsOfCredit.find((other) => other.kind === 'credit-note' || other.kind === 'credit-carried') ?? null) : findAct(database, about.creditNoteId);
  return {
    functionalCurrency, invoice: about.invoiceId === null ? null : store.find(database, about.invoiceId), actsOfInvoice,
    receipt: about.receiptId === null ? null : findAct(database, about.receiptId), actsOfReceipt: about.receiptId === null ? [] : listActsOfReceipt(database, about.receiptId),
    recoveryRates: new Map(recoveries.map(({ receiptId }) => [receiptId ?? '', findAct(database, receiptId ?? '')?.functionalRate ?? null])),
    bookedOriginal: original === null ? [] : createBookedEntries(database).postingsOf(actKey(original.id)),
    creditNote, creditNoteInvoice: creditNote?.invoiceId ? store.find(database, creditNote.invoiceId) : null, actsOfCredit, original,
  };
}
