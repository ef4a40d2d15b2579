/** The list of invoices by the day it shows. */
import { describe, expect, test } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { newId } from '../platform/ids.ts';
import { openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { listInvoices, walkInvoices, type InvoiceWindow, type Standpoint } from './invoices.queries.ts';

const amara = { actor: 'amara' };
/** 18 November 2026, 23:30 in New York: the 19th in UTC. */
const lateEvening = '2026-11-19T04:30:00Z';
const standpoint: Standpoint = { timeZone: new TimeZone('America/New_York'), now: Date.parse(lateEvening) };

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
});
