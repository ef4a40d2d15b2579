import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectToOwner } from '../src/main/hosts/owner-connection.ts';
import { readOwner } from '../src/main/platform/data-folder.ts';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';
import { launchTestBrowser } from '../src/main/testing/test-browser.ts';
import { buildIfStale } from './build-if-stale.ts';

const root = join(import.meta.dirname, '..');
const running: ChildProcess[] = [];

interface Started {
  readonly child: ChildProcess;
  /** All it printed so far. */
  text(): string;
  readonly exited: Promise<unknown[]>;
}

function start(dataFolder: string, ...args: string[]): Started {
  const { DAYBOOK_STRIPE_KEY: _, DAYBOOK_POSTGRES_URL: __, ...env } = process.env;
  const child = spawn(process.execPath, ['scripts/start.ts', '--data', dataFolder, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (text += part.toString()));
  return { child, text: () => text, exited: once(child, 'exit') };
}

const linkOf = (started: Started) => /http:\/\/127\.0\.0\.1:\d+\/start#\S+/.exec(started.text())?.[0];

beforeAll(() => buildIfStale({ root, needed: ['out/renderer/index.html'], say: () => undefined }));

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

describe('npm start', () => {
  test('says why, prints a link that opens the app, answers commands meanwhile, and ends in order', async () => {
    using folder = makeTemporaryFolder();
    const data = join(folder.path, 'data');
    const started = start(data, '--no-open');
    await expect.poll(() => linkOf(started), { timeout: 60_000 }).toBeDefined();
    expect(started.text()).toContain('Daybook waits for your browser: as asked, nothing is opened.');
    expect(readOwner(data)).toMatchObject({ pid: started.child.pid, host: 'browser' });

    const browser = await launchTestBrowser();
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(linkOf(started)!);
      await page.getByRole('link', { name: 'Ledger' }).waitFor();
      expect(page.url()).not.toContain('#');
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }

    const owner = await connectToOwner(data);
    expect(await owner?.client.system.status({})).toMatchObject({ host: 'cli' });
    await owner?.close();

    const second = start(data, '--no-open');
    expect(await second.exited).toEqual([1, null]);
    expect(second.text()).toContain(`is in use by process ${started.child.pid}`);
    expect(second.text()).toContain('(data-folder-in-use)');

    started.child.kill('SIGTERM');
    expect(await started.exited).toEqual([0, null]);
    expect(readOwner(data)).toBeNull();
    expect(existsSync(join(data, 'owner.sock'))).toBe(false);
  });

  test('an argument that is none is said', async () => {
    using folder = makeTemporaryFolder();
    const started = start(folder.path, '--nonsense');
    expect(await started.exited).toEqual([2, null]);
    expect(started.text()).toContain("Unknown option '--nonsense'.\nUsage: npm start");
  });
});
