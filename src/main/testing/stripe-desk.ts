/** A desk whose Stripe is the sandbox over HTTP, filled with the demo company: real HTTP, real SQLite, a fixed clock. */
import { createCompany, type Company } from '../../../sandbox/company/company.ts';
import type { DemoSize } from '../../../sandbox/manifest.ts';
import { startStripeSandbox, type StripeSandbox } from '../../../sandbox/stripe/server.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type WritableDatabase } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { SharedInboxSource } from '../intake/shared-inbox.ports.ts';
import type { GatewaySource } from '../intake/stripe-sync.ports.ts';
import { createStripeSync, type StripeSync } from '../intake/stripe-sync.ts';
import { createStripeSource, type StripeSourceOptions } from '../integrations/stripe/stripe-source.ts';
import { createJournal } from '../ledger/journal.ts';

const insertRate = sql('test.rate', 'INSERT INTO exchange_rates (base, quote, rate_on, rate) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');

export interface StripeWorld extends AsyncDisposable {
  readonly company: Company;
  readonly sandbox: StripeSandbox;
}

export async function startStripeWorld(size: DemoSize, seed: number): Promise<StripeWorld> {
  const company = createCompany({ size, seed });
  const sandbox = await startStripeSandbox({ population: company.population, seed: String(seed) });
  return { company, sandbox, [Symbol.asyncDispose]: () => sandbox.stop() };
}

/** Puts the company's published rates into the local table, as the pull from the shared database would. */
export function loadExchangeRates(database: WritableDatabase, company: Company): void {
  for (const { base, day, micros } of company.world.rates.published) {
    const digits = String(micros).padStart(7, '0');
    database.run(insertRate, [base, 'usd', day, `${digits.slice(0, -6)}.${digits.slice(-6)}`]);
  }
}

export interface StripeDesk {
  readonly sync: StripeSync;
  readonly nowMs: number;
}

/** Services of one desk on one database. `asSeen` stands between the desk and Stripe. */
export function openStripeDesk(
  database: SqliteDatabase, world: Pick<StripeWorld, 'sandbox' | 'company'>, options: Partial<StripeSourceOptions> = {}, parts: { readonly sharedInbox?: SharedInboxSource; readonly asSeen?: (source: GatewaySource) => GatewaySource } = {},
): StripeDesk {
  const nowMs = Date.parse(world.company.manifest.now);
  const clock = fixedClock(nowMs);
  const source = createStripeSource({ key: world.sandbox.secretKey, apiBase: world.sandbox.url, limiter: 'none', now: () => nowMs, ...options });
  const sync = createStripeSync({
    readable: database, unitOfWork: database.unitOfWork, source: parts.asSeen?.(source) ?? source, ...(parts.sharedInbox ? { sharedInbox: parts.sharedInbox } : {}), journal: createJournal({ clock }), clock, durability: database.durability, timeZone: new TimeZone(world.company.manifest.reportingTimeZone), functionalCurrency: world.company.manifest.functionalCurrency,
  });
  return { sync, nowMs };
}
