/**
 * Loaded into a process with `--import`: ends it by SIGKILL before the n-th statement that one of its threads gives to SQLite, so that a crash can be had again at
 * the same place. `DAYBOOK_TEST_DIE=<worker|main>:<n>`; with `count:<file>` in the place of n it writes the number of statements there when the thread ends.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';

const [thread = '', ...rest] = (process.env['DAYBOOK_TEST_DIE'] ?? '').split(':');
const wanted = rest.join(':');
const isCounted = thread === (isMainThread ? 'main' : 'worker');

if (isCounted && wanted !== '') {
  const dieAt = /^\d+$/.test(wanted) ? Number(wanted) : Infinity;
  let statements = 0;
  const meet = (): void => {
    statements += 1;
    if (statements >= dieAt) process.kill(process.pid, 'SIGKILL');
  };
  const memory = new Sqlite(':memory:');
  const statement = Object.getPrototypeOf(memory.prepare('SELECT 1')) as { run: (...values: unknown[]) => unknown };
  memory.close();
  const database = Sqlite.prototype as unknown as { exec: (text: string) => unknown };
  const { run } = statement;
  const { exec } = database;
  statement.run = function counted(this: unknown, ...values: unknown[]) {
    meet();
    return run.apply(this, values);
  };
  database.exec = function counted(this: unknown, text: string) {
    meet();
    return exec.call(this, text);
  };
  if (dieAt === Infinity) process.on('exit', () => writeFileSync(wanted, String(statements)));
}
