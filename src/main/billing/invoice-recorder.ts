/**
 * What the register says, written on this desk: the copy of the invoice, its journal entry and its audit row in one transaction. Everything here is
 * idempotent, so whatever a crash left out is caught up by doing it again.
 */
import type { Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { DaybookError, StorageError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { runApart } from '../database/savepoint.ts';
import type { Logger } from '../platform/logger.ts';
import { postingsOfFinalised, postingsOfVoid } from './partner-invoice-postings.ts';
import { listUnpostedInvoices, savePartnerInvoice } from './partner-invoice.repository.ts';
import type { PartnerInvoice } from './partner-invoice.ts';
import { meetsAll, settle, type Settled } from './settled.ts';
import type { ActsPort, AuditPort, InvoiceRegister, JournalPort, RegisterAnswer } from './partner-invoicing.ports.ts';

export interface InvoiceRecorderDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly register: InvoiceRegister;
  readonly journal: JournalPort;
  readonly audit: AuditPort;
  readonly acts: ActsPort;
  readonly timeZone: TimeZone;
  /** Asked for at each use: a new ledger learns it at its first contact with its gateway. */
  functionalCurrency(): string;
  readonly logger: Logger;
  /** After commit: these invoices are stale on every screen. */
  readonly onChanged?: (invoiceIds: readonly string[]) => void;
}

/** Who asks, and the command it came with. */
export interface Act {
  readonly actor: string;
  readonly requestId?: string;
}

export interface BillingFailure {
  /** The contract's id, or the invoice's where it is about a document. */
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly nextStep: string | null;
}

export interface InvoiceRecorder {
  /** Writes one invoice as the register answered it. @returns whether anything was new here. */
  recordAnswer(answer: RegisterAnswer, action: string, act: Act): boolean;
  /** Many in one transaction; one that cannot be recorded takes no other with it. @returns each in its place: whether anything was new here. */
  recordAnswers(answers: readonly { readonly answer: RegisterAnswer; readonly action: string }[], act: Act): readonly Settled<boolean>[];
  /** Copies a month from the register: voids and numbers given by other desks arrive before anything is made. Their entries come by `postMissing`. */
  copyFromRegister(period: Month): Promise<PartnerInvoice[]>;
  /** Posts invoices of this desk's copy that the books lack. */
  postMissing(): { readonly posted: readonly string[]; readonly failed: readonly BillingFailure[] };
}

export function createInvoiceRecorder(dependencies: InvoiceRecorderDependencies): InvoiceRecorder {
  const { readable, unitOfWork, register, journal, audit, timeZone, logger, onChanged } = dependencies;

  /** This desk's copy and its entries, inside the caller's transaction. @returns whether anything was new. */
  function record(database: WritableDatabase, { invoice, outcome: registered, acts = [], credits = [] }: RegisterAnswer, action: string, act: Act): boolean {
    const isCopied = savePartnerInvoice(database, invoice);
    const drafts = [];
    if (invoice.number !== null) {
      const functionalCurrency = dependencies.functionalCurrency();
      drafts.push(postingsOfFinalised(invoice, functionalCurrency));
      if (invoice.status === 'void' && invoice.voidedAt !== null) drafts.push(postingsOfVoid(invoice, functionalCurrency, timeZone.dateOf(invoice.voidedAt)));
    }
    const outcome = journal.post(database, drafts.filter((draft) => draft !== null));
    if (outcome.refused.length > 0) logger.warn('partner-invoice-entry-refused', { invoiceId: invoice.id, refused: outcome.refused });
    const isNew = registered === 'changed' || isCopied || outcome.posted.length > 0;
    if (isNew) {
      audit.append(database, {
        entity: 'invoice', entityId: invoice.id, action, actor: act.actor, requestId: act.requestId,
        diff: { status: invoice.status, number: invoice.number, totalMinor: invoice.totalMinor, currency: invoice.currency, totalsFingerprint: invoice.totalsFingerprint, reason: invoice.voidReason, ...(action === 'edit-draft' ? { edits: JSON.stringify(invoice.edits?.edits ?? null) } : {}) },
      });
    }
    dependencies.acts.recordWithin(database, acts, credits, act.actor);
    return isNew;
  }

  function recordAnswer(answer: RegisterAnswer, action: string, act: Act): boolean {
    const isChanged = unitOfWork.run(`billing.${action}`, (database) => record(database, answer, action, act));
    if (isChanged) onChanged?.([answer.invoice.id]);
    return isChanged;
  }

  function recordAnswers(answers: readonly { readonly answer: RegisterAnswer; readonly action: string }[], act: Act): Settled<boolean>[] {
    const outcomes = unitOfWork.run('billing.record-answers', (database) => answers.map(({ answer, action }) => settle(() => runApart(database, () => record(database, answer, action, act)))));
    const changed = answers.flatMap(({ answer }, index) => {
      const outcome = outcomes[index];
      return outcome && 'value' in outcome && outcome.value ? [answer.invoice.id] : [];
    });
    if (changed.length > 0) onChanged?.(changed);
    return outcomes;
  }

  async function copyFromRegister(period: Month): Promise<PartnerInvoice[]> {
    const ofMonth = await register.partnerInvoicesOf(period);
    // Void ones first: they make room for the one that stands.
    const standingLast = [...ofMonth].sort((a, b) => Number(b.status === 'void') - Number(a.status === 'void'));
    const changed = unitOfWork.run('billing.copy-register', (database) => standingLast.filter((invoice) => savePartnerInvoice(database, invoice)).map((invoice) => invoice.id));
    if (changed.length > 0) onChanged?.(changed);
    return ofMonth;
  }

  function postMissing(): { posted: string[]; failed: BillingFailure[] } {
    const result = { posted: [] as string[], failed: [] as BillingFailure[] };
    for (const invoice of listUnpostedInvoices(readable)) {
      try {
        if (recordAnswer({ outcome: 'unchanged', invoice }, 'post', { actor: 'daybook' })) result.posted.push(invoice.id);
      } catch (error) {
        result.failed.push(failureOf(invoice.id, invoice.snapshot.customer.name, error));
      }
    }
    return result;
  }

  return { recordAnswer, recordAnswers, copyFromRegister, postMissing };
}

/** One partner's failure is a value. @throws what meets all; with `isStorageFine` a full disk is a value too. */
export function failureOf(id: string, name: string, error: unknown, isStorageFine = false): BillingFailure {
  if (!(error instanceof DaybookError) || (meetsAll(error) && !(error instanceof StorageError && isStorageFine))) throw error;
  return { id, name, code: error.code, message: error.message, nextStep: error.nextStep ?? null };
}
