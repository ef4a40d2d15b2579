import { createRouterClient } from '@orpc/server';
import { afterEach, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createCommandLog } from '../database/command-log.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { amendmentOf, deedContract, flatContract, insertUsage, requestContract } from '../testing/billing-fixtures.ts';
import { openContractsDesk, type ContractsDesk } from '../testing/contracts-desk.ts';
import { createChangeHub } from './change-hub.ts';
import { createContractsHandlers } from './contracts-handlers.ts';
import type { Role } from './implementer.ts';

const desks: ContractsDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

const amendmentId = '99999999-9999-4999-8999-999999999999';
const amendment = amendmentOf(flatContract, { id: amendmentId, effectiveFrom: '2026-10-16', pricingModel: 'hybrid', flatFeeMinor: 50_000, perDeedPrice: '2.5', includedUnits: 100 });

function openDesk(role: Role = 'admin') {
  const desk = openContractsDesk(
    [flatContract, { ...deedContract, effectiveTo: '2026-11-18' }, { ...requestContract, effectiveFrom: '2027-01-01', furtherPrefixes: ['dp_pk_T2'] }, { ...requestContract, id: '44444444-4444-4444-8444-444444444444', apiKeyPrefix: 'dp_pk_odd', pricingModel: 'per_moon' }],
    [amendment],
  );
  desks.push(desk);
  const context = { user: 'ana', role, host: 'cli' as const, logger: silentLogger, commands: createCommandLog(desk.database, fixedClock(0)) };
  return { ...desk, client: createRouterClient(createContractsHandlers({ ...desk.room, hub: createChangeHub(), sendNow: async (_, change) => change }), { context }) };
}

const edit = (values: Record<string, string | number>, more: object = {}) => ({ commandId: newId(), edit: { entity: 'contract' as const, entityId: flatContract.id, operation: 'update' as const, baseVersion: 1, values, reason: 'Agreed by phone', ...more } });

describe('the list of contracts', () => {
  test('says the terms of today, how each stands and what is wrong', async () => {
    const { rows, total } = await openDesk('viewer').client.list({});
    expect([total, rows.map((row) => [row.partnerName, row.apiKeyPrefix, row.standing, row.pricingModel, row.amendments, row.summary, row.problem])]).toEqual([4, [
      ['Ashgrove Registry', 'dp_pk_ABC', 'in-force', 'hybrid', 1, '500.00 USD a month plus 2.50 USD per deed after the first 100; 21 % tax; 15 % withheld by the partner; due in 30 days.', null],
      ['Kadaster Koppeling', 'dp_pk_KKB', 'ended', 'per_deed', 0, '2.905 EUR per deed; reverse charge; due in 14 days.', null],
      ['Titlesure', 'dp_pk_TSG', 'to-come', 'per_request', 0, '1.50 USD per started 1,000 requests; 7 % tax; due in 30 days.', null],
      ['Titlesure', 'dp_pk_odd', 'in-force', 'per_moon', 0, expect.stringContaining('per_moon'), expect.stringContaining('per_moon')],
    ]]);
  });

  test.each<[object, string[]]>([
    [{ filter: { text: 'titlesure' } }, ['dp_pk_TSG', 'dp_pk_odd']], [{ filter: { text: 'PK_T2' } }, ['dp_pk_TSG']], [{ filter: { text: '%' } }, []], [{ filter: { standing: 'in-force' } }, ['dp_pk_ABC', 'dp_pk_odd']], [{ filter: { standing: 'ended' } }, ['dp_pk_KKB']],
    [{ filter: { partnerId: requestContract.partnerId, standing: 'to-come' } }, ['dp_pk_TSG']], [{ sort: { column: 'apiKeyPrefix', direction: 'descending' } }, ['dp_pk_odd', 'dp_pk_TSG', 'dp_pk_KKB', 'dp_pk_ABC']],
    [{ sort: { column: 'pricingModel', direction: 'ascending' }, limit: 2 }, ['dp_pk_ABC', 'dp_pk_KKB']], [{ sort: { column: 'effectiveFrom', direction: 'descending' }, limit: 1 }, ['dp_pk_TSG']], [{ startAt: 1, limit: 1 }, ['dp_pk_KKB']],
  ])('%j', async (input, prefixes) => expect((await openDesk().client.list(input)).rows.map((row) => row.apiKeyPrefix)).toEqual(prefixes));
});

