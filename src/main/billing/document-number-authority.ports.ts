/**
 * Who gives out blocks of numbers and keeps the register of them: the shared database's functions (migrations/postgres/0014), or the local twin. A desk speaks to either in the
 * same words and hears the same codes.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { DocumentSeries, LeaseRequest, NumberBlock, NumberGap, SeriesStanding } from './document-numbers.ports.ts';

export interface LeasedUse {
  readonly blockId: string;
  readonly number: number;
  readonly documentId: string;
  readonly issueDate: LocalDate;
}

export interface UseAnswer {
  readonly blockId: string;
  readonly number: number;
  readonly documentId: string;
  /** `unchanged`: it was told before. */
  readonly outcome: 'recorded' | 'unchanged' | 'refused';
  readonly code: string | null;
  readonly message: string | null;
}

export interface BlockReturn {
  readonly blockId: string;
  /** Whether the desk knows every number of it that was used: only then numbers go back into the series. */
  readonly isCertain: boolean;
  /** What the desk has not told yet of this block. */
  readonly uses: readonly LeasedUse[];
  readonly reason: string;
  readonly requestId: string;
}

export interface BlockReturned {
  readonly block: NumberBlock;
  readonly uses: readonly UseAnswer[];
  readonly backToSeries: number;
  readonly gaps: readonly string[];
}

/** Everything a desk of its own gave, before it joins a shared ledger. */
export interface BroughtNumbers {
  readonly series: readonly { readonly series: DocumentSeries; readonly year: number; readonly next: number }[];
  readonly uses: readonly { readonly series: DocumentSeries; readonly year: number; readonly number: number; readonly documentId: string; readonly issueDate: string }[];
  readonly gaps: readonly { readonly series: DocumentSeries; readonly year: number; readonly number: number; readonly reason: string }[];
}

/** Refusals are errors, but for those of single uses, which are answers: one of them holds back no other. */
export interface NumberAuthority {
  /** @throws ProviderError `postgres-unreachable`: nothing was asked of it. */
  assertReached(): Promise<void>;
  lease(request: LeaseRequest & { readonly requestId: string }): Promise<NumberBlock>;
  /** Answers in the order of the uses. */
  record(uses: readonly LeasedUse[]): Promise<readonly UseAnswer[]>;
  return(request: BlockReturn): Promise<BlockReturned>;
  /** Ends what ran out, then says how everything stands. */
  standing(): Promise<{ readonly series: readonly SeriesStanding[]; readonly blocks: readonly NumberBlock[] }>;
  /** Those of these blocks it knows. */
  blocks(ids: readonly string[]): Promise<readonly NumberBlock[]>;
  gaps(filter: { readonly series?: DocumentSeries; readonly year?: number }): Promise<readonly NumberGap[]>;
}
