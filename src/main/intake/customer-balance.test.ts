/** Credit that people give and take by hand at Stripe: found where the balance differs, read, posted; what cannot be explained is for a person. On a real ledger, with Stripe's answers at hand. */
import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { PermissionError } from '../../shared/errors/errors.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { PostingDraft } from '../ledger/journal-entry.ts';
import { createMirror } from '../mirror/mirror.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { customerBalancePostings } from './customer-balance-postings.ts';
import { readCustomerBalances } from './customer-balances.ts';
import { draftEntries } from './entry-drafting.ts';
import { readFactRows } from './fact-rows.repository.ts';
import { createObjectIntake } from './object-intake.ts';
import { loadCustomerBalance } from './posting-facts.repository.ts';
import type { GatewayObject, GatewaySource } from './stripe-sync.ports.ts';

const timeZone = new TimeZone('America/New_York');
const at = 1_792_209_599;
type Value = Readonly<Record<string, unknown>> & { readonly id: string; readonly object: string };
const toObject = (value: Value): GatewayObject => ({ id: value.id, object: value.object, text: JSON.stringify(value), value });
const customer = (balance: number, change: Record<string, unknown> = {}): Value => ({ id: 'cus_1', object: 'customer', created: 1, name: 'Ada', currency: 'usd', balance, ...change });
const move = (id: string, amount: number, type = 'adjustment', change: Record<string, unknown> = {}): Value => ({ id, object: 'customer_balance_transaction', customer: 'cus_1', type, amount, currency: 'usd', created: at, invoice: null, credit_note: null, description: null, ...change });
const invoice = (starting: number, ending: number): Value => ({ id: 'in_1', object: 'invoice', customer: 'cus_1', currency: 'usd', status: 'open', total: 5_000, created: at, status_transitions: { finalized_at: at }, starting_balance: starting, ending_balance: ending, lines: { data: [] } });

/** A desk whose Stripe answers for cus_1 with these movements, newest first, two a page. */
function openDesk() {
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  const clock = { now: () => at * 1000 };
  const mirror = createMirror({ timeZone });
  const asked: (string | undefined)[] = [];
  const desk = {
    asked, database, answer: [] as readonly Value[], refusal: undefined as Error | undefined,
    mirrors: (...values: readonly Value[]) => database.unitOfWork.run('store', (writable) => values.forEach((value) => mirror.store(writable, toObject(value), { observedAt: 1 }))),
    read: () => readCustomerBalances({ readable: database, unitOfWork: database.unitOfWork, source, objectIntake: createObjectIntake({ mirror, clock }), clock }, 10, unattended),
    waiting: () => database.all(sql('test.waiting', 'SELECT object_type AS type, object_id AS id FROM unposted_facts ORDER BY 2')),
    reviews: () => database.all(sql('test.reviews', 'SELECT code, subject_id AS subject, settled_at IS NOT NULL AS settled FROM review_items ORDER BY 1')),
    [Symbol.dispose]: () => ledger[Symbol.dispose](),
  };
  const source: GatewaySource = {
    account: () => Promise.reject(new Error('not asked')), list: () => Promise.reject(new Error('not asked')), get: () => Promise.resolve(undefined), invoiceLines: () => Promise.reject(new Error('not asked')), subscriptionItems: () => Promise.reject(new Error('not asked')),
    customerBalance(_, startingAfter) {
      asked.push(startingAfter);
      if (desk.refusal) return Promise.reject(desk.refusal);
      const from = startingAfter === undefined ? 0 : desk.answer.findIndex(({ id }) => id === startingAfter) + 1;
      return Promise.resolve({ objects: desk.answer.slice(from, from + 2).map(toObject), hasMore: from + 2 < desk.answer.length, observedAt: at * 1000 });
    },
  };
  return desk;
}

const posted = (database: SqliteDatabase, id: string, functionalCurrency = 'usd') => {
  const loaded = loadCustomerBalance(readFactRows(database, functionalCurrency), timeZone, id);
  if (!('fact' in loaded)) throw new Error('nothing to post');
  const { entries, findings } = customerBalancePostings(loaded.fact);
  return { codes: findings.map(({ code }) => code), postings: entries.flatMap((entry) => entry.postings.map(({ accountCode, direction, amount }) => `${direction === 'debit' ? '+' : '-'}${amount} ${accountCode.slice(5)}`)) };
};

