/**
 * The demo company's Stripe objects put straight into the mirror tables, for tests of what is derived from the mirror. It stands in for intake and
 * fills only what those derivations read.
 */
import type { Company } from '../../../sandbox/company/company.ts';
import type { CollectionName, StripeObject } from '../../../sandbox/stripe/population.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type Sql, type SqlValue, type WritableDatabase } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { kindOfBalanceTransaction } from '../intake/stripe-balance-kinds.ts';

type Path = readonly (string | number)[];
type Columns = Readonly<Record<string, SqlValue>>;

function at(object: unknown, ...path: Path): unknown {
  let value = object;
  for (const step of path) value = typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined;
  return value;
}
function text(object: unknown, ...path: Path): string | null {
  const value = at(object, ...path);
  return typeof value === 'string' ? value : null;
}
function whole(object: unknown, ...path: Path): number | null {
  const value = at(object, ...path);
  return typeof value === 'number' ? value : null;
}
function instant(object: unknown, ...path: Path): number | null {
  const seconds = whole(object, ...path);
  return seconds === null ? null : seconds * 1000;
}
function list(object: unknown, ...path: Path): unknown[] {
  const value = at(object, ...path);
  return Array.isArray(value) ? value : [];
}

const statements = new Map<string, Sql>();

function insert(database: WritableDatabase, table: string, columns: Columns): void {
  const names = Object.keys(columns);
  const key = `${table}/${names.join()}`;
  let statement = statements.get(key);
  if (!statement) statements.set(key, (statement = sql(`test.insert-${table}`, `INSERT INTO ${table} (${names.join()}) VALUES (${names.map((name) => `:${name}`).join()})`)));
  database.run(statement, columns);
}

/** Fills the mirror, exchange rates and daily totals. `observedAt` marks every row. */
export function mirrorCompany(database: SqliteDatabase, company: Company, observedAt: number): void {
  const zone = new TimeZone(company.manifest.reportingTimeZone);
  const couponDurations = new Map<string, { duration: string; percentOff: string }>();
  const each = (name: CollectionName, write: (object: StripeObject, kept: { id: string; created_at: number; observed_at: number; raw: string }) => void): void => {
    const collection = company.population.collection(name);
    database.transaction(`mirror ${name}`, () => {
      for (let index = 0; index < collection.size; index += 1) {
        const object = collection.render(index);
        write(object, { id: object.id, created_at: instant(object, 'created') ?? instant(object, 'date') ?? 0, observed_at: observedAt, raw: JSON.stringify(object) });
      }
    });
  };
  each('products', (object, kept) => insert(database, 'stripe_products', { ...kept, name: text(object, 'name'), is_active: 1 }));
  each('prices', (object, kept) =>
    insert(database, 'stripe_prices', {
      ...kept, product_id: text(object, 'product'), currency: text(object, 'currency'), unit_amount_minor: whole(object, 'unit_amount'), billing_scheme: text(object, 'billing_scheme'), recurring_interval: text(object, 'recurring', 'interval'),
      recurring_interval_count: whole(object, 'recurring', 'interval_count'), usage_type: text(object, 'recurring', 'usage_type'), is_active: 1,
    }),
  );
  each('coupons', (object, kept) => {
    const terms = { duration: text(object, 'duration') ?? 'once', percentOff: String(whole(object, 'percent_off') ?? 0) };
    couponDurations.set(object.id, terms);
    insert(database, 'stripe_coupons', { ...kept, percent_off: terms.percentOff, duration: terms.duration });
  });
  each('customers', (object, kept) => insert(database, 'stripe_customers', { ...kept, name: text(object, 'name'), email: text(object, 'email'), country: text(object, 'address', 'country') }));
  each('subscriptions', (object, kept) =>
    insert(database, 'stripe_subscriptions', {
      ...kept, customer_id: text(object, 'customer'), status: text(object, 'status'), currency: text(object, 'currency'), ended_at: instant(object, 'ended_at'), trial_start_at: instant(object, 'trial_start'), trial_end_at: instant(object, 'trial_end'),
    }),
  );
  each('subscription_items', (object, kept) =>
    insert(database, 'stripe_subscription_items', {
      ...kept, subscription_id: text(object, 'subscription'), price_id: text(object, 'price', 'id') ?? text(object, 'price'), quantity: whole(object, 'quantity'), current_period_start_at: instant(object, 'current_period_start'),
      current_period_end_at: instant(object, 'current_period_end'),
    }),
  );
  each('invoices', (object, kept) => {
    insert(database, 'stripe_invoices', {
      ...kept, customer_id: text(object, 'customer'), status: text(object, 'status'), currency: text(object, 'currency'), subtotal_minor: 0, discount_minor: 0, tax_minor: 0, total_minor: whole(object, 'total') ?? 0, amount_paid_minor: 0,
      amount_due_minor: 0, amount_remaining_minor: 0, due_at: instant(object, 'due_date'), finalised_at: instant(object, 'status_transitions', 'finalized_at'), paid_at: instant(object, 'status_transitions', 'paid_at'),
    });
    insertLines(database, object, couponDurations);
  });
  each('charges', (object, kept) =>
    insert(database, 'stripe_charges', { ...kept, customer_id: text(object, 'customer'), amount_minor: whole(object, 'amount'), amount_refunded_minor: 0, currency: text(object, 'currency'), status: text(object, 'status'), is_paid: 0, is_disputed: 0 }),
  );
  each('invoiceitems', (object, kept) =>
    insert(database, 'stripe_invoice_items', {
      ...kept, customer_id: text(object, 'customer'), invoice_id: text(object, 'invoice'), amount_minor: whole(object, 'amount'), currency: text(object, 'currency'), is_proration: at(object, 'proration') === true ? 1 : 0,
    }),
  );
  database.transaction('mirror rates', () => {
    for (const { base, day, micros } of company.world.rates.published) {
      insert(database, 'exchange_rates', { base, quote: 'usd', rate_on: day, rate: `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}` });
    }
  });
  fillDailyTotals(database, company, zone);
}

