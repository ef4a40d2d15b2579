import { describe, expect, it } from 'vitest';
import { createGatewayClock } from './gateway-clock.ts';

const headerOf = (ms: number): string => new Date(ms).toUTCString();
const nowMs = Date.UTC(2026, 10, 18, 14, 0, 0);

describe('the gateway’s clock', () => {
  it('is taken for the machine’s until an answer says otherwise', () => {
    const clock = createGatewayClock();
    expect(clock.aheadMs()).toBe(0);
    clock.note(undefined, nowMs);
    clock.note('soon', nowMs);
    expect(clock.aheadMs()).toBe(0);
  });

  it('is known from the answers, never as later than it is', () => {
    const clock = createGatewayClock();
    // Stripe is 90 s ahead; answers take between 40 and 900 ms, and the header leaves out the rest of its second.
    for (const [askedMs, wayMs] of [[0, 900], [1_250, 40], [2_990, 300], [7_001, 60]] as const) {
      clock.note(headerOf(nowMs + askedMs + 90_000), nowMs + askedMs + wayMs);
      expect(clock.aheadMs()).toBeLessThanOrEqual(90_000);
    }
    expect(clock.aheadMs()).toBeGreaterThan(89_500);
  });

  it.each([['back by a year', -365 * 86_400_000], ['forward by a month', 31 * 86_400_000], ['back by ten seconds', -10_000]])('follows when the machine’s clock is set %s', (_, setByMs) => {
    const clock = createGatewayClock();
    clock.note(headerOf(nowMs), nowMs);
    clock.note(headerOf(nowMs + 5_000), nowMs + 5_000 + setByMs);
    expect(clock.aheadMs()).toBe(-setByMs);
  });
});
