/** A ledger as an older Daybook left it: its first migrations only, with entries in it that are sealed as they were then. */
import { createAccountTally } from '../ledger/account-totals.ts';
import { hashOfEntry, chainStart } from '../ledger/sealing.ts';
import { inputHashOf } from '../ledger/journal-entry.ts';
import { readChartOfAccounts } from '../ledger/chart-of-accounts.ts';
import { addToAccountTotals } from '../ledger/account-totals.repository.ts';
import { sql } from '../database/handles.ts';
import { migrateDatabase, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import { idFromKey } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { compareBooks } from './books-of.ts';
import { smallSale } from './small-books.ts';

const insertAccount = sql('old.account', 'INSERT INTO accounts (code, name, type, normal_side, description) VALUES (?, ?, ?, ?, ?)');
/** From this migration on postings are kept by the entry's place in the chain. */
const firstWithLines = 10;
const insertPostingLine = sql('old.posting-line', 'INSERT INTO posting_lines (ledger_sequence, line_number, account_code, direction, amount_minor, currency, functional_amount_minor, rate, party_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
const insertOldPosting = sql('old.posting', 'INSERT INTO postings (entry_id, line_number, account_code, direction, amount_minor, currency, functional_amount_minor, rate, party_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
const insertEntry = sql('old.entry', 'INSERT INTO journal_entries (ledger_sequence, id, entry_date, recorded_at, kind, source_type, source_id, idempotency_key, input_hash, reverses_entry_id, concerns_month, memo, previous_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
const integrityCheck = sql('old.integrity', 'PRAGMA integrity_check(1)');

const migrations = readMigrations(migrationsFolder('sqlite'));

/** @param version how many migrations it has; at least {@link makeLedgerOfSchema.oldest}: the first Daybook that was given away. */
export function makeLedgerOfSchema(file: string, version: number, entries: number): void {
  const database = openDatabase({ file, logger: silentLogger });
  try {
    migrateDatabase(database, migrations.slice(0, version), 0);
    database.transaction('old books', (writable) => {
      for (const { code, name, type, normalSide, description } of readChartOfAccounts()) writable.run(insertAccount, [code, name, type, normalSide, description]);
      let previousHash = chainStart;
      const tally = createAccountTally();
      const insertPosting = version < firstWithLines ? insertOldPosting : insertPostingLine;
      for (let sequence = 1; sequence <= entries; sequence += 1) {
        const draft = smallSale(`old/${sequence}`, sequence);
        const unhashed = {
          ledger_sequence: sequence, id: idFromKey(draft.key), entry_date: draft.entryDate, recorded_at: 0, kind: draft.kind, source_type: draft.sourceType, source_id: draft.sourceId, idempotency_key: draft.key,
          input_hash: inputHashOf(draft), reverses_entry_id: null, concerns_month: null, memo: draft.memo, previous_hash: previousHash,
        };
        const hash = hashOfEntry(unhashed, draft.postings);
        for (const [index, posting] of draft.postings.entries()) writable.run(insertPosting, [version < firstWithLines ? unhashed.id : sequence, index + 1, posting.accountCode, posting.direction, posting.amount, posting.currency, posting.functionalAmount, posting.rate, posting.partyId]);
        writable.run(insertEntry, [...Object.values(unhashed), hash]);
        tally.add(draft.entryDate, draft.postings);
        previousHash = hash;
      }
      addToAccountTotals(writable, tally.sums(), entries);
    });
  } finally {
    database.close();
  }
}

makeLedgerOfSchema.oldest = 8;
makeLedgerOfSchema.versions = migrations.length;

/** What two ledgers of whatever schema do not have in common, and whether the first is whole. */
makeLedgerOfSchema.differences = (file: string, original: string): string[] => {
  const left = openDatabase({ file, logger: silentLogger });
  const right = openDatabase({ file: original, logger: silentLogger });
  try {
    const integrity = left.get<{ integrity_check: string }>(integrityCheck)?.integrity_check;
    return [...(integrity === 'ok' ? [] : [`integrity: ${integrity}`]), ...compareBooks(left, right).map((difference) => `books: ${JSON.stringify(difference)}`)];
  } finally {
    left.close();
    right.close();
  }
};
