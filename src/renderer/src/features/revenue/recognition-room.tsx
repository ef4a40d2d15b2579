import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useNavigate } from 'react-router';
import type { z } from 'zod';
import type { deferredMonthSchema } from '../../../../shared/api/revenue-measures.contract.ts';
import { addDays, addMonths, endOf, month as asMonth } from '../../../../shared/calendar/local-date.ts';
import { ChartBox } from '../../charts/chart-box.tsx';
import { MonthBarsChart, type BarSeries } from '../../charts/month-bars-chart.tsx';
import { WaterfallChart, type WaterfallStep } from '../../charts/waterfall-chart.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { deferredEntries, deferredFigures, DeferredWhy, scheduleFigures, stepFigures, type DeferredFigure, type DeferredStep } from './recognition-figures.tsx';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { useUrlFilter } from '../../lib/url-filter.ts';
import { RecognitionDays } from './recognition-days.tsx';
import { RevenueRoom } from './revenue-room.tsx';
import { useStandpoint } from './use-standpoint.ts';

type DeferredMonth = z.infer<typeof deferredMonthSchema>;

const barsOf = (months: readonly DeferredMonth[]): BarSeries[] => [
  { id: 'recognised', label: 'Recognised', colour: 's1', amounts: months.map((each) => each.recognisedMinor) },
  { id: 'closing', label: 'Deferred at the end', colour: 's6', amounts: months.map((each) => each.closingMinor) },
];

/** What was invoiced in advance and is earned as time passes: the account of deferred revenue, month by month, tied to the ledger. */
export function RecognitionRoom() {
  const { queries } = useApi();
  const { locale, functionalCurrency } = usePreferences();
  const navigate = useNavigate();
  const { month, change } = useStandpoint();
  const [filter, setFilter] = useUrlFilter(['booksIn'] as const);
  const from = String(addMonths(asMonth(month), -11));
  const recognition = useQuery(queries.revenueMeasures.recognition.queryOptions({ input: { from, to: month } }));
  const all = recognition.data?.months;
  const currencies = useMemo(() => [...new Set((all ?? []).map((each) => each.currency))].toSorted((a, b) => Number(b === functionalCurrency) - Number(a === functionalCurrency) || a.localeCompare(b)), [all, functionalCurrency]);
  const currency = filter.booksIn && currencies.includes(filter.booksIn) ? filter.booksIn : (currencies[0] ?? functionalCurrency ?? 'usd');
  const months = useMemo(() => (all ?? []).filter((each) => each.currency === currency), [all, currency]);
  const current = months.find((each) => each.month === month);
  const steps = useMemo(() => (current ? stepsOf(current, locale) : []), [current, locale]);
  const openStep = useCallback((id: string) => { const to = steps.find((step) => step.id === id)?.to; if (to) void navigate(to); }, [steps, navigate]);
  const openMonth = useCallback((picked: string, series: string | null) => { if (series === 'recognised') void navigate(deferredEntries(picked, currency, 'recognition')); else change({ month: picked }); }, [navigate, currency, change]);
  const names = useMemo(() => months.map((each) => each.month), [months]);
  const series = useMemo(() => barsOf(months), [months]);
  const stepTable = useMemo(() => all && stepFigures(steps, month, currency, `deferred-revenue-${month}-${currency}`), [all, steps, currency, month]);
  const monthTable = useMemo(() => all && deferredFigures(months, currency, month, locale, (picked) => change({ month: picked })), [all, months, currency, month, locale, change]);
  const title = `Deferred revenue, ${formatMonth(month, locale, 'long')}`;
  const note = `${currency.toUpperCase()}; a step opens its entries`;
  return (
    <RevenueRoom part="Recognition" asOf={recognition.data?.asOf} choices={currencies.length > 1 ? <SegmentedControl aria-label="Books in" value={currency} onChange={(value) => setFilter({ booksIn: value })} data={currencies.map((each) => ({ value: each, label: each.toUpperCase() }))} /> : null}>
      {recognition.isError ? <ErrorNotice error={recognition.error} onRetry={() => void recognition.refetch()} /> : null}
      {recognition.isError ? null : <div className="halves">
        <ChartBox title={title} note={note} table={stepTable} height={300} empty={<p className="section quiet">Nothing was deferred in this month.</p>}>
          {(chart) => <WaterfallChart ref={chart} title={title} note={note} steps={steps} currency={currency} onPick={openStep} />}
        </ChartBox>
        <ChartBox title="Recognised, month by month" note="a bar opens its entries" table={monthTable} height={300} empty={<p className="section quiet">Nothing was deferred in these months.</p>}>
          {(chart) => <MonthBarsChart ref={chart} title="Recognised and deferred" note={`${currency.toUpperCase()}, to ${formatMonth(month, locale)}`} months={names} series={series} currency={currency} onPick={openMonth} />}
        </ChartBox>
      </div>}
      {current ? <Tie current={current} /> : null}
      <RecognitionDays month={month} currency={currency} scheduleOf={scheduleFigures} />
    </RevenueRoom>
  );
}

