/**
 * A large ledger made by bare set inserts: 1,000,000 balance transactions with their charges, 600,000 invoices, their 1,600,000 entries with 4,200,000 postings, 26,000
 * customers. Indexes and triggers are put back once the rows lie there, as they would be after years of use.
 */
import type { SqliteDatabase } from '../src/main/database/sqlite-database.ts';
import { accountCodes } from '../src/main/ledger/account-codes.ts';
import { readChartOfAccounts } from '../src/main/ledger/chart-of-accounts.ts';

export const largeLedger = { transactions: 1_000_000, invoices: 600_000, customers: 26_000, discrepancies: 2_000, now: Date.parse('2026-11-18T14:14:00Z'), timeZone: 'America/New_York' } as const;

const entries = largeLedger.transactions + largeLedger.invoices;
const firstAt = Date.UTC(2023, 11, 1, 5);
const stepMs = Math.floor((largeLedger.now - firstAt) / entries);
const createdAt = `${firstAt} + n * ${stepMs}`;
const day = `date((${createdAt}) / 1000 - 18000, 'unixepoch')`;
/** Of eight entries in a row, three are invoices and five are balance transactions. */
const isInvoice = 'n % 8 < 3';
/** Ids do not sort by time, as in life: an odd multiplier walks through all 32-bit numbers. */
const scrambled = (factor: number): string => `printf('%08x%06d', (n * ${factor}) % 4294967296, n % 1000000)`;
const entryId = `printf('%08x-%04x-5000-8000-%012x', (n * 2246822519) % 4294967296, n % 65536, n)`;
const transactionId = `'txn_1Q' || ${scrambled(2_654_435_761)}`;
const chargeId = `'ch_3Q' || ${scrambled(2_654_435_761)}`;
const invoiceId = `'in_1Q' || ${scrambled(2_654_435_761)}`;
const customer = `((n / 8 * 7919 + n) % ${largeLedger.customers})`;
const currency = `CASE WHEN n % 5 < 3 THEN 'usd' WHEN n % 5 = 3 THEN 'eur' ELSE 'gbp' END`;
const amount = '(500 + (n * 7919) % 20000)';
const fee = `(30 + ${amount} / 34)`;
const invoiceStatus = "CASE WHEN n % 97 = 0 THEN 'open' WHEN n % 389 = 1 THEN 'void' ELSE 'paid' END";
const raw = (object: string, length: number): string => `'${JSON.stringify({ object, description: 'x'.repeat(length) })}'`;

/** The numbers from 0 to below `count`. */
const numbers = (count: number): string => `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${count})`;

function fillGateway(database: SqliteDatabase): void {
  database.connection.exec(`
    ${numbers(largeLedger.customers)} INSERT INTO stripe_customers (id, name, email, currency, created_at, observed_at, raw)
      SELECT 'cus_' || n, 'Customer ' || ((n * 7919) % ${largeLedger.customers}) || ' Ltd', 'ap' || n || '@customer.example', 'usd', ${firstAt}, ${largeLedger.now}, ${raw('customer', 800)} FROM numbers;
    ${numbers(entries)} INSERT INTO stripe_invoices (id, number, customer_id, status, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, finalised_at, paid_at, created_at, observed_at, raw)
      SELECT ${invoiceId}, printf('DF-%06d-%03d', ${customer}, n / ${largeLedger.customers}), 'cus_' || ${customer}, ${invoiceStatus}, ${currency}, ${amount}, 0, 0, ${amount}, ${amount}, ${amount}, 0, ${createdAt}, ${createdAt}, ${createdAt},
        ${largeLedger.now}, ${raw('invoice', 600)} FROM numbers WHERE ${isInvoice};
    ${numbers(entries)} INSERT INTO stripe_balance_transactions (id, type, reporting_category, amount_minor, fee_minor, net_minor, currency, source_id, status, created_at, created_on, available_at, observed_at, raw)
      SELECT ${transactionId}, 'charge', 'charge', ${amount}, ${fee}, ${amount} - ${fee}, ${currency}, ${chargeId}, 'available', ${createdAt}, ${day}, ${createdAt}, ${largeLedger.now}, ${raw('balance_transaction', 300)} FROM numbers WHERE NOT (${isInvoice});
    INSERT INTO balance_daily_totals SELECT created_on, currency, type, kind, count(*), sum(amount_minor), sum(fee_minor), sum(net_minor) FROM stripe_balance_transactions GROUP BY created_on, currency, type, kind;`);
}

