import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { foreverAmountOff, foreverPercentOff } from './discounts.ts';
import { createMirror, type MirroredObject } from './mirror.ts';

const mirror = createMirror({ timeZone: new TimeZone('America/New_York') });
const object = (value: Record<string, unknown> & { id: string; object: string }, text = JSON.stringify(value)): MirroredObject => ({ id: value.id, object: value.object, text, value });
const store = (database: SqliteDatabase, value: MirroredObject, observedAt = 1) => database.unitOfWork.run('store', (writable) => mirror.store(writable, value, { observedAt }));
const all = (database: SqliteDatabase, text: string): unknown[] => database.all(sql(text, text));

const transaction = (change: Record<string, unknown> = {}) => ({ id: 'txn_1', object: 'balance_transaction', type: 'charge', amount: 1_000, fee: 59, net: 941, currency: 'USD', created: 1_792_209_599, status: 'pending', source: 'ch_1', ...change });

describe('the mirror', () => {
  it('keeps the newest observation, whatever arrives last', () => {
    using ledger = openTemporaryDatabase();
    const customer = (name: string) => object({ id: 'cus_1', object: 'customer', name, created: 1 });
    expect([store(ledger.database, customer('second'), 2), store(ledger.database, customer('first'), 1), store(ledger.database, customer('third'), 3)]).toEqual(['stored', 'older-than-known', 'stored']);
    expect(all(ledger.database, 'SELECT name, observed_at FROM stripe_customers')).toEqual([{ name: 'third', observed_at: 3 }]);
  });

  it('files a balance transaction under its day in the reporting zone and keeps the rate as it was written', () => {
    using ledger = openTemporaryDatabase();
    const value = transaction({ exchange_rate: 0.0067 });
    store(ledger.database, object(value, JSON.stringify(value).replace('0.0067', '0.006700')));
    expect(all(ledger.database, 'SELECT created_on, exchange_rate, currency, reporting_category FROM stripe_balance_transactions')).toEqual([{ created_on: '2026-10-16', exchange_rate: '0.006700', currency: 'usd', reporting_category: 'charge' }]);
  });

  it('keeps the daily totals with every change', () => {
    using ledger = openTemporaryDatabase();
    store(ledger.database, object(transaction()));
    store(ledger.database, object(transaction({ id: 'txn_2', amount: 500, fee: 0, net: 500 })));
    store(ledger.database, object(transaction({ status: 'available' })), 2);
    store(ledger.database, object(transaction({ id: 'txn_2', amount: 400, fee: 10, net: 390 })), 2);
    expect(all(ledger.database, 'SELECT * FROM balance_daily_totals')).toEqual([{ day_on: '2026-10-16', currency: 'usd', type: 'charge', kind: 'payment', transactions: 2, amount_minor: 1_400, fee_minor: 69, net_minor: 1_331 }]);
    ledger.database.run(sql('delete', "DELETE FROM stripe_balance_transactions WHERE id = 'txn_1'"));
    expect(all(ledger.database, 'SELECT transactions, amount_minor, fee_minor, net_minor FROM balance_daily_totals')).toEqual([{ transactions: 1, amount_minor: 400, fee_minor: 10, net_minor: 390 }]);
  });

  it('keeps what each tax of an invoice and of a note says of its jurisdiction: by name, embedded, or as older versions did', () => {
    using ledger = openTemporaryDatabase();
    const invoice = (id: string, taxes: Record<string, unknown>) => object({ id, object: 'invoice', currency: 'eur', total: 119, created: 1, lines: { data: [] }, ...taxes });
    store(ledger.database, object({ id: 'txr_1', object: 'tax_rate', display_name: 'VAT', country: 'DE', state: null, jurisdiction: 'DE', created: 1 }));
    store(ledger.database, invoice('in_named', { total_taxes: [{ amount: 19, tax_rate_details: { tax_rate: 'txr_1' } }, { amount: 0, tax_rate_details: { tax_rate: 'txr_2' } }] }));
    store(ledger.database, invoice('in_embedded', { total_taxes: [{ amount: 19, tax_rate_details: { tax_rate: 'txr_2' } }], default_tax_rates: [{ id: 'txr_2', country: 'US', state: 'NY' }] }));
    store(ledger.database, invoice('in_old', { total_tax_amounts: [{ amount: 12, tax_rate: { id: 'txr_3', country: 'FR' } }, { amount: 7, tax_rate: 'txr_4' }], lines: { data: [{ id: 'il_1', amount: 100, tax_rates: [{ id: 'txr_4', country: 'IT' }] }] } }));
    store(ledger.database, invoice('in_untaxed', {}));
    store(ledger.database, object({ id: 'cn_1', object: 'credit_note', invoice: 'in_named', currency: 'eur', total: 119, created: 1, total_taxes: [{ amount: 19, tax_rate_details: { tax_rate: 'txr_1' } }] }));
    expect(all(ledger.database, 'SELECT id, tax_parts FROM stripe_invoices UNION ALL SELECT id, tax_parts FROM stripe_credit_notes UNION ALL SELECT id, country FROM stripe_tax_rates ORDER BY id')).toEqual([
      { id: 'cn_1', tax_parts: '[[19,"txr_1",null,null]]' }, { id: 'in_embedded', tax_parts: '[[19,"txr_2","US","NY"]]' }, { id: 'in_named', tax_parts: '[[19,"txr_1",null,null]]' },
      { id: 'in_old', tax_parts: '[[12,"txr_3","FR",null],[7,"txr_4","IT",null]]' }, { id: 'in_untaxed', tax_parts: null }, { id: 'txr_1', tax_parts: 'DE' },
    ]);
  });

  it('takes what a credit note gave back by a payment record for money outside, not for the customer’s credit', () => {
    using ledger = openTemporaryDatabase();
    const refunds = [{ type: 'refund', refund: 're_1', amount_refunded: 30 }, { type: 'payment_record_refund', refund: null, payment_record_refund: { payment_record: 'pr_1', refund_group: 'rg_1' }, amount_refunded: 20 }];
    store(ledger.database, object({ id: 'cn_1', object: 'credit_note', invoice: 'in_1', currency: 'eur', total: 119, pre_payment_amount: 0, post_payment_amount: 119, out_of_band_amount: 9, refunds, created: 1 }));
    expect(all(ledger.database, 'SELECT out_of_band_minor, customer_balance_minor FROM stripe_credit_notes')).toEqual([{ out_of_band_minor: 29, customer_balance_minor: 60 }]);
    expect(all(ledger.database, 'SELECT refund_id, amount_minor FROM stripe_credit_note_refunds')).toEqual([{ refund_id: 're_1', amount_minor: 30 }]);
  });

  it('replaces the lines of an invoice with the invoice, and knows its forever coupons by name or whole', () => {
    using ledger = openTemporaryDatabase();
    store(ledger.database, object({ id: 'ten', object: 'coupon', duration: 'forever', percent_off: 10, created: 1 }));
    const line = (id: string, discounts: string[], amount = 1_000) => ({ id, object: 'line_item', amount, currency: 'usd', period: { start: 1, end: 2 }, discount_amounts: discounts.map((discount) => ({ amount: 100, discount })), parent: { type: 'subscription_item_details', subscription_item_details: { subscription: 'sub_1', subscription_item: 'si_1', proration: true } }, pricing: { price_details: { price: 'price_1', product: 'prod_1' }, unit_amount_decimal: '1000' }, taxes: [{ amount: 70, tax_behavior: 'exclusive' }] });
    const invoice = (...lines: object[]) => object({
      id: 'in_1', object: 'invoice', currency: 'usd', total: 1_000, created: 1, status: 'open', lines: { data: lines }, parent: { subscription_details: { subscription: 'sub_1' } },
      discounts: [{ id: 'di_by_name', source: { coupon: 'ten' } }, { id: 'di_whole', source: { coupon: { id: 'gone', duration: 'forever', percent_off: 20 } } }, { id: 'di_once', source: { coupon: { id: 'once', duration: 'once', percent_off: 50 } } }],
    });
    store(ledger.database, invoice(line('il_old', [])));
    store(ledger.database, invoice(line('il_1', ['di_by_name']), line('il_2', ['di_by_name', 'di_whole']), line('il_3', ['di_once']), line('il_4', ['di_unknown'])), 2);
    expect(all(ledger.database, 'SELECT id, line_index, subscription_item_id, price_id, is_proration, discount_minor, tax_minor, forever_percent_off FROM stripe_invoice_lines ORDER BY line_index')).toEqual([
      { id: 'il_1', line_index: 0, subscription_item_id: 'si_1', price_id: 'price_1', is_proration: 1, discount_minor: 100, tax_minor: 70, forever_percent_off: '10' },
      { id: 'il_2', line_index: 1, subscription_item_id: 'si_1', price_id: 'price_1', is_proration: 1, discount_minor: 200, tax_minor: 70, forever_percent_off: '28' },
      { id: 'il_3', line_index: 2, subscription_item_id: 'si_1', price_id: 'price_1', is_proration: 1, discount_minor: 100, tax_minor: 70, forever_percent_off: '0' },
      { id: 'il_4', line_index: 3, subscription_item_id: 'si_1', price_id: 'price_1', is_proration: 1, discount_minor: 100, tax_minor: 70, forever_percent_off: null },
    ]);
  });

  it('drops items that a subscription no longer has', () => {
    using ledger = openTemporaryDatabase();
    const subscription = (...items: string[]) => object({ id: 'sub_1', object: 'subscription', customer: 'cus_1', status: 'active', currency: 'usd', created: 1, items: { data: items.map((id) => ({ id, price: { id: `price_of_${id}` }, quantity: 2, created: 1 })) } });
    store(ledger.database, subscription('si_1', 'si_2'));
    store(ledger.database, subscription('si_2', 'si_3'), 2);
    expect(all(ledger.database, 'SELECT id, price_id FROM stripe_subscription_items ORDER BY id')).toEqual([{ id: 'si_2', price_id: 'price_of_si_2' }, { id: 'si_3', price_id: 'price_of_si_3' }]);
  });

  it.each([253_402_214_401, Number.MAX_SAFE_INTEGER, -2_208_988_800])('takes nothing of the second %d, which no calendar has', (second) => {
    using ledger = openTemporaryDatabase();
    expect(() => store(ledger.database, object(transaction({ available_on: second })), 1)).toThrow(expect.objectContaining({ code: 'stripe-object-malformed', data: { field: 'available_on', object: 'balance_transaction' } }));
  });

  it('takes no balance transaction whose net is not its amount less its fee: no entry could be made of it', () => {
    using ledger = openTemporaryDatabase();
    expect(() => store(ledger.database, object(transaction({ fee: 60 })), 1)).toThrow(expect.objectContaining({ code: 'stripe-object-malformed', data: { field: 'net', object: 'balance_transaction' } }));
    expect(all(ledger.database, 'SELECT id FROM stripe_balance_transactions')).toEqual([]);
  });

  it('leaves what it had when an object is malformed', () => {
    using ledger = openTemporaryDatabase();
    store(ledger.database, object(transaction()));
    expect(() => store(ledger.database, object(transaction({ amount: '10.00' })), 2)).toThrow(expect.objectContaining({ code: 'stripe-object-malformed', data: { field: 'amount', object: 'balance_transaction' } }));
    expect(all(ledger.database, 'SELECT amount_minor FROM stripe_balance_transactions')).toEqual([{ amount_minor: 1_000 }]);
  });

  it.each([['toString'], ['card'], ['']])('keeps no objects of the kind “%s”', (kind) => {
    using ledger = openTemporaryDatabase();
    expect(store(ledger.database, object({ id: 'x', object: kind }))).toBe('not-mirrored');
  });
});

