/**
 * Tells the shared database what this desk found and did about it. Never inside a command: a job sends what has a revision the shared database
 * does not know, as often as it takes; sending twice changes nothing there.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { listUnsentSignOffs, markSignOffSent, type SignOffRow } from './close-sign-off.repository.ts';
import { listUnsentDiscrepancies, listUnsentSteps, markDiscrepancySent, markStepSent, type KeptStep, type UnsentDiscrepancy } from './discrepancy.repository.ts';

export interface SharedDiscrepancies {
  /** For each row the version that stands now; not current: another desk was first, and its word stands. */
  record(rows: readonly UnsentDiscrepancy[]): Promise<readonly { readonly id: string; readonly version: number; readonly isCurrent: boolean }[]>;
  /** The ids of those that stand there now: one whose difference is not known there is left for the next time. */
  recordSteps(steps: readonly KeptStep[]): Promise<readonly string[]>;
  /** Idempotent by id. */
  recordSignOff(row: SignOffRow): Promise<void>;
}

export interface DiscrepancySharing {
  /** @returns how many were sent, and how many of them another desk had changed meanwhile (the next pull brings its word). */
  sendChanges(control: WorkControl): Promise<{ readonly sent: number; readonly superseded: number }>;
}

const rowsPerCall = 500;

export function createDiscrepancySharing(dependencies: { readonly readable: ReadableDatabase; readonly unitOfWork: UnitOfWork; readonly shared: SharedDiscrepancies; readonly clock: Pick<Clock, 'now'> }): DiscrepancySharing {
  const { readable, unitOfWork, shared, clock } = dependencies;

  /** Steps behind the differences they are about, then the signatures. What cannot be taken yet is tried again with the next exchange. */
  async function sendSteps(control: WorkControl): Promise<void> {
    let after = '';
    for (;;) {
      control.signal.throwIfAborted();
      const steps = listUnsentSteps(readable, after, rowsPerCall);
      const last = steps.at(-1);
      if (!last) break;
      const taken = await shared.recordSteps(steps);
      unitOfWork.run('reconciliation.mark-steps-sent', (database) => {
        for (const id of taken) markStepSent(database, id, clock.now());
      });
      after = last.id;
    }
    for (const row of listUnsentSignOffs(readable, rowsPerCall)) {
      await shared.recordSignOff(row);
      unitOfWork.run('reconciliation.mark-sign-off-sent', (database) => markSignOffSent(database, row.id, clock.now()));
    }
  }

  return {
    async sendChanges(control) {
      let sent = 0;
      let superseded = 0;
      for (;;) {
        control.signal.throwIfAborted();
        const rows = listUnsentDiscrepancies(readable, rowsPerCall);
        if (rows.length === 0) {
          await sendSteps(control);
          return { sent, superseded };
        }
        const answers = new Map((await shared.record(rows)).map((answer) => [answer.id, answer]));
        unitOfWork.run('reconciliation.mark-sent', (database) => {
          for (const row of rows) {
            const answer = answers.get(row.id);
            // A word that was not taken leaves the version behind, so that the pull overwrites it with the one that stands.
            markDiscrepancySent(database, { id: row.id, revision: row.localRevision, version: answer?.isCurrent ? answer.version : row.sharedVersion });
          }
        });
        sent += rows.length;
        superseded += [...answers.values()].filter((answer) => !answer.isCurrent).length;
        control.report({ done: sent, total: null, note: 'Telling the other desks what was found' });
      }
    },
  };
}
