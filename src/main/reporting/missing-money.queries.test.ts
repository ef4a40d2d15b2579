import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { localDate, month } from '../../shared/calendar/local-date.ts';
import { sql } from '../database/handles.ts';
import type { BankLines } from '../reconciliation/bank-lines.ports.ts';
import { postEntry } from '../testing/reconciliation-world.ts';
import { difference, openWorkbench, workbenchNow, workbenchZone, type WorkbenchWorld } from '../testing/workbench-world.ts';
import { readMissingMoney, type MissingMoneyQuestion } from './missing-money.queries.ts';

const dayMs = 86_400_000;
const old = workbenchNow - 10 * dayMs;
const today = localDate('2026-11-18');
const noUsage: MissingMoneyQuestion['unbilled'] = { months: [], usage: [] };
const noBank: BankLines = { hasStatements: () => false, unmatched: () => ({ count: 0, amounts: [] }), linesOf: () => [], payoutsWithoutLine: (ids) => ids };
const ask = (world: WorkbenchWorld, more: Partial<MissingMoneyQuestion> = {}) => readMissingMoney(world.database, { zone: workbenchZone, today, bank: noBank, unbilled: noUsage, ...more });
const run = (world: WorkbenchWorld, text: string): void => void world.database.run(sql('test.plant', text));

