/** What edits say at a terminal. */
import { describe, expect, test } from 'vitest';
import { createOutput } from '../output.ts';
import { fieldWords, printChange, type ChangeView } from './field-words.ts';

const change: ChangeView = {
  id: 'c1', entity: 'contract', entityId: 'k1', operation: 'update', title: 'dp_pk_ABC', partnerId: 'p1', state: 'awaiting-approval', reason: 'By phone', author: 'ana', createdAt: 0, sentAt: null, attempts: 0, problem: null,
  conflictId: null, approvalId: null, resultVersion: null, decided: null, fields: [{ column: 'flat_fee_minor', label: 'Flat fee', from: 10_000, to: 20_000, isPriceBearing: true }],
};

function printed(more: Partial<ChangeView>, currency: string | null = 'usd'): string {
  let said = '';
  createOutput(false, (text) => (said += text)).answer({}, (out) => printChange(out, { ...change, ...more }, currency, null));
  return said;
}

describe('a value in words', () => {
  test.each<[string, Parameters<typeof fieldWords>[2], string | null, string]>([
    ['flat_fee_minor', 139_350, 'usd', '1,393.50 USD'], ['flat_fee_minor', 139_350, 'jpy', '139,350 JPY'], ['minimum_commitment_minor', 500, null, '500 minor units'], ['per_deed_price', '2.905', 'eur', '2.905 EUR'],
    ['tax_rate_basis_points', 825, 'usd', '8.25 %'], ['payment_terms_days', 1, 'usd', '1 day'], ['payment_terms_days', 30, 'usd', '30 days'], ['included_units', 1_000, 'usd', '1,000'], ['currency', 'usd', null, 'USD'],
    ['purchase_order_number', null, 'usd', '—'], ['further_prefixes', ['a', 'b'], 'usd', 'a b'], ['deleted', true, 'usd', 'yes'],
  ])('%s %j in %s', (column, value, currency, words) => expect(fieldWords('contract', column, value, currency)).toBe(words));
});

describe('an edit', () => {
  test('says what changes, in money', () => {
    expect(printed({})).toMatch(/^awaiting-approval: update of dp_pk_ABC, by ana: By phone\nField +From +To\n.+\nFlat fee +100\.00 USD +200\.00 USD\n$/);
  });

  test('whose conflict was decided says what would take effect', () => {
    const said = printed({ decided: { operation: 'update', fields: [{ column: 'flat_fee_minor', label: 'Flat fee', from: 15_000, to: 17_500, isPriceBearing: true }] } });
    expect(said).toMatch(/Flat fee +150\.00 USD +175\.00 USD\nAs its conflict was decided, not as ana first wrote it\.\n$/);
  });

  test('that makes a record says what it has, and not what it has not', () => {
    const field = (column: string, label: string, to: ChangeView['fields'][number]['to']) => ({ column, label, from: null, to, isPriceBearing: true });
    const said = printed({ operation: 'create', fields: [field('partner_id', 'Partner', 'p1'), field('currency', 'Currency', 'eur'), field('flat_fee_minor', 'Flat fee', 5_000), field('included_units', 'Included units', 0), field('tiers', 'Price tiers', null)] }, null);
    expect(said).toMatch(/Field +Value\n.+\nCurrency +EUR\nFlat fee +50\.00 EUR\n$/);
  });
});
