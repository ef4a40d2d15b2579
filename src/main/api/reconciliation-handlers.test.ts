import { createRouterClient } from '@orpc/server';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { createDiscrepancyWork } from '../reconciliation/discrepancy-work.ts';
import type { ListedBalanceTransaction } from '../reconciliation/gateway-balance-transactions.ts';
import { createReconciliation } from '../reconciliation/reconciliation.ts';
import { readToday } from '../reporting/today.queries.ts';
import { linkTargets } from '../reporting/link-targets.queries.ts';
import { comparedAccounts, listedGateway, postEntry, recordPayment } from '../testing/reconciliation-world.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createChangeHub } from './change-hub.ts';
import { createCommandLog } from '../database/command-log.ts';
import type { Role } from './implementer.ts';
import { jobTitle } from './jobs-handlers.ts';
import { createReconciliationHandlers } from './reconciliation-handlers.ts';

const now = Date.UTC(2026, 10, 18, 14, 14);
const clock = fixedClock(now);
const zone = new TimeZone('America/New_York');
const transactions: ListedBalanceTransaction[] = ['a', 'b', 'c'].map((name, index) => ({
  id: `txn_${name}`, type: 'charge', reportingCategory: 'charge', sourceId: `ch_${name}`, amountMinor: 1_000 * (index + 1), feeMinor: 59, currency: 'usd', createdAt: now - (index + 1) * 86_400_000, exchangeRate: null, availableAt: null,
}));

/** One payment is missing in the books, one recorded with a wrong fee, one agrees. */
async function makeWorld(ledger: TemporaryDatabase, role: Role = 'finance') {
  const { database } = ledger;
  database.unitOfWork.run('world', (writable) => {
    postEntry(writable, 1, 'entry-b', '2026-11-16', transactions[1]!);
    postEntry(writable, 2, 'entry-c', '2026-11-15', transactions[2]!);
    recordPayment(writable, 1, transactions[0]!);
    recordPayment(writable, 2, transactions[1]!, { fee: 60 });
    recordPayment(writable, 3, transactions[2]!);
  });
  await createReconciliation({ gateway: listedGateway(transactions), database, unitOfWork: database.unitOfWork, clock, zone, accounts: comparedAccounts }).reconcileTransactions({}, unattended);
  const work = createDiscrepancyWork({ readable: database, linkTargets, unitOfWork: database.unitOfWork, clock, zone, auditLog: createAuditLog({ clock }) });
  return createRouterClient(createReconciliationHandlers({ database, timeZone: zone, work, hub: createChangeHub() }), { context: { user: 'ana', role, host: 'cli', logger: silentLogger, commands: createCommandLog(database, clock) } });
}

describe('the reconciliation screen', () => {
  it('sums up runs, open differences and what is at risk', async () => {
    using ledger = openTemporaryDatabase();
    const client = await makeWorld(ledger);
    const summary = await client.summary({});
    expect(summary).toMatchObject({
      runs: [{ level: 'transactions', compared: 3, matched: 1, found: 2 }], open: [{ reason: 'fee-differs', count: 1 }, { reason: 'missing-in-ledger', count: 1 }], statusCounts: [{ status: 'open', count: 2 }], atRisk: [{ amount: 1_001, currency: 'usd' }],
      stripeBalance: [], payouts: { tied: 0, total: 0, inTransit: [] },
    });
    expect(summary.runs[0]?.sums).toContainEqual({ store: 'ledger', currency: 'usd', count: 2, amountMinor: 5_000 });
  });

  it('lists windows of rows by filter and order, with their sums', async () => {
    using ledger = openTemporaryDatabase();
    const client = await makeWorld(ledger);
    const newestFirst = await client.list({});
    expect(newestFirst).toMatchObject({ total: 2, sums: [{ amount: 999, currency: 'usd' }], rows: [{ objectId: 'ch_a', amount: { amount: 1_000, currency: 'usd' } }, { objectId: 'ch_b', amount: { amount: -1 } }] });
    expect((await client.list({ sort: { column: 'amount', direction: 'ascending' }, limit: 1 })).rows.map((row) => row.objectId)).toEqual(['ch_b']);
    expect(await client.list({ filter: { text: 'TXN_A' } })).toMatchObject({ total: 1, sums: [{ amount: 1_000 }] });
    expect((await client.list({ filter: { level: 'transactions', from: localDate('2026-11-17'), to: localDate('2026-11-17') } })).rows.map((row) => row.objectId)).toEqual(['ch_a']);
    expect((await client.list({ filter: { to: localDate('2026-11-16') } })).rows.map((row) => row.objectId)).toEqual(['ch_b']);
    expect(await client.list({ filter: { level: 'payouts' } })).toMatchObject({ total: 0 });
    expect(await client.list({ filter: { reason: 'timing' } })).toEqual({ total: 0, sums: [], rows: [] });
  });

  it('shows the three sides of a difference', async () => {
    using ledger = openTemporaryDatabase();
    const client = await makeWorld(ledger);
    const rows = (await client.list({})).rows;
    const fee = await client.show({ id: rows[1]!.id });
    const said = (text: string | null, isMarked = false) => [{ text, isMarked, link: null }];
    expect(fee.fields.find((field) => field.field === 'fee')).toEqual({ field: 'fee', stripe: said('0.59 USD'), ledger: said('0.59 USD'), sharedDatabase: said('0.60 USD', true), bank: [] });
    expect(fee.fields.flatMap((field) => [field.stripe, field.ledger, field.sharedDatabase, field.bank].flat().filter((value) => value.isMarked))).toHaveLength(1);
    expect(fee).toMatchObject({ journalEntryId: 'entry-b', raw: null });
    const missing = await client.show({ id: rows[0]!.id });
    expect(missing.raw).toBe('{"id":"txn_a"}'); // the mirror does not have it: what Stripe listed is kept with the difference
    expect(missing.fields[0]).toEqual({ field: 'amount', stripe: said('10.00 USD'), ledger: said(null, true), sharedDatabase: said('10.00 USD'), bank: [] });
    await expect(client.show({ id: 'nothing' })).rejects.toMatchObject({ code: 'discrepancy-not-found' });
  });

  it('takes a command once, in the name of who is signed in, and refuses viewers', async () => {
    using ledger = openTemporaryDatabase();
    const client = await makeWorld(ledger);
    const id = (await client.list({})).rows[0]!.id;
    const command = { commandId: '0199b1a0-0000-7000-8000-000000000001', id, reason: 'a test payment' };
    expect(await client.ignore(command)).toEqual({ id, status: 'ignored' });
    expect(await client.ignore(command)).toEqual({ id, status: 'ignored' });
    expect((await client.show({ id })).history).toEqual([{ at: now, actor: 'ana', action: 'ignore', note: 'a test payment' }]);
    await expect(client.ignore({ ...command, commandId: '0199b1a0-0000-7000-8000-000000000002' })).rejects.toMatchObject({ code: 'discrepancy-state' });

    using other = openTemporaryDatabase();
    const viewer = await makeWorld(other, 'viewer');
    await expect(viewer.ignore(command)).rejects.toMatchObject({ code: 'role-too-small' });
  });
});

