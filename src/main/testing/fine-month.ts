/** A month in which nothing stands in the way of its sign-off. */
import type { Month } from '../../shared/calendar/local-date.ts';
import type { CloseFacts } from '../reconciliation/close-checklist.ts';
import { workbenchNow } from './workbench-world.ts';

const nothing = { count: 0, amounts: [] };
const endsAt = Date.UTC(2026, 10, 1, 4);

export const factsOfFineMonth = (month: Month): CloseFacts => ({
  month, now: workbenchNow, endsAt, functionalCurrency: 'usd', transactionsAsOf: endsAt, payoutsAsOf: endsAt, balanceAsOf: endsAt, untiedPayouts: nothing, balances: [{ currency: 'usd', stripeMinor: 5, ledgerMinor: 5 }], suspense: [], bank: { hasStatements: false, unmatched: nothing },
  openAboveLimit: { ...nothing, limitMinor: 100, least: [] }, waitingForSecondPerson: 0, unbilled: { ...nothing, asOf: endsAt, from: month }, drafts: nothing,
});
