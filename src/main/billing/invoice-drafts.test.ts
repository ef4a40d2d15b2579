/** Drafts as people edit them, beside billing runs that refresh them; and one-off invoices. */
import { afterEach, describe, expect, test } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import type { DraftEdit } from '../../shared/invoicing/draft-document.ts';
import type { LineTax } from '../../shared/invoicing/invoice-totals.ts';
import { sql } from '../database/handles.ts';
import { documentOfCreditNote } from '../documents/credit-note-document.ts';
import { taxKey, type InvoiceDocument } from '../documents/document-model.ts';
import { checkedEInvoice } from '../documents/einvoice/einvoice-of-document.ts';
import { documentOfPartnerInvoice } from '../documents/partner-invoice-document.ts';
import { newId } from '../platform/ids.ts';
import { listActsOfInvoice } from '../receivables/receivable-act.repository.ts';
import { insertOctoberUsage, openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { amendmentOf, deedContract, flatContract, insertAmendment, insertUsage } from '../testing/billing-fixtures.ts';
import { amara, balanceLines, makeInvoice, mustFind, pay } from '../testing/receivable-cases.ts';
import { draftProblems } from './draft-problems.ts';
import type { PartnerInvoice } from './partner-invoice.ts';
import { taxOfCustomer } from './tax-rules.ts';
import { taxRates } from './tax-rates.ts';

const desks: BillingDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});
function openDesk(contracts = [flatContract]): BillingDesk {
  const desk = openBillingDesk({ contracts });
  desks.push(desk);
  return desk;
}
const october = { period: '2026-10', ...amara };
const flatLine = 'flat-fee/API access, October 2026/1';

async function edit(desk: BillingDesk, id: string, ...edits: DraftEdit[]) {
  return desk.drafts.edit(id, desk.drafts.read(id).invoice.version, edits, amara);
}
const added = (over: Partial<Extract<DraftEdit, { kind: 'add-line' }>> = {}): DraftEdit => ({ kind: 'add-line', lineId: newId(), description: 'Onboarding', quantity: '3', unitPrice: '100', amountMinor: null, discount: null, tax: null, beforeLineId: null, ...over });

