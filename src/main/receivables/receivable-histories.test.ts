/** Random histories of acts in two currencies: invoices, books and ageing always agree, and everything taken back comes to nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { convertMinorUnits } from '../../shared/money/money.ts';
import { DaybookError } from '../../shared/errors/errors.ts';
import { invoiceStore } from '../billing/invoice-store.ts';
import { openMinorOf } from '../billing/partner-invoice.ts';
import { readCustomerCredits, readOwedMovements, readReceivableBalances, readReceivableMovements, readUnapplied } from '../reporting/ageing.queries.ts';
import { insertOctoberUsage, openBillingDesk, testNow, type BillingDesk } from '../testing/billing-desk.ts';
import { deedContract, flatContract } from '../testing/billing-fixtures.ts';
import { amara, mustFind, readBalances } from '../testing/receivable-cases.ts';
import { ageingOf, bucketOf, statementOf, sumBuckets, type OwedToCustomer } from './ageing-calculation.ts';
import { listActsOfParty } from './receivable-act.repository.ts';
import { standingActs, type ReceivableAct } from './receivable-act.ts';
import type { CreditSource } from './receivable-rules.ts';
import { createReceivableViews } from './receivable-views.ts';

const timeZone = new TimeZone('America/New_York');
const yearEnd = '2026-12-31T17:00:00Z';
const stepArbitrary = fc.record({
  act: fc.constantFrom('receive', 'receive', 'apply', 'credit', 'credit', 'withhold', 'write-off', 'uncollectible', 'refund', 'pay-out', 'pay-out', 'reverse', 'reverse', 'bill'), which: fc.nat(1_000), part: fc.integer({ min: 1, max: 120 }), day: fc.integer({ min: 0, max: 20 }),
  settlement: fc.constantFrom('offset' as const, 'refund' as const, 'credit' as const),
});
type Step = typeof stepArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

async function bill(desk: BillingDesk, period: string): Promise<string[]> {
  const run = await desk.invoicing.run({ period, finalise: true, ...amara });
  return run.succeeded.map((outcome) => outcome.invoiceId ?? '');
}

/** Credits and receipts as the screens read them. */
function viewsOf(desk: BillingDesk) {
  const views = createReceivableViews({ readable: desk.database, invoices: invoiceStore });
  return { ...views, leftOf: (source: CreditSource): number => ('creditId' in source ? (views.credits({ onlyLeft: false, limit: 500 }).find((credit) => credit.id === source.creditId)?.leftMinor ?? 1) : source.receiptId === '' ? 1 : views.receipt(source.receiptId).unapplied.amount) };
}

/** One act; what the rules forbid is forbidden, and changes nothing. */
async function tryStep(desk: BillingDesk, invoices: string[], { act, which, part, day, settlement }: Step, billed: { months: number }): Promise<void> {
  const on = addDays(localDate('2026-11-18'), day);
  // Bills are of the first day, and what is done to them of that day or a later one.
  desk.setNow(act === 'bill' ? testNow : yearEnd);
  const id = invoices[which % invoices.length] ?? '';
  const invoice = mustFind(desk, id);
  const acts = [flatContract, deedContract].flatMap((contract) => listActsOfParty(desk.database, contract.partnerId));
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[which % Math.max(1, items.length)];
  const shareOfDue = Math.max(1, Math.trunc((invoice.dueMinor * part) / 100));
  const { receivables } = desk;
  const views = viewsOf(desk);
  switch (act) {
    case 'bill':
      billed.months += 1;
      invoices.push(...(await bill(desk, `2026-${String(10 - billed.months).padStart(2, '0')}`)));
      return;
    case 'receive':
      await receivables.recordReceipt({ on, amountMinor: shareOfDue + 7, currency: invoice.currency, bankReference: 'TRF', allocations: part % 3 === 0 ? [] : [{ invoiceId: id, amountMinor: shareOfDue }], partyId: invoice.partyId }, amara);
      return;
    case 'apply':
      await receivables.applyReceipt(pick(standingActs(acts).filter((other) => other.kind === 'receipt'))?.id ?? '', { on, allocations: [{ invoiceId: id, amountMinor: shareOfDue }] }, amara);
      return;
    case 'credit':
      await receivables.credit(id, { lines: part > 100 ? null : [{ lineIndex: 0, netMinor: Math.max(1, Math.trunc((invoice.subtotalMinor * part) / 200)) }], settlement, on, reason: 'Any' }, amara);
      return;
    case 'withhold':
      await receivables.recordWithholding(id, { amountMinor: Math.max(1, Math.trunc((invoice.withholdingMinor * part) / 80)), certificate: 'WHT', on }, amara);
      return;
    case 'write-off':
      await receivables.writeOff(id, { amountMinor: part * 10, on, reason: 'Any' }, amara);
      return;
    case 'uncollectible':
      await receivables.markUncollectible(id, { on, reason: 'Any' }, amara);
      return;
    case 'refund':
      await receivables.payRefund(pick(standingActs(acts).filter((other) => other.settlement === 'refund'))?.id ?? '', { on, bankReference: 'TRF' }, amara);
      return;
    case 'pay-out': {
      const credits = views.credits({ onlyLeft: false, limit: 500 });
      const source = which % 2 === 0 ? { creditId: pick(credits)?.id ?? '' } : { receiptId: pick(standingActs(acts).filter((other) => other.kind === 'receipt'))?.id ?? '' };
      await receivables.payOutCredit(source, { on, bankReference: 'TRF', ...(part > 80 ? {} : { amountMinor: Math.max(1, Math.trunc((views.leftOf(source) * part) / 70)) }) }, amara);
      return;
    }
    case 'reverse':
      await receivables.reverse(pick(standingActs(acts).filter((other) => other.kind !== 'sent'))?.id ?? '', { on, reason: 'Any' }, amara);
  }
}

