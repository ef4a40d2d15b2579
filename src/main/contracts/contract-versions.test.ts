import { afterEach, describe, expect, test } from 'vitest';
import { flatContract } from '../testing/billing-fixtures.ts';
import { insertVersion, openContractsDesk, type ContractsDesk } from '../testing/contracts-desk.ts';

const desks: ContractsDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

const { id } = flatContract;
const body = {
  partner_id: flatContract.partnerId, api_key_prefix: 'dp_pk_ABC', further_prefixes: [], pricing_model: 'flat', flat_fee_minor: 100_000, per_deed_price: null, per_1000_price: null, currency: 'usd', included_units: 0, minimum_commitment_minor: 0, tiers: null,
  discount_basis_points: 0, tax_rate_basis_points: 2_100, withholding_rate_basis_points: 1_500, payment_terms_days: 30, purchase_order_number: 'PO-7781', effective_from: '2023-01-01', effective_to: null, terms: null,
};

/** Version 3 stands: 1,393.50 flat. */
function openDesk(): ContractsDesk {
  const desk = openContractsDesk([{ ...flatContract, version: 3 }]);
  desks.push(desk);
  insertVersion(desk.database, 'contract', id, 1, { author: 'ada', reason: null, at: '2023-01-01T00:00:00Z' }, body);
  insertVersion(desk.database, 'contract', id, 2, { author: 'ben', reason: 'Agreed in March', at: '2026-03-01T09:00:00Z' }, { ...body, flat_fee_minor: 120_000, payment_terms_days: 14 });
  insertVersion(desk.database, 'contract', id, 3, { author: 'ada', reason: 'Renewal', at: '2026-09-01T09:00:00Z' }, { ...body, flat_fee_minor: 139_350 });
  return desk;
}

describe('versions', () => {
  test('are told with who, when, why and what changed, the newest first', () => {
    const versions = openDesk().room.versions.list('contract', id);
    expect(versions.map(({ version, author, reason, isCurrent, changed }) => [version, author, reason, isCurrent, changed.map((field) => [field.label, field.from, field.to])])).toEqual([
      [3, 'ada', 'Renewal', true, [['Flat fee', 120_000, 139_350], ['Payment terms', 14, 30]]],
      [2, 'ben', 'Agreed in March', false, [['Flat fee', 100_000, 120_000], ['Payment terms', 30, 14]]],
      [1, 'ada', null, false, expect.arrayContaining([['Currency', null, 'usd'], ['Flat fee', null, 100_000]])],
    ]);
  });

  test('any two are compared field by field, in what last month would have come to too', () => {
    // 1,000.00 and 1,393.50, each with 21 % tax
    expect(openDesk().room.versions.compare('contract', id, 1, 3)).toEqual({
      fields: [{ column: 'flat_fee_minor', label: 'Flat fee', from: 100_000, to: 139_350, isPriceBearing: true }],
      billed: { from: { month: '2026-10', total: { amount: 121_000, currency: 'usd' }, problem: null }, to: { month: '2026-10', total: { amount: 168_614, currency: 'usd' }, problem: null } },
    });
    expect(openDesk().room.versions.compare('contract', id, 3, 1).fields[0]).toMatchObject({ from: 139_350, to: 100_000 });
  });

  test('an old one is brought back as an edit of what stands, naming only what differs', () => {
    const desk = openDesk();
    const change = desk.room.versions.restore({ entity: 'contract', id, version: 2, reason: 'The renewal fell through' }, { actor: 'cleo' });
    expect(change).toMatchObject({ state: 'pending', author: 'cleo' });
    expect(desk.changes.edits).toEqual([{ entity: 'contract', entityId: id, operation: 'update', baseVersion: 3, values: { flat_fee_minor: 120_000, payment_terms_days: 14 }, reason: 'The renewal fell through', by: 'cleo' }]);
  });

  test('one that says what stands, or that no longer fits, is not', () => {
    const desk = openDesk();
    expect(() => desk.room.versions.restore({ entity: 'contract', id, version: 3, reason: 'Again' }, { actor: 'cleo' })).toThrowError(expect.objectContaining({ code: 'version-is-current' }));
    insertVersion(desk.database, 'contract', id, 4, { author: 'ada', reason: null, at: '2026-09-02T09:00:00Z' }, { ...body, pricing_model: 'per_moon' });
    expect(() => desk.room.versions.restore({ entity: 'contract', id, version: 4, reason: 'Again' }, { actor: 'cleo' })).toThrowError(expect.objectContaining({ code: 'pricing-model-unknown' }));
    expect(desk.changes.edits).toEqual([]);
  });

  test('what is not known is not found', () => {
    const { versions } = openDesk().room;
    for (const ask of [() => versions.list('contract', 'nobody'), () => versions.restore({ entity: 'contract', id: 'nobody', version: 1, reason: 'Why' }, { actor: 'cleo' })]) expect(ask).toThrowError(expect.objectContaining({ code: 'record-not-found' }));
    expect(() => versions.compare('contract', id, 1, 9)).toThrowError(expect.objectContaining({ code: 'version-not-found' }));
  });
});
