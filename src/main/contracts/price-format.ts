/** Prices per unit as people read them. Pure text work: a price is a decimal string and never becomes a float. */
import { currencyExponent } from '../../shared/money/currency.ts';

/** Digits grouped by thousands: '61001' → '61,001'. */
export function groupDigits(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A price in major units with at least the currency's decimals and all it has: '1393.5' USD → '1,393.50', '2.905' stays. */
export function formatPrice(price: string, currency: string): string {
  const [whole = '0', decimals = ''] = price.split('.');
  const padded = decimals.padEnd(currencyExponent(currency), '0');
  return `${groupDigits(whole)}${padded === '' ? '' : `.${padded}`}`;
}
