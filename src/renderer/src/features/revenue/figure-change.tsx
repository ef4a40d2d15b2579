import { MoneyText } from '../../components/money-text.tsx';
import { usePreferences } from '../../lib/preferences.tsx';
import { changeInBasisPoints, formatBasisPoints } from '../../lib/ratios.ts';
import { pointsText, type Tendency } from './measure-words.ts';

function toneOf(delta: number, good: Tendency): string {
  if (delta === 0 || good === 'neither') return '';
  return delta > 0 === (good === 'up') ? 'ok' : 'bad';
}

/** An amount or a count against the one it is compared with: sign first, colour second. */
export function AmountChange({ now, before, currency, than, good = 'up' }: { now: number; before: number; currency: string | null; than: string; good?: Tendency }) {
  const { locale } = usePreferences();
  const delta = now - before;
  const share = changeInBasisPoints(now, before);
  return (
    <>
      <span className={toneOf(delta, good)}>{currency ? <MoneyText amount={delta} currency={currency} isSigned hidesCurrency /> : `${delta > 0 ? '+' : ''}${new Intl.NumberFormat(locale).format(delta).replace('-', '−')}`}</span>
      {share === null ? '' : ` ${formatBasisPoints(share, locale)}`} <span className="muted nowrap">vs {than}</span>
    </>
  );
}

/** A share, in basis points, against the one it is compared with, in points. null: not applicable in one of the two. */
export function ShareChange({ now, before, than, good }: { now: number | null; before: number | null; than: string; good: Tendency }) {
  const { locale } = usePreferences();
  if (now === null || before === null) return <span className="muted">n/a in {than}</span>;
  const delta = now - before;
  return <><span className={toneOf(delta, good)}>{pointsText(delta, locale)}</span> <span className="muted nowrap">vs {than}</span></>;
}
