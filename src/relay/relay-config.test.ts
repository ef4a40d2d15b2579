import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DaybookError } from '../shared/errors/errors.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';
import { readRelayConfig } from './relay-config.ts';

const env = { DAYBOOK_STRIPE_WEBHOOK_SECRET: 'whsec_one_secret', DAYBOOK_POSTGRES_URL: 'postgres://relay:secret@db/daybook' };
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    expect(JSON.stringify([error, String(error)])).not.toMatch(/one_secret|relay:secret|sk_live_key/);
    return error instanceof DaybookError ? error.code : String(error);
  }
};

describe('the relay’s settings', () => {
  test('are this machine only, with the next port for those who look after it', () => {
    expect(readRelayConfig({ port: 8787 }, env)).toMatchObject({ address: { host: '127.0.0.1', port: 8787 }, metricsAddress: { host: '127.0.0.1', port: 8788 }, tls: null, secrets: { stripe: ['whsec_one_secret'], paystack: [] } });
    expect(readRelayConfig({ port: 0 }, env).metricsAddress.port).toBe(0);
    expect(readRelayConfig({ port: 1, metricsPort: 9, metricsHost: '10.0.0.1' }, env).metricsAddress).toEqual({ host: '10.0.0.1', port: 9 });
  });

  test('know two secrets during a rotation', () => {
    const both = { ...env, DAYBOOK_STRIPE_WEBHOOK_SECRET: ' whsec_one_secret , whsec_two_secret,', DAYBOOK_PAYSTACK_SECRET_KEY: 'sk_live_key_a,sk_live_key_b' };
    expect(readRelayConfig({ port: 1 }, both).secrets).toEqual({ stripe: ['whsec_one_secret', 'whsec_two_secret'], paystack: ['sk_live_key_a', 'sk_live_key_b'] });
  });

  test.each([
    ['no secret at all', { DAYBOOK_STRIPE_WEBHOOK_SECRET: undefined }, 'relay-secret-missing'],
    ['commas for secrets', { DAYBOOK_STRIPE_WEBHOOK_SECRET: ' , ' }, 'relay-secret-missing'],
    ['a secret too short to be one', { DAYBOOK_STRIPE_WEBHOOK_SECRET: 'whsec_' }, 'relay-secret-invalid'],
    ['a secret with a space', { DAYBOOK_STRIPE_WEBHOOK_SECRET: 'whsec_one secret' }, 'relay-secret-invalid'],
    ['a heap of secrets', { DAYBOOK_STRIPE_WEBHOOK_SECRET: Array(4).fill('whsec_one_secret').join() }, 'relay-secret-invalid'],
    ['Paystack’s public key', { DAYBOOK_PAYSTACK_SECRET_KEY: 'pk_live_key' }, 'relay-secret-invalid'],
    ['keys of two modes', { DAYBOOK_PAYSTACK_SECRET_KEY: 'sk_live_key,sk_test_key' }, 'relay-secret-invalid'],
    ['no shared database', { DAYBOOK_POSTGRES_URL: undefined }, 'postgres-url-missing'],
  ])('%s is refused', (_, change, code) => expect(codeOf(() => readRelayConfig({ port: 1 }, { ...env, ...change }))).toBe(code));

  test.each([
    ['0.0.0.0', {}, 'relay-not-private'],
    ['::', {}, 'relay-not-private'],
    ['hooks.example.com', {}, 'relay-not-private'],
    ['0.0.0.0', { behindProxy: true }, 'none'],
    ['127.0.0.2', {}, 'none'],
    ['::1', {}, 'none'],
    ['localhost', {}, 'none'],
  ])('on %s %o: %s', (host, flags, code) => expect(codeOf(() => readRelayConfig({ port: 1, host, ...flags }, env))).toBe(code));

  test('take a certificate with its key, never one alone', () => {
    using folder = makeTemporaryFolder();
    const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    writeFileSync(cert, 'certificate');
    expect(codeOf(() => readRelayConfig({ port: 1, tlsCert: cert }, env))).toBe('relay-tls-invalid');
    expect(codeOf(() => readRelayConfig({ port: 1, tlsCert: cert, tlsKey: key }, env))).toBe('relay-tls-invalid');
    writeFileSync(key, 'key');
    expect(readRelayConfig({ port: 1, host: '0.0.0.0', tlsCert: cert, tlsKey: key }, env).tls).toEqual({ certificate: 'certificate', privateKey: 'key' });
  });
});