describe('a draft', () => {
  test('keeps what was rated beside what was made of it, with who, when and why', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk, false);
    const { composed, invoice } = await edit(desk, id, { kind: 'change-line', lineId: flatLine, amountMinor: 100_000, reason: 'As agreed on the phone' });
    expect(composed.lines).toMatchObject([{ amountMinor: 100_000, quantity: null, rated: { amountMinor: 139_350, quantity: '1' }, edit: { reason: 'As agreed on the phone', by: 'amara' }, clash: null }]);
    // 1,000.00 + 21 % − 15 %
    expect(invoice).toMatchObject({ subtotalMinor: 100_000, taxMinor: 21_000, withholdingMinor: 15_000, dueMinor: 106_000 });
    expect((await edit(desk, id, { kind: 'restore-line', lineId: flatLine })).invoice.dueMinor).toBe(147_711);
  });

  test('that a problem stands in the way of is not finalised, by whichever door, and says which; once it is mended it is', async () => {
    const desk = openDesk();
    const customer = { kind: 'typed', name: 'Harbour Notaries', legalName: null, address: [], country: null, email: null, taxNumber: null } as const;
    const { invoice: { id } } = await desk.drafts.createOneOff({ id: newId(), customer, currency: 'usd', paymentTermsDays: 14 }, amara);
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'draft-empty', kind: 'state', nextStep: 'Add a line, or discard the draft.' });
    const lineId = newId();
    await edit(desk, id, added({ lineId, quantity: null, unitPrice: null, amountMinor: -5_000 }));
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'draft-negative', message: expect.stringContaining('The draft stays a draft') as string });
    expect(mustFind(desk, id)).toMatchObject({ status: 'draft', number: null });
    await edit(desk, id, { kind: 'change-line', lineId, amountMinor: 5_000 });
    expect(await desk.invoicing.finalise(id, amara)).toMatchObject({ status: 'finalised', number: 'INV-2026-0001' });
  });

  test('names days that cannot be before anybody finalises it', async () => {
    const desk = openDesk();
    const { invoice: { id } } = await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'partner', partnerId: flatContract.partnerId }, currency: 'usd', paymentTermsDays: 14 }, amara);
    const problemsOf = async (days: { readonly issueDate: string | null; readonly dueDate: string | null }) => {
      const { invoice, composed } = await edit(desk, id, added(), { kind: 'set-details', ...days });
      return draftProblems(invoice, composed, null, localDate('2026-11-18')).map(({ code }) => code);
    };
    expect(await problemsOf({ issueDate: '2026-11-19', dueDate: '2026-11-18' })).toEqual(['day-in-future', 'due-date-invalid']);
    expect(await problemsOf({ issueDate: null, dueDate: '2026-11-17' })).toEqual(['due-date-invalid']);
    expect(await problemsOf({ issueDate: '2026-11-17', dueDate: '2026-11-17' })).toEqual([]);
  });

  test('is not dated years back, which would open the series of another year, nor comes to more than an invoice can', async () => {
    const desk = openDesk();
    const customer = { kind: 'typed', name: 'Harbour Notaries', legalName: null, address: [], country: null, email: null, taxNumber: null } as const;
    const { invoice: { id } } = await desk.drafts.createOneOff({ id: newId(), customer, currency: 'usd', paymentTermsDays: 14 }, amara);
    const refusal = { code: 'draft-amount-too-large', kind: 'validation', message: expect.stringContaining('Nothing was changed') as string };
    await expect(edit(desk, id, added({ quantity: '999999999999', unitPrice: '999999999999' }))).rejects.toMatchObject(refusal);
    await expect(edit(desk, id, added({ quantity: null, unitPrice: null, amountMinor: 1_000_000_000_001 }))).rejects.toMatchObject(refusal);
    await expect(edit(desk, id, added({ quantity: null, unitPrice: null, amountMinor: Number.MAX_SAFE_INTEGER }), added({ quantity: null, unitPrice: null, amountMinor: Number.MAX_SAFE_INTEGER }))).rejects.toMatchObject(refusal);
    await edit(desk, id, added(), { kind: 'set-details', issueDate: '2016-11-10' });
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'issue-day-too-early', message: expect.stringContaining('2016-11-10 is more than a year ago') as string });
    await edit(desk, id, { kind: 'set-details', issueDate: '2025-11-18' });
    expect(await desk.invoicing.finalise(id, amara)).toMatchObject({ number: 'INV-2025-0001' });
  });

  test('of a month whose edited line was rated anew is not finalised by a run either, and keeps no other partner', async () => {
    const desk = openBillingDesk({ contracts: [flatContract, deedContract] });
    desks.push(desk);
    insertUsage(desk.database, 'first', deedContract.apiKeyPrefix, 'deeds', 10, '2026-10-05T17:00:00Z');
    const run = await desk.invoicing.run(october);
    const deeds = run.succeeded.find((row) => row.contractId === deedContract.id)?.invoiceId ?? '';
    const line = desk.drafts.read(deeds).composed.lines[0]?.id ?? '';
    await edit(desk, deeds, { kind: 'change-line', lineId: line, amountMinor: 50_000, reason: 'As agreed' });
    insertUsage(desk.database, 'second', deedContract.apiKeyPrefix, 'deeds', 10, '2026-10-06T17:00:00Z');
    const again = await desk.invoicing.run({ ...october, finalise: true });
    expect(again.failed).toMatchObject([{ code: 'edit-clash' }]);
    expect([mustFind(desk, deeds).status, again.succeeded.map((row) => row.contractId)]).toEqual(['draft', [flatContract.id]]);
  });

  test('a figure of a rated line needs a reason; words do not', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk, false);
    for (const step of [{ kind: 'change-line', lineId: flatLine, amountMinor: 1 }, { kind: 'remove-line', lineId: flatLine }, { kind: 'set-discount', discount: { kind: 'percentage', basisPoints: 500 } }, { kind: 'change-line', lineId: flatLine, discount: null }] as const) {
      await expect(edit(desk, id, step)).rejects.toMatchObject({ code: 'edit-reason-missing' });
    }
    const { invoice } = await edit(desk, id, { kind: 'change-line', lineId: flatLine, description: 'Access in October' }, { kind: 'set-details', notes: 'Thank you', purchaseOrderNumber: 'PO-1' });
    expect([invoice.lines[0]?.description, invoice.notes, invoice.snapshot.purchaseOrderNumber, invoice.dueMinor]).toEqual(['Access in October', 'Thank you', 'PO-1', 147_711]);
  });

  test('lines are added, ordered, discounted, taxed by themselves and taken out; all steps or none', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk, false);
    const [one, two] = [newId(), newId()];
    const { composed, invoice } = await edit(desk, id, added({ lineId: one }), added({ lineId: two, description: 'Travel', quantity: null, unitPrice: null, amountMinor: 5_000, tax: { treatment: 'exempt', basisPoints: 0 }, discount: { kind: 'percentage', basisPoints: 1_000 } }), { kind: 'order-lines', lineIds: [two, flatLine] });
    expect(composed.lines.map((line) => [line.description, line.amountMinor, line.discountMinor])).toEqual([['Travel', 5_000, 500], ['API access, October 2026', 139_350, 0], ['Onboarding', 30_000, 0]]);
    expect(invoice).toMatchObject({ subtotalMinor: 173_850, discountMinor: 500, taxMinor: 35_564 }); // 21 % of 1,693.50
    expect((await edit(desk, id, { kind: 'remove-line', lineId: one }, { kind: 'remove-line', lineId: flatLine, reason: 'Waived' })).invoice.subtotalMinor).toBe(4_500);
    await expect(edit(desk, id, { kind: 'remove-line', lineId: two }, { kind: 'change-line', lineId: 'nothing', amountMinor: 1, reason: 'Because' })).rejects.toMatchObject({ code: 'edit-invalid' });
    expect(mustFind(desk, id).subtotalMinor).toBe(4_500);
  });

  test('an edit on another version than the one seen is refused', async () => {
    const desk = openDesk();
    const { id, version } = await makeInvoice(desk, false);
    await desk.drafts.edit(id, version, [{ kind: 'set-details', notes: 'One' }], amara);
    await expect(desk.drafts.edit(id, version, [{ kind: 'set-details', notes: 'Two' }], amara)).rejects.toMatchObject({ code: 'invoice-changed' });
  });

  test('a billing run rates it anew and loses no edit; where one was made on another figure, it says so', async () => {
    const desk = openDesk([deedContract]);
    insertOctoberUsage(desk.database);
    const run = await desk.invoicing.run(october);
    const id = run.succeeded[0]?.invoiceId ?? '';
    const line = desk.drafts.read(id).composed.lines[0];
    const ratedThen = line?.amountMinor ?? 0;
    await edit(desk, id, { kind: 'change-line', lineId: line?.id ?? '', amountMinor: 50_000, reason: 'Cap' }, added());
    expect((await desk.invoicing.run(october)).succeeded).toEqual([]);
    insertUsage(desk.database, 'late', 'dp_pk_KKB', 'deeds', 100, '2026-10-20T12:00:00Z');
    await desk.invoicing.run(october);
    const { composed, invoice } = desk.drafts.read(id);
    expect(composed.lines).toMatchObject([{ amountMinor: 50_000, rated: { amountMinor: ratedThen + 29_050 }, clash: { ratedThenMinor: ratedThen, ratedNowMinor: ratedThen + 29_050 } }, { description: 'Onboarding' }]);
    expect(invoice.subtotalMinor).toBe(80_000);
    // A person looks at both figures and says it again; then what is seen is what is finalised, edits and all.
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'edit-clash' });
    await edit(desk, id, { kind: 'change-line', lineId: line?.id ?? '', amountMinor: 50_000, reason: 'Cap, also of the late ones' });
    expect(await desk.invoicing.finalise(id, amara)).toMatchObject({ status: 'finalised', dueMinor: 80_000 });
  });

  test('of a contract that was ended since is discarded, as no run refreshes it and nobody finalises it; billed again, the month has its first number', async () => {
    const desk = openDesk([flatContract, deedContract]);
    const { id } = await makeInvoice(desk, false);
    const discard = () => desk.drafts.discard(id, 'The contract ended', amara);
    await expect(discard()).rejects.toMatchObject({ code: 'invoice-state' });
    expect(desk.drafts.read(id).isContractOver).toBe(false);
    const end = (day: string | null) => desk.database.unitOfWork.run('test', (database) => database.run(sql('test.end', 'UPDATE partner_contracts SET effective_to = ? WHERE id = ?'), [day, flatContract.id]));
    end('2026-10-01');
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'invoice-changed', message: 'The contract is not in force in 2026-10 any more.', nextStep: expect.stringContaining('Discard the draft') as string });
    expect(desk.drafts.read(id).isContractOver).toBe(true);
    expect(await discard()).toMatchObject({ status: 'void', number: null });
    expect(balanceLines(desk)).toEqual([]);
    end(null);
    const preview = (await desk.invoicing.run({ ...october, isDryRun: true })).succeeded[0];
    expect([preview?.number, (await makeInvoice(desk)).number]).toEqual(['API-202610-dp_pk_ABC', 'API-202610-dp_pk_ABC']);
  });

  test('an edited line that is not rated any more is shown, counts for nothing, and stands in the way until its edit is dropped', async () => {
    const contract = { ...deedContract, minimumCommitmentMinor: 50_000 };
    const desk = openDesk([contract]);
    insertUsage(desk.database, 'first', contract.apiKeyPrefix, 'deeds', 10, '2026-10-05T17:00:00Z');
    const id = (await desk.invoicing.run(october)).succeeded[0]?.invoiceId ?? '';
    const minimum = desk.drafts.read(id).composed.lines.find((line) => line.kind === 'minimum')?.id ?? '';
    await edit(desk, id, { kind: 'change-line', lineId: minimum, amountMinor: 1_000, reason: 'Half of it waived' });
    insertUsage(desk.database, 'second', contract.apiKeyPrefix, 'deeds', 990, '2026-10-06T17:00:00Z');
    expect((await desk.invoicing.run({ ...october, finalise: true })).failed).toMatchObject([{ code: 'edit-clash', nextStep: expect.stringContaining('drop the edit') as string }]);
    const { composed, invoice } = desk.drafts.read(id);
    expect(composed.lines).toMatchObject([{ kind: 'usage', amountMinor: 290_500 }, { id: minimum, kind: 'minimum', description: 'Minimum commitment, October 2026', isRemoved: true, rated: null, clash: { ratedThenMinor: 47_095, ratedNowMinor: null }, edit: { reason: 'Half of it waived' } }]);
    expect([invoice.subtotalMinor, invoice.lines.length]).toEqual([290_500, 1]);
    expect(draftProblems(invoice, composed).map((problem) => problem.code)).toEqual(['edit-clash']);
    expect((await edit(desk, id, { kind: 'restore-line', lineId: minimum })).composed).toMatchObject({ lines: [{ kind: 'usage' }], goneLines: [] });
    await expect(edit(desk, id, { kind: 'restore-line', lineId: minimum })).rejects.toMatchObject({ code: 'edit-invalid' });
    expect(await desk.invoicing.finalise(id, amara)).toMatchObject({ status: 'finalised', subtotalMinor: 290_500 });
  });

  test('a quantity put back to what was rated counts again', async () => {
    const desk = openDesk([deedContract]);
    insertOctoberUsage(desk.database);
    const id = (await desk.invoicing.run(october)).succeeded[0]?.invoiceId ?? '';
    const [line] = desk.drafts.read(id).composed.lines;
    await edit(desk, id, { kind: 'change-line', lineId: line?.id ?? '', quantity: '400', reason: 'Two were tests' });
    const { composed, invoice } = await edit(desk, id, { kind: 'change-line', lineId: line?.id ?? '', quantity: line?.quantity ?? '', reason: 'They were not' });
    expect([composed.lines[0]?.quantity, invoice.subtotalMinor]).toEqual([line?.quantity, line?.amountMinor]);
  });

  test('of a month whose parts have different rates and discounts comes to the same when only words are edited', async () => {
    const desk = openDesk([{ ...flatContract, discountBasisPoints: 1_000 }]);
    insertAmendment(desk.database, amendmentOf(flatContract, { id: 'a1', effectiveFrom: '2026-10-16', discountBasisPoints: 0, taxRateBasisPoints: 900, withholdingRateBasisPoints: 500 }));
    const rated = await makeInvoice(desk, false);
    const { invoice } = await edit(desk, rated.id, { kind: 'set-details', notes: 'Thank you' }, added({ quantity: '1', unitPrice: '0' }));
    for (const name of ['discountMinor', 'subtotalMinor', 'taxMinor', 'totalMinor', 'withholdingMinor', 'dueMinor'] as const) expect([name, invoice[name]]).toEqual([name, rated[name]]);
    expect(invoice.snapshot.taxes?.map(({ basisPoints, baseMinor }) => [basisPoints, baseMinor])).toEqual(rated.snapshot.taxes?.map(({ basisPoints, baseMinor }) => [basisPoints, baseMinor]));
    expect(invoice.snapshot.withholdings).toEqual(rated.snapshot.withholdings);
    // A share chosen for the whole is every line's, and can be taken back.
    const chosen = (await edit(desk, rated.id, { kind: 'set-tax', withholdingBasisPoints: 0, reason: 'Certificate of exemption' })).invoice;
    expect([chosen.withholdingMinor, chosen.snapshot.withholdings]).toEqual([0, undefined]);
    expect((await edit(desk, rated.id, { kind: 'set-tax', withholdingBasisPoints: null, reason: 'It has expired' })).invoice.withholdingMinor).toBe(rated.withholdingMinor);
  });

  test('the contract’s discount stays with the month’s own lines when one about another month is taken out', async () => {
    const desk = openDesk([{ ...deedContract, discountBasisPoints: 1_000 }]);
    insertUsage(desk.database, 'september', 'dp_pk_KKB', 'deeds', 10, '2026-09-10T12:00:00Z');
    await desk.invoicing.run({ period: '2026-09', finalise: true, ...amara });
    insertUsage(desk.database, 'september-late', 'dp_pk_KKB', 'deeds', 100, '2026-09-10T12:00:00Z');
    insertUsage(desk.database, 'october', 'dp_pk_KKB', 'deeds', 100, '2026-10-10T12:00:00Z');
    const id = (await desk.invoicing.run(october)).succeeded[0]?.invoiceId ?? '';
    const late = desk.drafts.read(id).composed.lines.at(-1);
    // 100 × 2.905 − 10 % = 261.45, of this month and of the late one.
    expect([late?.amountMinor, late?.discountMinor, mustFind(desk, id).subtotalMinor]).toEqual([26_145, 0, 52_290]);
    expect((await edit(desk, id, { kind: 'remove-line', lineId: late?.id ?? '', reason: 'Waived' })).invoice).toMatchObject({ discountMinor: 2_905, subtotalMinor: 26_145 });
  });

  test('its dates hold when it is finalised', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk, false);
    await edit(desk, id, { kind: 'set-details', issueDate: '2026-11-10', dueDate: '2026-12-24' });
    expect(await desk.invoicing.finalise(id, amara)).toMatchObject({ issueDate: '2026-11-10', dueDate: '2026-12-24' });
    await expect(edit(desk, id, { kind: 'set-details', notes: 'Late' })).rejects.toMatchObject({ code: 'invoice-state' });
  });

  test('dated with a day that has not come keeps waiting for it, and takes no number', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk, false);
    await edit(desk, id, { kind: 'set-details', issueDate: '2026-11-19' });
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'day-in-future' });
    expect(mustFind(desk, id)).toMatchObject({ status: 'draft', number: null });
  });
});

