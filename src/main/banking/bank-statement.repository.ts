/** All SQL of bank accounts, statements, their lines and the ways CSVs are read. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { CsvMapping } from './csv-mapping.ts';
import type { StatementOutline } from './statement-checking.ts';
import type { StatementLine } from './statement-file.ts';

export interface BankAccount {
  readonly id: string;
  readonly number: string;
  readonly isIban: boolean;
  readonly name: string;
  readonly currency: string;
  readonly ledgerAccount: string;
}

export interface BankImport {
  readonly id: string;
  readonly fileName: string;
  readonly format: string;
  readonly contentHash: string;
  readonly sizeBytes: number;
  readonly mappingName: string | null;
  readonly startedAt: number;
  readonly actor: string;
}

const accountColumns = 'id, number, is_iban AS "isIban", name, currency, ledger_account AS "ledgerAccount"';
const selectAccount = sql('bank-accounts.get', `SELECT ${accountColumns} FROM bank_accounts WHERE id = ?`);
const selectAccounts = sql('bank-accounts.list', `SELECT ${accountColumns} FROM bank_accounts ORDER BY name, currency, id`);
const insertAccount = sql('bank-accounts.insert', 'INSERT INTO bank_accounts (id, number, is_iban, name, currency, ledger_account, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING');
const updateAccount = sql('bank-accounts.update', 'UPDATE bank_accounts SET name = ?, ledger_account = ? WHERE id = ?');
const selectLedgerAccount = sql('bank-accounts.ledger-account', 'SELECT code, type FROM accounts WHERE code = ?');

const insertImport = sql('bank-imports.insert', 'INSERT INTO bank_imports (id, file_name, format, content_hash, size_bytes, mapping_name, started_at, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
const finishImportRow = sql('bank-imports.finish', 'UPDATE bank_imports SET finished_at = ?, statements = ?, lines_added = ?, lines_known = ? WHERE id = ?');
const dropImport = sql('bank-imports.drop', 'DELETE FROM bank_imports WHERE id = ? AND NOT EXISTS (SELECT 1 FROM bank_statements WHERE import_id = bank_imports.id)');

const insertStatement = sql(
  'bank-statements.insert',
  `INSERT INTO bank_statements (id, account_id, reference, sequence_number, from_on, to_on, opening_minor, closing_minor, lines, credits_minor, debits_minor, proof, is_whole, import_id)
   VALUES (?, ?, ?, ?, NULL, NULL, NULL, NULL, 0, 0, 0, 'none', 0, ?) ON CONFLICT (id) DO NOTHING`,
);
const wholeStatement = sql(
  'bank-statements.whole',
  'UPDATE bank_statements SET from_on = ?, to_on = ?, opening_minor = ?, closing_minor = ?, lines = ?, credits_minor = ?, debits_minor = ?, proof = ?, is_whole = 1 WHERE id = ? AND is_whole = 0',
);
const statementFigures = sql('bank-statements.figures', 'SELECT lines, credits_minor AS "creditsMinor", debits_minor AS "debitsMinor", closing_minor AS "closingMinor", from_on AS "from", to_on AS "to", opening_minor AS "openingMinor" FROM bank_statements WHERE id = ? AND is_whole = 1');
const emptyStatement = sql('bank-statements.empty', 'DELETE FROM bank_statements WHERE id = ? AND NOT EXISTS (SELECT 1 FROM bank_lines WHERE statement_id = bank_statements.id)');

// One row a statement: of several, SQLite keeps each page as it was before the statement, and a line's id lands on a page of its own; a tenth of an import was that.
const lineInsert = sql(
  'bank-lines.insert',
  'INSERT INTO bank_lines (id, account_id, statement_id, position, booked_on, valued_on, amount_minor, entry_reference, references_text, counterparty_name, counterparty_account, description, bank_code, balance_after_minor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
);
const dropLines = sql('bank-lines.drop-of-statement', 'DELETE FROM bank_lines WHERE statement_id = ? AND match_id IS NULL AND rowid IN (SELECT rowid FROM bank_lines WHERE statement_id = ? LIMIT 2000)');

const selectMappings = sql('bank-mappings.list', 'SELECT name, mapping, saved_at AS "savedAt", saved_by AS "savedBy" FROM bank_csv_mappings ORDER BY name');
const selectMapping = sql('bank-mappings.get', 'SELECT mapping FROM bank_csv_mappings WHERE name = ?');
const upsertMapping = sql('bank-mappings.save', 'INSERT INTO bank_csv_mappings (name, mapping, saved_at, saved_by) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET mapping = excluded.mapping, saved_at = excluded.saved_at, saved_by = excluded.saved_by');
const deleteMapping = sql('bank-mappings.remove', 'DELETE FROM bank_csv_mappings WHERE name = ?');

type AccountRow = Omit<BankAccount, 'isIban'> & { readonly isIban: number };
const toAccount = (row: AccountRow): BankAccount => ({ ...row, isIban: row.isIban === 1 });

export function findBankAccount(database: ReadableDatabase, id: string): BankAccount | undefined {
  const row = database.get<AccountRow>(selectAccount, [id]);
  return row && toAccount(row);
}
export const listBankAccounts = (database: ReadableDatabase): BankAccount[] => database.all<AccountRow>(selectAccounts).map(toAccount);
/** @returns whether it was new. */
export const saveBankAccount = (database: WritableDatabase, account: BankAccount, at: number, by: string): boolean =>
  database.run(insertAccount, [account.id, account.number, account.isIban ? 1 : 0, account.name, account.currency, account.ledgerAccount, at, by]) > 0;
