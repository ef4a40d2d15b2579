/**
 * What a person must look at. Raised inside the caller's unit of work; the same finding is raised once.
 */
import type { WritableDatabase } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { raiseReviewItem } from './journal.repository.ts';
import { markReviewItemSettled } from './review-work.repository.ts';

export interface ReviewFinding {
  /** Kebab-case: 'balance-transaction-unknown', 'invoice-does-not-tie', … */
  readonly code: string;
  readonly subjectType: string;
  readonly subjectId: string;
  /** A sentence a person understands. */
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** @returns true when the finding is new. */
export function raiseReview(database: WritableDatabase, finding: ReviewFinding, raisedAt: number): boolean {
  return raiseReviewItem(database, { ...finding, id: idFromKey(`review/${finding.code}/${finding.subjectType}/${finding.subjectId}`), raisedAt });
}

/** Whoever raised a finding may find that it holds no longer. */
export function settleReview(database: WritableDatabase, finding: Pick<ReviewFinding, 'code' | 'subjectType' | 'subjectId'>, settledAt: number): void {
  markReviewItemSettled(database, idFromKey(`review/${finding.code}/${finding.subjectType}/${finding.subjectId}`), settledAt);
}

/** What an exchange says of an entry that was sealed before with other input is said better by the act it came from. @param inputHash of the entry that was not sealed. */
export function settleInputChanged(database: WritableDatabase, key: string, inputHash: string, settledAt: number): void {
  markReviewItemSettled(database, idFromKey(`review/entry-input-changed/${key}/${inputHash}`), settledAt);
}
