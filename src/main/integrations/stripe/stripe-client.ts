/**
 * The Stripe SDK set up for reading whole pages: the version is pinned here, retries are ours, bodies come as text.
 */
import type { IncomingMessage } from 'node:http';
import type Stripe from 'stripe';
import { PermissionError, ValidationError } from '../../../shared/errors/errors.ts';
import { createGatewayClock } from './gateway-clock.ts';
import { stripeSdk } from './stripe-sdk.ts';

/** The one place where the API version is pinned; the mappers also read older shapes. */
export const stripeApiVersion = '2026-10-28.endive';

export interface StripeClientOptions {
  /** `sk_…` or `rk_…`; a secret: it appears in no message. */
  readonly key: string | undefined;
  /** Another base URL than Stripe's own, for example a sandbox: `http://127.0.0.1:12111`. */
  readonly apiBase?: string | undefined;
  readonly timeoutMs?: number;
}

/** What an answer's body becomes: the SDK reads `error` from it, we read `text`. */
interface TextBody {
  readonly text?: string;
  readonly error?: unknown;
}

/** A page of a hundred invoices with their lines has a few megabytes. */
const largestAnswerBytes = 64 * 1024 * 1024;

/** Collects a body of bounded size; a connection that closes before its end is an error, not a short page. */
function readText(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > largestAnswerBytes) response.destroy(new Error('The answer is larger than any of Stripe’s.'));
      else chunks.push(chunk);
    });
    response.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    response.once('error', (error) => reject(stripeSdk().HttpClient.makeResponseBodyError(error)));
    response.once('close', () => {
      if (!response.complete) reject(stripeSdk().HttpClient.makeResponseBodyError(new Error('The connection closed in the middle of an answer.')));
    });
  });
}

function createTextHttpClient(noteDate: (date: string | undefined) => void): Stripe.HttpClient {
  const inner = stripeSdk().createNodeHttpClient();
  return {
    getClientName: () => 'node-text',
    async makeRequest(...request) {
      const response = await inner.makeRequest(...request);
      noteDate((response.getRawResponse() as IncomingMessage).headers.date);
      return {
        getStatusCode: () => response.getStatusCode(),
        getHeaders: () => response.getHeaders(),
        getRawResponse: () => response.getRawResponse(),
        toStream: (done: () => void) => response.toStream(done),
        async toJSON(): Promise<TextBody> {
          const text = await readText(response.getRawResponse() as IncomingMessage);
          if (response.getStatusCode() < 400) return { text };
          return JSON.parse(text) as TextBody;
        },
      };
    },
  };
}

export type StripeMode = 'live' | 'test';

/** @throws PermissionError `stripe-key-missing` or `stripe-key-invalid` when the text cannot be a secret or restricted key. */
export function modeOfKey(key: string | undefined): StripeMode {
  if (key === undefined || key.trim() === '') {
    throw new PermissionError('stripe-key-missing', 'There is no Stripe key yet.', { nextStep: 'Put a restricted read-only key into the settings, or set DAYBOOK_STRIPE_KEY.' });
  }
  // Printable ASCII only: a letter of no width that was copied along could not be sent in a header, and would pass for a Stripe that does not answer.
  const mode = /^(?:sk|rk)_(live|test)_[!-~]+$/.exec(key.trim())?.[1];
  if (mode !== 'live' && mode !== 'test') {
    throw new PermissionError('stripe-key-invalid', 'This is not a secret or restricted Stripe key.', { nextStep: 'A key looks like rk_live_… or rk_test_…; copy it again from the Stripe dashboard.' });
  }
  return mode;
}

/** GET as text: `read('/v1/charges?limit=100')`. Errors are the SDK's own. */
export interface StripeReader {
  readonly mode: StripeMode;
  read(path: string): Promise<string>;
  /** By how many milliseconds Stripe's clock is ahead of this machine's, as the answers so far say. */
  aheadMs(): number;
}

/** @throws PermissionError as {@link modeOfKey}; ValidationError `stripe-base-invalid` when the base URL cannot be read. Nothing is sent yet. */
export function createStripeReader(options: StripeClientOptions): StripeReader {
  const mode = modeOfKey(options.key);
  const base = options.apiBase === undefined ? undefined : readBase(options.apiBase);
  const clock = createGatewayClock();
  const stripe = new (stripeSdk())((options.key ?? '').trim(), {
    apiVersion: stripeApiVersion,
    httpClient: createTextHttpClient((date) => clock.note(date, Date.now())),
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: options.timeoutMs ?? 60_000,
    ...(base ? { host: base.hostname, port: base.port === '' ? (base.protocol === 'http:' ? '80' : '443') : base.port, protocol: base.protocol === 'http:' ? ('http' as const) : ('https' as const) } : {}),
  });
  return {
    mode,
    aheadMs: clock.aheadMs,
    async read(path) {
      const body: unknown = await stripe.rawRequest('GET', path);
      return (body as { text: string }).text;
    },
  };
}

function readBase(apiBase: string): URL {
  if (!URL.canParse(apiBase) || !/^https?:$/.test(new URL(apiBase).protocol)) {
    throw new ValidationError('stripe-base-invalid', 'The address of the Stripe API cannot be read.', { nextStep: 'It looks like https://api.stripe.com or http://127.0.0.1:12111.' });
  }
  return new URL(apiBase);
}
