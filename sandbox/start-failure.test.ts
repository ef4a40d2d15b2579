import { expect, test } from 'vitest';
import { startFailure } from './start-failure.ts';

const systemError = (code: string, message: string, places: object) => Object.assign(new Error(message), { code, ...places });

test('what the system says becomes a sentence with a next step', () => {
  const denied = startFailure(systemError('EACCES', "EACCES: permission denied, open '/w/x.json'", { path: '/w/x.json' }));
  expect(denied).toMatch(/^\/w\/x\.json belongs to somebody else or cannot be written by you\. .*--data\.$/);
  expect(startFailure(systemError('ENOSPC', 'ENOSPC: no space left on device, write', {}))).toMatch(/^The disk is full\. .*--data\.$/);
  expect(startFailure(systemError('EISDIR', 'EISDIR', { path: '/a', dest: '/b' }))).toMatch(/^\/b is a folder/);
});

test('a full disk is found in PostgreSQL’s last words; what is not known is said as it is', () => {
  expect(startFailure(new Error('PostgreSQL\'s initdb failed (code 1):\nFATAL:  could not write to file "base/4/1249": No space left on device'))).toMatch(/^The disk is full\./);
  expect([startFailure(new Error('PostgreSQL did not start')), startFailure('odd')]).toEqual(['PostgreSQL did not start', 'odd']);
});
