/** Posting: balance check, hashes, sealing and triggers against bare inserts of the same entries and postings. */
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { addDays, localDate } from '../src/shared/calendar/local-date.ts';
import { minorUnits } from '../src/shared/money/money.ts';
import { accountCodes } from '../src/main/ledger/account-codes.ts';
import type { JournalEntryDraft } from '../src/main/ledger/journal-entry.ts';
import { createJournal } from '../src/main/ledger/journal.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { insertBare, readTables } from './bare-inserts.ts';
import { mediansOf, type Measure, type Round } from './measure.ts';

export const benchEntries = 50_000;
/** About what a transaction of 25 ms holds (architecture.md §3). */
const draftsPerTransaction = 1_000;
const leastPerSecond = 50_000;

/** The days of almost three years. */
const benchDays = 1_000;

function payment(number: number, count: number): JournalEntryDraft {
  const amount = 1_000 + (number * 7_919) % 90_000;
  const fee = Math.trunc(amount / 34) + 30;
  const posting = (accountCode: string, direction: 'debit' | 'credit', value: number) => ({ accountCode, direction, amount: minorUnits(value), currency: 'usd', functionalAmount: minorUnits(value), rate: null, partyId: null });
  return {
    key: `stripe/acct_bench/test/balance_transaction/txn_${(number * 2_654_435_761) % 4_294_967_296}/payment`, entryDate: addDays(localDate('2023-12-01'), Math.trunc((number * benchDays) / count)), kind: 'payment', sourceType: 'stripe-balance-transaction',
    sourceId: `txn_${(number * 2_654_435_761) % 4_294_967_296}`, memo: `Payment ch_${number}`, postings: [posting(accountCodes.stripeClearing, 'debit', amount - fee), posting(accountCodes.paymentFees, 'debit', fee), posting(accountCodes.receivable, 'credit', amount)],
  };
}

/** Posts entries as the job does that posts what a refill has read, the sixteenth part at a time made beforehand so that they need little memory; milliseconds of posting alone. */
export function postBenchEntries(ledger: TemporaryDatabase, count = benchEntries): number {
  const journal = createJournal({ clock: fixedClock(0) });
  ledger.database.connection.exec("INSERT INTO ledger_settings (name, value, set_at) VALUES ('gateway_account', 'acct_bench', 0), ('mode', 'test', 0)"); // as the keys say
  const step = Math.ceil(count / 16 / draftsPerTransaction) * draftsPerTransaction;
  let elapsedMs = 0;
  for (let from = 0; from < count; from += step) {
    const drafts = Array.from({ length: Math.min(step, count - from) }, (_, index) => payment(from + index, count));
    const startedMs = performance.now();
    for (let start = 0; start < drafts.length; start += draftsPerTransaction) {
      const entries = journal.prepare(drafts.slice(start, start + draftsPerTransaction));
      ledger.database.unitOfWork.run('post', (database) => journal.postPrepared(database, entries, true));
    }
    elapsedMs += performance.now() - startedMs;
  }
  const settledMs = performance.now();
  ledger.database.unitOfWork.run('settle', (database) => journal.settle(database));
  return elapsedMs + performance.now() - settledMs;
}

/** Ours and the reference in turn. */
export async function measure(): Promise<Measure[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < 5; round += 1) {
    using ledger = openTemporaryDatabase();
    const oursMs = await ledger.database.durability.relaxWhile(() => Promise.resolve(postBenchEntries(ledger)));
    rounds.push({ oursMs, referenceMs: insertBare(readTables(ledger, ['accounts', 'posting_lines', 'journal_entries'])) });
  }
  const { oursMs, referenceMs, ratio } = mediansOf(rounds);
  const perSecond = (benchEntries * 1000) / oursMs;
  return [
    { name: 'posting entries', ours: perSecond, reference: (benchEntries * 1000) / referenceMs, ratio, goal: '≥ 0.35', holds: ratio >= 0.35, unit: 'entries/s', note: 'three postings each, sealed; the reference inserts the same rows by four bare statements an entry, in one transaction' },
    { name: 'posting entries, batched', ours: perSecond, reference: leastPerSecond, ratio: perSecond / leastPerSecond, goal: '≥ 50,000 entries/s', holds: perSecond >= leastPerSecond, unit: 'entries/s', note: `${draftsPerTransaction.toLocaleString('en-US')} entries a transaction` },
  ];
}
