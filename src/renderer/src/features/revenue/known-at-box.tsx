import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import type { DaybookClient } from '../../../../shared/api/contract.ts';
import type { MeasureView } from './use-standpoint.ts';
import { measureFigures } from '../../../../shared/api/revenue-measures.contract.ts';
import { formatMoney } from '../../../../shared/money/format.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { FigureFileButtons, FigureTable, type FigureTableData } from '../../components/figure-table.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatInstant, formatMonth } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { MeasureWhy } from './measure-why.tsx';
import { PlainWhy } from './plain-why.tsx';

type Known = Awaited<ReturnType<DaybookClient['revenueMeasures']['knownAt']>>;
type Figure = Known['present'][number];
type LateFact = Known['lateFacts'][number];
interface KnownRow { readonly name: string; readonly figure: string; readonly before: Figure | undefined; readonly after: Figure | undefined }

const amountOf = (figure: Figure | undefined) => (figure?.amount ? <MoneyText amount={figure.amount.amount} currency={figure.amount.currency} /> : (figure?.count ?? <span className="muted">—</span>));
const textOf = (figure: Figure | undefined) => (figure?.amount ? toDecimalString(figure.amount.amount, figure.amount.currency) : String(figure?.count ?? ''));

/** A month as it was known at a moment beside what is known of it now, and what came in between. */
export function KnownAtBox({ month, knownAt, policy }: { month: string; knownAt: number | null; policy: MeasureView['policy'] }) {
  const { queries } = useApi();
  const { locale, timeZone } = usePreferences();
  const known = useQuery(queries.revenueMeasures.knownAt.queryOptions({ input: { month, knownAt: knownAt ?? 0, policy }, enabled: knownAt !== null }));
  const { data } = known;
  const moment = knownAt === null ? '' : formatInstant(knownAt, locale, timeZone);
  const table = useMemo(() => data && knownFigures(data, month, moment, policy), [data, month, moment, policy]);
  const facts = useMemo(() => data && lateFigures(data, month), [data, month]);
  const title = `${formatMonth(month, locale, 'long')} as known earlier`;
  if (knownAt === null) return <Box title={title}><p className="section quiet">Choose a moment under “Known at” above: the month as it was known then stands beside what is known of it now, with the late facts that moved it.</p></Box>;
  return (
    <>
      <Box title={title} note={`as known on ${moment}, against now`} actions={table ? <FigureFileButtons table={table} /> : null}>
        {known.isError ? <div className="section"><ErrorNotice error={known.error} onRetry={() => void known.refetch()} /></div> : null}
        {data?.mrrAbsence ? <p className="section quiet">{data.mrrAbsence}</p> : null}
        {table ? <FigureTable table={table} /> : known.isError ? null : <div style={{ height: 160 }} />}
      </Box>
      {facts ? (
        <Box title="Late facts" note={`${new Intl.NumberFormat(locale).format(data?.lateFactsTotal ?? 0)} learned after that moment${(data?.lateFacts.length ?? 0) < (data?.lateFactsTotal ?? 0) ? `; the largest ${data?.lateFacts.length ?? 0} are listed` : ''}`} actions={facts.rows.length > 0 ? <FigureFileButtons table={facts} /> : null}>
          {facts.rows.length === 0 ? <p className="section quiet">Nothing came later: the month stands as it was known then.</p> : <FigureTable table={facts} maximumHeight={320} />}
        </Box>
      ) : null}
    </>
  );
}

/** What came to be known since then; null for what is no money, or where its currency changed. */
const delta = (row: KnownRow) => (row.before?.amount && row.after?.amount && row.before.amount.currency === row.after.amount.currency ? { amount: row.after.amount.amount - row.before.amount.amount, currency: row.after.amount.currency } : null);

