import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import { loadConfig, secretInForce, type LoadConfigOptions } from './config.ts';
import { createHandedSecretStore } from './secrets.ts';
import { clockOf } from './system-clock.ts';

function load(file: unknown, options: Partial<LoadConfigOptions> = {}) {
  using folder = makeTemporaryFolder();
  if (file !== undefined) writeFileSync(join(folder.path, 'config.json'), typeof file === 'string' ? file : JSON.stringify(file));
  return loadConfig({ dataFolder: folder.path, env: {}, ...options });
}

describe('what is in force', () => {
  test('nothing said', () => {
    expect(load(undefined)).toEqual({
      stripeApiBase: 'https://api.stripe.com', stripeKey: null, postgresUrl: null, smtpPassword: null, s3SecretKey: null, now: null, reportingTimeZone: 'UTC', functionalCurrency: 'usd', requestHeadroomPercent: 50, stripeLimiter: 'on', postgresPlaintext: 'refused', user: 'local user',
    });
  });

  test('flags before environment before file', () => {
    const file = { stripeApiBase: 'https://file.example', reportingTimeZone: 'Europe/Berlin', functionalCurrency: 'eur', requestHeadroomPercent: 30, stripeLimiter: 'off', user: 'ada', now: '2026-01-01T00:00:00Z' };
    expect(load(file)).toMatchObject({ ...file, now: Date.UTC(2026, 0, 1) });
    const env = { DAYBOOK_STRIPE_API_BASE: 'http://127.0.0.1:4242', DAYBOOK_NOW: '2026-11-01T06:00:00+01:00', DAYBOOK_STRIPE_KEY: 'rk_test_abcdef', DAYBOOK_POSTGRES_URL: 'postgres://ada@127.0.0.1/books' };
    expect(load(file, { env })).toMatchObject({ stripeApiBase: 'http://127.0.0.1:4242', now: Date.UTC(2026, 10, 1, 5), stripeKey: 'rk_test_abcdef', postgresUrl: 'postgres://ada@127.0.0.1/books', functionalCurrency: 'eur' });
    expect(load(file, { env, flags: { stripeApiBase: 'https://flag.example', now: '2026-12-01T00:00:00Z' } })).toMatchObject({ stripeApiBase: 'https://flag.example', now: Date.UTC(2026, 11, 1) });
  });

  test('an empty variable says nothing', () => {
    expect(load({ stripeApiBase: 'https://file.example' }, { env: { DAYBOOK_STRIPE_API_BASE: '' } }).stripeApiBase).toBe('https://file.example');
  });

  test('a fixed moment stops the clock', () => {
    expect(clockOf(load(undefined, { flags: { now: '2026-11-01T06:00:00Z' } })).now()).toBe(Date.UTC(2026, 10, 1, 6));
    expect(clockOf({ now: null }).now()).toBeGreaterThan(Date.UTC(2024, 0, 1));
  });

  test('the environment’s secret comes before the kept one', () => {
    const kept = createHandedSecretStore({ place: 'here', values: { 'stripe-key': 'kept' }, keep: async () => undefined });
    expect(secretInForce('stripe-key', { stripeKey: 'given', postgresUrl: null }, kept)).toBe('given');
    expect(secretInForce('stripe-key', { stripeKey: null, postgresUrl: null }, kept)).toBe('kept');
    expect(secretInForce('postgres-url', { stripeKey: null, postgresUrl: null }, kept)).toBeNull();
  });
});

describe('what cannot be used is said with its place', () => {
  test.each([
    ['no JSON', '{', /config\.json is not JSON/],
    ['an unknown setting', { stripeKey: 'rk_test_in_the_wrong_place' }, /stripeKey in .*config\.json is not a setting Daybook knows/],
    ['a list', [], /config\.json/],
    ['a currency that is none', { functionalCurrency: 'USD' }, /functionalCurrency in .*ISO 4217/],
    ['a time zone that is none', { reportingTimeZone: 'Mars/Olympus' }, /reportingTimeZone in .*time zone/],
    ['plain http to elsewhere', { stripeApiBase: 'http://stripe.example' }, /stripeApiBase in .*https/],
    ['a key in the address', { stripeApiBase: 'https://user:pw@stripe.example' }, /stripeApiBase in .*without user/],
    ['headroom of everything', { requestHeadroomPercent: 100 }, /requestHeadroomPercent in/],
  ])('%s', (_, file, message) => {
    expect(() => load(file)).toThrow(expect.objectContaining({ code: 'config-invalid', message: expect.stringMatching(message) }));
  });

  test('a variable and a flag are named as the person wrote them, secrets are not quoted', () => {
    expect(() => load(undefined, { env: { DAYBOOK_NOW: 'yesterday' } })).toThrow(expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining('DAYBOOK_NOW is not an instant') }));
    expect(() => load(undefined, { flags: { stripeApiBase: 'nonsense' } })).toThrow(expect.objectContaining({ message: expect.stringContaining('--stripe-api-base') }));
    try {
      load(undefined, { env: { DAYBOOK_POSTGRES_URL: 'mysql://ada:hunter2@db' } });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).toContain('DAYBOOK_POSTGRES_URL');
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('hunter2');
    }
  });
});
