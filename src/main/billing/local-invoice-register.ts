/**
 * The local twin of the shared database's server functions, for a desk that works alone: the same rules, the same codes, in SQLite.
 */
import { ConflictError, NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { zeroMinorUnits } from '../../shared/money/money.ts';
import { closedThrough } from '../ledger/closed-through.ts';
import { openDay } from './past-day.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { runApart } from '../database/savepoint.ts';
import type { DocumentNumbers } from './document-numbers.ports.ts';
import { isLateUsageStanding } from './late-usage.ts';
import { listInvoicedMonths } from './late-usage.repository.ts';
import { assertTransition, freePartnerInvoiceNumber, type InvoiceDraft, type PartnerInvoice } from './partner-invoice.ts';
import { findPartnerInvoice, isContractOver, isNumberTaken, listInvoicesOfContract, listPartnerInvoices, listPartnerInvoicesOf, savePartnerInvoice } from './partner-invoice.repository.ts';
import { settle, type Settled } from './settled.ts';
import type { AppliedCreditsPort, EditDraftRequest, FinaliseRequest, InvoiceRegister, RegisterAnswer, SaveDraftRequest, VoidRequest } from './partner-invoicing.ports.ts';

export interface LocalInvoiceRegisterDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly credits: AppliedCreditsPort;
  /** Of one-off invoices. */
  readonly numbers: Pick<DocumentNumbers, 'allocateHere'>;
  readonly timeZone: TimeZone;
  /** The person signed in at this desk. */
  readonly user: string;
  /** Asked before each act: false once this desk joins a shared database. Left out: it stays alone. */
  readonly isAlone?: () => boolean;
}

export function createLocalInvoiceRegister(dependencies: LocalInvoiceRegisterDependencies): InvoiceRegister {
  const { readable, unitOfWork, credits, numbers, timeZone, user, isAlone = () => true } = dependencies;
  /** @throws ValidationError `postgres-not-connected`: a number given here would be given a second time there. */
  function assertAlone(): void {
    if (!isAlone()) throw new ValidationError('postgres-not-connected', 'This desk joins a shared database, and is not connected to it here. Nothing was changed.', { nextStep: 'Close Daybook and start it again, then sync the shared database.' });
  }
  const run = <Result>(name: string, work: (database: WritableDatabase) => Result): Result =>
    unitOfWork.run(name, (database) => {
      assertAlone();
      return work(database);
    });
  /** Each in its place, what one is refused with too. */
  const runEach = <Request>(name: string, requests: readonly Request[], work: (database: WritableDatabase, request: Request) => RegisterAnswer): Settled<RegisterAnswer>[] =>
    unitOfWork.run(name, (database) =>
      requests.map((request) =>
        settle(() => {
          assertAlone();
          return runApart(database, () => work(database, request));
        }),
      ),
    );
  const finaliseOne = (database: WritableDatabase, request: FinaliseRequest): RegisterAnswer => finalise(database, request, credits, (invoice) => numberOf(database, invoice, request.issueDate, numbers, user));
  return {
    kind: 'local',
    partnerInvoicesOf: async (month) => listPartnerInvoicesOf(readable, month),
    find: async (id) => findPartnerInvoice(readable, id),
    findAll: async (ids) => listPartnerInvoices(readable, ids),
    saveDraft: async (request) => run('register.save-draft', (database) => saveDraft(database, request, user)),
    saveDrafts: async (requests) => runEach('register.save-drafts', requests, (database, request) => saveDraft(database, request, user)),
    finalise: async (request) => run('register.finalise', (database) => finaliseOne(database, request)),
    finaliseAll: async (requests) => runEach('register.finalise-all', requests, finaliseOne),
    void: async (request) => run('register.void', (database) => voidInvoice(database, request, credits, timeZone)),
    editDraft: async (request) => run('register.edit-draft', (database) => editDraft(database, request)),
    discardDraft: async (request) => run('register.discard-draft', (database) => discardDraft(database, request)),
  };
}

