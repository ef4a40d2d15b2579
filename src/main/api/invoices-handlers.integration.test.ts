/** The invoices and partners procedures as a client calls them, on a real ledger file. */
import { createRouterClient } from '@orpc/server';
import { parse } from 'csv-parse/sync';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createCommandLog } from '../database/command-log.ts';
import { sql } from '../database/handles.ts';
import { createInvoiceDocuments, type InvoiceDocuments } from '../documents/invoice-documents.ts';
import { createPdfRenderer } from '../documents/pdf-renderer.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { insertOctoberUsage, openBillingDesk, testNow, type BillingDesk } from '../testing/billing-desk.ts';
import { amendmentOf, deedContract, flatContract, insertAmendment, insertUsage, requestContract } from '../testing/billing-fixtures.ts';
import { createChangeHub } from './change-hub.ts';
import type { Role } from './implementer.ts';
import { createInvoicesHandlers } from './invoices-handlers.ts';
import { createInvoicesReadingHandlers } from './invoices-reading-handlers.ts';
import { createPartnersHandlers } from './partners-handlers.ts';

const clock = fixedClock(Date.parse(testNow));
const timeZone = new TimeZone('America/New_York');
const renderer = createPdfRenderer();
const desks: BillingDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});
afterAll(() => renderer.close());

function openWorld(role: Role = 'accountant') {
  let documents: InvoiceDocuments | undefined;
  const desk = openBillingDesk({
    contracts: [flatContract, deedContract, { ...requestContract, pricingModel: 'per_moon' }],
    documents: ({ database, folder }) => (documents = createInvoiceDocuments({ dataFolder: folder, readable: database, unitOfWork: database.unitOfWork, renderer, clock })),
  });
  desks.push(desk);
  insertOctoberUsage(desk.database);
  insertUsage(desk.database, 'november', 'dp_pk_KKB', 'deeds', 7, '2026-11-10T12:00:00Z');
  insertStripeInvoices(desk);
  if (!documents) throw new Error('no documents');
  const context = { context: { user: 'amara', role, host: 'cli' as const, logger: silentLogger, commands: createCommandLog(desk.database, clock) } };
  return {
    desk,
    invoices: createRouterClient({ ...createInvoicesReadingHandlers({ readable: desk.database, clock, timeZone }), ...createInvoicesHandlers({ readable: desk.database, clock, timeZone, invoicing: desk.invoicing, documents, creditNotes: { find: () => null }, hub: createChangeHub() }) }, context),
    partners: createRouterClient(createPartnersHandlers({ readable: desk.database, clock, timeZone }), context),
  };
}

/** Finalised on 31 October in New York (1 November in UTC), overdue; paid in September; void. */
function insertStripeInvoices({ database }: BillingDesk): void {
  const at = (text: string): number => Date.parse(text);
  database.connection.exec(`INSERT INTO stripe_customers (id, name, email, created_at, observed_at, raw) VALUES ('cus_1', 'Bryn Title & Co', 'ap@bryn.example', 0, 0, '{}')`);
  const insert = database.connection.prepare(`INSERT INTO stripe_invoices (id, number, customer_id, status, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, due_at, finalised_at, paid_at, created_at, observed_at, raw)
    VALUES (?, ?, 'cus_1', ?, 'usd', 1000, 0, 80, 1080, ?, 1080, ?, ?, ?, ?, ?, 0, '{"object":"invoice"}')`);
  insert.run('in_1', 'MER-0001', 'open', 0, 1_080, at('2026-11-17T20:00:00Z'), at('2026-11-01T03:30:00Z'), null, at('2026-11-01T02:30:00Z'));
  insert.run('in_2', 'MER-0002', 'paid', 1_080, 0, at('2026-10-01T20:00:00Z'), at('2026-09-10T12:00:00Z'), at('2026-09-11T12:00:00Z'), at('2026-09-10T11:00:00Z'));
  insert.run('in_3', 'MER-0003', 'void', 0, 1_080, null, at('2026-08-10T12:00:00Z'), null, at('2026-08-10T11:00:00Z'));
  database.connection.exec(`INSERT INTO stripe_invoice_lines (id, invoice_id, line_index, quantity, amount_minor, discount_minor, tax_minor, unit_amount_decimal, currency, is_proration, period_start_at, period_end_at, description, raw)
    VALUES ('il_1', 'in_1', 0, 2, 1000, 0, 80, '500.5', 'usd', 1, ${at('2026-10-15T12:00:00Z')}, ${at('2026-11-15T13:00:00Z')}, '2 × Pro', '{}')`);
}

