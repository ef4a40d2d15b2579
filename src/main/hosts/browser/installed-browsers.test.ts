import { describe, expect, test } from 'vitest';
import { appWindowArguments, browserFolder, findBrowser } from './installed-browsers.ts';

const search = (platform: NodeJS.Platform, present: string[], env: Record<string, string> = {}) => findBrowser({ platform, env, home: platform === 'win32' ? 'C:\\Users\\ada' : '/home/ada', exists: (path) => present.includes(path) });

describe('the usual places', () => {
  test.each<[NodeJS.Platform, string[], Record<string, string>, string | undefined]>([
    ['linux', ['/usr/bin/chromium', '/usr/bin/google-chrome'], { PATH: '/usr/local/bin:/usr/bin' }, '/usr/bin/google-chrome'],
    ['linux', ['/snap/bin/chromium'], { PATH: '' }, '/snap/bin/chromium'],
    ['linux', ['/opt/tools/microsoft-edge'], { PATH: '/opt/tools' }, '/opt/tools/microsoft-edge'],
    ['linux', ['google-chrome'], { PATH: '.:relative' }, undefined],
    ['darwin', ['/home/ada/Applications/Chromium.app/Contents/MacOS/Chromium'], {}, '/home/ada/Applications/Chromium.app/Contents/MacOS/Chromium'],
    ['darwin', ['/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'], {}, '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'],
    ['win32', ['C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'], { 'PROGRAMFILES(X86)': 'C:\\Program Files (x86)' }, 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'],
    ['win32', [], { PROGRAMFILES: 'C:\\Program Files' }, undefined],
  ])('%s with %j', (platform, present, env, expected) => {
    expect(search(platform, present, env)?.path).toBe(expected);
  });

  test('the one named by its path comes first; a wrong name is not replaced by another', () => {
    expect(search('linux', ['/usr/bin/chromium', '/my/browser'], { DAYBOOK_BROWSER: '/my/browser' })?.path).toBe('/my/browser');
    expect(search('linux', ['/usr/bin/chromium'], { DAYBOOK_BROWSER: '/my/browser' })).toBeNull();
  });
});

test('a window has a profile of its own, no debugging port and no secret on its command line', () => {
  const given = appWindowArguments('file:///data/start/start-1.html', '/data/browser-profile');
  expect(given).toContain('--app=file:///data/start/start-1.html');
  expect(given).toContain('--user-data-dir=/data/browser-profile');
  expect(given.join(' ')).not.toMatch(/debugging|no-sandbox|#/);
});

test('a snap gets a folder it may read', () => {
  expect(browserFolder({ name: 'Chromium', path: '/usr/bin/chromium' }, '/home/ada/.local/share/daybook', '/home/ada')).toBe('/home/ada/.local/share/daybook');
  expect(browserFolder({ name: 'Chromium', path: '/snap/bin/chromium' }, '/home/ada/.local/share/daybook', '/home/ada')).toMatch(/^\/home\/ada\/snap\/chromium\/common\/daybook-[0-9a-f]{16}$/);
});
