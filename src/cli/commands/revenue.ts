import type { DaybookClient } from '../../shared/api/contract.ts';
import { measureNames } from '../../shared/revenue/measure-names.ts';
import { toDecimalString } from '../../shared/money/money.ts';
import { ratiosOf } from '../../main/reporting/revenue-ratios.ts';
import { moneyText, percentText } from '../output.ts';
import type { CommandAction, CommandContext } from './command.ts';
import { rangeOf, refuseWithout, viewOf, type RangeFlags, type ViewFlags } from './revenue-flags.ts';
import { countColumn, moneyColumn, printTable, ratioColumn, ratioText, textColumn, type FigureColumn } from './revenue-table.ts';
import { percentDecimal, ratioDecimal } from '../../shared/money/basis-points.ts';

type CashMonth = Awaited<ReturnType<DaybookClient['revenue']['breakdown']>>['months'][number];
type MrrMonth = Awaited<ReturnType<DaybookClient['revenue']['mrrSeries']>>['months'][number];
type Overview = Awaited<ReturnType<DaybookClient['revenueMeasures']['overview']>>;
type MeasureMonth = Awaited<ReturnType<DaybookClient['revenueMeasures']['monthly']>>['months'][number];

/** What the sums say is as of now: they are brought up first. */
export const bringUpToDate = ({ runJob }: CommandContext): Promise<unknown> => runJob('revenue-rebuild');

/** As the Cash room and its file: what takes away is below zero. */
const takenAway = (amount: number): number => (amount === 0 ? 0 : -amount);
const cashColumns: readonly FigureColumn<CashMonth>[] = [
  textColumn('Month', (row) => row.month), textColumn('Currency', (row) => row.currency.toUpperCase()), countColumn('Count', (row) => row.payments), moneyColumn('Payments', (row) => ({ amount: row.grossMinor, currency: row.currency })),
  moneyColumn('Fees', (row) => ({ amount: takenAway(row.feesMinor), currency: row.currency })), moneyColumn('Refunds', (row) => ({ amount: takenAway(row.refundsMinor), currency: row.currency })),
  moneyColumn('Net', (row) => ({ amount: row.netMinor, currency: row.currency })), moneyColumn('Disputes, apart', (row) => ({ amount: takenAway(row.disputesMinor), currency: row.currency })),
];

type PresentmentMonth = Awaited<ReturnType<DaybookClient['revenue']['presentment']>>['months'][number];
const presentmentColumns: readonly FigureColumn<PresentmentMonth>[] = [
  textColumn('Month', (row) => row.month), textColumn('Paid in', (row) => row.paidIn.toUpperCase()), textColumn('Settled in', (row) => row.settledIn.toUpperCase()), countColumn('Count', (row) => row.payments), moneyColumn('Paid', (row) => ({ amount: row.paidMinor, currency: row.paidIn })),
  moneyColumn('Settled', (row) => ({ amount: row.settledMinor, currency: row.settledIn })), moneyColumn('Refunded', (row) => ({ amount: takenAway(row.refundedMinor), currency: row.paidIn })), moneyColumn('Refunds settled', (row) => ({ amount: takenAway(row.settledRefundsMinor), currency: row.settledIn })),
];

type Card = Overview['cards'][number];
type Measure = Pick<Card, 'figure' | 'unit' | 'currency'>;

/** Plain decimals: amounts in major units, shares in percent, a quick ratio as a number. */
export function cardValue({ figure, unit, currency }: Measure, value: number | null): string | null {
  if (value === null) return null;
  if (unit === 'money') return toDecimalString(value, currency ?? '');
  return figure === 'quick-ratio' ? ratioDecimal(value) : unit === 'count' ? String(value) : percentDecimal(value);
}

export function cardText({ figure, unit, currency }: Measure, value: number | null): string {
  if (value === null) return 'n/a';
  if (unit === 'money') return moneyText(value, currency ?? '');
  return figure === 'quick-ratio' ? ratioText(value) : unit === 'count' ? value.toLocaleString('en-US') : percentText(value);
}

const cardColumns: readonly FigureColumn<Card>[] = [
  { ...textColumn<Card>('Figure', (card) => card.figure), text: (card) => measureNames[card.figure] }, { title: 'Value', kind: 'number', text: (card) => cardText(card, card.value), value: (card) => cardValue(card, card.value) },
  { title: 'Before', kind: 'number', text: (card) => (card.comparedValue === null ? '' : cardText(card, card.comparedValue)), value: (card) => cardValue(card, card.comparedValue) },
  { title: 'Change', kind: 'number', text: (card) => (card.change === null ? '' : percentText(card.change)), value: (card) => (card.change === null ? null : percentDecimal(card.change)) }, textColumn('Note', (card) => card.absence),
];

