import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { applyMigrationFiles } from './testing/apply-migration-files.ts';
import { type WorldDocument, startWorld } from './world.ts';

let dataDir: string;

/** A world made once; the command then finds it as any second start does. */
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'daybook-sandbox-test-'));
  const world = await startWorld({ size: 'small', seed: 1, dataDir, migrate: applyMigrationFiles });
  await world.stop();
});
/** Whatever a failed test left running. */
const children = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of children) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await gone;
  }
  children.clear();
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

interface Running {
  child: ChildProcess;
  document: WorldDocument;
  lines: string[];
  ended: Promise<number | null>;
}

async function run(...options: string[]): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--size', 'small', '--seed', '1', '--data', dataDir, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let text = '';
  const document = await new Promise<WorldDocument>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      try {
        resolve(JSON.parse(text) as WorldDocument);
      } catch {
        return; // not whole yet
      }
    });
    void ended.then((code) => reject(new Error(`ended with ${code} before it was up`)));
  });
  return { child, document, lines: text.trimEnd().split('\n'), ended };
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/_sandbox/state`).then(
    () => true,
    () => false,
  );
}

describe('npm run sandbox', () => {
  test('prints one document, stays up, and stops everything on SIGTERM', async () => {
    const { child, document, lines, ended } = await run('--json');
    expect(lines).toHaveLength(1);
    expect(document).toMatchObject({ stripe: { secretKey: expect.stringMatching(/^sk_test_/), restrictedKey: expect.stringMatching(/^rk_test_/), webhookSecret: expect.stringMatching(/^whsec_/) }, now: '2026-11-18T14:14:00.000Z' });
    expect(Object.keys(document.postgres).toSorted()).toEqual(['accountantUrl', 'adminUrl', 'companyBackendUrl', 'financeUrl', 'managerUrl', 'ownerUrl', 'relayUrl']);
    expect(JSON.parse(await readFile(document.manifest, 'utf8'))).toMatchObject({ size: 'small', seed: 1 });
    expect(await answers(document.stripe.url)).toBe(true);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(await answers(document.stripe.url)).toBe(false);
    await expect(readFile(join(dataDir, 'postgres', 'postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('with --with-parent it ends when its standard input does', async () => {
    const { child, ended } = await run('--with-parent');
    child.stdin?.end();
    expect(await ended).toBe(0);
  });

  test('says how it is used when asked, and starts nothing', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', error: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.error += chunk.toString()));
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(said).toEqual({ out: expect.stringMatching(/^Usage: npm run sandbox -- .*\n$/) as string, error: '' });
  });

  test.each(['--size huge', '--seed one', '--colour'])('refuses %s', async (options) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...options.split(' ')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
    expect(said).toContain('Usage: npm run sandbox');
  });
});

// Only Linux shows a process's children as files.
test.skipIf(process.platform !== 'linux')('Ctrl+C while it starts ends it without a word', async () => {
  const fresh = await mkdtemp(join(tmpdir(), 'daybook-sandbox-test-'));
  try {
    // A group of its own, as a terminal's: Ctrl+C reaches each process in it, also the product's command that makes the shared schema.
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--data', fresh], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    children.add(child);
    const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => child.once('close', (...outcome) => resolve(outcome)));
    const isMigrating = async (): Promise<boolean> => {
      const pids = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).split(' ').filter(Boolean);
      return (await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))).some((words) => words.includes('postgres\0migrate'));
    };
    while (!(await isMigrating())) await new Promise((resolve) => setImmediate(resolve));
    const said = text(child.stderr);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect([await ended, await said]).toEqual([[1, null], '']);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
});
