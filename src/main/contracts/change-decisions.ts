/**
 * What people decide on edits: a conflict, a second person's word, taking an edit back. Decided in the shared database alone, so only while it is reached; a desk of its
 * own decides by its twin. Shown in money terms: what last month would have come to under each version (domain.md §5).
 */
import type { z } from 'zod';
import type { approvalSchema, conflictSchema } from '../../shared/api/changes.contract.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { assertComplete, type LocalChanges } from './local-changes.ts';
import type { Choice } from './change-evaluation.ts';
import { recordOutboxAnswer } from './change-outbox.repository.ts';
import { deletedColumn } from './change-merge.ts';
import type { ChangeAuditPort, ContractChanges } from './contract-changes.ts';
import type { ChangeView } from './contract-changes.ports.ts';
import type { MergedEntity } from './contract-fields.ts';
import type { RecordValues } from './contract-values.ts';
import { toApprovalRow, toChangeView, toClashViews, toConflictRow, valuesOfSide, type ApprovalRow, type ConflictRow } from './change-views.ts';
import { findEffectiveFields, findKnownApproval, findKnownChange, findKnownConflict, listKnownApprovals, listKnownConflicts, type ApprovalState, type KnownApproval, type KnownConflict, type ListWindow } from './known-changes.repository.ts';
import { findRecord, listAmendmentsOf } from './contract-records.repository.ts';
import { findStandingRecord } from './local-changes.repository.ts';
import type { ChangeAnswer, SharedChanges } from './shared-changes.ports.ts';

export type ConflictView = z.infer<typeof conflictSchema>;
export type ApprovalView = z.infer<typeof approvalSchema>;
type Billed = NonNullable<ConflictView['billed']['base']>;

/** What a month would have come to under a record's values, the last whole one unless named. Implemented by contract-previews.ts. */
export interface BilledUnderPort {
  billedUnder(record: { readonly entity: MergedEntity; readonly id: string; readonly values: RecordValues }): Billed;
}

/** Who decides, and the command it belongs to: the shared database knows a repeated one by it. */
export interface DecisionAct {
  readonly actor: string;
  readonly requestId: string;
}

export interface ChangeDecisions {
  /** @throws NotFoundError `conflict-not-found`. */
  conflict(id: string): ConflictView;
  listConflicts(state: 'open' | 'resolved' | undefined, window: ListWindow): { readonly rows: ConflictRow[]; readonly total: number };
  /** @throws NotFoundError `approval-not-found`. */
  approval(id: string, user: string): ApprovalView;
  listApprovals(state: ApprovalState | undefined, window: ListWindow, user: string): { readonly rows: ApprovalRow[]; readonly total: number };
  /** @throws ValidationError `resolution-incomplete`; what the shared database refuses; ProviderError `postgres-unreachable`. */
  resolve(id: string, choices: Readonly<Record<string, Choice>>, reason: string, act: DecisionAct): Promise<ConflictView>;
  /** @throws ValidationError `second-person-needed`, `approval-decided`; StateError `four-eyes-off` on a desk of its own. */
  decide(id: string, decision: 'approve' | 'reject', comment: string, act: DecisionAct): Promise<ApprovalView>;
  /** @throws StateError `change-final`; ValidationError `not-the-author`. */
  withdraw(id: string, reason: string, act: DecisionAct): Promise<ChangeView>;
}

export interface ChangeDecisionsDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly audit: ChangeAuditPort;
  readonly clock: Clock;
  readonly changes: ContractChanges;
  readonly billing: BilledUnderPort;
  /** Exactly one of the two decides. */
  readonly shared: SharedChanges | null;
  readonly twin: LocalChanges | null;
  /** Brings what was decided to this desk; its failure does not undo the decision. */
  readonly bringHome: () => Promise<void>;
}

