/**
 * Why a customer's MRR moved on a day, in a few words, with the subscription and invoice that say so: the item that changed most speaks.
 */
import { daysBetween, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { MrrMovementKind } from './mrr-movement-kind.ts';
import type { MrrStretch } from './mrr-segments.ts';

export interface CauseNames {
  /** 'Pro, annual' */
  readonly planOf: (priceId: string) => string;
  /** Why Stripe says a subscription ended ('payment_failed', 'cancellation_requested'), where it says so. */
  readonly endReasonOf: (subscriptionId: string) => string | null;
}

export interface DayChange {
  readonly before: ReadonlyMap<string, MrrStretch>;
  readonly after: ReadonlyMap<string, MrrStretch>;
  readonly day: LocalDate;
  readonly lastDayWithMrr: LocalDate | null;
}

export interface Cause {
  readonly cause: string;
  readonly subscriptionId: string | null;
  readonly invoiceId: string | null;
}

interface ItemChange {
  readonly old: MrrStretch | undefined;
  readonly next: MrrStretch | undefined;
  readonly size: number;
}

export function describeCause(kind: MrrMovementKind, change: DayChange, names: CauseNames): Cause {
  const changes = itemChanges(change);
  const first = kind === 'exchange-rate' ? changes.find((item) => item.old && item.next && item.old.rate !== item.next.rate) : changes[0];
  if (!first) return { cause: 'Changed', subscriptionId: null, invoiceId: null };
  const speaks = first.next ?? first.old;
  const others = kind !== 'exchange-rate' && changes.length > 1 ? ` and ${changes.length - 1} more` : '';
  return { cause: wordsFor(kind, first, change, names) + others, subscriptionId: speaks?.subscriptionId ?? null, invoiceId: speaks?.invoiceId ?? null };
}

/** What is different, the largest first; ids break ties so that every desk tells the same story. */
function itemChanges(change: DayChange): ItemChange[] {
  const changes: ItemChange[] = [];
  for (const item of new Set([...change.before.keys(), ...change.after.keys()])) {
    const old = change.before.get(item);
    const next = change.after.get(item);
    const size = Math.abs((next?.functionalMrr ?? 0) - (old?.functionalMrr ?? 0));
    if (size > 0 || old?.mrr !== next?.mrr || old?.rate !== next?.rate) changes.push({ old, next, size });
  }
  return changes.sort((a, b) => b.size - a.size || (idOf(a) < idOf(b) ? -1 : 1));
}

function idOf(change: ItemChange): string {
  return (change.next ?? change.old)?.subscriptionItemId ?? '';
}

function wordsFor(kind: MrrMovementKind, item: ItemChange, change: DayChange, names: CauseNames): string {
  const { old, next } = item;
  if (kind === 'exchange-rate') return old && next ? `${next.currency.toUpperCase()} ${old.rate ?? '?'} → ${next.rate ?? '?'}` : 'Exchange rate';
  if (!next) return endedWords(kind, old, names);
  if (!old) {
    const plan = planWords(next, names);
    if (kind === 'reactivation' && change.lastDayWithMrr) return `${plan}, after ${daysBetween(change.lastDayWithMrr, change.day)} days`;
    return kind === 'new' ? plan : `Added ${plan}`;
  }
  if (old.priceId !== next.priceId) return `${names.planOf(old.priceId)} → ${names.planOf(next.priceId)}`;
  if (old.quantity !== next.quantity) return `Seats ${old.quantity} → ${next.quantity}`;
  return kind === 'expansion' ? 'Discount ended' : 'Discount given';
}

function planWords(stretch: MrrStretch, names: CauseNames): string {
  const plan = names.planOf(stretch.priceId);
  return stretch.quantity === 1 ? plan : `${plan} × ${stretch.quantity}`;
}

function endedWords(kind: MrrMovementKind, old: MrrStretch | undefined, names: CauseNames): string {
  if (!old) return 'Ended';
  const plan = planWords(old, names);
  const reason = names.endReasonOf(old.subscriptionId) === 'payment_failed' ? ', payment failed' : '';
  return kind === 'churn' ? `Ended ${plan}${reason}` : `Dropped ${plan}${reason}`;
}
