/**
 * Deferred revenue month by month (domain.md §7): what invoices put off, what became revenue, what was taken back, from the entries themselves; beside it what the
 * account holds by the sums kept per day. The two are read apart: their difference is 0.
 */
import type { z } from 'zod';
import type { deferredMonthSchema } from '../../shared/api/revenue-measures.contract.ts';
import { addDays, endOf, firstDayOf, monthsFromTo, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { readAccountBalances } from './account-totals.queries.ts';
import type { MonthRange } from './revenue-measure-calculation.ts';

export type DeferredMonth = z.infer<typeof deferredMonthSchema>;

const deferred = accountCodes.deferredRevenue;
/** The order of the join is fixed: from the entries of the range to their own few postings. */
const movesOfRange = sql(
  'recognition.moves-of-range',
  `SELECT substr(e.entry_date, 1, 7) AS month, p.currency, iif(e.kind = 'invoice-finalised', 'deferred', iif(e.source_type = 'recognition', 'recognised', iif(e.source_type LIKE 'stripe-%', 'taken-back', 'other'))) AS sort,
          sum(iif(p.direction = 'credit', p.amount_minor, -p.amount_minor)) AS creditedMinor
     FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence
    WHERE e.entry_date >= :from AND e.entry_date < :until AND +p.account_code = '${deferred}' GROUP BY 1, 2, 3`,
);
const recognisedMonths = sql('recognition.recognised-months', 'SELECT month FROM recognised_months');

type MoveSort = 'deferred' | 'recognised' | 'taken-back' | 'other';

/** Every currency with something deferred, month by month, oldest first. */
export function readDeferredMonths(database: ReadableDatabase, { from, to }: MonthRange): DeferredMonth[] {
  const moves = database.all<{ month: Month; currency: string; sort: MoveSort; creditedMinor: number }>(movesOfRange, { from: firstDayOf(from), until: endOf(to) });
  const recognised = new Set(database.all<{ month: string }>(recognisedMonths).map(({ month }) => month));
  const held = heldAt(database, addDays(firstDayOf(from), -1));
  const currencies = [...new Set([...held.keys(), ...moves.map(({ currency }) => currency)])].sort();
  const opening = new Map(held);
  return monthsFromTo(from, to).flatMap((month) => {
    const account = heldAt(database, addDays(endOf(month), -1));
    return currencies.flatMap((currency): DeferredMonth[] => {
      const sumOf = (sort: MoveSort): number => moves.filter((move) => move.month === month && move.currency === currency && move.sort === sort).reduce((sum, { creditedMinor }) => sum + creditedMinor, 0);
      const openingMinor = opening.get(currency) ?? 0;
      const parts = { deferredMinor: sumOf('deferred'), recognisedMinor: 0 - sumOf('recognised'), takenBackMinor: 0 - sumOf('taken-back'), otherMinor: sumOf('other') };
      const closingMinor = openingMinor + parts.deferredMinor - parts.recognisedMinor - parts.takenBackMinor + parts.otherMinor;
      const accountMinor = account.get(currency) ?? 0;
      opening.set(currency, closingMinor);
      if (openingMinor === 0 && closingMinor === 0 && accountMinor === 0 && Object.values(parts).every((part) => part === 0)) return [];
      return [{ month, currency, openingMinor, ...parts, closingMinor, accountMinor, differenceMinor: closingMinor - accountMinor, isRecognised: recognised.has(month) }];
    });
  });
}

/** What the account holds at the end of a day, by currency. */
function heldAt(database: ReadableDatabase, day: LocalDate): Map<string, number> {
  return new Map(readAccountBalances(database, day).filter(({ accountCode }) => accountCode === deferred).map(({ currency, creditMinor, debitMinor }) => [currency, creditMinor - debitMinor]));
}
