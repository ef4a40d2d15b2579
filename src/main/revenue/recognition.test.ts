/** From Stripe's objects to recognised months: the whole road, with the figures of domain.md §7. */
import { describe, expect, it } from 'vitest';
import { month } from '../../shared/calendar/local-date.ts';
import { sql } from '../database/handles.ts';
import { replayHistory, type Delivery } from '../testing/history-replay.ts';
import type { History, HistoryObject, Version } from '../testing/stripe-history.ts';

/** Noon in New York is the same day in UTC. */
const at = (day: string): number => Date.parse(`${day}T17:00:00Z`) / 1000;
const noEvents: History['truth'] = { receivable: {}, customerCredit: {}, clearing: {}, unapplied: {}, refundsPayable: {}, withoutCredit: [] };

function historyOf(versions: readonly Version[], endsOn: string): History {
  const rates = [{ base: 'eur', on: '2025-12-01', rate: '1.107' }, { base: 'eur', on: '2026-02-01', rate: '1.2' }];
  return { seed: 0, versions: versions.toSorted((a, b) => a.at - b.at), events: [], rates, startsAt: at('2025-12-01'), endsAt: at(endsOn), truth: noEvents };
}
const made = (list: Version['list'], name: string, id: string, on: string, fields: Record<string, unknown>, seenOn = on): Version => ({ at: at(seenOn), list, object: { id, object: name, created: at(on), ...fields } as HistoryObject });

interface Sold {
  readonly amount: number;
  readonly from: string;
  readonly to: string;
  readonly currency?: string;
}
const line = (id: string, { amount, from, to, currency = 'usd' }: Sold) => ({
  id, object: 'line_item', amount, currency, quantity: 1, period: { start: at(from), end: at(to) }, parent: { type: 'subscription_item_details', subscription_item_details: { subscription: 'sub_1', subscription_item: 'si_1' } }, discount_amounts: [], taxes: [],
});
/** A paid invoice with its charge; `seenOn` is when Stripe shows it. */
function paidInvoice(sold: readonly Sold[], on: string, seenOn = on): Version[] {
  const total = sold.reduce((sum, one) => sum + one.amount, 0);
  const currency = sold[0]?.currency ?? 'usd';
  const transitions = { finalized_at: at(on), paid_at: at(on), voided_at: null, marked_uncollectible_at: null };
  return [
    made('invoices', 'invoice', 'in_1', on, { customer: 'cus_1', currency, status: 'paid', total, subtotal: total, amount_due: total, amount_paid: total, amount_remaining: 0, starting_balance: 0, ending_balance: 0, lines: { object: 'list', has_more: false, data: sold.map((one, index) => line(`il_${index + 1}`, one)) }, status_transitions: transitions }, seenOn),
    made('invoice_payments', 'invoice_payment', 'inpay_1', on, { invoice: 'in_1', amount_paid: total, amount_requested: total, currency, status: 'paid', status_transitions: { paid_at: at(on) }, payment: { type: 'payment_intent', payment_intent: 'pi_1' } }, seenOn),
    made('charges', 'charge', 'ch_1', on, { amount: total, amount_captured: total, amount_refunded: 0, currency, customer: 'cus_1', payment_intent: 'pi_1', balance_transaction: 'txn_1', paid: true, status: 'succeeded' }, seenOn),
    moved('txn_1', 'charge', 'charge', total, 'ch_1', on, currency, seenOn),
  ];
}
const moved = (id: string, type: string, category: string, amount: number, source: string, on: string, currency = 'usd', seenOn = on): Version =>
  made('balance_transactions', 'balance_transaction', id, on, { type, reporting_category: category, amount, fee: 0, net: amount, currency, source, status: 'available', available_on: at(on) }, seenOn);
