/**
 * Stripe's clock as seen through the `Date` of its answers, so that a machine whose own clock is wrong, or is set right in the middle, still knows when a
 * state was observed at Stripe.
 */

export interface GatewayClock {
  /**
   * An answer came.
   * @param date its `Date` header; what cannot be read is left out.
   * @param nowMs this machine's clock at that moment, epoch milliseconds.
   */
  note(date: string | undefined, nowMs: number): void;
  /** By how much Stripe's clock is ahead of this machine's, in milliseconds: never more than it is, and less by the way of an answer at most. */
  aheadMs(): number;
}

/** The header has whole seconds and an answer takes its way: samples that are closer together than this come from the same two clocks. */
const jumpMs = 5_000;

export function createGatewayClock(): GatewayClock {
  let aheadMs: number | undefined;
  return {
    note(date, nowMs) {
      const atGateway = Date.parse(date ?? '');
      if (Number.isNaN(atGateway)) return;
      const sample = atGateway - nowMs;
      // Each sample is too small by its second's rest and its way here: the largest is the closest, until one of the clocks was set.
      aheadMs = aheadMs === undefined || sample < aheadMs - jumpMs ? sample : Math.max(aheadMs, sample);
    },
    aheadMs: () => aheadMs ?? 0,
  };
}
