/** The shared database's say over months, through its server functions (migrations/postgres/0005). Online only; it takes two people to open a month. */
import { ConflictError, DaybookError, PermissionError, StateError } from '../../../shared/errors/errors.ts';
import type { PeriodAuthority } from '../../ledger/period-close.ports.ts';
import type { WorkControl } from '../../platform/work-control.ts';
import { unattended } from '../../platform/work-control.ts';
import type { PostgresConnection } from './connection.ts';

/** By text, so that a shared database without the setting says that it has none: months are closed without revaluation there. */
const revaluationQuery = "SELECT coalesce(to_jsonb(l) ->> 'revalues_at_close', 'false') AS value FROM daybook.ledger l";

/**
 * @param exchange brings this desk's entries and months up to date: `ledger/shared-sealing.ts`.
 * @param learnRevaluation keeps the shared setting on this desk.
 */
export function createSharedPeriodAuthority(postgres: PostgresConnection, exchange: (control: WorkControl) => Promise<unknown>, learnRevaluation: (isOn: boolean) => void): PeriodAuthority {
  async function bringUpToDate(control: WorkControl): Promise<void> {
    await exchange(control);
    const [row] = await postgres.query<{ value: string }>(revaluationQuery);
    learnRevaluation(row?.value === 'true');
  }

  async function call(text: string, values: readonly unknown[]): Promise<void> {
    try {
      await postgres.query(`SELECT daybook.${text}`, values);
    } catch (error) {
      throw toPeriodError(error);
    }
    await bringUpToDate(unattended);
  }

  return {
    fourEyes: 'on',
    bringUpToDate,
    close: (act) => call('close_period($1, $2, $3, $4, $5, $6)', [act.month, act.head.sequence, act.head.hash, act.evidence, act.at, act.requestId]),
    requestReopen: (act) => call('request_reopen($1, $2, $3, $4)', [act.month, act.reason, act.at, act.requestId]),
    approveReopen: (act) => call('approve_reopen($1, $2, $3)', [act.month, act.at, act.requestId]),
    setRevaluation: (act) => call('set_revaluation($1, $2)', [act.isOn, act.requestId]),
    declineReopen: (act) => call('decline_reopen($1, $2, $3, $4)', [act.month, act.reason, act.at, act.requestId]),
  };
}

/** The server functions' codes in the same kinds of error as the local twin throws. */
function toPeriodError(error: unknown): unknown {
  if (!(error instanceof DaybookError)) return error;
  const options = { cause: error, data: error.data };
  switch (error.code) {
    case 'ledger-moved-on':
      return new ConflictError(error.code, error.message, { ...options, nextStep: 'Close it again.' });
    case 'second-person-needed':
      return new PermissionError(error.code, error.message, { ...options, nextStep: 'Ask another accountant or an admin to approve it.' });
    case 'period-closed-already':
    case 'period-not-closed':
      return new StateError(error.code, error.message, { ...options, nextStep: 'Nothing needs to be done.' });
    case 'reopen-requested-already':
      return new StateError(error.code, error.message, { ...options, nextStep: 'Another person approves or declines it.' });
    case 'reopen-not-requested':
      return new StateError(error.code, error.message, { ...options, nextStep: 'Ask for it with a reason first.' });
    case 'reopen-reason-missing':
      return new StateError(error.code, error.message, { ...options, nextStep: 'Write why the month has to be opened again.' });
    case 'earlier-month-open':
      return new StateError(error.code, error.message, { ...options, nextStep: 'Close the earlier month first.' });
    case 'later-month-closed':
      return new StateError(error.code, error.message, { ...options, nextStep: 'Open the later month again first.' });
    case 'period-not-over':
      return new StateError(error.code, error.message, { ...options, nextStep: 'Close it when it is.' });
    default:
      return error;
  }
}
