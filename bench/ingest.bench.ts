/**
 * Stripe in: pages from memory through parse, validation, mirror, posting and sealing against bare inserts of the same final rows; and the same over
 * HTTP against plain fetch and JSON.parse of the same pages.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { createCompany, type Company } from '../sandbox/company/company.ts';
import type { CollectionName } from '../sandbox/stripe/population.ts';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { TimeZone } from '../src/shared/calendar/time-zone.ts';
import { createStripeSync } from '../src/main/intake/stripe-sync.ts';
import { gatewayLists, type GatewayList, type GatewaySource } from '../src/main/intake/stripe-sync.ports.ts';
import { createStripeSource, readListPage } from '../src/main/integrations/stripe/stripe-source.ts';
import { createJournal } from '../src/main/ledger/journal.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { loadExchangeRates } from '../src/main/testing/stripe-desk.ts';
import { bulkTurn, createWriteTurns } from '../src/main/database/write-turns.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { countRows, insertBare, readTables } from './bare-inserts.ts';
import { mediansOf, type Measure, type Round } from './measure.ts';

const companies = 4;
const pageSize = 100;
const rounds = 5;
const written = [
  'stripe_balance_transactions', 'stripe_charges', 'stripe_payment_intents', 'stripe_customers', 'stripe_products', 'stripe_prices', 'stripe_coupons', 'stripe_tax_rates', 'stripe_subscriptions', 'stripe_subscription_items', 'stripe_invoices', 'stripe_invoice_lines',
  'stripe_invoice_payments', 'stripe_invoice_items', 'stripe_checkout_sessions', 'stripe_refunds', 'stripe_disputes', 'stripe_payouts', 'stripe_credit_notes', 'stripe_credit_note_refunds', 'balance_daily_totals', 'accounts', 'posting_lines', 'journal_entries',
];

/** The lists of several companies as one, in page texts as they would come over the wire, newest first. */
function pagesOf(all: readonly Company[]): Map<GatewayList, string[]> {
  return new Map(gatewayLists.map((list) => {
    const texts = new Map<string, { id: string; created: number; text: string }>();
    for (const { population } of all) {
      const collection = population.collection(list satisfies CollectionName);
      for (let index = 0; index < collection.size; index += 1) {
        const object = collection.render(index);
        texts.set(object.id, { id: object.id, created: collection.createdAt(index), text: JSON.stringify(object) });
      }
    }
    const sorted = [...texts.values()].sort((a, b) => b.created - a.created);
    const pages: string[] = [];
    for (let start = 0; start < Math.max(1, sorted.length); start += pageSize) {
      pages.push(`{"object":"list","data":[${sorted.slice(start, start + pageSize).map((object) => object.text).join(',')}],"has_more":${start + pageSize < sorted.length},"url":"/v1/${list}"}`);
    }
    return [list, pages];
  }));
}

function memorySource(pages: ReadonlyMap<GatewayList, readonly string[]>, account: Company, nowMs: number): GatewaySource {
  const places = new Map<GatewayList | 'events', number>();
  const nothing = { objects: [], hasMore: false, observedAt: nowMs };
  const value = account.population.account;
  return {
    account: () => Promise.resolve({ id: value.id, name: 'Bench', defaultCurrency: 'usd', mode: 'test', createdAt: null, object: { id: value.id, object: 'account', text: JSON.stringify(value), value } }),
    list(list) {
      if (list === 'events') return Promise.resolve(nothing);
      const place = places.get(list) ?? 0;
      places.set(list, place + 1);
      const text = pages.get(list)?.[place];
      return Promise.resolve(text === undefined ? nothing : { ...readListPage(text), observedAt: nowMs });
    },
    get: () => Promise.resolve(undefined),
    invoiceLines: () => Promise.resolve(nothing),
    subscriptionItems: () => Promise.resolve(nothing),
  };
}

async function refillInto(ledger: TemporaryDatabase, source: GatewaySource, nowMs: number): Promise<number> {
  const clock = fixedClock(nowMs);
  const { database } = ledger;
  const sync = createStripeSync({ readable: database, unitOfWork: database.unitOfWork, durability: database.durability, source, journal: createJournal({ clock }), clock, timeZone: new TimeZone('America/New_York'), functionalCurrency: 'usd' });
  const startedMs = performance.now();
  await sync.refill(unattended);
  return performance.now() - startedMs;
}

