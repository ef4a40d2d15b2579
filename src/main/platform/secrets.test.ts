import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import { createHandedSecretStore, createKeyFileSecretStore } from './secrets.ts';

describe('the key file', () => {
  test('keeps secrets over a restart, readable by their user only, leaving nothing beside it', async () => {
    using folder = makeTemporaryFolder();
    const store = createKeyFileSecretStore(folder.path);
    expect(store.has('stripe-key')).toBe(false);
    expect(store.get('stripe-key')).toBeNull();
    await store.set('stripe-key', 'rk_test_one');
    await store.set('postgres-url', 'postgres://ada:pw@127.0.0.1/books');
    await store.set('stripe-key', 'rk_test_two');
    const again = createKeyFileSecretStore(folder.path);
    expect(again.get('stripe-key')).toBe('rk_test_two');
    expect(again.get('postgres-url')).toBe('postgres://ada:pw@127.0.0.1/books');
    expect(readdirSync(folder.path)).toEqual(['secrets.json']);
    expect(store.place).toContain(join(folder.path, 'secrets.json'));
    if (process.platform !== 'win32') expect(statSync(join(folder.path, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  test.skipIf(process.platform === 'win32')('is refused when others can read it, for reading and for writing', async () => {
    using folder = makeTemporaryFolder();
    const store = createKeyFileSecretStore(folder.path);
    await store.set('stripe-key', 'rk_test_one');
    chmodSync(join(folder.path, 'secrets.json'), 0o640);
    expect(() => store.get('stripe-key')).toThrow(expect.objectContaining({ code: 'secret-file-readable-by-others' }));
    await expect(store.set('stripe-key', 'rk_test_two')).rejects.toMatchObject({ code: 'secret-file-readable-by-others' });
  });

  test.each([['not JSON', 'rk_test_secret'], ['another shape', '{"stripe-key":["rk_test_secret"]}'], ['an unknown name', '{"other":"rk_test_secret"}']])('damaged (%s) is said without quoting it', (_, text) => {
    using folder = makeTemporaryFolder();
    writeFileSync(join(folder.path, 'secrets.json'), text, { mode: 0o600 });
    const store = createKeyFileSecretStore(folder.path);
    try {
      store.get('stripe-key');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'secret-file-damaged' });
      expect(`${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`).not.toContain('rk_test_secret');
    }
  });
});

describe('secrets handed over by another process', () => {
  test('a new value holds only once it is kept', async () => {
    const kept: string[] = [];
    let isRefusing = false;
    const store = createHandedSecretStore({
      place: 'the keychain', values: { 'stripe-key': 'rk_test_one' },
      keep: async (name, value) => {
        if (isRefusing) throw new Error('locked');
        kept.push(`${name}=${value}`);
      },
    });
    await store.set('stripe-key', 'rk_test_two');
    expect([store.get('stripe-key'), kept]).toEqual(['rk_test_two', ['stripe-key=rk_test_two']]);
    isRefusing = true;
    await expect(store.set('stripe-key', 'rk_test_three')).rejects.toThrow('locked');
    expect(store.get('stripe-key')).toBe('rk_test_two');
    expect(store.has('postgres-url')).toBe(false);
  });
});
