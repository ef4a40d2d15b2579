/** A desk with differences of many kinds, for tests of the workbench: real stores, a real journal, the local twin or a stand-in that asks for two people. */
import { createRouterClient } from '@orpc/server';
import { createChangeHub } from '../api/change-hub.ts';
import type { Role } from '../api/implementer.ts';
import { createWorkbenchHandlers } from '../api/workbench-handlers.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import type { BankMatching } from '../banking/line-matches.ts';
import { createCommandLog } from '../database/command-log.ts';
import { createEntryReversal } from '../ledger/entry-reversal.ts';
import { readChartOfAccounts } from '../ledger/chart-of-accounts.ts';
import { createJournal } from '../ledger/journal.ts';
import { ensureAccounts } from '../ledger/journal.repository.ts';
import { silentLogger } from '../platform/logger.ts';
import { noBankStatements, type BankLines } from '../reconciliation/bank-lines.ports.ts';
import type { DiscrepancyAuthority } from '../reconciliation/discrepancy-authority.ports.ts';
import { createDiscrepancyBulk } from '../reconciliation/discrepancy-bulk.ts';
import { createDiscrepancySettlement } from '../reconciliation/discrepancy-settlement.ts';
import { createDiscrepancyWork } from '../reconciliation/discrepancy-work.ts';
import { insertDiscrepancy, type FoundDiscrepancy } from '../reconciliation/discrepancy.repository.ts';
import { createLocalDiscrepancyAuthority, createPolicyStore } from '../reconciliation/local-discrepancy-authority.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { readReconciliationReport } from '../reporting/reconciliation-report.queries.ts';
import { linkTargets } from '../reporting/link-targets.queries.ts';
import { readMissingMoney, type MissingMoneyQuestion } from '../reporting/missing-money.queries.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from './temporary-database.ts';

export const workbenchNow = Date.UTC(2026, 10, 18, 14, 14);
export const workbenchZone = new TimeZone('America/New_York');
const dayMs = 86_400_000;

/** A difference as a run would find it. */
export function difference(id: string, more: Partial<FoundDiscrepancy> = {}): FoundDiscrepancy {
  const seenAt = more.firstSeenAt ?? workbenchNow - dayMs;
  return {
    id, level: 'transactions', reason: 'missing-in-ledger', objectId: `ch_${id}`, balanceTransactionId: `txn_${id}`, status: 'open', assignee: null, holdUntil: null, currency: 'usd', amountMinor: 1_000, occurredOn: localDate('2026-11-16'),
    detail: JSON.stringify({ store: 'ledger', stripe: { amountMinor: more.amountMinor ?? 1_000, feeMinor: 59, currency: more.currency ?? 'usd', status: null, createdAt: workbenchNow - 2 * dayMs, rowId: null }, other: null }), firstSeenAt: seenAt, lastSeenAt: seenAt, lastRunId: 'run-1', resolvedAt: null,
    ...more,
  };
}

export interface WorkbenchWorld extends Disposable {
  readonly database: ReturnType<typeof openTemporaryDatabase>['database'];
  readonly work: ReturnType<typeof createDiscrepancyWork>;
  readonly settlement: ReturnType<typeof createDiscrepancySettlement>;
  readonly authority: DiscrepancyAuthority;
  /** The contract's procedures as a person of that role calls them. */
  as(user: string, role?: Role): ReturnType<typeof clientOf>;
  plant(...rows: readonly FoundDiscrepancy[]): void;
}

type Handlers = ReturnType<typeof createWorkbenchHandlers>;
const clientOf = (handlers: Handlers, context: Parameters<typeof createRouterClient<Handlers, Record<never, never>>>[1]) => createRouterClient(handlers, context as never);

/** @param wanted.authority in place of the local twin. @param wanted.ledger one that was filled before. @param wanted.matching of a desk with a bank on the same ledger. */
export function openWorkbench(wanted: { readonly ledger?: TemporaryDatabase; readonly authority?: (local: DiscrepancyAuthority) => DiscrepancyAuthority; readonly bank?: BankLines; readonly matching?: Pick<BankMatching, 'hasDifference' | 'hasPaid' | 'unmatch'>; readonly unbilled?: MissingMoneyQuestion['unbilled'] } = {}): WorkbenchWorld {
  const ledger = wanted.ledger ?? openTemporaryDatabase();
  const { database } = ledger;
  const { unitOfWork } = database;
  const clock = fixedClock(workbenchNow);
  const zone = workbenchZone;
  const auditLog = createAuditLog({ clock });
  const journal = createJournal({ clock });
  unitOfWork.run('chart', (writable) => ensureAccounts(writable, readChartOfAccounts()));
  const local = createLocalDiscrepancyAuthority({ policies: createPolicyStore({ readable: database, unitOfWork }), clock, assertAlone: () => undefined });
  const authority = wanted.authority?.(local) ?? local;
  const work = createDiscrepancyWork({ readable: database, linkTargets, unitOfWork, clock, zone, auditLog });
  const sealPosted = async (): Promise<void> => undefined;
  const reversal = createEntryReversal({ readable: database, unitOfWork, journal, audit: auditLog, clock, timeZone: zone, sealPosted });
  const codes = readChartOfAccounts().map((account) => account.code);
  // Without a bank no match settles anything.
  const matching = wanted.matching ?? { hasDifference: () => false, hasPaid: () => false, unmatch: () => Promise.reject(new Error('There is no bank here.')) };
  const functionalCurrency = (): string => 'usd';
  const settlement = createDiscrepancySettlement({ readable: database, unitOfWork, journal, auditLog, clock, zone, authority, work, reversal, matches: { isAccountants: (id) => matching.hasDifference(id) || matching.hasPaid(id), unmatch: matching.unmatch }, functionalCurrency, accountCodes: () => codes, sealPosted });
  const handlers = createWorkbenchHandlers({
    readable: database, unitOfWork, clock, zone, work, bulk: createDiscrepancyBulk({ readable: database, unitOfWork, work }), settlement, authority, bank: wanted.bank ?? noBankStatements, missingMoney: () => ({ unbilledAsOf: workbenchNow, findings: readMissingMoney(database, { zone, today: zone.dateOf(workbenchNow), bank: wanted.bank ?? noBankStatements, unbilled: wanted.unbilled ?? { months: [], usage: [] } }) }),
    report: () => readReconciliationReport(database, { zone, now: workbenchNow, dueDays: authority.policy().dueDays, alertCount: authority.policy().alertCount, alertMinor: authority.policy().alertMinor, functionalCurrency: 'usd', rateOf: () => undefined, missingMoney: [] }), lastSent: () => null, auditLog, functionalCurrency, hub: createChangeHub(),
  });
  const commands = createCommandLog(database, clock);
  return {
    database, work, settlement, authority,
    as: (user, role = 'accountant') => clientOf(handlers, { context: { user, role, host: 'cli', logger: silentLogger, commands } } as never),
    plant: (...rows) => unitOfWork.run('plant', (writable) => rows.forEach((row) => insertDiscrepancy(writable, row))),
    [Symbol.dispose]: () => ledger[Symbol.dispose](),
  };
}
