/** The source against the sandbox's limiter over real HTTP: what leaves here in any second, and what happens when Stripe says that it was too much. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startStripeWorld, type StripeWorld } from '../../testing/stripe-desk.ts';
import { createStripeSource, type StripeSourceOptions } from './stripe-source.ts';

const never = new AbortController().signal;
let world: StripeWorld;
beforeAll(async () => {
  world = await startStripeWorld('small', 1);
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => world.sandbox.faults.reset());

/** A source that notes when each of its requests leaves. */
function openSource(options: Partial<StripeSourceOptions> = {}) {
  const leftMs: number[] = [];
  const source = createStripeSource({
    key: world.sandbox.secretKey, apiBase: world.sandbox.url,
    now: () => {
      leftMs.push(performance.now());
      return 0;
    },
    ...options,
  });
  return { source, leftMs };
}

/** The most that leave in one window of a second, its end left out. */
function mostInOneSecond(timesMs: readonly number[]): number {
  return Math.max(...timesMs.map((from) => timesMs.filter((at) => at >= from && at < from + 1_000).length));
}

describe('with nothing left to others', () => {
  it('no second holds more requests than the limit, over several endpoints, and all of it is used', async () => {
    world.sandbox.faults.set({ rateLimit: { accountPerSecond: 25, endpointPerSecond: 25 } });
    const { source, leftMs } = openSource({ headroomShare: () => 0 });
    const lists = ['charges', 'invoices', 'payouts', 'customers', 'refunds', 'disputes'] as const;
    await Promise.all(lists.map(async (list) => {
      for (let request = 0; request < 10; request += 1) await source.list(list, { limit: 1 }, never);
    }));
    expect(leftMs.length).toBeGreaterThanOrEqual(60);
    expect(mostInOneSecond(leftMs)).toBeLessThanOrEqual(25);
    expect(mostInOneSecond(leftMs)).toBeGreaterThanOrEqual(20);
  });

  it('half of it is left to others by default, and a share that changes holds at once', async () => {
    let share = 0.5;
    const { source, leftMs } = openSource({ headroomShare: () => share });
    const ask = (times: number): Promise<unknown> => Promise.all(Array.from({ length: times }, () => source.list('charges', { limit: 1 }, never)));
    await ask(20);
    expect(mostInOneSecond(leftMs)).toBeLessThanOrEqual(12);
    share = 0;
    const before = leftMs.length;
    await ask(30);
    expect(mostInOneSecond(leftMs)).toBeLessThanOrEqual(25);
    expect(mostInOneSecond(leftMs.slice(before))).toBeGreaterThan(12);
  });
});

describe('where others use more than was left to them', () => {
  it('it gives way as Stripe asks, for the endpoint that is meant, and nothing is lost', async () => {
    world.sandbox.faults.set({ rateLimit: { accountPerSecond: 1_000, endpointPerSecond: 6 } });
    const charges = openSource({ headroomShare: () => 0 });
    const pages = await Promise.all(Array.from({ length: 14 }, () => charges.source.list('charges', { limit: 1 }, never)));
    expect(pages.every((page) => page.objects.length === 1)).toBe(true);
    // What was asked again: each refusal closed the endpoint for the second that Stripe named, so that there are few.
    const refused = charges.leftMs.length - 14;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(14);
  });
});
