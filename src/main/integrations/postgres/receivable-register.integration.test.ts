/** The acts of migrations/postgres/0038 on a real PostgreSQL: the same table as the local twin's, and two desks at once. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { localDate } from '../../../shared/calendar/local-date.ts';
import { newId } from '../../platform/ids.ts';
import { openBillingDesk, type BillingDesk } from '../../testing/billing-desk.ts';
import { amendmentOf, flatContract, insertAmendment } from '../../testing/billing-fixtures.ts';
import { amara, attempts, balanceLines, makeInvoice, mustFind, oppositeRates, outcomesOf, pay, stateTable } from '../../testing/receivable-cases.ts';
import { openPostgres, type PostgresConnection } from './connection.ts';
import { createPostgresInvoiceRegister } from './invoice-register.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { createPostgresReceivableRegister } from './receivable-register.ts';

const on = '2026-11-18';
let server: RunningPostgres;
let ownerUrl: string;
let logins: DemoLogins;
const connections: PostgresConnection[] = [];
const desks: BillingDesk[] = [];

beforeAll(async () => {
  server = await startPostgres();
  ownerUrl = await server.createDatabase('receivables');
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
  await withClient(ownerUrl, (client) =>
    client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York') ON CONFLICT DO NOTHING"));
});
beforeEach(() => withClient(ownerUrl, async (client) => {
  await client.query('ALTER TABLE daybook.receivable_acts DISABLE TRIGGER immutable');
  await client.query('TRUNCATE daybook.receivable_acts, daybook.credits, daybook.invoices, daybook.api_partner_contracts, daybook.partners, daybook.document_series, daybook.audit_log CASCADE');
  await client.query('ALTER TABLE daybook.receivable_acts ENABLE TRIGGER immutable');
  await client.query('INSERT INTO daybook.partners (id, name) VALUES ($1, $2)', [flatContract.partnerId, flatContract.partnerName]);
  await client.query('INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, currency, effective_from) VALUES ($1, $2, $3, $4, $5, $6)', [flatContract.id, flatContract.partnerId, flatContract.apiKeyPrefix, 'flat', 'usd', '2023-01-01']);
}));
afterEach(async () => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
});
afterAll(() => server.stop());

function connect(url: string): PostgresConnection {
  const connection = openPostgres({ url });
  connections.push(connection);
  return connection;
}

function openDesk(url = logins.accountantUrl): BillingDesk {
  const connection = connect(url);
  const desk = openBillingDesk({ contracts: [flatContract], register: createPostgresInvoiceRegister(connection), receivableRegister: createPostgresReceivableRegister(connection) });
  desks.push(desk);
  return desk;
}

async function sharedRows<Row extends object>(text: string): Promise<Row[]> {
  return withClient(ownerUrl, async (client) => (await client.query<Row>(text)).rows);
}

/** An invoice that was paid, and 106.00 of it kept as credit; another desk knows of it too. */
async function grantCredit(desk: BillingDesk, other?: BillingDesk): Promise<string> {
  const { id } = await makeInvoice(desk);
  await pay(desk, id, 147_711);
  await desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'credit', on, reason: 'Outage' }, amara);
  await other?.invoicing.run({ period: '2026-10', ...amara });
  await other?.receivables.markSent(id, on, amara);
  const [credit] = await sharedRows<{ id: string }>('SELECT id FROM daybook.credits');
  return credit?.id ?? '';
}

/** November is closed in the shared database. */
const whileClosed = (work: () => Promise<void>): Promise<void> => withClient(ownerUrl, async (client) => {
  await client.query("INSERT INTO daybook.period_log (sequence, month, action, actor, at, four_eyes, head_sequence, head_hash, evidence, previous_hash, hash) VALUES (1, '2026-11', 'close', 'amara', 1, 'off', 0, repeat('0', 64), '{}', repeat('0', 64), repeat('1', 64))");
  try {
    await work();
  } finally {
    await client.query('ALTER TABLE daybook.period_log DISABLE TRIGGER USER');
    await client.query('DELETE FROM daybook.period_log');
    await client.query('ALTER TABLE daybook.period_log ENABLE TRIGGER USER');
  }
});

