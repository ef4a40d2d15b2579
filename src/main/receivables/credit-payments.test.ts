/** Paying a customer's credit out, and back what is left of a receipt (docs/adr/0037), at a desk that works alone. */
import { afterEach, describe, expect, test } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { convertMinorUnits } from '../../shared/money/money.ts';
import { invoiceStore } from '../billing/invoice-store.ts';
import { sql } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import { readCustomerCredits, readUnapplied } from '../reporting/ageing.queries.ts';
import { insertOctoberUsage, openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { deedContract, flatContract } from '../testing/billing-fixtures.ts';
import { amara, balanceLines, makeInvoice, mustFind, pay, readBalances } from '../testing/receivable-cases.ts';
import { listActsOfInvoice } from './receivable-act.repository.ts';
import { createReceivableViews } from './receivable-views.ts';

const desks: BillingDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});
function openDesk(contracts = [flatContract]): BillingDesk {
  const desk = openBillingDesk({ contracts });
  desks.push(desk);
  return desk;
}
const on = '2026-11-18';
const viewsOf = (desk: BillingDesk) => createReceivableViews({ readable: desk.database, invoices: invoiceStore });
const creditsOf = (desk: BillingDesk) => viewsOf(desk).credits({ onlyLeft: false, limit: 50 });
const amountIn = (desk: BillingDesk, account: string): number => readBalances(desk).filter((row) => row.account.startsWith(account)).reduce((sum, row) => sum + row.amount, 0);

/** An invoice of 1,477.11 that was paid, and 106.00 of it kept as credit. */
async function grantCredit(desk: BillingDesk, more: { readonly expiresOn?: string } = {}) {
  const { id } = await makeInvoice(desk);
  await pay(desk, id, 147_711);
  const { actIds } = await desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'credit', on, reason: 'Outage', ...more }, amara);
  return { invoiceId: id, noteId: actIds[0] ?? '', creditId: creditsOf(desk)[0]?.id ?? '' };
}
const payOut = (desk: BillingDesk, creditId: string, amountMinor?: number, day = on) => desk.receivables.payOutCredit({ creditId }, { on: day, bankReference: 'TRF 9', ...(amountMinor === undefined ? {} : { amountMinor }) }, amara);

