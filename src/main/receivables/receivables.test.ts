/** Acts on invoices at a desk that works alone, and what the books say of them. */
import { afterEach, describe, expect, test } from 'vitest';
import { convertMinorUnits } from '../../shared/money/money.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { documentOfCreditNote } from '../documents/credit-note-document.ts';
import { readReceivableBalances, readReceivableMovements } from '../reporting/ageing.queries.ts';
import { newId } from '../platform/ids.ts';
import { openBillingDesk, insertOctoberUsage, type BillingDesk } from '../testing/billing-desk.ts';
import { amendmentOf, deedContract, flatContract, insertAmendment, insertExchangeRate } from '../testing/billing-fixtures.ts';
import { amara, attempts, balanceLines, makeInvoice, mustFind, oppositeRates, outcomesOf, pay, readBalances, stateTable } from '../testing/receivable-cases.ts';
import { ageingOf, sumBuckets } from './ageing-calculation.ts';
import { listActsOfInvoice } from './receivable-act.repository.ts';

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
const finalised = ['1200-accounts-receivable usd 147711', '1300-withholding-tax-receivable usd 20903', '2200-tax-payable:ES usd -29264', '4020-revenue-partner usd -139350'];

describe('every state × every act', () => {
  test.each(Object.keys(attempts) as (keyof typeof attempts)[])('%s', async (attempt) => {
    expect(await outcomesOf(openDesk(), attempt)).toEqual(stateTable[attempt]);
  });
});

