/**
 * Staying below Stripe's limits: a token bucket for the account and one per endpoint (domain.md §2: 100 requests a second live, 25 in test mode, and
 * 25 per endpoint), each used up to a share, so that the company's own back end keeps the rest. A bucket also gives way when Stripe says 429:
 * others may be using more than was left to them.
 */

/** Waits, or throws the signal's reason. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const pause: Pause = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', onAbort, { once: true });
  });

export interface AllowedRate {
  readonly accountPerSecond: number;
  readonly endpointPerSecond: number;
}

/** Which of the limits a 429 was about, as far as Stripe said so. */
export type LimitReached = 'account' | 'endpoint';

/** A part of the allowed rate, where others read from the account at the same time. */
export interface Allowance {
  /** The part of the endpoint's rate that may be used now, in requests a second; 0: none yet. */
  parts(): number;
  /** Something waits to be asked; said again while it waits. */
  want(): void;
  /** Calls back when {@link parts} has changed. One listener. */
  onChange(listener: () => void): void;
}

/** Calls back once after at least so many milliseconds. @returns how to call it off. */
export type StartTimer = (milliseconds: number, callback: () => void) => () => void;

export interface PacerOptions {
  /** Asked at each request: a share that a person changes holds from the next one on. */
  readonly allowed: () => AllowedRate;
  /** All of it when absent. */
  readonly allowance?: Allowance | undefined;
  /** Milliseconds of a steady clock. */
  readonly steadyNowMs: () => number;
  readonly startTimer?: StartTimer;
}

export interface Pacer {
  /** Resolves when a request to this endpoint may leave. Callers are served in the order they came, past those whose endpoint is used up. */
  take(endpoint: string, signal: AbortSignal): Promise<void>;
  /** Stripe refused a request: nobody asks before `waitMs` is over, and from then on a part less is asked for until it goes well for a while. */
  giveWay(limit: LimitReached, endpoint: string, waitMs: number): void;
}

/** For a sandbox without limits. */
export const unpaced: Pacer = { take: async () => {}, giveWay: () => {} };

/**
 * A token comes back this long after it was spent. A second would do for the times at which requests leave here; they arrive a little closer
 * together or further apart, and Stripe counts arrivals.
 */
const tokenReturnMs = 1_020;
/** What a late timer lost may be caught up with, so far and no further: no burst follows a pause. */
const catchUpMs = 100;
const shareKeptAfterRefusal = 0.7;
const leastShare = 0.1;
/** The part of the allowed rate that is won back with each second without a refusal. */
const shareRegainedPerSecond = 0.02;
/** Answers to requests that had left before a cut say nothing about it. */
const betweenCutsMs = 1_000;

/** One limit: as many tokens as requests are allowed in a second, spent evenly. */
class TokenBucket {
  /** When the tokens that have not come back yet were spent, oldest first. */
  readonly #spentMs: number[] = [];
  #nextEvenMs = Number.NEGATIVE_INFINITY;
  #closedUntilMs = Number.NEGATIVE_INFINITY;
  #cut: { readonly atMs: number; readonly share: number } | null = null;

