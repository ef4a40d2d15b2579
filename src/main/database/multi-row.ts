/**
 * Many rows in few statements: a statement costs as much to begin and to end as a row costs to write, so rows go in groups of a fixed size, the rest in
 * small groups, and what is left of that one by one. Each group is one prepared statement.
 */
import { sql, type ReadableDatabase, type Sql, type SqlValue, type WritableDatabase } from './handles.ts';

/** Rows, or keys, of one statement: a page of a hundred objects is four of them, and the rest of anything else is short. */
export const rowsTogether = 25;
const fewRows = 5;

export interface RowsStatement {
  readonly columns: number;
  readonly single: Sql;
  readonly few: Sql;
  readonly group: Sql;
}

/** `rowsStatement('postings.insert', 'INSERT INTO … VALUES', 9, 'ON CONFLICT …')`: the text before and behind the rows. */
export function rowsStatement(name: string, head: string, columns: number, tail = ''): RowsStatement {
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`;
  const textOf = (rows: number): string => `${head} ${Array.from({ length: rows }, () => row).join(', ')} ${tail}`.trimEnd();
  return { columns, single: sql(name, textOf(1)), few: sql(`${name}-few`, textOf(fewRows)), group: sql(`${name}-together`, textOf(rowsTogether)) };
}

/**
 * @param values the rows' values one after the other, `columns` for each row.
 * @returns how many rows were changed.
 */
export function runRows(database: WritableDatabase, statement: RowsStatement, values: readonly SqlValue[]): number {
  const { columns, single, few, group } = statement;
  let changed = 0;
  let at = 0;
  for (const [part, rows] of [[group, rowsTogether], [few, fewRows], [single, 1]] as const) {
    const step = columns * rows;
    for (; at + step <= values.length; at += step) changed += database.run(part, values.slice(at, at + step));
  }
  return changed;
}

export interface KeysStatement {
  readonly single: Sql;
  readonly group: Sql;
}

/** A statement for a list of keys: `textOf` is given the place holders, `SELECT … WHERE id IN (${keys})`. */
export function keysStatement(name: string, textOf: (keys: string) => string): KeysStatement {
  return { single: sql(name, textOf('?')), group: sql(`${name}-together`, textOf(Array.from({ length: rowsTogether }, () => '?').join(', '))) };
}

/** So many keys are asked for one by one; more are filled up with the last of them: a key that is named twice is one key. */
const fewKeys = 2;

function* groupsOf(statement: KeysStatement, keys: readonly SqlValue[]): Generator<readonly [Sql, readonly SqlValue[]]> {
  let at = 0;
  for (; at + rowsTogether <= keys.length; at += rowsTogether) yield [statement.group, keys.slice(at, at + rowsTogether)];
  const rest = keys.slice(at);
  const last = rest.at(-1);
  if (rest.length > fewKeys && last !== undefined) yield [statement.group, [...rest, ...Array.from({ length: rowsTogether - rest.length }, () => last)]];
  else for (const key of rest) yield [statement.single, [key]];
}

/** The rows of all keys, in no order. */
export function allOfKeys<Row>(database: ReadableDatabase, statement: KeysStatement, keys: readonly SqlValue[]): Row[] {
  const rows: Row[] = [];
  for (const [group, values] of groupsOf(statement, keys)) rows.push(...database.all<Row>(group, values));
  return rows;
}

/** @returns how many rows were changed. */
export function runKeys(database: WritableDatabase, statement: KeysStatement, keys: readonly SqlValue[]): number {
  let changed = 0;
  for (const [group, values] of groupsOf(statement, keys)) changed += database.run(group, values);
  return changed;
}
