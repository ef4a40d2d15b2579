/**
 * How matches end: taken back by a person, or overruled by the shared books, where another desk was quicker or took the arrival back. Either way the entries are reversed, what
 * receivables wrote is taken back, lines and objects are open again, and the match keeps its row.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { NotFoundError, StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { reversalOf, type JournalEntryDraft } from '../ledger/journal-entry.ts';
import { raiseReview, settleInputChanged } from '../ledger/review-items.ts';
import { idFromKey } from '../platform/ids.ts';
import { isActReversed } from './bank-candidate.repository.ts';
import { endStandingMatch, findLine, findMatch, freeActs, holdActs, listLineIds, listPartsOf, listPaymentsOf, listOverruled, listReceiptsOf, type HeldKind, type OverruledArrival, type StandingMatch } from './bank-match.repository.ts';
import type { BankAct, BankAuditPort, BankDifferencesPort, BankJournalPort, CustomerPaymentsPort, ReceiptsPort, SealedEntriesPort } from './banking.ports.ts';

export interface MatchEndingsDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly journal: BankJournalPort;
  readonly entries: SealedEntriesPort;
  readonly receipts: ReceiptsPort;
  readonly payments: CustomerPaymentsPort;
  readonly audit: BankAuditPort;
  readonly differences: BankDifferencesPort;
  readonly clock: Clock;
}

export interface EndedMatch {
  readonly matchId: string;
  readonly lineIds: readonly string[];
  readonly receiptIds: readonly string[];
}

export interface OverruledMatch extends EndedMatch {
  readonly payoutId: string;
  /** In a sentence. */
  readonly because: string;
}

export interface MatchEndings {
  /** @throws NotFoundError `bank-match-not-found`; StateError `bank-match-ended`, `entry-not-sealed`, `bank-rest-booked`. */
  unmatch(matchId: string, reason: string, act: BankAct): Promise<EndedMatch>;
  /** Ends what the shared books overrule, each with a review item. One whose other entries wait for their seal ends after the exchange that seals them. */
  endOverruled(actor: string): Promise<OverruledMatch[]>;
}

