/**
 * “Why”: how a measure of revenue came about (interface.md, Numbers): formula in words, policy in force, rounding, as-of, inputs and Stripe's ids.
 */
import type { Why } from '../../shared/api/primitives.ts';
import { endOf, firstDayOf, monthsFromTo } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { formatMoney } from '../../shared/money/format.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { rulesInWords } from '../revenue/mrr-policy.ts';
import type { MrrStretch } from '../revenue/mrr-segments.ts';
import type { MovementKind } from './mrr.queries.ts';
import { cashKinds } from './cash-figures.ts';
import { readLatestTransactions } from './cash-revenue.queries.ts';
import { measureNames } from '../../shared/revenue/measure-names.ts';
import { formulas, kindsOf } from './measure-formulas.ts';
import { measuresOf, type MeasureData, type MeasureFigure } from './revenue-measure-list.ts';
import type { MonthRange, Stretch } from './revenue-measure-calculation.ts';
import { readCustomerWindow, readMovementWindow } from './revenue-lists.queries.ts';
import { readCurrencyShares, type CashField } from './revenue-money.queries.ts';
import { readEndedTrials, readFailedCharges, readPartnerEntries } from './measure-sources.queries.ts';
import { stripeCaveats } from './status.queries.ts';
import type { View } from './revenue-view.ts';

type Input = Why['inputs'][number];
type Source = Why['sources'][number];

export interface MeasureQuestion {
  readonly readable: ReadableDatabase;
  readonly figure: MeasureFigure;
  readonly period: MonthRange;
  readonly view: View;
  readonly data: MeasureData;
  readonly zone: TimeZone;
  readonly functionalCurrency: string;
  readonly asOf: number;
  readonly cashAsOf: number;
  readonly caveats: string[];
  readonly isRunning: boolean;
  /** The items of a customer in force at the period's end under the view's policy. */
  readonly itemsOf: (customerId: string) => readonly MrrStretch[];
}

/** How many of the largest or latest rows are named as sources; the drill-down lists them all. */
const sourcesNamed = 12;
const locale = 'en-US';
const moneyFigures: ReadonlySet<MeasureFigure> = new Set(['gross-payments', 'fees', 'refunds', 'net-revenue', 'fee-share', 'refund-rate']);
const atEnd: ReadonlySet<MeasureFigure> = new Set(['mrr', 'arr', 'customers', 'average-revenue-per-account', 'lifetime-value']);

export function explainMeasure(question: MeasureQuestion): Why {
  const { figure, period, data, view } = question;
  const { stretch, measures } = measuresOf(data, period);
  const measure = measures.find((candidate) => candidate.figure === figure);
  const isCash = moneyFigures.has(figure) || figure === 'failed-payment-rate' || figure === 'partner-revenue';
  const shown = measure?.value ?? null;
  const text = shown === null ? 'n/a' : measure?.unit === 'money' ? formatMoney(shown, view.currency, locale) : measure?.unit === 'count' ? shown.toLocaleString(locale) : ratioText(figure, shown);
  return {
    title: titleOf(question), figure: text, formula: formulas[figure], policy: policyOf(question, isCash), rounding: roundingOf(figure, isCash, view), asOf: isCash ? question.cashAsOf : question.asOf, inputs: inputsOf(question, stretch),
    sources: sourcesOf(question), caveats: [...(measure?.absence ? [measure.absence] : []), ...question.caveats, ...(isCash && figure !== 'partner-revenue' ? stripeCaveats(question.readable) : []), ...(question.isRunning ? ['The month is still running.'] : [])],
  };
}

function titleOf({ figure, period, view, isRunning }: MeasureQuestion): string {
  const when = period.from === period.to ? period.from : `${period.from} to ${period.to}`;
  const { plan, country, currency } = view.scope;
  const where = `${plan === null ? '' : `, plan ${plan}`}${country === null ? '' : `, country ${country === '' ? 'unknown' : country}`}${view.scope.isConverted && currency !== '*' ? `, items in ${currency.toUpperCase()}` : ''}`;
  return `${measureNames[figure]}${view.native === null ? '' : ` in ${view.native.toUpperCase()}`}${where}, ${when}${isRunning ? ' so far' : ''}`;
}

