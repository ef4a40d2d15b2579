/**
 * Settling a difference in the books: adjustment and write-off, with a second person above the policy's limit, and taking them back by reversing the entry.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { JsonValue } from '../audit/canonical-json.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { createExchangeRates } from '../ledger/exchange-rates.ts';
import type { EntryReversal } from '../ledger/entry-reversal.ts';
import type { Journal } from '../ledger/journal.ts';
import { idFromKey, newId } from '../platform/ids.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import type { DiscrepancyAuthority } from './discrepancy-authority.ports.ts';
import { adjustmentAdvice, assertAdjustable, type AdjustmentAdvice } from './adjustment-advice.ts';
import { adjustmentKey, entryOfAdjustment, functionalMinorOf, writeOffOrder, type AdjustmentOrder } from './discrepancy-postings.ts';
import { nextStatus } from './discrepancy-states.ts';
import { findDiscrepancy, findHeld, findStep, lastStandingStep, type DiscrepancyRecord, type DiscrepancyWorkState, type KeptStep } from './discrepancy.repository.ts';
import { stateOf, takeStep, type WorkAct, type WorkOutcome } from './discrepancy-step.ts';
import { knownDiscrepancy, nothingToUndo, requireNote, undoNote, type DiscrepancyWork, type LinkTarget } from './discrepancy-work.ts';

export interface DiscrepancySettlementDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly journal: Journal;
  readonly auditLog: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  readonly zone: TimeZone;
  readonly authority: DiscrepancyAuthority;
  readonly work: Pick<DiscrepancyWork, 'undo' | 'link' | 'lookAtLink'>;
  readonly reversal: EntryReversal;
  /** Matches of bank lines: one that settled a difference is taken back with it. */
  readonly matches: MatchesPort;
  functionalCurrency(): string;
  /** Accounts that may be named. */
  accountCodes(): readonly string[];
  /** Sends what was posted to the sealer, where that is not this desk itself. */
  sealPosted(control: WorkControl): Promise<void>;
}

export interface MatchesPort {
  /** Whether taking it back is an accountant's: it posted a difference to an account, or paid a customer. */
  isAccountants(matchId: string): boolean;
  unmatch(matchId: string, reason: string, act: { readonly actor: string; readonly requestId: string }): Promise<unknown>;
}

export type SettlementAct = WorkAct & { readonly requestId: string };

export interface SettlementOutcome extends WorkOutcome {
  /** `requested`: above the limit; nothing is posted until a second person agrees. */
  readonly outcome: 'posted' | 'linked' | 'requested' | 'declined' | 'undone';
  readonly entryId: string | null;
}

export interface SettlementPreview {
  readonly order: AdjustmentOrder;
  /** In functional currency, minor units. */
  readonly functionalMinor: number;
  readonly limitMinor: number;
  /** Whether a second person is needed: by what is posted, or by what is settled by it. */
  readonly isAboveLimit: boolean;
}

/**
 * All throw NotFoundError `discrepancy-not-found`, StateError `discrepancy-state`, ValidationError `adjustment-invalid`, `adjustment-account-unknown`, `exchange-rate-missing`, `note-required`.
 */
