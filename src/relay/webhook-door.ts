/**
 * One request at the gateways' door: read within bounds, checked on its own bytes, answered 2xx once its event is committed, 4xx where it has no place
 * here, 503 where the sender should try again.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkPaystackSignature } from '../main/integrations/paystack/webhook-signature.ts';
import { checkStripeSignature } from '../main/integrations/stripe/webhook-signature.ts';
import { NotStored, type GroupCommit } from './group-commit.ts';
import { readPaystackEvent, readStripeEvent, type EventReading } from './received-event.ts';
import type { RelayMetrics } from './relay-metrics.ts';
import type { RelayLedger, WebhookGateway } from './relay.ports.ts';

export interface WebhookSecrets {
  /** Of Stripe's endpoint, two during a rotation; empty: this relay takes none of Stripe's. */
  readonly stripe: readonly string[];
  /** Paystack's secret keys, two while one is being rolled. */
  readonly paystack: readonly string[];
}

export interface WebhookDoorOptions {
  readonly secrets: WebhookSecrets;
  readonly commit: GroupCommit;
  readonly metrics: RelayMetrics;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly maximumBodyBytes?: number;
  /** Bodies that may be held at once, over all requests. */
  readonly maximumHeldBytes?: number;
  onUnexpected?(error: unknown): void;
}

export interface WebhookDoor {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Bytes of bodies held now. */
  readonly heldBytes: number;
  /** From now on every answer closes its connection. */
  close(): void;
}

/** What is answered beside 200. */
interface Refusal {
  readonly status: 400 | 403 | 404 | 405 | 413 | 503;
  readonly reason: string;
}

export const defaultMaximumBodyBytes = 1024 * 1024;
const defaultMaximumHeldBytes = 64 * 1024 * 1024;
const retryAfterSeconds = 5;
const gatewayOfPath: Readonly<Record<string, WebhookGateway>> = { '/webhooks/stripe': 'stripe', '/webhooks/paystack': 'paystack' };

class RefusedRequest extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

const refuse = (status: Refusal['status'], reason: string): RefusedRequest => new RefusedRequest({ status, reason });

export function createWebhookDoor(options: WebhookDoorOptions): WebhookDoor {
  const { secrets, commit, metrics, now, maximumBodyBytes = defaultMaximumBodyBytes, maximumHeldBytes = defaultMaximumHeldBytes } = options;
  let heldBytes = 0;
  let isClosing = false;

  /** The body's bytes; held until the request is answered. */
  function readBody(request: IncomingMessage, hold: (bytes: number) => void): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const announced = Number(request.headers['content-length'] ?? 0);
      if (announced > maximumBodyBytes) return reject(refuse(413, 'body-too-large'));
      if (heldBytes + announced > maximumHeldBytes) return reject(refuse(503, 'memory-full'));
      const chunks: Buffer[] = [];
      let bytes = 0;
      const refuseRest = (refusal: RefusedRequest): void => {
        request.off('data', collect); // what still comes is neither counted nor kept
        reject(refusal);
      };
      const collect = (chunk: Buffer): void => {
        bytes += chunk.length;
        hold(chunk.length);
        if (bytes > maximumBodyBytes) refuseRest(refuse(413, 'body-too-large'));
        else if (heldBytes > maximumHeldBytes) refuseRest(refuse(503, 'memory-full'));
        else chunks.push(chunk);
      };
      request.on('data', collect);
      request.once('end', () => resolve(Buffer.concat(chunks)));
      request.once('error', reject);
      request.once('close', () => reject(new Error('The sender hung up.')));
    });
  }

  function checkSignature(gateway: WebhookGateway, request: IncomingMessage, body: Buffer): void {
    const header = (name: string): string | undefined => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : undefined;
    };
    const verdict =
      gateway === 'stripe'
        ? checkStripeSignature({ body, header: header('stripe-signature'), secrets: secrets.stripe, nowSeconds: Math.floor(now() / 1000) })
        : checkPaystackSignature({ body, header: header('x-paystack-signature'), secretKeys: secrets.paystack });
    if (verdict !== 'genuine') throw refuse(400, verdict);
  }

  const readEvent = (gateway: WebhookGateway, body: Buffer, ledger: RelayLedger): EventReading =>
    gateway === 'stripe' ? readStripeEvent(body, ledger) : readPaystackEvent(body, ledger, modeOfKeys(secrets.paystack));

  async function take(gateway: WebhookGateway, request: IncomingMessage, hold: (bytes: number) => void): Promise<void> {
    if (secrets[gateway].length === 0) throw refuse(404, 'gateway-not-configured');
    if (request.method !== 'POST') throw refuse(405, 'method-not-allowed');
    const body = await readBody(request, hold);
    checkSignature(gateway, request, body);
    const ledger = await commit.ledger().catch((cause: unknown) => {
      throw cause instanceof NotStored ? cause : new NotStored('inbox-unavailable', { cause });
    });
    const reading = readEvent(gateway, body, ledger);
    if ('refusal' in reading) throw refuse(reading.refusal === 'wrong-mode' || reading.refusal === 'wrong-account' ? 403 : 400, reading.refusal);
    await commit.add(reading.event);
  }

  function answer(response: ServerResponse, status: number, body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}): void {
    const text = JSON.stringify(body);
    // A body that was not read to its end is not waited for.
    const shouldClose = isClosing || !response.req.complete;
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...(shouldClose ? { connection: 'close' } : {}), ...headers });
    response.end(text);
  }

  function refuseWith(response: ServerResponse, gateway: WebhookGateway | undefined, { status, reason }: Refusal): void {
    if (status === 503 && gateway) metrics.postponed(gateway, reason);
    else metrics.refused(gateway ?? 'none', reason);
    answer(response, status, { received: false, reason }, status === 503 ? { 'retry-after': String(retryAfterSeconds) } : status === 405 ? { allow: 'POST' } : {});
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const gateway = gatewayOfPath[(request.url ?? '').split('?')[0] ?? ''];
    if (!gateway) return refuseWith(response, undefined, { status: 404, reason: 'not-found' });
    metrics.received(gateway);
    let held = 0;
    try {
      await take(gateway, request, (bytes) => {
        held += bytes;
        heldBytes += bytes;
      });
      answer(response, 200, { received: true });
    } catch (error) {
      if (error instanceof RefusedRequest) refuseWith(response, gateway, error.refusal);
      else if (error instanceof NotStored) refuseWith(response, gateway, { status: 503, reason: error.reason });
      else if (request.destroyed && !request.complete) metrics.refused(gateway, 'sender-hung-up');
      else {
        options.onUnexpected?.(error);
        refuseWith(response, gateway, { status: 503, reason: 'unexpected' });
      }
    } finally {
      heldBytes -= held;
      metrics.answered(gateway, (performance.now() - startedMs) / 1000);
    }
  }

  return {
    handle: (request, response) => void serve(request, response),
    get heldBytes() {
      return heldBytes;
    },
    close() {
      isClosing = true;
    },
  };
}

/** All keys of one relay are of one mode (relay-config.ts). */
function modeOfKeys(keys: readonly string[]): 'live' | 'test' {
  return keys.some((key) => key.startsWith('sk_live_')) ? 'live' : 'test';
}
