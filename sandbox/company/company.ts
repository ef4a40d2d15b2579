/** The demo company in one call: its Stripe population, its manifest of truth, its tables' rows, and what is planted later. */
import type { DemoSize, Manifest } from '../manifest.ts';
import type { CollectionName, Population, StripeObject } from '../stripe/population.ts';
import { createBankStatements, type BankFile } from './bank-statements.ts';
import { billCustomer } from './billing.ts';
import { plantBreaks, type BreakPlan } from './breaks.ts';
import { createExchangeRates } from './exchange-rates.ts';
import { createWorld, type CheckoutSessionFact, type World } from './facts.ts';
import { createIdentifiers } from './identifiers.ts';
import { liveAllCustomers } from './customer-life.ts';
import { tellEvents } from './events.ts';
import { composeManifest } from './manifest-composition.ts';
import { createPartnerBook, type PartnerBook } from './partners.ts';
import { createPopulation } from './population.ts';
import { createRandom } from './random.ts';
import { lateObjects } from './late-payments.ts';
import { chargeStripeFees, payOut, settleCharges } from './settlement.ts';

export interface CompanyOptions {
  size: DemoSize;
  seed: number;
}

export interface Company {
  options: CompanyOptions;
  population: Population;
  manifest: Manifest;
  /** What is inserted into Stripe once the product has refilled: whole payments that no event announces. */
  breaksAfterRefill(): { collection: CollectionName; object: StripeObject }[];
  /** The generator's own state, for the company's tables and for tests. */
  world: World;
  partnerBook: PartnerBook;
  /** What the bank sends. */
  bankFile: BankFile;
  breakPlan: BreakPlan;
}

/** Makes the company of a size and a seed; the same two always give the same company, byte for byte. */
export function createCompany(options: CompanyOptions): Company {
  const { size, seed } = options;
  const world = createWorld(size, seed, createIdentifiers(seed), createExchangeRates(seed));
  liveAllCustomers(world);
  billAll(world);
  settleCharges(world);
  chargeStripeFees(world);
  payOut(world);
  tellEvents(world);
  const breakPlan = plantBreaks(world);
  const partnerBook = createPartnerBook(world);
  const population = createPopulation(world);
  const bank = createBankStatements(world, partnerBook);
  return {
    options,
    population,
    manifest: composeManifest(world, population, partnerBook, breakPlan, bank),
    breaksAfterRefill: () => lateObjects(world),
    world,
    partnerBook,
    bankFile: bank.file,
    breakPlan,
  };
}

function billAll(world: World): void {
  const sessions = new Map<number, CheckoutSessionFact[]>();
  for (const session of world.sessions) {
    const list = sessions.get(session.customer.number);
    if (list === undefined) {
      sessions.set(session.customer.number, [session]);
    } else {
      list.push(session);
    }
  }
  for (const customer of world.customers) {
    billCustomer(world, customer, sessions.get(customer.number) ?? [], createRandom(world.seed, 'billing', customer.number));
  }
}