function knownFigures(data: Known, month: string, moment: string, policy: MeasureView['policy']): FigureTableData<KnownRow> {
  const rows = data.present.map((after): KnownRow => ({ name: after.name, figure: after.figure, after, before: data.known.find((each) => each.figure === after.figure) }));
  return {
    label: 'Then and now', fileName: `revenue-known-at-${month}`, rows, rowId: (row) => row.figure,
    columns: [
      { id: 'name', title: 'Figure', kind: 'text', text: (row) => row.name, cell: (row) => row.name },
      { id: 'then', title: `On ${moment}`, kind: 'number', text: (row) => textOf(row.before), cell: (row) => (row.before ? <KnownWhy row={row} of="before" asOf={data.knownAt}>{amountOf(row.before)}</KnownWhy> : amountOf(row.before)) },
      { id: 'now', title: 'Now', kind: 'number', text: (row) => textOf(row.after), cell: (row) => { const figure = measureFigures.find((each) => each === row.figure); return figure ? <MeasureWhy figure={figure} from={month} to={month} view={{ policy }}>{amountOf(row.after)}</MeasureWhy> : <KnownWhy row={row} of="now" asOf={data.asOf}>{amountOf(row.after)}</KnownWhy>; } },
      { id: 'difference', title: 'Came later', kind: 'number', text: (row) => { const money = delta(row); return money ? toDecimalString(money.amount, money.currency) : ''; }, cell: (row) => { const money = delta(row); return money ? <KnownWhy row={row} of="later" asOf={data.asOf}><MoneyText amount={money.amount} currency={money.currency} isSigned /></KnownWhy> : <span className="muted">—</span>; } },
    ],
  };
}

const knownFormulas = {
  before: 'Now − what was learned after that moment; each late fact is listed below', now: 'Σ postings on the account in the month, as they stand now', later: 'Now − then: the sum of the late facts listed below',
} as const;

function KnownWhy({ row, of, asOf, children }: { row: KnownRow; of: keyof typeof knownFormulas; asOf: number; children: ReactNode }) {
  const { locale } = usePreferences();
  const { before, after } = row;
  const input = (label: string, figure: Figure | undefined) => ({ label, count: figure?.count ?? null, amount: figure?.amount ?? null, note: null });
  const difference = delta(row);
  const shown = of === 'before' ? before?.amount : of === 'now' ? after?.amount : difference;
  const count = of === 'before' ? before?.count : after?.count;
  const title = `${row.name}, ${{ before: 'as known then', now: 'now', later: 'came later' }[of]}`;
  return <PlainWhy title={title} label={title} figure={shown ? formatMoney(shown.amount, shown.currency, locale) : String(count ?? '')} formula={knownFormulas[of]} asOf={asOf} inputs={of === 'now' ? [input('Now', after)] : of === 'before' ? [input('Now', after), { ...input('Came later', undefined), amount: difference }] : [input('Now', after), input('Then', before)]}>{children}</PlainWhy>;
}

function lateFigures(data: Known, month: string): FigureTableData<LateFact> {
  return {
    label: 'Late facts', fileName: `revenue-late-facts-${month}`, rows: data.lateFacts, rowId: (row) => `${row.area}/${row.entryId ?? row.customerId ?? ''}/${row.learnedAt}/${row.what}/${row.sourceId ?? ''}`,
    columns: [
      { id: 'what', title: 'What', kind: 'text', text: (row) => row.what, cell: (row) => (row.entryId ? <EntityLink to={links.journalEntry(row.entryId)} id={row.entryId}>{row.what}</EntityLink> : row.customerId ? <EntityLink to={links.revenueCustomer(row.customerId, month)} id={row.customerId}>{row.what}</EntityLink> : row.what) },
      { id: 'area', title: 'In', kind: 'text', text: (row) => row.area, cell: (row) => (row.area === 'mrr' ? 'MRR' : 'Books') },
      { id: 'customer', title: 'Customer', kind: 'text', text: (row) => row.customerName ?? '', cell: (row) => row.customerName ?? <span className="muted">—</span> },
      { id: 'learned', title: 'Learned', kind: 'instant', text: (row) => new Date(row.learnedAt).toISOString(), cell: (row) => <DateText instant={row.learnedAt} /> },
      { id: 'amount', title: 'Amount', kind: 'number', text: (row) => toDecimalString(row.amount.amount, row.amount.currency), cell: (row) => <LateWhy fact={row}><MoneyText amount={row.amount.amount} currency={row.amount.currency} isSigned /></LateWhy> },
    ],
  };
}

/** A late fact is its own reason: what it was, and whose. */
function LateWhy({ fact, children }: { fact: LateFact; children: ReactNode }) {
  const { locale } = usePreferences();
  return <PlainWhy title={fact.what} label={fact.what} figure={formatMoney(fact.amount.amount, fact.amount.currency, locale)} formula={fact.area === 'mrr' ? 'What the customer’s movements of the month came to, less what they came to before' : 'Σ postings of the entry on the account'} asOf={fact.learnedAt} inputs={[{ label: fact.customerName ?? fact.sourceId ?? fact.what, count: null, amount: fact.amount, note: null }]}>{children}</PlainWhy>;
}
