/** What is asked of a ledger's file as a whole. */
import { sql, type ReadableDatabase } from '../database/handles.ts';

const findHead = sql('backup.head', 'SELECT ledger_sequence AS sequence, hash FROM journal_entries ORDER BY ledger_sequence DESC LIMIT 1');
const findSetting = sql('backup.setting', 'SELECT value FROM ledger_settings WHERE name = ?');
const findSchemaVersion = sql('backup.schema-version', 'SELECT max(name) AS name FROM applied_migrations');
const listTables = sql('backup.tables', "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
const checkIntegrity = sql('backup.integrity-check', 'PRAGMA integrity_check(1)');
const readPageCount = sql('backup.page-count', 'PRAGMA page_count');
const readPageSize = sql('backup.page-size', 'PRAGMA page_size');
const countEntriesAfter = sql('backup.entries-after', 'SELECT kind, count(*) AS count FROM journal_entries WHERE ledger_sequence > ? GROUP BY kind ORDER BY count DESC, kind');
const listInvoiceNumbers = sql('backup.invoice-numbers', 'SELECT invoice_number AS number FROM invoices WHERE invoice_number IS NOT NULL ORDER BY invoice_number');

export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
}

export interface LedgerFileFacts {
  readonly schemaVersion: string;
  readonly gatewayAccount: string | null;
  readonly mode: string | null;
  readonly functionalCurrency: string | null;
  readonly reportingTimeZone: string | null;
  readonly head: ChainHead | null;
  readonly rows: Readonly<Record<string, number>>;
}

const setting = (database: ReadableDatabase, name: string): string | null => database.get<{ value: string }>(findSetting, [name])?.value ?? null;

export function readIdentity(database: ReadableDatabase): Pick<LedgerFileFacts, 'gatewayAccount' | 'mode'> {
  return { gatewayAccount: setting(database, 'gateway_account'), mode: setting(database, 'mode') };
}

export const readHead = (database: ReadableDatabase): ChainHead | null => database.get<ChainHead>(findHead) ?? null;

/** Counts every row of every table: seconds on a large ledger. */
export function readFacts(database: ReadableDatabase): LedgerFileFacts {
  const tables = database.all<{ name: string }>(listTables).map((row) => row.name);
  const rows = tables.map((name) => [name, database.get<{ count: number }>(sql('backup.count-rows', `SELECT count(*) AS count FROM "${name.replaceAll('"', '""')}"`))?.count ?? 0] as const);
  return { ...readIdentity(database), functionalCurrency: setting(database, 'functional_currency'), reportingTimeZone: setting(database, 'reporting_time_zone'), schemaVersion: database.get<{ name: string | null }>(findSchemaVersion)?.name ?? '', head: readHead(database), rows: Object.fromEntries(rows) };
}

/** 'ok', or the first thing SQLite finds wrong. */
export const integrityOf = (database: ReadableDatabase): string => database.get<{ integrity_check: string }>(checkIntegrity)?.integrity_check ?? 'no answer';

export function byteLengthOf(database: ReadableDatabase): number {
  return (database.get<{ page_count: number }>(readPageCount)?.page_count ?? 0) * (database.get<{ page_size: number }>(readPageSize)?.page_size ?? 0);
}

/** Entries behind a place of the chain, by kind, most first. */
export const entriesAfter = (database: ReadableDatabase, sequence: number): { kind: string; count: number }[] => database.all(countEntriesAfter, [sequence]);

/** The numbers given to our own invoices. */
export const invoiceNumbers = (database: ReadableDatabase): string[] => database.all<{ number: string }>(listInvoiceNumbers).map((row) => row.number);
