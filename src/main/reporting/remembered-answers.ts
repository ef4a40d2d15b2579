/**
 * What a long list comes to, remembered until somebody writes to the file: a window further down, or the same question again, costs nothing more.
 */
import { sql, type ReadableDatabase } from '../database/handles.ts';

const ownWrites = sql('reporting.own-writes', 'SELECT total_changes() AS changes');
/** Changes when another connection has written. */
const othersWrites = sql('reporting.others-writes', 'PRAGMA data_version');

export interface RememberedAnswers {
  recall<Answer>(name: string, question: unknown, ask: () => Answer): Answer;
}

const mostAnswers = 64;

export function createRememberedAnswers(database: ReadableDatabase): RememberedAnswers {
  const answers = new Map<string, unknown>();
  let standing = '';
  return {
    recall<Answer>(name: string, question: unknown, ask: () => Answer): Answer {
      const now = `${database.get<{ changes: number }>(ownWrites)?.changes}/${database.get<{ data_version: number }>(othersWrites)?.data_version}`;
      if (now !== standing || answers.size >= mostAnswers) answers.clear();
      standing = now;
      const key = JSON.stringify([name, question]);
      if (answers.has(key)) return answers.get(key) as Answer;
      const answer = ask();
      answers.set(key, answer);
      return answer;
    },
  };
}
