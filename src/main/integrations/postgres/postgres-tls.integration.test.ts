/** TLS to a real PostgreSQL with a certificate of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, withClient, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { makeCertificate } from '../../testing/self-signed-certificate.ts';
import { makeTemporaryFolder } from '../../testing/temporary-folder.ts';
import { openPostgres } from './connection.ts';
import { migratePostgres } from './postgres-migrations.ts';

const folder = makeTemporaryFolder();
const authority = join(folder.path, 'authority.pem');
const stranger = join(folder.path, 'stranger.pem');
let server: RunningPostgres;

beforeAll(async () => {
  server = await startPostgres();
  const { certificate, privateKey } = makeCertificate(Date.now());
  writeFileSync(authority, certificate);
  writeFileSync(stranger, makeCertificate(Date.now()).certificate);
  await withClient(server.url, async (client) => {
    for (const [file, text] of [['server.crt', certificate], ['server.key', privateKey]] as const) {
      await client.query(`COPY (SELECT unnest(string_to_array(${client.escapeLiteral(text.trim())}, E'\\n'))) TO PROGRAM 'umask 077 && cat > ${file}'`);
    }
    await client.query('ALTER SYSTEM SET ssl = on');
    await client.query('SELECT pg_reload_conf()');
  });
});
afterAll(async () => {
  await server.stop();
  folder[Symbol.dispose]();
});

async function ask(parameters: string): Promise<boolean> {
  const postgres = openPostgres({ url: `${server.url}?${parameters}`, maximumConnections: 1 });
  try {
    const [row] = await postgres.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return row?.ssl ?? false;
  } finally {
    await postgres.close();
  }
}

describe('TLS to the shared database', () => {
  test('is spoken and verified against the authority that is named', async () => {
    await expect.poll(() => ask(`sslmode=verify-full&sslrootcert=${encodeURIComponent(authority)}`).catch(() => false)).toBe(true);
    expect(await ask('sslmode=disable')).toBe(false);
  });

  test.each(['sslmode=verify-full', 'sslmode=verify-ca', 'sslmode=require&sslrootcert=STRANGER'])('with %s and an authority nobody knows nothing is sent', async (parameters) => {
    await expect(ask(parameters.replace('STRANGER', encodeURIComponent(stranger)))).rejects.toMatchObject({ code: 'postgres-certificate-refused', isRetryable: false });
  });

  test('an owner’s line is held to the same', async () => {
    await expect(migratePostgres(`${server.url}?sslmode=verify-full`)).rejects.toMatchObject({ code: 'postgres-certificate-refused' });
    await expect(migratePostgres('postgres://postgres:pw@db.example/books?sslmode=disable')).rejects.toMatchObject({ code: 'postgres-tls-required' });
  });
});