/** What one request came to: done, or the code of the refusal. */
const told = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: { code?: string }) => error.code ?? 'unexpected');

test.each(Object.keys(attempts) as (keyof typeof attempts)[])('every state × %s, as at a desk that works alone', async (attempt) => {
  expect(await outcomesOf(openDesk(), attempt)).toEqual(stateTable[attempt]);
});

describe('two desks at once', () => {
  test('never apply a receipt twice', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const { id } = await makeInvoice(one);
    await two.invoicing.run({ period: '2026-10', ...amara });
    const { actIds: [receipt = ''] } = await one.receivables.recordReceipt({ partyId: flatContract.partnerId, on, amountMinor: 100_000, currency: 'usd', bankReference: 'TRF 1', allocations: [] }, amara);
    await two.receivables.recordReceipt({ partyId: flatContract.partnerId, on, amountMinor: 1, currency: 'usd', bankReference: 'TRF 2', allocations: [] }, amara); // brings it what it lacks
    const apply = (desk: BillingDesk) => told(desk.receivables.applyReceipt(receipt, { on, allocations: [{ invoiceId: id, amountMinor: 60_000 }] }, amara));
    expect((await Promise.all([apply(one), apply(two)])).sort()).toEqual(['done', 'receipt-exceeded']);
    expect(await sharedRows('SELECT amount_paid_minor::int AS paid, status FROM daybook.invoices')).toEqual([{ paid: 60_000, status: 'partly_paid' }]);
  });

  test('never credit twice, number their notes without a gap, and end in the same books', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const { id } = await makeInvoice(one);
    await two.invoicing.run({ period: '2026-10', ...amara });
    const credit = (desk: BillingDesk) => told(desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 60_000 }], settlement: 'offset', on, reason: 'Too many days' }, amara));
    const outcomes = await Promise.all([credit(one), credit(two), credit(one), credit(two)]);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(2);
    expect(new Set(outcomes)).toEqual(new Set(['done', 'credit-exceeds-left']));
    expect(await sharedRows("SELECT document_number FROM daybook.receivable_acts WHERE kind = 'credit-note' ORDER BY 1")).toEqual([{ document_number: 'CN-2026-0001' }, { document_number: 'CN-2026-0002' }]);
    for (const desk of [one, two]) await desk.receivables.markSent(id, on, amara); // each learns what the other did
    for (const desk of [one, two]) desk.receivables.postMissing();
    expect(balanceLines(two)).toEqual(balanceLines(one));
  });

  test('credit a part of one line of an invoice whose rates have tax of opposite signs', async () => {
    const desk = openDesk();
    const id = await oppositeRates(desk);
    const credit = (lines: { lineIndex: number; netMinor: number }[] | null) => desk.receivables.credit(id, { lines, settlement: 'offset', on: '2026-11-18', reason: 'Too much' }, amara);
    await credit([{ lineIndex: 0, netMinor: 500 }]);
    await credit(null);
    expect(mustFind(desk, id)).toMatchObject({ status: 'paid', creditedMinor: 1_030 });
  });

  test('credit a month of which less than nothing was withheld, a part and then the rest', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    for (const desk of [one, two]) insertAmendment(desk.database, amendmentOf(flatContract, { id: 'a1', effectiveFrom: '2026-10-16', withholdingRateBasisPoints: 0 }));
    const { id } = await makeInvoice(one, false);
    const { stored, invoice: { version } } = one.drafts.read(id);
    await one.drafts.edit(id, version, [{ kind: 'change-line', lineId: stored.basis.lines[0]?.id ?? '', amountMinor: -20_000, reason: 'Taken back' }], amara);
    expect(await one.invoicing.finalise(id, amara)).toMatchObject({ withholdingMinor: -3_000 });
    await two.invoicing.run({ period: '2026-10', ...amara });
    const credit = (desk: BillingDesk, lines: { lineIndex: number; netMinor: number }[] | null) => told(desk.receivables.credit(id, { lines, settlement: 'offset', on, reason: 'Never used' }, amara));
    expect(await credit(one, [{ lineIndex: 1, netMinor: 40_000 }])).toBe('done');
    await two.receivables.markSent(id, on, amara); // learns what the other did
    expect([await credit(two, null), await credit(one, null)]).toEqual(['done', 'credit-exceeds-left']);
    expect(await sharedRows('SELECT status, amount_due_minor::int AS due FROM daybook.invoices')).toEqual([{ status: 'paid', due: 0 }]);
  });

  test('a reply that was lost is answered again, whoever asks', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const { id } = await makeInvoice(one);
    await two.invoicing.run({ period: '2026-10', ...amara });
    const command = { actor: 'amara', requestId: newId() };
    const lose = (desk: BillingDesk) => desk.receivables.writeOff(id, { amountMinor: 500, on, reason: 'Bank charges' }, command);
    const answers = await Promise.all([lose(one), lose(two), lose(one)]);
    expect(new Set(answers.map((answer) => answer.actIds[0])).size).toBe(1);
    expect(mustFind(two, id)).toMatchObject({ writtenOffMinor: 500 });
    expect(await sharedRows('SELECT count(*)::int AS count FROM daybook.receivable_acts')).toEqual([{ count: 1 }]);
  });

  test('a credit is used once, by whichever invoice is finalised first', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const { id } = await makeInvoice(one);
    await pay(one, id, 147_711);
    await one.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'credit', on, reason: 'Outage' }, amara);
    await Promise.all([one.invoicing.run({ period: '2026-08', finalise: true, ...amara }), two.invoicing.run({ period: '2026-09', finalise: true, ...amara })]);
    expect(await sharedRows("SELECT sum(amount_paid_minor)::int AS paid FROM daybook.invoices WHERE billing_month <> '2026-10'")).toEqual([{ paid: 10_600 }]);
    expect(await sharedRows('SELECT remaining_minor::int AS remaining FROM daybook.credits')).toEqual([{ remaining: 0 }]);
  });

  test('a credit is paid out once, whoever asks, and never beyond what an invoice has left of it; both desks end in the same books', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const creditId = await grantCredit(one, two); // 106.00
    const payOut = (desk: BillingDesk, amountMinor: number) => told(desk.receivables.payOutCredit({ creditId }, { amountMinor, on, bankReference: 'TRF 9' }, amara));
    const outcomes = await Promise.all([payOut(one, 6_000), payOut(two, 6_000), payOut(one, 6_000), payOut(two, 6_000)]);
    expect(outcomes.sort()).toEqual(['credit-payment-exceeds-left', 'credit-payment-exceeds-left', 'credit-payment-exceeds-left', 'done']);
    const [finalised, paid] = await Promise.all([two.invoicing.run({ period: '2026-09', finalise: true, ...amara }), payOut(one, 4_600)]);
    const used = mustFind(two, finalised.succeeded[0]?.invoiceId ?? '').paidMinor;
    expect([used, paid]).toEqual(used === 0 ? [0, 'done'] : [4_600, 'credit-payment-exceeds-left']);
    expect(await sharedRows('SELECT remaining_minor::int AS remaining FROM daybook.credits')).toEqual([{ remaining: 0 }]);
    await one.invoicing.run({ period: '2026-09', ...amara });
    const [october] = await sharedRows<{ id: string }>("SELECT id FROM daybook.invoices WHERE billing_month = '2026-10'");
    for (const desk of [one, two]) await desk.receivables.markSent(october?.id ?? '', on, amara); // each learns what the other did
    for (const desk of [one, two]) desk.receivables.postMissing();
    expect(balanceLines(two)).toEqual(balanceLines(one));
    expect(balanceLines(one).filter((line) => line.startsWith('2020'))).toEqual([]);
  });

  test('what is left of a receipt is applied or paid back, never both', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const { id } = await makeInvoice(one);
    await two.invoicing.run({ period: '2026-10', ...amara });
    const { actIds: [receiptId = ''] } = await one.receivables.recordReceipt({ partyId: flatContract.partnerId, on, amountMinor: 10_000, currency: 'usd', bankReference: 'TRF 1', allocations: [] }, amara);
    await two.receivables.recordReceipt({ partyId: flatContract.partnerId, on, amountMinor: 1, currency: 'usd', bankReference: 'TRF 2', allocations: [] }, amara); // brings it what it lacks
    const outcomes = await Promise.all([told(one.receivables.payOutCredit({ receiptId }, { amountMinor: 6_000, on, bankReference: 'TRF 9' }, amara)), told(two.receivables.applyReceipt(receiptId, { on, allocations: [{ invoiceId: id, amountMinor: 6_000 }] }, amara))]);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(['done', 'credit-payment-exceeds-left', 'receipt-exceeded']).toEqual(expect.arrayContaining(outcomes));
  });
});