describe('the list of invoices', () => {
  test('holds partner and Stripe invoices by issue, newest first, with what it sums to', async () => {
    const { desk, invoices } = openWorld();
    await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise: true });
    const list = await invoices.list({});
    expect(list.rows.map((row) => [row.number, row.origin, row.status, row.isOverdue, row.issuedOn, row.total.amount, row.due.amount]).sort()).toEqual([
      ['API-202610-dp_pk_ABC', 'partner', 'finalised', false, '2026-11-18', 168_614, 147_711],
      ['API-202610-dp_pk_KKB', 'partner', 'finalised', false, '2026-11-18', 119_396, 119_396],
      ['MER-0001', 'stripe', 'open', true, '2026-10-31', 1_080, 1_080],
      ['MER-0002', 'stripe', 'paid', false, '2026-09-10', 1_080, 0],
      ['MER-0003', 'stripe', 'void', false, '2026-08-10', 1_080, 0],
    ]);
    expect(list.rows.slice(2).map((row) => row.number)).toEqual(['MER-0001', 'MER-0002', 'MER-0003']);
    // Not the void one.
    expect([list.total, list.sums, list.voided]).toEqual([5, [{ amount: 119_396, currency: 'eur' }, { amount: 168_614 + 2 * 1_080, currency: 'usd' }], 1]);
  });

  test('sums what is real, whatever window is asked for: drafts stand apart, nothing is due of a void invoice and it adds nothing', async () => {
    const { desk, invoices } = openWorld();
    await desk.invoicing.run({ period: '2026-09', actor: 'amara', finalise: false });
    await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise: true });
    const voided = (await invoices.list({ filter: { text: 'API-202610-dp_pk_ABC' } })).rows[0];
    await invoices.void({ commandId: newId(), id: voided?.id ?? '', reason: 'wrong address' });
    const drafts = (await invoices.list({ filter: { status: 'draft' } })).rows;
    const sumOf = (currency: string): number => drafts.filter((row) => row.total.currency === currency).reduce((sum, row) => sum + row.total.amount, 0);
    const expected = { total: 5 + drafts.length, sums: [{ amount: 119_396, currency: 'eur' }, { amount: 2 * 1_080, currency: 'usd' }], drafts: { count: drafts.length, sums: ['eur', 'usd'].flatMap((currency) => (sumOf(currency) === 0 ? [] : [{ amount: sumOf(currency), currency }])) }, voided: 2 };
    expect(drafts.length).toBeGreaterThan(0);
    // A window that holds the whole list adds up its rows; a part of it asks the database.
    expect(await invoices.list({})).toMatchObject(expected);
    expect(await invoices.list({ limit: 2 })).toMatchObject(expected);
    expect(await invoices.list({ filter: { status: 'draft' }, limit: 1 })).toMatchObject({ sums: [], drafts: expected.drafts, voided: 0 });
    expect(await invoices.list({ filter: { status: 'void' } })).toMatchObject({ total: 2, sums: [], voided: 2, rows: [{ due: { amount: 0 } }, { due: { amount: 0 } }] });
    expect(await invoices.show({ id: voided?.id ?? '' })).toMatchObject({ status: 'void', totalMinor: 168_614, dueMinor: 0, due: { amount: 0 } });
  });

  test.each([
    [{ filter: { month: '2026-10' } }, ['API-202610-dp_pk_ABC', 'API-202610-dp_pk_KKB', 'MER-0001']],
    [{ filter: { status: 'open' as const } }, ['MER-0001']],
    [{ filter: { origin: 'partner' as const } }, ['API-202610-dp_pk_ABC', 'API-202610-dp_pk_KKB']],
    [{ filter: { origin: 'one-off' as const } }, []],
    [{ filter: { text: 'bryn' } }, ['MER-0001', 'MER-0002', 'MER-0003']],
    [{ filter: { text: 'dp_pk_K' } }, ['API-202610-dp_pk_KKB']],
    [{ filter: { text: '%' } }, []],
    [{ filter: { text: 'in_2' } }, ['MER-0002']],
  ])('filtered by %j', async (input, numbers) => {
    const { desk, invoices } = openWorld();
    await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise: true });
    const list = await invoices.list(input);
    expect(list.rows.map((row) => row.number).sort()).toEqual(numbers);
    expect(list.total).toBe(numbers.length);
  });

  test('in every order and window gives the same rows', async () => {
    const { desk, invoices } = openWorld();
    await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise: true });
    for (const column of ['number', 'customerName', 'issuedOn', 'total', 'status'] as const) {
      const forward = (await invoices.list({ sort: { column, direction: 'ascending' } })).rows;
      const backward = (await invoices.list({ sort: { column, direction: 'descending' } })).rows;
      expect(forward).toEqual([...backward].reverse());
      const windows = await Promise.all([0, 2, 4].map((startAt) => invoices.list({ startAt, limit: 2, sort: { column, direction: 'ascending' } })));
      expect(windows.flatMap((window) => window.rows)).toEqual(forward);
    }
  });
});

