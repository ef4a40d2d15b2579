/**
 * A receivable in a foreign currency that is cleared wholly, by any mix of ways, has realised its exchange difference (domain.md §3, Shape): it stands at nothing in both currencies, and so do the
 * conversion accounts; tax and withholding that were wholly taken back keep no cent of functional currency either.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openMinorOf } from '../billing/partner-invoice.ts';
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import { listBankLines } from '../reporting/banking.queries.ts';
import { openBankDesk, type BankDesk } from '../testing/bank-desk.ts';
import { camtFile } from '../testing/bank-files.ts';
import { flatContract } from '../testing/billing-fixtures.ts';
import { amara, makeInvoice, mustFind, readBalances } from '../testing/receivable-cases.ts';
import { newId } from '../platform/ids.ts';

const runs = process.env['DAYBOOK_LONG'] ? 400 : 15;
/** Of 1,393.50 euros, billed at 1.08415; paid at 1.2. */
const inEuro: PartnerContractRow = { ...flatContract, currency: 'eur' };
const on = '2026-11-19';
const later = '2026-11-19T18:00:00Z';
const ways = ['receipt', 'receipt applied later', 'bank line in euro', 'bank line in dollars', 'receipt by hand, then its bank line', 'credit note', 'credit kept and used', 'small rest'] as const;
const ends = ['bank line in euro', 'bank line in dollars', 'receipt', 'credit note', 'uncollectible', 'withholding certificate'] as const;
type Way = (typeof ways)[number] | (typeof ends)[number];

const decimal = (minor: number): string => (minor / 100).toFixed(2);
let statements = 0;

/** A line of this amount, matched with what it pays. */
async function matchLine(desk: BankDesk, currency: 'EUR' | 'USD', lineMinor: number, part: { readonly kind: 'invoice' | 'receipt'; readonly id: string; readonly amountMinor?: number }): Promise<void> {
  statements += 1;
  await desk.importText(camtFile([{ id: `S-${statements}`, iban: `${currency}-${statements}`, currency, opening: '0.00', closing: decimal(lineMinor), entries: [{ amount: decimal(lineMinor), on, reference: `B-${statements}` }] }]));
  const line = listBankLines(desk.billing.database, { startAt: 0, limit: 5, filter: { state: 'open' } }).rows[0];
  await desk.banking.matching.match({ lineIds: [line?.id ?? ''], parts: [part] }, { ...amara, requestId: newId() });
}

async function clear(desk: BankDesk, id: string, way: Way, wantedMinor: number): Promise<void> {
  const { receivables } = desk.billing;
  const invoice = mustFind(desk.billing, id);
  const open = openMinorOf(invoice);
  const amountMinor = Math.max(1, Math.min(open, wantedMinor));
  if (open === 0) return;
  const receipt = (allocated: boolean) => receivables.recordReceipt({ on, amountMinor, currency: 'eur', bankReference: `TRF-${statements}`, allocations: allocated ? [{ invoiceId: id, amountMinor }] : [], partyId: invoice.partyId }, amara);
  switch (way) {
    case 'receipt':
      await receipt(true);
      return;
    case 'receipt applied later': {
      const { actIds: [made = ''] } = await receipt(false);
      const half = Math.max(1, Math.trunc(amountMinor / 2));
      await receivables.applyReceipt(made, { on, allocations: [{ invoiceId: id, amountMinor: half }] }, amara);
      if (half < amountMinor) await receivables.applyReceipt(made, { on, allocations: [{ invoiceId: id, amountMinor: amountMinor - half }] }, amara);
      return;
    }
    case 'bank line in euro':
      return matchLine(desk, 'EUR', amountMinor, { kind: 'invoice', id, amountMinor });
    case 'bank line in dollars':
      return matchLine(desk, 'USD', Math.max(1, Math.trunc((amountMinor * 119) / 100)), { kind: 'invoice', id, amountMinor });
    case 'receipt by hand, then its bank line': {
      const { actIds: [made = ''] } = await receipt(true);
      return matchLine(desk, 'USD', Math.max(1, Math.trunc((amountMinor * 121) / 100)), { kind: 'receipt', id: made });
    }
    case 'credit note':
      // A note’s net that comes to about this; the last takes what is left, and gives back what was paid of it.
      await receivables.credit(id, { lines: amountMinor === open ? null : [{ lineIndex: 0, netMinor: Math.max(1, Math.trunc((amountMinor * 139_350) / 147_711)) }], settlement: amountMinor === open ? 'credit' : 'offset', on, reason: 'Too many days' }, amara);
      return;
    case 'small rest':
      await receivables.writeOff(id, { amountMinor: Math.min(amountMinor, 100), on, reason: 'Bank charges' }, amara);
      return;
    case 'uncollectible':
      await receivables.markUncollectible(id, { on, reason: 'Insolvent' }, amara);
      return;
    case 'withholding certificate':
      await receivables.recordWithholding(id, { amountMinor: invoice.withholdingMinor + open, certificate: 'WHT-1', on }, amara);
  }
}

