/**
 * The sums of the books per account, currency and day: added up as entries are written, so that a balance never walks the postings. Pure.
 */
import type { Direction } from './journal-entry.ts';

/** '' as account or currency: any of them; such a sum counts entries and carries no amounts. */
export interface AccountDaySum {
  readonly accountCode: string;
  readonly currency: string;
  readonly dayOn: string;
  readonly debitMinor: number;
  readonly creditMinor: number;
  /** Debits − credits in functional currency. */
  readonly functionalMinor: number;
  readonly entries: number;
}

export interface SummedPosting {
  readonly accountCode: string;
  readonly currency: string;
  readonly direction: Direction;
  readonly amount: number;
  readonly functionalAmount: number;
}

export interface AccountTally {
  add(dayOn: string, postings: readonly SummedPosting[]): void;
  sums(): AccountDaySum[];
}

export const keyOfSum = ({ accountCode, currency, dayOn }: Pick<AccountDaySum, 'accountCode' | 'currency' | 'dayOn'>): string => `${dayOn}/${accountCode}/${currency}`;

interface MutableSum {
  readonly accountCode: string;
  readonly currency: string;
  readonly dayOn: string;
  debitMinor: number;
  creditMinor: number;
  functionalMinor: number;
  entries: number;
  /** The number of the entry that was counted last: one that touches a sum twice counts once. */
  countedEntry: number;
}

export function createAccountTally(): AccountTally {
  /** By day, account and currency: maps in maps, as a key put together of three would be made anew for every posting. */
  const sums = new Map<string, Map<string, Map<string, MutableSum>>>();
  let entry = 0;

  function inner<Value>(map: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
    let found = map.get(key);
    if (!found) map.set(key, (found = new Map()));
    return found;
  }

  /** The sum, with the entry at hand counted. */
  function touched(ofDay: Map<string, Map<string, MutableSum>>, accountCode: string, currency: string, dayOn: string): MutableSum {
    const ofAccount = inner(ofDay, accountCode);
    let sum = ofAccount.get(currency);
    if (!sum) ofAccount.set(currency, (sum = { accountCode, currency, dayOn, debitMinor: 0, creditMinor: 0, functionalMinor: 0, entries: 0, countedEntry: 0 }));
    if (sum.countedEntry !== entry) {
      sum.countedEntry = entry;
      sum.entries += 1;
    }
    return sum;
  }

  return {
    add(dayOn, postings) {
      entry += 1;
      const ofDay = inner(sums, dayOn);
      touched(ofDay, '', '', dayOn);
      for (const { accountCode, currency, direction, amount, functionalAmount } of postings) {
        const sum = touched(ofDay, accountCode, currency, dayOn);
        touched(ofDay, accountCode, '', dayOn);
        touched(ofDay, '', currency, dayOn);
        if (direction === 'debit') {
          sum.debitMinor += amount;
          sum.functionalMinor += functionalAmount;
        } else {
          sum.creditMinor += amount;
          sum.functionalMinor -= functionalAmount;
        }
      }
    },
    sums: () => [...sums.values()].flatMap((ofDay) => [...ofDay.values()].flatMap((ofAccount) => [...ofAccount.values()])),
  };
}

export interface TallyOfSums {
  add(sums: readonly AccountDaySum[]): void;
  all(): AccountDaySum[];
}

/** Adds up sums that were made of different entries. */
export function createTallyOfSums(): TallyOfSums {
  const total = new Map<string, AccountDaySum>();
  return {
    add(sums) {
      for (const { accountCode, currency, dayOn, debitMinor, creditMinor, functionalMinor, entries } of sums) {
        const key = keyOfSum({ accountCode, currency, dayOn });
        const before = total.get(key);
        total.set(key, {
          accountCode, currency, dayOn, debitMinor: debitMinor + (before?.debitMinor ?? 0), creditMinor: creditMinor + (before?.creditMinor ?? 0), functionalMinor: functionalMinor + (before?.functionalMinor ?? 0),
          entries: entries + (before?.entries ?? 0),
        });
      }
    },
    all: () => [...total.values()],
  };
}
