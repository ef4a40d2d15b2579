import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningPostgres, startPostgres, withClient } from './postgres.ts';

let parent: string;
let dataDir: string;
let server: RunningPostgres | undefined;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'daybook-postgres-test-'));
  dataDir = join(parent, 'cluster');
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await rm(parent, { recursive: true, force: true });
});

const readNotes = (url: string): Promise<string[]> => withClient(url, async (client) => (await client.query<{ text: string }>('SELECT text FROM note')).rows.map(({ text }) => text));

describe('PostgreSQL on a folder of its own', () => {
  test('keeps its data, its port and its password over a restart', async () => {
    server = await startPostgres({ dataDir });
    const url = await server.createDatabase('books');
    expect(await server.createDatabase('books')).toBe(url);
    await withClient(url, (client) => client.query("CREATE TABLE note (text text); INSERT INTO note VALUES ('kept')"));
    await server.stop();
    server = await startPostgres({ dataDir });
    expect(await server.createDatabase('books')).toBe(url);
    expect(await readNotes(url)).toEqual(['kept']);
  });

  test('takes over what a killed process left behind, its running server included', async () => {
    const script = join(parent, 'victim.mjs');
    await writeFile(
      script,
      `const { startPostgres, withClient } = await import(${JSON.stringify(join(import.meta.dirname, 'postgres.ts'))});
       const server = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
       await withClient(server.url, (client) => client.query("CREATE TABLE note (text text); INSERT INTO note VALUES ('survived')"));
       console.log(server.url);
       setInterval(() => undefined, 1000);`,
    );
    const victim: ChildProcess = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const url = await new Promise<string>((resolve, reject) => {
      victim.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
      victim.once('exit', (code) => reject(new Error(`the victim ended by itself (${code})`)));
    });
    await expect(startPostgres({ dataDir })).rejects.toThrow(`is in use by process ${victim.pid}`);
    const gone = new Promise((resolve) => victim.once('exit', resolve));
    victim.kill('SIGKILL');
    await gone;
    const orphan = Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    expect(() => process.kill(orphan, 0)).not.toThrow();

    server = await startPostgres({ dataDir });
    expect(server.url).toBe(url);
    expect(await readNotes(url)).toEqual(['survived']);
    expect(() => process.kill(orphan, 0)).toThrow();
  });

  test('a pid file that names a stranger does not stop it', async () => {
    server = await startPostgres({ dataDir });
    await server.stop();
    await writeFile(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
    server = await startPostgres({ dataDir });
    expect(server.port).toBeGreaterThan(0);
  });

  test('says why it cannot start', async () => {
    server = await startPostgres({ dataDir });
    await server.stop();
    server = undefined;
    await writeFile(join(dataDir, 'PG_VERSION'), '9.6\n');
    await expect(startPostgres({ dataDir })).rejects.toThrow(/PostgreSQL did not start[\s\S]*not compatible/);
  });

  test('is removed with its folder when it need not persist', async () => {
    const temporary = await startPostgres();
    await withClient(temporary.url, (client) => client.query('SELECT 1'));
    await temporary.stop();
    await expect(withClient(temporary.url, (client) => client.query('SELECT 1'))).rejects.toThrow();
  });
});
