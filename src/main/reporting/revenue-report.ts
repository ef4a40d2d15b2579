/**
 * The monthly revenue report: the month's cards against the month and the year before, MRR and what moved it, cash, and who moved it most. Every figure is
 * the one of the screens, by the same queries.
 */
import { addMonths, month as readMonth, type Month } from '../../shared/calendar/local-date.ts';
import type { ReportBlock, ReportCard, ReportColumn, ReportDocument } from '../../shared/documents/report-document.ts';
import { formatAmount, formatMoney } from '../../shared/money/format.ts';
import type { MovementKind, MovementRow, MrrMonthView } from './mrr.queries.ts';
import type { PresentmentRow } from './presentment.queries.ts';
import { basisPoints } from './revenue-ratios.ts';
import { monthName, percentText, pointsText, signedAmount, signedCount } from './revenue-report-words.ts';
import type { RevenueCards, RevenueQueries } from './revenue.queries.ts';

export interface RevenueReportSources {
  readonly revenue: Pick<RevenueQueries, 'cards' | 'mrrSeries' | 'breakdown' | 'presentment' | 'movements' | 'why'>;
  readonly company: () => string;
  readonly reportingTimeZone: () => string;
  /** More of the month, in the order they are printed. */
  readonly sections?: readonly ((month: Month) => ReportBlock[])[];
}

const kindNames: Readonly<Record<MovementKind, string>> = { new: 'New', expansion: 'Expansion', reactivation: 'Reactivation', contraction: 'Contraction', churn: 'Churn', 'exchange-rate': 'Exchange rates' };
const kindOrder: readonly MovementKind[] = ['new', 'expansion', 'reactivation', 'contraction', 'churn', 'exchange-rate'];
const kindFields: Readonly<Record<MovementKind, 'newMinor' | 'expansionMinor' | 'contractionMinor' | 'churnMinor' | 'reactivationMinor' | 'exchangeRateMinor'>> = { new: 'newMinor', expansion: 'expansionMinor', contraction: 'contractionMinor', churn: 'churnMinor', reactivation: 'reactivationMinor', 'exchange-rate': 'exchangeRateMinor' };
const reportedMovements = 12;

/**
 * @param presented the month's presentment where it was read on a thread of its own (every balance transaction of a month); left out: read here.
 * @throws ValidationError `month-in-future`; StateError `mrr-not-rebuilt` where MRR does not reach the month yet.
 */
export function readRevenueReport({ revenue, company, reportingTimeZone, sections = [] }: RevenueReportSources, text: string, presented?: readonly PresentmentRow[]): ReportDocument {
  const month = readMonth(text);
  const cards = revenue.cards({ month });
  const before = known(revenue.cards({ month: addMonths(month, -1) }));
  const yearBefore = known(revenue.cards({ month: addMonths(month, -12) }));
  const { months } = revenue.mrrSeries({ from: addMonths(month, -11), to: month });
  const why = revenue.why({ figure: 'mrr', month });
  return {
    title: 'Revenue report', subject: monthName(month, 'long'), company: company(), asOf: cards.asOf,
    lead: `As of ${new Date(cards.asOf).toISOString().slice(0, 16).replace('T', ' ')} UTC; months in ${reportingTimeZone()}; amounts in ${cards.current.currency.toUpperCase()} unless another currency is named.`,
    cautions: [...(cards.isRunning ? ['The month is still running: its figures are those so far.'] : []), ...why.caveats],
    blocks: [
      { kind: 'cards', cards: cardsOf(cards, before, yearBefore) },
      ...mrrBlocks(cards.current, months),
      movementTable(revenue, month, cards.current.currency),
      ...sections.flatMap((section) => section(month)),
      ...cashBlocks(revenue, month, cards.current.currency, presented ?? revenue.presentment({ from: month, to: month }).months),
      monthTable(months),
      { kind: 'facts', title: 'How these figures are made', facts: [...why.policy, { name: 'Rounding', value: why.rounding }] },
    ],
  };
}

/** A month before the first has nothing to be held against. */
function known(cards: RevenueCards): RevenueCards | null {
  return cards.current.customers > 0 || cards.current.startMinor > 0 ? cards : null;
}

