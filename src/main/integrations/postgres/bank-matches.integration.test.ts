/** Two desks that match the same payout, on a real PostgreSQL: it arrives once. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { fixedClock } from '../../../shared/calendar/clock.ts';
import { createAuditLog } from '../../audit/audit-log.ts';
import { composeBanking, type Banking } from '../../composition/banking.ts';
import { sql } from '../../database/handles.ts';
import { accountCodes } from '../../ledger/account-codes.ts';
import { readChartOfAccounts } from '../../ledger/chart-of-accounts.ts';
import { createJournal } from '../../ledger/journal.ts';
import { ensureAccounts } from '../../ledger/journal.repository.ts';
import { createProvisionalSealer } from '../../ledger/provisional-sealer.ts';
import { unattended } from '../../platform/work-control.ts';
import { listBankLines } from '../../reporting/banking.queries.ts';
import { camtFile } from '../../testing/bank-files.ts';
import { openSealingDesk, saleOn, type SealingDesk } from '../../testing/sealing-desk.ts';
import { migratePostgres } from './postgres-migrations.ts';

const now = '2026-11-18T14:14:00Z';
let server: RunningPostgres;
let logins: DemoLogins;
let databases = 0;
const open: SealingDesk[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
afterEach(async () => {
  for (const desk of open.splice(0)) await desk[Symbol.asyncDispose]();
});

interface Desk {
  readonly sealing: SealingDesk;
  readonly banking: Banking;
  readonly act: { readonly actor: string; readonly requestId: string };
  idOf(amountMinor: number, on?: string): string;
  /** Seals and copies, then ends what the books overrule. */
  exchange(): Promise<string[]>;
  balances(): string[];
}

const nobody = (): never => {
  throw new Error('No customer pays here.');
};
const insertPayout = sql('test.payout', "INSERT INTO stripe_payouts (id, amount_minor, currency, status, balance_transaction_id, arrival_at, created_at, observed_at, raw) VALUES (?, ?, 'usd', 'paid', ?, ?, ?, 0, '{}')");
const arrival = Date.parse('2026-11-17T00:00:00Z');
const statement = camtFile([{
  id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '1000.00', closing: '3394.00',
  entries: [{ amount: '1204.50', text: 'STRIPE po_first1', reference: 'B-1' }, { amount: '1189.50', text: 'STRIPE', reference: 'B-2', on: '2026-11-16' }],
}]);

async function deskOf(login: keyof DemoLogins, name: string): Promise<Desk> {
  const sealing = openSealingDesk({ url: logins[login], name, now });
  open.push(sealing);
  const { database, ledger } = sealing;
  const clock = fixedClock(Date.parse(now));
  const journal = createJournal({ clock, sealer: createProvisionalSealer() });
  database.unitOfWork.run('test.chart', (writable) => ensureAccounts(writable, readChartOfAccounts()));
  const banking = composeBanking({ database, journal, audit: createAuditLog({ clock }), clock, receivables: { recordReceipt: nobody, payOutCredit: nobody, reverse: nobody }, receivableViews: { receipt: nobody }, functionalCurrency: () => 'usd' });
  database.unitOfWork.run('test.payout', (writable) => writable.run(insertPayout, ['po_first1', 120_450, 'txn_one', arrival, arrival - 2 * 86_400_000]));
  const [debit, credit] = saleOn('2026-11-15', 'po', 120_450).postings;
  if (!debit || !credit) throw new Error('A sale has two sides.');
  sealing.post({ key: 'stripe/acct_1/test/txn_one/payout', entryDate: saleOn('2026-11-15', 'po').entryDate, kind: 'payout', sourceType: 'stripe-balance-transaction', sourceId: 'txn_one', memo: 'Payout', postings: [{ ...debit, accountCode: accountCodes.cashInTransit }, { ...credit, accountCode: accountCodes.stripeClearing, partyId: null }] });
  await sealing.exchange();
  const file = join(ledger.folder, 'statement.xml');
  writeFileSync(file, statement);
  await banking.imports.importFile({ file, fileName: 'statement.xml' }, name, unattended);
  return {
    sealing, banking, act: { actor: name, requestId: randomUUID() },
    idOf: (amountMinor) => listBankLines(database, { startAt: 0, limit: 10 }).rows.find((line) => line.amount.amount === amountMinor)?.id ?? '',
    async exchange() {
      await sealing.exchange();
      return (await banking.matching.endOverruled(name)).map((match) => match.because);
    },
    balances: () => sealing.rows<{ text: string }>("SELECT account_code || ' ' || sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) AS text FROM postings GROUP BY account_code HAVING sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) <> 0 ORDER BY account_code").map((row) => row.text),
  };
}

async function twoDesks(second: keyof DemoLogins = 'accountantUrl'): Promise<readonly [Desk, Desk]> {
  databases += 1;
  const ownerUrl = await server.createDatabase(`bank_matches_${databases}`);
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
  await withClient(ownerUrl, (client) => client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone, fixed_present) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York', '2026-11-18T15:00:00Z')"));
  return [await deskOf('accountantUrl', 'amara'), await deskOf(second, 'ben')];
}

const openAmounts = ({ sealing }: Desk): number[] => listBankLines(sealing.database, { startAt: 0, limit: 10, filter: { state: 'open' } }).rows.map((line) => line.amount.amount).toSorted((a, b) => a - b);
const reviews = ({ sealing }: Desk) => sealing.rows<{ code: string; isOpen: number }>('SELECT code, settled_at IS NULL AS isOpen FROM review_items ORDER BY code').map(({ code, isOpen }) => `${code} ${isOpen}`);
const payout = { kind: 'payout' as const, id: 'po_first1' };
const arrived = ['1000-bank 120450', '1100-stripe-clearing -120450'];
const inTransit = ['1020-cash-in-transit 120450', '1100-stripe-clearing -120450'];