describe('one invoice', () => {
  test('of a partner tells its calculation, its entries and its history, by id or by number', async () => {
    const { desk, invoices } = openWorld();
    await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise: true });
    const shown = await invoices.show({ id: 'API-202610-dp_pk_ABC' });
    expect(shown).toMatchObject({ lines: [{ description: 'API access, October 2026', amountMinor: 139_350, explanation: 'Flat fee for the whole month' }], taxLabel: 'Tax 21 %', withholdingMinor: 20_903, dueMinor: 147_711, hasPdf: true, history: [{ actor: 'amara', action: 'draft' }, { actor: 'amara', action: 'finalise' }] });
    expect(shown.journalEntryIds).toHaveLength(1);
    expect(await invoices.show({ id: shown.id })).toEqual(shown);
  });

  test('of Stripe tells its lines and its raw source, and has no PDF here', async () => {
    const { invoices } = openWorld();
    expect(await invoices.show({ id: 'in_1' })).toMatchObject({ lines: [{ quantity: '2', unitPrice: '5.005', amountMinor: 1_000, explanation: 'Prorated by Stripe, 2026-10-15 to 2026-11-15' }], raw: '{"object":"invoice"}', history: [{ action: 'created' }, { action: 'finalised' }] });
    await expect(invoices.pdf({ id: 'in_1' })).rejects.toMatchObject({ code: 'invoice-has-no-pdf' });
    await expect(invoices.show({ id: 'in_9' })).rejects.toMatchObject({ code: 'invoice-not-found' });
  });

  test('gives its PDF verified, a draft with its mark', async () => {
    const { invoices, desk } = openWorld();
    await desk.invoicing.run({ period: '2026-10', actor: 'amara' });
    const draft = (await invoices.list({ filter: { status: 'draft' } })).rows[0];
    expect(await invoices.pdf({ id: draft?.id ?? '' })).toMatchObject({ isVerified: false, location: null });
    await invoices.finalise({ commandId: newId(), ids: [draft?.id ?? ''] });
    const pdf = await invoices.pdf({ id: draft?.id ?? '' });
    expect(pdf).toMatchObject({ isVerified: true, location: `documents/invoices/${pdf.fileName}` });
    expect(Buffer.from(pdf.bytes.slice(0, 5)).toString()).toBe('%PDF-');
  });
});

