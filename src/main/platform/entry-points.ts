/**
 * Where the files that run as processes or threads of their own lie: in a checkout the sources themselves (Node takes the types away), in a bundle
 * the built files side by side in `out/main`. Electron starts them from inside its archive as well.
 */
import { basename, join } from 'node:path';
import { applicationRoot } from './resources.ts';

/** Each entry by the place of its source under `src/main`; the build makes one file of each. */
export const entrySources = {
  backend: 'backend.ts',
  'job-worker': 'jobs/job-worker.ts',
  'render-worker': 'documents/render-worker.ts',
  'stretch-worker': 'ledger/stretch-worker.ts',
  'reading-worker': 'reading/reading-worker.ts',
} as const;

export type EntryName = keyof typeof entrySources;

/** The file to give to `new Worker`, `fork` or `utilityProcess.fork`. */
export function entryPoint(name: EntryName): string {
  return isRunFromSource() ? join(applicationRoot(), 'src', 'main', entrySources[name]) : join(builtMainFolder(import.meta.dirname), `${name}.js`);
}

/** A file of the build such as `builtFile('renderer')`, in a checkout and in a package. */
export function builtFile(...parts: string[]): string {
  return isRunFromSource() ? join(applicationRoot(), 'out', ...parts) : join(builtMainFolder(import.meta.dirname), '..', ...parts);
}

/** A bundle has no types. */
function isRunFromSource(): boolean {
  return import.meta.filename.endsWith('.ts');
}

/** `out/main`, seen from a built file: pieces that entries share lie one folder deeper. */
export function builtMainFolder(folder: string): string {
  return basename(folder) === 'chunks' ? join(folder, '..') : folder;
}
