/** The list of invoices by the day it shows. */
import { describe, expect, test } from 'vitest';
import { addDays, localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import { openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { listInvoices, walkInvoices, type InvoiceMark, type InvoiceWindow, type Standpoint } from './invoices.queries.ts';

const amara = { actor: 'amara' };
/** 18 November 2026, 23:30 in New York: the 19th in UTC. */
const lateEvening = '2026-11-19T04:30:00Z';
const standpoint: Standpoint = { timeZone: new TimeZone('America/New_York'), now: Date.parse(lateEvening) };

const insertCustomer = sql('test.customer', "INSERT INTO stripe_customers (id, name, created_at, observed_at, raw) VALUES (?, ?, 0, 0, '{}')");
const insertInvoice = sql('test.invoice', "INSERT INTO stripe_invoices (id, customer_id, status, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, finalised_at, created_at, observed_at, raw) VALUES (?, ?, 'paid', 'usd', 100, 0, 0, 100, 100, 0, 0, ?, 0, 0, '{}')");

function insertStripeInvoice({ database }: BillingDesk, name: string, finalisedAt: number): void {
  database.unitOfWork.run('test.stripe-invoice', (writable) => {
    writable.run(insertCustomer, [`cus ${name}`, name]);
    writable.run(insertInvoice, [`in ${name}`, `cus ${name}`, finalisedAt]);
  });
}

/** One-off invoices by their customers, each issued on a chosen day, or on the day on which it is finalised. */
async function issue(desk: BillingDesk, name: string, issueDate: string | null): Promise<void> {
  const { invoice } = await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'typed', name, legalName: null, address: [], country: null, email: null, taxNumber: null }, currency: 'usd', paymentTermsDays: 30 }, amara);
  await desk.drafts.edit(invoice.id, invoice.version, [
    { kind: 'add-line', lineId: newId(), description: 'Deeds', quantity: null, unitPrice: null, amountMinor: 10_000, discount: null, tax: null, beforeLineId: null }, { kind: 'set-details', issueDate },
  ], amara);
  await desk.invoicing.finalise(invoice.id, amara);
}

describe('invoices whose day of issue lies before the day on which they were finalised', () => {
  test('are listed, summed, walked and put in order by their day of issue', async () => {
    using desk = openBillingDesk({ contracts: [], now: lateEvening });
    await issue(desk, 'Last of October', '2026-10-31');
    await issue(desk, 'First of November', '2026-11-01');
    await issue(desk, 'Today', null);
    await issue(desk, 'Yesterday', '2026-11-17');
    const named = (filter: InvoiceWindow['filter']): string[] => {
      const listed = listInvoices(desk.database, { startAt: 0, limit: 50, filter }, standpoint);
      const names = listed.rows.map((row) => row.customerName);
      expect(listed.sums).toEqual(names.length === 0 ? [] : [{ amount: 10_000 * names.length, currency: 'usd' }]);
      // Files are written from a walk, sums of a list that a window cuts off from a statement of their own.
      const walked = walkInvoices(desk.database, { filter }, undefined, 50, standpoint).ids;
      expect(walked).toEqual(listed.rows.map((row) => row.id));
      expect(listInvoices(desk.database, { startAt: 0, limit: 1, filter }, standpoint).total).toBe(names.length);
      return names;
    };
    expect(named({ month: '2026-10' })).toEqual(['Last of October']);
    expect(named({ month: '2026-11' })).toEqual(['Today', 'Yesterday', 'First of November']);
    expect(named({ from: '2026-10-31', to: '2026-11-17' })).toEqual(['Yesterday', 'First of November', 'Last of October']);
    expect(named({ from: '2026-11-18' })).toEqual(['Today']);
    expect(named(undefined)).toEqual(['Today', 'Yesterday', 'First of November', 'Last of October']);
  });

  test.each(['Asia/Tokyo', 'Europe/Berlin', 'Europe/London', 'Pacific/Kiritimati', 'America/New_York', 'Pacific/Pago_Pago'])('stand before the first hours of the next day and behind the last of their own, in %s', async (zone) => {
    const timeZone = new TimeZone(zone);
    const there: Standpoint = { timeZone, now: Date.parse(lateEvening) };
    using desk = openBillingDesk({ contracts: [], now: lateEvening, timeZone });
    // In summer and in winter: the day before, the chosen one, and the one after, each with an invoice of Stripe in its first and its last second.
    const expected: string[] = [];
    for (const [before, chosen, after] of [['2026-07-14', '2026-07-15', '2026-07-16'], ['2026-11-08', '2026-11-09', '2026-11-10']] as const) {
      for (const day of [before, chosen, after]) {
        const start = timeZone.startOf(localDate(day));
        insertStripeInvoice(desk, `${day} first`, start);
        insertStripeInvoice(desk, `${day} last`, timeZone.startOf(addDays(localDate(day), 1)) - 1);
      }
      await issue(desk, `${chosen} own`, chosen);
      expected.push(`${before} first`, `${before} last`, `${chosen} first`, `${chosen} last`, `${chosen} own`, `${after} first`, `${after} last`);
    }
    const dayOf = (name: string): string => name.slice(0, 10);
    for (const direction of ['ascending', 'descending'] as const) {
      const sort = { column: 'issuedOn', direction };
      const listed = listInvoices(desk.database, { startAt: 0, limit: 50, sort }, there).rows;
      const names = listed.map((row) => row.customerName);
      expect(names.toSorted()).toEqual(expected.toSorted());
      expect(names.map(dayOf)).toEqual((direction === 'ascending' ? expected : expected.toReversed()).map(dayOf));
      expect(listed.map((row) => row.issuedOn)).toEqual(names.map(dayOf));
      // Page by page, and walked from each row on, it is the same list.
      expect(names.flatMap((_, startAt) => listInvoices(desk.database, { startAt, limit: 1, sort }, there).rows.map((row) => row.customerName))).toEqual(names);
      const walked: string[] = [];
      let mark: InvoiceMark | undefined;
      for (;;) {
        const { ids, next } = walkInvoices(desk.database, { sort }, mark, 2, there);
        walked.push(...ids);
        if (next === null) break;
        mark = next;
      }
      expect(walked).toEqual(listed.map((row) => row.id));
    }
  });
});