function fillBooks(database: SqliteDatabase): void {
  const addAccount = database.connection.prepare('INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?, ?)');
  for (const account of readChartOfAccounts()) addAccount.run(account.code, account.name, account.type, account.normalSide, account.description);
  const hash = 'hex(zeroblob(32))';
  const party = `'cus_' || ${customer}`;
  database.connection.exec(`
    ${numbers(entries)} INSERT INTO posting_lines SELECT n + 1, line, account, side, CASE part WHEN 'net' THEN ${amount} - ${fee} WHEN 'fee' THEN ${fee} ELSE ${amount} END AS minor, ${currency}, CASE part WHEN 'net' THEN ${amount} - ${fee} WHEN 'fee' THEN ${fee} ELSE ${amount} END, NULL, ${party}
      FROM numbers CROSS JOIN (
        SELECT 1 AS of_invoice, 1 AS line, '${accountCodes.receivable}' AS account, 'debit' AS side, 'whole' AS part UNION ALL SELECT 1, 2, '${accountCodes.deferredRevenue}', 'credit', 'whole'
        UNION ALL SELECT 0, 1, '${accountCodes.stripeClearing}', 'debit', 'net' UNION ALL SELECT 0, 2, '${accountCodes.paymentFees}', 'debit', 'fee' UNION ALL SELECT 0, 3, '${accountCodes.receivable}', 'credit', 'whole') AS lines
      ON lines.of_invoice = (${isInvoice});
    ${numbers(entries)} INSERT INTO journal_entries (ledger_sequence, id, entry_date, recorded_at, kind, source_type, source_id, idempotency_key, input_hash, memo, previous_hash, hash)
      SELECT n + 1, ${entryId}, ${day}, ${createdAt}, iif(${isInvoice}, 'invoice-finalised', 'payment'), iif(${isInvoice}, 'stripe-invoice', 'stripe-balance-transaction'), iif(${isInvoice}, ${invoiceId}, ${transactionId}),
        'stripe/acct_1/test/' || iif(${isInvoice}, 'invoice/' || ${invoiceId} || '/invoice-finalised', 'balance_transaction/' || ${transactionId} || '/payment'), ${hash}, iif(${isInvoice}, 'Invoice finalised', 'Payment received') || ' ' || ${scrambled(2_654_435_761)}, ${hash}, ${hash}
      FROM numbers;`);
}

/** Every charge with its intent; of them some failed, went back or are disputed, and some intents that came to no charge. */
function fillPayments(database: SqliteDatabase): void {
  const { now } = largeLedger;
  const card = `'{"object":"charge","failure_message":null,"payment_method_details":{"type":"card","card":{"brand":"visa","last4":"4242"}},"description":"${'x'.repeat(300)}"}'`;
  database.connection.exec(`
    INSERT INTO stripe_charges (id, customer_id, payment_intent_id, balance_transaction_id, amount_minor, amount_refunded_minor, currency, status, is_paid, is_disputed, failure_code, payment_method_type, description, created_at, observed_at, raw)
      SELECT source_id, 'cus_' || (rowid * 7919 % ${largeLedger.customers}), 'pi_' || substr(source_id, 4), id, amount_minor, iif(rowid % 47 = 0, amount_minor, 0), currency, iif(rowid % 19 = 0, 'failed', 'succeeded'), 1, rowid % 301 = 0, iif(rowid % 19 = 0, 'card_declined', NULL), 'card',
        'Invoice', created_at, ${now}, ${card} FROM stripe_balance_transactions;
    INSERT INTO stripe_refunds (id, charge_id, payment_intent_id, amount_minor, currency, status, reason, created_at, observed_at, raw)
      SELECT 're_' || substr(id, 4), id, payment_intent_id, amount_minor, currency, 'succeeded', 'duplicate', created_at + 1000, ${now}, '{}' FROM stripe_charges WHERE rowid % 47 = 0;
    INSERT INTO stripe_disputes (id, charge_id, payment_intent_id, amount_minor, currency, status, reason, created_at, observed_at, raw)
      SELECT 'du_' || substr(id, 4), id, payment_intent_id, amount_minor, currency, 'lost', 'fraudulent', created_at + 1000, ${now}, '{}' FROM stripe_charges WHERE rowid % 301 = 0;
    INSERT INTO stripe_payment_intents (id, customer_id, latest_charge_id, amount_minor, currency, status, created_at, observed_at, raw) SELECT payment_intent_id, customer_id, id, amount_minor, currency, 'succeeded', created_at, ${now}, '{}' FROM stripe_charges;
    INSERT INTO stripe_payment_intents (id, customer_id, latest_charge_id, amount_minor, currency, status, created_at, observed_at, raw) SELECT 'pi_x' || rowid, customer_id, NULL, amount_minor, currency, 'canceled', created_at, ${now}, '{}' FROM stripe_charges WHERE rowid % 61 = 0;`);
}

