/**
 * What work on receivables needs from outside its room.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import type { DatedRate } from '../ledger/rate-of-day.ts';
import type { ActIntent, CustomerCredit, ReceivableAct } from './receivable-act.ts';

export interface RecordActsRequest {
  /** All or none, in this order. */
  readonly acts: readonly ActIntent[];
  /** The command's: the same is answered, not carried out again. */
  readonly requestId: string;
  /** The last act of the customer that this desk has. */
  readonly after: number;
}

export interface ActsAnswer {
  /** `unchanged`: the request was carried out before. */
  readonly outcome: 'changed' | 'unchanged';
  /** Of the request, in its order. */
  readonly actIds: readonly string[];
  /** Those of the request and what the desk lacks of the customer's, in their order; with the invoices and credits they are on, as they stand now. */
  readonly acts: readonly ReceivableAct[];
  readonly invoices: readonly PartnerInvoice[];
  readonly credits: readonly CustomerCredit[];
}

/**
 * Where acts are decided and recorded: the shared database's server function, or the local twin. Codes are those of receivable-rules.ts.
 */
export interface ReceivableRegister {
  readonly kind: 'shared' | 'local';
  record(request: RecordActsRequest): Promise<ActsAnswer>;
  /** The largest rest that may be given up, in minor units of the invoice's currency. */
  writeOffLimit(): Promise<number>;
  setWriteOffLimit(limitMinor: number, requestId: string): Promise<void>;
}

/** Our invoices on this desk: `billing/invoice-store.ts`. */
export interface InvoicesPort {
  find(database: ReadableDatabase, id: string): PartnerInvoice | null;
  findByIdOrNumber(database: ReadableDatabase, id: string): PartnerInvoice | null;
  /** The invoice that stands in for a void one. */
  findReplacement(database: ReadableDatabase, id: string): string | null;
  /** Whether it is a partner, or a customer that has an invoice with a number. */
  knowsParty(database: ReadableDatabase, partyId: string): boolean;
  /** Keeps the newest version. @returns whether anything changed. */
  save(database: WritableDatabase, invoice: PartnerInvoice): boolean;
  /** Of the day, or of the latest day before it. */
  findDatedRate(database: ReadableDatabase, base: string, quote: string, on: LocalDate): DatedRate | undefined;
}

/** The books, as receivables see them: `ledger/journal.ts`. */
export interface JournalPort {
  post(database: WritableDatabase, drafts: readonly JournalEntryDraft[]): { readonly posted: readonly string[]; readonly unchanged: readonly string[]; readonly refused: readonly string[] };
}
