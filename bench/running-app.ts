/** The app as a person starts it, in a process of its own, for the benchmarks that look at it from a browser. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const root = join(import.meta.dirname, '..');
/** `npm run demo -- --headless --size medium --fresh` into a folder. @returns where the app's data lies. @throws Error when it does not end well. */
export async function runMediumDemo(folder: string): Promise<string> {
  const demo = spawn(process.execPath, ['scripts/demo.ts', '--headless', '--size', 'medium', '--seed', '1', '--fresh', '--data', folder], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(demo, 'exit')) as [number | null];
  if (code !== 0) throw new Error('The medium demo did not end well: npm run demo -- --headless says why.');
  return join(folder, 'medium-1', 'app');
}

export interface RunningApp extends AsyncDisposable {
  /** Good once. */
  readonly link: string;
}

/** `npm start -- --no-open` without any key: it shows what lies in the folder. */
export async function startApp(dataFolder: string): Promise<RunningApp> {
  const { DAYBOOK_STRIPE_KEY: _key, DAYBOOK_POSTGRES_URL: _url, ...env } = process.env;
  const child = spawn(process.execPath, ['scripts/start.ts', '--no-open', '--data', dataFolder], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  try {
    return { link: await linkOf(child), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function linkOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The app has no output.');
  for await (const line of createInterface({ input: child.stdout })) {
    const link = /http:\/\/127\.0\.0\.1:\d+\/start#\S+/.exec(line)?.[0];
    if (link) return link;
  }
  throw new Error('The app ended before it gave a link.');
}
