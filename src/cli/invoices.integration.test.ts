/** The life of invoices from the command line: two people on two machines and one shared ledger. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../../sandbox/world.ts';
import type { Why } from '../shared/api/primitives.ts';
import { openDemoDesk, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { digestOfLedger } from '../main/testing/ledger-digest.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

interface Standing {
  id: string;
  number: string;
  status: string;
  dueMinor: number;
  paidMinor: number;
  currency: string;
  acts: { id: string; kind: string }[];
}
interface Answer {
  actIds: string[];
  invoices: Standing[];
}
interface Draft {
  id: string;
  version: number;
  lines: { description: string }[];
  totals: { payableMinor: number };
}
interface Ageing {
  rows: { customerName: string; totalMinor: number; currency: string }[];
  accounts: { currency: string; balanceMinor: number; differenceMinor: number; othersMinor: number }[];
}

const folder = makeTemporaryFolder();
let world: World;
let amara: CliDesk;
let ben: CliDesk;
let numbers: string[];

beforeAll(async () => {
  world = await startWorld({ size: 'small', seed: 1 });
  amara = openDemoDesk(world, join(folder.path, 'amara'));
  ben = openDemoDesk(world, join(folder.path, 'ben')).with({ DAYBOOK_POSTGRES_URL: world.document.postgres.adminUrl });
  await fine(amara, 'sync', 'postgres');
  const run = await fine<{ succeeded: { number: string; dueMinor: number }[] }>(amara, 'bill', 'partners', '--period', '2026-10', '--finalise');
  numbers = run.succeeded.filter((outcome) => outcome.dueMinor > 10_000).map((outcome) => outcome.number);
});
afterAll(async () => {
  await world?.stop();
  folder[Symbol.dispose]();
});

async function fine<Result>(desk: CliDesk, ...args: string[]): Promise<Result> {
  const { code, answer } = await desk.json<Result>(...args);
  expect([code, JSON.stringify(answer).slice(0, 300)]).toEqual([0, expect.any(String)]);
  return answer;
}
const refused = async (desk: CliDesk, ...args: string[]): Promise<string> => (await desk.json<ErrorDocument>(...args)).answer.error.code;
const invoice = (desk: CliDesk, ...args: string[]) => fine<Answer>(desk, 'invoices', ...args);
const standing = (desk: CliDesk, number: string) => fine<Standing>(desk, 'invoices', 'standing', number);

describe('two desks', () => {
  test('pay, credit, give up and take back, and hold the same journal, sealed', async () => {
    const [first = '', second = ''] = numbers;
    await fine(ben, 'sync', 'postgres');
    const paid = await invoice(amara, 'pay', `${first}=50.00`, '--on', '2026-11-18', '--reference', 'TRF 1');
    expect(paid.invoices).toMatchObject([{ number: first, status: 'partly_paid', paidMinor: 5_000 }]);
    const credited = await invoice(ben, 'credit', first, '--line', '1=10.00', '--reason', 'Outage');
    expect(credited.invoices[0]?.acts.map((act) => act.kind)).toEqual(['allocation', 'credit-note']);
    await invoice(amara, 'uncollectible', second, '--reason', 'Insolvent');
    expect(await refused(ben, 'invoices', 'pay', `${second}=999999.00`, '--on', '2026-11-18', '--reference', 'TRF 2')).toBe('allocation-exceeds-due');
    await invoice(ben, 'unapply', paid.actIds[1] ?? '', '--reason', 'Other customer');
    await fine(amara, 'sync', 'postgres');
    await fine(ben, 'sync', 'postgres');
    expect(await standing(amara, first)).toEqual(await standing(ben, first));
    const journalOf = (desk: CliDesk) => digestOfLedger(join(desk.dataFolder, 'ledger.sqlite'));
    const [one, two] = [journalOf(amara), journalOf(ben)];
    expect([one['journal_entries'], one['receivable_acts'], one['invoices']]).toEqual([two['journal_entries'], two['receivable_acts'], two['invoices']]);
    await fine(amara, 'ledger', 'verify');
  });

  test('age the same, and as the receivable account says', async () => {
    const [one, two] = [await fine<Ageing>(amara, 'invoices', 'ageing'), await fine<Ageing>(ben, 'invoices', 'ageing')];
    expect(one).toEqual(two);
    expect(one.accounts.length).toBeGreaterThan(0);
    expect(one.accounts.filter((account) => account.differenceMinor !== 0)).toEqual([]);
    // With what Stripe's customers owe it is the account of the trial balance.
    const { rows } = await fine<{ rows: { accountCode: string; currency: string; balanceMinor: number }[] }>(amara, 'ledger', 'trial-balance');
    const receivable = rows.filter((row) => row.accountCode === '1200-accounts-receivable' && row.balanceMinor !== 0).map(({ currency, balanceMinor }) => ({ currency, balanceMinor }));
    expect(one.accounts.map(({ currency, balanceMinor, othersMinor }) => ({ currency, balanceMinor: balanceMinor + othersMinor }))).toEqual(receivable);
  });

  test('leave no empty draft behind where its lines cannot be written', async () => {
    expect(await refused(amara, 'one-off', 'new', '--name', 'Too Much Ltd', '--country', 'DE', '--currency', 'EUR', '--add-line', '99999999999x999999:Everything')).toBe('draft-amount-too-large');
    const { invoices } = await fine<{ invoices: { customerName: string; status: string; number: string | null }[] }>(amara, 'invoices', 'list');
    expect(invoices.filter((each) => each.customerName === 'Too Much Ltd' && each.status !== 'void')).toEqual([]);
  });

  test('discard a draft that nobody wants', async () => {
    const { id } = await fine<Draft>(amara, 'one-off', 'new', '--name', 'Written Twice', '--currency', 'EUR', '--add-line', '1x100:Onboarding');
    expect(await fine(amara, 'invoices', 'discard', id, '--reason', 'Written twice')).toEqual({ id });
    expect(await refused(amara, 'invoices', 'edit', id)).toBe('invoice-state');
  });

  test('write a one-off invoice together: who edits an old version is told', async () => {
    const draft = await fine<Draft>(amara, 'one-off', 'new', '--name', 'Halden Verlag', '--country', 'DE', '--currency', 'EUR', '--add-line', '3x100:Onboarding');
    expect(draft).toMatchObject({ lines: [{ description: 'Onboarding' }] });
    await fine(ben, 'sync', 'postgres');
    const edited = await fine<Draft>(ben, 'invoices', 'edit', draft.id, '--add-line', '50:Travel', '--legal-name', 'Halden Verlag GmbH', '--address', 'Spreeufer 5', '10178 Berlin');
    expect(edited).toMatchObject({ customer: { name: 'Halden Verlag', legalName: 'Halden Verlag GmbH', address: ['Spreeufer 5', '10178 Berlin'], country: 'DE' } });
    expect(await refused(amara, 'invoices', 'edit', draft.id, '--notes', 'Thank you')).toBe('invoice-changed');
    await fine(amara, 'sync', 'postgres');
    await fine(amara, 'invoices', 'edit', draft.id, '--notes', 'Thank you');
    const finalised = await fine<Standing>(amara, 'invoices', 'finalise', draft.id);
    expect(finalised).toMatchObject({ number: 'INV-2026-0001', status: 'finalised' });
    expect((await invoice(amara, 'pay', 'INV-2026-0001', '--on', '2026-11-18', '--reference', 'SEPA 1')).invoices).toMatchObject([{ status: 'paid', dueMinor: 0 }]);
  });

  test('pay a customer’s credit out once, and back what is left of a receipt', async () => {
    const number = 'INV-2026-0001';
    await invoice(amara, 'credit', number, '--settle', 'credit', '--reason', 'Never held');
    const receipt = await fine<Answer>(amara, 'invoices', 'pay', '--on', '2026-11-18', '--reference', 'SEPA 2', '--amount', '20.00', '--currency', 'EUR', '--customer', (await fine<{ partyId: string }>(amara, 'invoices', 'standing', number)).partyId);
    await fine(ben, 'sync', 'postgres');
    interface Credit { document: string; grantedMinor: number; usedMinor: number; paidOutMinor: number; leftMinor: number }
    const credits = async (desk: CliDesk) => (await fine<{ credits: Credit[] }>(desk, 'invoices', 'credits')).credits;
    const [credit] = await credits(ben);
    const { document = '', leftMinor = 0 } = credit ?? {};
    expect(leftMinor).toBeGreaterThan(1_000);
    const preview = await fine<{ leftMinor: number; amountMinor: number; postings: { accountCode: string; direction: string; amount: { amount: number } }[] }>(ben, 'invoices', 'pay-out', document, '--amount', '10.00', '--dry-run');
    expect(preview).toMatchObject({ leftMinor, amountMinor: 1_000, postings: [{ accountCode: '2020-customer-credit-balance', direction: 'debit', amount: { amount: 1_000 } }, { accountCode: '1000-bank', direction: 'credit', amount: { amount: 1_000 } }] });
    expect(await refused(ben, 'invoices', 'pay-out', document)).toBe('input-invalid');
    expect(await refused(ben, 'invoices', 'pay-out', 'CN-1999-0001', '--reference', 'OUT 1')).toBe('credit-not-found');
    const paid = await invoice(ben, 'pay-out', document, '--reference', 'OUT 1');
    expect(paid.invoices[0]?.acts.at(-1)?.kind).toBe('credit-payment');
    // Amara's desk has not heard of it; the shared database has.
    expect(await refused(amara, 'invoices', 'pay-out', document, '--reference', 'OUT 2')).toBe('credit-payment-exceeds-left');
    expect(await credits(ben)).toMatchObject([{ document, grantedMinor: leftMinor, usedMinor: 0, paidOutMinor: leftMinor, leftMinor: 0 }]);
    await invoice(amara, 'pay-out', receipt.actIds[0] ?? '', '--amount', '5.00', '--reference', 'OUT 3');
    const { receipts } = await fine<{ receipts: { id: string; unapplied: { amount: number } }[] }>(amara, 'invoices', 'receipts', '--unapplied');
    expect(receipts.find((each) => each.id === receipt.actIds[0])).toMatchObject({ unapplied: { amount: 1_500 } });
    await invoice(ben, 'unapply', paid.actIds[0] ?? '', '--reason', 'Came back');
    expect(await credits(ben)).toMatchObject([{ leftMinor, paidOutMinor: 0 }]);
  });

  test('ask why: every figure of an invoice and of ageing, and what is listed sums to it', async () => {
    const [first = ''] = numbers;
    const shown = await fine<{ lines: object[]; totalMinor: number; why: Why[] }>(amara, 'invoices', 'show', first, '--why');
    expect(shown.why.map((why) => why.title)).toEqual(expect.arrayContaining(['Subtotal', 'Tax', 'Total', 'Payable', 'Paid', 'Credited', 'Due']));
    const sumOf = (why: Why | undefined) => why?.inputs.reduce((sum, input) => sum + (input.amount?.amount ?? 0), 0);
    expect(sumOf(shown.why.find((why) => why.title === 'Total'))).toBe(shown.totalMinor);
    expect(sumOf(shown.why.find((why) => why.title === 'Due'))).toBe((await standing(amara, first)).dueMinor);
    const { why } = await fine<{ why: Why[] }>(amara, 'invoices', 'ageing', '--why');
    expect(why.map((each) => each.title)).toEqual(expect.arrayContaining([expect.stringMatching(/^Open, /), expect.stringMatching(/^Accounts receivable, /)]));
    expect(why.flatMap((each) => each.caveats)).toEqual([]);
    const { stdout } = await amara.run('invoices', 'show', first, '--why');
    expect(stdout).toContain('Rounding: ');
  });

  test('save one-off invoices as one archive, and are asked which where nothing is named', async () => {
    const archive = join(folder.path, 'one-off.zip');
    expect(await fine(amara, 'invoices', 'zip', '--origin', 'one-off', '--from', '2026-01-01', '--out', archive)).toEqual({ file: archive, invoices: 1 });
    expect(Object.keys(unzipSync(readFileSync(archive)))).toEqual(['INV-2026-0001.pdf']);
    expect(await refused(amara, 'invoices', 'zip')).toBe('usage-invalid');
  });

  test('round tax alike: a draft of before says so, and takes the rounding over', async () => {
    interface Rounded extends Draft { taxRounding: string; totals: { payableMinor: number; taxMinor: number }; problems: { code: string }[] }
    // 19 % of 0.03: 0.01 of each by itself, 0.01 of both together.
    const draft = await fine<Rounded>(amara, 'one-off', 'new', '--name', 'Cent Works', '--country', 'DE', '--currency', 'EUR', '--add-line', '1x0.03:First', '1x0.03:Second');
    expect(draft).toMatchObject({ taxRounding: 'per-invoice', totals: { taxMinor: 1 }, problems: [] });
    expect(await fine(ben, 'bill', 'tax-rounding', 'line')).toEqual({ taxRounding: 'per-line' });
    await fine(amara, 'sync', 'postgres');
    expect(await fine(amara, 'invoices', 'edit', draft.id)).toMatchObject({ taxRounding: 'per-invoice', totals: { taxMinor: 1 }, problems: [{ code: 'tax-rounding-changed' }] });
    expect(await refused(amara, 'invoices', 'finalise', draft.id)).toBe('tax-rounding-changed');
    expect(await fine(amara, 'invoices', 'edit', draft.id, '--take-records')).toMatchObject({ taxRounding: 'per-line', totals: { taxMinor: 2 }, problems: [] });
    expect(await fine<Standing>(amara, 'invoices', 'finalise', draft.id)).toMatchObject({ status: 'finalised' });
    await fine(ben, 'bill', 'tax-rounding', 'invoice');
    await fine(amara, 'sync', 'postgres');
  });
});
