/**
 * “Why”: how a revenue figure came about (interface.md, Numbers): formula in words, policy in force, rounding, as-of, inputs and Stripe's ids.
 */
import type { whyFigures } from '../../shared/api/revenue.contract.ts';
import type { Why } from '../../shared/api/primitives.ts';
import type { Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { formatMoney } from '../../shared/money/format.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { memoOfKind, type BalanceTransactionKind } from '../intake/stripe-balance-kinds.ts';
import { cashFormulas, cashKinds } from './cash-figures.ts';
import { readCashMonths, readLatestTransactions, readTypeTotals, type RevenueMonth, type TypeTotal } from './cash-revenue.queries.ts';
import { readCurrencyTotals, readItemTotal, readKindTotals, readMrrItemRows, type MovementKind, type MrrMonthView, type MrrStanding } from './mrr.queries.ts';
import { ratiosOf } from './revenue-ratios.ts';
import { readCaveats } from './revenue-sums.queries.ts';
import { stripeCaveats } from './status.queries.ts';

export type WhyFigure = (typeof whyFigures)[number];
type Input = Why['inputs'][number];
type Source = Why['sources'][number];

export interface WhyQuestion {
  readonly readable: ReadableDatabase;
  readonly figure: WhyFigure;
  readonly month: Month;
  /** The settlement currency of a cash figure. */
  readonly currency: string;
  readonly zone: TimeZone;
  readonly running: Month;
  readonly standing: MrrStanding | undefined;
  /** The month's MRR row. */
  readonly current: MrrMonthView;
  readonly cashAsOf: number;
  readonly firstCashMonth: Month | null;
}

/** How many of the largest or latest rows are named as sources; the drill-down lists them all. */
const sourcesNamed = 12;
const locale = 'en-US';

const mrrRounding = 'Half away from zero to the minor unit: once per item in its own currency, once more when converted; then summed.';
const ratioRounding = 'Half away from zero to a hundredth of a percent.';
const cashRounding = 'None: sums of whole minor units as Stripe gives them.';

const kindNames: Readonly<Record<MovementKind, string>> = { new: 'New', expansion: 'Expansion', contraction: 'Contraction', churn: 'Churn', reactivation: 'Reactivation', 'exchange-rate': 'Exchange rates' };

export function explainFigure(question: WhyQuestion): Why {
  switch (question.figure) {
    case 'mrr':
      return explainMrr(question);
    case 'arr':
      return { ...explainMrr(question), title: titleOf('ARR', question), figure: money(question.current.arrMinor, question), formula: 'ARR = 12 × MRR as shown', inputs: [input('MRR', question.current.endMinor, question)] };
    case 'customers':
      return explainCustomers(question);
    case 'net-churn':
      return explainNetChurn(question);
    case 'net-revenue-retention':
      return explainRetention(question);
    case 'net-revenue':
    case 'gross':
    case 'fees':
    case 'refunds':
    case 'disputes':
      return explainCash(question, question.figure);
  }
}

function titleOf(name: string, { month, running }: WhyQuestion): string {
  return `${name}, ${month}${month === running ? ' so far' : ''}`;
}

function money(amount: number, { current }: WhyQuestion): string {
  return formatMoney(amount, current.currency, locale);
}

function percent(basisPoints: number | null): string {
  if (basisPoints === null) return 'n/a';
  const digits = String(Math.abs(basisPoints)).padStart(3, '0');
  return `${basisPoints < 0 ? '−' : ''}${digits.slice(0, -2)}.${digits.slice(-2)} %`;
}

function input(label: string, amount: number, { current }: WhyQuestion, count: number | null = null, note: string | null = null): Input {
  return { label, count, amount: { amount, currency: current.currency }, note };
}

function mrrPolicy({ zone }: WhyQuestion): Why['policy'] {
  return [
    { name: 'Counts', value: 'Licensed recurring items at price × quantity, brought to a month: year ÷ 12, quarter ÷ 3, week × 52/12, day × 365/12. Tax, one-off and metered lines are out; trials and paused subscriptions count 0.' },
    { name: 'Discounts', value: 'Forever discounts reduce MRR; once and repeating ones do not.' },
    { name: 'Past due', value: 'Counts until the subscription ends or is unpaid.' },
    { name: 'Month end', value: `What is in force just before the exclusive end of the month, ${zone.name}; for the running month at the as-of time.` },
    { name: 'Conversion', value: 'At the rate of the day on which the item’s service period began, else the latest earlier one.' },
    { name: 'History', value: 'Rebuilt from invoice lines and the subscriptions’ own dates; void and draft invoices count for nothing.' },
  ];
}

function mrrBase(question: WhyQuestion): Pick<Why, 'policy' | 'rounding' | 'asOf' | 'caveats'> {
  return { policy: mrrPolicy(question), rounding: mrrRounding, asOf: question.standing?.asOfAt ?? question.cashAsOf, caveats: mrrCaveats(question) };
}

function mrrCaveats({ readable, standing, month }: WhyQuestion): string[] {
  return standing ? readCaveats(readable, month, month) : ['MRR has not been worked out yet: sync Stripe, then run “Rebuild MRR”.'];
}

function explainMrr(question: WhyQuestion): Why {
  const { readable, month, current, standing } = question;
  const inputs = (standing ? readCurrencyTotals(readable, month, standing) : []).map((total) =>
    input(`Items in ${total.currency.toUpperCase()}`, total.functionalMinor, question, total.items, total.currency === current.currency ? null : `${formatMoney(total.nativeMinor, total.currency, locale)} in their own currency`),
  );
  return {
    title: titleOf('MRR', question), figure: money(current.endMinor, question), formula: 'MRR = Σ over items in force: round(unit price × quantity × (1 − forever discount) ÷ months), converted and rounded again', inputs,
    sources: largestItems(question), ...mrrBase(question),
  };
}

function largestItems({ readable, month, standing }: WhyQuestion): Source[] {
  if (!standing) return [];
  const rows = readMrrItemRows(readable, { month, customerId: null, text: null, sort: { column: 'amount', direction: 'descending' }, startAt: 0, limit: sourcesNamed }, standing);
  return rows.map((row) => ({
    kind: row.invoiceId === null ? 'stripe-subscription' : 'stripe-invoice', id: row.invoiceId ?? row.subscriptionId, label: `${row.customerName}, ${formatMoney(row.functional.amount, row.functional.currency, locale)}: ${row.explanation}`,
  }));
}

function explainCustomers(question: WhyQuestion): Why {
  const { readable, month, current, standing } = question;
  const items = standing ? readItemTotal(readable, month, standing) : { total: 0, sumMinor: 0 };
  return {
    title: titleOf('Customers', question), figure: current.customers.toLocaleString(locale), formula: 'Customers whose items in force sum to an MRR above 0', inputs: [input('Items in force', items.sumMinor, question, items.total)],
    sources: largestItems(question), ...mrrBase(question),
  };
}

function movementInputs(question: WhyQuestion, kinds: readonly MovementKind[]): Input[] {
  const totals = new Map(readKindTotals(question.readable, question.month).map((total) => [total.kind, total]));
  return [
    input('MRR at the start', question.current.startMinor, question),
    ...kinds.map((kind) => {
      const total = totals.get(kind);
      return input(kindNames[kind], total?.amountMinor ?? 0, question, total?.movements ?? 0, total ? `${total.customers} customers` : null);
    }),
  ];
}

function explainNetChurn(question: WhyQuestion): Why {
  return {
    title: titleOf('Net MRR churn', question), figure: percent(ratiosOf(question.current).netChurn), formula: '(churn + contraction − expansion − reactivation) ÷ MRR at the start', ...mrrBase(question), rounding: ratioRounding,
    inputs: movementInputs(question, ['churn', 'contraction', 'expansion', 'reactivation']), sources: [],
  };
}

function explainRetention(question: WhyQuestion): Why {
  return {
    title: titleOf('Net revenue retention', question), figure: percent(ratiosOf(question.current).netRevenueRetention), formula: '(MRR at the start + expansion − contraction − churn) ÷ MRR at the start; new and reactivation are out', ...mrrBase(question),
    rounding: ratioRounding, inputs: movementInputs(question, ['expansion', 'contraction', 'churn']), sources: [],
  };
}

const cashTitles = { 'net-revenue': 'Net revenue', gross: 'Gross payments', fees: 'Fees', refunds: 'Refunds', disputes: 'Disputes' } as const;

function explainCash(question: WhyQuestion, figure: keyof typeof cashTitles): Why {
  const { readable, month, currency, running, zone, firstCashMonth } = question;
  const row = readCashMonths(readable, month, month, running).find((candidate) => candidate.currency === currency);
  const value = { 'net-revenue': row?.netMinor, gross: row?.grossMinor, fees: row?.feesMinor, refunds: row?.refundsMinor, disputes: row?.disputesMinor }[figure] ?? 0;
  const totals = readTypeTotals(readable, month, currency);
  const { start, end } = zone.boundsOf(month);
  const kinds = figure === 'net-revenue' ? [...cashKinds.gross, ...cashKinds.refunds, ...cashKinds.fees] : figure === 'fees' ? [...cashKinds.fees, ...cashKinds.gross] : cashKinds[figure];
  return {
    title: titleOf(`${cashTitles[figure]} in ${currency.toUpperCase()}`, question), figure: formatMoney(value, currency, locale), formula: cashFormulas[figure === 'net-revenue' ? 'net' : figure], rounding: cashRounding, asOf: question.cashAsOf,
    inputs: figure === 'net-revenue' ? netInputs(row, currency) : kindInputs(figure, totals, currency),
    policy: [
      { name: 'View', value: 'Cash: balance transactions by the local day they were created, tax included, in their settlement currency.' },
      { name: 'Month', value: `${month} in ${zone.name}, half-open.` },
    ],
    sources: readLatestTransactions(readable, { start, end, currency, kinds, limit: sourcesNamed }).map((transaction) => ({
      kind: 'balance-transaction', id: transaction.id, label: `${transaction.type} of ${transaction.createdOn}, ${formatMoney(transaction.amountMinor, currency, locale)}, fee ${formatMoney(transaction.feeMinor, currency, locale)}`,
    })),
    caveats: [...cashCaveats(month, firstCashMonth, running), ...(firstCashMonth === null ? [] : stripeCaveats(readable))],
  };
}

function netInputs(row: RevenueMonth | undefined, currency: string): Input[] {
  return [
    { label: 'Gross', count: row?.payments ?? 0, amount: { amount: row?.grossMinor ?? 0, currency }, note: 'charges and payments' },
    { label: 'Fees', count: null, amount: { amount: 0 - (row?.feesMinor ?? 0), currency }, note: null },
    { label: 'Refunds', count: null, amount: { amount: 0 - (row?.refundsMinor ?? 0), currency }, note: null },
  ];
}

/** What each kind of balance transaction adds to the figure, by the type that Stripe gives it; the parts sum to it. */
function kindInputs(figure: keyof typeof cashKinds, totals: readonly TypeTotal[], currency: string): Input[] {
  const kinds: readonly BalanceTransactionKind[] = cashKinds[figure];
  const found = totals.filter(({ kind }) => kinds.includes(kind));
  const own = found.map(({ type, kind, transactions, amountMinor }): Input => ({ label: `${memoOfKind[kind]} (${type})`, count: transactions, amount: { amount: figure === 'gross' ? amountMinor : 0 - amountMinor, currency }, note: null }));
  const withFee = figure === 'fees' ? totals.filter((total) => total.feeMinor !== 0) : [];
  const inputs = [...withFee.map(({ type, kind, transactions, feeMinor }): Input => ({ label: `${memoOfKind[kind]} (${type}), fee`, count: transactions, amount: { amount: feeMinor, currency }, note: null })), ...own];
  return inputs.length > 0 ? inputs : [{ label: cashTitles[figure], count: 0, amount: { amount: 0, currency }, note: null }];
}

function cashCaveats(month: Month, first: Month | null, running: Month): string[] {
  if (first === null) return ['No balance transactions are known yet: sync Stripe.'];
  if (month < first) return [`No balance transactions are known before ${first}.`];
  return month === running ? ['The month is still running.'] : [];
}
