/**
 * Follows the shared database while it changes: a notice says how far the feed has come, and what is new is fetched at once. The notice may be lost, the line may break:
 * then it is asked by the clock, and the line is taken up again. Nothing depends on a notice (domain.md §5).
 */
import { DaybookError } from '../../shared/errors/errors.ts';
import type { Logger } from '../platform/logger.ts';

/** A line on which the shared database tells that its feed went on. */
export interface ChangeNotices {
  /**
   * @param onNotice the transaction up to which there is something new.
   * @param onLost once, when the line is gone or no longer answers.
   * @throws ProviderError `postgres-unreachable`, PermissionError.
   */
  open(onNotice: (transactionId: string) => void, onLost: () => void): Promise<{ close(): Promise<void> }>;
}

export interface Exchanged {
  /** Changes are there that cannot be read yet: a transaction that began earlier still runs. */
  readonly isBehind: boolean;
  /** Entities of which something was written here. */
  readonly entities: readonly string[];
}

export interface LiveSyncDependencies {
  readonly notices: ChangeNotices;
  /** Sends what waits and fetches what is new; throws what the sync throws. */
  exchange(signal: AbortSignal): Promise<Exchanged>;
  onExchanged(exchanged: Exchanged): void;
  /** The line came or went. */
  onLine(isFollowing: boolean): void;
  readonly logger: Logger;
  /** Without any notice it is looked at this often. */
  readonly pollMs?: number;
}

export interface LiveSync {
  /** Something is to be sent, or somebody wants to know now. Never throws. */
  kick(): void;
  isFollowing(): boolean;
  /** Changes were there that it could not read yet. */
  isBehind(): boolean;
  /** After what runs has ended. */
  close(): Promise<void>;
}

const defaultPollMs = 15_000;
const firstReconnectMs = 100;
/** So that a server that comes back is met within five seconds. */
const longestReconnectMs = 2_000;
/** A transaction that began earlier and still runs holds the feed back: it is looked again until that one has ended. */
const firstLagMs = 20;
const longestLagMs = 1_000;

export function createLiveSync(dependencies: LiveSyncDependencies): LiveSync {
  const { notices, logger } = dependencies;
  const stopping = new AbortController();
  let line: { close(): Promise<void> } | null = null;
  let isBehind = false;
  let isDirty = false;
  let running: Promise<void> | null = null;
  let connecting: Promise<void> | null = null;
  const timers = new Map<'poll' | 'lag' | 'connect', NodeJS.Timeout>();

  function later(name: 'poll' | 'lag' | 'connect', ms: number, work: () => void): void {
    clearTimeout(timers.get(name));
    if (stopping.signal.aborted) return;
    const timer = setTimeout(work, ms);
    timer.unref();
    timers.set(name, timer);
  }

  function kick(): void {
    isDirty = true;
    if (stopping.signal.aborted || running) return;
    running = runUntilClean().finally(() => {
      running = null;
      if (isDirty) kick();
    });
  }

  let lagMs = firstLagMs;

  async function runUntilClean(): Promise<void> {
    while (isDirty && !stopping.signal.aborted) {
      isDirty = false;
      try {
        const exchanged = await dependencies.exchange(stopping.signal);
        if (exchanged.entities.length > 0) dependencies.onExchanged(exchanged);
        // What the shared database holds counts, not what the notice says: anybody who may sign in there can send one, of a transaction that never was.
        isBehind = exchanged.isBehind;
        if (isBehind) later('lag', lagMs, kick);
        lagMs = isBehind ? Math.min(lagMs * 2, longestLagMs) : firstLagMs;
      } catch (error) {
        if (stopping.signal.aborted) return;
        logger.info('live-sync-waits', { code: error instanceof DaybookError ? error.code : 'unexpected', error });
      }
      later('poll', dependencies.pollMs ?? defaultPollMs, kick);
    }
  }

  function onNotice(): void {
    lagMs = firstLagMs;
    kick();
  }

  function connect(waitMs: number): void {
    if (stopping.signal.aborted || connecting) return;
    connecting = openLine(waitMs).finally(() => (connecting = null));
  }

  async function openLine(waitMs: number): Promise<void> {
    const reconnect = (ms: number): void => later('connect', ms, () => connect(Math.min(ms * 2, longestReconnectMs)));
    let isLost = false;
    try {
      const opened = await notices.open(onNotice, () => {
        isLost = true;
        if (line === null) return;
        line = null;
        dependencies.onLine(false);
        reconnect(firstReconnectMs);
      });
      if (stopping.signal.aborted) {
        await opened.close();
        return;
      }
      // It can break before anybody here has it in hand.
      if (isLost) {
        reconnect(firstReconnectMs);
        return;
      }
      line = opened;
      dependencies.onLine(true);
      kick(); // whatever was told while nobody listened
    } catch (error) {
      logger.info('live-sync-line-refused', { code: error instanceof DaybookError ? error.code : 'unexpected' });
      reconnect(waitMs);
    }
  }

  connect(firstReconnectMs);
  later('poll', dependencies.pollMs ?? defaultPollMs, kick);

  return {
    kick,
    isFollowing: () => line !== null,
    isBehind: () => isBehind,
    async close() {
      stopping.abort();
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.allSettled([connecting, running]);
      await line?.close();
      line = null;
    },
  };
}