export const changeBankAccount = (database: WritableDatabase, account: Pick<BankAccount, 'id' | 'name' | 'ledgerAccount'>): void => void database.run(updateAccount, [account.name, account.ledgerAccount, account.id]);
/** The type of an account of the chart, undefined when there is none. */
export const typeOfLedgerAccount = (database: ReadableDatabase, code: string): string | undefined => database.get<{ type: string }>(selectLedgerAccount, [code])?.type;

export function beginImport(database: WritableDatabase, started: BankImport): void {
  database.run(insertImport, [started.id, started.fileName, started.format, started.contentHash, started.sizeBytes, started.mappingName, started.startedAt, started.actor]);
}
export const finishImport = (database: WritableDatabase, id: string, at: number, counts: { readonly statements: number; readonly added: number; readonly known: number }): void => void database.run(finishImportRow, [at, counts.statements, counts.added, counts.known, id]);
/** Where it left nothing behind. */
export const forgetImport = (database: WritableDatabase, id: string): void => void database.run(dropImport, [id]);

/** @returns whether it was new. */
export const beginStatement = (database: WritableDatabase, statement: { readonly id: string; readonly accountId: string; readonly reference: string | null; readonly sequenceNumber: string | null; readonly importId: string }): boolean =>
  database.run(insertStatement, [statement.id, statement.accountId, statement.reference, statement.sequenceNumber, statement.importId]) > 0;
export const endStatement = (database: WritableDatabase, id: string, outline: StatementOutline): void =>
  void database.run(wholeStatement, [outline.from, outline.to, outline.openingMinor, outline.closingMinor, outline.lines, outline.creditsMinor, outline.debitsMinor, outline.proof, id]);
export type StatementFigures = Pick<StatementOutline, 'lines' | 'creditsMinor' | 'debitsMinor' | 'closingMinor' | 'from' | 'to' | 'openingMinor'>;
/** Of a statement that is here whole. */
export const findStatementFigures = (database: ReadableDatabase, id: string): StatementFigures | undefined => database.get(statementFigures, [id]);
export const dropEmptyStatement = (database: WritableDatabase, id: string): void => void database.run(emptyStatement, [id]);
/** Some of a statement's lines that are matched with nothing. @returns how many. */
export const dropSomeLines = (database: WritableDatabase, statementId: string): number => database.run(dropLines, [statementId, statementId]);

export interface NewBankLine {
  readonly id: string;
  readonly accountId: string;
  readonly statementId: string;
  readonly position: number;
  readonly line: StatementLine;
}

/** Those that are known are left as they are. @returns how many were new. */
export function insertBankLines(database: WritableDatabase, lines: readonly NewBankLine[]): number {
  let added = 0;
  for (const { id, accountId, statementId, position, line } of lines) {
    added += database.run(lineInsert, [id, accountId, statementId, position, line.bookedOn, line.valuedOn, line.amountMinor, line.entryReference, line.references.join('\n'), line.counterpartyName, line.counterpartyAccount, line.description, line.bankCode, line.balanceAfterMinor]);
  }
  return added;
}

export interface KnownMapping {
  readonly mapping: CsvMapping;
  readonly savedAt: number;
  readonly savedBy: string;
}

export const listMappings = (database: ReadableDatabase): KnownMapping[] => database.all<{ mapping: string; savedAt: number; savedBy: string }>(selectMappings).map((row) => ({ ...row, mapping: JSON.parse(row.mapping) as CsvMapping }));
export function findMapping(database: ReadableDatabase, name: string): CsvMapping | undefined {
  const row = database.get<{ mapping: string }>(selectMapping, [name]);
  return row && (JSON.parse(row.mapping) as CsvMapping);
}
export const saveMapping = (database: WritableDatabase, mapping: CsvMapping, at: number, by: string): void => void database.run(upsertMapping, [mapping.name, JSON.stringify(mapping), at, by]);
/** @returns whether there was one. */
export const removeMapping = (database: WritableDatabase, name: string): boolean => database.run(deleteMapping, [name]) > 0;
