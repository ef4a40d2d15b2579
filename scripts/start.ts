/**
 * `npm start`: the app on this machine's data folder. Electron when its program is there or can be had, else an installed browser, else a link; it says which and why.
 *   --data DIR   another data folder      --browser   not Electron      --no-open   only print the link
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readArguments } from './arguments.ts';
import { chooseHost, withoutElectron, type ChosenHost } from './choose-host.ts';
import { buildIfStale } from './build-if-stale.ts';
import { endQuietlyWhenNobodyReads } from '../src/main/platform/nobody-reads.ts';
import { electronPackageFolder, obtainElectron } from './electron-binary.ts';
import { appWindowArguments, browserFolder, findBrowser } from '../src/main/hosts/browser/installed-browsers.ts';
import { prepareDataFolder } from '../src/main/platform/data-folder.ts';
import type { BrowserHost } from '../src/main/hosts/browser/browser-host.ts';

const root = join(import.meta.dirname, '..');

export interface OpenAppOptions {
  readonly dataFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Not Electron, even where it is installed. */
  readonly isBrowserForced?: boolean;
  /** false: only print the link. */
  readonly isOpening?: boolean;
  readonly say?: (line: string) => void;
  /** Ends the app when aborted, like Ctrl+C. */
  readonly signal?: AbortSignal;
}

/** Opens the app and waits until its window is closed or the process is asked to end. */
export async function openApp(options: OpenAppOptions): Promise<void> {
  const { dataFolder, env, isBrowserForced = false, isOpening = true, say = (line) => console.log(line) } = options;
  prepareDataFolder(dataFolder); // one that cannot be is told before pages are built
  const find = () => findBrowser({ env });
  let chosen = await chooseHost({
    isBrowserForced, isOpening,
    hasDisplay: process.platform !== 'linux' || Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']),
    isRoot: process.platform === 'linux' && process.getuid?.() === 0,
    findBrowser: find,
    async findElectron() {
      const packageFolder = electronPackageFolder();
      return packageFolder ? obtainElectron({ packageFolder, env, say }) : { reason: 'Electron is not among the installed packages' };
    },
  });
  say(chosen.sentence);
  if (chosen.kind === 'electron') {
    const failure = await runElectron(chosen.path, options, say);
    if (failure === null) return;
    chosen = withoutElectron(find(), failure);
    say(chosen.sentence);
  }
  await runBrowserHost(chosen, options, say);
}

/** @returns null when the window was opened and closed; else why it could not open. */
async function runElectron(path: string, { dataFolder, env, signal }: OpenAppOptions, say: (line: string) => void): Promise<string | null> {
  await buildIfStale({ root, say, needed: ['out/main/index.js', 'out/main/backend.js', 'out/preload/index.cjs', 'out/renderer/index.html'] });
  const { ELECTRON_RUN_AS_NODE: _, ...childEnv } = env;
  const child = spawn(path, [root, '--data', dataFolder], { env: childEnv as NodeJS.ProcessEnv, stdio: 'inherit' });
  const stop = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const [code, ending] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    const isCrash = code === 127 || ['SIGTRAP', 'SIGSEGV', 'SIGABRT', 'SIGILL'].includes(ending ?? '');
    if (isCrash) return `Electron did not start on this machine (${ending ?? `exit code ${code}`})`;
    if (code) process.exitCode = code;
    return null;
  } catch {
    return 'Electron’s program cannot be run on this machine';
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    signal?.removeEventListener('abort', stop);
  }
}

async function runBrowserHost(chosen: ChosenHost, { dataFolder, env, signal }: OpenAppOptions, say: (line: string) => void): Promise<void> {
  await buildIfStale({ root, say, needed: ['out/renderer/index.html'] });
  const [{ startBackend }, { startBrowserHost }] = await Promise.all([import('../src/main/backend.ts'), import('../src/main/hosts/browser/browser-host.ts')]);
  const backend = await startBackend({ dataFolder, host: 'browser', env });
  try {
    const host = await startBrowserHost({ rendererFolder: join(root, 'out', 'renderer'), dataFolder: backend.dataFolder, openConnection: backend.openConnection('browser'), logger: backend.logger });
    try {
      const asked = askedToEnd(signal);
      const closed = chosen.kind === 'app-window' ? showAppWindow(chosen, host, backend.dataFolder, { asked, say }) : printLink(host, host.startUrl, say);
      await Promise.race([asked, closed]);
    } finally {
      await host.close();
    }
  } finally {
    await backend.close();
  }
}

/** Fulfilled when the window is closed; one that does not open becomes a printed link. */
async function showAppWindow({ browser }: Extract<ChosenHost, { kind: 'app-window' }>, host: BrowserHost, dataFolder: string, { asked, say }: { asked: Promise<void>; say: (line: string) => void }): Promise<void> {
  const { dataSubfolder } = await import('../src/main/platform/data-folder.ts');
  const folder = browserFolder(browser, dataFolder);
  const startFile = host.openStartFile(dataSubfolder(folder, 'start'));
  const startedMs = performance.now();
  const child = spawn(browser.path, appWindowArguments(startFile.url, dataSubfolder(folder, 'browser-profile')), { stdio: 'ignore' });
  void asked.then(() => child.kill()); // the window goes with the app
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(-1));
    child.on('exit', resolve);
  });
  if (code === 0 && performance.now() - startedMs > 2_000) return;
  say(code === 0 ? 'The browser took the window over.' : `${browser.name} did not open a window.`);
  await printLink(host, host.createStartUrl(), say);
}

/** Goes on until the process is asked to end; Enter makes a further link. */
function printLink(host: BrowserHost, startUrl: string, say: (line: string) => void): Promise<never> {
  const isInteractive = process.stdin.isTTY === true;
  say(`Open this link within a minute; it works once:\n  ${startUrl}`);
  say(isInteractive ? 'Enter makes a new link, Ctrl+C ends Daybook.' : 'Ctrl+C ends Daybook.');
  if (isInteractive) createInterface({ input: process.stdin }).on('line', () => say(`  ${host.createStartUrl()}`));
  return new Promise(() => undefined);
}

function askedToEnd(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve(), { once: true });
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });
}

if (import.meta.main) {
  endQuietlyWhenNobodyReads();
  try {
    const { values } = readArguments('Usage: npm start -- [--data DIR] [--browser] [--no-open]', { data: { type: 'string' }, browser: { type: 'boolean', default: false }, 'no-open': { type: 'boolean', default: false } });
    const { defaultDataFolder } = await import('../src/main/platform/data-folder.ts');
    await openApp({ dataFolder: values.data ?? defaultDataFolder(), env: process.env, isBrowserForced: values.browser, isOpening: !values['no-open'] });
    process.exit();
  } catch (error) {
    const shown = error instanceof Error ? error : new Error(String(error));
    console.error(`Daybook did not start: ${shown.message}${'code' in shown ? ` (${String(shown.code)})` : ''}`);
    if ('nextStep' in shown && typeof shown.nextStep === 'string') console.error(shown.nextStep);
    process.exit(1);
  }
}
