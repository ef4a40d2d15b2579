import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { build } from 'vite';
import { startBackendWith, type RunningBackend } from '../../backend-serving.ts';
import { silentLogger } from '../../platform/logger.ts';
import { createSmallBackend, type SmallBackend } from '../../testing/small-backend.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../testing/temporary-folder.ts';
import { launchTestBrowser } from '../../testing/test-browser.ts';
import { startBrowserHost, type BrowserHost } from './browser-host.ts';

/** A page that connects as the app does and shows what came of it. */
const pageSource = (connectFile: string) => `
import { connectBackend, onConnectionChange } from ${JSON.stringify(connectFile)};
const show = (id, text) => { document.getElementById(id).textContent = text; };
onConnectionChange((state) => show('state', state));
connectBackend().then(async (client) => {
  show('answer', (await client.system.doctor({})).checks[0].name);
  window.askAgain = async () => (await client.system.doctor({})).checks[0].name;
  for await (const stale of await client.system.changes({})) show('change', stale.entity);
}).catch((error) => show('error', error.code));
`;

let folder: TemporaryFolder;
let small: SmallBackend;
let backend: RunningBackend;
let host: BrowserHost;
let browser: Browser;
let context: BrowserContext;
let complaints: string[];

beforeAll(async () => {
  folder = makeTemporaryFolder();
  const source = join(folder.path, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'index.html'), '<!doctype html><title>Page</title><p id="answer"></p><p id="state"></p><p id="change"></p><p id="error"></p><script type="module" src="./page.js"></script>');
  writeFileSync(join(source, 'page.js'), pageSource(join(import.meta.dirname, '../../../renderer/src/lib/api/connect.ts')));
  await build({ root: source, configFile: false, logLevel: 'error', build: { outDir: join(folder.path, 'renderer'), modulePreload: { polyfill: false } }, resolve: { preserveSymlinks: true } });
  browser = await launchTestBrowser();
});

afterAll(async () => {
  await browser?.close();
  folder[Symbol.dispose]();
});

beforeEach(async () => {
  small = createSmallBackend();
  backend = await startBackendWith((options) => small.compose(options), { dataFolder: join(folder.path, 'data'), host: 'browser', env: {}, logger: silentLogger });
  host = await startBrowserHost({ rendererFolder: join(folder.path, 'renderer'), dataFolder: backend.dataFolder, openConnection: backend.openConnection('browser'), logger: silentLogger });
  context = await browser.newContext();
  complaints = [];
});

afterEach(async () => {
  await context.close();
  await host.close();
  await backend.close();
});

async function newPage(): Promise<Page> {
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  return page;
}

const textOf = (page: Page, id: string) => expect.poll(() => page.locator(`#${id}`).textContent(), { timeout: 10_000 });

test('a link opens the app: the token is gone from address and history, the page is connected and complains of nothing', async () => {
  const page = await newPage();
  await page.goto(host.startUrl);
  await textOf(page, 'answer').toBe('browser');
  await textOf(page, 'state').toBe('connected');
  expect(page.url()).toBe(`${host.url}/`);
  await expect.poll(() => small.listeners()).toBe(1);
  small.publish({ entity: 'invoices', ids: [] });
  await textOf(page, 'change').toBe('invoices');
  expect(await page.evaluate(() => document.cookie)).toBe('');
  await page.goBack();
  expect(page.url()).toBe('about:blank');
  expect(complaints).toEqual([]);
});

test('a start file opens it too, without a secret in its own address', async () => {
  const file = host.openStartFile();
  const page = await newPage();
  await page.goto(file.url);
  await textOf(page, 'answer').toBe('browser');
  expect(page.url()).toBe(`${host.url}/`);
});

test('a used link opens nothing and says so', async () => {
  const first = await newPage();
  await first.goto(host.startUrl);
  await textOf(first, 'answer').toBe('browser');
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(host.startUrl);
  await expect.poll(() => stranger.locator('#message').textContent()).toContain('used already');
  await stranger.goto(`${host.url}/`);
  expect(await stranger.textContent('body')).toContain('This page has no session with Daybook.');
  await stranger.context().close();
});

test('a second tab of the same browser belongs to the session while a first one is open, and is told when none is', async () => {
  const first = await newPage();
  await first.goto(host.startUrl);
  await textOf(first, 'answer').toBe('browser');
  const second = await newPage();
  await second.goto(`${host.url}/ledger`);
  await textOf(second, 'answer').toBe('browser');
  await second.close();
  await first.close();
  const third = await newPage();
  await third.goto(`${host.url}/`);
  await textOf(third, 'error').toBe('session-ended');
});

test('a reload keeps the session; a host that comes back under another session is final', async () => {
  const page = await newPage();
  await page.goto(host.startUrl);
  await textOf(page, 'answer').toBe('browser');
  await page.reload();
  await textOf(page, 'answer').toBe('browser');
  const port = Number(new URL(host.url).port);
  await host.close();
  await textOf(page, 'state').toBe('lost');
  host = await startBrowserHost({ rendererFolder: join(folder.path, 'renderer'), dataFolder: backend.dataFolder, openConnection: backend.openConnection('browser'), logger: silentLogger, port });
  await textOf(page, 'state').toBe('ended');
});

test('the policy stops inline scripts, foreign frames and calls elsewhere', async () => {
  const page = await newPage();
  await page.goto(host.startUrl);
  await textOf(page, 'answer').toBe('browser');
  const outcome = await page.evaluate(async (other) => {
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.body.append(script);
    const reached = await fetch(other).then(() => true, () => false);
    return { injected: 'injected' in window, reached };
  }, `http://localhost:${new URL(host.url).port}/start`);
  expect(outcome).toEqual({ injected: false, reached: false });
  expect(complaints.join('\n')).toContain('Content Security Policy');
});
