import { describe, expect, test } from 'vitest';
import type { FieldValue } from './change-set.ts';
import { mergedFields, type MergedEntity } from './contract-fields.ts';
import { indexRecords, problemsOfDeletion, problemsOfRecord, type ContractOutline } from './contract-validation.ts';
import { normaliseValues, withDefaults, type RecordValues } from './contract-values.ts';

const outline = (id: string, apiKeyPrefix: string, more: Partial<ContractOutline> = {}): ContractOutline => ({ id, partnerId: 'p1', apiKeyPrefix, furtherPrefixes: [], effectiveFrom: '2026-01-01', effectiveTo: null, isDeleted: false, ...more });
const known = indexRecords(
  ['p1'],
  [outline('own', 'dp_pk_own'), outline('other', 'dp_pk_other', { furtherPrefixes: ['dp_pk_more'], effectiveTo: '2026-07-01' }), outline('gone', 'dp_pk_gone', { furtherPrefixes: ['dp_pk_gone_too'], isDeleted: true })],
  [{ id: 'a1', contractId: 'own', effectiveFrom: '2026-06-01' }, { id: 'a2', contractId: 'own', effectiveFrom: '2026-09-01' }],
);

const soundPartner = { name: 'Ashgrove Registry', billing_email: 'ap@ashgrove.example', billing_address: { line1: 'Calle de Alcalá 48', city: 'Madrid', country: 'ES' } };
const terms = { pricing_model: 'hybrid', flat_fee_minor: 50_000, per_deed_price: '2.5' };
const sound: Readonly<Record<MergedEntity, RecordValues>> = {
  partner: soundPartner,
  contract: { partner_id: 'p1', api_key_prefix: 'dp_pk_new', currency: 'usd', effective_from: '2026-10-01', ...terms },
  amendment: { contract_id: 'own', effective_from: '2026-10-16', ...terms },
};

/** What is wrong once some values of a sound record are others: 'column: code'. */
function broken(entity: MergedEntity, changed: RecordValues, id: string | null = null, standing: RecordValues | null = null): string[] {
  const values = normaliseValues(entity, withDefaults(entity, { ...sound[entity], ...changed }));
  return problemsOfRecord({ entity, id, values, standing }, known).map((problem) => `${problem.column ?? ''}: ${problem.code}`);
}

const tiers = (...list: [upTo: FieldValue, unitPrice: FieldValue][]): FieldValue => ({ mode: 'graduated', tiers: list.map(([upTo, unitPrice]) => ({ upTo, unitPrice })) });

describe('a sound record', () => {
  test.each(Object.keys(sound) as MergedEntity[])('%s has no problem', (entity) => expect(broken(entity, {})).toEqual([]));

  test.each<[MergedEntity, string, FieldValue]>([
    ['contract', 'per_deed_price', '0.00000001'], ['contract', 'per_deed_price', '2.500000000'], ['contract', 'per_deed_price', '999999999.12345678'], ['contract', 'currency', 'KWD'], ['contract', 'discount_basis_points', 10_000],
    ['contract', 'payment_terms_days', 365], ['contract', 'effective_to', '2026-10-02'], ['contract', 'api_key_prefix', 'abc'], ['contract', 'further_prefixes', ['dp_pk_more']], ['contract', 'terms', 'Two lines\nof text'],
    ['contract', 'tiers', tiers([100, '1'], [200, '0.8'], [null, '0'])], ['amendment', 'effective_from', '2026-01-01'], ['partner', 'billing_email', ''], ['partner', 'billing_email', 'rechnung@büro.example'],
    ['partner', 'billing_address', ['1 High Street', 'Leeds']],
  ])('%s may have %s %j', (entity, column, value) => expect(broken(entity, { [column]: value })).toEqual([]));
});

