/**
 * An amount as a person types it into a search field: '1,234.56', '1.234,56 EUR', 'jpy 500'. What may be meant in more than one way gives every way.
 */
import { isCurrencyCode, type CurrencyCode } from './currency.ts';

export interface TypedAmount {
  /** Null: no currency was named, so that the amount may be of any. */
  readonly currency: CurrencyCode | null;
  /** What was typed as plain decimals in major units, such as '1234.56'. '1.234' may be a thousand and more, or one and a bit. */
  readonly decimals: readonly string[];
}

/** Minor units have four decimals at most; what has more digits than this is no amount that could be kept exactly. */
const mostDigits = 15;

/** @returns undefined when the text is no amount. A sign says nothing here: what goes back is found by its size. */
export function readTypedAmount(text: string): TypedAmount | undefined {
  const match = /^([a-z]{3})?\s*[-−+]?\s*(\d[\d.,'’\s\u00a0\u202f]*)\s*([a-z]{3})?$/i.exec(text.trim());
  if (!match) return undefined;
  const [, before, figure = '', after] = match;
  const currency = (before ?? after)?.toLowerCase() ?? null;
  if ((before !== undefined && after !== undefined) || (currency !== null && !isCurrencyCode(currency))) return undefined;
  const decimals = readings(figure.trim()).filter((reading) => reading.replace('.', '').length <= mostDigits);
  return decimals.length === 0 ? undefined : { currency, decimals };
}

/** Points, commas, apostrophes and spaces group thousands; the last point or comma may stand before the decimals. */
function readings(figure: string): string[] {
  const groups = /^\d{1,3}(?:([.,'’\s\u00a0\u202f])\d{3})(?:\1\d{3})*$/;
  const isWhole = /^\d+$/.test(figure) || groups.test(figure);
  const found = isWhole ? [figure.replaceAll(/\D/g, '')] : [];
  const split = /^(.*)[.,](\d{1,4})$/.exec(figure);
  if (split) {
    const [, whole = '', fraction = ''] = split;
    const separator = figure.at(-fraction.length - 1) ?? '';
    if (/^\d+$/.test(whole) || (groups.test(whole) && !whole.includes(separator))) found.push(`${whole.replaceAll(/\D/g, '')}.${fraction}`);
  }
  return [...new Set(found)];
}
