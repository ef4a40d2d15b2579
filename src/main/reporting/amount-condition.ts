/**
 * A typed amount as a condition on a column of minor units beside a column of currencies.
 */
import { readTypedAmount } from '../../shared/money/amount-text.ts';
import { currenciesOfExponent, currencyExponent } from '../../shared/money/currency.ts';
import { fromDecimalString } from '../../shared/money/money.ts';

/** Of every exponent one currency, to count minor units in; the others of the exponent count alike. */
const exponents = [0, 2, 3, 4] as const;
/** More digits than these no stored amount can have. */
const mostDigits = 15;
const listed = (exponent: number): string => currenciesOfExponent(exponent).map((code) => `'${code}'`).join(',');
const exponentOf = (column: string): string => `CASE WHEN ${column} IN (${listed(0)}) THEN '0:' WHEN ${column} IN (${listed(3)}) THEN '3:' WHEN ${column} IN (${listed(4)}) THEN '4:' ELSE '2:' END`;

/** What rows must be like, and the values to bind. */
export interface AmountCondition {
  /** With the values of {@link named} bound. */
  text(amountColumn: string, currencyColumn: string): string;
  readonly named: { readonly amounts: string; readonly amountsByExponent: string; readonly amountCurrency: string };
  /** With question marks, for {@link positional}. */
  positionalText(amountColumn: string, currencyColumn: string): string;
  readonly positional: readonly string[];
}

// The amounts alone find the rows in an index; then the currency says whether as many decimals were meant.
function conditionText(amountColumn: string, currencyColumn: string, [amounts, byExponent, currency]: readonly [string, string, string]): string {
  return `(${amountColumn} IN (SELECT value FROM json_each(${amounts})) AND ${exponentOf(currencyColumn)} || ${amountColumn} IN (SELECT value FROM json_each(${byExponent})) AND ${currency} IN ('', ${currencyColumn}))`;
}

/** @returns undefined when the text is no amount: nothing can have it. */
export function amountCondition(text: string): AmountCondition | undefined {
  const typed = readTypedAmount(text);
  if (!typed) return undefined;
  const amounts = new Set<number>();
  const byExponent = new Set<string>();
  for (const exponent of typed.currency === null ? exponents : [currencyExponent(typed.currency)]) {
    const sample = typed.currency ?? currenciesOfExponent(exponent)[0] ?? '';
    for (const decimal of typed.decimals) {
      const [whole = '', fraction = ''] = decimal.split('.');
      const kept = fraction.replace(/0+$/, '');
      if (kept.length > exponent || whole.length + exponent > mostDigits) continue;
      const minor = fromDecimalString(kept === '' ? whole : `${whole}.${kept}`, sample);
      amounts.add(minor);
      byExponent.add(`${exponent}:${minor}`);
    }
  }
  const named = { amounts: JSON.stringify([...amounts]), amountsByExponent: JSON.stringify([...byExponent]), amountCurrency: typed.currency ?? '' };
  return {
    named, positional: Object.values(named),
    text: (amountColumn, currencyColumn) => conditionText(amountColumn, currencyColumn, [':amounts', ':amountsByExponent', ':amountCurrency']),
    positionalText: (amountColumn, currencyColumn) => conditionText(amountColumn, currencyColumn, ['?', '?', '?']),
  };
}
