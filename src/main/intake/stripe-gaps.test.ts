/** What a desk that was away, asleep or of a wrong clock still learns from Stripe, and what it says about the rest. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixedClock, type Clock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { createJournal } from '../ledger/journal.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { readStripeEvent, readStripeProgress } from '../reporting/stripe.queries.ts';
import { createModelStripe, modelCustomer, modelDraft, modelFee, type ModelStripe } from '../testing/model-stripe.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createStripeInbox } from './stripe-inbox.ts';
import { createStripeSync, type StripeSyncResult } from './stripe-sync.ts';

const startSeconds = Date.UTC(2026, 5, 1, 12) / 1000;
const dayMs = 86_400_000;

let stripe: ModelStripe;
let ledger: TemporaryDatabase;
/** By how much the desk's clock is wrong. */
let deskIsAheadMs: number;

beforeEach(() => {
  ledger = openTemporaryDatabase();
  stripe = createModelStripe(startSeconds);
  deskIsAheadMs = 0;
  stripe.deskNowMs = () => stripe.nowSeconds * 1000 + deskIsAheadMs;
  stripe.put('customers', modelCustomer('cus_1', 'Ada'));
});
afterEach(() => ledger[Symbol.dispose]());

const clock: Clock = { now: () => stripe.deskNowMs() };
function sync(control: WorkControl = unattended, isFull = false): Promise<StripeSyncResult> {
  const { database } = ledger;
  return createStripeSync({ readable: database, unitOfWork: database.unitOfWork, source: stripe, journal: createJournal({ clock }), clock, timeZone: new TimeZone('UTC'), functionalCurrency: 'usd' }).sync({ isFull }, control);
}
const rows = <Row>(text: string): Row[] => ledger.database.all<Row>(sql(text, text));
const nameOf = (id: string): string | undefined => rows<{ name: string }>(`SELECT name FROM stripe_customers WHERE id = '${id}'`)[0]?.name;
const states = (): Record<string, string> => Object.fromEntries(rows<{ id: string; status: string }>('SELECT provider_id AS id, status FROM sync_inbox ORDER BY sequence').map((row) => [row.id, row.status]));

/** The customer is renamed at Stripe, which says so by an event. */
function rename(name: string, isAnnounced = true): void {
  const customer = { ...modelCustomer('cus_1', name), created: startSeconds };
  stripe.put('customers', customer);
  if (isAnnounced) stripe.announce('customer.updated', customer);
}

describe('what was made and deleted while a desk was away', () => {
  /** Events come from the newest to the oldest, a hundred are looked at together: more than that lie between the two of one object. */
  async function afterABusyNight(make: () => void, unmake: () => void): Promise<void> {
    await sync();
    make();
    stripe.passDays(0.1);
    for (let count = 0; count < 130; count += 1) {
      stripe.nowSeconds += 10;
      stripe.announce('customer.updated', { ...modelCustomer(`cus_other_${count}`, 'Other'), created: stripe.nowSeconds });
    }
    unmake();
    stripe.passDays(0.1);
    await sync();
  }

  it('stays deleted, and has its name', async () => {
    const customer = { ...modelCustomer('cus_2', 'Edsger'), created: startSeconds };
    await afterABusyNight(
      () => stripe.announce('customer.created', customer),
      () => stripe.announce('customer.deleted', { ...customer, name: 'Edsger D.' }),
    );
    expect(rows("SELECT name, is_deleted FROM stripe_customers WHERE id = 'cus_2'")).toEqual([{ name: 'Edsger D.', is_deleted: 1 }]);
  });

  it('is no draft any more', async () => {
    const draft = { ...modelDraft('in_1'), created: startSeconds };
    await afterABusyNight(
      () => stripe.announce('invoice.created', draft),
      () => stripe.announce('invoice.deleted', draft),
    );
    expect(rows('SELECT id FROM stripe_invoices')).toEqual([]);
  });
});

