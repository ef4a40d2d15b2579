/**
 * Where invoices (`INV-2026-0001`) and credit notes (`CN-2026-0001`) get their numbers: without a gap per series and year, growing past 9999, and only when a document is
 * finalised (domain.md §4, docs/adr/0018). Numbers of a partner's month (`API-…`) are made elsewhere.
 *
 * Who finalises asks like this:
 *   * A desk of its own: `allocateHere(database, …)` in the transaction that finalises the document.
 *   * Online, in the shared database: its own function calls `daybook.number_document(series, issue_date, document_id)` in the transaction that finalises there. No login
 *     can take a number by itself.
 *   * Offline, in a ledger that is shared: `allocateHere(database, …)` takes the next number of a block this desk leased while it was online. What was used is told to the
 *     shared database with the next sync (`reportUses`). Whoever tries online first and then here goes through `onlineOrHere`, so that an answer that was lost on its way
 *     never ends in two numbers for one document.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { Instant } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';

export const documentSeries = ['INV', 'CN'] as const;
export type DocumentSeries = (typeof documentSeries)[number];

export interface NumberRequest {
  readonly series: DocumentSeries;
  /** In the ledger's reporting time zone: its year is the number's. */
  readonly issueDate: LocalDate;
  /** A UUID. The same document always gets the same number. */
  readonly documentId: string;
  /** Who finalises. */
  readonly actor: string;
}

export interface DocumentNumber {
  /** As it is printed: `INV-2026-0001`. */
  readonly text: string;
  readonly series: DocumentSeries;
  readonly year: number;
  readonly number: number;
  /** The block it was taken from; null: given by the allocator. */
  readonly blockId: string | null;
}

/** `asked` and `returning`: the shared database has not answered yet. `suspended`: of a ledger that was restored from a backup, where nobody knows which numbers were used since. */
export type BlockState = 'live' | 'used-up' | 'returned' | 'revoked' | 'expired' | 'asked' | 'returning' | 'suspended';

/** Numbers that one desk alone may use for a while. */
export interface NumberBlock {
  /** Made by whoever asks, before asking: a block asked for twice is one block. It is the fence, too: no two leases share one. */
  readonly id: string;
  readonly series: DocumentSeries;
  readonly year: number;
  readonly firstNumber: number;
  readonly lastNumber: number;
  /** The person who signed in, and the desk they sat at. */
  readonly holder: string;
  readonly desk: string;
  readonly isOfThisDesk: boolean;
  readonly leasedAt: Instant;
  /** The desk gives no number of it from then on. */
  readonly useUntil: Instant;
  /** What was used has to be reported before; then what is left goes to the gap register. */
  readonly reportUntil: Instant;
  readonly state: BlockState;
  readonly used: number;
  /** Numbers that may still be used; 0 unless the block is live. */
  readonly left: number;
  readonly endedAt: Instant | null;
  readonly endedBy: string | null;
  readonly endReason: string | null;
}

export interface SeriesStanding {
  readonly series: DocumentSeries;
  readonly year: number;
  /** The number the next document gets that is finalised without a block. */
  readonly next: string;
  readonly used: number;
  /** Not used yet, in live blocks. */
  readonly inBlocks: number;
  readonly gaps: number;
  /** Numbers below the next that are none of these: always 0, else something is wrong. */
  readonly unaccounted: number;
}

/** A number that no document has and none will get. */
export interface NumberGap {
  readonly text: string;
  readonly series: DocumentSeries;
  readonly year: number;
  readonly number: number;
  readonly reason: string;
  readonly blockId: string | null;
  readonly recordedBy: string;
  readonly recordedAt: Instant;
  /** A document that claimed the number after its block had ended: that document carries a number the register says is unused, and has to be issued again. */
  readonly claimedBy: { readonly documentId: string; readonly at: Instant; readonly holder: string } | null;
}

