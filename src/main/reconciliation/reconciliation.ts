/**
 * Reconciliation (domain.md §6): Stripe is listed afresh and compared with the journal and with the company's own payment history.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { readMarks } from './compared-state.repository.ts';
import type { DriftResult, ReconciliationDependencies, ReconciliationResult } from './run-results.ts';
import { comparisonPolicy, pairReasons, type DiscrepancyReason } from './transaction-matching.ts';
import { TransactionRun, type RunPlan } from './transaction-run.ts';

export interface TransactionsRequest {
  /** In the reporting zone; the end is not part of the range. */
  readonly from?: LocalDate | undefined;
  readonly to?: LocalDate | undefined;
  /** Lists and compares everything, although only a part changed since the last run. */
  readonly isFull?: boolean | undefined;
}

export interface Reconciliation {
  /**
   * Level 2. Without a range it is about everything: Stripe is listed from the beginning at least once a week, and in between only what is new there and
   * what lies around a change is compared again. With one, Stripe's transactions created on from ≤ day < to in the reporting zone.
   * @throws ValidationError `range-invalid`; StateError `reconciliation-running`; what the gateway throws; what `control.signal` was aborted with.
   */
  reconcileTransactions(request: TransactionsRequest, control: WorkControl): Promise<ReconciliationResult>;
  /** Level 1: the last 24 hours by presence alone, per currency. Errors as above. */
  reconcileDrift(control: WorkControl): Promise<DriftResult>;
}

const dayMs = 86_400_000;
/** After so long everything is listed again: a run after a change trusts what Stripe listed before. */
const fullEveryMs = 7 * dayMs;
/** What is missing somewhere explains a drift; a wrong fee does not. */
const driftReasons: readonly DiscrepancyReason[] = ['missing-in-ledger', 'missing-in-payment-history', 'missing-at-stripe', 'duplicate-in-payment-history', 'duplicate-in-ledger', ...pairReasons];

/** The rows of a change lie anywhere in tables of a million, and some twenty statements ask for the pages of the same ones. A run takes as much of it as it touches, and gives it back. */
const runCacheKilobytes = 256 * 1_024;

export function createReconciliation(dependencies: ReconciliationDependencies): Reconciliation {
  const { clock, zone, database, durability } = dependencies;
  let isRunning = false;

  async function exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    if (isRunning) throw new StateError('reconciliation-running', 'A reconciliation is running already.', { nextStep: 'Wait until it has finished.' });
    isRunning = true;
    try {
      return await work();
    } finally {
      isRunning = false;
    }
  }

  /** Whether the last run over everything left something to go on from, by the rules of today. */
  function canGoOn(): boolean {
    const marks = readMarks(database);
    return marks.isWhole === 1 && marks.policyVersion === comparisonPolicy.version && clock.now() - marks.fullAt < fullEveryMs;
  }

  const perform = (plan: RunPlan, control: WorkControl): Promise<DriftResult> => new TransactionRun(dependencies, plan).run(control);

  return {
    reconcileTransactions: ({ from, to, isFull = false }, control) =>
      exclusively(async () => {
        if (from !== undefined && to !== undefined && from >= to) {
          throw new ValidationError('range-invalid', 'The first day comes after the last.', { data: { from, to }, nextStep: 'For one day give that day as the first and the last.' });
        }
        const isEverything = from === undefined && to === undefined;
        const isIncremental = isEverything && !isFull && canGoOn();
        const plan = { level: 'transactions', range: { from: from && zone.startOf(from), to: to && zone.startOf(to) }, settleDays: { from: from ?? '', to: to ?? '9999-12-31' }, isWanted: () => true, isEverything, isIncremental } as const;
        // What a run over everything keeps can be listed again: it is not forced to the disk piece by piece, nor copied back in between.
        const { missing: _missing, ...result } = durability && isEverything ? await durability.relaxWhile(() => perform(plan, control), runCacheKilobytes) : await perform(plan, control);
        return result;
      }),
    reconcileDrift: (control) =>
      exclusively(() => perform({ level: 'drift', range: { from: clock.now() - dayMs, to: undefined }, settleDays: null, isWanted: (finding) => driftReasons.includes(finding.reason), isEverything: false, isIncremental: false }, control)),
  };
}