describe('a desk that was away', () => {
  it('for 29 days less an hour goes on with events, and no gap is said', async () => {
    await sync();
    rename('Grace');
    stripe.passDays(29 - 1 / 24);
    expect(await sync()).toMatchObject({ isRefill: false, gap: null });
    expect(nameOf('cus_1')).toBe('Grace');
    expect(rows('SELECT * FROM stripe_event_gaps')).toEqual([]);
  });

  it('for 31 days lists everything again, says which stretch no event tells of, and goes on with events', async () => {
    await sync();
    stripe.passDays(0.5);
    rename('Grace');
    stripe.passDays(30.5);
    stripe.put('customers', modelCustomer('cus_2', 'Edsger'));
    const result = await sync();
    const gap = { from: startSeconds * 1000, to: startSeconds * 1000 + dayMs };
    expect(result).toMatchObject({ isRefill: true, gap });
    expect([nameOf('cus_1'), nameOf('cus_2')]).toEqual(['Grace', 'Edsger']);
    expect(readStripeProgress(ledger.database).gaps).toMatchObject([{ ...gap, noticedAt: stripe.nowSeconds * 1000, filledAt: stripe.nowSeconds * 1000 }]);
    rename('Hopper');
    stripe.passDays(1);
    expect(await sync()).toMatchObject({ isRefill: false, gap: null });
    expect(nameOf('cus_1')).toBe('Hopper');
  });

  it('learns from the lists what was deleted meanwhile, and asks for nothing that was listed', async () => {
    for (const id of ['cus_2', 'cus_3']) stripe.put('customers', modelCustomer(id, id));
    stripe.put('invoices', modelDraft('in_draft'));
    stripe.put('invoices', modelDraft('in_kept'));
    await sync();
    stripe.passDays(35);
    stripe.delete('customers', 'cus_2');
    stripe.delete('invoices', 'in_draft');
    stripe.asked.length = 0;
    await sync();
    expect(rows('SELECT id, is_deleted FROM stripe_customers ORDER BY id')).toEqual([{ id: 'cus_1', is_deleted: 0 }, { id: 'cus_2', is_deleted: 1 }, { id: 'cus_3', is_deleted: 0 }]);
    expect(rows('SELECT id FROM stripe_invoices')).toEqual([{ id: 'in_kept' }]);
    expect(stripe.asked.filter((what) => /^(cus|in)_/.test(what)).toSorted()).toEqual(['cus_2', 'in_draft']);
  });

  it('says so until the lists were read to their end, however often that is interrupted', async () => {
    await sync();
    stripe.passDays(40);
    stripe.put('customers', modelCustomer('cus_2', 'Edsger'));
    stripe.onAsk = (what) => { if (what === 'payouts') throw new Error('the network is gone'); };
    await expect(sync()).rejects.toThrow('the network is gone');
    expect(readStripeProgress(ledger.database).gaps).toMatchObject([{ filledAt: null }]);
    stripe.passDays(3);
    await expect(sync()).rejects.toThrow('the network is gone');
    stripe.onAsk = () => {};
    const healed = await sync();
    expect(healed).toMatchObject({ isRefill: true, gap: { from: startSeconds * 1000 } });
    expect(rows('SELECT count(*) AS gaps, count(filled_at) AS filled FROM stripe_event_gaps')).toEqual([{ gaps: 1, filled: 1 }]);
    expect(await sync()).toMatchObject({ isRefill: false, gap: null });
  });

  it('in a quiet account is none: nothing happened for half a year, and every sync looked', async () => {
    await sync();
    for (let week = 0; week < 26; week += 1) {
      stripe.passDays(7);
      expect(await sync()).toMatchObject({ isRefill: false, gap: null });
    }
    rename('Grace');
    expect(await sync()).toMatchObject({ isRefill: false });
    expect(nameOf('cus_1')).toBe('Grace');
  });

  it('in the middle of a refill begins it anew when events no longer bridge the time', async () => {
    for (let index = 0; index < 12; index += 1) stripe.put('payouts', { id: `po_${index}`, object: 'payout', amount: 100, currency: 'usd', status: 'paid', arrival_date: startSeconds, automatic: true, balance_transaction: null, created: startSeconds - index });
    let pages = 0;
    stripe.onAsk = (what) => { if (what === 'payouts' && (pages += 1) === 3) throw new Error('the lid was closed'); };
    await expect(sync()).rejects.toThrow('the lid was closed');
    stripe.onAsk = () => {};
    rename('Grace', false);
    stripe.passDays(31);
    stripe.asked.length = 0;
    expect(await sync()).toMatchObject({ isRefill: true });
    expect(stripe.asked.filter((what) => what === 'payouts')).toHaveLength(4);
    expect(nameOf('cus_1')).toBe('Grace');
  });

  it('in the middle of a refill goes on where it stopped, past an object that was deleted meanwhile', async () => {
    for (let index = 0; index < 9; index += 1) stripe.put('customers', { ...modelCustomer(`cus_x${index}`, `Name ${index}`), created: startSeconds - 10 - index });
    let pages = 0;
    stripe.onAsk = (what) => { if (what === 'customers' && (pages += 1) === 3) throw new Error('the lid was closed'); };
    await expect(sync()).rejects.toThrow('the lid was closed');
    const [cursor] = rows<{ cursor: string }>("SELECT cursor FROM sync_cursors WHERE source = 'stripe/refill/customers'");
    expect(cursor?.cursor).toMatch(/^cus_/);
    stripe.onAsk = () => {};
    stripe.delete('customers', cursor?.cursor ?? '');
    await sync();
    expect(rows('SELECT count(*) AS count FROM stripe_customers')).toEqual([{ count: 10 }]);
    expect(rows("SELECT is_complete, rows_seen FROM sync_cursors WHERE source = 'stripe/refill/customers'")).toEqual([{ is_complete: 1, rows_seen: 9 }]);
  });
});