function stepsOf(current: DeferredMonth, locale: string): DeferredStep[] {
  const { month, currency } = current;
  const statement = (to: string) => links.accountStatement(deferredAccount, currency, to);
  const step = (id: DeferredFigure, label: string, kind: WaterfallStep['kind'], amountMinor: number, to: string): DeferredStep => ({ id, figure: id, label, kind, amountMinor, to });
  return [
    step('opening', `Start of ${formatMonth(month, locale)}`, 'total', current.openingMinor, statement(String(addDays(endOf(addMonths(asMonth(month), -1)), -1)))),
    step('deferred', 'Invoiced in advance', 'change', current.deferredMinor, deferredEntries(month, currency, 'invoice-finalised')),
    step('recognised', 'Recognised', 'change', current.recognisedMinor === 0 ? 0 : -current.recognisedMinor, deferredEntries(month, currency, 'recognition')),
    step('taken-back', 'Taken back', 'change', current.takenBackMinor === 0 ? 0 : -current.takenBackMinor, deferredEntries(month, currency, null)),
    ...(current.otherMinor === 0 ? [] : [step('other', 'Other', 'change', current.otherMinor, deferredEntries(month, currency, null))]),
    step('closing', `End of ${formatMonth(month, locale)}`, 'total', current.closingMinor, statement(String(addDays(endOf(asMonth(month)), -1)))),
  ];
}

export const deferredAccount = '2100-deferred-revenue';

/** The figure beside what the ledger’s account says, read apart. */
function Tie({ current }: { current: DeferredMonth }) {
  const { locale } = usePreferences();
  return (
    <Box title="Tied to the ledger" note={current.isRecognised ? undefined : `${formatMonth(current.month, locale, 'long')} is not recognised yet: run “Recognise revenue” under Jobs`}>
      <table className="plain">
        <tbody>
          <tr><th scope="row">Worked out from the entries</th><td className="num"><DeferredWhy month={current.month} currency={current.currency} figure="closing"><MoneyText amount={current.closingMinor} currency={current.currency} /></DeferredWhy></td></tr>
          <tr><th scope="row"><EntityLink to={links.accountStatement(deferredAccount, current.currency, String(addDays(endOf(asMonth(current.month)), -1)))}>Account {deferredAccount} at the month’s end</EntityLink></th><td className="num"><DeferredWhy month={current.month} currency={current.currency} figure="account"><MoneyText amount={current.accountMinor} currency={current.currency} /></DeferredWhy></td></tr>
          <tr className="sum"><th scope="row">Difference {current.differenceMinor === 0 ? <span className="badge ok">Ties</span> : <span className="badge problem">Does not tie</span>}</th><td className="num"><DeferredWhy month={current.month} currency={current.currency} figure="difference"><MoneyText amount={current.differenceMinor} currency={current.currency} isSigned /></DeferredWhy></td></tr>
        </tbody>
      </table>
    </Box>
  );
}
