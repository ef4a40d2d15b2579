/** What a billing period holds: drawn at random, or laid down by a script for the customers every size must have. */
import { daySeconds, nowSeconds } from './calendar.ts';
import type { Random } from './random.ts';

export type ChangeKind = 'upgrade' | 'downgrade' | 'more-seats' | 'fewer-seats' | 'to-annual' | 'silent' | 'pause';

export interface Change {
  kind: ChangeKind;
  at: number;
  billing: 'at-once' | 'next-invoice';
  seats: number;
}

export interface PeriodPlan {
  /** How many attempts on the period's invoice fail. */
  failures: number;
  /** No attempt succeeds: the subscription is canceled for it. */
  isLost: boolean;
  changes: Change[];
  end: { kind: 'immediate' | 'period-end'; at: number } | null;
}

/** One step of a script: in which period (0 is the first paid one), how far into it (0 … 1), what. */
export interface ScriptStep {
  period: number;
  at: number;
  act: ChangeKind | 'cancel-now' | 'cancel-at-period-end' | 'payment-recovers' | 'payment-lost';
  billing?: 'at-once' | 'next-invoice';
  seats?: number;
}
export type Script = readonly ScriptStep[];

export interface PeriodFrame {
  periodNumber: number;
  start: number;
  end: number;
  finalizedAt: number;
  months: 1 | 12;
  isFirst: boolean;
  mayFail: boolean;
  mayChange: boolean;
}

const lossesPerMonth = 0.006;
const recoveriesPerInvoice = 0.045;
const changesPerMonth = 0.045;
const endsPerMonth = 0.017;

/** Draws (or reads from the script) what happens in one period. */
export function drawPeriod(random: Random, script: Script | null, frame: PeriodFrame): PeriodPlan {
  return script === null ? drawFreely(random, frame) : readScript(script, frame);
}

function readScript(script: Script, frame: PeriodFrame): PeriodPlan {
  const plan: PeriodPlan = { failures: 0, isLost: false, changes: [], end: null };
  for (const step of script) {
    if (step.period !== frame.periodNumber) {
      continue;
    }
    const at = Math.floor(frame.start + (frame.end - frame.start) * step.at);
    switch (step.act) {
      case 'payment-recovers':
        plan.failures = 2;
        break;
      case 'payment-lost':
        plan.failures = 4;
        plan.isLost = true;
        break;
      case 'cancel-now':
        plan.end = { kind: 'immediate', at };
        break;
      case 'cancel-at-period-end':
        plan.end = { kind: 'period-end', at };
        break;
      default:
        plan.changes.push({ kind: step.act, at, billing: step.billing ?? 'at-once', seats: step.seats ?? 1 });
    }
  }
  return plan;
}

function drawFreely(random: Random, frame: PeriodFrame): PeriodPlan {
  const plan: PeriodPlan = { failures: 0, isLost: false, changes: [], end: null };
  if (frame.mayFail && !frame.isFirst && random.chance(lossesPerMonth * frame.months * 0.8)) {
    plan.failures = 4;
    plan.isLost = true;
    return plan;
  }
  if (frame.mayFail && random.chance(recoveriesPerInvoice)) {
    plan.failures = frame.isFirst ? 0 : random.integer(1, 3);
  }
  // Nothing else happens while a payment is open: changes and ends come after the last possible retry.
  const earliest = frame.finalizedAt + (plan.failures > 0 ? 8 : 1) * daySeconds;
  const latest = frame.end - daySeconds;
  if (latest <= earliest) {
    return plan;
  }
  const drawMoment = (from: number): number => Math.floor(from + random.next() * (latest - from));
  if (frame.mayChange && random.chance(Math.min(0.4, changesPerMonth * frame.months))) {
    plan.changes.push(drawChange(random, drawMoment(earliest), frame.months));
  }
  if (random.chance(frame.months === 12 ? endsPerMonth * 10 : endsPerMonth)) {
    const after = plan.changes.at(-1)?.at ?? earliest;
    const isImmediate = random.chance(frame.months === 12 ? 0.15 : 0.45);
    plan.end = { kind: isImmediate ? 'immediate' : 'period-end', at: Math.min(latest, drawMoment(after + 3600)) };
    // What waits for the next invoice would wait for ever.
    for (const change of plan.changes) {
      change.billing = 'at-once';
    }
    if (plan.end.at > nowSeconds) {
      plan.end = null;
    }
  }
  return plan;
}

function drawChange(random: Random, at: number, months: 1 | 12): Change {
  const kinds: readonly ChangeKind[] = ['upgrade', 'downgrade', 'more-seats', 'fewer-seats', 'to-annual'];
  const kind = kinds[random.weighted(months === 1 ? [22, 12, 40, 18, 8] : [25, 10, 45, 20, 0])] ?? 'more-seats';
  const isLess = kind === 'downgrade' || kind === 'fewer-seats';
  const billing = random.chance(isLess ? 0.75 : 0.35) ? 'next-invoice' : 'at-once';
  return { kind, at, billing, seats: random.integer(1, 3) };
}
