/** What an anchor is held against. */
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';

/** The logs of a ledger that only grow, each row chained to the one before: journal entries, what was done to months, who did what. */
export const anchoredLogs = ['entries', 'months', 'audit'] as const;
export type AnchoredLog = (typeof anchoredLogs)[number];

export interface LogHead {
  /** The newest row; above zero. */
  readonly sequence: number;
  /** That row's hash, hex. */
  readonly hash: string;
}

const statementsOf = (log: AnchoredLog, table: string, sequence: string): { readonly head: Sql; readonly hashAt: Sql } => ({
  head: sql(`anchors.head-of-${log}`, `SELECT ${sequence} AS sequence, hash FROM ${table} ORDER BY ${sequence} DESC LIMIT 1`),
  hashAt: sql(`anchors.hash-in-${log}`, `SELECT hash FROM ${table} WHERE ${sequence} = ?`),
});
const statements: Readonly<Record<AnchoredLog, { readonly head: Sql; readonly hashAt: Sql }>> = {
  entries: statementsOf('entries', 'journal_entries', 'ledger_sequence'),
  months: statementsOf('months', 'period_log', 'sequence'),
  audit: statementsOf('audit', 'audit_log', 'sequence'),
};

const findRestore = sql('anchors.newest-restore', "SELECT hash FROM audit_log WHERE entity = 'ledger' AND action IN ('restore', 'begin-anew') ORDER BY sequence DESC LIMIT 1");

/** The audit row, by its hash, of the newest restore of a backup into this file, or of its having been begun anew in the place of one that is lost; null when there was none. */
export function newestRestore(database: ReadableDatabase): string | null {
  return database.get<{ hash: string }>(findRestore)?.hash ?? null;
}

/** Where a log ends; null while nothing was written into it. */
export function headOfLog(database: ReadableDatabase, log: AnchoredLog): LogHead | null {
  return database.get<LogHead>(statements[log].head) ?? null;
}

/** The hash of the row at a place of a log, undefined when there is none. */
export function loggedHash(database: ReadableDatabase, log: AnchoredLog, sequence: number): string | undefined {
  return database.get<{ hash: string }>(statements[log].hashAt, [sequence])?.hash;
}
