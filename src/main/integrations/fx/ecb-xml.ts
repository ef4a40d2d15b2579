/**
 * `eurofxref-daily.xml`, `-hist-90d.xml` and `-hist.xml` of the European Central Bank: `<Cube time="…">` with a `<Cube currency="…" rate="…"/>` for each currency.
 *
 * Read by sax in strict mode, which knows the five entities of XML and no others; a document type is refused before anything in it is looked at, so
 * nothing can be expanded and nothing outside is ever read.
 */
import sax from 'sax';
import type { LocalDate } from '../../../shared/calendar/local-date.ts';
import { EcbDayCollector, malformed, quoted, type EcbDays } from './ecb-days.ts';

/** Without `strictEntities` sax would know those of HTML as well; its types have not heard of it. */
const strictOptions: sax.SAXOptions & { readonly strictEntities: boolean } = { xmlns: false, position: true, strictEntities: true };
/** The envelope is three levels deep and the rates two more. */
const deepest = 16;

/** @throws ValidationError `exchange-rates-malformed`, with line and reason. */
export function readEcbXml(name: string, text: string): EcbDays {
  const parser = sax.parser(true, strictOptions);
  const collector = new EcbDayCollector(name);
  const line = (): number => parser.line + 1;
  let depth = 0;
  let day: { readonly on: LocalDate; readonly depth: number } | null = null;

  parser.onerror = (error) => {
    throw malformed(name, line(), `It is not XML: ${(error.message.split('\n')[0] ?? '').replace(/[^\x20-\x7e]/g, '?').replace(/\.?$/, '.')}`);
  };
  parser.ondoctype = () => {
    throw malformed(name, line(), 'It declares a document type, which rates have no need of.');
  };
  parser.onopentag = ({ name: tag, attributes }) => {
    depth += 1;
    if (depth > deepest) throw malformed(name, line(), 'Its elements are nested too deeply.');
    if (depth === 1 && !/(^|:)Envelope$/.test(tag)) throw malformed(name, line(), `It begins with <${quoted(tag).slice(1, -1)}>, not with the envelope of the ECB’s reference rates.`);
    if (!/(^|:)Cube$/.test(tag)) return;
    const { time, currency, rate } = attributes as Readonly<Record<string, string | undefined>>;
    if (time !== undefined) {
      if (day) throw malformed(name, line(), 'A day stands within a day.');
      day = { on: collector.startDay(time, line()), depth };
    } else if (currency !== undefined || rate !== undefined) {
      if (!day) throw malformed(name, line(), 'A rate belongs to no day.');
      collector.add(day.on, currency ?? '', rate ?? '', line());
    }
  };
  parser.onclosetag = () => {
    if (day?.depth === depth) day = null;
    depth -= 1;
  };
  parser.write(text).close();
  return collector.finish();
}
