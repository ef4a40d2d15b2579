/** Payments and customers of the demo company through the contract: every filter against the same question asked of all rows in plain code. */
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { paymentStatuses } from '../../shared/api/payments.contract.ts';
import { toDecimalString } from '../../shared/money/money.ts';
import { sql } from '../database/handles.ts';
import { openReadingDesk, type ReadingDesk } from '../testing/reading-desk.ts';

type PaymentRow = Awaited<ReturnType<ReadingDesk['payments']['list']>>['rows'][number];
type PaymentFilter = NonNullable<Parameters<ReadingDesk['payments']['list']>[0]['filter']>;
type CustomerRow = Awaited<ReturnType<ReadingDesk['customers']['list']>>['rows'][number];

let desk: ReadingDesk;
let everyPayment: PaymentRow[];
let everyCustomer: CustomerRow[];

async function readAll<Row>(ask: (startAt: number) => Promise<{ rows: Row[]; total: number }>): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await ask(rows.length);
    rows.push(...page.rows);
    if (rows.length >= page.total || page.rows.length === 0) return rows;
  }
}

beforeAll(async () => {
  desk = await openReadingDesk(2);
  everyPayment = await readAll((startAt) => desk.payments.list({ startAt, limit: 173 }));
  everyCustomer = await readAll((startAt) => desk.customers.list({ startAt, limit: 7 }));
});
afterAll(() => desk?.[Symbol.asyncDispose]());

const count = (text: string): number => desk.database.get<{ count: number }>(sql(text, text))?.count ?? 0;
const sumsOf = (rows: readonly PaymentRow[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const row of rows) sums[row.amount.currency] = (sums[row.amount.currency] ?? 0) + (row.hasMovedMoney ? row.amount.amount : 0);
  return sums;
};

describe('the payout of a payment', () => {
  test('is known of everything an automatic payout pays: what is tied to it sums to it', () => {
    const payouts = desk.database.all<{ id: string; amount: number; automatic: number }>(sql('test.payouts', "SELECT id, amount_minor AS amount, json_extract(raw, '$.automatic') AS automatic FROM stripe_payouts WHERE status <> 'failed'"));
    const tied = new Map(desk.database.all<{ id: string; net: number }>(sql('test.tied', 'SELECT t.payout_id AS id, sum(b.net_minor) AS net FROM stripe_payout_ties t JOIN stripe_balance_transactions b ON b.id = t.balance_transaction_id GROUP BY 1')).map((row) => [row.id, row.net]));
    expect(payouts.length).toBeGreaterThan(10);
    for (const { id, amount, automatic } of payouts) expect([id, tied.get(id)]).toEqual([id, automatic === 1 ? amount : undefined]);
  });

  test('stands in the list, on its record and in the file, and finds its payments', async () => {
    const row = everyPayment.find((payment) => payment.payoutId !== null && payment.kind === 'charge');
    const payoutId = row?.payoutId ?? '';
    expect(payoutId).toMatch(/^po_/);
    expect(await desk.payments.show({ id: row?.id ?? '' })).toMatchObject({ payoutId, payoutStanding: 'named', payout: { id: payoutId }, transactions: [{ payoutId }] });
    const of = await readAll((startAt) => desk.payments.list({ startAt, limit: 200, filter: { text: payoutId } }));
    expect(of.map((payment) => payment.id).toSorted()).toEqual(everyPayment.filter((payment) => payment.payoutId === payoutId).map((payment) => payment.id).toSorted());
    expect((await desk.payments.exportCsv({ filter: { text: payoutId } })).text).toContain(payoutId);
  });

  test('that is not named says why', async () => {
    const unnamed = everyPayment.filter((payment) => payment.payoutId === null);
    const standings = new Set<string>();
    for (const { id } of unnamed.slice(0, 60)) standings.add((await desk.payments.show({ id })).payoutStanding);
    expect(standings.has('named')).toBe(false);
    expect([...standings]).toEqual(expect.arrayContaining(['nothing-moved', 'not-available']));
    const [latest] = desk.database.all<{ id: string; source: string }>(sql('test.latest', "SELECT id, source_id AS source FROM stripe_balance_transactions b WHERE type = 'charge' AND available_at > 0 AND NOT EXISTS (SELECT 1 FROM stripe_payout_ties WHERE balance_transaction_id = b.id) ORDER BY available_at DESC LIMIT 1"));
    const standingOf = async (): Promise<string> => (await desk.payments.show({ id: latest?.source ?? '' })).payoutStanding;
    desk.database.transaction('test', (writable) => {
      writable.run(sql('test.available', 'UPDATE stripe_balance_transactions SET available_at = created_at WHERE id = ?'), [latest?.id ?? '']);
    });
    expect(await standingOf()).toBe('not-paid-out');
    const add = (id: string, automatic: boolean): void => void desk.database.run(sql('test.payout', 'INSERT INTO stripe_payouts SELECT ?, 100, currency, ?, NULL, created_at + 1, created_at + 1, 0, ? FROM stripe_balance_transactions WHERE id = ?'), [id, 'paid', JSON.stringify({ automatic }), latest?.id ?? '']);
    add('po_by_hand', false);
    expect(await standingOf()).toBe('by-hand');
    add('po_unread', true);
    expect(await standingOf()).toBe('not-read');
    desk.database.run(sql('test.away', "DELETE FROM stripe_payouts WHERE id IN ('po_by_hand', 'po_unread')"));
  });
});

