/** Document numbers, wired: the shared database's blocks, or the local twin of a ledger that never joined one. */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { DaybookError, ProviderError } from '../../shared/errors/errors.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { NumberAuthority } from '../billing/document-number-authority.ports.ts';
import type { DocumentNumbers, ReportedUses } from '../billing/document-numbers.ports.ts';
import { createLeasedDocumentNumbers } from '../billing/leased-document-numbers.ts';
import { createLocalDocumentNumbers } from '../billing/local-document-numbers.ts';
import { createLocalNumberAuthority } from '../billing/local-number-authority.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { PostgresConnection } from '../integrations/postgres/connection.ts';
import { bringDocumentNumbers, createSharedNumberAuthority } from '../integrations/postgres/shared-document-numbers.ts';
import { newId } from '../platform/ids.ts';
import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/logger.ts';
import { readLedgerSetting } from '../reporting/status.queries.ts';
import { assertDeskOfItsOwn } from './desk-of-its-own.ts';

export interface DocumentNumbersOptions {
  readonly database: SqliteDatabase;
  readonly postgres: PostgresConnection | null;
  readonly config: Config;
  readonly desk: string;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly audit: AuditLog;
  readonly logger: Logger;
}

export interface DocumentNumberServices {
  readonly numbers: DocumentNumbers;
  /** With each sync: what was used offline. A refusal of the desk as a whole holds nothing else back. @throws ProviderError `postgres-unreachable`. */
  reportUses(): Promise<ReportedUses>;
  /** Brings what this desk numbered while it was alone; asked before it takes a shared ledger on. @throws ValidationError `shared-ledger-mismatch`: numbers of another stand there. */
  beforeJoin(): Promise<void>;
}

export function composeDocumentNumbers({ database, postgres, config, desk, clock, timeZone, audit, logger }: DocumentNumbersOptions): DocumentNumberServices {
  const { unitOfWork } = database;
  const user = loginOf(config) ?? config.user;
  const isAlone = postgres === null && readLedgerSetting(database, 'shared_ledger_id') === null;
  const twin = createLocalNumberAuthority({ readable: database, unitOfWork, audit, clock, timeZone, user, desk, isAdmin: true });
  const numbers = isAlone
    ? createLocalDocumentNumbers({ unitOfWork, authority: twin, assertAlone: () => assertDeskOfItsOwn(database, postgres) })
    : createLeasedDocumentNumbers({ readable: database, unitOfWork, authority: postgres ? createSharedNumberAuthority(postgres, user, desk) : notConnected, clock, user, desk });
  return {
    numbers,
    async beforeJoin() {
      const brought = twin.windUp();
      if (postgres && brought.series.some(({ next }) => next > 1)) await bringDocumentNumbers(postgres, brought, newId());
    },
    async reportUses() {
      try {
        return await numbers.reportUses();
      } catch (error) {
        if (!(error instanceof DaybookError) || (error instanceof ProviderError && error.isRetryable)) throw error;
        logger.warn('number-uses-wait', { code: error.code });
        return { recorded: 0, refused: 0 };
      }
    },
  };
}

/** Blocks are leased to a login: the one in the address, known offline too. */
function loginOf({ postgresUrl }: Config): string | null {
  if (postgresUrl === null || !URL.canParse(postgresUrl)) return null;
  const { username } = new URL(postgresUrl);
  return username === '' ? null : decodeURIComponent(username);
}

/** A ledger that is shared, on a desk whose address of the shared database was taken away: as one that is offline. */
const refuse = async (): Promise<never> => {
  throw new ProviderError('postgres-unreachable', 'The shared database cannot be reached.', { provider: 'postgres', isRetryable: true, nextStep: 'Add its address in Settings.' });
};
const notConnected: NumberAuthority = { assertReached: refuse, lease: refuse, record: refuse, return: refuse, standing: refuse, blocks: refuse, gaps: refuse };
