/** Figures of a report in words. Pure. */
import { formatAmount } from '../../shared/money/format.ts';

const locale = 'en-US';

const monthFormats = {
  short: new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' }),
  normal: new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric', timeZone: 'UTC' }),
  long: new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }),
} as const;

/** '2026-10' → 'Oct', 'Oct 2026', 'October 2026'. */
export function monthName(month: string, style: keyof typeof monthFormats): string {
  return monthFormats[style].format(Date.parse(`${month}-01T00:00:00Z`));
}

/** 1082 → '10.8 %'; null: 'n/a', where the denominator was zero. */
export function percentText(basisPoints: number | null): string {
  if (basisPoints === null) return 'n/a';
  return `${new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(`${basisPoints}E-2` as Intl.StringNumericLiteral)} %`.replace('-', '−');
}

/** 90 → '+0.9 points'. */
export function pointsText(basisPoints: number): string {
  return `${basisPoints > 0 ? '+' : ''}${new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(`${basisPoints}E-2` as Intl.StringNumericLiteral)} points`.replace('-', '−');
}

export function signedAmount(minor: number, currency: string): string {
  return `${minor > 0 ? '+' : ''}${formatAmount(minor, currency, locale)}`;
}

export function signedCount(count: number): string {
  return `${count > 0 ? '+' : ''}${count.toLocaleString(locale)}`.replace('-', '−');
}
