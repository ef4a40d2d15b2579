/**
 * One act on many differences: previewed first, then each by itself inside one transaction, so that one that cannot be changed does not stop the others.
 */
import type { BulkAct } from '../../shared/api/workbench.contract.ts';
import { DaybookError } from '../../shared/errors/errors.ts';
import { addMinorUnits } from '../../shared/money/money.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { WorkAct, WorkOutcome } from './discrepancy-step.ts';
import type { DiscrepancyWork } from './discrepancy-work.ts';
import { fitsStatus, type DiscrepancyStatus } from './discrepancy-states.ts';
import { shownMinorOf } from './shown-amount.ts';
import { findDiscrepancy } from './discrepancy.repository.ts';

export interface BulkFailure {
  readonly id: string;
  readonly objectId: string;
  readonly code: string;
  readonly message: string;
}

export interface BulkPreview {
  /** How many it would change. */
  readonly applies: number;
  /** Of those, with and without signs. */
  readonly sums: readonly { readonly amount: number; readonly currency: string }[];
  readonly atRisk: readonly { readonly amount: number; readonly currency: string }[];
  readonly byStatus: readonly { readonly status: DiscrepancyStatus; readonly count: number }[];
  readonly leftOut: readonly BulkFailure[];
}

export interface DiscrepancyBulk {
  /** Writes nothing. */
  preview(ids: readonly string[], act: BulkAct): BulkPreview;
  run(ids: readonly string[], act: BulkAct, by: Omit<WorkAct, 'id'>): { readonly succeeded: readonly WorkOutcome[]; readonly failed: readonly BulkFailure[] };
}

export function createDiscrepancyBulk({ readable, unitOfWork, work }: { readonly readable: ReadableDatabase; readonly unitOfWork: UnitOfWork; readonly work: DiscrepancyWork }): DiscrepancyBulk {
  function perform(act: BulkAct, by: WorkAct): WorkOutcome {
    switch (act.kind) {
      case 'assign': return work.assign({ ...by, assignee: act.assignee });
      case 'resolve': return work.resolve({ ...by, note: act.note });
      case 'ignore': return work.ignore({ ...by, reason: act.reason });
      case 'hold': return work.hold({ ...by, until: act.until, note: act.note });
      case 'mark-timing': return work.markTiming({ ...by, until: act.until });
      case 'reopen': return work.reopen({ ...by, note: act.note });
      case 'set-due': return work.setDue({ ...by, dueOn: act.dueOn });
    }
  }

  return {
    preview(ids, act) {
      const sums = new Map<string, { amount: number; atRisk: number }>();
      const statuses = new Map<DiscrepancyStatus, number>();
      const leftOut: BulkFailure[] = [];
      let applies = 0;
      for (const id of new Set(ids)) {
        const record = findDiscrepancy(readable, id);
        if (!record) leftOut.push({ id, objectId: id, code: 'discrepancy-not-found', message: 'This difference is not known here.' });
        else if (act.kind !== 'set-due' && !fitsStatus(record.status, act.kind)) leftOut.push({ id, objectId: record.objectId, code: 'discrepancy-state', message: `It is ${record.status.replace('-', ' ')}.` });
        else {
          applies += 1;
          statuses.set(record.status, (statuses.get(record.status) ?? 0) + 1);
          const sum = sums.get(record.currency) ?? { amount: 0, atRisk: 0 };
          sums.set(record.currency, { amount: addMinorUnits(sum.amount, shownMinorOf(record)), atRisk: addMinorUnits(sum.atRisk, Math.abs(record.amountMinor)) });
        }
      }
      const perCurrency = [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
      return {
        applies, leftOut, sums: perCurrency.map(([currency, { amount }]) => ({ amount, currency })), atRisk: perCurrency.filter(([, { atRisk }]) => atRisk > 0).map(([currency, { atRisk }]) => ({ amount: atRisk, currency })),
        byStatus: [...statuses].map(([status, count]) => ({ status, count })).toSorted((a, b) => b.count - a.count),
      };
    },
    run: (ids, act, by) =>
      unitOfWork.run('discrepancy.bulk', () => {
        const succeeded: WorkOutcome[] = [];
        const failed: BulkFailure[] = [];
        for (const id of new Set(ids)) {
          try {
            succeeded.push(perform(act, { ...by, id }));
          } catch (error) {
            // What a person sees as “this one cannot be changed so” is a value; a bug rolls everything back.
            if (!(error instanceof DaybookError) || error.kind === 'invariant' || error.kind === 'storage') throw error;
            failed.push({ id, objectId: findDiscrepancy(readable, id)?.objectId ?? id, code: error.code, message: error.message });
          }
        }
        return { succeeded, failed };
      }),
  };
}
