import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createMirror } from '../mirror/mirror.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readFactRows } from './fact-rows.repository.ts';
import { loadInvoice } from './posting-facts.repository.ts';
import { invoicePostings } from './stripe-invoice-postings.ts';

const zone = new TimeZone('America/New_York');
const tax = (amount: number, rate: string) => ({ amount, tax_rate_details: { tax_rate: rate } });

/** What an invoice of a net amount and taxes owes to whom, when German, French and placeless rates are known. */
function owed(net: number, taxes: ReturnType<typeof tax>[], gone: readonly string[] = []): unknown {
  using ledger = openTemporaryDatabase();
  const mirror = createMirror({ timeZone: zone });
  const sum = taxes.reduce((total, { amount }) => total + amount, 0);
  const objects = [
    { id: 'txr_de', object: 'tax_rate', country: 'DE', created: 1 }, { id: 'txr_fr', object: 'tax_rate', country: 'FR', created: 1 }, { id: 'txr_nowhere', object: 'tax_rate', country: null, created: 1 },
    { id: 'in_1', object: 'invoice', customer: 'cus_1', currency: 'usd', status: 'open', total: net + sum, created: 1_792_209_599, status_transitions: { finalized_at: 1_792_209_599 }, total_taxes: taxes, lines: { data: [{ id: 'il_1', amount: net, currency: 'usd' }] } },
  ];
  ledger.database.unitOfWork.run('store', (writable) => objects.forEach((value) => mirror.store(writable, { id: value.id, object: value.object, text: JSON.stringify(value), value }, { observedAt: 1 })));
  const loaded = loadInvoice(readFactRows(ledger.database, 'usd'), zone, 'in_1', (id) => gone.includes(id));
  if (!('fact' in loaded)) return loaded;
  return invoicePostings(loaded.fact).entries[0]?.postings.filter(({ accountCode }) => accountCode.startsWith('2200')).map(({ accountCode, direction, amount }) => `${direction === 'debit' ? '+' : '-'}${amount} ${accountCode.slice(5)}`);
}

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
