/** How SQLite would find its rows, statement by statement: for tests that a question does not walk a whole table where an index answers it. */
import { sql, type ReadableDatabase, type SqlParameters, type Sql } from '../database/handles.ts';

export interface ExplainedDatabase {
  readonly readable: ReadableDatabase;
  /** Lines of the plans of what was asked, each after the statement's name: `missing-money.unsent: SEARCH invoice USING …`. */
  readonly plans: string[];
}

export function explainWhatIsAsked(database: ReadableDatabase): ExplainedDatabase {
  const plans: string[] = [];
  const explain = (statement: Sql, parameters?: SqlParameters): void => {
    const steps = database.all<{ detail: string }>(sql(`explain ${statement.name}`, `EXPLAIN QUERY PLAN ${statement.text}`), parameters);
    plans.push(...steps.map(({ detail }) => `${statement.name}: ${detail}`));
  };
  return {
    plans,
    readable: {
      get<Row>(statement: Sql, parameters?: SqlParameters) {
        explain(statement, parameters);
        return database.get<Row>(statement, parameters);
      },
      all<Row>(statement: Sql, parameters?: SqlParameters) {
        explain(statement, parameters);
        return database.all<Row>(statement, parameters);
      },
      iterate<Row>(statement: Sql, parameters?: SqlParameters) {
        explain(statement, parameters);
        return database.iterate<Row>(statement, parameters);
      },
    },
  };
}