describe('a one-off invoice', () => {
  const typed = { kind: 'typed', name: 'Halden Verlag', legalName: null, address: ['Berlin'], country: 'DE', email: null, taxNumber: 'DE136695976' } as const;

  test('of a typed customer is written, numbered, booked as one-off revenue and paid', async () => {
    const desk = openDesk();
    const { invoice: { id } } = await desk.drafts.createOneOff({ id: newId(), customer: { ...typed, taxNumber: null }, currency: 'usd', paymentTermsDays: 14 }, amara);
    const { invoice } = await edit(desk, id, added());
    expect(invoice).toMatchObject({ kind: 'one-off', taxMinor: 5_700, dueMinor: 35_700 }); // Germany, 19 %
    const finalised = await desk.invoicing.finalise(id, amara);
    expect([finalised.number, finalised.dueDate]).toEqual(['INV-2026-0001', '2026-12-02']);
    expect(balanceLines(desk)).toEqual(['1200-accounts-receivable usd 35700', '2200-tax-payable:DE usd -5700', '4030-revenue-one-off usd -30000']);
    await pay(desk, id, 35_700);
    expect(mustFind(desk, id)).toMatchObject({ status: 'paid', partyId: finalised.partyId });
  });

  test('of a partner takes over what the records say of it when it is edited; its lines stay', async () => {
    const desk = openDesk();
    const { invoice: { id } } = await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'partner', partnerId: flatContract.partnerId }, currency: 'usd', paymentTermsDays: 14 }, amara);
    const { invoice: before } = await edit(desk, id, added());
    desk.database.connection.prepare('UPDATE partners SET legal_name = ?, billing_email = ? WHERE id = ?').run('Ashgrove Registry Limited', 'books@ashgrove.example', flatContract.partnerId);
    const { invoice } = await edit(desk, id, { kind: 'set-details', notes: 'Thank you' });
    expect(invoice).toMatchObject({ totalMinor: before.totalMinor, snapshot: { customer: { legalName: 'Ashgrove Registry Limited', email: 'books@ashgrove.example' } } });
  });

  test('of a partner whose record was corrected is not finalised with the old names, and takes the record over', async () => {
    const desk = openDesk();
    const { invoice: { id } } = await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'partner', partnerId: flatContract.partnerId }, currency: 'usd', paymentTermsDays: 14 }, amara);
    const { invoice: before, isAsRecorded } = await edit(desk, id, added());
    desk.database.connection.prepare('UPDATE partners SET legal_name = ? WHERE id = ?').run('Ashgrove Registry Limited', flatContract.partnerId);
    expect([isAsRecorded, desk.drafts.read(id).isAsRecorded]).toEqual([true, false]);
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'records-changed', kind: 'conflict', nextStep: expect.stringContaining('take over') as string });
    expect(mustFind(desk, id)).toMatchObject({ status: 'draft', number: null, version: before.version });
    await edit(desk, id, { kind: 'take-records' });
    expect(await desk.invoicing.finalise(id, amara)).toMatchObject({ status: 'finalised', totalMinor: before.totalMinor, snapshot: { customer: { legalName: 'Ashgrove Registry Limited' } } });
    const month = await makeInvoice(desk, false);
    await expect(edit(desk, month.id, { kind: 'take-records' })).rejects.toMatchObject({ code: 'edit-invalid', nextStep: 'Run the billing of its month again.' });
  });

  describe('whose typed customer is corrected on the draft', () => {
    const draftOf = async (desk: BillingDesk, over: Partial<typeof typed> = {}) => (await desk.drafts.createOneOff({ id: newId(), customer: { ...typed, ...over }, currency: 'usd', paymentTermsDays: 14 }, amara)).invoice;

    test('has the new details on it, and is the customer of the new name', async () => {
      const desk = openDesk();
      const { id, partyId } = await draftOf(desk);
      const { invoice } = await edit(desk, id, added(), { kind: 'set-customer', name: 'Halden Verlag GmbH', email: 'rechnung@halden.example', address: ['Spreeufer 5', '10178 Berlin'] });
      expect(invoice.snapshot.customer).toEqual({ name: 'Halden Verlag GmbH', legalName: null, address: ['Spreeufer 5', '10178 Berlin', 'Germany'], email: 'rechnung@halden.example', taxNumber: 'DE136695976', postal: { line1: 'Spreeufer 5', line2: '10178 Berlin', city: null, postcode: null, region: null, country: 'DE' } });
      const other = await draftOf(desk, { name: 'Halden Verlag GmbH' as never });
      expect([invoice.partyId === partyId, invoice.partyId]).toEqual([false, other.partyId]);
      expect(await desk.invoicing.finalise(id, amara)).toMatchObject({ partyId: other.partyId, snapshot: { customer: { name: 'Halden Verlag GmbH' } } });
      expect((await desk.drafts.edit(other.id, other.version, [{ kind: 'set-customer', name: typed.name }], amara)).invoice).toMatchObject({ partyId, snapshot: { customer: { name: typed.name } } });
    });

    test('is taxed by the new country and VAT id, and back', async () => {
      const desk = openDesk();
      const { id, snapshot } = await draftOf(desk);
      await edit(desk, id, added());
      const taxOf = ({ invoice }: Awaited<ReturnType<typeof edit>>) => [invoice.snapshot.taxTreatment, invoice.taxMinor, invoice.snapshot.exemptionReason, invoice.snapshot.vatIdState, invoice.snapshot.taxJurisdiction];
      const was = ['reverse-charge', 0, snapshot.exemptionReason, 'unverified', 'DE'];
      expect(taxOf(await edit(desk, id, { kind: 'set-customer', taxNumber: 'DE136695977' }))).toEqual(['standard', 5_700, null, 'invalid', 'DE']);
      expect(taxOf(await edit(desk, id, { kind: 'set-customer', country: 'IE', taxNumber: null }))).toEqual(['standard', 6_900, null, 'missing', 'IE']);
      // A rate that was shown and set back is nobody's choice.
      await edit(desk, id, { kind: 'set-tax', tax: { treatment: 'standard', basisPoints: 2_300 } });
      expect(taxOf(await edit(desk, id, { kind: 'set-customer', country: 'DE', taxNumber: 'DE136695976' }))).toEqual(was);
    });

    test('keeps the tax that a person chose, and the rate of its day where only names are corrected', async () => {
      const desk = openDesk();
      const { id } = await draftOf(desk);
      await edit(desk, id, added(), { kind: 'set-tax', tax: { treatment: 'exempt', basisPoints: 0 }, exemptionReason: '§ 4 Nr. 11 UStG' });
      expect((await edit(desk, id, { kind: 'set-customer', country: 'IE', taxNumber: null, legalName: 'Halden' })).invoice).toMatchObject({ taxMinor: 0, snapshot: { taxTreatment: 'exempt', exemptionReason: '§ 4 Nr. 11 UStG', taxJurisdiction: 'IE' } });
    });

    test('but a partner’s stands in its record', async () => {
      const desk = openDesk();
      const { id } = await makeInvoice(desk, false);
      await expect(edit(desk, id, { kind: 'set-customer', name: 'Somebody' })).rejects.toMatchObject({ code: 'edit-invalid', nextStep: 'Correct the partner’s record; the draft takes it over.' });
    });
  });

  test('to another state of the EU, with a VAT id that holds, is reverse charge', async () => {
    const desk = openDesk();
    const { invoice } = await desk.drafts.createOneOff({ id: newId(), customer: typed, currency: 'eur', paymentTermsDays: 14 }, amara);
    expect(invoice.snapshot).toMatchObject({ taxTreatment: 'reverse-charge', vatIdState: 'unverified', exemptionReason: 'Reverse charge: the recipient accounts for the tax.', taxJurisdiction: 'DE' });
  });

  test('names the country that was typed, as words and as an electronic invoice does; a partner’s address is in its parts', async () => {
    const desk = openDesk();
    const make = async (customer: Parameters<typeof desk.drafts.createOneOff>[0]['customer']) => (await desk.drafts.createOneOff({ id: newId(), customer, currency: 'usd', paymentTermsDays: 14 }, amara)).invoice.snapshot.customer;
    expect(await make({ ...typed, address: ['Spreeufer 5', '10178 Berlin'] })).toMatchObject({ address: ['Spreeufer 5', '10178 Berlin', 'Germany'], postal: { line1: 'Spreeufer 5', line2: '10178 Berlin', country: 'DE' } });
    expect(await make({ ...typed, address: ['10178 Berlin', 'Germany'] })).toMatchObject({ address: ['10178 Berlin', 'Germany'], postal: { line1: '10178 Berlin', line2: null, country: 'DE' } });
    expect(await make({ kind: 'partner', partnerId: flatContract.partnerId })).toMatchObject({ postal: { line1: 'Calle de Alcalá 48', city: 'Madrid', postcode: '28014', country: 'ES' } });
  });

  test('is made in the company’s look and language, or in the partner’s language', async () => {
    const desk = openDesk();
    desk.templates.save({ ...desk.templates.read(), look: { ...desk.templates.read().look, footer: 'Amtsgericht Bremen' }, language: 'de' }, amara);
    const document = desk.templates.documentFor('nobody');
    expect(document).toMatchObject({ language: 'de', lookId: expect.any(String) });
    const make = async (customer: Parameters<typeof desk.drafts.createOneOff>[0]['customer']) => (await desk.drafts.createOneOff({ id: newId(), customer, currency: 'usd', paymentTermsDays: 14 }, amara)).invoice.snapshot.document;
    expect(await make(typed)).toEqual(document);
    desk.templates.setPartnerLanguage(flatContract.partnerId, 'en');
    expect(await make({ kind: 'partner', partnerId: flatContract.partnerId })).toEqual({ ...document, language: 'en' });
  });

  describe('whose lines are taxed otherwise than the invoice', () => {
    const standard = (basisPoints: number) => ({ treatment: 'standard' as const, basisPoints });
    const reverse = { treatment: 'reverse-charge' as const, basisPoints: 0 };
    async function finalised(desk: BillingDesk, whole: LineTax, ...lines: (LineTax | null)[]) {
      const { invoice: { id } } = await desk.drafts.createOneOff({ id: newId(), customer: { ...typed, country: 'DE', taxNumber: 'DE136695976' }, currency: 'usd', paymentTermsDays: 14 }, amara);
      await edit(desk, id, { kind: 'set-tax', tax: whole }, ...lines.map((tax) => added({ tax })));
      return desk.invoicing.finalise(id, amara);
    }
    const taxesOf = (document: InvoiceDocument) => document.taxes.map(({ tax, baseMinor, amountMinor }) => [taxKey(tax), baseMinor, amountMinor]);

    test.each([[standard(700), standard(1_900), [['standard/1900', 30_000, 5_700]]], [standard(1_900), reverse, [['reverse-charge/0', 30_000, 0]]], [reverse, standard(1_900), [['standard/1900', 30_000, 5_700]]]] as const)('all of them: %o, %o', async (whole, own, taxes) => {
      expect(taxesOf(documentOfPartnerInvoice(await finalised(openDesk(), whole, own)))).toEqual(taxes);
    });

    test('some of them: the others are taxed as the invoice, in the electronic invoice and on credit notes too', async () => {
      const desk = openDesk();
      const invoice = await finalised(desk, { treatment: 'exempt', basisPoints: 0 }, null, standard(1_900));
      const document = documentOfPartnerInvoice(invoice);
      expect(document.lines.map(({ tax }) => taxKey(tax))).toEqual(['exempt/0', 'standard/1900']);
      expect(taxesOf(document)).toEqual([['exempt/0', 30_000, 0], ['standard/1900', 30_000, 5_700]]);
      expect(checkedEInvoice(document).findings.filter(({ rule }) => /-0[18]$/.test(rule) && rule !== 'BR-08')).toEqual([]);
      const { actIds: [noteId = ''] } = await desk.receivables.credit(invoice.id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'offset', reason: 'Too much' }, amara);
      const act = listActsOfInvoice(desk.database, invoice.id).find(({ id }) => id === noteId);
      expect(act && taxesOf(documentOfCreditNote({ act, isVoid: false, invoice }))).toEqual([['exempt/0', 10_000, 0]]);
    });

    test('by the customer’s VAT id: it has to hold, for the whole and for a line, of a partner too', async () => {
      const desk = openDesk([{ ...flatContract, taxNumber: 'ESB12345679' }]);
      const refusal = { code: 'vat-id-invalid', kind: 'state' };
      const { invoice: { id } } = await desk.drafts.createOneOff({ id: newId(), customer: { ...typed, country: 'DE', taxNumber: 'DE136695977' }, currency: 'usd', paymentTermsDays: 14 }, amara);
      await edit(desk, id, added(), added({ tax: reverse }));
      await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject(refusal);
      const partner = await makeInvoice(desk, false);
      await edit(desk, partner.id, { kind: 'set-tax', tax: reverse, reason: 'Moved abroad' });
      await expect(desk.invoicing.finalise(partner.id, amara)).rejects.toMatchObject(refusal);
      await edit(desk, partner.id, { kind: 'set-tax', tax: standard(2_100), reason: 'It did not' }, { kind: 'change-line', lineId: flatLine, tax: reverse, reason: 'That alone' });
      await expect(desk.invoicing.finalise(partner.id, amara)).rejects.toMatchObject(refusal);
    });

    test('says why in the electronic invoice as on paper, in the invoice’s language', async () => {
      const desk = openDesk();
      const { invoice: { id } } = await desk.drafts.createOneOff({ id: newId(), customer: { ...typed, country: 'DE', taxNumber: 'DE136695976' }, currency: 'usd', paymentTermsDays: 14 }, amara);
      const { invoice } = await edit(desk, id, { kind: 'set-tax', tax: { treatment: 'exempt', basisPoints: 0 }, exemptionReason: '§ 4 Nr. 11 UStG' }, added(), added({ tax: reverse }));
      const reasons = (draft: PartnerInvoice) => checkedEInvoice(documentOfPartnerInvoice(draft)).invoice.taxBreakdown.map(({ exemptionReason }) => exemptionReason);
      expect(reasons(invoice)).toEqual(['§ 4 Nr. 11 UStG', 'Reverse charge: the recipient accounts for the tax.']);
      expect(reasons({ ...invoice, snapshot: { ...invoice.snapshot, document: { language: 'de', lookId: null } } })).toEqual(['§ 4 Nr. 11 UStG', 'Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge).']);
    });
  });

  test('of a partner, discarded, keeps no number; finalised, voided and regenerated, the new one names the old', async () => {
    const desk = openDesk();
    const make = () => desk.drafts.createOneOff({ id: newId(), customer: { kind: 'partner', partnerId: flatContract.partnerId }, currency: 'usd', paymentTermsDays: 14 }, amara);
    const first = (await make()).invoice.id;
    expect(await desk.drafts.discard(first, 'Not needed', amara)).toMatchObject({ status: 'void', number: null });
    const second = (await make()).invoice.id;
    await edit(desk, second, added());
    await desk.invoicing.finalise(second, amara);
    desk.database.connection.exec(`UPDATE partners SET billing_address = '{"line1":"Gran Vía 1","city":"Madrid","country":"ES"}'`);
    const { next } = await desk.voidAndRegenerate(second, { reason: 'Wrong address', finalise: true }, amara);
    expect([mustFind(desk, second).snapshot.customer.address[0], next.snapshot.customer.address[0]]).toEqual(['Calle de Alcalá 48', 'Gran Vía 1']);
    expect([mustFind(desk, second).status, next.number, next.replaces, next.subtotalMinor]).toEqual(['void', 'INV-2026-0002', second, 30_000]);
  });
});

