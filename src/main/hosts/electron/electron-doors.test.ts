import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessagePortMain } from 'electron';
import { describe, expect, test } from 'vitest';
import type { LogFields, Logger } from '../../platform/logger.ts';
import { silentLogger } from '../../platform/logger.ts';
import { ContentsDouble, SafeStorageDouble, SessionDouble, channelDouble, frameDouble, type FrameDouble } from '../../testing/electron-double.ts';
import { makeTemporaryFolder } from '../../testing/temporary-folder.ts';
import { listStaticFiles } from '../static-files.ts';
import { serveAppProtocol } from './app-protocol.ts';
import { dataFolderArgument, refusedSwitch } from './launch-guard.ts';
import { mainWindowOptions, readWindowState, writeWindowState } from './main-window.ts';
import { menuTemplate } from './menu.ts';
import { handPortsOver, type PortHandoverOptions } from './port-handover.ts';
import { createSecretKeeper } from './secret-keeper.ts';
import { denyPermissions, hardenContents, type SessionLike } from './window-security.ts';

function listen(): { logger: Logger; said: string[] } {
  const said: string[] = [];
  const say = (event: string, fields?: LogFields) => void said.push(`${event} ${JSON.stringify(fields ?? {})}`);
  return { logger: { debug: say, info: say, warn: say, error: say }, said };
}

describe('the port', () => {
  function open(page = frameDouble('daybook://app/')) {
    const contents = new ContentsDouble(page);
    const ipcMain = new EventEmitter();
    const given: MessagePortMain[] = [];
    const { logger, said } = listen();
    const handover = handPortsOver({
      ipcMain: ipcMain as unknown as PortHandoverOptions['ipcMain'], logger, contents: contents as unknown as PortHandoverOptions['contents'],
      createChannel: () => channelDouble() as unknown as ReturnType<PortHandoverOptions['createChannel']>,
      givePort: (port) => given.push(port),
    });
    /** @returns what the asking frame was told, null when it was given a port. */
    const ask = (senderFrame: FrameDouble | null = page, sender: unknown = contents) => {
      let refusal: string | null = null;
      ipcMain.emit('daybook:connect', { sender, senderFrame, reply: (channel: string, reason: string) => (refusal = `${channel} ${reason}`) });
      return refusal;
    };
    return { page, contents, given, said, ask, handover };
  }

  test('goes to the main frame of our own page, one end to it, the other to the backend', () => {
    const { page, given, ask } = open();
    ask();
    expect(given).toHaveLength(1);
    expect(page.posted).toMatchObject([{ channel: 'daybook:port' }]);
    expect(page.posted[0]!.ports).toHaveLength(1);
    expect(page.posted[0]!.ports[0]).not.toBe(given[0]);
  });

  test('goes to a document once; a new document gets its own, a change of place within one does not', () => {
    const { contents, given, ask, said } = open();
    ask();
    expect(ask()).toBe('daybook:port-refused handed over already');
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true });
    contents.emit('did-start-navigation', { isMainFrame: false, isSameDocument: false });
    expect(ask()).toBe('daybook:port-refused handed over already');
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    ask();
    expect(given).toHaveLength(2);
    expect(said).toHaveLength(2);
  });

  test('goes to the same document once more when the backend is a new one', () => {
    const { given, ask, handover } = open();
    ask();
    handover.allowAgain();
    ask();
    expect(given).toHaveLength(2);
    expect(ask()).toBe('daybook:port-refused handed over already');
  });

  test('is refused aloud to everybody else', () => {
    const main = frameDouble('daybook://app/');
    const cases: [string, () => string | null][] = [];
    const { given, ask, said } = open(main);
    cases.push(['not the main frame', () => ask(frameDouble('daybook://app/ledger', main))]);
    cases.push(['not the main frame', () => ask(frameDouble('daybook://app/'))]);
    cases.push(['the frame is gone', () => ask(null)]);
    cases.push(['not the window', () => ask(main, new ContentsDouble(main))]);
    for (const [reason, attempt] of cases) expect(attempt()).toBe(`daybook:port-refused ${reason}`);
    for (const url of ['https://app/', 'daybook://other/', 'daybook://app.evil.example/', 'daybook://user@app/', 'file:///index.html']) {
      const elsewhere = open(frameDouble(url));
      expect(elsewhere.ask()).toContain('not our origin');
      expect(elsewhere.given).toEqual([]);
    }
    const pretender = frameDouble('daybook://app/');
    pretender.origin = 'null'; // a sandboxed document of ours
    expect(open(pretender).ask()).toContain('not our origin');
    expect(given).toEqual([]);
    expect(main.posted).toEqual([]);
    expect(said.every((line) => line.startsWith('port-refused'))).toBe(true);
    expect(said).toHaveLength(cases.length);
  });
});