function assertAgreement(desk: BillingDesk, invoices: readonly string[]): void {
  const balances = readBalances(desk);
  const receivable = (partyId: string): number => balances.filter((row) => row.account.startsWith('1200') && row.party === partyId).reduce((sum, row) => sum + row.amount, 0);
  for (const { partnerId } of [flatContract, deedContract]) {
    const own = invoices.map((id) => mustFind(desk, id)).filter((invoice) => invoice.partyId === partnerId);
    expect(receivable(partnerId)).toBe(own.reduce((sum, invoice) => sum + openMinorOf(invoice), 0));
  }
  for (const id of invoices) {
    const invoice = mustFind(desk, id);
    const open = openMinorOf(invoice);
    expect(open).toBeGreaterThanOrEqual(0);
    expect(invoice.status === 'paid' || invoice.status === 'uncollectible' ? open : 0).toBe(0);
    expect(invoice.status === 'partly_paid' ? open : 1).toBeGreaterThan(0);
  }
  // Nothing but what stands is left in functional currency: no account without an amount keeps a cent.
  expect(balances.filter((row) => row.amount === 0 && !row.account.startsWith('9000') && row.account !== '1000-bank').map((row) => [row.account, row.functional])).toEqual([]);
  assertBank(desk);
  expect(balances.filter((row) => row.account.startsWith('9000')).reduce((sum, row) => sum + row.functional, 0)).toBe(0);
  assertOwed(desk);
  for (const days of [-1, 0, 9, 45, 120]) assertAgeing(desk, addDays(localDate('2026-11-18'), days));
}

/** Money moves at the rate of its day: what came in and went out again at another leaves the difference on the bank, and exactly that. */
function assertBank(desk: BillingDesk): void {
  const balances = readBalances(desk).filter((row) => row.account === '1000-bank');
  for (const { partnerId: party } of [flatContract, deedContract]) {
    const moved = standingActs(listActsOfParty(desk.database, party)).flatMap((act) => (act.kind === 'receipt' ? [{ act, sign: 1 }] : act.kind === 'credit-payment' || act.kind === 'refund-payment' ? [{ act, sign: -1 }] : []));
    const sum = (of: (act: ReceivableAct) => number): number => moved.reduce((total, { act, sign }) => total + sign * of(act), 0);
    const own = balances.filter((row) => row.party === party);
    expect([own.reduce((total, row) => total + row.amount, 0), own.reduce((total, row) => total + row.functional, 0)]).toEqual([
      sum((act) => act.amountMinor), sum((act) => (act.functionalRate === null ? act.amountMinor : convertMinorUnits(act.amountMinor, act.currency, 'usd', act.functionalRate, 'half-away-from-zero'))),
    ]);
  }
}

