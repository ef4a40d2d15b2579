/** A Stripe-compatible server on the loopback: deterministic, filled from a population, changed over HTTP. */
import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Changes } from './changes.ts';
import { performDeed } from './control-deeds.ts';
import { type PlantHook, control } from './control.ts';
import { Faults } from './faults.ts';
import { createIdSource } from './ids.ts';
import type { Json } from './object-paths.ts';
import type { CollectionName, Population, StripeObject } from './population.ts';
import { RequestHandling, readBody } from './request-handling.ts';
import { createRouter } from './router.ts';
import { readingRoutes } from './routes-read.ts';
import { SandboxState } from './state.ts';
import { StripeError, keepsChanges } from './stripe-error.ts';
import { Webhooks } from './webhooks.ts';
import { buildEndpoint, createWebhookRoutes } from './writing/webhook-routes.ts';
import { writingRoutes } from './writing/routes.ts';

export interface StripeSandboxOptions {
  population: Population;
  /** Any text; ids, keys and secrets derive from it. */
  seed?: string;
  /** 0: the system chooses. */
  port?: number;
  /** Added to the population's present moment. */
  clockOffsetSeconds?: number;
  /** Receivers registered from the start; they sign with `webhookSecret`. */
  webhookEndpoints?: { url: string; enabledEvents?: string[] }[];
  /** Waits between delivery attempts. */
  webhookRetryDelaysMs?: readonly number[];
  /** Timestamp of webhook signatures, epoch seconds; the sandbox's clock unless given. */
  signatureSeconds?: () => number;
  onPlant?: PlantHook;
}

export interface StripeSandbox {
  url: string;
  port: number;
  secretKey: string;
  /** Reads everything, writes nothing. */
  restrictedKey: string;
  /** Signing secret of the endpoints given in the options. */
  webhookSecret: string;
  faults: Faults;
  /** The sandbox's present moment, epoch seconds. */
  now(): number;
  advanceClock(seconds: number): void;
  /** Lays objects over the population, without events: what another part of the world did. The same id again replaces the object. */
  insertObjects(collection: CollectionName, objects: readonly StripeObject[]): void;
  flushWebhooks(): Promise<{ delivered: number; pending: number; failed: number }>;
  /** Requests answered so far, by endpoint. */
  requestCounts(): Record<string, number>;
  stop(): Promise<void>;
}

const defaultRetryDelaysMs = [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600];

function answerJson(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Serves on the loopback only. */
async function listen(wishedPort: number, handler: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(handler);
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wishedPort, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** Starts the server. Nothing outside the loopback reaches it; it forgets what was changed over HTTP when it is stopped. */
export async function startStripeSandbox(options: StripeSandboxOptions): Promise<StripeSandbox> {
  const ids = createIdSource(options.seed ?? '1');
  const state = new SandboxState(options.population, ids, options.clockOffsetSeconds ?? 0);
  const faults = new Faults();
  const webhooks = new Webhooks({
    retryDelaysMs: options.webhookRetryDelaysMs ?? defaultRetryDelaysMs,
    signatureSeconds: options.signatureSeconds ?? ((): number => state.now()),
    timeoutMs: 10_000,
  });
  const secretKey = `sk_test_${ids.token('secret-key', 24)}`;
  const restrictedKey = `rk_test_${ids.token('restricted-key', 24)}`;
  const webhookSecret = `whsec_${ids.token('webhook-secret', 32)}`;
  for (const [index, { url, enabledEvents = ['*'] }] of (options.webhookEndpoints ?? []).entries()) {
    webhooks.register(buildEndpoint(`we_${ids.token(`endpoint-${index}`, 24)}`, url, enabledEvents, state.now()), webhookSecret);
  }
  const routes = [...readingRoutes, ...writingRoutes, ...createWebhookRoutes(webhooks)];
  const handling = new RequestHandling({ state, faults, webhooks, route: createRouter(routes), secretKey, restrictedKey });
  const perform = (deed: string, id: string, body: Json): Json => {
    const changes = new Changes(state, { id: null, idempotencyKey: null });
    const announce = (): void => changes.events.forEach((event) => webhooks.announce(event));
    try {
      const answer = state.transact(() => performDeed(changes, deed, id, body));
      announce();
      return answer;
    } catch (error) {
      if (keepsChanges(error)) announce();
      throw error;
    }
  };
  const controlOptions = { state, faults, webhooks, counts: handling.counts, onPlant: options.onPlant, perform };

  const handleControl = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    try {
      const body = await readBody(request);
      answerJson(response, 200, await control(controlOptions, request.method ?? 'GET', path, body === '' ? {} : JSON.parse(body)));
    } catch (error) {
      const status = error instanceof StripeError ? error.status : error instanceof SyntaxError ? 400 : 500;
      answerJson(response, status, { error: { message: error instanceof Error ? error.message : String(error) } });
    }
  };
  const { server, port } = await listen(options.port ?? 0, (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path.startsWith('/_sandbox/')) void handleControl(request, response, path);
    else void handling.handle(request, response);
  });

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    secretKey,
    restrictedKey,
    webhookSecret,
    faults,
    now: () => state.now(),
    advanceClock: (seconds) => state.advanceClock(seconds),
    insertObjects: (collection, objects) => state.transact(() => objects.forEach((object) => state.put(collection, object))),
    flushWebhooks: () => webhooks.flush(),
    requestCounts: () => Object.fromEntries(handling.counts),
    stop: async () => {
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), webhooks.stop()]);
    },
  };
}
