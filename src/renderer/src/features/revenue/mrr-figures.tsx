/** MRR by month as a table: the twin of its charts. */
import { addMonths, month as asMonth } from '../../../../shared/calendar/local-date.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { movementSeries, type MovementKind, type MrrMonth } from '../../charts/mrr-series.ts';
import type { FigureColumn, FigureTableData } from '../../components/figure-table.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { MeasureWhy } from './measure-why.tsx';
import type { MeasureView } from './use-standpoint.ts';

type AmountField = 'startMinor' | 'endMinor' | (typeof movementSeries)[number]['field'];

/** Newest first, as a person looks for it. */
export function mrrFigures(months: readonly MrrMonth[], month: string, locale: string, view: MeasureView, onSelect: (month: string, kind: MovementKind | null) => void): FigureTableData<MrrMonth> {
  const amount = (id: string, title: string, field: AmountField): FigureColumn<MrrMonth> => ({ id, title, kind: 'number', text: (row) => toDecimalString(row[field], row.currency), cell: (row) => { const of = id === 'start' ? String(addMonths(asMonth(row.month), -1)) : row.month; return <MeasureWhy figure="mrr" from={of} to={of} view={view} label={`MRR at the ${id} of ${formatMonth(row.month, locale)}`}><MoneyText amount={row[field]} currency={row.currency} hidesCurrency /></MeasureWhy>; } });
  const movement = ({ kind, label, field }: (typeof movementSeries)[number]): FigureColumn<MrrMonth> => ({
    ...amount(kind, label, field),
    cell: (row) => <MeasureWhy figure={kind} from={row.month} to={row.month} view={view} label={`${label.toLowerCase()} in ${formatMonth(row.month, locale)}`} onList={row[field] === 0 ? undefined : () => onSelect(row.month, kind)}><MoneyText amount={row[field]} currency={row.currency} hidesCurrency isSigned /></MeasureWhy>,
  });
  return {
    label: 'MRR and movements by month', fileName: `mrr-${month}`, rows: months.toReversed(), rowId: (row) => row.month, isOn: (row) => row.month === month,
    columns: [
      { id: 'month', title: 'Month', kind: 'text', text: (row) => row.month, cell: (row) => <button type="button" className="text-button" onClick={() => onSelect(row.month, null)}>{formatMonth(row.month, locale)}</button> },
      { id: 'currency', title: 'Currency', kind: 'text', isOnlyInFiles: true, text: (row) => row.currency.toUpperCase(), cell: () => null },
      amount('start', 'Start', 'startMinor'), ...movementSeries.map(movement), amount('end', 'End', 'endMinor'),
      { id: 'customers', title: 'Customers', kind: 'number', isOnlyInFiles: true, text: (row) => String(row.customers), cell: () => null },
    ],
  };
}