export interface DiscrepancySettlement {
  /** What an adjustment is set to before a person changes it. @param bankAccountCode the ledger account of the bank whose line it is. */
  advise(id: string, bankAccountCode: string | null): AdjustmentAdvice;
  /** What posting would come to; writes nothing. @throws ValidationError `difference-not-in-books`. */
  preview(id: string, order: Omit<AdjustmentOrder, 'kind' | 'memo'> | null): SettlementPreview;
  /** @throws ValidationError `difference-not-in-books`: only the company’s own records differ. */
  adjust(act: SettlementAct & { readonly order: Omit<AdjustmentOrder, 'kind' | 'memo'>; readonly reason: string }): Promise<SettlementOutcome>;
  /** The whole difference. @throws ValidationError `nothing-to-write-off`, `difference-not-in-books`, `write-off-elsewhere`. */
  writeOff(act: SettlementAct & { readonly reason: string }): Promise<SettlementOutcome>;
  /** Settles it by what it hangs together with; where the amounts do not explain it and it is above the limit, a second person is asked. @throws as {@link DiscrepancyWork.link}; StateError `adjustment-requested-already`. */
  link(act: SettlementAct & { readonly target: LinkTarget; readonly note: string }): SettlementOutcome;
  /** By another person than the one who asked. @throws StateError `adjustment-request-unknown`; as {@link DiscrepancyAuthority.decide}. */
  decide(act: SettlementAct & { readonly isApproved: boolean; readonly note: string | null }): Promise<SettlementOutcome>;
  /** Whether taking back the newest step is an accountant's. */
  isUndoAccountants(id: string): boolean;
  /** Takes back the newest step; of one that posted, the entry is reversed first; of a match of bank lines, the match. @throws as {@link DiscrepancyWork.undo}; as {@link EntryReversal.reverse}. */
  undo(act: SettlementAct): Promise<SettlementOutcome>;
}