describe('a broken value names its field and its rule', () => {
  test.each<[MergedEntity, string, FieldValue, string]>([
    ['partner', 'name', '', 'field-required'], ['partner', 'name', '   ', 'field-required'], ['partner', 'name', 7, 'text-invalid'], ['partner', 'name', 'x'.repeat(201), 'text-too-long'], ['partner', 'name', 'two\nlines', 'text-unprintable'],
    ['partner', 'legal_name', 'bell\u0007', 'text-unprintable'], ['partner', 'billing_email', 'nobody', 'email-invalid'], ['partner', 'billing_email', 'a@b.example, c@d.example', 'email-invalid'], ['partner', 'billing_email', 'a@-b.example', 'email-invalid'],
    ['partner', 'billing_address', 'one line', 'address-invalid'], ['partner', 'billing_address', { line1: 7 }, 'address-invalid'], ['partner', 'tax_treatment', 'maybe', 'choice-unknown'], ['partner', 'telephone', '1', 'field-unknown'],
    ['contract', 'currency', 'xxz', 'currency-unknown'], ['contract', 'currency', '$', 'currency-unknown'], ['contract', 'pricing_model', 'per_moon', 'pricing-model-unknown'],
    ['contract', 'flat_fee_minor', -1, 'number-out-of-range'], ['contract', 'flat_fee_minor', 1.5, 'number-invalid'], ['contract', 'flat_fee_minor', '100', 'number-invalid'], ['contract', 'flat_fee_minor', 1e13, 'number-out-of-range'],
    ['contract', 'flat_fee_minor', null, 'field-required'], ['contract', 'included_units', -1, 'number-out-of-range'], ['contract', 'minimum_commitment_minor', -1, 'number-out-of-range'],
    ['contract', 'discount_basis_points', 10_001, 'number-out-of-range'], ['contract', 'tax_rate_basis_points', -1, 'number-out-of-range'], ['contract', 'withholding_rate_basis_points', 10_001, 'number-out-of-range'],
    ['contract', 'payment_terms_days', 366, 'number-out-of-range'],
    ['contract', 'per_deed_price', '1,5', 'price-invalid'], ['contract', 'per_deed_price', '-0.5', 'price-negative'], ['contract', 'per_deed_price', '0.123456789', 'price-too-precise'], ['contract', 'per_deed_price', '1000000000', 'price-too-large'],
    ['contract', 'per_deed_price', '1e3', 'price-invalid'], ['contract', 'per_deed_price', 2.5, 'price-invalid'],
    ['contract', 'api_key_prefix', 'dp-pk', 'prefix-invalid'], ['contract', 'api_key_prefix', 'ab', 'prefix-invalid'], ['contract', 'further_prefixes', ['dp pk'], 'prefix-invalid'], ['contract', 'further_prefixes', 'dp_pk_x', 'prefix-invalid'],
    ['contract', 'further_prefixes', ['dp_pk_new'], 'prefix-repeated'], ['contract', 'api_key_prefix', 'dp_pk_own', 'prefix-taken'], ['contract', 'further_prefixes', ['dp_pk_own'], 'prefix-taken'], ['contract', 'api_key_prefix', 'dp_pk_gone', 'prefix-taken'],
    ['contract', 'effective_from', '2026-02-30', 'date-invalid'], ['contract', 'effective_from', '1.10.2026', 'date-invalid'], ['contract', 'effective_to', '2026-10-01', 'effective-range-invalid'],
    ['contract', 'partner_id', 'p2', 'partner-unknown'],
    ['contract', 'tiers', { mode: 'steps', tiers: [] }, 'tiers-invalid'], ['contract', 'tiers', tiers(), 'tiers-invalid'], ['contract', 'tiers', tiers([10, '1']), 'tiers-not-open-ended'], ['contract', 'tiers', tiers([null, '1'], [10, '1'], [null, '1']), 'tiers-not-open-ended'],
    ['contract', 'tiers', tiers([10, '1'], [10, '1'], [null, '1']), 'tiers-not-rising'], ['contract', 'tiers', tiers([1.5, '1'], [null, '1']), 'tiers-not-rising'], ['contract', 'tiers', tiers([10, '-1'], [null, '1']), 'price-negative'], ['contract', 'tiers', tiers([10, null], [null, '1']), 'price-invalid'],
    ['amendment', 'contract_id', 'nobody', 'contract-unknown'], ['amendment', 'contract_id', 'gone', 'contract-unknown'], ['amendment', 'effective_from', '2025-12-31', 'amendment-outside-contract'], ['amendment', 'effective_from', '2026-06-01', 'amendment-day-taken'],
    ['amendment', 'currency', 'usd', 'field-unknown'],
  ])('%s.%s %j: %s', (entity, column, value, code) => expect(broken(entity, { [column]: value })).toEqual([`${column}: ${code}`]));

  test('every field that is not optional is asked for', () => {
    for (const entity of Object.keys(sound) as MergedEntity[]) {
      const problems = problemsOfRecord({ entity, id: null, values: {}, standing: null }, known).map((problem) => `${problem.column ?? ''}: ${problem.code}`);
      expect(problems).toEqual(mergedFields[entity].filter((field) => !field.isOptional).map((field) => `${field.column}: field-required`));
    }
  });

  test('all that is wrong is told at once, in the order of the form', () => {
    expect(broken('contract', { api_key_prefix: '-', currency: 'x', per_deed_price: 'x', payment_terms_days: -1 })).toEqual(['api_key_prefix: prefix-invalid', 'currency: currency-unknown', 'per_deed_price: price-invalid', 'payment_terms_days: number-out-of-range']);
  });

  test('in a sentence that names the field', () => {
    const values = withDefaults('contract', { ...sound.contract, discount_basis_points: 12_000, api_key_prefix: 'dp_pk_own' });
    expect(problemsOfRecord({ entity: 'contract', id: null, values, standing: null }, known).map((problem) => problem.message)).toEqual([
      'Discount: between 0 and 10,000 basis points; this is 12,000.', 'API key prefix: dp_pk_own belongs to another contract.',
    ]);
  });
});