describe('paying a credit out', () => {
  test('is refused with the codes and kinds of a desk that works alone, taken back, and answered again when its answer was lost', async () => {
    const desk = openDesk();
    const creditId = await grantCredit(desk);
    const payOut = (wish: { readonly amountMinor?: number; readonly on?: string }, act: Parameters<typeof desk.receivables.payOutCredit>[2] = amara) => desk.receivables.payOutCredit({ creditId }, { on, bankReference: 'TRF 9', ...wish }, act);
    // Asked of the shared database itself: this desk's own copy would say the same before it.
    const register = createPostgresReceivableRegister(connect(logins.accountantUrl));
    const ask = (intent: object) => register.record({ acts: [{ id: newId(), kind: 'credit-payment', creditId, amountMinor: 1, actedOn: localDate(on), reference: 'TRF 9', ...intent }], requestId: newId(), after: 0 });
    await expect(ask({ amountMinor: 10_601 })).rejects.toMatchObject({ code: 'credit-payment-exceeds-left', kind: 'conflict' });
    await expect(ask({ amountMinor: 0 })).rejects.toMatchObject({ code: 'act-invalid' });
    await expect(ask({ reference: ' ' })).rejects.toMatchObject({ code: 'act-invalid' });
    await expect(ask({ receiptId: newId() })).rejects.toMatchObject({ code: 'act-invalid' });
    await expect(ask({ actedOn: localDate('2026-11-17') })).rejects.toMatchObject({ code: 'act-date-invalid' });
    await expect(ask({ creditId: newId() })).rejects.toMatchObject({ code: 'credit-not-found', kind: 'not-found' });
    await expect(ask({ creditId: undefined, receiptId: newId() })).rejects.toMatchObject({ code: 'receipt-not-found' });
    const command = { actor: 'amara', requestId: newId() };
    const [first, again] = [await payOut({ amountMinor: 4_000 }, command), await payOut({ amountMinor: 4_000 }, command)];
    expect(again.actIds).toEqual(first.actIds);
    expect(await sharedRows('SELECT remaining_minor::int AS remaining FROM daybook.credits')).toEqual([{ remaining: 6_600 }]);
    expect(await sharedRows("SELECT entity, action, actor FROM daybook.audit_log WHERE action = 'credit-payment'")).toEqual([{ entity: 'invoice', action: 'credit-payment', actor: 'demo_accountant' }]);
    const [note] = await sharedRows<{ id: string }>("SELECT id FROM daybook.receivable_acts WHERE kind = 'credit-note'");
    expect(await told(desk.receivables.reverse(note?.id ?? '', { on, reason: 'By mistake' }, amara))).toBe('act-in-use');
    await desk.receivables.reverse(first.actIds[0] ?? '', { on, reason: 'By mistake' }, amara);
    expect(await sharedRows('SELECT remaining_minor::int AS remaining FROM daybook.credits')).toEqual([{ remaining: 10_600 }]);
    await desk.receivables.reverse(note?.id ?? '', { on, reason: 'By mistake' }, amara);
    await expect(ask({})).rejects.toMatchObject({ code: 'credit-not-found' });
  });

  test('on a day of a month that is closed there is refused, even to a desk that does not know it yet', async () => {
    const desk = openDesk();
    const creditId = await grantCredit(desk);
    await whileClosed(async () => {
      await expect(desk.receivables.payOutCredit({ creditId }, { on, bankReference: 'TRF 9' }, amara)).rejects.toMatchObject({ code: 'payment-month-closed', kind: 'state', message: '2026-11-18 lies in 2026-11, which is closed. Nothing was paid out.' });
    });
    await desk.receivables.payOutCredit({ creditId }, { on, bankReference: 'TRF 9' }, amara);
  });

  test.each(['financeUrl', 'managerUrl'] as const)('%s may not', async (login) => {
    const desk = openDesk();
    const creditId = await grantCredit(desk);
    const register = createPostgresReceivableRegister(connect(logins[login]));
    await expect(register.record({ acts: [{ id: newId(), kind: 'credit-payment', creditId, amountMinor: 1, actedOn: localDate(on), reference: 'TRF 9' }], requestId: newId(), after: 0 })).rejects.toMatchObject({ code: 'postgres-not-permitted' });
  });
});