describe('a credit', () => {
  test('is paid out in part, then whole: bank against what is owed, and never more than is left', async () => {
    const desk = openDesk();
    const { creditId, invoiceId } = await grantCredit(desk);
    await payOut(desk, creditId, 4_000);
    expect(creditsOf(desk)).toMatchObject([{ document: 'CN-2026-0001', invoiceId, grantedMinor: 10_600, usedMinor: 0, paidOutMinor: 4_000, leftMinor: 6_600, payments: [{ amountMinor: 4_000, bankReference: 'TRF 9', canBeReversed: true }] }]);
    expect([amountIn(desk, '2020'), amountIn(desk, '1000')]).toEqual([-6_600, 143_711]);
    await expect(payOut(desk, creditId, 6_601)).rejects.toMatchObject({ code: 'credit-payment-exceeds-left', message: 'More would be paid out than is left of the credit. Nothing was paid out.', data: { leftMinor: 6_600 }, nextStep: expect.stringContaining('left of it now') as string });
    await payOut(desk, creditId);
    expect([amountIn(desk, '2020'), amountIn(desk, '1000')]).toEqual([0, 137_111]);
    expect(readCustomerCredits(desk.database, null, localDate(on))).toEqual([]);
    await expect(payOut(desk, creditId)).rejects.toMatchObject({ code: 'credit-payment-exceeds-left', message: expect.stringContaining('Nothing is left') as string });
    await expect(payOut(desk, creditId, 1)).rejects.toMatchObject({ code: 'credit-payment-exceeds-left' });
    // The invoice it came from says so, and stands as it stood.
    expect(listActsOfInvoice(desk.database, invoiceId).map((act) => [act.kind, act.amountMinor]).slice(-2)).toEqual([['credit-payment', 4_000], ['credit-payment', 6_600]]);
    expect(mustFind(desk, invoiceId)).toMatchObject({ status: 'paid', paidMinor: 147_711 });
  });

  test('that an invoice has used in part is paid out for the rest, and an invoice uses what was not paid out', async () => {
    const desk = openDesk();
    const { creditId } = await grantCredit(desk);
    await payOut(desk, creditId, 10_000);
    const next = await makeInvoice(desk, true, '2026-09');
    expect(next.paidMinor).toBe(600);
    expect(creditsOf(desk)).toMatchObject([{ usedMinor: 600, paidOutMinor: 10_000, leftMinor: 0 }]);
  });

  test('that has expired is still owed, and may be paid out', async () => {
    const desk = openDesk();
    const { creditId } = await grantCredit(desk, { expiresOn: '2026-11-18' });
    desk.setNow('2026-11-19T14:14:00Z');
    await payOut(desk, creditId);
    expect(amountIn(desk, '2020')).toBe(0);
  });

  test('of an invoice that came to less than nothing is paid out as well', async () => {
    const desk = openDesk();
    const { id, version } = await makeInvoice(desk, false);
    await desk.drafts.edit(id, version, [{ kind: 'change-line', lineId: 'flat-fee/API access, October 2026/1', amountMinor: -10_000, reason: 'Taken back' }], amara);
    await desk.invoicing.finalise(id, amara);
    const [credit] = creditsOf(desk);
    expect(credit).toMatchObject({ document: 'API-202610-dp_pk_ABC', leftMinor: 10_600 });
    await payOut(desk, credit?.id ?? '');
    expect([amountIn(desk, '2020'), amountIn(desk, '1000'), amountIn(desk, '1200')]).toEqual([0, -10_600, 0]);
    // What was paid out stands on it.
    await expect(desk.invoicing.void(id, 'Wrong usage', amara)).rejects.toMatchObject({ code: 'act-in-use' });
  });

  test('taken back gives the credit again; the note that gave it is taken back after it', async () => {
    const desk = openDesk();
    const { creditId, noteId } = await grantCredit(desk);
    const before = balanceLines(desk);
    const { actIds: [payment = ''] } = await payOut(desk, creditId, 4_000);
    const back = (actId: string) => desk.receivables.reverse(actId, { on, reason: 'Wrong account' }, amara);
    await expect(back(noteId)).rejects.toMatchObject({ code: 'act-in-use' });
    await back(payment);
    expect(balanceLines(desk)).toEqual(before);
    expect(creditsOf(desk)).toMatchObject([{ paidOutMinor: 0, leftMinor: 10_600, payments: [] }]);
    await expect(back(payment)).rejects.toMatchObject({ code: 'act-reversed-already' });
    await back(noteId);
    expect(creditsOf(desk)).toMatchObject([{ isTakenBack: true, leftMinor: 0 }]);
    await expect(payOut(desk, creditId, 1)).rejects.toMatchObject({ code: 'credit-not-found' });
  });

  test('is previewed by the rule and the posting that would do it, and nothing is written', async () => {
    const desk = openDesk();
    const { creditId } = await grantCredit(desk);
    const before = balanceLines(desk);
    const preview = desk.receivables.previewCreditPayment({ creditId }, { amountMinor: 600 });
    expect(preview).toMatchObject({ on, currency: 'usd', leftMinor: 10_600, amountMinor: 600 });
    expect(preview.postings.map((posting) => [posting.accountCode, posting.direction, posting.amount])).toEqual([['2020-customer-credit-balance', 'debit', 600], ['1000-bank', 'credit', 600]]);
    expect(() => desk.receivables.previewCreditPayment({ creditId }, { amountMinor: 10_601 })).toThrow(expect.objectContaining({ code: 'credit-payment-exceeds-left' }) as Error);
    expect(balanceLines(desk)).toEqual(before);
  });

  test('the same command pays once', async () => {
    const desk = openDesk();
    const { creditId } = await grantCredit(desk);
    const command = { actor: 'amara', requestId: newId() };
    const once = () => desk.receivables.payOutCredit({ creditId }, { amountMinor: 5_000, on, bankReference: 'TRF 9' }, command);
    expect((await once()).actIds).toEqual((await once()).actIds);
    expect(amountIn(desk, '2020')).toBe(-5_600);
  });
});

test('in a foreign currency it leaves at the figure at which it was booked, the bank at the day’s, and the rest is realised', async () => {
  const desk = openDesk([deedContract]);
  insertOctoberUsage(desk.database);
  const run = await desk.invoicing.run({ period: '2026-10', finalise: true, ...amara });
  const id = run.succeeded[0]?.invoiceId ?? '';
  await pay(desk, id, mustFind(desk, id).dueMinor);
  await desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'credit', on, reason: 'Outage' }, amara); // booked at 1.08415
  const granted = creditsOf(desk)[0]?.grantedMinor ?? 0;
  desk.setNow('2026-11-19T14:14:00Z'); // 1.2
  const [credit] = creditsOf(desk);
  const preview = desk.receivables.previewCreditPayment({ creditId: credit?.id ?? '' }, { amountMinor: 3_333 });
  await payOut(desk, credit?.id ?? '', 3_333, '2026-11-19');
  const inUsd = (amount: number, rate: string): number => convertMinorUnits(amount, 'eur', 'usd', rate, 'half-away-from-zero');
  const realised = inUsd(3_333, '1.2') - Math.round((inUsd(granted, '1.08415') * 3_333) / granted);
  expect(amountIn(desk, '5020')).toBe(realised);
  expect(preview.postings.find((posting) => posting.accountCode.startsWith('5020'))).toMatchObject({ direction: 'debit', amount: realised });
  await payOut(desk, credit?.id ?? '', undefined, '2026-11-19');
  expect(readBalances(desk).filter((row) => row.account.startsWith('2020'))).toEqual([]);
  expect(readBalances(desk).filter((row) => row.account.startsWith('9000')).reduce((sum, row) => sum + row.functional, 0)).toBe(0);
});

