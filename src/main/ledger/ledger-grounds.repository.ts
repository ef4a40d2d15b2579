/** What the verification reads of accounts and months. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { Account } from './chart-of-accounts.ts';

const listAccounts = sql('grounds.accounts', 'SELECT code, name, type, normal_side AS normalSide, description FROM accounts ORDER BY code');
const findHash = sql('grounds.hash-at', 'SELECT hash FROM journal_entries WHERE ledger_sequence = ?');
const findEntryInside = sql('grounds.entry-in-closed-month', 'SELECT id, ledger_sequence AS sequence, entry_date AS day FROM journal_entries WHERE ledger_sequence > ? AND ledger_sequence <= ? AND entry_date < ? ORDER BY ledger_sequence LIMIT 1');
const countOwnActs = sql('grounds.period-acts', "SELECT count(*) AS count FROM audit_log WHERE entity = 'period'");

export const standingAccounts = (database: ReadableDatabase): Account[] => database.all<Account>(listAccounts);
export const hashOfSequence = (database: ReadableDatabase, sequence: number): string | undefined => database.get<{ hash: string }>(findHash, [sequence])?.hash;
/** The first entry of (after, upTo] that is dated before a day. */
export const entryDatedBefore = (database: ReadableDatabase, after: number, upTo: number, day: string): { readonly id: string; readonly sequence: number; readonly day: string } | undefined => database.get(findEntryInside, [after, upTo, day]);
/** How many acts on months the audit log of this desk tells of. */
export const auditedPeriodActs = (database: ReadableDatabase): number => database.get<{ count: number }>(countOwnActs)?.count ?? 0;
