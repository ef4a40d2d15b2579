import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect as connectTo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createConnection, type Connection } from '../../../renderer/src/lib/api/connection.ts';
import { openSocketRoad } from '../../../renderer/src/lib/api/socket-road.ts';
import { startBackendWith, type RunningBackend } from '../../backend-serving.ts';
import type { LogFields, Logger } from '../../platform/logger.ts';
import { createSmallBackend, type SmallBackend } from '../../testing/small-backend.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../testing/temporary-folder.ts';
import { startBrowserHost, type BrowserHost } from './browser-host.ts';

let folder: TemporaryFolder;
let small: SmallBackend;
let backend: RunningBackend;
let host: BrowserHost;
let nowMs: number;
let refusals: string[];

beforeEach(async () => {
  folder = makeTemporaryFolder();
  nowMs = 1_000;
  refusals = [];
  const renderer = join(folder.path, 'renderer');
  mkdirSync(join(renderer, 'assets'), { recursive: true });
  writeFileSync(join(renderer, 'index.html'), '<!doctype html><title>the app</title>');
  writeFileSync(join(renderer, 'assets', 'app.js'), 'export {};');
  writeFileSync(join(folder.path, 'outside.js'), 'outside');
  symlinkSync(join(folder.path, 'outside.js'), join(renderer, 'assets', 'link.js'));
  const logger: Logger = { debug() {}, info() {}, error() {}, warn: (event: string, fields?: LogFields) => refusals.push(`${event}:${String(fields?.['reason'])}`) };
  small = createSmallBackend();
  backend = await startBackendWith((options) => small.compose(options), { dataFolder: join(folder.path, 'data'), host: 'browser', env: {}, logger });
  host = await startBrowserHost({ rendererFolder: renderer, dataFolder: backend.dataFolder, openConnection: backend.openConnection('browser'), logger, nowMs: () => nowMs, firstMessageTimeoutMs: 150 });
});