test('a contract that is only wanted yet comes first, marked, and is shown like one that stands; with it in the count no row is left out or told twice', async () => {
  const { client } = openDesk();
  const wanted = { partner_id: flatContract.partnerId, api_key_prefix: 'dp_pk_NEW', pricing_model: 'flat', flat_fee_minor: 7_500, currency: 'usd', effective_from: '2026-12-01' };
  await client.edit(edit(wanted, { entityId: 'c9', operation: 'create', baseVersion: 0 }));
  const { rows, total } = await client.list({});
  expect([total, rows.map((row) => [row.apiKeyPrefix, row.isWanted, row.version, row.openChanges])[0], rows.slice(1).some((row) => row.isWanted)]).toEqual([5, ['dp_pk_NEW', true, 0, 1], false]);
  expect(rows[0]).toMatchObject({ partnerName: 'Ashgrove Registry', standing: 'to-come', summary: '75.00 USD a month; due in 30 days.' });
  const paged = [];
  for (let startAt = 0; startAt < 6; startAt += 2) paged.push(...(await client.list({ startAt, limit: 2 })).rows.map((row) => row.id));
  expect(paged).toEqual(rows.map((row) => row.id));
  expect((await client.list({ filter: { text: 'new' } })).rows.map((row) => row.id)).toEqual(['c9']);
  expect((await client.list({ filter: { standing: 'ended' } })).rows.map((row) => row.apiKeyPrefix)).toEqual(['dp_pk_KKB']);
  expect(await client.show({ id: 'dp_pk_NEW' })).toMatchObject({ id: 'c9', isWanted: true, timeline: [{ entity: 'contract', version: 0, values: wanted }], changes: [{ state: 'pending' }] });
});

describe('one contract', () => {
  test('shows its terms over time, by its id or its prefix', async () => {
    const { client } = openDesk();
    const record = await client.show({ id: 'dp_pk_ABC' });
    expect(record.timeline.map((terms) => [terms.entity, terms.id, terms.effectiveFrom, terms.effectiveTo, terms.problems, terms.pendingValues])).toEqual([['contract', flatContract.id, '2023-01-01', '2026-10-16', [], null], ['amendment', amendmentId, '2026-10-16', null, [], null]]);
    expect(await client.show({ id: flatContract.id })).toEqual(record);
    await expect(client.show({ id: 'nobody' })).rejects.toMatchObject({ code: 'record-not-found' });
  });

  test('has what is on its way laid over it, and never in it', async () => {
    const { client, changes } = openDesk();
    await client.edit(edit({ flat_fee_minor: 150_000 }));
    const amended = { contract_id: flatContract.id, effective_from: '2027-01-01', pricing_model: 'flat', flat_fee_minor: 200_000 };
    await client.edit(edit(amended, { entity: 'amendment', entityId: 'a2', operation: 'create', baseVersion: 0 }));
    const record = await client.show({ id: flatContract.id });
    expect(record).toMatchObject({ openChanges: 2, conflicts: 0, changes: [{ state: 'pending', operation: 'update' }, { operation: 'create' }] });
    expect(record.timeline.map((terms) => [terms.id, terms.version, terms.values['flat_fee_minor'], terms.pendingValues?.['flat_fee_minor'] ?? null])).toEqual([[flatContract.id, 1, 139_350, 150_000], [amendmentId, 1, 50_000, null], ['a2', 0, 200_000, 200_000]]);
    expect(record.timeline[1]?.effectiveTo).toBe('2027-01-01');
    expect(await client.values({ entity: 'contract', id: flatContract.id })).toMatchObject({ version: 1, values: { flat_fee_minor: 139_350 }, pendingValues: { flat_fee_minor: 150_000 } });
    expect(await client.values({ entity: 'amendment', id: 'a2' })).toMatchObject({ version: 0, values: {}, pendingValues: amended });
    changes.setLastState('conflict');
    expect((await client.list({ limit: 1 })).rows[0]).toMatchObject({ openChanges: 2, conflicts: 1 });
    changes.setLastState('parked');
    expect((await client.show({ id: flatContract.id })).timeline).toHaveLength(2);
    expect(await client.values({ entity: 'amendment', id: 'a2' })).toEqual({ version: 0, values: {}, pendingValues: null });
  });
});

