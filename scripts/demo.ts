/**
 * `npm run demo`: the outside world, a company in it, and a month's work through the product's own services; then the app on that data.
 * `--headless` prints and ends. A second run is quick and changes nothing.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openSession, type Session } from '../src/cli/session.ts';
import { acquireDataFolder, prepareDataFolder } from '../src/main/platform/data-folder.ts';
import { readArguments } from './arguments.ts';
import { demoEnvironment } from './demo-environment.ts';
import { runDemoMonth } from './demo-month.ts';
import { readCompanyChoice } from '../sandbox/company-choice.ts';
import type { Manifest } from '../sandbox/manifest.ts';
import { forgetForeignPostgresSettings } from '../sandbox/foreign-settings.ts';
import { endQuietlyWhenNobodyReads } from '../src/main/platform/nobody-reads.ts';
import { startWorldProcess, type WorldProcess } from './world-process.ts';

const { values: options } = readArguments('Usage: npm run demo -- [--headless] [--size small|medium|large] [--seed N] [--data DIR] [--fresh] [--browser]', {
  headless: { type: 'boolean', default: false },
  size: { type: 'string', default: 'medium' },
  seed: { type: 'string', default: '1' },
  data: { type: 'string', default: 'demo-data' },
  fresh: { type: 'boolean', default: false },
  browser: { type: 'boolean', default: false },
});

/** Ends with 2 before anything is touched. */
function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

try {
  readCompanyChoice(options);
} catch (error) {
  refuse((error as Error).message);
}

endQuietlyWhenNobodyReads();
forgetForeignPostgresSettings();
const startedMs = performance.now();
const place = resolve(options.data, `${options.size}-${options.seed}`);
if (options.fresh && existsSync(place)) {
  // Only what a demo has made is taken away, and only while no demo works there.
  if (readdirSync(place).some((name) => name !== 'world' && name !== 'app')) refuse(`${place} holds other files than a demo's: nothing was deleted. Name another folder with --data.`);
  try {
    if (existsSync(join(place, 'app'))) acquireDataFolder(join(place, 'app')).release();
  } catch (error) {
    console.error(`${(error as Error).message} Nothing was deleted.`);
    process.exit(1);
  }
  rmSync(place, { recursive: true, force: true });
}

let world: WorldProcess | undefined;
let session: Session | undefined;
let exitCode = 0;
try {
  if (!existsSync(place)) prepareDataFolder(place);
  world = await startWorldProcess(join(place, 'world'), options);
  const { document } = world;
  const manifest = JSON.parse(await readFile(document.manifest, 'utf8')) as Manifest;
  const app = join(place, 'app');
  prepareDataFolder(app);
  const config = { stripeApiBase: document.stripe.url, now: document.now, reportingTimeZone: manifest.reportingTimeZone, functionalCurrency: manifest.functionalCurrency, stripeLimiter: 'off', user: 'demo accountant' };
  writeFileSync(join(app, 'config.json'), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  const env = demoEnvironment(process.env, document);
  console.log(`${manifest.companyName}, ${options.size}, seed ${options.seed}: the outside world is up (${seconds(startedMs)}).`);
  session = await openSession({ mayBegin: true, dataFolder: app, env });
  const isTrue = await runDemoMonth({ client: session.client, manifest, stripeUrl: document.stripe.url, bankFolder: dirname(document.manifest), dataFolder: app, say: (line) => console.log(line) });
  console.log(`Done in ${seconds(startedMs)}. The data lies in ${app}`);
  await session.close();
  session = undefined;
  if (!isTrue) exitCode = 1;
  if (!options.headless) {
    const { openApp } = await import('./start.ts');
    await openApp({ dataFolder: app, env, ...(options.browser ? { isBrowserForced: true } : {}) });
  }
} catch (error) {
  const shown = error instanceof Error ? error : new Error(String(error));
  console.error(`The demo stopped: ${shown.message}${'code' in shown ? ` (${String(shown.code)})` : ''}`);
  if ('nextStep' in shown && typeof shown.nextStep === 'string') console.error(shown.nextStep);
  console.error('What was saved is kept; run it again and it goes on. --fresh starts anew.');
  exitCode = 1;
} finally {
  await session?.close();
  await world?.stop();
}
process.exit(exitCode);

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;
}
