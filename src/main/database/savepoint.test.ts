import { expect, test } from 'vitest';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { sql } from './handles.ts';
import { runApart } from './savepoint.ts';

const insert = sql('test.insert', 'INSERT INTO ledger_settings (name, value, set_at) VALUES (?, ?, 0)');
const list = sql('test.list', "SELECT name FROM ledger_settings WHERE value = 'part' ORDER BY name");

test('a part that fails takes its own writes back, and leaves those before and after it', () => {
  using desk = openTemporaryDatabase();
  desk.database.unitOfWork.run('test', (database) => {
    runApart(database, () => database.run(insert, ['first', 'part']));
    expect(() => runApart(database, () => {
      database.run(insert, ['second', 'part']);
      throw new Error('refused');
    })).toThrow('refused');
    runApart(database, () => database.run(insert, ['third', 'part']));
  });
  expect(desk.database.all(list)).toEqual([{ name: 'first' }, { name: 'third' }]);
});

test('where the whole transaction is gone, it throws what it failed with', () => {
  using desk = openTemporaryDatabase();
  expect(() => desk.database.unitOfWork.run('test', (database) => runApart(database, () => {
    desk.database.connection.exec('ROLLBACK');
    throw new Error('the disk is full');
  }))).toThrow('the disk is full');
});
