/**
 * What the faults suite starts from: a Stripe that something happened at, and ledgers at the beginnings of its works: before the refill, with everything read and
 * nothing posted, and filled before it happened.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrateDatabase, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { openCliDesk, type CliDesk } from './cli-desk.ts';
import { loadExchangeRates, openStripeDesk, startStripeWorld, type StripeWorld } from './stripe-desk.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface FaultWorld extends AsyncDisposable {
  readonly world: StripeWorld;
  readonly folder: string;
  /** Ledger files to begin from; each is copied, none is opened. */
  readonly beginnings: { readonly refill: string; readonly posting: string; readonly increment: string };
  /** A ledger rebuilt from Stripe as it is now, undisturbed. */
  readonly rebuilt: string;
  /** The ledger of `increment` after an undisturbed sync. */
  readonly incremented: string;
}

interface Charge {
  readonly id: string;
  readonly paid: boolean;
  readonly amount: number;
  readonly amount_refunded: number;
  readonly disputed: boolean;
  readonly currency: string;
}

/** Refunds, disputes, payments and renewals: some forty deeds, each with its events. */
export async function letThingsHappen({ sandbox }: StripeWorld): Promise<void> {
  const ask = async <Answer>(path: string, init: RequestInit = {}): Promise<Answer> => {
    const answer = await fetch(`${sandbox.url}${path}`, { ...init, headers: { authorization: `Bearer ${sandbox.secretKey}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };
  const list = async <Row>(path: string): Promise<Row[]> => (await ask<{ data: Row[] }>(`/v1/${path}`)).data;
  const make = (path: string, fields: Record<string, string | number>): Promise<{ id: string }> => ask(`/v1/${path}`, { method: 'POST', body: new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)])) });
  const deed = (path: string): Promise<unknown> => ask(`/_sandbox/${path}`, { method: 'POST', body: '{}' });
  const charges = (await list<Charge>('charges?limit=100')).filter((charge) => charge.paid && charge.amount_refunded === 0 && !charge.disputed && charge.currency === 'usd');
  for (const charge of charges.slice(0, 14)) await make('refunds', { charge: charge.id });
  for (const charge of charges.slice(14, 20)) await make('refunds', { charge: charge.id, amount: Math.floor(charge.amount / 3) });
  for (const charge of charges.slice(20, 24)) await deed(`charges/${charge.id}/dispute`);
  for (let count = 0; count < 10; count += 1) {
    const customer = await make('customers', { name: `Late Customer ${count}` });
    await make('payment_intents', { amount: 12_345 + count, currency: 'usd', customer: customer.id, confirm: 'true', payment_method: 'pm_card_visa', 'automatic_payment_methods[enabled]': 'true', 'automatic_payment_methods[allow_redirects]': 'never' });
  }
  for (const subscription of await list<{ id: string }>('subscriptions?limit=8&status=active')) await deed(`subscriptions/${subscription.id}/renew`);
}

export async function startFaultWorld(seed: number): Promise<FaultWorld> {
  const temporary = makeTemporaryFolder();
  const world = await startStripeWorld('small', seed);
  const at = (name: string): string => join(temporary.path, `${name}.sqlite`);
  const make = async (name: string, from: string | null, control: WorkControl | null): Promise<string> => {
    const file = at(name);
    if (from) copyFileSync(from, file);
    const database = openDatabase({ file, logger: silentLogger });
    try {
      if (!from) {
        migrateDatabase(database, readMigrations(migrationsFolder('sqlite')), 0);
        database.transaction('rates', (writable) => loadExchangeRates(writable, world.company));
      }
      if (control) await openStripeDesk(database, world).sync.sync({ isFull: false }, control).catch((error: unknown) => control.signal.throwIfAborted() ?? Promise.reject(error));
    } catch (error) {
      if (!control?.signal.aborted) throw error;
    } finally {
      database.close();
    }
    return file;
  };
  const refill = await make('refill', null, null);
  const increment = await make('increment', refill, unattended);
  await letThingsHappen(world);
  const stop = new AbortController();
  const posting = await make('posting', refill, { signal: stop.signal, report: ({ note }) => { if (!note.startsWith('Reading')) stop.abort(); } });
  return {
    world, folder: temporary.path, beginnings: { refill, posting, increment }, rebuilt: await make('rebuilt', refill, unattended), incremented: await make('incremented', increment, unattended),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      temporary[Symbol.dispose]();
    },
  };
}

/** A data folder that begins with a copy of the ledger, used through the command line. */
export function openFaultDesk({ world }: Pick<FaultWorld, 'world'>, dataFolder: string, beginning: string, settings: object = {}): CliDesk & { readonly ledgerFile: string } {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const { manifest } = world.company;
  const ledgerFile = join(dataFolder, 'ledger.sqlite');
  copyFileSync(beginning, ledgerFile);
  const config = { stripeApiBase: world.sandbox.url, now: manifest.now, reportingTimeZone: manifest.reportingTimeZone, functionalCurrency: manifest.functionalCurrency, stripeLimiter: 'off', user: 'amara', ...settings };
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  return { ...openCliDesk(dataFolder, { DAYBOOK_STRIPE_KEY: world.sandbox.restrictedKey }), ledgerFile };
}
