/** A door before the sandbox's Stripe that changes an answer here and there: another account's, a refusal, an event of a kind nobody knows. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StripeFrontOptions {
  readonly stripe: { readonly url: string; readonly secretKey: string };
  /** Changes the JSON of an answer; gives it back as it is where it has nothing to say. */
  readonly change?: (path: string, body: Record<string, unknown>) => Record<string, unknown>;
  /** Paths the key may not read. */
  readonly forbidden?: RegExp;
}

export interface StripeFront extends AsyncDisposable {
  readonly url: string;
}

/** Takes any key and asks the sandbox with its own. */
export async function startStripeFront({ stripe, change = (_, body) => body, forbidden }: StripeFrontOptions): Promise<StripeFront> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (forbidden?.test(path)) {
      answer(403, { error: { type: 'invalid_request_error', message: 'The provided key does not have the required permissions for this endpoint.' } });
      return;
    }
    const version = request.headers['stripe-version'];
    fetch(new URL(path, stripe.url), { headers: { authorization: `Bearer ${stripe.secretKey}`, ...(typeof version === 'string' ? { 'stripe-version': version } : {}) } })
      .then(async (asked) => answer(asked.status, change(path, (await asked.json()) as Record<string, unknown>)))
      .catch(() => answer(500, { error: { type: 'api_error', message: 'The sandbox did not answer.' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
