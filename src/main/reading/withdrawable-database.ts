/**
 * A readable handle that stops where its question was taken back: between two statements, and among the rows of one that is stepped.
 */
import { StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';

const rowsBetweenLooks = 256;

/**
 * @param isWithdrawn is asked before each statement: it must cost nothing.
 * What it returns throws StateError `request-withdrawn`.
 */
export function withdrawable(database: ReadableDatabase, isWithdrawn: () => boolean): ReadableDatabase {
  const assertWanted = (): void => {
    if (isWithdrawn()) throw new StateError('request-withdrawn', 'The question was taken back before it was answered.');
  };
  return {
    get(statement, parameters) {
      assertWanted();
      return database.get(statement, parameters);
    },
    all(statement, parameters) {
      assertWanted();
      return database.all(statement, parameters);
    },
    *iterate(statement, parameters) {
      assertWanted();
      let rows = 0;
      for (const row of database.iterate(statement, parameters)) {
        yield row as never;
        rows += 1;
        if (rows % rowsBetweenLooks === 0) assertWanted();
      }
    },
  };
}
