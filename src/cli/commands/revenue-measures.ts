import { measureNames } from '../../shared/revenue/measure-names.ts';
import type { DaybookClient } from '../../shared/api/contract.ts';
import type { MovementKind } from '../../main/reporting/mrr.queries.ts';
import { moneyText, percentText, instantText } from '../output.ts';
import type { CommandAction } from './command.ts';
import { rangeOf, refuseWithout, viewOf, type RangeFlags, type ViewFlags } from './revenue-flags.ts';
import { bringUpToDate, cardText, cardUnit, cardValue, valueOf } from './revenue.ts';
import { countColumn, moneyColumn, printTable, ratioColumn, ratioText, textColumn, type FigureColumn } from './revenue-table.ts';
import { ratioDecimal } from '../../shared/money/basis-points.ts';

/** Rows per question; the contract gives no more at a time. */
const rowsAtATime = 500;

/** What moved MRR in a range, the largest first. */
export function listMovements(flags: RangeFlags & ViewFlags & { kind?: MovementKind; limit: number }): CommandAction {
  return async (context) => {
    await bringUpToDate(context);
    const { client, output } = context;
    const filter = { ...rangeOf(flags), ...viewOf(flags), ...(flags.kind === undefined ? {} : { kind: flags.kind }) };
    const first = await client.revenueMeasures.movements({ filter, limit: Math.min(flags.limit, rowsAtATime) });
    const rows = [...first.rows];
    while (rows.length < Math.min(first.total, flags.limit)) {
      const next = await client.revenueMeasures.movements({ filter, startAt: rows.length, limit: Math.min(flags.limit - rows.length, rowsAtATime) });
      if (next.rows.length === 0) break;
      rows.push(...next.rows);
    }
    type Row = (typeof rows)[number];
    const columns = [
      textColumn<Row>('Day', (row) => row.day), textColumn<Row>('Customer', (row) => row.customerName), { ...textColumn<Row>('Kind', (row) => row.kind), text: (row: Row) => measureNames[row.kind] }, moneyColumn<Row>('Amount', (row) => row.amount), textColumn<Row>('Currency', (row) => row.amount.currency.toUpperCase()),
      textColumn<Row>('Cause', (row) => row.cause), textColumn<Row>('Customer id', (row) => row.customerId), textColumn<Row>('Subscription', (row) => row.subscriptionId), textColumn<Row>('Invoice', (row) => row.invoiceId),
    ];
    output.answer({ ...first, rows }, (out) => {
      printTable(out, rows, columns, flags.csv ?? false);
      const [sum] = first.sums;
      if (!flags.csv && sum) out.line(`${first.total.toLocaleString('en-US')} movements, ${moneyText(sum.amount, sum.currency)}${rows.length < first.total ? `; the ${rows.length} largest are shown` : ''}.`);
    });
    return 0;
  };
}

/** Churn and retention month by month. */
export function showChurn(flags: RangeFlags & ViewFlags): CommandAction {
  return async (context) => {
    await bringUpToDate(context);
    const { client, output } = context;
    const answer = await client.revenueMeasures.monthly({ ...rangeOf(flags), ...viewOf(flags) });
    type Row = (typeof answer.months)[number];
    const money = (title: string, pick: (row: Row) => number | null): FigureColumn<Row> => moneyColumn(title, (row) => ({ amount: pick(row), currency: answer.currency }));
    const ratio = (title: string, figure: Parameters<typeof valueOf>[1]): FigureColumn<Row> => ratioColumn(title, (row) => valueOf(row, figure));
    const columns = [
      { ...textColumn<Row>('Month', (row) => row.month), text: (row: Row) => (row.isRunning ? `${row.month} (running)` : row.month) }, money('Start', (row) => row.startMinor), money('Churn', (row) => valueOf(row, 'churn')), money('Contraction', (row) => valueOf(row, 'contraction')),
      ratio('Gross churn', 'gross-churn'), ratio('Net churn', 'net-churn'), ratio('Logo churn', 'logo-churn'), ratio('NRR', 'net-revenue-retention'), ratio('GRR', 'gross-revenue-retention'),
      { title: 'Quick ratio', kind: 'number' as const, text(row: Row) { const points = valueOf(row, 'quick-ratio'); return points === null ? 'n/a' : ratioText(points); }, value(row: Row) { const points = valueOf(row, 'quick-ratio'); return points === null ? null : ratioDecimal(points); } },
      countColumn<Row>('Customers', (row) => valueOf(row, 'customers')), money('ARPA', (row) => valueOf(row, 'average-revenue-per-account')), money('LTV', (row) => valueOf(row, 'lifetime-value')),
    ];
    output.answer(answer, (out) => {
      printTable(out, answer.months, columns, flags.csv ?? false);
      if (!flags.csv) for (const caveat of answer.caveats) out.line(caveat);
    });
    return 0;
  };
}

