/**
 * What lines of a rated month say, in the languages documents are written in, with the way each writes numbers and days. Pure: an invoice's lines are written in its language when they
 * are rated, so that page, electronic form, screen and export say the same.
 */
import { addDays, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import { formatAmount } from '../../shared/money/format.ts';
import { formatPrice, groupDigits } from '../contracts/price-format.ts';
import type { DocumentLanguage, RatingTexts, UnitName } from './rating-texts.ts';
import { germanRatingTexts } from './rating-words-german.ts';

export type { UnitName } from './rating-texts.ts';

const english: RatingTexts = {
  months: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
  days: (from, to, monthName) => `${from === to ? from : `${from} to ${to}`} ${monthName}`,
  units: { deeds: ['deed', 'deeds'], requests: ['request', 'requests'], blocks: ['block', 'blocks'], 'started blocks': ['started block', 'started blocks'] },
  apiAccess: (span) => `API access, ${span}`, deedsFiled: (span) => `Deeds filed, ${span}`, requests: (span) => `API requests, ${span}`, minimum: (span) => `Minimum commitment, ${span}`,
  lateUsage: (month) => `Late usage, ${month}`, takenBack: (month) => `Usage taken back, ${month}`, invoicedAlready: (month) => `Invoiced already, ${month}`,
  wholeFlatFee: 'Flat fee for the whole month', daysOf: (days, all) => `${days} of ${all} days`, rounded: ', rounded half away from zero', included: (included, scaled) => ` − ${included} included${scaled === null ? '' : ` (${scaled})`}`,
  scaledDown: (whole, days) => `${whole} × ${days}, rounded down`, blocksOf: (blocks) => ` → ${blocks} of 1,000; `, lastVolumeTier: ', the last volume tier', volumeTier: (upTo) => `, the volume tier up to ${upTo}`,
  tierFrom: (unit, from) => ` (${unit} from ${from} on)`, tierTo: (unit, from, to) => ` (${unit} ${from} to ${to})`, tierBounds: (days) => `; tier bounds × ${days}, rounded down`,
  minimumLess: (minimum, charged) => `Minimum ${minimum} − ${charged} charged after discount`, and: ' and ', on: (amount, invoice) => `${amount} on ${invoice}`, draftOf: (month) => `the draft of ${month}`,
  carriedElsewhere: (month, where) => `The lines above count all usage of ${month}; what came late was invoiced already: ${where}`,
  ratedAgain: (month, units, rated, invoiced) => `${month} rated again${units}: ${rated} − invoiced already ${invoiced}; before tax, after that month’s own discount`,
  unitsThen: (units, meter, then) => ` with ${units} ${meter} (${then} when it was invoiced)`, edited: (reason) => `edited: ${reason}`, shownWithoutTax: 'Price with tax; shown without it',
};

export interface RatingWords {
  readonly language: DocumentLanguage;
  readonly text: RatingTexts;
  count(quantity: number): string;
  /** '1 deed', '2 deeds', '0 blocks'. */
  units(quantity: number, unit: UnitName): string;
  /** '1,234.50 EUR'. */
  amount(minor: number, currency: string): string;
  /** Major units, decimal text: '2.905 EUR'. */
  price(price: string, currency: string): string;
  /** '2026-10' → 'October 2026'. */
  month(month: Month): string;
  /** '1 to 15 October', '31 October'; the end is exclusive. */
  span(start: LocalDate, end: LocalDate): string;
}

/** '1,234.50' → '1.234,50': the same digits with the other language's marks. */
export const swapMarks = (text: string): string => text.replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));

function wordsFor(language: DocumentLanguage, text: RatingTexts): RatingWords {
  const marked = (digits: string): string => (language === 'de' ? swapMarks(digits) : digits);
  const count = (quantity: number): string => marked(groupDigits(String(quantity)));
  const monthName = (month: string): string => text.months[Number(month) - 1] ?? '';
  return {
    language, text, count,
    units: (quantity, unit) => `${count(quantity)} ${text.units[unit][quantity === 1 ? 0 : 1]}`,
    amount: (minor, currency) => `${formatAmount(minor, currency, language === 'de' ? 'de-DE' : 'en-US')} ${currency.toUpperCase()}`,
    price: (price, currency) => `${marked(formatPrice(price, currency))} ${currency.toUpperCase()}`,
    month: (month) => `${monthName(month.slice(5))} ${month.slice(0, 4)}`,
    span: (start, end) => text.days(Number(start.slice(8)), Number(addDays(end, -1).slice(8)), monthName(start.slice(5, 7))),
  };
}

const words: Readonly<Record<DocumentLanguage, RatingWords>> = { en: wordsFor('en', english), de: wordsFor('de', germanRatingTexts) };
export const ratingWords = (language: DocumentLanguage = 'en'): RatingWords => words[language];

/**
 * A line's description in its language, and the name by which edits of drafts know it: the English one, so that a draft that is rated anew in another language keeps them.
 */
export function describedIn(inWords: RatingWords, describe: (words: RatingWords) => string): { readonly description: string; readonly key?: string } {
  return { description: describe(inWords), ...(inWords.language === 'en' ? {} : { key: describe(words.en) }) };
}