describe('the list of payments', () => {
  test('has every charge, refund and dispute once, and the intents that came to no charge', () => {
    const { counts } = desk.company.manifest;
    const kinds = Object.groupBy(everyPayment, (row) => row.kind);
    expect([kinds.charge?.length, kinds.refund?.length, kinds.dispute?.length]).toEqual([counts['charges'], counts['refunds'], counts['disputes']]);
    expect(kinds.intent?.length).toBe(count('SELECT count(*) AS count FROM stripe_payment_intents i WHERE NOT EXISTS (SELECT 1 FROM stripe_charges h WHERE h.payment_intent_id = i.id)'));
    expect(kinds.intent?.length).toBeGreaterThan(0);
    expect(new Set(everyPayment.map((row) => row.id)).size).toBe(everyPayment.length);
    expect(everyPayment.map((row) => row.createdAt)).toEqual(everyPayment.map((row) => row.createdAt).toSorted((a, b) => b - a));
  });

  test('settles to what Stripe moved: amounts, fees and net per currency', () => {
    const settled = (pick: 'amountMinor' | 'feeMinor' | 'netMinor') => {
      const sums: Record<string, number> = {};
      for (const { settled: figures } of everyPayment) if (figures) sums[figures.currency] = (sums[figures.currency] ?? 0) + figures[pick];
      return sums;
    };
    const truth = (column: string) => Object.fromEntries(desk.database.all<{ currency: string; sum: number }>(sql(column, `SELECT currency, sum(${column}) AS sum FROM stripe_balance_transactions WHERE source_id LIKE 'ch%' OR source_id LIKE 'py%' OR source_id LIKE 're%' OR source_id LIKE 'du%' GROUP BY currency`)).map((row) => [row.currency, row.sum]));
    expect([settled('amountMinor'), settled('feeMinor'), settled('netMinor')]).toEqual([truth('amount_minor'), truth('fee_minor'), truth('net_minor')]);
  });

  test('says of each whether it moved money, as its balance transactions do', () => {
    for (const row of everyPayment) expect([row.kind, row.status, row.hasMovedMoney]).toEqual([row.kind, row.status, (row.settled?.amountMinor ?? 0) !== 0]);
    expect(new Set(everyPayment.filter((row) => row.kind === 'dispute').map((row) => row.hasMovedMoney)).size).toBe(2);
  });

  const customer = (row: PaymentRow | undefined): string => row?.customerId ?? '';
  const filters: [string, () => PaymentFilter, (row: PaymentRow) => boolean][] = [
    ['by kind', () => ({ kind: 'refund' }), (row) => row.kind === 'refund'],
    ...paymentStatuses.map((status): [string, () => PaymentFilter, (row: PaymentRow) => boolean] => [`by status ${status}`, () => ({ status }), (row) => row.status === status]),
    ['by month in the reporting zone', () => ({ month: '2026-03' }), (row) => row.createdOn.startsWith('2026-03')],
    ['by days, both included', () => ({ from: '2026-03-30', to: '2026-04-02' }), (row) => row.createdOn >= '2026-03-30' && row.createdOn <= '2026-04-02'],
    ['by month and days', () => ({ month: '2026-03', from: '2026-03-20', to: '2026-05-01' }), (row) => row.createdOn >= '2026-03-20' && row.createdOn <= '2026-03-31'],
    ['by currency', () => ({ currency: 'kwd' }), (row) => row.amount.currency === 'kwd'],
    ['by customer', () => ({ customerId: customer(everyPayment[3]) }), (row) => row.customerId === customer(everyPayment[3])],
    ['by customer and kind', () => ({ customerId: customer(everyPayment.find((row) => row.kind === 'dispute')), kind: 'dispute' }), (row) => row.kind === 'dispute' && row.customerId === customer(everyPayment.find((each) => each.kind === 'dispute'))],
    ['by an amount of any currency', () => ({ amount: '39.98' }), (row) => toDecimalString(Math.abs(row.amount.amount), row.amount.currency).replace(/(\.\d\d)0$/, '$1') === '39.98'],
    ['by an amount of a currency', () => ({ amount: '6,400 jpy' }), (row) => row.amount.currency === 'jpy' && Math.abs(row.amount.amount) === 6_400],
    ['by what is no amount', () => ({ amount: 'a lot' }), () => false],
    ['by a part of a customer’s name', () => ({ text: 'deeds' }), (row) => /deeds/i.test(row.customerName) || (everyCustomer.find((each) => each.id === row.customerId)?.email ?? '').includes('deeds')],
    ['by nearly every customer', () => ({ text: 'billing+' }), (row) => row.customerId !== null],
    ['by a failure', () => ({ text: 'insufficient' }), (row) => row.failureCode === 'insufficient_funds'],
    ['by signs that mean something to a search', () => ({ text: '100%_\\' }), () => false],
    ['by the id of a charge, with what takes it back', () => ({ text: everyPayment.find((row) => row.kind === 'refund')?.chargeId ?? '' }), (row) => [row.id, row.chargeId].includes(everyPayment.find((each) => each.kind === 'refund')?.chargeId ?? '')],
    ['by the id of an invoice', () => ({ text: everyPayment.find((row) => row.invoices.length > 0)?.invoices[0]?.id ?? '' }), (row) => row.invoices.some((invoice) => invoice.id === everyPayment.find((each) => each.invoices.length > 0)?.invoices[0]?.id)],
  ];

  test.each(filters)('filtered %s is what a person would pick out of all rows', async (_, filter, fits) => {
    const expected = everyPayment.filter(fits);
    for (const direction of ['descending', 'ascending'] as const) {
      const found = await readAll((startAt) => desk.payments.list({ startAt, limit: 100, filter: filter(), sort: { column: 'createdAt', direction } }));
      expect(found.map((row) => row.id)).toEqual((direction === 'descending' ? expected : expected.toReversed()).map((row) => row.id));
    }
    const { total, sums, groups } = await desk.payments.list({ limit: 1, filter: filter() });
    expect(total).toBe(expected.length);
    expect(Object.fromEntries(sums.map((sum) => [sum.currency, sum.amount]))).toEqual(sumsOf(expected));
    expect(groups.reduce((sum, group) => sum + group.count, 0)).toBe(total);
  });

  test('by amount is in the order of amounts, refunds before what they take back', async () => {
    const rows = await readAll((startAt) => desk.payments.list({ startAt, limit: 500, sort: { column: 'amount', direction: 'ascending' } }));
    expect(rows.map((row) => row.amount.amount)).toEqual(everyPayment.map((row) => row.amount.amount).toSorted((a, b) => a - b));
  });

  test('as CSV has exactly the rows of the list, in its order, over several parts', async () => {
    for (const input of [{}, { filter: { status: 'failed' as const } }, { filter: { currency: 'kwd' }, sort: { column: 'amount' as const, direction: 'ascending' as const } }]) {
      let text = '';
      let cursor: string | null = null;
      let parts = 0;
      do {
        const part: Awaited<ReturnType<ReadingDesk['payments']['exportCsv']>> = await desk.payments.exportCsv({ ...input, cursor });
        text += part.text;
        cursor = part.nextCursor;
        parts += 1;
      } while (cursor !== null);
      const shown = await readAll((startAt) => desk.payments.list({ ...input, startAt, limit: 500 }));
      const lines = parse(text, { columns: true }) as Record<string, string>[];
      expect(lines.map((line) => line['Id'])).toEqual(shown.map((row) => row.id));
      expect(lines.map((line) => `${line['Amount']} ${line['Currency']}`)).toEqual(shown.map((row) => `${toDecimalString(row.amount.amount, row.amount.currency)} ${row.amount.currency.toUpperCase()}`));
      if (Object.keys(input).length === 0) expect(parts).toBe(Math.ceil(everyPayment.length / 500));
    }
    await expect(desk.payments.exportCsv({ cursor: '{"sortKey":{}}' })).rejects.toMatchObject({ code: 'cursor-invalid' });
  });
});

