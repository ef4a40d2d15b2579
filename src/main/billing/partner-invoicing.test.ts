import { afterEach, describe, expect, test } from 'vitest';
import { createAuditLog } from '../audit/audit-log.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { month } from '../../shared/calendar/local-date.ts';
import { StateError } from '../../shared/errors/errors.ts';
import { sql } from '../database/handles.ts';
import { createJournal } from '../ledger/journal.ts';
import { newId } from '../platform/ids.ts';
import { amendmentOf, deedContract, flatContract, insertAmendment, insertExchangeRate, insertPartnerContract, insertUsage, requestContract } from '../testing/billing-fixtures.ts';
import { insertOctoberUsage, openBillingDesk, type BillingDesk, type BillingDeskOptions } from '../testing/billing-desk.ts';
import type { JournalPort } from './partner-invoicing.ports.ts';
import { listPartnerInvoicesOf } from './partner-invoice.repository.ts';

const amara = { actor: 'amara' };
const october = { period: '2026-10', ...amara };
const all = [flatContract, deedContract, requestContract];
const desks: BillingDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

function openDesk(options: Partial<BillingDeskOptions> = {}): BillingDesk {
  const desk = openBillingDesk({ contracts: all, ...options });
  insertOctoberUsage(desk.database);
  desks.push(desk);
  return desk;
}

