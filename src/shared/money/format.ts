/**
 * Money as a person reads it: grouped by their locale, with the currency and the exact minor units (interface.md, Numbers).
 */
import { currencyExponent, type CurrencyCode } from './currency.ts';
import { toDecimalString } from './money.ts';

const formatters = new Map<string, Intl.NumberFormat>();

function formatterFor(locale: string, exponent: number): Intl.NumberFormat {
  const key = `${locale}/${exponent}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.NumberFormat(locale, { minimumFractionDigits: exponent, maximumFractionDigits: exponent });
    formatters.set(key, formatter);
  }
  return formatter;
}

/** '1,234.50' in en-US, '1.234,50' in de-DE; a real minus sign; no currency. Exact: the formatter is given the decimal text, not a float. */
export function formatAmount(amount: number, currency: CurrencyCode, locale: string): string {
  const decimal = toDecimalString(amount, currency) as Intl.StringNumericLiteral;
  return formatterFor(locale, currencyExponent(currency)).format(decimal).replace('-', '−');
}

/** '1,234.50 USD': the currency always stands behind the figure. */
export function formatMoney(amount: number, currency: CurrencyCode, locale: string): string {
  return `${formatAmount(amount, currency, locale)} ${currency.toUpperCase()}`;
}
