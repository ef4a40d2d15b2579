/**
 * The medium demo from nothing, headless, and then the app's start on its ledger in the browser host: from `npm start`'s process to the first screen with
 * its figures. Beside the start the same browser on the same built files from a bare static server, until the page has drawn anything.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { listStaticFiles } from '../src/main/hosts/static-files.ts';
import { launchTestBrowser } from '../src/main/testing/test-browser.ts';
import { buildIfStale } from '../scripts/build-if-stale.ts';
import { timed, type Measure } from './measure.ts';
import { root, runMediumDemo, startApp } from './running-app.ts';

const startGoalMs = 2_000;
const demoGoalMs = 90_000;
const runs = 3;

export async function measure(): Promise<Measure[]> {
  await buildIfStale({ root, needed: ['out/renderer/index.html'], say: () => undefined });
  const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
  try {
    let dataFolder = '';
    const demoMs = await timed(async () => {
      dataFolder = await runMediumDemo(folder);
    });
    return [
      { name: 'demo (medium) from nothing, headless', ours: demoMs, reference: demoGoalMs, ratio: demoMs / demoGoalMs, goal: `< ${demoGoalMs / 1_000} s`, holds: demoMs < demoGoalMs, unit: 'ms', note: 'outside world, refill, pull, billing with PDFs, reconciliation, MRR, verify; the reference is the goal' },
      await measureStart(dataFolder),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureStart(dataFolder: string): Promise<Measure> {
  const browser = await launchTestBrowser();
  try {
    let ours = Number.POSITIVE_INFINITY;
    let reference = Number.POSITIVE_INFINITY;
    for (let run = 0; run < runs; run += 1) {
      ours = Math.min(ours, await startToFirstScreenMs(browser, dataFolder));
      reference = Math.min(reference, await bareLoadMs(browser));
    }
    return {
      name: 'start: process to first usable screen, medium ledger, browser host', ours, reference, ratio: ours / reference,
      goal: `< ${startGoalMs} ms`, holds: ours < startGoalMs, unit: 'ms', note: 'reference: the same files from a bare server until the first paint; the browser itself is running in both',
    };
  } finally {
    await browser.close();
  }
}

async function startToFirstScreenMs(browser: Browser, dataFolder: string): Promise<number> {
  const startedMs = performance.now();
  await using app = await startApp(dataFolder);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  try {
    await page.goto(app.link);
    await page.waitForFunction(hasFigures, undefined, { polling: 'raf', timeout: 60_000 });
    return performance.now() - startedMs;
  } finally {
    await page.close();
  }
}

/** In the page: the frame stands, the state of the books is known and the screen shows rows or a chart. */
function hasFigures(): boolean {
  const main = document.querySelector('main');
  return main !== null && !document.body.innerText.includes('Reading the state of the books') && main.querySelector('tbody tr, [role="gridcell"], canvas') !== null;
}

async function bareLoadMs(browser: Browser): Promise<number> {
  const files = listStaticFiles(join(root, 'out', 'renderer'));
  const server: Server = createServer((request, response) => {
    const file = files.find((request.url ?? '/').split('?')[0] ?? '/');
    if (!file) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': file.contentType }).end(file.read());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  try {
    const startedMs = performance.now();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => performance.getEntriesByType('paint').length > 0, undefined, { polling: 'raf' });
    return performance.now() - startedMs;
  } finally {
    await page.close();
    server.closeAllConnections();
    server.close();
  }
}
