import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { createLedgerVerification } from '../ledger/ledger-verification.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { applicationRoot } from '../platform/resources.ts';
import { loadExchangeRates, openStripeDesk, startStripeWorld, type StripeWorld } from '../testing/stripe-desk.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';

const tableOfList: Readonly<Record<string, string>> = {
  balance_transactions: 'stripe_balance_transactions', charges: 'stripe_charges', payment_intents: 'stripe_payment_intents', customers: 'stripe_customers', products: 'stripe_products', prices: 'stripe_prices', coupons: 'stripe_coupons', subscriptions: 'stripe_subscriptions',
  subscription_items: 'stripe_subscription_items', invoices: 'stripe_invoices', invoice_payments: 'stripe_invoice_payments', invoiceitems: 'stripe_invoice_items', checkout_sessions: 'stripe_checkout_sessions', refunds: 'stripe_refunds', disputes: 'stripe_disputes', payouts: 'stripe_payouts', credit_notes: 'stripe_credit_notes',
};

const all = <Row>(database: SqliteDatabase, text: string): Row[] => database.all<Row>(sql(text, text));
const balanceOf = (database: SqliteDatabase, account: string): Record<string, number> =>
  Object.fromEntries(all<{ currency: string; balance: number }>(database, `SELECT currency, sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) AS balance FROM postings WHERE account_code = '${account}' GROUP BY currency ORDER BY currency`).filter((row) => row.balance !== 0).map((row) => [row.currency, row.balance]));
/** The books without what may differ between two desks: order, sequence, time of recording. */
const books = (database: SqliteDatabase): unknown[] =>
  all(database, 'SELECT e.idempotency_key, e.entry_date, e.kind, e.concerns_month, p.line_number, p.account_code, p.direction, p.amount_minor, p.currency, p.functional_amount_minor, p.rate, p.party_id FROM journal_entries e JOIN postings p ON p.entry_id = e.id ORDER BY e.idempotency_key, p.line_number');

function openLedger(world: Pick<StripeWorld, 'company'>) {
  const ledger = openTemporaryDatabase();
  ledger.database.transaction('rates', (database) => loadExchangeRates(database, world.company));
  return ledger;
}

/** Cancels once so many objects are stored. */
function stopAfter(objects: number, note = 'Reading'): WorkControl {
  const stop = new AbortController();
  return { signal: stop.signal, report: (progress) => { if (progress.note.startsWith(note) && progress.done >= objects) stop.abort(new Error('cancelled by the test')); } };
}

/** What the planted refunds and disputes took whose payments Stripe does not list, per currency: it waits on unapplied receipts. */
function takenWithoutPayment(world: StripeWorld): Record<string, number> {
  const taken: Record<string, number> = {};
  for (const { reason, currency, stripeAmountMinor } of world.company.manifest.plantedBreaks) {
    if (reason === 'orphan-refund' || reason === 'dispute-without-write-off') taken[currency] = (taken[currency] ?? 0) - (stripeAmountMinor ?? 0);
  }
  return taken;
}

