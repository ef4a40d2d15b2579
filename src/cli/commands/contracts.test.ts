/** The commands about contracts with the real room behind them and the outbox at its port. What only a process shows stands in contracts.integration.test.ts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterEach, describe, expect, test } from 'vitest';
import type { DaybookClient } from '../../shared/api/contract.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createChangeHub } from '../../main/api/change-hub.ts';
import { createContractsHandlers } from '../../main/api/contracts-handlers.ts';
import { sql } from '../../main/database/handles.ts';
import { createCommandLog } from '../../main/database/command-log.ts';
import { silentLogger } from '../../main/platform/logger.ts';
import { amendmentOf, flatContract, insertUsage } from '../../main/testing/billing-fixtures.ts';
import { insertVersion, openContractsDesk, type ContractsDesk } from '../../main/testing/contracts-desk.ts';
import { makeTemporaryFolder } from '../../main/testing/temporary-folder.ts';
import { createOutput } from '../output.ts';
import type { CommandAction, CommandContext, ExitCode } from './command.ts';
import { importContracts, readTextFile } from './contract-files.ts';
import { compareVersions, listVersions, rehearseContract, restoreVersion } from './contract-history.ts';
import { amendContract, deleteContract, editContract, listContracts, newContract } from './contracts.ts';

const desks: ContractsDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

const hybrid = { ...flatContract, pricingModel: 'hybrid', flatFeeMinor: 50_000, perDeedPrice: '2.5', includedUnits: 100 };

function openDesk(contracts = [hybrid]) {
  const desk = openContractsDesk(contracts, contracts.map((contract) => amendmentOf(contract, { id: 'a1', effectiveFrom: '2026-06-01', perDeedPrice: '2' })));
  desks.push(desk);
  const context = { user: 'ana', role: 'admin' as const, host: 'cli' as const, logger: silentLogger, commands: createCommandLog(desk.database, fixedClock(0)) };
  const client = { contracts: createRouterClient(createContractsHandlers({ ...desk.room, hub: createChangeHub(), sendNow: async (_, change) => change }), { context }) } as unknown as DaybookClient;
  /** What it answers for a program, or says to a person. */
  async function run(action: CommandAction, isJson = false): Promise<{ code: ExitCode; said: string }> {
    let said = '';
    const command: CommandContext = { client, output: createOutput(isJson, (text) => (said += text)), timeZone: 'America/New_York', runJob: () => Promise.reject(new Error('No job is run here.')) };
    return { code: await action(command), said };
  }
  return { ...desk, run };
}

const reason = 'Agreed by phone';

describe('contracts edit', () => {
  test('sends what is set, for a contract by its prefix, an amendment and a partner by their ids', async () => {
    const { run, changes } = openDesk();
    const { code, said } = await run(editContract('dp_pk_ABC', { set: ['flat-fee-minor=60000', 'purchase_order_number='], reason }));
    expect([code, said]).toEqual([0, expect.stringMatching(/^pending: update of .+, by ana: Agreed by phone[^]+Flat fee +— +600\.00 USD/)]);
    await run(editContract('a1', { set: ['per_deed_price=1.75'], reason }));
    await run(editContract(hybrid.partnerId, { set: ['billing_email=new@ashgrove.example'], reason }));
    expect(changes.edits.map(({ entity, values, baseVersion }) => [entity, values, baseVersion])).toEqual([
      ['contract', { flat_fee_minor: 60_000, purchase_order_number: null }, 1], ['amendment', { per_deed_price: '1.75' }, 1], ['partner', { billing_email: 'new@ashgrove.example' }, 1],
    ]);
  });

  test('tells everything that is wrong at once and changes nothing', async () => {
    const { run, changes } = openDesk();
    const action = editContract('dp_pk_ABC', { set: ['flat_fee_minor=-1', 'per_deed_price=-2', 'currency=xxz'], reason });
    expect(await run(action)).toEqual({ code: 1, said: expect.stringMatching(/currency-unknown[^]+number-out-of-range[^]+price-negative[^]+Nothing was changed/) });
    expect(JSON.parse((await run(action, true)).said)).toMatchObject({ problems: [{ column: 'currency' }, { column: 'flat_fee_minor' }, { column: 'per_deed_price' }] });
    expect(changes.edits).toEqual([]);
  });

  test.each([[['colour=red'], 'input-invalid'], [['flat_fee_minor'], 'input-invalid'], [['per_deed_price=1,5'], 'decimal-comma'], [['tiers=many'], 'json-invalid']])('--set %j: %s', async (set, code) => {
    await expect(openDesk().run(editContract('dp_pk_ABC', { set, reason }))).rejects.toMatchObject({ code });
  });
});

