/**
 * Signing that a month is reconciled: on the checklist as it stands and the head of the chain, by a person, audited, and taken back with a reason. Closing the month itself is
 * `ledger/period-close.ts`; a signature neither closes it nor is asked for there.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { month as toMonth, type Month } from '../../shared/calendar/local-date.ts';
import { StateError } from '../../shared/errors/errors.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { canonicalJson, type JsonValue } from '../audit/canonical-json.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import { closeChecksOf, standingOf, type CloseCheck, type CloseFacts } from './close-checklist.ts';
import { chainHead, hasMovedSince, insertSignOff, listSignOffs, listStandingSignOffs, type SignOffRow } from './close-sign-off.repository.ts';

export interface SignedCheck extends CloseCheck {
  /** Why it was signed although it is not fine; null where it is. */
  readonly acceptedBecause: string | null;
}

export interface SignOff extends Omit<SignOffRow, 'checks'> {
  readonly checks: readonly SignedCheck[];
}

export interface CloseView {
  readonly month: Month;
  readonly checks: readonly CloseCheck[];
  /** The signature that stands; null: none does. */
  readonly signOff: SignOff | null;
  /** Whether entries of the month or an earlier one came in since the signature. */
  readonly hasMovedOn: boolean;
  /** Every signature and its withdrawal, oldest first. */
  readonly history: readonly SignOff[];
}

export interface CloseCommand {
  readonly actor: string;
  readonly requestId: string;
}

export interface ReconciliationClose {
  /** @throws ValidationError `month-invalid`. */
  read(month: string): CloseView;
  /** How months that were ever signed stand. */
  signed(): readonly SignOff[];
  /**
   * @param accepted reasons for what is not fine and may be signed all the same, by the check's code.
   * @throws StateError `close-not-signable` naming what stands in the way; `close-signed-already`.
   */
  signOff(month: string, note: string | null, accepted: Readonly<Record<string, string>>, command: CloseCommand): CloseView;
  /** @throws StateError `close-not-signed`. */
  withdraw(month: string, reason: string, command: CloseCommand): CloseView;
}

export interface ReconciliationCloseDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly auditLog: Pick<AuditLog, 'append'>;
  /** What is so at this moment. */
  facts(month: Month): CloseFacts;
}

export function createReconciliationClose({ readable, unitOfWork, clock, auditLog, facts }: ReconciliationCloseDependencies): ReconciliationClose {
  function read(text: string): CloseView {
    const month = toMonth(text);
    const history = listSignOffs(readable, month).map(toSignOff);
    const last = history.at(-1);
    const signOff = last?.action === 'sign-off' ? last : null;
    return { month, checks: closeChecksOf(facts(month)), signOff, hasMovedOn: signOff !== null && hasMovedSince(readable, month, signOff.headSequence), history };
  }

  function write(view: CloseView, action: SignOffRow['action'], note: string | null, checks: readonly SignedCheck[], command: CloseCommand): CloseView {
    unitOfWork.run(`close.${action}`, (database) => {
      const head = chainHead(database);
      const row = { id: newId(), month: view.month, action, actor: command.actor, note, headSequence: head?.sequence ?? 0, headHash: head?.hash ?? '', recordedAt: clock.now() };
      insertSignOff(database, { ...row, checks: canonicalJson(checks.map(asJson)) });
      auditLog.append(database, {
        entity: 'close', entityId: view.month, action, actor: command.actor, requestId: command.requestId,
        diff: { note, headSequence: row.headSequence, headHash: row.headHash, open: checks.filter((check) => !check.isFine).map((check) => ({ code: check.code, because: check.acceptedBecause })) },
      });
    });
    return read(view.month);
  }

  return {
    read,
    signed: () => listStandingSignOffs(readable).map(toSignOff),
    signOff(text, note, accepted, command) {
      const view = read(text);
      if (view.signOff) throw new StateError('close-signed-already', `${view.month} is signed off already, by ${view.signOff.actor}.`, { data: { month: view.month }, nextStep: 'Take the signature back first, if it has to be signed anew.' });
      const reasons = new Map(Object.entries(accepted).map(([code, reason]) => [code, reason.trim()] as const).filter(([, reason]) => reason.length >= 3));
      const standing = standingOf(view.checks, [...reasons.keys()]);
      if (standing.length > 0) {
        throw new StateError('close-not-signable', `${view.month} cannot be signed off yet: ${standing.map((check) => check.detail ?? check.title).join(' ')}`, {
          data: { month: view.month, standing: standing.map((check) => check.code) }, nextStep: 'Settle what stands in the way, or write for each why it is signed all the same.',
        });
      }
      return write(view, 'sign-off', note?.trim() || null, view.checks.map((check) => ({ ...check, acceptedBecause: check.isFine ? null : (reasons.get(check.code) ?? null) })), command);
    },
    withdraw(text, reason, command) {
      const view = read(text);
      if (!view.signOff) throw new StateError('close-not-signed', `${view.month} is not signed off.`, { data: { month: view.month }, nextStep: 'There is nothing to take back.' });
      return write(view, 'withdraw', reason.trim(), view.signOff.checks, command);
    },
  };
}

function toSignOff({ checks, ...row }: SignOffRow): SignOff {
  return { ...row, checks: JSON.parse(checks) as SignedCheck[] };
}

const asJson = (check: SignedCheck): JsonValue => ({ ...check, amounts: check.amounts.map((each) => ({ ...each })) });
