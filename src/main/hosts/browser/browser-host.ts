/**
 * The app in an installed browser: loopback HTTP for the page, a WebSocket for the API (architecture.md §12, Browser host).
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { dataSubfolder } from '../../platform/data-folder.ts';
import type { Logger } from '../../platform/logger.ts';
import type { OpenConnection } from '../api-connection.ts';
import { securityHeaders } from '../content-security.ts';
import { listStaticFiles, type StaticFiles } from '../static-files.ts';
import { noSessionPage, sessionPath, startPage, startPagePath, startScript, startScriptPath } from './bootstrap-page.ts';
import { admitSocket, largestSocketMessageBytes } from './rpc-socket.ts';
import { createSessions, type Session, type Sessions } from './sessions.ts';
import { removeOldStartFiles, writeStartFile, type StartFile } from './start-file.ts';

/** Where the page says that somebody is there; the same words stand in the renderer's `presence.ts`. */
const presencePath = '/present';
const largestPostBytes = 1024;
/** Connections that have not become a page's socket, and all of them. */
const mostStrangers = 256;
const mostConnections = 1024;

export interface BrowserHostOptions {
  /** The built renderer. */
  readonly rendererFolder: string;
  /** Start files are written here. */
  readonly dataFolder: string;
  readonly openConnection: OpenConnection;
  readonly logger: Logger;
  /** 0 or left out: any free port. */
  readonly port?: number;
  /** Milliseconds that never go back; sessions and tokens age by them. */
  readonly nowMs?: () => number;
  readonly firstMessageTimeoutMs?: number;
}

export interface BrowserHost {
  /** `http://127.0.0.1:<port>`; worth nothing without a session. */
  readonly url: string;
  /** The first one-time link, made at start; good for one tab within 60 seconds. */
  readonly startUrl: string;
  /** A further one-time link, for each new tab or test. */
  createStartUrl(): string;
  /** A further one-time link in a file of mode 0600, for command lines; in the data folder unless another folder is named. */
  openStartFile(folder?: string): StartFile;
  close(): Promise<void>;
}

interface HostState {
  readonly options: BrowserHostOptions;
  readonly authority: string;
  readonly origin: string;
  readonly cookieName: string;
  readonly sessions: Sessions;
  readonly files: StaticFiles;
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws StorageError `renderer-not-built`. */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const files = listStaticFiles(options.rendererFolder);
  const startFolder = dataSubfolder(options.dataFolder, 'start');
  removeOldStartFiles(startFolder);
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 30_000, connectionsCheckingInterval: 1_000 });
  server.maxConnections = mostConnections;
  const strangers = keepStrangersFew(server);
  const port = await listenOnLoopback(server, options.port ?? 0);
  const state: HostState = {
    options,
    files,
    authority: `127.0.0.1:${port}`,
    origin: `http://127.0.0.1:${port}`,
    cookieName: `daybook-${randomBytes(12).toString('hex')}`,
    sessions: createSessions({ nowMs: options.nowMs ?? (() => performance.now()), randomBytes }),
    headers: securityHeaders([`ws://127.0.0.1:${port}`]),
  };
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestSocketMessageBytes, perMessageDeflate: false, clientTracking: true });
  server.on('request', (request, response) => void answer(state, request, response).catch((error: unknown) => fail(state, response, error)));
  server.on('checkExpectation', (request, response) => refuse(state, request, response, 417, 'unknown-expectation'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => endRaw(state, socket, brokenRequests[error.code ?? ''] ?? '400 Bad Request'));
  server.on('upgrade', (request, socket, head) => {
    strangers.delete(socket); // it shows who it is or is closed
    upgrade(state, sockets, request, socket, head);
  });
  const createStartUrl = () => `${state.origin}${startPagePath}#${state.sessions.createStartToken()}`;
  const startFiles = new Set<StartFile>();

  return {
    url: state.origin,
    startUrl: createStartUrl(),
    createStartUrl,
    openStartFile(folder = startFolder) {
      const file = writeStartFile(folder, createStartUrl());
      startFiles.add(file);
      return file;
    },
    async close() {
      for (const file of startFiles) file.remove();
      for (const client of sockets.clients) client.close(1001, 'closing');
      for (const client of sockets.clients) client.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/**
 * Anybody on this machine can connect and say nothing. The connection that has been open longest without becoming a page's socket makes room for the newest: an
 * honest one is answered long before its turn comes.
 * @returns those connections, oldest first.
 */
function keepStrangersFew(server: Server): Set<Duplex> {
  const strangers = new Set<Duplex>();
  server.on('connection', (socket: Duplex) => {
    strangers.add(socket);
    socket.once('close', () => strangers.delete(socket));
    const [oldest] = strangers;
    if (strangers.size > mostStrangers) oldest?.destroy();
  });
  return strangers;
}

function listenOnLoopback(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve((server.address() as AddressInfo).port));
  });
}

