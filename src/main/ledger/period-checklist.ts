/**
 * What must hold before a month is closed, item by item with what stands in the way (domain.md §3). Pure.
 */
import { addMonths, endOf, type Month } from '../../shared/calendar/local-date.ts';

/** What was found out about a month. */
export interface PeriodFacts {
  readonly month: Month;
  readonly lastClosed: Month | null;
  readonly firstMonth: Month | null;
  /** Epoch milliseconds: now, and the exclusive end of the month in the reporting zone. */
  readonly now: number;
  readonly endsAt: number;
  /** null: nothing is deferred here that would have to be recognised. */
  readonly isRecognised: boolean | null;
  /** '' as a reason: not looked at yet, and so not to be accepted. */
  readonly unposted: readonly { readonly reason: string; readonly count: number }[];
  /** Entries that wait to be sealed; '' as a reason: the sealer was not asked yet. */
  readonly pending: readonly { readonly reason: string; readonly count: number }[];
  /** null: months are closed without revaluation. */
  readonly revaluation: { readonly functionalCurrency: string; /** Currencies with a balance and no rate of the month's end. */ readonly withoutRate: readonly string[] } | null;
  readonly imbalances: readonly { readonly currency: string; readonly difference: number }[];
  readonly stripe: { readonly isConnected: boolean; readonly at: number | null };
}

export type PeriodCheckCode = 'earlier-months-closed' | 'month-over' | 'stripe-read' | 'facts-posted' | 'entries-sealed' | 'recognition-done' | 'revaluation-ready' | 'trial-balance-zero';

export interface PeriodCheck {
  readonly code: PeriodCheckCode;
  readonly title: string;
  readonly isFine: boolean;
  /** What stands in the way and what to do; null when nothing does. */
  readonly detail: string | null;
  /** How many of what stands in the way. */
  readonly count: number;
  /** Why facts of the month wait; those with `isAccepted` do not stand in the way. */
  readonly reasons: readonly { readonly code: string; readonly count: number; readonly isAccepted: boolean }[];
}

const check = (code: PeriodCheckCode, title: string, problem: string | null, more: Partial<PeriodCheck> = {}): PeriodCheck => ({ code, title, isFine: problem === null, detail: problem, count: problem === null ? 0 : 1, reasons: [], ...more });

/**
 * @param accepted reasons a person has looked at and takes on: facts that wait for them do not keep the month open.
 */
export function checklistOf(facts: PeriodFacts, accepted: readonly string[] = []): PeriodCheck[] {
  const { month, lastClosed, firstMonth } = facts;
  const next = lastClosed === null ? firstMonth : addMonths(lastClosed, 1);
  return [
    check('earlier-months-closed', 'Earlier months are closed', next !== null && month > next ? `${next} is still open. Close it first.` : null),
    check('month-over', 'The month is over', facts.now < facts.endsAt ? `${month} ends with the day before ${endOf(month)}.` : null),
    stripeCheck(facts),
    unpostedCheck(facts, accepted),
    pendingCheck(facts, accepted),
    ...(facts.isRecognised === null ? [] : [check('recognition-done', 'Revenue of the month is recognised', facts.isRecognised ? null : `The recognition of ${month} has not run. Run it, then close.`)]),
    ...(facts.revaluation === null ? [] : [revaluationCheck(month, facts.revaluation)]),
    check('trial-balance-zero', 'Debits equal credits', facts.imbalances.length > 0 ? `The books are out of balance in ${facts.imbalances.map((item) => item.currency.toUpperCase()).join(', ')}. Verify the ledger.` : null, { count: facts.imbalances.length }),
  ];
}

function stripeCheck({ stripe, endsAt, month }: PeriodFacts): PeriodCheck {
  const isRead = !stripe.isConnected || (stripe.at !== null && stripe.at >= endsAt);
  return check('stripe-read', 'Stripe was read after the month’s end', isRead ? null : `What happened at Stripe at the end of ${month} may be missing. Sync Stripe, then close.`);
}

function revaluationCheck(month: Month, { functionalCurrency, withoutRate }: NonNullable<PeriodFacts['revaluation']>): PeriodCheck {
  const named = withoutRate.map((currency) => currency.toUpperCase()).join(', ');
  const problem = withoutRate.length === 0 ? null : `Closing revalues foreign balances, and no rate of the last seven days of ${month} is known from ${named} to ${functionalCurrency.toUpperCase()}, or none of its last day or later, which makes it sure. Pull the exchange rates, or switch revaluation off, then close.`;
  return check('revaluation-ready', 'Closing revalues foreign balances at the month-end rate', problem, { count: withoutRate.length });
}

type Groups = readonly { readonly reason: string; readonly count: number }[];

/** What still waits of some groups once reasons were accepted; what was not looked at yet cannot be. */
function waitingOf(groups: Groups, accepted: readonly string[]): { readonly reasons: PeriodCheck['reasons']; readonly unseen: number; readonly count: number; readonly named: string } {
  const reasons = groups.filter((group) => group.reason !== '').map(({ reason, count }) => ({ code: reason, count, isAccepted: accepted.includes(reason) }));
  const unseen = groups.find((group) => group.reason === '')?.count ?? 0;
  const waiting = reasons.filter((reason) => !reason.isAccepted);
  const named = [...(unseen > 0 ? [`${unseen} not looked at yet`] : []), ...waiting.map((reason) => `${reason.count} ${reason.code}`)].join(', ');
  return { reasons, unseen, count: unseen + waiting.reduce((sum, reason) => sum + reason.count, 0), named };
}

function unpostedCheck({ unposted }: PeriodFacts, accepted: readonly string[]): PeriodCheck {
  const { reasons, unseen, count, named } = waitingOf(unposted, accepted);
  const problem = count === 0 ? null : unseen > 0 ? `Facts of the month have no entry: ${named}. Sync Stripe, then close.` : `Facts of the month have no entry: ${named}. Settle them, or accept the reasons: they will be posted to a later month.`;
  return check('facts-posted', 'Every fact of the month is in the books', problem, { count, reasons });
}

function pendingCheck({ pending }: PeriodFacts, accepted: readonly string[]): PeriodCheck {
  const { reasons, unseen, count, named } = waitingOf(pending, accepted);
  const problem = count === 0 ? null : unseen > 0 ? `Entries wait to be sealed: ${named}. Sync the shared database, then close.` : `The shared ledger left entries unsealed: ${named}. Settle them, or accept the reasons: they will stand in a later month once sealed.`;
  return check('entries-sealed', 'No entries are pending', problem, { count, reasons });
}

export const isClosable = (checklist: readonly PeriodCheck[]): boolean => checklist.every((item) => item.isFine);
