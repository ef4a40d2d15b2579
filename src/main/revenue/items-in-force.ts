/**
 * What a customer's subscription items were worth from when to when, as it is kept for the list of what MRR is the sum of: renewals that change nothing are one row. Pure.
 */
import type { Instant } from '../../shared/calendar/time-zone.ts';
import type { PriceTerms } from './mrr-item-calculation.ts';
import type { MrrStretch } from './mrr-segments.ts';

export interface KeptItem {
  readonly subscriptionItemId: string;
  /** [startsAt, endsAt) */
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly subscriptionId: string;
  readonly priceId: string;
  readonly quantity: number;
  readonly currency: string;
  /** Minor units of `currency`. */
  readonly mrrMinor: number;
  /** Functional units per unit of `currency`, decimal text. */
  readonly rate: string;
  /** Minor units of the functional currency; never 0. */
  readonly functionalMinor: number;
  readonly source: MrrStretch['source'];
  /** Of the latest period; null where no invoice says it. */
  readonly invoiceId: string | null;
  /** The calculation, without the product's name: that may change while nothing else does. */
  readonly explanation: string;
}

/** @param stretches one item's after the other's, each in order of time. What rounds to nothing in functional currency is no MRR and is left out. */
export function keptItemsOf(stretches: readonly MrrStretch[], priceOf: (priceId: string) => PriceTerms | undefined): KeptItem[] {
  const kept: KeptItem[] = [];
  for (const stretch of stretches) {
    if (stretch.functionalMrr === 0) continue;
    const next = keptItemOf(stretch, priceOf);
    const last = kept.at(-1);
    if (last && goesOn(last, next)) kept[kept.length - 1] = { ...last, endsAt: next.endsAt, invoiceId: next.invoiceId };
    else kept.push(next);
  }
  return kept;
}

function keptItemOf(stretch: MrrStretch, priceOf: (priceId: string) => PriceTerms | undefined): KeptItem {
  const { subscriptionItemId, startsAt, endsAt, subscriptionId, priceId, quantity, currency, mrr, rate, functionalMrr, source, invoiceId, explanation } = stretch;
  const named = `${priceOf(priceId)?.productName ?? ''}: `;
  return {
    subscriptionItemId, startsAt, endsAt, subscriptionId, priceId, quantity, currency, mrrMinor: mrr, rate: rate ?? '', functionalMinor: functionalMrr, source, invoiceId,
    explanation: explanation.startsWith(named) ? explanation.slice(named.length) : explanation,
  };
}

/** The same worth in the same words, without a gap; what no invoice says stands apart from what one does. */
function goesOn(last: KeptItem, next: KeptItem): boolean {
  return last.subscriptionItemId === next.subscriptionItemId && last.endsAt === next.startsAt && last.subscriptionId === next.subscriptionId && last.priceId === next.priceId && last.quantity === next.quantity && last.mrrMinor === next.mrrMinor
    && last.functionalMinor === next.functionalMinor && last.source === next.source && (last.invoiceId === null) === (next.invoiceId === null) && last.explanation === next.explanation;
}
