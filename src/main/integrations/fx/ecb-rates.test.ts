import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { localDate } from '../../../shared/calendar/local-date.ts';
import { ecbCsv, ecbXml } from '../../testing/ecb-files.ts';
import { easterSunday, isEcbWorkingDay } from './ecb-calendar.ts';
import { createEcbRatesSource, largestRatesFileBytes } from './ecb-rates-source.ts';

const source = createEcbRatesSource();
const plain = (text: string, name = 'rates') => {
  const { days, ...rest } = source.readText(name, text);
  return { source: rest.source, base: rest.base, unknown: rest.unknownCurrencies, days: days.map(({ on, perBase }) => [on, Object.fromEntries(perBase)]) };
};
const figures = { '2026-11-17': { USD: '1.0840', JPY: '169.10' }, '2026-11-18': { USD: '1.0850', JPY: '169.25' } };
const expected = [['2026-11-17', { usd: '1.0840', jpy: '169.10' }], ['2026-11-18', { usd: '1.0850', jpy: '169.25' }]];

describe('what is read', () => {
  it.each([
    ['XML, as daily and history have it', ecbXml(figures)],
    ['XML behind a byte order mark', `\uFEFF${ecbXml(figures)}`],
    ['XML with Windows line ends', ecbXml(figures).replaceAll('\n', '\r\n')],
    ['CSV of the history', ecbCsv(figures)],
    ['CSV behind a byte order mark, with Windows line ends', `\uFEFF${ecbCsv(figures).replaceAll('\n', '\r\n')}`],
    ['CSV of the day, with a day in words', 'Date, USD, JPY, \n18 November 2026, 1.0850, 169.25, \n17 November 2026, 1.0840, 169.10, \n'],
  ])('%s', (_name, text) => {
    expect(plain(text)).toEqual({ source: 'ECB, rates', base: 'eur', unknown: [], days: expected });
  });

  it('a currency without a rate that day is absent; one that is no more is left out and named', () => {
    expect(plain(ecbCsv({ '2026-11-18': { USD: '1.0850', SKK: '30.126' }, '2026-11-17': { JPY: '169.10' } }))).toMatchObject({ unknown: ['SKK'], days: [['2026-11-17', { jpy: '169.10' }], ['2026-11-18', { usd: '1.0850' }]] });
  });
});

describe('what is refused, with line and reason', () => {
  const day = (inside: string): string => `<Envelope><Cube><Cube time='2026-11-18'>\n${inside}\n</Cube></Cube></Envelope>`;
  it.each([
    ['an entity that would expand', '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>\n<Envelope>&lol2;</Envelope>', 1, 'document type'],
    ['an entity that would read a file', '<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<Envelope><Cube time="&x;"/></Envelope>', 2, 'document type'],
    ['an entity of HTML’s', `<Envelope>\n<Cube time='2026-11-18'>&nbsp;</Cube></Envelope>`, 2, 'not XML'],
    ['XML that ends too early', '<Envelope><Cube>\n<Cube time="2026-11-18">', 2, 'not XML'],
    ['another document', '<html><body>Sign in</body></html>', 1, 'begins with <html>'],
    ['elements without end', `<Envelope>${'<Cube>'.repeat(2_000)}`, 1, 'nested too deeply'],
    ['a rate of zero', day("<Cube currency='USD' rate='0.000'/>"), 2, '“0.000” is not a rate of USD'],
    ['a negative rate', day("<Cube currency='USD' rate='-1.08'/>"), 2, 'not a rate'],
    ['a rate with an exponent', day("<Cube currency='USD' rate='1e3'/>"), 2, 'not a rate'],
    ['a rate with a comma', day("<Cube currency='USD' rate='1,08'/>"), 2, 'not a rate'],
    ['no rate', day("<Cube currency='USD'/>"), 2, 'not a rate'],
    ['a currency twice', day("<Cube currency='USD' rate='1'/>\n<Cube currency='usd' rate='1'/>"), 3, 'two rates'],
    ['something that is no currency', day("<Cube currency='U&lt;S' rate='1'/>"), 2, 'not a currency'],
    ['a rate of the euro', day("<Cube currency='EUR' rate='1'/>"), 2, 'for one euro'],
    ['a day that is none', "<Envelope>\n<Cube time='2026-02-30'/></Envelope>", 2, '“2026-02-30” is not a day'],
    ['a day twice', "<Envelope><Cube time='2026-11-18'/>\n<Cube time='2026-11-18'/></Envelope>", 2, 'twice'],
    ['a rate outside a day', "<Envelope>\n<Cube currency='USD' rate='1'/></Envelope>", 2, 'no day'],
    ['no rates at all', '<Envelope><Cube/></Envelope>', null, 'no rates'],
    ['CSV without a head', '2026-11-18,1.0850,\n', 1, 'not with Date'],
    ['CSV with more rates than currencies', 'Date,USD,\n2026-11-18,1.0850,\n2026-11-17,1.0840,7,\n', 3, 'under no currency'],
    ['CSV with a rate that is none', 'Date,USD,\n2026-11-18,abc,\n', 2, 'not a rate of USD'],
    ['CSV with a day that is none', 'Date,USD,\n18 Brumaire 2026,1.08,\n', 2, 'not a day'],
    ['CSV with a quote that never closes', 'Date,USD,\n"2026-11-18,1.08,\n', 2, 'not CSV'],
    ['a ZIP archive', 'PK\u0003\u0004rest', null, 'ZIP archive'],
    ['nothing', '', 1, 'not with Date'],
  ])('%s', (_name, text, line, reason) => {
    const refused = expect.objectContaining({ code: 'exchange-rates-malformed', message: expect.stringContaining(reason) as string, data: expect.objectContaining({ line }) as object }) as Error;
    expect(() => source.readText('rates', text)).toThrow(refused);
  });

  it('more than 32 MB', () => {
    expect(() => source.readText('rates', ' '.repeat(largestRatesFileBytes + 1))).toThrow(expect.objectContaining({ code: 'exchange-rates-too-large' }) as Error);
  });
});

