/** What an invoice's total consists of beside lines, discounts and exclusive tax: billing credits, shipping, taxes of both kinds on one line. From Stripe's object to the entry. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { createMirror } from '../mirror/mirror.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readFactRows } from './fact-rows.repository.ts';
import { loadCreditNote, loadInvoice } from './posting-facts.repository.ts';
import { creditNotePostings, invoicePostings } from './stripe-invoice-postings.ts';

const zone = new TimeZone('America/New_York');
const at = 1_792_209_599;
const day = 86_400;
type Value = Readonly<Record<string, unknown>> & { readonly id: string; readonly object: string };

const tax = (amount: number, rate: string, behaviour: 'inclusive' | 'exclusive' = 'exclusive') => ({ amount, tax_behavior: behaviour, type: 'tax_rate_details', tax_rate_details: { tax_rate: rate } });
const credit = (amount: number) => ({ amount, type: 'credit_balance_transaction', credit_balance_transaction: 'cbtxn_1' });
const discount = (amount: number) => ({ amount, type: 'discount', discount: 'di_1', credit_balance_transaction: null });
const line = (id: string, amount: number, change: Record<string, unknown> = {}) => ({ id, object: 'line_item', amount, currency: 'usd', period: { start: at, end: at }, ...change });
const month = { start: at, end: at + 31 * day };
const invoice = (change: Record<string, unknown>): Value => ({ id: 'in_1', object: 'invoice', customer: 'cus_1', currency: 'usd', status: 'open', amount_paid: 0, created: at, status_transitions: { finalized_at: at }, starting_balance: 0, ending_balance: 0, ...change });

function mirrored(objects: readonly Value[]) {
  const ledger = openTemporaryDatabase();
  const mirror = createMirror({ timeZone: zone });
  const rates = [{ id: 'txr_de', object: 'tax_rate', country: 'DE', created: 1 }, { id: 'txr_fr', object: 'tax_rate', country: 'FR', created: 1 }];
  ledger.database.unitOfWork.run('store', (writable) => [...rates, ...objects].forEach((value) => mirror.store(writable, { id: value.id, object: value.object, text: JSON.stringify(value), value }, { observedAt: 1 })));
  return ledger;
}

const shown = (entries: ReturnType<typeof invoicePostings>['entries']): string[] => entries.flatMap(({ postings }) => postings.map(({ accountCode, direction, amount }) => `${direction === 'debit' ? '+' : '-'}${amount} ${accountCode.slice(5)}`));

function posted(value: Value) {
  using ledger = mirrored([value]);
  const loaded = loadInvoice(readFactRows(ledger.database, 'usd'), zone, 'in_1', () => false);
  if (!('fact' in loaded)) throw new Error('the invoice waits');
  const { entries, findings } = invoicePostings(loaded.fact);
  return { postings: shown(entries), findings };
}

describe('an invoice adds up', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['with billing credits on usage, which lessen what is earned beside a discount', { total: 6_000, lines: { data: [line('il_1', 10_000, { period: month, discount_amounts: [{ amount: 1_000, discount: 'di_1' }], pretax_credit_amounts: [discount(1_000), credit(3_000)] })] } }, ['+6000 accounts-receivable', '-6000 deferred-revenue']],
    ['with billing credits on what is earned at once, which are shown as discounts', { total: 8_330, lines: { data: [line('il_1', 10_000, { pretax_credit_amounts: [credit(3_000)], taxes: [tax(1_330, 'txr_de')] })] }, total_taxes: [tax(1_330, 'txr_de')] }, ['+8330 accounts-receivable', '-10000 revenue-one-off', '+3000 discounts', '-1330 tax-payable:DE']],
    ['with billing credits that pay for all of it', { total: 0, lines: { data: [line('il_1', 10_000, { pretax_credit_amounts: [credit(10_000)] })] } }, ['-10000 revenue-one-off', '+10000 discounts']],
    ['with shipping', { total: 10_500, lines: { data: [line('il_1', 10_000)] }, shipping_cost: { amount_subtotal: 500, amount_tax: 0, amount_total: 500 } }, ['+10500 accounts-receivable', '-10500 revenue-one-off']],
    ['with shipping whose tax is among the invoice’s', { total: 12_495, total_excluding_tax: 10_500, lines: { data: [line('il_1', 10_000, { taxes: [tax(1_900, 'txr_de')] })] }, total_taxes: [tax(1_995, 'txr_de')], shipping_cost: { amount_subtotal: 500, amount_tax: 95, amount_total: 595 } }, ['+12495 accounts-receivable', '-10500 revenue-one-off', '-1995 tax-payable:DE']],
    ['with shipping whose tax is apart, and owed elsewhere', { total: 12_495, total_excluding_tax: 10_500, lines: { data: [line('il_1', 10_000, { taxes: [tax(1_900, 'txr_de')] })] }, total_taxes: [tax(1_900, 'txr_de')], shipping_cost: { amount_subtotal: 500, amount_tax: 95, amount_total: 595, taxes: [{ amount: 95, rate: { id: 'txr_fr', country: 'FR' } }] } }, ['+12495 accounts-receivable', '-10500 revenue-one-off', '-1900 tax-payable:DE', '-95 tax-payable:FR']],
    ['with shipping whose tax is apart where no total without tax is said', { total: 12_495, lines: { data: [line('il_1', 10_000, { taxes: [tax(1_900, 'txr_de')] })] }, total_taxes: [tax(1_900, 'txr_de')], shipping_cost: { amount_subtotal: 500, amount_tax: 95, amount_total: 595 } }, ['+12495 accounts-receivable', '-10500 revenue-one-off', '-95 tax-payable', '-1900 tax-payable:DE']],
    ['with shipping that holds its tax', { total: 10_500, total_excluding_tax: 10_420, lines: { data: [line('il_1', 10_000)] }, total_taxes: [tax(80, 'txr_de', 'inclusive')], shipping_cost: { amount_subtotal: 500, amount_tax: 80, amount_total: 500 } }, ['+10500 accounts-receivable', '-10420 revenue-one-off', '-80 tax-payable:DE']],
    ['with a tax inside and a tax on top of one line', { total: 10_500, lines: { data: [line('il_1', 10_000, { taxes: [tax(1_597, 'txr_de', 'inclusive'), tax(500, 'txr_fr')] })] }, total_taxes: [tax(1_597, 'txr_de', 'inclusive'), tax(500, 'txr_fr')] }, ['+10500 accounts-receivable', '-8403 revenue-one-off', '-1597 tax-payable:DE', '-500 tax-payable:FR']],
  ])('%s', (_, change, postings) => {
    expect(posted(invoice(change))).toEqual({ postings, findings: [] });
  });

  it('and so does a credit note whose shipping has tax of its own', () => {
    const shipping = { amount_subtotal: 500, amount_tax: 95, amount_total: 595, taxes: [{ amount: 95, tax_behavior: 'exclusive', tax_rate_details: { tax_rate: 'txr_de' } }] };
    using ledger = mirrored([
      invoice({ total: 12_495, total_excluding_tax: 10_500, lines: { data: [line('il_1', 10_000, { taxes: [tax(1_900, 'txr_de')] })] }, total_taxes: [tax(1_995, 'txr_de')], shipping_cost: shipping }),
      { id: 'cn_1', object: 'credit_note', invoice: 'in_1', customer: 'cus_1', currency: 'usd', created: at + 60, status: 'issued', type: 'pre_payment', total: 595, total_excluding_tax: 500, pre_payment_amount: 595, post_payment_amount: 0, total_taxes: [], refunds: [], shipping_cost: shipping },
    ]);
    const loaded = loadCreditNote(readFactRows(ledger.database, 'usd'), zone, 'cn_1', () => false);
    expect('fact' in loaded && shown(creditNotePostings(loaded.fact).entries)).toEqual(['+95 tax-payable:DE', '+500 credit-notes', '-595 accounts-receivable']);
  });
});

describe('what a ledger of before kept as text', () => {
  const backfill = readFileSync(join(migrationsFolder('sqlite'), '0061-billing-credits-shipping-and-taxes-of-both-kinds.sql'), 'utf8').match(/^UPDATE [^;]+;/gm) ?? [];
  const columns = sql('test.columns', 'SELECT l.billing_credit_minor, l.inclusive_tax_minor, i.shipping_minor, i.shipping_tax_minor, i.tax_minor FROM stripe_invoices i JOIN stripe_invoice_lines l ON l.invoice_id = i.id');
  const shipping = { amount_subtotal: 500, amount_tax: 95, amount_total: 595 };
  const data = [line('il_1', 10_000, { pretax_credit_amounts: [discount(100), credit(3_000), credit(20)], taxes: [tax(1_597, 'txr_de', 'inclusive'), tax(500, 'txr_fr')] })];

  it.each<[string, Record<string, unknown>]>([
    ['is read as it is today', { total: 8_075, lines: { data }, total_taxes: [tax(1_597, 'txr_de', 'inclusive'), tax(500, 'txr_fr')], total_excluding_tax: 5_883, shipping_cost: shipping }],
    ['in an older version too', { total: 10_595, lines: { data: [line('il_1', 10_000, { tax_amounts: [{ amount: 1_597, inclusive: true, tax_rate: 'txr_de' }] })] }, total_tax_amounts: [{ amount: 1_692, inclusive: true, tax_rate: 'txr_de' }], total_excluding_tax: 8_903, shipping_cost: shipping }],
    ['and stays where there is nothing of it', { total: 10_000, lines: { data: [line('il_1', 10_000, { pretax_credit_amounts: [], taxes: null })] }, shipping_cost: null }],
  ])('%s', (_, change) => {
    using ledger = mirrored([invoice(change)]);
    const { database } = ledger;
    const today = database.all(columns);
    const apart = (change['total'] as number) === 8_075 ? 95 : 0;
    database.run(sql('test.before-lines', 'UPDATE stripe_invoice_lines SET billing_credit_minor = 0, inclusive_tax_minor = 0'));
    database.run(sql('test.before-invoices', 'UPDATE stripe_invoices SET shipping_minor = 0, shipping_tax_minor = 0, tax_minor = tax_minor - ?'), [apart]);
    expect(backfill).toHaveLength(3);
    for (const statement of backfill) database.run(sql('test.backfill', statement));
    expect(database.all(columns)).toEqual(today);
  });
});