describe('forever coupons together', () => {
  const terms = new Map([['a', { duration: 'forever', percentOff: '25.5' }], ['b', { duration: 'forever', percentOff: '100' }], ['c', { duration: 'repeating', percentOff: '40' }], ['d', { duration: 'forever', percentOff: null }]]);
  it.each([[[], '0'], [['a'], '25.5'], [['b'], '100'], [['c'], '0'], [['d'], '0'], [['a', 'a'], '44.4975'], [['a', 'b'], '100'], [['z'], null]] as const)('%j take off %s', (ids, percent) => {
    expect(foreverPercentOff(ids, terms)).toBe(percent);
  });

  it.each([
    ['a fixed amount as the invoice split it', [['d', 167]], 167],
    ['not what lasts for a while', [['d', 167], ['c', 400]], 167],
    ['a percentage after it takes its part of it', [['d', 500], ['a', 2_423]], 373], // 5.00 less 25.5 %
    ['a percentage before it does not', [['a', 2_550], ['d', 500]], 500],
    ['what nobody can resolve counts nothing', [['z', 500]], 0],
  ] as const)('in minor units: %s', (_name, parts, off) => {
    expect(foreverAmountOff(parts.map(([discountId, amountMinor]) => ({ discountId, amountMinor })), terms)).toBe(off);
  });
});
