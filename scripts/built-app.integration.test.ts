import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';
import { buildIfStale } from './build-if-stale.ts';

const root = join(import.meta.dirname, '..');
const out = (...parts: string[]) => join(root, 'out', ...parts);

beforeAll(() => buildIfStale({ root, needed: ['out/main/index.js', 'out/main/backend.js', 'out/preload/index.cjs', 'out/renderer/index.html'], say: () => undefined }));

describe('the built app', () => {
  test('its backend runs as Electron would run it: migrations found, calls answered over a port, a job in its worker thread, closed in order', async () => {
    using folder = makeTemporaryFolder();
    const dataFolder = join(folder.path, 'data');
    const child = spawn(process.execPath, ['src/main/testing/drive-built-backend.ts', out('main', 'backend.js'), dataFolder], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (part: Buffer) => (text += part.toString()));
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(JSON.parse(text)).toEqual({ said: ['ready', 'closed'], host: 'electron', secretStore: 'the keychain', job: 'succeeded' });
    expect(existsSync(join(dataFolder, 'owner.json'))).toBe(false);
  });

  test('its preload is CommonJS that needs electron and nothing else', () => {
    const preload = readFileSync(out('preload', 'index.cjs'), 'utf8');
    expect([...preload.matchAll(/require\(["']([^"']+)["']\)/g)].map((found) => found[1])).toEqual(['electron']);
    expect(preload).not.toMatch(/^\s*(import|export)\s/m);
    expect(preload).not.toContain('contextBridge');
    expect(readdirSync(out('preload'))).toEqual(['index.cjs']);
  });

  test('its page names its files from the root and has no script or handler of its own', () => {
    const page = readFileSync(out('renderer', 'index.html'), 'utf8');
    const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((found) => found[1] ?? '');
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      expect(file).toMatch(/^\/assets\//);
      expect(existsSync(out('renderer', file))).toBe(true);
    }
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>|\son[a-z]+=|javascript:/i);
  });
});
