import { basename } from 'node:path';
import { ValidationError } from '../../shared/errors/errors.ts';
import { largestUploadPart, type RatesImportView, type RatesOverview } from '../../shared/api/rates.contract.ts';
import { newId } from '../../main/platform/ids.ts';
import { readInputFile } from '../input-file.ts';
import { instantText, type HumanOutput } from '../output.ts';
import type { CommandAction, CommandContext } from './command.ts';

const count = (value: number): string => value.toLocaleString('en-US');
const isAddress = (place: string): boolean => /^https?:\/\//.test(place);
/** Half of a part: a sign takes up to three bytes, and escapes in JSON besides. */
const signsAtOnce = largestUploadPart / 4;
const mostBytes = 32 * 1024 * 1024;

/** Imports rates of the ECB's form from a file or an address, then posts what waited for them. Exit 1 when something differs from what stands. */
export function importRates(place: string): CommandAction {
  return async (context) => {
    const options = isAddress(place) ? { url: place } : await upload(context, place);
    const result = (await context.runJob('exchange-rates', { options })).result as RatesImportView;
    context.output.answer(result, (out) => printImport(out, result));
    return result.differing + result.late > 0 ? 1 : 0;
  };
}

async function upload({ client }: CommandContext, file: string): Promise<{ upload: string; fileName: string }> {
  const text = readRatesFile(file);
  const uploadId = newId();
  let position = 0;
  for (let at = 0; at < text.length; at += signsAtOnce) position = (await client.rates.upload({ commandId: newId(), uploadId, position, text: text.slice(at, at + signsAtOnce) })).bytes;
  return { upload: uploadId, fileName: basename(file) };
}

function readRatesFile(file: string): string {
  const bytes = readInputFile(file, mostBytes);
  if (bytes === null) throw new ValidationError('exchange-rates-too-large', `${file} is larger than 32 MB. Nothing was imported.`, { nextStep: 'All rates since 1999 take seven. Check what it is.' });
  if (bytes.byteLength === 0) throw new ValidationError('exchange-rates-malformed', `${file} is empty. Nothing was imported.`, { nextStep: 'Take the file as the European Central Bank publishes it.' });
  return bytes.toString('utf8');
}

function printImport(out: HumanOutput, result: RatesImportView): void {
  out.line(`${result.source}: ${count(result.days)} days from ${result.firstDay} to ${result.lastDay}, ${count(result.currencies)} currencies.`);
  out.line(`Rates added ${count(result.added)}, corrected ${count(result.corrected)}, known already ${count(result.unchanged)}.`);
  if (result.differing > 0) out.line(`${count(result.differing)} differ from those by which entries were valued; what stands was kept.`);
  if (result.late > 0) out.line(`${count(result.late)} are of days that entries took for days without a rate; that was kept.`);
  out.table(result.examples, [
    { title: 'Currency', text: (row) => row.base.toUpperCase() },
    { title: 'Day', text: (row) => row.on },
    { title: 'Kept', align: 'right', text: (row) => row.known ?? 'none' },
    { title: 'In the source', align: 'right', text: (row) => row.published },
  ]);
  if (result.unknownCurrencies.length > 0) out.line(`Left out, as no currency of today has that code: ${result.unknownCurrencies.join(', ')}.`);
  out.line(`Posted ${count(result.posted)} entries that waited; ${count(result.waiting)} facts still wait for a rate.`);
}

/** The rates into the ledger's own currency, newest day first. */
export function listRates(options: { currency?: string; from?: string; to?: string; limit: number }): CommandAction {
  return async ({ client, output, timeZone }) => {
    const { limit, ...filter } = options;
    const [overview, rates] = [await client.rates.overview({}), await client.rates.list({ limit, filter })];
    output.answer({ functionalCurrency: overview.functionalCurrency, lastDay: overview.lastDay, freshAt: overview.freshAt, rates: rates.rows, total: rates.total }, (out) => {
      printFreshness(out, overview, timeZone);
      if (rates.rows.length === 0) return;
      out.table(rates.rows, [
        { title: 'Day', text: (row) => row.on },
        { title: 'Currency', text: (row) => row.currency.toUpperCase() },
        { title: `In ${overview.functionalCurrency.toUpperCase()}`, align: 'right', text: (row) => row.rate },
        { title: 'Source', text: (row) => row.source },
        { title: 'Read', text: (row) => (row.fetchedAt === null ? '' : instantText(row.fetchedAt, timeZone)) },
      ]);
      if (rates.total > rates.rows.length) out.line(`${count(rates.rows.length)} of ${count(rates.total)}.`);
    });
    return 0;
  };
}

/** Shows, sets or takes away what the daily job reads; an address is read once before it is kept. */
export function setRatesSource(url: string | undefined, options: { none?: boolean }): CommandAction {
  return async ({ client, output, timeZone }) => {
    if (url !== undefined && options.none) throw new ValidationError('usage-invalid', 'Either an address or --none.', { nextStep: 'See daybook rates source --help.' });
    if (url !== undefined) await client.rates.look({ url });
    const overview = url !== undefined || options.none ? await client.rates.setSource({ commandId: newId(), url: url ?? null }) : await client.rates.overview({});
    output.answer(overview, (out) => {
      out.line(overview.owner === 'shared-database' ? 'The company’s own rates come with the shared database.' : overview.sourceUrl === null ? 'No address is set: rates are imported by hand.' : `Read each day from ${overview.sourceUrl}`);
      printFreshness(out, overview, timeZone);
    });
    return 0;
  };
}

function printFreshness(out: HumanOutput, overview: RatesOverview, timeZone: string): void {
  if (overview.lastDay === null) out.line('No exchange rate is known.');
  else out.line(`Known from ${overview.firstDay ?? ''} to ${overview.lastDay}, ${count(overview.currencies)} currencies. Fresh at ${overview.freshAt === null ? 'no time: nothing was read yet' : instantText(overview.freshAt, timeZone)}${overview.errorCode === null ? '' : `; the last attempt failed (${overview.errorCode})`}.`);
  for (const { currency, on, facts } of overview.waiting.rates.slice(0, 10)) out.line(`${count(facts)} ${facts === 1 ? 'fact waits' : 'facts wait'} for the rate of ${currency.toUpperCase()} of ${on}.`);
}
