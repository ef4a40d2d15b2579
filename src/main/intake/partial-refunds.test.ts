/** A payment refunded in parts, as Stripe tells of it: in any order, the balance transactions late. */
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { createJournal } from '../ledger/journal.ts';
import { unattended } from '../platform/work-control.ts';
import { createModelStripe, modelCustomer, type ModelStripe } from '../testing/model-stripe.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { readFactRows } from './fact-rows.repository.ts';
import { loadBalanceTransaction } from './posting-facts.repository.ts';
import { createStripeSync } from './stripe-sync.ts';

const startSeconds = Date.UTC(2026, 5, 1, 12) / 1000;
const listTax = sql('test.tax', "SELECT e.source_id AS id, sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END) AS minor FROM journal_entries e JOIN postings p ON p.entry_id = e.id WHERE e.kind = 'refund' AND p.account_code LIKE '2200-%' GROUP BY 1 ORDER BY 1");
const sumTax = sql('test.tax-owed', "SELECT account_code AS account, sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) AS minor FROM postings WHERE account_code LIKE '2200-%' GROUP BY 1 ORDER BY 1");
const listReviews = sql('test.reviews', 'SELECT code FROM review_items');

/** 10.00 with 1.50 of tax in two places, paid, and refunded by four times 2.50: each part by itself would take back 38 cents of tax. */
function openSale(): { readonly stripe: ModelStripe; readonly ledger: TemporaryDatabase; sync(): Promise<unknown> } {
  const stripe = createModelStripe(startSeconds);
  const ledger = openTemporaryDatabase();
  const clock: Clock = { now: () => stripe.nowSeconds * 1000 };
  const tax = (amount: number, rate: string) => ({ amount, tax_behavior: 'exclusive', type: 'tax_rate_details', tax_rate_details: { tax_rate: rate } });
  const taxes = [tax(107, 'txr_de'), tax(43, 'txr_fr')];
  stripe.put('customers', modelCustomer('cus_1', 'Ada'));
  stripe.put('tax_rates', { id: 'txr_de', object: 'tax_rate', country: 'DE', state: null });
  stripe.put('tax_rates', { id: 'txr_fr', object: 'tax_rate', country: 'FR', state: null });
  const line = { id: 'il_1', object: 'line_item', amount: 850, currency: 'usd', quantity: 1, period: { start: startSeconds, end: startSeconds }, parent: { type: 'invoice_item_details', invoice_item_details: { invoice_item: 'ii_1' } }, discount_amounts: [], taxes };
  stripe.put('invoices', { id: 'in_1', object: 'invoice', customer: 'cus_1', currency: 'usd', status: 'paid', total: 1_000, subtotal: 850, total_taxes: taxes, amount_due: 1_000, amount_paid: 1_000, amount_remaining: 0, starting_balance: 0, ending_balance: 0, discounts: [], lines: { object: 'list', has_more: false, data: [line] }, status_transitions: { finalized_at: startSeconds, paid_at: startSeconds, voided_at: null, marked_uncollectible_at: null } });
  stripe.put('payment_intents', { id: 'pi_1', object: 'payment_intent', customer: 'cus_1', currency: 'usd', amount: 1_000, status: 'succeeded', latest_charge: 'ch_1' });
  stripe.put('charges', { id: 'ch_1', object: 'charge', amount: 1_000, amount_captured: 1_000, amount_refunded: 0, currency: 'usd', customer: 'cus_1', payment_intent: 'pi_1', balance_transaction: 'txn_ch', paid: true, status: 'succeeded', disputed: false });
  stripe.put('invoice_payments', { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', amount_paid: 1_000, amount_requested: 1_000, currency: 'usd', status: 'paid', status_transitions: { canceled_at: null, paid_at: startSeconds }, payment: { type: 'payment_intent', payment_intent: 'pi_1' } });
  move(stripe, 'txn_ch', 'charge', 1_000, 'ch_1');
  const sync = (): Promise<unknown> => createStripeSync({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, source: stripe, journal: createJournal({ clock }), clock, timeZone: new TimeZone('UTC'), functionalCurrency: 'usd' }).sync({ isFull: false }, unattended);
  return { stripe, ledger, sync };
}

const move = (stripe: ModelStripe, id: string, type: string, amount: number, source: string, created = stripe.nowSeconds): void =>
  stripe.put('balance_transactions', { id, object: 'balance_transaction', type, reporting_category: type, amount, fee: 0, net: amount, currency: 'usd', source, status: 'available', available_on: created, exchange_rate: null, created });
const refund = (stripe: ModelStripe, number: number, created = stripe.nowSeconds): void =>
  stripe.put('refunds', { id: `re_${number}`, object: 'refund', amount: 250, currency: 'usd', charge: 'ch_1', payment_intent: 'pi_1', status: 'succeeded', reason: null, balance_transaction: `txn_${number}`, created });

const inOrder = [{ id: 'txn_1', minor: 38 }, { id: 'txn_2', minor: 37 }, { id: 'txn_3', minor: 38 }, { id: 'txn_4', minor: 37 }];

describe('a payment refunded in four parts', () => {
  it('gives back its tax to the cent, refund by refund', async () => {
    const { stripe, ledger, sync } = openSale();
    using _ = ledger;
    await sync();
    for (const number of [1, 2, 3, 4]) {
      stripe.passDays(1);
      refund(stripe, number);
      move(stripe, `txn_${number}`, 'refund', -250, `re_${number}`);
      await sync();
    }
    expect(ledger.database.all(listTax)).toEqual(inOrder);
    expect(ledger.database.all(sumTax)).toEqual([{ account: '2200-tax-payable:DE', minor: 0 }, { account: '2200-tax-payable:FR', minor: 0 }]);
  });

  it('is split alike when the balance transactions come in the other order, each in a sync of its own', async () => {
    const { stripe, ledger, sync } = openSale();
    using _ = ledger;
    await sync();
    stripe.passDays(1);
    const at = stripe.nowSeconds;
    for (const number of [1, 2, 3, 4]) refund(stripe, number, at + number * 60);
    stripe.passDays(0.5);
    for (const number of [4, 2, 3, 1]) {
      move(stripe, `txn_${number}`, 'refund', -250, `re_${number}`, at + number * 60);
      await sync();
    }
    expect(ledger.database.all(listTax)).toEqual(inOrder);
    expect(ledger.database.all(listReviews)).toEqual([]);
  });
});

it('a refund that is made again after it failed takes nothing back twice: it pays what is owed', async () => {
  const { stripe, ledger, sync } = openSale();
  using _ = ledger;
  await sync();
  const give = (number: number, status: string): void => stripe.put('refunds', { id: `re_${number}`, object: 'refund', amount: 1_000, currency: 'usd', charge: 'ch_1', payment_intent: 'pi_1', status, reason: null, balance_transaction: `txn_${number}`, created: startSeconds + number * 86_400 });
  give(1, 'failed');
  give(2, 'succeeded');
  stripe.passDays(4);
  move(stripe, 'txn_1', 'refund', -1_000, 're_1', startSeconds + 86_400);
  move(stripe, 'txn_failed', 'refund_failure', 1_000, 're_1', startSeconds + 100_000);
  move(stripe, 'txn_2', 'refund', -1_000, 're_2', startSeconds + 2 * 86_400);
  await sync();
  const balances = ledger.database.all(sql('test.balances', "SELECT account_code AS account, sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) AS minor FROM postings GROUP BY 1 HAVING minor <> 0 ORDER BY 1"));
  expect(balances).toEqual([{ account: '4030-revenue-one-off', minor: -850 }, { account: '4810-refunds', minor: 850 }]);
});

it('a dispute that is won in parts gives back its tax to the cent', async () => {
  const { stripe, ledger, sync } = openSale();
  using _ = ledger;
  await sync();
  stripe.put('disputes', { id: 'du_1', object: 'dispute', amount: 1_000, currency: 'usd', charge: 'ch_1', payment_intent: 'pi_1', status: 'won', reason: 'fraudulent' });
  move(stripe, 'txn_out', 'dispute', -1_000, 'du_1');
  for (const [index, amount] of [250, 250, 500].entries()) {
    stripe.passDays(1);
    move(stripe, `txn_${index + 1}`, 'dispute_reversal', amount, 'du_1');
  }
  await sync();
  const taxOfDispute = sql('test.dispute-tax', "SELECT e.source_id AS id, sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END) AS minor FROM journal_entries e JOIN postings p ON p.entry_id = e.id WHERE e.kind LIKE 'dispute%' AND p.account_code LIKE '2200%' GROUP BY 1 ORDER BY 1");
  expect(ledger.database.all(taxOfDispute)).toEqual([{ id: 'txn_1', minor: -38 }, { id: 'txn_2', minor: -37 }, { id: 'txn_3', minor: -75 }, { id: 'txn_out', minor: 150 }]);
  expect(ledger.database.all(listReviews)).toEqual([]);
});

it('an invoice that is no draft and does not say since when is for a person; a void one is not', async () => {
  const { stripe, ledger, sync } = openSale();
  using _ = ledger;
  const invoice = (id: string, status: string) => stripe.put('invoices', { id, object: 'invoice', customer: 'cus_1', currency: 'usd', status, total: 100, amount_due: 100, amount_paid: 0, starting_balance: 0, ending_balance: 0, lines: { object: 'list', has_more: false, data: [] }, status_transitions: {} });
  for (const status of ['draft', 'open', 'void']) invoice(`in_${status}`, status);
  await sync();
  expect(ledger.database.all(listReviews)).toEqual([{ code: 'invoice-without-finalisation' }]);
});

it('a dispute in a foreign currency that is won in part gives back that part', async () => {
  const { stripe, ledger, sync } = openSale();
  using _ = ledger;
  await sync();
  const settle = (id: string, category: string, amount: number): void => stripe.put('balance_transactions', { id, object: 'balance_transaction', type: 'adjustment', reporting_category: category, amount, fee: 0, net: amount, currency: 'eur', source: 'du_1', status: 'available', available_on: stripe.nowSeconds, exchange_rate: 0.92, created: stripe.nowSeconds });
  stripe.put('disputes', { id: 'du_1', object: 'dispute', amount: 1_000, currency: 'usd', charge: 'ch_1', payment_intent: 'pi_1', status: 'won', reason: 'fraudulent' });
  settle('txn_out', 'dispute', -920);
  stripe.passDays(1);
  settle('txn_half', 'dispute_reversal', 460);
  await sync();
  const factOf = (id: string) => loadBalanceTransaction(readFactRows(ledger.database, 'usd'), new TimeZone('UTC'), id, () => false);
  expect(factOf('txn_out')).toMatchObject({ fact: { dispute: { amountMinor: 1_000 } } });
  expect(factOf('txn_out')).not.toHaveProperty('fact.dispute.returnedMinor');
  expect(factOf('txn_half')).toMatchObject({ fact: { dispute: { amountMinor: 1_000, returnedMinor: 500 } } });
});

it('the lists of what payouts pay hold up no sync: some are read with each, until all are', async () => {
  const { stripe, ledger, sync } = openSale();
  using _ = ledger;
  await sync();
  for (let number = 0; number < 45; number += 1) {
    const payout = { id: `po_${number}`, object: 'payout', amount: 100, currency: 'usd', status: 'paid', arrival_date: startSeconds, automatic: true, balance_transaction: null, created: startSeconds - number };
    stripe.put('payouts', payout);
    stripe.announce('payout.paid', payout);
  }
  const countRead = (): number => ledger.database.get<{ count: number }>(sql('test.read', 'SELECT count(*) AS count FROM stripe_payout_listings WHERE is_complete = 1'))?.count ?? 0;
  const counts: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await sync();
    counts.push(countRead());
  }
  expect(counts).toEqual([20, 40, 45]);
});

it('a refund that cannot be read is asked for once a run and waits; what else there is goes on', async () => {
  const { stripe, ledger, sync } = openSale();
  using _ = ledger;
  refund(stripe, 1);
  stripe.put('refunds', { id: 're_2', object: 'refund', amount: 'much', currency: 'usd', charge: 'ch_1', payment_intent: 'pi_1', status: 'succeeded', balance_transaction: 'txn_2' });
  for (const number of [1, 2]) move(stripe, `txn_${number}`, 'refund', -250, `re_${number}`);
  stripe.onAsk = () => {
    if (stripe.asked.filter((what) => what === 're_2').length > 3) throw new Error('asked for re_2 again and again');
  };
  await sync();
  expect(ledger.database.all(listTax).map((row) => (row as { id: string }).id)).toEqual(['txn_1']);
  expect(ledger.database.all(sql('test.waiting', 'SELECT object_id AS id, reason_code AS reason FROM unposted_facts'))).toEqual([{ id: 'txn_2', reason: 'source-missing' }]);
  expect(ledger.database.all(sql('test.parked', "SELECT provider_id AS id, reason_code AS reason FROM sync_inbox WHERE status = 'parked'"))).toEqual([{ id: 're_2', reason: 'stripe-object-malformed' }]);
});
