/** The global search over a few records of each kind. */
import { expect, test } from 'vitest';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { searchRecords } from './search.queries.ts';

function openRecords() {
  const ledger = openTemporaryDatabase();
  ledger.database.connection.exec(`
    INSERT INTO stripe_customers (id, name, email, created_at, observed_at, raw) VALUES ('cus_1', 'Bryn Title', 'Ap@Bryn.example', 1, 1, '{}'), ('cus_2', NULL, 'billing+7@rowan.example', 1, 1, '{}');
    INSERT INTO partners (id, name, billing_email, billing_address, tax_treatment, version, updated_at) VALUES ('p_1', 'Ashgrove', 'invoices@ashgrove.example', '[]', 'standard', 1, 1);
    INSERT INTO stripe_invoices (id, number, customer_id, status, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, created_at, observed_at, raw) VALUES
      ('in_1', 'MER-0001', 'cus_1', 'paid', 'usd', 0, 0, 0, 123456, 0, 0, 0, 1, 1, '{}'), ('in_2', 'MER-0002', 'cus_1', 'open', 'jpy', 0, 0, 0, 123456, 0, 0, 0, 2, 1, '{}'), ('in_3', 'MER-0003', 'cus_1', 'open', 'kwd', 0, 0, 0, 1234560, 0, 0, 0, 3, 1, '{}');
    INSERT INTO stripe_charges (id, customer_id, amount_minor, amount_refunded_minor, currency, status, is_paid, is_disputed, created_at, observed_at, raw) VALUES ('ch_1', 'cus_1', 123456, 0, 'usd', 'succeeded', 1, 0, 1, 1, '{}'), ('ch_2', 'cus_1', 5000, 0, 'usd', 'failed', 0, 0, 1, 1, '{}');
    INSERT INTO stripe_refunds (id, charge_id, amount_minor, currency, status, created_at, observed_at, raw) VALUES ('re_1', 'ch_1', 5000, 'usd', 'succeeded', 1, 1, '{}');
    INSERT INTO stripe_balance_transactions (id, type, reporting_category, amount_minor, fee_minor, net_minor, currency, source_id, status, created_at, created_on, available_at, observed_at, raw) VALUES ('txn_1', 'charge', 'charge', 123456, 0, 123456, 'usd', 'ch_1', 'available', 1, '2026-01-01', 1, 1, '{}')`);
  return ledger;
}

test.each([
  ['an amount of any currency', '1,234.56', ['invoice in_1', 'invoice in_3', 'payment ch_1']],
  ['an amount as Germans write it', '1.234,56', ['invoice in_1', 'invoice in_3', 'payment ch_1']],
  ['an amount of a currency', '1234.56 usd', ['invoice in_1', 'payment ch_1']],
  ['an amount of yen', '123456 JPY', ['invoice in_2']],
  ['an amount that went back too', '50', ['payment ch_2', 'payment re_1']],
  ['an e-mail address', 'ap@bryn.example', ['customer cus_1']],
  ['a part of an e-mail address', 'ROWAN.exa', ['customer cus_2']],
  ['a partner’s address', 'invoices@ash', ['partner p_1']],
  ['a payment that failed', 'ch_2', ['payment ch_2']],
  ['a balance transaction', 'txn_1', ['payment txn_1']],
  ['an invoice’s number', 'mer-0002', ['invoice in_2']],
  ['an amount nobody has', '99,999.99', []],
])('%s finds what it is', (_, text, found) => {
  using ledger = openRecords();
  expect(searchRecords(ledger.database, text, 20).map((hit) => `${hit.kind} ${hit.id}`).sort()).toEqual([...found].sort());
});

test('an amount says which it is, and leaves room for others', () => {
  using ledger = openRecords();
  expect(searchRecords(ledger.database, '1234.56 usd', 20)).toContainEqual({ kind: 'invoice', id: 'in_1', title: 'MER-0001', detail: '1234.56 USD, paid' });
  expect(searchRecords(ledger.database, '1234.56', 2)).toHaveLength(2);
});
