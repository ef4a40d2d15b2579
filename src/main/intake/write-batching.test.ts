import { describe, expect, it } from 'vitest';
import { sql } from '../database/handles.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createBatchedWriter } from './write-batching.ts';

const insert = sql('test.insert', 'INSERT INTO notes (id) VALUES (?)');

function desk(workMs: number, largestBatch = 24) {
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  database.connection.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT');
  let nowMs = 0;
  const batches: number[] = [];
  const unitOfWork = { run: <Result>(name: string, work: Parameters<typeof database.unitOfWork.run<Result>>[1]) => {
    batches.push(0);
    return database.unitOfWork.run(name, work);
  } };
  const writer = createBatchedWriter(unitOfWork, 'test', largestBatch, () => nowMs);
  const write = (id: number, fail = false, kind = 'notes') => writer.write(kind, (writable) => {
    nowMs += workMs;
    batches.push((batches.pop() ?? 0) + 1);
    writable.run(insert, [id]);
    if (fail) throw new Error(`no room for ${id}`);
  });
  return { ledger, batches, write, stop: writer.stop, ids: () => database.all<{ id: number }>(sql('test.ids', 'SELECT id FROM notes ORDER BY id')).map(({ id }) => id) };
}

describe('writes that share transactions', () => {
  it.each([
    ['short work is put together up to the bound', 1, [2, 3, 5, 7, 10, 10, 10]],
    ['work that fills a transaction goes alone', 20, [2, 1, 1]],
  ])('%s', async (_, workMs, first) => {
    const { ledger, batches, write, ids } = desk(workMs, 10);
    using _ledger = ledger;
    await Promise.all(Array.from({ length: 60 }, (_unused, id) => write(id)));
    expect(batches.slice(0, first.length)).toEqual(first);
    expect(ids()).toHaveLength(60);
  });

  it('go by kind, the one of which most waits first, in the order they came', async () => {
    const { ledger, batches, write } = desk(1, 3);
    using _ledger = ledger;
    const done: string[] = [];
    await Promise.all([[1, 'a'], [2, 'b'], [3, 'b'], [4, 'b'], [5, 'a']].map(async ([id, kind]) => {
      await write(Number(id), false, String(kind));
      done.push(`${kind}${id}`);
    }));
    expect(batches).toEqual([2, 3]);
    expect(done).toEqual(['b2', 'b3', 'a1', 'a5', 'b4']);
  });

  it('fall together where one fails, and nothing is written behind it', async () => {
    const { ledger, write, ids } = desk(20);
    using _ledger = ledger;
    const results = await Promise.allSettled([write(1), write(2), write(3), write(4, true), write(5)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    await expect(write(6)).rejects.toThrow('no room for 4');
    expect(ids()).toEqual([1, 2, 3]);
  });

  it('are left where the writer is stopped', async () => {
    const { ledger, write, stop, ids } = desk(20);
    using _ledger = ledger;
    const writes = [write(1), write(2), write(3)];
    await writes[0];
    stop(new Error('cancelled'));
    await expect(writes[2]).rejects.toThrow('cancelled');
    expect(ids()).toEqual([1, 2]);
  });
});
