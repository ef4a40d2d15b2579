/** A Stripe invoice in its panel: what is shown adds up to its total, billing credits and shipping too. */
import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createMirror } from '../mirror/mirror.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readInvoice } from './invoices.queries.ts';

const timeZone = new TimeZone('America/New_York');
const at = 1_792_209_599;

describe('a Stripe invoice in its panel', () => {
  it('shows billing credits and shipping as lines, and adds up', () => {
    using ledger = openTemporaryDatabase();
    const invoice = {
      id: 'in_1', object: 'invoice', customer: 'cus_1', currency: 'usd', status: 'open', subtotal: 10_000, total_discount_amounts: [{ amount: 1_000 }], total: 8_330, total_excluding_tax: 6_500, created: at, status_transitions: { finalized_at: at },
      total_taxes: [{ amount: 1_830 }], shipping_cost: { amount_subtotal: 500, amount_tax: 95, amount_total: 595 },
      lines: { data: [{ id: 'il_1', amount: 10_000, currency: 'usd', description: 'Requests', discount_amounts: [{ amount: 1_000, discount: 'di_1' }], pretax_credit_amounts: [{ amount: 1_000, type: 'discount' }, { amount: 3_000, type: 'credit_balance_transaction' }] }] },
    };
    ledger.database.unitOfWork.run('store', (writable) => createMirror({ timeZone }).store(writable, { id: 'in_1', object: 'invoice', text: JSON.stringify(invoice), value: invoice }, { observedAt: 1 }));
    const shown = readInvoice(ledger.database, 'in_1', { timeZone, now: at * 1000 });
    expect(shown?.lines.map(({ description, amountMinor }) => [description, amountMinor])).toEqual([['Requests', 10_000], ['Billing credits', -3_000], ['Shipping', 500]]);
    expect(shown).toMatchObject({ discountMinor: 1_000, subtotalMinor: 6_500, taxMinor: 1_830, totalMinor: 8_330 });
  });
});