async function fromMemory(): Promise<Measure[]> {
  const all = Array.from({ length: companies }, (_, index) => createCompany({ size: 'small', seed: 101 + index }));
  const first = all[0];
  if (!first) throw new Error('No company was made.');
  const nowMs = Date.parse(first.manifest.now);
  const pages = pagesOf(all);
  const firstTime: Round[] = [];
  const again: Round[] = [];
  let rows = 0;
  for (let round = 0; round < rounds; round += 1) {
    using ledger = openTemporaryDatabase(bulkTurn(createWriteTurns())); // as a job's thread writes
    ledger.database.transaction('rates', (database) => loadExchangeRates(database, first));
    const oursMs = await refillInto(ledger, memorySource(pages, first, nowMs), nowMs);
    const tables = readTables(ledger, written);
    rows = countRows(tables);
    firstTime.push({ oursMs, referenceMs: insertBare(tables) });
    again.push({ oursMs: await refillInto(ledger, memorySource(pages, first, nowMs), nowMs), referenceMs: oursMs });
    if (countRows(readTables(ledger, written)) !== rows) throw new Error('The same pages a second time have changed the number of rows.');
  }
  const fresh = mediansOf(firstTime);
  const known = mediansOf(again);
  const perSecond = (ms: number): number => (rows * 1000) / ms;
  return [
    { name: 'ingest from pages in memory', ours: perSecond(fresh.oursMs), reference: perSecond(fresh.referenceMs), ratio: fresh.ratio, goal: '≥ 0.4', holds: fresh.ratio >= 0.4, unit: 'rows/s', note: `${rows.toLocaleString('en-US')} final rows; the reference inserts them bare, in one transaction` },
    { name: 'ingest of known rows again', ours: perSecond(known.oursMs), reference: perSecond(known.referenceMs), ratio: known.ratio, goal: '≥ 1', holds: known.ratio >= 1, unit: 'rows/s', note: 'the same pages into the same ledger; the reference is the first ingest' },
  ];
}

/** The same pages, one after the other, parsed and thrown away. */
async function fetchPlainly(url: string, secretKey: string): Promise<number> {
  const startedMs = performance.now();
  const expand: Partial<Record<GatewayList, string>> = { invoices: '&expand[]=data.discounts.source.coupon&expand[]=data.lines.data.discounts', subscriptions: '&status=all&expand[]=data.discounts.source.coupon&expand[]=data.items.data.discounts' };
  for (const list of gatewayLists) {
    const path = list === 'checkout_sessions' ? 'checkout/sessions' : list;
    for (let after: string | undefined = ''; after !== undefined; ) {
      const response = await fetch(`${url}/v1/${path}?limit=100${expand[list] ?? ''}${after}`, { headers: { authorization: `Bearer ${secretKey}` } });
      const page = JSON.parse(await response.text()) as { data: { id: string }[]; has_more: boolean };
      const last = page.data.at(-1);
      after = page.has_more && last ? `&starting_after=${last.id}` : undefined;
    }
  }
  return performance.now() - startedMs;
}

async function overHttp(): Promise<Measure> {
  const company = createCompany({ size: 'small', seed: 1 });
  const nowMs = Date.parse(company.manifest.now);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'stripe-server.ts'), '1'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const line = await new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve));
    const { url, secretKey } = JSON.parse(line) as { url: string; secretKey: string };
    const times: Round[] = [];
    await fetchPlainly(url, secretKey); // the sandbox has rendered everything once
    for (let round = 0; round < rounds; round += 1) {
      const referenceMs = await fetchPlainly(url, secretKey);
      using ledger = openTemporaryDatabase(bulkTurn(createWriteTurns())); // as a job's thread writes
      ledger.database.transaction('rates', (database) => loadExchangeRates(database, company));
      times.push({ oursMs: await refillInto(ledger, createStripeSource({ key: secretKey, apiBase: url, limiter: 'none', now: () => nowMs }), nowMs), referenceMs });
    }
    const objects = gatewayLists.reduce((sum, list) => sum + (company.manifest.counts[list] ?? 0), 0);
    const { oursMs, referenceMs, ratio } = mediansOf(times);
    return { name: 'ingest over HTTP', ours: (objects * 1000) / oursMs, reference: (objects * 1000) / referenceMs, ratio, goal: '≥ 0.6', holds: ratio >= 0.6, unit: 'objects/s', note: 'the reference fetches the same pages one after the other and only parses them' };
  } finally {
    child.stdin.end();
    child.kill();
  }
}

export async function measure(): Promise<Measure[]> {
  return [...(await fromMemory()), await overHttp()];
}