test('contracts amend begins with the terms of the day before', async () => {
  const { run, changes } = openDesk();
  await run(amendContract('dp_pk_ABC', { from: '2027-01-01', set: ['per_deed_price=3'], reason }));
  await run(amendContract('dp_pk_ABC', { from: '2026-05-31', set: ['flat_fee_minor=1'], reason }));
  expect(changes.edits.map(({ entity, operation, values }) => [entity, operation, values['effective_from'], values['per_deed_price'], values['flat_fee_minor'], values['included_units'], values['contract_id']])).toEqual([
    ['amendment', 'create', '2027-01-01', '3', 50_000, 100, hybrid.id], ['amendment', 'create', '2026-05-31', '2.5', 1, 100, hybrid.id],
  ]);
  expect((await run(amendContract('dp_pk_ABC', { from: '2026-06-01', reason }))).said).toMatch(/amendment-day-taken/);
});

test('contracts new and delete', async () => {
  const { run, changes } = openDesk();
  await run(newContract({ entity: 'partner', set: ['name=Land Nord', 'billing_address={"line1":"Am Markt 1","country":"DE"}'], reason }));
  await run(newContract({ entity: 'contract', set: [`partner_id=${hybrid.partnerId}`, 'api_key_prefix=dp_pk_new', 'currency=EUR', 'effective_from=2027-01-01', 'pricing_model=flat', 'flat_fee_minor=100'], reason }));
  expect((await run(newContract({ entity: 'contract', set: [], reason }))).code).toBe(1);
  expect((await run(deleteContract('a1', { reason }))).said).toMatch(/^pending: delete of a1, by ana/);
  await expect(run(deleteContract(hybrid.partnerId, { reason }))).rejects.toMatchObject({ code: 'partner-has-contracts' });
  expect(changes.edits.map(({ entity, operation, values }) => [entity, operation, values['currency'] ?? values['name'] ?? null])).toEqual([['partner', 'create', 'Land Nord'], ['contract', 'create', 'eur'], ['amendment', 'delete', null]]);
});

test('contracts list says why it is empty', async () => {
  const { run } = openDesk();
  expect((await run(listContracts({ limit: 10, text: 'nobody' }))).said).toBe('No contract fits this.\n');
  expect((await openDesk([]).run(listContracts({ limit: 10 }))).said).toMatch(/^There is no contract here that your role reads\./);
});

test('contracts versions, compare and restore', async () => {
  const { run, database, changes } = openDesk();
  const body = { partner_id: hybrid.partnerId, api_key_prefix: 'dp_pk_ABC', further_prefixes: [], currency: 'usd', effective_from: '2023-01-01', pricing_model: 'hybrid', flat_fee_minor: 40_000, per_deed_price: '2.5', included_units: 100, minimum_commitment_minor: 0, discount_basis_points: 0, tax_rate_basis_points: 2_100, withholding_rate_basis_points: 1_500, payment_terms_days: 30, purchase_order_number: 'PO-7781' };
  insertVersion(database, 'contract', hybrid.id, 0, { author: 'ben', reason: 'First', at: '2023-01-01T12:00:00Z' }, body);
  insertVersion(database, 'contract', hybrid.id, 1, { author: 'ada', reason: null, at: '2024-01-01T12:00:00Z' }, { ...body, flat_fee_minor: 50_000 });
  expect((await run(listVersions('dp_pk_ABC'))).said).toMatch(/1\* +2024-01-01 07:00 +ada +Flat fee: 400\.00 USD → 500\.00 USD\n +0 +2023-01-01 07:00 +ben +First +made/);
  expect((await run(compareVersions('dp_pk_ABC', { from: 0, to: 1 }))).said).toMatch(/Flat fee +400\.00 USD +500\.00 USD[^]+2026-10 would have come to 605\.00 USD under version 0 and 605\.00 USD under version 1/);
  await run(restoreVersion('dp_pk_ABC', { version: 0, reason }));
  expect(changes.edits[0]).toMatchObject({ baseVersion: 1, values: { flat_fee_minor: 40_000 } });
});