describe('the window', () => {
  test('is isolated, sandboxed, without Node, webviews or, once packaged, developer tools', () => {
    const state = { bounds: { width: 1440, height: 900 }, isMaximized: false };
    expect(mainWindowOptions({ preload: '/p.cjs', isPackaged: true, state }).webPreferences).toMatchObject({
      contextIsolation: true, sandbox: true, nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false, webSecurity: true, webviewTag: false, devTools: false, preload: '/p.cjs',
    });
    const texts = JSON.stringify(menuTemplate({ platform: 'linux', isPackaged: true, openDataFolder() {}, openLogFolder() {} }));
    expect(texts).not.toContain('toggleDevTools');
  });

  test('denies every permission but to write text to the clipboard from our own page', () => {
    const session = new SessionDouble();
    const { logger, said } = listen();
    denyPermissions(session as unknown as SessionLike, logger);
    const ask = (permission: string, url = 'daybook://app/') => {
      let answer: boolean | undefined;
      session.call('request', new ContentsDouble(frameDouble(url)), permission, (granted: boolean) => (answer = granted));
      return answer;
    };
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'fileSystem', 'hid', 'serial', 'usb', 'unknown']) {
      expect([permission, ask(permission)]).toEqual([permission, false]);
      expect([permission, session.call('check', null, permission, 'daybook://app/')]).toEqual([permission, false]);
    }
    expect([ask('clipboard-sanitized-write'), session.call('check', null, 'clipboard-sanitized-write', 'daybook://app')]).toEqual([true, true]);
    expect([ask('clipboard-sanitized-write', 'https://evil.example/'), session.call('check', null, 'clipboard-sanitized-write', 'https://evil.example')]).toEqual([false, false]);
    expect(session.call('device', {})).toBe(false);
    let streams: unknown;
    session.call('display', {}, (given: unknown) => (streams = given));
    expect(streams).toEqual({});
    expect(said).not.toEqual([]);
  });

  test('stays where it is: navigation, redirects, webviews and new windows', () => {
    const contents = new ContentsDouble(frameDouble('daybook://app/'));
    const opened: string[] = [];
    const { logger, said } = listen();
    hardenContents(contents as unknown as Parameters<typeof hardenContents>[0], { openExternal: async (url) => void opened.push(url) }, logger);
    for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      for (const url of ['https://evil.example/?token=secret', 'file:///etc/passwd', 'daybook://other/', 'javascript:alert(1)', 'data:text/html,x', '']) expect([event, url, contents.ask(event, { url })]).toEqual([event, url, true]);
      expect(contents.ask(event, { url: 'daybook://app/ledger' })).toBe(false);
    }
    expect(contents.ask('will-attach-webview')).toBe(true);
    const outside = ['https://dashboard.stripe.com/test/payments/pi_1', 'https://docs.stripe.com/keys'];
    const refused = ['http://dashboard.stripe.com/', 'https://dashboard.stripe.com.evil.example/', 'https://user@dashboard.stripe.com/', 'https://dashboard.stripe.com:8443/', 'file:///bin/sh', 'mailto:a@b', 'javascript:1', 'daybook://app/'];
    for (const url of [...outside, ...refused]) expect(contents.openHandler?.({ url })).toEqual({ action: 'deny' });
    expect(opened).toEqual(outside);
    expect(said.join()).not.toContain('secret');
  });

  test('comes back where it was, unless that is on no screen', () => {
    using folder = makeTemporaryFolder();
    const file = join(folder.path, 'window.json');
    const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }];
    expect(readWindowState(file, screens)).toEqual({ bounds: { width: 1440, height: 900 }, isMaximized: false });
    writeWindowState(file, { bounds: { x: 100, y: 50, width: 1200, height: 800 }, isMaximized: true });
    expect(readWindowState(file, screens)).toEqual({ bounds: { x: 100, y: 50, width: 1200, height: 800 }, isMaximized: true });
    expect(readWindowState(file, [{ x: 3000, y: 0, width: 1000, height: 1000 }])).toEqual({ bounds: { width: 1200, height: 800 }, isMaximized: true });
    for (const text of ['{', '{"bounds":{"width":"x"}}', '{"bounds":{"width":1,"height":1},"isMaximized":false}']) {
      writeFileSync(file, text);
      expect(readWindowState(file, screens).bounds).toEqual({ width: 1440, height: 900 });
    }
  });
});