describe('commands', () => {
  test('finalise and void run once however often they are sent', async () => {
    const { desk, invoices } = openWorld();
    await desk.invoicing.run({ period: '2026-10', actor: 'amara' });
    const ids = (await invoices.list({ filter: { status: 'draft' } })).rows.map((row) => row.id);
    const finalise = { commandId: newId(), ids: [...ids, 'unknown'] };
    const first = await invoices.finalise(finalise);
    expect(first).toEqual({ succeeded: ids, failed: [{ id: 'unknown', name: 'unknown', code: 'invoice-not-found', message: 'There is no such partner invoice.', nextStep: 'Check the number, or sync first.' }] });
    expect(await invoices.finalise(finalise)).toEqual(first);
    const voiding = { commandId: newId(), id: ids[0] ?? '', reason: 'Wrong address' };
    expect(await invoices.void(voiding)).toEqual(await invoices.void(voiding));
    const shown = await invoices.show({ id: ids[0] ?? '' });
    expect([shown.status, shown.journalEntryIds.length, shown.history.at(-1)?.note]).toEqual(['void', 2, 'Wrong address']);
  });

  test.each(['viewer', 'finance'] as const)('are refused to the role %s', async (role) => {
    const { invoices } = openWorld(role);
    await expect(invoices.finalise({ commandId: newId(), ids: ['x'] })).rejects.toMatchObject({ code: 'role-too-small' });
    await expect(invoices.void({ commandId: newId(), id: 'x', reason: 'Because' })).rejects.toMatchObject({ code: 'role-too-small' });
  });

  test('a preview names numbers and problems and writes nothing', async () => {
    const { desk, invoices } = openWorld();
    const preview = await invoices.previewRun({ period: '2026-10' });
    expect([preview.succeeded.map((row) => row.number), preview.failed.map((failure) => failure.code)]).toEqual([['API-202610-dp_pk_ABC', 'API-202610-dp_pk_KKB'], ['pricing-model-unknown']]);
    expect((await invoices.list({ filter: { origin: 'partner' } })).total).toBe(0);
    expect(desk.readBooks()).toEqual([]);
  });
});

describe('exports', () => {
  test('invoices of a range of days, both ends included, in the reporting zone', async () => {
    const { desk, invoices } = openWorld();
    await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise: true });
    const file = await invoices.exportCsv({ filter: { from: '2026-10-31', to: '2026-11-18' } });
    const rows = parse(file.text, { columns: true }) as Record<string, string>[];
    expect(rows.map((row) => [row['Number'], row['Total'], row['Currency'], row['Due']])).toEqual(expect.arrayContaining([['MER-0001', '10.80', 'USD', '10.80'], ['API-202610-dp_pk_KKB', '1193.96', 'EUR', '1193.96']]));
    expect([file.rows, file.fileName]).toEqual([3, 'invoices-2026-11-18.csv']);
  });

  test('payments with their customers', async () => {
    const { desk, invoices } = openWorld();
    desk.database.connection.exec(`
      INSERT INTO stripe_charges (id, customer_id, amount_minor, amount_refunded_minor, currency, status, is_paid, is_disputed, description, created_at, observed_at, raw) VALUES ('ch_1', 'cus_1', 1080, 80, 'usd', 'succeeded', 1, 0, 'Invoice MER-0001', 0, 0, '{}');
      INSERT INTO stripe_refunds (id, charge_id, amount_minor, currency, status, created_at, observed_at, raw) VALUES ('re_1', 'ch_1', 80, 'usd', 'succeeded', 0, 0, '{}');
      INSERT INTO stripe_balance_transactions (id, type, reporting_category, amount_minor, fee_minor, net_minor, currency, source_id, status, created_at, created_on, available_at, observed_at, raw) VALUES
        ('txn_1', 'charge', 'charge', 1080, 61, 1019, 'usd', 'ch_1', 'available', 1000, '1969-12-31', 0, 0, '{}'), ('txn_2', 'refund', 'refund', -80, 0, -80, 'usd', 're_1', 'available', 2000, '1969-12-31', 0, 0, '{}'),
        ('txn_3', 'payout', 'payout', -939, 0, -939, 'usd', 'po_1', 'available', 3000, '1969-12-31', 0, 0, '{}')`);
    const rows = parse((await invoices.exportBalanceTransactions({})).text, { columns: true }) as Record<string, string>[];
    expect(rows.map((row) => [row['Type'], row['Customer'], row['Amount'], row['Fee'], row['Net'], row['Source']])).toEqual([['charge', 'Bryn Title & Co', '10.80', '0.61', '10.19', 'ch_1'], ['refund', 'Bryn Title & Co', '-0.80', '0.00', '-0.80', 're_1']]);
  });
});

