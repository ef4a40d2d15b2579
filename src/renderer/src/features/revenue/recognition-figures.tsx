/** Deferred revenue as tables: the twins of its charts, each row with the way to its entries. */
import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { deferredMonthSchema } from '../../../../shared/api/revenue-measures.contract.ts';
import type { deferredFigures as deferredFigureNames } from '../../../../shared/api/revenue-screens.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import type { WaterfallStep } from '../../charts/waterfall-chart.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import type { FigureColumn, FigureTableData } from '../../components/figure-table.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { ScreenWhy } from './measure-why.tsx';

type DeferredMonth = z.infer<typeof deferredMonthSchema>;
/** A step with where its entries are listed. */
export type DeferredStep = WaterfallStep & { readonly figure: DeferredFigure; readonly to: string };
export type DeferredFigure = (typeof deferredFigureNames)[number];

const words: Readonly<Record<DeferredFigure, string>> = { opening: 'deferred at the start', deferred: 'invoiced in advance', recognised: 'recognised', 'taken-back': 'taken back', other: 'other', closing: 'deferred at the end', account: 'the account', difference: 'difference to the account' };

export function DeferredWhy({ month, currency, figure, children }: { month: string; currency: string; figure: DeferredFigure; children: ReactNode }) {
  return <ScreenWhy figure={{ of: 'deferred', month, currency, figure }} label={`${words[figure]}, ${month}`}>{children}</ScreenWhy>;
}

/** The entries of a month that touched the account; of one kind, or all. */
export function deferredEntries(month: string, currency: string, kind: 'invoice-finalised' | 'recognition' | null): string {
  const search = new URLSearchParams({ account: '2100-deferred-revenue', currency, month, ...(kind === 'recognition' ? { sourceType: 'recognition' } : kind ? { kind } : {}) });
  return `${links.journal}?${search.toString()}`;
}

const currencyColumn = <Row,>(currency: string): FigureColumn<Row> => ({ id: 'currency', title: 'Currency', kind: 'text', isOnlyInFiles: true, text: () => currency.toUpperCase(), cell: () => null });

export function stepFigures(steps: readonly DeferredStep[], month: string, currency: string, fileName: string): FigureTableData<DeferredStep> {
  return {
    label: 'Deferred revenue, step by step', fileName, rows: steps, rowId: (row) => row.id, isSum: (row) => row.kind === 'total',
    columns: [
      { id: 'step', title: 'Step', kind: 'text', text: (row) => row.label, cell: (row) => <EntityLink to={row.to}>{row.label}</EntityLink> },
      { id: 'amount', title: 'Amount', kind: 'number', text: (row) => toDecimalString(row.amountMinor, currency), cell: (row) => <DeferredWhy month={month} currency={currency} figure={row.figure}><MoneyText amount={row.amountMinor} currency={currency} isSigned={row.kind === 'change'} /></DeferredWhy> },
      currencyColumn(currency),
    ],
  };
}

export function deferredFigures(months: readonly DeferredMonth[], currency: string, month: string, locale: string, onMonth: (month: string) => void): FigureTableData<DeferredMonth> {
  const amount = (id: DeferredFigure, title: string, of: (row: DeferredMonth) => number): FigureColumn<DeferredMonth> => ({
    id, title, kind: 'number', text: (row) => toDecimalString(of(row), currency), cell: (row) => <DeferredWhy month={row.month} currency={currency} figure={id}><MoneyText amount={of(row)} currency={currency} hidesCurrency /></DeferredWhy>,
  });
  return {
    label: 'Deferred revenue by month', fileName: `deferred-revenue-by-month-${month}-${currency}`, rows: months.toReversed(), rowId: (row) => row.month, isOn: (row) => row.month === month,
    columns: [
      { id: 'month', title: 'Month', kind: 'text', text: (row) => row.month, cell: (row) => <button type="button" className="text-button" onClick={() => onMonth(row.month)}>{formatMonth(row.month, locale)}</button> },
      amount('opening', 'Opening', (row) => row.openingMinor), amount('deferred', 'Invoiced in advance', (row) => row.deferredMinor),
      amount('recognised', 'Recognised', (row) => row.recognisedMinor), amount('taken-back', 'Taken back', (row) => row.takenBackMinor), amount('other', 'Other', (row) => row.otherMinor), amount('closing', 'Closing', (row) => row.closingMinor), amount('difference', 'Difference to the account', (row) => row.differenceMinor),
      { id: 'state', title: 'State', kind: 'text', text: (row) => (row.isRecognised ? 'recognised' : 'open'), cell: (row) => <StatusBadge status={row.isRecognised ? 'period-step-close' : 'period-open'} /> },
      { id: 'entries', title: 'Entries', kind: 'text', text: () => '', cell: (row) => <EntityLink to={deferredEntries(row.month, currency, 'recognition')}>Recognition</EntityLink> },
      currencyColumn(currency),
    ],
  };
}

export interface ScheduledMonth { readonly month: string; readonly earnedMinor: number }

/** When what is deferred at the month’s end will be earned; it sums to the closing balance. */
export function scheduleFigures(rows: readonly ScheduledMonth[], currency: string, month: string, locale: string, onLater: (later: string) => void): FigureTableData<ScheduledMonth> {
  return {
    label: 'Still to be earned', fileName: `deferred-schedule-${month}-${currency}`, rows, rowId: (row) => row.month,
    columns: [
      { id: 'month', title: 'Month', kind: 'text', text: (row) => row.month, cell: (row) => <button type="button" className="text-button" title="List the invoices" onClick={() => onLater(row.month)}>{formatMonth(row.month, locale)}</button> },
      { id: 'earned', title: 'Will be earned', kind: 'number', text: (row) => toDecimalString(row.earnedMinor, currency), cell: (row) => <ScreenWhy figure={{ of: 'earned', month, currency, later: row.month }} label={`what ${row.month} will earn`} onList={() => onLater(row.month)}><MoneyText amount={row.earnedMinor} currency={currency} /></ScreenWhy> },
      currencyColumn(currency),
    ],
  };
}