describe('one payment', () => {
  test('is found by each of its ids, with invoices, entries and the objects as they came', async () => {
    const paid = everyPayment.find((row) => row.kind === 'charge' && row.status === 'refunded' && row.invoices.length > 0);
    if (!paid) throw new Error('The company has no refunded payment of an invoice.');
    const payment = await desk.payments.show({ id: paid.id });
    for (const id of [paid.paymentIntentId ?? '', payment.transactions[0]?.id ?? '']) expect((await desk.payments.show({ id })).id).toBe(paid.id);
    expect(payment.ties.map((tie) => tie.invoiceId)).toEqual(paid.invoices.map((invoice) => invoice.id));
    expect(payment.related.map((row) => row.kind)).toContain('refund');
    expect(payment.journalEntryIds.length).toBeGreaterThan(0);
    for (const id of payment.journalEntryIds) expect((await desk.ledger.show({ id })).sources.map((source) => source.id)).toContain(paid.id);
    expect(payment.rawObjects.map((object) => object.kind)).toEqual(expect.arrayContaining(['charge', 'payment_intent', 'balance_transaction']));
    expect(JSON.parse(payment.rawObjects[0]?.raw ?? '')).toMatchObject({ id: paid.id, object: 'charge' });
    const refund = await desk.payments.show({ id: payment.related.find((row) => row.kind === 'refund')?.id ?? '' });
    expect(refund).toMatchObject({ chargeId: paid.id, hasMovedMoney: true, amount: { currency: paid.amount.currency } });
  });

  test('that failed says why, and has moved nothing', async () => {
    const failed = everyPayment.find((row) => row.status === 'failed');
    expect(await desk.payments.show({ id: failed?.id ?? '' })).toMatchObject({ failureCode: expect.stringMatching(/_/), failureMessage: expect.stringMatching(/\.$/), settled: null, hasMovedMoney: false, journalEntryIds: [] });
  });

  test('shows no secret that could finish it', async () => {
    const intent = everyPayment.find((row) => row.kind === 'intent');
    const { rawObjects } = await desk.payments.show({ id: intent?.id ?? '' });
    expect(rawObjects[0]?.raw).toContain('"client_secret":"(hidden)"');
    expect(JSON.stringify(rawObjects)).not.toContain('_secret_');
  });

  test('that is not there is said to be not there', async () => {
    await expect(desk.payments.show({ id: 'ch_nobody' })).rejects.toMatchObject({ code: 'payment-not-found' });
  });
});

