/** “Why” of the figures of invoices: what is listed says how the stored figure came about, and sums to it. */
import { afterEach, describe, expect, test } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import type { Why } from '../../shared/api/primitives.ts';
import { newId } from '../platform/ids.ts';
import { readReceivableMovements } from '../reporting/ageing.queries.ts';
import { ageingOf } from '../receivables/ageing-calculation.ts';
import { explainAgedInvoice, explainAgeing } from '../receivables/ageing-why.ts';
import { createReceivableViews } from '../receivables/receivable-views.ts';
import { openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { amendmentOf, deedContract, flatContract, insertAmendment, insertUsage } from '../testing/billing-fixtures.ts';
import { amara, makeInvoice, mustFind, pay } from '../testing/receivable-cases.ts';
import { invoiceStore } from './invoice-store.ts';
import { explainInvoiceFigure, type CalculatedFigure } from './invoice-why.ts';
import type { PartnerInvoice } from './partner-invoice.ts';

const desks: BillingDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});
function openDesk(contracts = [flatContract]): BillingDesk {
  const desk = openBillingDesk({ contracts });
  desks.push(desk);
  return desk;
}
const now = Date.parse('2026-11-18T14:14:00Z');
const ask = (desk: BillingDesk, id: string, figure: CalculatedFigure, line?: string): Why => explainInvoiceFigure({ invoice: mustFind(desk, id), figure, line, now, journalEntryIds: ['e1'] });
const inputsOf = (why: Why) => why.inputs.map(({ label, count, amount, note }) => [label, count ?? amount?.amount ?? note]);
const sumOf = (why: Why): number => why.inputs.reduce((sum, input) => sum + (input.amount?.amount ?? 0), 0);
const use = (desk: BillingDesk, key: string, deeds: number, day = '2026-10-10') => insertUsage(desk.database, key, deedContract.apiKeyPrefix, 'deeds', deeds, `${day}T17:00:00Z`);
const billed = async (desk: BillingDesk, period = '2026-10', finalise = false): Promise<string> => {
  const run = await desk.invoicing.run({ period, finalise, ...amara });
  expect(run.failed).toEqual([]);
  return run.succeeded[0]?.invoiceId ?? '';
};

