/** The commands that read the books and write them into files, as a person types them, on the demo company's books. */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCliDesk, startOwner, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { openReadingDesk, readingNow } from '../main/testing/reading-desk.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

const folder = makeTemporaryFolder();
let desk: CliDesk;

beforeAll(async () => {
  await using books = await openReadingDesk(1);
  const dataFolder = join(folder.path, 'desk');
  mkdirSync(dataFolder, { mode: 0o700 });
  books.database.connection.prepare('VACUUM INTO ?').run(join(dataFolder, 'ledger.sqlite'));
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify({ now: new Date(readingNow).toISOString(), reportingTimeZone: 'America/New_York', functionalCurrency: 'usd' }), { mode: 0o600 });
  desk = openCliDesk(dataFolder, {});
});
afterAll(() => folder[Symbol.dispose]());

/** Fine for a person, one document for a program. */
async function reads<Answer>(args: readonly string[], human: RegExp): Promise<Answer> {
  const said = await desk.run(...args);
  expect([said.code, said.stderr]).toEqual([0, '']);
  expect(said.stdout).toMatch(human);
  expect(said.stdout).not.toMatch(/undefined|NaN|\[object/);
  const { code, answer } = await desk.json<Answer>(...args);
  expect(code).toBe(0);
  return answer;
}

describe('the books', () => {
  interface Statement {
    openingMinor: number;
    closingMinor: number;
    total: number;
    rows: { entryId: string; sequence: number; balanceMinor: number }[];
  }

  test('statement, entries and one entry', async () => {
    const statement = await reads<Statement>(['ledger', 'statement', '--account', '1100-stripe-clearing', '--currency', 'USD', '--limit', '1000'], /^Stripe clearing .+ in USD[^]+Opening balance[^]+Closing balance/);
    expect(statement.rows).toHaveLength(Math.min(1_000, statement.total));
    const month = await reads<Statement>(['ledger', 'statement', '--account', '1100-stripe-clearing', '--currency', 'usd', '--from', '2026-10-01', '--to', '2026-10-31'], /2026-10-/);
    expect(month.rows.at(-1)?.balanceMinor).toBe(month.closingMinor);
    const entries = await reads<{ entries: { id: string; kind: string; sequence: number }[]; total: number }>(['ledger', 'entries', '--kind', 'payout', '--month', '2026-10', '--limit', '5'], /Payout po_/);
    expect(entries.entries.map((entry) => entry.kind)).toEqual(Array(5).fill('payout'));
    const { entries: [first] } = entries;
    const entry = await reads<{ id: string; hash: string }>(['ledger', 'show', first?.id ?? ''], /Cash in transit[^]+From +balance-transaction/);
    expect((await desk.json<{ hash: string }>('ledger', 'show', String(first?.sequence))).answer.hash).toBe(entry.hash);
  });

  test.each([
    [['ledger', 'statement', '--account', '1100-stripe-clearing'], 2, 'currency-needed'],
    [['ledger', 'statement', '--account', 'petty-cash'], 1, 'account-not-found'],
    [['ledger', 'statement'], 2, 'usage-invalid'],
    [['ledger', 'trial-balance', '--known-at', 'yesterday'], 2, 'usage-invalid'],
    [['ledger', 'trial-balance', '--known-at', '2020-01-01T00:00:00Z'], 2, 'not-known-then'],
    [['ledger', 'export', '--format', 'ledger-cli'], 2, 'usage-invalid'],
    [['ledger', 'export', '--format', 'csv'], 2, 'output-needed'],
    [['payments', 'list', '--currency', 'gold'], 2, 'usage-invalid'],
    [['payments', 'show', 'ch_nobody'], 1, 'payment-not-found'],
    [['customers', 'list', '--country', 'Ireland'], 2, 'input-invalid'],
    [['customers', 'show', 'cus_nobody'], 1, 'customer-not-found'],
  ] as const)('%j ends with %i and %s', async (args, code, errorCode) => {
    expect(await desk.json<ErrorDocument>(...args)).toMatchObject({ code, answer: { error: { code: errorCode } } });
  });
});

describe('ledger export', () => {
  test('writes the same to the standard output, to a file and into a folder, for its user alone', async () => {
    const into = join(folder.path, 'exports');
    mkdirSync(into);
    for (const [format, name] of [['hledger', 'ledger-2026-11-18.journal'], ['beancount', 'ledger-2026-11-18.beancount'], ['csv', 'ledger-2026-11-18.csv']] as const) {
      const { stdout, code } = await desk.run('ledger', 'export', '--format', format);
      expect(code).toBe(0);
      const file = join(folder.path, `mine.${format}`);
      const { answer } = await desk.json<{ file: string; entries: number; asOf: string }>('ledger', 'export', '--format', format, '--output', file);
      expect(answer).toMatchObject({ file, asOf: '2026-11-18' });
      expect(readFileSync(file, 'utf8')).toBe(stdout);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect((await desk.run('ledger', 'export', '--format', format, '--output', into)).stdout).toContain(join(into, name));
      expect(readFileSync(join(into, name), 'utf8')).toBe(stdout);
    }
    expect(readdirSync(into).sort()).toEqual(['ledger-2026-11-18.beancount', 'ledger-2026-11-18.csv', 'ledger-2026-11-18.journal']);
  });

  test('up to a day has no later entry', async () => {
    const { stdout } = await desk.run('ledger', 'export', '--format', 'csv', '--as-of', '2025-03-31');
    const days = (parse(stdout, { columns: true }) as Record<string, string>[]).map((line) => line['entry_date'] ?? '');
    expect(days.length).toBeGreaterThan(100);
    expect(days.toSorted()).toEqual(days);
    expect(days.at(-1)?.localeCompare('2025-03-31')).toBeLessThanOrEqual(0);
  });

  test('writes neither through a link nor into the data folder, and leaves nothing half written', async () => {
    const target = join(folder.path, 'precious.txt');
    writeFileSync(target, 'precious');
    const link = join(folder.path, 'link.journal');
    symlinkSync(target, link);
    expect(await desk.json<ErrorDocument>('ledger', 'export', '--format', 'hledger', '--output', link)).toMatchObject({ code: 1, answer: { error: { code: 'file-is-a-link' } } });
    expect(readFileSync(target, 'utf8')).toBe('precious');
    expect(await desk.json<ErrorDocument>('ledger', 'export', '--format', 'hledger', '--output', join(desk.dataFolder, 'ledger.sqlite'))).toMatchObject({ code: 1, answer: { error: { code: 'file-in-data-folder' } } });
    expect(await desk.json<ErrorDocument>('ledger', 'export', '--format', 'hledger', '--output', join(folder.path, 'nowhere', 'x.journal'))).toMatchObject({ code: 1, answer: { error: { code: 'file-not-written' } } });
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('payments and customers', () => {
  test('list and show', async () => {
    const { payments } = await reads<{ payments: { id: string; status: string }[] }>(['payments', 'list', '--status', 'failed', '--month', '2026-10'], /failed: /);
    expect(new Set(payments.map((payment) => payment.status))).toEqual(new Set(['failed']));
    await reads(['payments', 'show', payments[0]?.id ?? ''], /Failure +\w+_\w+: /);
    const { customers } = await reads<{ customers: { id: string; mrr: { amount: number } }[] }>(['customers', 'list', '--sort', 'mrr', '--limit', '5'], /customers, who owe/);
    expect(customers.map((customer) => customer.mrr.amount)).toEqual(customers.map((customer) => customer.mrr.amount).toSorted((a, b) => b - a));
    await reads(['customers', 'show', customers[0]?.id ?? ''], /Subscription/);
  });

  test.each([
    ['payments', ['--status', 'refunded'], ['payments', 'list', '--status', 'refunded', '--limit', '500'], 'payments'],
    ['customers', ['--standing', 'owing'], ['customers', 'list', '--standing', 'owing', '--limit', '500'], 'customers'],
    ['invoices', ['--status', 'open'], ['invoices', 'list', '--status', 'open', '--limit', '500'], 'invoices'],
  ] as const)('export %s with %j has exactly the rows of the list', async (kind, flags, list, name) => {
    const { answer } = await desk.json<Record<string, { id: string }[]>>(...list);
    const shown = answer[name]?.map((row) => row.id);
    expect(shown?.length).toBeGreaterThan(0);
    const { stdout } = await desk.run('export', kind, ...flags);
    expect((parse(stdout, { columns: true }) as Record<string, string>[]).map((line) => line['Id'])).toEqual(shown);
    const file = join(folder.path, `${kind}.csv`);
    await desk.run('export', kind, ...flags, '--out', file);
    expect(readFileSync(file, 'utf8')).toBe(stdout);
  });

  test.each([
    ['payments', ['export', 'payments', '--kind', 'refund'], 'Amount'], ['customers', ['export', 'customers'], 'MRR'], ['invoices', ['export', 'invoices'], 'Total'], ['invoice-lines', ['export', 'invoice-lines'], 'Amount'], ['balance-transactions', ['export', 'balance-transactions'], 'Net'],
    ['ledger', ['ledger', 'export'], 'debit'],
  ] as const)('%s as a workbook has the cells of the CSV, with numbers as numbers', async (name, command, amountTitle) => {
    const into = join(folder.path, 'workbooks', name);
    mkdirSync(into, { recursive: true });
    const { code } = await desk.run(...command, '--format', 'xlsx', name === 'ledger' ? '--output' : '--out', into);
    expect(code).toBe(0);
    const [fileName = ''] = readdirSync(into);
    expect(fileName).toMatch(/\.xlsx$/);
    const sheet = strFromU8(unzipSync(readFileSync(join(into, fileName)))['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
    const rows = [...sheet.matchAll(/<row>(.*?)<\/row>/gs)].map(([, row = '']) => [...row.matchAll(/<c\/>|<c[^>]*>(?:<v>(.*?)<\/v>|<is><t[^>]*>(.*?)<\/t><\/is>)<\/c>/gs)].map(([, value, text]) => ({ isNumber: value !== undefined, content: value ?? text ?? '' })));
    const csv = parse((await desk.run(...command, '--format', 'csv')).stdout) as string[][];
    const at = csv[0]?.indexOf(amountTitle) ?? -1;
    expect(rows.map((row) => row[at]?.content)).toEqual(csv.map((row) => row[at]));
    expect(rows.slice(1).every((row) => row[at]?.content === '' || row[at]?.isNumber)).toBe(true);
    expect(rows.length).toBeGreaterThan(5);
  });

  test('a workbook needs a file', async () => {
    expect(await desk.json<ErrorDocument>('export', 'payments', '--format', 'xlsx')).toMatchObject({ code: 2, answer: { error: { code: 'output-needed' } } });
  });

  test('export everything, over many parts', async () => {
    const { answer } = await desk.json<{ rows: number; text: string }>('export', 'invoices');
    const lines = parse(answer.text, { columns: true }) as Record<string, string>[];
    expect([lines.length, new Set(lines.map((line) => line['Id'])).size]).toEqual([answer.rows, answer.rows]);
    expect((await desk.json<{ total: number }>('invoices', 'list')).answer.total).toBe(answer.rows);
  });
});

test('an open window answers the same', async () => {
  const commands = [['ledger', 'statement', '--account', '5000-payment-fees', '--currency', 'eur'], ['ledger', 'entries', '--amount', '39.98'], ['payments', 'list', '--kind', 'dispute'], ['customers', 'list', '--sort', 'openReceivable'], ['export', 'payments', '--month', '2026-09']];
  const alone = [];
  for (const command of commands) alone.push(await desk.json(...command));
  const beside = join(folder.path, 'beside.journal');
  await desk.run('ledger', 'export', '--format', 'hledger', '--output', beside);
  const owner = await startOwner(desk);
  try {
    const asked = [];
    for (const command of commands) asked.push(await desk.json(...command));
    expect(asked).toEqual(alone);
    const through = join(folder.path, 'through.journal');
    await desk.run('ledger', 'export', '--format', 'hledger', '--output', through);
    expect(readFileSync(through, 'utf8')).toBe(readFileSync(beside, 'utf8'));
  } finally {
    await owner.stop();
  }
  expect(existsSync(beside)).toBe(true);
});
