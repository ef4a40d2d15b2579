/** Where shared views are kept. */
import type { Instant } from '../../shared/calendar/time-zone.ts';

export interface ViewToShare {
  /** The id it gets unless a view of the same list and name stands already. */
  readonly id: string;
  /** The list's name in the window. */
  readonly grid: string;
  readonly name: string;
  /** Filter and sort, as the address says them. */
  readonly search: string;
  /** JSON: which columns, how wide, which stay in sight. */
  readonly layout: string;
}

export interface SharedView extends ViewToShare {
  readonly savedBy: string;
  readonly savedAt: Instant;
}

/**
 * Port: the shared database's server functions (migrations/postgres/0036). The session's user is who shares.
 * Errors: PermissionError `view-of-another`, StateError `shared-views-full`, and those of a shared database that cannot be reached.
 */
export interface SharedViewsDoor {
  share(view: ViewToShare, requestId: string): Promise<SharedView>;
  /** One that is gone already is left as it is. */
  withdraw(id: string, requestId: string): Promise<void>;
}
