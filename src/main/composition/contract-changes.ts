/**
 * Edits of partners and contracts, wired: the outbox, who decides (the shared database, or the local twin of a ledger that never joined one), sending and fetching in one
 * go, and following live.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { DaybookError, ValidationError } from '../../shared/errors/errors.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { createChangeDecisions, type BilledUnderPort, type ChangeDecisions } from '../contracts/change-decisions.ts';
import { createContractChanges, type ContractChanges } from '../contracts/contract-changes.ts';
import { createLocalChanges } from '../contracts/local-changes.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { createChangeNotices } from '../integrations/postgres/change-notices.ts';
import type { PostgresConnection } from '../integrations/postgres/connection.ts';
import { createSharedChanges } from '../integrations/postgres/shared-changes.ts';
import { newId } from '../platform/ids.ts';
import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/logger.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { readLedgerSetting } from '../reporting/status.queries.ts';
import { createChangeSending, type ChangeSending, type SentChanges } from '../contracts/change-sending.ts';
import { createLiveSync, type Exchanged, type LiveSync } from '../sync/live-sync.ts';
import type { PostgresSync } from '../sync/postgres-sync.ts';
import { findFeedPosition, findLoadState, readSyncState, recordSyncFailure } from '../sync/shared-records.repository.ts';
import { isDeskOfItsOwn } from './desk-of-its-own.ts';

export interface ContractChangesOptions {
  readonly database: SqliteDatabase;
  readonly postgres: PostgresConnection | null;
  readonly postgresSync: PostgresSync | null;
  readonly config: Config;
  readonly desk: string;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly logger: Logger;
  /** What else this desk has to tell before it asks what is new. */
  readonly beforeSending?: () => Promise<unknown>;
}

export interface FollowEvent {
  readonly at: number;
  readonly isFollowing: boolean;
  readonly entities: string[];
  readonly feedPosition: string | null;
}

interface FollowListener {
  exchanged(exchanged: Exchanged): void;
  line(isFollowing: boolean): void;
  /** Sending or fetching broke off: how the desk and the shared database stand to each other is another than before. */
  failed(): void;
  /** Before the first copy, which is a job of its own. */
  notReady(): void;
}

export interface ContractChangeServices {
  readonly changes: ContractChanges;
  /** null: this desk decides by itself, or its shared database is not connected. */
  readonly sending: ChangeSending | null;
  /** Sends what waits, fetches what is new, and sends what that set free. */
  exchange(control: WorkControl): Promise<Exchanged>;
  /** @param waits until what waits has been sent and fetched; else it goes on behind. Never throws: what was not sent stays and is sent later. */
  sendNow(waits: boolean): Promise<void>;
  standing(): { readonly isConnected: boolean; readonly isAlone: boolean; readonly lastSuccessAt: number | null; readonly errorCode: string | null; readonly position: string | null; readonly heldBackSince: number | null; readonly fourEyes: 'on' | 'off' };
  decisions(billing: BilledUnderPort): ChangeDecisions;
  /** null without a shared database. */
  follow(on: FollowListener): LiveSync | null;
  /** What {@link follow} tells, one after the other, until the signal aborts. @throws ValidationError `postgres-not-connected`. */
  watch(signal: AbortSignal | undefined): AsyncGenerator<FollowEvent, void, void>;
}

/** A change that was sent may let the next one of its record go. */
const mostRounds = 3;