describe('an address', () => {
  let server: Server | undefined;
  afterEach(() => { server?.closeAllConnections(); server?.close(); });
  async function serve(answer: RequestListener): Promise<string> {
    server = createServer(answer);
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/eurofxref-daily.xml`;
  }
  const fetchFrom = (url: string, signal = new AbortController().signal, timeoutMs = 30_000) => createEcbRatesSource({ timeoutMs }).fetchFrom(url, signal);

  it('is read, and stands beside what came from it', async () => {
    const url = await serve((_request, response) => response.end(ecbXml(figures)));
    const { source: name, days } = await fetchFrom(url);
    expect([name, days.length]).toEqual([`ECB, ${new URL(url).host}/eurofxref-daily.xml`, 2]);
  });

  it.each([
    ['answers with an error', (url: string): RequestListener => (_request, response) => response.writeHead(503).end(url), 'it answered 503'],
    ['points elsewhere', (url: string): RequestListener => (_request, response) => response.writeHead(302, { location: url }).end(), 'another address'],
    ['cuts the line', (): RequestListener => (_request, response) => { response.writeHead(200, { 'content-length': '1000' }).write('<Env'); response.destroy(); }, 'connection failed'],
  ])('that %s has no rates', async (_name, answer, reason) => {
    await expect(fetchFrom(await serve(answer('http://127.0.0.1:1/')))).rejects.toMatchObject({ code: 'exchange-rates-unreachable', isRetryable: true, message: expect.stringContaining(reason) as string });
  });

  it('that never ends is left, for its length or for its time', async () => {
    const url = await serve((request, response) => { const more = (): void => { while (response.write(' '.repeat(1_048_576))); }; response.on('drain', more); request.on('close', () => response.destroy()); more(); });
    await expect(fetchFrom(url)).rejects.toMatchObject({ code: 'exchange-rates-too-large' });
    server?.closeAllConnections(); server?.close();
    await expect(fetchFrom(await serve(() => undefined), undefined, 50)).rejects.toMatchObject({ code: 'exchange-rates-unreachable', message: expect.stringContaining('too long') as string });
  });

  it('is left at once when a person cancels', async () => {
    const cancel = new AbortController();
    const url = await serve(() => cancel.abort(new Error('cancelled by a person')));
    await expect(fetchFrom(url, cancel.signal)).rejects.toThrow('cancelled by a person');
  });

  it.each(['http://example.com/rates.xml', 'ftp://127.0.0.1/rates.xml', 'file:///etc/passwd', 'https://me:secret@example.com/', 'rates.xml'])('%s is refused before anything is sent', async (url) => {
    await expect(fetchFrom(url)).rejects.toMatchObject({ code: 'exchange-rates-address-refused' });
    expect(() => source.assertAddress(url)).toThrow(expect.objectContaining({ code: 'exchange-rates-address-refused' }) as Error);
  });
});

describe('the days of the European Central Bank', () => {
  it.each([[2000, '2000-04-23'], [2008, '2008-03-23'], [2024, '2024-03-31'], [2026, '2026-04-05'], [2027, '2027-03-28'], [2038, '2038-04-25'], [2049, '2049-04-18']])('Easter of %i', (year, sunday) => {
    expect(easterSunday(year)).toBe(sunday);
  });

  it.each([
    ['2026-11-18', true], ['2026-11-21', false], ['2026-11-22', false], ['2026-04-03', false], ['2026-04-06', false], ['2026-04-07', true], ['2026-05-01', false], ['2026-12-24', true], ['2026-12-25', false], ['2027-01-01', false],
  ])('%s: %s', (on, isWorkingDay) => {
    expect(isEcbWorkingDay(localDate(on))).toBe(isWorkingDay);
  });
});