test('an edit of an amendment that is itself on its way is among its contract’s edits and in its terms; one in conflict is laid over nothing', async () => {
  const { client, changes } = openDesk();
  await client.edit(edit({ contract_id: flatContract.id, effective_from: '2027-01-01', pricing_model: 'flat', flat_fee_minor: 200_000 }, { entity: 'amendment', entityId: 'a2', operation: 'create', baseVersion: 0 }));
  await client.edit(edit({ flat_fee_minor: 210_000 }, { entity: 'amendment', entityId: 'a2', baseVersion: 0 }));
  const record = await client.show({ id: flatContract.id });
  expect(record.changes.map((change) => [change.entityId, change.operation])).toEqual([['a2', 'create'], ['a2', 'update']]);
  expect(record.timeline.at(-1)).toMatchObject({ id: 'a2', version: 0, summary: expect.stringContaining('2,100.00 USD a month') });
  changes.setLastState('conflict');
  expect((await client.show({ id: flatContract.id })).timeline.at(-1)).toMatchObject({ summary: expect.stringContaining('2,000.00 USD a month'), pendingValues: { flat_fee_minor: 200_000 } });
});

test('what people decided of an edit is what is laid over the record', async () => {
  const { client, changes } = openDesk();
  await client.edit(edit({ flat_fee_minor: 150_000, payment_terms_days: 20 }));
  changes.setLastState('awaiting-approval', { operation: 'update', fields: [{ column: 'flat_fee_minor', label: 'Flat fee', from: 139_350, to: 145_000, isPriceBearing: true }] });
  expect(await client.values({ entity: 'contract', id: flatContract.id })).toMatchObject({ values: { payment_terms_days: 30 }, pendingValues: { flat_fee_minor: 145_000, payment_terms_days: 30 } });
});

describe('a form', () => {
  test('asks which fields there are, with the choices of each', async () => {
    const fields = await openDesk().client.fields({ entity: 'contract' });
    expect(fields.map((field) => field.column)).toContain('withholding_rate_basis_points');
    expect(fields.find((field) => field.column === 'pricing_model')?.choices?.map((choice) => choice.value)).toEqual(['flat', 'per_deed', 'hybrid', 'per_request']);
    expect(fields.find((field) => field.column === 'partner_id')).toMatchObject({ isFixed: true, isPriceBearing: true, choices: null });
  });

  test('is checked while one types: every problem, and the terms in plain words', async () => {
    const { client } = openDesk();
    expect(await client.check({ entity: 'contract', id: flatContract.id, values: { discount_basis_points: 500 } })).toEqual({ problems: [], summary: '1,393.50 USD a month, less 5 % discount; 21 % tax; 15 % withheld by the partner; due in 30 days.' });
    expect(await client.check({ entity: 'amendment', id: null, values: { contract_id: flatContract.id, effective_from: '2026-10-16', pricing_model: 'per_deed', per_deed_price: '1' } })).toEqual({
      problems: [{ column: 'effective_from', code: 'amendment-day-taken', message: expect.any(String) }], summary: '1.00 USD per deed; due in 30 days.',
    });
    expect(await client.check({ entity: 'contract', id: flatContract.id, values: { pricing_model: 'per_deed' } })).toMatchObject({ problems: [{ column: 'per_deed_price', code: 'price-missing' }], summary: null });
    expect(await client.check({ entity: 'partner', id: null, values: { name: 'Land Nord' } })).toEqual({ problems: [], summary: null });
  });

  test('shows what the last twelve months would have come to', async () => {
    const { client, database } = openDesk();
    insertUsage(database, 'u', 'dp_pk_ABC', 'deeds', 300, '2026-10-02T12:00:00Z');
    // 500.00 + 200 × 2.50 against 500.00 + 200 × 3.00
    const rehearsal = await client.rehearse({ contractId: flatContract.id, entity: 'amendment', id: amendmentId, values: { per_deed_price: '3' } });
    expect(rehearsal.months.at(-1)).toEqual({ month: '2026-10', deeds: 300, requests: 0, before: 100_000, after: 110_000, delta: 10_000 });
  });
});