describe('billing a month', () => {
  test('makes drafts, then finalised invoices with numbers, and posts them', async () => {
    const desk = openDesk();
    const drafts = await desk.invoicing.run(october);
    expect(drafts.succeeded.map((outcome) => [outcome.partnerName, outcome.status, outcome.number, outcome.units, outcome.totalMinor, outcome.dueMinor])).toEqual([
      ['Ashgrove Registry', 'draft', null, 0, 168_614, 147_711],
      ['Kadaster Koppeling', 'draft', null, 411, 119_396, 119_396],
      ['Titlesure', 'draft', null, 1_001, 321, 321],
    ]);
    expect(desk.readBooks()).toEqual([]);
    const finalised = await desk.invoicing.run({ ...october, finalise: true });
    expect(finalised.succeeded.map((outcome) => outcome.number)).toEqual(['API-202610-dp_pk_ABC', 'API-202610-dp_pk_KKB', 'API-202610-dp_pk_TSG']);
    expect(desk.readBooks()).toEqual([
      'invoice-finalised: Dr 1200-accounts-receivable 147711 usd (147711)',
      'invoice-finalised: Dr 1300-withholding-tax-receivable 20903 usd (20903)',
      'invoice-finalised: Cr 4020-revenue-partner 139350 usd (139350)',
      'invoice-finalised: Cr 2200-tax-payable:ES 29264 usd (29264)',
      'invoice-finalised: Dr 1200-accounts-receivable 119396 eur (129443)', // at 1.08415, the latest rate not after the issue date
      'invoice-finalised: Cr 4020-revenue-partner 119396 eur (129443)',
      'invoice-finalised: Dr 1200-accounts-receivable 321 usd (321)',
      'invoice-finalised: Cr 4020-revenue-partner 300 usd (300)',
      'invoice-finalised: Cr 2200-tax-payable:ES 21 usd (21)',
    ]);
  });

  test('a second run changes nothing', async () => {
    const desk = openDesk();
    await desk.invoicing.run({ ...october, finalise: true });
    const before = [desk.readBooks(), listPartnerInvoicesOf(desk.database, month('2026-10')), auditRows(desk)];
    const second = await desk.invoicing.run({ ...october, finalise: true });
    expect([second.succeeded, second.skipped.length, second.failed]).toEqual([[], 3, []]);
    expect([desk.readBooks(), listPartnerInvoicesOf(desk.database, month('2026-10')), auditRows(desk)]).toEqual(before);
  });

  test('drafts follow the usage until they are finalised', async () => {
    const desk = openDesk();
    await desk.invoicing.run(october);
    expect((await desk.invoicing.run(october)).skipped).toHaveLength(3);
    insertUsage(desk.database, 'tsg-late', 'dp_pk_TSG', 'requests', 1_000, '2026-10-31T12:00:00Z');
    const refreshed = await desk.invoicing.run(october);
    expect(refreshed.succeeded.map((outcome) => [outcome.partnerName, outcome.totalMinor])).toEqual([['Titlesure', 482]]);
    await desk.invoicing.run({ ...october, finalise: true });
    insertUsage(desk.database, 'tsg-later', 'dp_pk_TSG', 'requests', 5_000, '2026-10-31T12:00:00Z');
    const after = await desk.invoicing.run({ ...october, finalise: true });
    expect(after.skipped.map((outcome) => outcome.totalMinor)).toContain(482);
  });

  test('a draft whose partner is taxed otherwise by now is not finalised, though its totals are the same', async () => {
    const desk = openDesk({ contracts: [{ ...deedContract, taxTreatment: 'exempt' }] });
    const id = (await desk.invoicing.run(october)).succeeded[0]?.invoiceId ?? '';
    desk.database.connection.exec("UPDATE partners SET tax_treatment = 'reverse-charge'");
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'invoice-changed' });
    await desk.invoicing.run(october);
    expect((await desk.invoicing.finalise(id, amara)).snapshot.taxTreatment).toBe('reverse-charge');
  });

  test('a draft with a name, an address or a number of before they were corrected is not finalised until it is made again', async () => {
    const desk = openDesk({ contracts: [deedContract] });
    const id = (await desk.invoicing.run(october)).succeeded[0]?.invoiceId ?? '';
    for (const [column, value] of [['legal_name', 'Noordzee Register B.V.'], ['tax_number', 'NL852014107B01'], ['billing_address', '{"line1":"Hofplein 20","city":"Rotterdam","country":"NL"}'], ['billing_email', 'books@noordzee.example']]) {
      desk.database.connection.prepare(`UPDATE partners SET ${column} = ?`).run(value ?? null);
      await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'invoice-changed', message: expect.stringMatching(/^A name, an address/) as string });
      await desk.invoicing.run(october);
    }
    expect((await desk.invoicing.finalise(id, amara)).snapshot.customer).toMatchObject({ legalName: 'Noordzee Register B.V.', taxNumber: 'NL852014107B01', email: 'books@noordzee.example' });
  });

  test('an invoice is not booked at a rate of long ago, unless a later one shows that the days between had none', async () => {
    const desk = openDesk({ contracts: [{ ...deedContract, currency: 'gbp' }] });
    insertExchangeRate(desk.database, 'gbp', 'usd', '2026-08-13', '1.31');
    const id = (await desk.invoicing.run(october)).succeeded[0]?.invoiceId ?? '';
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'exchange-rate-missing', message: 'The last rate from GBP to USD that is known is of 2026-08-13: too old for an invoice of 2026-11-18. Nothing was booked.' });
    insertExchangeRate(desk.database, 'gbp', 'usd', '2026-11-11', '1.33');
    expect((await desk.invoicing.finalise(id, amara)).functionalRate).toBe('1.33');
    const other = openDesk({ contracts: [{ ...deedContract, currency: 'gbp' }] });
    for (const [on, rate] of [['2026-08-13', '1.31'], ['2026-11-19', '1.34']] as const) insertExchangeRate(other.database, 'gbp', 'usd', on, rate);
    const draft = (await other.invoicing.run(october)).succeeded[0]?.invoiceId ?? '';
    expect((await other.invoicing.finalise(draft, amara)).functionalRate).toBe('1.31');
  });

  test('a dry run writes nothing and says the numbers to come', async () => {
    const desk = openDesk();
    const preview = await desk.invoicing.run({ ...october, isDryRun: true });
    expect(preview.succeeded.map((outcome) => [outcome.number, outcome.invoiceId, outcome.totalMinor])).toEqual([['API-202610-dp_pk_ABC', null, 168_614], ['API-202610-dp_pk_KKB', null, 119_396], ['API-202610-dp_pk_TSG', null, 321]]);
    expect(listPartnerInvoicesOf(desk.database, month('2026-10'))).toEqual([]);
  });

  test('one partner’s broken contract is told and stops nobody else', async () => {
    const desk = openDesk({
      contracts: [{ ...flatContract, pricingModel: 'per_moon' }, { ...deedContract, perDeedPrice: '-1' }, requestContract, { ...flatContract, id: '44444444-4444-4444-8444-444444444444', partnerId: 'aaaaaaaa-0000-4000-8000-000000000004', partnerName: 'Zloty Deeds', apiKeyPrefix: 'dp_pk_PLN', currency: 'pln' }],
    });
    const run = await desk.invoicing.run({ ...october, finalise: true });
    expect(run.failed.map((failure) => [failure.name, failure.code])).toEqual([['Ashgrove Registry', 'pricing-model-unknown'], ['Kadaster Koppeling', 'price-negative'], ['Zloty Deeds', 'exchange-rate-missing']]);
    expect(run.succeeded.map((outcome) => outcome.number)).toEqual(['API-202610-dp_pk_TSG']);
  });

  test('two contracts that claim the same prefix are both refused: its usage would be billed twice', async () => {
    const desk = openDesk({ contracts: [requestContract, { ...flatContract, furtherPrefixes: ['dp_pk_TSG'] }, deedContract] });
    const run = await desk.invoicing.run(october);
    expect(run.failed.map((failure) => failure.code)).toEqual(['prefix-claimed-twice', 'prefix-claimed-twice']);
    expect(run.succeeded).toHaveLength(1);
  });

  test('a prefix that moved to another contract within a month that was billed stops nobody: its number is taken, and the next one is given', async () => {
    const desk = openDesk({ contracts: [flatContract] });
    await desk.invoicing.run({ ...october, finalise: true });
    desk.database.unitOfWork.run('test', (database) => database.run(sql('test.rename', "UPDATE partner_contracts SET api_key_prefix = 'dp_pk_ABD' WHERE id = ?"), [flatContract.id]));
    for (const contract of [{ ...requestContract, apiKeyPrefix: 'dp_pk_ABC', effectiveFrom: '2026-10-15' }, deedContract]) insertPartnerContract(desk.database, contract);
    const preview = await desk.invoicing.run({ ...october, isDryRun: true });
    const run = await desk.invoicing.run({ ...october, finalise: true });
    expect(run.failed).toEqual([]);
    expect(run.succeeded.map((outcome) => [outcome.partnerName, outcome.number])).toEqual([['Kadaster Koppeling', 'API-202610-dp_pk_KKB'], ['Titlesure', 'API-202610-dp_pk_ABC-2']]);
    expect(preview.succeeded.map((outcome) => outcome.number)).toEqual(run.succeeded.map((outcome) => outcome.number));
  });

  test('a month with an amendment inside is billed in two parts, each with the usage of its own days', async () => {
    const desk = openDesk({ contracts: [deedContract] });
    // The 15th ends at 04:00 UTC: the deeds of noon (390) belong to it, one at 03:59 on the 16th too, one at 04:00 no more.
    insertUsage(desk.database, 'kkb-15th', 'dp_pk_KKB', 'deeds', 1, '2026-10-16T03:59:59Z');
    insertUsage(desk.database, 'kkb-16th', 'dp_pk_KKB', 'deeds', 2, '2026-10-16T04:00:00Z');
    insertAmendment(desk.database, amendmentOf(deedContract, { id: 'a1', effectiveFrom: '2026-10-16', perDeedPrice: '2', purchaseOrderNumber: 'PO-2', paymentTermsDays: 60 }));
    const [outcome] = (await desk.invoicing.run(october)).succeeded;
    const invoice = desk.invoicing.find(outcome?.invoiceId ?? '');
    // (11 + 390 + 1) × 2.905 = 1,167.81; (10 + 2) × 2.00 = 24.00
    expect(invoice?.lines.map((line) => [line.description, line.quantity, line.amountMinor])).toEqual([['Deeds filed, 1 to 15 October 2026', '402', 116_781], ['Deeds filed, 16 to 31 October 2026', '12', 2_400]]);
    expect(invoice?.snapshot).toMatchObject({
      units: 414, paymentTermsDays: 60, purchaseOrderNumber: 'PO-2', terms: '1 to 15 October: 2.905 EUR per deed; reverse charge; due in 14 days. 16 to 31 October: 2.00 EUR per deed; reverse charge; due in 60 days.',
      parts: [{ start: '2026-10-01', end: '2026-10-16', discountBasisPoints: 0 }, { start: '2026-10-16', end: '2026-11-01' }],
    });
    expect((await desk.invoicing.run({ ...october, finalise: true })).succeeded[0]).toMatchObject({ status: 'finalised', totalMinor: 119_181 });
  });

  test('a contract amended long before is billed whole under the amendment, and one amended afterwards as it was', async () => {
    const desk = openDesk({ contracts: [deedContract, flatContract] });
    insertAmendment(desk.database, amendmentOf(deedContract, { id: 'a1', effectiveFrom: '2026-10-01', perDeedPrice: '2' }));
    insertAmendment(desk.database, amendmentOf(flatContract, { id: 'a2', effectiveFrom: '2026-11-01', flatFeeMinor: 1 }));
    const invoices = (await desk.invoicing.run(october)).succeeded.map((outcome) => desk.invoicing.find(outcome.invoiceId ?? ''));
    expect(invoices.map((invoice) => invoice?.lines.map((line) => [line.description, line.amountMinor]))).toEqual([[['API access, October 2026', 139_350]], [['Deeds filed, October 2026', 82_200]]]);
    expect(invoices.map((invoice) => invoice && 'parts' in invoice.snapshot)).toEqual([false, false]);
  });

  test('one part that cannot be rated stops the whole month: the other alone would be too little', async () => {
    const desk = openDesk({ contracts: [deedContract] });
    insertAmendment(desk.database, amendmentOf(deedContract, { id: 'a1', effectiveFrom: '2026-10-16', perDeedPrice: null }));
    expect((await desk.invoicing.run(october)).failed.map((failure) => failure.code)).toEqual(['price-missing']);
  });

  test('usage of further prefixes is billed with the first', async () => {
    const desk = openDesk({ contracts: [{ ...requestContract, furtherPrefixes: ['dp_pk_TS2'] }] });
    insertUsage(desk.database, 'ts2', 'dp_pk_TS2', 'requests', 1_999, '2026-10-02T12:00:00Z');
    expect((await desk.invoicing.run(october)).succeeded[0]).toMatchObject({ units: 3_000, subtotalMinor: 450 });
  });

  test.each([['2026-12', 'period-in-future'], ['2026-11', 'period-not-over'], ['2026-13', 'month-invalid']])('the period %s is refused: %s', async (period, code) => {
    const desk = openDesk();
    await expect(desk.invoicing.run({ ...october, period })).rejects.toMatchObject({ code });
    expect(() => desk.invoicing.preview({ period })).toThrowError(expect.objectContaining({ code }));
  });

  test('a month with nothing to bill is finalised at zero without an entry', async () => {
    const desk = openDesk({ contracts: [requestContract] });
    const run = await desk.invoicing.run({ ...october, period: '2026-09', finalise: true });
    expect(run.succeeded[0]).toMatchObject({ number: 'API-202609-dp_pk_TSG', totalMinor: 0, status: 'finalised' });
    expect(desk.readBooks()).toEqual([]);
  });

  test('a run that is asked to stop stops between two transactions and can be finished later', async () => {
    const desk = openDesk({ invoicesPerTransaction: 1 });
    const stop = new AbortController();
    const control = { signal: stop.signal, report: ({ done }: { done: number }) => (done === 1 ? stop.abort() : undefined) };
    await expect(desk.invoicing.run({ ...october, finalise: true, control })).rejects.toThrow();
    const rest = await desk.invoicing.run({ ...october, finalise: true });
    expect([rest.succeeded.length, rest.skipped.length]).toEqual([2, 1]);
  });
});