export function composeContractChanges(options: ContractChangesOptions): ContractChangeServices {
  const { database, postgres, postgresSync, config, desk, clock, audit, logger } = options;
  const { unitOfWork } = database;
  const isAlone = (): boolean => isDeskOfItsOwn(database, postgres);
  const local = createLocalChanges({ clock, newId, desk });
  let following: LiveSync | null = null;
  const changes = createContractChanges({ readable: database, unitOfWork, audit, clock, newId, get twin() { return isAlone() ? local : null; }, onQueued: () => void setImmediate(() => following?.kick()) });
  if (isAlone()) changes.takeLeftovers();
  const shared = postgres && createSharedChanges(postgres, desk);
  const sending = shared && createChangeSending({ readable: database, unitOfWork, clock, changes, shared });
  const readPosition = (): string | null => findFeedPosition(database)?.transactionId ?? null;

  /** What keeps edits from being sent is said as what keeps the copy from being fetched is: else a desk with edits waiting would look as if it were online. */
  async function sendNoted(through: ChangeSending, control: WorkControl): Promise<SentChanges> {
    try {
      return await through.sendPending(control);
    } catch (error) {
      if (!control.signal.aborted && error instanceof DaybookError) unitOfWork.run('sync.failure', (writable) => recordSyncFailure(writable, error.code, clock.now()));
      throw error;
    }
  }

  async function exchange(control: WorkControl): Promise<Exchanged> {
    const entities = new Set<string>();
    let isBehind = false;
    if (!postgresSync || !sending) return { isBehind, entities: [] };
    await postgresSync.join(control);
    await options.beforeSending?.();
    for (let round = 1; round <= mostRounds; round += 1) {
      const { sent, parked } = await sendNoted(sending, control);
      const pulled = await postgresSync.pull(control);
      isBehind = pulled.heldBackSince !== null;
      for (const [entity, rows] of Object.entries(pulled.written)) if (rows > 0) entities.add(entity);
      if (sent + parked > 0) entities.add('change_set');
      else break;
    }
    return { isBehind, entities: [...entities] };
  }

  return {
    changes, sending, exchange,
    async sendNow(waits) {
      following?.kick();
      if (!waits || following) return;
      try {
        await exchange(unattended);
      } catch (error) {
        logger.info('edits-wait', { code: error instanceof DaybookError ? error.code : 'unexpected' });
      }
    },
    standing: () => ({ ...readSyncState(database), isConnected: postgres !== null, isAlone: isAlone(), fourEyes: isAlone() || readLedgerSetting(database, 'price_changes_need_approval') === 'off' ? 'off' : 'on' }),
    decisions: (billing) =>
      createChangeDecisions({
        readable: database, unitOfWork, audit, clock, changes, billing, shared, get twin() { return isAlone() ? local : null; },
        async bringHome() {
          try {
            await postgresSync?.pull(unattended);
          } catch (error) {
            logger.info('decision-not-brought-home', { code: error instanceof DaybookError ? error.code : 'unexpected' });
          }
        },
      }),
    follow(on) {
      following = openLine(on);
      return following;
    },
    async *watch(signal) {
      const told: FollowEvent[] = [];
      let wake: () => void = () => undefined;
      const tell = (isFollowing: boolean, entities: readonly string[]): void => {
        told.push({ at: clock.now(), isFollowing, entities: [...entities], feedPosition: readPosition() });
        wake();
      };
      const line = openLine({ exchanged: ({ entities }) => tell(true, entities), line: (isFollowing) => tell(isFollowing, []), failed: () => undefined, notReady: () => tell(false, []) });
      if (!line) throw new ValidationError('postgres-not-connected', 'No shared database is connected.', { nextStep: 'Connect one in Settings, or set DAYBOOK_POSTGRES_URL.' });
      const stop = (): void => wake();
      signal?.addEventListener('abort', stop);
      try {
        while (!signal?.aborted) {
          const next = told.shift();
          if (next) yield next;
          else {
            const { promise, resolve } = Promise.withResolvers<void>();
            wake = resolve;
            await promise;
          }
        }
      } finally {
        signal?.removeEventListener('abort', stop);
        await line.close();
      }
    },
  };

  function openLine({ exchanged, line, failed, notReady }: FollowListener): LiveSync | null {
    if (config.postgresUrl === null || !postgresSync) return null;
    return createLiveSync({
      notices: createChangeNotices({ url: config.postgresUrl, allowsPlaintext: config.postgresPlaintext === 'allowed' }), logger, onExchanged: exchanged, onLine: line,
      async exchange(signal) {
        // The first copy of a large database is a job's work, on a thread of its own. Invoices come behind all that is large.
        if (findLoadState(database, 'invoice')?.isComplete !== true) {
          notReady();
          return { isBehind: false, entities: [] };
        }
        try {
          return await exchange({ ...unattended, signal });
        } catch (error) {
          failed();
          throw error;
        }
      },
    });
  }
}