  /** When the next request may leave; now or earlier: at once. */
  openAtMs(nowMs: number, perSecond: number): number {
    const whenTokenReturns = (this.#spentMs.at(-this.#tokens(nowMs, perSecond)) ?? Number.NEGATIVE_INFINITY) + tokenReturnMs;
    return Math.max(whenTokenReturns, this.#nextEvenMs, this.#closedUntilMs);
  }

  spend(nowMs: number, perSecond: number): void {
    this.#spentMs.push(nowMs);
    while ((this.#spentMs[0] ?? nowMs) <= nowMs - tokenReturnMs) this.#spentMs.shift();
    this.#nextEvenMs = Math.max(this.#nextEvenMs, nowMs - catchUpMs) + tokenReturnMs / this.#tokens(nowMs, perSecond);
  }

  giveWay(nowMs: number, waitMs: number): void {
    this.#closedUntilMs = Math.max(this.#closedUntilMs, nowMs + waitMs);
    if (this.#cut && nowMs - this.#cut.atMs < betweenCutsMs) return;
    this.#cut = { atMs: nowMs, share: Math.max(leastShare, this.#share(nowMs) * shareKeptAfterRefusal) };
  }

  #share(nowMs: number): number {
    if (!this.#cut) return 1;
    const wellForMs = Math.max(0, nowMs - Math.max(this.#cut.atMs, this.#closedUntilMs));
    return Math.min(1, this.#cut.share + (wellForMs / 1_000) * shareRegainedPerSecond);
  }

  #tokens(nowMs: number, perSecond: number): number {
    return Math.max(1, Math.floor(perSecond * this.#share(nowMs) + 1e-9));
  }
}

interface Waiting {
  readonly endpoint: string;
  readonly go: () => void;
}

export const startSystemTimer: StartTimer = (milliseconds, callback) => {
  const timer = setTimeout(callback, Math.ceil(milliseconds));
  return () => clearTimeout(timer);
};

/** What a part of the endpoint's rate leaves of both limits; nothing of either where there is no part. */
function shareOf({ accountPerSecond, endpointPerSecond }: AllowedRate, parts: number): AllowedRate {
  const used = Math.min(parts, endpointPerSecond);
  return { accountPerSecond: Math.floor((accountPerSecond * used) / endpointPerSecond), endpointPerSecond: used };
}

/** No window of one second ever holds more requests than are allowed, by the times at which they leave. */
export function createPacer({ allowed, allowance, steadyNowMs, startTimer = startSystemTimer }: PacerOptions): Pacer {
  const account = new TokenBucket();
  const endpoints = new Map<string, TokenBucket>();
  const waiting: Waiting[] = [];
  let stopTimer: (() => void) | undefined;

  function bucketOf(endpoint: string): TokenBucket {
    let bucket = endpoints.get(endpoint);
    if (!bucket) endpoints.set(endpoint, (bucket = new TokenBucket()));
    return bucket;
  }

  /** Lets go whoever may go now, and looks again when the next one may. */
  function letGo(): void {
    stopTimer?.();
    stopTimer = undefined;
    if (waiting.length === 0) return;
    allowance?.want();
    const nowMs = steadyNowMs();
    const { accountPerSecond, endpointPerSecond } = allowance ? shareOf(allowed(), allowance.parts()) : allowed();
    if (endpointPerSecond < 1) return; // looked at again when the part changes
    let nextMs = Number.POSITIVE_INFINITY;
    for (let index = 0; index < waiting.length; ) {
      const accountOpenMs = account.openAtMs(nowMs, accountPerSecond);
      if (accountOpenMs > nowMs) {
        nextMs = accountOpenMs;
        break;
      }
      const one = waiting[index] as Waiting;
      const bucket = bucketOf(one.endpoint);
      const openMs = bucket.openAtMs(nowMs, endpointPerSecond);
      if (openMs > nowMs) {
        nextMs = Math.min(nextMs, openMs);
        index += 1;
        continue;
      }
      waiting.splice(index, 1);
      account.spend(nowMs, accountPerSecond);
      bucket.spend(nowMs, endpointPerSecond);
      one.go();
    }
    if (waiting.length > 0) stopTimer = startTimer(nextMs - nowMs, letGo);
  }

  allowance?.onChange(letGo);
  return {
    take: (endpoint, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const onAbort = (): void => {
          waiting.splice(waiting.indexOf(one), 1);
          reject(signal.reason as Error);
          letGo();
        };
        const one: Waiting = {
          endpoint,
          go() {
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(one);
        letGo();
      }),
    giveWay(limit, endpoint, waitMs) {
      (limit === 'account' ? account : bucketOf(endpoint)).giveWay(steadyNowMs(), waitMs);
      letGo();
    },
  };
}

const lessHeadroom = (limit: number, headroomShare: number): number => Math.max(1, Math.floor(limit * (1 - headroomShare) + 1e-9));

/** Stripe's published limit of one endpoint, the same in both modes, less the share that is left to others. */
export const allowedEndpointRate = (headroomShare: number): number => lessHeadroom(25, headroomShare);

/** Stripe's published limits by mode, less the share that is left to others (0 to below 1); one request a second at least. */
export function allowedRate(mode: 'live' | 'test', headroomShare: number): AllowedRate {
  return { accountPerSecond: lessHeadroom(mode === 'live' ? 100 : 25, headroomShare), endpointPerSecond: allowedEndpointRate(headroomShare) };
}

/** @param headroomShare asked at each request. */
export function pacerForMode(mode: 'live' | 'test', headroomShare: () => number, steadyNowMs: () => number, allowance?: Allowance): Pacer {
  return createPacer({ allowed: () => allowedRate(mode, headroomShare()), allowance, steadyNowMs });
}