describe('partners', () => {
  test('are listed with their terms, use, last invoice and problem', async () => {
    const { desk, partners } = openWorld();
    await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise: true });
    const list = await partners.list({});
    expect(list.rows.map((row) => [row.name, row.pricingModel, row.unitsThisMonth, row.lastInvoiceMonth, row.lastInvoiceTotal, row.problem !== null])).toEqual([
      ['Ashgrove Registry', 'flat', 0, '2026-10', { amount: 168_614, currency: 'usd' }, false],
      ['Kadaster Koppeling', 'per_deed', 1_007, '2026-10', { amount: 119_396, currency: 'eur' }, false],
      ['Titlesure', 'per_moon', 0, null, null, true],
    ]);
    expect([list.total, list.sums]).toEqual([3, [{ amount: 119_396, currency: 'eur' }, { amount: 168_614, currency: 'usd' }]]);
    expect((await partners.list({ sort: { column: 'lastInvoiceTotal', direction: 'ascending' } })).rows.map((row) => row.name)).toEqual(['Kadaster Koppeling', 'Ashgrove Registry', 'Titlesure']);
    expect((await partners.list({ filter: { text: 'kkb' } })).rows).toHaveLength(1);
  });

  test('show their contracts in words, a year of usage and their invoices', async () => {
    const { desk, partners } = openWorld();
    await desk.invoicing.run({ period: '2026-10', actor: 'amara', finalise: true });
    const shown = await partners.show({ id: deedContract.partnerId });
    expect(shown).toMatchObject({ billingAddress: ['Calle de Alcalá 48', '28014 Madrid', 'Spain'], contracts: [{ summary: '2.905 EUR per deed; reverse charge; due in 14 days.' }], invoices: [{ number: 'API-202610-dp_pk_KKB', month: '2026-10', total: { amount: 119_396 } }] });
    expect(shown.usage.slice(-3)).toEqual([{ month: '2026-09', deeds: 1_000, requests: 0 }, { month: '2026-10', deeds: 411, requests: 77 }, { month: '2026-11', deeds: 1_007, requests: 0 }]);
    expect(shown.usage).toHaveLength(12);
    expect(shown.contracts[0]?.usage).toEqual(shown.usage);
    expect(shown.invoices.map((invoice) => invoice.contractId)).toEqual([deedContract.id]);
    expect((await partners.show({ id: requestContract.partnerId })).contracts[0]?.summary).toContain('is not a pricing model');
    await expect(partners.show({ id: 'nobody' })).rejects.toMatchObject({ code: 'partner-not-found' });
  });

  test('show the usage of a contract on its own days only', async () => {
    const { desk, partners } = openWorld();
    desk.database.run(sql('test.end', "UPDATE partner_contracts SET effective_from = '2026-10-01', effective_to = '2026-11-01' WHERE id = ?"), [deedContract.id]);
    const shown = await partners.show({ id: deedContract.partnerId });
    expect(shown.contracts[0]?.usage.slice(-3).map((month) => month.deeds)).toEqual([0, 411, 0]);
    expect(shown.usage.slice(-3).map((month) => month.deeds)).toEqual([1_000, 411, 1_007]);
  });

  test('show the terms of today: those of the last amendment that has begun', async () => {
    const { desk, partners } = openWorld();
    insertAmendment(desk.database, amendmentOf(deedContract, { id: 'a1', effectiveFrom: '2026-11-18', perDeedPrice: '2' }));
    insertAmendment(desk.database, amendmentOf(deedContract, { id: 'a2', effectiveFrom: '2026-11-19', perDeedPrice: '1' }));
    expect((await partners.show({ id: deedContract.partnerId })).contracts).toMatchObject([{ summary: '2.00 EUR per deed; reverse charge; due in 14 days.', perDeedPrice: '2', effectiveFrom: deedContract.effectiveFrom, effectiveTo: null }]);
  });
});
