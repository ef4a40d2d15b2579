/** Readers with a pacer each and one place that gives out shares, in made-up time: whatever happens, they keep to one limit together. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLocalRequestShares, type RequestShares } from '../../sync/request-shares.ts';
import { madeUpTime, mostInOneSecond, type MadeUpTime } from '../../testing/made-up-time.ts';
import { openTemporaryDatabase } from '../../testing/temporary-database.ts';
import { createPacer } from './request-pacing.ts';
import { createSharedAllowance } from './shared-allowance.ts';

const limit = 25;
const startMs = 1_700_000_000_000;

/** A desk that asks for as much as it may until it is stopped. */
function startDesk(time: MadeUpTime, shares: RequestShares, name: string, options: { readonly total?: () => number; readonly onCutOff?: (error: unknown) => void } = {}) {
  const allowance = createSharedAllowance({ shares, total: () => limit, desk: name, ...time, wallNowMs: () => startMs + time.steadyNowMs(), ...options });
  const pacer = createPacer({ allowed: () => ({ accountPerSecond: limit, endpointPerSecond: limit }), allowance, ...time });
  const leftMs: number[] = [];
  /** Without what is asked by one that is cut off, which nobody counts. */
  const countedMs: number[] = [];
  const stop = new AbortController();
  const lane = async (): Promise<void> => {
    for (;;) {
      await pacer.take('charges', stop.signal);
      leftMs.push(time.steadyNowMs());
      if (allowance.parts() > 1) countedMs.push(time.steadyNowMs());
    }
  };
  for (let index = 0; index < 8; index += 1) lane().catch(() => undefined);
  return {
    leftMs, countedMs, allowance,
    /** It has nothing more to ask for. */
    stop: () => stop.abort(new Error('enough')),
    close: () => {
      stop.abort(new Error('enough'));
      return allowance.close();
    },
  };
}

const sharesOf = (ledger: ReturnType<typeof openTemporaryDatabase>, time: MadeUpTime): RequestShares => createLocalRequestShares({ unitOfWork: ledger.database.unitOfWork, nowMs: () => startMs + time.steadyNowMs() });
const between = (timesMs: readonly number[], fromMs: number, toMs: number): number => timesMs.filter((at) => at >= fromMs && at < toMs).length;

describe('desks that read at the same time', () => {
  it('share the limit: one alone has all of it, two have half each, and the one that stays has all again', async () => {
    using ledger = openTemporaryDatabase();
    const time = madeUpTime();
    const first = startDesk(time, sharesOf(ledger, time), 'first');
    await time.pass(10_000);
    expect(between(first.leftMs, 0, 10_000)).toBeGreaterThan(0.97 * 10 * limit);
    const second = startDesk(time, sharesOf(ledger, time), 'second');
    await time.pass(30_000);
    for (const { leftMs } of [first, second]) expect(between(leftMs, 20_000, 30_000)).toBeGreaterThan(0.9 * 10 * 12);
    void first.close();
    await time.pass(50_000);
    expect(between(second.leftMs, 40_000, 50_000)).toBeGreaterThan(0.97 * 10 * limit);
    expect(mostInOneSecond([...first.leftMs, ...second.leftMs])).toBeLessThanOrEqual(limit);
  });

  it('one that has nothing to ask for gives its share back', async () => {
    using ledger = openTemporaryDatabase();
    const time = madeUpTime();
    const [idle, busy] = [startDesk(time, sharesOf(ledger, time), 'idle'), startDesk(time, sharesOf(ledger, time), 'busy')];
    await time.pass(10_000);
    idle.stop();
    await time.pass(40_000);
    expect(between(busy.leftMs, 30_000, 40_000)).toBeGreaterThan(0.97 * 10 * limit);
    expect(idle.allowance.parts()).toBe(0);
  });

  it('the headroom of the most careful of them holds for all', async () => {
    using ledger = openTemporaryDatabase();
    const time = madeUpTime();
    const desks = [startDesk(time, sharesOf(ledger, time), 'bold'), startDesk(time, sharesOf(ledger, time), 'careful', { total: () => 10 })];
    await time.pass(30_000);
    expect(mostInOneSecond(desks.flatMap(({ leftMs }) => leftMs.filter((at) => at > 15_000)))).toBeLessThanOrEqual(10);
  });

  it('one that cannot reach whoever gives out the shares says so once and asks for the least there is', async () => {
    const time = madeUpTime();
    const told: unknown[] = [];
    const desk = startDesk(time, { renew: () => Promise.reject(new Error('unreachable')), leave: () => Promise.reject(new Error('unreachable')) }, 'alone', { onCutOff: (error) => told.push(error) });
    await time.pass(20_000);
    expect(mostInOneSecond(desk.leftMs)).toBe(1);
    expect(desk.leftMs.length).toBeGreaterThan(15);
    expect(told).toHaveLength(1);
  });

  it('one whose share ran out says for a moment longer that it used it', async () => {
    const time = madeUpTime();
    const inUse: number[] = [];
    const once: RequestShares = {
      renew: (claim) => (inUse.push(claim.inUse) === 1 ? Promise.resolve(limit) : Promise.reject(new Error('unreachable'))),
      leave: () => Promise.resolve(),
    };
    startDesk(time, once, 'alone');
    await time.pass(12_500);
    expect(inUse).toEqual([0, limit, limit, limit, limit, limit, 1]);
  });

  it('never ask for more than the limit together, however they come, go and crash, and whatever answers come late or not at all', async () => {
    const act = fc.record({ kind: fc.constantFrom('join', 'join', 'close', 'crash', 'stop' as const), afterMs: fc.integer({ min: 0, max: 9_000 }), which: fc.nat(5) });
    const answer = fc.record({ delayMs: fc.integer({ min: 0, max: 3_000 }), backMs: fc.integer({ min: 0, max: 3_000 }), isLost: fc.integer({ min: 0, max: 9 }).map((one) => one === 0) });
    await fc.assert(fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 14 }), fc.array(answer, { minLength: 5, maxLength: 30 }), async (acts, answers) => {
      using ledger = openTemporaryDatabase();
      const time = madeUpTime();
      const inner = sharesOf(ledger, time);
      let asked = 0;
      const wait = (ms: number): Promise<void> => new Promise((resolve) => void time.startTimer(ms, resolve));
      const unsteady = (isDead: () => boolean): RequestShares => ({
        async renew(claim) {
          const { delayMs, backMs, isLost } = answers[(asked += 1) % answers.length]!;
          await wait(delayMs);
          if (isDead()) return 0;
          const parts = await inner.renew(claim);
          if (isLost) throw new Error('the answer was lost');
          await wait(backMs);
          return parts;
        },
        leave: (reader) => (isDead() ? Promise.resolve() : inner.leave(reader)),
      });
      const desks: (ReturnType<typeof startDesk> & { crash(): void })[] = [];
      const join = (): void => {
        let isDead = false;
        const desk = startDesk(time, unsteady(() => isDead), `desk ${desks.length}`);
        const crash = (): void => {
          isDead = true;
          desk.stop();
        };
        desks.push({ ...desk, crash });
      };
      let nowMs = 0;
      for (const { kind, afterMs, which } of acts) {
        const desk = desks[which % Math.max(1, desks.length)];
        if (kind === 'join' || !desk) join();
        else if (kind === 'close') void desk.close();
        else desk[kind]();
        await time.pass((nowMs += afterMs));
      }
      await time.pass(nowMs + 30_000);
      expect(mostInOneSecond(desks.flatMap(({ countedMs }) => countedMs))).toBeLessThanOrEqual(limit);
    }), { numRuns: 40 });
  });
});