export interface LeaseRequest {
  /** A UUID, the block's: see {@link NumberBlock.id}. */
  readonly blockId: string;
  readonly series: DocumentSeries;
  readonly year: number;
  /** 1 to 100. */
  readonly count: number;
  /** 1 to 31 days of use. */
  readonly days: number;
  readonly actor: string;
}

export interface ReturnRequest {
  readonly blockId: string;
  readonly reason: string;
  readonly actor: string;
}

export interface ReturnedBlock {
  readonly block: NumberBlock;
  /** Numbers at the top of the series that the next documents will get. */
  readonly backToSeries: number;
  /** Numbers that went to the gap register, as printed. */
  readonly gaps: readonly string[];
}

/** A number this desk gave that the shared database has not heard of, or does not accept. */
export interface OpenUse {
  readonly number: DocumentNumber;
  readonly documentId: string;
  readonly usedAt: Instant;
  /** null: it has not been told yet. */
  readonly refusal: { readonly code: string; readonly message: string; readonly nextStep: string } | null;
}

export interface NumbersOverview {
  readonly kind: 'shared' | 'local';
  /** false: the shared database cannot be reached; series and other desks' blocks are not known now, only what this desk holds. */
  readonly isOnline: boolean;
  readonly series: readonly SeriesStanding[];
  /** Live ones first, then the newest. */
  readonly blocks: readonly NumberBlock[];
  readonly openUses: readonly OpenUse[];
}

export interface ReportedUses {
  readonly recorded: number;
  readonly refused: number;
}

/**
 * Codes: `number-block-missing` (no live block here, and the shared database cannot be reached), `number-block-count-invalid`, `number-block-days-invalid`,
 * `number-year-invalid`, `number-block-too-many`, `number-block-not-found`, `number-block-not-yours`, `number-block-reused`, `number-lease-ended`, `number-not-in-block`,
 * `number-year-mismatch`, `number-taken`, `document-numbered-already`, `number-reason-missing`, `number-outcome-unknown`.
 */
export interface DocumentNumbers {
  readonly kind: 'shared' | 'local';
  /** {@link allocateHere} in a transaction of its own. */
  allocate(request: NumberRequest): Promise<DocumentNumber>;
  /**
   * The number of a document that is finalised at this desk, inside the caller's transaction: of the local allocator, or in a shared ledger of this desk's live blocks, the
   * lowest first. The same document again gets the number it has.
   * @throws StateError `number-block-missing` (shared ledger only); StateError `number-outcome-unknown` while an attempt online may have given it one already.
   */
  allocateHere(database: WritableDatabase, request: NumberRequest): DocumentNumber;
  /** The number a document has at this desk. */
  find(database: ReadableDatabase, documentId: string): DocumentNumber | null;
  /**
   * Finalises a document in the shared database where it is reached, else here. Before the first try it is noted that there was one; the note goes when the answer came.
   * A desk of its own goes to `here` at once.
   * @throws StateError `number-outcome-unknown` when nobody can say whether an earlier try was carried out: it becomes known as soon as the shared database answers again.
   */
  onlineOrHere<Result>(documentId: string, online: () => Promise<Result>, here: () => Promise<Result> | Result): Promise<Result>;
  /** Online only. @throws ProviderError `postgres-unreachable`; ValidationError of the codes above. */
  lease(request: LeaseRequest): Promise<NumberBlock>;
  /** Of this desk: ends the block here first, so that no number of it is used while it is on its way back. Of another desk: takes it away, an admin's act. Online only. */
  return(request: ReturnRequest): Promise<ReturnedBlock>;
  /** Tells the shared database which numbers were used for which documents; once told, a use stays told. Does nothing for a desk of its own. */
  reportUses(): Promise<ReportedUses>;
  overview(): Promise<NumbersOverview>;
  /** The gap register, newest first. Online only. */
  gaps(filter: { readonly series?: DocumentSeries; readonly year?: number }): Promise<readonly NumberGap[]>;
}
