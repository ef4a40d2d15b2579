/** Work that a smaller role may no longer send. */
import { expect, test } from 'vitest';
import { PermissionError, ProviderError } from '../../shared/errors/errors.ts';
import { unlessForbidden } from './smaller-role.ts';

test('what is sent is answered; what the role may not send is left; every other failure is one', async () => {
  expect(await unlessForbidden(async () => ({ sent: 2 }))).toEqual({ sent: 2 });
  expect(await unlessForbidden(() => Promise.reject(new PermissionError('postgres-not-permitted', 'no')))).toBeNull();
  const others = [new PermissionError('postgres-login-refused', 'no'), new ProviderError('postgres-unreachable', 'gone', { provider: 'postgres', isRetryable: true })];
  for (const other of others) await expect(unlessForbidden(() => Promise.reject(other))).rejects.toBe(other);
});
