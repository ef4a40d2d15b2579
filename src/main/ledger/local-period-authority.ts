/**
 * The local twin of the shared database's say over months: one desk, one person. Four eyes are off, and every row of the log says so.
 */
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { isRevaluationOn, keepRevaluation } from './revaluation.repository.ts';
import { monthOf, type Month } from '../../shared/calendar/local-date.ts';
import { ConflictError, StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { closedMonths, headOfChain } from './journal.repository.ts';
import { appendPeriodLog, firstEntryDay, headOfPeriodLog, readPeriodLog } from './period-close.repository.ts';
import type { PeriodAct, PeriodAuditPort, PeriodAuthority } from './period-close.ports.ts';
import { assertLastClosed, assertNextToClose, assertReason, hashOfPeriodLogRow, lastClosedMonth, monthStatesOf, periodLogStart, type PeriodAction } from './period-state.ts';
import { chainStart } from './sealing.ts';

export interface LocalPeriodAuthorityDependencies {
  readonly unitOfWork: UnitOfWork;
  readonly audit: PeriodAuditPort;
  readonly timeZone: TimeZone;
}

const readHead = (database: ReadableDatabase): { sequence: number; hash: string } => {
  const head = headOfChain(database);
  return head ? { sequence: head.ledger_sequence, hash: head.hash } : { sequence: 0, hash: chainStart };
};

export function createLocalPeriodAuthority({ unitOfWork, audit, timeZone }: LocalPeriodAuthorityDependencies): PeriodAuthority {
  function append(database: WritableDatabase, act: PeriodAct, action: PeriodAction, reason: string | null, evidence: string): void {
    const before = headOfPeriodLog(database);
    const head = readHead(database);
    const row = {
      sequence: (before?.sequence ?? 0) + 1, month: act.month, action, actor: act.actor, reason, at: act.at, fourEyes: 'off' as const, headSequence: head.sequence, headHash: head.hash, evidence, previousHash: before?.hash ?? periodLogStart,
    };
    appendPeriodLog(database, { ...row, hash: hashOfPeriodLogRow(row) });
    audit.append(database, { entity: 'period', entityId: act.month, action, actor: act.actor, requestId: act.requestId, diff: { reason, headSequence: head.sequence, headHash: head.hash, fourEyes: 'off' } });
  }

  const lastClosed = (database: ReadableDatabase): Month | null => lastClosedMonth(closedMonths(database));

  return {
    fourEyes: 'off',
    bringUpToDate: async () => undefined,
    close: async (act) =>
      unitOfWork.run('periods.close', (database) => {
        const first = firstEntryDay(database);
        assertNextToClose(act.month, lastClosed(database), first === null ? null : monthOf(first));
        if (timeZone.boundsOf(act.month).end > act.at) throw new StateError('period-not-over', `${act.month} is not over yet.`, { data: { month: act.month }, nextStep: 'Close it when it is.' });
        if (readHead(database).sequence !== act.head.sequence) throw new ConflictError('ledger-moved-on', 'Entries came in while the month was being closed. It was left open.', { nextStep: 'Close it again.' });
        append(database, act, 'close', null, act.evidence);
      }),
    requestReopen: async (act) =>
      unitOfWork.run('periods.reopen', (database) => {
        assertReason(act.reason);
        assertLastClosed(act.month, lastClosed(database));
        append(database, act, 'request-reopen', act.reason.trim(), '{}');
        append(database, act, 'reopen', null, '{}'); // there is nobody else to ask
      }),
    approveReopen: async (act) =>
      unitOfWork.run('periods.approve', (database) => {
        assertLastClosed(act.month, lastClosed(database));
        assertRequested(database, act.month);
        append(database, act, 'reopen', null, '{}');
      }),
    setRevaluation: async ({ isOn, actor, at, requestId }) =>
      unitOfWork.run('periods.set-revaluation', (database) => {
        if (isRevaluationOn(database) === isOn) return;
        keepRevaluation(database, isOn, at);
        audit.append(database, { entity: 'ledger-setting', entityId: 'revaluation_at_close', action: 'set', actor, requestId, diff: { before: isOn ? 'off' : 'on', after: isOn ? 'on' : 'off' } });
      }),
    declineReopen: async (act) =>
      unitOfWork.run('periods.decline', (database) => {
        assertRequested(database, act.month);
        append(database, act, 'decline-reopen', act.reason.trim(), '{}');
      }),
  };
}

/** A ledger that was shared once may hold a wish that nobody has answered. */
function assertRequested(database: ReadableDatabase, month: Month): void {
  if (!monthStatesOf(readPeriodLog(database)).get(month)?.request) throw new StateError('reopen-not-requested', `Nobody has asked to open ${month} again.`, { data: { month }, nextStep: 'Ask for it with a reason first.' });
}
