/** Every figure of a period as a list, with its why, its course, what it is compared with, and as a file. */
import type { Why } from '../../../../shared/api/primitives.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { FigureFileButtons, FigureTable, type FigureColumn, type FigureTableData } from '../../components/figure-table.tsx';
import { Box } from '../../components/screen.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import type { MeasureCard } from './measure-cards.tsx';
import { MeasureText } from './measure-text.tsx';
import { measureNames } from '../../../../shared/revenue/measure-names.ts';
import { differenceText } from './measure-words.ts';
import { MeasureWhy } from './measure-why.tsx';
import { PlainWhy } from './plain-why.tsx';
import type { MeasureView } from './use-standpoint.ts';

/** Plain decimals for a file: amounts in major units, shares in percent. */
function plainText(card: MeasureCard, value: number | null): string {
  if (value === null) return '';
  if (card.unit === 'money') return toDecimalString(value, card.currency ?? '');
  // Hundredths of a percent are cents of it.
  return card.unit === 'basis-points' ? toDecimalString(value, 'usd') : String(value);
}

function unitText(card: MeasureCard): string {
  return card.unit === 'money' ? (card.currency ?? '').toUpperCase() : card.unit === 'basis-points' ? '%' : '';
}

function inputOf(card: MeasureCard, label: string, value: number | null): Why['inputs'][number] {
  const isMoney = card.unit === 'money' && card.currency !== null && value !== null;
  return { label, count: card.unit === 'count' ? value : null, amount: isMoney ? { amount: value, currency: card.currency ?? '' } : null, note: card.unit === 'basis-points' ? `${plainText(card, value)} %` : null };
}

export function FiguresBox({ cards, from, to, comparedMonth, view, asOf }: { cards: readonly MeasureCard[]; from: string; to: string; comparedMonth: string | null; view: MeasureView; asOf: number }) {
  const { locale } = usePreferences();
  const title = `All figures, ${formatMonth(to, locale, 'long')}`;
  const than = comparedMonth === null ? 'Before' : formatMonth(comparedMonth, locale);
  const columns: readonly FigureColumn<MeasureCard>[] = [
    { id: 'figure', title: 'Figure', kind: 'text', cell: (row) => measureNames[row.figure], text: (row) => measureNames[row.figure] },
    { id: 'value', title: formatMonth(to, locale), kind: 'number', cell: (row) => <MeasureWhy figure={row.figure} from={from} to={to} view={view}><MeasureText measure={row} /></MeasureWhy>, text: (row) => plainText(row, row.value) },
    { id: 'compared', title: than, kind: 'number', cell: (row) => (comparedMonth === null || row.comparedValue === null ? <MeasureText measure={row} value={row.comparedValue} /> : <MeasureWhy figure={row.figure} from={comparedMonth} to={comparedMonth} view={view} label={`${measureNames[row.figure]} in ${than}`}><MeasureText measure={row} value={row.comparedValue} /></MeasureWhy>), text: (row) => plainText(row, row.comparedValue) },
    { id: 'difference', title: 'Difference', kind: 'number', cell: (row) => (row.difference === null ? <MeasureText measure={row} value={row.difference} /> : <PlainWhy title={`${measureNames[row.figure]}, difference`} label={`difference of ${measureNames[row.figure]}`} figure={differenceText(row, row.difference, locale)} formula={`${formatMonth(to, locale)} − ${than}`} inputs={[inputOf(row, formatMonth(to, locale), row.value), inputOf(row, than, row.comparedValue)]} asOf={asOf}>{differenceText(row, row.difference, locale)}</PlainWhy>), text: (row) => plainText(row, row.difference) },
    { id: 'unit', title: 'Unit', kind: 'text', isOnlyInFiles: true, cell: () => null, text: unitText },
    { id: 'course', title: '12 months', kind: 'text', cell: (row) => <Sparkline values={row.sparkline.map((point) => point.value)} />, text: (row) => row.sparkline.map((point) => `${point.month}: ${plainText(row, point.value)}`).join('; ') },
    { id: 'absence', title: 'Note', kind: 'text', cell: (row) => <span className="muted">{row.absence}</span>, text: (row) => row.absence ?? '' },
  ];
  const table: FigureTableData<MeasureCard> = { label: title, fileName: `revenue-figures-${to}`, columns, rows: cards, rowId: (row) => row.figure };
  return <Box title={title} actions={<FigureFileButtons table={table} />}><FigureTable table={table} /></Box>;
}
