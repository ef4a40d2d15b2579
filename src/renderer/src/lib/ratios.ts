/** Shares and changes as a person reads them; counted in whole basis points, never in floats. */
import { mulDiv } from '../../../shared/money/money.ts';

const formatters = new Map<string, Intl.NumberFormat>();

function percentFormatter(locale: string): Intl.NumberFormat {
  let formatter = formatters.get(locale);
  if (!formatter) {
    formatter = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
    formatters.set(locale, formatter);
  }
  return formatter;
}

/** 10820 → '108.2 %'; null → 'n/a' (the denominator was zero). */
export function formatBasisPoints(basisPoints: number | null, locale: string): string {
  if (basisPoints === null) return 'n/a';
  return percentFormatter(locale).format(`${basisPoints}E-4` as Intl.StringNumericLiteral).replace('-', '−');
}

/** 31200 → '3.1': a ratio kept in ten-thousandths. */
export function formatRatio(tenThousandths: number | null, locale: string): string {
  if (tenThousandths === null) return 'n/a';
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(`${tenThousandths}E-4` as Intl.StringNumericLiteral).replace('-', '−');
}

/** How much `current` is above `previous`, in basis points; null when there was nothing before. */
export function changeInBasisPoints(current: number, previous: number): number | null {
  return previous === 0 ? null : mulDiv(current - previous, 10_000, Math.abs(previous), 'half-away-from-zero');
}
