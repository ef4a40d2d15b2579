/** The merge and the form of values, here and in the shared database, on the same random cases (migrations/postgres/0009, 0010). */
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type RunningPostgres } from '../../../sandbox/postgres.ts';
import { migratePostgres } from '../integrations/postgres/postgres-migrations.ts';
import { mergeChange, type ChangeToMerge, type StandingRecord } from './change-merge.ts';
import { mergedFields, type MergedEntity, type MergedField } from './contract-fields.ts';
import { isSameValue, normaliseValue, withDefaults } from './contract-values.ts';
import { indexRecords, problemsOfRecord } from './contract-validation.ts';
import type { FieldValue } from './change-set.ts';

const runs = process.env['DAYBOOK_LONG'] ? 3_000 : 150;
const perRun = 20;

let server: RunningPostgres;
let owner: pg.Client;

beforeAll(async () => {
  server = await startPostgres();
  const url = await server.createDatabase('merge');
  await migratePostgres(url);
  owner = new pg.Client({ connectionString: url });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await server.stop();
});

const few: fc.Arbitrary<FieldValue> = fc.constantFrom<FieldValue[]>(null, '', 'a', 'b', ' a ', 0, 1, 250, true, '2.50', '2.5', [], ['x'], {}, { line1: 'a' }, { mode: 'graduated', tiers: [{ upTo: null, unitPrice: '1.0' }] }, { tiers: [{ unitPrice: '1', upTo: null }], mode: 'graduated' });
const columns = ['name', 'flat_fee_minor', 'per_deed_price', 'tiers'];
const values = fc.record(Object.fromEntries(columns.map((column) => [column, few])), { requiredKeys: [] }) as fc.Arbitrary<Record<string, FieldValue>>;
const change: fc.Arbitrary<ChangeToMerge> = fc.record({
  operation: fc.constantFrom('create', 'update', 'update', 'update', 'delete'),
  fields: fc.record(Object.fromEntries(columns.map((column) => [column, fc.record({ from: few, to: few })])), { requiredKeys: [] }) as fc.Arbitrary<Record<string, { from: FieldValue; to: FieldValue }>>,
  restores: fc.boolean(),
});
const standing: fc.Arbitrary<StandingRecord | null> = fc.option(fc.record({ version: fc.integer({ min: 1, max: 5 }), isDeleted: fc.boolean(), values }), { freq: 8 });

const allFields = (Object.keys(mergedFields) as MergedEntity[]).flatMap((entity) => mergedFields[entity].map((field) => ({ entity, field })));
const digits = fc.stringMatching(/^-?0{0,2}[0-9]{1,10}(\.[0-9]{0,10})?$/);
const anyText = fc.oneof(fc.constantFrom('', ' ', 'flat', 'per_deed', 'standard', 'usd', 'USD', 'dp_pk_ABC', '2026-02-28', '2026-02-30', '2026-1-1', 'ap@a.example', 'not mail', '\u00a0x\u2009', 'Z\u0301', '\ufeffx', 'a\tb', 'a\u0007b', 'x'.repeat(201)), digits, fc.string({ maxLength: 12 }));
const anyValue: fc.Arbitrary<FieldValue> = fc.oneof(
  { weight: 6, arbitrary: anyText }, { weight: 3, arbitrary: fc.constantFrom<FieldValue[]>(null, true, 0, -1, 1, 250, 365, 366, 10_000, 10_001, 1e12, 1e12 + 1, 1.5) }, { weight: 2, arbitrary: fc.array(anyText, { maxLength: 3 }) },
  { weight: 2, arbitrary: fc.dictionary(fc.constantFrom('line1', 'city', 'country'), fc.oneof(anyText, fc.constant(null))) },
  { weight: 3, arbitrary: fc.record({ mode: fc.constantFrom('graduated', 'volume', 'other'), tiers: fc.array(fc.record({ upTo: fc.constantFrom<FieldValue[]>(null, 1, 2, 100, 1.5, -1, 'x'), unitPrice: fc.oneof(digits, fc.constantFrom(' 1.50 ', 'x')) }), { maxLength: 3 }) }) },
);

