/** The inbox's filter as conditions and values: only what is asked for is in the statement, so that an index serves it. Pure. */
import type { InboxFilter } from '../../shared/api/workbench.contract.ts';
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { SqlValue } from '../database/handles.ts';
import { isNamedSql } from './reconciliation.queries.ts';

/** From where age and due day are told. */
export interface InboxStandpoint {
  readonly zone: TimeZone;
  readonly today: LocalDate;
  /** Days from first seen to due, by the policy. */
  readonly dueDays: number;
}

export interface FilterClause {
  /** Begins with `WHERE`, or empty. */
  readonly where: string;
  /** Names the shape, for the log of slow statements. */
  readonly shape: string;
  readonly values: Readonly<Record<string, SqlValue>>;
}

const bands = { '0-1': [0, 1], '2-7': [2, 7], '8-30': [8, 30], '31+': [31, null] } as const;
export type AgeBand = keyof typeof bands;
export const ageBands = Object.keys(bands) as AgeBand[];

/** The moments first seen of an age band: from ≤ at < to; null leaves an end open. */
export function firstSeenOf(band: AgeBand, { zone, today }: InboxStandpoint): { readonly from: number | null; readonly to: number } {
  const [youngest, oldest] = bands[band];
  return { from: oldest === null ? null : zone.startOf(addDays(today, -oldest)), to: zone.startOf(addDays(today, 1 - youngest)) };
}

/** First seen before this moment and without a day of its own: overdue. */
export const overdueBefore = ({ zone, today, dueDays }: InboxStandpoint): number => zone.startOf(addDays(today, -dueDays));

/** Of the bound values :today and :overdueBefore. */
export const isOverdueSql = "(status NOT IN ('resolved', 'ignored') AND CASE WHEN due_on IS NOT NULL THEN due_on < :today ELSE first_seen_at < :overdueBefore END)";

export function inboxClause(filter: InboxFilter | undefined, standpoint: InboxStandpoint): FilterClause {
  const conditions: string[] = [];
  const values: Record<string, SqlValue> = {};
  const shape: string[] = [];
  const add = (name: string, condition: string, bound: Record<string, SqlValue> = {}): void => {
    conditions.push(condition);
    shape.push(name);
    Object.assign(values, bound);
  };
  const { state, status, reason, level, assignee, currency, age, overdue, amountFrom, amountTo, reaching, timing, from, to, text, waitsForSecondPerson } = filter ?? {};
  if (status !== undefined) add('status', 'status = :status', { status });
  else if (state === 'due') add('due', "(status IN ('open', 'assigned') OR (status = 'on-hold' AND hold_until <= :today))", { today: standpoint.today });
  else if (state === 'unsettled') add('unsettled', "status IN ('open', 'assigned', 'on-hold')");
  if (reason !== undefined) add('reason', 'reason = :reason', { reason });
  if (level !== undefined) add('level', 'level = :level', { level });
  if (assignee !== undefined) add(assignee === '' ? 'nobody' : 'assignee', assignee === '' ? 'assignee IS NULL' : 'assignee = :assignee', assignee === '' ? {} : { assignee });
  if (currency !== undefined) add('currency', 'currency = :currency', { currency });
  if (age !== undefined) {
    const seen = firstSeenOf(age, standpoint);
    add('age', `first_seen_at < :seenTo${seen.from === null ? '' : ' AND first_seen_at >= :seenFrom'}`, { seenTo: seen.to, ...(seen.from === null ? {} : { seenFrom: seen.from }) });
  }
  if (overdue !== undefined) add(overdue ? 'overdue' : 'not-overdue', overdue ? isOverdueSql : `NOT ${isOverdueSql}`, { today: standpoint.today, overdueBefore: overdueBefore(standpoint) });
  if (amountFrom !== undefined) add('amount-from', 'abs(amount_minor) >= :amountFrom', { amountFrom });
  if (amountTo !== undefined) add('amount-to', 'abs(amount_minor) <= :amountTo', { amountTo });
  if (reaching !== undefined) {
    const places = reaching.map((_, place) => `(currency = :currency${place} AND abs(amount_minor) >= :least${place})`);
    add(`reaching-${reaching.length}`, `(${places.join(' OR ')})`, Object.fromEntries(reaching.flatMap(({ currency: of, amountMinor }, place) => [[`currency${place}`, of], [`least${place}`, amountMinor]])));
  }
  if (timing === false) add('no-timing', "coalesce(marked_as, '') <> 'timing'");
  if (from !== undefined) add('from', 'occurred_on >= :from', { from });
  if (to !== undefined) add('to', 'occurred_on <= :to', { to });
  if (text) add('text', isNamedSql, { text: text.toLowerCase() });
  if (waitsForSecondPerson !== undefined) add('waits', waitsForSecondPerson ? 'open_request IS NOT NULL' : 'open_request IS NULL');
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '', shape: shape.join('+') || 'all', values };
}
