import { expect, test } from 'vitest';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { withdrawable } from './withdrawable-database.ts';

const statement = sql('test.rows', 'SELECT 1');
const withdrawn = expect.objectContaining({ code: 'request-withdrawn' });

function openRows(count: number) {
  let asked = 0;
  const rows: ReadableDatabase = {
    get: () => ((asked += 1), undefined),
    all: () => ((asked += 1), []),
    *iterate<Row>() {
      asked += 1;
      for (let row = 0; row < count; row += 1) yield row as Row;
    },
  };
  let isWithdrawn = false;
  return { database: withdrawable(rows, () => isWithdrawn), asked: () => asked, withdraw: () => void (isWithdrawn = true) };
}

test('statements of a question that stands are asked', () => {
  const { database, asked } = openRows(3);
  expect([database.get(statement), database.all(statement), [...database.iterate(statement)]]).toEqual([undefined, [], [0, 1, 2]]);
  expect(asked()).toBe(3);
});

test.each(['get', 'all', 'iterate'] as const)('%s is not asked once the question was taken back', (way) => {
  const { database, asked, withdraw } = openRows(3);
  withdraw();
  expect(() => (way === 'iterate' ? [...database.iterate(statement)] : database[way](statement))).toThrow(withdrawn);
  expect(asked()).toBe(0);
});

test('a walk through many rows ends soon after', () => {
  const { database, withdraw } = openRows(100_000);
  let seen = 0;
  expect(() => {
    for (const _ of database.iterate(statement)) if ((seen += 1) === 1_000) withdraw();
  }).toThrow(withdrawn);
  expect(seen).toBeLessThan(1_300);
});
