/** What the kept sums add to the monthly report: MRR by plan, country and currency, cohorts, the policies side by side, and deferred revenue. */
import { addMonths, type Month } from '../../shared/calendar/local-date.ts';
import type { ReportBlock, ReportColumn } from '../../shared/documents/report-document.ts';
import { formatAmount, formatMoney } from '../../shared/money/format.ts';
import { readDeferredMonths, type DeferredMonth } from './recognition.queries.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { BreakdownRow, RevenueMeasures } from './revenue-measures.queries.ts';
import { monthName, percentText, signedAmount } from './revenue-report-words.ts';

const left = (title: string): ReportColumn => ({ title, align: 'left' });
const right = (title: string): ReportColumn => ({ title, align: 'right' });
const written = (minor: number, currency: string): string => formatAmount(minor, currency, 'en-US');
const names = { plan: 'plan', country: 'country', currency: 'currency' } as const;
const shownMembers = 15;
const shownCohorts = 12;

function breakdownBlock(measures: Pick<RevenueMeasures, 'breakdown'>, month: Month, by: keyof typeof names): ReportBlock {
  const { rows, total, currency } = measures.breakdown({ from: month, to: month, policy: 'standard', by });
  const cells = (row: BreakdownRow, name: string): string[] => [name, row.customers.toLocaleString('en-US'), written(row.startMinor, currency), signedAmount(row.endMinor - row.startMinor, currency), written(row.endMinor, currency), percentText(row.share)];
  const shown = rows.slice(0, shownMembers);
  const rest = rows.slice(shownMembers);
  const sum = (pick: (row: BreakdownRow) => number): number => rest.reduce((all, row) => all + pick(row), 0);
  return {
    kind: 'table', title: `MRR by ${names[by]}`, note: `In ${currency.toUpperCase()}; start + change = MRR`, empty: 'No MRR in this month.', columns: [left(`${by.slice(0, 1).toUpperCase()}${by.slice(1)}`), right('Customers'), right('Start'), right('Change'), right('MRR'), right('Share')],
    rows: rows.length === 0 ? [] : [
      ...shown.map((row) => ({ cells: cells(row, row.name) })),
      ...(rest.length > 0 ? [{ cells: [`${rest.length} others`, '', written(sum((row) => row.startMinor), currency), signedAmount(sum((row) => row.endMinor - row.startMinor), currency), written(sum((row) => row.endMinor), currency), ''] }] : []),
      { cells: cells(total, 'All'), isSum: true },
    ],
  };
}

function cohortBlock(measures: Pick<RevenueMeasures, 'cohorts'>, month: Month): ReportBlock[] {
  const { rows } = measures.cohorts({ from: addMonths(month, 1 - shownCohorts), to: month, policy: 'standard' });
  if (rows.length === 0) return [];
  return [{
    kind: 'heat', title: 'Revenue left of each cohort', note: 'Of the MRR at the end of the month in which its customers came', head: ['Cohort', 'Customers', ...Array.from({ length: shownCohorts }, (_, offset) => `+${offset}`)],
    rows: rows.map((row) => ({
      label: monthName(row.cohort, 'normal'), size: row.customers.toLocaleString('en-US'),
      shares: Array.from({ length: shownCohorts }, (_, offset) => (addMonths(row.cohort as Month, offset) <= month ? (row.cells.find((cell) => cell.offset === offset)?.revenueRetention ?? null) : null)),
    })),
  }];
}

function policyBlock(measures: Pick<RevenueMeasures, 'policies'>, month: Month): ReportBlock {
  const { policies, customersThatDiffer } = measures.policies({ month });
  const value = (policy: (typeof policies)[number], figure: string): string => {
    const measure = policy.measures.find((each) => each.figure === figure);
    if (measure?.value === null || measure === undefined) return 'n/a';
    return measure.unit === 'money' ? formatMoney(measure.value, measure.currency ?? 'usd', 'en-US') : measure.unit === 'basis-points' ? percentText(measure.value) : measure.value.toLocaleString('en-US');
  };
  const figures = [['MRR', 'mrr'], ['ARR', 'arr'], ['Customers', 'customers'], ['Gross MRR churn', 'gross-churn'], ['Net revenue retention', 'net-revenue-retention']] as const;
  return {
    kind: 'table', title: 'The same month by other rules', note: `${customersThatDiffer.toLocaleString('en-US')} ${customersThatDiffer === 1 ? 'customer makes' : 'customers make'} the difference in MRR`, empty: '', columns: [left('Figure'), ...policies.map((policy) => right(policy.title))],
    rows: figures.map(([name, figure]) => ({ cells: [name, ...policies.map((policy) => value(policy, figure))] })),
  };
}

function deferredBlocks(readable: ReadableDatabase, month: Month, functional: string): ReportBlock[] {
  const months = readDeferredMonths(readable, { from: month, to: month });
  const current = months.find((each) => each.currency === functional);
  const row = (each: DeferredMonth): string[] => [each.currency.toUpperCase(), ...[each.openingMinor, each.deferredMinor, each.recognisedMinor === 0 ? 0 : -each.recognisedMinor, each.takenBackMinor === 0 ? 0 : -each.takenBackMinor, each.otherMinor, each.closingMinor, each.differenceMinor].map((minor) => written(minor, each.currency))];
  return [
    ...(current ? [{
      kind: 'waterfall' as const, title: 'Deferred revenue', note: `Invoiced in advance and earned as time passes, in ${functional.toUpperCase()}`, currency: functional,
      steps: [{ label: 'Opening', kind: 'total' as const, value: current.openingMinor }, { label: 'Invoiced', kind: 'change' as const, value: current.deferredMinor }, { label: 'Recognised', kind: 'change' as const, value: 0 - current.recognisedMinor }, { label: 'Taken back', kind: 'change' as const, value: 0 - current.takenBackMinor }, { label: 'Other', kind: 'change' as const, value: current.otherMinor }, { label: 'Closing', kind: 'total' as const, value: current.closingMinor }],
    }] : []),
    { kind: 'table', title: 'Deferred revenue by currency', note: 'Opening + invoiced − recognised − taken back = closing; the last column is the difference to the ledger’s account', empty: 'Nothing is deferred in this month.', columns: [left('Currency'), right('Opening'), right('Invoiced'), right('Recognised'), right('Taken back'), right('Other'), right('Closing'), right('Difference')], rows: months.map((each) => ({ cells: row(each) })) },
  ];
}

/** In the order they are printed. */
export function reportSections(readable: ReadableDatabase, measures: Pick<RevenueMeasures, 'breakdown' | 'cohorts' | 'policies'>, functionalCurrency: () => string): readonly ((month: Month) => ReportBlock[])[] {
  return [
    (month) => [breakdownBlock(measures, month, 'plan'), breakdownBlock(measures, month, 'country'), breakdownBlock(measures, month, 'currency')],
    (month) => cohortBlock(measures, month),
    (month) => [policyBlock(measures, month)],
    (month) => deferredBlocks(readable, month, functionalCurrency()),
  ];
}
