import { afterEach, describe, expect, test } from 'vitest';
import { month } from '../../shared/calendar/local-date.ts';
import { amendmentOf, deedContract, flatContract, insertUsage, requestContract } from '../testing/billing-fixtures.ts';
import { sql } from '../database/handles.ts';
import { openContractsDesk, type ContractsDesk } from '../testing/contracts-desk.ts';
import type { RehearsalRequest } from './contract-previews.ts';

const desks: ContractsDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

const perDeed = { ...deedContract, currency: 'usd', perDeedPrice: '2.5', taxTreatment: 'standard', taxRateBasisPoints: 1_000 };

/** 100 deeds in each of the twelve months before November 2026, 300 in June; and some outside them. */
function openDesk(...given: Parameters<typeof openContractsDesk>): ContractsDesk {
  const desk = openContractsDesk(...given);
  desks.push(desk);
  for (const [index, used] of ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06', '2026-07', '2026-08', '2026-09', '2026-10'].entries()) {
    insertUsage(desk.database, `use-${index}`, 'dp_pk_KKB', 'deeds', used === '2026-06' ? 300 : 100, `${used}-15T12:00:00Z`);
  }
  insertUsage(desk.database, 'running-month', 'dp_pk_KKB', 'deeds', 999, '2026-11-01T04:00:00Z'); // the first instant of November in New York
  insertUsage(desk.database, 'a-year-ago', 'dp_pk_KKB', 'deeds', 999, '2025-11-01T03:59:59Z');
  insertUsage(desk.database, 'of-another', 'dp_pk_TSG', 'deeds', 999, '2026-10-15T12:00:00Z');
  return desk;
}

const edit = (values: RehearsalRequest['values'], more: Partial<RehearsalRequest> = {}): RehearsalRequest => ({ contractId: perDeed.id, entity: 'contract', id: perDeed.id, values, ...more });

