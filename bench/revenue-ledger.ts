/**
 * The ledger of the revenue dashboard's benchmark in its large form: the payments themselves, the charges, the customers and their movements stand in the file, made by SQLite itself out of
 * numbers, so that ten million rows take minutes. Indexes and triggers of a table are put back when it is full. The formulas are those of revenue-dashboard.ts.
 */
import type { SqliteDatabase } from '../src/main/database/sqlite-database.ts';

const dayMs = 86_400_000;
const startAt = Date.parse('2023-12-01T12:00:00Z');
const raw = JSON.stringify({ object: 'benchmark', description: 'x'.repeat(120) });

/** Numbers from 0 up to `count`. */
const numbers = (count: number): string => `WITH RECURSIVE t(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM t WHERE i < ${count} - 1)`;
const choice = (values: readonly string[], index: string): string => `CASE ${index} ${values.map((value, position) => `WHEN ${position} THEN '${value}'`).join(' ')} END`;
const dayOf = (number: string): string => `date('2023-12-01', '+' || (${number}) || ' days')`;
const countries = ['US', 'DE', 'GB', 'IE', 'FR', 'JP', 'CA', 'ES', 'IT', 'NL'] as const;

/** Fills a table while nothing follows its rows; its indexes are made of the whole afterwards. */
function fillBare(database: SqliteDatabase, table: string, fill: string): void {
  const { connection } = database;
  const beside = connection.prepare("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL").all(table) as { type: string; name: string; sql: string }[];
  for (const { type, name } of beside) connection.exec(`DROP ${type} ${name}`);
  connection.exec(fill);
  for (const { sql } of beside) connection.exec(sql);
}

