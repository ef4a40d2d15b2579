/**
 * The books made anew from Stripe and held against the ones that stand (domain.md §3, Rebuild): in a file of its own beside the ledger, by the ledger's own
 * log of closed months and the places at which it first saw each entry. It only reads the ledger, and leaves nothing behind unless it is asked to.
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../shared/calendar/clock.ts';
import { endOf, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { migrateDatabase, type Migration } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { Logger } from '../platform/logger.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { describeEntries, describeRecognition, type BookDifference } from './book-difference.ts';
import { differingEntries, differingRecognition } from './book-comparison.ts';
import { sealedEntry } from './entry-reversal.repository.ts';
import { createJournal } from './journal.ts';
import type { FreshLedger, ReadStripe, RebuildRecognitionPort } from './ledger-rebuild.ports.ts';
import { actsOnDeferredRevenue, copyGrounds, headSequenceOf, isWaitingEntry, lastSyncAt, seenEntry } from './ledger-rebuild.repository.ts';
import { readPeriodLog } from './period-close.repository.ts';
import { createReplayedRates } from './replayed-rates.ts';
import { createReplayingSealer } from './replaying-sealer.ts';
import { createLocalSealer } from './sealing.ts';

export interface LedgerRebuildDependencies {
  /** The ledger that stands. It is never written to. */
  readonly readable: ReadableDatabase;
  /** Where the rebuilt ledger lies while it is made; belongs to rebuilds alone. */
  readonly folder: string;
  readonly migrations: readonly Migration[];
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly functionalCurrency: () => string;
  readonly logger: Logger;
  readonly readStripe: ReadStripe;
  readonly recognition: RebuildRecognitionPort;
}

export interface RebuildResult {
  readonly isEqual: boolean;
  readonly entriesHere: number;
  readonly entriesRebuilt: number;
  readonly recognisedThrough: Month | null;
  /** Told by Stripe on or after the day of the last sync, and not read here yet. */
  readonly unread: number;
  /** Waiting for their seal here. */
  readonly pending: number;
  readonly replayedRates: number;
  readonly differenceCount: number;
  /** The first of them, by key. */
  readonly differences: readonly BookDifference[];
  readonly keptFile: string | null;
}

export interface LedgerRebuild {
  /**
   * @param request.shouldKeep leaves the rebuilt ledger in the folder, named in the result, until the next rebuild or start.
   * @throws StateError `rebuild-nothing-yet`; what reading Stripe throws. Nothing is left behind then.
   */
  run(request: { readonly shouldKeep: boolean }, control: WorkControl): Promise<RebuildResult>;
}

/** Differences kept in the result; all are counted. */
const toldAtMost = 50;
const fileName = 'ledger.sqlite';

/** Removes what a rebuild that was killed left behind, or one that was kept and not fetched. */
export function sweepRebuilds(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function createLedgerRebuild(dependencies: LedgerRebuildDependencies): LedgerRebuild {
  const { readable, folder, clock, timeZone, recognition } = dependencies;

  function openFresh(): FreshLedger {
    sweepRebuilds(folder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const database = openDatabase({ file: join(folder, fileName), logger: dependencies.logger });
    try {
      // It can be made again at any time and has one reader: nothing needs to reach the disk before the next thing, and there is no log to write back when it is thrown away.
      database.connection.pragma('journal_mode = MEMORY');
      database.connection.pragma('synchronous = OFF');
      migrateDatabase(database, dependencies.migrations, clock.now());
      if (!copyGrounds(readable, database.unitOfWork)) throw new StateError('rebuild-nothing-yet', 'This ledger has read nothing from Stripe yet, so there is nothing to rebuild.', { nextStep: 'Connect Stripe and sync, then rebuild.' });
      const sealer = createReplayingSealer(createLocalSealer(), { periods: readPeriodLog(readable), firstSeen: (id) => seenEntry(readable, id) });
      return { database, journal: createJournal({ clock, sealer }), rates: createReplayedRates(readable, dependencies.functionalCurrency()) };
    } catch (error) {
      database.close();
      sweepRebuilds(folder);
      throw error;
    }
  }

  /** What people did to deferred revenue is no fact of Stripe's, and recognition follows it: it is taken over as it stands. */
  function takeOverActs({ database, journal }: FreshLedger): void {
    const acts = actsOnDeferredRevenue(readable).flatMap((id) => sealedEntry(readable, id) ?? []);
    if (acts.length > 0) database.unitOfWork.run('rebuild.acts', (writable) => journal.post(writable, acts));
  }

  async function compare(fresh: FreshLedger, through: Month | null, { head, total }: { head: number; total: number }, control: WorkControl): Promise<Omit<RebuildResult, 'keptFile'>> {
    const found: BookDifference[] = [];
    let [unread, pending, differenceCount] = [0, 0, 0];
    const tell = (difference: BookDifference): void => {
      differenceCount += 1;
      found.push(difference);
      if (found.length > 2 * toldAtMost) found.splice(0, found.length, ...firstOf(found));
    };
    const lastSync = lastSyncAt(readable);
    const readUpTo = lastSync === null ? null : timeZone.dateOf(lastSync);
    const tally = { here: 0, there: 0 };
    for await (const pair of differingEntries(readable, fresh.database, total, tally, control)) {
      if (!pair.there && (pair.here?.sequence ?? 0) > head) continue; // posted while Stripe was being read again
      if (!pair.here && pair.there && isWaitingEntry(readable, pair.there.id)) pending += 1;
      else if (!pair.here && pair.there && readUpTo !== null && pair.there.entryDate >= readUpTo && pair.there.concernsMonth === null) unread += 1;
      else tell(describeEntries(pair));
    }
    if (through !== null) for await (const pair of differingRecognition(readable, fresh.database, endOf(through), control)) tell(describeRecognition(pair));
    return { isEqual: differenceCount === 0, entriesHere: tally.here, entriesRebuilt: tally.there, recognisedThrough: through, unread, pending, replayedRates: fresh.rates.replayed(), differenceCount, differences: firstOf(found) };
  }

  return {
    async run({ shouldKeep }, control) {
      const fresh = openFresh();
      let isKept = false;
      try {
        const head = headSequenceOf(readable);
        await dependencies.readStripe(fresh, control);
        control.signal.throwIfAborted();
        const total = headSequenceOf(fresh.database);
        const through = recognition.recognisedThrough();
        if (through !== null) {
          takeOverActs(fresh);
          await recognition.recognise(fresh, through, control);
        }
        const result = await compare(fresh, through, { head, total }, control);
        if (!shouldKeep) return { ...result, keptFile: null };
        const keptFile = keep(fresh.database, folder, clock.now());
        isKept = true;
        return { ...result, keptFile };
      } finally {
        fresh.database.close();
        if (!isKept) sweepRebuilds(folder);
      }
    },
  };
}

const firstOf = (differences: readonly BookDifference[]): BookDifference[] => differences.toSorted((one, other) => (one.key < other.key ? -1 : 1)).slice(0, toldAtMost);

/** One file that needs no log beside it, and is on the disk. */
function keep(database: SqliteDatabase, folder: string, nowMs: number): string {
  database.connection.pragma('synchronous = FULL');
  database.connection.pragma('journal_mode = DELETE');
  database.close();
  const kept = join(folder, `rebuilt-${new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15)}.sqlite`);
  renameSync(join(folder, fileName), kept);
  return kept;
}