describe('a desk whose clock is wrong', () => {
  it.each([['a year ahead', 365], ['two months behind', -60]])('%s: neither makes a gap nor misses what happens', async (_, days) => {
    await sync();
    deskIsAheadMs = days * dayMs;
    rename('Grace');
    expect(await sync()).toMatchObject({ isRefill: false, gap: null });
    expect(nameOf('cus_1')).toBe('Grace');
    deskIsAheadMs = 0;
    stripe.passDays(1);
    rename('Hopper');
    expect(await sync()).toMatchObject({ isRefill: false, gap: null });
    expect(nameOf('cus_1')).toBe('Hopper');
  });

  it('a year ahead at its first contact: what is read then does not outrank what happens later', async () => {
    deskIsAheadMs = 365 * dayMs;
    await sync();
    stripe.passDays(1);
    rename('Grace');
    await sync();
    deskIsAheadMs = 0;
    stripe.passDays(1);
    rename('Hopper');
    await sync();
    expect(nameOf('cus_1')).toBe('Hopper');
  });

  it('ahead before a long absence: the gap is noticed all the same', async () => {
    deskIsAheadMs = 33 * dayMs;
    await sync();
    deskIsAheadMs = 0;
    rename('Grace', false);
    stripe.passDays(35);
    expect(await sync()).toMatchObject({ isRefill: true, gap: { from: startSeconds * 1000 } });
    expect(nameOf('cus_1')).toBe('Grace');
  });
});

