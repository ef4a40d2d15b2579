/** Facts of which no entry can be made: each waits for a person, and holds up none of the others. */
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { createJournal } from '../ledger/journal.ts';
import { unattended } from '../platform/work-control.ts';
import { createModelStripe, modelCustomer, type ModelStripe } from '../testing/model-stripe.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createStripeSync } from './stripe-sync.ts';

const startSeconds = Date.UTC(2026, 5, 1, 12) / 1000;
const listEntries = sql('test.entries', "SELECT source_id AS id, kind FROM journal_entries ORDER BY entry_date, source_id, kind");
const listSetAside = sql('test.set-aside', "SELECT provider_id AS id, reason_code AS code FROM sync_inbox WHERE status = 'parked' ORDER BY provider_id");
const listWaiting = sql('test.waiting', 'SELECT object_id AS id, reason_code AS code FROM unposted_facts ORDER BY object_id');
const listReviews = sql('test.reviews', 'SELECT code, subject_type AS type, subject_id AS id, settled_at IS NOT NULL AS settled FROM review_items ORDER BY subject_id');
const isInBalance = sql('test.balance', "SELECT coalesce(sum(CASE direction WHEN 'debit' THEN functional_amount_minor ELSE -functional_amount_minor END), 0) AS minor FROM postings");

interface Desk {
  readonly stripe: ModelStripe;
  readonly ledger: TemporaryDatabase;
  sync(): Promise<unknown>;
}

function openDesk(): Desk {
  const stripe = createModelStripe(startSeconds);
  const ledger = openTemporaryDatabase();
  const clock: Clock = { now: () => stripe.nowSeconds * 1000 };
  stripe.put('customers', modelCustomer('cus_1', 'Ada'));
  const sync = (): Promise<unknown> => createStripeSync({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, source: stripe, journal: createJournal({ clock }), clock, timeZone: new TimeZone('UTC'), functionalCurrency: 'usd' }).sync({ isFull: false }, unattended);
  return { stripe, ledger, sync };
}

function pay(stripe: ModelStripe, number: number, amount: number, currency = 'usd'): void {
  stripe.put('charges', { id: `ch_${number}`, object: 'charge', amount, amount_captured: amount, amount_refunded: 0, currency, customer: 'cus_1', payment_intent: null, balance_transaction: `txn_${number}`, paid: true, status: 'succeeded', disputed: false });
  move(stripe, `txn_${number}`, 'charge', amount, `ch_${number}`, currency);
}

function move(stripe: ModelStripe, id: string, type: string, amount: number, source: string, currency = 'usd'): void {
  stripe.put('balance_transactions', { id, object: 'balance_transaction', type, reporting_category: type, amount, fee: 0, net: amount, currency, source, status: 'available', available_on: stripe.nowSeconds, exchange_rate: null, created: stripe.nowSeconds });
}

const rows = ({ ledger }: Desk, statement: ReturnType<typeof sql>): unknown[] => ledger.database.all(statement);
const review = (id: string, settled: 0 | 1 = 0) => ({ code: 'fact-not-postable', type: 'stripe-balance-transaction', id, settled });

