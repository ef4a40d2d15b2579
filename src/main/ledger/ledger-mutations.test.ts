/**
 * Any value of entries, postings, accounts, months and the audit log that is changed, removed, added or exchanged behind the triggers' back is found, and so is an end that
 * was cut off; where it is about an entry, that entry is named. 200 trials here, 10,000 in the long form; a failing trial prints its seed.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localDate, month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { accountCodes } from './account-codes.ts';
import { anchoredLogs, headsOfLogs, type Anchor } from './anchors.ts';
import type { JournalEntryDraft } from './journal-entry.ts';
import { createJournal } from './journal.ts';
import { createLedgerVerification } from './ledger-verification.ts';
import { createLocalPeriodAuthority } from './local-period-authority.ts';
import { createPeriodClose } from './period-close.ts';

const trials = process.env['DAYBOOK_LONG'] ? 10_000 : 200;
const firstSeed = process.env['DAYBOOK_SEED'] ? Number(process.env['DAYBOOK_SEED']) : 20_261_118;

/** A stream of numbers in [0, 1) from a seed (mulberry32, public domain). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Value = string | number | null;
type Row = Record<string, Value>;
interface Table {
  readonly name: string;
  readonly key: readonly string[];
  /** Puts a copied row where there is none yet. */
  readonly fresh: (row: Row, random: () => number) => Row;
}

const tables: readonly Table[] = [
  { name: 'journal_entries', key: ['ledger_sequence'], fresh: (row, random) => ({ ...row, ledger_sequence: 1_000 + Math.floor(random() * 9), id: idFromKey(`new/${random()}`), idempotency_key: `new/${random()}`, reverses_entry_id: null }) },
  { name: 'posting_lines', key: ['ledger_sequence', 'line_number'], fresh: (row, random) => ({ ...row, line_number: 10 + Math.floor(random() * 9) }) },
  { name: 'accounts', key: ['code'], fresh: (row, random) => ({ ...row, code: `${1_001 + Math.floor(random() * 9)}-new` }) },
  { name: 'period_log', key: ['sequence'], fresh: (row, random) => ({ ...row, sequence: 100 + Math.floor(random() * 9) }) },
  { name: 'audit_log', key: ['sequence'], fresh: (row, random) => ({ ...row, sequence: 100 + Math.floor(random() * 9) }) },
  { name: 'ledger_periods', key: ['month'], fresh: (row, random) => ({ ...row, month: `2027-0${1 + Math.floor(random() * 9)}` }) },
];

let ledger: TemporaryDatabase;
const rowsOf = (table: Table): Row[] => ledger.database.all<Row>(sql('test.rows', `SELECT * FROM ${table.name} ORDER BY ${table.key.join(', ')}`));
/** As the newest backup saw the ends of the logs. */
let anchors: readonly Anchor[] = [];
const verify = () => createLedgerVerification({ readable: ledger.database, audit: createAuditLog({ clock: { now: () => 0 } }), anchors: { known: () => Promise.resolve(anchors) } }).verify(unattended);