describe('events', () => {
  it('that are told again, and pages whose border lies between two of one second, are taken once each', async () => {
    await sync();
    for (let index = 0; index < 11; index += 1) {
      stripe.put('customers', modelCustomer(`cus_p${index}`, `Name ${index}`));
      stripe.announce('customer.created', { ...modelCustomer(`cus_p${index}`, `Name ${index}`), created: stripe.nowSeconds });
    }
    expect((await sync()).events).toMatchObject({ staged: 11, projected: 11 });
    expect((await sync()).events).toMatchObject({ staged: 0, projected: 0 });
    expect(rows('SELECT count(*) AS count FROM sync_inbox')).toEqual([{ count: 11 }]);
    expect(rows("SELECT count(*) AS count FROM stripe_customers WHERE id LIKE 'cus_p%'")).toEqual([{ count: 11 }]);
  });

  it('that come while the pages are read are found by the next sync', async () => {
    await sync();
    for (let index = 0; index < 7; index += 1) stripe.announce('customer.updated', { ...modelCustomer('cus_1', 'Ada'), created: startSeconds });
    let pages = 0;
    stripe.onAsk = (what) => {
      if (what !== 'events' || (pages += 1) !== 2) return;
      stripe.nowSeconds += 5;
      rename('Grace');
    };
    await sync();
    await sync();
    expect(nameOf('cus_1')).toBe('Grace');
  });

  it('that become visible up to an hour late are found', async () => {
    await sync();
    stripe.passDays(1);
    rename('Grace');
    await sync();
    const late = { ...modelCustomer('cus_late', 'Late'), created: stripe.nowSeconds - 3_000 };
    stripe.nowSeconds -= 3_000;
    stripe.announce('customer.created', late);
    stripe.nowSeconds += 3_300;
    await sync();
    expect(nameOf('cus_late')).toBe('Late');
  });

  it('of an object that is gone keep what the event tells, and stop nobody', async () => {
    await sync();
    stripe.announce('invoice.updated', { ...modelDraft('in_gone'), created: stripe.nowSeconds }, 'evt_gone');
    stripe.announce('subscription_schedule.updated', { id: 'sub_sched_1', object: 'subscription_schedule', subscription: 'sub_gone', created: stripe.nowSeconds }, 'evt_schedule');
    rename('Grace');
    await sync();
    expect(states()).toMatchObject({ evt_gone: 'projected', evt_schedule: 'projected' });
    expect(nameOf('cus_1')).toBe('Grace');
  });

  it('set aside are taken up again once they are retried, as is an object of a list', async () => {
    stripe.put('customers', { ...modelCustomer('cus_bad', 'Bad'), balance: 'much' });
    await sync();
    stripe.passDays(0.01);
    stripe.announce('customer.updated', { ...modelCustomer('cus_1', 'Ada'), balance: 'much', created: startSeconds }, 'evt_bad');
    await sync();
    expect(states()).toEqual({ cus_bad: 'parked', evt_bad: 'parked' });
    stripe.put('customers', modelCustomer('cus_bad', 'Good'));
    const inbox = createStripeInbox({ unitOfWork: ledger.database.unitOfWork, audit: createAuditLog({ clock: fixedClock(0) }) });
    expect(inbox.retry(['cus_bad', 'evt_unknown'])).toBe(1);
    stripe.passDays(0.01);
    await sync();
    expect(states()).toEqual({ cus_bad: 'projected', evt_bad: 'parked' });
    expect(nameOf('cus_bad')).toBe('Good');
    expect(inbox.retry(undefined)).toBe(1);
    await sync();
    expect(states()).toEqual({ cus_bad: 'projected', evt_bad: 'parked' });
  });

  it('set aside may be dismissed with a reason, which the audit log keeps; then it waits for nobody, is retried by nothing but its id, and stands in the log', async () => {
    await sync();
    stripe.passDays(0.01);
    stripe.announce('customer.updated', { ...modelCustomer('cus_1', 'Ada'), balance: 'much', created: startSeconds }, 'evt_bad');
    await sync();
    expect(states()).toMatchObject({ evt_bad: 'parked' });
    const audit = createAuditLog({ clock: fixedClock(0) });
    const inbox = createStripeInbox({ unitOfWork: ledger.database.unitOfWork, audit });
    expect(inbox.dismiss(['evt_bad', 'evt_bad', 'evt_unknown'], 'A test of the old server', { actor: 'ada', requestId: 'r1' })).toBe(1);
    expect(states()).toMatchObject({ evt_bad: 'unhandled' });
    expect(readStripeEvent(ledger.database, 'evt_bad')).toMatchObject({ state: 'unhandled', reasonCode: 'dismissed', reason: 'ada: A test of the old server' });
    expect(audit.listOf(ledger.database, 'stripe-event', 'evt_bad').map(({ actor, action }) => [actor, action])).toEqual([['ada', 'dismiss']]);
    expect([inbox.dismiss(['evt_bad'], 'again', { actor: 'ada', requestId: 'r2' }), inbox.retry(undefined)]).toEqual([0, 0]);
    await sync();
    expect(states()).toMatchObject({ evt_bad: 'unhandled' });
    expect(inbox.retry(['evt_bad'])).toBe(1);
    await sync();
    expect(states()).toMatchObject({ evt_bad: 'parked' });
  });
});

describe('balance transactions', () => {
  const status = (id: string): unknown => rows<{ status: string }>(`SELECT status FROM stripe_balance_transactions WHERE id = '${id}'`)[0]?.status;

  it('are listed on every run, up to 72 hours late, and posted', async () => {
    await sync();
    stripe.put('balance_transactions', modelFee('txn_new', stripe.nowSeconds));
    await sync();
    stripe.put('balance_transactions', { ...modelFee('txn_late', stripe.nowSeconds), created: stripe.nowSeconds - 71 * 3_600 });
    await sync();
    expect(rows("SELECT source_id FROM journal_entries WHERE source_type = 'stripe-balance-transaction' ORDER BY source_id")).toEqual([{ source_id: 'txn_late' }, { source_id: 'txn_new' }]);
  });

  it('are settled by the day they become available, long after they were last listed', async () => {
    await sync();
    stripe.put('balance_transactions', modelFee('txn_1', stripe.nowSeconds + 7 * 86_400));
    await sync();
    stripe.passDays(6);
    stripe.put('balance_transactions', modelFee('txn_2', stripe.nowSeconds + 7 * 86_400));
    await sync();
    expect([status('txn_1'), status('txn_2')]).toEqual(['pending', 'pending']);
    stripe.passDays(1);
    await sync();
    expect([status('txn_1'), status('txn_2')]).toEqual(['available', 'pending']);
  });
});
