/**
 * MRR worked out a second time, slowly and in another way: plain SQL over the mirror's rows in DuckDB, day by day over all days, with integers only. It shares no
 * code with src/main/revenue; a calendar of the reporting zone's days is handed to it. It follows orderly companies (revenue-world.ts without `isUnruly`).
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { sql, type ReadableDatabase } from '../database/handles.ts';

export interface OracleDay {
  readonly day: string;
  /** The moment that counts: the day's exclusive end, or now. Epoch milliseconds. */
  readonly endAt: number;
  readonly startAt: number;
}

export type OraclePolicy = 'standard' | 'all-discounts' | 'strict';

export interface OracleMonth {
  readonly month: string;
  readonly end: number;
  readonly customers: number;
  readonly new: number;
  readonly expansion: number;
  readonly contraction: number;
  readonly churn: number;
  readonly reactivation: number;
  readonly 'exchange-rate': number;
}

export interface OracleMember {
  readonly dimension: 'plan' | 'country' | 'currency';
  readonly member: string;
  readonly month: string;
  readonly end: number;
  readonly native: number;
}

const tables = {
  lines: `SELECT l.id, l.invoice_id, l.line_index, l.subscription_id, l.subscription_item_id AS item, l.price_id, l.quantity, l.amount_minor AS amount, l.discount_minor AS discount, CAST(l.unit_amount_decimal AS INTEGER) AS unit, l.is_proration,
                 CAST(l.forever_percent_off AS INTEGER) AS percent, l.forever_off_minor AS fixed, l.period_start_at AS starts, l.period_end_at AS ends FROM stripe_invoice_lines AS l`,
  invoices: 'SELECT id, customer_id, status, created_at, coalesce(due_at, finalised_at) AS due_at, paid_at FROM stripe_invoices',
  subscriptions: 'SELECT id, customer_id, status, ended_at, trial_start_at, trial_end_at FROM stripe_subscriptions',
  items: 'SELECT id AS item, subscription_id, price_id, quantity, current_period_start_at AS starts, current_period_end_at AS ends FROM stripe_subscription_items',
  prices: 'SELECT id, currency, unit_amount_minor AS unit, recurring_interval AS interval, recurring_interval_count AS count, usage_type FROM stripe_prices',
  customers: "SELECT id, coalesce(country, '') AS country FROM stripe_customers",
  rates: "SELECT base, rate_on, CAST(replace(rate, '.', '') AS INTEGER) AS micros FROM exchange_rates WHERE quote = 'usd'",
} as const;

/** A ratio of positive whole numbers, half up. */
const rounded = (numerator: string, denominator: string): string => `((2 * (${numerator}) + (${denominator})) // (2 * (${denominator})))`;
const converted = (native: string, micros: string): string => `CASE currency WHEN 'usd' THEN ${native} WHEN 'jpy' THEN ${rounded(`${native} * ${micros} * 100`, '1000000')} WHEN 'kwd' THEN ${rounded(`${native} * ${micros}`, '10000000')} ELSE ${rounded(`${native} * ${micros}`, '1000000')} END`;