/** 1,234 basis points → '12.34 %'; a quick ratio as a number. */
function ratioText(figure: MeasureFigure, basisPoints: number): string {
  const [whole, digits] = figure === 'quick-ratio' ? [10_000, 4] as const : [100, 2] as const;
  const magnitude = Math.abs(basisPoints);
  const text = `${basisPoints < 0 ? '−' : ''}${Math.floor(magnitude / whole)}.${String(magnitude % whole).padStart(digits, '0')}`;
  return figure === 'quick-ratio' ? text : `${text} %`;
}

function policyOf({ zone, view, functionalCurrency }: MeasureQuestion, isCash: boolean): Why['policy'] {
  const months = { name: 'Months', value: `Half-open, in ${zone.name}.` };
  const converted = view.native === null;
  if (isCash) {
    const conversion = converted ? `Into ${functionalCurrency.toUpperCase()} at the rate of each day, else the latest earlier one.` : `None: only what is in ${view.currency.toUpperCase()}.`;
    return [{ name: 'View', value: 'Cash: what moved the balance at Stripe, by the local day it was created, tax included.' }, { name: 'Conversion', value: conversion }, months];
  }
  return [
    { name: 'Policy', value: view.preset.title }, ...rulesInWords(view.preset),
    { name: 'Counts', value: 'Licensed recurring items at price × quantity, brought to a month: year ÷ 12, quarter ÷ 3, week × 52/12, day × 365/12. Tax is out; trials and paused subscriptions count 0.' },
    { name: 'Month end', value: `What is in force just before the exclusive end of the month, ${zone.name}; for the running month at the as-of time.` },
    { name: 'Movements', value: 'Per customer and local day, net. A customer who goes to another plan contracts or expands, also in the figures of a plan.' },
    { name: 'Conversion', value: converted ? 'At the rate of the day on which the item’s service period began, else the latest earlier one.' : `None: only items in ${view.currency.toUpperCase()}, in its own minor units.` },
  ];
}

function roundingOf(figure: MeasureFigure, isCash: boolean, { native }: View): string {
  if (figure.endsWith('churn') || figure.endsWith('retention') || figure.endsWith('rate') || figure.endsWith('share') || figure.endsWith('conversion') || figure === 'quick-ratio') {
    if (figure !== 'exchange-rate') return figure === 'quick-ratio' ? 'Half away from zero to four decimals.' : 'Half away from zero to a hundredth of a percent.';
  }
  if (figure === 'average-revenue-per-account' || figure === 'lifetime-value') return 'Half away from zero to the minor unit.';
  if (isCash) return native === null ? 'Half away from zero to the minor unit: once per day and currency that is converted; then summed.' : 'None: sums of whole minor units as Stripe gives them.';
  return `Half away from zero to the minor unit: once per item in its own currency${native === null ? ', once more when converted' : ''}; then summed.`;
}

