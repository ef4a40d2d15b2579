/**
 * A client that outlives its road: when the road breaks, what waits fails with `connection-lost`, and the next calls go over a new one.
 */
import { createORPCClient, type ClientLink } from '@orpc/client';
import { BackendError, callWithBackendErrors, connectionLost } from '../../../../shared/api/backend-error.ts';
import type { DaybookClient } from '../../../../shared/api/contract.ts';

/** `lost`: a new road is being tried for; `ended`: the backend turned this page away for good; it has to be opened anew. */
export type ConnectionState = 'connecting' | 'connected' | 'lost' | 'ended';
export type ConnectionListener = (state: ConnectionState) => void;

/** An open road to the backend. */
export interface Road {
  readonly link: ClientLink<Record<never, never>>;
  isOpen(): boolean;
  /** Called once, when the road broke; with the error when no new one can be had. */
  onClosed(listener: (final: BackendError | null) => void): void;
  close(): void;
}

/** Opens a road; fails with an error of `isFinal` when trying again is useless. */
export type OpenRoad = () => Promise<Road>;

/** No road will be had by trying again. */
export class RoadRefused extends Error {
  override readonly name = 'RoadRefused';
  readonly reason: BackendError;

  constructor(reason: BackendError) {
    super(reason.message);
    this.reason = reason;
  }
}

export interface Connection {
  readonly client: DaybookClient;
  readonly state: () => ConnectionState;
  /** Called at once and at each change until the returned function is called. */
  onChange(listener: ConnectionListener): () => void;
  /** Fulfilled when the first road is open; rejected when there will be none. */
  readonly opened: Promise<void>;
  close(): void;
}

export interface ConnectionOptions {
  readonly openRoad: OpenRoad;
  /** Waits before a new attempt; grows to the last one, which then repeats. */
  readonly backoffMs?: readonly number[];
  readonly wait?: (delayMs: number) => Promise<void>;
}

const defaultBackoffMs = [100, 250, 500, 1_000, 2_000, 5_000] as const;

export function createConnection({ openRoad, backoffMs = defaultBackoffMs, wait = waitFor }: ConnectionOptions): Connection {
  const listeners = new Set<ConnectionListener>();
  let state: ConnectionState = 'connecting';
  let road: Road | null = null;
  let final: BackendError | null = null;
  let attempt: Promise<void> = Promise.resolve();

  function become(next: ConnectionState): void {
    if (state === next || state === 'ended') return;
    state = next;
    for (const listener of listeners) listener(next);
  }

  function end(reason: BackendError): void {
    final = reason;
    road = null;
    become('ended');
  }

  async function tryOnce(): Promise<void> {
    const opened = await openRoad();
    if (final) {
      opened.close();
      throw final;
    }
    road = opened;
    opened.onClosed((reason) => {
      if (road !== opened) return;
      road = null;
      if (reason) return end(reason);
      become('lost');
      void keepTrying();
    });
    become('connected');
  }

  /** The attempt under way is what calls wait for; a failed one fails them, and the next begins after its wait. */
  async function keepTrying(): Promise<void> {
    for (let round = 0; !road && !final; round += 1) {
      attempt = tryOnce();
      try {
        await attempt;
      } catch (error) {
        if (error instanceof RoadRefused) return end(error.reason);
        if (final) return;
        become('lost');
        await wait(backoffMs[Math.min(round, backoffMs.length - 1)] ?? 1_000);
      }
    }
  }

  async function call(path: readonly string[], input: unknown, options: Parameters<Road['link']['call']>[2]): Promise<unknown> {
    if (!road && !final) await attempt.catch((cause: unknown) => { throw final ?? (cause instanceof RoadRefused ? cause.reason : connectionLost(cause)); });
    const over = road;
    if (!over) throw final ?? connectionLost();
    return callWithBackendErrors(() => over.link.call(path, input, options), { signal: options.signal, isConnected: () => over.isOpen() });
  }

  const opened = keepTrying().then(() => {
    if (final) throw final;
  });
  opened.catch(() => undefined); // whoever waits for it hears; that nobody does is no error
  return {
    client: createORPCClient<DaybookClient>({ call }),
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      listener(state);
      return () => listeners.delete(listener);
    },
    opened,
    close() {
      const open = road;
      end(connectionLost());
      open?.close();
    },
  };
}

function waitFor(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