const standingOn = (desk: BankDesk, code: string) => readBalances(desk.billing).filter((row) => row.account.startsWith(code));

describe('a receivable in a foreign currency', () => {
  test('cleared wholly by any mix of ways stands at nothing in both currencies, and so does conversion', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ way: fc.constantFrom(...ways), amountMinor: fc.integer({ min: 1, max: 60_000 }) }), { maxLength: 5 }), fc.constantFrom(...ends), async (steps, end) => {
        using desk = openBankDesk([inEuro]);
        const { id } = await makeInvoice(desk.billing);
        desk.billing.setNow(later);
        for (const { way, amountMinor } of [...steps, { way: end, amountMinor: Number.MAX_SAFE_INTEGER }, { way: 'receipt' as const, amountMinor: Number.MAX_SAFE_INTEGER }]) {
          try {
            await clear(desk, id, way, amountMinor);
            seen.add(way);
          } catch (error) {
            // More than is left of the lines or was paid, a second small rest beyond the limit.
            expect(error).toMatchObject({ code: expect.stringMatching(/^(credit-exceeds|write-off-limit|allocation-exceeds-due)/) });
          }
        }
        expect(openMinorOf(mustFind(desk.billing, id))).toBe(0);
        expect([standingOn(desk, '1200'), standingOn(desk, '2000')]).toEqual([[], []]);
        expect(standingOn(desk, '9000').reduce((sum, row) => sum + row.functional, 0)).toBe(0);
        // Conversion keeps what came in in dollars against what went out in euro; no other account without an amount keeps a figure.
        expect(readBalances(desk.billing).filter((row) => row.amount === 0 && !row.account.startsWith('9000'))).toEqual([]);
      }),
      { numRuns: runs },
    );
    // The long form must have been by every road.
    if (runs > 100) expect([...ways, ...ends].filter((way) => !seen.has(way))).toEqual([]);
  }, 120_000);

  test('what was given up and came in after all, at another rate, can be credited whole: its tax and withholding keep no cent', async () => {
    using desk = openBankDesk([inEuro]);
    const { receivables } = desk.billing;
    const { id, partyId } = await makeInvoice(desk.billing);
    const receive = (amountMinor: number) => receivables.recordReceipt({ on, amountMinor, currency: 'eur', bankReference: 'TRF', allocations: [{ invoiceId: id, amountMinor }], partyId }, amara);
    desk.billing.setNow(later);
    for (const netMinor of [33_333, 7, 12_341]) await receivables.credit(id, { lines: [{ lineIndex: 0, netMinor }], settlement: 'offset', on, reason: 'Too many days' }, amara);
    await receive(10_001);
    const lostMinor = openMinorOf(mustFind(desk.billing, id));
    await receivables.markUncollectible(id, { on, reason: 'Insolvent' }, amara);
    for (const part of [11_111, 3, lostMinor - 11_114]) await receive(part);
    expect(mustFind(desk.billing, id).status).toBe('paid');
    const { actIds: [whole = ''] } = await receivables.credit(id, { lines: null, settlement: 'credit', on, reason: 'Never used' }, amara);
    const left = (code: string) => standingOn(desk, code);
    expect([left('1200'), left('1300'), left('2200'), left('2000')]).toEqual([[], [], [], []]);
    // Taken back, the note gives again exactly what it took.
    await receivables.reverse(whole, { on, reason: 'By mistake' }, amara);
    await receivables.credit(id, { lines: null, settlement: 'credit', on, reason: 'Never used after all' }, amara);
    expect([left('1300'), left('2200')]).toEqual([[], []]);
  });
});
