/** The port through which the sync reads the shared database. Implemented in integrations/postgres. */
import type { SharedEntityName, SharedRow } from './shared-entities.ts';

export interface SharedLedgerIdentity {
  readonly id: string;
  readonly companyName: string;
  readonly gateway: string;
  readonly gatewayAccount: string;
  readonly mode: string;
  readonly functionalCurrency: string;
  readonly reportingTimeZone: string;
  readonly minimumClientVersion: string;
  /** Whether edits that bear a price wait for a second person. */
  readonly priceChangesNeedApproval: boolean;
  /** Whether closing a month revalues foreign balances; null from a shared database that does not have the setting yet. */
  readonly revaluesAtClose?: string | null;
  /** How many months back late usage is looked for, as text; null where the shared database has no such setting. */
  readonly lateUsageMonths?: string | null;
  /** How tax is rounded; null where the shared database has no such setting. */
  readonly taxRounding?: string | null;
  /** JSON text of the settings of the work on differences; null: nobody set any, or the shared database does not know of them yet. */
  readonly reconciliationPolicy?: string | null;
  /** The session's user there: the author of every change. */
  readonly user: string;
  /** The largest of the people's roles the user is a member of. */
  readonly role: 'viewer' | 'finance' | 'accountant' | 'admin';
  /** What the signed-in role may read: a viewer gets fewer. */
  readonly readableEntities: readonly SharedEntityName[];
}

/**
 * A place in the change feed: everything up to and including it has been read. Transaction ids are 64 bit and travel as text; the feed is
 * ordered by transaction first, because sequence numbers are given out before it is known who commits when.
 */
export interface FeedPosition {
  readonly transactionId: string;
  readonly sequence: string;
}

export interface FeedChange extends FeedPosition {
  readonly entity: string;
  readonly entityId: string;
  readonly operation: 'upsert' | 'delete';
  /** Epoch milliseconds. */
  readonly changedAt: number;
}

/** One consistent view of the shared database: everything asked of it is answered as of the same moment. */
export interface SharedSnapshot {
  /** The oldest transaction still running when the snapshot was taken: what is below it has been decided and is in view. */
  readonly watermark: string;
  /** Rows in the order of their key, after the given one. */
  page(entity: SharedEntityName, afterKey: string | null, limit: number): Promise<SharedRow[]>;
  /** Feed entries behind a position and below the watermark, in feed order. */
  changesAfter(position: FeedPosition, limit: number): Promise<FeedChange[]>;
  /** When the oldest change that is in view but not below the watermark was made, epoch milliseconds: a transaction that began earlier still runs and holds it back. null: none waits. */
  heldBackSince(): Promise<number | null>;
  /** The rows that (still) exist among these keys. */
  rowsByKeys(entity: SharedEntityName, keys: readonly string[]): Promise<SharedRow[]>;
}

export interface SharedLedgerSource {
  /** @throws ProviderError `shared-ledger-missing` when the database has no ledger row yet. */
  identity(): Promise<SharedLedgerIdentity>;
  inSnapshot<Result>(work: (snapshot: SharedSnapshot) => Promise<Result>): Promise<Result>;
}