describe('an invoice that comes to less than nothing', () => {
  test('is settled by a credit when it is finalised, which the next one uses up, whoever finalises; both desks end in the same books', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const { id, version } = await makeInvoice(one, false, '2026-09');
    await one.drafts.edit(id, version, [{ kind: 'change-line', lineId: 'flat-fee/API access, September 2026/1', amountMinor: -10_000, reason: 'Taken back' }], amara);
    // −100.00 − 21.00 tax + 15.00 withholding
    expect(await one.invoicing.finalise(id, amara)).toMatchObject({ dueMinor: -10_600, paidMinor: -10_600, status: 'paid' });
    expect(await sharedRows('SELECT remaining_minor::int AS remaining, reason FROM daybook.credits')).toEqual([{ remaining: 10_600, reason: 'API-202609-dp_pk_ABC: less than nothing was owed' }]);
    await two.invoicing.run({ period: '2026-09', ...amara });
    const october = await makeInvoice(two);
    expect(october).toMatchObject({ dueMinor: 147_711, paidMinor: 10_600, status: 'partly_paid' });
    await one.invoicing.run({ period: '2026-10', ...amara });
    expect(await told(one.invoicing.void(id, 'Wrong', amara))).toBe('act-in-use');
    for (const desk of [one, two]) await desk.receivables.markSent(october.id, on, amara); // each learns what the other did
    for (const desk of [one, two]) desk.invoicing.postMissing();
    for (const desk of [one, two]) desk.receivables.postMissing();
    expect(balanceLines(two)).toEqual(balanceLines(one));
    await two.invoicing.void(october.id, 'Wrong', amara);
    expect(await two.invoicing.void(id, 'Wrong', amara)).toMatchObject({ status: 'void', paidMinor: 0 });
    expect(balanceLines(two)).toEqual([]);
    expect(await sharedRows('SELECT remaining_minor::int AS remaining FROM daybook.credits')).toEqual([{ remaining: 0 }]);
  });
});

