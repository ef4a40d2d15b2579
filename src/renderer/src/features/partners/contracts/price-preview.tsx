import { useQuery, keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { rehearsalSchema } from '../../../../../shared/api/contracts.contract.ts';
import { BreakEvenChart } from '../../../charts/break-even-chart.tsx';
import { RehearsalChart } from '../../../charts/rehearsal-chart.tsx';
import { DateText } from '../../../components/date-text.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Facts } from '../../../components/record-parts.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { formatMonth } from '../../../lib/dates.ts';
import { withLocalDates } from '../../../lib/iso-words.ts';
import { usePreferences } from '../../../lib/preferences.tsx';
import type { Values } from './term-form.ts';

export type Rehearsal = z.infer<typeof rehearsalSchema>;

export interface PricePreviewProps {
  contractId: string | null;
  entity: 'contract' | 'amendment';
  id: string | null;
  values: Values;
  /** What is typed is not what is asked about yet. */
  isBehind: boolean;
  /** Something typed cannot be read: it is not part of what is shown. */
  leavesOut: boolean;
}

/** The last twelve months of real usage under the standing and the proposed terms, while one types. */
export function PricePreview({ contractId, entity, id, values, isBehind, leavesOut }: PricePreviewProps) {
  const { queries } = useApi();
  // Each set of values is a question of its own: an answer to an earlier one never replaces a later one's.
  const rehearsal = useQuery(queries.contracts.rehearse.queryOptions({ input: { contractId, entity, id, values }, placeholderData: keepPreviousData, retry: false }));
  const { data } = rehearsal;
  return (
    <section aria-label="Price preview" aria-busy={isBehind || rehearsal.isFetching} className="preview">
      <h3>What the last twelve months would have come to</h3>
      {leavesOut ? <p className="badge attention">Without what is marked: it cannot be read yet</p> : null}
      {rehearsal.isError ? <ErrorNotice error={rehearsal.error} onRetry={() => void rehearsal.refetch()} /> : null}
      {data ? <RehearsalView rehearsal={data} /> : rehearsal.isError ? null : <p className="muted">Rating twelve months of usage</p>}
    </section>
  );
}

export function RehearsalView({ rehearsal }: { rehearsal: Rehearsal }) {
  const { locale } = usePreferences();
  const [shows, setShows] = useState<'chart' | 'table'>('table');
  const [by, setBy] = useState<'month' | 'volume'>('month');
  const { currency, months, delta, dearestMonth, cheapestMonth, breakEvenUnits, meter, invoicedMonths } = rehearsal;
  const last = months.at(-1);
  const isRated = months.some((month) => month.after !== null);
  const hasBefore = months.some((month) => month.before !== null);
  const isSame = breakEvenUnits === null && months.every((month) => month.delta === 0);
  if (!isRated) return <p className="quiet">The proposed terms cannot be rated yet: {withLocalDates(rehearsal.problems[0]?.message ?? rehearsal.summaryAfter, locale)}</p>;
  return (
    <>
      {invoicedMonths ? <p className="badge attention">{invoicedWords(invoicedMonths, locale)}: those invoices keep the terms they were made with</p> : null}
      <Facts rows={[
        last ? ['Last month', <LastMonth key="last" rehearsal={rehearsal} month={last} />] : null,
        delta === null ? null : ['In sum', <b key="sum"><MoneyText amount={delta} currency={currency} isSigned /></b>],
        dearestMonth === null ? null : ['Dearest month', <MonthDelta key="dearest" rehearsal={rehearsal} month={dearestMonth} />],
        cheapestMonth === null ? null : ['Cheapest month', <MonthDelta key="cheapest" rehearsal={rehearsal} month={cheapestMonth} />],
        hasBefore ? ['Break-even', isSame ? 'Both come to the same' : breakEvenUnits === null ? 'Never within ten times the largest month' : <span key="even">at <NumberText value={breakEvenUnits} /> {meter} a month</span>] : null,
      ]} />
      <div className="row-flex">
        <button type="button" className="text-button" aria-pressed={by === 'month'} onClick={() => setBy('month')}>By month</button>
        <button type="button" className="text-button" aria-pressed={by === 'volume'} onClick={() => setBy('volume')}>By volume</button>
        <span className="muted" aria-hidden="true">·</span>
        <button type="button" className="text-button" aria-pressed={shows === 'table'} onClick={() => setShows('table')}>Table</button>
        <button type="button" className="text-button" aria-pressed={shows === 'chart'} onClick={() => setShows('chart')}>Chart</button>
        <span className="muted small">Before tax · usage as of <DateText instant={rehearsal.asOf} /></span>
      </div>
      {by === 'month' ? (shows === 'chart' ? <RehearsalChart rehearsal={rehearsal} /> : <RehearsalTable rehearsal={rehearsal} hasBefore={hasBefore} />) : null}
      {by === 'volume' ? (shows === 'chart' ? <BreakEvenChart rehearsal={rehearsal} /> : <VolumeTable rehearsal={rehearsal} hasBefore={hasBefore} />) : null}
    </>
  );
}

function invoicedWords({ count, from, to }: NonNullable<Rehearsal['invoicedMonths']>, locale: string): string {
  return count === 1 ? `${formatMonth(from, locale)} is invoiced already` : `${count} months, ${formatMonth(from, locale)} to ${formatMonth(to, locale)}, are invoiced already`;
}

/** What the month behind us came to under the standing terms, and would have under the proposed ones. */
function LastMonth({ rehearsal: { currency }, month: { month, before, after, delta } }: { rehearsal: Rehearsal; month: Rehearsal['months'][number] }) {
  return (
    <>
      <DateText month={month} />, {before === null ? null : <><Amount amount={before} currency={currency} /> → </>}{after === null ? <span className="muted">cannot be rated</span> : <MoneyText amount={after} currency={currency} />}
      {delta === null ? null : <>, <MoneyText amount={delta} currency={currency} isSigned /></>}
    </>
  );
}

function MonthDelta({ rehearsal, month }: { rehearsal: Rehearsal; month: string }) {
  const delta = rehearsal.months.find((each) => each.month === month)?.delta ?? null;
  return <><DateText month={month} />{delta === null ? null : <>, <MoneyText amount={delta} currency={rehearsal.currency} isSigned /></>}</>;
}

function Amount({ amount, currency, isSigned = false }: { amount: number | null; currency: string; isSigned?: boolean }) {
  return amount === null ? <span className="muted">—</span> : <MoneyText amount={amount} currency={currency} isSigned={isSigned} hidesCurrency />;
}

function RehearsalTable({ rehearsal, hasBefore }: { rehearsal: Rehearsal; hasBefore: boolean }) {
  const { currency, months, meter } = rehearsal;
  const upper = currency.toUpperCase();
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Months under old and new terms">
      <table className="plain tight">
        <thead><tr><th scope="col">Month</th><th scope="col" className="num">{meter === 'deeds' ? 'Deeds' : 'Requests'}</th>{hasBefore ? <th scope="col" className="num">Now, {upper}</th> : null}<th scope="col" className="num">Proposed, {upper}</th>{hasBefore ? <th scope="col" className="num">Difference</th> : null}</tr></thead>
        <tbody>
          {months.map((month) => (
            <tr key={month.month}>
              <th scope="row"><DateText month={month.month} /></th>
              <td className="num"><NumberText value={month[meter]} /></td>
              {hasBefore ? <td className="num"><Amount amount={month.before} currency={currency} /></td> : null}
              <td className="num"><Amount amount={month.after} currency={currency} /></td>
              {hasBefore ? <td className="num"><Amount amount={month.delta} currency={currency} isSigned /></td> : null}
            </tr>
          ))}
          {rehearsal.delta === null ? null : <tr className="sum"><th scope="row">Together</th><td className="num"><NumberText value={months.reduce((sum, month) => sum + month[meter], 0)} /></td><td className="num"><Amount amount={sumOf(months, 'before')} currency={currency} /></td><td className="num"><Amount amount={sumOf(months, 'after')} currency={currency} /></td><td className="num"><Amount amount={rehearsal.delta} currency={currency} isSigned /></td></tr>}
        </tbody>
      </table>
    </div>
  );
}

