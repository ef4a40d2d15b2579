/**
 * Events that arrive within a few milliseconds are committed together, and each sender hears of it after the commit. What waits is bounded: a
 * database that is slow or away is passed on to the senders, who try again, and not piled up here.
 */
import { DaybookError } from '../shared/errors/errors.ts';
import type { ReceivedEvent, RelayLedger, WebhookGateway, WebhookInbox } from './relay.ports.ts';

/** Why an event could not be taken now; its sender is to try again. */
export class NotStored extends Error {
  readonly reason: 'inbox-unavailable' | 'queue-full';
  constructor(reason: NotStored['reason'], options?: ErrorOptions) {
    super(`The event was not stored: ${reason}.`, options);
    this.reason = reason;
  }
}

export interface CommitReport {
  readonly sent: ReadonlyMap<WebhookGateway, number>;
  readonly stored: ReadonlyMap<WebhookGateway, number>;
  readonly seconds: number;
}

export interface GroupCommitOptions {
  readonly inbox: WebhookInbox;
  /** How long the first of a group waits for others. */
  readonly gatherMs?: number;
  readonly maximumEvents?: number;
  readonly maximumBytes?: number;
  /** Events that may wait; one more is refused. */
  readonly maximumWaiting?: number;
  /** Waits before the database is asked whether it is back: from the first to the last, doubling. */
  readonly probeMs?: { readonly first: number; readonly last: number };
  onCommit?(report: CommitReport): void;
  /** The database went away (with the code of why) or came back (null). */
  onAvailability?(problemCode: string | null): void;
}

export interface GroupCommit {
  /** Resolves once the event is committed, now or before. @throws NotStored */
  add(event: ReceivedEvent): Promise<void>;
  /** Whose events belong here; asked once, then remembered. @throws NotStored while the database is away, else as {@link WebhookInbox.ledger} */
  ledger(): Promise<RelayLedger>;
  /** Asks the database itself. @throws as {@link WebhookInbox.ledger} */
  probe(): Promise<void>;
  readonly waiting: number;
  readonly isAvailable: boolean;
  /** Resolves when nothing waits any more; nothing may be added meanwhile. */
  drain(): Promise<void>;
  /** Ends waiting for a database that is away. */
  stop(): void;
}

interface Waiting {
  readonly event: ReceivedEvent;
  readonly arrivedMs: number;
  readonly resolve: () => void;
  readonly reject: (error: NotStored) => void;
}

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { inbox, gatherMs = 3, maximumEvents = 256, maximumBytes = 4 * 1024 * 1024, maximumWaiting = 4_000, probeMs = { first: 100, last: 2_000 } } = options;
  let waiting: Waiting[] = [];
  let writing = 0;
  let timer: NodeJS.Timeout | null = null;
  let probeTimer: NodeJS.Timeout | null = null;
  let isAvailable = true;
  let isStopped = false;
  let known: RelayLedger | undefined;
  let asking: Promise<RelayLedger> | undefined;
  const drained: (() => void)[] = [];

  function schedule(): void {
    if (timer || writing > 0) return;
    const first = waiting[0];
    if (!first) {
      for (const resolve of drained.splice(0)) resolve();
      return;
    }
    timer = setTimeout(() => {
      timer = null;
      void write(takeBatch());
    }, Math.max(0, first.arrivedMs + gatherMs - performance.now()));
  }

  function takeBatch(): Waiting[] {
    let count = 0;
    for (let bytes = 0; count < Math.min(waiting.length, maximumEvents); count += 1) {
      bytes += waiting[count]?.event.body.byteLength ?? 0;
      if (count > 0 && bytes > maximumBytes) break;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    writing = batch.length;
    try {
      await store(batch);
    } catch (error) {
      // One event the database cannot keep must not take its neighbours along.
      if (batch.length > 1 && isAboutData(error)) for (const one of batch) await store([one]).catch((inner: unknown) => giveBack([one], inner));
      else giveBack(batch, error);
    } finally {
      writing = 0;
      schedule();
    }
  }

  async function store(batch: readonly Waiting[]): Promise<void> {
    const startedMs = performance.now();
    const stored = await inbox.store(batch.map(({ event }) => event));
    const sent = new Map<WebhookGateway, number>();
    for (const { event } of batch) sent.set(event.gateway, (sent.get(event.gateway) ?? 0) + 1);
    options.onCommit?.({ sent, stored, seconds: (performance.now() - startedMs) / 1000 });
    for (const { resolve } of batch) resolve();
  }

  function giveBack(batch: readonly Waiting[], error: unknown): void {
    for (const { reject } of batch) reject(new NotStored('inbox-unavailable', { cause: error }));
    if (!isAboutData(error)) goAway(error);
  }

  /** Whoever waits is told at once; from now on nobody is kept waiting until the database answers again. */
  function goAway(error: unknown): void {
    known = undefined;
    for (const { reject } of waiting.splice(0)) reject(new NotStored('inbox-unavailable', { cause: error }));
    if (!isAvailable) return;
    isAvailable = false;
    options.onAvailability?.(codeOf(error));
    probeAfter(probeMs.first);
  }

  function probeAfter(delayMs: number): void {
    if (isStopped) return;
    probeTimer = setTimeout(() => void ask().catch(() => probeAfter(Math.min(delayMs * 2, probeMs.last))), delayMs);
    probeTimer.unref();
  }

  /** Questions asked at once are one question. */
  function ask(): Promise<RelayLedger> {
    asking ??= inbox.ledger().then(
      (ledger) => {
        known = ledger;
        if (!isAvailable) {
          isAvailable = true;
          if (probeTimer) clearTimeout(probeTimer);
          options.onAvailability?.(null);
        }
        return ledger;
      },
      (error: unknown) => {
        goAway(error);
        throw error;
      },
    ).finally(() => {
      asking = undefined;
    });
    return asking;
  }

  return {
    add: (event) =>
      new Promise((resolve, reject) => {
        if (!isAvailable) return reject(new NotStored('inbox-unavailable'));
        if (waiting.length >= maximumWaiting) return reject(new NotStored('queue-full'));
        waiting.push({ event, arrivedMs: performance.now(), resolve, reject });
        schedule();
      }),
    async ledger() {
      if (known) return known;
      if (!isAvailable) throw new NotStored('inbox-unavailable'); // nobody waits for a connection that does not come about
      return ask();
    },
    async probe() {
      await ask();
    },
    get waiting() {
      return waiting.length + writing;
    },
    get isAvailable() {
      return isAvailable;
    },
    drain: () =>
      new Promise((resolve) => {
        drained.push(resolve);
        schedule();
      }),
    stop() {
      isStopped = true;
      if (probeTimer) clearTimeout(probeTimer);
    },
  };
}

const codeOf = (error: unknown): string => (error instanceof DaybookError ? error.code : 'unexpected');

/** SQLSTATE classes 22 and 23: what was sent cannot be kept; the database itself is well. */
function isAboutData(error: unknown): boolean {
  return error instanceof DaybookError && /^2[23]/.test(String(error.data['sqlState'] ?? ''));
}