test('a partner’s month is voided and billed again as …-2 in one step', async () => {
  const desk = openDesk();
  const { id } = await makeInvoice(desk);
  const { next } = await desk.voidAndRegenerate(id, { reason: 'Wrong address', finalise: true }, amara);
  expect([mustFind(desk, id).status, next.number, next.replaces, next.status]).toEqual(['void', 'API-202610-dp_pk_ABC-2', id, 'finalised']);
});

describe('tax when nobody says otherwise', () => {
  const customer = (country: string | null, taxNumber: string | null = null) => ({ country, state: null, taxNumber });
  test.each([
    ['at home', customer('IE', 'IE6433435F'), 'IE', '2026-11-18', 'standard', 2_300],
    ['at home while the rate was cut', customer('IE'), 'IE', '2020-10-01', 'standard', 2_100],
    ['the day before a new rate', customer('SK'), 'IE', '2024-12-31', 'standard', 2_000],
    ['the day of a new rate', customer('SK'), 'IE', '2025-01-01', 'standard', 2_300],
    ['a rate of half a percent', customer('FI'), 'IE', '2026-11-18', 'standard', 2_550],
    ['within the EU, with a VAT id that holds', customer('DE', 'DE136695976'), 'IE', '2026-11-18', 'reverse-charge', 0],
    ['within the EU, with one that does not', customer('DE', 'DE136695977'), 'IE', '2026-11-18', 'standard', 1_900],
    ['within the EU, by a company outside it', customer('DE', 'DE136695976'), 'US', '2026-11-18', 'standard', 1_900],
    ['Nigeria', customer('NG'), 'NG', '2026-11-18', 'standard', 750],
    ['the United Kingdom', customer('GB'), 'IE', '2026-11-18', 'standard', 2_000],
    ['a place without a table', customer('BR'), 'IE', '2026-11-18', 'outside-scope', 0],
    ['nowhere known', customer(null), 'IE', '2026-11-18', 'outside-scope', 0],
    ['a partner that is exempt', { ...customer('DE'), treatment: 'exempt' as const }, 'DE', '2026-11-18', 'exempt', 0],
  ])('%s', (_name, who, issuer, on, treatment, basisPoints) => {
    expect(taxOfCustomer(taxRates(), who, issuer, on).tax).toEqual({ treatment, basisPoints });
  });
});
