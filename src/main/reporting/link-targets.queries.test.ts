import { expect, test } from 'vitest';
import { sql } from '../database/handles.ts';
import { postEntry, recordPayment } from '../testing/reconciliation-world.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { linkTargets } from './link-targets.queries.ts';

const usd = (...amounts: readonly number[]) => amounts.map((amountMinor) => ({ amountMinor, currency: 'usd' }));
const sorted = (amounts: readonly { readonly amountMinor: number; readonly currency: string }[] | undefined) => amounts?.toSorted((a, b) => a.amountMinor - b.amountMinor);
const charge = { id: 'txn_1', type: 'charge', reportingCategory: 'charge', sourceId: 'ch_1', amountMinor: 1_000, feeMinor: 59, currency: 'usd', createdAt: 0, availableAt: 0 };

test('each kind is found by what people call it, with everything it comes to', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  database.unitOfWork.run('world', (writable) => {
    postEntry(writable, 12, 'entry-12', '2026-11-16', charge);
    recordPayment(writable, 1, charge, { paymentId: 'pi_own' });
    writable.run(sql('test.transaction', "INSERT INTO stripe_balance_transactions (id, type, reporting_category, amount_minor, fee_minor, net_minor, currency, source_id, status, created_at, created_on, available_at, observed_at, raw) VALUES ('txn_1', 'charge', 'charge', 1000, 59, 941, 'usd', 'ch_1', 'available', 0, '2026-11-16', 0, 0, '{}')"));
    writable.run(sql('test.payout', "INSERT INTO stripe_payouts (id, amount_minor, currency, status, arrival_at, created_at, observed_at, raw) VALUES ('po_1', 4000, 'usd', 'paid', 0, 0, 0, '{}')"));
    writable.run(sql('test.customer', "INSERT INTO stripe_customers (id, is_deleted, created_at, observed_at, raw, balance_minor) VALUES ('cus_1', 0, 0, 0, '{}', 0)"));
    writable.run(sql('test.waiting', `INSERT INTO provisional_entries (id, idempotency_key, entry_date, recorded_at, input_hash, body) VALUES ('waits', 'k', '2026-11-16', 0, 'h', '{"sourceId":"txn_2","postings":[{"amount":77,"currency":"usd"}]}')`));
  });
  const find = (kind: Parameters<typeof linkTargets.find>[1]['kind'], id: string) => {
    const found = linkTargets.find(database, { kind, id });
    return found && { id: found.id, amounts: sorted(found.amounts), ...(found.sourceId === null ? {} : { sourceId: found.sourceId }) };
  };
  expect(find('journal-entry', '12')).toEqual({ id: 'entry-12', sourceId: 'txn_1', amounts: usd(59, 941, 1_000) });
  expect(find('journal-entry', 'entry-12')).toEqual(find('journal-entry', '12'));
  expect(find('journal-entry', 'waits')).toEqual({ id: 'waits', sourceId: 'txn_2', amounts: usd(77) });
  expect(find('payment', 'pi_own')).toEqual({ id: 'pi_own', amounts: usd(941, 1_000) });
  expect(find('payment', 'ch_1')).toEqual({ id: 'ch_1', amounts: usd(941, 1_000) });
  expect(find('gateway-object', 'txn_1')).toEqual({ id: 'txn_1', amounts: usd(941, 1_000) });
  expect(find('gateway-object', 'po_1')).toEqual({ id: 'po_1', amounts: usd(4_000) });
  expect(find('gateway-object', 'cus_1')).toEqual({ id: 'cus_1', amounts: [] });
  for (const [kind, id] of [['journal-entry', '13'], ['journal-entry', '1x'], ['journal-entry', ''], ['invoice', 'entry-12'], ['payment', 'po_1'], ['gateway-object', 'pi_own']] as const) expect(find(kind, id)).toBeUndefined();
});

test('an invoice is found by its number, ours and Stripe’s', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  database.unitOfWork.run('world', (writable) => {
    writable.run(sql('test.stripe-invoice', "INSERT INTO stripe_invoices (id, number, status, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, starting_balance_minor, ending_balance_minor, is_paid_out_of_band, created_at, observed_at, raw) VALUES ('in_1', 'ABC-0001', 'open', 'usd', 500, 0, 0, 500, 0, 480, 480, 0, 0, 0, 0, 0, '{}')"));
  });
  for (const id of ['in_1', 'ABC-0001']) expect(linkTargets.find(database, { kind: 'invoice', id })).toEqual({ id: 'in_1', sourceId: null, amounts: expect.arrayContaining(usd(500, 480, 0)) });
});
