import { MoneyText } from '../../components/money-text.tsx';
import { usePreferences } from '../../lib/preferences.tsx';
import { formatBasisPoints, formatRatio } from '../../lib/ratios.ts';
import type { Measure } from './measure-words.ts';

/** A figure as it is written: an amount with its currency, a share, a ratio, a count; where there is none, why. */
export function MeasureText({ measure, value = measure.value }: { measure: Pick<Measure, 'figure' | 'unit' | 'currency' | 'value' | 'absence'>; value?: number | null }) {
  const { locale } = usePreferences();
  if (value === null) return <span className="muted" title={measure.absence ?? undefined}>n/a</span>;
  if (measure.unit === 'money') return <MoneyText amount={value} currency={measure.currency ?? ''} />;
  if (measure.figure === 'quick-ratio') return <>{formatRatio(value, locale)}</>;
  if (measure.unit === 'basis-points') return <>{formatBasisPoints(value, locale)}</>;
  return <>{new Intl.NumberFormat(locale).format(value)}</>;
}
