/**
 * The entry that makes a month's share of a line revenue: Dr deferred revenue, Cr revenue (domain.md §3). Pure.
 */
import { addDays, endOf, type Month } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import type { Deferral, DeferredLine, LineAmount } from './recognition-calculation.ts';

export const recognitionSource = 'recognition';

/** The month and the number an entry has in it, from its key; 1 for the first. */
export function recognitionKey(lineId: string, month: Month, number: number): string {
  return number === 1 ? `recognition/${lineId}/${month}` : `recognition/${lineId}/${month}/${number}`;
}

/**
 * @param amount what is to be recognised now; negative where too much had been. Its functional amount never has the other sign: what rounding leaves
 * over is taken in by a later month.
 * @param number 1, or higher where the month was recognised before and a fact of it came later.
 * @returns undefined when there is nothing to recognise.
 */
export function recognitionEntry(deferral: Deferral, line: DeferredLine, month: Month, amount: LineAmount, number: number): JournalEntryDraft | undefined {
  if (amount.minor === 0) return undefined;
  const isEarning = amount.minor > 0;
  const value = {
    amount: minorUnits(Math.abs(amount.minor)), currency: deferral.currency, functionalAmount: minorUnits(Math.max(0, isEarning ? amount.functionalMinor : -amount.functionalMinor)), rate: deferral.rate, partyId: deferral.customerId,
  };
  return {
    key: recognitionKey(line.id, month, number), entryDate: addDays(endOf(month), -1), kind: 'recognition', sourceType: recognitionSource, sourceId: line.id, memo: `Service of ${month} on invoice ${deferral.invoiceId}${number === 1 ? '' : ', corrected'}`,
    postings: [
      { ...value, accountCode: accountCodes.deferredRevenue, direction: isEarning ? 'debit' : 'credit' },
      { ...value, accountCode: line.revenueAccount, direction: isEarning ? 'credit' : 'debit' },
    ],
  };
}