describe('today', () => {
  it('lists what waits for a person, counts all of it, and is empty on a fresh ledger', async () => {
    using ledger = openTemporaryDatabase();
    expect(readToday(ledger.database, { limit: 10, now, jobTitle })).toEqual({ asOf: now, counts: [], items: [] });
    await makeWorld(ledger);
    ledger.database.run(sql('test.job', "INSERT INTO job_runs (id, job, period, trigger_kind, status, started_at, error_message) VALUES ('r1', 'stripe-sync', 'p', 'person', 'failed', 5, 'Stripe cannot be reached.')"));
    ledger.database.run(sql('test.review', "INSERT INTO review_items VALUES ('v1', 'entry-input-changed', 'stripe-invoice', 'in_1', 'in_1 says something else.', '{}', 7, NULL)"));
    ledger.database.run(sql('test.contract', "INSERT INTO partner_contracts (id, partner_id, api_key_prefix, pricing_model, flat_fee_minor, currency, included_units, minimum_commitment_minor, discount_basis_points, tax_rate_basis_points, withholding_rate_basis_points, payment_terms_days, effective_from, version, updated_at) VALUES ('c1', 'p1', 'dp_pk_x', 'barter', 0, 'usd', 0, 0, 0, 0, 0, 30, '2026-01-01', 1, 9)"));
    const insertInvoice = sql('test.invoice', "INSERT INTO invoices (id, kind, status, invoice_number, currency, subtotal_minor, discount_minor, tax_minor, withholding_minor, total_minor, amount_paid_minor, amount_due_minor, line_items, due_date, customer_snapshot, totals_fingerprint, created_at, created_by, version) VALUES (?, 'one-off', ?, ?, 'usd', 500, 0, 0, 0, 500, 0, 500, '[]', ?, '{}', '', 3, 'ana', 1)");
    ledger.database.run(insertInvoice, ['i1', 'draft', null, null]);
    ledger.database.run(insertInvoice, ['i2', 'sent', 'INV-2026-0001', '2026-11-17']);
    ledger.database.run(insertInvoice, ['i3', 'sent', 'INV-2026-0002', '2026-11-18']);
    const today = readToday(ledger.database, { limit: 4, now, jobTitle });
    expect(today.counts).toEqual([
      { kind: 'failed-job', count: 1 }, { kind: 'review-item', count: 1 }, { kind: 'contract-problem', count: 1 }, { kind: 'discrepancy', count: 2 }, { kind: 'overdue-invoice', count: 1 }, { kind: 'draft-invoice', count: 1 },
    ]);
    expect(today.items.map((item) => item.title)).toEqual(['Sync Stripe failed', 'in_1 says something else.', 'Contract of dp_pk_x cannot be billed', 'Missing in the journal']);
    // Under a fixed clock both started at once: the later run of the job still settles the earlier failure.
    ledger.database.run(sql('test.later', "INSERT INTO job_runs (id, job, period, trigger_kind, status, started_at) VALUES ('r2', 'stripe-sync', 'p', 'person', 'succeeded', 5)"));
    expect(readToday(ledger.database, { limit: 4, now, jobTitle }).counts[0]).toMatchObject({ kind: 'review-item' });
    expect(today.items[3]).toMatchObject({ amount: { amount: 1_000, currency: 'usd' }, link: expect.stringMatching(/^\/reconciliation\//) as string });
  });
});
