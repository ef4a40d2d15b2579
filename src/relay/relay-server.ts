/**
 * The relay's two ports: the gateways' door, bounded in connections and time, and a second one for those who look after it: /health, /ready, /metrics.
 */
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { DaybookError, StorageError } from '../shared/errors/errors.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RelayMetrics } from './relay-metrics.ts';
import type { WebhookDoor } from './webhook-door.ts';

export interface RelayAddress {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
}

export interface RelayLimits {
  readonly connections: number;
  readonly headersTimeoutMs: number;
  /** A whole request, from its first byte to its last. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** How often the timeouts are looked at. */
  readonly checkingIntervalMs: number;
  /** How long a graceful stop waits for what was begun. */
  readonly stopTimeoutMs: number;
}

export const defaultRelayLimits: RelayLimits = { connections: 512, headersTimeoutMs: 10_000, requestTimeoutMs: 20_000, keepAliveTimeoutMs: 65_000, checkingIntervalMs: 1_000, stopTimeoutMs: 25_000 };

export interface TlsIdentity {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface RelayServerOptions {
  readonly door: WebhookDoor;
  readonly commit: GroupCommit;
  readonly metrics: RelayMetrics;
  readonly address: RelayAddress;
  readonly metricsAddress: RelayAddress;
  readonly tls?: TlsIdentity;
  readonly limits?: Partial<RelayLimits>;
}

export interface RelayServer {
  /** Where webhooks are received. */
  readonly url: string;
  /** Where /health, /ready and /metrics are. */
  readonly metricsUrl: string;
  /** Takes nothing new, finishes what was received, then resolves. May be called twice. */
  stop(): Promise<void>;
}

/** @throws StorageError `relay-port-taken` */
export async function startRelayServer(options: RelayServerOptions): Promise<RelayServer> {
  const { door, commit, metrics, tls } = options;
  const limits = { ...defaultRelayLimits, ...options.limits };
  const bounds = { headersTimeout: limits.headersTimeoutMs, requestTimeout: limits.requestTimeoutMs, keepAliveTimeout: limits.keepAliveTimeoutMs, connectionsCheckingInterval: limits.checkingIntervalMs };
  const server = tls ? createHttpsServer({ ...bounds, cert: tls.certificate, key: tls.privateKey, handshakeTimeout: limits.headersTimeoutMs }, door.handle) : createHttpServer(bounds, door.handle);
  server.maxConnections = limits.connections;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('drop', () => metrics.dropped());
  const answered = new WeakSet<object>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (answered.has(socket)) return; // what still comes on it is as bad
    answered.add(socket);
    metrics.refused('none', reasonOf(error.code));
    if (socket.writable && !socket.destroyed) socket.end(`HTTP/1.1 ${error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else socket.destroy();
  });

  let isStopping = false;
  const gauges = () => ({ queueLength: commit.waiting, bodyBytes: door.heldBytes, connections: sockets.size, isInboxAvailable: commit.isAvailable });
  const watched = createHttpServer(bounds, watchingDoor({ commit, isStopping: () => isStopping, metricsText: () => metrics.text(gauges()) }));
  watched.maxConnections = 64;

  const port = await listen(server, options.address);
  const metricsPort = await listen(watched, options.metricsAddress).catch(async (error: unknown) => {
    await close(server);
    throw error;
  });

  async function stop(): Promise<void> {
    isStopping = true;
    door.close();
    // Every socket, those that never came to speak HTTP or TLS as well.
    const deadline = setTimeout(() => sockets.forEach((socket) => socket.destroy()), limits.stopTimeoutMs);
    await close(server);
    clearTimeout(deadline);
    await commit.drain();
    commit.stop();
    watched.closeAllConnections();
    await close(watched);
  }
  let stopping: Promise<void> | undefined;
  return { url: urlOf(tls ? 'https' : 'http', options.address.host, port), metricsUrl: urlOf('http', options.metricsAddress.host, metricsPort), stop: () => (stopping ??= stop()) };
}

function reasonOf(code: string | undefined): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout';
  return code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : code === 'ECONNRESET' ? 'sender-hung-up' : 'not-http';
}

interface WatchingDoorOptions {
  readonly commit: GroupCommit;
  readonly isStopping: () => boolean;
  readonly metricsText: () => string;
}

function watchingDoor({ commit, isStopping, metricsText }: WatchingDoorOptions): RequestListener {
  /** Null when webhooks can be stored now; else the code of why not. */
  async function problem(): Promise<string | null> {
    if (isStopping()) return 'stopping';
    try {
      await commit.probe();
      return null;
    } catch (error) {
      return error instanceof DaybookError ? error.code : 'unexpected';
    }
  }
  return (request, response) => {
    const answer = (status: number, type: string, text: string): void => void response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(request.method === 'HEAD' ? '' : text);
    const json = (status: number, value: unknown): void => answer(status, 'application/json', `${JSON.stringify(value)}\n`);
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') json(405, { reason: 'method-not-allowed' });
    else if (path === '/health') json(200, { status: 'alive' });
    else if (path === '/metrics') answer(200, 'text/plain; version=0.0.4; charset=utf-8', metricsText());
    else if (path === '/ready') void problem().then((code) => (code === null ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', code })));
    else json(404, { reason: 'not-found' });
  };
}

function listen(server: Server, { host, port }: RelayAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new StorageError('relay-port-taken', `The relay cannot listen on ${host}, port ${port}${cause.code === undefined ? '' : ` (${cause.code})`}.`, { cause, data: { host, port }, nextStep: 'Stop the other program on that port, or choose another one with --port or --metrics-port.' })),
    );
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

const urlOf = (scheme: string, host: string, port: number): string => `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