/** @param said told what is being made, for who waits. */
export function fillRevenueLedger(database: SqliteDatabase, { payments, customers }: { readonly payments: number; readonly customers: number }, said: (what: string) => void): void {
  const { connection } = database;
  for (const pragma of ['synchronous = OFF', 'journal_mode = OFF', 'cache_size = -400000', 'temp_store = MEMORY']) connection.pragma(pragma);
  said(`${payments.toLocaleString('en-US')} balance transactions`);
  const signed = 'iif(i % 53 = 0 OR i % 907 = 0, -1, 1) * (500 + (i * 7919) % 20000)';
  const fee = 'iif(i % 53 = 0 OR i % 907 = 0, 0, 30 + (i * 7919) % 600)';
  fillBare(database, 'stripe_balance_transactions', `INSERT INTO stripe_balance_transactions ${numbers(payments)}
    SELECT printf('txn_%010d', i), type, type, amount, fee, amount - fee, ${choice(['usd', 'usd', 'usd', 'eur', 'gbp'], 'i % 5')}, NULL, printf('ch_%010d', i), NULL, 'available', at, day_on, at, at, '${raw}'
      FROM (SELECT i, ${startAt} + (i * 1083 / ${payments}) * ${dayMs} AS at, ${dayOf(`i * 1083 / ${payments}`)} AS day_on, CASE WHEN i % 53 = 0 THEN 'refund' WHEN i % 907 = 0 THEN 'stripe_fee' ELSE 'charge' END AS type, ${signed} AS amount, ${fee} AS fee FROM t)`);
  connection.exec('DELETE FROM balance_daily_totals; INSERT INTO balance_daily_totals SELECT created_on, currency, type, kind, count(*), sum(amount_minor), sum(fee_minor), sum(net_minor) FROM stripe_balance_transactions GROUP BY 1, 2, 3, 4');
  const charges = Math.ceil(payments / 5);
  said(`${charges.toLocaleString('en-US')} charges`);
  fillBare(database, 'stripe_charges', `INSERT INTO stripe_charges ${numbers(charges)}
    SELECT printf('ch_%010d', i), 'cus_' || (i % ${customers}), NULL, NULL, 100 + i % 9000, 0, 'usd', iif(i % 29 = 0, 'failed', 'succeeded'), i % 29 <> 0, 0, iif(i % 29 = 0, 'card_declined', NULL), 'card', NULL, ${startAt} + (i * 1083 / ${charges}) * ${dayMs}, ${startAt}, '${raw}' FROM t`);
  connection.exec("DELETE FROM charge_outcome_changes; DELETE FROM charge_outcome_months; INSERT INTO charge_outcome_months SELECT strftime('%Y-%m', created_at / 1000, 'unixepoch'), currency, status, count(*), sum(amount_minor) FROM stripe_charges GROUP BY 1, 2, 3");
  said(`${customers.toLocaleString('en-US')} customers with their movements and items`);
  fillBare(database, 'stripe_customers', `INSERT INTO stripe_customers (id, name, country, created_at, observed_at, raw) ${numbers(customers)} SELECT 'cus_' || i, 'Customer ' || ((i * 7919) % ${customers}), ${choice(countries, 'i % 10')}, ${startAt}, ${startAt}, '${raw}' FROM t`);
  connection.exec(`INSERT INTO revenue_customers SELECT id, country, NULL FROM stripe_customers ORDER BY id`);
  const moved = `SELECT i AS customer, (i * 7907 % 900) + n * 60 AS day_number, CASE n WHEN 0 THEN 'new' WHEN 3 THEN 'churn' WHEN 1 THEN 'expansion' ELSE 'contraction' END AS kind, CASE n WHEN 0 THEN 2900 + i % 4000 WHEN 1 THEN 500 WHEN 2 THEN -300 ELSE -(3100 + i % 4000) END AS amount, n
    FROM t, (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) WHERE n < 3 OR i % 4 = 0`;
  const currency = choice(['usd', 'usd', 'eur'], 'customer % 3');
  fillBare(database, 'revenue_movements', `INSERT INTO revenue_movements ${numbers(customers)}
    SELECT 'cus_' || customer, ${dayOf('day_number')}, kind, 'price_' || (customer % 24), ${currency}, 7, amount, amount, 'Seats 2 → 3', 'sub_' || customer, 'in_' || customer || '_' || n FROM (${moved}) WHERE day_number < 1083 ORDER BY 'cus_' || customer`);
  // What an item was worth between two movements; the last goes on for a year.
  fillBare(database, 'revenue_items', `INSERT INTO revenue_items
    SELECT customer_id, 'si_' || customer_id, starts_at, coalesce(ends_at, starts_at + 365 * ${dayMs}), subscription_id, price_id, 1, currency, worth, '1', worth, 'invoice-line', invoice_id, '79.00 USD × 1 = 79.00 USD' FROM (
      SELECT customer_id, 1000 * strftime('%s', day_on) AS starts_at, 1000 * lead(strftime('%s', day_on)) OVER w AS ends_at, subscription_id, price_id, currency, sum(amount_minor) OVER w AS worth, invoice_id FROM revenue_movements WINDOW w AS (PARTITION BY customer_id ORDER BY day_on)) WHERE worth <> 0`);
  for (const [dimension, member] of [['all', "''"], ['plan', 'm.price_id'], ['country', 'c.country'], ['cohort', 'm.cohort']] as const) {
    for (const key of ["'*'", 'm.currency']) {
      connection.exec(`INSERT INTO revenue_rollups SELECT 7, '${dimension}', ${key}, ${member}, substr(m.day_on, 1, 7), m.kind, sum(m.amount_minor), sum(m.amount_minor), count(*), sum(m.kind = 'new'), sum(m.kind = 'churn')
        FROM (SELECT *, min(substr(day_on, 1, 7)) OVER (PARTITION BY customer_id) AS cohort FROM revenue_movements) AS m JOIN revenue_customers AS c ON c.customer_id = m.customer_id GROUP BY ${key}, ${member}, substr(m.day_on, 1, 7), m.kind`);
    }
  }
  for (const key of ["'*'", 'currency']) {
    connection.exec(`INSERT INTO revenue_rollups SELECT 7, 'cohort', currency, cohort, cohort, 'first', 0, 0, count(*), 0, 0 FROM (SELECT ${key} AS currency, min(substr(day_on, 1, 7)) AS cohort FROM revenue_movements GROUP BY customer_id, ${key}) GROUP BY currency, cohort`);
  }
  for (const pragma of ['journal_mode = WAL', 'cache_size = -64000']) connection.pragma(pragma);
}