describe('missing money', () => {
  it('finds nothing on books where nothing is missing', () => {
    using world = openWorkbench();
    expect(ask(world)).toEqual([]);
  });

  it('finds missed webhooks and payments nobody recorded, by what is not settled', () => {
    using world = openWorkbench();
    world.plant(difference('a'), difference('b', { amountMinor: -300 }), difference('c', { status: 'resolved' }), difference('d', { reason: 'missing-in-payment-history', currency: 'eur' }));
    expect(ask(world).map((found) => [found.kind, found.count, found.atRisk, found.remedy.kind])).toEqual([['missed-webhook', 2, [{ amount: 1_300, currency: 'usd' }], 'job'], ['unrecorded-payment', 1, [{ amount: 1_000, currency: 'eur' }], 'link']]);
  });

  it('finds months and usage nobody invoices; what cannot be rated is counted, not summed', () => {
    using world = openWorkbench();
    const owed = { contractId: 'c1', partnerId: 'p1', partnerName: 'Acme', currency: 'usd', problem: null };
    const found = ask(world, { unbilled: { months: [{ ...owed, month: month('2026-10'), totalMinor: 5_000 }, { ...owed, month: month('2026-09'), totalMinor: null, currency: null, problem: 'The model is unknown.' }], usage: [{ id: 'dp_pk_x', partnerName: null, units: 12, currency: null, totalMinor: null, detail: '12 deeds of a key that no contract names' }] } });
    expect(found.map((each) => [each.kind, each.count, each.atRisk])).toEqual([['unbilled-usage', 1, []], ['uninvoiced-month', 2, [{ amount: 5_000, currency: 'usd' }]]]);
    expect(found[1]?.remedy).toEqual({ kind: 'job', job: 'partner-billing', period: '2026-09', label: 'Make the drafts of 2026-09' });
  });

  it('finds payouts that no bank line is matched to, once statements are read, after three days; what a line names with another amount is no whole payout at risk', () => {
    using world = openWorkbench();
    run(world, `INSERT INTO stripe_payouts VALUES ('po_old', 900, 'usd', 'paid', NULL, ${old}, ${old}, 0, '{}'), ('po_new', 800, 'usd', 'paid', NULL, ${workbenchNow}, ${workbenchNow}, 0, '{}'), ('po_matched', 700, 'usd', 'paid', NULL, ${old}, ${old}, 0, '{}'), ('po_failed', 600, 'usd', 'failed', NULL, ${old}, ${old}, 0, '{}')`);
    expect(ask(world)).toEqual([]);
    const bank: BankLines = { ...noBank, hasStatements: () => true, payoutsWithoutLine: (ids) => ids.filter((id) => id !== 'po_matched') };
    expect(ask(world, { bank }).map((each) => [each.kind, each.items.map((item) => item.id)])).toEqual([['payout-without-bank-line', ['po_old']]]);
    // One click leads to the bank's lines of that currency, with the payout chosen.
    run(world, "INSERT INTO bank_accounts VALUES ('a-usd', '1', 0, 'Dollars', 'usd', '1000-bank', 0, 'ana'), ('a-eur', '2', 0, 'Euro', 'eur', '1000-bank', 0, 'ana')");
    const [missed] = ask(world, { bank });
    expect([missed?.remedy, missed?.items[0]?.remedy]).toEqual([1, 2].map(() => ({ kind: 'link', to: '/reconciliation/bank?account=a-usd&payout=po_old&currency=usd&on=2026-11-08', label: 'Match it' })));
    world.plant(difference('po', { level: 'bank', reason: 'amount-differs', objectId: 'po_old', amountMinor: 37 }));
    expect(ask(world, { bank })).toEqual([]);
    run(world, "UPDATE discrepancies SET status = 'resolved'");
    expect(ask(world, { bank })).toHaveLength(1);
  });

  it('finds refunds whose invoice has no credit note', () => {
    using world = openWorkbench();
    for (const name of ['a', 'b', 'c']) {
      run(world, `INSERT INTO stripe_refunds VALUES ('re_${name}', 'ch_${name}', NULL, NULL, 400, 'usd', 'succeeded', NULL, ${old}, 0, '{}')`);
      if (name !== 'c') run(world, `INSERT INTO stripe_invoice_payments VALUES ('ip_${name}', 'in_${name}', NULL, 'ch_${name}', 900, 900, 'usd', 'paid', ${old}, ${old}, 0, '{}')`);
      run(world, `INSERT INTO stripe_invoices (id, number, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, created_at, observed_at, raw) VALUES ('in_${name}', 'N-${name}', 'usd', 900, 0, 0, 900, 900, 0, 0, ${old}, 0, '{}')`);
    }
    run(world, "INSERT INTO stripe_credit_note_refunds VALUES ('cn_b', 're_b', 400)");
    // Its remedy is the note with everything it has to say: 400 of 900, with as much of the tax of 144.
    run(world, "UPDATE stripe_invoices SET tax_minor = 144, customer_id = 'cus_1' WHERE id = 'in_a'");
    run(world, "INSERT INTO stripe_customers (id, name, created_at, observed_at, raw) VALUES ('cus_1', 'Harbour', 0, 0, '{}')");
    const draft = { refundId: 're_a', invoiceId: 'in_a', invoiceNumber: 'N-a', customerName: 'Harbour', amount: { amount: 400, currency: 'usd' }, taxMinor: 64, refundedOn: '2026-11-08' };
    const [uncovered] = ask(world);
    expect([uncovered?.remedy, uncovered?.items[0]?.remedy]).toEqual([1, 2].map(() => ({ kind: 'credit-note', drafts: [draft], label: 'Draft the credit note' })));
    expect(ask(world).map((each) => [each.kind, each.items.map((item) => [item.id, item.title])])).toEqual([['refund-without-credit-note', [['re_a', 'N-a']]]]);
  });

  it('lets a credit note cover no more refunds than it comes to', () => {
    using world = openWorkbench();
    run(world, `INSERT INTO stripe_invoices (id, number, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, created_at, observed_at, raw) VALUES ('in_1', 'N-1', 'usd', 900, 0, 0, 900, 900, 0, 0, ${old}, 0, '{}')`);
    run(world, `INSERT INTO stripe_invoice_payments VALUES ('ip_1', 'in_1', NULL, 'ch_1', 900, 900, 'usd', 'paid', ${old}, ${old}, 0, '{}')`);
    for (const [id, at] of [['re_1', old], ['re_2', old + 1]] as const) run(world, `INSERT INTO stripe_refunds VALUES ('${id}', 'ch_1', NULL, NULL, 400, 'usd', 'succeeded', NULL, ${at}, 0, '{}')`);
    const note = (id: string) => run(world, `INSERT INTO stripe_credit_notes (id, invoice_id, status, currency, subtotal_minor, tax_minor, total_minor, post_payment_minor, created_at, observed_at, raw) VALUES ('${id}', 'in_1', 'issued', 'usd', 400, 0, 400, 400, ${old}, 0, '{}')`);
    const found = () => ask(world).map((each) => [each.kind, each.atRisk, each.items.map((item) => item.id)]);
    note('cn_1');
    expect(found()).toEqual([['refund-without-credit-note', [{ amount: 400, currency: 'usd' }], ['re_2']]]);
    run(world, "INSERT INTO stripe_credit_note_refunds VALUES ('cn_1', 're_2', 400)");
    expect(found()).toEqual([['refund-without-credit-note', [{ amount: 400, currency: 'usd' }], ['re_1']]]);
    note('cn_2');
    expect(found()).toEqual([]);
  });

  it('finds invoices that were finalised and never sent, and none that lies in the outbox', () => {
    using world = openWorkbench();
    const insert = (id: string, status: string, at: number) => run(world, `INSERT INTO invoices (id, kind, status, invoice_number, currency, subtotal_minor, discount_minor, tax_minor, withholding_minor, total_minor, amount_paid_minor, amount_due_minor, line_items, customer_snapshot, totals_fingerprint, created_at, created_by, finalised_at, version) VALUES ('${id}', 'one-off', '${status}', 'INV-${id}', 'usd', 500, 0, 0, 0, 500, 0, 500, '[]', '{}', '', 3, 'ana', ${at}, 1)`);
    insert('old', 'finalised', old);
    insert('fresh', 'finalised', workbenchNow);
    insert('sent', 'sent', old);
    insert('queued', 'finalised', old);
    run(world, "INSERT INTO mail_outbox (id, invoice_id, invoice_number, sequence, state, recipients, subject, body, language, attachment_name, totals_fingerprint, message_id, queued_by, queued_at, events, version) VALUES ('m', 'queued', 'INV-queued', 1, 'waiting', '[]', '', '', 'en', '', '', '', 'ana', 0, '[]', 1)");
    expect(ask(world).map((each) => [each.kind, each.items.map((item) => item.id), each.atRisk])).toEqual([['invoice-never-sent', ['old'], [{ amount: 500, currency: 'usd' }]]]);
    insert('older', 'finalised', old - dayMs);
    const toSend = (id: string) => ({ id, number: `INV-${id}`, customerName: '' });
    const [unsent] = ask(world);
    expect([unsent?.remedy, ...(unsent?.items.map((item) => item.remedy) ?? [])]).toEqual([{ kind: 'send', invoices: [toSend('old'), toSend('older')], label: 'Send them' }, ...['old', 'older'].map((id) => ({ kind: 'send', invoices: [toSend(id)], label: 'Send it' }))]);
  });

  it('finds lost disputes that are not in the books', () => {
    using world = openWorkbench();
    run(world, `INSERT INTO stripe_disputes VALUES ('du_lost', 'ch_1', NULL, 700, 'usd', 'lost', NULL, ${old}, 0, '{}'), ('du_won', 'ch_2', NULL, 700, 'usd', 'won', NULL, ${old}, 0, '{}'), ('du_settled', 'ch_3', NULL, 700, 'usd', 'lost', NULL, ${old}, 0, '{}')`);
    world.plant(difference('x', { objectId: 'du_settled', status: 'resolved' }));
    run(world, "UPDATE discrepancies SET marked_as = 'written-off'");
    expect(ask(world).map((each) => [each.kind, each.items.map((item) => item.id)])).toEqual([['lost-dispute', ['du_lost']]]);
  });

  it('finds a lost dispute whose entry only parks the money, and leads to where it is written off', async () => {
    using world = openWorkbench();
    const { database } = world;
    run(world, `INSERT INTO stripe_disputes VALUES ('du_parked', 'ch_1', NULL, 2875, 'usd', 'lost', NULL, ${old}, 0, '{}'), ('du_cost', 'ch_2', NULL, 700, 'usd', 'lost', NULL, ${old}, 0, '{}')`);
    for (const [sequence, name, held] of [[1, 'parked', 2_875], [2, 'cost', 0]] as const) {
      const transaction = { id: `txn_${name}`, type: 'adjustment', reportingCategory: 'dispute', sourceId: `du_${name}`, amountMinor: held === 0 ? -700 : -held, feeMinor: 1_500, currency: 'usd', createdAt: old, availableAt: old };
      run(world, `INSERT INTO stripe_balance_transactions (id, type, reporting_category, amount_minor, fee_minor, net_minor, currency, source_id, status, created_at, created_on, available_at, observed_at, raw) VALUES ('txn_${name}', 'adjustment', 'dispute', ${transaction.amountMinor}, 1500, ${transaction.amountMinor - 1_500}, 'usd', 'du_${name}', 'available', ${old}, '2026-11-08', ${old}, 0, '{}')`);
      database.unitOfWork.run('entry', (writable) => postEntry(writable, sequence, `entry-${sequence}`, '2026-11-08', transaction, { held }));
    }
    const found = () => ask(world).map((each) => [each.kind, each.items.map((item) => [item.id, item.amount?.amount, item.link]), each.remedy]);
    expect(found()).toEqual([['lost-dispute', [['du_parked', 2_875, '/invoices/payments/du_parked']], { kind: 'job', job: 'stripe-sync', period: null, label: 'Sync Stripe and post' }]]);
    world.plant(difference('work', { reason: 'dispute-without-write-off', objectId: 'du_parked', balanceTransactionId: 'txn_parked', amountMinor: -2_875 }));
    expect(found()).toEqual([['lost-dispute', [['du_parked', 2_875, '/reconciliation/work']], { kind: 'link', to: '/reconciliation/work', label: 'Write off' }]]);
    // Beside one that is not in the books yet each has its own way.
    run(world, `INSERT INTO stripe_disputes VALUES ('du_unposted', 'ch_3', NULL, 100, 'usd', 'lost', NULL, ${old}, 0, '{}')`);
    expect(ask(world)[0]?.items.map((item) => [item.id, item.remedy?.label])).toEqual([['du_parked', 'Write off'], ['du_unposted', 'Sync Stripe and post']]);
    run(world, "DELETE FROM stripe_disputes WHERE id = 'du_unposted'");
    await world.as('ana').writeOff({ commandId: randomUUID(), id: 'work', reason: 'lost for good' });
    expect(found()).toEqual([]);
  });
});
