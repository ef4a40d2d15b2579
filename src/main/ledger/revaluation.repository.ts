/** All SQL of revaluing balances at a month's end. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { LocalDate, Month } from '../../shared/calendar/local-date.ts';

const listBalances = sql(
  'revaluation.balances',
  `SELECT account_code AS accountCode, currency, sum(debit_minor) - sum(credit_minor) AS balanceMinor, sum(functional_minor) AS functionalMinor FROM account_daily_totals
     WHERE account_code <> '' AND currency NOT IN ('', :functionalCurrency) AND day_on < :end GROUP BY account_code, currency ORDER BY account_code, currency`,
);
const listRevalued = sql(
  'revaluation.of-month',
  `SELECT p.account_code AS accountCode, p.currency, count(DISTINCT e.id) AS revaluations, sum(CASE p.direction WHEN 'debit' THEN p.functional_amount_minor ELSE -p.functional_amount_minor END) AS revaluedMinor
     FROM journal_entries e CROSS JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence WHERE e.source_id = :month AND e.source_type = :source AND e.kind = :kind GROUP BY p.account_code, p.currency`,
);
const findRate = sql(
  'revaluation.rate',
  `SELECT rate FROM exchange_rates WHERE base = :base AND quote = :quote AND rate_on BETWEEN :from AND :to AND EXISTS (SELECT 1 FROM exchange_rates WHERE base = :base AND quote = :quote AND rate_on >= :to)
     ORDER BY rate_on DESC LIMIT 1`,
);
const findSetting = sql('revaluation.setting', "SELECT value FROM ledger_settings WHERE name = 'revaluation_at_close'");
const putSetting = sql('revaluation.put-setting', "INSERT INTO ledger_settings (name, value, set_at) VALUES ('revaluation_at_close', ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at WHERE value <> excluded.value");

export interface BalanceRow {
  readonly accountCode: string;
  readonly currency: string;
  readonly balanceMinor: number;
  readonly functionalMinor: number;
}

/** Accounts in foreign currency before a day. */
export const foreignBalancesBefore = (database: ReadableDatabase, functionalCurrency: string, end: LocalDate): BalanceRow[] => database.all<BalanceRow>(listBalances, { functionalCurrency, end });

export interface RevaluedRow {
  readonly accountCode: string;
  readonly currency: string;
  readonly revaluations: number;
  readonly revaluedMinor: number;
}

/** What was revalued in a month already, without its reversals, which stand in the next. */
export const revaluedInMonth = (database: ReadableDatabase, month: Month, source: string, kind: string): RevaluedRow[] => database.all<RevaluedRow>(listRevalued, { month, source, kind });

/** The newest rate between two days, both included; null while none of the last of them or later is known: its own may still be to come (docs/adr/0010). */
export const rateBetween = (database: ReadableDatabase, base: string, quote: string, from: LocalDate, to: LocalDate): string | null => database.get<{ rate: string }>(findRate, { base, quote, from, to })?.rate ?? null;

export const isRevaluationOn = (database: ReadableDatabase): boolean => database.get<{ value: string }>(findSetting)?.value === 'on';
export const keepRevaluation = (database: WritableDatabase, isOn: boolean, at: number): void => void database.run(putSetting, [isOn ? 'on' : 'off', at]);
