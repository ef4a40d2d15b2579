import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Company, createCompany } from '../company/index.ts';
import { type CollectionName, collectionNames } from './population.ts';
import { type SandboxWithClient, startWithClient } from './testing/start-with-client.ts';

let company: Company;
let world: SandboxWithClient;
let stripe: Stripe;

beforeAll(async () => {
  company = createCompany({ size: 'small', seed: 2 });
  world = await startWithClient({ population: company.population });
  stripe = world.stripe;
});
afterAll(() => world.sandbox.stop());

async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const element of list) all.push(element);
  return all;
}

type BalanceByCurrency = Record<string, { available: number; pending: number }>;

async function readBalance(): Promise<BalanceByCurrency> {
  const { available, pending } = await stripe.balance.retrieve();
  const result: BalanceByCurrency = {};
  for (const { currency, amount } of available) result[currency] = { available: amount, pending: 0 };
  for (const { currency, amount } of pending) result[currency] = { available: result[currency]?.available ?? 0, pending: amount };
  return result;
}

describe('the demo company over HTTP', () => {
  test('a refill by the real client finds exactly what the manifest counts', async () => {
    const lists: Partial<Record<CollectionName, AsyncIterable<{ id: string }>>> = {
      balance_transactions: stripe.balanceTransactions.list({ limit: 100 }),
      charges: stripe.charges.list({ limit: 100 }),
      invoices: stripe.invoices.list({ limit: 100, expand: ['data.discounts', 'data.payments'] }),
      subscriptions: stripe.subscriptions.list({ limit: 100, status: 'all', expand: ['data.discounts.source.coupon'] }),
      payouts: stripe.payouts.list({ limit: 100 }),
      events: stripe.events.list({ limit: 100 }),
    };
    for (const [name, list] of Object.entries(lists)) {
      const ids = (await collect(list)).map(({ id }) => id);
      expect([name, ids.length, new Set(ids).size]).toEqual([name, company.manifest.counts[name], company.manifest.counts[name]]);
    }
    expect(collectionNames.map((name) => company.manifest.counts[name] ?? 0).every((size) => size > 0)).toBe(true);
  });

  test('a filter finds what a look at every object finds', async () => {
    const transactions = await collect(stripe.balanceTransactions.list({ limit: 100 }));
    const refunds = await collect(stripe.balanceTransactions.list({ limit: 100, type: 'refund' }));
    expect(refunds.map(({ id }) => id)).toEqual(transactions.filter(({ type }) => type === 'refund').map(({ id }) => id));
    const charges = await collect(stripe.charges.list({ limit: 100 }));
    const customer = String(charges[0]?.customer);
    expect((await collect(stripe.charges.list({ limit: 7, customer }))).map(({ id }) => id)).toEqual(charges.filter((charge) => charge.customer === customer).map(({ id }) => id));
  });

  test('a payout’s transactions add up to it', async () => {
    for (const payout of (await stripe.payouts.list({ limit: 5, status: 'paid' })).data) {
      const transactions = await collect(stripe.balanceTransactions.list({ payout: payout.id, limit: 100 }));
      const paid = transactions.filter(({ type }) => type !== 'payout');
      expect(paid.length).toBeGreaterThan(0);
      expect(paid.reduce((sum, { net }) => sum + net, 0)).toBe(payout.amount);
    }
  });

  test('its customers can be charged, refunded and subscribed like any other', async () => {
    const [subscription] = (await stripe.subscriptions.list({ limit: 1, status: 'active' })).data;
    const item = subscription?.items.data[0];
    const changed = await stripe.subscriptions.update(String(subscription?.id), { items: [{ id: String(item?.id), quantity: (item?.quantity ?? 1) + 2 }] });
    expect(changed.items.data[0]?.quantity).toBe((item?.quantity ?? 1) + 2);
    const pending = (await stripe.invoiceItems.list({ pending: true, customer: String(subscription?.customer) })).data;
    expect(pending.filter(({ proration }) => proration).map(({ amount }) => Math.sign(amount)).toSorted()).toContain(-1);
    const [charge] = (await stripe.charges.list({ limit: 100 })).data.filter(({ status, amount_refunded: refunded, disputed }) => status === 'succeeded' && refunded === 0 && !disputed);
    expect(await stripe.refunds.create({ charge: String(charge?.id) })).toMatchObject({ status: 'succeeded', amount: charge?.amount });
  });

  test('when the days have passed, all that was pending is available', async () => {
    const before = await readBalance();
    expect(Object.values(before).some(({ pending }) => pending !== 0)).toBe(true);
    world.sandbox.advanceClock(31 * 86_400);
    const after = await readBalance();
    for (const [currency, { available, pending }] of Object.entries(before)) expect(after[currency]).toEqual({ available: available + pending, pending: 0 });
  });
});
