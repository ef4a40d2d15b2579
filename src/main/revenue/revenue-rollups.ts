/**
 * Keeps the sums that the revenue dashboard reads (migrations 0042, 0043, 0057): only customers in whom something changed are worked out again, each in a short
 * transaction together with what that does to the sums, so that readers never see one without the other.
 */
import { setImmediate } from 'node:timers/promises';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { CustomerWork, type CustomerWorkDependencies } from './customer-work.ts';
import { addContributions, addCustomer, addTrials, contributionsOf, type Contributions, type TrialMonth } from './revenue-contributions.ts';
import * as repository from './revenue-rollups.repository.ts';

export interface RevenueRollupsDependencies extends CustomerWorkDependencies {
  readonly unitOfWork: UnitOfWork;
}

export interface RefreshResult {
  /** Customers that were worked out. */
  readonly customers: number;
  readonly asOf: number;
}

export interface RevenueRollups {
  /** Brings the sums up to now. Interrupted or cancelled, what is left stays queued. @throws the signal's reason when cancelled. */
  refresh(control?: WorkControl): Promise<RefreshResult>;
  /** Whether the sums that are read were made by the rules of another Daybook: until the next refresh they are not what the screens take them for. */
  isOutdated(): boolean;
}

/** To be raised whenever the same objects at Stripe give other rows: all customers are then worked out anew. */
export const rollupRulesVersion = 4;

/** Few enough that a transaction stays within some twenty milliseconds. */
const customersPerTransaction = 25;
/** Customers that are read together while the sums are added up for the first time. */
const customersPerReading = 500;
const idsPerTransaction = 2000;
const outcomesPerTransaction = 500;
const quarterHourMs = 900_000;

export function createRevenueRollups(dependencies: RevenueRollupsDependencies): RevenueRollups {
  const { readable, unitOfWork } = dependencies;

  /** Between two transactions: lets others run, stops when asked to. */
  async function pause(control: WorkControl): Promise<void> {
    await setImmediate();
    control.signal.throwIfAborted();
  }

  /** Fills the queue with whom rates, time or other rules made stale. */
  async function queue(work: CustomerWork, control: WorkControl): Promise<void> {
    const { rulesVersion, functionalCurrency } = repository.readRollupState(readable);
    if (rulesVersion !== rollupRulesVersion || functionalCurrency !== work.functionalCurrency) {
      unitOfWork.run('revenue: all anew', (database) => {
        repository.markEverythingStale(database, rollupRulesVersion, work.functionalCurrency);
        if (repository.readRollupState(database).knownSinceAt !== null) repository.replaceSums(database, sumsOfHeld(database));
      });
    }
    for (let state = repository.readRollupState(readable); state.isEverythingStale === 1; state = repository.readRollupState(readable)) {
      const { queuedUpTo } = state;
      unitOfWork.run('revenue: queue customers', (database) => repository.queueNext(database, queuedUpTo, idsPerTransaction));
      await pause(control);
    }
    unitOfWork.run('revenue: queue by rates and time', (database) => repository.queueByRatesAndTime(database, work.nowAt));
  }

  async function foldOutcomes(work: CustomerWork, control: WorkControl): Promise<void> {
    const monthOf = (quarter: number): string => work.zone.monthOf(quarter * quarterHourMs);
    unitOfWork.run('revenue: charges so far', (database) => repository.countChargesOnce(database, monthOf));
    while (unitOfWork.run('revenue: outcomes of charges', (database) => repository.foldOutcomes(database, outcomesPerTransaction, monthOf)) === outcomesPerTransaction) await pause(control);
  }

  /**
   * Adds up what all customers are kept with, for the first time. Before that nobody reads the sums, and each of them would be written again with every few customers: it is by far
   * the most that there is to write. All of it is one transaction, once in the life of a ledger (44,000 sums of 2,000 customers: a tenth of a second).
   */
  async function addUp(work: CustomerWork, control: WorkControl): Promise<void> {
    for (let isPublished = false; !isPublished; ) {
      const { customersKept } = repository.readRollupState(readable);
      const sums: Contributions = new Map();
      for (let held = repository.readHeldMovements(readable, '', customersPerReading); held.length > 0; held = repository.readHeldMovements(readable, held.at(-1)?.customerId ?? '', customersPerReading)) {
        for (const { movements, country } of held) addCustomer(sums, movements, country);
        await pause(control);
      }
      isPublished = unitOfWork.run('revenue: first sums', (database) => repository.publishSums(database, sums, customersKept, work.nowAt));
    }
  }

  return {
    async refresh(control = unattended) {
      const work = new CustomerWork(dependencies);
      await queue(work, control);
      await foldOutcomes(work, control);
      const total = repository.countStaleCustomers(readable);
      const isKnown = repository.readRollupState(readable).knownSinceAt !== null;
      let customers = 0;
      for (let done = customersPerTransaction; done === customersPerTransaction; ) {
        done = unitOfWork.run('revenue: customers', (database) => (isKnown ? refreshNext : keepNext)(database, work));
        customers += done;
        control.report({ done: customers, total: Math.max(total, customers), note: 'Working out what changed in revenue' });
        await pause(control);
      }
      if (isKnown) unitOfWork.run('revenue: refreshed', (database) => repository.finishRefresh(database, work.nowAt));
      else await addUp(work, control);
      return { customers, asOf: work.nowAt };
    },
    isOutdated() {
      const { knownSinceAt, rulesVersion } = repository.readRollupState(readable);
      return knownSinceAt !== null && rulesVersion !== rollupRulesVersion;
    },
  };
}