describe('a fact of which no entry can be made', () => {
  it.each([Number.MAX_SAFE_INTEGER, 9_007_199_254_740_000, 1_000_000_000_000_001])('of %i waits with a reason and a review item, and the others are posted', async (amount) => {
    const desk = openDesk();
    using _ = desk.ledger;
    pay(desk.stripe, 1, 5_000);
    pay(desk.stripe, 2, amount);
    desk.stripe.put('refunds', { id: 're_3', object: 'refund', amount, currency: 'usd', charge: 'ch_2', payment_intent: null, status: 'succeeded', reason: null, balance_transaction: 'txn_3' });
    move(desk.stripe, 'txn_3', 'refund', -amount, 're_3');
    pay(desk.stripe, 4, 7_000);
    await desk.sync();
    expect(rows(desk, listEntries)).toEqual([{ id: 'txn_1', kind: 'payment' }, { id: 'txn_4', kind: 'payment' }]);
    expect(rows(desk, listWaiting)).toEqual([{ id: 'txn_2', code: 'fact-not-postable' }, { id: 'txn_3', code: 'fact-not-postable' }]);
    expect(rows(desk, listReviews)).toEqual([review('txn_2'), review('txn_3')]);
    expect(rows(desk, isInBalance)).toEqual([{ minor: 0 }]);
  });

  it('whose shares are too large to be reckoned exactly waits as well', async () => {
    const desk = openDesk();
    using _ = desk.ledger;
    const whole = 9_000_000_000_000_000;
    pay(desk.stripe, 1, 5_000);
    desk.stripe.put('checkout_sessions', { id: 'cs_2', object: 'checkout.session', mode: 'payment', payment_status: 'paid', status: 'complete', payment_intent: 'pi_2', invoice: null, customer: 'cus_1', currency: 'usd', amount_total: whole, amount_subtotal: 1, total_details: { amount_tax: whole - 1 } });
    desk.stripe.put('charges', { id: 'ch_2', object: 'charge', amount: whole, amount_captured: whole, amount_refunded: 0, currency: 'usd', customer: 'cus_1', payment_intent: 'pi_2', balance_transaction: 'txn_2', paid: true, status: 'succeeded', disputed: false });
    move(desk.stripe, 'txn_2', 'charge', whole, 'ch_2');
    for (const number of [3, 4]) {
      desk.stripe.put('refunds', { id: `re_${number}`, object: 'refund', amount: whole - 1, currency: 'usd', charge: 'ch_2', payment_intent: 'pi_2', status: 'succeeded', reason: null, balance_transaction: `txn_${number}` });
      move(desk.stripe, `txn_${number}`, 'refund', 1 - whole, `re_${number}`);
    }
    pay(desk.stripe, 5, 7_000);
    await desk.sync();
    expect(rows(desk, listEntries)).toEqual([{ id: 'txn_1', kind: 'payment' }, { id: 'txn_5', kind: 'payment' }]);
    expect(rows(desk, listReviews)).toEqual(['txn_2', 'txn_3', 'txn_4'].map((id) => review(id)));
  });

  it('whose figures cannot even be read together waits, and the run goes on', async () => {
    const desk = openDesk();
    using _ = desk.ledger;
    pay(desk.stripe, 1, 5_000);
    desk.stripe.put('disputes', { id: 'du_1', object: 'dispute', amount: 9_000_000_000_000_000, currency: 'eur', charge: 'ch_1', payment_intent: null, status: 'won', reason: 'fraudulent' });
    for (const [id, amount] of [['txn_2', -100], ['txn_3', 900]] as const) {
      desk.stripe.put('balance_transactions', { id, object: 'balance_transaction', type: 'adjustment', reporting_category: amount < 0 ? 'dispute' : 'dispute_reversal', amount, fee: 0, net: amount, currency: 'usd', source: 'du_1', status: 'available', available_on: desk.stripe.nowSeconds, exchange_rate: 1, created: desk.stripe.nowSeconds });
      desk.stripe.passDays(1);
    }
    pay(desk.stripe, 4, 7_000);
    await desk.sync();
    expect(rows(desk, listEntries)).toEqual([{ id: 'txn_1', kind: 'payment' }, { id: 'txn_4', kind: 'payment' }]);
    expect(rows(desk, listWaiting)).toContainEqual({ id: 'txn_3', code: 'fact-not-postable' });
    expect(rows(desk, listReviews)).toEqual([review('txn_3')]);
  });

  it('in a currency that is none is set aside where it comes in, and the others are posted', async () => {
    const desk = openDesk();
    using _ = desk.ledger;
    pay(desk.stripe, 1, 5_000, 'zzq');
    pay(desk.stripe, 2, 7_000);
    await desk.sync();
    expect(rows(desk, listEntries)).toEqual([{ id: 'txn_2', kind: 'payment' }]);
    expect(rows(desk, listWaiting)).toEqual([]);
    expect(rows(desk, listSetAside)).toContainEqual({ id: 'txn_1', code: 'stripe-object-malformed' });
  });

  it('is posted when Stripe says otherwise, and its review item is settled', async () => {
    const desk = openDesk();
    using _ = desk.ledger;
    pay(desk.stripe, 1, Number.MAX_SAFE_INTEGER);
    await desk.sync();
    expect(rows(desk, listReviews)).toEqual([review('txn_1')]);
    await desk.sync();
    expect(rows(desk, listReviews)).toEqual([review('txn_1')]);
    pay(desk.stripe, 1, 5_000);
    await desk.sync();
    expect(rows(desk, listEntries)).toEqual([{ id: 'txn_1', kind: 'payment' }]);
    expect(rows(desk, listWaiting)).toEqual([]);
    expect(rows(desk, listReviews)).toEqual([review('txn_1', 1)]);
  });

  it('of the largest amount that is posted balances to the cent', async () => {
    const desk = openDesk();
    using _ = desk.ledger;
    pay(desk.stripe, 1, 1_000_000_000_000_000);
    await desk.sync();
    expect(rows(desk, listEntries)).toEqual([{ id: 'txn_1', kind: 'payment' }]);
    expect(rows(desk, isInBalance)).toEqual([{ minor: 0 }]);
  });
});
