/**
 * Unrealised exchange differences at close (domain.md §3: a setting, off). What is owed, held and due in foreign currency is worth on a balance sheet what the
 * month-end rate says; the books say so on the last day of the month and take it back on the first of the next.
 */
import { addDays, endOf, type Month } from '../../shared/calendar/local-date.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { readChartOfAccounts, subAccountsOf } from './chart-of-accounts.ts';
import type { Journal } from './journal.ts';
import { revaluationEntries, revaluationKind, revaluationSource, revaluedBalances, type ForeignBalance } from './revaluation-calculation.ts';
import { foreignBalancesBefore, isRevaluationOn, rateBetween, revaluedInMonth } from './revaluation.repository.ts';

export interface RevaluationDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly journal: Journal;
  readonly functionalCurrency: () => string;
}

/** A balance and what was posted for it, as the log of months keeps it. */
export interface RevaluationEvidence {
  readonly account: string;
  readonly currency: string;
  readonly balanceMinor: number;
  readonly rate: string | null;
  readonly differenceMinor: number;
}

export interface Revaluation {
  /** Whether months are closed with revaluation: a setting of the ledger, the same on every desk. */
  isOn(): boolean;
  /** Currencies with a monetary balance at a month's end and without a rate of its last days, or while that of the last day may still be to come. */
  currenciesWithoutRate(month: Month): string[];
  /**
   * Posts what makes the month say what the setting asks for; nothing where it does already, so it may be run again. Off takes back what an earlier close
   * of the same month has revalued.
   */
  revalue(month: Month): { readonly posted: number };
  /** The setting in force, and what stands in the month because of it. */
  evidenceOf(month: Month): { readonly setting: 'on' | 'off'; readonly balances: readonly RevaluationEvidence[] };
}

/** A month may end on a holiday; a rate older than this is not the month-end rate. */
const rateMayBeOldDays = 6;

export function createRevaluation({ readable, unitOfWork, journal, functionalCurrency }: RevaluationDependencies): Revaluation {
  const chart = readChartOfAccounts();
  const monetary: ReadonlySet<string> = new Set([...chart, ...subAccountsOf(chart)].flatMap(({ code, isMonetary }) => (isMonetary ? [code] : [])));

  function balancesOf(month: Month): ForeignBalance[] {
    const own = functionalCurrency();
    const lastDay = addDays(endOf(month), -1);
    const earlier = new Map(revaluedInMonth(readable, month, revaluationSource, revaluationKind).map((row) => [`${row.accountCode} ${row.currency}`, row]));
    return foreignBalancesBefore(readable, own, endOf(month)).filter(({ accountCode }) => monetary.has(accountCode)).map((row) => {
      const { revaluedMinor = 0, revaluations = 0 } = earlier.get(`${row.accountCode} ${row.currency}`) ?? {};
      return { ...row, revaluedMinor, revaluations, rate: rateBetween(readable, row.currency, own, addDays(lastDay, -rateMayBeOldDays), lastDay) };
    });
  }

  return {
    isOn: () => isRevaluationOn(readable),
    currenciesWithoutRate: (month) => [...new Set(balancesOf(month).filter(({ balanceMinor, rate }) => balanceMinor !== 0 && rate === null).map(({ currency }) => currency))].sort(),
    revalue(month) {
      const own = functionalCurrency();
      const drafts = revaluedBalances(balancesOf(month), isRevaluationOn(readable), own).flatMap((balance) => revaluationEntries(month, balance, own));
      return { posted: drafts.length === 0 ? 0 : unitOfWork.run('revalue a month', (database) => journal.post(database, drafts).posted.length) };
    },
    evidenceOf(month) {
      const balances = balancesOf(month).filter(({ revaluedMinor }) => revaluedMinor !== 0);
      return { setting: isRevaluationOn(readable) ? 'on' : 'off', balances: balances.map(({ accountCode, currency, balanceMinor, rate, revaluedMinor }) => ({ account: accountCode, currency, balanceMinor, rate, differenceMinor: revaluedMinor })) };
    },
  };
}
