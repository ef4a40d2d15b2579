/**
 * Sealing in a rebuild (domain.md §3, Rebuild): a ledger that is made anew from Stripe dates each entry as the first one did, by the log of closed months
 * and the place at which the entry was first seen in the chain. An entry that was sealed before its month was closed stands in its month, a later one in
 * the month that was open then; so the rebuilt books equal the first by key, postings and the month they are about, whatever comes back in which order.
 *
 * By places, not by clocks: each row of the log names the chain's head at that moment, and what two desks' clocks say of one moment may differ (ADR 0012).
 */
import { addMonths, type Month } from '../../shared/calendar/local-date.ts';
import { datedForOpenMonth, type PeriodLogRow } from './period-state.ts';
import type { Sealer } from './sealing.ts';

/** What the first ledger, or the shared database, remembers. */
export interface RebuildRecord {
  /** In the order of the log. */
  readonly periods: readonly Pick<PeriodLogRow, 'month' | 'action' | 'headSequence'>[];
  /** The place of an entry in the chain and when it was recorded (epoch milliseconds), by its id; undefined for one that nobody has seen yet. */
  firstSeen(entryId: string): { readonly sequence: number; readonly at: number } | undefined;
}

/** The last month that was closed when an entry was given its place in the chain; null when none was. */
export function lastClosedAt(periods: RebuildRecord['periods'], sequence: number): Month | null {
  const before = periods.filter(({ headSequence }) => headSequence < sequence);
  const first = before.find(({ action }) => action === 'close')?.month;
  return before.reduce<Month | null>((last, { month, action }) => {
    if (action === 'close') return last === null || month > last ? month : last;
    if (action === 'reopen') return month === first ? null : addMonths(month, -1);
    return last;
  }, null);
}

/** Gives what is sealed the date and the moment it had, and leaves the rest to the sealer. The ledger it writes to has no closed months yet. */
export function createReplayingSealer(sealer: Sealer, record: RebuildRecord): Sealer {
  // Between two rows of the log the answer is the same: it is worked out once for each.
  const heads = [...new Set(record.periods.map(({ headSequence }) => headSequence))].sort((one, other) => one - other);
  const lastClosed = [null, ...heads.map((head) => lastClosedAt(record.periods, head + 1))];
  return {
    ...sealer,
    seal: (database, requests, isMoreToCome) =>
      sealer.seal(
        database,
        requests.map((request) => {
          const seen = record.firstSeen(request.id);
          // One that nobody has seen comes after everything that happened so far.
          const place = seen === undefined ? heads.length : heads.filter((head) => head < seen.sequence).length;
          const { entryDate, concernsMonth } = datedForOpenMonth(request.draft, lastClosed[place] ?? null);
          return { ...request, recordedAt: seen?.at ?? request.recordedAt, draft: { ...request.draft, entryDate, ...(concernsMonth === null ? {} : { concernsMonth }) } };
        }),
        isMoreToCome,
      ),
  };
}