test('no document is issued on a day of a month that is closed there, even by a desk that does not know it yet', async () => {
  const desk = openDesk();
  const [september, october] = [await makeInvoice(desk, true, '2026-09'), await makeInvoice(desk, false)];
  await desk.drafts.edit(october.id, october.version, [{ kind: 'set-details', issueDate: '2026-11-02' }], amara);
  await whileClosed(async () => {
    const refusal = { code: 'issue-month-closed', kind: 'state', message: expect.stringContaining('2026-11-02 lies in 2026-11, which is closed') as string };
    await expect(desk.invoicing.finalise(october.id, amara)).rejects.toMatchObject(refusal);
    expect(await told(desk.receivables.credit(september.id, { lines: null, settlement: 'offset', on, reason: 'Never used' }, amara))).toBe('issue-month-closed');
    // Nothing of it stays: neither the number nor the note.
    expect(await sharedRows("SELECT count(*)::int AS notes, (SELECT count(*)::int FROM daybook.invoices WHERE status = 'draft') AS drafts FROM daybook.receivable_acts")).toEqual([{ notes: 0, drafts: 1 }]);
  });
  expect(await desk.invoicing.finalise(october.id, amara)).toMatchObject({ status: 'finalised', issueDate: '2026-11-02' });
});

describe('a draft of two desks', () => {
  const october = { period: '2026-10', ...amara };
  const line = 'flat-fee/API access, October 2026/1';
  const capped = { kind: 'change-line', lineId: line, amountMinor: 100_000, reason: 'Cap' } as const;

  test('keeps its edits through billing runs of either, is edited once a version, and finalised as it stands', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const { id, version } = await makeInvoice(one, false);
    await two.invoicing.run(october);
    const edit = (desk: BillingDesk, notes: string) => told(desk.drafts.edit(id, version, [capped, { kind: 'set-details', notes }], amara));
    expect((await Promise.all([edit(one, 'One'), edit(two, 'Two')])).sort()).toEqual(['done', 'invoice-changed']);
    // A run that knows of no edits looks again and keeps them.
    for (const desk of [one, two]) expect((await desk.invoicing.run(october)).failed).toEqual([]);
    expect([mustFind(one, id).subtotalMinor, mustFind(two, id)]).toEqual([100_000, mustFind(one, id)]);
    expect(await two.invoicing.finalise(id, amara)).toMatchObject({ status: 'finalised', dueMinor: 106_000 });
    expect(await told(one.drafts.edit(id, mustFind(one, id).version, [capped], amara))).toBe('invoice-state');
  });

  test('of a typed customer is the customer’s of the new name at both once the name is corrected', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const customer = { kind: 'typed', name: 'Halden', legalName: null, address: [], country: 'DE', email: null, taxNumber: null } as const;
    const { invoice: { id, version, partyId } } = await one.drafts.createOneOff({ id: newId(), customer, currency: 'usd', paymentTermsDays: 14 }, amara);
    const { invoice } = await one.drafts.edit(id, version, [{ kind: 'set-customer', name: 'Halden Verlag' }], amara);
    expect(invoice.partyId).not.toBe(partyId);
    expect(await two.register.find(id)).toMatchObject({ partyId: invoice.partyId, snapshot: { customer: { name: 'Halden Verlag' } } });
  });

  test('that was answered and lost is not edited again', async () => {
    const desk = openDesk();
    const { id, version } = await makeInvoice(desk, false);
    const command = { actor: 'amara', requestId: newId() };
    await desk.drafts.edit(id, version, [capped], command);
    const draft = mustFind(desk, id);
    expect((await desk.register.editDraft({ draft, version, requestId: command.requestId })).outcome).toBe('unchanged');
  });
});

