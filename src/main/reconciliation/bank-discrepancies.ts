/**
 * What a match of bank lines does to the differences of the bank level, in the match's own transaction: it settles those about its lines and what they were matched with, and taking it back puts
 * them as they stood. What it leaves on suspense is a difference from then on, until it is taken back. The next run says the same.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';
import { suspendedRest, unmatchedLine, type BankLineLeft, type SuspendedRest } from './bank-reconciliation.ts';
import { fitsStatus } from './discrepancy-states.ts';
import { findDiscrepancy, insertDiscrepancy, isFoundByRuns, lastStandingStep, listOpenDiffering, type DiscrepancyRecord, type DiscrepancyWorkState } from './discrepancy.repository.ts';
import { stateOf, takeStep, type WorkAct } from './discrepancy-step.ts';
import { discrepancyIdOf, programActor } from './finding-intake.ts';
import type { Finding } from './transaction-matching.ts';

export interface MatchOfLines {
  readonly matchId: string;
  readonly lines: readonly BankLineLeft[];
  /** Payouts, invoices and whatever else the lines were matched with. */
  readonly objectIds: readonly string[];
  /** In a few words, for the story. */
  readonly with: string;
}

export interface BankDiscrepancies {
  /** @param idsOf the objects that go by a label: a line may name another one than it was matched with. */
  settleMatched(database: WritableDatabase, match: MatchOfLines & { readonly suspended: SuspendedRest | undefined }, act: Omit<WorkAct, 'id'>, idsOf: (label: string) => readonly string[]): void;
  /** The lines are open again: what the match settled stands as before it; a line of which nothing was known is a difference from now on. */
  reopenUnmatched(database: WritableDatabase, match: MatchOfLines, reason: string, act: Omit<WorkAct, 'id'>): void;
  /** Whether an adjustment or a write-off of what the match left on suspense stands: taking the match back would leave it alone there. */
  isRestBooked(database: ReadableDatabase, matchId: string): boolean;
}

export function createBankDiscrepancies(dependencies: { readonly clock: Clock; readonly auditLog: Pick<AuditLog, 'append'> }): BankDiscrepancies {
  const { clock } = dependencies;

  function settle(database: WritableDatabase, id: string, act: Omit<WorkAct, 'id'>, words: { readonly action: string; readonly note: string; readonly matchId: string; readonly isFinal?: boolean }): void {
    const known = findDiscrepancy(database, id);
    if (!known || !fitsStatus(known.status, 'resolve')) return;
    takeStep(dependencies, database, { ...act, id }, known, { ...stateOf(known), status: 'resolved', holdUntil: null, markedAs: null, openRequest: null, resolvedAt: clock.now() }, { action: words.action, note: words.note, body: { matchId: words.matchId }, isFinal: words.isFinal ?? false });
  }

  /** @returns whether the match had settled it. */
  function restore(database: WritableDatabase, id: string, matchId: string, note: string, act: Omit<WorkAct, 'id'>): boolean {
    const step = lastStandingStep(database, id);
    const known = step?.action === 'match' && matchOf(step.body) === matchId ? findDiscrepancy(database, id) : undefined;
    if (!known || !step?.before) return false;
    takeStep(dependencies, database, { ...act, id }, known, JSON.parse(step.before) as DiscrepancyWorkState, { action: 'unmatch', note, body: { matchId }, undoes: step.id });
    return true;
  }

  /** What nothing else tells of: known and settled by a run alone it opens again, else it is new. What a person said of it stands. */
  function open(database: WritableDatabase, finding: Finding, note: string, act: Omit<WorkAct, 'id'>): void {
    const id = discrepancyIdOf('bank', finding);
    const known = findDiscrepancy(database, id);
    if (known) {
      if (known.status === 'resolved' && isSettledByRun(database, known)) takeStep(dependencies, database, { ...act, id }, known, { ...stateOf(known), status: 'open', holdUntil: null, markedAs: null, resolvedAt: null }, { action: 'reopen', note });
      return;
    }
    if (!isFoundByRuns(database, 'bank')) return; // nobody reconciles the bank yet
    const { reason, objectId, balanceTransactionId, currency, amountMinor, occurredOn, store, stripe, other } = finding;
    const now = clock.now();
    insertDiscrepancy(database, {
      id, level: 'bank', reason, objectId, balanceTransactionId, status: 'open', assignee: null, holdUntil: null, currency, amountMinor, occurredOn, detail: canonicalJson({ store, stripe: stripe && { ...stripe }, other: other && { ...other } }), firstSeenAt: now, lastSeenAt: now, lastRunId: null, resolvedAt: null,
    });
  }

  return {
    settleMatched(database, match, act, idsOf) {
      const { matchId, lines, objectIds } = match;
      const named = listOpenDiffering(database, [...new Set(lines.map((line) => line.bookedOn))]).flatMap((label) => [label, ...idsOf(label)]);
      const words = { action: 'match', note: `matched with ${match.with}`, matchId };
      for (const id of new Set([...idsAbout(lines, objectIds), ...differingIds(lines, named)])) settle(database, id, act, words);
      if (match.suspended) open(database, suspendedRest(match.suspended), words.note, act);
    },
    reopenUnmatched(database, match, reason, act) {
      const { matchId, lines, objectIds } = match;
      const note = `unmatched: ${reason.trim()}`;
      settle(database, restIdOf(matchId), act, { action: 'resolve', note, matchId, isFinal: true });
      const told = new Set<string>();
      for (const line of lines) {
        const own = [discrepancyIdOf('bank', unmatchedLine(line)), ...differingIds([line], objectIds)];
        if (own.filter((id) => restore(database, id, matchId, note, act)).length > 0) told.add(line.id);
      }
      for (const id of payoutIds(objectIds)) restore(database, id, matchId, note, act);
      for (const line of lines) if (!told.has(line.id)) open(database, unmatchedLine(line), note, act);
    },
    isRestBooked(database, matchId) {
      const rest = findDiscrepancy(database, restIdOf(matchId));
      return rest?.status === 'resolved' && (rest.markedAs === 'adjusted' || rest.markedAs === 'written-off');
    },
  };
}

const matchOf = (body: string | null): string | undefined => (JSON.parse(body ?? '{}') as { readonly matchId?: string }).matchId;
const isSettledByRun = (database: ReadableDatabase, known: DiscrepancyRecord): boolean => known.markedAs === null && (lastStandingStep(database, known.id)?.actor ?? programActor) === programActor;

const restIdOf = (matchId: string): string => discrepancyIdOf('bank', { reason: 'bank-residual', subjectIds: [matchId] });
const payoutIds = (objectIds: readonly string[]): string[] => objectIds.map((id) => discrepancyIdOf('bank', { reason: 'payout-without-bank-line', subjectIds: [id] }));
const differingIds = (lines: readonly BankLineLeft[], objectIds: readonly string[]): string[] => objectIds.flatMap((objectId) => lines.map((line) => discrepancyIdOf('bank', { reason: 'amount-differs', subjectIds: [objectId, line.id] })));
/** The ids every desk gives the differences that may be about these lines and objects. */
const idsAbout = (lines: readonly BankLineLeft[], objectIds: readonly string[]): string[] => [...lines.map((line) => discrepancyIdOf('bank', unmatchedLine(line))), ...payoutIds(objectIds), ...differingIds(lines, objectIds)];
