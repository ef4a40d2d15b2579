import { expect, test } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { postEntry } from '../testing/reconciliation-world.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readOpenItems } from './open-items.queries.ts';

const zone = new TimeZone('America/New_York');
const october = localDate('2026-10-31');
const insertInvoice = sql('test.invoice', "INSERT INTO stripe_invoices (id, number, customer_id, status, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, starting_balance_minor, is_paid_out_of_band, due_at, finalised_at, paid_at, voided_at, created_at, observed_at, raw) VALUES (?, ?, 'cus_1', ?, 'usd', 500, 0, 0, 500, 0, 500, 500, ?, 0, ?, ?, ?, ?, 0, 0, '{}')");
const insertPart = sql('test.part', "INSERT INTO stripe_invoice_payments (id, invoice_id, amount_paid_minor, amount_requested_minor, currency, status, paid_at, created_at, observed_at, raw) VALUES (?, ?, ?, 500, 'usd', 'paid', ?, 0, 0, '{}')");
const at = (day: string): number => Date.parse(`${day}T15:00:00Z`);

test('an invoice is open as it stood on that day, whatever became of it since; what the account holds beyond them is said by itself', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  database.unitOfWork.run('world', (writable) => {
    const invoice = (id: string, status: string, { paid = null, voided = null, due = null, finalised = '2026-10-05', balance = 0 }: { paid?: string | null; voided?: string | null; due?: string | null; finalised?: string; balance?: number }) =>
      writable.run(insertInvoice, [id, `N-${id}`, status, balance, due === null ? null : at(due), at(finalised), paid === null ? null : at(paid), voided === null ? null : at(voided)]);
    invoice('open', 'open', { due: '2026-10-21' });
    invoice('paid-later', 'paid', { paid: '2026-11-02' });
    invoice('paid', 'paid', { paid: '2026-10-30' });
    invoice('void-later', 'void', { voided: '2026-11-02' });
    invoice('void', 'void', { voided: '2026-10-30' });
    invoice('next-month', 'open', { finalised: '2026-11-01' });
    invoice('with-credit', 'open', { balance: -200 });
    writable.run(insertPart, ['part', 'open', 120, at('2026-10-20')]);
    writable.run(insertPart, ['part-later', 'open', 80, at('2026-11-03')]);
    postEntry(writable, 1, 'entry-1', '2026-10-16', { id: 'txn_1', type: 'charge', reportingCategory: 'charge', sourceId: null, amountMinor: 1_000, feeMinor: 0, currency: 'usd', createdAt: 0, availableAt: 0 });
  });
  const items = readOpenItems(database, october, zone);
  expect(items.map(({ kind, number, openMinor, daysOverdue }) => [kind, number, openMinor, daysOverdue])).toEqual([
    ['stripe', 'N-open', 380, 10], ['stripe', 'N-paid-later', 500, 0], ['stripe', 'N-void-later', 500, 0], ['stripe', 'N-with-credit', 300, 0],
    ['account', null, -1_000, 0], ['account', null, -1_680, 0],
  ]);
  // Whatever the mirror and the books say otherwise, the list comes to the account.
  expect(items.reduce((sum, item) => sum + item.openMinor, 0)).toBe(-1_000);
});
