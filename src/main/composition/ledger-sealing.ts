/**
 * Who seals this desk's entries and who has the say over its months: the shared database, or the local twin. A ledger that has joined a shared one stays
 * shared: without a connection its entries wait, they never get a second chain.
 */
import { ProviderError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Durability, ReadableDatabase } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { PostgresConnection } from '../integrations/postgres/connection.ts';
import { createSharedPeriodAuthority } from '../integrations/postgres/shared-periods.ts';
import { createSharedLedger } from '../integrations/postgres/shared-sealing.ts';
import { headsOfLogs, isRestoredSince, type Anchor, type AnchorSource } from '../ledger/anchors.ts';
import { newestRestore } from '../ledger/anchors.repository.ts';
import { headOfChain } from '../ledger/journal.repository.ts';
import { createLocalPeriodAuthority } from '../ledger/local-period-authority.ts';
import type { PeriodAuthority } from '../ledger/period-close.ports.ts';
import { createProvisionalSealer, sealLeftovers } from '../ledger/provisional-sealer.ts';
import { createLocalSealer, type Sealer } from '../ledger/sealing.ts';
import { isRevaluationOn, keepRevaluation } from '../ledger/revaluation.repository.ts';
import { createSharedSealing, type SharedSealing } from '../ledger/shared-sealing.ts';
import type { SharedLedger } from '../ledger/shared-sealing.ports.ts';
import { newId } from '../platform/ids.ts';
import type { Logger } from '../platform/logger.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { readLedgerSetting } from '../reporting/status.queries.ts';
import { isDeskOfItsOwn } from './desk-of-its-own.ts';

export interface LedgerSealingOptions {
  readonly database: SqliteDatabase;
  readonly postgres: PostgresConnection | null;
  readonly desk: string;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly audit: AuditLog;
  readonly logger: Logger;
  /** Of a connection of its own; then entries sealed in bulk are not forced to disk one by one. */
  readonly durability?: Durability;
}

export interface LedgerSealing {
  readonly sealer: Sealer;
  /** null: this desk is its own sealer. */
  readonly sharedSealing: SharedSealing | null;
  readonly authority: PeriodAuthority;
  /** What the shared database has seen of this desk's chain. */
  readonly anchors: AnchorSource;
  /** After a command that posted: what cannot be sealed now waits for the next sync, and the command stands. */
  sealPosted(control: WorkControl): Promise<void>;
}

export function composeLedgerSealing({ database, postgres, desk, clock, timeZone, audit, logger, durability }: LedgerSealingOptions): LedgerSealing {
  const { unitOfWork } = database;
  const joinedLedger = (): string | null => readLedgerSetting(database, 'shared_ledger_id');
  const shared = postgres && createSharedLedger(postgres, desk);
  const sharedSealing = shared && createSharedSealing({
    readable: database, unitOfWork, shared, clock, newId, joinedLedger, ...(durability ? { durability } : {}),
    noteBegunAnew: (writable, lost) => audit.append(writable, { entity: 'ledger', entityId: 'ledger', action: 'begin-anew', actor: 'daybook', diff: { auditSequence: lost.sequence, auditHash: lost.hash } }),
  });
  const isShared = (): boolean => !isDeskOfItsOwn(database, postgres);
  if (!isShared()) sealLeftovers(database, unitOfWork);

  const local = createLocalSealer();
  const provisional = createProvisionalSealer();
  const localAuthority = createLocalPeriodAuthority({ unitOfWork, audit, timeZone });
  const sharedAuthority = postgres && sharedSealing && createSharedPeriodAuthority(postgres, async (control) => {
    if (joinedLedger() === null) throw new StateError('shared-ledger-not-joined', 'This desk has not met its shared database yet. Nothing was changed.', { nextStep: 'Sync the shared database, then try again.' });
    await sharedSealing.exchange(control);
  }, (isOn) => {
    if (isRevaluationOn(database) !== isOn) unitOfWork.run('learn whether months are revalued', (writable) => keepRevaluation(writable, isOn, clock.now()));
  });
  const authority = (): PeriodAuthority => {
    if (sharedAuthority) return sharedAuthority;
    if (isShared()) throw new ValidationError('postgres-not-connected', 'This ledger is shared, and no shared database is connected: months are closed and opened there.', { nextStep: 'Connect it in Settings, or set DAYBOOK_POSTGRES_URL.' });
    return localAuthority;
  };

  return {
    // Asked at each call: a desk may join while it runs.
    sealer: { seal: (writable, requests, isMoreToCome) => (isShared() ? provisional : local).seal(writable, requests, isMoreToCome), settle: (writable) => (isShared() ? provisional : local).settle?.(writable), ...(provisional.waitingInputHash ? { waitingInputHash: provisional.waitingInputHash } : {}) },
    sharedSealing,
    authority: {
      get fourEyes() {
        return isShared() ? 'on' : 'off';
      },
      bringUpToDate: async (control) => authority().bringUpToDate(control),
      close: async (act) => authority().close(act),
      requestReopen: async (act) => authority().requestReopen(act),
      approveReopen: async (act) => authority().approveReopen(act),
      declineReopen: async (act) => authority().declineReopen(act),
      setRevaluation: async (act) => authority().setRevaluation(act),
    },
    anchors: { known: async () => (shared ? knownToShared(shared, database) : []) },
    async sealPosted(control) {
      try {
        await sharedSealing?.exchange(control);
      } catch (error) {
        logger.warn('entries-wait-for-their-seal', { error });
      }
    },
  };
}

/** The head that this desk told the shared database, and what stands there at this desk's own heads. Nothing when it cannot be reached. */
async function knownToShared(shared: SharedLedger, database: ReadableDatabase): Promise<Anchor[]> {
  if (readLedgerSetting(database, 'shared_ledger_id') === null) return [];
  try {
    const known: Anchor[] = [];
    const told = await shared.anchor();
    if (told) known.push({ log: 'entries', ...told, where: 'the shared database' });
    const sequence = headOfChain(database)?.ledger_sequence ?? 0;
    const hash = sequence === 0 ? null : await shared.hashAt(sequence);
    if (hash !== null) known.push({ log: 'entries', sequence, hash, where: 'the shared database' });
    const months = headsOfLogs(database).months;
    const hashOfMonths = months && (await shared.monthsHashAt(months.sequence));
    if (months && hashOfMonths !== null) known.push({ log: 'months', sequence: months.sequence, hash: hashOfMonths, where: 'the shared database' });
    const audit = await shared.auditAnchor();
    // A restore, or a file begun anew, set the audit log back, and the next exchange says so there.
    if (audit && !isRestoredSince(audit.restore, newestRestore(database))) known.push({ log: 'audit', sequence: audit.sequence, hash: audit.hash, where: 'the shared database' });
    return known;
  } catch (error) {
    if (error instanceof ProviderError) return [];
    throw error;
  }
}