/** For programs, which get bare numbers; a person sees the unit at the figure. */
export const cardUnit = ({ figure, unit, currency }: Measure): string => (unit === 'money' ? (currency?.toUpperCase() ?? '') : figure === 'quick-ratio' || unit === 'count' ? '' : '%');
const unitColumn: FigureColumn<Card> = textColumn('Unit', cardUnit);

/** Payments by settlement currency of the same months as the measures; of a currency only that one, of a plan or a country none: cash is not kept by them. */
async function cashOf({ client }: CommandContext, { from, to, currency, plan, country }: RangeFlags & ViewFlags): Promise<{ month: string; asOf: number | null; rows: CashMonth[]; presentment: PresentmentMonth[] }> {
  const last = await client.revenue.overview(to === undefined ? {} : { month: to });
  if (plan !== undefined || country !== undefined) return { ...last, rows: [], presentment: [] };
  const range = rangeOf({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
  const rows = from === undefined ? last.rows : (await client.revenue.breakdown(range)).months;
  const { months } = await client.revenue.presentment(range);
  return { ...last, rows: rows.filter((row) => currency === undefined || row.currency === currency), presentment: months.filter((row) => currency === undefined || row.settledIn === currency) };
}

/** The cash view of a month and every measure of it, or of a range. CSV: the measures. */
export function showRevenueOverview(flags: RangeFlags & ViewFlags & { month?: string; compare?: 'previous-period' | 'previous-year' }): CommandAction {
  return async (context) => {
    await bringUpToDate(context);
    const { client, output } = context;
    const period = flags.month === undefined ? rangeOf(flags) : { from: flags.month, to: flags.month };
    const overview = await cashOf(context, { ...flags, ...period });
    const measures = await client.revenueMeasures.overview({ ...period, ...viewOf(flags), compare: flags.compare ?? 'previous-period' });
    output.answer({ ...overview, measures }, (out) => {
      if (!flags.csv && overview.rows.length > 0) {
        printTable(out, overview.rows, cashColumns, false);
        out.line();
        if (overview.presentment.some(({ paidIn, settledIn }) => paidIn !== settledIn)) {
          printTable(out, overview.presentment, presentmentColumns, false);
          out.line();
        }
      }
      printTable(out, measures.cards, flags.csv ? cardColumns.toSpliced(2, 0, unitColumn) : cardColumns, flags.csv ?? false);
      if (!flags.csv) for (const caveat of measures.caveats) out.line(caveat);
    });
    return 0;
  };
}

/** Without `by` the cash view by month. @throws ValidationError `usage-invalid` for a plan, a country or a policy without `by`: cash has none. */
export function showRevenueBreakdown(flags: RangeFlags & ViewFlags & { by?: 'plan' | 'country' | 'currency' }): CommandAction {
  return async (context) => {
    const { client, output } = context;
    const isCsv = flags.csv ?? false;
    if (flags.by === undefined) {
      const { policy, plan, country, currency } = flags;
      refuseWithout('--by plan, country or currency', { policy, plan, country });
      const all = await client.revenue.breakdown(rangeOf(flags));
      const breakdown = { ...all, months: all.months.filter((row) => currency === undefined || row.currency === currency) };
      output.answer(breakdown, (out) => printTable(out, breakdown.months, cashColumns, isCsv));
      return 0;
    }
    await bringUpToDate(context);
    const answer = await client.revenueMeasures.breakdown({ ...rangeOf(flags), ...viewOf(flags), by: flags.by });
    type Row = (typeof answer.rows)[number];
    const of = (title: string, pick: (row: Row) => number): FigureColumn<Row> => moneyColumn(title, (row) => ({ amount: pick(row), currency: answer.currency }));
    const columns = [
      textColumn<Row>('Member', (row) => row.member), textColumn<Row>('Name', (row) => row.name), of('Start', (row) => row.startMinor), of('New', (row) => row.newMinor), of('Expansion', (row) => row.expansionMinor), of('Contraction', (row) => row.contractionMinor),
      of('Churn', (row) => row.churnMinor), of('Reactivation', (row) => row.reactivationMinor), of('Rates', (row) => row.exchangeRateMinor), of('MRR', (row) => row.endMinor), ratioColumn<Row>('Share', (row) => row.share), countColumn<Row>('Customers', (row) => row.customers),
    ];
    output.answer(answer, (out) => printTable(out, isCsv ? answer.rows : [...answer.rows, answer.total], columns, isCsv));
    return 0;
  };
}

const isPlain = ({ policy, currency, plan, country }: ViewFlags): boolean => (policy ?? 'standard') === 'standard' && currency === undefined && plan === undefined && country === undefined;

/** MRR by month. In a view of its own (a policy, currency, plan or country) out of the same sums. */
export function showMrr(flags: RangeFlags & ViewFlags): CommandAction {
  return async (context) => {
    await bringUpToDate(context);
    const { client, output } = context;
    const series = isPlain(flags) ? await client.revenue.mrrSeries(rangeOf(flags)) : await viewedSeries(context, flags);
    type Row = MrrMonth;
    const of = (title: string, pick: (row: Row) => number): FigureColumn<Row> => moneyColumn(title, (row) => ({ amount: pick(row), currency: row.currency }));
    const columns = [
      { ...textColumn<Row>('Month', (row) => row.month), text: (row: Row) => (row.isRunning ? `${row.month} (running)` : row.month) }, of('MRR', (row) => row.endMinor), of('ARR', (row) => row.arrMinor), of('New', (row) => row.newMinor),
      of('Expansion', (row) => row.expansionMinor), of('Contraction', (row) => row.contractionMinor), of('Churn', (row) => row.churnMinor), of('Reactivation', (row) => row.reactivationMinor), of('Rates', (row) => row.exchangeRateMinor),
      countColumn<Row>('Customers', (row) => row.customers), textColumn<Row>('Note', (row) => (row.undatedSubscriptionIds.length > 0 ? 'rebuilt, change date unknown' : '')),
    ];
    output.answer(series, (out) => {
      printTable(out, series.months, columns, flags.csv ?? false);
      const last = series.months.at(-1);
      if (!last || flags.csv) return;
      const { netChurn: points } = ratiosOf(last);
      const netChurn = points === null ? [] : [`net churn ${percentText(points)}`];
      out.line([`MRR ${moneyText(last.endMinor, last.currency)}`, `ARR ${moneyText(last.arrMinor, last.currency)}`, ...netChurn].join(' · '));
    });
    return 0;
  };
}

export const valueOf = ({ measures }: Pick<MeasureMonth, 'measures'>, figure: Card['figure']): number | null => measures.find((measure) => measure.figure === figure)?.value ?? null;

async function viewedSeries({ client }: CommandContext, flags: RangeFlags & ViewFlags): Promise<{ months: MrrMonth[]; asOf: number | null }> {
  const { months, currency, asOf } = await client.revenueMeasures.monthly({ ...rangeOf(flags), ...viewOf(flags) });
  const rows = months.map((month): MrrMonth => {
    const of = (figure: Card['figure']): number => valueOf(month, figure) ?? 0;
    return {
      month: month.month, currency, isRunning: month.isRunning, startMinor: month.startMinor, newMinor: of('new'), expansionMinor: of('expansion'), contractionMinor: of('contraction'), churnMinor: of('churn'), reactivationMinor: of('reactivation'),
      exchangeRateMinor: of('exchange-rate'), endMinor: month.endMinor, arrMinor: of('arr'), customers: of('customers'), undatedSubscriptionIds: [],
    };
  });
  return { months: rows, asOf };
}

interface RecognisedMonths {
  readonly months: readonly { readonly month: string; readonly invoices: number; readonly posted: number }[];
  readonly posted: number;
}

export function recogniseRevenue(options: { period?: string }): CommandAction {
  return async ({ output, runJob }) => {
    const run = await runJob('revenue-recognition', options.period === undefined ? {} : { period: options.period });
    const result = run.result as RecognisedMonths;
    output.answer(result, (out) => {
      if (result.months.length === 0) out.line('Nothing was left to recognise.');
      else out.table(result.months, [
        { title: 'Month', text: (row) => row.month },
        { title: 'Invoices', align: 'right', text: (row) => row.invoices.toLocaleString('en-US') },
        { title: 'Entries', align: 'right', text: (row) => row.posted.toLocaleString('en-US') },
      ]);
    });
    return 0;
  };
}