describe('in the books', () => {
  test('a payment in two parts, with too much in the second', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    await pay(desk, id, 50_000);
    await pay(desk, id, 97_711, 2_289);
    expect(balanceLines(desk)).toEqual(['1000-bank usd 150000', '1300-withholding-tax-receivable usd 20903', '2000-unapplied-receipts usd -2289', '2200-tax-payable:ES usd -29264', '4020-revenue-partner usd -139350']);
  });

  test('the whole is credited after it was paid: the refund is owed, then paid', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    await pay(desk, id, 147_711);
    const { actIds } = await desk.receivables.credit(id, { lines: null, settlement: 'refund', on, reason: 'Never used' }, amara);
    expect(balanceLines(desk)).toEqual(['1000-bank usd 147711', '2010-refunds-payable usd -147711', '4020-revenue-partner usd -139350', '4830-credit-notes usd 139350']);
    await desk.receivables.payRefund(actIds[0] ?? '', { on, bankReference: 'TRF 2' }, amara);
    expect(balanceLines(desk)).toEqual(['4020-revenue-partner usd -139350', '4830-credit-notes usd 139350']);
    await expect(desk.receivables.payRefund(actIds[0] ?? '', { on, bankReference: 'TRF 2' }, amara)).rejects.toMatchObject({ code: 'refund-paid-already' });
    await expect(desk.receivables.credit(id, { lines: null, settlement: 'refund', on, reason: 'Never used' }, amara)).rejects.toMatchObject({ code: 'credit-exceeds-left' });
  });

  test('of a month in two parts, each part gives back what was withheld of it', async () => {
    const desk = openBillingDesk({ contracts: [flatContract] });
    desks.push(desk);
    insertAmendment(desk.database, amendmentOf(flatContract, { id: 'a1', effectiveFrom: '2026-10-16', withholdingRateBasisPoints: 500 }));
    const invoice = await makeInvoice(desk);
    // 674.27 of 15 days at 15 %, 719.23 of 16 days at 5 %
    expect(invoice.withholdingMinor).toBe(10_114 + 3_596);
    const credit = async (lines: { lineIndex: number; netMinor: number }[] | null) => {
      const { actIds } = await desk.receivables.credit(invoice.id, { lines, settlement: 'offset', on, reason: 'Never used' }, amara);
      const act = listActsOfInvoice(desk.database, invoice.id).find(({ id }) => id === actIds[0]);
      return act ? documentOfCreditNote({ act, isVoid: false, invoice }).withholdings.map((share) => [share.basisPoints, share.baseMinor, share.amountMinor]) : [];
    };
    expect(await credit([{ lineIndex: 1, netMinor: 71_923 }])).toEqual([[500, 71_923, 3_596]]);
    expect(await credit([{ lineIndex: 0, netMinor: 10_000 }])).toEqual([[1_500, 10_000, 1_500]]);
    expect(await credit(null)).toEqual([[1_500, 57_427, 8_614]]);
    expect(mustFind(desk, invoice.id)).toMatchObject({ status: 'paid', creditedMinor: invoice.dueMinor });
    expect(balanceLines(desk).filter((line) => !/revenue|credit-notes/.test(line))).toEqual([]);
  });

  test('notes by line never come to more than the invoice, and together to exactly it', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    const credit = (netMinor: number | null) => desk.receivables.credit(id, { lines: netMinor === null ? null : [{ lineIndex: 0, netMinor }], settlement: 'offset', on, reason: 'Too many days' }, amara);
    for (const net of [1, 33_333, 7]) await credit(net);
    await expect(credit(139_350)).rejects.toMatchObject({ code: 'credit-exceeds-left' });
    await credit(null);
    expect(balanceLines(desk)).toEqual(['4020-revenue-partner usd -139350', '4830-credit-notes usd 139350']);
    const notes = listActsOfInvoice(desk.database, id);
    expect(notes.map((note) => note.documentNumber)).toEqual(['CN-2026-0001', 'CN-2026-0002', 'CN-2026-0003', 'CN-2026-0004']);
    expect([notes.reduce((sum, note) => sum + note.taxMinor, 0), notes.reduce((sum, note) => sum + note.withholdingMinor, 0)]).toEqual([29_264, 20_903]);
  });

  test('uncollectible takes tax and withholding back; a recovery brings them again', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    await pay(desk, id, 47_711);
    await desk.receivables.markUncollectible(id, { on, reason: 'Insolvent' }, amara);
    // Of 1,477.11 due 1,000.00 are lost: 198.12 of the tax, 141.51 of the withholding.
    expect(balanceLines(desk)).toEqual(['1000-bank usd 47711', '1300-withholding-tax-receivable usd 6752', '2200-tax-payable:ES usd -9452', '4020-revenue-partner usd -139350', '5010-bad-debt usd 94339']);
    await pay(desk, id, 30_000);
    expect(mustFind(desk, id).status).toBe('uncollectible');
    await pay(desk, id, 70_000);
    expect(mustFind(desk, id).status).toBe('paid');
    expect(balanceLines(desk)).toEqual(['1000-bank usd 147711', ...finalised.slice(1)]);
  });

  test('a credit note kept as credit pays the next invoice when it is finalised, soonest to expire first; a void gives it back', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    await pay(desk, id, 147_711);
    const credit = (netMinor: number, expiresOn: string | null) => desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor }], settlement: 'credit', on, expiresOn, reason: 'Outage' }, amara);
    await credit(10_000, null); // 106.00
    await credit(5_000, '2026-12-31'); // 53.00
    await credit(1_000, on); // expired on the next day
    desk.setNow('2026-11-19T14:14:00Z');
    const september = await desk.invoicing.run({ period: '2026-09', finalise: true, ...amara });
    const next = mustFind(desk, september.succeeded[0]?.invoiceId ?? '');
    expect([next.status, next.paidMinor]).toEqual(['partly_paid', 15_900]);
    expect(listActsOfInvoice(desk.database, next.id).map((act) => act.amountMinor)).toEqual([5_300, 10_600]);
    expect(readBalances(desk).find((row) => row.account.startsWith('2020'))?.amount).toBe(-1_060);
    await desk.invoicing.void(next.id, 'Billed in error', amara);
    expect(readBalances(desk).find((row) => row.account.startsWith('2020'))?.amount).toBe(-16_960);
    expect(readBalances(desk).find((row) => row.account.startsWith('1200'))).toBeUndefined();
  });
});

test('what comes in or is paid back in another currency is not booked at a rate of long ago', async () => {
  const desk = openDesk();
  const { id: invoiceId, partyId } = await makeInvoice(desk);
  insertExchangeRate(desk.database, 'gbp', 'usd', '2026-08-13', '1.31');
  const receive = (day: string) => desk.receivables.recordReceipt({ partyId, on: day, amountMinor: 10_000, currency: 'gbp', bankReference: 'TRF', allocations: [] }, amara);
  const tooOld = (day: string) => ({ code: 'exchange-rate-missing', message: `The last rate from GBP to USD that is known is of 2026-08-13: too old for a payment of ${day}. Nothing was booked.` });
  await expect(receive('2026-08-21')).rejects.toMatchObject(tooOld('2026-08-21'));
  const { actIds: [receiptId = ''] } = await receive('2026-08-20');
  await expect(desk.receivables.payOutCredit({ receiptId }, { on, bankReference: 'TRF 2' }, amara)).rejects.toMatchObject(tooOld(on));
  expect(() => desk.receivables.previewCreditPayment({ receiptId }, { on })).toThrow(expect.objectContaining({ code: 'exchange-rate-missing' }));
  // A later day's shows that the days between had none.
  insertExchangeRate(desk.database, 'gbp', 'usd', '2026-11-19', '1.33');
  await desk.receivables.payOutCredit({ receiptId }, { on, bankReference: 'TRF 2' }, amara);
  expect([mustFind(desk, invoiceId).paidMinor, readBalances(desk).filter((row) => row.account.startsWith('2000'))]).toEqual([0, []]);
});

