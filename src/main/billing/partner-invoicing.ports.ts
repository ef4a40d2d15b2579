/**
 * What partner invoicing needs from outside its room.
 */
import type { LocalDate, Month } from '../../shared/calendar/local-date.ts';
import type { Instant } from '../../shared/calendar/time-zone.ts';
import type { ContractTerms, PartnerContractRow } from '../contracts/contract-terms.ts';
import type { WritableDatabase } from '../database/handles.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import type { CustomerCredit, ReceivableAct } from '../receivables/receivable-act.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { DocumentChoice, InvoiceDraft, Issuer, PartnerInvoice } from './partner-invoice.ts';
import type { Settled } from './settled.ts';

export interface SaveDraftRequest {
  readonly draft: InvoiceDraft;
  /** One more than the void invoices of this contract and month, as this desk knows them. */
  readonly sequence: number;
  /** The version of the standing draft whose edits this one carries. */
  readonly baseVersion?: number;
  readonly savedAt: Instant;
  readonly requestId: string;
}

export interface EditDraftRequest {
  /** As the edits leave it. */
  readonly draft: InvoiceDraft;
  /** The version the person saw. */
  readonly version: number;
  readonly requestId: string;
}

export interface FinaliseRequest {
  readonly id: string;
  /** Of the totals the person saw. */
  readonly totalsFingerprint: string;
  readonly issueDate: LocalDate;
  readonly dueDate: LocalDate;
  readonly finalisedAt: Instant;
  readonly functionalRate: string | null;
  readonly requestId: string;
}

export interface VoidRequest {
  readonly id: string;
  readonly reason: string;
  readonly voidedAt: Instant;
  readonly requestId: string;
}

export interface RegisterAnswer {
  /** `changed`: by this call. `unchanged`: it was already so; the invoice is as it stands. */
  readonly outcome: 'changed' | 'unchanged';
  readonly invoice: PartnerInvoice;
  /** What was done with credits of the customer at the same time, with what this desk may lack of the customer's acts. */
  readonly acts?: readonly ReceivableAct[];
  readonly credits?: readonly CustomerCredit[];
}

/** A customer's credits at finalisation and at a void, in the register's transaction: `receivables/local-receivable-register.ts`. */
export interface AppliedCreditsPort {
  /** Uses up credits, soonest to expire first, as far as the invoice has due; what an invoice owes the customer, because it comes to less than nothing, becomes a credit. */
  applyTo(database: WritableDatabase, invoice: PartnerInvoice, requestId: string): readonly ReceivableAct[];
  /** Gives back what was applied to an invoice that becomes void, and takes back the credit it made. @throws ConflictError `act-in-use` when that credit has been used. */
  giveBack(database: WritableDatabase, invoice: PartnerInvoice, on: LocalDate, reason: string, requestId: string): readonly ReceivableAct[];
}

/** Acts written with an invoice, and their entries: `receivables/act-recorder.ts`. */
export interface ActsPort {
  recordWithin(database: WritableDatabase, acts: readonly ReceivableAct[], credits: readonly CustomerCredit[], actor: string): void;
}

/**
 * Where invoices get their numbers and their state: the shared database's server functions, or the local twin. Every act is idempotent by the
 * invoice's id. Errors carry the codes `invoice-not-found`, `invoice-state`, `invoice-changed`, `draft-outdated`, `period-not-over`.
 */
export interface InvoiceRegister {
  readonly kind: 'shared' | 'local';
  /** Every partner invoice of a month, void ones too, oldest first. */
  partnerInvoicesOf(month: Month): Promise<PartnerInvoice[]>;
  find(id: string): Promise<PartnerInvoice | null>;
  /** Those of them that it knows, in no order. */
  findAll(ids: readonly string[]): Promise<PartnerInvoice[]>;
  /** Creates the draft or refreshes it. A finalised invoice is left as it is and comes back `unchanged`. */
  saveDraft(request: SaveDraftRequest): Promise<RegisterAnswer>;
  /** Many in one transaction; one that is refused takes no other with it. @returns each in its place. */
  saveDrafts(requests: readonly SaveDraftRequest[]): Promise<readonly Settled<RegisterAnswer>[]>;
  /** @throws ConflictError `invoice-changed` when the draft is of another version by now. */
  editDraft(request: EditDraftRequest): Promise<RegisterAnswer>;
  /** A one-off draft that shall never be an invoice. */
  discardDraft(request: VoidRequest): Promise<RegisterAnswer>;
  finalise(request: FinaliseRequest): Promise<RegisterAnswer>;
  /** Many in one transaction; one that is refused takes no other with it, and no number is lost by it. @returns each in its place. */
  finaliseAll(requests: readonly FinaliseRequest[]): Promise<readonly Settled<RegisterAnswer>[]>;
  void(request: VoidRequest): Promise<RegisterAnswer>;
}

/** The books, as billing sees them: `ledger/journal.ts`. */
export interface JournalPort {
  post(database: WritableDatabase, drafts: readonly JournalEntryDraft[]): { readonly posted: readonly string[]; readonly unchanged: readonly string[]; readonly refused: readonly string[] };
}

/** Who did what: `audit/audit-log.ts`. */
export interface AuditPort {
  append(database: WritableDatabase, entry: { readonly entity: string; readonly entityId: string; readonly action: string; readonly actor: string; readonly diff: Record<string, string | number | null>; readonly requestId?: string | undefined }): void;
}

/** PDFs of finalised invoices: `documents/invoice-documents.ts`. */
export interface InvoiceDocumentsPort {
  /** Makes and stores what is missing. @returns where each one lies. */
  ensureStored(invoices: readonly PartnerInvoice[], control: WorkControl): Promise<ReadonlyMap<string, string>>;
  /** Letters of the invoice's names and texts that its PDF could not show. */
  lettersNotShown(invoice: PartnerInvoice): readonly string[];
  /** What the invoice lacks to carry an electronic invoice; empty where it will. */
  missingForEInvoice(invoice: InvoiceDraft): readonly MissingField[];
}

/** Something that keeps an invoice from carrying its electronic form (EN 16931). */
export interface MissingField {
  /** The rule that asks for it: 'BR-11'. */
  readonly rule: string;
  /** What is missing, in a person's words. */
  readonly message: string;
  /** Where it is filled in. */
  readonly where: 'company' | 'partner' | 'contract' | 'invoice';
}

/** The invoices' sender: `billing/issuer-profile.ts`. */
export interface IssuerPort {
  issuer(): Issuer;
  /** Language and look of a partner's documents. */
  documentFor(partnerId: string): DocumentChoice;
}

/** Contracts in force: `contracts/partner-contracts.ts`. */
export interface ContractsPort {
  /** `row` has the terms that hold at the end of the month or of the contract; `parts` are all that hold on a day of the month, in their order. */
  listInForce(month: Month): readonly {
    readonly row: PartnerContractRow;
    readonly parsed: { readonly isFine: true; readonly parts: readonly ContractTerms[] } | { readonly isFine: false; readonly problem: { readonly code: string; readonly message: string } };
  }[];
}
