/** The port through which a desk that worked alone brings what it owns into an empty shared ledger. Implemented in integrations/postgres. */

import type { JoiningPart } from '../../shared/api/joined-records.ts';

export type JoiningCounts = Readonly<Record<JoiningPart, number>>;

/** Columns as this desk keeps them, JSON as JSON; instants are epoch milliseconds. */
export type JoiningRow = Readonly<Record<string, unknown>>;

export interface JoiningManifest {
  readonly identity: { readonly gateway: string; readonly account: string; readonly mode: string; readonly currency: string; readonly zone: string };
  readonly counts: JoiningCounts;
  readonly settings: { readonly revaluesAtClose: boolean };
  /** Rows of a page: what was staged in pages of another size is staged again. */
  readonly pageSize: number;
}

export interface SharedRecordJoins {
  /** Whether nobody owns partners, contracts, edits or invoices there. */
  isOpen(): Promise<boolean>;
  /** @returns what has come in already. @throws PermissionError `postgres-not-permitted`; ValidationError `shared-ledger-not-empty`, `shared-ledger-mismatch`, `shared-ledger-joining`. */
  begin(joinId: string, manifest: JoiningManifest): Promise<{ readonly isFinished: boolean; has(part: JoiningPart, page: number): boolean }>;
  /** Staging a page again changes nothing. @throws ValidationError `join-unknown`, `join-invalid`. */
  stage(joinId: string, part: JoiningPart, page: number, rows: readonly JoiningRow[]): Promise<void>;
  /** Takes over all that was staged or nothing. @throws ValidationError `shared-ledger-not-empty`, `join-incomplete`, `join-invalid`, `invoice-totals-wrong`. */
  finish(joinId: string, requestId: string): Promise<void>;
}
