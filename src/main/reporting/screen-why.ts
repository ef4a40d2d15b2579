/** “Why” of figures that are no measure of their own: a member's share, a cell of the cohort table, deferred revenue, and what of it is earned (domain.md §7). */
import type { z } from 'zod';
import type { Why } from '../../shared/api/primitives.ts';
import type { screenFigureSchema } from '../../shared/api/revenue-screens.contract.ts';
import { addMonths, type Month } from '../../shared/calendar/local-date.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';
import { percentDecimal } from '../../shared/money/basis-points.ts';
import { formatMoney } from '../../shared/money/format.ts';
import type { EarnedInvoice } from '../revenue/recognition-by-day.ts';
import type { CohortCustomer } from './cohort-customers.queries.ts';
import type { DeferredMonth } from './recognition.queries.ts';
import { rulesInWords, presetOf } from '../revenue/mrr-policy.ts';
import type { RevenueMeasures } from './revenue-measures.queries.ts';

export type ScreenFigure = z.infer<typeof screenFigureSchema>;
type Of<Kind extends ScreenFigure['of']> = Extract<ScreenFigure, { of: Kind }>;

const locale = 'en-US';
const sourcesNamed = 12;
const money = (label: string, amount: number, currency: string, count: number | null = null, note: string | null = null): Why['inputs'][number] => ({ label, count, amount: { amount, currency }, note });
const counted = (label: string, count: number): Why['inputs'][number] => ({ label, count, amount: null, note: null });
const ratioRounding = 'Half away from zero to a hundredth of a percent.';

function percent(basisPoints: number | null): string {
  return basisPoints === null ? 'n/a' : `${percentDecimal(basisPoints).replace('-', '−')} %`;
}

function unknown(what: string): NotFoundError {
  return new NotFoundError('revenue-figure-unknown', `There is no figure for ${what}.`, { nextStep: 'Look at a month and a member that the table lists.' });
}

export function explainShare({ month, by, member, policy, currency, plan, country }: Of<'share'>, measures: Pick<RevenueMeasures, 'breakdown'>): Why {
  const answer = measures.breakdown({ from: month, to: month, by, policy, currency, plan, country });
  const row = answer.rows.find((candidate) => candidate.member === member);
  if (!row) throw unknown(`${by} “${member}” in ${month}`);
  return {
    title: `Share of ${row.name}, ${month}`, figure: percent(row.share), formula: 'MRR of the member ÷ MRR of all, both at the end of the month', rounding: ratioRounding, asOf: answer.asOf, caveats: answer.caveats, sources: [],
    inputs: [money(`MRR of ${row.name}`, row.endMinor, answer.currency), money('MRR of all', answer.total.endMinor, answer.currency)], policy: rulesOf(policy),
  };
}

function rulesOf(policy: Of<'share'>['policy']): Why['policy'] {
  const preset = presetOf(policy);
  return [{ name: 'Policy', value: preset.title }, ...rulesInWords(preset)];
}

const cohortFormulas: Readonly<Record<Of<'cohort'>['figure'], string>> = {
  size: 'Customers whose first MRR came in the cohort’s month, those who left within it too', customers: 'Customers of the cohort with MRR at the end of the month', mrr: 'Σ MRR of the cohort’s customers at the end of the month',
  'logo-retention': 'Customers of the cohort with MRR at the end of the month ÷ customers at first', 'revenue-retention': 'MRR of the cohort at the end of the month ÷ its MRR at the end of its first month',
};
const cohortTitles: Readonly<Record<Of<'cohort'>['figure'], string>> = { size: 'Customers at first', customers: 'Customers left', mrr: 'MRR left', 'logo-retention': 'Customer retention', 'revenue-retention': 'Revenue retention' };

/** @param largest the cohort's customers at the end of the cell's month, the largest first. */
export function explainCohort({ cohort, offset, figure, policy, currency: native }: Of<'cohort'>, measures: Pick<RevenueMeasures, 'cohorts'>, largest: readonly CohortCustomer[]): Why {
  const answer = measures.cohorts({ from: cohort, to: cohort, policy, currency: native });
  const row = answer.rows.find((candidate) => candidate.cohort === cohort);
  const cell = row?.cells.find((candidate) => candidate.offset === offset);
  const first = row?.cells[0];
  if (!row || !cell || !first) throw unknown(`the cohort of ${cohort} after ${offset} months`);
  const { currency } = answer;
  const figures = { size: row.customers.toLocaleString(locale), customers: cell.customers.toLocaleString(locale), mrr: formatMoney(cell.mrrMinor, currency, locale), 'logo-retention': percent(cell.logoRetention), 'revenue-retention': percent(cell.revenueRetention) };
  const left = money('MRR of the cohort', cell.mrrMinor, currency, cell.customers, `at the end of ${addMonths(cohort as Month, offset)}`);
  return {
    title: `${cohortTitles[figure]}, cohort of ${cohort}${figure === 'size' ? '' : `, in ${addMonths(cohort as Month, offset)}`}`, figure: figures[figure], formula: cohortFormulas[figure], asOf: answer.asOf, caveats: answer.caveats, policy: rulesOf(policy),
    rounding: figure.endsWith('retention') ? ratioRounding : 'Half away from zero to the minor unit, once per item; then summed.',
    inputs: [counted('Customers at first', row.customers), ...(figure === 'size' ? [] : [left]), ...(figure === 'revenue-retention' ? [money('MRR at first', first.mrrMinor, currency, null, `at the end of ${cohort}`)] : [])],
    sources: largest.slice(0, sourcesNamed).map((customer) => ({ kind: 'stripe-customer', id: customer.customerId, label: `${customer.customerName}, ${formatMoney(customer.mrr.amount, customer.mrr.currency, locale)}` })),
  };
}