const refunded = (amount: number, on: string): Version[] => [made('refunds', 'refund', 're_1', on, { amount, currency: 'usd', charge: 'ch_1', payment_intent: 'pi_1', status: 'succeeded', balance_transaction: 'txn_2' }), moved('txn_2', 'refund', 'refund', -amount, 're_1', on)];
const disputed = (amount: number, on: string, wonOn: string): Version[] => [
  made('disputes', 'dispute', 'du_1', on, { amount, currency: 'usd', charge: 'ch_1', payment_intent: 'pi_1', status: 'won', reason: 'fraudulent' }), moved('txn_2', 'adjustment', 'dispute', -amount, 'du_1', on), moved('txn_3', 'adjustment', 'dispute_reversal', amount, 'du_1', wonOn),
];

const listRecognised = sql(
  'test.recognised',
  `SELECT e.idempotency_key AS key, e.entry_date AS day, p.currency, CASE p.direction WHEN 'credit' THEN p.amount_minor ELSE -p.amount_minor END AS minor, CASE p.direction WHEN 'credit' THEN p.functional_amount_minor ELSE -p.functional_amount_minor END AS functional
     FROM journal_entries e JOIN postings p ON p.entry_id = e.id WHERE e.kind = 'recognition' AND p.account_code LIKE '4%' ORDER BY e.ledger_sequence`,
);
const listReturned = sql('test.returned', "SELECT p.account_code AS account, CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END AS minor FROM journal_entries e JOIN postings p ON p.entry_id = e.id WHERE e.kind = 'refund' ORDER BY p.line_number");
const sumDeferred = sql('test.deferred', "SELECT coalesce(sum(CASE direction WHEN 'debit' THEN functional_amount_minor ELSE -functional_amount_minor END), 0) AS functional, coalesce(sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END), 0) AS minor FROM postings WHERE account_code = '2100-deferred-revenue'");

interface Recognised {
  readonly key: string;
  readonly day: string;
  readonly currency: string;
  readonly minor: number;
  readonly functional: number;
}

async function recognise(history: History, delivery: Partial<Delivery> = {}) {
  using told = await replayHistory(history, { seed: 0, syncsAt: [history.endsAt], lost: 0, healsByListing: true, recognises: true, closesMonths: false, ...delivery });
  expect({ refused: told.refused, waiting: told.waiting }).toEqual({ refused: 0, waiting: {} });
  return { entries: told.database.all<Recognised>(listRecognised), returned: told.database.all(listReturned), deferred: told.database.get(sumDeferred) };
}
const amounts = (entries: readonly Recognised[]): [string, number][] => entries.map(({ key, minor }) => [key, minor]);