describe('the protocol daybook://app', () => {
  test('serves the built pages with the policy, and nothing else', async () => {
    using folder = makeTemporaryFolder();
    mkdirSync(join(folder.path, 'renderer'));
    writeFileSync(join(folder.path, 'renderer', 'index.html'), 'the page');
    writeFileSync(join(folder.path, 'secret.json'), 'secret');
    let handle: (request: Request) => Response | Promise<Response> = () => new Response();
    serveAppProtocol({ handle: (scheme, handler) => { expect(scheme).toBe('daybook'); handle = handler as typeof handle; } }, listStaticFiles(join(folder.path, 'renderer')));
    const ask = async (url: string, method = 'GET') => handle({ url, method } as Request);
    const page = await ask('daybook://app/ledger/entries?month=2026-10#x');
    expect([page.status, await page.text(), page.headers.get('content-type')]).toEqual([200, 'the page', 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers.get('content-security-policy')).toContain("connect-src 'self';");
    for (const [url, status] of [['daybook://app/../secret.json', 404], ['daybook://app/%2e%2e%2fsecret.json', 404], ['daybook://app/..%5csecret.json', 404], ['daybook://app/secret.json', 404], ['daybook://other/', 403], ['daybook://user@app/', 403], ['https://app/', 403]] as const) {
      const answer = await ask(url);
      expect([url, answer.status]).toEqual([url, status]);
    }
    expect((await ask('daybook://app/', 'POST')).status).toBe(405);
  });
});

describe('the command line', () => {
  test.each(['--remote-debugging-port=9222', '--remote-debugging-port', '--remote-debugging-pipe', '-remote-debugging-port=0', '--REMOTE-DEBUGGING-PORT=1', '--inspect', '--inspect-brk=0', '--no-sandbox', '--js-flags=--expose-gc', '--user-data-dir=/tmp/x', ' --remote-debugging-port=9222', '\t--inspect', '--renderer-cmd-prefix=/tmp/x', '--host-resolver-rules=MAP * evil.example'])('%s is refused', (argument) => {
    expect(refusedSwitch({ argv: ['app', argument], isPackaged: true, env: { DAYBOOK_E2E: '1' } })).toMatch(/^--[a-z-]+$/);
    expect(refusedSwitch({ argv: ['app', argument], isPackaged: false, env: {} })).not.toBeNull();
  });

  test('a slash begins a switch on Windows only', () => {
    expect(refusedSwitch({ argv: ['app', '/remote-debugging-port=9222'], isPackaged: true, env: {}, platform: 'win32' })).toBe('--remote-debugging-port');
    expect(refusedSwitch({ argv: ['app', '--data', '/inspect'], isPackaged: true, env: {}, platform: 'linux' })).toBeNull();
  });

  test('what is harmless passes; the end-to-end runner may steer an unpackaged app only', () => {
    expect(refusedSwitch({ argv: ['app', '--data', '/books/remote-debugging-port', '--force-device-scale-factor=2'], isPackaged: true, env: {} })).toBeNull();
    expect(refusedSwitch({ argv: ['--inspect=0', '--remote-debugging-port=0', '.'], isPackaged: false, env: { DAYBOOK_E2E: '1' } })).toBeNull();
    expect(refusedSwitch({ argv: ['--remote-debugging-pipe'], isPackaged: false, env: { DAYBOOK_E2E: '1' } })).toBe('--remote-debugging-pipe');
  });

  test.each([[['app', '--data', '/books'], '/books'], [['app', '--data=/books'], '/books'], [['app'], null], [['app', '--data'], null]])('%j names the data folder %s', (argv, expected) => {
    expect(dataFolderArgument(argv)).toBe(expected);
  });
});

describe('secrets in the keychain', () => {
  const keeperOf = (safeStorage: SafeStorageDouble, dataFolder: string, platform: NodeJS.Platform = 'linux') => createSecretKeeper({ safeStorage, dataFolder, platform });

  test('are sealed on the disk and come back after a restart', async () => {
    using folder = makeTemporaryFolder();
    const safeStorage = new SafeStorageDouble();
    await keeperOf(safeStorage, folder.path).keep('stripe-key', 'rk_test_one');
    await keeperOf(safeStorage, folder.path).keep('postgres-url', 'postgres://ada:pw@h/b');
    const file = join(folder.path, 'secrets.encrypted.json');
    expect(readFileSync(file, 'utf8')).not.toMatch(/rk_test_one|ada/);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await keeperOf(safeStorage, folder.path).read()).toEqual({ 'stripe-key': 'rk_test_one', 'postgres-url': 'postgres://ada:pw@h/b' });
  });

  test('are sealed anew when the keychain asks for it', async () => {
    using folder = makeTemporaryFolder();
    const safeStorage = new SafeStorageDouble();
    await keeperOf(safeStorage, folder.path).keep('stripe-key', 'rk_test_one');
    safeStorage.wantsReEncryption = true;
    expect(await keeperOf(safeStorage, folder.path).read()).toEqual({ 'stripe-key': 'rk_test_one' });
    expect(safeStorage.sealed).toBe(2);
  });

  test.each([['linux', 'basic_text', true], ['linux', 'unknown', true], ['darwin', 'gnome_libsecret', false], ['win32', 'gnome_libsecret', false]] as const)('without a keychain nothing is kept (%s, %s, available: %s)', async (platform, backend, isAvailable) => {
    using folder = makeTemporaryFolder();
    const safeStorage = new SafeStorageDouble();
    await keeperOf(safeStorage, folder.path, platform).keep('stripe-key', 'rk_test_one');
    safeStorage.backend = backend;
    safeStorage.isAvailable = isAvailable;
    await expect(keeperOf(safeStorage, folder.path, platform).keep('stripe-key', 'rk_test_two')).rejects.toMatchObject({ code: 'keychain-missing' });
    await expect(keeperOf(safeStorage, folder.path, platform).read()).rejects.toMatchObject({ code: 'keychain-missing' });
  });

  test('nothing kept needs no keychain; a locked or damaged one is said', async () => {
    using folder = makeTemporaryFolder();
    const safeStorage = new SafeStorageDouble();
    safeStorage.backend = 'basic_text';
    expect(await keeperOf(safeStorage, folder.path).read()).toEqual({});
    safeStorage.backend = 'kwallet6';
    await keeperOf(safeStorage, folder.path).keep('stripe-key', 'rk_test_one');
    safeStorage.isLocked = true;
    await expect(keeperOf(safeStorage, folder.path).read()).rejects.toMatchObject({ code: 'secret-unreadable' });
    writeFileSync(join(folder.path, 'secrets.encrypted.json'), '{"stripe-key":7}');
    await expect(keeperOf(safeStorage, folder.path).read()).rejects.toMatchObject({ code: 'secret-file-damaged' });
  });
});

test('a log that says nothing is enough', () => {
  const contents = new ContentsDouble(frameDouble('daybook://app/'));
  hardenContents(contents as unknown as Parameters<typeof hardenContents>[0], { openExternal: async () => { throw new Error('no browser'); } }, silentLogger);
  expect(contents.openHandler?.({ url: 'https://docs.stripe.com/' })).toEqual({ action: 'deny' });
});