describe('the price that a model needs', () => {
  test.each<[string, RecordValues, string[]]>([
    ['a flat fee needs none', { pricing_model: 'flat', per_deed_price: null }, []],
    ['per deed', { pricing_model: 'per_deed', per_deed_price: null }, ['per_deed_price: price-missing']],
    ['a hybrid', { per_deed_price: null }, ['per_deed_price: price-missing']],
    ['per request, though there is one per deed', { pricing_model: 'per_request' }, ['per_1000_price: price-missing']],
    ['tiers stand in for it', { pricing_model: 'per_request', tiers: tiers([null, '1']) }, []],
  ])('%s', (_name, changed, problems) => expect(broken('contract', changed)).toEqual(problems));
});

describe('beside other records', () => {
  test.each<[string, MergedEntity, RecordValues, string | null, string[]]>([
    ['a further prefix may be taken over once the other contract has ended', 'contract', { further_prefixes: ['dp_pk_more'] }, null, []],
    ['but not while it runs', 'contract', { further_prefixes: ['dp_pk_more'], effective_from: '2026-06-30' }, null, ['further_prefixes: prefix-taken']],
    ['a further prefix of a deleted contract is free', 'contract', { further_prefixes: ['dp_pk_gone_too'] }, null, []],
    ['a contract keeps its own prefix', 'contract', { api_key_prefix: 'dp_pk_own', effective_from: '2026-01-01' }, 'own', []],
    ['an amendment keeps its own day', 'amendment', { effective_from: '2026-06-01' }, 'a1', []],
    ['and cannot move to that of another', 'amendment', { effective_from: '2026-09-01' }, 'a1', ['effective_from: amendment-day-taken']],
    ['a contract cannot begin after its first amendment', 'contract', { api_key_prefix: 'dp_pk_own', effective_from: '2026-07-01' }, 'own', ['effective_from: amendment-outside-contract']],
    ['nor end before its last one', 'contract', { api_key_prefix: 'dp_pk_own', effective_from: '2026-01-01', effective_to: '2026-09-01' }, 'own', ['effective_to: amendment-outside-contract']],
  ])('%s', (_name, entity, changed, id, problems) => expect(broken(entity, changed, id)).toEqual(problems));

  test('what is fixed cannot change', () => {
    expect(broken('amendment', { contract_id: 'other', effective_from: '2026-05-01' }, 'a1', { ...sound.amendment, contract_id: 'own' })).toEqual(['contract_id: field-fixed']);
  });

  test('a partner with contracts cannot be deleted, one with deleted ones can', () => {
    expect(problemsOfDeletion('partner', 'p1', known)).toMatchObject([{ column: null, code: 'partner-has-contracts', message: 'The partner has 2 contracts (dp_pk_own, dp_pk_other). Delete them first.' }]);
    expect(problemsOfDeletion('partner', 'p2', known)).toEqual([]);
    expect(problemsOfDeletion('contract', 'own', known)).toEqual([]);
  });
});
