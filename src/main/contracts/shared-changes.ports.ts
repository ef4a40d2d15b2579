/** The four doors of the shared database for edits (migrations/postgres/0010). Implemented in integrations/postgres. */
import type { Choice } from './change-evaluation.ts';
import type { ChangeSet } from './change-set.ts';
import type { RecordedAnswer } from './change-outbox.repository.ts';

export interface ChangeAnswer extends RecordedAnswer {
  readonly changeId: string;
}

/** All throw ProviderError `postgres-unreachable` when nobody answers, PermissionError, and ValidationError with the server's own code where it refuses. */
export interface SharedChanges {
  /** Sent again it answers what was answered. */
  submit(change: ChangeSet): Promise<ChangeAnswer>;
  /**
   * Many in one call, in the order in which they were made: all of them are taken, or none.
   * @returns an answer for each; null where an earlier change of its record did not settle: it was not looked at, and is sent again later. @throws as submit, for the whole call.
   */
  submitAll(changes: readonly ChangeSet[]): Promise<readonly (ChangeAnswer | null)[]>;
  resolve(conflictId: string, choices: Readonly<Record<string, Choice>>, reason: string, requestId: string): Promise<ChangeAnswer>;
  /** Never by the one who asked: `second-person-needed`. */
  decide(approvalId: string, decision: 'approve' | 'reject', comment: string, requestId: string): Promise<ChangeAnswer>;
  withdraw(changeId: string, reason: string, requestId: string): Promise<ChangeAnswer>;
  /** Whether anybody answers at all: tells a change that breaks the connection from a database that is gone. */
  isReached(): Promise<boolean>;
}