/** Customers by the month of their first MRR, and what of them and of their MRR is left after so many months. */
export function showCohorts(flags: RangeFlags & Pick<ViewFlags, 'policy' | 'currency' | 'csv'> & { of?: 'customers' | 'mrr' }): CommandAction {
  return async (context) => {
    await bringUpToDate(context);
    const { client, output } = context;
    const answer = await client.revenueMeasures.cohorts({ ...rangeOf(flags), ...viewOf({ policy: flags.policy, currency: flags.currency }) });
    const cells = answer.rows.flatMap(({ cohort, customers, cells: ofCohort }) => ofCohort.map((cell) => ({ ...cell, cohort, size: customers })));
    type Cell = (typeof cells)[number];
    const columns = [
      textColumn<Cell>('Cohort', (cell) => cell.cohort), countColumn<Cell>('Size', (cell) => cell.size), countColumn<Cell>('Months later', (cell) => cell.offset), countColumn<Cell>('Customers', (cell) => cell.customers), ratioColumn<Cell>('Customers kept', (cell) => cell.logoRetention),
      moneyColumn<Cell>('MRR', (cell) => ({ amount: cell.mrrMinor, currency: answer.currency })), ratioColumn<Cell>('MRR kept', (cell) => cell.revenueRetention),
    ];
    output.answer(answer, (out) => {
      if (flags.csv) return printTable(out, cells, columns, true);
      const widest = Math.max(0, ...answer.rows.map((row) => row.cells.length));
      out.table(answer.rows, [
        { title: 'Cohort', text: (row) => row.cohort },
        { title: 'Size', align: 'right', text: (row) => row.customers.toLocaleString('en-US') },
        ...Array.from({ length: widest }, (_, offset) => ({
          title: `+${offset}`, align: 'right' as const,
          text: (row: (typeof answer.rows)[number]) => { const cell = row.cells[offset]; return cell === undefined ? '' : percentText(flags.of === 'mrr' ? cell.revenueRetention : cell.logoRetention); },
        })),
      ]);
    });
    return 0;
  };
}

/** Deferred revenue month by month, tied to the account; with `days` what each day of one month earned. */
export function showRecognition(flags: RangeFlags & { days?: string; csv?: boolean }): CommandAction {
  return async ({ client, output }) => {
    const isCsv = flags.csv ?? false;
    if (flags.days !== undefined) {
      const answer = await client.revenueMeasures.recognitionDays({ month: flags.days });
      const rows = [...answer.days.map(({ day, ...row }) => ({ when: day, ...row })), ...answer.waterfall.map(({ month, ...row }) => ({ when: month, ...row }))];
      type Row = (typeof rows)[number];
      output.answer(answer, (out) => printTable(out, rows, [textColumn<Row>('Day or later month', (row) => row.when), textColumn<Row>('Currency', (row) => row.currency.toUpperCase()), moneyColumn<Row>('Earned', (row) => ({ amount: row.earnedMinor, currency: row.currency }))], isCsv));
      return 0;
    }
    const answer = await client.revenueMeasures.recognition(rangeOf(flags));
    type Row = (typeof answer.months)[number];
    const of = (title: string, pick: (row: Row) => number): FigureColumn<Row> => moneyColumn(title, (row) => ({ amount: pick(row), currency: row.currency }));
    const columns = [
      textColumn<Row>('Month', (row) => row.month), textColumn<Row>('Currency', (row) => row.currency.toUpperCase()), of('Opening', (row) => row.openingMinor), of('Deferred', (row) => row.deferredMinor), of('Recognised', (row) => row.recognisedMinor),
      of('Taken back', (row) => row.takenBackMinor), of('Other', (row) => row.otherMinor), of('Closing', (row) => row.closingMinor), of('Account', (row) => row.accountMinor), of('Difference', (row) => row.differenceMinor),
      textColumn<Row>('Recognised?', (row) => (row.isRecognised ? 'yes' : 'not yet')),
    ];
    output.answer(answer, (out) => printTable(out, answer.months, columns, isCsv));
    return answer.months.some(({ differenceMinor }) => differenceMinor !== 0) ? 1 : 0;
  };
}

const figuresCompared = ['mrr', 'arr', 'customers', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'exchange-rate', 'gross-churn', 'net-churn', 'net-revenue-retention', 'gross-revenue-retention', 'quick-ratio', 'logo-churn', 'average-revenue-per-account', 'lifetime-value'] as const;

