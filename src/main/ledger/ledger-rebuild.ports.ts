/**
 * What a rebuild needs from outside its room.
 */
import type { Month } from '../../shared/calendar/local-date.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { Journal } from './journal.ts';
import type { ReplayedRates } from './replayed-rates.ts';

/** A ledger that is made anew: its own file, its own journal. */
export interface FreshLedger {
  readonly database: SqliteDatabase;
  readonly journal: Journal;
  readonly rates: ReplayedRates;
}

/** Reads everything Stripe has and posts it: `intake/stripe-sync.ts` on the fresh ledger. @throws ProviderError as Stripe's line does; ConflictError `stripe-account-mismatch`. */
export type ReadStripe = (fresh: FreshLedger, control: WorkControl) => Promise<unknown>;

/** Monthly recognition: `revenue/recognition.ts`, on this ledger and on a fresh one. */
export interface RebuildRecognitionPort {
  /** The last month whose recognition stands in this ledger; null when none does. */
  recognisedThrough(): Month | null;
  recognise(fresh: FreshLedger, through: Month, control: WorkControl): Promise<unknown>;
}