/** What the sealer would have added up, from the objects the entries were made of: kept sums per account, currency and day. */
function fillAccountTotals(database: SqliteDatabase): void {
  const part = (account: string, debit: string, credit: string, source: string): string => `SELECT '${account}' AS account, currency, day, ${debit} AS debit, ${credit} AS credit, count AS entries FROM ${source}`;
  database.connection.exec(`
    CREATE TEMP TABLE days AS SELECT 0 AS of_invoice, day_on AS day, currency, transactions AS count, amount_minor AS amount, fee_minor AS fee, net_minor AS net FROM balance_daily_totals
      UNION ALL SELECT 1, date(created_at / 1000 - 18000, 'unixepoch') AS day, currency, count(*), sum(total_minor), 0, 0 FROM stripe_invoices GROUP BY day, currency;
    INSERT INTO account_daily_totals SELECT account, currency, day, sum(debit), sum(credit), sum(debit) - sum(credit), sum(entries) FROM (
      ${part(accountCodes.receivable, 'amount', '0', 'days WHERE of_invoice')} UNION ALL ${part(accountCodes.deferredRevenue, '0', 'amount', 'days WHERE of_invoice')}
      UNION ALL ${part(accountCodes.stripeClearing, 'net', '0', 'days WHERE NOT of_invoice')} UNION ALL ${part(accountCodes.paymentFees, 'fee', '0', 'days WHERE NOT of_invoice')}
      UNION ALL ${part(accountCodes.receivable, '0', 'amount', 'days WHERE NOT of_invoice')}) GROUP BY account, currency, day;
    INSERT INTO account_daily_totals SELECT account_code, '', day_on, 0, 0, 0, sum(entries) FROM account_daily_totals GROUP BY account_code, day_on;
    INSERT INTO account_daily_totals SELECT '', currency, day, 0, 0, 0, sum(count) FROM days GROUP BY currency, day;
    INSERT INTO account_daily_totals SELECT '', '', day, 0, 0, 0, sum(count) FROM days GROUP BY day;
    UPDATE account_totals_mark SET ledger_sequence = ${entries};
    DROP TABLE days;`);
}

function fillWork(database: SqliteDatabase): void {
  const { now } = largeLedger;
  database.connection.exec(`
    INSERT INTO ledger_settings VALUES ('gateway_account', 'acct_1', ${now}), ('mode', 'test', ${now}), ('functional_currency', 'usd', ${now}), ('reporting_time_zone', '${largeLedger.timeZone}', ${now}), ('company_name', 'Large Deeds', ${now});
    INSERT INTO sync_cursors (source, is_complete, rows_seen, last_success_at, last_attempt_at) VALUES ('stripe/sync', 1, ${entries}, ${now}, ${now});
    ${numbers(470)} INSERT INTO stripe_payouts (id, amount_minor, currency, status, arrival_at, created_at, observed_at, raw) SELECT 'po_' || n, 1000000 + n, ${currency}, iif(n > 466, 'in_transit', 'paid'), ${now} - n, ${now} - n, ${now}, ${raw('payout', 300)} FROM numbers;
    ${numbers(9)} INSERT INTO reconciliation_runs (id, level, from_at, to_at, as_of_at, started_at, finished_at, compared, matched, found, summary) SELECT 'run-' || n, CASE n % 3 WHEN 0 THEN 'drift' WHEN 1 THEN 'transactions' ELSE 'payouts' END, NULL, NULL, ${now} - n, ${now} - n - 1000, ${now} - n, 1000000, 998000, 2000, '{"sums":[]}' FROM numbers;
    ${numbers(largeLedger.discrepancies)} INSERT INTO discrepancies (id, level, reason, object_id, balance_transaction_id, status, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at)
      SELECT 'discrepancy-' || n, 'transactions', 'amount-differs', ${chargeId}, ${transactionId}, iif(n % 3 = 0, 'open', 'resolved'), ${currency}, n, ${day}, '{"store":"ledger","stripe":null,"other":null}', ${now}, ${now} FROM numbers;`);
}

/** Fills a migrated, empty ledger. */
export function fillLargeLedger(database: SqliteDatabase): void {
  const { connection } = database;
  const kept = connection.prepare("SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL").all() as { type: string; name: string; sql: string }[];
  connection.pragma('synchronous = OFF');
  connection.pragma('journal_mode = OFF');
  connection.pragma('cache_size = -2000000'); // 2 GB: ids are spread at random, and what is written meanwhile should stay in memory
  connection.pragma('threads = 2');
  for (const { type, name } of kept) connection.exec(`DROP ${type} ${name}`);
  connection.exec('BEGIN');
  fillGateway(database);
  fillPayments(database);
  fillBooks(database);
  fillAccountTotals(database);
  fillWork(database);
  connection.exec('COMMIT');
  for (const { sql } of kept) connection.exec(sql);
  connection.pragma('cache_size = -65536');
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
}
