/** A desk of its own (no shared database) on the sandbox's Stripe: what waits for exchange rates, importing them, and what happens then. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld } from '../../sandbox/world.ts';
import { startBackend } from '../main/backend.ts';
import { divideRates } from '../main/ledger/exchange-rate-import-calculation.ts';
import { openCliDesk, openDemoDesk, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { ecbCsv, ecbXml, type EcbFigures } from '../main/testing/ecb-files.ts';
import { startStripeWorld, type StripeWorld } from '../main/testing/stripe-desk.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';
import type { RatesImportView, RatesOverview } from '../shared/api/rates.contract.ts';

const folder = makeTemporaryFolder();
let world: StripeWorld;
let desk: CliDesk;
let figures: EcbFigures;
let server: Server;
let published = '';
const sourceUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/stats/eurofxref/eurofxref-hist-90d.xml`;

function makeDesk(name: string): CliDesk {
  const dataFolder = join(folder.path, name);
  mkdirSync(dataFolder, { mode: 0o700 });
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify({ stripeApiBase: world.sandbox.url, now: world.company.manifest.now, reportingTimeZone: world.company.manifest.reportingTimeZone, functionalCurrency: 'usd', stripeLimiter: 'off' }), { mode: 0o600 });
  return openCliDesk(dataFolder, { DAYBOOK_STRIPE_KEY: world.sandbox.restrictedKey });
}

/** The company's rates as the ECB would have published them: for one euro. */
function figuresOf({ company }: StripeWorld): EcbFigures {
  const decimal = (micros: number): string => `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`;
  const byDay = Map.groupBy(company.world.rates.published, ({ day }) => day);
  return Object.fromEntries([...byDay].map(([day, rates]) => {
    const euro = decimal(rates.find(({ base }) => base === 'eur')?.micros ?? 0);
    return [day, { USD: euro, ...Object.fromEntries(rates.filter(({ base }) => base !== 'eur').map(({ base, micros }) => [base.toUpperCase(), divideRates(euro, decimal(micros))])) }];
  }));
}
const between = (from: string, to: string): EcbFigures => Object.fromEntries(Object.entries(figures).filter(([day]) => day >= from && day <= to));
function fileOf(name: string, text: string): string {
  const file = join(folder.path, name);
  writeFileSync(file, text);
  return file;
}
const factsWaiting = async (): Promise<number> => (await desk.json<{ factsTotal: number }>('stripe', 'parked')).answer.factsTotal;