describe('a rehearsal of the last twelve months', () => {
  test('2.50 a deed against 300.00 a month flat: what each month would have cost, and where both cost the same', () => {
    const rehearsal = openDesk([perDeed]).room.previews.rehearse(edit({ pricing_model: 'flat', flat_fee_minor: 30_000 }));
    expect(rehearsal.months.map((one) => one.month)).toEqual(['2025-11', '2025-12', '2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06', '2026-07', '2026-08', '2026-09', '2026-10']);
    expect(rehearsal.months.at(-1)).toEqual({ month: '2026-10', deeds: 100, requests: 0, before: 25_000, after: 30_000, delta: 5_000 });
    expect(rehearsal.months[7]).toEqual({ month: '2026-06', deeds: 300, requests: 0, before: 75_000, after: 30_000, delta: -45_000 });
    // eleven months of 300.00 − 250.00 and June's 300.00 − 750.00: 550.00 − 450.00; 300.00 ÷ 2.50 = 120 deeds
    expect(rehearsal).toMatchObject({ currency: 'usd', delta: 10_000, dearestMonth: '2025-11', cheapestMonth: '2026-06', breakEvenUnits: 120, meter: 'deeds', problems: [], summaryBefore: '2.50 USD per deed; 10 % tax; due in 14 days.', summaryAfter: '300.00 USD a month; 10 % tax; due in 14 days.' });
    expect(rehearsal.curve.length).toBe(41);
    expect(rehearsal.curve[0]).toEqual({ units: 0, before: 0, after: 30_000 });
    expect(rehearsal.curve.at(-1)).toEqual({ units: 600, before: 150_000, after: 30_000 });
  });

  test('the same terms differ nowhere', () => {
    expect(openDesk([perDeed]).room.previews.rehearse(edit({}))).toMatchObject({ delta: 0, dearestMonth: null, cheapestMonth: null, breakEvenUnits: null });
  });

  test('a new amendment begins with the terms it follows and is compared with them, wherever its day lies', () => {
    const desk = openDesk([perDeed], [amendmentOf(perDeed, { id: 'a1', effectiveFrom: '2026-06-01', perDeedPrice: '2', discountBasisPoints: 500 })]);
    const rehearsal = desk.room.previews.rehearse(edit({ effective_from: '2027-01-01', per_deed_price: '3' }, { entity: 'amendment', id: null }));
    // 100 × 2.00 less 5 % = 190.00; 100 × 3.00 less 5 % = 285.00
    expect(rehearsal.months[0]).toMatchObject({ before: 19_000, after: 28_500, delta: 9_500 });
    expect(desk.room.previews.rehearse(edit({ effective_from: '2026-06-01', per_deed_price: '3' }, { entity: 'amendment', id: null })).months[0]).toMatchObject({ before: 25_000, after: 30_000 });
    expect(desk.room.previews.rehearse(edit({ per_deed_price: '3' }, { entity: 'amendment', id: 'a1' })).months[0]).toMatchObject({ before: 19_000, after: 28_500 });
  });

  test('months from the proposed day on that are invoiced already are told: their invoices keep their terms', () => {
    const desk = openDesk([perDeed]);
    const insertInvoice = sql('test.invoice', `INSERT INTO invoices (id, kind, status, contract_id, billing_month, currency, subtotal_minor, discount_minor, tax_minor, withholding_minor, total_minor, amount_paid_minor, amount_due_minor, line_items, customer_snapshot, totals_fingerprint, created_at, created_by, version)
      VALUES (?, 'partner', ?, ?, ?, 'usd', 0, 0, 0, 0, 0, 0, 0, '[]', '{}', '', 0, 'ana', 1)`);
    desk.database.unitOfWork.run('invoices', (database) => [['a', 'open', '2026-08'], ['b', 'paid', '2026-09'], ['c', 'void', '2026-10'], ['d', 'draft', '2026-10']].forEach(([id, status, month]) => database.run(insertInvoice, [id ?? '', status ?? '', perDeed.id, month ?? ''])));
    const from = (day: string) => desk.room.previews.rehearse(edit({ effective_from: day, per_deed_price: '3' }, { entity: 'amendment', id: null })).invoicedMonths;
    expect([from('2026-01-15'), from('2026-09-30'), from('2026-10-01')]).toEqual([{ count: 2, from: '2026-08', to: '2026-09' }, { count: 1, from: '2026-09', to: '2026-09' }, null]);
    expect(desk.room.previews.rehearse(edit({ flat_fee_minor: 1 })).invoicedMonths).toMatchObject({ count: 2 });
  });

  test('a new contract has nothing to be compared with', () => {
    const rehearsal = openDesk([perDeed]).room.previews.rehearse({ contractId: null, entity: 'contract', id: null, values: { partner_id: perDeed.partnerId, api_key_prefix: 'dp_pk_KKB', currency: 'usd', effective_from: '2027-01-01', pricing_model: 'flat', flat_fee_minor: 100 } });
    expect(rehearsal.months[0]).toEqual({ month: '2025-11', deeds: 100, requests: 0, before: null, after: 100, delta: null });
    expect(rehearsal).toMatchObject({ delta: null, breakEvenUnits: null, summaryBefore: '', problems: [{ column: 'api_key_prefix', code: 'prefix-taken' }] });
  });

  test('an amendment or a contract that is only wanted yet is rehearsed as it would be, the amendment against the terms it follows', () => {
    const desk = openDesk([perDeed]);
    const act = { actor: 'ana' };
    desk.room.edits.edit({ entity: 'amendment', entityId: 'a1', operation: 'create', baseVersion: 0, reason: 'New year', values: { contract_id: perDeed.id, effective_from: '2027-01-01', pricing_model: 'per_deed', per_deed_price: '3' } }, act);
    expect(desk.room.previews.rehearse(edit({}, { entity: 'amendment', id: 'a1' }))).toMatchObject({ months: expect.arrayContaining([expect.objectContaining({ month: '2026-10', before: 25_000, after: 30_000 })]), problems: [] });
    expect(desk.room.previews.rehearse(edit({ per_deed_price: '4' }, { entity: 'amendment', id: 'a1' })).months.at(-1)).toMatchObject({ before: 25_000, after: 40_000 });
    desk.room.edits.edit({ entity: 'contract', entityId: 'c2', operation: 'create', baseVersion: 0, reason: 'Signed', values: { partner_id: perDeed.partnerId, api_key_prefix: 'dp_pk_TSG', currency: 'usd', effective_from: '2027-01-01', pricing_model: 'flat', flat_fee_minor: 700 } }, act);
    expect(desk.room.previews.rehearse({ contractId: 'c2', entity: 'contract', id: 'c2', values: { minimum_commitment_minor: 900 } })).toMatchObject({ months: expect.arrayContaining([expect.objectContaining({ month: '2026-10', before: null, after: 900 })]), problems: [] });
    expect(desk.room.previews.rehearse({ contractId: 'c2', entity: 'amendment', id: null, values: { effective_from: '2027-02-01', flat_fee_minor: 800 } }).months.at(-1)).toMatchObject({ before: 700, after: 800 });
  });

  test('what cannot be rated is said, and the standing terms still show', () => {
    const rehearsal = openDesk([perDeed]).room.previews.rehearse(edit({ pricing_model: 'per_moon' }));
    expect(rehearsal.problems.map((problem) => problem.code)).toEqual(['pricing-model-unknown']);
    expect(rehearsal.months[0]).toMatchObject({ before: 25_000, after: null, delta: null });
  });

  test('two currencies cannot be compared', () => {
    expect(openDesk([perDeed]).room.previews.rehearse(edit({ currency: 'eur' }))).toMatchObject({ currency: 'eur', delta: null, breakEvenUnits: null, problems: [{ code: 'currency-changed' }] });
  });

  test('amounts beyond all reason are said, not thrown', () => {
    expect(openDesk([perDeed]).room.previews.rehearse(edit({ per_deed_price: '999999999', included_units: 0 })).problems.map((problem) => problem.code)).toEqual([]);
    insertUsage(desks[0]!.database, 'huge', 'dp_pk_KKB', 'deeds', 900_000_000, '2026-10-15T12:00:00Z');
    expect(desks[0]!.room.previews.rehearse(edit({ per_deed_price: '999999999' })).problems.map((problem) => problem.code)).toEqual(['amount-too-large']);
  });

  test('other prefixes bring their own usage', () => {
    const rehearsal = openDesk([perDeed]).room.previews.rehearse(edit({ further_prefixes: ['dp_pk_TSG'] }));
    expect(rehearsal.months.at(-1)).toEqual({ month: '2026-10', deeds: 1_099, requests: 0, before: 25_000, after: 274_750, delta: 249_750 });
  });

  test('deeds and requests have no common volume', () => {
    expect(openDesk([perDeed]).room.previews.rehearse(edit({ pricing_model: 'per_request', per_1000_price: '1' }))).toMatchObject({ meter: 'requests', breakEvenUnits: null, curve: expect.arrayContaining([{ units: 0, before: null, after: 0 }]) });
  });
});

