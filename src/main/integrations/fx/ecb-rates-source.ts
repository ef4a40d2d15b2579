/**
 * The euro foreign exchange reference rates of the European Central Bank, from an address or from a file that a person gives. Text that came from outside is
 * bounded in size, and refused as a whole when anything in it is not as it must be.
 */
import { ProviderError, ValidationError } from '../../../shared/errors/errors.ts';
import type { PublishedRates, RatesSource } from '../../ledger/exchange-rate-imports.ports.ts';
import { isEcbWorkingDay } from './ecb-calendar.ts';
import { readEcbCsv } from './ecb-csv.ts';
import { malformed } from './ecb-days.ts';
import { readEcbXml } from './ecb-xml.ts';

/** All rates since 1999 take seven million characters as XML. */
export const largestRatesFileBytes = 32 * 1024 * 1024;
const defaultTimeoutMs = 30_000;

export interface EcbRatesSourceOptions {
  readonly fetch?: typeof globalThis.fetch;
  /** For the whole answer. */
  readonly timeoutMs?: number;
}

export function createEcbRatesSource({ fetch = globalThis.fetch, timeoutMs = defaultTimeoutMs }: EcbRatesSourceOptions = {}): RatesSource {
  return {
    assertAddress: (address) => void assertSafeAddress(address),
    readText: (name, text) => readPublished(name, text),
    async fetchFrom(address, signal) {
      const url = assertSafeAddress(address);
      const text = await download(fetch, url, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), signal);
      return readPublished(`${url.host}${url.pathname}`, text);
    },
  };
}

function readPublished(name: string, text: string): PublishedRates {
  if (text.length > largestRatesFileBytes) throw tooLarge(name);
  if (text.startsWith('PK')) throw malformed(name, null, 'It is a ZIP archive: unpack it and take the file in it.');
  const { days, unknownCurrencies } = /^\uFEFF?\s*</.test(text) ? readEcbXml(name, text.replace(/^\uFEFF/, '')) : readEcbCsv(name, text);
  return { source: `ECB, ${name}`, base: 'eur', days, unknownCurrencies, publishesOn: isEcbWorkingDay };
}

const tooLarge = (name: string): ValidationError => new ValidationError('exchange-rates-too-large', `${name} is larger than 32 MB. Nothing was imported.`, { data: { file: name }, nextStep: 'All rates since 1999 take seven. Check what it is.' });

/** @throws ValidationError `exchange-rates-address-refused`: only https, or http on this machine; no user, no password. */
export function assertSafeAddress(address: string): URL {
  const url = URL.parse(address);
  const isSafe = url !== null && !url.username && !url.password && (url.protocol === 'https:' || (url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)));
  if (!isSafe) throw new ValidationError('exchange-rates-address-refused', 'Rates are only read from an https address, without a user or a password in it.', { nextStep: 'Give the address as the European Central Bank names it, such as https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml.' });
  return url;
}

/** @param cancelled the caller's own signal: what it was aborted with is thrown as it is. */
async function download(fetch: typeof globalThis.fetch, url: URL, signal: AbortSignal, cancelled: AbortSignal): Promise<string> {
  const unreachable = (reason: string, cause?: unknown): ProviderError => new ProviderError('exchange-rates-unreachable', `${url.host} gave no rates: ${reason}.`, { provider: url.host, isRetryable: true, cause, nextStep: 'Try again later, or import a file. What is known stands.' });
  try {
    // An address that was looked at is the one that is read: no redirect.
    const response = await fetch(url, { signal, redirect: 'manual', headers: { accept: 'application/xml, text/xml, text/csv' } });
    if (!response.ok) {
      await response.body?.cancel();
      throw unreachable(response.status >= 300 && response.status < 400 ? 'it points to another address' : `it answered ${response.status}`);
    }
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > largestRatesFileBytes) throw tooLarge(`${url.host}${url.pathname}`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    cancelled.throwIfAborted();
    if (error instanceof ProviderError || error instanceof ValidationError) throw error;
    throw unreachable(signal.aborted ? 'it took too long' : 'the connection failed', error);
  }
}
