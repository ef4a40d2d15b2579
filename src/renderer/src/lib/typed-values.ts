/**
 * What a person types into a form, read by the locale both ways: '1.234,56' and '1,234.56' are the same amount to people of two countries. What may mean two
 * things and the locale does not settle is refused with the two ways to write it, never guessed at. Pure.
 */

export type Typed<Value> = { readonly isFine: true; readonly value: Value } | { readonly isFine: false; readonly message: string };

const fine = <Value>(value: Value): Typed<Value> => ({ isFine: true, value });
const refused = (message: string): { isFine: false; message: string } => ({ isFine: false, message });

/** Groups of three; or, as in India, one of three behind groups of two. */
const wholeWithGroups = /^(?:[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*|[1-9]\d?(?:([.,])\d{2})(?:\2\d{2})*\2\d{3})$/;
const mostDigits = 24;

function separatorsOf(locale: string): { decimal: string; group: string } {
  const parts = new Intl.NumberFormat(locale, { useGrouping: 'always' }).formatToParts(12_345.6);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return { decimal: part('decimal') || '.', group: part('group') };
}

/** A number as a plain decimal with a point: '−1.234,50' in German is '-1234.50'. */
export function readDecimal(typed: string, locale: string): Typed<string> {
  // Blanks and apostrophes only ever group.
  const text = typed.trim().replaceAll(/[\s\u00a0\u202f'’]/g, '').replace('−', '-');
  if (text === '') return refused('A number is needed.');
  const match = /^([-+]?)([\d.,]*\d[\d.,]*)$/.exec(text);
  const [, sign = '', figure = ''] = match ?? [];
  if (!match || figure.replaceAll(/\D/g, '').length > mostDigits) return refused('This is not a number.');
  const read = readFigure(figure, locale);
  return read.isFine ? fine(`${sign === '-' ? '-' : ''}${read.value}`) : read;
}

function readFigure(figure: string, locale: string): Typed<string> {
  const { decimal, group } = separatorsOf(locale);
  const marks = figure.replaceAll(/\d/g, '');
  if (marks === '') return fine(figure);
  const last = marks.at(-1) ?? '';
  const place = figure.lastIndexOf(last);
  const [whole, fraction] = [figure.slice(0, place), figure.slice(place + 1)];
  const asDecimal = () => (fraction === '' ? refused('There is nothing behind the decimal mark.') : fine(`${whole.replaceAll(/\D/g, '') || '0'}.${fraction}`));
  if (new Set(marks).size > 1) {
    const isSound = marks.lastIndexOf(last) === marks.indexOf(last) && wholeWithGroups.test(whole);
    return isSound ? asDecimal() : refused('The thousands are not grouped by three.');
  }
  if (marks.length > 1) return wholeWithGroups.test(figure) ? fine(figure.replaceAll(/\D/g, '')) : refused('The thousands are not grouped by three.');
  if (last === decimal) return asDecimal();
  if (!wholeWithGroups.test(figure)) return asDecimal();
  if (last === group) return fine(figure.replaceAll(/\D/g, ''));
  return refused(`This may be ${whole}${fraction} or ${whole}${decimal}${fraction}. Write it one of these ways.`);
}

/** A whole number, grouped or not. */
export function readWhole(typed: string, locale: string): Typed<number> {
  const read = readDecimal(typed, locale);
  if (!read.isFine) return read;
  const whole = /^(-?\d+)(?:\.0*)?$/.exec(read.value)?.[1];
  const value = Number(whole);
  return whole !== undefined && Number.isSafeInteger(value) ? fine(value) : refused('A whole number is needed.');
}

/** A share typed in per cent, as whole basis points: '12,5 %' is 1250. */
export function readBasisPoints(typed: string, locale: string): Typed<number> {
  const read = readDecimal(typed.trim().replace(/\s*%$/, ''), locale);
  if (!read.isFine) return read;
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d*?)0*)?$/.exec(read.value) ?? [];
  if (whole === '' || whole.length > 6 || fraction.length > 2) return refused('Two decimals at most, such as 12.25.'.replace('.25', `${separatorsOf(locale).decimal}25`));
  return fine(Number(`${sign}${whole}${fraction.padEnd(2, '0')}`));
}

/** A plain decimal as this person writes it, with as many decimals as it has and at least `decimals`. */
export function writeDecimal(decimal: string, locale: string, decimals = 0): string {
  const places = Math.max(decimals, /\.(\d+)$/.exec(decimal)?.[1]?.length ?? 0);
  return new Intl.NumberFormat(locale, { minimumFractionDigits: Math.min(places, 20), maximumFractionDigits: Math.min(places, 20) }).format(decimal as Intl.StringNumericLiteral).replace('-', '−');
}

/** 1250 → '12.5'. */
export function writeBasisPoints(basisPoints: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(`${basisPoints}E-2` as Intl.StringNumericLiteral).replace('-', '−');
}

type DayPart = 'day' | 'month' | 'year';

function dayOrder(locale: string): DayPart[] {
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'numeric', year: 'numeric', calendar: 'gregory', numberingSystem: 'latn', timeZone: 'UTC' }).formatToParts(0).map((part) => part.type).filter((type): type is DayPart => type === 'day' || type === 'month' || type === 'year');
}

/** A day in figures in the locale's order, or with the month's name, or as 2026-10-31 anywhere. */
export function readDay(typed: string, locale: string): Typed<string> {
  const text = typed.trim();
  const example = writeDay('2026-10-31', locale);
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return dayOf(iso[1], iso[2], iso[3], example);
  const figures = /^(\d{1,4})[./\- ]+(\d{1,2})[./\- ]+(\d{1,4})\.?$/.exec(text);
  if (figures) {
    const order = dayOrder(locale);
    const part = (name: DayPart) => figures[order.indexOf(name) + 1];
    return dayOf(part('year'), part('month'), part('day'), example);
  }
  const words = text.toLocaleLowerCase(locale).split(/[\s,./-]+/).filter((word) => word !== '' && word !== 'de');
  const month = words.map((word) => monthNamed(word, locale)).find((found) => found !== null);
  const [first, second] = words.filter((word) => /^\d+$/.test(word));
  return month && first && second ? dayOf(second.length === 4 ? second : first, String(month), second.length === 4 ? first : second, example) : refused(`This is not a day. Write it as ${example}.`);
}

function dayOf(year = '', month = '', day = '', example: string): Typed<string> {
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const instant = Date.parse(`${iso}T00:00:00Z`);
  // 31 February rolls over: what is read back must be what was typed.
  const isReal = year.length === 4 && !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(iso);
  return isReal ? fine(iso) : refused(`There is no such day. Write it as ${example}, the year in four figures.`);
}

function monthNamed(word: string, locale: string): number | null {
  for (const style of ['long', 'short'] as const) {
    for (const each of [locale, 'en']) {
      const names = Array.from({ length: 12 }, (_, index) => new Intl.DateTimeFormat(each, { month: style, timeZone: 'UTC' }).format(Date.UTC(2026, index, 1)).toLocaleLowerCase(each).replace(/\.$/, ''));
      const found = names.indexOf(word);
      if (found !== -1) return found + 1;
    }
  }
  return null;
}

/** '2026-10-31' in figures, as {@link readDay} reads it back. */
export function writeDay(day: string, locale: string): string {
  const instant = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(instant) ? day : new Intl.DateTimeFormat(locale, { day: '2-digit', month: '2-digit', year: 'numeric', calendar: 'gregory', numberingSystem: 'latn', timeZone: 'UTC' }).format(instant);
}
