/** The two sides of a pair by themselves: they stand again once a person says that they are not one, and are one again once that is taken back. */
import { canonicalJson } from '../audit/canonical-json.ts';
import type { WritableDatabase } from '../database/handles.ts';
import { findDiscrepancy, insertDiscrepancy, markSeenAgain, type DiscrepancyRecord } from './discrepancy.repository.ts';
import { stateOf, takeStep, type DiscrepancyWorkDependencies, type WorkAct } from './discrepancy-step.ts';
import { discrepancyIdOf } from './finding-intake.ts';
import { pairOf } from './pair-decisions.repository.ts';
import { sidesOfPair, type Finding } from './transaction-matching.ts';

type Dependencies = Pick<DiscrepancyWorkDependencies, 'clock' | 'auditLog'>;

const sidesOf = (pair: DiscrepancyRecord): Finding[] => Object.values(sidesOfPair(pairOf(pair).finding));

/** Opens both at once, not only with the next run: what was told as one pair must not fall out of sight in between. */
export function openPairSides(dependencies: Dependencies, database: WritableDatabase, act: WorkAct, pair: DiscrepancyRecord, note: string): void {
  const { lastRunId } = pair;
  for (const finding of sidesOf(pair)) {
    const id = discrepancyIdOf('transactions', finding);
    const { reason, objectId, balanceTransactionId, currency, amountMinor, occurredOn, store, stripe, other } = finding;
    const detail = canonicalJson({ store, stripe: stripe && { ...stripe }, other: other && { ...other } });
    const known = findDiscrepancy(database, id);
    const now = dependencies.clock.now();
    if (!known) {
      insertDiscrepancy(database, { id, level: 'transactions', reason, objectId, balanceTransactionId, status: 'open', assignee: null, holdUntil: null, currency, amountMinor, occurredOn, detail, firstSeenAt: now, lastSeenAt: now, lastRunId, resolvedAt: null });
      continue;
    }
    markSeenAgain(database, { id, amountMinor, detail, objectId, balanceTransactionId, currency, occurredOn, lastSeenAt: now, lastRunId });
    if (known.status === 'resolved') takeStep(dependencies, database, { ...act, id }, known, { ...stateOf(known), status: 'open', holdUntil: null, resolvedAt: null, markedAs: null }, { action: 'reopen', note: `not one with its counterpart: ${note}` });
  }
}

/** They are one again: each that is still worked on is settled. */
export function closePairSides(dependencies: Dependencies, database: WritableDatabase, act: WorkAct, pair: DiscrepancyRecord): void {
  for (const finding of sidesOf(pair)) {
    const id = discrepancyIdOf('transactions', finding);
    const known = findDiscrepancy(database, id);
    if (!known || known.status === 'resolved' || known.status === 'ignored') continue;
    takeStep(dependencies, database, { ...act, id }, known, { ...stateOf(known), status: 'resolved', holdUntil: null, resolvedAt: dependencies.clock.now() }, { action: 'resolve', note: 'one with its counterpart again' });
  }
}