describe('an edit', () => {
  test('is an admin’s, is checked, and sent once however often it is asked for', async () => {
    const { client, changes } = openDesk();
    const asked = edit({ flat_fee_minor: 150_000 });
    const [first, second] = [await client.edit(asked), await client.edit(asked)];
    expect(second).toEqual(first);
    expect(changes.edits).toMatchObject([{ values: { flat_fee_minor: 150_000 }, by: 'ana' }]);
    await expect(client.edit(edit({ flat_fee_minor: -1 }))).rejects.toMatchObject({ code: 'number-out-of-range', data: { data: { column: 'flat_fee_minor' } } });
    await expect(client.edit(edit({}, { entityId: 'nobody' }))).rejects.toMatchObject({ code: 'record-not-found' });
    await expect(client.edit(edit({ ...flatContractValues }, { operation: 'create' }))).rejects.toMatchObject({ code: 'record-exists' });
    await expect(client.edit(edit({}, { entity: 'partner', entityId: flatContract.partnerId, operation: 'delete' }))).rejects.toMatchObject({ code: 'partner-has-contracts' });
    await client.edit(edit({}, { operation: 'delete' }));
    expect(changes.edits.map((one) => one.operation)).toEqual(['update', 'delete']);
  });

  test.each(['viewer', 'finance', 'accountant'] as const)('a %s may not', async (role) => {
    const { client, changes } = openDesk(role);
    for (const ask of [client.edit(edit({ flat_fee_minor: 1 })), client.restore({ commandId: newId(), entity: 'contract', id: flatContract.id, version: 1, reason: 'Back again' }), client.importFile({ commandId: newId(), format: 'csv', text: '', reason: 'Import' })]) {
      await expect(ask).rejects.toMatchObject({ code: 'role-too-small' });
    }
    expect(changes.edits).toEqual([]);
  });

  test('of a file is planned by anyone and imported by an admin', async () => {
    const { client, changes } = openDesk();
    const { text } = await client.exportFile({ format: 'json' });
    const changed = text.replace('"flat_fee_minor": 139350', '"flat_fee_minor": 140000').replace('"per_moon"', '"flat"');
    expect(await client.planImport({ format: 'json', text: changed })).toMatchObject({ updates: 2, problems: [] });
    expect((await client.importFile({ commandId: newId(), format: 'json', text: changed, reason: 'New year' })).changes).toHaveLength(2);
    expect(changes.edits.map((one) => one.values)).toEqual([{ flat_fee_minor: 140_000 }, { pricing_model: 'flat' }]);
  });
});

const flatContractValues = { partner_id: flatContract.partnerId, api_key_prefix: 'dp_pk_x', currency: 'usd', effective_from: '2026-01-01', pricing_model: 'flat' };
