/**
 * One customer with subscriptions, invoices, payments and journal entries.
 */
import type { z } from 'zod';
import type { customerDetailSchema } from '../../shared/api/customers.contract.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { findMrrMonthShown, readCustomerRows, type CustomerStandpoint } from './customers.queries.ts';
import { listInvoices } from './invoices.queries.ts';
import type { LedgerQueries } from './ledger.queries.ts';
import { listPayments } from './payments.queries.ts';

export type CustomerDetailView = z.infer<typeof customerDetailSchema>;

/** Of each list the newest; the whole list is one link away. */
const shownOfEach = 100;

const findCustomer = sql('customers.one', 'SELECT created_at AS createdAt, raw FROM stripe_customers WHERE id = ?');
const listSubscriptions = sql(
  'customers.subscriptions',
  `SELECT id, status, started_at AS startedAt, trial_end_at AS trialEndAt, cancel_at AS cancelAt, ended_at AS endedAt, raw FROM stripe_subscriptions WHERE customer_id = ? ORDER BY ended_at IS NOT NULL, coalesce(started_at, created_at) DESC, id LIMIT ${shownOfEach}`,
);
const listItems = sql(
  'customers.subscription-items',
  `SELECT t.id, t.quantity, coalesce(d.name, p.nickname, t.price_id) AS productName, p.unit_amount_minor AS unitAmountMinor, p.currency, p.recurring_interval AS interval, p.recurring_interval_count AS intervalCount
   FROM stripe_subscription_items t LEFT JOIN stripe_prices p ON p.id = t.price_id LEFT JOIN stripe_products d ON d.id = p.product_id WHERE t.subscription_id = ? ORDER BY t.created_at, t.id`,
);

interface StoredSubscription {
  readonly id: string;
  readonly status: string;
  readonly startedAt: number | null;
  readonly trialEndAt: number | null;
  readonly cancelAt: number | null;
  readonly endedAt: number | null;
  readonly raw: string;
}

interface StoredItem {
  readonly id: string;
  readonly quantity: number | null;
  readonly productName: string;
  readonly unitAmountMinor: number | null;
  readonly currency: string | null;
  readonly interval: string | null;
  readonly intervalCount: number | null;
}

/** By its id; undefined when none is known. */
export function readCustomer(database: ReadableDatabase, id: string, standpoint: CustomerStandpoint, ledger: Pick<LedgerQueries, 'entries'>): CustomerDetailView | undefined {
  const stored = database.get<{ createdAt: number; raw: string }>(findCustomer, [id]);
  const row = stored && readCustomerRows(database, [id], standpoint)[0];
  if (!stored || !row) return undefined;
  const day = (at: number | null) => (at === null ? null : standpoint.timeZone.dateOf(at));
  const subscriptions = database.all<StoredSubscription>(listSubscriptions, [id]);
  const window = { startAt: 0, limit: shownOfEach };
  const invoices = listInvoices(database, { ...window, filter: { customerId: id } }, standpoint);
  const payments = listPayments(database, { ...window, filter: { customerId: id } }, standpoint, standpoint.remembered);
  const entries = ledger.entries({ ...window, filter: { partyId: id } });
  return {
    ...row, createdAt: stored.createdAt, mrrMonth: findMrrMonthShown(database, standpoint),
    subscriptions: subscriptions.map(({ id: subscriptionId, status, startedAt, trialEndAt, cancelAt, endedAt }) => ({
      id: subscriptionId, status, startedOn: day(startedAt), trialEndsOn: day(trialEndAt), cancelsOn: day(cancelAt), endedOn: day(endedAt), items: database.all<StoredItem>(listItems, [subscriptionId]).map(toItemView),
    })),
    invoices: invoices.rows, invoicesTotal: invoices.total, payments: payments.rows, paymentsTotal: payments.total, entries: entries.rows, entriesTotal: entries.total,
    rawObjects: [{ kind: 'customer', id, raw: stored.raw }, ...subscriptions.map((subscription) => ({ kind: 'subscription', id: subscription.id, raw: subscription.raw }))],
  };
}

function toItemView({ id, quantity, productName, unitAmountMinor, currency, interval, intervalCount }: StoredItem): CustomerDetailView['subscriptions'][number]['items'][number] {
  const every = interval === null ? null : (intervalCount ?? 1) === 1 ? interval : `${intervalCount} ${interval}s`;
  return { id, productName, quantity, unitAmount: unitAmountMinor === null || currency === null ? null : { amount: unitAmountMinor, currency }, interval: every };
}