beforeAll(async () => {
  ledger = openTemporaryDatabase();
  const { database } = ledger;
  const clock = { now: () => Date.parse('2026-11-18T14:14:00Z') };
  const timeZone = new TimeZone('Europe/London');
  const journal = createJournal({ clock });
  const audit = createAuditLog({ clock });
  const periods = createPeriodClose({ readable: database, clock, timeZone, authority: createLocalPeriodAuthority({ unitOfWork: database.unitOfWork, audit, timeZone }) });
  const amara = { actor: 'amara', requestId: 'r' };
  const draft = (index: number, on: string, currency: string, change: Partial<JournalEntryDraft> = {}): JournalEntryDraft => {
    const posting = (accountCode: string, direction: 'debit' | 'credit', amount: number) => ({ accountCode, direction, amount: minorUnits(amount), currency, functionalAmount: minorUnits(amount * 2), rate: currency === 'usd' ? null : '2', partyId: index % 3 === 0 ? `cus_${index}` : null });
    return { key: `test/${index}`, entryDate: localDate(on), kind: 'payment', sourceType: 'test', sourceId: `txn_${index}`, memo: `Payment ${index}`, postings: [posting(accountCodes.stripeClearing, 'debit', 96 + index), posting(accountCodes.paymentFees, 'debit', 4), posting(accountCodes.receivable, 'credit', 100 + index)], ...change };
  };
  const post = (...drafts: JournalEntryDraft[]) => database.unitOfWork.run('test', (writable) => journal.post(writable, drafts));
  post(...Array.from({ length: 12 }, (_, index) => draft(index, `2026-0${8 + (index % 2)}-1${index % 10}`, ['usd', 'jpy', 'kwd'][index % 3] ?? 'usd')));
  await periods.close(month('2026-08'), [], amara);
  await periods.close(month('2026-09'), [], amara);
  post(draft(12, '2026-09-30', 'usd'), draft(13, '2026-10-02', 'eur', { reversesEntryId: idFromKey('test/3') }));
  await periods.requestReopen(month('2026-09'), 'A bill was missing', amara);
  post(draft(14, '2026-09-29', 'usd'));
  await periods.close(month('2026-09'), [], amara);
  await periods.close(month('2026-10'), [], amara);
  post(draft(15, '2026-11-02', 'usd'), draft(16, '2026-10-31', 'gbp'));
  const heads = headsOfLogs(database);
  anchors = anchoredLogs.flatMap((log) => (heads[log] ? [{ log, ...heads[log], where: 'the backup' }] : []));
  // Rules of the file that would keep most changes out are not at hand to somebody with an editor.
  database.connection.pragma('foreign_keys = OFF');
  database.connection.pragma('ignore_check_constraints = ON');
});
afterAll(() => ledger[Symbol.dispose]());

function otherValue(value: Value, column: string, rows: readonly Row[], random: () => number): Value {
  const others = rows.map((row) => row[column] ?? null).filter((other) => other !== value && other !== null);
  if (others.length > 0 && random() < 0.4) return others[Math.floor(random() * others.length)] ?? null;
  if (typeof value === 'number' && random() < 0.05) return 2 ** 60; // more than a number holds exactly
  if (typeof value === 'number') return value + (random() < 0.5 ? 1 : -1) * (1 + Math.floor(random() * (random() < 0.5 ? 3 : 1_000_000)));
  if (value === null) return random() < 0.5 ? '' : `x${Math.floor(random() * 9)}`;
  const at = Math.floor(random() * value.length);
  return random() < 0.3 ? `${value} ` : `${value.slice(0, at)}${String.fromCharCode(97 + Math.floor(random() * 26))}${value.slice(at + 1)}`;
}

interface Mutation {
  readonly told: string;
  readonly statements: readonly { readonly text: string; readonly values: readonly Value[] }[];
  /** The sequence of the first entry it touches. */
  readonly entry: number | null;
}

const where = (table: Table, row: Row) => ({ text: table.key.map((column) => `${column} = ?`).join(' AND '), values: table.key.map((column) => row[column] ?? null) });
const entryOf = (table: Table, row: Row): number | null => (table.name === 'journal_entries' || table.name === 'posting_lines' ? Number(row['ledger_sequence']) : null);

