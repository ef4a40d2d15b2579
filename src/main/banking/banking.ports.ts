/**
 * What work on bank statements needs from outside its room.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { AuditEntry } from '../audit/audit-log.ts';
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import type { DatedRate } from '../ledger/rate-of-day.ts';

/** `audit/audit-log.ts`. */
export interface BankAuditPort {
  append(database: WritableDatabase, entry: AuditEntry): void;
}

/** `ledger/journal.ts`. */
export interface BankJournalPort {
  post(database: WritableDatabase, drafts: readonly JournalEntryDraft[]): { readonly posted: readonly string[]; readonly unchanged: readonly string[]; readonly refused: readonly string[] };
}

export interface BankAct {
  readonly actor: string;
  readonly requestId: string;
}

/** Payments of customers: `receivables/receivables.ts`, which decides and books them. */
export interface ReceiptsPort {
  /** Money that came in, applied to invoices of one customer. @returns the receipt's id. */
  record(receipt: { readonly on: LocalDate; readonly amountMinor: number; readonly currency: string; readonly bankReference: string; readonly allocations: readonly { readonly invoiceId: string; readonly amountMinor: number }[] }, act: BankAct): Promise<string>;
  /** Takes it back with what it was applied to; one that was taken back already is left. */
  takeBack(receiptId: string, reason: string, act: BankAct): Promise<void>;
}

/** Payments to customers: `receivables/receivables.ts`, which decides, numbers and books them. */
export interface CustomerPaymentsPort {
  /** Money that went out, of one credit or of what is left of one receipt. The same request is answered, not carried out again. @returns the payment's id. */
  payOut(source: { readonly creditId: string } | { readonly receiptId: string }, payment: { readonly on: LocalDate; readonly amountMinor: number; readonly bankReference: string }, act: BankAct): Promise<string>;
  takeBack(actId: string, reason: string, act: BankAct): Promise<void>;
}

/** A match as those hear of it who keep what the bank leaves open. */
export interface MatchOfLines {
  readonly matchId: string;
  readonly lines: readonly { readonly id: string; readonly amountMinor: number; readonly currency: string; readonly bookedOn: LocalDate }[];
  readonly objectIds: readonly string[];
  /** In a few words. */
  readonly with: string;
}

/** What a match leaves on suspense: its lines less what they were matched with, in minor units of the account. */
export interface SuspendedRest {
  readonly matchId: string;
  readonly label: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly on: LocalDate;
}

/** Differences of the bank level: `reconciliation/bank-discrepancies.ts`. Within the match's own transaction. */
export interface BankDifferencesPort {
  settleMatched(database: WritableDatabase, match: MatchOfLines & { readonly suspended: SuspendedRest | undefined }, act: BankAct, idsOf: (label: string) => readonly string[]): void;
  reopenUnmatched(database: WritableDatabase, match: MatchOfLines, reason: string, act: BankAct): void;
  /** Whether somebody has booked away from suspense what the match left there, and that entry stands. */
  isRestBooked(database: ReadableDatabase, matchId: string): boolean;
}

export interface RatesPort {
  /** Units of `quote` for one of `base` that stand for the day; undefined when none does: what could not be booked is not proposed (`ledger/rate-of-day.ts`). */
  find(database: ReadableDatabase, base: string, quote: string, on: LocalDate): string | undefined;
  /** The same with its day, as something is booked at it: `ledger/rate-of-day.ts`. */
  dated(database: ReadableDatabase, base: string, quote: string, on: LocalDate): DatedRate | undefined;
}

/** Entries as they stand: `ledger/entry-reversal.repository.ts`, `ledger/provisional-entries.repository.ts`. */
export interface SealedEntriesPort {
  /** Undefined when the books do not have it, or while it waits for its seal. */
  sealed(database: ReadableDatabase, entryId: string): JournalEntryDraft | undefined;
  isPending(database: ReadableDatabase, entryId: string): boolean;
  /** The id of the sealed entry that reversed it; undefined when none did. */
  reversalOf(database: ReadableDatabase, entryId: string): string | undefined;
  /** The input hash of an entry, sealed or waiting for its seal. */
  inputHash(database: ReadableDatabase, entryId: string): string | undefined;
}
