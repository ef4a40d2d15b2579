/** A sandbox with the real Stripe client pointed at it, for tests. */
import Stripe from 'stripe';
import { type StripeSandbox, type StripeSandboxOptions, startStripeSandbox } from '../server.ts';
import { createSmallWorld } from './small-world.ts';

export interface SandboxWithClient {
  sandbox: StripeSandbox;
  stripe: Stripe;
  /** A request as it goes over the wire, for what the client hides. */
  send(method: string, path: string, options?: { form?: string; headers?: Record<string, string>; key?: string }): Promise<{ status: number; headers: Headers; body: never }>;
  control(method: string, path: string, body?: unknown): Promise<{ status: number; body: never }>;
}

export function createClient(sandbox: StripeSandbox, key = sandbox.secretKey, maxNetworkRetries = 0): Stripe {
  return new Stripe(key, { host: '127.0.0.1', port: sandbox.port, protocol: 'http', maxNetworkRetries, telemetry: false });
}

export async function startWithClient(options: Partial<StripeSandboxOptions> = {}): Promise<SandboxWithClient> {
  const sandbox = await startStripeSandbox({ population: createSmallWorld(), seed: 'test', ...options });
  return {
    sandbox,
    stripe: createClient(sandbox),
    send: async (method, path, { form, headers = {}, key = sandbox.secretKey } = {}) => {
      const response = await fetch(`${sandbox.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
        ...(form === undefined ? {} : { body: form }),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as never };
    },
    control: async (method, path, body) => {
      const response = await fetch(`${sandbox.url}/_sandbox/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      return { status: response.status, body: (await response.json()) as never };
    },
  };
}