export function createMatchEndings({ readable, unitOfWork, journal, entries, receipts, payments, audit, differences, clock }: MatchEndingsDependencies): MatchEndings {
  const isWaiting = (match: StandingMatch): boolean => match.entryKeys.some((key) => entries.isPending(readable, idFromKey(key)));

  /**
   * Of what this desk posted for the match, each dated as what it takes back: by the end of its month the account is as the bank says, whatever is matched instead. Where that month is closed
   * meanwhile the sealer gives it its day.
   * @param lost keys that were sealed for another desk, or reversed by somebody.
   */
  function reversals(database: ReadableDatabase, match: StandingMatch, lost: ReadonlySet<string>, reason: string): JournalEntryDraft[] {
    return match.entryKeys.flatMap((key) => {
      const id = idFromKey(key);
      const original = lost.has(key) || entries.reversalOf(database, id) !== undefined ? undefined : entries.sealed(database, id);
      if (!original) return [];
      const reversal = reversalOf(original, id, { key: `${key}/reversal`, entryDate: original.entryDate, kind: 'reversal', memo: `Reversal of ${original.kind}: ${reason.trim()}` });
      return [original.concernsMonth === undefined ? reversal : { ...reversal, concernsMonth: original.concernsMonth }];
    });
  }

  /** What the match recorded with receivables: it is let go of first, as what is on a statement is not taken back. What cannot be is held again, and the match stands. */
  async function takeActsBack(matchId: string, kind: HeldKind, actIds: readonly string[], takeBack: (actId: string) => Promise<void>): Promise<void> {
    const standing = actIds.filter((actId) => !isActReversed(readable, actId));
    if (standing.length === 0) return;
    unitOfWork.run('bank.free-acts', (database) => freeActs(database, matchId, kind, standing));
    try {
      for (const actId of standing) await takeBack(actId);
    } catch (error) {
      unitOfWork.run('bank.hold-acts', (database) => holdActs(database, matchId, kind, standing.filter((actId) => !isActReversed(database, actId))));
      throw error;
    }
  }

  async function end(match: StandingMatch, lost: ReadonlySet<string>, ending: { readonly action: string; readonly reason: string }, act: BankAct, also: (database: WritableDatabase, lineIds: readonly string[]) => void = () => {}): Promise<EndedMatch> {
    const receiptIds = listReceiptsOf(readable, match.id);
    await takeActsBack(match.id, 'receipt', receiptIds, (receiptId) => receipts.takeBack(receiptId, ending.reason, act));
    await takeActsBack(match.id, 'repayment', listPaymentsOf(readable, match.id), (actId) => payments.takeBack(actId, ending.reason, act));
    const lineIds = unitOfWork.run(`bank.${ending.action}`, (database) => {
      const freed = listLineIds(database, match.id);
      const lines = freed.flatMap((id) => findLine(database, id) ?? []);
      const parts = listPartsOf(database, match.id);
      endStandingMatch(database, match.id, clock.now(), act.actor, ending.reason);
      journal.post(database, reversals(database, match, lost, ending.reason));
      audit.append(database, { entity: 'bank-match', entityId: match.id, action: ending.action, actor: act.actor, requestId: act.requestId, diff: { reason: ending.reason.trim(), lines: freed } });
      differences.reopenUnmatched(database, { matchId: match.id, lines, objectIds: parts.map(({ objectId }) => objectId), with: parts.map(({ label }) => label).join(', ') }, ending.reason, act);
      also(database, freed);
      return freed;
    });
    return { matchId: match.id, lineIds, receiptIds };
  }

  async function endOne(match: StandingMatch, overruled: readonly OverruledArrival[], actor: string): Promise<OverruledMatch> {
    const [first] = overruled;
    const payoutId = first?.payoutId ?? '';
    const because = first?.isOther ? `Another desk has said of the payout ${payoutId} with which bank lines it arrived, and was first.` : `The arrival of the payout ${payoutId} was taken back at another desk.`;
    const lost = new Set(overruled.map(({ key }) => key));
    const ended = await end(match, lost, { action: 'overrule', reason: because }, { actor, requestId: idFromKey(`bank-match/${match.id}/overruled`) }, (database) => {
      // This says more than what the exchange says of each entry.
      for (const { key, hash, isOther } of overruled) if (isOther) settleInputChanged(database, key, hash, clock.now());
      raiseReview(database, { code: 'bank-match-overruled', subjectType: 'bank-match', subjectId: match.id, message: `${because} The match of this desk was taken back; its bank lines are open again.`, data: { payoutId, matchId: match.id } }, clock.now());
    });
    return { ...ended, payoutId, because };
  }

  return {
    async unmatch(matchId, reason, act) {
      const match = findMatch(readable, matchId);
      if (!match) throw new NotFoundError('bank-match-not-found', 'This desk has no such match: it may have been made on another desk. Nothing was changed.', { nextStep: 'Look at the line again; a match is taken back on the desk that made it.' });
      if (match.unmatchedAt !== null) throw new StateError('bank-match-ended', 'This match was taken back already.', { nextStep: 'Look at the line again.' });
      if (isWaiting(match)) throw new StateError('entry-not-sealed', 'An entry of the match waits for its seal; only a sealed entry can be reversed. Nothing was changed.', { nextStep: 'Sync the shared database, then take it back.' });
      if (differences.isRestBooked(readable, matchId)) throw new StateError('bank-rest-booked', 'What the match left on suspense was booked elsewhere since, by the difference it had opened. Nothing was changed.', { nextStep: 'Undo that difference first, which reverses its entry; then take the match back.' });
      // What another desk was first to say is not this desk's to reverse.
      const foreign = new Set(listOverruled(readable).filter((one) => one.matchId === matchId && one.isOther).map(({ key }) => key));
      return end(match, foreign, { action: 'unmatch', reason }, act);
    },
    async endOverruled(actor) {
      const ended: OverruledMatch[] = [];
      for (const [matchId, overruled] of Map.groupBy(listOverruled(readable), (one) => one.matchId)) {
        const match = findMatch(readable, matchId);
        if (match && !isWaiting(match)) ended.push(await endOne(match, overruled, actor));
      }
      return ended;
    },
  };
}

/** The input hashes of entries in the books or waiting for their seal, in the order of their keys. */
export const hashesOf = (database: ReadableDatabase, entries: Pick<SealedEntriesPort, 'inputHash'>, keys: readonly string[]): string[] => keys.map((key) => entries.inputHash(database, idFromKey(key)) ?? '');