function saveDraft(database: WritableDatabase, request: SaveDraftRequest, user: string): RegisterAnswer {
  const { draft } = request;
  const ofMonth = standingAndVoid(database, draft);
  const standing = ofMonth.find((invoice) => invoice.status !== 'void');
  if (standing) {
    // A refresh carries the edits it was made with: what a person did meanwhile is not lost to it.
    if (standing.status === 'draft' && standing.edits && request.baseVersion !== standing.version) throw new ConflictError('draft-outdated', 'The draft was edited meanwhile.', { nextStep: 'Run the billing again.' });
    const isSame = standing.totalsFingerprint === draft.totalsFingerprint && JSON.stringify([standing.lines, standing.snapshot, standing.edits ?? null]) === JSON.stringify([draft.lines, draft.snapshot, draft.edits ?? null]);
    if (standing.status !== 'draft' || isSame) return { outcome: 'unchanged', invoice: standing };
    return changed(database, { ...standing, ...draft, id: standing.id, version: standing.version + 1 });
  }
  const voided = ofMonth.filter((invoice) => invoice.status === 'void').sort((a, b) => (a.voidedAt ?? 0) - (b.voidedAt ?? 0));
  if (request.sequence !== voided.length + 1) throw new ConflictError('draft-outdated', 'The invoice of this month was voided meanwhile.', { nextStep: 'Run the billing again.' });
  return changed(database, {
    ...draft, number: null, status: 'draft', replaces: voided.at(-1)?.id ?? draft.replaces ?? null, paidMinor: zeroMinorUnits, creditedMinor: zeroMinorUnits,
    withheldMinor: zeroMinorUnits, writtenOffMinor: zeroMinorUnits, sentAt: null, paidAt: null, issueDate: null, dueDate: null, finalisedAt: null, voidedAt: null, voidReason: null,
    functionalRate: null, createdAt: request.savedAt, createdBy: user, version: 1,
  });
}

function finalise(database: WritableDatabase, request: FinaliseRequest, credits: AppliedCreditsPort, numberFor: (invoice: PartnerInvoice) => string): RegisterAnswer {
  const invoice = mustFind(database, request.id);
  if (invoice.status === 'void') throw new StateError('invoice-state', 'A void invoice cannot be finalised.');
  if (invoice.status !== 'draft') return { outcome: 'unchanged', invoice };
  if (invoice.totalsFingerprint !== request.totalsFingerprint) throw new ConflictError('invoice-changed', 'The draft was refreshed meanwhile: its totals are no longer the ones you saw.', { nextStep: 'Look at the draft again, then finalise it.' });
  if (request.dueDate < request.issueDate) throw new ValidationError('due-date-invalid', 'The due date lies before the issue date.', { nextStep: 'Choose a due date on or after the issue date.' });
  if (invoice.month !== null && request.issueDate.slice(0, 7) <= invoice.month) throw new ValidationError('period-not-over', 'The billed month is not over yet.');
  openDay(request.issueDate, closedThrough(database));
  assertTransition(invoice.status, 'finalised');
  assertLateUsageStands(database, invoice);
  const { invoice: finalised } = changed(database, {
    ...invoice, status: 'finalised', number: numberFor(invoice), issueDate: request.issueDate, dueDate: request.dueDate, finalisedAt: request.finalisedAt,
    functionalRate: request.functionalRate, version: invoice.version + 1,
  });
  const acts = credits.applyTo(database, finalised, request.requestId);
  return { outcome: 'changed', invoice: mustFind(database, invoice.id), acts };
}

/** @throws ConflictError `invoice-changed` when another invoice has charged the same usage of an earlier month meanwhile, or the invoice of that month is void. */
function assertLateUsageStands(database: ReadableDatabase, { contractId, month, snapshot }: PartnerInvoice): void {
  const measured = snapshot.measured ?? [];
  const earliest = measured.map((one) => one.month).sort()[0];
  if (earliest === undefined || contractId === null || month === null || isLateUsageStanding(measured, month, listInvoicedMonths(database, contractId, earliest))) return;
  throw new ConflictError('invoice-changed', 'What was invoiced for an earlier month has changed since this draft was made.', { nextStep: 'Run the billing of its month again, look at the draft, then finalise it.' });
}