describe('what is left of a receipt', () => {
  test('is paid back; it can no longer be applied, and the receipt not be taken back', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    const { actIds: [receiptId = ''] } = await pay(desk, id, 100_000, 2_289);
    const payBack = (amountMinor?: number) => desk.receivables.payOutCredit({ receiptId }, { on, bankReference: 'TRF 9', ...(amountMinor === undefined ? {} : { amountMinor }) }, amara);
    await expect(payBack(2_290)).rejects.toMatchObject({ code: 'credit-payment-exceeds-left', data: { leftMinor: 2_289 } });
    const { actIds: [payment = ''] } = await payBack(2_000);
    expect([amountIn(desk, '2000'), amountIn(desk, '1000')]).toEqual([-289, 100_289]);
    expect(readUnapplied(desk.database, null, localDate(on))).toMatchObject([{ amountMinor: 289 }]);
    expect(viewsOf(desk).receipt(receiptId)).toMatchObject({ unapplied: { amount: 289 }, payments: [{ amountMinor: 2_000, bankReference: 'TRF 9' }] });
    await expect(desk.receivables.applyReceipt(receiptId, { on, allocations: [{ invoiceId: id, amountMinor: 290 }] }, amara)).rejects.toMatchObject({ code: 'receipt-exceeded' });
    const entry = desk.database.get<{ kind: string; source_type: string; source_id: string }>(sql('test.entry', 'SELECT kind, source_type, source_id FROM journal_entries WHERE idempotency_key = ?'), [`receivable-act/${payment}`]);
    expect(entry).toEqual({ kind: 'credit-paid', source_type: 'receipt', source_id: receiptId });
    for (const allocation of viewsOf(desk).receipt(receiptId).allocations) await desk.receivables.reverse(allocation.actId, { on, reason: 'Other customer' }, amara);
    await expect(desk.receivables.reverse(receiptId, { on, reason: 'Other customer' }, amara)).rejects.toMatchObject({ code: 'act-in-use', message: 'What was left of the receipt was paid back.' });
    await desk.receivables.reverse(payment, { on, reason: 'Other customer' }, amara);
    await desk.receivables.reverse(receiptId, { on, reason: 'Other customer' }, amara);
    expect([amountIn(desk, '2000'), amountIn(desk, '1000')]).toEqual([0, 0]);
    await expect(payBack(1)).rejects.toMatchObject({ code: 'receipt-not-found', nextStep: expect.stringMatching(/^Look it up /) as string });
  });
});

test('a payment names one thing, lies after it and not in a closed month', async () => {
  const desk = openDesk();
  const { creditId } = await grantCredit(desk);
  await expect(payOut(desk, creditId, 1, '2026-11-17')).rejects.toMatchObject({ code: 'act-date-invalid' });
  await expect(payOut(desk, creditId, 1, '2026-11-19')).rejects.toMatchObject({ code: 'day-in-future' });
  await expect(desk.receivables.payOutCredit({ creditId }, { amountMinor: 1, on, bankReference: ' ' }, amara)).rejects.toMatchObject({ code: 'act-invalid' });
  await expect(payOut(desk, newId(), 1)).rejects.toMatchObject({ code: 'credit-not-found' });
  const zeros = '0'.repeat(64);
  desk.database.connection.exec(`INSERT INTO period_log (sequence, month, action, actor, reason, at, four_eyes, head_sequence, head_hash, evidence, previous_hash, hash) VALUES (1, '2026-11', 'close', 'ben', NULL, 0, 'off', 99, '${zeros}', '{}', '${zeros}', '${zeros}');
    INSERT INTO ledger_periods (month, state, changed_at, changed_by) VALUES ('2026-11', 'closed', 0, 'ben')`);
  await expect(payOut(desk, creditId, 1)).rejects.toMatchObject({ code: 'payment-month-closed', message: '2026-11-18 lies in 2026-11, which is closed. Nothing was paid out.', nextStep: expect.stringContaining('2026-12-01') as string });
  expect(creditsOf(desk)).toMatchObject([{ leftMinor: 10_600 }]);
});
