/** Switches that make the sandbox misbehave as a real network and a real Stripe do: limits, failures, slowness, lost replies. */

export interface RateLimit {
  /** Requests a second over the whole account. */
  accountPerSecond: number;
  /** Requests a second on one endpoint. */
  endpointPerSecond: number;
}

/** A fault met by the next `remaining` requests whose path begins with `pathPrefix`. */
export interface CountedFault {
  pathPrefix: string;
  remaining: number;
}

export interface FaultSettings {
  /** null: no limit. Counted in a sliding window of one real second. */
  rateLimit: RateLimit | null;
  /** The next requests answer 500, before anything is done. */
  failures: CountedFault[];
  /** Requests are processed, and the connection then cut without a reply. */
  droppedReplies: CountedFault[];
  /** Every matching request waits this long before it is processed. */
  latencyMs: number;
  latencyPathPrefix: string;
}

const noFaults = (): FaultSettings => ({ rateLimit: null, failures: [], droppedReplies: [], latencyMs: 0, latencyPathPrefix: '/v1/' });

function take(faults: CountedFault[], path: string): boolean {
  const fault = faults.find((candidate) => candidate.remaining > 0 && path.startsWith(candidate.pathPrefix));
  if (fault === undefined) return false;
  fault.remaining -= 1;
  return true;
}

export class Faults {
  #settings = noFaults();
  readonly #accountTimes: number[] = [];
  readonly #endpointTimes = new Map<string, number[]>();
  readonly #realMs: () => number;

  /** `realMs` is the machine's clock: a rate limit is about real load. */
  constructor(realMs: () => number = () => performance.now()) {
    this.#realMs = realMs;
  }

  get settings(): FaultSettings {
    return structuredClone(this.#settings);
  }

  /** Changes the given switches and leaves the others. */
  set(changes: Partial<FaultSettings>): FaultSettings {
    this.#settings = { ...this.#settings, ...structuredClone(changes) };
    return this.settings;
  }

  /** The next `count` requests below `pathPrefix` answer 500. */
  failNext(count: number, pathPrefix = '/v1/'): void {
    this.#settings.failures.push({ pathPrefix, remaining: count });
  }

  /** The next `count` requests below `pathPrefix` are processed, but their reply is lost. */
  dropNextReplies(count: number, pathPrefix = '/v1/'): void {
    this.#settings.droppedReplies.push({ pathPrefix, remaining: count });
  }

  reset(): void {
    this.#settings = noFaults();
    this.#accountTimes.length = 0;
    this.#endpointTimes.clear();
  }

  latencyMs(path: string): number {
    return path.startsWith(this.#settings.latencyPathPrefix) ? this.#settings.latencyMs : 0;
  }

  takeFailure(path: string): boolean {
    return take(this.#settings.failures, path);
  }

  takeDroppedReply(path: string): boolean {
    return take(this.#settings.droppedReplies, path);
  }

  /** Counts a request against the limits; the reason when it is over one. Refused requests do not count. */
  overLimit(endpoint: string): 'global-rate' | 'endpoint-rate' | null {
    const limit = this.#settings.rateLimit;
    if (limit === null) return null;
    const now = this.#realMs();
    let endpointTimes = this.#endpointTimes.get(endpoint);
    if (endpointTimes === undefined) {
      endpointTimes = [];
      this.#endpointTimes.set(endpoint, endpointTimes);
    }
    for (const times of [this.#accountTimes, endpointTimes]) {
      while (times.length > 0 && (times[0] ?? now) <= now - 1000) times.shift();
    }
    if (this.#accountTimes.length >= limit.accountPerSecond) return 'global-rate';
    if (endpointTimes.length >= limit.endpointPerSecond) return 'endpoint-rate';
    this.#accountTimes.push(now);
    endpointTimes.push(now);
    return null;
  }
}