function mutationFrom(random: () => number): Mutation {
  const table = tables[Math.floor(random() * tables.length)]!;
  const rows = rowsOf(table);
  const pick = (): Row => rows[Math.floor(random() * rows.length)]!;
  const row = pick();
  const kind = random();
  if (kind < 0.08) {
    const gone = rows.slice(-1 - Math.floor(random() * 3));
    return { told: `${table.name}: ${gone.length} cut off at the end`, statements: gone.map((each) => ({ text: `DELETE FROM ${table.name} WHERE ${where(table, each).text}`, values: where(table, each).values })), entry: entryOf(table, gone[0]!) };
  }
  if (kind < 0.15) return { told: `${table.name}: one removed`, statements: [{ text: `DELETE FROM ${table.name} WHERE ${where(table, row).text}`, values: where(table, row).values }], entry: entryOf(table, row) };
  if (kind < 0.3) {
    const fresh = table.fresh(row, random);
    return { told: `${table.name}: one added`, statements: [{ text: `INSERT INTO ${table.name} (${Object.keys(fresh).join(', ')}) VALUES (${Object.keys(fresh).map(() => '?').join(', ')})`, values: Object.values(fresh) }], entry: entryOf(table, fresh) };
  }
  if (kind < 0.45) {
    const other = pick();
    const columns = Object.keys(row).filter((column) => !table.key.includes(column));
    const put = (to: Row, from: Row) => ({ text: `UPDATE ${table.name} SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE ${where(table, to).text}`, values: [...columns.map((column) => from[column] ?? null), ...where(table, to).values] });
    const aside = Object.fromEntries(Object.entries(row).map(([column, value]) => [column, typeof value === 'string' ? `aside-${value}` : value]));
    return { told: `${table.name}: two exchanged`, statements: [put(row, aside), put(other, row), put(row, other)], entry: Math.min(entryOf(table, row) ?? Infinity, entryOf(table, other) ?? Infinity) || null };
  }
  const columns = Object.keys(row);
  const column = columns[Math.floor(random() * columns.length)]!;
  return { told: `${table.name}.${column} changed`, statements: [{ text: `UPDATE ${table.name} SET ${column} = ? WHERE ${where(table, row).text}`, values: [otherValue(row[column] ?? null, column, rows, random), ...where(table, row).values] }], entry: entryOf(table, row) };
}

const snapshot = (): string => JSON.stringify(tables.map(rowsOf));

/** Applies it with the triggers of the tables away, puts them back, and looks. null: the file itself did not take it, or nothing is different. */
async function tryMutation(mutation: Mutation, before: string): Promise<Awaited<ReturnType<typeof verify>> | null> {
  const { connection } = ledger.database;
  connection.exec('BEGIN');
  try {
    const triggers = connection.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN (${tables.map((table) => `'${table.name}'`).join(', ')})`).all() as { name: string; sql: string }[];
    for (const { name } of triggers) connection.exec(`DROP TRIGGER ${name}`);
    try {
      for (const { text, values } of mutation.statements) connection.prepare(text).run(...values);
    } catch {
      return null; // a unique index, a column that takes no text, …
    }
    for (const trigger of triggers) connection.exec(trigger.sql);
    return snapshot() === before ? null : await verify();
  } finally {
    connection.exec('ROLLBACK');
  }
}

describe('the verification', () => {
  test(`finds each of ${trials.toLocaleString('en-US')} random changes`, { timeout: 3_600_000 }, async () => {
    expect(await verify()).toMatchObject({ isSound: true, entries: 17 });
    const before = snapshot();
    let done = 0;
    for (let seed = firstSeed; done < trials; seed += 1) {
      const mutation = mutationFrom(randomFrom(seed));
      const result = await tryMutation(mutation, before);
      if (!result) continue;
      done += 1;
      expect(result.isSound, `seed ${seed}: ${mutation.told}`).toBe(false);
      // What is wrong with an entry is named at that entry, or at the next one, which does not follow any more.
      const named = Number(/entry (\d+)/i.exec(result.firstFault?.message ?? '')?.[1] ?? Number.NaN);
      if (!Number.isNaN(named) && mutation.entry !== null && Number.isFinite(mutation.entry)) expect(named - mutation.entry, `seed ${seed}: ${mutation.told} at ${mutation.entry}, ${result.firstFault?.code}`).toBeLessThanOrEqual(1);
    }
    expect(await verify()).toMatchObject({ isSound: true });
  });
});