function editDraft(database: WritableDatabase, { draft, version }: EditDraftRequest): RegisterAnswer {
  const standing = mustFind(database, draft.id);
  if (standing.status !== 'draft') throw new StateError('invoice-state', `An invoice that is ${standing.status.replace('_', ' ')} is not edited.`, { data: { id: draft.id } });
  if (standing.version !== version) throw new ConflictError('invoice-changed', 'The draft was changed meanwhile.', { data: { id: draft.id }, nextStep: 'Read the draft again, then edit it.' });
  return changed(database, { ...standing, ...draft, version: standing.version + 1 });
}

function discardDraft(database: WritableDatabase, request: VoidRequest): RegisterAnswer {
  const invoice = mustFind(database, request.id);
  if (request.reason.trim().length < 3) throw new ValidationError('void-reason-missing', 'Discarding a draft needs a reason.', { nextStep: 'Give a reason of at least three letters; it is kept in the audit log.' });
  if (invoice.status === 'void' && invoice.number === null) return { outcome: 'unchanged', invoice };
  if (invoice.status !== 'draft' || (invoice.kind !== 'one-off' && !isContractOver(database, invoice))) throw new StateError('invoice-state', 'Only a one-off draft can be discarded, or one whose contract is not in force in its month; any other draft of a partner’s month is refreshed by the next billing run.');
  return changed(database, { ...invoice, status: 'void', voidedAt: request.voidedAt, voidReason: request.reason.trim(), version: invoice.version + 1 });
}

function numberOf(database: WritableDatabase, invoice: PartnerInvoice, issueDate: LocalDate, numbers: Pick<DocumentNumbers, 'allocateHere'>, user: string): string {
  const { contractId, month, apiKeyPrefix } = invoice;
  if (contractId === null || month === null || apiKeyPrefix === null) return numbers.allocateHere(database, { series: 'INV', issueDate, documentId: invoice.id, actor: user }).text;
  const earlier = listInvoicesOfContract(database, contractId, month).filter((other) => other.status === 'void' && other.number !== null).length;
  return freePartnerInvoiceNumber(apiKeyPrefix, month, earlier + 1, (number) => isNumberTaken(database, number));
}

/** Of a partner's month, or the one-off draft itself. */
function standingAndVoid(database: ReadableDatabase, { id, contractId, month }: InvoiceDraft): PartnerInvoice[] {
  if (contractId !== null && month !== null) return listInvoicesOfContract(database, contractId, month);
  const own = findPartnerInvoice(database, id);
  return own ? [own] : [];
}

function voidInvoice(database: WritableDatabase, request: VoidRequest, credits: AppliedCreditsPort, timeZone: TimeZone): RegisterAnswer {
  const standing = mustFind(database, request.id);
  if (request.reason.trim().length < 3) throw new ValidationError('void-reason-missing', 'Voiding an invoice needs a reason.', { nextStep: 'Give a reason of at least three letters; it is kept in the audit log.' });
  if (standing.status === 'void') return { outcome: 'unchanged', invoice: standing };
  // Credits that were applied go back to the customer; anything else that was done to it is taken back first.
  const isTouched = standing.status === 'partly_paid' || standing.status === 'paid';
  const acts = isTouched ? credits.giveBack(database, standing, timeZone.dateOf(request.voidedAt), `Void: ${request.reason.trim()}`, request.requestId) : [];
  const invoice = mustFind(database, request.id);
  assertTransition(invoice.status, 'void');
  if (!isUntouched(invoice)) throw new StateError('invoice-state', 'An invoice with payments or credit notes cannot become void.', { nextStep: 'Take them back first, or credit it instead.' });
  const answer = changed(database, { ...invoice, status: 'void', voidedAt: request.voidedAt, voidReason: request.reason.trim(), version: invoice.version + 1 });
  return { ...answer, acts };
}

const isUntouched = (invoice: PartnerInvoice): boolean => invoice.paidMinor === 0 && invoice.creditedMinor === 0 && invoice.withheldMinor === 0 && invoice.writtenOffMinor === 0;

function mustFind(database: ReadableDatabase, id: string): PartnerInvoice {
  const invoice = findPartnerInvoice(database, id);
  if (!invoice) throw new NotFoundError('invoice-not-found', 'There is no such invoice.', { data: { id }, nextStep: 'Check the number, or sync first.' });
  return invoice;
}

function changed(database: WritableDatabase, invoice: PartnerInvoice): RegisterAnswer {
  savePartnerInvoice(database, invoice);
  return { outcome: 'changed', invoice };
}
