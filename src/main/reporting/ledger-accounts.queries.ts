/**
 * The chart with the currencies each account has moved in, and the kinds that entries have: what a person chooses from. Read by steps from one value of an
 * index to the next, never by a walk.
 */
import type { z } from 'zod';
import type { ledgerAccountSchema } from '../../shared/api/ledger-reading.contract.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';

export type LedgerAccountView = z.infer<typeof ledgerAccountSchema>;

const listAccounts = sql('ledger.accounts', 'SELECT code, name, type, normal_side AS normalSide, description FROM accounts ORDER BY code');
const nextCurrency = sql('ledger.next-currency', 'SELECT min(currency) AS value FROM posting_lines WHERE account_code = ? AND currency > ?');
const nextSourceType = sql('ledger.next-source-type', 'SELECT min(source_type) AS value FROM journal_entries WHERE source_type > ?');
const nextKind = sql('ledger.next-kind', 'SELECT min(kind) AS value FROM journal_entries WHERE source_type = ? AND kind > ?');

function valuesOf(database: ReadableDatabase, next: ReturnType<typeof sql>, ...scope: readonly string[]): string[] {
  const values: string[] = [];
  for (;;) {
    const value = database.get<{ value: string | null }>(next, [...scope, values.at(-1) ?? ''])?.value ?? null;
    if (value === null) return values;
    values.push(value);
  }
}

/** Every account of the chart, in the order of its codes. */
export function readLedgerAccounts(database: ReadableDatabase): LedgerAccountView[] {
  return database.all<Omit<LedgerAccountView, 'currencies'>>(listAccounts).map((account) => ({ ...account, currencies: valuesOf(database, nextCurrency, account.code) }));
}

/** What entries are made of and what they record, each pair once. */
export interface EntryNature {
  readonly sourceType: string;
  readonly kind: string;
}

export function readEntryNatures(database: ReadableDatabase): EntryNature[] {
  return valuesOf(database, nextSourceType).flatMap((sourceType) => valuesOf(database, nextKind, sourceType).map((kind) => ({ sourceType, kind })));
}

export function readEntryKinds(database: ReadableDatabase): { kinds: string[]; sourceTypes: string[] } {
  const natures = readEntryNatures(database);
  return { kinds: [...new Set(natures.map((nature) => nature.kind))].sort(), sourceTypes: [...new Set(natures.map((nature) => nature.sourceType))].sort() };
}
