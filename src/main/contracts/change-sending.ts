/**
 * Sends what this desk wants of partners and contracts to the shared database (docs/adr/0015): in order per record, many in one call, each by its own id, so that a reply
 * that was lost costs nothing. A change the shared database refuses is parked, visible, and holds back nothing but later edits of its own record; a call that fails as a whole
 * is made again change by change, so that the one that breaks it is found.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { DaybookError, PermissionError, ProviderError, ValidationError } from '../../shared/errors/errors.ts';
import { findOutboxChange, listOpenOutboxChanges, parkOutboxChange, recordFailedAttempt, recordLeaving, type OutboxChange } from './change-outbox.repository.ts';
import { planBatch } from './change-order.ts';
import { finalChangeStates, type ChangeSet, type ChangeState } from './change-set.ts';
import type { ContractChanges } from './contract-changes.ts';
import type { ChangeAnswer, SharedChanges } from './shared-changes.ports.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';

export interface ChangeSending {
  /**
   * Sends all that may go.
   * @throws ProviderError `postgres-unreachable` and whatever concerns the desk as a whole, not one change: login, an older schema. What was not sent stays pending.
   */
  sendPending(control: WorkControl): Promise<SentChanges>;
}

export interface SentChanges {
  readonly sent: number;
  readonly parked: number;
}

export interface ChangeSendingDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly changes: Pick<ContractChanges, 'takeAnswer' | 'takeAnswers'>;
  readonly shared: SharedChanges;
}

/** So few that their answers are stored within the time a transaction may take, and others wait little for their turn at the shared database. */
const mostTogether = 200;
/** A change that failed so often without being refused is looked at by a person. */
const mostAttempts = 6;
const firstDelayMs = 2_000;

