/**
 * Before the suites that run commands: the command line, the demo and their workers as one bundle, made anew from the sources. Reading a thousand modules is half of what a
 * short command takes, and these suites run more than a thousand of them; it is also the form in which the build ships the same workers.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { entrySources } from '../../src/main/platform/entry-points.ts';

const root = join(import.meta.dirname, '..', '..');

/** Packages of many small files and nothing native, which every command reads: finding and linking their files is a third of what a short one takes. */
const inlined = new Set(['zod', 'uuid', 'ws', 'commander', 'csv-parse', 'csv-stringify', 'croner', 'fflate']);

/** Vitest's global setup. @returns what takes the bundle away again. */
export default async function bundleCli(): Promise<() => void> {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'daybook-cli-'));
  chmodSync(folder, 0o755); // a command may be run as another user
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const packages = Object.keys(dependencies).filter((name) => !inlined.has(name) && !name.startsWith('@orpc/'));
  const workers = Object.entries(entrySources).map(([name, source]) => [name, join(root, 'src', 'main', source)] as const);
  const bundle = await rolldown({
    input: { daybook: join(root, 'src', 'cli', 'daybook.js'), demo: join(root, 'scripts', 'demo.ts'), ...Object.fromEntries(workers) }, platform: 'node', logLevel: 'warn',
    external: (id) => id.startsWith('node:') || id === 'electron' || packages.some((name) => id === name || id.startsWith(`${name}/`)),
  });
  await bundle.write({ dir: join(folder, 'out', 'main'), format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' });
  await bundle.close();
  process.env['DAYBOOK_BUNDLED_CLI'] = join(folder, 'out', 'main', 'daybook.js');
  return () => rmSync(folder, { recursive: true, force: true });
}
