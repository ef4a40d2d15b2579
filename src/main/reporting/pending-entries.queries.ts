/** Entries that wait for the sealer, as screens show them. */
import type { z } from 'zod';
import type { pendingEntrySchema, periodProcedures } from '../../shared/api/ledger-periods.contract.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { isPersonsAct } from '../ledger/persons-acts.ts';

type Input = z.output<NonNullable<(typeof periodProcedures.pending)['~orpc']['inputSchema']>>;
type PendingEntry = z.infer<typeof pendingEntrySchema>;

const columns = "id, idempotency_key AS key, entry_date AS entryDate, recorded_at AS recordedAt, reason_code AS reasonCode, body ->> '$.kind' AS kind, body ->> '$.memo' AS memo, body ->> '$.sourceType' AS sourceType, body ->> '$.sourceId' AS sourceId";
const statements = {
  recordedAt: { ascending: sql('pending.by-recorded', `SELECT ${columns} FROM provisional_entries ORDER BY rowid LIMIT ? OFFSET ?`), descending: sql('pending.by-recorded-down', `SELECT ${columns} FROM provisional_entries ORDER BY rowid DESC LIMIT ? OFFSET ?`) },
  entryDate: { ascending: sql('pending.by-date', `SELECT ${columns} FROM provisional_entries ORDER BY entry_date, rowid LIMIT ? OFFSET ?`), descending: sql('pending.by-date-down', `SELECT ${columns} FROM provisional_entries ORDER BY entry_date DESC, rowid DESC LIMIT ? OFFSET ?`) },
};
const countAll = sql('pending.count', 'SELECT count(*) AS total FROM provisional_entries');
const debits = (from: string): string => `SELECT p.id, m.value ->> '$.currency' AS currency, sum(m.value ->> '$.amount') AS amount FROM ${from} JOIN json_each(p.body, '$.postings') AS m WHERE m.value ->> '$.direction' = 'debit'`;
const amountsOf = sql('pending.amounts', `${debits('json_each(?) AS k JOIN provisional_entries AS p ON p.id = k.value')} GROUP BY 1, 2 ORDER BY 1, 2`);
const sumAll = sql('pending.sums', `SELECT currency, sum(amount) AS amount FROM (${debits('provisional_entries AS p')} GROUP BY 1, 2) GROUP BY currency ORDER BY currency`);

/** Amounts and sums are what the entries debit. */
export function listPendingEntries(database: ReadableDatabase, { startAt, limit, sort }: Input): { rows: PendingEntry[]; total: number; sums: { amount: number; currency: string }[] } {
  const rows = database.all<Omit<PendingEntry, 'amounts' | 'isWithdrawable'> & { readonly key: string }>((sort?.column === 'entryDate' ? statements.entryDate : statements.recordedAt)[sort?.direction ?? 'ascending'], [limit, startAt]);
  const amounts = Map.groupBy(database.all<{ id: string; currency: string; amount: number }>(amountsOf, [JSON.stringify(rows.map((row) => row.id))]), (amount) => amount.id);
  return {
    rows: rows.map(({ key, ...row }) => ({ ...row, isWithdrawable: row.reasonCode !== null && isPersonsAct(key), amounts: (amounts.get(row.id) ?? []).map(({ amount, currency }) => ({ amount, currency })) })),
    total: database.get<{ total: number }>(countAll)?.total ?? 0, sums: database.all(sumAll),
  };
}
