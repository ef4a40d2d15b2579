/** One request from its key to its answer: authentication, limits, idempotency, faults, the handler, its events. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Changes, type RequestIdentity, type Route, apiVersion } from './changes.ts';
import type { Faults } from './faults.ts';
import { IdempotencyKeys } from './idempotency.ts';
import { parseParameters } from './parameters.ts';
import type { RouteMatch } from './router.ts';
import type { SandboxState } from './state.ts';
import { StripeError, keepsChanges, unrecognizedUrl } from './stripe-error.ts';
import type { Webhooks } from './webhooks.ts';

export interface HandlingOptions {
  state: SandboxState;
  faults: Faults;
  webhooks: Webhooks;
  route: (method: string, path: string) => RouteMatch | null;
  secretKey: string;
  restrictedKey: string;
}

interface Outcome {
  status: number;
  body: string;
}

interface Answer extends Outcome {
  headers: Record<string, string>;
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function rateLimited(reason: string): StripeError {
  return new StripeError(
    429,
    'Testmode request rate limit exceeded, the rate limits in testmode are lower than livemode. You can learn more about rate limits here https://stripe.com/docs/rate-limits.',
    { code: 'rate_limit', headers: { 'retry-after': '1', 'stripe-rate-limited-reason': reason } },
  );
}

/** Reads a whole body as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The key of `Authorization: Bearer …` or of Basic authentication's user name. */
function readKey(header: string | undefined): string {
  if (header === undefined) {
    throw new StripeError(
      401,
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
      { headers: { 'www-authenticate': 'Bearer realm="Stripe"' } },
    );
  }
  const [scheme = '', value = ''] = header.split(' ');
  if (scheme.toLowerCase() === 'basic') return Buffer.from(value, 'base64').toString('utf8').split(':')[0] ?? '';
  return value;
}

function maskKey(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;
}

export class RequestHandling {
  readonly #options: HandlingOptions;
  readonly #idempotency = new IdempotencyKeys();
  /** Requests by endpoint (`GET /v1/charges/:id`), refused ones too. */
  readonly counts = new Map<string, number>();

  constructor(options: HandlingOptions) {
    this.#options = options;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { state, faults } = this.#options;
    const requestId = state.ids.next('req');
    const target = request.url ?? '/';
    const url = URL.parse(target.startsWith('/') ? `http://sandbox${target}` : target);
    let answer: Answer;
    try {
      if (url === null) throw unrecognizedUrl(request.method ?? 'GET', target);
      answer = await this.#answer(request, url, requestId);
    } catch (error) {
      answer = this.#toErrorAnswer(error, requestId);
    }
    if (url !== null && faults.takeDroppedReply(url.pathname)) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer.body),
      'request-id': requestId,
      'stripe-version': apiVersion,
      ...answer.headers,
    });
    response.end(answer.body);
  }

  async #answer(request: IncomingMessage, url: URL, requestId: string): Promise<Answer> {
    const { faults, route } = this.#options;
    const method = request.method ?? 'GET';
    const body = method === 'POST' ? await readBody(request) : '';
    const match = route(method, url.pathname);
    const endpoint = `${method} ${match?.route.pattern ?? url.pathname}`;
    this.counts.set(endpoint, (this.counts.get(endpoint) ?? 0) + 1);
    const key = this.#authenticate(request);
    const limited = faults.overLimit(endpoint);
    if (limited !== null) throw rateLimited(limited);
    if (match === null) throw unrecognizedUrl(method, url.pathname);
    this.#authorise(key, match.route);
    this.#checkVersion(request);
    const idempotencyKey = method === 'POST' ? headerOf(request, 'idempotency-key') : undefined;
    const work = (): Promise<Outcome> => this.#carryOut(match, url, body, { id: requestId, idempotencyKey: idempotencyKey ?? null });
    if (idempotencyKey === undefined) return { ...(await work()), headers: {} };
    return this.#answerOnce(idempotencyKey, url.pathname, body, requestId, work);
  }

  /** Carries a POST out once per idempotency key; a request refused before it was carried out frees its key. */
  async #answerOnce(key: string, path: string, body: string, requestId: string, work: () => Promise<Outcome>): Promise<Answer> {
    const stored = this.#idempotency.claim(key, path, body);
    if (stored) {
      const headers = { 'idempotency-key': key, 'idempotent-replayed': 'true', 'original-request': stored.requestId };
      return { status: stored.status, body: stored.body, headers };
    }
    try {
      const outcome = await work();
      this.#idempotency.keep(key, { ...outcome, requestId });
      return { ...outcome, headers: { 'idempotency-key': key, 'original-request': requestId } };
    } finally {
      this.#idempotency.release(key);
    }
  }

  async #carryOut({ route, ids }: RouteMatch, url: URL, body: string, identity: RequestIdentity): Promise<Outcome> {
    const { state, faults, webhooks } = this.#options;
    const latencyMs = faults.latencyMs(url.pathname);
    if (latencyMs > 0) await wait(latencyMs);
    if (faults.takeFailure(url.pathname)) throw new StripeError(500, 'An unknown error occurred', { type: 'api_error' });
    const changes = new Changes(state, identity);
    const encoded = route.method === 'POST' ? body : url.search.slice(1);
    let outcome: Outcome;
    try {
      const work = (): Outcome => ({ status: 200, body: JSON.stringify(route.handle({ state, changes, parameters: parseParameters(encoded), ids })) });
      outcome = state.transact(work);
    } catch (error) {
      if (!keepsChanges(error)) throw error;
      outcome = { status: error.status, body: JSON.stringify(error.toBody(identity.id ?? '', state.now())) };
    }
    for (const event of changes.events) webhooks.announce(event);
    return outcome;
  }

  #authenticate(request: IncomingMessage): string {
    const key = readKey(headerOf(request, 'authorization'));
    const { secretKey, restrictedKey } = this.#options;
    if (key !== secretKey && key !== restrictedKey) {
      throw new StripeError(401, `Invalid API Key provided: ${maskKey(key)}`, { headers: { 'www-authenticate': 'Bearer realm="Stripe"' } });
    }
    return key;
  }

  /** The restricted key reads everything and writes nothing. */
  #authorise(key: string, route: Route): void {
    if (key !== this.#options.restrictedKey || route.method === 'GET') return;
    throw new StripeError(
      403,
      `The provided key '${maskKey(key)}' does not have the required permissions for this endpoint on account '${this.#options.state.accountId}'. Having the 'rak_${route.permission}' permission would allow this request to continue.`,
    );
  }

  /** The sandbox speaks one version and says so, instead of answering another one's question in its own shapes. */
  #checkVersion(request: IncomingMessage): void {
    const version = headerOf(request, 'stripe-version');
    if (version !== undefined && version !== apiVersion) {
      throw new StripeError(400, `Invalid Stripe API version: ${version}. This sandbox speaks ${apiVersion} only.`);
    }
    const account = headerOf(request, 'stripe-account');
    if (account !== undefined && account !== this.#options.state.accountId) {
      throw new StripeError(403, `The provided key does not have access to account '${account}' (or that account does not exist).`, {
        code: 'account_invalid',
      });
    }
  }

  #toErrorAnswer(error: unknown, requestId: string): Answer {
    const { state } = this.#options;
    if (error instanceof StripeError) {
      return { status: error.status, body: JSON.stringify(error.toBody(requestId, state.now())), headers: error.detail.headers ?? {} };
    }
    process.stderr.write(`sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    const failure = new StripeError(500, 'An unknown error occurred', { type: 'api_error' });
    return { status: 500, body: JSON.stringify(failure.toBody(requestId, state.now())), headers: {} };
  }
}
