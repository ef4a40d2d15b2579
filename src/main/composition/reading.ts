/**
 * The procedures that only read books, payments, customers and invoices, wired on one readable handle: the backend's own, or that of a reading thread.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { InvariantError } from '../../shared/errors/errors.ts';
import { createCustomersHandlers } from '../api/customers-handlers.ts';
import type { ApiContext, Asker } from '../api/implementer.ts';
import { createInvoicesReadingHandlers } from '../api/invoices-reading-handlers.ts';
import { createLedgerHandlers } from '../api/ledger-handlers.ts';
import { createPaymentsHandlers } from '../api/payments-handlers.ts';
import { createRevenueHandlers } from '../api/revenue-handlers.ts';
import { createRevenueMeasuresHandlers } from '../api/revenue-measures-handlers.ts';
import { createSearchHandlers } from '../api/search-handlers.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { openDatabase } from '../database/open-database.ts';
import type { Config } from '../platform/config.ts';
import { createFileLogger } from '../platform/file-logger.ts';
import { withdrawable } from '../reading/withdrawable-database.ts';
import { createRememberedAnswers } from '../reporting/remembered-answers.ts';
import { ledgerTimeZone, readLedgerSettings, type LedgerSettings } from './ledger-settings.ts';

export interface ReadingDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly settings: () => LedgerSettings;
}

/** By domain, to be spread into the contract's router beside the procedures that act. */
export function composeReading({ readable, clock, timeZone, settings }: ReadingDependencies) {
  const remembered = createRememberedAnswers(readable);
  return {
    system: createSearchHandlers({ readable }),
    invoices: createInvoicesReadingHandlers({ readable, clock, timeZone }),
    payments: createPaymentsHandlers({ readable, clock, timeZone, remembered }),
    customers: createCustomersHandlers({ readable, clock, timeZone, settings, remembered }),
    ledger: createLedgerHandlers({ readable, clock, settings, timeZone }),
    revenue: createRevenueHandlers({ readable, clock, settings }),
    revenueMeasures: createRevenueMeasuresHandlers({ readable, clock, settings }),
  };
}

/** Readers of long stretches see each page once: the system's own cache serves them as well. */
export const readingCacheKilobytes = 16_384;

/** What a reading thread is given: no secrets. */
export interface ReadingSetup {
  readonly dataFolder: string;
  readonly ledgerFile: string;
  /** Where the ledger does not say its own. */
  readonly defaults: Pick<Config, 'reportingTimeZone' | 'functionalCurrency'>;
}

export interface ReadingThreadServices {
  /** @throws InvariantError `reading-unknown`: the backend asks only for what it has itself. */
  procedureAt(path: readonly string[]): unknown;
  contextFor(asker: Asker): ApiContext;
  /** Everything that is read meanwhile is of one moment. One at a time. */
  inOneState<Answer>(work: () => Promise<Answer>): Promise<Answer>;
  close(): void;
}

/** @param question the one the thread is at. */
export function composeReadingThread({ dataFolder, ledgerFile, defaults }: ReadingSetup, question: { isWithdrawn(): boolean; now(): number }): ReadingThreadServices {
  const logger = createFileLogger({ dataFolder, fields: { part: 'reading' } });
  const database = openDatabase({ file: ledgerFile, logger, isReadOnly: true, cacheKilobytes: readingCacheKilobytes });
  database.connection.pragma('query_only = ON');
  const router = composeReading({ readable: withdrawable(database, question.isWithdrawn), clock: { now: question.now }, timeZone: ledgerTimeZone(database, defaults), settings: () => readLedgerSettings(database, defaults) });
  const commands: ApiContext['commands'] = { once: () => Promise.reject(new InvariantError('reading-unknown', 'A thread that only reads was given a command.')) };
  return {
    procedureAt([domain = '', name = '']) {
      const procedures: Readonly<Record<string, Readonly<Record<string, unknown>>>> = router;
      const procedure = procedures[domain]?.[name];
      if (procedure === undefined) throw new InvariantError('reading-unknown', `A thread that only reads does not know ${domain}.${name}.`);
      return procedure;
    },
    contextFor: (asker) => ({ ...asker, logger, commands }),
    async inOneState(work) {
      database.connection.exec('BEGIN');
      try {
        return await work();
      } finally {
        database.connection.exec('COMMIT');
      }
    },
    close: () => database.close(),
  };
}
