import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { DaybookClient } from '../../../../shared/api/contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { FigureFileButtons, FigureTable, type FigureColumn, type FigureTableData } from '../../components/figure-table.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { MeasureText } from './measure-text.tsx';
import { measureNames } from '../../../../shared/revenue/measure-names.ts';
import type { Measure, MeasureFigure } from './measure-words.ts';
import { MeasureWhy } from './measure-why.tsx';

type Policies = Awaited<ReturnType<DaybookClient['revenueMeasures']['policies']>>;

/** One figure under each policy. */
interface FigureRow { readonly figure: MeasureFigure; readonly measures: readonly (Measure | undefined)[] }

const plain = (measure: Measure | undefined): string => (measure?.value === null || measure === undefined ? '' : measure.unit === 'count' ? String(measure.value) : toDecimalString(measure.value, measure.currency ?? 'usd'));

/** The three policies on the same data, side by side; what differs from the first is said. */
export function PoliciesBox({ month }: { month: string }) {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const policies = useQuery(queries.revenueMeasures.policies.queryOptions({ input: { month } }));
  const { data } = policies;
  const table = useMemo(() => data && tableOf(data, month), [data, month]);
  return (
    <Box title={`Policies side by side, ${formatMonth(month, locale, 'long')}`} note={data ? `${new Intl.NumberFormat(locale).format(data.customersThatDiffer)} ${data.customersThatDiffer === 1 ? 'customer explains' : 'customers explain'} the difference in MRR` : undefined} actions={table ? <FigureFileButtons table={table} /> : null}>
      {policies.isError ? <div className="section"><ErrorNotice error={policies.error} onRetry={() => void policies.refetch()} /></div> : null}
      {table ? <FigureTable table={table} /> : policies.isError ? null : <div style={{ height: 240 }} />}
      {data ? (
        <div className="section policies">
          {data.policies.map((policy) => (
            <div key={policy.policy}>
              <h3>{policy.title}</h3>
              <dl className="facts">{policy.rules.map((rule) => <Rule key={rule.name} name={rule.name} value={rule.value} />)}</dl>
            </div>
          ))}
        </div>
      ) : null}
    </Box>
  );
}

function Rule({ name, value }: { name: string; value: string }) {
  return <><dt>{name}</dt><dd>{value}</dd></>;
}

function tableOf(data: Policies, month: string): FigureTableData<FigureRow> {
  const figures = [...new Set(data.policies.flatMap((policy) => policy.measures.map((measure) => measure.figure)))];
  return {
    label: 'Policies side by side', fileName: `mrr-policies-${month}`, rowId: (row) => row.figure,
    rows: figures.map((figure) => ({ figure, measures: data.policies.map((policy) => policy.measures.find((measure) => measure.figure === figure)) })).filter((row) => row.figure === 'mrr' || row.measures.some((measure) => measure?.value !== row.measures[0]?.value)),
    columns: [
      { id: 'figure', title: 'Figure', kind: 'text', text: (row) => measureNames[row.figure], cell: (row) => measureNames[row.figure] },
      ...data.policies.map((policy, at): FigureColumn<FigureRow> => ({
        id: policy.policy, title: policy.title, kind: 'number', text: (row) => plain(row.measures[at]),
        cell: (row) => {
          const measure = row.measures[at];
          const first = row.measures[0];
          if (!measure) return null;
          const delta = at > 0 && measure.unit === 'money' && measure.value !== null && first?.value !== undefined && first.value !== null ? measure.value - first.value : 0;
          return <><MeasureWhy figure={row.figure} from={month} to={month} view={{ policy: policy.policy }}><MeasureText measure={measure} /></MeasureWhy>{delta === 0 ? null : <div className="small quiet"><MoneyText amount={delta} currency={measure.currency ?? ''} isSigned hidesCurrency /></div>}</>;
        },
      })),
    ],
  };
}