test('what comes too late for months that are invoiced says so', async () => {
  const { run, database } = openDesk();
  const insertInvoice = sql('test.invoice', `INSERT INTO invoices (id, kind, status, contract_id, billing_month, currency, subtotal_minor, discount_minor, tax_minor, withholding_minor, total_minor, amount_paid_minor, amount_due_minor, line_items, customer_snapshot, totals_fingerprint, created_at, created_by, version)
    VALUES ('i', 'partner', 'open', ?, '2026-10', 'usd', 0, 0, 0, 0, 0, 0, 0, '[]', '{}', '', 0, 'ana', 1)`);
  database.unitOfWork.run('invoice', (writable) => writable.run(insertInvoice, [hybrid.id]));
  const late = '2026-10 is invoiced already: those invoices keep the terms they were made with.';
  expect((await run(amendContract('dp_pk_ABC', { from: '2026-10-15', set: ['per_deed_price=3'], reason }))).said).toContain(late);
  expect((await run(rehearseContract('dp_pk_ABC', { from: '2026-10-15', set: ['per_deed_price=3'] }))).said).toContain(late);
  expect((await run(amendContract('dp_pk_ABC', { from: '2026-11-01', set: ['per_deed_price=3'], reason }))).said).not.toContain('invoiced');
});

test('contracts rehearse, of the contract and as an amendment', async () => {
  const { run, database } = openDesk();
  insertUsage(database, 'u', 'dp_pk_ABC', 'deeds', 300, '2026-10-02T12:00:00Z');
  const asAmendment = await run(rehearseContract('dp_pk_ABC', { from: '2027-01-01', set: ['per_deed_price=3'] }));
  // 500.00 + 200 × 2.00 under the amendment of June, 500.00 + 200 × 3.00 proposed
  expect(asAmendment).toEqual({ code: 0, said: expect.stringMatching(/Now: +500\.00 USD a month plus 2\.00 USD[^]+2026-10 +300 +0 +900\.00 USD +1,100\.00 USD +200\.00 USD[^]+Over these months: 200\.00 USD, before tax[^]+no volume/) });
  expect((await run(rehearseContract('dp_pk_ABC', { set: ['pricing_model=flat', 'flat_fee_minor=80000'] }))).said).toMatch(/Both cost the same at 220 deeds a month\./); // 300.00 ÷ 2.50 after the first 100
  expect((await run(rehearseContract('a1', { set: ['pricing_model=per_moon'] }))).code).toBe(1);
  await expect(run(rehearseContract(hybrid.partnerId, {}))).rejects.toMatchObject({ code: 'input-invalid' });
});

describe('contracts import', () => {
  testWithFile('reads UTF-8 and UTF-16, and refuses what is neither', (file) => {
    writeFileSync(file, 'Büro');
    expect(readTextFile(file)).toBe('Büro');
    writeFileSync(file, Buffer.from('\ufeffBüro', 'utf16le'));
    expect(readTextFile(file)).toBe('Büro');
    writeFileSync(file, Buffer.from('B\u00fcro', 'latin1'));
    expect(() => readTextFile(file)).toThrowError(expect.objectContaining({ code: 'file-encoding-invalid' }));
    writeFileSync(file, Buffer.alloc(10_000_001, 65));
    expect(() => readTextFile(file)).toThrowError(expect.objectContaining({ code: 'file-too-large' }));
    expect(() => readTextFile(`${file}-not`)).toThrowError(expect.objectContaining({ code: 'file-unreadable' }));
  });

  testWithFile('rehearses, needs a reason, and is refused whole while there is a problem', async (file) => {
    const { run, changes } = openDesk();
    writeFileSync(file, `entity;id;flat_fee_minor;per_deed_price\ncontract;${hybrid.id};60000;2.5\n`);
    expect((await run(importContracts(file, { dryRun: true }))).said).toMatch(/2 +contract dp_pk_ABC +Flat fee +500\.00 USD +600\.00 USD\n0 new, 1 changed, 0 unchanged \(rehearsal: nothing was written\)/);
    await expect(run(importContracts(file, {}))).rejects.toMatchObject({ code: 'usage-invalid' });
    expect(changes.edits).toEqual([]);
    expect((await run(importContracts(file, { reason }))).said).toMatch(/0 new, 1 changed, 0 unchanged\n$/);
    expect(changes.edits).toMatchObject([{ values: { flat_fee_minor: 60_000 }, reason }]);
    writeFileSync(file, `entity;id;per_deed_price\ncontract;${hybrid.id};2,5\n`);
    expect(await run(importContracts(file, { reason }))).toEqual({ code: 1, said: expect.stringMatching(/2 +per_deed_price +.*comma[^]+1 problem in 1 row\. Nothing was imported\./) });
    expect(changes.edits).toHaveLength(1);
  });
});

/** A test with a file of its own in a folder that goes away. */
function testWithFile(name: string, work: (file: string) => void | Promise<void>): void {
  test(name, async () => {
    using folder = makeTemporaryFolder();
    await work(join(folder.path, 'contracts.csv'));
  });
}