describe('many drafts at once', () => {
  async function draftsOf(desk: BillingDesk): Promise<Map<string, string>> {
    return new Map((await desk.invoicing.run(october)).succeeded.map((draft) => [draft.partnerName, draft.invoiceId ?? '']));
  }
  const statesOf = (desk: BillingDesk, ids: Iterable<string>) => [...ids].map((id) => desk.invoicing.find(id)?.status);

  test('one that has changed and one that is not known take no other with them', async () => {
    const desk = openDesk();
    const drafts = await draftsOf(desk);
    insertUsage(desk.database, 'tsg-late', 'dp_pk_TSG', 'requests', 1_000, '2026-10-31T12:00:00Z');
    const done = await desk.invoicing.finaliseAll([...drafts.values(), 'unknown'], amara);
    expect(done.failed.map(({ id, error }) => [id, error.code])).toEqual([[drafts.get('Titlesure'), 'invoice-changed'], ['unknown', 'invoice-not-found']]);
    expect(done.succeeded.map((invoice) => invoice.number)).toEqual(['API-202610-dp_pk_ABC', 'API-202610-dp_pk_KKB']);
    expect(statesOf(desk, drafts.values())).toEqual(['finalised', 'finalised', 'draft']);
    expect(desk.readBooks()).toHaveLength(6);
  });

  test('one that another desk changed since it was looked at is refused, though it is right by its own edits', async () => {
    const desk = openDesk();
    const drafts = await draftsOf(desk);
    const seen = new Map([...drafts.values()].map((id) => [id, desk.invoicing.find(id)?.totalsFingerprint ?? '']));
    const changed = drafts.get('Titlesure') ?? '';
    await desk.drafts.edit(changed, desk.invoicing.find(changed)?.version ?? 0, [{ kind: 'add-line', lineId: newId(), description: 'Onboarding', quantity: null, unitPrice: null, amountMinor: 100_000, discount: null, tax: null, beforeLineId: null }], amara);
    const done = await desk.invoicing.finaliseAll([...drafts.values()], amara, undefined, seen);
    expect(done.failed.map(({ id, error }) => [id, error.code])).toEqual([[changed, 'invoice-changed']]);
    expect(statesOf(desk, drafts.values())).toEqual(['finalised', 'finalised', 'draft']);
    // What is finalised already is not refused: a retry is the same command.
    expect((await desk.invoicing.finaliseAll([...drafts.values()].filter((id) => id !== changed), amara, undefined, new Map([...seen.keys()].map((id) => [id, 'older'])))).failed).toEqual([]);
  });

  test('an entry that cannot be posted leaves the entries of the same transaction, and comes later', async () => {
    const books = createJournal({ clock: fixedClock(Date.parse('2026-11-18T14:14:00Z')) });
    let refuses = true;
    const journal: JournalPort = {
      post(database, entries) {
        const outcome = books.post(database, entries);
        if (refuses && entries.some((entry) => JSON.stringify(entry).includes('dp_pk_KKB'))) throw new StateError('period-closed', 'The month is closed.');
        return outcome;
      },
    };
    const desk = openDesk({ journal });
    const drafts = await draftsOf(desk);
    const done = await desk.invoicing.finaliseAll([...drafts.values()], amara);
    expect(done.failed.map(({ error }) => error.code)).toEqual(['period-closed']);
    expect(desk.readBooks()).toHaveLength(7);
    refuses = false;
    expect(desk.invoicing.postMissing().posted).toHaveLength(1);
    expect(desk.readBooks()).toHaveLength(9);
  });

  test('asked to stop, they stop between two transactions; a second call finishes them and changes no other', async () => {
    const desk = openDesk({ invoicesPerTransaction: 2 });
    const ids = [...(await draftsOf(desk)).values()];
    const stop = new AbortController();
    await expect(desk.invoicing.finaliseAll(ids, amara, { signal: stop.signal, report: () => stop.abort() })).rejects.toThrow();
    expect(statesOf(desk, ids)).toEqual(['finalised', 'finalised', 'draft']);
    const versions = ids.map((id) => desk.invoicing.find(id)?.version ?? 0);
    expect((await desk.invoicing.finaliseAll(ids, amara)).failed).toEqual([]);
    expect(ids.map((id, index) => (desk.invoicing.find(id)?.version ?? 0) - (versions[index] ?? 0))).toEqual([0, 0, 1]);
  });
});

