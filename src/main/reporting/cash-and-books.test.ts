/** The cash view counts what the books post: SQLite's rule of kinds is the one of the posting rules, on every pair of Stripe's words, and the sums agree over random worlds. */
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { addMonths, type Month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { migrateDatabase, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { createFactProjection } from '../intake/fact-projection.ts';
import { createObjectIntake } from '../intake/object-intake.ts';
import { kindByCategory, kindByType, kindOfBalanceTransaction } from '../intake/stripe-balance-kinds.ts';
import { createJournal } from '../ledger/journal.ts';
import { createLedgerVerification } from '../ledger/ledger-verification.ts';
import { createMirror } from '../mirror/mirror.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { unattended } from '../platform/work-control.ts';
import { oneOf, randomFrom, wholeFrom } from '../testing/random-from.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readCashMonths } from './cash-revenue.queries.ts';

const timeZone = new TimeZone('America/New_York');
const categories = [...Object.keys(kindByCategory), 'tax_fund', 'never_heard_of'];
const types = [...Object.keys(kindByType), 'never_heard_of'];
/** Pairs as Stripe makes them, more often than such as it does not. */
const pairs = [
  ['charge', 'charge'], ['payment', 'charge'], ['payment_failure_refund', 'charge_failure'], ['refund', 'refund'], ['payment_refund', 'refund'], ['refund', 'partial_capture_reversal'], ['refund_failure', 'refund_failure'], ['adjustment', 'dispute'],
  ['adjustment', 'dispute_reversal'], ['adjustment', 'fee'], ['adjustment', 'other_adjustment'], ['adjustment', 'adjustment'], ['adjustment', 'refund_failure'], ['stripe_fee', 'fee'], ['tax_fee', 'tax'], ['payout', 'payout'], ['advance', 'financing_payout'],
] as const;

type Json = Record<string, unknown> & { readonly id: string; readonly object: string };
const gatewayObject = (value: Json) => ({ id: value.id, object: value.object, text: JSON.stringify(value), value });

const insertTransaction = sql(
  'test.transaction',
  "INSERT INTO stripe_balance_transactions (id, type, reporting_category, amount_minor, fee_minor, net_minor, currency, source_id, status, created_at, created_on, available_at, observed_at, raw) VALUES (?, ?, ?, ?, 1, 0, 'usd', ?, 'available', 0, '2026-11-02', 0, 0, '{}')",
);
const listKinds = sql('test.kinds', 'SELECT type, reporting_category AS reportingCategory, amount_minor AS amountMinor, source_id AS sourceId, kind FROM stripe_balance_transactions');
const rebuilt = 'SELECT created_on AS day_on, currency, type, kind, count(*) AS transactions, sum(amount_minor) AS amount_minor, sum(fee_minor) AS fee_minor, sum(net_minor) AS net_minor FROM stripe_balance_transactions GROUP BY 1, 2, 3, 4';
const listRebuilt = sql('test.rebuilt', `${rebuilt} ORDER BY 1, 2, 3, 4`);
const listKept = sql('test.kept', 'SELECT * FROM balance_daily_totals WHERE transactions <> 0 ORDER BY 1, 2, 3, 4');

function insertEveryPair(database: SqliteDatabase): number {
  let count = 0;
  database.transaction('every pair', (writable) => {
    for (const type of types) for (const category of categories) for (const source of [null, 'ch_1', 'dp_1', 'du_1', 'dpx_1']) for (const amount of [-5, 0, 5]) writable.run(insertTransaction, [`txn_${(count += 1)}`, type, category, amount, source]);
  });
  return count;
}

describe('the kind of a balance transaction', () => {
  it('is the same in SQLite and in the posting rules, whatever Stripe calls it', () => {
    using ledger = openTemporaryDatabase();
    const count = insertEveryPair(ledger.database);
    const rows = ledger.database.all<Parameters<typeof kindOfBalanceTransaction>[0] & { kind: string }>(listKinds);
    expect(rows).toHaveLength(count);
    expect(rows.filter((row) => row.kind !== kindOfBalanceTransaction(row))).toEqual([]);
    expect(ledger.database.all(listKept)).toEqual(ledger.database.all(listRebuilt));
  });

  it('moves the daily totals when it becomes another one', () => {
    using ledger = openTemporaryDatabase();
    ledger.database.run(insertTransaction, ['txn_1', 'adjustment', 'other_adjustment', -5, null]);
    ledger.database.run(sql('test.told', "UPDATE stripe_balance_transactions SET source_id = 'du_1'"));
    expect(ledger.database.all(listKept)).toEqual([{ day_on: '2026-11-02', currency: 'usd', type: 'adjustment', kind: 'dispute', transactions: 1, amount_minor: -5, fee_minor: 1, net_minor: 0 }]);
  });

  it('is worked out for what an older ledger holds', () => {
    using older = openTemporaryDatabase();
    const file = `${older.folder}/older.sqlite`;
    const database = openDatabase({ file, logger: silentLogger });
    try {
      const migrations = readMigrations(migrationsFolder('sqlite'));
      migrateDatabase(database, migrations.filter(({ name }) => name < '0060'), 0);
      insertEveryPair(database);
      migrateDatabase(database, migrations, 0);
      expect(database.all(listKept)).toEqual(database.all(listRebuilt));
      expect(database.all(listKept).length).toBeGreaterThan(types.length);
    } finally {
      database.close();
    }
  });
});

const worlds = process.env['DAYBOOK_LONG'] ? 300 : 8;
const firstSeed = Number(process.env['DAYBOOK_SEED'] ?? 1);
const from = '2026-06' as Month;
const lastAt = Date.parse('2026-11-30T12:00:00Z');
const currencies = ['usd', 'eur'] as const;

/** A payment, perhaps with a refund or a dispute, and balance transactions that name one of them, nothing, or something nobody knows. */
function worldOf(seed: number): Json[] {
  const random = randomFrom(seed);
  const objects: Json[] = [];
  for (let number = 0; number < 120; number += 1) {
    const created = Math.floor((Date.parse('2026-06-01T12:00:00Z') + random() * (lastAt - Date.parse('2026-06-01T12:00:00Z'))) / 1000);
    const [amount, currency] = [wholeFrom(random, 1, 50_000), oneOf(random, currencies)];
    const id = `${seed}x${number}`;
    const charge = { id: `ch_${id}`, object: 'charge', amount: amount + wholeFrom(random, 0, 3) * 100, amount_captured: amount, amount_refunded: 0, currency, customer: null, status: 'succeeded', paid: true, created };
    const part = { amount: wholeFrom(random, 1, amount + 1), currency, charge: charge.id, status: 'succeeded', created };
    objects.push(charge, { ...part, id: `re_${id}`, object: 'refund' }, { ...part, id: `du_${id}`, object: 'dispute', reason: 'fraudulent' });
    const [type, category] = random() < 0.75 ? oneOf(random, pairs) : [oneOf(random, types), oneOf(random, categories)];
    const moved = (random() < 0.5 ? -1 : 1) * amount;
    const fee = random() < 0.5 ? wholeFrom(random, 0, 900) : 0;
    objects.push({ id: `txn_${id}`, object: 'balance_transaction', type, ...(random() < 0.95 ? { reporting_category: category } : {}), amount: moved, fee, net: moved - fee, currency: oneOf(random, currencies), source: oneOf(random, [charge.id, `re_${id}`, `du_${id}`, 'dp_unknown', null]), created, status: 'available' });
  }
  return objects;
}

const saveRate = sql('test.rate', "INSERT INTO exchange_rates (base, quote, rate_on, rate) VALUES ('eur', 'usd', ?, ?)");
const saveSetting = sql('test.setting', 'INSERT INTO ledger_settings (name, value, set_at) VALUES (?, ?, 0)');
const listWaiting = sql('test.waiting', 'SELECT * FROM unposted_facts');
/** What each entry moved through clearing and fees, by month and settlement currency: from the postings alone. */
const bookedCash = sql(
  'test.booked-cash',
  `SELECT substr(e.entry_date, 1, 7) AS month, p.currency, e.kind, p.account_code AS account, sum(iif(p.direction = 'debit', p.amount_minor, -p.amount_minor)) AS debitMinor
     FROM journal_entries e JOIN postings p ON p.entry_id = e.id WHERE e.source_type = 'stripe-balance-transaction' AND p.account_code IN ('1100-stripe-clearing', '5000-payment-fees') GROUP BY 1, 2, 3, 4`,
);

async function post(database: SqliteDatabase, objects: readonly Json[]): Promise<void> {
  const clock = fixedClock(lastAt);
  const intake = createObjectIntake({ mirror: createMirror({ timeZone }), clock });
  database.transaction('take', (writable) => {
    for (const setting of [['gateway_account', 'acct_1'], ['mode', 'test'], ['functional_currency', 'usd']]) writable.run(saveSetting, setting);
    for (let month = addMonths(from, -1); month <= '2026-12'; month = addMonths(month, 1)) for (const day of ['01', '11', '21']) writable.run(saveRate, [`${month}-${day}`, '1.08']);
    for (const object of objects) intake.take(writable, { object: gatewayObject(object) }, 1);
  });
  const known = new Set(objects.map(({ id }) => id));
  const projection = createFactProjection({ readable: database, unitOfWork: database.unitOfWork, journal: createJournal({ clock }), clock, timeZone });
  await projection.projectWaiting({ account: 'acct_1', mode: 'test', functionalCurrency: 'usd' }, (id) => !known.has(id), unattended);
}

/** The cash view as the journal tells it. */
function cashOfBooks(database: SqliteDatabase): Record<string, unknown>[] {
  const rows = database.all<{ month: string; currency: string; kind: string; account: string; debitMinor: number }>(bookedCash);
  return [...Map.groupBy(rows, ({ month, currency }) => `${month} ${currency}`).entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ofMonth]) => {
    const moved = (...kinds: readonly string[]): number => ofMonth.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { debitMinor }) => sum + debitMinor, 0);
    const fees = ofMonth.filter(({ account }) => account === '5000-payment-fees').reduce((sum, { debitMinor }) => sum + debitMinor, 0);
    const amounts = { grossMinor: moved('payment', 'payment-failed', 'payment-uncaptured'), feesMinor: fees, refundsMinor: 0 - moved('refund', 'refund-failed'), disputesMinor: 0 - moved('dispute', 'dispute-reinstated') };
    const [{ month, currency } = { month: '', currency: '' }] = ofMonth;
    return { month, currency, ...amounts };
  });
}

describe('the cash view', () => {
  it.each(Array.from({ length: worlds }, (_, index) => firstSeed + index))('counts what the books post, in random world %i', async (seed) => {
    using ledger = openTemporaryDatabase();
    await post(ledger.database, worldOf(seed));
    expect(ledger.database.all(listWaiting)).toEqual([]);
    const cash = readCashMonths(ledger.database, from, '2026-12' as Month, '2026-12' as Month).map(({ month, currency, grossMinor, feesMinor, refundsMinor, disputesMinor }) => ({ month, currency, grossMinor, feesMinor, refundsMinor: refundsMinor + 0, disputesMinor: disputesMinor + 0 }));
    expect(cash).toEqual(cashOfBooks(ledger.database));
    expect(await createLedgerVerification({ readable: ledger.database }).verify(unattended)).toMatchObject({ isSound: true });
  });
});
