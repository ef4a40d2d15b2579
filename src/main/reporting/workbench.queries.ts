/**
 * Read models of the inbox: a window of differences, and the whole filtered list in groups. What is filtered, sorted and summed stands in one index (migration 0040); the rows
 * themselves are long and are only read for the window.
 */
import type { InboxFilter } from '../../shared/api/workbench.contract.ts';
import { addDays, daysBetween, localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { objectNameSql, shownMinorSql, toDiscrepancyView, type DiscrepancyRow, type MoneyRow } from './reconciliation.queries.ts';
import { ageBands, firstSeenOf, inboxClause, isOverdueSql, overdueBefore, type InboxStandpoint } from './workbench-filter.ts';

export interface InboxWindow {
  readonly startAt: number;
  readonly limit: number;
  readonly sort?: { readonly column: string; readonly direction: 'ascending' | 'descending' } | undefined;
  readonly filter?: InboxFilter | undefined;
}

const dayMs = 86_400_000;
const sortExpressions: Readonly<Record<string, string>> = {
  reason: 'reason', objectId: 'object_id', occurredOn: 'occurred_on', amount: 'abs(amount_minor)', status: 'status', firstSeenAt: 'first_seen_at', assignee: 'assignee', currency: 'currency',
  dueOn: 'CASE WHEN due_on IS NULL THEN first_seen_at + :dueMs ELSE unixepoch(due_on) * 1000 END',
};

export const workColumns = `d.id, d.level, d.reason, d.object_id AS "objectId", ${objectNameSql('d')} AS "objectName", d.balance_transaction_id AS "balanceTransactionId", d.status, d.assignee, d.hold_until AS "holdUntil", d.occurred_on AS "occurredOn", d.amount_minor AS "amountMinor", d.currency,
  d.first_seen_at AS "firstSeenAt", d.due_on AS "dueSet", d.marked_as AS "markedAs", d.open_request IS NOT NULL AS "waits",
  EXISTS (SELECT 1 FROM discrepancy_steps AS s WHERE s.discrepancy_id = d.id AND s.actor = 'daybook' AND s.action = 'reopen' AND s.from_status = 'resolved') AS "isBack",
  (SELECT count(*) FROM discrepancy_steps AS s WHERE s.discrepancy_id = d.id AND s.action = 'comment') AS comments`;

export interface WorkRow extends DiscrepancyRow {
  readonly firstSeenAt: number;
  readonly dueSet: LocalDate | null;
  readonly markedAs: 'adjusted' | 'written-off' | 'linked' | 'timing' | null;
  readonly waits: 0 | 1;
  readonly isBack: 0 | 1;
  readonly comments: number;
}

/** When it is due, how old it is and whether its day has passed, by the policy and the reporting zone. */
export function workViewOf(row: Pick<WorkRow, 'firstSeenAt' | 'dueSet' | 'status'>, { zone, today, dueDays }: InboxStandpoint) {
  const seenOn = zone.dateOf(row.firstSeenAt);
  const dueOn = row.dueSet ?? addDays(seenOn, dueDays);
  return { ageDays: Math.max(0, daysBetween(seenOn, today)), dueOn, isOverdue: row.status !== 'resolved' && row.status !== 'ignored' && dueOn < today };
}

interface SumRow {
  readonly currency: string;
  readonly count: number;
  readonly amount: number;
  readonly atRisk: number;
}

/** By status and currency, as the index has them in order: a hundred thousand rows are summed without being sorted. */
function mergeSums(parts: readonly SumRow[]): SumRow[] {
  const merged = [...Map.groupBy(parts, (part) => part.currency).values()].map((same) => same.reduce((sum, part) => ({ currency: part.currency, count: sum.count + part.count, amount: sum.amount + part.amount, atRisk: sum.atRisk + part.atRisk })));
  return merged.toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}

/** @param standpoint from where age and due days are told. */
export function listInbox(database: ReadableDatabase, window: InboxWindow, standpoint: InboxStandpoint) {
  const { where, shape, values } = inboxClause(window.filter, standpoint);
  const column = window.sort?.column ?? 'occurredOn';
  const expression = sortExpressions[column] ?? 'occurred_on';
  // Ids stand only in the index of the list: to look into them, its order has to do.
  const ids = window.filter?.text ? '+' : '';
  const sums = mergeSums(database.all<SumRow>(sql(`workbench.inbox-sums/${shape}`, `SELECT currency, count(*) AS count, sum(${shownMinorSql('discrepancies')}) AS amount, sum(abs(amount_minor)) AS "atRisk" FROM discrepancies ${where} GROUP BY ${ids}status, ${ids}currency`), values));
  const total = sums.reduce((sum, { count }) => sum + count, 0);
  // The rows behind the middle are nearer from the end: what lies before them need not be sorted for them.
  const isFromEnd = window.startAt > total / 2;
  const isAscending = (window.sort?.direction === 'ascending') !== isFromEnd;
  const order = `${expression} ${isAscending ? 'ASC' : 'DESC'}, id${isFromEnd ? ' DESC' : ''}`;
  const limit = isFromEnd ? Math.max(0, Math.min(window.limit, total - window.startAt)) : window.limit;
  const startAt = isFromEnd ? Math.max(0, total - window.startAt - window.limit) : window.startAt;
  // The index of the sums begins with the currency and does not have the ids: by it each of ten thousands of rows would be read whole. The list's own index has both.
  const listed = where.replace('currency = :currency', '+currency = :currency');
  const list = sql(
    `workbench.inbox/${column}/${shape}${isFromEnd ? '/from-end' : ''}`,
    `SELECT ${workColumns} FROM (SELECT id, row_number() OVER () AS place FROM (SELECT id FROM discrepancies ${listed} ORDER BY ${order} LIMIT :limit OFFSET :startAt)) AS found JOIN discrepancies AS d ON d.id = found.id ORDER BY found.place`,
  );
  const rows = database.all<WorkRow>(list, { ...values, ...(column === 'dueOn' ? { dueMs: standpoint.dueDays * dayMs } : {}), limit, startAt });
  return {
    rows: (isFromEnd ? rows.toReversed() : rows).map(({ dueSet, waits, isBack, ...row }) => ({ ...toDiscrepancyView(row), firstSeenAt: row.firstSeenAt, markedAs: row.markedAs, comments: row.comments, ...workViewOf({ ...row, dueSet }, standpoint), isBack: isBack === 1, waitsForSecondPerson: waits === 1 })),
    total,
    sums: sums.map(({ amount, currency }): MoneyRow => ({ amount, currency })),
    atRisk: sums.filter((sum) => sum.atRisk > 0).map(({ atRisk, currency }): MoneyRow => ({ amount: atRisk, currency })),
  };
}

export type Grouping = 'reason' | 'level' | 'assignee' | 'currency' | 'age' | 'due' | 'status';

/** A group's word: the column's own; an age band, or how its due day stands to today, by its place among `words`. '' is “nobody yet”. */
function groupExpression(by: Grouping, standpoint: InboxStandpoint): { readonly text: string; readonly words: readonly string[] | null; readonly values: Readonly<Record<string, number | string>> } {
  if (by === 'assignee') return { text: "coalesce(assignee, '')", words: null, values: {} };
  if (by === 'age') {
    const starts = ageBands.map((band) => firstSeenOf(band, standpoint).from);
    return { words: ageBands, text: 'CASE WHEN first_seen_at >= :band0 THEN 0 WHEN first_seen_at >= :band1 THEN 1 WHEN first_seen_at >= :band2 THEN 2 ELSE 3 END', values: { band0: starts[0] ?? 0, band1: starts[1] ?? 0, band2: starts[2] ?? 0 } };
  }
  if (by === 'due') {
    const { zone, today, dueDays } = standpoint;
    const ends = { dueToday: zone.startOf(addDays(today, 1 - dueDays)), dueWeek: zone.startOf(addDays(today, 8 - dueDays)) };
    return {
      words: ['settled', 'overdue', 'today', 'week', 'later'],
      text: `CASE WHEN status IN ('resolved', 'ignored') THEN 0 WHEN ${isOverdueSql} THEN 1 WHEN CASE WHEN due_on IS NULL THEN first_seen_at < :dueToday ELSE due_on <= :today END THEN 2 WHEN CASE WHEN due_on IS NULL THEN first_seen_at < :dueWeek ELSE due_on <= :week END THEN 3 ELSE 4 END`,
      values: { ...ends, week: addDays(today, 7) },
    };
  }
  return { text: by, words: null, values: {} };
}

interface GroupRow {
  readonly key: string | number;
  readonly currency: string;
  readonly count: number;
  readonly overdue: number;
  readonly oldestAt: number;
  readonly atRisk: number;
}

const sumOfGroup = (parts: readonly GroupRow[]): GroupRow => parts.reduce((sum, part) => ({ ...part, count: sum.count + part.count, overdue: sum.overdue + part.overdue, oldestAt: Math.min(sum.oldestAt, part.oldestAt), atRisk: sum.atRisk + part.atRisk }));

export function groupInbox(database: ReadableDatabase, request: { readonly by: Grouping; readonly filter?: InboxFilter | undefined }, standpoint: InboxStandpoint) {
  const { where, shape, values } = inboxClause(request.filter, standpoint);
  const group = groupExpression(request.by, standpoint);
  const rows = database.all<GroupRow>(
    sql(
      `workbench.groups/${request.by}/${shape}`,
      // What stands in the index is grouped in its order; a word that has to be reckoned is sorted.
      `SELECT ${group.text} AS "key", currency, count(*) AS count, sum(${isOverdueSql}) AS overdue, min(first_seen_at) AS "oldestAt", sum(abs(amount_minor)) AS "atRisk" FROM discrepancies ${where} GROUP BY ${group.words ? '1, currency' : 'status, currency, reason, level, assignee'}`,
    ),
    { ...values, ...group.values, today: standpoint.today, overdueBefore: overdueBefore(standpoint) },
  );
  const wordOf = (key: GroupRow['key']): string => (typeof key === 'number' ? (group.words?.[key] ?? '') : key);
  const groups = [...Map.groupBy(rows, (row) => wordOf(row.key))].map(([key, found]) => [key, [...Map.groupBy(found, (part) => part.currency).values()].map(sumOfGroup)] as const).map(([key, parts]) => ({
    key, count: parts.reduce((sum, part) => sum + part.count, 0), overdue: parts.reduce((sum, part) => sum + part.overdue, 0), oldestAt: Math.min(...parts.map((part) => part.oldestAt)),
    atRisk: parts.filter((part) => part.atRisk > 0).map(({ atRisk, currency }): MoneyRow => ({ amount: atRisk, currency })).toSorted((a, b) => (a.currency < b.currency ? -1 : 1)),
  }));
  return groups.toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

const listAssignees = sql('workbench.assignees', 'SELECT DISTINCT assignee FROM discrepancies WHERE assignee IS NOT NULL ORDER BY assignee LIMIT 200');
const listAccountNames = sql('workbench.accounts', 'SELECT code, name FROM accounts ORDER BY code');

/** Who has something to work on, and the accounts an adjustment may name. */
export const listAssigneesAndAccounts = (database: ReadableDatabase) => ({
  assignees: database.all<{ assignee: string }>(listAssignees).map((row) => row.assignee), accounts: database.all<{ code: string; name: string }>(listAccountNames),
});

const settingOf = sql('workbench.setting', 'SELECT value FROM ledger_settings WHERE name = ?');
export const readSetting = (database: ReadableDatabase, name: string): string | undefined => database.get<{ value: string }>(settingOf, [name])?.value;

export const todayIn = ({ zone }: Pick<InboxStandpoint, 'zone'>, now: number): LocalDate => localDate(zone.dateOf(now));
