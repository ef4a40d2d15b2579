/** Answers over real HTTP that no Stripe should give: each ends in a word for the person, none in a loop, a flood or a wait without end. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createStripeSource, type StripeSource } from './stripe-source.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;
let asked: string[];
let waits: number[];

afterEach(() => new Promise<void>((resolve) => {
  server?.closeAllConnections();
  server?.close(() => resolve());
}));

async function startHostileStripe(answer: Answer, maximumAttempts = 3): Promise<StripeSource> {
  asked = [];
  waits = [];
  const started = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const { port } = started.address() as AddressInfo;
  return createStripeSource({
    key: 'rk_test_hidden', apiBase: `http://127.0.0.1:${port}`, limiter: 'none', now: () => 0, maximumAttempts,
    pause: async (milliseconds) => void waits.push(milliseconds),
  });
}

const says = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer => (_, response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
const listOf = (ids: readonly string[], hasMore: boolean): string => JSON.stringify({ object: 'list', data: ids.map((id) => ({ id, object: 'charge' })), has_more: hasMore });
const never = new AbortController().signal;

describe('a page', () => {
  test.each([
    ['that begins with the object it was to begin after', listOf(['ch_1', 'ch_2'], true)],
    ['that is empty and promises more', listOf([], true)],
    ['without data', '{"object":"list","data":null,"has_more":false}'],
    ['that is a web page', '<html>Sign in to the hotel’s network</html>'],
  ])('%s', async (_, body) => {
    const source = await startHostileStripe(says(200, body));
    await expect(source.list('charges', { startingAfter: 'ch_1' }, never)).rejects.toMatchObject({ code: 'stripe-answer-unreadable' });
    expect(asked).toHaveLength(3);
  });

  test.each([['charges', 2], ['charges', 7], ['events', 3]] as const)('that leads back to an earlier one ends the walk (%s, %i pages around)', async (list, around) => {
    const source = await startHostileStripe((request, response) => {
      const after = /starting_after=ch_(\d+)/.exec(request.url ?? '')?.[1];
      says(200, listOf([`ch_${after === undefined ? 0 : (Number(after) + 1) % around}`], true))(request, response);
    });
    const walk = async (): Promise<void> => {
      for (let startingAfter: string | undefined; ; ) startingAfter = (await source.list(list, startingAfter === undefined ? {} : { startingAfter }, never)).objects.at(-1)?.id;
    };
    await expect(walk()).rejects.toMatchObject({ code: 'stripe-answer-unreadable' });
    expect(asked).toHaveLength(around + 3); // the one that leads back is asked for as often as any that cannot be read
  });

  test('that was asked for before may be asked for again', async () => {
    const source = await startHostileStripe((request, response) => says(200, listOf([request.url?.includes('starting_after=ch_1') ? 'ch_2' : 'ch_1'], true))(request, response));
    for (const query of [{}, { startingAfter: 'ch_1' }, { startingAfter: 'ch_1' }, {}, { startingAfter: 'ch_1' }]) await source.list('charges', query, never);
    expect(asked).toHaveLength(5);
  });

  test('that is elsewhere is not followed, so the key stays here', async () => {
    const source = await startHostileStripe((request, response) => (request.url?.startsWith('/elsewhere') ? says(200, listOf(['ch_1'], false)) : says(302, '', { location: '/elsewhere' }))(request, response));
    await expect(source.list('charges', {}, never)).rejects.toMatchObject({ code: 'stripe-answer-unreadable' });
    expect(asked.some((path) => path.startsWith('/elsewhere'))).toBe(false);
  });

  test('without end is cut off', async () => {
    const source = await startHostileStripe((_, response) => {
      const megabyte = Buffer.alloc(1024 * 1024, ' ');
      const send = (): void => {
        while (!response.destroyed && response.write(megabyte));
        if (!response.destroyed) response.once('drain', send);
      };
      send();
    });
    await expect(source.list('charges', {}, never)).rejects.toMatchObject({ code: 'stripe-unreachable' });
  });
});

describe('an object', () => {
  test.each([['none', ''], ['half a surrogate pair', 'ch_\ud800'], ['a NUL', 'ch_\0'], ['a step up', '..'], ['a novel', `ch_${'x'.repeat(5_000)}`]])('whose id is %s is not there, and is not asked for', async (_, id) => {
    const source = await startHostileStripe(says(400, '{"error":{"type":"invalid_request_error"}}'));
    expect(await source.get('charges', id, never)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('whose id was chosen by a person is asked for', async () => {
    const source = await startHostileStripe(says(200, '{"id":"25% für alle","object":"coupon"}'));
    expect(await source.get('coupons', '25% für alle', never)).toMatchObject({ id: '25% für alle' });
    expect(asked).toEqual(['/v1/coupons/25%25%20f%C3%BCr%20alle']);
  });
});

describe('a wait', () => {
  test('that Stripe asks for is kept', async () => {
    const source = await startHostileStripe(says(429, '{"error":{"type":"rate_limit_error"}}', { 'retry-after': '7' }));
    await expect(source.list('charges', {}, never)).rejects.toMatchObject({ code: 'stripe-rate-limited' });
    expect(waits).toEqual([7_000, 7_000]);
  });

  test('of a month is told to the person at once', async () => {
    const source = await startHostileStripe(says(429, '{"error":{"type":"rate_limit_error"}}', { 'retry-after': '2592000' }));
    await expect(source.list('charges', {}, never)).rejects.toMatchObject({ code: 'stripe-rate-limited' });
    expect([asked.length, waits]).toEqual([1, []]);
  });

  test('for an answer that never comes ends with a cancel', async () => {
    const cancel = new AbortController();
    const source = await startHostileStripe(() => cancel.abort(new Error('cancelled by a person')));
    await expect(source.list('charges', {}, cancel.signal)).rejects.toThrow('cancelled by a person');
    expect(asked).toHaveLength(1);
  });
});

describe('a line that breaks', () => {
  const breaks: Answer = (_, response) => void response.destroy();

  test('before anybody answered is told soon', async () => {
    const source = await startHostileStripe(breaks, 7);
    await expect(source.list('charges', {}, never)).rejects.toMatchObject({ code: 'stripe-unreachable' });
    expect(waits).toEqual([250, 500]);
  });

  test('in the middle of work is waited for', async () => {
    const source = await startHostileStripe((request, response) => (asked.length === 1 ? says(200, listOf(['ch_1'], true)) : breaks)(request, response), 7);
    await source.list('charges', {}, never);
    await expect(source.list('charges', { startingAfter: 'ch_1' }, never)).rejects.toMatchObject({ code: 'stripe-unreachable' });
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000]);
  });
});

test('a clock that is put back while an answer is on its way makes no state younger than it is', async () => {
  let putBackMs = 0;
  asked = [];
  const started = createServer((_, response) => {
    putBackMs = 3 * 3_600_000;
    says(200, listOf(['ch_1'], false))(_, response);
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const realNow = Date.now;
  const { port } = started.address() as AddressInfo;
  const source = createStripeSource({ key: 'rk_test_hidden', apiBase: `http://127.0.0.1:${port}`, limiter: 'none', now: () => Date.now(), followsGatewayClock: true });
  try {
    Date.now = () => realNow() - putBackMs;
    const before = realNow();
    const { observedAt } = await source.list('charges', {}, never);
    expect(observedAt).toBeLessThanOrEqual(realNow());
    expect(observedAt).toBeGreaterThan(before - 60_000); // the answer's date has whole seconds
  } finally {
    Date.now = realNow;
  }
});
