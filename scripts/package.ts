/**
 * `npm run package`: the installers of this system by electron-builder. It needs Electron's program and says so.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { electronPackageFolder, obtainElectron } from './electron-binary.ts';

const root = join(import.meta.dirname, '..');
const packageFolder = electronPackageFolder();
const electron = packageFolder ? await obtainElectron({ packageFolder, env: process.env, say: (line) => console.log(line) }) : { reason: 'Electron is not among the installed packages' };
if ('reason' in electron) {
  console.error(`Installers cannot be made here: ${electron.reason}.`);
  console.error('Run this where github.com can be reached, or name a mirror in ELECTRON_MIRROR; the workflow in .github/workflows/test.yml does it on three systems.');
  process.exit(1);
}

const require = createRequire(import.meta.url);
run(join(dirname(require.resolve('electron-vite/package.json')), 'bin', 'electron-vite.js'), ['build', '--logLevel', 'warn']);
run(join(dirname(require.resolve('electron-builder/package.json')), 'cli.js'), ['--config', 'electron-builder.yml', '--publish', 'never', ...process.argv.slice(2)]);

function run(script: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
