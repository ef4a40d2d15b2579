/** The books of the small demo company as every screen and export reads them: synced over HTTP into a real ledger file, asked through the contract. */
import { createRouterClient } from '@orpc/server';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createCustomersHandlers } from '../api/customers-handlers.ts';
import { createLedgerHandlers } from '../api/ledger-handlers.ts';
import { createPaymentsHandlers } from '../api/payments-handlers.ts';
import { createCommandLog } from '../database/command-log.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { createRememberedAnswers } from '../reporting/remembered-answers.ts';
import { createRevenueRollups } from '../revenue/revenue-rollups.ts';
import { loadExchangeRates, openStripeDesk, startStripeWorld, type StripeWorld } from './stripe-desk.ts';
import { openTemporaryDatabase } from './temporary-database.ts';

export const readingNow = Date.parse('2026-11-18T14:14:00Z');
const timeZone = new TimeZone('America/New_York');

/** The procedures that read the books, payments and customers of a ledger file. */
export function openReaders(database: SqliteDatabase, nowMs = readingNow) {
  const clock = fixedClock(nowMs);
  const context = { context: { user: 'mia', role: 'viewer' as const, host: 'cli' as const, logger: silentLogger, commands: createCommandLog(database, clock) } };
  const dependencies = { readable: database, clock, timeZone, settings: () => ({ functionalCurrency: 'usd', reportingTimeZone: timeZone.name }), remembered: createRememberedAnswers(database) };
  return {
    ledger: createRouterClient(createLedgerHandlers(dependencies), context), payments: createRouterClient(createPaymentsHandlers(dependencies), context), customers: createRouterClient(createCustomersHandlers(dependencies), context),
  };
}

export interface ReadingDesk extends AsyncDisposable, ReturnType<typeof openReaders> {
  readonly database: SqliteDatabase;
  readonly folder: string;
  readonly company: StripeWorld['company'];
}

/** The small company, wholly read, with its MRR worked out. */
export async function openReadingDesk(seed: number): Promise<ReadingDesk> {
  const world = await startStripeWorld('small', seed);
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  database.transaction('rates', (writable) => loadExchangeRates(writable, world.company));
  await openStripeDesk(database, world).sync.sync({ isFull: false }, unattended);
  await createRevenueRollups({ readable: database, unitOfWork: database.unitOfWork, clock: fixedClock(readingNow), settings: () => ({ functionalCurrency: 'usd', reportingTimeZone: timeZone.name }) }).refresh(unattended);
  return {
    ...openReaders(database), database, folder: ledger.folder, company: world.company,
    async [Symbol.asyncDispose]() {
      ledger[Symbol.dispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}
