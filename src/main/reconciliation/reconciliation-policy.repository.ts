/** The policy as this desk knows it: its own, or a copy of the shared one. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';

const findPolicy = sql('reconciliation-policy.get', "SELECT value FROM ledger_settings WHERE name = 'reconciliation_policy'");
const savePolicyText = sql('reconciliation-policy.set', "INSERT INTO ledger_settings (name, value, set_at) VALUES ('reconciliation_policy', ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at");

/** JSON text; undefined while nobody set one. */
export const findPolicyText = (database: ReadableDatabase): string | undefined => database.get<{ value: string }>(findPolicy)?.value;
export const keepPolicyText = (database: WritableDatabase, text: string, at: number): void => void database.run(savePolicyText, [text, at]);