describe('what a month would have come to', () => {
  const values = (changed: RehearsalRequest['values']) => ({ entity: 'contract' as const, id: perDeed.id, values: changed });

  test('by default the last whole one, tax included', () => {
    expect(openDesk([perDeed]).room.previews.billedUnder(values({ per_deed_price: '3' }))).toEqual({ month: '2026-10', total: { amount: 33_000, currency: 'usd' }, problem: null });
  });

  test('with the tax rounded as the ledger’s setting says, as its invoice would have it', () => {
    const desk = openDesk([{ ...perDeed, pricingModel: 'hybrid', flatFeeMinor: 105, perDeedPrice: '0.0105' }]);
    // 1.05 and 1.05: of 2.10 together the tax is 0.21; of each by itself 0.105, rounded up to 0.11
    expect(desk.room.previews.billedUnder(values({})).total?.amount).toBe(231);
    desk.database.unitOfWork.run('setting', (database) => database.run(sql('test.tax-rounding', "INSERT INTO ledger_settings (name, value, set_at) VALUES ('tax_rounding', 'per-line', 0)"), []));
    expect(desk.room.previews.billedUnder(values({})).total?.amount).toBe(232);
    expect(desk.room.previews.billedUnder({ entity: 'partner', id: perDeed.partnerId, values: {} }).total?.amount).toBe(232);
    // Each line bears its part of the discount before its tax: 1.05 less 50 % is 0.525, so 0.53 and 0.52, taxed 0.05 each
    expect(desk.room.previews.billedUnder(values({ discount_basis_points: 5_000 })).total?.amount).toBe(115);
  });

  test('by the days on which the terms would have held', () => {
    const desk = openDesk([perDeed], [amendmentOf(perDeed, { id: 'a1', effectiveFrom: '2026-10-16', perDeedPrice: '2' })]);
    // The 100 deeds of 15 October fall under the contract's own price: 250.00 and 10 % tax
    expect(desk.room.previews.billedUnder(values({}))?.total?.amount).toBe(27_500);
    // From the 15th on under the amendment: 200.00 and tax
    expect(desk.room.previews.billedUnder({ entity: 'amendment', id: 'a1', values: { effective_from: '2026-10-15' } }).total?.amount).toBe(22_000);
    // From next year on: October as if it had held
    expect(desk.room.previews.billedUnder({ entity: 'amendment', id: 'a1', values: { effective_from: '2027-01-01', per_deed_price: '1' } }).total?.amount).toBe(11_000);
    expect(desk.room.previews.billedUnder({ entity: 'amendment', id: 'wanted', values: { contract_id: perDeed.id, effective_from: '2027-01-01', pricing_model: 'flat', flat_fee_minor: 100, tax_rate_basis_points: 1_000 } }, month('2026-09')).total?.amount).toBe(110);
  });

  test('a partner’s contracts together, where they are in one currency', () => {
    const second = { ...flatContract, partnerId: perDeed.partnerId, taxRateBasisPoints: 1_000 };
    const partner = { entity: 'partner' as const, id: perDeed.partnerId };
    const desk = openDesk([perDeed, second]);
    // (250.00 + 1,393.50) × 1.1, and untaxed
    expect(desk.room.previews.billedUnder({ ...partner, values: {} }).total?.amount).toBe(180_785);
    expect(desk.room.previews.billedUnder({ ...partner, values: { tax_treatment: 'exempt' } }).total?.amount).toBe(164_350);
    expect(openDesk([perDeed, { ...second, currency: 'eur' }]).room.previews.billedUnder({ ...partner, values: {} })).toMatchObject({ total: null, problem: 'The partner’s contracts are in several currencies.' });
    expect(desk.room.previews.billedUnder({ entity: 'partner', id: 'nobody', values: {} })).toMatchObject({ total: null, problem: 'No contract of this partner was in force in that month.' });
  });

  test('or why not', () => {
    const { previews } = openDesk([perDeed, { ...requestContract, pricingModel: 'per_moon' }]).room;
    expect(previews.billedUnder(values({ per_deed_price: null }))).toEqual({ month: '2026-10', total: null, problem: 'The contract has no price per deed.' });
    expect(previews.billedUnder(values({ effective_from: '2026-02-30' }))).toEqual({ month: '2026-10', total: null, problem: '“2026-02-30” is not a date such as 2026-10-31.' });
    expect(previews.billedUnder({ entity: 'contract', id: requestContract.id, values: {} }).problem).toMatch(/not a pricing model/);
    expect(previews.billedUnder({ entity: 'amendment', id: 'wanted', values: { contract_id: 'nobody' } }).problem).toBe('The contract or its partner is not known here yet.');
  });
});