test('with other lines: the first one stands, the other is taken back and says so; tied to the same line afterwards nothing is posted again', async () => {
  const [one, two] = await twoDesks();
  await one.banking.matching.match({ lineIds: [one.idOf(120_450)], parts: [payout] }, one.act);
  await two.banking.matching.match({ lineIds: [two.idOf(118_950)], parts: [payout], residualAccount: '5000-payment-fees' }, two.act);
  expect(await one.exchange()).toEqual([]);
  // The difference was sealed in the same exchange that refused the arrival; its reversal goes out with the next.
  expect(await two.exchange()).toEqual(['Another desk has said of the payout po_first1 with which bank lines it arrived, and was first.']);
  expect(await two.exchange()).toEqual([]);
  expect(two.balances()).toEqual(arrived);
  expect(openAmounts(two)).toEqual([118_950, 120_450]);
  expect(reviews(two)).toEqual(['bank-match-overruled 1', 'entry-input-changed 0']);

  await expect(two.banking.matching.match({ lineIds: [two.idOf(118_950)], parts: [payout], residualAccount: '5000-payment-fees' }, two.act)).rejects.toMatchObject({ code: 'bank-payout-arrived' });
  expect(two.banking.matching.candidates({ currency: 'usd', on: '2026-11-17', amountMinor: 120_450 })).toMatchObject([{ id: 'po_first1', isArrived: true }]);
  expect(await two.banking.matching.matchAutomatically('ben', unattended)).toMatchObject({ matched: 1, failed: [] });
  expect(await two.exchange()).toEqual([]);
  expect(openAmounts(two)).toEqual([118_950]);
  await one.exchange();
  expect([one.balances(), two.balances()]).toEqual([arrived, arrived]);
  expect(two.sealing.rows('SELECT * FROM provisional_entries')).toEqual([]);
  for (const { sealing } of [one, two]) expect(await sealing.verify()).toMatchObject({ isSound: true });
});

test('with the same line at the same time it is one fact; taken back at one desk, the other desk’s match ends as well, and it can arrive again', async () => {
  const [one, two] = await twoDesks('financeUrl');
  for (const desk of [one, two]) await desk.banking.matching.match({ lineIds: [desk.idOf(120_450)], parts: [payout] }, desk.act);
  expect(await Promise.all([one.exchange(), two.exchange()])).toEqual([[], []]);
  await one.exchange();
  expect([one.balances(), two.balances()]).toEqual([arrived, arrived]);
  expect([openAmounts(one), openAmounts(two)]).toEqual([[118_950], [118_950]]);

  const [{ id }] = two.sealing.rows<{ id: string }>('SELECT id FROM bank_matches') as [{ id: string }];
  await two.banking.matching.unmatch(id, 'Not this one', two.act);
  await two.exchange();
  expect(await one.exchange()).toEqual(['The arrival of the payout po_first1 was taken back at another desk.']);
  expect([one.balances(), two.balances()]).toEqual([inTransit, inTransit]);
  expect(openAmounts(one)).toEqual([118_950, 120_450]);

  await one.banking.matching.match({ lineIds: [one.idOf(120_450)], parts: [payout] }, one.act);
  await one.exchange();
  await two.exchange();
  expect([one.balances(), two.balances()]).toEqual([arrived, arrived]);
  expect(one.sealing.rows<{ key: string }>("SELECT idempotency_key AS key FROM journal_entries WHERE source_type = 'bank-payout' ORDER BY ledger_sequence").map(({ key }) => key)).toEqual(['bank-payout/po_first1/1', 'bank-payout/po_first1/1/reversal', 'bank-payout/po_first1/2']);
});

test('finance has an arrival sealed, and nothing else under its name', async () => {
  const [, two] = await twoDesks('financeUrl');
  await two.banking.matching.match({ lineIds: [two.idOf(120_450)], parts: [payout] }, two.act);
  await two.exchange();
  expect(two.balances()).toEqual(arrived);
  two.sealing.post(saleOn('2026-11-15', 'po_two', 100, { key: 'bank-payout/po_two/1', sourceType: 'bank-payout', sourceId: 'po_two' }));
  await expect(two.sealing.exchange()).rejects.toMatchObject({ message: expect.stringContaining('own accounts') });
});

test('finance has it sealed that a payment to a customer went out of another bank account, and to no other account', async () => {
  const [, two] = await twoDesks('financeUrl');
  const sale = saleOn('2026-11-15', 'repaid', 100);
  const [debit, credit] = sale.postings;
  if (!debit || !credit) throw new Error('A sale has two sides.');
  const moved = { ...sale, kind: 'bank-transfer', sourceType: 'bank-match', sourceId: 'one' };
  two.sealing.post({ ...moved, key: 'bank-match/one/repayment/act', postings: [{ ...debit, accountCode: accountCodes.bank }, { ...credit, accountCode: accountCodes.paystackClearing, partyId: null }] });
  await two.sealing.exchange();
  expect(two.balances()).toEqual(expect.arrayContaining(['1000-bank 100', '1110-paystack-clearing -100']));
  two.sealing.post(saleOn('2026-11-15', 'other', 100, { key: 'bank-match/two/repayment/act', sourceType: 'bank-match', sourceId: 'two' }));
  await expect(two.sealing.exchange()).rejects.toMatchObject({ message: expect.stringContaining('own accounts') as string });
});