describe('the list of customers', () => {
  test('has every customer once, and adds up to MRR, payments and open invoices', () => {
    const { manifest } = desk.company;
    expect(everyCustomer).toHaveLength(manifest.counts['customers'] ?? 0);
    expect(everyCustomer.reduce((sum, row) => sum + (row.mrr?.amount ?? 0), 0)).toBe(manifest.mrr.at(-1)?.mrrMinor);
    const collected: Record<string, number> = {};
    for (const row of everyCustomer) for (const { amount, currency } of row.lifetimePaid) collected[currency] = (collected[currency] ?? 0) + amount;
    expect(collected).toEqual(Object.fromEntries(desk.database.all<{ currency: string; sum: number }>(sql('collected', "SELECT currency, sum(amount_minor - amount_refunded_minor) AS sum FROM stripe_charges WHERE status = 'succeeded' GROUP BY currency")).map((row) => [row.currency, row.sum])));
  });

  test('sums what they owe', async () => {
    const { sums } = await desk.customers.list({});
    expect(sums).toEqual(desk.database.all(sql('owed', "SELECT sum(amount_remaining_minor) AS amount, currency FROM stripe_invoices WHERE status = 'open' GROUP BY currency ORDER BY currency")));
    const owing = await readAll((startAt) => desk.customers.list({ startAt, filter: { standing: 'owing' } }));
    expect(owing.map((row) => row.id).sort()).toEqual(everyCustomer.filter((row) => row.openReceivable.length > 0).map((row) => row.id).sort());
  });

  test.each([
    ['country', { country: 'GB' }, (row: CustomerRow) => row.country === 'GB'],
    ['e-mail', { text: 'BILLING+3' }, (row: CustomerRow) => row.email?.includes('billing+3') === true],
    ['standing', { standing: 'subscribed' as const }, (row: CustomerRow) => row.activeSubscriptions > 0],
    ['credit', { standing: 'in-credit' as const }, (row: CustomerRow) => (row.balance?.amount ?? 0) < 0],
  ])('filtered by %s is what a person would pick', async (_, filter, fits) => {
    const found = await readAll((startAt) => desk.customers.list({ startAt, filter }));
    expect(found.map((row) => row.id)).toEqual(everyCustomer.filter(fits).map((row) => row.id));
  });

  test.each(['mrr', 'openReceivable', 'lifetimePaid', 'createdOn', 'country', 'name'] as const)('ordered by %s, down is up turned around', async (column) => {
    const down = await readAll((startAt) => desk.customers.list({ startAt, limit: 11, sort: { column, direction: 'descending' } }));
    const up = await readAll((startAt) => desk.customers.list({ startAt, limit: 500, sort: { column, direction: 'ascending' } }));
    expect(new Set(down.map((row) => row.id)).size).toBe(everyCustomer.length);
    const rank = (row: CustomerRow): number => (column === 'mrr' ? (row.mrr?.amount ?? 0) : 0);
    expect(down.map(rank)).toEqual(up.map(rank).toReversed());
    if (column === 'mrr') expect(down.map(rank)).toEqual(down.map(rank).toSorted((a, b) => b - a));
    if (column === 'openReceivable' || column === 'lifetimePaid') {
      const ofDollars = (await desk.customers.list({ limit: 500, filter: { currency: 'usd' }, sort: { column, direction: 'descending' } })).rows.map((row) => row[column][0]?.amount ?? 0);
      expect(ofDollars.some((amount) => amount > 0)).toBe(true);
      expect(ofDollars).toEqual(ofDollars.toSorted((a, b) => b - a));
    }
    if (column === 'name') expect(up.map((row) => row.name.toLowerCase())).toEqual(up.map((row) => row.name.toLowerCase()).toSorted());
  });

  test('as CSV is the list', async () => {
    const part = await desk.customers.exportCsv({ filter: { country: 'GB' } });
    expect((parse(part.text, { columns: true }) as Record<string, string>[]).map((line) => line['Id'])).toEqual(everyCustomer.filter((row) => row.country === 'GB').map((row) => row.id));
    expect(part.nextCursor).toBeNull();
  });
});