function cardsOf(cards: RevenueCards, before: RevenueCards | null, yearBefore: RevenueCards | null): ReportCard[] {
  const { current, ratios } = cards;
  const { currency } = current;
  const changes = (now: number, of: (cards: RevenueCards) => number, written: (change: number) => string): string[] =>
    ([[before, 'month'], [yearBefore, 'year']] as const).flatMap(([then, name]) => (then ? [`${written(now - of(then))} on the ${name}`] : []));
  const amount = (label: string, minor: number, of: (cards: RevenueCards) => number): ReportCard => ({ label, value: formatMoney(minor, currency, 'en-US'), notes: changes(minor, of, (change) => signedAmount(change, currency)) });
  const share = (label: string, value: number | null, then: number | null | undefined): ReportCard => ({ label, value: percentText(value), notes: value === null || then === null || then === undefined ? [] : [`${pointsText(value - then)} on the month`] });
  return [
    amount('MRR', current.endMinor, (then) => then.current.endMinor),
    amount('ARR', current.arrMinor, (then) => then.current.arrMinor),
    { label: 'Customers', value: current.customers.toLocaleString('en-US'), notes: changes(current.customers, (then) => then.current.customers, signedCount) },
    { label: 'MRR per customer', value: cards.averageRevenuePerAccountMinor === null ? 'n/a' : formatMoney(cards.averageRevenuePerAccountMinor, currency, 'en-US'), notes: ['MRR ÷ customers'] },
    share('Net MRR churn', ratios.netChurn, before?.ratios.netChurn),
    share('Gross MRR churn', ratios.grossChurn, before?.ratios.grossChurn),
    share('NRR, 12 months', ratios.twelveMonthNetRevenueRetention, before?.ratios.twelveMonthNetRevenueRetention),
    share('Gross retention', ratios.grossRevenueRetention, before?.ratios.grossRevenueRetention),
  ];
}

function mrrBlocks(current: MrrMonthView, months: readonly MrrMonthView[]): ReportBlock[] {
  const { currency } = current;
  const labels = months.map((each) => monthName(each.month, 'short'));
  return [
    { kind: 'waterfall', title: 'From start to end', note: `MRR at the start of the month, what moved it, and MRR at its end, in ${currency.toUpperCase()}`, currency, steps: [{ label: 'Start', kind: 'total', value: current.startMinor }, ...kindOrder.map((kind) => ({ label: kindNames[kind], kind: 'change' as const, value: current[kindFields[kind]] })), { label: 'End', kind: 'total', value: current.endMinor }] },
    { kind: 'bars', title: 'MRR', note: `${months.length} months, in ${currency.toUpperCase()}`, currency, isStacked: false, labels, series: [{ label: 'MRR', colour: 0, values: months.map((each) => each.endMinor) }] },
    { kind: 'bars', title: 'What moved MRR', note: `${months.length} months, in ${currency.toUpperCase()}`, currency, isStacked: true, labels, series: kindOrder.map((kind, colour) => ({ label: kindNames[kind], colour: [0, 1, 3, 4, 2, 5][colour] ?? 5, values: months.map((each) => each[kindFields[kind]]) })) },
  ];
}

const left = (title: string): ReportColumn => ({ title, align: 'left' });
const right = (title: string): ReportColumn => ({ title, align: 'right' });

