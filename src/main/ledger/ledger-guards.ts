/**
 * What a ledger file has to be made of for its rows to mean what they say: the triggers that keep the books append-only and balanced and the kept totals true, the
 * views entries are read through, and the tables and indexes with their checks, keys and collations. All of it is held against what the migrations make: one that
 * stands under its name and lets everything through is no guard. Pure.
 */
import type { SchemaObject } from '../database/file-schema.ts';

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly subjectId: string;
}

/** Their triggers are guards: without one, what it kept out may have come in. */
const books = new Set(['journal_entries', 'posting_lines', 'provisional_entries', 'accounts', 'account_daily_totals', 'stripe_balance_transactions', 'ledger_periods', 'period_log', 'audit_log']);

/** Line ends as any system writes them, names quoted or not: SQLite quotes what it renames, and not every version of it the same. */
const plain = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll('"', '');

/** SQLite minds no case in a name, so neither may whoever compares them. */
const keyOf = ({ type, name }: SchemaObject): string => `${type}/${name.toLowerCase()}`;

function faultOfObject(expected: SchemaObject, standing: SchemaObject | undefined): Fault | undefined {
  if (standing !== undefined && plain(standing.text) === plain(expected.text)) return undefined;
  const { type, name, table } = expected;
  const fault = (code: string, message: string): Fault => ({ code, message, subjectId: name });
  if (type === 'view') return fault('view-differs', `The view ${name} of the ledger file was changed or taken away: screens and reversals would say something else than the entries.`);
  if (type === 'trigger' && books.has(table)) {
    return standing === undefined ? fault('guard-missing', `The ledger file lacks its guard ${name}: what it kept out may have come in.`) : fault('guard-differs', `The guard ${name} of the ledger file was changed: what it kept out may have come in.`);
  }
  const happened = standing === undefined ? 'was taken away' : 'is not as Daybook made it';
  const means = { table: 'what its checks and keys kept out may have come in', index: 'what it kept out may have come in, and what is read through it may be missing', trigger: 'what it noted or kept out may be missing or have come in' }[type];
  return fault('schema-differs', `The ${type} ${name} of the ledger file ${happened}: ${means}.`);
}

/** A trigger can leave a row out or change it on its way on any table, and a unique index makes the second of two rows one that is there already. Other tables, views and indexes of somebody's change nothing. */
function faultOfStranger({ type, name, text }: SchemaObject): Fault | undefined {
  if (type === 'trigger') return { code: 'guard-unknown', message: `The ledger file has a trigger ${name} that Daybook did not make: what is posted may have been left out or changed on its way.`, subjectId: name };
  if (type === 'index' && /^\s*create\s+unique/i.test(text)) return { code: 'schema-differs', message: `The ledger file has a unique index ${name} that Daybook did not make: rows may have been left out.`, subjectId: name };
  return undefined;
}

/**
 * The first trigger, view, table or index that is missing or does not say what it is to say, or the first stranger among them that can change what is written: `guard-missing`, `guard-differs`,
 * `view-differs`, `schema-differs`, `guard-unknown`. The guards of the books come first.
 * @param expected as the migrations make it.
 * @param standing what the file has.
 */
export function faultOfGuards(expected: readonly SchemaObject[], standing: readonly SchemaObject[]): Fault | undefined {
  const found = new Map(standing.map((object) => [keyOf(object), object]));
  const isGuard = ({ type, table }: SchemaObject): boolean => type === 'trigger' && books.has(table);
  for (const object of [...expected.filter(isGuard), ...expected.filter((each) => !isGuard(each))]) {
    const fault = faultOfObject(object, found.get(keyOf(object)));
    if (fault) return fault;
    found.delete(keyOf(object));
  }
  for (const stranger of found.values()) {
    const fault = faultOfStranger(stranger);
    if (fault) return fault;
  }
  return undefined;
}
