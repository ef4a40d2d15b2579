import { describe, expect, it } from 'vitest';
import { createCompany } from './company.ts';
import { companyMonths, localDayOf, localDayNamed, startOfLocalDay } from './calendar.ts';
import { computeDeferral } from './deferral.ts';
import type { InvoiceFact, World } from './facts.ts';

const at = (day: string): number => startOfLocalDay(localDayNamed(day)) + 43_200;
const line = (amount: number, start: string, end: string) => ({ amount, discountAmount: 0, start: at(start), end: at(end) });
const invoiceOf = (over: Record<string, unknown>): InvoiceFact =>
  ({ customer: { currency: 'usd' }, outcome: 'paid', finalizedAt: at('2026-01-15'), settledAt: at('2026-01-15'), lines: [], creditNotes: [], intent: null, total: 3_100, tax: 0, amountDue: 3_100, ...over }) as unknown as InvoiceFact;
const monthsOf = (...invoices: InvoiceFact[]) => computeDeferral({ invoices } as unknown as World).map(({ month, recognisedMinor, deferredMinor }) => [month, recognisedMinor, deferredMinor]);

describe('what a company has still to earn', () => {
  it('is earned evenly by day: the first day counts, the day of the end does not', () => {
    expect(monthsOf(invoiceOf({ lines: [line(3_100, '2026-01-15', '2026-02-15')] }))).toEqual([['2026-01', 1_700, 1_400], ['2026-02', 1_400, 0]]);
  });

  it('is less by what was unearned of a refund; a year refunded in February leaves nothing to earn', () => {
    const refund = { created: at('2026-02-28'), amount: 12_000, creditNote: null };
    const year = { lines: [line(12_000, '2026-01-01', '2027-01-01')], finalizedAt: at('2026-01-01'), total: 12_000, intent: { charges: [{ refunds: [refund], dispute: null }] } };
    expect(monthsOf(invoiceOf(year))).toEqual([['2026-01', 1_019, 10_981], ['2026-02', 921, 0], ...companyMonths.filter((month) => month.name > '2026-02' && month.name < '2026-11').map((month) => [month.name, 0, 0])]);
  });

  it('takes a part of what is given back from each line, of a proration the whole', () => {
    const lines = [line(-2_000, '2026-01-21', '2026-02-10'), line(4_000, '2026-01-21', '2026-02-10')];
    const note = { created: at('2026-01-30'), total: 1_000, tax: 0, refund: null };
    // 20 days, 10 of them to come: of 1,000 given back 500 had not been earned; what is left to earn of it falls with the days.
    expect(monthsOf(invoiceOf({ lines, finalizedAt: at('2026-01-21'), total: 2_000, creditNotes: [note] }))).toEqual([['2026-01', 1_050, 450], ['2026-02', 450, 0]]);
  });

  it('knows no drafts, and what was voided at once earns nothing', () => {
    const lines = [line(3_100, '2026-01-15', '2026-02-15')];
    expect(monthsOf(invoiceOf({ lines, outcome: 'draft' }))).toEqual([]);
    // By day: the day of the void itself was earned, and is given back by the voids account, not by this one.
    expect(monthsOf(invoiceOf({ lines, outcome: 'void' }))).toEqual([['2026-01', 100, 0], ['2026-02', 0, 0]]);
  });
});

describe('the small company', () => {
  it('earns what it invoiced for a period less what it gave back, in whole months only', () => {
    const { manifest, world } = createCompany({ size: 'small', seed: 1 });
    expect(manifest.deferral.every((row) => row.month <= manifest.billingMonth)).toBe(true);
    const last = companyMonths.find((month) => month.name === manifest.billingMonth);
    const invoiced = world.invoices.filter((invoice) => invoice.outcome !== 'draft' && invoice.customer.currency === 'jpy' && localDayOf(invoice.finalizedAt) < localDayOf(last?.end ?? 0));
    const deferred = invoiced.flatMap((invoice) => invoice.lines).filter((each) => localDayOf(each.start) < localDayOf(each.end)).reduce((sum, each) => sum + each.amount - each.discountAmount, 0);
    const rows = manifest.deferral.filter((row) => row.currency === 'jpy');
    const earned = rows.reduce((sum, row) => sum + row.recognisedMinor, 0);
    const left = rows.find((row) => row.month === manifest.billingMonth)?.deferredMinor ?? 0;
    expect(earned).toBeGreaterThan(0);
    // What was given back came out of neither.
    expect(earned + left).toBeLessThanOrEqual(deferred);
  });
});
