/**
 * What balances in foreign currency are worth at a month's end, as entries that the next day takes back (docs/chart-of-accounts.md). Pure.
 */
import { addDays, endOf, type Month } from '../../shared/calendar/local-date.ts';
import { convertMinorUnits, minorUnits } from '../../shared/money/money.ts';
import { accountCodes } from './account-codes.ts';
import { reversalOf, type JournalEntryDraft, type PostingDraft } from './journal-entry.ts';
import { idFromKey } from '../platform/ids.ts';

/** A monetary account in a foreign currency at the end of a month. */
export interface ForeignBalance {
  readonly accountCode: string;
  readonly currency: string;
  /** Signed debits. */
  readonly balanceMinor: number;
  /** What the books say it is worth, revaluations of this month included. */
  readonly functionalMinor: number;
  /** What earlier revaluations of this month have added to that. */
  readonly revaluedMinor: number;
  /** How many there were. */
  readonly revaluations: number;
  /** Of the month's end; null where none is known. */
  readonly rate: string | null;
}

export interface RevaluedBalance extends ForeignBalance {
  readonly differenceMinor: number;
}

export const revaluationKind = 'unrealised-exchange-difference';
export const revaluationSource = 'revaluation';

/** The n-th revaluation of an account in a currency and month; a month that is closed again posts what changed. */
export function revaluationKey(month: Month, accountCode: string, currency: string, n: number): string {
  return `revaluation/${month}/${accountCode}/${currency}${n === 1 ? '' : `/${n}`}`;
}

/**
 * What is still to be posted so that each balance is worth what the setting says.
 * @param isOn off: what an earlier close has revalued in this month is taken back.
 */
export function revaluedBalances(balances: readonly ForeignBalance[], isOn: boolean, functionalCurrency: string): RevaluedBalance[] {
  return balances.flatMap((balance) => {
    const { balanceMinor, functionalMinor, revaluedMinor, currency, rate } = balance;
    const isRevalued = isOn && balanceMinor !== 0 && rate !== null;
    const differenceMinor = isRevalued ? convertMinorUnits(balanceMinor, currency, functionalCurrency, rate, 'half-away-from-zero') - functionalMinor : -revaluedMinor;
    return differenceMinor === 0 ? [] : [{ ...balance, differenceMinor }];
  });
}

/**
 * The difference on the month's last day, and its exact reversal on the day after. The amount of the account does not change, so the least amount goes in
 * and out of it at two figures; the conversion accounts stay at zero.
 */
export function revaluationEntries(month: Month, balance: RevaluedBalance, functionalCurrency: string): JournalEntryDraft[] {
  const { accountCode, currency, differenceMinor, rate, revaluations } = balance;
  const isGain = differenceMinor > 0;
  const figure = minorUnits(Math.abs(differenceMinor));
  const least = { amount: minorUnits(1), currency, rate, partyId: null };
  const own = { amount: figure, currency: functionalCurrency, functionalAmount: figure, rate: null, partyId: null };
  const [more, less] = [isGain ? figure : minorUnits(0), isGain ? minorUnits(0) : figure];
  const postings: PostingDraft[] = [
    { ...least, accountCode, direction: 'debit', functionalAmount: more },
    { ...least, accountCode, direction: 'credit', functionalAmount: less },
    { ...least, accountCode: accountCodes.currencyConversion, direction: 'debit', functionalAmount: less },
    { ...least, accountCode: accountCodes.currencyConversion, direction: 'credit', functionalAmount: more },
    { ...own, accountCode: accountCodes.currencyConversion, direction: isGain ? 'debit' : 'credit' },
    { ...own, accountCode: accountCodes.unrealisedExchangeDifferences, direction: isGain ? 'credit' : 'debit' },
  ];
  const key = revaluationKey(month, accountCode, currency, revaluations + 1);
  const entry: JournalEntryDraft = {
    key, entryDate: addDays(endOf(month), -1), kind: revaluationKind, sourceType: revaluationSource, sourceId: month, memo: `${accountCode} in ${currency.toUpperCase()} at the end of ${month}${rate === null ? '' : `, at ${rate}`}`, postings,
  };
  return [entry, reversalOf(entry, idFromKey(key), { key: `${key}/reversal`, entryDate: endOf(month), kind: `${revaluationKind}-reversal`, memo: `Taken back: ${entry.memo}` })];
}