describe('of a rated month', () => {
  test('usage by graduated tiers after included units, of a part of the month, before its rounding; discount and minimum', async () => {
    const tiers = JSON.stringify({ mode: 'graduated', tiers: [{ upTo: 100, unitPrice: '2.905' }, { upTo: null, unitPrice: '1.111' }] });
    const desk = openDesk([{ ...deedContract, tiers, includedUnits: 62, discountBasisPoints: 750, minimumCommitmentMinor: 100_000, effectiveFrom: '2026-10-17' }]);
    use(desk, 'a', 95, '2026-10-20');
    const id = await billed(desk);
    const [first, second] = [ask(desk, id, 'line', '0'), ask(desk, id, 'line', '1')];
    expect(inputsOf(first)).toEqual([['Deeds counted', 95], ['Included units of a month', 62], ['Days billed', 15], ['Quantity billed', 48], ['Price', '2.905 EUR']]);
    expect([first.figure, first.formula, second.figure]).toEqual(['139.44 EUR', 'units × price of their tier', '18.89 EUR']);
    expect(inputsOf(second).at(-1)).toEqual(['Before rounding', '18.887']);
    expect(first.policy).toContainEqual({ name: 'Graduated tiers', value: 'up to 100: 2.905; beyond: 1.111 (bounds × days billed ÷ days in the month, rounded down)' });
    expect(first.sources).toEqual([{ kind: 'invoice', id, label: 'Draft' }, { kind: 'partner', id: deedContract.partnerId, label: 'Kadaster Koppeling' }, { kind: 'journal-entry', id: 'e1', label: 'Entry 1' }]);
    expect(first.caveats).toEqual(['A draft: usage, terms and edits may still change it.']);
    expect(inputsOf(ask(desk, id, 'line', '2'))).toEqual([['Minimum of a whole month', 100_000], ['Days billed', 15], ['Lines of the contract', 15_833], ['Discount', -1_187], ['Charged after discount', 14_646]]);
    const discount = ask(desk, id, 'discount');
    expect([discount.figure, sumOf(discount)]).toEqual(['−11.87 EUR', -1_187]);
    expect(inputsOf(ask(desk, id, 'line-discount', '0'))).toEqual([['Line before discount', 13_944], ['Its discount', -1_045], ['Line after discount', 12_899]]);
    const subtotal = ask(desk, id, 'subtotal');
    expect(sumOf(subtotal)).toBe(mustFind(desk, id).subtotalMinor);
  });

  test('the subtotal of a long invoice names some lines and the rest as one, and still sums', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    const invoice = mustFind(desk, id);
    const [line] = invoice.lines;
    if (!line) throw new Error('The invoice has no line.');
    const long: PartnerInvoice = { ...invoice, lines: Array.from({ length: 500 }, (_, index) => ({ ...line, amountMinor: minorUnits(index + 1) })), discountMinor: minorUnits(250), subtotalMinor: minorUnits(125_000) };
    const why = explainInvoiceFigure({ invoice: long, figure: 'subtotal', now: 0, journalEntryIds: [] });
    expect([why.inputs.length, why.inputs.at(-2)?.label, why.inputs.at(-1)?.label, sumOf(why)]).toEqual([40, '462 more', 'Discount', 125_000]);
  });

  test('tax, withholding, total and payable with the rates that were used; an amendment within the month is two parts', async () => {
    const desk = openDesk();
    insertAmendment(desk.database, amendmentOf(flatContract, { id: newId(), effectiveFrom: '2026-10-16', flatFeeMinor: 200_000, taxRateBasisPoints: 1_000 }));
    const { id } = await makeInvoice(desk);
    const invoice = mustFind(desk, id);
    expect(ask(desk, id, 'line', '1').policy).toContainEqual({ name: 'Part of the month', value: '16 to 31 October: terms changed within the month, each part is rated by its own' });
    const tax = ask(desk, id, 'tax');
    expect([sumOf(tax), tax.inputs.map((input) => input.label)]).toEqual([invoice.taxMinor, ['Base of 21 %', 'Tax at 21 %', 'Base of 10 %', 'Tax at 10 %']]);
    expect([sumOf(ask(desk, id, 'withholding')), sumOf(ask(desk, id, 'total')), sumOf(ask(desk, id, 'payable'))]).toEqual([-invoice.withholdingMinor, invoice.totalMinor, invoice.dueMinor]);
    expect(ask(desk, id, 'payable').caveats).toEqual([]);
  });

  test('where no tax is charged it is named by its treatment, not by a rate', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    const invoice = mustFind(desk, id);
    const charged: PartnerInvoice = { ...invoice, taxMinor: minorUnits(0), snapshot: { ...invoice.snapshot, taxTreatment: 'reverse-charge', taxes: [{ treatment: 'reverse-charge', basisPoints: 0, baseMinor: invoice.subtotalMinor, amountMinor: minorUnits(0) }] } };
    const tax = explainInvoiceFigure({ invoice: charged, figure: 'tax', now: 0, journalEntryIds: [] });
    expect([tax.inputs.map((input) => input.label), tax.policy[0]?.value]).toEqual([['Base, reverse charge', 'Tax, reverse charge'], 'Reverse charge: the customer accounts for the tax']);
  });

  test('late usage of an earlier month', async () => {
    const desk = openDesk([{ ...deedContract, perDeedPrice: '1' }]);
    use(desk, 'a', 40, '2026-09-10');
    await billed(desk, '2026-09', true);
    use(desk, 'b', 5, '2026-09-29');
    use(desk, 'c', 7);
    expect(inputsOf(ask(desk, await billed(desk), 'line', '1'))).toEqual([['Units known now', 45], ['Units when it was invoiced', 40], ['Rated now', 4_500], ['Invoiced already', -4_000]]);
  });
});