function pricedLines(policy: OraclePolicy): string {
  const kept = policy === 'all-discounts' ? 'CAST(net AS HUGEINT) * 100 - CAST(item_fixed AS HUGEINT) * 100 * net_of' : 'CAST(full_amount AS HUGEINT) * (100 - item_percent) - CAST(item_fixed AS HUGEINT) * 100';
  const share = "CASE interval WHEN 'year' THEN 1 WHEN 'month' THEN 1 WHEN 'week' THEN 52 END";
  const parts = "CASE interval WHEN 'year' THEN 12 * count WHEN 'month' THEN count WHEN 'week' THEN 12 * count END";
  return `
    coupon AS (SELECT item, max(percent) AS item_percent, max(fixed) AS item_fixed FROM lines GROUP BY item),
    counted AS (
      SELECT l.*, i.customer_id, i.created_at AS invoiced_at, i.due_at, i.paid_at, p.currency, p.interval, p.count, coupon.item_percent, coupon.item_fixed
        FROM lines l JOIN coupon ON coupon.item = l.item JOIN invoices i ON i.id = l.invoice_id JOIN prices p ON p.id = l.price_id
       WHERE i.status IN ('open', 'paid', 'uncollectible') AND l.amount > 0 AND l.ends > l.starts AND p.usage_type = 'licensed'),
    billed AS (SELECT *, 0 AS is_unbilled, 0 AS not_before FROM counted QUALIFY row_number() OVER (PARTITION BY item, starts ORDER BY invoiced_at DESC, line_index DESC) = 1),
    -- A living subscription whose present period no invoice counts for (a void one, or none yet) says itself what it is worth; of discounts only those for ever are sure.
    unbilled AS (
      SELECT i.*, p.unit * i.quantity AS amount, p.unit, 0 AS is_proration, s.customer_id, p.currency, p.interval, p.count, coalesce(coupon.item_percent, 0) AS item_percent, coalesce(coupon.item_fixed, 0) AS item_fixed, 1 AS is_unbilled,
             coalesce((SELECT max_by(b.ends, b.starts) FROM billed b WHERE b.item = i.item), 0) AS not_before
        FROM items i JOIN subscriptions s ON s.id = i.subscription_id JOIN prices p ON p.id = i.price_id LEFT JOIN coupon ON coupon.item = i.item, (SELECT max(end_at) AS now_at FROM days)
       WHERE s.ended_at IS NULL AND s.status IN ('active', 'past_due') AND p.usage_type = 'licensed' AND i.starts < now_at AND now_at <= i.ends AND NOT EXISTS (SELECT 1 FROM billed b WHERE b.item = i.item AND b.starts < now_at AND now_at <= b.ends)),
    latest AS (SELECT * FROM billed UNION ALL BY NAME SELECT * FROM unbilled),
    whole AS (SELECT item, starts, ends, CASE is_unbilled WHEN 1 THEN amount * (100 - item_percent) ELSE amount - discount + fixed END AS net, CASE is_unbilled WHEN 1 THEN 100 * amount ELSE amount END AS full_amount FROM latest WHERE is_proration = 0),
    discounted AS (
      SELECT l.*, coalesce(w.net, l.amount) * CAST(l.unit * l.quantity AS HUGEINT) AS net, coalesce(w.full_amount, l.amount) AS net_of, CAST(l.unit * l.quantity AS HUGEINT) AS full_amount
        FROM latest l LEFT JOIN whole w ON w.item = l.item AND w.starts <= l.starts AND l.starts < w.ends),
    priced AS (SELECT *, ${rounded(`(${kept}) * (${share})`, `100 * (${parts}) * ${policy === 'all-discounts' ? 'net_of' : '1'}`)} AS native, lead(starts) OVER (PARTITION BY item ORDER BY starts) AS next_starts FROM discounted),
    cut AS (
      SELECT p.*, CASE WHEN s.trial_start_at IS NOT NULL AND p.starts >= s.trial_start_at AND p.starts < s.trial_end_at THEN s.trial_end_at ELSE greatest(p.starts, p.not_before) END AS from_at, least(coalesce(p.next_starts, p.ends), coalesce(s.ended_at, 9000000000000000)) AS until_at
        FROM priced p JOIN subscriptions s ON s.id = p.subscription_id),
    dated AS (SELECT c.*, d.day AS rate_day, nextday.start_at AS overdue_from FROM cut c JOIN days d ON c.starts >= d.start_at AND c.starts < d.next_at LEFT JOIN days due ON c.due_at >= due.start_at AND c.due_at < due.next_at LEFT JOIN days nextday ON nextday.number = due.number + 1),
    worth AS (SELECT x.*, ${converted('native', 'micros')} AS functional FROM (SELECT d.*, (SELECT max_by(r.micros, r.rate_on) FROM rates r WHERE r.base = d.currency AND r.rate_on <= d.rate_day) AS micros FROM dated d WHERE from_at < until_at) x),`;
}

function byDay(policy: OraclePolicy): string {
  const inForce = policy === 'strict' ? 'AND NOT (w.overdue_from IS NOT NULL AND w.overdue_from < d.end_at AND (w.paid_at IS NULL OR (w.paid_at > w.overdue_from AND d.end_at <= w.paid_at)))' : '';
  return `WITH ${pricedLines(policy)}
    state AS (SELECT d.number, d.day, substr(d.day, 1, 7) AS month, w.customer_id, w.item, w.price_id, w.currency, w.native, w.micros, w.functional FROM days d JOIN worth w ON w.from_at < d.end_at AND d.end_at <= w.until_at AND w.functional <> 0 ${inForce} WHERE d.end_at > d.start_at)`;
}

export interface Oracle {
  /** Every month with a figure. */
  months(policy: OraclePolicy): Promise<OracleMonth[]>;
  /** MRR at the end of each month by plan, country and currency, with what it is in its own currency. */
  members(policy: OraclePolicy): Promise<OracleMember[]>;
  close(): void;
}

