import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { madeUpTime, mostInOneSecond, type MadeUpTime } from '../../testing/made-up-time.ts';
import { allowedRate, createPacer, pause, type AllowedRate, type Pacer } from './request-pacing.ts';

/** Asks without end for one endpoint, `atOnce` requests at a time; the times at which they left. */
function askWithoutEnd(pacer: Pacer, time: MadeUpTime, endpoint: string, atOnce: number, signal: AbortSignal): number[] {
  const leftMs: number[] = [];
  const lane = async (): Promise<void> => {
    for (;;) {
      await pacer.take(endpoint, signal);
      leftMs.push(time.steadyNowMs());
    }
  };
  for (let index = 0; index < atOnce; index += 1) lane().catch(() => undefined);
  return leftMs;
}

const never = new AbortController().signal;
const fixed = (accountPerSecond: number, endpointPerSecond: number) => (): AllowedRate => ({ accountPerSecond, endpointPerSecond });

describe('pacing', () => {
  it('uses 0.98 of what is allowed and never more of it in any second', async () => {
    const time = madeUpTime();
    const leftMs = askWithoutEnd(createPacer({ allowed: fixed(25, 25), ...time }), time, 'charges', 8, never);
    await time.pass(60_000);
    expect(mostInOneSecond(leftMs)).toBe(25);
    expect(leftMs.length / 60 / 25).toBeGreaterThan(0.975);
  });

  it('spreads requests over the second: no burst at the start, none after a pause', async () => {
    const time = madeUpTime();
    const pacer = createPacer({ allowed: fixed(25, 25), ...time });
    for (const startMs of [0, 30_000]) {
      await time.pass(startMs);
      const stop = new AbortController();
      const leftMs = askWithoutEnd(pacer, time, 'charges', 8, stop.signal);
      await time.pass(startMs + 200);
      // Five are the even part of it; what a late timer may catch up with are three.
      expect(leftMs.length).toBeGreaterThanOrEqual(5);
      expect(leftMs.length).toBeLessThanOrEqual(8);
      stop.abort();
    }
  });

  it('lets no used-up endpoint hold up the others, and holds the account’s limit over all', async () => {
    const time = madeUpTime();
    const pacer = createPacer({ allowed: fixed(100, 25), ...time });
    const left = ['charges', 'invoices', 'refunds'].map((endpoint) => askWithoutEnd(pacer, time, endpoint, 6, never));
    await time.pass(20_000);
    for (const leftMs of left) {
      expect(mostInOneSecond(leftMs)).toBe(25);
      expect(leftMs.length / 20 / 25).toBeGreaterThan(0.95);
    }
    const further = ['payouts', 'events', 'disputes', 'prices'].map((endpoint) => askWithoutEnd(pacer, time, endpoint, 6, never));
    await time.pass(40_000);
    const all = [...left, ...further].flat();
    expect(mostInOneSecond(all)).toBe(100);
    expect(all.filter((at) => at >= 30_000).length / 10 / 100).toBeGreaterThan(0.95);
  });

  it('serves callers in the order they came', async () => {
    const time = madeUpTime();
    const pacer = createPacer({ allowed: fixed(10, 10), ...time });
    const served: number[] = [];
    for (let caller = 0; caller < 20; caller += 1) void pacer.take(caller % 2 === 0 ? 'charges' : 'invoices', never).then(() => served.push(caller));
    await time.pass(5_000);
    expect(served).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('holds whatever the lateness of timers, the moments of asking and the changes of the share', async () => {
    await fc.assert(fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 40 })), fc.array(fc.record({ atMs: fc.nat({ max: 8_000 }), share: fc.constantFrom(0, 0.25, 0.5, 0.9) }), { maxLength: 4 }), fc.array(fc.nat({ max: 8_000 }), { maxLength: 60 }), async (lateness, changes, moments) => {
      const time = madeUpTime(() => Number(lateness.next().value));
      let share = 0;
      const pacer = createPacer({ allowed: () => allowedRate('test', share), ...time });
      const leftMs = askWithoutEnd(pacer, time, 'charges', 3, never);
      const steps = [...changes.map((change) => ({ atMs: change.atMs, share: change.share as number | null })), ...moments.map((atMs) => ({ atMs, share: null }))].toSorted((a, b) => a.atMs - b.atMs);
      for (const step of steps) {
        await time.pass(step.atMs);
        if (step.share === null) void pacer.take('invoices', never).then(() => leftMs.push(time.steadyNowMs()));
        else share = step.share;
      }
      await time.pass(9_000);
      expect(mostInOneSecond(leftMs)).toBeLessThanOrEqual(25);
      expect(leftMs.length).toBeGreaterThan(15);
    }), { numRuns: 60 });
  });

  it('keeps to a new share from the next request on', async () => {
    const time = madeUpTime();
    let share = 0;
    const leftMs = askWithoutEnd(createPacer({ allowed: () => allowedRate('live', share), ...time }), time, 'charges', 4, never);
    await time.pass(10_000);
    share = 0.5;
    await time.pass(11_100);
    const before = leftMs.length;
    await time.pass(21_100);
    expect((leftMs.length - before) / 10).toBeGreaterThan(11.4);
    expect((leftMs.length - before) / 10).toBeLessThanOrEqual(12);
  });

  it('waits as long as Stripe says, for whom it says, asks for less then and wins it back', async () => {
    const time = madeUpTime();
    const pacer = createPacer({ allowed: fixed(100, 25), ...time });
    const charges = askWithoutEnd(pacer, time, 'charges', 4, never);
    const invoices = askWithoutEnd(pacer, time, 'invoices', 4, never);
    const rate = (leftMs: readonly number[], fromMs: number, toMs: number): number => (leftMs.filter((at) => at >= fromMs && at < toMs).length * 1000) / (toMs - fromMs);
    await time.pass(10_000);
    // Two refusals of requests that were under way together are one.
    pacer.giveWay('endpoint', 'charges', 3_000);
    pacer.giveWay('endpoint', 'charges', 3_000);
    await time.pass(60_000);
    expect(rate(charges, 10_000, 12_990)).toBe(0);
    expect(rate(charges, 14_000, 16_000)).toBeGreaterThan(15);
    expect(rate(charges, 14_000, 16_000)).toBeLessThan(19);
    expect(rate(charges, 40_000, 60_000)).toBeGreaterThan(24);
    expect(rate(invoices, 10_000, 60_000)).toBeGreaterThan(24);
    pacer.giveWay('account', 'charges', 500);
    await time.pass(60_490);
    expect(rate([...charges, ...invoices], 60_001, 60_490)).toBe(0);
  });

  it('never falls silent, however often it is refused', async () => {
    const time = madeUpTime();
    const pacer = createPacer({ allowed: fixed(25, 25), ...time });
    const leftMs = askWithoutEnd(pacer, time, 'charges', 4, never);
    for (let second = 1; second <= 40; second += 1) {
      await time.pass(second * 1_500);
      pacer.giveWay('endpoint', 'charges', 100);
    }
    const before = leftMs.length;
    await time.pass(62_000);
    expect(leftMs.length - before).toBeGreaterThanOrEqual(1);
  });

  it('ends a wait at once when the work is cancelled, and the token goes to the next', async () => {
    const time = madeUpTime();
    const pacer = createPacer({ allowed: fixed(1, 1), ...time });
    await pacer.take('charges', never);
    const stop = new AbortController();
    const cancelled = pacer.take('charges', stop.signal);
    const next = pacer.take('charges', never).then(() => time.steadyNowMs());
    stop.abort(new Error('cancelled'));
    await expect(cancelled).rejects.toThrow('cancelled');
    await expect(pacer.take('charges', stop.signal)).rejects.toThrow('cancelled');
    await time.pass(5_000);
    expect(await next).toBe(1_020);
  });

  it.each([['live', 0.5, 50, 12], ['live', 0, 100, 25], ['test', 0.5, 12, 12], ['test', 0.9, 2, 2]] as const)('in %s mode with %d left to others: %d and %d a second', (mode, headroom, accountPerSecond, endpointPerSecond) => {
    expect(allowedRate(mode, headroom)).toEqual({ accountPerSecond, endpointPerSecond });
  });

  it('a pause ends at once when the work is cancelled', async () => {
    const stop = new AbortController();
    const waiting = pause(3_600_000, stop.signal);
    stop.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    await expect(pause(1, stop.signal)).rejects.toThrow('cancelled');
  });
});
