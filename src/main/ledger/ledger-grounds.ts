/**
 * What the entries stand on, for `ledger verify`: the accounts are those of the chart, the log of months is whole, the months are what it comes to, and
 * no entry stands in a month that was closed when it was sealed.
 */
import { endOf } from '../../shared/calendar/local-date.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { readChartOfAccounts, subAccountsOf, type Account } from './chart-of-accounts.ts';
import { auditedPeriodActs, entryDatedBefore, hashOfSequence, standingAccounts } from './ledger-grounds.repository.ts';
import { readPeriodLog, storedPeriods } from './period-close.repository.ts';
import { hashOfPeriodLogRow, lastClosedMonth, monthStatesOf, periodLogStart, type PeriodLogRow } from './period-state.ts';
import { chainStart } from './sealing.ts';

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly subjectId: string;
}

const fault = (code: string, message: string, subjectId: string): Fault => ({ code, message, subjectId });

/** The accounts are exactly those of the chart, with those of its sub-accounts that were used; a ledger that was never posted to has none yet. */
export function faultOfAccounts(database: ReadableDatabase): Fault | undefined {
  const standing = new Map(standingAccounts(database).map((account) => [account.code, account]));
  if (standing.size === 0) return undefined;
  const chart = readChartOfAccounts();
  const differs = ({ code }: Account): Fault => fault('account-differs', `Account ${code} is not what the chart of accounts says it is.`, code);
  for (const expected of chart) {
    const account = standing.get(expected.code);
    if (!account) return fault('account-missing', `Account ${expected.code} of the chart is missing.`, expected.code);
    if (!isSameAccount(account, expected)) return differs(expected);
    standing.delete(expected.code);
  }
  for (const expected of subAccountsOf(chart)) {
    const account = standing.get(expected.code);
    if (account && !isSameAccount(account, expected)) return differs(expected);
    standing.delete(expected.code);
  }
  const [stranger] = standing.keys();
  return stranger === undefined ? undefined : fault('account-differs', `Account ${stranger} is not in the chart of accounts.`, stranger);
}

const isSameAccount = (account: Account, expected: Account): boolean =>
  account.name === expected.name && account.type === expected.type && account.normalSide === expected.normalSide && account.description === expected.description;

/** @param headSequence the newest entry of the chain. */
export function faultOfPeriods(database: ReadableDatabase, headSequence: number): Fault | undefined {
  const log = readPeriodLog(database);
  return faultOfLog(database, log, headSequence) ?? faultOfStates(database, log) ?? faultOfClosedMonths(database, log, headSequence);
}

function faultOfLog(database: ReadableDatabase, log: readonly PeriodLogRow[], headSequence: number): Fault | undefined {
  let previous = { sequence: 0, hash: periodLogStart };
  for (const row of log) {
    const { hash, ...content } = row;
    const subject = `${row.month}/${row.sequence}`;
    if (row.sequence !== previous.sequence + 1 || row.previousHash !== previous.hash) return fault('period-log-broken', `Row ${row.sequence} of the log of months does not follow the row before it.`, subject);
    if (hash !== hashOfPeriodLogRow(content)) return fault('period-log-broken', `Row ${row.sequence} of the log of months, about ${row.month}, was changed after it was written.`, subject);
    // A desk that copies may have the months before the entries.
    const head = row.headSequence === 0 ? chainStart : hashOfSequence(database, row.headSequence);
    if (row.headSequence <= headSequence && head !== row.headHash) return fault('period-log-broken', `Row ${row.sequence} of the log of months names a head that the chain does not have: entry ${row.headSequence}.`, subject);
    previous = { sequence: row.sequence, hash };
  }
  // A desk of its own writes each act into its audit log as well: a log of months that was cut short is shorter than that.
  const ownActs = log.filter((row) => row.fourEyes === 'off').length;
  const audited = auditedPeriodActs(database);
  return audited > ownActs && log.every((row) => row.fourEyes === 'off') ? fault('period-log-broken', `The log of months ends after ${log.length} rows; the audit log tells of ${audited}.`, String(log.length)) : undefined;
}

function faultOfStates(database: ReadableDatabase, log: readonly PeriodLogRow[]): Fault | undefined {
  const told = new Map([...monthStatesOf(log)].flatMap(([month, state]) => (log.some((row) => row.month === month && (row.action === 'close' || row.action === 'reopen')) ? [[month as string, state.state] as const] : [])));
  const lastActs = new Map(log.filter((row) => row.action === 'close' || row.action === 'reopen').map((row) => [row.month as string, row]));
  for (const period of storedPeriods(database)) {
    const act = lastActs.get(period.month);
    const isTold = act !== undefined && told.get(period.month) === period.state && act.at === period.changedAt && act.actor === period.changedBy;
    if (!isTold) return fault('period-differs', `${period.month} is kept as ${period.state}, and the log of months does not say so.`, period.month);
    told.delete(period.month);
  }
  const [missing] = told.keys();
  return missing === undefined ? undefined : fault('period-differs', `The state of ${missing} is missing; the log of months tells of it.`, missing);
}

/** Between two rows of the log the closed months are the same: no entry sealed there may be dated in them. */
function faultOfClosedMonths(database: ReadableDatabase, log: readonly PeriodLogRow[], headSequence: number): Fault | undefined {
  const closed = new Set<string>();
  const acts = log.filter((row) => row.action === 'close' || row.action === 'reopen');
  for (const [index, act] of acts.entries()) {
    if (act.action === 'close') closed.add(act.month);
    else closed.delete(act.month);
    const last = lastClosedMonth(closed);
    const upTo = acts[index + 1]?.headSequence ?? headSequence;
    if (last === null || upTo <= act.headSequence) continue;
    const entry = entryDatedBefore(database, act.headSequence, upTo, endOf(last));
    if (entry) return fault('entry-in-closed-month', `Entry ${entry.sequence} stands on ${entry.day}, though ${last} and what lies before it was closed when it was sealed.`, entry.id);
  }
  return undefined;
}
