import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';
import { installedElectron, obtainElectron } from './electron-binary.ts';

/** The npm package without its binary, with an installer that does what the test says. */
function makePackage(folder: string, installer: string): string {
  const packageFolder = join(folder, 'electron');
  mkdirSync(packageFolder);
  writeFileSync(join(packageFolder, 'package.json'), '{"version":"45.4.1","type":"commonjs"}');
  writeFileSync(join(packageFolder, 'install.js'), installer);
  return packageFolder;
}

const placesBinary = `const fs = require('fs'); fs.mkdirSync(__dirname + '/dist'); fs.writeFileSync(__dirname + '/dist/electron', ''); fs.writeFileSync(__dirname + '/path.txt', 'electron');`;

async function unusedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/`;
}

test('an installed binary is found, one that was deleted is not', () => {
  using folder = makeTemporaryFolder();
  const packageFolder = makePackage(folder.path, '');
  expect(installedElectron(packageFolder, {})).toBeNull();
  writeFileSync(join(packageFolder, 'path.txt'), 'electron');
  expect(installedElectron(packageFolder, {})).toBeNull();
  mkdirSync(join(packageFolder, 'dist'));
  writeFileSync(join(packageFolder, 'dist', 'electron'), '');
  expect(installedElectron(packageFolder, {})).toBe(join(packageFolder, 'dist', 'electron'));
});

test('offline it is said in one sentence, and the installer is not even tried', async () => {
  using folder = makeTemporaryFolder();
  const packageFolder = makePackage(folder.path, placesBinary);
  const env = { ELECTRON_MIRROR: await unusedAddress(), electron_config_cache: join(folder.path, 'cache') };
  expect(await obtainElectron({ packageFolder, env, say: () => undefined })).toEqual({ reason: expect.stringMatching(/^Electron’s program is not installed and 127\.0\.0\.1:\d+ does not answer$/) });
});

test('an archive in the cache is used offline; an installer that fails is said', async () => {
  using folder = makeTemporaryFolder();
  const cache = join(folder.path, 'cache', 'abc');
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, `electron-v45.4.1-${process.platform}-${process.arch}.zip`), '');
  const env = { ...process.env, ELECTRON_MIRROR: await unusedAddress(), electron_config_cache: join(folder.path, 'cache') };
  const packageFolder = makePackage(folder.path, placesBinary);
  expect(await obtainElectron({ packageFolder, env, say: () => undefined })).toEqual({ path: join(packageFolder, 'dist', 'electron') });
  using other = makeTemporaryFolder();
  expect(await obtainElectron({ packageFolder: makePackage(other.path, 'process.exit(1)'), env, say: () => undefined })).toEqual({ reason: expect.stringContaining('its download failed') });
});
