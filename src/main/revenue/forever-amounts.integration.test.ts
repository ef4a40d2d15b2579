import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sql } from '../database/handles.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';

const backfill = /UPDATE stripe_invoice_lines[^;]+;/.exec(readFileSync(join(migrationsFolder('sqlite'), '0054-forever-amounts-off.sql'), 'utf8'))?.[0] ?? '';

it('what forever coupons of a fixed amount took off is read from the raw lines of an older ledger', () => {
  using ledger = openTemporaryDatabase();
  const { connection } = ledger.database;
  connection.exec(`INSERT INTO stripe_coupons (id, amount_off_minor, currency, duration, created_at, observed_at, raw) VALUES ('five', 500, 'usd', 'forever', 0, 0, '{}'), ('once', 500, 'usd', 'once', 0, 0, '{}')`);
  connection.exec(`INSERT INTO stripe_coupons (id, percent_off, duration, created_at, observed_at, raw) VALUES ('tenth', '10', 'forever', 0, 0, '{}')`);
  const invoice = connection.prepare(`INSERT INTO stripe_invoices (id, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, created_at, observed_at, raw) VALUES (?, 'usd', 0, 0, 0, 0, 0, 0, 0, 0, 0, ?)`);
  const line = connection.prepare(`INSERT INTO stripe_invoice_lines (id, invoice_id, line_index, amount_minor, discount_minor, tax_minor, currency, is_proration, raw) VALUES (?, ?, 0, 1000, ?, 0, 'usd', 0, ?)`);
  const add = (name: string, discounts: unknown, amounts: readonly { discount: string; amount: number }[]): void => {
    invoice.run(`in_${name}`, JSON.stringify({ discounts }));
    line.run(name, `in_${name}`, amounts.reduce((sum, { amount }) => sum + amount, 0), JSON.stringify({ discount_amounts: amounts }));
  };
  add('by id', [{ id: 'di', source: { coupon: 'five' } }], [{ discount: 'di', amount: 167 }]);
  add('expanded', [{ id: 'di', source: { coupon: { id: 'gone', duration: 'forever', amount_off: 300 } } }], [{ discount: 'di', amount: 100 }]);
  add('older', [{ id: 'di', coupon: { id: 'five', duration: 'forever', amount_off: 500, percent_off: null } }], [{ discount: 'di', amount: 500 }]);
  add('beside others', [{ id: 'a', source: { coupon: 'five' } }, { id: 'b', source: { coupon: 'once' } }, { id: 'c', source: { coupon: 'tenth' } }], [{ discount: 'a', amount: 250 }, { discount: 'b', amount: 250 }, { discount: 'c', amount: 50 }]);
  add('once', [{ id: 'di', source: { coupon: 'once' } }], [{ discount: 'di', amount: 500 }]);
  add('unknown', ['di'], [{ discount: 'di', amount: 500 }]);
  add('none', null, []);
  connection.exec(backfill);
  expect(ledger.database.all(sql('test.off', 'SELECT id, forever_off_minor AS off FROM stripe_invoice_lines ORDER BY rowid'))).toEqual([
    { id: 'by id', off: 167 }, { id: 'expanded', off: 100 }, { id: 'older', off: 500 }, { id: 'beside others', off: 250 }, { id: 'once', off: 0 }, { id: 'unknown', off: 0 }, { id: 'none', off: 0 },
  ]);
});
