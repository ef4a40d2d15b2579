/** A month that comes to less than nothing: what it owes the customer becomes a credit (domain.md §4, docs/adr/0033). */
import { afterEach, expect, test } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { readCustomerCredits, readReceivableBalances, readReceivableMovements, readUnapplied } from '../reporting/ageing.queries.ts';
import { openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { deedContract, insertUsage } from '../testing/billing-fixtures.ts';
import { amara, readBalances } from '../testing/receivable-cases.ts';
import { ageingOf, withOwedToCustomers } from './ageing-calculation.ts';
import { explainAgeing } from './ageing-why.ts';
import { createReceivableViews } from './receivable-views.ts';
import { createIssuedCreditNotes } from './issued-credit-notes.ts';
import { invoiceStore } from '../billing/invoice-store.ts';
import { listActsOfInvoice } from './receivable-act.repository.ts';

const desks: BillingDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

/** 1.00 EUR per deed; the ledger is in USD, at 1.08415 until 19 November. */
function openDesk(): BillingDesk {
  const desk = openBillingDesk({ contracts: [{ ...deedContract, perDeedPrice: '1' }] });
  desks.push(desk);
  return desk;
}
const use = (desk: BillingDesk, key: string, day: string, deeds: number): void => insertUsage(desk.database, key, deedContract.apiKeyPrefix, 'deeds', deeds, `${day}T17:00:00Z`);

async function bill(desk: BillingDesk, period: string) {
  const run = await desk.invoicing.run({ period, finalise: true, ...amara });
  expect(run.failed).toEqual([]);
  const invoice = desk.invoicing.find([...run.succeeded, ...run.skipped][0]?.invoiceId ?? '');
  if (!invoice) throw new Error(`Nothing was billed for ${period}.`);
  return invoice;
}

/** August charges 40.00; then 30 deeds of it turn out wrong and September has 3 of its own: −27.00. */
async function billNegative(desk: BillingDesk) {
  use(desk, 'august', '2026-08-10', 40);
  await bill(desk, '2026-08');
  desk.database.connection.exec('UPDATE api_usage SET quantity = 10 WHERE quantity = 40');
  use(desk, 'september', '2026-09-10', 3);
  return bill(desk, '2026-09');
}
const credits = sql('test.credits', 'SELECT amount_minor AS amount, remaining_minor AS remaining, reason FROM customer_credits ORDER BY created_at, id');

test('it is settled at once by a credit, and the next invoice uses that up', async () => {
  const desk = openDesk();
  const september = await billNegative(desk);
  expect(september).toMatchObject({ dueMinor: -2_700, status: 'paid', paidMinor: -2_700 });
  expect(listActsOfInvoice(desk.database, september.id).map((act) => [act.kind, act.amountMinor])).toEqual([['credit-carried', 2_700]]);
  expect(desk.database.all(credits)).toEqual([{ amount: 2_700, remaining: 2_700, reason: 'API-202609-dp_pk_KKB: less than nothing was owed' }]);
  // Dated later and at another rate: the credit goes at the figure at which it was booked, and the rest of October's receivable at its own.
  desk.setNow('2026-11-20T14:14:00Z');
  use(desk, 'october', '2026-10-10', 50);
  const october = await bill(desk, '2026-10');
  expect(october).toMatchObject({ dueMinor: 5_000, paidMinor: 2_700, status: 'partly_paid' });
  expect(desk.database.all(credits)).toMatchObject([{ remaining: 0 }]);
  expect(readBalances(desk).filter((row) => row.account.startsWith('2020'))).toEqual([]);
  const notes = createIssuedCreditNotes({ readable: desk.database, invoices: invoiceStore });
  expect(notes.appliedTo(october.id)).toEqual([{ creditNoteNumber: 'API-202609-dp_pk_KKB', amountMinor: 2_700 }]);
});

test('the receivable of the books, ageing and the statement agree, and nothing of it is open', async () => {
  const desk = openDesk();
  await billNegative(desk);
  const movements = readReceivableMovements(desk.database, null, new TimeZone('America/New_York'));
  const asOf = localDate('2026-11-18');
  expect(ageingOf(movements, asOf)).toMatchObject([{ totalMinor: 4_000, invoices: [{ number: 'API-202608-dp_pk_KKB' }] }]);
  expect(readReceivableBalances(desk.database, null, asOf)).toEqual([{ currency: 'eur', balanceMinor: 4_000 }]);
});

test('ageing says beside it what the customer has as credit, by the day and after nothing is open any more, and why', async () => {
  const desk = openDesk();
  const september = await billNegative(desk);
  const { partyId } = september;
  const august = invoiceStore.findByIdOrNumber(desk.database, 'API-202608-dp_pk_KKB');
  const on = (day: string) => {
    const asOf = localDate(day);
    return withOwedToCustomers(ageingOf(readReceivableMovements(desk.database, null, new TimeZone('America/New_York')), asOf), readUnapplied(desk.database, null, asOf), readCustomerCredits(desk.database, null, asOf), () => 'Known by name');
  };
  expect(on('2026-11-17')).toEqual([]);
  expect(on('2026-11-18')).toMatchObject([{ partyId, totalMinor: 4_000, unappliedMinor: 0, creditMinor: 2_700 }]);
  await desk.receivables.recordReceipt({ on: '2026-11-18', amountMinor: 4_500, currency: 'eur', bankReference: 'TRF 1', allocations: [{ invoiceId: august?.id ?? '', amountMinor: 4_000 }] }, amara);
  expect(on('2026-11-18')).toMatchObject([{ partyId, customerName: 'Known by name', currency: 'eur', totalMinor: 0, invoices: [], unappliedMinor: 500, creditMinor: 2_700 }]);
  const credits = readCustomerCredits(desk.database, partyId, localDate('2026-11-18')).map((each) => ({ ...each, customerName: 'Known by name' }));
  expect(explainAgeing({ figure: 'credit', currency: 'eur', asOf: localDate('2026-11-18'), rows: [], unapplied: [], credits, balanceMinor: 0, now: 0 })).toMatchObject({ title: 'Credit of customers, EUR', figure: '27.00 EUR', inputs: [{ label: 'Known by name' }], sources: [{ kind: 'customer-account', id: partyId }] });
  expect(readCustomerCredits(desk.database, 'somebody-else', localDate('2026-11-18'))).toEqual([]);
  // The next invoice uses it up: the row goes when nothing is left.
  desk.setNow('2026-11-20T14:14:00Z');
  use(desk, 'october', '2026-10-10', 50);
  await bill(desk, '2026-10');
  expect(on('2026-11-20')).toMatchObject([{ totalMinor: 2_300, unappliedMinor: 500, creditMinor: 0 }]);
});

test('its credit goes when it is void, unless it was used; and is not taken back by itself', async () => {
  const desk = openDesk();
  const september = await billNegative(desk);
  const [act] = listActsOfInvoice(desk.database, september.id);
  await expect(desk.receivables.reverse(act?.id ?? '', { reason: 'Wrong' }, amara)).rejects.toMatchObject({ code: 'invoice-state', nextStep: expect.stringContaining('Void the invoice') as string });
  const view = createReceivableViews({ readable: desk.database, invoices: invoiceStore }).standing(september.id);
  expect(view).toMatchObject({ paidMinor: -2_700, dueMinor: 0, acts: [{ kind: 'credit-carried', canBeReversed: false }] });
  expect(view.actions).toEqual(['send', 'void']);
  use(desk, 'october', '2026-10-10', 50);
  const october = await bill(desk, '2026-10');
  await expect(desk.invoicing.void(september.id, 'Wrong usage', amara)).rejects.toMatchObject({ code: 'act-in-use' });
  await desk.invoicing.void(october.id, 'Wrong usage', amara);
  expect((await desk.invoicing.void(september.id, 'Wrong usage', amara)).status).toBe('void');
  expect(desk.database.all(credits)).toMatchObject([{ remaining: 0 }]);
  expect(readBalances(desk).map((row) => [row.account, row.amount])).toEqual([['1200-accounts-receivable', 4_000], ['4020-revenue-partner', -4_000]]);
});