describe('the doors', () => {
  test.each(['financeUrl', 'managerUrl', 'relayUrl'] as const)('%s may not record acts', async (login) => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    const register = createPostgresReceivableRegister(connect(logins[login]));
    await expect(register.record({ acts: [{ id: newId(), kind: 'sent', invoiceId: id, actedOn: '2026-11-18' as never }], requestId: newId(), after: 0 })).rejects.toMatchObject({ code: 'postgres-not-permitted' });
  });

  test('an act is never changed, not even by its owner, and inner functions are closed', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    await pay(desk, id, 100);
    await expect(sharedRows("UPDATE daybook.receivable_acts SET amount_minor = 1")).rejects.toMatchObject({ detail: 'receivable-act-immutable' });
    const admin = connect(logins.adminUrl);
    for (const statement of ["SELECT daybook.record_receivable_act('{}', NULL)", `SELECT daybook.settle_invoice('${id}')`, `SELECT daybook.apply_credits('${id}', NULL)`, 'DELETE FROM daybook.receivable_acts']) {
      await expect(admin.query(statement)).rejects.toMatchObject({ code: 'postgres-not-permitted' });
    }
  });

  test('the limit of small rests is an admin’s to set, and holds for all', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const { id } = await makeInvoice(one);
    expect(await told(one.receivables.setWriteOffLimit(2_000, amara))).toBe('postgres-not-permitted');
    await two.receivables.setWriteOffLimit(2_000, amara);
    expect(await one.receivables.writeOffLimit()).toBe(2_000);
    expect(await told(one.receivables.writeOff(id, { amountMinor: 2_000, on, reason: 'Bank charges' }, amara))).toBe('done');
    await two.receivables.setWriteOffLimit(1_000, amara);
  });

  test('each act is in the audit chain under the login that did it', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk);
    await pay(desk, id, 100);
    expect((await sharedRows<{ action: string; actor: string }>('SELECT action, actor FROM daybook.audit_log ORDER BY id')).map((row) => [row.action, row.actor])).toEqual(['create-draft', 'finalise', 'receipt', 'allocation'].map((action) => [action, 'demo_accountant']));
  });
});
