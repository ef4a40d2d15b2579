/**
 * `eurofxref.csv` and `eurofxref-hist.csv` of the European Central Bank: a line of currencies, then a line for each day. Days look like 2026-11-18 or, in the
 * daily file, like 18 November 2026; N/A, or nothing, is no rate; each line ends with a comma.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { EcbDayCollector, malformed, quoted, type EcbDays } from './ecb-days.ts';

const monthNames = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];

interface CsvLine {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** '18 November 2026' → '2026-11-18'; anything else as it is. */
function asIsoDay(text: string): string {
  const [, day, monthName, year] = /^(\d{1,2}) ([A-Za-z]+) (\d{4})$/.exec(text) ?? [];
  const month = monthNames.indexOf((monthName ?? '').toLowerCase()) + 1;
  return day === undefined || year === undefined || month === 0 ? text : `${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** @throws ValidationError `exchange-rates-malformed`, with line and reason. */
export function readEcbCsv(name: string, text: string): EcbDays {
  const [header, ...lines] = linesOf(name, text);
  const currencies = header?.record ?? [];
  if (currencies[0]?.toLowerCase() !== 'date') throw malformed(name, header?.info.lines ?? 1, `The first line begins with ${quoted(currencies[0] ?? '')}, not with Date.`);
  const collector = new EcbDayCollector(name);
  for (const { record, info } of lines) {
    const [day = '', ...rates] = record;
    const on = collector.startDay(asIsoDay(day), info.lines);
    for (const [index, rate] of rates.entries()) {
      const currency = currencies[index + 1] ?? '';
      if (rate === '' || rate === 'N/A') continue;
      if (currency === '') throw malformed(name, info.lines, `${quoted(rate)} stands under no currency.`);
      collector.add(on, currency, rate, info.lines);
    }
  }
  return collector.finish();
}

function linesOf(name: string, text: string): CsvLine[] {
  try {
    return parse(text, { bom: true, info: true, trim: true, skip_empty_lines: true, relax_column_count: true, max_record_size: 16_384 }) as unknown as CsvLine[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw malformed(name, typeof error['lines'] === 'number' ? error['lines'] : null, 'It is not CSV.');
  }
}