beforeAll(async () => {
  world = await startStripeWorld('small', 1);
  figures = figuresOf(world);
  server = createServer((_request, response) => response.end(published));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  desk = makeDesk('desk');
  expect((await desk.json('sync', 'stripe')).code).toBe(0);
});
afterAll(async () => {
  server.close();
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe('without rates', () => {
  test('what is in another currency waits, and it is said for which day', async () => {
    expect(await factsWaiting()).toBeGreaterThan(10);
    const { answer } = await desk.json<RatesOverview>('rates', 'source');
    expect(answer).toMatchObject({ owner: 'desk', functionalCurrency: 'usd', sourceUrl: null, lastDay: null, freshAt: null });
    expect(answer.waiting.facts).toBe(await factsWaiting());
    expect(answer.waiting.rates[0]).toMatchObject({ on: expect.stringMatching(/^202\d-/) as string });
    expect((await desk.run('rates', 'list')).stdout).toMatch(/No exchange rate is known\.[\s\S]*facts? waits? for the rate of (EUR|GBP|JPY|KWD) of \d{4}/);
    expect((await desk.json<ErrorDocument>('jobs', 'run', 'exchange-rates')).answer.error.code).toBe('exchange-rates-source-missing');
  });

  test.each([
    ['a file that is not there', () => join(folder.path, 'none.csv'), 'file-unreadable', 'none.csv'],
    ['an empty file', () => fileOf('empty.csv', ''), 'exchange-rates-malformed', 'empty'],
    ['a file that is none, with line and reason', () => fileOf('wrong.csv', 'Date,USD,\n2026-11-17,1.08,\n2026-11-16,x,\n'), 'exchange-rates-malformed', 'wrong.csv, line 3: “x” is not a rate of USD.'],
    ['an address that is not safe', () => 'http://example.com/rates.xml', 'exchange-rates-address-refused', 'https'],
  ])('%s is refused', async (_name, place, code, says) => {
    const refused = await desk.json<ErrorDocument>('rates', 'import', place());
    expect([refused.code, refused.answer.error.code]).toEqual([1, code]);
    expect(refused.answer.error.message).toContain(says);
    expect((await desk.json<RatesOverview>('rates', 'source')).answer.lastDay).toBeNull();
  });
});

describe('importing', () => {
  test('a file posts what waited at once; what lies behind its last day waits on', async () => {
    const before = await factsWaiting();
    const { code, answer } = await desk.json<RatesImportView>('rates', 'import', fileOf('eurofxref-hist.csv', ecbCsv(between('2023-01-01', '2026-10-30'))));
    expect([code, answer.source, answer.lastDay, answer.currencies, answer.differing]).toEqual([0, 'ECB, eurofxref-hist.csv', '2026-10-30', 4, 0]);
    expect(answer.posted).toBeGreaterThan(0);
    expect(answer.waiting).toBe(await factsWaiting());
    expect(answer.waiting).toBeGreaterThan(0);
    expect(answer.waiting).toBeLessThan(before);
    expect((await desk.json<RatesImportView>('rates', 'import', join(folder.path, 'eurofxref-hist.csv'))).answer).toMatchObject({ added: 0, posted: 0 });
  });

  test('an address that is set is read by the job, which then comes by itself', async () => {
    published = ecbXml(between('2026-08-20', '2026-11-18'));
    const nextRun = async (): Promise<unknown> => (await desk.json<{ jobs: { name: string; nextRunAt: number | null }[] }>('jobs', 'list')).answer.jobs.find(({ name }) => name === 'exchange-rates')?.nextRunAt;
    expect(await nextRun()).toBeNull();
    expect((await desk.run('rates', 'source', sourceUrl())).stdout).toContain(`Read each day from ${sourceUrl()}`);
    expect(await nextRun()).toEqual(expect.any(Number));
    expect((await desk.json('jobs', 'run', 'exchange-rates')).code).toBe(0);
    expect(await factsWaiting()).toBe(0);
    expect((await desk.json<RatesOverview>('rates', 'source')).answer).toMatchObject({ sourceUrl: sourceUrl(), lastDay: '2026-11-18', freshAt: Date.parse(world.company.manifest.now), errorCode: null, waiting: { facts: 0, rates: [] } });
    expect((await desk.json('ledger', 'verify')).code).toBe(0);
  });

  test('the books are those of a desk that had every rate before it read anything', async () => {
    const other = makeDesk('other');
    expect((await other.json('rates', 'import', fileOf('all.xml', ecbXml(figures)))).code).toBe(0);
    expect((await other.json('sync', 'stripe')).code).toBe(0);
    const balances = async (of: CliDesk): Promise<unknown> => (await of.json<unknown>('ledger', 'trial-balance')).answer;
    expect(await balances(desk)).toEqual(await balances(other));
  });

  test('the list is narrowed by currency and days, and names source and moment', async () => {
    const { answer } = await desk.json<{ rates: { currency: string; on: string; rate: string; source: string }[]; total: number }>('rates', 'list', '--currency', 'eur', '--from', '2026-10-29', '--to', '2026-11-02');
    expect(answer.rates.map(({ currency, on, source }) => [currency, on, source])).toEqual([
      ['eur', '2026-11-02', `ECB, ${new URL(sourceUrl()).host}/stats/eurofxref/eurofxref-hist-90d.xml`], ['eur', '2026-10-30', 'ECB, eurofxref-hist.csv'], ['eur', '2026-10-29', 'ECB, eurofxref-hist.csv'],
    ]);
    expect((await desk.run('rates', 'list', '--limit', '2')).stdout).toMatch(/to 2026-11-18, 4 currencies\. Fresh at 2026-11-18[\s\S]*2 of [\d,]+\./);
    expect((await desk.run('rates', 'list', '--currency', 'xyz')).code).toBe(2);
  });

  test('another figure for a day that is booked is said and stands in Today; nothing changes', async () => {
    const { code, answer } = await desk.json<RatesImportView>('rates', 'import', fileOf('other.xml', ecbXml({ '2026-11-17': { USD: '1.5' } })));
    expect([code, answer.differing, answer.examples[0]]).toEqual([1, 1, { base: 'eur', on: '2026-11-17', known: figures['2026-11-17']?.['USD']?.replace(/0+$/, ''), published: '1.5' }]);
    const backend = await startBackend({ dataFolder: desk.dataFolder, host: 'cli', env: {} });
    try {
      const { items } = await backend.clientFor('cli').system.today({});
      expect(items).toContainEqual(expect.objectContaining({ kind: 'review-item', link: '/settings/rates', title: expect.stringContaining('has 1.5 for EUR on 17 Nov 2026') as string }));
    } finally {
      await backend.close();
    }
  });

  test('the address is taken away again; one that holds no rates is not kept', async () => {
    published = '<html>Sign in</html>';
    expect((await desk.json<ErrorDocument>('rates', 'source', `${sourceUrl()}?x`)).answer.error.code).toBe('exchange-rates-malformed');
    expect((await desk.json<RatesOverview>('rates', 'source')).answer.sourceUrl).toBe(sourceUrl());
    expect((await desk.json('rates', 'source', 'https://example.com', '--none')).code).toBe(2);
    expect((await desk.json<RatesOverview>('rates', 'source', '--none')).answer.sourceUrl).toBeNull();
  });

  test('with a shared database nothing is imported: the company’s own table is the owner', async () => {
    const shared = desk.with({ DAYBOOK_POSTGRES_URL: 'postgres://ada:nothing@127.0.0.1:1/none' });
    for (const command of [['rates', 'import', fileOf('refused.xml', ecbXml({ '2026-11-18': { USD: '1.085' } }))], ['rates', 'source', 'https://example.com/rates.xml'], ['jobs', 'run', 'exchange-rates']]) {
      expect((await shared.json<ErrorDocument>(...command)).answer.error).toMatchObject({ code: 'exchange-rates-read-only', nextStep: expect.stringContaining('daybook.exchange_rates') as string });
    }
    expect((await shared.run('rates', 'source')).stdout).toContain('The company’s own rates come with the shared database.');
  });
});

describe('with a shared database', () => {
  test('what waits for the company’s rate is posted by the sync that brings it', async () => {
    const shared = await startWorld({ size: 'small', seed: 1 });
    const owner = new pg.Client({ connectionString: shared.document.postgres.ownerUrl });
    await owner.connect();
    try {
      await owner.query("CREATE TABLE public.held_back AS SELECT base, quote, rate_on, rate FROM daybook.exchange_rates WHERE rate_on > '2026-10-30'; DELETE FROM daybook.exchange_rates WHERE rate_on > '2026-10-30'");
      const accountant = openDemoDesk(shared, join(folder.path, 'accountant'));
      await accountant.json('sync', 'postgres');
      expect((await accountant.json('sync', 'stripe')).code).toBe(0);
      const waiting = async (): Promise<{ factsTotal: number; facts: { nextStep: string }[] }> => (await accountant.json<{ factsTotal: number; facts: { nextStep: string }[] }>('stripe', 'parked')).answer;
      const before = await waiting();
      expect(before.factsTotal).toBeGreaterThan(0);
      expect(before.facts[0]?.nextStep).toContain('in the shared database');
      await owner.query('INSERT INTO daybook.exchange_rates (base, quote, rate_on, rate) SELECT base, quote, rate_on, rate FROM public.held_back');
      expect((await accountant.json<{ entriesPosted: number; entriesPending: number }>('sync', 'postgres')).answer).toMatchObject({ entriesPosted: expect.toSatisfy((posted: number) => posted > 0) as number, entriesPending: 0 });
      expect((await waiting()).factsTotal).toBe(0);
      expect((await accountant.json<RatesOverview>('rates', 'source')).answer).toMatchObject({ owner: 'shared-database', lastDay: '2026-11-18', waiting: { facts: 0 } });
    } finally {
      await owner.end();
      await shared.stop();
    }
  }, 300_000);
});