afterEach(async () => {
  await host.close();
  await backend.close();
  folder[Symbol.dispose]();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request with exactly these headers: fetch would add and forbid some. */
function ask(path: string, { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string | string[]>; body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(host.url, { path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const authority = () => new URL(host.url).host;
const tokenOf = (startUrl: string) => new URL(startUrl).hash.slice(1);
const redeem = (token: string, headers: Record<string, string> = { origin: host.url }) => {
  const body = JSON.stringify({ token });
  return ask('/session', { method: 'POST', headers: { 'content-length': String(Buffer.byteLength(body)), ...headers }, body });
};

interface OpenedSession {
  readonly cookie: string;
  readonly secret: string;
}

async function openSession(startUrl = host.createStartUrl()): Promise<OpenedSession> {
  const answer = await redeem(tokenOf(startUrl));
  expect(answer.status).toBe(200);
  return { cookie: (answer.headers['set-cookie'] ?? [''])[0]!.split(';')[0]!, secret: (JSON.parse(answer.body) as { secret: string }).secret };
}

function openSocket(headers: Record<string, string>, path = '/rpc'): WebSocket {
  return new WebSocket(`${host.url.replace('http', 'ws')}${path}`, { headers });
}

async function outcomeOf(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_, response) => resolve(`http ${response.statusCode}`));
    socket.on('message', (data) => resolve(`message ${String(data)}`));
    socket.on('close', (code) => resolve(`closed ${code}`));
    socket.on('error', () => undefined);
  });
}

function connect(session: OpenedSession): Connection {
  return createConnection({
    openRoad: () => openSocketRoad({
      openSocket: () => openSocket({ origin: host.url, cookie: session.cookie }) as unknown as globalThis.WebSocket,
      findSecret: async () => session.secret,
      isSessionGone: async () => (await ask('/', { method: 'HEAD', headers: { cookie: session.cookie } })).status === 401,
    }),
    backoffMs: [5],
  });
}

describe('the door', () => {
  test('listens on 127.0.0.1 only and gives a link whose token is in the fragment', () => {
    expect(host.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(host.startUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/start#[A-Za-z0-9_-]{43}$/);
    expect(tokenOf(host.createStartUrl())).not.toBe(tokenOf(host.createStartUrl()));
  });

  test.each(['localhost', 'daybook.example', '127.0.0.1', '127.0.0.1.', '[::1]'])('another Host (%s) is refused, with and without its port', async (name) => {
    const { cookie } = await openSession();
    for (const value of [name === '127.0.0.1' ? `${name}:1` : `${name}:${new URL(host.url).port}`, name]) {
      expect((await ask('/start', { headers: { host: value } })).status).toBe(421);
      expect((await ask('/', { headers: { host: value, cookie } })).status).toBe(421);
      const socket = openSocket({ host: value, origin: host.url, cookie });
      expect(await outcomeOf(socket)).toBe('http 403');
    }
  });

  test('a POST and a socket without our own Origin are refused, and the token stays good', async () => {
    const token = tokenOf(host.startUrl);
    const { cookie } = await openSession();
    for (const origin of [undefined, 'null', 'https://evil.example', 'http://localhost', `${host.url}/`, 'file://']) {
      expect((await redeem(token, origin === undefined ? {} : { origin })).status).toBe(403);
      expect(await outcomeOf(openSocket({ cookie, ...(origin === undefined ? {} : { origin }) }))).toBe('http 403');
    }
    expect((await redeem(token)).status).toBe(200);
  });

  test('without a session nothing is served but the start page', async () => {
    expect((await ask('/start')).body).toContain('Opening Daybook');
    expect((await ask('/start.js')).headers['content-type']).toContain('javascript');
    for (const path of ['/', '/index.html', '/assets/app.js', '/ledger', '/session', '/nothing']) {
      const answer = await ask(path, { headers: { cookie: 'daybook-session=guess' } });
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.body).not.toContain('the app');
    }
    expect(await outcomeOf(openSocket({ origin: host.url }))).toBe('http 403');
  });

  test('each answer carries the rules of the page', async () => {
    const { cookie } = await openSession();
    for (const answer of [await ask('/start'), await ask('/nothing'), await ask('/', { headers: { cookie } }), await ask('/start', { headers: { host: 'x' } })]) {
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(answer.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' });
    }
  });

  test.each([
    ['no HTTP at all', () => 'hello\r\n\r\n', 400],
    ['two lengths', () => `POST /session HTTP/1.1\r\nHost: ${authority()}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
    ['headers without end', () => `GET / HTTP/1.1\r\nHost: ${authority()}\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['an expectation nobody knows', () => `GET / HTTP/1.1\r\nHost: ${authority()}\r\nExpect: nonsense\r\n\r\n`, 417],
    ['a socket from elsewhere', () => `GET /rpc HTTP/1.1\r\nHost: ${authority()}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://elsewhere.test\r\n\r\n`, 403],
  ])('so does the answer to what is no request: %s', async (_, words, status) => {
    const socket = connectTo(Number(new URL(host.url).port), '127.0.0.1').end(words());
    const said = await text(socket);
    expect(said.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    for (const header of [/^content-security-policy: default-src 'none'/im, /^cache-control: no-store/im, /^x-frame-options: deny/im, /^connection: close/im]) expect(said).toMatch(header);
    expect((await ask('/start')).status).toBe(200);
  });

  test('who connects and says nothing, however often, keeps neither a page nor a newcomer out', async () => {
    const page = connect(await openSession());
    await page.opened;
    const silent = await Promise.all(Array.from({ length: 300 }, async () => {
      const socket = connectTo(Number(new URL(host.url).port), '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    }));
    const [newcomer] = (await once(httpRequest(`${host.url}/start`, { agent: false }).end(), 'response')) as [IncomingMessage];
    expect(newcomer.statusCode).toBe(200);
    newcomer.resume();
    expect((await page.client.system.doctor({})).checks).toHaveLength(1);
    for (const socket of silent) socket.destroy();
    page.close();
  });

  test.each(['PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is refused', async (method) => {
    expect((await ask('/', { method, headers: { origin: host.url } })).status).toBe(405);
  });
});

describe('the start token', () => {
  test('becomes a session once: a replay is refused', async () => {
    const token = tokenOf(host.startUrl);
    const first = await redeem(token);
    expect(first.status).toBe(200);
    expect(String(first.headers['set-cookie'])).toMatch(/^daybook-[0-9a-f]{24}=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    expect((await redeem(token)).status).toBe(403);
  });

  test('is good for 60 seconds', async () => {
    const [early, late] = [tokenOf(host.createStartUrl()), tokenOf(host.createStartUrl())];
    nowMs += 59_999;
    expect((await redeem(early)).status).toBe(200);
    nowMs += 1;
    expect((await redeem(late)).status).toBe(403);
  });

  test('a guess, an empty word and what is not JSON are refused; so is a body that is too large or hides its length', async () => {
    for (const token of ['', 'x'.repeat(43)]) expect((await redeem(token)).status).toBe(403);
    expect((await ask('/session', { method: 'POST', headers: { origin: host.url, 'content-length': '3' }, body: 'abc' })).status).toBe(403);
    expect((await redeem('x'.repeat(2_000))).status).toBe(413);
    expect((await ask('/session', { method: 'POST', headers: { origin: host.url, 'transfer-encoding': 'chunked' }, body: '{}' })).status).toBe(413);
  });

  test('in a query it is worth nothing', async () => {
    expect((await ask(`/?token=${tokenOf(host.startUrl)}`)).status).toBe(401);
  });

  test.skipIf(process.platform === 'win32')('a start file of mode 0600 carries it, and is gone when the host is', async () => {
    const file = host.openStartFile();
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(fileURLToPath(file.url)).toBe(file.path);
    const startUrl = /location\.replace\("([^"]+)"\)/.exec(readFileSync(file.path, 'utf8'))?.[1];
    expect(file.url).not.toContain(tokenOf(startUrl!));
    await openSession(startUrl);
    await host.close();
    expect(existsSync(file.path)).toBe(false);
    expect(readdirSync(join(backend.dataFolder, 'start'))).toEqual([]);
  });
});

describe('the session', () => {
  test('two tabs with links of their own have two sessions; one’s secret does not open the other’s socket', async () => {
    const [one, two] = [await openSession(), await openSession()];
    expect(one.cookie.split('=')[0]).toBe(two.cookie.split('=')[0]);
    const socket = openSocket({ origin: host.url, cookie: one.cookie });
    socket.on('open', () => socket.send(JSON.stringify({ secret: two.secret })));
    expect(await outcomeOf(socket)).toBe('closed 4403');
    expect(refusals).toContain('browser-socket-refused:wrong-secret');
  });

  test('a second tab that has the cookie but not the secret gets the page and no data', async () => {
    const { cookie } = await openSession();
    expect((await ask('/', { headers: { cookie } })).body).toContain('the app');
    const silent = openSocket({ origin: host.url, cookie });
    expect(await outcomeOf(silent)).toBe('closed 4403');
    const curious = openSocket({ origin: host.url, cookie });
    curious.on('open', () => curious.send('{"i":"1","t":1,"p":{"u":"/system/doctor"}}'));
    expect(await outcomeOf(curious)).toBe('closed 4403');
    expect(refusals).toEqual(expect.arrayContaining(['browser-socket-refused:no-first-message', 'browser-socket-refused:wrong-secret']));
  });

  test('ends after eight idle hours, and lives as long as somebody is there', async () => {
    const session = await openSession();
    const hourMs = 3_600_000;
    nowMs += 8 * hourMs - 1;
    expect((await ask('/', { headers: { cookie: session.cookie } })).status).toBe(200);
    const connection = connect(session);
    await connection.opened;
    nowMs += 4 * hourMs;
    expect((await ask('/present', { method: 'POST', headers: { cookie: session.cookie, origin: host.url, 'content-length': '0' } })).status).toBe(204);
    nowMs += 8 * hourMs - 1;
    // Open, and asking by itself: nobody is there for all that.
    await connection.client.system.doctor({});
    expect((await ask('/', { method: 'HEAD', headers: { cookie: session.cookie } })).status).toBe(200);
    nowMs += 1;
    await expect(connection.client.system.doctor({})).rejects.toMatchObject({ code: 'connection-lost' });
    await expect.poll(() => connection.state()).toBe('ended');
    await expect(connection.client.system.doctor({})).rejects.toMatchObject({ code: 'session-ended' });
    expect((await ask('/', { headers: { cookie: session.cookie } })).status).toBe(401);
  });

  test('somebody is there only with our cookie, from our own page', async () => {
    const { cookie } = await openSession();
    const present = async (headers: Record<string, string>) => (await ask('/present', { method: 'POST', headers: { 'content-length': '0', ...headers } })).status;
    expect(await present({ cookie, origin: host.url })).toBe(204);
    expect([await present({ cookie }), await present({ cookie, origin: 'https://evil.example' }), await present({ origin: host.url })]).toEqual([403, 403, 401]);
  });
});

describe('files', () => {
  test('the page answers for the places of the app, assets for themselves', async () => {
    const { cookie } = await openSession();
    for (const path of ['/', '/index.html', '/ledger', '/invoices/API-202510-dp_pk_ABC?panel=lines', '/ledger/entries/01997c2e-0000']) {
      expect([path, (await ask(path, { headers: { cookie } })).body]).toEqual([path, '<!doctype html><title>the app</title>']);
    }
    expect((await ask('/assets/app.js', { headers: { cookie } })).headers['content-type']).toContain('text/javascript');
    const head = await ask('/', { method: 'HEAD', headers: { cookie } });
    expect([head.status, head.body]).toEqual([200, '']);
  });

  test.each(['/../outside.js', '/assets/../../outside.js', '/%2e%2e/outside.js', '/assets/%2e%2e%2f%2e%2e%2foutside.js', '/..%5coutside.js', '//outside.js', '/assets/link.js', '/assets/missing.js', '/outside.js%00.html', '/assets/'])(
    '%s leads nowhere',
    async (path) => {
      const { cookie } = await openSession();
      const answer = await ask(path, { headers: { cookie } });
      expect(answer.status).toBe(404);
      expect(answer.body).not.toContain('outside');
    },
  );

  test('a renderer that was not built is said', async () => {
    await expect(startBrowserHost({ rendererFolder: join(folder.path, 'nowhere'), dataFolder: backend.dataFolder, openConnection: backend.openConnection('browser'), logger: backend.logger })).rejects.toMatchObject({ code: 'renderer-not-built' });
  });
});

describe('the API over the socket', () => {
  test('answers, and carries errors with code, sentence, next step and data', async () => {
    const connection = connect(await openSession());
    await connection.opened;
    expect(await connection.client.system.doctor({})).toMatchObject({ checks: [{ name: 'browser', message: 'ada' }] });
    await expect(connection.client.system.search({ text: 'conflict' })).rejects.toMatchObject({ name: 'BackendError', code: 'edited-elsewhere', kind: 'conflict', message: 'Somebody else changed it.', nextStep: 'Look at both versions.', data: { version: 7 } });
    const crash = await connection.client.system.search({ text: 'crash' }).catch((error: unknown) => error);
    expect(crash).toMatchObject({ code: 'unexpected' });
    expect(JSON.stringify(crash)).not.toContain('sk_live');
    await expect(connection.client.system.search({ text: 'x'.repeat(300) })).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(connection.client.ledger.entries({})).rejects.toMatchObject({ code: 'procedure-unknown' });
    connection.close();
  });

  test('streams what is stale, and the backend hears when the page is gone', async () => {
    const connection = connect(await openSession());
    const stream = await connection.client.system.changes({});
    const next = stream.next();
    await expect.poll(() => small.listeners()).toBe(1);
    small.publish({ entity: 'partners', ids: ['p1'] });
    expect((await next).value).toEqual({ entity: 'partners', ids: ['p1'] });
    connection.close();
    await expect.poll(() => small.listeners()).toBe(0);
  });

  test('a message that is too large ends its connection and nothing else', async () => {
    const [session, other] = [await openSession(), await openSession()];
    const [connection, neighbour] = [connect(session), connect(other)];
    await Promise.all([connection.opened, neighbour.opened]);
    const states: string[] = [];
    connection.onChange((state) => states.push(state));
    await expect(connection.client.system.search({ text: 'x'.repeat(1_100_000) })).rejects.toMatchObject({ code: 'connection-lost' });
    expect((await neighbour.client.system.doctor({})).checks).toHaveLength(1);
    expect((await connection.client.system.doctor({})).checks).toHaveLength(1);
    expect(states).toEqual(['connected', 'lost', 'connected']);
    connection.close();
    neighbour.close();
  });

  test('what waits when the connection breaks fails with connection-lost, and the same client goes on', async () => {
    const session = await openSession();
    const sockets: WebSocket[] = [];
    const connection = createConnection({
      openRoad: () => openSocketRoad({
        openSocket: () => {
          const socket = openSocket({ origin: host.url, cookie: session.cookie });
          sockets.push(socket);
          return socket as unknown as globalThis.WebSocket;
        },
        findSecret: async () => session.secret,
        isSessionGone: async () => false,
      }),
      backoffMs: [5],
    });
    await connection.opened;
    const waiting = connection.client.system.search({ text: 'wait' });
    const stream = await connection.client.system.changes({});
    const nextChange = stream.next();
    const outcomes = Promise.allSettled([waiting, nextChange]);
    await expect.poll(() => small.waiting()).toBe(1);
    sockets[0]!.terminate();
    expect(await outcomes).toMatchObject([{ reason: { code: 'connection-lost' } }, { reason: { code: 'connection-lost' } }]);
    expect(await connection.client.system.doctor({})).toMatchObject({ checks: [{ name: 'browser' }] });
    expect(sockets).toHaveLength(2);
    small.answerWaiting();
    connection.close();
  });

  test('a message that is no request gets no answer and breaks nothing', async () => {
    const { cookie, secret } = await openSession();
    const socket = openSocket({ origin: host.url, cookie });
    await once(socket, 'open');
    socket.send(JSON.stringify({ secret }));
    expect(String((await once(socket, 'message'))[0])).toBe('{"ready":true}');
    socket.send('{"nonsense":');
    socket.send(JSON.stringify({ i: '1', t: 1, p: { u: '/system/doctor', b: { json: {} } } }));
    expect(String((await once(socket, 'message'))[0])).toContain('browser');
    socket.close();
  });
});