/** The largest by size, whichever way they went; the rest in one line, so that the table sums to what moved. */
function movementTable(revenue: RevenueReportSources['revenue'], month: Month, currency: string): ReportBlock {
  const limit = reportedMovements / 2;
  const gains = revenue.movements({ startAt: 0, limit, sort: { column: 'amount', direction: 'descending' }, filter: { month } });
  const losses = revenue.movements({ startAt: 0, limit, sort: { column: 'amount', direction: 'ascending' }, filter: { month } });
  const key = (row: MovementRow): string => `${row.customerId}/${row.day}/${row.kind}`;
  const shown = [...new Map([...gains.rows, ...losses.rows.toReversed()].map((row) => [key(row), row])).values()];
  const total = gains.sums[0]?.amount ?? 0;
  const rest = total - shown.reduce((sum, row) => sum + row.amount.amount, 0);
  const others = gains.total - shown.length;
  return {
    kind: 'table', title: 'Who moved MRR most', note: `${gains.total.toLocaleString('en-US')} movements; the largest gains and losses`, empty: 'Nothing moved in this month.',
    columns: [left('Customer'), left('Movement'), left('Cause'), left('Day'), right(`Change, ${currency.toUpperCase()}`)],
    rows: gains.total === 0 ? [] : [
      ...shown.map((row) => ({ cells: [row.customerName, kindNames[row.kind], row.cause, row.day, signedAmount(row.amount.amount, currency)] })),
      ...(others > 0 ? [{ cells: [`${others.toLocaleString('en-US')} others`, '', '', '', signedAmount(rest, currency)] }] : []),
      { cells: ['All movements', '', '', '', signedAmount(total, currency)], isSum: true },
    ],
  };
}

function cashBlocks(revenue: RevenueReportSources['revenue'], month: Month, functional: string, presented: readonly PresentmentRow[]): ReportBlock[] {
  const { months } = revenue.breakdown({ from: addMonths(month, -11), to: month });
  const ofMonth = months.filter((row) => row.month === month);
  const rows = ofMonth.map((row) => ({ cells: [row.currency.toUpperCase(), row.payments.toLocaleString('en-US'), ...[row.grossMinor, -row.feesMinor, -row.refundsMinor, row.netMinor].map((minor) => formatAmount(minor === 0 ? 0 : minor, row.currency, 'en-US')), percentText(basisPoints(row.feesMinor, row.grossMinor))] }));
  const course = months.filter((row) => row.currency === functional);
  return [
    { kind: 'table', title: 'Cash', note: 'Payments − fees − refunds = net, by payment date, per settlement currency', empty: 'No payments in this month.', columns: [left('Currency'), right('Payments'), right('Gross'), right('Fees'), right('Refunds'), right('Net'), right('Fees of gross')], rows },
    ...presentmentBlocks(presented),
    ...(course.length > 0 ? [{ kind: 'bars' as const, title: 'Net revenue', note: `${course.length} months, cash view, in ${functional.toUpperCase()}`, currency: functional, isStacked: false, labels: course.map((row) => monthName(row.month, 'short')), series: [{ label: 'Net revenue', colour: 0, values: course.map((row) => row.netMinor) }] }] : []),
  ];
}

/** Nothing where each currency is settled in itself, as on the screen. */
function presentmentBlocks(presented: readonly PresentmentRow[]): ReportBlock[] {
  if (presented.every(({ paidIn, settledIn }) => paidIn === settledIn)) return [];
  const rows = presented.map(({ paidIn, settledIn, payments, paidMinor, settledMinor, refundedMinor, settledRefundsMinor }) => ({
    cells: [
      paidIn.toUpperCase(), settledIn.toUpperCase(), payments.toLocaleString('en-US'),
      ...([[paidMinor, paidIn], [settledMinor, settledIn], [0 - refundedMinor, paidIn], [0 - settledRefundsMinor, settledIn]] as const).map(([minor, currency]) => formatAmount(minor, currency, 'en-US')),
    ],
  }));
  const columns = [left('Paid in'), left('Settled in'), right('Payments'), right('Paid'), right('Settled'), right('Refunded'), right('Refunds settled')];
  return [{ kind: 'table', title: 'As customers paid', note: 'In the currency customers saw, beside the one it was settled in at Stripe’s own rates', empty: '', columns, rows }];
}

function monthTable(months: readonly MrrMonthView[]): ReportBlock {
  const amounts = (row: MrrMonthView): number[] => [row.startMinor, ...kindOrder.map((kind) => row[kindFields[kind]]), row.endMinor];
  return {
    kind: 'table', title: 'Month by month', note: 'Start + movements = end', empty: 'No MRR yet.', columns: [left('Month'), right('Start'), ...kindOrder.map((kind) => right(kindNames[kind])), right('End')],
    rows: months.toReversed().map((row) => ({ cells: [monthName(row.month, 'normal'), ...amounts(row).map((minor) => formatAmount(minor, row.currency, 'en-US'))] })),
  };
}