describe('credit given by hand', () => {
  it('is found by the balance, read to the end once, and posted against credit notes', async () => {
    using desk = openDesk();
    desk.answer = [move('cbtxn_3', 30), move('cbtxn_2', -100), move('cbtxn_1', -500, 'initial')];
    desk.mirrors(customer(-570));
    await desk.read();
    expect(desk.asked).toEqual([undefined, 'cbtxn_2']);
    expect(desk.waiting()).toEqual([1, 2, 3].map((number) => ({ type: 'customer_balance_transaction', id: `cbtxn_${number}` })));
    expect(posted(desk.database, 'cbtxn_2')).toEqual({ codes: [], postings: ['-100 customer-credit-balance', '+100 credit-notes'] });
    expect(posted(desk.database, 'cbtxn_3').postings).toEqual(['+30 customer-credit-balance', '-30 credit-notes']);
    await desk.read();
    expect(desk.asked).toHaveLength(2);
    expect(desk.reviews()).toEqual([]);
  });

  it('goes on only to what is known already', async () => {
    using desk = openDesk();
    desk.answer = [4, 3, 2, 1].map((number) => move(`cbtxn_${number}`, -100));
    desk.mirrors(customer(-400));
    await desk.read();
    desk.answer = [move('cbtxn_6', -1), move('cbtxn_5', -2), ...desk.answer];
    desk.mirrors(customer(-403));
    await desk.read();
    expect(desk.asked).toEqual([undefined, 'cbtxn_3', undefined, 'cbtxn_5']);
  });

  it('is not asked for where invoices and notes made the balance, and what they tell is not posted again', async () => {
    using desk = openDesk();
    desk.mirrors(customer(-40), invoice(-100, -40), { id: 'cn_1', object: 'credit_note', invoice: 'in_0', customer: 'cus_1', currency: 'usd', created: at, total: 100, pre_payment_amount: 0, post_payment_amount: 100 });
    await desk.read();
    expect(desk.asked).toEqual([]);
    desk.answer = [move('cbtxn_3', -1), move('cbtxn_2', 60, 'applied_to_invoice', { invoice: 'in_1' }), move('cbtxn_1', -100, 'credit_note', { credit_note: 'cn_1' })];
    desk.mirrors(customer(-41));
    await desk.read();
    expect(desk.waiting()).toEqual([{ type: 'customer_balance_transaction', id: 'cbtxn_3' }]);
  });

  it.each([['invoice_overpaid', '+100 unapplied-receipts', []], ['migration', '+100 suspense', ['customer-credit-unknown']]])('as %s has its other side in %s', async (type, counter, codes) => {
    using desk = openDesk();
    desk.answer = [move('cbtxn_1', -100, type)];
    desk.mirrors(customer(-100));
    await desk.read();
    expect(posted(desk.database, 'cbtxn_1')).toEqual({ codes, postings: ['-100 customer-credit-balance', counter] });
  });

  it('in a foreign currency is a portion of its own, which what is taken back leaves at its rate', async () => {
    using desk = openDesk();
    desk.answer = [move('cbtxn_2', 30, 'adjustment', { currency: 'eur', created: at + 86_400 }), move('cbtxn_1', -100, 'adjustment', { currency: 'eur' })];
    desk.mirrors(customer(-70, { currency: 'eur' }));
    await desk.read();
    const loaded = loadCustomerBalance(readFactRows(desk.database, 'usd'), timeZone, 'cbtxn_2');
    const given = 'customer_balance_transaction/cbtxn_1/customer-credit-adjusted';
    expect('fact' in loaded && loaded.fact.parts).toEqual([{ debitMinor: 30, bookedBy: { entry: given, on: '2026-10-16', accountCode: '2020-customer-credit-balance', portion: { id: given, releasedBefore: 0 } } }]);
  });
});