test('a receipt is of somebody who is known, and credit does not end before it begins', async () => {
  const desk = openDesk();
  const { id, partyId } = await makeInvoice(desk);
  const receive = (customer: string) => desk.receivables.recordReceipt({ partyId: customer, on, amountMinor: 10_000, currency: 'usd', bankReference: 'TRF', allocations: [] }, amara);
  await expect(receive(`${partyId}x`)).rejects.toMatchObject({ code: 'receipt-customer-unknown' });
  expect((await receive(partyId)).actIds).toHaveLength(1);
  const credit = (expiresOn: string) => desk.receivables.credit(id, { lines: null, settlement: 'credit', on, expiresOn, reason: 'Never used' }, amara);
  await expect(credit('2026-11-17')).rejects.toMatchObject({ code: 'credit-end-invalid' });
  expect(listActsOfInvoice(desk.database, id)).toEqual([]);
  await credit(on);
});

describe('taking back', () => {
  test.each(['usd', 'eur'])('of a month of which less than nothing was withheld, all or each part is credited (%s)', async (currency) => {
    const contract = { ...flatContract, currency };
    const desk = openDesk([contract]);
    insertExchangeRate(desk.database, 'eur', 'usd', '2026-11-16', '1.0853');
    insertAmendment(desk.database, amendmentOf(contract, { id: 'a1', effectiveFrom: '2026-10-16', withholdingRateBasisPoints: 0 }));
    const id = (await desk.invoicing.run({ period: '2026-10', actor: 'amara' })).succeeded[0]?.invoiceId ?? '';
    const { stored, invoice: draft } = desk.drafts.read(id);
    await desk.drafts.edit(id, draft.version, [{ kind: 'change-line', lineId: stored.basis.lines[0]?.id ?? '', amountMinor: -20_000, reason: 'Taken back' }], amara);
    const invoice = await desk.invoicing.finalise(id, amara);
    expect([invoice.withholdingMinor, invoice.dueMinor > 0]).toEqual([-3_000, true]);
    const before = balanceLines(desk);
    const credit = async (lines: { lineIndex: number; netMinor: number }[] | null) => (await desk.receivables.credit(id, { lines, settlement: 'offset', on, reason: 'Never used' }, amara)).actIds[0] ?? '';
    await desk.receivables.reverse(await credit(null), { on, reason: 'Not all of it' }, amara);
    expect(balanceLines(desk)).toEqual(before);
    await credit([{ lineIndex: 1, netMinor: 40_000 }]);
    await credit(null);
    expect(mustFind(desk, id)).toMatchObject({ status: 'paid', creditedMinor: invoice.dueMinor });
    expect(balanceLines(desk).map((line) => line.split(' ')[0])).toEqual(['4020-revenue-partner', '4830-credit-notes']);
  });

  test('of an invoice whose rates have tax of opposite signs, a part of one line is credited', async () => {
    const desk = openDesk();
    const id = await oppositeRates(desk);
    const { actIds: [noteId = ''] } = await desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 500 }], settlement: 'offset', on, reason: 'Too much' }, amara);
    expect(listActsOfInvoice(desk.database, id).find((act) => act.id === noteId)).toMatchObject({ netMinor: 500, taxMinor: 105 });
    // The rest of it comes to exactly the rest.
    await desk.receivables.credit(id, { lines: null, settlement: 'offset', on, reason: 'All of it' }, amara);
    expect(mustFind(desk, id)).toMatchObject({ status: 'paid', creditedMinor: 1_030 });
    expect(balanceLines(desk).map((line) => line.split(' ')[0])).toEqual(['4030-revenue-one-off', '4830-credit-notes']);
  });

  test('every act taken back gives what was before, to the cent', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    const acts = ['credit a part against the due', 'write a small rest off', 'prove more withholding', 'mark uncollectible'] as const;
    for (const attempt of acts) {
      const { actIds } = (await attempts[attempt](desk, id)) as { readonly actIds: readonly string[] };
      expect(mustFind(desk, id).status).not.toBe('finalised');
      await desk.receivables.reverse(actIds[0] ?? '', { on, reason: 'By mistake' }, amara);
      expect([attempt, mustFind(desk, id).status, balanceLines(desk)]).toEqual([attempt, 'finalised', finalised]);
      await expect(desk.receivables.reverse(actIds[0] ?? '', { on, reason: 'By mistake' }, amara)).rejects.toMatchObject({ code: 'act-reversed-already' });
    }
  });

  test('a receipt is un-applied before it is taken back, and may be applied again', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    const { actIds: [receipt = '', allocation = ''] } = await pay(desk, id, 147_711);
    const back = (actId: string) => desk.receivables.reverse(actId, { on, reason: 'Other customer' }, amara);
    await expect(back(receipt)).rejects.toMatchObject({ code: 'act-in-use' });
    await back(allocation);
    expect(mustFind(desk, id)).toMatchObject({ status: 'finalised', paidMinor: 0, paidAt: null });
    await desk.receivables.applyReceipt(receipt, { on, allocations: [{ invoiceId: id, amountMinor: 100_000 }] }, amara);
    await expect(desk.receivables.applyReceipt(receipt, { on, allocations: [{ invoiceId: id, amountMinor: 47_712 }] }, amara)).rejects.toMatchObject({ code: 'receipt-exceeded' });
    expect(readBalances(desk).find((row) => row.account.startsWith('2000'))?.amount).toBe(-47_711);
  });

  test('what others were built on stays until they are gone', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    const { actIds: [, allocation = ''] } = await pay(desk, id, 147_711);
    const { actIds: [note = ''] } = await desk.receivables.credit(id, { lines: null, settlement: 'refund', on, reason: 'Never used' }, amara);
    const back = (actId: string) => desk.receivables.reverse(actId, { on, reason: 'By mistake' }, amara);
    await expect(back(allocation)).rejects.toMatchObject({ code: 'act-in-use' });
    const { actIds: [refund = ''] } = await desk.receivables.payRefund(note, { on, bankReference: 'TRF 2' }, amara);
    await expect(back(note)).rejects.toMatchObject({ code: 'act-in-use' });
    for (const act of [refund, note, allocation]) await back(act);
    expect(mustFind(desk, id).status).toBe('finalised');
  });
});