const account = 'account 2100-deferred-revenue';
const deferredFormulas: Readonly<Record<Of<'deferred'>['figure'], string>> = {
  opening: `What ${account} held at the end of the month before`, deferred: `Σ credits of finalised invoices to ${account} in the month`, recognised: `Σ debits of recognition entries to ${account} in the month: each line’s total × days elapsed ÷ days, less what was recognised before`,
  'taken-back': `Σ that refunds, credit notes, voids and disputes took from ${account} in the month`, other: `Σ of all other entries on ${account} in the month`, closing: 'Opening + invoiced in advance − recognised − taken back + other',
  account: `The balance of ${account} by its sums per day, read apart from the entries`, difference: 'Closing, worked out from the entries − balance of the account; 0 when they tie',
};
const deferredTitles: Readonly<Record<Of<'deferred'>['figure'], string>> = { opening: 'Deferred at the start', deferred: 'Invoiced in advance', recognised: 'Recognised', 'taken-back': 'Taken back', other: 'Other', closing: 'Deferred at the end', account: 'The ledger’s account', difference: 'Difference to the account' };
const byDay: Why['policy'] = [{ name: 'Recognition', value: 'Straight-line by day: the start day counts, the end day does not.' }];

export function explainDeferred({ month, currency, figure }: Of<'deferred'>, months: readonly DeferredMonth[], asOf: number): Why {
  const row = months.find((candidate) => candidate.month === month && candidate.currency === currency);
  if (!row) throw unknown(`deferred revenue in ${currency.toUpperCase()} in ${month}`);
  const values = { opening: row.openingMinor, deferred: row.deferredMinor, recognised: row.recognisedMinor, 'taken-back': row.takenBackMinor, other: row.otherMinor, closing: row.closingMinor, account: row.accountMinor, difference: row.differenceMinor };
  const parts = [money('Opening', row.openingMinor, currency), money('Invoiced in advance', row.deferredMinor, currency), money('Recognised', 0 - row.recognisedMinor, currency), money('Taken back', 0 - row.takenBackMinor, currency), money('Other', row.otherMinor, currency)];
  const own = money(deferredTitles[figure], values[figure], currency);
  return {
    title: `${deferredTitles[figure]} in ${currency.toUpperCase()}, ${month}`, figure: formatMoney(values[figure], currency, locale), formula: deferredFormulas[figure], policy: byDay, rounding: 'Each month gets the rounded sum up to its end less what earlier months got, so that parts sum to the whole.', asOf, sources: [],
    inputs: figure === 'closing' ? parts : figure === 'difference' ? [money('Closing', row.closingMinor, currency), money('Account', 0 - row.accountMinor, currency)] : [own],
    caveats: row.isRecognised ? [] : ['The month is not recognised yet: run “Recognise revenue” under Jobs.'],
  };
}

/** @param earned the invoices behind the point. */
export function explainEarned({ month, currency, day, later }: Of<'earned'>, earned: readonly EarnedInvoice[], numberOf: (invoiceId: string) => string | null, asOf: number): Why {
  const sum = earned.reduce((total, { earnedMinor }) => total + earnedMinor, 0);
  const largest = earned.toSorted((a, b) => Math.abs(b.earnedMinor) - Math.abs(a.earnedMinor) || (a.invoiceId < b.invoiceId ? -1 : 1)).slice(0, sourcesNamed);
  return {
    title: day === undefined ? `Will be earned in ${later ?? ''}, in ${currency.toUpperCase()}` : `Earned on ${day}, in ${currency.toUpperCase()}`, figure: formatMoney(sum, currency, locale),
    formula: day === undefined ? 'Σ over invoices: what is earned by the end of that month − what is earned by the end of the month before, if nothing more is taken back' : 'Σ over invoices: what is earned by the end of the day − what was earned by the end of the day before',
    policy: [...byDay, { name: 'Known', value: `What is booked by the end of ${month}.` }], rounding: 'Half away from zero to the minor unit, on what is earned up to a day; a day gets the difference, so that days sum to the month.', asOf,
    inputs: [money('Invoices', sum, currency, earned.length)], caveats: [], sources: largest.map(({ invoiceId, earnedMinor }) => ({ kind: 'stripe-invoice', id: invoiceId, label: `${numberOf(invoiceId) ?? invoiceId}, ${formatMoney(earnedMinor, currency, locale)}` })),
  };
}