/** @param days every day of the reporting zone from before the first fact to the present one. */
export async function openOracle(database: ReadableDatabase, days: readonly OracleDay[]): Promise<Oracle> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const [name, text] of Object.entries(tables)) {
    const rows = database.all<Record<string, string | number | null>>(sql(`test.oracle-${name}`, text));
    await load(connection, name, rows);
  }
  await load(connection, 'days', days.map(({ day, startAt, endAt }, number) => ({ number, day, start_at: startAt, end_at: endAt, next_at: days[number + 1]?.startAt ?? 9_000_000_000_000_000 })));
  const ask = async <Row>(text: string): Promise<Row[]> => (await connection.runAndReadAll(text)).getRowObjectsJson() as Row[];
  return {
    async months(policy) {
      const rows = await ask<Record<string, string | number>>(`${byDay(policy)},
        totals AS (SELECT c.id AS customer_id, d.number, substr(d.day, 1, 7) AS month, coalesce(sum(s.functional), 0) AS total FROM (SELECT DISTINCT customer_id AS id FROM worth) c CROSS JOIN days d LEFT JOIN state s ON s.customer_id = c.id AND s.number = d.number GROUP BY ALL),
        exchange AS (SELECT b.customer_id, a.number, sum(CASE WHEN a.micros = b.micros THEN 0 ELSE ${converted('b.native', 'a.micros').replaceAll('currency', 'b.currency')} - b.functional END) AS moved FROM state a JOIN state b ON b.item = a.item AND b.number = a.number - 1 AND b.currency = a.currency WHERE a.currency <> 'usd' GROUP BY ALL),
        steps AS (
          SELECT t.*, coalesce(lag(total) OVER w, 0) AS before, coalesce(max(total) OVER (PARTITION BY t.customer_id ORDER BY t.number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) > 0 AS was_customer, coalesce(e.moved, 0) AS moved
            FROM totals t LEFT JOIN exchange e ON e.customer_id = t.customer_id AND e.number = t.number WINDOW w AS (PARTITION BY t.customer_id ORDER BY t.number)),
        kinds AS (SELECT *, total - before - moved AS rest, CASE WHEN before = 0 AND total > 0 THEN iff_was(was_customer) WHEN total = 0 AND before > 0 THEN 'churn' WHEN total - before - moved > 0 THEN 'expansion' ELSE 'contraction' END AS kind FROM steps)
        SELECT month, coalesce(sum(total) FILTER (number = last_number), 0) AS "end", count(*) FILTER (number = last_number AND total > 0) AS customers,
          ${['new', 'expansion', 'contraction', 'churn', 'reactivation'].map((kind) => `coalesce(sum(rest) FILTER (kind = '${kind}'), 0) AS "${kind}"`).join(', ')}, coalesce(sum(moved), 0) AS "exchange-rate"
          FROM kinds JOIN (SELECT substr(day, 1, 7) AS of_month, max(number) AS last_number FROM days GROUP BY 1) ON of_month = month GROUP BY month ORDER BY month`.replace('iff_was(was_customer)', "CASE WHEN was_customer THEN 'reactivation' ELSE 'new' END"));
      return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, name === 'month' ? value : Number(value)])) as unknown as OracleMonth);
    },
    async members(policy) {
      const rows = await ask<Record<string, string | number>>(`${byDay(policy)}, ends AS (SELECT s.*, c.country FROM state s JOIN (SELECT max(number) AS number FROM days GROUP BY substr(day, 1, 7)) USING (number) LEFT JOIN customers c ON c.id = s.customer_id)
        SELECT 'plan' AS dimension, price_id AS member, month, sum(functional) AS "end", sum(native) AS native FROM ends GROUP BY ALL
        UNION ALL SELECT 'country', coalesce(country, ''), month, sum(functional), 0 FROM ends GROUP BY ALL UNION ALL SELECT 'currency', currency, month, sum(functional), sum(native) FROM ends GROUP BY ALL ORDER BY 1, 2, 3`);
      return rows.map((row) => ({ dimension: row['dimension'] as OracleMember['dimension'], member: String(row['member']), month: String(row['month']), end: Number(row['end']), native: Number(row['native']) }));
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function load(connection: Awaited<ReturnType<DuckDBInstance['connect']>>, name: string, rows: readonly Record<string, string | number | null>[]): Promise<void> {
  const isText = (column: string): boolean => /^(id|day|.*_id|item|status|base|rate_on|currency|interval|usage_type|country)$/.test(column);
  const columns: Readonly<Record<string, readonly string[]>> = {
    lines: ['id', 'invoice_id', 'line_index', 'subscription_id', 'item', 'price_id', 'quantity', 'amount', 'discount', 'unit', 'is_proration', 'percent', 'fixed', 'starts', 'ends'], invoices: ['id', 'customer_id', 'status', 'created_at', 'due_at', 'paid_at'],
    subscriptions: ['id', 'customer_id', 'status', 'ended_at', 'trial_start_at', 'trial_end_at'], items: ['item', 'subscription_id', 'price_id', 'quantity', 'starts', 'ends'], prices: ['id', 'currency', 'unit', 'interval', 'count', 'usage_type'], customers: ['id', 'country'], rates: ['base', 'rate_on', 'micros'], days: ['number', 'day', 'start_at', 'end_at', 'next_at'],
  };
  const names = columns[name] ?? [];
  await connection.run(`CREATE TABLE ${name} (${names.map((column) => `"${column}" ${isText(column) ? 'VARCHAR' : 'BIGINT'}`).join(', ')})`);
  for (let from = 0; from < rows.length; from += 500) {
    const values = rows.slice(from, from + 500).map((row) => `(${names.map((column) => literal(row[column] ?? null)).join()})`);
    await connection.run(`INSERT INTO ${name} VALUES ${values.join()}`);
  }
}

function literal(value: string | number | null): string {
  return value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