function insertLines(database: WritableDatabase, invoice: StripeObject, coupons: ReadonlyMap<string, { duration: string; percentOff: string }>): void {
  const forever = new Map<string, string>();
  for (const discount of list(invoice, 'discounts')) {
    const coupon = coupons.get(text(discount, 'source', 'coupon') ?? '');
    if (coupon?.duration === 'forever') forever.set(text(discount, 'id') ?? '', coupon.percentOff);
  }
  list(invoice, 'lines', 'data').forEach((line, index) => {
    const details = at(line, 'parent', 'subscription_item_details');
    const percent = list(line, 'discount_amounts').map((entry) => forever.get(text(entry, 'discount') ?? '')).find((found) => found !== undefined);
    insert(database, 'stripe_invoice_lines', {
      id: text(line, 'id'), invoice_id: invoice.id, line_index: index, subscription_id: text(details, 'subscription'), subscription_item_id: text(details, 'subscription_item'), price_id: text(line, 'pricing', 'price_details', 'price'),
      quantity: whole(line, 'quantity'), amount_minor: whole(line, 'amount'), discount_minor: list(line, 'discount_amounts').reduce<number>((sum, entry) => sum + (whole(entry, 'amount') ?? 0), 0), tax_minor: 0, unit_amount_decimal: text(line, 'pricing', 'unit_amount_decimal'), currency: text(line, 'currency'),
      is_proration: at(details, 'proration') === true ? 1 : 0, forever_percent_off: percent ?? '0', forever_off_minor: 0, period_start_at: instant(line, 'period', 'start'), period_end_at: instant(line, 'period', 'end'), raw: '{}',
    });
  });
}

const addToDay = sql(
  'test.add-to-day',
  `INSERT INTO balance_daily_totals VALUES (?, ?, ?, ?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET transactions = transactions + 1, amount_minor = amount_minor + excluded.amount_minor, fee_minor = fee_minor + excluded.fee_minor,
          net_minor = net_minor + excluded.net_minor`,
);

function fillDailyTotals(database: SqliteDatabase, company: Company, zone: TimeZone): void {
  const transactions = company.population.collection('balance_transactions');
  database.transaction('mirror daily totals', () => {
    for (let index = 0; index < transactions.size; index += 1) {
      const object = transactions.render(index);
      const type = text(object, 'type') ?? '';
      const kind = kindOfBalanceTransaction({ type, reportingCategory: text(object, 'reporting_category') ?? type, amountMinor: whole(object, 'amount') ?? 0, sourceId: text(object, 'source') });
      database.run(addToDay, [zone.dateOf(transactions.createdAt(index) * 1000), text(object, 'currency'), type, kind, whole(object, 'amount'), whole(object, 'fee'), whole(object, 'net')]);
    }
  });
}