/** A figure under each policy; a file says its unit beside it. */
function policyColumns(month: string, policies: Awaited<ReturnType<DaybookClient['revenueMeasures']['policies']>>['policies'], isCsv: boolean): FigureColumn<(typeof figuresCompared)[number]>[] {
  type Figure = (typeof figuresCompared)[number];
  const measureOf = (measures: (typeof policies)[number]['measures'], figure: Figure) => measures.find((one) => one.figure === figure);
  return [
    { ...textColumn<Figure>(isCsv ? 'Figure' : month, (figure) => figure), text: (figure) => measureNames[figure] },
    ...(isCsv ? [textColumn<Figure>('Unit', (figure) => { const measure = measureOf(policies[0]?.measures ?? [], figure); return measure ? cardUnit(measure) : null; })] : []),
    ...policies.map(({ title, measures }): FigureColumn<Figure> => ({
      title, kind: 'number',
      text(figure) { const measure = measureOf(measures, figure); return measure ? cardText(measure, measure.value) : 'n/a'; },
      value(figure) { const measure = measureOf(measures, figure); return measure ? cardValue(measure, measure.value) : null; },
    })),
  ];
}

/** The three policies side by side with the customers that explain the difference; or, with a moment, a month as it was known then beside now. */
export function compareRevenue(flags: Pick<ViewFlags, 'policy' | 'csv'> & { month?: string; knownAt?: number; limit: number; of?: 'customers' | 'figures' }): CommandAction {
  return async (context) => {
    if (flags.knownAt === undefined) refuseWithout('--known-at: without it all policies stand side by side', { policy: flags.policy });
    else refuseWithout('the policies side by side, which --known-at leaves out', { of: flags.of });
    await bringUpToDate(context);
    const { client, output, timeZone } = context;
    const isCsv = flags.csv ?? false;
    const month = flags.month ?? (await client.revenueMeasures.choices({})).runningMonth;
    if (flags.knownAt !== undefined) {
      const answer = await client.revenueMeasures.knownAt({ month, knownAt: flags.knownAt, policy: flags.policy ?? 'standard' });
      const rows = answer.present.map((present, index) => ({ name: present.name, present, known: answer.known.find(({ figure }) => figure === present.figure) ?? answer.known[index] }));
      type Row = (typeof rows)[number];
      const shown = (figure: Row['known']): string => (figure?.amount ? moneyText(figure.amount.amount, figure.amount.currency) : figure?.count?.toLocaleString('en-US') ?? 'not known');
      const cell = (figure: Row['known']): string | null => figure?.amount?.amount.toString() ?? figure?.count?.toString() ?? null;
      const columns: FigureColumn<Row>[] = [
        textColumn('Figure', (row) => row.name), { title: 'Known then', kind: 'number', text: (row) => shown(row.known), value: (row) => cell(row.known) }, { title: 'Known now', kind: 'number', text: (row) => shown(row.present), value: (row) => cell(row.present) },
      ];
      output.answer(answer, (out) => {
        printTable(out, rows, columns, isCsv);
        if (isCsv) return;
        if (answer.mrrAbsence) out.line(answer.mrrAbsence);
        if (answer.lateFacts.length > 0) out.line();
        for (const fact of answer.lateFacts.slice(0, flags.limit)) out.line(`${instantText(fact.learnedAt, timeZone)}  ${moneyText(fact.amount.amount, fact.amount.currency)}  ${fact.customerName ? `${fact.customerName}: ` : ''}${fact.what}`);
        out.line(`${answer.lateFactsTotal.toLocaleString('en-US')} facts came later.`);
      });
      return 0;
    }
    const { policies, customersThatDiffer, asOf } = await client.revenueMeasures.policies({ month });
    const differences = await client.revenueMeasures.policyDifferences({ filter: { month }, limit: Math.min(flags.limit, rowsAtATime) });
    type Difference = (typeof differences.rows)[number];
    const columns: FigureColumn<Difference>[] = [
      textColumn('Customer', (row) => row.customerName), ...policies.map(({ policy, title }) => moneyColumn<Difference>(title, (row) => row.mrr.find((one) => one.policy === policy)?.amount ?? { amount: null, currency: 'usd' })),
      textColumn('Because', (row) => row.because), textColumn('Customer id', (row) => row.customerId),
    ];
    output.answer({ month, asOf, policies, customersThatDiffer, differences: differences.rows }, (out) => {
      if (isCsv && flags.of !== 'figures') return printTable(out, differences.rows, columns, true);
      printTable(out, figuresCompared, policyColumns(month, policies, isCsv), isCsv);
      if (isCsv) return;
      out.line();
      if (differences.rows.length === 0) out.line('No customer makes a difference between them.');
      else printTable(out, differences.rows, columns, false);
    });
    return 0;
  };
}