export function createChangeDecisions(dependencies: ChangeDecisionsDependencies): ChangeDecisions {
  const { readable, unitOfWork, audit, clock, changes, billing, shared } = dependencies;

  function mustFindConflict(id: string): KnownConflict {
    const found = findKnownConflict(readable, id);
    if (!found) throw new NotFoundError('conflict-not-found', 'This conflict is not known here.', { data: { id }, nextStep: 'Sync with the shared database, or look at the list of conflicts.' });
    return found;
  }

  function mustFindApproval(id: string): KnownApproval {
    const found = findKnownApproval(readable, id);
    if (!found) throw new NotFoundError('approval-not-found', 'This request for approval is not known here.', { data: { id }, nextStep: 'Sync with the shared database, or look at the list of approvals.' });
    return found;
  }

  function changeOf(id: string): ChangeView {
    const change = findKnownChange(readable, id);
    if (!change) throw new NotFoundError('change-not-found', 'The change behind it is not known here yet.', { data: { id }, nextStep: 'Sync with the shared database.' });
    return toChangeView(readable, change);
  }

  function conflict(id: string): ConflictView {
    const found = mustFindConflict(id);
    const { entity, entityId, fields, kept } = found;
    const standing = findStandingRecord(readable, entity, entityId)?.values ?? {};
    const change = changeOf(found.changeId);
    // What else the edit changes comes with its side: it takes effect when that is kept.
    const besides = Object.fromEntries(Object.entries(findEffectiveFields(readable, found.changeId)?.fields ?? {}).filter(([column]) => !fields.some((field) => field.column === column)).map(([column, { to }]) => [column, to]));
    const side = (of: 'base' | 'mine' | 'theirs'): Billed | null => {
      const isGone = fields.some((field) => field.column === deletedColumn && field[of] === true);
      const values = { ...valuesOfSide(standing, fields, of), ...(of === 'mine' ? besides : {}) };
      return isGone || (of === 'base' && change.operation === 'create') ? null : billing.billedUnder({ entity, id: entityId, values });
    };
    return {
      ...toConflictRow(readable, found), change, theirVersion: found.theirVersion, theirAuthor: found.theirAuthor, theirReason: found.theirReason, fields: toClashViews(entity, fields),
      billed: { base: side('base'), mine: side('mine'), theirs: side('theirs') },
      resolution: kept === null || found.resolvedBy === null || found.resolvedAt === null ? null : { by: found.resolvedBy, at: found.resolvedAt, reason: found.resolutionReason ?? '', kept: Object.fromEntries(Object.entries(kept).map(([column, { keep }]) => [column, keep])) },
    };
  }

  function approval(id: string, user: string): ApprovalView {
    const found = mustFindApproval(id);
    const { entity, entityId } = found;
    const change = changeOf(found.changeId);
    const standing = findStandingRecord(readable, entity, entityId);
    const effective = findEffectiveFields(readable, found.changeId);
    const fields = Object.entries(effective?.fields ?? {});
    const wanted = Object.fromEntries(fields.map(([column, { to }]) => [column, to]));
    const operation = effective?.operation ?? change.operation;
    // Once it was decided the record stands otherwise, by this change or by later ones: it is told by what the change replaced.
    const replaced = found.state === 'requested' ? {} : Object.fromEntries(fields.map(([column, { from }]) => [column, from]));
    const stood = operation !== 'create' && standing !== null && (found.state !== 'requested' || !standing.isDeleted);
    return {
      ...toApprovalRow(readable, found, user), change,
      billed: {
        before: stood ? billing.billedUnder({ entity, id: entityId, values: { ...standing.values, ...replaced } }) : entity === 'amendment' && operation === 'create' ? followedBilled(wanted) : null,
        after: operation === 'delete' ? null : billing.billedUnder({ entity, id: entityId, values: { ...standing?.values, ...wanted } }),
      },
    };
  }

  /** Of a new amendment: what the terms it takes the place of would have come to, those of the day before it. */
  function followedBilled(wanted: RecordValues): Billed | null {
    const contract = findRecord(readable, 'contract', String(wanted['contract_id']));
    if (!contract) return null;
    const followed = listAmendmentsOf(readable, contract.id).findLast((amendment) => String(amendment.values['effective_from']) < String(wanted['effective_from']));
    return billing.billedUnder(followed ? { entity: 'amendment', id: followed.id, values: followed.values } : { entity: 'contract', id: contract.id, values: contract.values });
  }

  /** The shared database has spoken: what this desk has in its outbox follows, and the rest comes by the feed. */
  async function takeHome(answer: ChangeAnswer): Promise<void> {
    changes.takeAnswer(answer.changeId, answer);
    await dependencies.bringHome();
  }

  function record(entry: { entity: MergedEntity; entityId: string; action: string; diff: Readonly<Record<string, string | null>> }, act: DecisionAct): void {
    unitOfWork.run('changes.record-decision', (database) => audit.append(database, { ...entry, actor: act.actor, requestId: act.requestId }));
  }

  return {
    conflict, approval,
    listConflicts(state, window) {
      const { rows, total } = listKnownConflicts(readable, state, window);
      return { rows: rows.map((row) => toConflictRow(readable, row)), total };
    },
    listApprovals(state, window, user) {
      const { rows, total } = listKnownApprovals(readable, state, window);
      return { rows: rows.map((row) => toApprovalRow(readable, row, user)), total };
    },
    async resolve(id, choices, reason, act) {
      const { fields, entity, entityId, changeId } = mustFindConflict(id);
      assertComplete(fields.map((field) => field.column), choices);
      const { twin } = dependencies;
      if (twin) {
        unitOfWork.run('changes.resolve', (database) => {
          const resolved = twin.resolve(database, id, choices, reason, act.actor);
          recordOutboxAnswer(database, resolved.changeId, resolved.answer, clock.now());
          audit.append(database, { entity, entityId, action: 'resolve-conflict', actor: act.actor, requestId: act.requestId, diff: { change: changeId, conflict: id, reason, fourEyes: 'off' } });
        });
      } else if (shared) {
        await takeHome(await shared.resolve(id, choices, reason, act.requestId));
        record({ entity, entityId, action: 'resolve-conflict', diff: { change: changeId, conflict: id, reason } }, act);
      }
      return conflict(id);
    },
    async decide(id, decision, comment, act) {
      if (!shared) throw new StateError('four-eyes-off', 'On a desk without a shared database edits take effect at once: there is nothing to approve.', { nextStep: 'Connect a shared database to have a second person approve edits.' });
      const { entity, entityId, changeId } = mustFindApproval(id);
      await takeHome(await shared.decide(id, decision, comment, act.requestId));
      record({ entity, entityId, action: `${decision}-change`, diff: { change: changeId, approval: id, comment } }, act);
      return approval(id, act.actor);
    },
    async withdraw(id, reason, act) {
      if (changes.withdrawHere(id, reason, act) || !shared) return changes.find(id);
      const { entity, entityId } = changes.find(id);
      try {
        await takeHome(await shared.withdraw(id, reason, act.requestId));
      } catch (error) {
        // It was tried and never arrived: nobody else knows it.
        if (!(error instanceof ValidationError) || error.code !== 'change-not-found') throw error;
        changes.takeAnswer(id, { state: 'withdrawn', resultVersion: null, conflictId: null, approvalId: null, errorCode: null, errorMessage: null });
      }
      record({ entity, entityId, action: 'withdraw-edit', diff: { change: id, reason } }, act);
      return changes.find(id);
    },
  };
}
