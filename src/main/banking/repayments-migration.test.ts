/** Matches of the version before keep their parts when a part may be what was paid to a customer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sql } from '../database/handles.ts';
import { migrateDatabase, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import { readChartOfAccounts } from '../ledger/chart-of-accounts.ts';
import { ensureAccounts } from '../ledger/journal.repository.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';

test('parts of matches stay as they were, and take a repayment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-'));
  const database = openDatabase({ file: join(folder, 'ledger.sqlite'), logger: silentLogger });
  try {
    const migrations = readMigrations(migrationsFolder('sqlite'));
    migrateDatabase(database, migrations.filter(({ name }) => name < '0056'), 0);
    const { connection } = database;
    database.transaction('accounts', () => ensureAccounts(database, readChartOfAccounts()));
    connection.exec(`INSERT INTO bank_accounts (id, number, is_iban, currency, name, ledger_account, created_at, created_by) VALUES ('a', 'DE1', 1, 'eur', 'House bank', '1000-bank', 1, 'amara');
      INSERT INTO bank_matches (id, account_id, rule, score_basis_points, reasons, is_automatic, matched_on, residual_minor, entry_keys, matched_at, matched_by) VALUES ('m', 'a', 'by-hand', 10000, '[]', 0, '2026-11-18', 0, '[]', 1, 'amara')`);
    const insert = (kind: string, id: string) => connection.exec(`INSERT INTO bank_match_parts (match_id, kind, object_id, label, amount_minor, object_minor, object_currency, receipt_id) VALUES ('m', '${kind}', '${id}', 'TRF 1', -100, -110, 'usd', NULL)`);
    for (const kind of ['payout', 'receipt', 'invoice']) insert(kind, kind);
    expect(() => insert('repayment', 'act')).toThrow(/CHECK/);
    const parts = sql('test.parts', 'SELECT * FROM bank_match_parts ORDER BY kind');
    const before = database.all(parts);
    expect(before).toHaveLength(3);
    expect(migrateDatabase(database, migrations, 1)).toContain('0056-repayments-on-statements.sql');
    expect(database.all(parts)).toEqual(before);
    insert('repayment', 'act');
    // Later migrations took more kinds in.
    insert('outside-payment', 'in_1');
    expect(() => insert('loan', 'act')).toThrow(/CHECK/);
    expect(() => connection.exec("UPDATE bank_match_parts SET match_id = 'none'")).toThrow(/FOREIGN KEY|UNIQUE/);
    expect(connection.pragma('foreign_key_check')).toEqual([]);
    expect(database.all(sql('test.index', "SELECT name FROM sqlite_schema WHERE tbl_name = 'bank_match_parts' AND type = 'index' AND sql IS NOT NULL"))).toEqual([{ name: 'bank_match_parts_by_object' }]);
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
});