async function askInOneGo<Answer>(query: string, asked: readonly unknown[]): Promise<Answer[]> {
  const { rows } = await owner.query<{ answer: Answer }>(`SELECT ${query} AS answer FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS e (x, n) ORDER BY n`, [JSON.stringify(asked)]);
  return rows.map((row) => row.answer);
}

describe('the shared database and this desk', () => {
  test('know the same fields', async () => {
    const { rows } = await owner.query('SELECT entity, column_name AS column, kind, is_price_bearing AS "isPriceBearing", is_optional AS "isOptional", is_fixed AS "isFixed" FROM daybook.merged_fields');
    const ours = allFields.map(({ entity, field: { column, kind, isPriceBearing, isOptional, isFixed } }) => ({ entity, column, kind, isPriceBearing, isOptional, isFixed: isFixed ?? false }));
    const order = (list: { entity: string; column: string }[]): unknown[] => list.toSorted((a, b) => (`${a.entity}/${a.column}` < `${b.entity}/${b.column}` ? -1 : 1));
    expect(order(rows as typeof ours)).toEqual(order(ours));
  });

  test('know the same defaults of a new record', async () => {
    for (const entity of ['partner', 'contract', 'amendment'] as const) expect((await owner.query<{ answer: unknown }>('SELECT daybook.default_values($1) AS answer', [entity])).rows[0]?.answer).toEqual(withDefaults(entity, {}));
  });

  test('merge alike', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ change, standing, isTouched: fc.boolean() }), { minLength: perRun, maxLength: perRun }), async (cases) => {
        const theirs = await askInOneGo("daybook.merge_change(x ->> 'operation', x -> 'fields', (x ->> 'restores')::boolean, nullif(x -> 'standing', 'null'), (x ->> 'isTouched')::boolean)", cases.map((one) => ({ ...one.change, standing: one.standing, isTouched: one.isTouched })));
        expect(theirs).toEqual(cases.map((one) => mergeChange(one.change, one.standing, one.isTouched)));
      }),
      { numRuns: runs },
    );
  });

  test('write a value in the same form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ of: fc.constantFrom(...allFields), value: anyValue }), { minLength: perRun, maxLength: perRun }), async (given) => {
        // How other letters are lowered is a matter of the server's locale; what is no code of three plain letters is refused on both sides.
        const cases = given.filter(({ of, value }) => of.field.kind !== 'currency' || typeof value !== 'string' || /^[\x20-\x7e]*$/.test(value));
        const theirs = await askInOneGo<FieldValue>("daybook.canonical_value(x ->> 'kind', (x ->> 'isOptional')::boolean, x -> 'value')", cases.map(({ of, value }) => ({ ...of.field, value })));
        for (const [index, { of, value }] of cases.entries()) expect([of.field.column, value, isSameValue(theirs[index] ?? null, normaliseValue(of.field, value)), theirs[index]]).toEqual([of.field.column, value, true, theirs[index]]);
      }),
      { numRuns: runs },
    );
  });

  test('refuse the same values', async () => {
    const known = indexRecords([], [], []);
    const codeOf = (entity: MergedEntity, field: MergedField, value: FieldValue): string | null => problemsOfRecord({ entity, id: null, values: { [field.column]: value }, standing: null }, known).find((problem) => problem.column === field.column && !['prefix-taken', 'partner-unknown', 'contract-unknown', 'prefix-repeated', 'price-missing'].includes(problem.code))?.code ?? null;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ of: fc.constantFrom(...allFields), given: anyValue }), { minLength: perRun, maxLength: perRun }), async (cases) => {
        // Currencies are in ISO 4217 here and three letters there; addresses of e-mail are looked at more closely here.
        const compared = cases.filter(({ of }) => of.field.kind !== 'currency' && of.field.kind !== 'email').map(({ of, given }) => ({ of, value: normaliseValue(of.field, given) }));
        const theirs = await askInOneGo<string | null>("daybook.problem_of_value(x ->> 'column', x ->> 'kind', (x ->> 'isOptional')::boolean, x -> 'value')", compared.map(({ of, value }) => ({ ...of.field, value })));
        expect(theirs.map((code, index) => [compared[index]?.of.field.column, compared[index]?.value, code])).toEqual(compared.map(({ of, value }) => [of.field.column, value, codeOf(of.entity, of.field, value)]));
      }),
      { numRuns: runs },
    );
  });
});