export function createChangeSending({ readable, unitOfWork, clock, changes, shared }: ChangeSendingDependencies): ChangeSending {
  /** @returns whether it was parked. */
  function noteFailure(id: string, error: DaybookError, isFinal: boolean): boolean {
    return unitOfWork.run('changes.note-failure', (database) => {
      const attempts = (findOutboxChange(database, id)?.attempts ?? 0) + 1;
      const failed = { attempts, errorCode: error.code, errorMessage: error.message };
      const isParked = isFinal || attempts >= mostAttempts;
      if (isParked) parkOutboxChange(database, id, failed);
      else recordFailedAttempt(database, id, { ...failed, nextAttemptAt: clock.now() + firstDelayMs * 2 ** (attempts - 1) });
      return isParked;
    });
  }

  /** Whatever becomes of the line, these may be known there from now on. @returns those that are still wanted. */
  function noteLeaving(batch: readonly OutboxChange[]): OutboxChange[] {
    return unitOfWork.run('changes.note-leaving', (database) => batch.filter((change) => recordLeaving(database, change.id, clock.now())));
  }

  /** @returns what the change is now: `pending` where it is tried again later. */
  async function sendOne(change: ChangeSet): Promise<ChangeState> {
    try {
      const answer = await shared.submit(change);
      changes.takeAnswer(change.id, answer);
      return answer.state;
    } catch (error) {
      if (!(error instanceof DaybookError) || concernsTheDesk(error)) throw error;
      if (error instanceof ProviderError && error.isRetryable) {
        // Somebody answers, only not to this change: it is the change that breaks the connection.
        if (!(await shared.isReached())) throw error;
        return noteFailure(change.id, error, false) ? 'parked' : 'pending';
      }
      const isRefusal = error instanceof ValidationError || error instanceof PermissionError;
      return noteFailure(change.id, error, isRefusal) ? 'parked' : 'pending';
    }
  }

  /** @returns an answer for each, or null where they have to be sent one by one: one of them is no change at all, or breaks the line. */
  async function sendTogether(batch: readonly ChangeSet[]): Promise<readonly (ChangeAnswer | null)[] | null> {
    try {
      return await shared.submitAll(batch);
    } catch (error) {
      if (!(error instanceof DaybookError) || concernsTheDesk(error)) throw error;
      if (error instanceof ProviderError && error.isRetryable && !(await shared.isReached())) throw error;
      return null;
    }
  }

  /** Answers that wait to be stored until the next call is on its way: while the shared database works on that one, this desk is free. An answer lost here is given again. */
  function createAnswerShelf() {
    let waiting: readonly ChangeAnswer[] = [];
    return {
      put: (answers: readonly (ChangeAnswer | null)[]): void => void (waiting = answers.filter((answer) => answer !== null)),
      store(): void {
        const now = waiting;
        waiting = [];
        if (now.length > 0) changes.takeAnswers(now);
      },
    };
  }

  /** A person may take back what never left the desk: so nothing is noted as leaving before somebody is there to take it. */
  async function assertReached(): Promise<void> {
    if (await shared.isReached()) return;
    throw new ProviderError('postgres-unreachable', 'The shared database cannot be reached.', { provider: 'postgres', isRetryable: true, nextStep: 'Work goes on here; Daybook tries again by itself.' });
  }

  async function sendAll(control: WorkControl, shelf: ReturnType<typeof createAnswerShelf>): Promise<SentChanges> {
    const result = { sent: 0, parked: 0 };
    const tried = new Set<string>();
    let open: readonly OutboxChange[] = [];
    let isJustRead = false;
    let isReached = false;
    /** Of a call that failed as a whole. */
    let onesLeft = 0;
    for (;;) {
      control.signal.throwIfAborted();
      const planned = planBatch(open, clock.now(), tried, onesLeft > 0 ? 1 : mostTogether);
      if (planned.length === 0 && isJustRead) return result;
      if (planned.length === 0) {
        shelf.store();
        open = listOpenOutboxChanges(readable);
        isJustRead = true;
        continue;
      }
      isJustRead = false;
      if (!isReached) await assertReached();
      isReached = true;
      const batch = noteLeaving(planned);
      const states = new Map(planned.map(({ id }): [string, ChangeState] => [id, 'withdrawn']));
      for (const { id } of batch) states.set(id, 'pending');
      const [first] = batch;
      const call = first && batch.length > 1 ? sendTogether(batch) : Promise.resolve([]);
      call.catch(() => undefined); // asked for below; what the shelf meets comes first
      shelf.store();
      const answers = await call;
      if (first && batch.length === 1) {
        tried.add(first.id);
        states.set(first.id, await sendOne(first));
      }
      shelf.put(answers ?? []);
      for (const answer of answers ?? []) if (answer) states.set(answer.changeId, answer.state);
      onesLeft = answers === null ? batch.length : Math.max(0, onesLeft - 1);
      for (const { id } of batch) {
        const state = states.get(id);
        if (state === 'pending') continue; // held back, or tried again later
        tried.add(id);
        result[state === 'parked' ? 'parked' : 'sent'] += 1;
      }
      open = open.flatMap((one) => {
        const state = states.get(one.id);
        return state === undefined ? [one] : finalChangeStates.has(state) ? [] : [{ ...one, state }];
      });
      control.report({ done: result.sent, total: null, note: 'Sending edits of partners and contracts' });
    }
  }

  return {
    async sendPending(control) {
      const shelf = createAnswerShelf();
      try {
        return await sendAll(control, shelf);
      } finally {
        shelf.store();
      }
    },
  };
}

const ofTheDesk = new Set(['postgres-login-refused', 'postgres-not-migrated', 'postgres-database-missing', 'shared-ledger-missing', 'postgres-certificate-refused']);

/** Out of room or memory (53), a deadlock or a failed serialisation (40), a lock that was not given (55), a server that goes down or took too long (57), one that only reads (25). */
const passing = /^(53|40|55|57|25)/;

const ofTheServer = new Set(['postgres-error', 'postgres-unreachable']);

/** No change of this desk would fare better now: somebody else who holds the lock of all edits must not have it taken for a change that breaks the line. */
function concernsTheDesk(error: DaybookError): boolean {
  return ofTheDesk.has(error.code) || (ofTheServer.has(error.code) && passing.test(String(error.data['sqlState'])));
}
