/** What must hold of a ledger's file after a crash, whenever it came. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { createAuditLog } from '../audit/audit-log.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { sql } from '../database/handles.ts';
import { openDatabase } from '../database/open-database.ts';
import { createLedgerVerification } from '../ledger/ledger-verification.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { compareBooks } from './books-of.ts';

/** What another process has read in the file: it was committed, so it stays. */
export interface Acknowledged {
  /** The newest entry of the chain. */
  readonly head: { readonly sequence: number; readonly hash: string } | null;
  /** Rows the cursors say were read and stored. */
  readonly rowsSeen: number;
  /** Rows of the inbox. */
  readonly staged: number;
}

export const nothingAcknowledged: Acknowledged = { head: null, rowsSeen: 0, staged: 0 };

/** Reads the committed state as a stranger would; null when there is nothing to read yet. */
export function readAcknowledged(file: string): Acknowledged | null {
  if (!existsSync(file)) return null;
  let connection: Sqlite.Database | undefined;
  try {
    connection = new Sqlite(file, { readonly: true, timeout: 0 });
    connection.exec('BEGIN');
    const head = connection.prepare('SELECT ledger_sequence AS sequence, hash FROM journal_entries ORDER BY ledger_sequence DESC LIMIT 1').get() as Acknowledged['head'] | undefined;
    const { rowsSeen } = connection.prepare("SELECT coalesce(sum(rows_seen), 0) AS rowsSeen FROM sync_cursors WHERE source LIKE 'stripe/refill/%'").get() as { rowsSeen: number };
    const { staged } = connection.prepare('SELECT count(*) AS staged FROM sync_inbox').get() as { staged: number };
    return { head: head ?? null, rowsSeen, staged };
  } catch {
    return null; // busy, or not yet migrated
  } finally {
    connection?.close();
  }
}

const integrityCheck = sql('crash.integrity', 'PRAGMA integrity_check(1)');
const hashAt = sql('crash.hash', 'SELECT hash FROM journal_entries WHERE ledger_sequence = ?');
const imbalances = sql('crash.imbalances', "SELECT currency, sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) AS difference FROM postings GROUP BY currency HAVING difference <> 0");
const functionalImbalance = sql('crash.functional', "SELECT coalesce(sum(CASE direction WHEN 'debit' THEN functional_amount_minor ELSE -functional_amount_minor END), 0) AS difference FROM postings");
const seenRows = sql('crash.seen', "SELECT coalesce(sum(rows_seen), 0) AS rows FROM sync_cursors WHERE source LIKE 'stripe/refill/%'");
const stagedRows = sql('crash.staged', 'SELECT count(*) AS rows FROM sync_inbox');

/** What is wrong with the file, in sentences; opened as Daybook opens it, so what a crash left in its log is recovered. */
export async function troublesOf(file: string, acknowledged: Acknowledged): Promise<string[]> {
  const database = openDatabase({ file, logger: silentLogger });
  try {
    const troubles: string[] = [];
    const integrity = database.get<{ integrity_check: string }>(integrityCheck)?.integrity_check;
    if (integrity !== 'ok') troubles.push(`integrity: ${integrity}`);
    for (const { currency, difference } of database.all<{ currency: string; difference: number }>(imbalances)) troubles.push(`trial balance: ${difference} ${currency}`);
    const functional = database.get<{ difference: number }>(functionalImbalance)?.difference;
    if (functional !== 0) troubles.push(`trial balance: ${functional} in functional currency`);
    const { firstFault } = await createLedgerVerification({ readable: database, audit: createAuditLog({ clock: fixedClock(0) }) }).verify(unattended);
    if (firstFault) troubles.push(`ledger verify: ${firstFault.code}: ${firstFault.message}`);
    const { head, rowsSeen, staged } = acknowledged;
    if (head && database.get<{ hash: string }>(hashAt, [head.sequence])?.hash !== head.hash) troubles.push(`entry ${head.sequence} was acknowledged and is gone`);
    const rows = database.get<{ rows: number }>(seenRows)?.rows ?? 0;
    if (rows < rowsSeen) troubles.push(`${rowsSeen} rows were acknowledged and the cursors tell of ${rows}`);
    const inbox = database.get<{ rows: number }>(stagedRows)?.rows ?? 0;
    if (inbox < staged) troubles.push(`${staged} staged objects were acknowledged and ${inbox} are there`);
    return troubles;
  } finally {
    database.close();
  }
}

const listMirrors = sql('crash.mirrors', "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'stripe\\_%' ESCAPE '\\' ORDER BY name");

/** The rows of each mirror table as one digest each, without the moment at which they were looked at. */
function mirrorsOf(file: string, leftOut: readonly string[]): Record<string, string> {
  const database = openDatabase({ file, logger: silentLogger });
  try {
    return Object.fromEntries(
      database.all<{ name: string }>(listMirrors).map(({ name }) => {
        const columns = database.all<{ name: string }>(sql('crash.columns', `PRAGMA table_info(${name})`)).map((column) => column.name).filter((column) => !leftOut.includes(column));
        const hash = createHash('sha256');
        let rows = 0;
        for (const row of database.iterate<object>(sql('crash.mirror', `SELECT ${columns.join(', ')} FROM ${name} ORDER BY ${columns.map((_, index) => index + 1).join(', ')}`))) {
          hash.update(JSON.stringify(row));
          rows += 1;
        }
        return [name, `${rows} rows ${hash.digest('hex').slice(0, 16)}`];
      }),
    );
  } finally {
    database.close();
  }
}

/**
 * How two ledgers differ in what was fetched and in what was posted, in sentences.
 * When something was looked at is nobody's fact and left out.
 * @param isRawCompared false where one was told by events what the other read from lists: the same facts in another dress.
 */
export function differencesBetween(file: string, reference: string, isRawCompared = true): string[] {
  const leftOut = ['observed_at', 'listed_at', ...(isRawCompared ? [] : ['raw'])];
  const mirrors = mirrorsOf(reference, leftOut);
  const differences = Object.entries(mirrorsOf(file, leftOut)).flatMap(([table, digest]) => (mirrors[table] === digest ? [] : [`${table}: ${digest} in place of ${mirrors[table]}`]));
  const left = openDatabase({ file, logger: silentLogger });
  const right = openDatabase({ file: reference, logger: silentLogger });
  try {
    return [...differences, ...compareBooks(left, right).map((difference) => `books: ${JSON.stringify(difference)}`)];
  } finally {
    left.close();
    right.close();
  }
}