describe('a line is recognised month by month', () => {
  it('31.00 from 15 January for a month: 17.00 and 14.00', async () => {
    const { entries, deferred } = await recognise(historyOf(paidInvoice([{ amount: 3_100, from: '2026-01-15', to: '2026-02-15' }], '2026-01-15'), '2026-03-05'));
    expect(entries).toEqual([{ key: 'recognition/il_1/2026-01', day: '2026-01-31', currency: 'usd', minor: 1_700, functional: 1_700 }, { key: 'recognition/il_1/2026-02', day: '2026-02-28', currency: 'usd', minor: 1_400, functional: 1_400 }]);
    expect(deferred).toEqual({ minor: 0, functional: 0 });
  });

  it('120.00 for a year, refunded on 28 February: 19.40 contra, 100.60 never earned', async () => {
    const { entries, returned, deferred } = await recognise(historyOf([...paidInvoice([{ amount: 12_000, from: '2026-01-01', to: '2027-01-01' }], '2026-01-01'), ...refunded(12_000, '2026-02-28')], '2026-05-05'));
    expect(returned).toEqual([{ account: '1100-stripe-clearing', minor: -12_000 }, { account: '2100-deferred-revenue', minor: 10_060 }, { account: '4810-refunds', minor: 1_940 }]);
    expect(amounts(entries)).toEqual([['recognition/il_1/2026-01', 1_019], ['recognition/il_1/2026-02', 921]]);
    expect(deferred).toEqual({ minor: 0, functional: 0 });
  });

  it('a dispute that is won in March is made up for in March', async () => {
    const { entries, deferred } = await recognise(historyOf([...paidInvoice([{ amount: 9_000, from: '2026-01-01', to: '2026-04-01' }], '2026-01-01'), ...disputed(9_000, '2026-01-31', '2026-03-15')], '2026-05-05'));
    expect(amounts(entries)).toEqual([['recognition/il_1/2026-01', 3_100], ['recognition/il_1/2026-03', 5_900]]);
    expect(deferred).toEqual({ minor: 0, functional: 0 });
  });

  it('a dispute that is won in the middle of a month leaves no trace: it gives back what it took, as on its day', async () => {
    const { entries, deferred } = await recognise(historyOf([...paidInvoice([{ amount: 9_000, from: '2026-01-01', to: '2026-04-01' }], '2026-01-01'), ...disputed(9_000, '2026-01-31', '2026-02-15')], '2026-05-05'));
    expect(amounts(entries)).toEqual([['recognition/il_1/2026-01', 3_100], ['recognition/il_1/2026-02', 2_800], ['recognition/il_1/2026-03', 3_100]]);
    expect(deferred).toEqual({ minor: 0, functional: 0 });
  });

  it('an invoice that is given up earns no more, and what it had still to earn when it is paid after all', async () => {
    const invoice = (status: string, paidOn: string | null) => ({ customer: 'cus_1', currency: 'usd', status, total: 9_000, subtotal: 9_000, amount_due: 9_000, amount_paid: paidOn ? 9_000 : 0, amount_remaining: paidOn ? 0 : 9_000, starting_balance: 0, ending_balance: 0, lines: { object: 'list', has_more: false, data: [line('il_1', { amount: 9_000, from: '2026-01-01', to: '2026-04-01' })] }, status_transitions: { finalized_at: at('2026-01-01'), paid_at: paidOn ? at(paidOn) : null, voided_at: null, marked_uncollectible_at: at('2026-01-31') } });
    const givenUp = made('invoices', 'invoice', 'in_1', '2026-01-01', invoice('uncollectible', null), '2026-01-31');
    const late = paidInvoice([{ amount: 9_000, from: '2026-01-01', to: '2026-04-01' }], '2026-04-10').filter(({ list }) => list !== 'invoices');
    expect(amounts((await recognise(historyOf([givenUp], '2026-05-05'))).entries)).toEqual([['recognition/il_1/2026-01', 3_100]]);
    const { entries, deferred } = await recognise(historyOf([{ ...givenUp, object: { ...givenUp.object, ...invoice('paid', '2026-04-10') } }, ...late], '2026-05-05'));
    expect(amounts(entries)).toEqual([['recognition/il_1/2026-01', 3_100], ['recognition/il_1/2026-04', 5_900]]);
    expect(deferred).toEqual({ minor: 0, functional: 0 });
    // Marked as paid outside: no payment tells of it. In the midst of the service as well.
    for (const paidOn of ['2026-02-10', '2026-04-10']) {
      const paid = { ...givenUp, object: { ...givenUp.object, ...invoice('paid', paidOn) } };
      const byPayment = await recognise(historyOf([paid, ...paidInvoice([{ amount: 9_000, from: '2026-01-01', to: '2026-04-01' }], paidOn).filter(({ list }) => list !== 'invoices')], '2026-05-05'));
      const outside = await recognise(historyOf([paid], '2026-05-05'));
      expect([amounts(outside.entries), outside.deferred]).toEqual([amounts(byPayment.entries), { minor: 0, functional: 0 }]);
    }
  });

  it('what gives back and what asks anew, each for itself', async () => {
    const { entries } = await recognise(historyOf(paidInvoice([{ amount: -3_000, from: '2026-04-21', to: '2026-05-01' }, { amount: 4_000, from: '2026-04-21', to: '2026-05-01' }, { amount: 12_000, from: '2026-05-01', to: '2026-06-01' }], '2026-05-01'), '2026-07-05'));
    expect(amounts(entries)).toEqual([['recognition/il_1/2026-05', -3_000], ['recognition/il_2/2026-05', 4_000], ['recognition/il_3/2026-05', 12_000]]);
  });

  it('in euros at the rate its deferral was booked at, whatever the rate later', async () => {
    const { entries, deferred } = await recognise(historyOf(paidInvoice([{ amount: 3_100, from: '2026-01-15', to: '2026-02-15', currency: 'eur' }], '2026-01-15'), '2026-03-05'));
    expect(entries.map(({ minor, functional }) => [minor, functional])).toEqual([[1_700, 1_882], [1_400, 1_550]]);
    expect(deferred).toEqual({ minor: 0, functional: 0 });
  });
});

