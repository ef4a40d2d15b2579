/** Desks on one shared PostgreSQL that post, seal, close months and copy: real SQLite files, real server functions, clocks that can be set. */
import { randomUUID } from 'node:crypto';
import { localDate, type Month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { composeLedgerSealing } from '../composition/ledger-sealing.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { openPostgres, type PostgresConnection } from '../integrations/postgres/connection.ts';
import { createSharedLedgerSource } from '../integrations/postgres/shared-ledger-source.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { createEntryReversal, type EntryReversal } from '../ledger/entry-reversal.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import { createJournal, type PostingOutcome } from '../ledger/journal.ts';
import { createLedgerVerification, type VerifyResult } from '../ledger/ledger-verification.ts';
import { createPeriodClose, type PeriodClose } from '../ledger/period-close.ts';
import { createRevaluation } from '../ledger/revaluation.ts';
import type { ExchangeResult } from '../ledger/shared-sealing.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { createPostgresSync } from '../sync/postgres-sync.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from './temporary-database.ts';

export const ownKey = (name: string): string => `stripe/acct_1/test/test/${name}/sale`;

/** A sale of so many cents on a day; the name makes its key. */
export function saleOn(on: string, name: string, amount = 100, change: Partial<JournalEntryDraft> = {}): JournalEntryDraft {
  const posting = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: direction === 'credit' ? 'cus_1' : null });
  return { key: ownKey(name), entryDate: localDate(on), kind: 'sale', sourceType: 'test', sourceId: name, memo: `Sale ${name}`, postings: [posting(accountCodes.bank, 'debit'), posting(accountCodes.oneOffRevenue, 'credit')], ...change };
}

export interface SealingDesk extends AsyncDisposable {
  readonly database: SqliteDatabase;
  readonly ledger: TemporaryDatabase;
  readonly periods: PeriodClose;
  readonly reversal: EntryReversal;
  post(...drafts: JournalEntryDraft[]): PostingOutcome;
  /** Joins the shared ledger where that is new, then seals and copies. */
  exchange(control?: WorkControl): Promise<ExchangeResult>;
  close(month: Month): Promise<unknown>;
  verify(): Promise<VerifyResult>;
  setNow(text: string): void;
  rows<Row>(text: string): Row[];
  /** Every column of every entry and posting: two desks with equal ones hold the same journal to the byte. */
  journal(): string;
}

export interface SealingDeskOptions {
  /** null: a desk of its own. */
  readonly url: string | null;
  readonly name?: string;
  readonly now?: string;
  /** A desk that was there before; its file is kept open by whoever gave it. */
  readonly ledger?: TemporaryDatabase;
}

export function openSealingDesk(options: SealingDeskOptions): SealingDesk {
  const ledger = options.ledger ?? openTemporaryDatabase();
  const { database } = ledger;
  const { unitOfWork } = database;
  let nowMs = Date.parse(options.now ?? '2026-11-18T14:14:00Z');
  const clock = { now: () => nowMs };
  const timeZone = new TimeZone('America/New_York');
  const audit = createAuditLog({ clock });
  const postgres: PostgresConnection | null = options.url === null ? null : openPostgres({ url: options.url });
  const { sealer, sharedSealing, authority, anchors, sealPosted } = composeLedgerSealing({ database, postgres, desk: options.name ?? `desk-${randomUUID()}`, clock, timeZone, audit, logger: silentLogger });
  const journal = createJournal({ clock, sealer });
  const periods = createPeriodClose({ readable: database, clock, timeZone, authority, revaluation: createRevaluation({ readable: database, unitOfWork, journal, functionalCurrency: () => 'usd' }), functionalCurrency: () => 'usd' });
  const sync = postgres && sharedSealing && createPostgresSync({ source: createSharedLedgerSource(postgres), readable: database, unitOfWork, clock, clientVersion: '0.1.0', beforeJoin: (_, control) => sharedSealing.assertJoinable().then(() => sharedSealing.bring(control)).then(() => null) });
  const rows = <Row>(text: string): Row[] => database.all<Row>(sql('test.rows', text));
  return {
    database, ledger, periods, rows,
    reversal: createEntryReversal({ readable: database, unitOfWork, journal, audit, clock, timeZone, sealPosted }),
    post: (...drafts) => unitOfWork.run('test.post', (writable) => journal.post(writable, drafts)),
    async exchange(control = unattended) {
      if (!sync || !sharedSealing) throw new Error('This desk is alone.');
      if (rows("SELECT 1 FROM ledger_settings WHERE name = 'shared_ledger_id'").length === 0) await sync.pullExchangeRates(control);
      return sharedSealing.exchange(control);
    },
    close: (month) => periods.close(month, [], { actor: 'amara', requestId: randomUUID() }),
    verify: () => createLedgerVerification({ readable: database, audit, anchors }).verify(unattended),
    setNow: (text) => void (nowMs = Date.parse(text)),
    journal: () => JSON.stringify([rows('SELECT * FROM journal_entries ORDER BY ledger_sequence'), rows('SELECT * FROM postings ORDER BY entry_id, line_number'), rows('SELECT * FROM period_log ORDER BY sequence'), rows('SELECT * FROM ledger_periods ORDER BY month'), rows('SELECT * FROM account_daily_totals ORDER BY 1, 2, 3')]),
    async [Symbol.asyncDispose]() {
      await postgres?.close();
      if (!options.ledger) ledger[Symbol.dispose]();
    },
  };
}
