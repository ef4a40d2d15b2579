/** What a run over transactions needs, and what it answers. */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { Durability, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import type { ComparedAccounts } from './comparison.repository.ts';
import type { ReconciliationLevel } from './discrepancy.repository.ts';
import type { GatewayBalanceTransactions } from './gateway-balance-transactions.ts';
import type { RunSum } from './run-totals.ts';
import type { DiscrepancyReason } from './transaction-matching.ts';

export interface ReconciliationDependencies {
  readonly gateway: Pick<GatewayBalanceTransactions, 'list' | 'exists' | 'textOf'>;
  /** The connection itself: reconciliation keeps temporary tables on it. Lasting rows are written through `unitOfWork` only. */
  readonly database: WritableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly durability?: Durability;
  readonly clock: Clock;
  readonly zone: TimeZone;
  readonly accounts: ComparedAccounts;
  /** Balance transactions compared at once. */
  readonly chunkSize?: number;
}

export interface RunSummary {
  readonly sums: readonly RunSum[];
  readonly byReason: Readonly<Partial<Record<DiscrepancyReason, number>>>;
}

export interface ReconciliationResult extends RunSummary {
  readonly runId: string;
  readonly level: ReconciliationLevel;
  readonly method: 'full' | 'incremental';
  /** Of what was compared: the same inputs in any order have the same one. */
  readonly inputsHash: string;
  /** Epoch milliseconds. */
  readonly asOf: number;
  /** Balance transactions that Stripe lists in what the run is about. */
  readonly compared: number;
  /** Those among them that this run looked at: all of them in a full run, those around a change in one after it. */
  readonly recompared: number;
  /** Those that agree in every store they belong in. */
  readonly matched: number;
  readonly found: number;
  readonly opened: number;
  readonly reopened: number;
  /** Differences of earlier runs that are no longer found and were settled. */
  readonly settled: number;
  /** Beside the last run of the level: found now and not then, found both times, found then and not now. */
  readonly appeared: number;
  readonly remaining: number;
  readonly gone: number;
}

export interface DriftResult extends ReconciliationResult {
  /** The ids that make the difference between two sums. */
  readonly missing: readonly { readonly reason: DiscrepancyReason; readonly objectId: string; readonly balanceTransactionId: string | null; readonly currency: string; readonly amountMinor: number }[];
}
