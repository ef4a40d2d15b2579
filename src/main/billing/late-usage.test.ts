import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { addMonths, month } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { parseContractTerms, type PartnerContractRow } from '../contracts/contract-terms.ts';
import { sql } from '../database/handles.ts';
import { taxKey } from '../documents/document-model.ts';
import { checkedEInvoice } from '../documents/einvoice/einvoice-of-document.ts';
import { documentOfPartnerInvoice } from '../documents/partner-invoice-document.ts';
import { openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { amendmentOf, deedContract, flatContract, insertAmendment, insertUsage, requestContract } from '../testing/billing-fixtures.ts';
import { explainInvoiceFigure } from './invoice-why.ts';
import { isLateUsageStanding, lateUsageFor, type InvoicedMonth } from './late-usage.ts';
import { calculatePartnerInvoice } from './partner-invoice-calculation.ts';

const amara = { actor: 'amara' };
const desks: BillingDesk[] = [];
afterEach(() => desks.splice(0).forEach((desk) => desk[Symbol.dispose]()));

/** 1.00 EUR per deed. */
const perDeed: PartnerContractRow = { ...deedContract, perDeedPrice: '1' };

function openDesk(contract: PartnerContractRow = perDeed): BillingDesk {
  const desk = openBillingDesk({ contracts: [contract] });
  desks.push(desk);
  return desk;
}

let keys = 0;
/** Usage of a day at noon in New York. */
function use(desk: BillingDesk, day: string, deeds: number, prefix = perDeed.apiKeyPrefix, meter: 'deeds' | 'requests' = 'deeds'): void {
  insertUsage(desk.database, `use-${(keys += 1)}`, prefix, meter, deeds, `${day}T17:00:00Z`);
}

async function bill(desk: BillingDesk, period: string, finalise = true) {
  const run = await desk.invoicing.run({ period, finalise, ...amara });
  expect(run.failed).toEqual([]);
  const [outcome] = [...run.succeeded, ...run.skipped];
  const invoice = desk.invoicing.find(outcome?.invoiceId ?? '');
  if (!invoice) throw new Error(`Nothing was billed for ${period}.`);
  return invoice;
}

const amountsOf = (invoice: { lines: readonly { kind: string; description: string; amountMinor: number }[] }) => invoice.lines.map((line) => [line.kind === 'late-usage' ? line.description : line.kind, line.amountMinor]);

describe('usage that came after its month’s invoice', () => {
  test('is a line of the next one: the month rated again, less what was invoiced', async () => {
    const desk = openDesk();
    use(desk, '2026-09-10', 40);
    use(desk, '2026-10-10', 7);
    const september = await bill(desk, '2026-09');
    use(desk, '2026-09-29', 5);
    const october = await bill(desk, '2026-10');
    expect([september.subtotalMinor, october.subtotalMinor]).toEqual([4_000, 1_200]);
    expect(amountsOf(october)).toEqual([['usage', 700], ['Late usage, September 2026', 500]]);
    expect(october.lines[1]?.explanation).toBe('September 2026 rated again with 45 deeds (40 when it was invoiced): 45.00 EUR − invoiced already 40.00 EUR on API-202609-dp_pk_KKB; before tax, after that month’s own discount');
    expect(october.snapshot).toMatchObject({ units: 7, lateUsageMonths: 12, lateUsage: [{ month: '2026-09', ratedMinor: 4_500, invoicedMinor: 4_000, amountMinor: 500, units: 45, unitsInvoiced: 40 }] });
  });

  test('a quantity that the company corrected downwards is taken back', async () => {
    const desk = openDesk();
    use(desk, '2026-09-10', 40);
    await bill(desk, '2026-09');
    desk.database.connection.exec("UPDATE api_usage SET quantity = 30 WHERE quantity = 40");
    use(desk, '2026-10-10', 3);
    const october = await bill(desk, '2026-10');
    expect(amountsOf(october)).toEqual([['usage', 300], ['Usage taken back, September 2026', -1_000]]);
    expect(october.totalMinor).toBe(-700);
    expect(desk.readBooks().slice(-4)).toEqual([
      'invoice-finalised: Cr 1200-accounts-receivable 700 eur (759)', 'invoice-finalised: Dr 4020-revenue-partner 700 eur (759)', 'credit-carried: Cr 2020-customer-credit-balance 700 eur (759)', 'credit-carried: Dr 1200-accounts-receivable 700 eur (759)',
    ]);
  });

  test('several months are several lines, the oldest first', async () => {
    const desk = openDesk();
    for (const period of ['2026-07', '2026-08', '2026-09']) await bill(desk, period);
    use(desk, '2026-08-02', 3);
    use(desk, '2026-07-31', 2);
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['usage', 0], ['Late usage, July 2026', 200], ['Late usage, August 2026', 300]]);
  });

  test('a second late arrival is charged without the first', async () => {
    const desk = openDesk();
    use(desk, '2026-08-10', 40);
    await bill(desk, '2026-08');
    use(desk, '2026-08-11', 5);
    expect(amountsOf(await bill(desk, '2026-09'))).toEqual([['usage', 0], ['Late usage, August 2026', 500]]);
    use(desk, '2026-08-12', 2);
    const october = await bill(desk, '2026-10');
    expect(amountsOf(october)).toEqual([['usage', 0], ['Late usage, August 2026', 200]]);
    expect(october.lines[1]?.explanation).toContain('47.00 EUR − invoiced already 40.00 EUR on API-202608-dp_pk_KKB and 5.00 EUR on API-202609-dp_pk_KKB');
  });

  test('counts once when the invoice that charged it is voided and made again', async () => {
    const desk = openDesk();
    await bill(desk, '2026-08');
    use(desk, '2026-08-11', 5);
    const first = await bill(desk, '2026-09');
    await desk.invoicing.void(first.id, 'Wrong address', amara);
    const second = await bill(desk, '2026-09');
    expect([second.number, amountsOf(second)]).toEqual(['API-202609-dp_pk_KKB-2', [['usage', 0], ['Late usage, August 2026', 500]]]);
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['usage', 0]]);
  });

  test('is charged by a later invoice when the one that charged it stays void', async () => {
    const desk = openDesk();
    await bill(desk, '2026-08');
    use(desk, '2026-08-11', 5);
    await desk.invoicing.void((await bill(desk, '2026-09')).id, 'Wrong address', amara);
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['usage', 0], ['Late usage, August 2026', 500]]);
    // Made again now, the invoice of September leaves it where it is.
    expect(amountsOf(await bill(desk, '2026-09'))).toEqual([['usage', 0]]);
  });

  test('counts once when its own month is voided and made again: what was charged elsewhere is taken off', async () => {
    const desk = openDesk();
    use(desk, '2026-08-10', 40);
    const august = await bill(desk, '2026-08');
    use(desk, '2026-08-11', 5);
    await bill(desk, '2026-09');
    await desk.invoicing.void(august.id, 'Wrong address', amara);
    const again = await bill(desk, '2026-08');
    expect(amountsOf(again)).toEqual([['usage', 4_500], ['Invoiced already, August 2026', -500]]);
    expect(again.lines[1]?.explanation).toBe('The lines above count all usage of August 2026; what came late was invoiced already: 5.00 EUR on API-202609-dp_pk_KKB');
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['usage', 0]]);
  });

  test('the same call sent again is no late usage', async () => {
    const desk = openDesk();
    insertUsage(desk.database, 'once', perDeed.apiKeyPrefix, 'deeds', 9, '2026-09-10T12:00:00Z');
    await bill(desk, '2026-09');
    insertUsage(desk.database, 'once', perDeed.apiKeyPrefix, 'deeds', 9, '2026-09-10T12:00:00Z');
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['usage', 0]]);
  });

  test('neither discount nor minimum of the month that carries it touches it', async () => {
    const desk = openDesk({ ...perDeed, discountBasisPoints: 1_000, minimumCommitmentMinor: 5_000 });
    use(desk, '2026-09-10', 100);
    await bill(desk, '2026-09');
    use(desk, '2026-09-11', 10);
    use(desk, '2026-10-10', 20);
    const october = await bill(desk, '2026-10');
    // 20.00 less 10 % = 18.00, topped up by 32.00 to 50.00; September: 110.00 less 10 % = 99.00 against 90.00.
    expect(amountsOf(october)).toEqual([['usage', 2_000], ['minimum', 3_200], ['Late usage, September 2026', 900]]);
    expect([october.discountMinor, october.subtotalMinor]).toEqual([200, 5_900]);
  });

  test('under a minimum that was not reached it changes nothing', async () => {
    const desk = openDesk({ ...perDeed, minimumCommitmentMinor: 5_000 });
    use(desk, '2026-09-10', 10);
    await bill(desk, '2026-09');
    use(desk, '2026-09-11', 10);
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['usage', 0], ['minimum', 5_000]]);
  });

  test('the month is rated under the terms of its invoice, whatever holds now, and in its parts', async () => {
    const desk = openDesk();
    insertAmendment(desk.database, amendmentOf(perDeed, { id: 'a1', effectiveFrom: '2026-09-16', perDeedPrice: '2' }));
    use(desk, '2026-09-01', 10);
    await bill(desk, '2026-09');
    use(desk, '2026-09-15', 1);
    use(desk, '2026-09-16', 1);
    desk.database.connection.exec("UPDATE partner_contracts SET per_deed_price = '9'");
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['usage', 0], ['Late usage, September 2026', 300]]);
  });

  test('blocks of requests are counted over the whole month: what fills a started block is free', async () => {
    const desk = openDesk({ ...requestContract });
    use(desk, '2026-08-10', 1_100, 'dp_pk_TSG', 'requests');
    await bill(desk, '2026-08');
    use(desk, '2026-08-11', 900, 'dp_pk_TSG', 'requests');
    expect(amountsOf(await bill(desk, '2026-09'))).toEqual([['usage', 0]]);
    use(desk, '2026-08-11', 1, 'dp_pk_TSG', 'requests');
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['usage', 0], ['Late usage, August 2026', 150]]);
  });

  test('the tax is that of its month', async () => {
    const desk = openDesk({ ...perDeed, taxTreatment: 'standard', taxRateBasisPoints: 2_000 });
    await bill(desk, '2026-09');
    use(desk, '2026-09-11', 10);
    use(desk, '2026-10-11', 10);
    insertAmendment(desk.database, amendmentOf({ ...perDeed, taxRateBasisPoints: 1_000 }, { id: 'a1', effectiveFrom: '2026-10-01' }));
    const october = await bill(desk, '2026-10');
    expect([october.taxMinor, october.snapshot.taxes]).toEqual([300, [{ basisPoints: 1_000, baseMinor: 1_000, amountMinor: 100 }, { basisPoints: 2_000, baseMinor: 1_000, amountMinor: 200 }]]);
  });

  test.each([['standard', 'reverse-charge', [[0, 'AE', '0.00'], [2_100, 'S', '1.05']], 1_305], ['reverse-charge', 'standard', [[2_100, 'S', '1.47'], [0, 'AE', '0.00']], 1_347]] as const)('its treatment is that of its month: %s, then %s', async (then, now, taxes, totalMinor) => {
    const desk = openDesk({ ...perDeed, taxTreatment: then, taxRateBasisPoints: 2_100, taxNumber: 'NL004495445B01' });
    await bill(desk, '2026-09');
    use(desk, '2026-09-11', 5);
    use(desk, '2026-10-11', 7);
    desk.database.connection.exec(`UPDATE partners SET tax_treatment = '${now}'`);
    const draft = await bill(desk, '2026-10', false);
    // A word that is edited leaves every tax as it was.
    const edited = (await desk.drafts.edit(draft.id, draft.version, [{ kind: 'change-line', lineId: desk.drafts.read(draft.id).stored.basis.lines[0]?.id ?? '', description: 'Deeds' }], amara)).invoice;
    for (const october of [draft, edited]) {
      expect(october.totalMinor).toBe(totalMinor);
      const document = documentOfPartnerInvoice(october);
      const { invoice } = checkedEInvoice(document);
      expect(document.taxes.map(({ tax }, index) => [tax.basisPoints, invoice.taxBreakdown[index]?.category, invoice.taxBreakdown[index]?.taxAmount])).toEqual(taxes);
      expect(document.lines.map(({ tax }) => taxKey(tax))).toEqual(document.taxes.map(({ tax }) => taxKey(tax)));
      expect(explainInvoiceFigure({ invoice: october, figure: 'tax', now: 0, journalEntryIds: [] }).inputs.map(({ label }) => label)).toEqual(expect.arrayContaining(['Tax at 21 %', 'Tax, reverse charge']));
    }
  });

  test.each([[undefined, true], ['1', false], ['2', true], ['0', false]])('how far back is a setting: %s months from October reach August: %s', async (setting, isReached) => {
    const desk = openDesk();
    if (setting !== undefined) desk.database.run(sql('test.setting', "INSERT INTO ledger_settings (name, value, set_at) VALUES ('late_usage_months', ?, 0)"), [setting]);
    await bill(desk, '2026-08');
    use(desk, '2026-08-11', 5);
    const october = await bill(desk, '2026-10');
    expect(october.lines.length === 2).toBe(isReached);
    expect(october.snapshot.lateUsageMonths).toBe(Number(setting ?? 12));
  });

  test('thirteen months back nothing is charged by default', async () => {
    const desk = openDesk();
    await bill(desk, '2025-09');
    await bill(desk, '2025-10');
    use(desk, '2025-09-11', 5);
    use(desk, '2025-10-11', 6);
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['usage', 0], ['Late usage, October 2025', 600]]);
  });

  test('the rehearsal of a run says the same as the run', async () => {
    const desk = openDesk();
    await bill(desk, '2026-09');
    use(desk, '2026-09-11', 5);
    const preview = desk.invoicing.preview({ period: '2026-10' });
    expect(preview.succeeded.map((outcome) => outcome.totalMinor)).toEqual([500]);
    expect((await bill(desk, '2026-10')).totalMinor).toBe(500);
  });

  test('of two drafts the earlier one has it, and a draft whose month was charged elsewhere is not finalised', async () => {
    const desk = openDesk();
    await bill(desk, '2026-08');
    use(desk, '2026-08-11', 5);
    const october = await bill(desk, '2026-10', false);
    const september = await bill(desk, '2026-09', false);
    expect([amountsOf(september)[1], amountsOf(october)[1]]).toEqual([['Late usage, August 2026', 500], ['Late usage, August 2026', 500]]);
    await expect(desk.invoicing.finalise(october.id, amara)).rejects.toMatchObject({ code: 'invoice-changed' });
    await expect(desk.register.finalise({ id: october.id, totalsFingerprint: october.totalsFingerprint, issueDate: '2026-11-18' as never, dueDate: '2026-11-18' as never, finalisedAt: 0, functionalRate: '1', requestId: 'r' })).rejects.toMatchObject({ code: 'invoice-changed' });
    await desk.invoicing.finalise(september.id, amara);
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['usage', 0]]);
  });

  test('a flat contract has none', async () => {
    const desk = openDesk(flatContract);
    await bill(desk, '2026-09');
    use(desk, '2026-09-11', 5, flatContract.apiKeyPrefix);
    expect(amountsOf(await bill(desk, '2026-10'))).toEqual([['flat-fee', 139_350]]);
  });
});

