/**
 * What must hold before a person signs that a month is reconciled (domain.md §6), item by item with what stands in the way. Pure. Whether the books themselves can be closed is
 * `ledger/period-checklist.ts`: this list stands beside it and repeats none of it.
 */
import { addDays, endOf, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';

export interface CloseMoney {
  readonly amount: number;
  readonly currency: string;
}

export interface CloseCount {
  readonly count: number;
  readonly amounts: readonly CloseMoney[];
}

/** What was found out about a month; days are up to its end. */
export interface CloseFacts {
  readonly month: Month;
  /** Epoch milliseconds: now, and the exclusive end of the month. */
  readonly now: number;
  readonly endsAt: number;
  readonly functionalCurrency: string;
  /** As of when the newest run over transactions and that over payouts that looked at the whole month listed Stripe; null: none did. */
  readonly transactionsAsOf: number | null;
  readonly payoutsAsOf: number | null;
  /** As of when Stripe last said what it holds; null: never. */
  readonly balanceAsOf: number | null;
  /** Payouts that are not what their transactions sum to, and are not settled. */
  readonly untiedPayouts: CloseCount;
  /** What Stripe held at the month's end beside the clearing account then, by the newest run over payouts. */
  readonly balances: readonly { readonly currency: string; readonly stripeMinor: number; readonly ledgerMinor: number }[];
  readonly suspense: readonly CloseMoney[];
  readonly bank: { readonly hasStatements: boolean; readonly unmatched: CloseCount };
  /** `least`: from which amount on one is above the limit, in each currency that has such. */
  readonly openAboveLimit: CloseCount & { readonly limitMinor: number; readonly least: readonly { readonly currency: string; readonly amountMinor: number }[] };
  readonly waitingForSecondPerson: number;
  /** As jobs worked it out: as of when, and the first month that was looked at; null: never. */
  readonly unbilled: CloseCount & { readonly asOf: number | null; readonly from: Month | null };
  readonly drafts: CloseCount;
}

export type CloseCheckCode = 'month-over' | 'stripe-compared' | 'payouts-tied' | 'ending-balance-proved' | 'suspense-explained' | 'bank-lines-matched' | 'discrepancies-settled' | 'nothing-waits-for-approval' | 'usage-billed' | 'drafts-finalised';

export interface CloseCheck {
  readonly code: CloseCheckCode;
  readonly title: string;
  readonly isFine: boolean;
  /** What stands in the way and what to do, or what is worth knowing although nothing does; null: nothing. */
  readonly detail: string | null;
  readonly count: number;
  readonly amounts: readonly CloseMoney[];
  /** Epoch milliseconds: as of when a run or a job found it out; null: it is read as it stands, or never was found out. */
  readonly asOf: number | null;
  /** Where it is worked on. */
  readonly link: string | null;
  /** Whether a person may sign all the same, with a reason. */
  readonly isAcceptable: boolean;
}

interface Found {
  readonly problem?: string | null;
  readonly note?: string;
  readonly count?: number;
  readonly amounts?: readonly CloseMoney[];
  readonly asOf?: number | null;
  readonly link?: string;
  readonly isAcceptable?: boolean;
}

function check(code: CloseCheckCode, title: string, { problem = null, note, count, amounts = [], asOf = null, link, isAcceptable = true }: Found): CloseCheck {
  return { code, title, isFine: problem === null, detail: problem ?? note ?? null, count: count ?? (problem === null ? 0 : 1), amounts, asOf, link: link ?? null, isAcceptable };
}

const plural = (count: number, one: string, many: string): string => `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

export function closeChecksOf(facts: CloseFacts): CloseCheck[] {
  const { month, untiedPayouts, openAboveLimit, suspense, bank, drafts } = facts;
  const untied = facts.balances.filter((balance) => balance.stripeMinor !== balance.ledgerMinor);
  const end = endOf(month);
  return [
    check('month-over', 'The month is over', { problem: facts.now < facts.endsAt ? `${month} ends with the day before ${end}.` : null, isAcceptable: false }),
    check('stripe-compared', 'Stripe was listed afresh after the month’s end', { problem: isAfter(facts.transactionsAsOf, facts.endsAt) ? null : 'No run over transactions has looked at the whole month and listed Stripe since. Run the reconciliation.', asOf: facts.transactionsAsOf, link: '/reconciliation' }),
    check('payouts-tied', 'Payouts tie to their transactions', {
      problem: !isAfter(facts.payoutsAsOf, facts.endsAt) ? `No run over payouts has looked at the whole month. Run it from its first day: daybook reconcile payouts --from ${month}-01.` : untiedPayouts.count > 0 ? `${plural(untiedPayouts.count, 'payout is', 'payouts are')} not what their transactions sum to.` : null,
      count: untiedPayouts.count, amounts: untiedPayouts.amounts, asOf: facts.payoutsAsOf, link: '/reconciliation?status=unsettled&level=payouts',
    }),
    check('ending-balance-proved', 'The ending balance is proved', {
      problem: !isAfter(facts.balanceAsOf, facts.endsAt) ? 'Stripe has not said after the month’s end what it holds. Run the reconciliation.' : untied.length > 0 ? `Of the month’s end the clearing account and Stripe say different things in ${untied.map((each) => each.currency.toUpperCase()).join(', ')}.` : null,
      count: untied.length, amounts: untied.map((each) => ({ amount: each.stripeMinor - each.ledgerMinor, currency: each.currency })), asOf: facts.balanceAsOf, link: '/reconciliation',
    }),
    check('suspense-explained', 'Suspense is empty or explained', {
      problem: suspense.length > 0 ? `The suspense account stands at something in ${plural(suspense.length, 'currency', 'currencies')}. Clear it, or write what it is.` : null, count: suspense.length, amounts: suspense, link: `/ledger/statement?account=9900-suspense&to=${lastDayOf(month)}`,
    }),
    check('bank-lines-matched', 'Bank lines are matched', {
      problem: bank.unmatched.count > 0 ? `${plural(bank.unmatched.count, 'bank line has', 'bank lines have')} no counterpart.` : null, ...(bank.hasStatements ? {} : { note: 'No bank statements are read on this desk: nothing is said of the bank.' }), count: bank.unmatched.count, amounts: bank.unmatched.amounts,
      ...(bank.hasStatements ? { link: '/reconciliation/bank' } : {}),
    }),
    check('discrepancies-settled', 'No discrepancy above the limit is open', {
      problem: openAboveLimit.count > 0 ? `${plural(openAboveLimit.count, 'discrepancy', 'discrepancies')} above the limit ${openAboveLimit.count === 1 ? 'is' : 'are'} not settled.` : null, count: openAboveLimit.count, amounts: openAboveLimit.amounts, link: linkToAbove(month, openAboveLimit.least),
    }),
    check('nothing-waits-for-approval', 'No adjustment waits for a second person', { problem: facts.waitingForSecondPerson > 0 ? `${plural(facts.waitingForSecondPerson, 'adjustment waits', 'adjustments wait')} for a second person.` : null, count: facts.waitingForSecondPerson, link: '/reconciliation?status=unsettled&waits=yes' }),
    usageBilled(facts),
    check('drafts-finalised', 'No drafts are left', { problem: drafts.count > 0 ? `${plural(drafts.count, 'draft', 'drafts')} of the month or before ${drafts.count === 1 ? 'is' : 'are'} not finalised.` : null, count: drafts.count, amounts: drafts.amounts, link: '/invoices?status=draft' }),
  ];
}

/** Those that are above the limit and no others: what is marked as timing is not among them. */
const linkToAbove = (month: Month, least: CloseFacts['openAboveLimit']['least']): string =>
  `/reconciliation?status=unsettled&timing=no&to=${lastDayOf(month)}${least.length === 0 ? '' : `&reaching=${least.map(({ currency, amountMinor }) => `${currency}.${amountMinor}`).join('~')}`}`;

/** Of a month that is not over nothing can be billed yet. */
function usageBilled({ month, now, endsAt, unbilled: { count, amounts, asOf, from } }: CloseFacts): CloseCheck {
  const [code, title, link] = ['usage-billed', 'Partners’ usage is billed', `/invoices/run-sheet?month=${month}`] as const;
  if (now < endsAt) return check(code, title, { link });
  if (!isAfter(asOf, endsAt)) return check(code, title, { problem: 'What has no invoice was not worked out after the month’s end. Run the reconciliation.', count: 0, asOf, link: '/reconciliation' });
  if (from === null || month < from) return check(code, title, { problem: 'What has no invoice is looked for in the last twelve months only. Look at the run sheet of the month.', count: 0, asOf, link });
  return check(code, title, { problem: count > 0 ? `${plural(count, 'month or key has', 'months or keys have')} no invoice.` : null, count, amounts, asOf, link });
}

const isAfter = (at: number | null, end: number): boolean => at !== null && at >= end;

/** The last day of the month, inclusive. */
export const lastDayOf = (month: Month): LocalDate => addDays(endOf(month), -1);

/** What keeps a person from signing: what is not fine and not accepted. */
export const standingOf = (checks: readonly CloseCheck[], acceptedCodes: readonly string[]): CloseCheck[] => checks.filter((each) => !each.isFine && !(each.isAcceptable && acceptedCodes.includes(each.code)));
