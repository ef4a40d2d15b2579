/**
 * Money received by day in the cash view (domain.md §7) and what partners are billed, per currency or converted at each day's rate. A currency without a rate counts
 * nothing when converted, and is named.
 */
import { endOf, firstDayOf, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import { converterBy } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { createRateLookup } from '../revenue/mrr-sources.ts';
import { cashColumns } from './cash-figures.ts';

export interface MoneyMonth {
  readonly month: Month;
  grossMinor: number;
  feesMinor: number;
  refundsMinor: number;
  payments: number;
  partnerMinor: number;
}

export interface MoneyMonths {
  readonly byMonth: ReadonlyMap<Month, MoneyMonth>;
  /** Currencies that could not be converted, with the months. */
  readonly withoutRate: ReadonlyMap<string, ReadonlySet<Month>>;
}

interface CashDay {
  readonly day: LocalDate;
  readonly currency: string;
  readonly grossMinor: number;
  readonly feesMinor: number;
  readonly refundsMinor: number;
  readonly payments: number;
  readonly transactions: number;
}

const cashDays = sql(
  'revenue-money.days',
  `SELECT day_on AS day, currency, ${cashColumns}, sum(transactions) AS transactions
     FROM balance_daily_totals WHERE day_on >= :from AND day_on < :until GROUP BY day_on, currency`,
);
/** The totals kept per day, and the few entries behind their mark. */
const partnerDays = sql(
  'revenue-money.partner-days',
  `SELECT day_on AS day, currency, credit_minor - debit_minor AS nativeMinor, -functional_minor AS functionalMinor FROM account_daily_totals WHERE account_code = '${accountCodes.partnerRevenue}' AND currency <> '' AND day_on >= :from AND day_on < :until
   UNION ALL
   SELECT e.entry_date, p.currency, iif(p.direction = 'credit', p.amount_minor, -p.amount_minor), iif(p.direction = 'credit', p.functional_amount_minor, -p.functional_amount_minor)
     FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence
    WHERE e.ledger_sequence > (SELECT ledger_sequence FROM account_totals_mark) AND +e.entry_date >= :from AND +e.entry_date < :until AND +p.account_code = '${accountCodes.partnerRevenue}'`,
);
/** Rates of a currency in a range, and the last before it. */
const ratesOfRange = sql(
  'revenue-money.rates',
  `SELECT * FROM (SELECT base, rate_on AS rateOn, rate FROM exchange_rates WHERE base = :base AND quote = :quote AND rate_on <= :from ORDER BY rate_on DESC LIMIT 1)
   UNION ALL SELECT base, rate_on, rate FROM exchange_rates WHERE base = :base AND quote = :quote AND rate_on > :from AND rate_on < :until ORDER BY rateOn`,
);

interface Days {
  readonly from: LocalDate;
  readonly until: LocalDate;
}

const asItIs = (amount: number): number => amount;

/** Cash of a day into the functional currency at that day's rate; null where there is none. */
function createConversion(database: ReadableDatabase, cash: readonly CashDay[], days: Days, functionalCurrency: string): (row: CashDay) => ((amount: number) => number) | null {
  const foreign = [...new Set(cash.map((row) => row.currency))].filter((code) => code !== functionalCurrency);
  const rateOn = createRateLookup(foreign.flatMap((base) => database.all<{ base: string; rateOn: LocalDate; rate: string }>(ratesOfRange, { ...days, quote: functionalCurrency, base })));
  const converters = new Map<string, (amount: number) => number>();
  return ({ currency, day }) => {
    if (currency === functionalCurrency) return asItIs;
    const rate = rateOn(currency, day);
    if (rate === null) return null;
    const key = `${currency} ${rate}`;
    let converter = converters.get(key);
    if (!converter) converters.set(key, (converter = converterBy(currency, functionalCurrency, rate, 'half-away-from-zero')));
    return converter;
  };
}

/** @param currency null: everything, converted into the functional currency; else only what is in it. */
export function readMoneyMonths(database: ReadableDatabase, from: Month, to: Month, functionalCurrency: string, currency: string | null): MoneyMonths {
  const days = { from: firstDayOf(from), until: endOf(to) };
  const cash = database.all<CashDay>(cashDays, days).filter((row) => currency === null || row.currency === currency);
  const byMonth = new Map<Month, MoneyMonth>();
  const withoutRate = new Map<string, Set<Month>>();
  const of = (day: LocalDate): MoneyMonth => {
    const month = day.slice(0, 7) as Month;
    let sum = byMonth.get(month);
    if (!sum) byMonth.set(month, (sum = { month, grossMinor: 0, feesMinor: 0, refundsMinor: 0, payments: 0, partnerMinor: 0 }));
    return sum;
  };
  const conversionOf = currency === null ? createConversion(database, cash, days, functionalCurrency) : () => asItIs;
  for (const row of cash) {
    const sum = of(row.day);
    const converted = conversionOf(row);
    if (converted === null) {
      withoutRate.set(row.currency, (withoutRate.get(row.currency) ?? new Set<Month>()).add(sum.month));
      continue;
    }
    sum.grossMinor += converted(row.grossMinor);
    sum.feesMinor += converted(row.feesMinor);
    sum.refundsMinor += converted(row.refundsMinor);
    sum.payments += row.payments;
  }
  for (const row of database.all<{ day: LocalDate; currency: string; nativeMinor: number; functionalMinor: number }>(partnerDays, days)) {
    if (currency === null) of(row.day).partnerMinor += row.functionalMinor;
    else if (row.currency === currency) of(row.day).partnerMinor += row.nativeMinor;
  }
  return { byMonth, withoutRate };
}

export type CashField = 'grossMinor' | 'feesMinor' | 'refundsMinor';
export interface CurrencyShare {
  readonly currency: string;
  readonly payments: number;
  readonly nativeMinor: number;
  readonly convertedMinor: number;
}

/** What each settlement currency adds to converted cash, the functional one first: as it is converted per day, they sum to the whole. */
export function readCurrencyShares(database: ReadableDatabase, from: Month, to: Month, functionalCurrency: string, field: CashField): CurrencyShare[] {
  const days = { from: firstDayOf(from), until: endOf(to) };
  const cash = database.all<CashDay>(cashDays, days);
  const conversionOf = createConversion(database, cash, days, functionalCurrency);
  const shares = [...Map.groupBy(cash, ({ currency }) => currency)].filter(([, rows]) => rows.some(({ transactions }) => transactions > 0)).map(([currency, rows]): CurrencyShare => {
    const share = { currency, payments: 0, nativeMinor: 0, convertedMinor: 0 };
    for (const row of rows) {
      share.nativeMinor += row[field];
      const converted = conversionOf(row);
      if (converted === null) continue; // counts nothing, and is named
      share.payments += row.payments;
      share.convertedMinor += converted(row[field]);
    }
    return share;
  });
  return shares.sort((a, b) => Number(b.currency === functionalCurrency) - Number(a.currency === functionalCurrency) || (a.currency < b.currency ? -1 : 1));
}
