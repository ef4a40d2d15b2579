/**
 * One reader's share of what all that read from the account at the same time may ask for (ADR 0014): taken when something is to be asked, renewed every
 * few seconds, given back when there is nothing to ask for a while. Between two renewals no request asks anybody.
 */
import { randomUUID } from 'node:crypto';
import { settleMs, type RequestShares } from '../../sync/request-shares.ts';
import { startSystemTimer, type Allowance, type StartTimer } from './request-pacing.ts';

export interface SharedAllowanceOptions {
  readonly shares: RequestShares;
  /** Requests a second and endpoint that all readers together may use; asked at each renewal. */
  readonly total: () => number;
  /** Names the desk in the list of readers. */
  readonly desk: string;
  readonly steadyNowMs?: () => number;
  /** Epoch milliseconds: it also counts the time a machine sleeps, which the steady clock may not. */
  readonly wallNowMs?: () => number;
  readonly startTimer?: StartTimer;
  /** Told once when whoever gives out the shares cannot be reached, and not again until they could be. */
  readonly onCutOff?: (error: unknown) => void;
}

export interface SharedAllowance extends Allowance {
  /** Gives the share back; nothing may be asked afterwards. */
  close(): Promise<void>;
}

/** Further apart than `settleMs`: what is used now is then the most that was used lately. */
const renewEveryMs = 2_000;
/** Several renewals may fail before the share is lost. */
const ttlMs = 10_000;
/** Whoever gives out the shares and does not answer in this time cannot be reached. */
const patienceMs = 4_000;
/** Without anything to ask for so long, the share goes back. */
const idleMs = 5_000;
/** What a reader asks for that cannot reach whoever gives out the shares: the least there is. */
const partsWhenCutOff = 1;

interface Grant {
  readonly parts: number;
  /** When it was asked for, by both clocks: it was given later, so it ends here first. */
  readonly askedSteadyMs: number;
  readonly askedWallMs: number;
}

export function createSharedAllowance(options: SharedAllowanceOptions): SharedAllowance {
  const { shares, total, desk, steadyNowMs = () => performance.now(), wallNowMs = Date.now, startTimer = startSystemTimer, onCutOff } = options;
  const reader = `${desk}/${randomUUID()}`;
  let grant: Grant | null = null;
  let isCutOff = false;
  let wantedMs = Number.NEGATIVE_INFINITY;
  let renewing: Promise<void> | null = null;
  let stopTimer: (() => void) | undefined;
  let isClosed = false;
  let onChange: () => void = () => undefined;

  const ageMs = ({ askedSteadyMs, askedWallMs }: Grant): number => Math.max(steadyNowMs() - askedSteadyMs, wallNowMs() - askedWallMs);

  function parts(): number {
    if (grant && ageMs(grant) < ttlMs) return grant.parts;
    return isCutOff ? partsWhenCutOff : 0;
  }

  function change(next: Grant | null, cutOff: boolean): void {
    grant = next;
    isCutOff = cutOff;
    onChange();
  }

  /** A share changes with a renewal, longer ago than counts, or by running out. */
  const mostUsedLately = (): number => Math.max(parts(), grant && ageMs(grant) < ttlMs + settleMs ? grant.parts : 0);

  async function renew(): Promise<void> {
    const asked = { askedSteadyMs: steadyNowMs(), askedWallMs: wallNowMs() };
    try {
      const given = await inTime(shares.renew({ reader, total: total(), inUse: mostUsedLately(), ttlMs }), startTimer);
      change({ parts: given, ...asked }, false);
    } catch (error) {
      if (!isCutOff) onCutOff?.(error);
      change(grant, true); // a share that was given still holds until its end
    }
  }

  async function giveBack(): Promise<void> {
    stopTimer?.();
    stopTimer = undefined;
    if (!grant && !isCutOff) return;
    change(null, false);
    await inTime(shares.leave(reader), startTimer).catch(() => undefined); // it ends by itself
  }

  function goOn(): void {
    if (isClosed) return;
    const isIdle = steadyNowMs() - wantedMs > idleMs;
    renewing = (isIdle ? giveBack() : renew()).finally(() => {
      renewing = null;
      if (!isIdle && !isClosed) stopTimer = startTimer(renewEveryMs, goOn);
      else if (isIdle && steadyNowMs() - wantedMs <= idleMs) goOn(); // wanted again meanwhile
    });
  }

  return {
    parts,
    onChange(listener) {
      onChange = listener;
    },
    want() {
      wantedMs = steadyNowMs();
      if (!renewing && !stopTimer) goOn();
    },
    async close() {
      isClosed = true;
      await renewing;
      await giveBack();
    },
  };
}

/** @throws Error when there is no answer in time; a late one is not heard. */
function inTime<Answer>(answer: Promise<Answer>, startTimer: StartTimer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stop = startTimer(patienceMs, () => reject(new Error('No answer in time.')));
    answer.then(resolve, reject).finally(stop);
  });
}
