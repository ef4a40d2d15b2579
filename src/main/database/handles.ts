/**
 * What code may do with the local database, in the type of the handle: a query holds a ReadableDatabase and cannot write (architecture.md §2, §3).
 */

/** A statement with the name it is logged under when it is slow. Made once, at module level, by {@link sql}. */
export interface Sql {
  readonly name: string;
  readonly text: string;
}

/** Names a statement: `sql('invoices.by-month', 'SELECT …')`. Values are always bound, never spliced into the text. */
export function sql(name: string, text: string): Sql {
  return { name, text };
}

export type SqlValue = string | number | bigint | null | Uint8Array;
/** Positional (`?`) or named (`:name`) values. */
export type SqlParameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

export interface ReadableDatabase {
  /** The first row, or undefined. `Row` is the caller's word for the shape its own SQL selects. */
  get<Row>(statement: Sql, parameters?: SqlParameters): Row | undefined;
  all<Row>(statement: Sql, parameters?: SqlParameters): Row[];
  /** Rows one by one, for what is too large to hold. No other statement may write on this handle meanwhile. */
  iterate<Row>(statement: Sql, parameters?: SqlParameters): IterableIterator<Row>;
  /** See {@link readTogether}; a handle that only passes questions on has none. */
  readonly snapshot?: <Result>(work: () => Result) => Result;
}

/**
 * Reads of one moment: nobody's writes come between them. Many small questions cost half of what they cost one by one, as the file is locked for reading once. Synchronous by
 * construction, and nothing is written meanwhile.
 */
export function readTogether<Result>(database: ReadableDatabase, work: () => Result): Result {
  return database.snapshot ? database.snapshot(work) : work();
}

export interface WritableDatabase extends ReadableDatabase {
  /** @returns how many rows were changed. */
  run(statement: Sql, parameters?: SqlParameters): number;
}

/**
 * One short write transaction. The work is synchronous by construction: nothing can be awaited inside (architecture.md §5). What it throws
 * rolls everything back. A call inside a running transaction joins it.
 */
export interface UnitOfWork {
  run<Result>(name: string, work: (database: WritableDatabase) => Result): Result;
  /** How long a transaction may take now, its commit included: milliseconds. Left out where nobody else writes to the file; see database/write-turns.ts. */
  readonly patienceMs?: () => number;
}

/**
 * For bulk loads of what can be fetched again: while the work runs, commits are not forced to disk one by one. The file stays consistent; a power
 * cut may take the newest of them back, and the work's own cursors with them. Afterwards everything is on disk before the promise resolves;
 * of work within such work, before that of the whole does.
 */
export interface Durability {
  /** @param cacheKilobytes pages that are kept in memory meanwhile, for work that asks for many random ones again and again; left out: as always. Of work within such work the whole's holds. */
  relaxWhile<Result>(work: () => Promise<Result>, cacheKilobytes?: number): Promise<Result>;
}
