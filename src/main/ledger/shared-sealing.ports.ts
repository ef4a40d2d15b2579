/**
 * The shared ledger as a desk sees it: one chain that is sealed elsewhere. Implemented in integrations/postgres.
 */
import type { LogHead } from './anchors.ts';
import type { SealedEntry } from './journal.repository.ts';
import type { PeriodLogRow } from './period-state.ts';

export type { SealedEntry };

/** What became of one entry that was sent. */
export type SealOutcome =
  | { readonly outcome: 'sealed'; readonly sequence: number; readonly entryDate: string; readonly concernsMonth: string | null; readonly hash: string }
  /** Sealed before, by this desk or another, saying the same. */
  | { readonly outcome: 'known' }
  /** Sealed before, saying something else. */
  | { readonly outcome: 'changed' }
  /** It stays where it is. */
  | { readonly outcome: 'refused'; readonly code: string };

export interface SealAnswer {
  /** The last row of the log of months that the sealer went by. */
  readonly periodSequence: number;
  /** One for each entry, in the order sent. */
  readonly outcomes: readonly SealOutcome[];
}

/** The head of a desk's audit log as it was told. */
export interface AuditAnchor extends LogHead {
  /** The audit row of the newest restore of a backup at that desk, by its hash: only a restore sets an audit log back. */
  readonly restore: string | null;
}

/** One moment of the shared ledger. */
export interface SharedLedgerState {
  /** Which ledger it is; '' when none was created there. */
  readonly ledgerId: string;
  readonly headSequence: number;
  readonly headHash: string;
  /** Rows of the log of months behind the one asked from. */
  readonly periods: readonly PeriodLogRow[];
  /** The hash of the row of the log of months that was asked from; null where there is none. */
  readonly periodHash: string | null;
  /** A single desk is bringing its chain in: nobody seals until it has come to this head. */
  readonly joining: { readonly until: number; readonly hash: string } | null;
  /** What the signed-in role may: seal what follows from facts, and bring a chain in. */
  readonly maySeal: boolean;
  readonly mayJoin: boolean;
}

export interface SharedLedger {
  /** @param afterPeriod the last row of the log of months this desk has. */
  state(afterPeriod: number): Promise<SharedLedgerState>;
  /** @param bodies entries as JSON texts, in the order in which they were posted. */
  seal(bodies: readonly string[]): Promise<SealAnswer>;
  /** Sealed entries behind a sequence and up to another, in order. */
  entriesAfter(sequence: number, upTo: number, limit: number): Promise<SealedEntry[]>;
  /** null: there is no such entry. */
  hashAt(sequence: number): Promise<string | null>;
  /** The same of the log of months. */
  monthsHashAt(sequence: number): Promise<string | null>;
  /** @returns up to which entry the chain has come in already. */
  beginJoin(until: number, hash: string): Promise<number>;
  upload(entries: readonly SealedEntry[]): Promise<void>;
  finishJoin(log: readonly PeriodLogRow[], requestId: string): Promise<void>;
  /** Tells how far this desk's copy has come. */
  recordAnchor(sequence: number, hash: string): Promise<void>;
  /** What was told last; null when nothing was. */
  anchor(): Promise<{ readonly sequence: number; readonly hash: string } | null>;
  /** Tells where this desk's audit log ends. What was told only grows, except after a restore and in a file begun anew, either of which leaves a row in the shared audit log. */
  recordAuditAnchor(head: LogHead, restore: string | null): Promise<void>;
  /** What was told last of this desk's audit log; null when nothing was. */
  auditAnchor(): Promise<AuditAnchor | null>;
}
