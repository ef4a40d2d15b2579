/** Every reporting category, made at the sandbox, listed over HTTP and posted: what moves Stripe's balance moves the books, and by the same amount. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sql } from '../database/handles.ts';
import { createLedgerVerification } from '../ledger/ledger-verification.ts';
import { unattended } from '../platform/work-control.ts';
import { loadExchangeRates, openStripeDesk, startStripeWorld, type StripeWorld } from '../testing/stripe-desk.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';

const categories = [
  ['risk_reserved_funds', 'reserved_funds', -1_000, 'reserve', '1120-gateway-reserves'], ['connect_reserved_funds', 'reserve_transaction', 400, 'reserve', '1120-gateway-reserves'], ['topup', 'topup', 20_000, 'top-up', '1020-cash-in-transit'],
  ['topup_reversal', 'topup_reversal', -20_000, 'top-up-returned', '1020-cash-in-transit'], ['transfer', 'transfer', -7_000, 'transfer', '1130-connected-accounts'], ['transfer_reversal', 'transfer_refund', 7_000, 'transfer-returned', '1130-connected-accounts'],
  ['connect_collection_transfer', 'connect_collection_transfer', 300, 'transfer', '1130-connected-accounts'], ['platform_earning', 'application_fee', 900, 'platform-fee', '4040-revenue-platform-fees'], ['platform_earning_refund', 'application_fee_refund', -100, 'platform-fee-returned', '4040-revenue-platform-fees'],
  ['fee', 'stripe_fee', -299, 'gateway-fee', '5000-payment-fees'], ['tax', 'tax_fee', -57, 'gateway-tax', '5000-payment-fees'], ['network_cost', 'payment_network_cost', -12, 'gateway-fee', '5000-payment-fees'], ['payout', 'payout', -5_000, 'payout', '1020-cash-in-transit'],
  ['payout_reversal', 'payout_failure', 5_000, 'payout-returned', '1020-cash-in-transit'], ['refund_failure', 'refund_failure', 250, 'refund-failed', '2010-refunds-payable'], ['charge', 'payment', 8_000, 'payment', '2000-unapplied-receipts'],
  ['charge_failure', 'payment_failure_refund', -8_000, 'payment-failed', '2000-unapplied-receipts'], ['partial_capture_reversal', 'refund', -30, 'payment-uncaptured', '2000-unapplied-receipts'], ['refund', 'refund', -40, 'refund', '2000-unapplied-receipts'],
  ['dispute', 'adjustment', -60, 'dispute', '2000-unapplied-receipts'], ['dispute_reversal', 'adjustment', 60, 'dispute-reinstated', '2000-unapplied-receipts'], ['financing_payout', 'advance', 50_000, 'financing', '2300-gateway-financing'],
  ['financing_paydown', 'anticipation_repayment', -2_500, 'financing', '2300-gateway-financing'], ['contribution', 'contribution', -150, 'contribution', '5030-climate-contributions'], ['issuing_transaction', 'issuing_transaction', -420, 'card-spending', '5040-card-spending'],
  ['issuing_authorization_hold', 'issuing_authorization_hold', -99, 'reserve', '1120-gateway-reserves'], ['other_adjustment', 'adjustment', -5, 'adjustment', '9900-suspense'], ['never_heard_of', 'never_heard_of', 77, 'unknown', '9900-suspense'],
] as const;

const listEntries = sql('test.entries', "SELECT e.source_id AS id, e.kind, p.account_code AS account, CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END AS minor FROM journal_entries e JOIN postings p ON p.entry_id = e.id WHERE e.source_type = 'stripe-balance-transaction' AND p.account_code <> '1100-stripe-clearing'");
const sumClearing = sql('test.clearing', "SELECT sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) AS minor FROM postings WHERE account_code = '1100-stripe-clearing' AND currency = 'usd'");
const listReviews = sql('test.reviews', 'SELECT subject_id AS id, code FROM review_items ORDER BY subject_id');

let world: StripeWorld;
let ledger: TemporaryDatabase;
beforeAll(async () => {
  world = await startStripeWorld('small', 1);
  ledger = openTemporaryDatabase();
  ledger.database.transaction('rates', (writable) => loadExchangeRates(writable, world.company));
  await openStripeDesk(ledger.database, world).sync.sync({ isFull: false }, unattended);
});
afterAll(async () => {
  ledger[Symbol.dispose]();
  await world[Symbol.asyncDispose]();
});

async function move(category: string, type: string, amount: number): Promise<string> {
  const response = await fetch(new URL(`/_sandbox/balance/${category}/move`, world.sandbox.url), { method: 'POST', body: JSON.stringify({ type, amount, currency: 'usd' }) });
  expect(response.status).toBe(200);
  return ((await response.json()) as { id: string }).id;
}

it('moves the account its rule names, by what Stripe moved; what nobody knows has a review item', async () => {
  const before = ledger.database.get<{ minor: number }>(sumClearing)?.minor ?? 0;
  const made: { id: string; kind: string; account: string; minor: number }[] = [];
  for (const [category, type, amount, kind, account] of categories) made.push({ id: await move(category, type, amount), kind, account, minor: -amount });
  expect(await openStripeDesk(ledger.database, world).sync.sync({ isFull: false }, unattended)).toMatchObject({ isRefill: false, refused: 0, waiting: {} });
  const posted = new Map(ledger.database.all<{ id: string; kind: string; account: string; minor: number }>(listEntries).map((row) => [row.id, row]));
  for (const one of made) expect(posted.get(one.id)).toEqual(one);
  expect(ledger.database.get<{ minor: number }>(sumClearing)?.minor).toBe(before + categories.reduce((sum, [, , amount]) => sum + amount, 0));
  const inSuspense = made.filter(({ account }) => account === '9900-suspense').map(({ id }) => ({ id, code: 'balance-transaction-unknown' }));
  expect(ledger.database.all(listReviews)).toEqual(inSuspense.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  expect(await createLedgerVerification({ readable: ledger.database }).verify(unattended)).toMatchObject({ isSound: true });
});
