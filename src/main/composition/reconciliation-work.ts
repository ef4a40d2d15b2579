/**
 * The work on differences, wired: the acts, what posts, the say of a second person, and the bank as its statements say.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { BankMatching } from '../banking/line-matches.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { createSharedDiscrepancyAuthority } from '../integrations/postgres/discrepancy-authority.ts';
import type { PostgresConnection } from '../integrations/postgres/connection.ts';
import { readChartOfAccounts } from '../ledger/chart-of-accounts.ts';
import type { EntryReversal } from '../ledger/entry-reversal.ts';
import type { Journal } from '../ledger/journal.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { BankLines } from '../reconciliation/bank-lines.ports.ts';
import type { DiscrepancyAuthority } from '../reconciliation/discrepancy-authority.ports.ts';
import { createDiscrepancyBulk } from '../reconciliation/discrepancy-bulk.ts';
import { createDiscrepancyFetching } from '../reconciliation/discrepancy-fetching.ts';
import { createDiscrepancySettlement } from '../reconciliation/discrepancy-settlement.ts';
import { createDiscrepancyWork } from '../reconciliation/discrepancy-work.ts';
import { createLocalDiscrepancyAuthority, createPolicyStore } from '../reconciliation/local-discrepancy-authority.ts';
import { linkTargets } from '../reporting/link-targets.queries.ts';
import { composeBankLines } from './bank-lines.ts';
import { assertDeskOfItsOwn } from './desk-of-its-own.ts';

export interface ReconciliationWorkParts {
  readonly database: SqliteDatabase;
  readonly postgres: PostgresConnection | null;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly audit: AuditLog;
  readonly journal: Journal;
  readonly reversal: EntryReversal;
  readonly matching: Pick<BankMatching, 'hasDifference' | 'hasPaid' | 'unmatch'>;
  functionalCurrency(): string;
  sealPosted(control: WorkControl): Promise<void>;
}

export function composeReconciliationWork({ database, postgres, clock, timeZone, audit, journal, reversal, matching, functionalCurrency, sealPosted }: ReconciliationWorkParts) {
  const { unitOfWork } = database;
  const bank: BankLines = composeBankLines(database);
  const policies = createPolicyStore({ readable: database, unitOfWork });
  const authority: DiscrepancyAuthority = postgres ? createSharedDiscrepancyAuthority({ postgres, policies, clock }) : createLocalDiscrepancyAuthority({ policies, clock, assertAlone: () => assertDeskOfItsOwn(database, postgres) });
  const discrepancyWork = createDiscrepancyWork({ readable: database, unitOfWork, clock, zone: timeZone, auditLog: audit, linkTargets });
  const codes = readChartOfAccounts().map((account) => account.code);
  return {
    bank, authority, discrepancyWork,
    fetching: createDiscrepancyFetching({ readable: database, unitOfWork, work: discrepancyWork }),
    bulk: createDiscrepancyBulk({ readable: database, unitOfWork, work: discrepancyWork }),
    settlement: createDiscrepancySettlement({ readable: database, unitOfWork, journal, auditLog: audit, clock, zone: timeZone, authority, work: discrepancyWork, reversal, matches: { isAccountants: (matchId) => matching.hasDifference(matchId) || matching.hasPaid(matchId), unmatch: matching.unmatch }, functionalCurrency, accountCodes: () => codes, sealPosted }),
  };
}
export type ReconciliationWork = ReturnType<typeof composeReconciliationWork>;