test('an act of a closed month is booked on the first day of the first open one, and ages by it', async () => {
  const desk = openDesk();
  const { id } = await makeInvoice(desk);
  await pay(desk, id, 50_000);
  const zeros = '0'.repeat(64);
  desk.database.connection.exec(`INSERT INTO period_log (sequence, month, action, actor, reason, at, four_eyes, head_sequence, head_hash, evidence, previous_hash, hash) VALUES (1, '2026-11', 'close', 'ben', NULL, 0, 'off', 99, '${zeros}', '{}', '${zeros}', '${zeros}');
    INSERT INTO ledger_periods (month, state, changed_at, changed_by) VALUES ('2026-11', 'closed', 0, 'ben')`);
  const { actIds } = await pay(desk, id, 97_711);
  const entries = desk.database.all<{ entry_date: string; concerns_month: string | null }>(sql('test.entry', 'SELECT entry_date, concerns_month FROM journal_entries WHERE idempotency_key = ?'), [`receivable-act/${actIds[1] ?? ''}`]);
  expect(entries).toEqual([{ entry_date: '2026-12-01', concerns_month: '2026-11' }]);
  const openOn = (day: string) => sumBuckets(ageingOf(readReceivableMovements(desk.database, null, new TimeZone('America/New_York')), localDate(day))).totalMinor;
  expect([openOn('2026-11-30'), openOn('2026-12-01')]).toEqual([97_711, 0]);
  expect(readReceivableBalances(desk.database, null, localDate('2026-11-30'))).toEqual([{ currency: 'usd', balanceMinor: 97_711 }]);
});