describe.each([1, 2])('a refill of the small company, seed %i', (seed) => {
  let world: StripeWorld;
  let ledger: ReturnType<typeof openLedger>;
  beforeAll(async () => {
    world = await startStripeWorld('small', seed);
    ledger = openLedger(world);
    const result = await openStripeDesk(ledger.database, world).sync.sync({ isFull: false }, unattended);
    expect(result).toMatchObject({ account: world.company.manifest.gatewayAccountId, mode: 'test', isRefill: true, refused: 0, waiting: {} });
  });
  afterAll(async () => {
    ledger[Symbol.dispose]();
    await world[Symbol.asyncDispose]();
  });

  it('mirrors every object', () => {
    const { counts } = world.company.manifest;
    const mirrored = Object.fromEntries(Object.entries(tableOfList).map(([list, table]) => [list, all<{ count: number }>(ledger.database, `SELECT count(*) AS count FROM ${table}`)[0]?.count]));
    expect(mirrored).toEqual(Object.fromEntries(Object.keys(tableOfList).map((list) => [list, counts[list]])));
  });

  it('ends with Stripe’s own balance on the clearing account', () => {
    expect(balanceOf(ledger.database, '1100-stripe-clearing')).toEqual(Object.fromEntries(world.company.manifest.stripeBalance.filter((row) => row.atCreationMinor !== 0).map((row) => [row.currency, row.atCreationMinor])));
  });

  it('has exactly one entry for every balance transaction', () => {
    expect(all(ledger.database, "SELECT t.id FROM stripe_balance_transactions t WHERE (SELECT count(*) FROM journal_entries e WHERE e.source_type = 'stripe-balance-transaction' AND e.source_id = t.id) <> 1")).toEqual([]);
  });

  it('leaves on receivables what open invoices still ask for, unapplied what was taken back of payments that Stripe does not list, and nothing in suspense or for review', () => {
    const open = all<{ currency: string; owed: number }>(ledger.database, "SELECT currency, sum(amount_remaining_minor) AS owed FROM stripe_invoices WHERE status = 'open' GROUP BY currency ORDER BY currency");
    expect(balanceOf(ledger.database, '1200-accounts-receivable')).toEqual(Object.fromEntries(open.filter((row) => row.owed !== 0).map((row) => [row.currency, row.owed])));
    expect(balanceOf(ledger.database, '2000-unapplied-receipts')).toEqual(takenWithoutPayment(world));
    for (const account of ['9900-suspense', '9010-rounding', '2010-refunds-payable']) expect([account, balanceOf(ledger.database, account)]).toEqual([account, {}]);
    expect(all(ledger.database, 'SELECT * FROM review_items')).toEqual([]);
  });

  it('holds the customers’ credit that Stripe shows', () => {
    const credit = all<{ currency: string; balance: number }>(ledger.database, 'SELECT currency, sum(balance_minor) AS balance FROM stripe_customers WHERE balance_minor <> 0 GROUP BY currency');
    expect(balanceOf(ledger.database, '2020-customer-credit-balance')).toEqual(Object.fromEntries(credit.map((row) => [row.currency, row.balance])));
  });

  it('knows the forever coupons on every line', () => {
    expect(all(ledger.database, 'SELECT id FROM stripe_invoice_lines WHERE forever_percent_off IS NULL')).toEqual([]);
    expect(all<{ count: number }>(ledger.database, "SELECT count(*) AS count FROM stripe_invoice_lines WHERE forever_percent_off <> '0'")[0]?.count).toBeGreaterThan(0);
  });

  it('verifies as sound', async () => {
    expect(await createLedgerVerification({ readable: ledger.database }).verify(unattended)).toMatchObject({ isSound: true, firstFault: null });
  });

  it('changes nothing when it runs again, in part or in full', async () => {
    const before = books(ledger.database);
    const { sync } = openStripeDesk(ledger.database, world);
    expect(await sync.sync({ isFull: false }, unattended)).toMatchObject({ isRefill: false, posted: 0, refused: 0 });
    expect(await sync.sync({ isFull: true }, unattended)).toMatchObject({ isRefill: true, posted: 0, refused: 0, waiting: {} });
    expect(books(ledger.database)).toEqual(before);
  });

  it.each([1, 1_500, 6_000])('stopped after %i objects and begun again ends in the same books', async (objects) => {
    using other = openLedger(world);
    await expect(openStripeDesk(other.database, world).sync.sync({ isFull: false }, stopAfter(objects))).rejects.toThrow('cancelled by the test');
    await expect(openStripeDesk(other.database, world).sync.sync({ isFull: false }, stopAfter(400, 'Posting'))).rejects.toThrow('cancelled by the test');
    await openStripeDesk(other.database, world).sync.sync({ isFull: false }, unattended);
    expect(books(other.database)).toEqual(books(ledger.database));
  });

  it('killed in the middle and begun again ends in the same books', async () => {
    using other = openLedger(world);
    const code = `import { runKilledRefill } from ${JSON.stringify(join(applicationRoot(), 'src/main/testing/killed-refill.ts'))}; await runKilledRefill(${JSON.stringify({ file: other.file, url: world.sandbox.url, key: world.sandbox.secretKey, now: world.company.manifest.now })});`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface(child.stdout)) if (Number(line) > 3_000) child.kill('SIGKILL');
    if (child.signalCode === null && child.exitCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    // Lists are read side by side, so which of them had come so far is not fixed; that some had is.
    const rows = Object.values(tableOfList).map((table) => all<{ count: number }>(other.database, `SELECT count(*) AS count FROM ${table}`)[0]?.count ?? 0);
    expect(Math.max(...rows)).toBeGreaterThan(0);
    await openStripeDesk(other.database, world).sync.sync({ isFull: false }, unattended);
    expect(books(other.database)).toEqual(books(ledger.database));
    expect(await createLedgerVerification({ readable: other.database }).verify(unattended)).toMatchObject({ isSound: true });
  });
});

