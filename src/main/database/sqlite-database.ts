/**
 * The handles on better-sqlite3: cached prepared statements, slow ones logged by name, SQLite's errors in the house's words.
 */
import type { Database as SqliteConnection, Statement } from 'better-sqlite3';
import type { Logger } from '../platform/logger.ts';
import type { Durability, Sql, SqlParameters, UnitOfWork, WritableDatabase } from './handles.ts';
import { toStorageError } from './storage-errors.ts';
import type { WriteTurn } from './write-turns.ts';

const slowStatementMs = 50;

export class SqliteDatabase implements WritableDatabase {
  readonly connection: SqliteConnection;
  readonly #logger: Logger;
  readonly #statements = new Map<string, Statement>();
  readonly #turn: WriteTurn | undefined;
  /** {@link UnitOfWork} on this connection. */
  readonly unitOfWork: UnitOfWork;

  /** @param turn how this connection takes its turns with others of its process that write to the same file. */
  constructor(connection: SqliteConnection, logger: Logger, turn?: WriteTurn) {
    this.connection = connection;
    this.#logger = logger;
    this.#turn = turn;
    this.unitOfWork = { run: (name, work) => this.transaction(name, work), ...(turn ? { patienceMs: () => turn.patienceMs() } : {}) };
  }

  get<Row>(statement: Sql, parameters: SqlParameters = []): Row | undefined {
    return this.#timed(statement, (prepared) => prepared.get(parameters) as Row | undefined);
  }

  all<Row>(statement: Sql, parameters: SqlParameters = []): Row[] {
    return this.#timed(statement, (prepared) => prepared.all(parameters) as Row[]);
  }

  *iterate<Row>(statement: Sql, parameters: SqlParameters = []): IterableIterator<Row> {
    // A prepared statement of its own: a cached one could be asked again while it is still being stepped.
    yield* this.connection.prepare(statement.text).iterate(parameters) as IterableIterator<Row>;
  }

  readonly snapshot = <Result>(work: () => Result): Result => {
    if (this.connection.inTransaction) return work();
    this.connection.exec('BEGIN');
    try {
      return work();
    } finally {
      this.connection.exec('COMMIT');
    }
  };

  run(statement: Sql, parameters: SqlParameters = []): number {
    if (this.#turn && !this.connection.inTransaction) return this.#turn.begin(() => this.#write(statement, parameters));
    return this.#write(statement, parameters);
  }

  transaction<Result>(name: string, work: (database: WritableDatabase) => Result): Result {
    if (this.connection.inTransaction) return work(this);
    try {
      const begin = (): unknown => this.connection.exec('BEGIN IMMEDIATE');
      if (this.#turn) this.#turn.begin(begin);
      else begin();
      let result: Result;
      try {
        result = work(this);
        this.connection.exec('COMMIT');
      } catch (error) {
        if (this.connection.inTransaction) this.connection.exec('ROLLBACK');
        throw error;
      }
      return result;
    } catch (error) {
      throw toStorageError(error, name);
    }
  }

  /** How many works are relaxed now: one within another ends with it. */
  #relaxed = 0;

  /** {@link Durability} of this connection: NORMAL in place of FULL, and a write-ahead log that grows to 256 MB before it is copied back. */
  readonly durability: Durability = {
    relaxWhile: async (work, cacheKilobytes) => {
      const cacheBefore = this.connection.pragma('cache_size', { simple: true }) as number;
      if (this.#relaxed === 0) {
        if (cacheKilobytes !== undefined) this.connection.pragma(`cache_size = -${cacheKilobytes}`);
        this.connection.pragma('synchronous = NORMAL');
        this.connection.pragma('wal_autocheckpoint = 65536');
      }
      this.#relaxed += 1;
      let isDone = false;
      try {
        const result = await work();
        isDone = true;
        return result;
      } finally {
        this.#relaxed -= 1;
        if (this.#relaxed === 0) {
          this.connection.pragma('wal_autocheckpoint = 1000');
          this.connection.pragma('synchronous = FULL');
          if (cacheKilobytes !== undefined) this.connection.pragma(`cache_size = ${cacheBefore}`);
          this.#writeBack(isDone);
        }
      }
    },
  };

  /** What the work itself failed with is not covered up by what the disk says afterwards. */
  #writeBack(isTold: boolean): void {
    try {
      this.connection.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      if (isTold) throw toStorageError(error, 'write back the log');
    }
  }

  close(): void {
    this.#statements.clear();
    this.connection.close();
  }

  #write(statement: Sql, parameters: SqlParameters): number {
    return this.#timed(statement, (prepared) => prepared.run(parameters).changes);
  }

  #timed<Result>(statement: Sql, work: (prepared: Statement) => Result): Result {
    let prepared = this.#statements.get(statement.text);
    const startedAtMs = performance.now();
    try {
      if (!prepared) {
        prepared = this.connection.prepare(statement.text);
        this.#statements.set(statement.text, prepared);
      }
      return work(prepared);
    } catch (error) {
      throw toStorageError(error, statement.name);
    } finally {
      const elapsedMs = performance.now() - startedAtMs;
      if (elapsedMs > slowStatementMs) this.#logger.warn('slow-statement', { statement: statement.name, elapsedMs: Math.round(elapsedMs) });
    }
  }
}