describe('credit that differs', () => {
  it('whose entry also settles what was owed before is used at its own rate, not at that of what it settled', () => {
    using desk = openDesk();
    const day = 86_400;
    desk.mirrors(customer(0, { currency: 'eur' }), ...[['cbtxn_1', 36], ['cbtxn_2', -2_372], ['cbtxn_3', 2_336]].map(([id, amount], index) => move(String(id), Number(amount), 'adjustment', { currency: 'eur', created: at + index * day })));
    const booked = new Map<string, readonly PostingDraft[]>();
    const rates: Readonly<Record<string, string>> = { '2026-10-16': '1.157', '2026-10-17': '1.056', '2026-10-18': '1.2' };
    for (const id of ['cbtxn_1', 'cbtxn_2', 'cbtxn_3']) {
      const loaded = loadCustomerBalance(readFactRows(desk.database, 'usd'), timeZone, id);
      if (!('fact' in loaded)) throw new Error('nothing to post');
      const drafted = draftEntries(customerBalancePostings(loaded.fact), { identity: { account: 'acct_1', mode: 'test', functionalCurrency: 'usd' }, rates: { ratesOn: (on) => () => rates[on] }, booked: { postingsOf: (key) => booked.get(key) ?? [] } });
      if (!('drafts' in drafted)) throw new Error(drafted.reason);
      for (const { key, postings } of drafted.drafts) booked.set(key, postings);
    }
    const ofCredit = [...booked.values()].map((postings) => postings.flatMap(({ accountCode, direction, functionalAmount, rate }) => (accountCode.startsWith('2020') ? [`${direction} ${functionalAmount} at ${rate}`] : [])));
    expect(ofCredit).toEqual([['debit 42 at 1.157'], ['credit 42 at 1.157', 'credit 2467 at 1.056'], ['debit 2467 at 1.056']]);
  });

  it('is named once it has differed at two syncs, and settles itself when it ties', async () => {
    using desk = openDesk();
    desk.answer = [move('cbtxn_1', -500, 'applied_to_invoice', { invoice: 'in_1' })];
    desk.mirrors(customer(-500), invoice(0, -400));
    await desk.read();
    expect(desk.reviews()).toEqual([]);
    await desk.read();
    expect(desk.reviews()).toEqual([{ code: 'customer-credit-differs', subject: 'cus_1', settled: 0 }]);
    desk.mirrors(invoice(0, -500));
    await desk.read();
    expect(desk.reviews()).toEqual([{ code: 'customer-credit-differs', subject: 'cus_1', settled: 1 }]);
  });

  it('is not named by a list that was read before an invoice used the credit and was voided: it is read again', async () => {
    using desk = openDesk();
    desk.answer = [move('cbtxn_2', 500, 'applied_to_invoice', { invoice: 'in_1' }), move('cbtxn_1', -500)];
    // The customer is told after the invoice was finalised, the invoice not yet.
    desk.mirrors(customer(0));
    desk.mirrors(move('cbtxn_1', -500));
    await desk.read();
    expect(desk.asked).toHaveLength(1);
    desk.answer = [move('cbtxn_3', -500, 'unapplied_from_invoice', { invoice: 'in_1', created: at + 60 }), ...desk.answer];
    desk.mirrors({ ...invoice(-500, 0), status: 'void', status_transitions: { finalized_at: at, voided_at: at + 60 } });
    await desk.read();
    expect(desk.reviews()).toEqual([]);
    expect(desk.asked).toHaveLength(2);
    await desk.read();
    expect([desk.asked.length, desk.reviews()]).toEqual([2, []]);
  });

  it('is not named while an invoice of the list is not here', async () => {
    using desk = openDesk();
    desk.answer = [move('cbtxn_1', -500, 'applied_to_invoice', { invoice: 'in_unseen' })];
    desk.mirrors(customer(-500));
    await desk.read();
    await desk.read();
    expect(desk.reviews()).toEqual([]);
  });

  it('is named where the key may not read the list', async () => {
    using desk = openDesk();
    desk.refusal = new PermissionError('stripe-key-lacks-permission', 'The key may not read this.', {});
    desk.mirrors(customer(-500));
    await desk.read();
    await desk.read();
    expect(desk.reviews()).toEqual([{ code: 'customer-credit-differs', subject: 'cus_1', settled: 0 }]);
  });
});
