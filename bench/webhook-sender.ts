/** Sends signed webhooks as Stripe does: each until it is answered with 2xx. */
import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export const benchSecret = 'whsec_of_the_bench';
const retryAfterMs = 200;

/** About 2.5 kB, as an event of a charge has. */
function eventBody(id: string): string {
  const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, place) => [`field_${place}`, `value ${place} `.repeat(6)]));
  return JSON.stringify({ id, object: 'event', api_version: '2026-10-28.endive', created: 1_763_000_000, livemode: false, type: 'charge.succeeded', data: { object: { id: `ch_${id}`, object: 'charge', amount: 12_345, currency: 'usd', metadata } }, pending_webhooks: 1, request: null });
}

export interface WebhookSender {
  /** Resolves with how many attempts it took, when the event was acknowledged. */
  send(id: string): Promise<number>;
  close(): void;
}

export function createWebhookSender(url: string, connections: number): WebhookSender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const target = new URL('/webhooks/stripe', url);

  /** The answer's status; 0 when the connection was lost. */
  function attempt(body: Buffer): Promise<number> {
    const seconds = Math.floor(Date.now() / 1000);
    const signature = `t=${seconds},v1=${createHmac('sha256', benchSecret).update(`${seconds}.`).update(body).digest('hex')}`;
    return new Promise((resolve) => {
      const call = request(target, { method: 'POST', agent, headers: { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length, 'stripe-signature': signature } }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
      });
      call.once('error', () => resolve(0));
      call.end(body);
    });
  }

  return {
    async send(id) {
      const body = Buffer.from(eventBody(id));
      for (let attempts = 1; ; attempts += 1) {
        const status = await attempt(body);
        if (status === 200) return attempts;
        if (status >= 400 && status < 500) throw new Error(`The relay refused ${id} with ${status}.`);
        await wait(retryAfterMs);
      }
    },
    close: () => agent.destroy(),
  };
}

export interface SteadyLoad {
  /** From the moment each event was due to its acknowledgement, in milliseconds; only events that were taken at the first attempt. */
  readonly latenciesMs: readonly number[];
  readonly acknowledged: readonly string[];
  readonly attempts: number;
}

/** So many events a second, whatever the answers take: one that is late does not make the next ones late. */
export async function sendSteadily(sender: WebhookSender, prefix: string, options: { readonly perSecond: number; readonly seconds: number; readonly during?: () => Promise<void> }): Promise<SteadyLoad> {
  const total = options.perSecond * options.seconds;
  const latenciesMs: number[] = [];
  const acknowledged: string[] = [];
  const running: Promise<void>[] = [];
  let attempts = 0;
  const startedMs = performance.now();
  const one = async (id: string, dueMs: number): Promise<void> => {
    const needed = await sender.send(id);
    attempts += needed;
    acknowledged.push(id);
    if (needed === 1) latenciesMs.push(performance.now() - dueMs);
  };
  const during = options.during?.();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) / 1000) * options.perSecond));
    for (; sent < due; sent += 1) running.push(one(`evt_${prefix}_${sent}`, startedMs + (sent / options.perSecond) * 1000));
    await wait(1);
  }
  await Promise.all([...running, during]);
  return { latenciesMs, acknowledged, attempts };
}

/** As many as are answered: each connection sends its next event when the last one is acknowledged. Events a second. */
export async function sendFlatOut(sender: WebhookSender, prefix: string, connections: number, seconds: number): Promise<number> {
  const startedMs = performance.now();
  let sent = 0;
  const isOver = (): boolean => performance.now() - startedMs >= seconds * 1000;
  const loop = async (own: number): Promise<void> => {
    for (let number = 0; !isOver(); number += 1) {
      await sender.send(`evt_${prefix}_${own}_${number}`);
      sent += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, own) => loop(own)));
  return sent / ((performance.now() - startedMs) / 1000);
}