describe('one invoice', () => {
  test('is finalised by a person exactly as it stands', async () => {
    const desk = openDesk({ contracts: [requestContract] });
    const [draft] = (await desk.invoicing.run(october)).succeeded;
    insertUsage(desk.database, 'tsg-late', 'dp_pk_TSG', 'requests', 1_000, '2026-10-31T12:00:00Z');
    await expect(desk.invoicing.finalise(draft?.invoiceId ?? '', amara)).rejects.toMatchObject({ code: 'invoice-changed' });
    await desk.invoicing.run(october);
    const finalised = await desk.invoicing.finalise(draft?.invoiceId ?? '', amara);
    expect(finalised).toMatchObject({ number: 'API-202610-dp_pk_TSG', issueDate: '2026-11-18', dueDate: '2026-12-18', totalMinor: 482 });
    expect((await desk.invoicing.finalise(finalised.id, amara)).version).toBe(finalised.version);
  });

  test('void and regenerate gives -2, and the books are reversed exactly', async () => {
    const desk = openDesk({ contracts: [flatContract] });
    const [first] = (await desk.invoicing.run({ ...october, finalise: true })).succeeded;
    const entry = desk.readBooks();
    const voided = await desk.invoicing.void(first?.invoiceId ?? '', 'Wrong address', amara);
    expect(voided).toMatchObject({ status: 'void', number: 'API-202610-dp_pk_ABC', voidReason: 'Wrong address' });
    expect(desk.readBooks().slice(entry.length)).toEqual(entry.map((line) => line.replace('invoice-finalised', 'invoice-void').replace(/ (Dr|Cr) /, (side) => (side === ' Dr ' ? ' Cr ' : ' Dr '))));
    await desk.invoicing.void(voided.id, 'Wrong address', amara);
    expect(desk.readBooks()).toHaveLength(entry.length * 2);
    const [second] = (await desk.invoicing.run({ ...october, finalise: true })).succeeded;
    expect(second?.number).toBe('API-202610-dp_pk_ABC-2');
    expect(listPartnerInvoicesOf(desk.database, month('2026-10')).map((invoice) => [invoice.number, invoice.status, invoice.replaces])).toEqual([
      ['API-202610-dp_pk_ABC', 'void', null], ['API-202610-dp_pk_ABC-2', 'finalised', voided.id],
    ]);
  });

  test('a draft cannot be voided, a void one not finalised, an unknown one neither', async () => {
    const desk = openDesk({ contracts: [flatContract] });
    const [draft] = (await desk.invoicing.run(october)).succeeded;
    const id = draft?.invoiceId ?? '';
    await expect(desk.invoicing.void(id, 'No reason at all', amara)).rejects.toMatchObject({ code: 'invoice-state' });
    await desk.invoicing.finalise(id, amara);
    await expect(desk.invoicing.void(id, ' ', amara)).rejects.toMatchObject({ code: 'void-reason-missing' });
    await desk.invoicing.void(id, 'Wrong address', amara);
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject({ code: 'invoice-state' });
    await expect(desk.invoicing.finalise('nothing', amara)).rejects.toMatchObject({ code: 'invoice-not-found' });
  });

  test('every act leaves an audit row in an unbroken chain', async () => {
    const desk = openDesk({ contracts: [flatContract] });
    const [draft] = (await desk.invoicing.run(october)).succeeded;
    await desk.invoicing.finalise(draft?.invoiceId ?? '', amara);
    await desk.invoicing.void(draft?.invoiceId ?? '', 'Wrong address', amara);
    expect(auditRows(desk).map((row) => [row.action, row.actor])).toEqual([['draft', 'amara'], ['finalise', 'amara'], ['void', 'amara']]);
    expect(createAuditLog({ clock: fixedClock(0) }).verify(desk.database).firstBroken).toBeNull();
  });
});