/** Nothing is paid out or used twice: what was granted was used, paid out or is left, and what is left of all is what the books owe. */
function assertOwed(desk: BillingDesk): void {
  const views = viewsOf(desk);
  const owed = (account: string, partyId: string): number => readBalances(desk).filter((row) => row.account.startsWith(account) && row.party === partyId).reduce((sum, row) => sum - row.amount, 0);
  for (const { partnerId: partyId } of [flatContract, deedContract]) {
    const credits = views.credits({ partyId, onlyLeft: false, limit: 500 });
    for (const credit of credits) {
      expect(Math.min(credit.leftMinor, credit.usedMinor, credit.paidOutMinor)).toBeGreaterThanOrEqual(0);
      expect(credit.usedMinor + credit.paidOutMinor + credit.leftMinor).toBe(credit.isTakenBack ? 0 : credit.grantedMinor);
    }
    expect(owed('2020', partyId)).toBe(credits.reduce((sum, credit) => sum + credit.leftMinor, 0));
    const receipts = views.receipts({ partyId, onlyUnapplied: false, limit: 500 });
    for (const receipt of receipts) expect(receipt.unapplied.amount).toBeGreaterThanOrEqual(0);
    expect(owed('2000', partyId)).toBe(receipts.reduce((sum, receipt) => sum + receipt.unapplied.amount, 0));
    const lastDay = localDate('2027-12-31');
    const beside = (list: readonly OwedToCustomer[]): number => list.reduce((sum, each) => sum + each.amountMinor, 0);
    const told = statementOf([], readOwedMovements(desk.database, partyId), localDate('2026-11-25'), lastDay).reduce((sum, { inFavour }) => sum + inFavour.closingMinor, 0);
    expect(told).toBe(owed('2020', partyId) + owed('2000', partyId));
    expect([beside(readCustomerCredits(desk.database, partyId, lastDay)), beside(readUnapplied(desk.database, partyId, lastDay))]).toEqual([owed('2020', partyId), owed('2000', partyId)]);
  }
}

function assertAgeing(desk: BillingDesk, asOf: LocalDate): void {
  const rows = ageingOf(readReceivableMovements(desk.database, null, timeZone), asOf);
  for (const { currency, balanceMinor } of readReceivableBalances(desk.database, null, asOf)) expect([asOf, currency, sumBuckets(rows.filter((row) => row.currency === currency)).totalMinor]).toEqual([asOf, currency, balanceMinor]);
  for (const row of rows) expect(row.invoices.reduce((sum, invoice) => sum + invoice.openMinor, 0)).toBe(row.totalMinor);
}

/** Newest first, until nothing can be taken back any more. */
async function takeAllBack(desk: BillingDesk): Promise<void> {
  const on = '2026-12-31';
  desk.setNow(yearEnd);
  for (const { partnerId } of [flatContract, deedContract]) {
    for (const act of standingActs(listActsOfParty(desk.database, partnerId)).filter((other) => other.kind !== 'sent').toReversed()) await desk.receivables.reverse(act.id, { on, reason: 'All of it' }, amara);
  }
}

describe('random histories', () => {
  test('agree after every act, and come to nothing when every act is taken back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { minLength: 10, maxLength: 25 }), async (steps) => {
        using desk = openBillingDesk({ contracts: [flatContract, deedContract] });
        insertOctoberUsage(desk.database);
        const invoices = await bill(desk, '2026-10');
        const billed = { months: 0 };
        for (const step of steps) {
          if (step.act === 'bill' && billed.months >= 3) continue;
          try {
            await tryStep(desk, invoices, step, billed);
          } catch (error) {
            if (!(error instanceof DaybookError)) throw error;
          }
          assertAgreement(desk, invoices);
        }
        await takeAllBack(desk);
        assertAgreement(desk, invoices);
        for (const id of invoices) expect(mustFind(desk, id)).toMatchObject({ status: 'finalised', paidMinor: 0, creditedMinor: 0, withheldMinor: 0, writtenOffMinor: 0 });
        const touched = ['1000', '2000', '2010', '2020', '4830', '5010', '5020', '9000'];
        expect(readBalances(desk).filter((row) => touched.some((code) => row.account.startsWith(code)))).toEqual([]);
      }),
      { numRuns: process.env['DAYBOOK_LONG'] ? 300 : 8 },
    );
  });
});

test('days overdue fall into their buckets', () => {
  expect([-5, 0, 1, 30, 31, 60, 61, 90, 91].map(bucketOf)).toEqual(['currentMinor', 'currentMinor', 'days1To30Minor', 'days1To30Minor', 'days31To60Minor', 'days31To60Minor', 'days61To90Minor', 'days61To90Minor', 'days91PlusMinor']);
});
