/** The contracts' room, wired: checks, previews, versions, files, and the register people look at. */
import { createContractChecks } from '../contracts/contract-checks.ts';
import type { ChangeSubmission, OpenChanges } from '../contracts/contract-changes.ports.ts';
import { createContractEdits } from '../contracts/contract-edits.ts';
import { createContractExchange } from '../contracts/contract-exchange.ts';
import { createContractPreviews } from '../contracts/contract-previews.ts';
import { createContractRegister } from '../contracts/contract-register.ts';
import { createContractVersions } from '../contracts/contract-versions.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { newId } from '../platform/ids.ts';

export interface ContractsOptions {
  readonly database: SqliteDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly changes: ChangeSubmission & OpenChanges;
}

export function composeContracts({ database, clock, timeZone, changes }: ContractsOptions) {
  const checks = createContractChecks({ readable: database, changes });
  const previews = createContractPreviews({ readable: database, changes, clock, timeZone });
  const versions = createContractVersions({ readable: database, checks, previews, changes });
  return {
    checks, previews, versions,
    edits: createContractEdits({ readable: database, checks, changes }),
    register: createContractRegister({ readable: database, changes, clock, timeZone }),
    exchange: createContractExchange({ readable: database, unitOfWork: database.unitOfWork, versions, changes, newId, today: () => timeZone.dateOf(clock.now()) }),
  };
}
