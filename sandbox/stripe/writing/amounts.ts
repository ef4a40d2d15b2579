/** Exact arithmetic on minor units: bigint inside, safe integers outside. */

/** amount × numerator ÷ denominator, half away from zero. */
export function multiplyDivide(amount: number, numerator: number, denominator: number): number {
  const product = BigInt(amount) * BigInt(numerator);
  const divisor = BigInt(denominator);
  const isNegative = product < 0n !== divisor < 0n;
  const [top, bottom] = [product < 0n ? -product : product, divisor < 0n ? -divisor : divisor];
  const rounded = (2n * top + bottom) / (2n * bottom);
  return Number(isNegative ? -rounded : rounded);
}

/** Splits a total by weights without losing a unit: the largest remainders get the rest, the earlier first. */
export function allocate(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum === 0) return weights.map(() => 0);
  const shares = weights.map((weight, index) => {
    const exact = BigInt(total) * BigInt(weight);
    return { index, share: exact / BigInt(sum), remainder: exact % BigInt(sum) };
  });
  let rest = BigInt(total) - shares.reduce((a, { share }) => a + share, 0n);
  for (const entry of shares.toSorted((a, b) => Number(b.remainder - a.remainder) || a.index - b.index)) {
    if (rest <= 0n) break;
    entry.share += 1n;
    rest -= 1n;
  }
  return shares.map(({ share }) => Number(share));
}

const threeDecimals = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);
const noDecimals = new Set(['bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf']);

/** Digits after the point, as Stripe counts minor units: Ugandan shillings and Icelandic krónur in hundredths, though nobody pays in parts of them. */
export function exponentOf(currency: string): number {
  if (noDecimals.has(currency)) return 0;
  return threeDecimals.has(currency) ? 3 : 2;
}

/** `9900 usd` → `$99.00`-like text for messages and descriptions: `99.00 USD`. */
export function formatAmount(amount: number, currency: string): string {
  const exponent = exponentOf(currency);
  const digits = String(Math.abs(amount)).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const text = exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`;
  return `${amount < 0 ? '-' : ''}${text} ${currency.toUpperCase()}`;
}

/** Units of usd for one unit of a currency the account cannot hold, both in major units, in millionths. */
const usdMillionths: Record<string, number> = { jpy: 6_700, kwd: 3_250_000, cad: 720_000, aud: 650_000, chf: 1_120_000 };

export interface Settlement {
  currency: string;
  /** null when nothing was converted. */
  exchangeRate: number | null;
  convert(amount: number): number;
}

/** The currency a payment settles in: its own where the account holds that currency, else usd at a fixed rate. */
export function settlementOf(currency: string): Settlement {
  if (['usd', 'eur', 'gbp'].includes(currency)) return { currency, exchangeRate: null, convert: (amount) => amount };
  const millionths = usdMillionths[currency] ?? 1_000_000;
  const scale = 10 ** exponentOf(currency);
  return {
    currency: 'usd',
    exchangeRate: millionths / 1_000_000,
    convert: (amount) => multiplyDivide(amount, millionths * 100, 1_000_000 * scale),
  };
}

const day = 86_400;

/** Adds calendar months or days in UTC; a day the month lacks becomes its last. */
export function addInterval(seconds: number, interval: string, count: number): number {
  if (interval === 'day') return seconds + count * day;
  if (interval === 'week') return seconds + count * 7 * day;
  const months = interval === 'year' ? 12 * count : count;
  const start = new Date(seconds * 1000);
  const lastDay = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months + 1, 0)).getUTCDate();
  return (
    Date.UTC(
      start.getUTCFullYear(),
      start.getUTCMonth() + months,
      Math.min(start.getUTCDate(), lastDay),
      start.getUTCHours(),
      start.getUTCMinutes(),
      start.getUTCSeconds(),
    ) / 1000
  );
}
