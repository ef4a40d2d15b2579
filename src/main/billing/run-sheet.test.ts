import { afterEach, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { createPartnerContracts } from '../contracts/partner-contracts.ts';
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import type { DraftEdit } from '../../shared/invoicing/draft-document.ts';
import { newId } from '../platform/ids.ts';
import { openBillingDesk, testNow, type BillingDesk } from '../testing/billing-desk.ts';
import { amendmentOf, deedContract, flatContract, insertAmendment, insertUsage, requestContract } from '../testing/billing-fixtures.ts';
import { createInvoiceReviews, createLocalReviewRegister } from './invoice-reviews.ts';
import type { CustomerSnapshot } from './partner-invoice.ts';
import { createRunSheets, type RunSheetRow } from './run-sheet.ts';

const amara = { actor: 'amara' };
const desks: BillingDesk[] = [];
afterEach(() => desks.splice(0).forEach((desk) => desk[Symbol.dispose]()));

const perDeed: PartnerContractRow = { ...deedContract, perDeedPrice: '1' };

function openDesk(contracts: readonly PartnerContractRow[]) {
  const desk = openBillingDesk({ contracts });
  desks.push(desk);
  const { database } = desk;
  const clock = fixedClock(Date.parse(testNow));
  const sheets = createRunSheets({ readable: database, contracts: createPartnerContracts({ readable: database }), invoicing: desk.invoicing, clock, timeZone: new TimeZone('America/New_York') });
  const reviews = createInvoiceReviews({ readable: database, unitOfWork: database.unitOfWork, register: createLocalReviewRegister({ readable: database, user: 'amara' }), audit: createAuditLog({ clock }), clock, newId });
  const only = (): RunSheetRow => {
    const [row, ...others] = sheets.read('2026-10').rows;
    if (!row || others.length > 0) throw new Error(`One row is expected, ${others.length + 1} are there.`);
    return row;
  };
  const bill = async (period: string, finalise = false) => expect((await desk.invoicing.run({ period, finalise, ...amara })).failed).toEqual([]);
  return { ...desk, sheets, reviews, only, bill };
}

let keys = 0;
function use(desk: BillingDesk, day: string, deeds: number, prefix = perDeed.apiKeyPrefix): void {
  insertUsage(desk.database, `use-${(keys += 1)}`, prefix, 'deeds', deeds, `${day}T17:00:00Z`);
}

test('a desk that joined a shared ledger reviews nothing, and sets nothing, by its own word', async () => {
  const desk = openDesk([perDeed]);
  await desk.bill('2026-10');
  const draft = desk.only();
  const clock = fixedClock(Date.parse(testNow));
  const refuse = () => {
    throw new ValidationError('postgres-not-connected', 'This ledger is shared.');
  };
  const reviews = createInvoiceReviews({ readable: desk.database, unitOfWork: desk.database.unitOfWork, register: createLocalReviewRegister({ readable: desk.database, user: 'amara', assertAlone: refuse }), audit: createAuditLog({ clock }), clock, newId });
  expect(await reviews.approve([{ id: draft.invoiceId ?? '', totalsFingerprint: draft.totalsFingerprint ?? '' }], amara)).toMatchObject({ succeeded: [], failed: [{ code: 'postgres-not-connected' }] });
  await expect(reviews.setLateUsageMonths(3, amara)).rejects.toMatchObject({ code: 'postgres-not-connected' });
  expect(desk.only().review).toBeNull();
});

describe('the run sheet', () => {
  test('shows each partner’s month beside the one before it', async () => {
    const desk = openDesk([perDeed, requestContract, flatContract]);
    use(desk, '2026-09-10', 40);
    use(desk, '2026-10-10', 50);
    await desk.bill('2026-09', true);
    const before = desk.sheets.read(null);
    expect(before.period).toBe('2026-10');
    expect(before.rows.map((row) => [row.partnerName, row.state, row.units, row.previousUnits, row.changeBasisPoints, row.totalMinor, row.previousTotalMinor, row.flags])).toEqual([
      ['Ashgrove Registry', 'not-drafted', null, null, null, 168_614, 168_614, []],
      ['Kadaster Koppeling', 'not-drafted', 50, 40, 2_500, 5_000, 4_000, []],
      ['Titlesure', 'not-drafted', 0, 0, null, 0, 0, ['zero-usage']],
    ]);
    await desk.bill('2026-10');
    expect(desk.sheets.read('2026-10').rows.map((row) => [row.state, row.totalMinor, row.invoiceId !== null])).toEqual([['to-review', 168_614, true], ['to-review', 5_000, true], ['to-review', 0, true]]);
    await desk.bill('2026-10', true);
    expect(desk.sheets.read('2026-10').rows.map((row) => [row.state, row.number])).toEqual([['finalised', 'API-202610-dp_pk_ABC'], ['finalised', 'API-202610-dp_pk_KKB'], ['finalised', 'API-202610-dp_pk_TSG']]);
  });

  test.each<[string, number, number, string[]]>([
    ['half as much again', 40, 60, ['usage-up']], ['a little less', 40, 59, []], ['half', 40, 20, ['usage-down']], ['a little more than half', 40, 21, []], ['from nothing', 0, 1, ['usage-up']], ['to nothing', 40, 0, ['usage-down', 'zero-usage']],
  ])('%s: %i, then %i deeds', async (_name, september, october, flags) => {
    const desk = openDesk([perDeed]);
    use(desk, '2026-09-10', september);
    use(desk, '2026-10-10', october);
    await desk.bill('2026-09', true);
    expect(desk.only().flags).toEqual(flags);
  });

  test('usage and terms of a month that was never billed stand beside the next one, and make nobody new', async () => {
    const desk = openDesk([perDeed]);
    use(desk, '2026-09-10', 40);
    use(desk, '2026-10-10', 60);
    insertAmendment(desk.database, amendmentOf(perDeed, { id: 'a1', effectiveFrom: '2026-10-01', perDeedPrice: '2' }));
    expect(desk.only()).toMatchObject({ units: 60, previousUnits: 40, changeBasisPoints: 5_000, previousTotalMinor: null, flags: ['usage-up', 'price-changed'] });
  });

  test('flags what is new, priced otherwise, late, incomplete', async () => {
    const desk = openDesk([{ ...perDeed, billingEmail: ' ', billingAddress: '{}', taxNumber: null }]);
    expect(openDesk([{ ...perDeed, effectiveFrom: '2026-10-01', billingEmail: ' ', billingAddress: '{}', taxNumber: null }]).only().flags).toEqual(['new-partner', 'zero-usage', 'email-missing', 'tax-number-missing', 'address-missing']);
    use(desk, '2026-09-10', 40);
    use(desk, '2026-10-10', 40);
    await desk.bill('2026-09', true);
    use(desk, '2026-09-11', 1);
    insertAmendment(desk.database, amendmentOf(perDeed, { id: 'a1', effectiveFrom: '2026-10-01', includedUnits: 5 }));
    expect(desk.only().flags).toEqual(['price-changed', 'late-usage', 'email-missing', 'tax-number-missing', 'address-missing']);
  });

  test('flags a reverse charge whose VAT id does not hold where there are such ids', () => {
    const flagsOf = (taxNumber: string, country = 'NL') => openDesk([{ ...perDeed, taxTreatment: 'reverse-charge', taxNumber, billingAddress: JSON.stringify({ line1: 'Hofplein 20', country }) }]).only().flags;
    expect([flagsOf('NL852014107B01'), flagsOf('NL852014108B01'), flagsOf('916 634 773', 'NO')].map((flags) => flags.includes('vat-id-invalid'))).toEqual([false, true, false]);
  });

  test('a change within the month is a change of price, and a month that is taken back below zero is flagged', async () => {
    const desk = openDesk([perDeed]);
    use(desk, '2026-09-10', 40);
    await desk.bill('2026-09', true);
    desk.database.connection.exec('UPDATE api_usage SET quantity = 30');
    use(desk, '2026-10-10', 1);
    insertAmendment(desk.database, amendmentOf(perDeed, { id: 'a1', effectiveFrom: '2026-10-20' }));
    expect(desk.only().flags).toEqual(['usage-down', 'price-changed', 'late-usage', 'negative-total']);
  });

  test('a partner that cannot be billed is a row with its reason; the others stand beside it', async () => {
    const desk = openDesk([{ ...perDeed, perDeedPrice: null }, flatContract]);
    expect(desk.sheets.read('2026-10').rows.map((row) => [row.partnerName, row.state, row.failure?.code])).toEqual([['Ashgrove Registry', 'not-drafted', undefined], ['Kadaster Koppeling', 'failed', 'price-missing']]);
  });

  test('a draft that was made before the last usage came is said to be out of date', async () => {
    const desk = openDesk([perDeed]);
    await desk.bill('2026-09', true);
    await desk.bill('2026-10');
    use(desk, '2026-10-10', 1);
    expect(desk.only()).toMatchObject({ totalMinor: 0, flags: ['draft-outdated', 'zero-usage'] });
    await desk.bill('2026-10');
    expect(desk.only()).toMatchObject({ totalMinor: 100, flags: ['usage-up'] });
  });

  test('late usage of a contract that is over is shown, since no invoice will charge it', async () => {
    const desk = openDesk([{ ...perDeed, effectiveTo: '2026-10-01' }]);
    await desk.bill('2026-09', true);
    expect(desk.sheets.read('2026-10').rows).toEqual([]);
    use(desk, '2026-09-11', 5);
    expect(desk.only()).toMatchObject({ state: 'no-invoice', totalMinor: 500, currency: 'eur', flags: ['late-usage-unbilled'], failure: { code: 'late-usage-unbilled' } });
    expect(desk.sheets.usageAfterTheEnd(month('2026-10'))).toMatchObject([{ totalMinor: 500, months: ['2026-09'] }]);
  });

  test.each([['2026-11', 'period-not-over'], ['2027-01', 'period-in-future'], ['never', 'month-invalid']])('of %s there is none: %s', (period, code) => {
    expect(() => openDesk([perDeed]).sheets.read(period)).toThrowError(expect.objectContaining({ code }));
  });
});

describe('a review', () => {
  const seen = ({ invoiceId, totalsFingerprint }: RunSheetRow) => ({ id: invoiceId ?? '', totalsFingerprint: totalsFingerprint ?? '' });

  test('is kept with who and when, once, and stands in the audit log', async () => {
    const desk = openDesk([perDeed]);
    await desk.bill('2026-10');
    const row = desk.only();
    expect(await desk.reviews.approve([seen(row)], amara)).toEqual({ succeeded: [row.invoiceId], failed: [] });
    expect(await desk.reviews.approve([seen(row)], { actor: 'zoe' })).toEqual({ succeeded: [row.invoiceId], failed: [] });
    expect(desk.only()).toMatchObject({ state: 'approved', review: { by: 'amara', at: Date.parse(testNow) } });
    expect(desk.database.connection.prepare("SELECT action, actor FROM audit_log WHERE entity = 'invoice' ORDER BY sequence").all()).toEqual([{ action: 'draft', actor: 'amara' }, { action: 'review', actor: 'amara' }]);
  });

  test('of other figures than those that stand now is refused, and counts no more once they change', async () => {
    const desk = openDesk([perDeed, flatContract]);
    await desk.bill('2026-10');
    const rows = desk.sheets.read('2026-10').rows;
    use(desk, '2026-10-10', 1);
    await desk.bill('2026-10');
    const answer = await desk.reviews.approve(rows.map(seen), amara);
    expect([answer.succeeded.length, answer.failed.map((failure) => [failure.name, failure.code])]).toEqual([1, [['Kadaster Koppeling', 'invoice-changed']]]);
    await desk.reviews.approve(desk.sheets.read('2026-10').rows.map(seen), amara);
    expect(desk.sheets.read('2026-10').rows.map((row) => row.state)).toEqual(['approved', 'approved']);
    use(desk, '2026-10-11', 1);
    await desk.bill('2026-10');
    expect(desk.sheets.read('2026-10').rows.map((row) => row.state)).toEqual(['approved', 'changed']);
  });

  test('is for drafts: not for what is finalised, nor for what is not there', async () => {
    const desk = openDesk([perDeed]);
    await desk.bill('2026-10');
    const draft = seen(desk.only());
    await desk.bill('2026-10', true);
    expect((await desk.reviews.approve([draft, { id: 'nothing', totalsFingerprint: '' }], amara)).failed.map((failure) => failure.code)).toEqual(['invoice-state', 'invoice-not-found']);
  });
});

test('how far back late usage is charged is set within its bounds, and the audit log says who did', async () => {
  const desk = openDesk([perDeed]);
  for (const months of [-1, 61, 1.5]) await expect(desk.reviews.setLateUsageMonths(months, amara)).rejects.toMatchObject({ code: 'late-usage-months-invalid' });
  expect(await desk.reviews.setLateUsageMonths(3, amara)).toBe(3);
  await desk.bill('2026-10');
  expect(desk.invoicing.find(desk.only().invoiceId ?? '')?.snapshot.lateUsageMonths).toBe(3);
  expect(desk.database.connection.prepare("SELECT diff FROM audit_log WHERE entity = 'ledger-setting'").all()).toEqual([{ diff: '{"after":3,"before":12}' }]);
});

describe('tax rounded once per line, as the ledger says', () => {
  // Two lines of 0.03 at 21 %: 0.0063 each, 0.0126 together.
  const cents: PartnerContractRow = { ...flatContract, pricingModel: 'hybrid', flatFeeMinor: 3, perDeedPrice: '0.03', withholdingRateBasisPoints: 0 };
  const taxes = ({ taxMinor, totalMinor, snapshot }: { readonly taxMinor: number; readonly totalMinor: number; readonly snapshot: CustomerSnapshot }) => [taxMinor, totalMinor, snapshot.taxRounding];

  test('is what runs and new drafts do, and what a draft that was edited takes up when it is made again', async () => {
    const desk = openDesk([cents]);
    use(desk, '2026-10-05', 1, cents.apiKeyPrefix);
    await desk.bill('2026-10');
    const read = () => desk.drafts.read(desk.only().invoiceId ?? '');
    const oneOff = async () => (await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'partner', partnerId: cents.partnerId }, currency: 'usd', paymentTermsDays: 30 }, amara)).stored.edits.taxRounding;
    expect([taxes(read().invoice), await oneOff()]).toEqual([[1, 7, undefined], 'per-invoice']);
    expect(await desk.reviews.setTaxRounding('per-line', amara)).toBe('per-line');
    // What was seen is what is finalised: the draft is made again first.
    expect([desk.only().flags, read().isTaxRoundedAsSet]).toEqual([expect.arrayContaining(['draft-outdated']), false]);
    await expect(desk.invoicing.finalise(read().invoice.id, amara)).rejects.toMatchObject({ code: 'tax-rounding-changed', nextStep: expect.stringContaining('Run the billing of 2026-10 again') as string });
    await desk.bill('2026-10');
    expect([taxes(read().invoice), await oneOff(), desk.only().totalMinor, desk.only().flags.includes('draft-outdated'), read().isTaxRoundedAsSet]).toEqual([[2, 8, 'per-line'], 'per-line', 8, false, true]);
    const { invoice: { id, version } } = read();
    await desk.drafts.edit(id, version, [{ kind: 'set-details', notes: 'Thank you' }], amara);
    await desk.reviews.setTaxRounding('per-invoice', amara);
    expect([desk.only().flags.includes('draft-outdated'), read().isTaxRoundedAsSet]).toEqual([true, false]);
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'tax-rounding-changed' });
    await desk.bill('2026-10');
    expect([taxes(read().invoice), read().invoice.notes, desk.only().flags.includes('draft-outdated')]).toEqual([[1, 7, 'per-invoice'], 'Thank you', false]);
    await desk.reviews.setTaxRounding('per-line', amara);
    await desk.bill('2026-10');
    await desk.invoicing.finalise(id, amara);
    expect(desk.receivables.previewCredit(id, { lines: [{ lineIndex: 0, netMinor: 3 }], settlement: 'offset' })).toMatchObject({ netMinor: 3, taxMinor: 1 });
  });

  test('gives way to what a person chose for a draft', async () => {
    const desk = openDesk([cents]);
    use(desk, '2026-10-05', 1, cents.apiKeyPrefix);
    await desk.bill('2026-10');
    const read = () => desk.drafts.read(desk.only().invoiceId ?? '');
    const { invoice: { id, version } } = read();
    await desk.drafts.edit(id, version, [{ kind: 'set-tax', taxRounding: 'per-line', reason: 'As the partner’s system has it' }], amara);
    await desk.bill('2026-10');
    expect([taxes(read().invoice), read().isTaxRoundedAsSet, desk.only().flags.includes('draft-outdated')]).toEqual([[2, 8, 'per-line'], true, false]);
    expect((await desk.invoicing.finalise(id, amara)).taxMinor).toBe(2);
  });

  test('is what a one-off draft takes up with its next edit, and not without anybody seeing it', async () => {
    const desk = openDesk([cents]);
    const line = () => ({ kind: 'add-line', lineId: newId(), description: 'Work', quantity: null, unitPrice: null, amountMinor: 3, discount: null, tax: null, beforeLineId: null }) as const;
    const make = async () => (await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'partner', partnerId: cents.partnerId }, currency: 'usd', paymentTermsDays: 30 }, amara)).invoice.id;
    const edit = async (id: string, ...steps: DraftEdit[]) => desk.drafts.edit(id, desk.drafts.read(id).invoice.version, steps, amara);
    const [plain, chosen] = [await make(), await make()];
    expect(taxes((await edit(plain, line(), line())).invoice)).toEqual([1, 7, 'per-invoice']);
    await edit(chosen, line(), line(), { kind: 'set-tax', taxRounding: 'per-line' });
    await desk.reviews.setTaxRounding('per-line', amara);
    await desk.reviews.setTaxRounding('per-invoice', amara);
    expect([desk.drafts.read(plain), desk.drafts.read(chosen)].map((view) => view.isTaxRoundedAsSet)).toEqual([true, true]);
    expect(taxes(await desk.invoicing.finalise(chosen, amara))).toEqual([2, 8, 'per-line']);
    await desk.reviews.setTaxRounding('per-line', amara);
    expect(desk.drafts.read(plain).isTaxRoundedAsSet).toBe(false);
    await expect(desk.invoicing.finalise(plain, amara)).rejects.toMatchObject({ code: 'tax-rounding-changed', kind: 'conflict', nextStep: expect.stringContaining('take over') as string });
    expect(taxes((await edit(plain, { kind: 'take-records' })).invoice)).toEqual([2, 8, 'per-line']);
    expect(taxes(await desk.invoicing.finalise(plain, amara))).toEqual([2, 8, 'per-line']);
  });

  test('is what an invoice that is made anew after a void is written with', async () => {
    const desk = openDesk([cents]);
    const line = () => ({ kind: 'add-line', lineId: newId(), description: 'Work', quantity: null, unitPrice: null, amountMinor: 3, discount: null, tax: null, beforeLineId: null }) as const;
    const { invoice: { id, version } } = await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'partner', partnerId: cents.partnerId }, currency: 'usd', paymentTermsDays: 30 }, amara);
    await desk.drafts.edit(id, version, [line(), line()], amara);
    await desk.invoicing.finalise(id, amara);
    const voided = await desk.invoicing.void(id, 'Wrong lines', amara);
    await desk.reviews.setTaxRounding('per-line', amara);
    expect([taxes(voided), taxes(await desk.drafts.copyOf(voided, amara))]).toEqual([[1, 7, 'per-invoice'], [2, 8, 'per-line']]);
  });

  test('is taken back by a credit note as it was taken: a line’s own tax', async () => {
    const desk = openDesk([cents]);
    await desk.reviews.setTaxRounding('per-line', amara);
    const { invoice: { id, version } } = await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'partner', partnerId: cents.partnerId }, currency: 'usd', paymentTermsDays: 30 }, amara);
    const line = (amountMinor: number) => ({ kind: 'add-line', lineId: newId(), description: 'Work', quantity: null, unitPrice: null, amountMinor, discount: null, tax: null, beforeLineId: null }) as const;
    await desk.drafts.edit(id, version, [1_000, 3, 3, 3, 3, 3].map(line), amara);
    expect((await desk.invoicing.finalise(id, amara)).taxMinor).toBe(215);
    const credited = (...lines: number[]) => desk.receivables.previewCredit(id, { lines: lines.map((lineIndex) => ({ lineIndex, netMinor: lineIndex === 0 ? 1_000 : 3 })), settlement: 'offset' }).taxMinor;
    expect([credited(0), credited(1, 2), credited(0, 1, 2, 3, 4, 5)]).toEqual([210, 2, 215]);
  });

  test('of parts with rates of their own too', async () => {
    const desk = openDesk([cents]);
    insertAmendment(desk.database, amendmentOf(cents, { id: 'a1', effectiveFrom: '2026-10-16', flatFeeMinor: 6, taxRateBasisPoints: 1_000 }));
    for (const day of ['2026-10-05', '2026-10-25']) use(desk, day, 1, cents.apiKeyPrefix);
    await desk.reviews.setTaxRounding('per-line', amara);
    await desk.bill('2026-10');
    const { invoice } = desk.drafts.read(desk.only().invoiceId ?? '');
    // 0.01 and 0.03 at 21 %: nothing and 0.01; 0.03 twice at 10 %: nothing, where 0.06 together would be taxed 0.01.
    expect([invoice.snapshot.taxes?.map(({ basisPoints, baseMinor, amountMinor }) => [basisPoints, baseMinor, amountMinor]), invoice.taxMinor]).toEqual([[[2_100, 4, 1], [1_000, 6, 0]], 1]);
  });
});
