/** Commands that meet in one data folder: none loses its work to another's end. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireDataFolder } from '../main/platform/data-folder.ts';
import { newId } from '../main/platform/ids.ts';
import { runDaybook } from '../main/testing/cli-desk.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../main/testing/temporary-folder.ts';
import { openSession, type Session } from './session.ts';

let folder: TemporaryFolder;

beforeEach(() => void (folder = makeTemporaryFolder()));
afterEach(() => folder[Symbol.dispose]());

const open = (waitsForOthers?: () => void): Promise<Session> => openSession({ dataFolder: folder.path, env: {}, mayBegin: true, ...(waitsForOthers ? { waitsForOthers } : {}) });

test('a command that ends first lets the job of another finish', async () => {
  let waits = 0;
  const first = await open(() => (waits += 1));
  const second = await open();
  const ending = first.close();
  const run = await second.client.jobs.run({ commandId: newId(), job: 'ledger-verify', options: {}, wait: true });
  expect([run.status, waits]).toEqual(['succeeded', 1]);
  await second.close();
  await ending;
  acquireDataFolder(folder.path).release();
});

test('a folder whose owner is just ending is opened when it has ended', async () => {
  const ending = acquireDataFolder(folder.path);
  const opening = open();
  setImmediate(() => ending.release());
  const session = await opening;
  expect((await session.client.system.status({})).hasData).toBe(false);
  await session.close();
});

test('a variable of the shell that is not set names no folder', async () => {
  const { code, stderr } = await runDaybook(['ledger', 'verify', '--data', '']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('Name a folder, or leave --data out. (usage-invalid)')]);
});