function inputsOf(question: MeasureQuestion, stretch: Stretch): Input[] {
  const { figure, period, data, view, readable } = question;
  const money = (label: string, amount: number, count: number | null = null, note: string | null = null): Input => ({ label, count, amount: { amount, currency: view.currency }, note });
  const count = (label: string, value: number): Input => ({ label, count: value, amount: null, note: null });
  const { from, to } = period;
  const kinds = kindsOf[figure];
  const moved = kinds.map((kind): Input => {
    const counted = readMovementWindow(readable, view, period, { kind, customerId: null }, { startAt: 0, limit: 1, sort: { column: 'amount', direction: 'descending' }, text: null });
    return money(measureNames[kind], counted.sumMinor, counted.total);
  });
  const byMonth = (pick: 'grossMinor' | 'feesMinor' | 'refundsMinor' | 'partnerMinor', label: string, sign = 1): Input => {
    const months = monthsFromTo(from, to).flatMap((month) => data.money.byMonth.get(month) ?? []);
    return money(label, months.reduce((sum, month) => sum + sign * month[pick], 0), pick === 'grossMinor' ? months.reduce((sum, month) => sum + month.payments, 0) : null);
  };
  const inRange = <Row extends { readonly month: string }>(rows: readonly Row[]): Row[] => rows.filter(({ month }) => month >= from && month <= to);
  switch (figure) {
    case 'mrr':
      return [money('MRR at the start', stretch.startMinor), ...moved];
    case 'arr':
      return [money('MRR', stretch.endMinor)];
    case 'customers':
      return [count('Customers at the start', stretch.customersAtStart), count('Joined', stretch.customersJoined), count('Left', stretch.customersLeft)];
    case 'logo-churn':
      return [count('Customers that left', stretch.customersLeft), count('Customers at the start', stretch.customersAtStart)];
    case 'average-revenue-per-account':
      return [money('MRR', stretch.endMinor), count('Customers', stretch.customersAtEnd)];
    case 'lifetime-value':
      return [money('MRR', stretch.endMinor), count('Customers', stretch.customersAtEnd), count('Customers that left', stretch.customersLeft), count('Customers at the start', stretch.customersAtStart), count('Months', monthsFromTo(from, to).length)];
    case 'trials-started':
      return [count('Trials started', inRange(data.trials).reduce((sum, { started }) => sum + started, 0))];
    case 'trials-ended':
    case 'trial-conversion':
      return [count('Trials ended', inRange(data.trials).reduce((sum, { ended }) => sum + ended, 0)), count('Of these paid for afterwards', inRange(data.trials).reduce((sum, { converted }) => sum + converted, 0))];
    case 'gross-payments':
      return cashInputs(question, 'grossMinor') ?? [byMonth('grossMinor', 'Charges and payments')];
    case 'fees':
      return cashInputs(question, 'feesMinor') ?? [byMonth('feesMinor', 'Fees')];
    case 'refunds':
      return cashInputs(question, 'refundsMinor') ?? [byMonth('refundsMinor', 'Refunds')];
    case 'net-revenue':
      return [byMonth('grossMinor', 'Gross'), byMonth('feesMinor', 'Fees', -1), byMonth('refundsMinor', 'Refunds', -1)];
    case 'fee-share':
      return [byMonth('feesMinor', 'Fees'), byMonth('grossMinor', 'Gross')];
    case 'refund-rate':
      return [byMonth('refundsMinor', 'Refunds'), byMonth('grossMinor', 'Gross')];
    case 'failed-payment-rate':
      return [count('Failed', inRange(data.outcomes).reduce((sum, { failed }) => sum + failed, 0)), count('Succeeded', inRange(data.outcomes).reduce((sum, { succeeded }) => sum + succeeded, 0))];
    case 'partner-revenue':
      return [byMonth('partnerMinor', 'Credited to partner revenue')];
    default:
      return figure in { new: 1, expansion: 1, contraction: 1, churn: 1, reactivation: 1, 'exchange-rate': 1 } ? moved : [...(figure === 'quick-ratio' ? [] : [money('MRR at the start', stretch.startMinor)]), ...moved];
  }
}

/** Converted cash by settlement currency, where there are several; null where one figure says it all. */
function cashInputs({ readable, period, view, functionalCurrency }: MeasureQuestion, field: CashField): Input[] | null {
  if (view.native !== null || view.isSegment) return null;
  const shares = readCurrencyShares(readable, period.from, period.to, functionalCurrency, field);
  if (shares.length < 2) return null;
  return shares.map(({ currency, payments, nativeMinor, convertedMinor }) => ({
    label: `Settled in ${currency.toUpperCase()}`, count: field === 'grossMinor' ? payments : null, amount: { amount: convertedMinor, currency: view.currency }, note: currency === functionalCurrency ? null : `${formatMoney(nativeMinor, currency, locale)} in its own currency`,
  }));
}

