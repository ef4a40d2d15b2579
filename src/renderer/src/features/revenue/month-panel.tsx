import { addDays, addMonths, endOf, firstDayOf, month as asMonth } from '../../../../shared/calendar/local-date.ts';
import { movedMinor, movementSeries, type MovementKind, type MrrMonth } from '../../charts/mrr-series.ts';
import { MoneyText } from '../../components/money-text.tsx';
import { Box } from '../../components/screen.tsx';
import { formatDay, formatMonth } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import type { MeasureCard } from './measure-cards.tsx';
import { MeasureText } from './measure-text.tsx';
import { measureNames } from '../../../../shared/revenue/measure-names.ts';
import type { MeasureFigure } from './measure-words.ts';
import { MeasureWhy } from './measure-why.tsx';
import type { MeasureView } from './use-standpoint.ts';

const shownRatios: readonly MeasureFigure[] = ['gross-churn', 'gross-revenue-retention', 'logo-churn', 'quick-ratio', 'average-revenue-per-account', 'lifetime-value'];

interface MonthPanelProps {
  current: MrrMonth | undefined;
  /** The months could not be read; the chart beside it says why. */
  hasFailed: boolean;
  cards: readonly MeasureCard[] | undefined;
  view: MeasureView;
  month: string;
  kind: MovementKind | null;
  onKind: (kind: MovementKind | null) => void;
  isListingTotal: boolean;
  onTotal: (isListed: boolean) => void;
}

/** The month as a sum a person can check: start + movements = end. Each part lists what it is the sum of. */
export function MonthPanel({ current, hasFailed, cards, view, month, kind, onKind, isListingTotal, onTotal }: MonthPanelProps) {
  const { locale } = usePreferences();
  const period = asMonth(month);
  const before = String(addMonths(period, -1));
  return (
    <Box title={formatMonth(month, locale, 'long')} note={current?.isRunning ? 'running; start + movements = now' : 'start + movements = end'}>
      {current ? (
        <>
          <table className="plain">
            <tbody>
              <tr><th scope="row">MRR, start of {formatDay(firstDayOf(period), locale)}</th><td className="num"><MeasureWhy figure="mrr" from={before} to={before} view={view} label="MRR at the start"><MoneyText amount={current.startMinor} currency={current.currency} /></MeasureWhy></td></tr>
              {movementSeries.map((series) => (
                <tr key={series.kind} className={kind === series.kind ? 'on' : ''}>
                  <th scope="row"><button type="button" className="text-button" aria-pressed={kind === series.kind} onClick={() => onKind(kind === series.kind ? null : series.kind)}>{series.label}</button></th>
                  <td className="num"><MeasureWhy figure={series.kind} from={month} to={month} view={view}><MoneyText amount={current[series.field]} currency={current.currency} isSigned /></MeasureWhy></td>
                </tr>
              ))}
              <tr className={`sum${isListingTotal ? ' on' : ''}`}><th scope="row"><button type="button" className="text-button" aria-pressed={isListingTotal} title="List what it is the sum of" onClick={() => onTotal(!isListingTotal)}>MRR, {current.isRunning ? 'now' : `end of ${formatDay(addDays(endOf(period), -1), locale)}`}</button></th><td className="num"><MeasureWhy figure="mrr" from={month} to={month} view={view} label="MRR at the end"><MoneyText amount={current.endMinor} currency={current.currency} /></MeasureWhy></td></tr>
            </tbody>
          </table>
          {current.startMinor + movedMinor(current) === current.endMinor ? null : <p className="bad section" role="alert">These do not add up; this is a fault in Daybook. Please report the month.</p>}
        </>
      ) : hasFailed ? <p className="section quiet">The month could not be read.</p> : <div style={{ height: 230 }} />}
      {cards ? (
        <div className="section" style={{ borderTop: '1px solid var(--line)' }}>
          <dl className="facts figures">
            {shownRatios.map((figure) => {
              const card = cards.find((each) => each.figure === figure);
              return card ? <Ratio key={figure} figure={figure} card={card} month={month} view={view} /> : null;
            })}
          </dl>
        </div>
      ) : null}
    </Box>
  );
}

function Ratio({ figure, card, month, view }: { figure: MeasureFigure; card: MeasureCard; month: string; view: MeasureView }) {
  return <><dt>{measureNames[figure]}</dt><dd><MeasureWhy figure={figure} from={month} to={month} view={view}><MeasureText measure={card} /></MeasureWhy></dd></>;
}
