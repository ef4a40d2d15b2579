import { formatAmount } from '../../../shared/money/format.ts';
import { usePreferences } from '../lib/preferences.tsx';

export interface MoneyTextProps {
  /** Whole minor units. */
  amount: number;
  currency: string;
  /** Shows a plus before what is not negative: for changes. */
  isSigned?: boolean;
  /** Leaves the code out where a heading or a column already says it. */
  hidesCurrency?: boolean;
}

/** An amount in the person's locale with its currency; negatives by a real minus sign, never by colour alone. */
export function MoneyText({ amount, currency, isSigned = false, hidesCurrency = false }: MoneyTextProps) {
  const { locale } = usePreferences();
  return (
    <span className="money">
      {isSigned && amount > 0 ? '+' : ''}{formatAmount(amount, currency, locale)}
      {hidesCurrency ? null : <>{' '}<span className="currency">{currency.toUpperCase()}</span></>}
    </span>
  );
}

/** Sums per currency, one after the other. */
export function MoneySums({ sums }: { sums: readonly { amount: number; currency: string }[] }) {
  if (sums.length === 0) return <span className="muted">—</span>;
  return <>{sums.map((sum, index) => <span key={sum.currency}>{index > 0 ? ' · ' : ''}<MoneyText amount={sum.amount} currency={sum.currency} /></span>)}</>;
}