function sourcesOf(question: MeasureQuestion): Source[] {
  const { figure, readable, period, view, zone } = question;
  if (atEnd.has(figure)) return largestItems(question);
  if (figure.startsWith('trial')) return view.isSegment ? [] : readEndedTrials(readable, period, sourcesNamed);
  const bounds = { start: zone.startOf(firstDayOf(period.from)), end: zone.startOf(endOf(period.to)) };
  if (figure === 'failed-payment-rate') return view.isSegment ? [] : readFailedCharges(readable, { ...bounds, currency: view.native, limit: sourcesNamed });
  if (figure === 'partner-revenue') return view.isSegment ? [] : readPartnerEntries(readable, { from: firstDayOf(period.from), until: endOf(period.to), currency: view.native, limit: sourcesNamed });
  if (moneyFigures.has(figure)) {
    if (view.isSegment) return [];
    const kinds = figure.startsWith('refund') ? cashKinds.refunds : figure.startsWith('fee') ? [...cashKinds.fees, ...cashKinds.gross] : [...cashKinds.gross, ...(figure === 'net-revenue' ? [...cashKinds.refunds, ...cashKinds.fees] : [])];
    return readLatestTransactions(readable, { ...bounds, currency: view.native, kinds, limit: sourcesNamed }).map((row) => ({
      kind: 'balance-transaction', id: row.id, label: `${row.type} of ${row.createdOn}, ${formatMoney(row.amountMinor, row.currency, locale)}, fee ${formatMoney(row.feeMinor, row.currency, locale)}`,
    }));
  }
  return largestMovements(question, kindsOf[figure]);
}

function largestItems({ readable, view, period, itemsOf, zone }: MeasureQuestion): Source[] {
  const { rows } = readCustomerWindow(readable, view, period.to, { startAt: 0, limit: sourcesNamed, sort: { column: 'amount', direction: 'descending' }, text: null }, zone);
  const items = rows.flatMap((row) => itemsOf(row.customerId).filter(({ currency, priceId }) => (view.scope.currency === '*' || currency === view.scope.currency) && (view.scope.plan === null || priceId === view.scope.plan)).map((item) => ({ name: row.customerName, item })));
  return items.sort((a, b) => b.item.functionalMrr - a.item.functionalMrr).slice(0, sourcesNamed).map(({ name, item }) => ({
    kind: item.invoiceId === null ? 'stripe-subscription' : 'stripe-invoice', id: item.invoiceId ?? item.subscriptionId, label: `${name}: ${item.explanation}`,
  }));
}

function largestMovements({ readable, view, period }: MeasureQuestion, kinds: readonly MovementKind[]): Source[] {
  const rows = kinds.flatMap((kind) => (['ascending', 'descending'] as const).flatMap((direction) => readMovementWindow(readable, view, period, { kind, customerId: null }, { startAt: 0, limit: sourcesNamed, sort: { column: 'amount', direction }, text: null }).rows));
  const unique = new Map(rows.map((row) => [`${row.customerId} ${row.day} ${row.kind}`, row]));
  return [...unique.values()].sort((a, b) => Math.abs(b.amount.amount) - Math.abs(a.amount.amount) || (a.customerId < b.customerId ? -1 : 1)).slice(0, sourcesNamed).map((row) => ({
    kind: row.invoiceId !== null ? 'stripe-invoice' : row.subscriptionId !== null ? 'stripe-subscription' : 'stripe-customer', id: row.invoiceId ?? row.subscriptionId ?? row.customerId,
    label: `${row.day}, ${row.customerName}, ${measureNames[row.kind].toLowerCase()} ${formatMoney(row.amount.amount, row.amount.currency, locale)}: ${row.cause}`,
  }));
}