describe('a month counts as recognised', () => {
  it('before anything was deferred, and after that only once it is', async () => {
    const history = historyOf(paidInvoice([{ amount: 3_100, from: '2026-02-15', to: '2026-03-15' }], '2026-02-15'), '2026-04-05');
    using told = await replayHistory(history, { seed: 0, syncsAt: [history.endsAt], lost: 0, healsByListing: true, recognises: false, closesMonths: false });
    const standing = (): boolean[] => ['2026-01', '2026-02', '2026-03'].map((text) => told.recognition.isMonthRecognised(month(text)));
    told.database.unitOfWork.run('forget', (database) => database.run(sql('test.forget', 'DELETE FROM recognised_months')));
    expect(standing()).toEqual([true, false, false]);
    await told.recognition.recogniseMonth(month('2026-02'));
    expect(standing()).toEqual([true, true, false]);
    await told.recognition.recogniseDue();
    expect(standing()).toEqual([true, true, true]);
  });
});

describe('an invoice of January that is seen in March', () => {
  const late = historyOf(paidInvoice([{ amount: 9_000, from: '2026-01-01', to: '2026-04-01' }], '2026-01-01', '2026-03-10'), '2026-04-05');
  const early = historyOf([...paidInvoice([{ amount: 100, from: '2026-01-01', to: '2026-01-01' }], '2026-01-01').map((version) => ({ ...version, object: JSON.parse(JSON.stringify(version.object).replaceAll('_1"', '_0"')) as HistoryObject })), ...late.versions], '2026-04-05');
  const syncsAt = [at('2026-02-03'), at('2026-03-03'), early.endsAt];

  it('is recognised in its months while they are open', async () => {
    expect(amounts((await recognise(early, { syncsAt })).entries)).toEqual([['recognition/il_1/2026-01', 3_100], ['recognition/il_1/2026-02', 2_800], ['recognition/il_1/2026-03', 3_100]]);
  });

  it('is recognised in the first open month when they are closed', async () => {
    expect(amounts((await recognise(early, { syncsAt, closesMonths: true })).entries)).toEqual([['recognition/il_1/2026-03', 9_000]]);
  });
});

it('a refund of January that is seen in March corrects what was recognised meanwhile', async () => {
  const refund = refunded(9_000, '2026-01-31').map((version) => ({ ...version, at: at('2026-03-10') }));
  const history = historyOf([...paidInvoice([{ amount: 9_000, from: '2026-01-01', to: '2026-04-01' }], '2026-01-01'), ...refund], '2026-04-05');
  const syncsAt = [at('2026-02-03'), at('2026-03-03'), history.endsAt];
  expect(amounts((await recognise(history, { syncsAt })).entries)).toEqual([['recognition/il_1/2026-01', 3_100], ['recognition/il_1/2026-02', 2_800], ['recognition/il_1/2026-02/2', -2_800]]);
  const closed = await recognise(history, { syncsAt, closesMonths: true });
  expect(amounts(closed.entries)).toEqual([['recognition/il_1/2026-01', 3_100], ['recognition/il_1/2026-02', 2_800], ['recognition/il_1/2026-03', -2_800]]);
  expect(closed.deferred).toEqual({ minor: 0, functional: 0 });
});
