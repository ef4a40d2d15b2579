/**
 * Keeps the sums that the revenue dashboard reads (migrations 0042, 0043, 0057): only customers in whom something changed are worked out again, each in a short
 * transaction together with what that does to the sums, so that readers never see one without the other.
 */
import { setImmediate } from 'node:timers/promises';
import type { UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { CustomerWork, type CustomerWorkDependencies } from './customer-work.ts';
import { addContributions, addTrials, contributionsOf, type Contributions, type TrialMonth } from './revenue-contributions.ts';
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
}

/** To be raised whenever the same objects at Stripe give other rows: all customers are then worked out anew. */
export const rollupRulesVersion = 3;

/** Few enough that a transaction stays within some twenty milliseconds. */
const customersPerTransaction = 25;
/** Before anything is known nobody reads the sums, and what many customers add to the same sum is written once. */
const customersPerFirstTransaction = 100;
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
      unitOfWork.run('revenue: all anew', (database) => repository.markEverythingStale(database, rollupRulesVersion, work.functionalCurrency));
    }
    for (let state = repository.readRollupState(readable); state.isEverythingStale === 1; state = repository.readRollupState(readable)) {
      const { queuedUpTo } = state;
      unitOfWork.run('revenue: queue customers', (database) => repository.queueNext(database, queuedUpTo, idsPerTransaction));
      await pause(control);
    }
    unitOfWork.run('revenue: queue by rates and time', (database) => repository.queueByRatesAndTime(database, work.nowAt));
  }

  async function foldOutcomes(work: CustomerWork, control: WorkControl): Promise<void> {
    unitOfWork.run('revenue: charges so far', (database) => repository.countChargesOnce(database));
    const monthOf = (quarter: number): string => work.zone.monthOf(quarter * quarterHourMs);
    while (unitOfWork.run('revenue: outcomes of charges', (database) => repository.foldOutcomes(database, outcomesPerTransaction, monthOf)) === outcomesPerTransaction) await pause(control);
  }

  return {
    async refresh(control = unattended) {
      const work = new CustomerWork(dependencies);
      await queue(work, control);
      await foldOutcomes(work, control);
      const total = repository.countStaleCustomers(readable);
      const isKnown = repository.readRollupState(readable).knownSinceAt !== null;
      let customers = 0;
      const atATime = isKnown ? customersPerTransaction : customersPerFirstTransaction;
      for (let done = atATime; done === atATime; ) {
        done = unitOfWork.run('revenue: customers', (database) => refreshNext(database, work, isKnown, atATime));
        customers += done;
        control.report({ done: customers, total: Math.max(total, customers), note: 'Working out what changed in revenue' });
        await pause(control);
      }
      unitOfWork.run('revenue: refreshed', (database) => repository.finishRefresh(database, work.nowAt));
      return { customers, asOf: work.nowAt };
    },
  };
}

/** Works out the next few of the queue; what they add and no longer add goes into the sums at once. @returns how many. */
function refreshNext(database: WritableDatabase, work: CustomerWork, isKnown: boolean, atATime: number): number {
  const ids = repository.nextStaleCustomers(database, atATime);
  const changes: Contributions = new Map();
  const trialMonths = new Map<string, TrialMonth>();
  for (const customerId of ids) {
    const revenue = work.workOut(database, customerId);
    const held = repository.readHeldCustomer(database, customerId);
    const ofCustomer: Contributions = new Map();
    addContributions(ofCustomer, contributionsOf(revenue.movements, revenue.country), 1);
    addContributions(ofCustomer, contributionsOf(held.movements, held.country), -1);
    if (isKnown) repository.noteLateChanges(database, work.nowAt, customerId, ofCustomer);
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
