/** What the close checklist of a month asks of the stores: queries only; the judgement is `reconciliation/close-checklist.ts`. */
import { endOf, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { KeptUnbilledAnswer } from '../billing/kept-unbilled.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { RateOf } from '../ledger/valuation.ts';
import type { BankLines } from '../reconciliation/bank-lines.ports.ts';
import type { CloseCount, CloseFacts, CloseMoney } from '../reconciliation/close-checklist.ts';
import { readAccountBalances } from './account-totals.queries.ts';
import { leastWorth, type WorthQuestion } from './functional-worth.ts';
import { readReconciliationSummary } from './reconciliation.queries.ts';

export interface CloseQuestion {
  readonly month: Month;
  readonly zone: TimeZone;
  readonly now: number;
  readonly functionalCurrency: string;
  readonly limitMinor: number;
  readonly bank: BankLines;
  readonly unbilled: KeptUnbilledAnswer;
  /** At the month's last day. */
  readonly rateOf: RateOf;
}

// The newest run that looked at the whole month: one over a range of days may have left some of it out.
const newestWhole = sql('close.newest-run', 'SELECT max(as_of_at) AS at FROM reconciliation_runs WHERE level = ? AND (from_at IS NULL OR from_at <= ?) AND (to_at IS NULL OR to_at >= ?)');
const untiedPayouts = sql('close.untied', "SELECT currency, count(*) AS count, sum(abs(amount_minor)) AS amount FROM discrepancies WHERE level = 'payouts' AND status IN ('open', 'assigned', 'on-hold') AND occurred_on < ? GROUP BY currency ORDER BY currency");
const openAmounts = sql('close.open-amounts', "SELECT currency, abs(amount_minor) AS amount, count(*) AS count FROM discrepancies WHERE status IN ('open', 'assigned', 'on-hold') AND coalesce(marked_as, '') <> 'timing' AND occurred_on < ? GROUP BY currency, abs(amount_minor) ORDER BY currency");
const waiting = sql('close.waiting', "SELECT count(*) AS count FROM discrepancies WHERE open_request IS NOT NULL AND status IN ('open', 'assigned', 'on-hold')");
const drafts = sql('close.drafts', "SELECT currency, count(*) AS count, sum(total_minor) AS amount FROM invoices WHERE status = 'draft' AND coalesce(billing_month || '-01', date(created_at / 1000, 'unixepoch')) < ? GROUP BY currency ORDER BY currency");
// What Stripe's balance moved by after the month's end, as far as the run that asked for the balance had come. By all that was listed: there are no sums of it by day, as the mirror lacks what is missing.
const movedSince = sql('close.moved-since', 'SELECT currency, sum(amount_minor - fee_minor) AS amount FROM compared_transactions WHERE created_at >= :endsAt AND created_at < :asOf GROUP BY currency');
// What was entered after the month's end and is about it all the same: facts that came too late for a closed month, and what settled a difference of it.
const aboutEarlier = sql(
  'close.entered-later',
  `SELECT p.currency, sum(iif(p.direction = 'debit', p.amount_minor, -p.amount_minor)) AS amount FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND p.account_code = :account
    WHERE e.entry_date >= :end AND (e.concerns_month <= :month OR (e.source_type = 'discrepancy' AND EXISTS (SELECT 1 FROM discrepancies AS d WHERE d.id = e.source_id AND d.occurred_on < :end))) GROUP BY p.currency`,
);

interface CurrencyCount {
  readonly currency: string;
  readonly count: number;
  readonly amount: number;
}

export function readCloseFacts(database: ReadableDatabase, question: CloseQuestion): CloseFacts {
  const { month, zone, now, functionalCurrency, limitMinor, bank, unbilled, rateOf } = question;
  const { start: startsAt, end: endsAt } = zone.boundsOf(month);
  const end = endOf(month);
  const { runs, stripeBalance } = readReconciliationSummary(database);
  const said = { asOf: runs.find(({ level }) => level === 'payouts')?.asOf ?? null, stripeBalance };
  const asOf = (level: string): number | null => database.get<{ at: number | null }>(newestWhole, [level, startsAt, endsAt])?.at ?? null;
  return {
    month, now, endsAt, functionalCurrency, transactionsAsOf: asOf('transactions'), payoutsAsOf: asOf('payouts'), balanceAsOf: said.asOf, untiedPayouts: countOf(database.all<CurrencyCount>(untiedPayouts, [end])), balances: balancesAtEnd(database, question, said),
    suspense: readAccountBalances(database, dayBefore(zone, endsAt)).filter((row) => row.accountCode === '9900-suspense' && row.debitMinor !== row.creditMinor).map((row) => ({ amount: row.debitMinor - row.creditMinor, currency: row.currency })),
    bank: { hasStatements: bank.hasStatements(), unmatched: bank.unmatched(end) },
    openAboveLimit: { ...aboveLimit(database.all<CurrencyCount>(openAmounts, [end]), limitMinor, { functionalCurrency, rateOf }), limitMinor },
    waitingForSecondPerson: database.get<{ count: number }>(waiting)?.count ?? 0,
    unbilled: { ...unbilledUpTo(unbilled, month), asOf: unbilled.asOf, from: unbilled.from }, drafts: countOf(database.all<CurrencyCount>(drafts, [end])),
  };
}

/**
 * What Stripe held at the month's end beside the clearing account then, per currency, minor units: what it said it held at the newest run over payouts, less what moved since. Of a run before the month's end: as
 * it said, which the checklist does not take for a proof.
 */
function balancesAtEnd(database: ReadableDatabase, { month, zone }: Pick<CloseQuestion, 'month' | 'zone'>, { asOf, stripeBalance }: { readonly asOf: number | null; readonly stripeBalance: CloseFacts['balances'] }): CloseFacts['balances'] {
  const { end: endsAt } = zone.boundsOf(month);
  if (asOf === null || asOf < endsAt) return stripeBalance;
  const amountsOf = (rows: readonly { readonly currency: string; readonly amount: number }[]) => new Map(rows.map(({ currency, amount }) => [currency, amount]));
  const moved = amountsOf(database.all(movedSince, { endsAt, asOf }));
  const later = amountsOf(database.all(aboutEarlier, { account: accountCodes.stripeClearing, end: endOf(month), month }));
  const held = amountsOf(readAccountBalances(database, dayBefore(zone, endsAt)).filter(({ accountCode }) => accountCode === accountCodes.stripeClearing).map(({ currency, debitMinor, creditMinor }) => ({ currency, amount: debitMinor - creditMinor })));
  const said = amountsOf(stripeBalance.map(({ currency, stripeMinor }) => ({ currency, amount: stripeMinor })));
  const currencies = [...new Set([...said.keys(), ...moved.keys(), ...held.keys(), ...later.keys()])].sort();
  return currencies.map((currency) => ({ currency, stripeMinor: (said.get(currency) ?? 0) - (moved.get(currency) ?? 0), ledgerMinor: (held.get(currency) ?? 0) + (later.get(currency) ?? 0) }));
}

const dayBefore = (zone: TimeZone, endsAt: number): LocalDate => zone.dateOf(endsAt - 1);

const countOf = (rows: readonly CurrencyCount[]): CloseCount => ({ count: rows.reduce((sum, row) => sum + row.count, 0), amounts: rows.filter((row) => row.amount !== 0).map(({ amount, currency }) => ({ amount, currency })) });

/** An amount whose rate nobody knows counts as above the limit: it is looked at, not passed over. */
function aboveLimit(rows: readonly CurrencyCount[], limitMinor: number, question: WorthQuestion): Omit<CloseFacts['openAboveLimit'], 'limitMinor'> {
  const least = new Map([...new Set(rows.map(({ currency }) => currency))].map((currency) => [currency, leastWorth(limitMinor + 1, currency, question).amountMinor]));
  const above = rows.filter(({ currency, amount }) => amount >= (least.get(currency) ?? 1));
  const currencies = new Set(above.map(({ currency }) => currency));
  return { count: above.reduce((sum, row) => sum + row.count, 0), amounts: sumPerCurrency(above.map((row) => ({ amount: row.amount * row.count, currency: row.currency }))), least: [...least].filter(([currency]) => currencies.has(currency)).map(([currency, amountMinor]) => ({ currency, amountMinor })) };
}

function unbilledUpTo({ months, usage }: CloseQuestion['unbilled'], month: Month): CloseCount {
  const found = [...months.filter((each) => each.month <= month), ...usage.filter((each) => each.since <= month)];
  const amounts = found.flatMap(({ totalMinor, currency }) => (totalMinor === null || currency === null ? [] : [{ amount: Math.abs(totalMinor), currency }]));
  return { count: found.length, amounts: sumPerCurrency(amounts) };
}

function sumPerCurrency(amounts: readonly CloseMoney[]): CloseMoney[] {
  const sums = new Map<string, number>();
  for (const { amount, currency } of amounts) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums].filter(([, amount]) => amount !== 0).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => ({ amount, currency }));
}
