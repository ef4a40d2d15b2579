import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import { createFileLogger } from './file-logger.ts';

const dayMs = 86_400_000;

test('lines are JSON objects in a private file of the day, without secrets', () => {
  using folder = makeTemporaryFolder();
  const logger = createFileLogger({ dataFolder: folder.path, fields: { part: 'backend' }, clock: { now: () => Date.UTC(2026, 10, 1, 6) } });
  logger.info('sync-started', { url: 'postgres://ada:hunter2@db/books', apiKey: 'rk_test_abc', rows: 10n });
  logger.error('sync-failed', { error: new Error('Bearer abc.def was refused for sk_live_123456') });
  logger.debug('not-written');
  const file = join(folder.path, 'logs', 'daybook-2026-11-01.log');
  const text = readFileSync(file, 'utf8');
  const lines = text.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({ at: '2026-11-01T06:00:00.000Z', level: 'info', event: 'sync-started', part: 'backend', rows: '10' });
  expect(text).not.toMatch(/hunter2|rk_test_abc|abc\.def|sk_live_123456/);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a new day begins a new file and the oldest beyond the limit goes', () => {
  using folder = makeTemporaryFolder();
  const lastOfDay = Date.UTC(2026, 9, 30, 23, 59, 59, 999);
  let now = lastOfDay;
  const logger = createFileLogger({ dataFolder: folder.path, keepDays: 2, clock: { now: () => now } });
  for (const step of [0, 1, dayMs, 2 * dayMs]) {
    now = lastOfDay + step;
    logger.info('tick');
  }
  logger.info('tock');
  expect(readdirSync(join(folder.path, 'logs')).sort()).toEqual(['daybook-2026-10-31.log', 'daybook-2026-11-01.log']);
});

test('a log that cannot be written does not stop the work', () => {
  using folder = makeTemporaryFolder();
  const logger = createFileLogger({ dataFolder: folder.path });
  rmSync(join(folder.path, 'logs'), { recursive: true });
  expect(() => logger.error('anything')).not.toThrow();
});
