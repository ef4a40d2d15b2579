/** From the mirror's rows of one customer to what the calculation understands: every item with its lines, its present state and what its invoices owed. */
import { addDays } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { PriceTerms } from './mrr-item-calculation.ts';
import type { ItemHistory, BilledLine, PastDue, SubscriptionState } from './mrr-segments.ts';
import { billedLineOf, parseRaw, presentItemOf, subscriptionStateOf, unknownSubscription, waitingProrationOf, type CouponLookup } from './mrr-sources.ts';
import type { CustomerLineRow, CustomerSources } from './revenue-sources.repository.ts';

export interface CustomerHistories {
  readonly histories: readonly ItemHistory[];
  readonly subscriptions: readonly SubscriptionState[];
  /** Why Stripe says subscriptions ended, where it says so. */
  readonly endReasons: ReadonlyMap<string, string>;
}

/** @param isOfAnotherCustomer whether a subscription that lines name is held as somebody else's: then its items are theirs. */
export function historiesOf(customerId: string, sources: CustomerSources, { coupons, priceOf, zone, isOfAnotherCustomer }: { coupons: CouponLookup; priceOf: (priceId: string) => PriceTerms | undefined; zone: TimeZone; isOfAnotherCustomer: (subscriptionId: string) => boolean }): CustomerHistories {
  const subscriptions = new Map(sources.subscriptions.map((row) => { const raw = parseRaw(row.raw); return [row.id, { state: subscriptionStateOf(row, raw), raw }] as const; }));
  const items = new Map(sources.items.map((row) => [row.id, row]));
  const lines = Map.groupBy(sources.lines, (line) => line.itemId);
  const waiting = Map.groupBy(sources.waiting.flatMap((raw) => waitingProrationOf(parseRaw(raw)) ?? []), ({ itemId }) => itemId);
  const histories = [...new Set([...lines.keys(), ...items.keys()])].sort().flatMap((itemId): ItemHistory[] => {
    const item = items.get(itemId);
    const ofItem = lines.get(itemId) ?? [];
    const subscriptionId = item?.subscriptionId ?? ofItem.find((line) => line.subscriptionId !== null)?.subscriptionId;
    if (!subscriptionId) return [];
    const billed = [...ofItem.map((line) => ({ ...billedLineOf(line), pastDue: pastDueOf(line, zone) })), ...(waiting.get(itemId) ?? []).map(({ line }): BilledLine => line)];
    const known = subscriptions.get(subscriptionId);
    if (known) return [{ itemId, subscription: known.state, present: presentItemOf(itemId, item, known.raw, coupons, priceOf), lines: billed }];
    return isOfAnotherCustomer(subscriptionId) ? [] : [{ itemId, subscription: unknownSubscription(subscriptionId, customerId), present: null, lines: billed }];
  });
  const reasons = [...subscriptions].flatMap(([id, { raw }]) => { const reason = endReasonIn(raw); return reason === null ? [] : [[id, reason] as const]; });
  return { histories, subscriptions: [...subscriptions.values()].map(({ state }) => state), endReasons: new Map(reasons) };
}

/** From the day after an invoice was to be paid, which may be still to come, until it was; null where it was paid in time. A day's end decides, as it does for MRR. */
function pastDueOf({ status, dueAt, paidAt }: CustomerLineRow, zone: TimeZone): PastDue | null {
  const fromAt = zone.startOf(addDays(zone.dateOf(dueAt), 1));
  if (status === 'paid' && paidAt === null) return null;
  const untilAt = status === 'paid' ? paidAt : null;
  return untilAt !== null && untilAt <= fromAt ? null : { fromAt, untilAt };
}

function endReasonIn(raw: Readonly<Record<string, unknown>>): string | null {
  const details = raw['cancellation_details'];
  const reason = typeof details === 'object' && details !== null && 'reason' in details ? details.reason : null;
  return typeof reason === 'string' ? reason : null;
}