test('nothing is dated with a day that has not come, and nothing is numbered for it', async () => {
  const desk = openDesk();
  const { id } = await makeInvoice(desk);
  const later = { on: '2026-11-19', reason: 'Insolvent' };
  const acts = [
    () => desk.receivables.markSent(id, later.on, amara), () => desk.receivables.credit(id, { lines: null, settlement: 'offset', ...later }, amara), () => desk.receivables.markUncollectible(id, later, amara), () => desk.receivables.writeOff(id, { amountMinor: 1, ...later }, amara),
    () => desk.receivables.recordWithholding(id, { amountMinor: 1, certificate: 'WHT', on: later.on }, amara), () => desk.receivables.recordReceipt({ on: '2062-11-18', amountMinor: 1, currency: 'usd', bankReference: 'TRF', allocations: [{ invoiceId: id, amountMinor: 1 }] }, amara),
  ];
  for (const record of acts) await expect(record()).rejects.toMatchObject({ code: 'day-in-future' });
  expect([mustFind(desk, id).status, listActsOfInvoice(desk.database, id)]).toEqual(['finalised', []]);
});

test('every act is in the audit log once, those that move nothing in the books too', async () => {
  const desk = openDesk();
  const { id } = await makeInvoice(desk);
  await desk.receivables.markSent(id, on, amara);
  await desk.receivables.recordWithholding(id, { amountMinor: 20_903, certificate: 'WHT-1', on }, amara);
  await pay(desk, id, 147_711);
  desk.receivables.postMissing();
  const actions = desk.database.all<{ action: string }>(sql('test.audit', "SELECT action FROM audit_log WHERE entity IN ('invoice', 'receipt') ORDER BY sequence"));
  expect(actions.map((row) => row.action)).toEqual(['draft', 'finalise', 'sent', 'withholding-certificate', 'receipt', 'allocation']);
});

test('the limit of small rests is a setting, and counts all rests of an invoice together', async () => {
  const desk = openDesk();
  const { id } = await makeInvoice(desk);
  const writeOff = (amountMinor: number) => desk.receivables.writeOff(id, { amountMinor, on, reason: 'Bank charges' }, amara);
  await writeOff(600);
  await expect(writeOff(401)).rejects.toMatchObject({ code: 'write-off-limit' });
  expect([await desk.receivables.writeOffLimit(), await desk.receivables.setWriteOffLimit(1_001, amara)]).toEqual([1_000, 1_001]);
  await writeOff(401);
  expect(mustFind(desk, id).writtenOffMinor).toBe(1_001);
});

test('the same command is carried out once', async () => {
  const desk = openDesk();
  const { id } = await makeInvoice(desk);
  const command = { actor: 'amara', requestId: newId() };
  const receive = () => desk.receivables.recordReceipt({ on, amountMinor: 10_000, currency: 'usd', bankReference: 'TRF 1', allocations: [{ invoiceId: id, amountMinor: 10_000 }] }, command);
  expect((await receive()).actIds).toEqual((await receive()).actIds);
  expect(mustFind(desk, id).paidMinor).toBe(10_000);
});

test('in a foreign currency what was booked goes at its own figure: the receivable ends at nothing in both, the rest is realised', async () => {
  const desk = openDesk([deedContract]);
  insertOctoberUsage(desk.database);
  const run = await desk.invoicing.run({ period: '2026-10', finalise: true, ...amara });
  const id = run.succeeded[0]?.invoiceId ?? '';
  const due = mustFind(desk, id).dueMinor;
  const receive = (amountMinor: number, day: string) => desk.receivables.recordReceipt({ on: day, amountMinor, currency: 'eur', bankReference: 'SEPA', allocations: [{ invoiceId: id, amountMinor }] }, amara);
  const { actIds: [, first = ''] } = await receive(33_333, '2026-11-18'); // 1.08415, as the invoice
  desk.setNow('2026-11-19T14:14:00Z');
  await receive(33_334, '2026-11-19'); // 1.2
  await desk.receivables.reverse(first, { on: '2026-11-19', reason: 'Other invoice' }, amara);
  await receive(due - 33_334, '2026-11-19');
  expect(mustFind(desk, id).status).toBe('paid');
  const ofAccount = (code: string) => readBalances(desk).filter((row) => row.account.startsWith(code));
  expect(ofAccount('1200')).toEqual([]);
  expect(ofAccount('2000').map((row) => row.amount)).toEqual([-33_333]);
  // All of it was paid at 1.2 in the end: what the euros are worth more than when they were billed.
  const inUsd = (amount: number, rate: string): number => convertMinorUnits(amount, 'eur', 'usd', rate, 'half-away-from-zero');
  const booked = inUsd(due, '1.08415');
  const paid = inUsd(33_334, '1.2') + inUsd(due - 33_334, '1.2');
  expect(ofAccount('5020').map((row) => row.amount)).toEqual([booked - paid]);
  expect(ofAccount('9000').reduce((sum, row) => sum + row.functional, 0)).toBe(0);
});