describe('a desk in a rough world', () => {
  let world: StripeWorld;
  beforeAll(async () => {
    world = await startStripeWorld('small', 1);
  });
  afterAll(() => world[Symbol.asyncDispose]());
  const refill = async (): Promise<Record<string, number>> => {
    using ledger = openLedger(world);
    await openStripeDesk(ledger.database, world, { pause: () => Promise.resolve() }).sync.sync({ isFull: false }, unattended);
    return balanceOf(ledger.database, '1100-stripe-clearing');
  };
  const truth = (): Record<string, number> => Object.fromEntries(world.company.manifest.stripeBalance.map((row) => [row.currency, row.atCreationMinor]));

  it('gets through failures, lost replies and limits to the same balance', async () => {
    world.sandbox.faults.failNext(3);
    world.sandbox.faults.failNext(2, '/v1/invoices');
    world.sandbox.faults.dropNextReplies(2, '/v1/charges');
    world.sandbox.faults.dropNextReplies(2, '/v1/balance_transactions');
    expect(await refill()).toEqual(truth());
    world.sandbox.faults.reset();
  });

  it('waits as long as a 429 says', async () => {
    using ledger = openLedger(world);
    const waits: number[] = [];
    world.sandbox.faults.set({ rateLimit: { accountPerSecond: 1_000, endpointPerSecond: 0 } });
    const { sync } = openStripeDesk(ledger.database, world, {
      pause: (milliseconds) => {
        waits.push(milliseconds);
        if (waits.length === 2) world.sandbox.faults.reset();
        return Promise.resolve();
      },
    });
    await sync.sync({ isFull: false }, unattended);
    expect(waits).toEqual([1_000, 1_000]);
    expect(balanceOf(ledger.database, '1100-stripe-clearing')).toEqual(truth());
  });

  it.each([
    ['says that a limit never ends', () => world.sandbox.faults.set({ rateLimit: { accountPerSecond: 0, endpointPerSecond: 0 } }), 'stripe-rate-limited'],
    ['says that Stripe is down', () => world.sandbox.faults.failNext(1_000), 'stripe-unreachable'],
  ])('%s, and remembers it', async (_, breakIt, code) => {
    using ledger = openLedger(world);
    breakIt();
    await expect(openStripeDesk(ledger.database, world, { pause: () => Promise.resolve() }).sync.sync({ isFull: false }, unattended)).rejects.toMatchObject({ code, isRetryable: true });
    world.sandbox.faults.reset();
    expect(all(ledger.database, "SELECT last_error_code FROM sync_cursors WHERE source = 'stripe/sync'")).toEqual([{ last_error_code: code }]);
  });

  it.each([
    ['no key', { key: undefined }, 'stripe-key-missing'],
    ['a publishable key', { key: 'pk_test_1234567890' }, 'stripe-key-invalid'],
    ['a key that Stripe does not know', { key: 'sk_test_51NotAKeyOfThisAccount' }, 'stripe-key-invalid'],
    ['an address where nobody listens', { apiBase: 'http://127.0.0.1:1' }, 'stripe-unreachable'],
    ['an address that is none', { apiBase: 'not an address' }, 'stripe-base-invalid'],
  ])('with %s it says so, without the key', async (_, options, code) => {
    using ledger = openLedger(world);
    const attempt = async (): Promise<unknown> => openStripeDesk(ledger.database, world, { ...options, pause: () => Promise.resolve() }).sync.sync({ isFull: false }, unattended);
    const error = await attempt().then(() => undefined, (thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(JSON.stringify([error, error instanceof Error ? [error.message, error.stack] : null])).not.toContain(('key' in options ? options.key : undefined) ?? 'sk_test_');
  });

  it('works with a restricted key that may only read', async () => {
    using ledger = openLedger(world);
    await openStripeDesk(ledger.database, world, { key: world.sandbox.restrictedKey }).sync.sync({ isFull: false }, unattended);
    expect(balanceOf(ledger.database, '1100-stripe-clearing')).toEqual(truth());
  });

  it.each([
    ['another account', 'gateway_account', 'acct_other', 'stripe-account-mismatch'],
    ['another mode', 'mode', 'live', 'stripe-mode-mismatch'],
  ])('refuses a key of %s before it stores anything', async (_, name, value, code) => {
    using ledger = openLedger(world);
    ledger.database.run(sql('setting', 'INSERT INTO ledger_settings VALUES (?, ?, 0)'), [name, value]);
    await expect(openStripeDesk(ledger.database, world).sync.sync({ isFull: false }, unattended)).rejects.toMatchObject({ code });
    expect(all(ledger.database, 'SELECT id FROM stripe_charges')).toEqual([]);
  });

  it('parks what has no exchange rate and posts it once there is one', async () => {
    using ledger = openTemporaryDatabase();
    using whole = openLedger(world);
    const { sync } = openStripeDesk(ledger.database, world);
    const first = await sync.sync({ isFull: false }, unattended);
    expect(first.waiting['exchange-rate-missing']).toBeGreaterThan(0);
    expect(all(ledger.database, "SELECT DISTINCT currency FROM postings")).toEqual([{ currency: 'usd' }]);
    ledger.database.transaction('rates', (database) => loadExchangeRates(database, world.company));
    expect(await sync.sync({ isFull: false }, unattended)).toMatchObject({ refused: 0, waiting: {} });
    await openStripeDesk(whole.database, world).sync.sync({ isFull: false }, unattended);
    expect(books(ledger.database)).toEqual(books(whole.database));
  });
});

describe('what happens at Stripe after the refill', () => {
  it('comes in by events and balance transactions; a rebuild from nothing ends in the same books', async () => {
    await using world = await startStripeWorld('small', 2);
    using ledger = openLedger(world);
    const { sync } = openStripeDesk(ledger.database, world);
    await sync.sync({ isFull: false }, unattended);
    const url = new URL(world.sandbox.url);
    const stripe = new Stripe(world.sandbox.secretKey, { host: url.hostname, port: url.port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
    const charge = (await stripe.charges.list({ limit: 100 })).data.find((one) => one.paid && one.amount_refunded === 0 && !one.disputed && one.currency === 'usd');
    await stripe.refunds.create({ charge: charge?.id ?? '' });
    const customer = await stripe.customers.create({ name: 'Late Customer' });
    await stripe.customers.createBalanceTransaction(customer.id, { amount: -900, currency: 'usd', description: 'Goodwill' });
    await stripe.customers.update(customer.id, { balance: -700 });
    const credit = balanceOf(ledger.database, '2020-customer-credit-balance')['usd'] ?? 0;
    const intent = await stripe.paymentIntents.create({ amount: 12_345, currency: 'usd', customer: customer.id, confirm: true, payment_method: 'pm_card_visa', automatic_payment_methods: { enabled: true, allow_redirects: 'never' } });
    expect(intent.status).toBe('succeeded');
    const result = await sync.sync({ isFull: false }, unattended);
    expect(result).toMatchObject({ isRefill: false, refused: 0, waiting: {} });
    expect(result.events.staged).toBeGreaterThan(0);
    const balance = await stripe.balance.retrieve();
    const atStripe: Record<string, number> = {};
    for (const part of [...balance.available, ...balance.pending]) atStripe[part.currency] = (atStripe[part.currency] ?? 0) + part.amount;
    expect(balanceOf(ledger.database, '1100-stripe-clearing')).toEqual(Object.fromEntries(Object.entries(atStripe).filter(([, amount]) => amount !== 0)));
    expect(balanceOf(ledger.database, '2000-unapplied-receipts')).toEqual({ usd: (takenWithoutPayment(world)['usd'] ?? 0) - 12_345 });
    // No event and no list of the account tells of credit given by hand.
    expect(balanceOf(ledger.database, '2020-customer-credit-balance')['usd']).toBe(credit - 700);
    expect(all(ledger.database, "SELECT memo FROM journal_entries WHERE kind = 'customer-credit-adjusted' ORDER BY memo")).toEqual([{ memo: `Credit of ${customer.id} lowered at Stripe: adjustment` }, { memo: `Credit of ${customer.id} raised at Stripe: Goodwill` }]);
    using rebuilt = openLedger(world);
    await openStripeDesk(rebuilt.database, world).sync.sync({ isFull: false }, unattended);
    expect(books(rebuilt.database)).toEqual(books(ledger.database));
  });

  it('whole payments that no event tells of are found by their balance transactions where these are read again', async () => {
    await using world = await startStripeWorld('small', 1);
    using ledger = openLedger(world);
    await openStripeDesk(ledger.database, world).sync.sync({ isFull: false }, unattended);
    for (const { collection, object } of world.company.breaksAfterRefill()) world.sandbox.insertObjects(collection, [object]);
    const { sync } = openStripeDesk(ledger.database, world);
    // They are older than the overlap: that is what reconciliation is for.
    expect(await sync.sync({ isFull: false }, unattended)).toMatchObject({ posted: 0 });
    await sync.sync({ isFull: true }, unattended);
    expect(balanceOf(ledger.database, '1100-stripe-clearing')).toEqual(Object.fromEntries(world.company.manifest.stripeBalance.map((row) => [row.currency, row.afterRefillMinor])));
  });
});