/** What is held of all customers, added up by the rules of today: a difference is taken from sums that were made by the same. */
function sumsOfHeld(database: ReadableDatabase): Contributions {
  const sums: Contributions = new Map();
  for (const { movements, country } of heldMovements(database)) addCustomer(sums, movements, country);
  return sums;
}

function* heldMovements(database: ReadableDatabase): Iterable<repository.HeldMovements> {
  for (let held = repository.readHeldMovements(database, '', customersPerReading); held.length > 0; held = repository.readHeldMovements(database, held.at(-1)?.customerId ?? '', customersPerReading)) yield* held;
}

/** Before the sums are known: works out the next few of the queue and keeps them without sums. @returns how many. */
function keepNext(database: WritableDatabase, work: CustomerWork): number {
  const ids = repository.nextStaleCustomers(database, customersPerTransaction);
  for (const customerId of ids) {
    repository.keepCustomerRows(database, repository.readHeldCustomer(database, customerId), { customerId, ...work.workOut(database, customerId) });
    repository.takeFromQueue(database, customerId);
  }
  repository.countKeptCustomers(database, ids.length);
  return ids.length;
}

/** Works out the next few of the queue; what they add and no longer add goes into the sums at once. @returns how many. */
function refreshNext(database: WritableDatabase, work: CustomerWork): number {
  const ids = repository.nextStaleCustomers(database, customersPerTransaction);
  const changes: Contributions = new Map();
  const trialMonths = new Map<string, TrialMonth>();
  for (const customerId of ids) {
    const revenue = work.workOut(database, customerId);
    const held = repository.readHeldCustomer(database, customerId);
    const ofCustomer: Contributions = new Map();
    addContributions(ofCustomer, contributionsOf(revenue.movements, revenue.country), 1);
    addContributions(ofCustomer, contributionsOf(held.movements, held.country), -1);
    repository.noteLateChanges(database, work.nowAt, customerId, ofCustomer);
    addContributions(changes, ofCustomer, 1);
    addTrials(trialMonths, revenue.trials, 1);
    addTrials(trialMonths, held.trials, -1);
    repository.keepCustomerRows(database, held, { customerId, ...revenue });
    repository.takeFromQueue(database, customerId);
  }
  repository.addToSums(database, changes);
  repository.addToTrialMonths(database, trialMonths);
  return ids.length;
}