async function answer(state: HostState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isOwnHost(state, request)) return refuse(state, request, response, 421, 'wrong-host');
  const path = (request.url ?? '').split(/[?#]/, 1)[0] ?? '';
  if (request.method === 'POST') {
    if (request.headers.origin !== state.origin) return refuse(state, request, response, 403, 'wrong-origin');
    if (path === sessionPath) return redeem(state, request, response);
    if (path === presencePath) return notePresence(state, request, response);
    return refuse(state, request, response, 404, 'unknown-post');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(state, request, response, 405, 'wrong-method');
  if (path === startPagePath) return send(state, response, 200, 'text/html; charset=utf-8', startPage);
  if (path === startScriptPath) return send(state, response, 200, 'text/javascript; charset=utf-8', startScript);
  const session = sessionOf(state, request);
  if (!session) return send(state, response, 401, 'text/html; charset=utf-8', noSessionPage);
  if (request.method === 'GET') session.touch(); // HEAD is the page's own question whether there still is a session
  const file = state.files.find(path);
  if (!file) return send(state, response, 404, 'text/plain; charset=utf-8', 'There is nothing here.\n');
  send(state, response, 200, file.contentType, file.read());
}

/** A person did something in the page. The browser adds the cookie, and only our own page has our Origin. */
function notePresence(state: HostState, request: IncomingMessage, response: ServerResponse): void {
  const session = sessionOf(state, request);
  if (!session) return refuse(state, request, response, 401, 'no-session');
  session.touch();
  response.writeHead(204, state.headers).end();
}

/** A start token for a session: a cookie for the browser, a secret for this tab. */
async function redeem(state: HostState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const token = await readToken(request);
  if (token === 'too-large') return refuse(state, request, response, 413, 'oversized-post');
  const keys = token === null ? null : state.sessions.redeem(token);
  if (!keys) return refuse(state, request, response, 403, 'start-token-refused');
  response.setHeader('Set-Cookie', `${state.cookieName}=${keys.cookie}; HttpOnly; SameSite=Strict; Path=/`);
  send(state, response, 200, 'application/json; charset=utf-8', JSON.stringify({ secret: keys.secret }));
}

async function readToken(request: IncomingMessage): Promise<string | null | 'too-large'> {
  if (!(Number(request.headers['content-length']) <= largestPostBytes)) return 'too-large'; // also a body that does not say its length
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    return typeof value === 'object' && value !== null && 'token' in value && typeof value.token === 'string' ? value.token : null;
  } catch {
    return null;
  }
}

function upgrade(state: HostState, sockets: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const session = sessionOf(state, request);
  const reason = !isOwnHost(state, request) ? 'wrong-host' : request.headers.origin !== state.origin ? 'wrong-origin' : request.url !== '/rpc' ? 'unknown-socket' : !session ? 'no-session' : null;
  const { logger } = state.options;
  if (reason !== null || !session) {
    logger.warn('browser-socket-refused', { reason });
    endRaw(state, socket, '403 Forbidden');
    return;
  }
  sockets.handleUpgrade(request, socket, head, (upgraded) => {
    admitSocket(upgraded, {
      session,
      openConnection: state.options.openConnection,
      refused: (why) => logger.warn('browser-socket-refused', { reason: why }),
      ...(state.options.firstMessageTimeoutMs === undefined ? {} : { firstMessageTimeoutMs: state.options.firstMessageTimeoutMs }),
    });
  });
}

/** What Node says of a request that is none, by its own error codes. */
const brokenRequests: Readonly<Record<string, string>> = { HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large', ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout' };

/** An answer where there is no request to answer: with the headers of every other, and nothing after it. */
function endRaw(state: HostState, socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  if (!socket.writable) return void socket.destroy();
  const headers = Object.entries({ ...state.headers, Connection: 'close', 'Content-Length': '0' }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${headers.join('')}\r\n`);
}

/** Exactly ours: a name that resolves to this machine (DNS rebinding) is not. */
function isOwnHost(state: HostState, request: IncomingMessage): boolean {
  return request.headers.host === state.authority;
}

function sessionOf(state: HostState, request: IncomingMessage): Session | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === state.cookieName && value) return state.sessions.find(value);
  }
  return null;
}

function refuse(state: HostState, request: IncomingMessage, response: ServerResponse, status: number, reason: string): void {
  state.options.logger.warn('browser-request-refused', { reason, method: request.method });
  response.setHeader('Connection', 'close');
  send(state, response, status, 'text/plain; charset=utf-8', 'Refused.\n');
}

function send(state: HostState, response: ServerResponse, status: number, contentType: string, body: string | Buffer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...state.headers, 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function fail(state: HostState, response: ServerResponse, error: unknown): void {
  state.options.logger.error('browser-request-failed', { error });
  if (response.headersSent) response.destroy();
  else send(state, response, 500, 'text/plain; charset=utf-8', 'Daybook could not answer.\n');
}