describe('for any history of arrivals, runs and voids', () => {
  const terms = (() => {
    const parsed = parseContractTerms({ ...perDeed, tiers: '{"mode":"graduated","tiers":[{"upTo":10,"unitPrice":"1"},{"upTo":null,"unitPrice":"0.333"}]}', minimumCommitmentMinor: 500, discountBasisPoints: 333 });
    if (!parsed.isFine) throw new Error(parsed.problem.message);
    return parsed.terms;
  })();
  const rate = (deeds: number, period: string) => calculatePartnerInvoice([{ terms, usage: { deeds, requests: 0 } }], month(period)).subtotalMinor;
  const first = month('2026-01');
  const act = fc.oneof(
    fc.record({ kind: fc.constant('arrive' as const), at: fc.nat(4), deeds: fc.integer({ min: -5, max: 40 }) }),
    fc.record({ kind: fc.constant('bill' as const), at: fc.nat(5) }),
    fc.record({ kind: fc.constant('void' as const), at: fc.nat(5) }),
  );

  test('once all months stand and a last one is billed, each month is invoiced for exactly its usage', () => {
    fc.assert(fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
      const usage = new Map<string, number>();
      const standing = new Map<string, InvoicedMonth>();
      const billMonth = (period: ReturnType<typeof month>): void => {
        if (standing.has(period)) return;
        const invoices = [...standing.values()].sort((a, b) => a.month.localeCompare(b.month));
        const late = lateUsageFor({ month: period, terms, invoices, monthsBack: 12, usageOf: (_part, past) => ({ deeds: usage.get(past) ?? 0, requests: 0 }) });
        expect(isLateUsageStanding(late.measured, period, invoices)).toBe(true);
        const deeds = usage.get(period) ?? 0;
        standing.set(period, { invoiceId: period, month: period, number: period, isDraft: false, currency: 'eur', rated: { parts: [{ terms, usage: { deeds, requests: 0 } }], subtotalMinor: minorUnits(rate(deeds, period)) }, late: late.shares });
      };
      for (const { kind, ...one } of acts) {
        const period = addMonths(first, one.at);
        if (kind === 'arrive' && 'deeds' in one) usage.set(period, Math.max(0, (usage.get(period) ?? 0) + one.deeds));
        if (kind === 'bill') billMonth(period);
        if (kind === 'void') standing.delete(period);
      }
      for (let at = 0; at <= 5; at += 1) billMonth(addMonths(first, at));
      billMonth(addMonths(first, 6));
      for (let at = 0; at <= 5; at += 1) {
        const period = addMonths(first, at);
        const invoiced = (standing.get(period)?.rated?.subtotalMinor ?? 0) + [...standing.values()].flatMap((invoice) => invoice.late).filter((share) => share.month === period).reduce((sum, share) => sum + share.amountMinor, 0);
        expect([period, invoiced]).toEqual([period, rate(usage.get(period) ?? 0, period)]);
      }
    }));
  });
});
