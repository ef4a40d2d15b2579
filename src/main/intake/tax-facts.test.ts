import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createMirror } from '../mirror/mirror.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readFactRows } from './fact-rows.repository.ts';
import type { EntryFromFact } from './posting-facts.ts';
import { loadInvoice } from './posting-facts.repository.ts';
import { invoicePostings } from './stripe-invoice-postings.ts';

const zone = new TimeZone('America/New_York');
type Value = Readonly<Record<string, unknown>> & { readonly id: string; readonly object: string };
const tax = (amount: number, rate: string) => ({ amount, tax_rate_details: { tax_rate: rate } });

/** What an invoice of a net amount and taxes owes to whom, when German, French and placeless rates are known. */
function owed(net: number, taxes: ReturnType<typeof tax>[], gone: readonly string[] = []): unknown {
  const sum = taxes.reduce((total, { amount }) => total + amount, 0);
  const loaded = load([{ id: 'in_1', object: 'invoice', customer: 'cus_1', currency: 'usd', status: 'open', total: net + sum, created: 1_792_209_599, status_transitions: { finalized_at: 1_792_209_599 }, total_taxes: taxes, lines: { data: [{ id: 'il_1', amount: net, currency: 'usd' }] } }], gone);
  return 'fact' in loaded ? taxOf(invoicePostings(loaded.fact).entries[0]) : loaded;
}

/** The invoice among objects of the gateway, when German, French and placeless rates are known. */
function load(objects: readonly Value[], gone: readonly string[] = []) {
  using ledger = openTemporaryDatabase();
  const mirror = createMirror({ timeZone: zone });
  const rates = [{ id: 'txr_de', object: 'tax_rate', country: 'DE', created: 1 }, { id: 'txr_fr', object: 'tax_rate', country: 'FR', created: 1 }, { id: 'txr_nowhere', object: 'tax_rate', country: null, created: 1 }];
  ledger.database.unitOfWork.run('store', (writable) => [...rates, ...objects].forEach((value) => mirror.store(writable, { id: value.id, object: value.object, text: JSON.stringify(value), value }, { observedAt: 1 })));
  return loadInvoice(readFactRows(ledger.database, 'usd'), zone, 'in_1', (id) => gone.includes(id));
}

const taxOf = (entry: EntryFromFact | undefined): unknown => entry?.postings.filter(({ accountCode }) => accountCode.startsWith('2200')).map(({ accountCode, direction, amount }) => `${direction === 'debit' ? '+' : '-'}${amount} ${accountCode.slice(5)}`);

describe('the tax of an invoice', () => {
  it.each([
    ['is owed where its rates are', 1_000, [tax(190, 'txr_de'), tax(7, 'txr_fr'), tax(3, 'txr_de')], ['-193 tax-payable:DE', '-7 tax-payable:FR']],
    ['is owed nobody knows where, where its rate does not say', 1_000, [tax(190, 'txr_de'), tax(7, 'txr_nowhere')], ['-7 tax-payable', '-190 tax-payable:DE']],
    ['is given back there by an invoice that gives back', -1_000, [tax(-190, 'txr_de'), tax(-7, 'txr_fr')], ['+190 tax-payable:DE', '+7 tax-payable:FR']],
    ['is left to a person where one place charges and another gives back', 1_000, [tax(190, 'txr_de'), tax(-7, 'txr_fr')], ['-183 tax-payable']],
    ['is none where both take each other away', 1_000, [tax(190, 'txr_de'), tax(-190, 'txr_fr')], []],
  ])('%s', (_, net, taxes, expected) => {
    expect(owed(net, taxes)).toEqual(expected);
  });

  it('waits for a rate that is not here, and not for one that is gone', () => {
    expect(owed(1_000, [tax(190, 'txr_unseen')])).toEqual({ missing: { list: 'tax_rates', id: 'txr_unseen' } });
    expect(owed(1_000, [tax(190, 'txr_unseen')], ['txr_unseen'])).toEqual(['-190 tax-payable']);
  });
});

describe('the tax of a void invoice', () => {
  const at = 1_792_209_599;
  const note = (id: string, taxes: ReturnType<typeof tax>[], change: object = {}): Value => {
    const sum = taxes.reduce((total, { amount }) => total + amount, 0);
    return { id, object: 'credit_note', invoice: 'in_1', customer: 'cus_1', currency: 'usd', created: at + 60, status: 'issued', type: 'pre_payment', total: 100 + sum, subtotal: 100, pre_payment_amount: 100 + sum, post_payment_amount: 0, voided_at: null, total_taxes: taxes, refunds: [], ...change };
  };
  /** 10.00 with 1.90 for Germany and 0.07 for France; two notes of 1.00 and their tax stand. */
  const invoice: Value = {
    id: 'in_1', object: 'invoice', customer: 'cus_1', currency: 'usd', status: 'void', total: 1_197, amount_due: 1_197 - 119 - 121, amount_remaining: 0, amount_paid: 0, created: at, status_transitions: { finalized_at: at, voided_at: at + 3_600 }, total_taxes: [tax(190, 'txr_de'), tax(7, 'txr_fr')],
    lines: { data: [{ id: 'il_1', amount: 1_000, currency: 'usd' }] },
  };
  const voidOf = (notes: readonly Value[]): unknown => {
    const loaded = load([invoice, ...notes]);
    return 'fact' in loaded ? taxOf(invoicePostings(loaded.fact).entries.find(({ kind }) => kind === 'invoice-voided')) : loaded;
  };

  it('is what its standing notes left in each place; one that was void before counts for nothing', () => {
    expect(voidOf([note('cn_1', [tax(19, 'txr_de')]), note('cn_2', [tax(19, 'txr_de'), tax(2, 'txr_fr')]), note('cn_3', [tax(19, 'txr_de')], { status: 'void', voided_at: at + 120 })])).toEqual(['+152 tax-payable:DE', '+5 tax-payable:FR']);
  });

  it('waits for the rate of a note that is not here', () => {
    expect(voidOf([note('cn_1', [tax(19, 'txr_unseen')])])).toEqual({ missing: { list: 'tax_rates', id: 'txr_unseen' } });
  });

  it('goes by its share while not all of its notes are known', () => {
    expect(voidOf([note('cn_1', [tax(19, 'txr_de')])])).toEqual(['+152 tax-payable:DE', '+6 tax-payable:FR']);
  });
});
