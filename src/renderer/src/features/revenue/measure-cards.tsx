import type { z } from 'zod';
import type { measureCardSchema } from '../../../../shared/api/revenue-measures.contract.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { Card } from '../../components/screen.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { AmountChange, ShareChange } from './figure-change.tsx';
import { MeasureText } from './measure-text.tsx';
import { measureNames } from '../../../../shared/revenue/measure-names.ts';
import { tendencyOf, type MeasureFigure } from './measure-words.ts';
import { MeasureWhy } from './measure-why.tsx';
import type { MeasureView } from './use-standpoint.ts';

export type MeasureCard = z.infer<typeof measureCardSchema>;

export interface MeasureCardsProps {
  figures: readonly MeasureFigure[];
  /** undefined: not here yet. */
  cards: readonly MeasureCard[] | undefined;
  isRunning: boolean;
  /** They could not be read: there is nothing to wait for. */
  hasFailed?: boolean;
  from: string;
  to: string;
  /** The last month of the period it is compared with; null: nothing is. */
  comparedMonth: string | null;
  view: MeasureView;
}

/** Figures of a period, each with its why, its course over twelve months and its change. */
export function MeasureCards({ figures, cards, isRunning, hasFailed = false, from, to, comparedMonth, view }: MeasureCardsProps) {
  const { locale } = usePreferences();
  const than = comparedMonth === null ? '' : formatMonth(comparedMonth, locale, comparedMonth.slice(0, 4) === to.slice(0, 4) ? 'short' : 'normal');
  return (
    <div className="cards narrow">
      {figures.map((figure) => {
        const card = cards?.find((each) => each.figure === figure);
        const label = `${measureNames[figure]}${figure === 'mrr' && isRunning ? ', running' : ''}`;
        if (!card) return <Card key={figure} label={label} value={<span className="muted">{hasFailed ? '—' : '…'}</span>} note={<span>&nbsp;</span>} />;
        return (
          <Card
            key={figure} label={label} why={<MeasureWhy figure={figure} from={from} to={to} view={view} />} value={<MeasureText measure={card} />}
            note={<span className="card-course"><span>{card.value === null ? card.absence : <Change card={card} than={than} />}</span><Sparkline values={card.sparkline.map((point) => point.value)} /></span>}
          />
        );
      })}
    </div>
  );
}

function Change({ card, than }: { card: MeasureCard; than: string }) {
  if (than === '') return null;
  if (card.unit === 'basis-points') return card.figure === 'quick-ratio' ? <span className="muted">{card.comparedValue === null ? `n/a in ${than}` : <>from <MeasureText measure={card} value={card.comparedValue} /> in {than}</>}</span> : <ShareChange now={card.value} before={card.comparedValue} than={than} good={tendencyOf(card.figure)} />;
  if (card.value === null || card.comparedValue === null) return <span className="muted">n/a in {than}</span>;
  return <AmountChange now={card.value} before={card.comparedValue} currency={card.unit === 'money' ? card.currency : null} than={than} good={tendencyOf(card.figure)} />;
}
