/**
 * Where the files beside the code lie: migrations, templates, fonts, reference data. The same in a checkout and in a packaged app.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

let root: string | undefined;

/** The folder that holds `migrations/` and `resources/`. */
export function applicationRoot(): string {
  if (root) return root;
  let folder: string = import.meta.dirname;
  while (!existsSync(join(folder, 'migrations', 'sqlite'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('Daybook was started without its migrations folder.');
    folder = parent;
  }
  root = folder;
  return folder;
}

/** Of this Daybook, from `package.json`. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(applicationRoot(), 'package.json'), 'utf8')) as { version: string };
  return version;
}

export function resourcePath(...parts: string[]): string {
  return join(applicationRoot(), 'resources', ...parts);
}

export function migrationsFolder(kind: 'sqlite' | 'postgres'): string {
  return join(applicationRoot(), 'migrations', kind);
}