describe('of a draft that people edited', () => {
  test('says the rated figure, the edited one, who and why, by the line’s id; a written line its quantity and price', async () => {
    const desk = openDesk();
    const { id, version } = await makeInvoice(desk, false);
    const rated = 'flat-fee/API access, October 2026/1';
    const written = newId();
    await desk.drafts.edit(id, version, [
      { kind: 'change-line', lineId: rated, amountMinor: 100_000, reason: 'As agreed on the phone' }, { kind: 'add-line', lineId: written, description: 'Onboarding', quantity: '3', unitPrice: '33.335', amountMinor: null, discount: { kind: 'percentage', basisPoints: 1_000 }, tax: null, beforeLineId: null },
      { kind: 'set-discount', discount: { kind: 'amount', amountMinor: 5_000 }, reason: 'Goodwill' },
    ], amara);
    const line = ask(desk, id, 'line', rated);
    expect([line.figure, line.formula]).toEqual(['1,000.00 USD', 'A person\'s figure in place of the rated one. Rated: flat fee']);
    expect(inputsOf(line)).toEqual([['Flat fee of a month', 139_350], ['Rated', 139_350], ['As edited', 100_000]]);
    expect(line.policy).toContainEqual({ name: 'Edited', value: 'As agreed on the phone (amara, 2026-11-18)' });
    expect(inputsOf(ask(desk, id, 'line', written))).toEqual([['Quantity billed', 3], ['Price', '33.335 USD'], ['Before rounding', '100.005']]);
    expect(ask(desk, id, 'discount').policy).toEqual(expect.arrayContaining([{ name: 'Invoice’s discount', value: '50.00 USD' }, { name: 'Edited', value: 'Goodwill (amara, 2026-11-18)' }]));
    expect(sumOf(ask(desk, id, 'discount'))).toBe(-mustFind(desk, id).discountMinor);
    expect(() => ask(desk, id, 'line', 'none/1')).toThrow(expect.objectContaining({ code: 'figure-unknown' }) as Error);
    expect(() => ask(desk, id, 'line', '7')).toThrow(expect.objectContaining({ code: 'figure-unknown' }) as Error);
  });
});

test('nothing is due of a void invoice, and why says what voiding took back', async () => {
  const desk = openDesk();
  const { id } = await makeInvoice(desk);
  const views = createReceivableViews({ readable: desk.database, invoices: invoiceStore });
  expect(views.standing(id)).toMatchObject({ voidedMinor: 0, dueMinor: 147_711 });
  await desk.invoicing.void(id, 'Billed twice', amara);
  expect(views.standing(id)).toMatchObject({ payableMinor: 147_711, voidedMinor: 147_711, dueMinor: 0 });
  const why = views.why(mustFind(desk, id), 'due', now);
  expect([why.figure, inputsOf(why), sumOf(why)]).toEqual(['0.00 USD', [['Payable', 147_711], ['Voided', -147_711]], 0]);
});

test('where an invoice stands, and what of it was open on a day, are the acts that made it', async () => {
  const desk = openDesk();
  const { id } = await makeInvoice(desk);
  await pay(desk, id, 50_000);
  await desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'offset', on: '2026-11-18', reason: 'Too many days' }, amara);
  await desk.receivables.writeOff(id, { amountMinor: 500, on: '2026-11-18', reason: 'Bank charges' }, amara);
  const views = createReceivableViews({ readable: desk.database, invoices: invoiceStore });
  const standing = (figure: 'paid' | 'credited' | 'written-off' | 'due') => views.why(mustFind(desk, id), figure, now);
  expect((['paid', 'credited', 'written-off', 'due'] as const).map((figure) => inputsOf(standing(figure)))).toEqual([[['Payment TRF 1', 50_000]], [['Credit note CN-2026-0001', 10_600]], [['Written off', 500]], [['Payable', 147_711], ['Paid', -50_000], ['Credited', -10_600], ['Written off', -500]]]);
  expect([standing('due').figure, sumOf(standing('due')), standing('due').sources.map((source) => source.kind)]).toEqual(['866.11 USD', 86_611, ['invoice', 'journal-entry', 'journal-entry', 'journal-entry']]);
  const [asOf, movements] = [localDate('2027-01-10'), readReceivableMovements(desk.database, null, new TimeZone('America/New_York'))];
  const question = { currency: 'usd', asOf, rows: ageingOf(movements, asOf), unapplied: [], credits: [], balanceMinor: 86_611, now };
  const bucket = explainAgeing({ ...question, figure: 'days1To30Minor' });
  expect([bucket.figure, bucket.inputs[0]?.note]).toEqual(['866.11 USD', 'Ashgrove Registry, due 2026-12-18, 23 days overdue']);
  expect(explainAgeing({ ...question, figure: 'days31To60Minor' })).toMatchObject({ figure: '0.00 USD', inputs: [] });
  expect([explainAgeing({ ...question, figure: 'account' }).caveats.length, explainAgeing({ ...question, figure: 'account', balanceMinor: 1 }).caveats.length]).toEqual([0, 1]);
  const own = explainAgedInvoice(id, movements, asOf, now);
  expect(own && [own.figure, sumOf(own), own.inputs.length]).toEqual(['866.11 USD', 86_611, 4]);
});