/** Null where a month of them cannot be rated: a sum of some would be read as one of all. */
function sumOf(months: Rehearsal['months'], side: 'before' | 'after'): number | null {
  return months.reduce<number | null>((sum, month) => { const amount = month[side]; return sum === null || amount === null ? null : sum + amount; }, 0);
}

function VolumeTable({ rehearsal, hasBefore }: { rehearsal: Rehearsal; hasBefore: boolean }) {
  const { currency, curve, meter } = rehearsal;
  const upper = currency.toUpperCase();
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="A month by its volume under old and new terms">
      <table className="plain tight">
        <thead><tr><th scope="col" className="num">{meter === 'deeds' ? 'Deeds' : 'Requests'}</th>{hasBefore ? <th scope="col" className="num">Now, {upper}</th> : null}<th scope="col" className="num">Proposed, {upper}</th>{hasBefore ? <th scope="col" className="num">Difference</th> : null}</tr></thead>
        <tbody>
          {curve.map(({ units, before, after }) => (
            <tr key={units}>
              <th scope="row" className="num"><NumberText value={units} /></th>
              {hasBefore ? <td className="num"><Amount amount={before} currency={currency} /></td> : null}
              <td className="num"><Amount amount={after} currency={currency} /></td>
              {hasBefore ? <td className="num"><Amount amount={before === null || after === null ? null : after - before} currency={currency} isSigned /></td> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
