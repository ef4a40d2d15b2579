/** Webhook endpoints, and delivery of events to them by real HTTP with Stripe's signature. */
import { createHmac } from 'node:crypto';
import type { StripeObject } from './population.ts';

export interface WebhookEndpoint extends StripeObject {
  object: 'webhook_endpoint';
  url: string;
  enabled_events: string[];
  status: 'enabled' | 'disabled';
  created: number;
}

interface RegisteredEndpoint {
  endpoint: WebhookEndpoint;
  secret: string;
}

interface Delivery {
  endpointId: string;
  event: StripeObject;
  attempts: number;
  timer: NodeJS.Timeout | null;
  running: Promise<void> | null;
}

export interface DeliveryCounts {
  delivered: number;
  pending: number;
  failed: number;
}

/** `t=<seconds>,v1=<hex HMAC-SHA256 of "<seconds>.<body>">`, as in the `Stripe-Signature` header. */
export function signWebhook(body: string, secret: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

export interface WebhookOptions {
  /** Waits between attempts; the delivery has failed when they are used up. */
  retryDelaysMs: readonly number[];
  /** The signature's timestamp, epoch seconds. */
  signatureSeconds: () => number;
  timeoutMs: number;
}

export class Webhooks {
  readonly #options: WebhookOptions;
  readonly #endpoints = new Map<string, RegisteredEndpoint>();
  readonly #pending = new Set<Delivery>();
  #delivered = 0;
  #failed = 0;
  readonly #stopping = new AbortController();

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  register(endpoint: WebhookEndpoint, secret: string): void {
    this.#endpoints.set(endpoint.id, { endpoint, secret });
  }

  unregister(id: string): void {
    this.#endpoints.delete(id);
  }

  get(id: string): WebhookEndpoint | undefined {
    return this.#endpoints.get(id)?.endpoint;
  }

  /** Newest first. */
  list(): WebhookEndpoint[] {
    return [...this.#endpoints.values()].map(({ endpoint }) => endpoint).toReversed();
  }

  get counts(): DeliveryCounts {
    return { delivered: this.#delivered, pending: this.#pending.size, failed: this.#failed };
  }

  pendingFor(eventId: string): number {
    return [...this.#pending].filter(({ event }) => event.id === eventId).length;
  }

  /** Sends an event to every enabled endpoint that listens for its type. */
  announce(event: StripeObject): void {
    for (const { endpoint } of this.#endpoints.values()) {
      const listens = endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(String(event['type']));
      if (endpoint.status !== 'enabled' || !listens) continue;
      const delivery: Delivery = { endpointId: endpoint.id, event, attempts: 0, timer: null, running: null };
      this.#pending.add(delivery);
      this.#run(delivery);
    }
  }

  /** Tries everything still pending once more, now, and answers when those attempts are over. */
  async flush(): Promise<DeliveryCounts> {
    await Promise.all(
      [...this.#pending].map(async (delivery) => {
        if (delivery.running) await delivery.running;
        if (!this.#pending.has(delivery)) return;
        if (delivery.timer) clearTimeout(delivery.timer);
        await this.#run(delivery);
      }),
    );
    return this.counts;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(); // nobody waits for a receiver that hangs
    const running = [...this.#pending].map((delivery) => {
      if (delivery.timer) clearTimeout(delivery.timer);
      return delivery.running;
    });
    await Promise.all(running);
    this.#pending.clear();
  }

  #run(delivery: Delivery): Promise<void> {
    delivery.timer = null;
    const running = this.#attempt(delivery).finally(() => {
      delivery.running = null;
    });
    delivery.running = running;
    return running;
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const registered = this.#endpoints.get(delivery.endpointId);
    if (registered === undefined) {
      this.#pending.delete(delivery);
      return;
    }
    delivery.attempts += 1;
    if (await this.#post(registered, delivery.event)) {
      this.#pending.delete(delivery);
      this.#delivered += 1;
      return;
    }
    const delayMs = this.#options.retryDelaysMs[delivery.attempts - 1];
    if (delayMs === undefined) {
      this.#pending.delete(delivery);
      this.#failed += 1;
    } else if (!this.#stopping.signal.aborted) {
      delivery.timer = setTimeout(() => this.#run(delivery), delayMs);
    }
  }

  /** One attempt; true when the receiver answered 2xx. */
  async #post({ endpoint, secret }: RegisteredEndpoint, event: StripeObject): Promise<boolean> {
    const body = JSON.stringify({ ...event, pending_webhooks: Math.max(1, this.pendingFor(event.id)) }, null, 2);
    try {
      const response = await fetch(endpoint.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
          'stripe-signature': signWebhook(body, secret, this.#options.signatureSeconds()),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(this.#options.timeoutMs)]),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false; // no receiver, or a cut connection: the same as a refusal, tried again later
    }
  }
}
