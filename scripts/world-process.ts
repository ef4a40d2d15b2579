/**
 * The outside world as a process of its own: it must not share the product's thread, nor its fate. It ends with the process that started it.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { WorldDocument } from '../sandbox/world.ts';
import { applicationRoot } from '../src/main/platform/resources.ts';

export interface WorldProcess {
  readonly document: WorldDocument;
  stop(): Promise<void>;
}

/**
 * @param folder where the world is kept, so that a later start finds it as it was.
 * @throws Error when the sandbox ends before it is up; its own words are on the error stream by then.
 */
export async function startWorldProcess(folder: string, { size, seed }: { readonly size: string; readonly seed: string }): Promise<WorldProcess> {
  const main = join(applicationRoot(), 'sandbox', 'main.ts');
  const child = spawn(process.execPath, [main, '--size', size, '--seed', seed, '--data', folder, '--with-parent'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const { promise, resolve: found, reject } = Promise.withResolvers<WorldDocument>();
  const text: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    text.push(line);
    try {
      found(JSON.parse(text.join('\n')) as WorldDocument);
    } catch {
      // the document is not whole yet
    }
  });
  child.once('exit', (code) => reject(new Error(`The sandbox ended with ${code ?? 'a signal'} before it was up.`)));
  return {
    document: await promise,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