describe('one customer', () => {
  test('has subscriptions, invoices, payments and entries that are only theirs', async () => {
    const row = everyCustomer.find((each) => each.openReceivable.length > 0);
    const customer = await desk.customers.show({ id: row?.id ?? '' });
    expect(customer).toMatchObject({ id: row?.id, openReceivable: row?.openReceivable, lifetimePaid: row?.lifetimePaid });
    expect(customer.subscriptions.length).toBe(count(`SELECT count(*) AS count FROM stripe_subscriptions WHERE customer_id = '${row?.id}'`));
    expect(customer.invoicesTotal).toBe(count(`SELECT count(*) AS count FROM stripe_invoices WHERE customer_id = '${row?.id}'`));
    expect(customer.paymentsTotal).toBe(everyPayment.filter((each) => each.customerId === row?.id).length);
    expect(customer.entriesTotal).toBe(count(`SELECT count(DISTINCT entry_id) AS count FROM postings WHERE party_id = '${row?.id}'`));
    expect(customer.rawObjects[0]).toMatchObject({ kind: 'customer', id: row?.id });
    await expect(desk.customers.show({ id: 'cus_nobody' })).rejects.toMatchObject({ code: 'customer-not-found' });
  });
});

describe('an answer that is remembered', () => {
  test('is asked anew when somebody has written', async () => {
    const before = await desk.payments.list({ limit: 1, filter: { currency: 'usd' } });
    desk.database.connection.exec("INSERT INTO stripe_charges (id, amount_minor, amount_refunded_minor, currency, status, is_paid, is_disputed, created_at, observed_at, raw) VALUES ('ch_later', 5, 0, 'usd', 'succeeded', 1, 0, 1, 1, '{}')");
    const after = await desk.payments.list({ limit: 1, filter: { currency: 'usd' } });
    desk.database.connection.exec("DELETE FROM stripe_charges WHERE id = 'ch_later'");
    expect([after.total - before.total, (after.sums[0]?.amount ?? 0) - (before.sums[0]?.amount ?? 0)]).toEqual([1, 5]);
  });
});