describe('a crash between the register and the books', () => {
  const crash: JournalPort = { post() { throw new Error('the power went out'); } };

  test('heals on the next run: same number, one entry', async () => {
    const desk = openDesk({ contracts: [flatContract], journal: failingOnce(crash) });
    await desk.invoicing.run(october);
    await expect(desk.invoicing.run({ ...october, finalise: true })).rejects.toThrow('the power went out');
    expect(listPartnerInvoicesOf(desk.database, month('2026-10')).map((invoice) => invoice.status)).toEqual(['finalised']);
    expect(desk.readBooks()).toEqual([]);
    await desk.invoicing.run({ ...october, finalise: true });
    expect(desk.readBooks()).toHaveLength(4);
    expect(desk.invoicing.postMissing()).toEqual({ posted: [], failed: [] });
  });

  test('heals as well where the lines come to nothing and their taxes do not', async () => {
    const desk = openDesk({ contracts: [], journal: failingOnce(crash) });
    const { invoice } = await desk.drafts.createOneOff({ id: newId(), customer: { kind: 'typed', name: 'Acme', legalName: null, address: [], country: null, email: null, taxNumber: null }, currency: 'usd', paymentTermsDays: 30 }, amara);
    const line = (amountMinor: number, basisPoints: number) => ({ kind: 'add-line', lineId: newId(), description: 'Deeds', quantity: null, unitPrice: null, amountMinor, discount: null, tax: { treatment: 'standard', basisPoints }, beforeLineId: null }) as const;
    await desk.drafts.edit(invoice.id, invoice.version, [line(10_000, 1_900), line(-10_000, 700)], amara);
    await expect(desk.invoicing.finalise(invoice.id, amara)).rejects.toThrow('the power went out');
    expect(desk.invoicing.postMissing()).toEqual({ posted: [invoice.id], failed: [] });
    expect(desk.readBooks()).toEqual(['invoice-finalised: Dr 1200-accounts-receivable 1200 usd (1200)', 'invoice-finalised: Cr 2200-tax-payable 1200 usd (1200)']);
  });
});

/** A journal that dies at the first entry it is given and works from then on. */
function failingOnce(crash: JournalPort): JournalPort {
  const journal = createJournal({ clock: fixedClock(0) });
  let hasCrashed = false;
  return {
    post(database, drafts) {
      if (hasCrashed || drafts.length === 0) return journal.post(database, drafts);
      hasCrashed = true;
      return crash.post(database, drafts);
    },
  };
}

const listAudit = sql('test.audit', 'SELECT action, actor, entity_id FROM audit_log ORDER BY sequence');
function auditRows(desk: BillingDesk): { action: string; actor: string }[] {
  return desk.database.all(listAudit);
}
