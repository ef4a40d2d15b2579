import { afterEach, describe, expect, test, vi } from 'vitest';
import pg from 'pg';
import { isLoopback, targetOf } from './postgres-tls.ts';

const remote = 'postgres://ada:pw@db.example:5432/books';

describe('a line to another machine', () => {
  test.each(['', '?sslmode=require', '?sslmode=prefer', '?sslmode=allow', '?sslmode=verify-full'])('with “%s” checks certificate and name', (query) => {
    const { connectionString, ssl } = targetOf(`${remote}${query}`, false);
    expect(ssl).toMatchObject({ rejectUnauthorized: true });
    expect(ssl).not.toHaveProperty('checkServerIdentity');
    expect(connectionString).toBe(remote); // nothing of TLS is left to the driver
  });

  test('verify-ca checks the certificate, whatever name it has', () => {
    expect(targetOf(`${remote}?sslmode=verify-ca`, false).ssl).toMatchObject({ rejectUnauthorized: true, checkServerIdentity: expect.any(Function) as unknown });
  });

  test.each(['disable', 'no-verify'])('sslmode=%s is refused, whoever is named in the query, unless the settings allow it', (mode) => {
    const refused = expect.objectContaining({ code: 'postgres-tls-required' });
    expect(() => targetOf(`${remote}?sslmode=${mode}`, false)).toThrow(refused);
    expect(() => targetOf(`postgres://ada:pw@127.0.0.1/books?host=db.example&sslmode=${mode}`, false)).toThrow(refused);
    expect(targetOf(`${remote}?sslmode=${mode}`, true).ssl).toEqual(mode === 'disable' ? false : expect.objectContaining({ rejectUnauthorized: false }));
  });

  test('the refusal names no password', () => {
    try {
      targetOf(`${remote}?sslmode=disable`, false);
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('pw');
    }
  });

  test('a file that cannot be read is named by its parameter', () => {
    expect(() => targetOf(`${remote}?sslrootcert=/nowhere/ca.pem`, false)).toThrow(expect.objectContaining({ code: 'postgres-certificate-unreadable', data: { parameter: 'sslrootcert' } }));
    expect(() => targetOf(`${remote}?sslmode=yes`, false)).toThrow(expect.objectContaining({ code: 'postgres-url-invalid' }));
  });
});

describe('the machine that is judged is the one the driver dials', () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each([
    ['named last of two in the query', 'postgres://ada:pw@localhost/books?host=localhost&host=db.example', undefined], ['named in the address, with an empty one in the query', 'postgres://ada:pw@db.example/books?host=', undefined],
    ['named by the environment alone', 'postgres:///books', 'db.example'],
  ])('%s', (_, url, environment) => {
    if (environment !== undefined) vi.stubEnv('PGHOST', environment);
    expect(new pg.Client(url).host).toBe('db.example');
    expect(targetOf(url, false).ssl).toMatchObject({ rejectUnauthorized: true });
  });
});

describe('a line within this machine', () => {
  test.each(['127.0.0.1', 'localhost', '[::1]', '127.8.9.10'])('to %s needs no TLS', (host) => {
    expect(targetOf(`postgres://ada:pw@${host}:5432/books`, false).ssl).toBe(false);
    expect(targetOf(`postgres://ada:pw@${host}:5432/books?sslmode=disable`, false).ssl).toBe(false);
  });

  test('has it where it is asked for', () => {
    expect(targetOf('postgres://ada@127.0.0.1/books?sslmode=require', false).ssl).toMatchObject({ rejectUnauthorized: false });
    expect(targetOf('postgres://ada@127.0.0.1/books?sslmode=verify-full', false).ssl).toMatchObject({ rejectUnauthorized: true });
  });

  test.each([['127.0.0.1.example', false], ['localhost.example', false], ['0.0.0.0', false], ['10.0.0.1', false], ['/var/run/postgresql', true], ['::1', true]])('is told from others: %s', (host, isOurs) => expect(isLoopback(host)).toBe(isOurs));
});
