/** Daily rates into US dollars as the company's treasury publishes them: on weekdays only, six decimals. */
import { localDayNamed, localDayOf, nameOfLocalDay, nowSeconds, weekdayOf } from './calendar.ts';
import type { Currency } from './money.ts';
import { createRandom } from './random.ts';

export interface PublishedRate {
  base: Currency;
  /** `YYYY-MM-DD`. */
  day: string;
  /** Millionths of a US dollar for one major unit of `base`. */
  micros: number;
}

export interface ExchangeRates {
  published: readonly PublishedRate[];
  /** The rate in force on a local day: that day's, or the latest earlier one. US dollars are 1,000,000. */
  microsOn(currency: Currency, localDay: number): number;
}

const starts: { base: Currency; micros: number; stepPerMille: number }[] = [
  { base: 'eur', micros: 1_085_000, stepPerMille: 4 },
  { base: 'gbp', micros: 1_262_000, stepPerMille: 4 },
  { base: 'jpy', micros: 6_790, stepPerMille: 5 },
  { base: 'kwd', micros: 3_246_000, stepPerMille: 1 },
];

/** A seeded walk around each currency's opening rate, drawn back to it so that three years stay plausible. */
export function createExchangeRates(seed: number): ExchangeRates {
  const firstDay = localDayNamed('2023-11-01');
  const lastDay = localDayOf(nowSeconds);
  const published: PublishedRate[] = [];
  const byCurrency = new Map<Currency, Int32Array>();
  for (const { base, micros, stepPerMille } of starts) {
    const random = createRandom(seed, `rates/${base}`);
    const inForce = new Int32Array(lastDay + 1);
    let current = micros;
    for (let day = firstDay; day <= lastDay; day += 1) {
      const weekday = weekdayOf(day);
      const isPublished = weekday !== 0 && weekday !== 6;
      if (isPublished) {
        const step = Math.round((current * stepPerMille * (random.next() * 2 - 1)) / 1000);
        current += step + Math.round((micros - current) / 200);
        published.push({ base, day: nameOfLocalDay(day), micros: current });
      }
      inForce[day] = current;
    }
    byCurrency.set(base, inForce);
  }
  return {
    published,
    microsOn: (currency, localDay) => {
      if (currency === 'usd') {
        return 1_000_000;
      }
      const micros = byCurrency.get(currency)?.[localDay] ?? 0;
      if (micros === 0) {
        throw new RangeError(`No rate for ${currency} on local day ${localDay}.`);
      }
      return micros;
    },
  };
}