export function createDiscrepancySettlement(dependencies: DiscrepancySettlementDependencies): DiscrepancySettlement {
  const { readable, unitOfWork, journal, clock, zone, authority } = dependencies;

  function draft(discrepancyId: string, stepId: string, order: AdjustmentOrder) {
    const known = dependencies.accountCodes();
    for (const code of [order.debitAccount, order.creditAccount]) {
      if (!known.includes(code)) throw new ValidationError('adjustment-account-unknown', `There is no account ${code}.`, { data: { code }, nextStep: 'Choose an account of the chart.' });
    }
    const entryDate = zone.dateOf(clock.now());
    const functionalCurrency = dependencies.functionalCurrency();
    return entryOfAdjustment(order, { key: adjustmentKey(discrepancyId, stepId), discrepancyId, entryDate, functionalCurrency, rateOf: createExchangeRates(readable, functionalCurrency).ratesOn(entryDate) });
  }

  /**
   * Whether a second person is needed: for what is posted, and for what is settled by it. An adjustment of a cent would otherwise settle a difference of any size. An amount whose rate nobody knows is a large one.
   * @throws as {@link draft} of the order itself.
   */
  function isLarge(record: DiscrepancyRecord, order: AdjustmentOrder): boolean {
    const limitMinor = authority.policy().adjustmentLimitMinor;
    return functionalMinorOf(draft(record.id, 'preview', order)) > limitMinor || isLargeDifference(record, order);
  }

  /** @param accounts any two: only the amount is asked about. */
  function isLargeDifference(record: DiscrepancyRecord, accounts: Pick<AdjustmentOrder, 'debitAccount' | 'creditAccount'>): boolean {
    if (record.amountMinor === 0) return false;
    const order: AdjustmentOrder = { kind: 'post-adjustment', debitAccount: accounts.debitAccount, creditAccount: accounts.creditAccount, amountMinor: Math.abs(record.amountMinor), currency: record.currency, memo: '' };
    try {
      return functionalMinorOf(draft(record.id, 'preview', order)) > authority.policy().adjustmentLimitMinor;
    } catch (error) {
      if (error instanceof ValidationError && error.code === 'exchange-rate-missing') return true;
      throw error;
    }
  }

  function post(database: WritableDatabase, act: WorkAct, before: DiscrepancyRecord, order: AdjustmentOrder, words: { readonly action: string; readonly note: string | null; readonly extra?: Record<string, string> }): string {
    const entry = draft(act.id, newId(), order);
    journal.post(database, [entry]);
    const after: DiscrepancyWorkState = {
      ...stateOf(before), status: nextStatus(before.status, order.kind), holdUntil: null, resolvedAt: clock.now(), markedAs: order.kind === 'write-off' ? 'written-off' : 'adjusted', openRequest: null,
    };
    takeStep(dependencies, database, act, before, after, { action: words.action, note: words.note, body: { entryKey: entry.key, entryId: idFromKey(entry.key), ...bodyOf(order), ...words.extra } });
    return idFromKey(entry.key);
  }

  async function settle(act: SettlementAct, orderOf: (record: DiscrepancyRecord) => AdjustmentOrder, reason: string): Promise<SettlementOutcome> {
    const note = requireNote(reason);
    const outcome = unitOfWork.run('discrepancy.settle', (database): SettlementOutcome => {
      const before = knownDiscrepancy(database, act.id);
      const order = orderOf(before);
      nextStatus(before.status, order.kind);
      const isAboveLimit = isLarge(before, order);
      if (isAboveLimit && authority.fourEyes === 'on') {
        return requestWithin(database, act, before, bodyOf(order), note);
      }
      const entryId = post(database, act, before, order, { action: order.kind, note, ...(isAboveLimit ? { extra: { fourEyes: 'off' } } : {}) });
      return { id: act.id, status: 'resolved', outcome: 'posted', entryId };
    });
    if (outcome.outcome === 'posted') await dependencies.sealPosted(unattended);
    return outcome;
  }

  function requestWithin(database: WritableDatabase, act: WorkAct, before: DiscrepancyRecord, body: Readonly<Record<string, JsonValue>>, note: string): SettlementOutcome {
    if (before.openRequest !== null) throw new StateError('adjustment-requested-already', 'A second person is asked already. Nothing was posted.', { data: { id: act.id }, nextStep: 'Wait for the answer, or take the request back.' });
    const { id, status } = takeStep(dependencies, database, act, before, { ...stateOf(before), openRequest: act.requestId ?? null }, { action: 'request-adjustment', note, body });
    return { id, status, outcome: 'requested', entryId: null };
  }

  /** The step that asked: the newest request of this difference that its open request names. */
  function openRequestOf(record: DiscrepancyRecord): { readonly step: KeptStep; readonly asked: AdjustmentOrder | LinkRequest } {
    const step = lastStandingStep(readable, record.id);
    if (record.openRequest === null || step?.action !== 'request-adjustment') throw new StateError('adjustment-request-unknown', 'Nobody asks for an adjustment of this difference.', { data: { id: record.id }, nextStep: 'Look at its history.' });
    return { step, asked: JSON.parse(step.body ?? '{}') as AdjustmentOrder | LinkRequest };
  }

  function known(id: string): DiscrepancyRecord {
    const record = findDiscrepancy(readable, id);
    if (!record) throw new ValidationError('discrepancy-not-found', 'This difference is not known here.', { data: { id }, nextStep: 'Run the reconciliation again.' });
    return record;
  }

  return {
    advise(id, bankAccountCode) {
      const record = known(id);
      return adjustmentAdvice(record, { held: () => findHeld(readable, record.balanceTransactionId), bankAccountCode });
    },
    preview(id, given) {
      const record = known(id);
      if (given !== null) assertAdjustable(record);
      const order: AdjustmentOrder = given === null ? orderOfWriteOff(readable, record, '') : { ...given, kind: 'post-adjustment', memo: '' };
      const functionalMinor = functionalMinorOf(draft(id, 'preview', order));
      const limitMinor = authority.policy().adjustmentLimitMinor;
      return { order, functionalMinor, limitMinor, isAboveLimit: isLarge(record, order) };
    },
    adjust: (act) => settle(act, (record) => { assertAdjustable(record); return { ...act.order, kind: 'post-adjustment', memo: `Adjustment for ${record.objectId} (${record.reason}): ${act.reason.trim()}` }; }, act.reason),
    writeOff: (act) => settle(act, (record) => orderOfWriteOff(readable, record, act.reason.trim()), act.reason),
    link: (act) =>
      unitOfWork.run('discrepancy.settle', (database): SettlementOutcome => {
        const note = requireNote(act.note);
        const before = knownDiscrepancy(database, act.id);
        nextStatus(before.status, 'link');
        const { target, isExplained } = dependencies.work.lookAtLink(act.id, act.target);
        const isAlone = !isExplained && isLargeDifference(before, { debitAccount: accountCodes.stripeClearing, creditAccount: accountCodes.suspense });
        if (isAlone && authority.fourEyes === 'on') return requestWithin(database, act, before, { kind: 'link', target: { ...target } }, note);
        return { ...dependencies.work.link({ ...act, target, note, isAlone }), outcome: 'linked', entryId: null };
      }),
    async decide(act) {
      const record = known(act.id);
      const { step, asked } = openRequestOf(record);
      if (act.isApproved && asked.kind === 'link') dependencies.work.lookAtLink(act.id, asked.target); // refused before anybody has decided
      await authority.decide({ discrepancyId: act.id, requestStepId: step.id, isApproved: act.isApproved, note: act.note, requestId: act.requestId });
      const outcome = unitOfWork.run('discrepancy.decide', (database): SettlementOutcome => {
        const before = knownDiscrepancy(database, act.id);
        if (!act.isApproved) {
          const { id, status } = takeStep(dependencies, database, act, before, { ...stateOf(before), openRequest: null }, { action: 'decline-adjustment', note: act.note, body: { request: step.id } });
          return { id, status, outcome: 'declined', entryId: null };
        }
        const answer = { request: step.id, requestedBy: step.actor };
        if (asked.kind === 'link') return { ...dependencies.work.link({ ...act, target: asked.target, note: act.note?.trim() || `asked by ${step.actor}: ${step.note ?? ''}`, agreed: answer }), outcome: 'linked', entryId: null };
        const words = { action: 'approve-adjustment', note: act.note ?? `asked by ${step.actor}`, extra: answer };
        return { id: act.id, status: 'resolved', outcome: 'posted', entryId: post(database, act, before, asked, words) };
      });
      if (outcome.outcome === 'posted') await dependencies.sealPosted(unattended);
      return outcome;
    },
    isUndoAccountants(id) {
      const matchId = matchIn(lastStandingStep(readable, id));
      return matchId !== undefined && dependencies.matches.isAccountants(matchId);
    },
    async undo(act) {
      const step = lastStandingStep(readable, act.id);
      const matchId = matchIn(step);
      if (matchId !== undefined) {
        await dependencies.matches.unmatch(matchId, 'Taken back at the difference it had settled.', act);
        await dependencies.sealPosted(unattended);
        return { id: act.id, status: findDiscrepancy(readable, act.id)?.status ?? 'open', outcome: 'undone', entryId: null };
      }
      const entryId = step?.body == null ? undefined : (JSON.parse(step.body) as { entryId?: string }).entryId;
      if (step === undefined || entryId === undefined) return { ...dependencies.work.undo(act), outcome: 'undone', entryId: null };
      const reversed = await dependencies.reversal.reverse(entryId, `${undoNote(step.action)} (difference ${act.id})`, { actor: act.actor, requestId: act.requestId });
      return unitOfWork.run('discrepancy.undo-posting', (database): SettlementOutcome => {
        const before = knownDiscrepancy(database, act.id);
        const fresh = findStep(database, step.id);
        if (!fresh?.before || lastStandingStep(database, act.id)?.id !== step.id) throw nothingToUndo(act.id);
        // A request that was approved is not open again: who wants the adjustment after all asks anew.
        const stood = { ...(JSON.parse(fresh.before) as DiscrepancyWorkState), openRequest: null };
        const { id, status } = takeStep(dependencies, database, act, before, stood, { action: 'undo', note: undoNote(step.action), body: { reversedEntry: entryId, reversal: reversed.id }, undoes: step.id });
        return { id, status, outcome: 'undone', entryId: reversed.id };
      });
    },
  };
}

const matchIn = (step: KeptStep | undefined): string | undefined => (step?.action === 'match' ? (JSON.parse(step.body ?? '{}') as { readonly matchId?: string }).matchId : undefined);

/** A request that posts nothing. */
interface LinkRequest {
  readonly kind: 'link';
  readonly target: LinkTarget;
}

const orderOfWriteOff = (readable: ReadableDatabase, record: DiscrepancyRecord, reason: string): AdjustmentOrder => writeOffOrder(record, reason, () => findHeld(readable, record.balanceTransactionId));

const bodyOf = ({ kind, debitAccount, creditAccount, amountMinor, currency, memo }: AdjustmentOrder): Record<string, string | number> => ({ kind, debitAccount, creditAccount, amountMinor, currency, memo });
