import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Manifest } from '../../sandbox/manifest.ts';
import { withClient } from '../../sandbox/postgres.ts';
import { startWorld, type World } from '../../sandbox/world.ts';
import { sql } from '../main/database/handles.ts';
import { openDatabase } from '../main/database/open-database.ts';
import { silentLogger } from '../main/platform/logger.ts';
import { fromDecimalString, toDecimalString } from '../shared/money/money.ts';
import { namesIn, openCliDesk, openDemoDesk, runDaybook, startDaybook, startOwner, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

interface TrialBalance {
  entries: number;
  rows: { accountCode: string; currency: string; debitMinor: number; creditMinor: number; balanceMinor: number }[];
  totals: { currency: string; debitMinor: number; creditMinor: number }[];
}
interface Outcome {
  number: string | null;
  currency: string;
  subtotalMinor: number;
  taxMinor: number;
  totalMinor: number;
  dueMinor: number;
  units: number;
  status: string;
  invoiceId: string | null;
}
interface BillingRun {
  period: string;
  isDryRun: boolean;
  succeeded: Outcome[];
  skipped: Outcome[];
  failed: unknown[];
}
interface InvoiceList {
  total: number;
  invoices: { id: string; number: string | null; status: string }[];
}

const folder = makeTemporaryFolder();
let world: World;
let manifest: Manifest;
let desk: CliDesk;

beforeAll(async () => {
  world = await startWorld({ size: 'small', seed: 1 });
  ({ manifest } = world.company);
  desk = openDemoDesk(world, join(folder.path, 'desk'));
});
afterAll(async () => {
  await world?.stop();
  folder[Symbol.dispose]();
});

const faults = (body: object): Promise<Response> => fetch(`${world.document.stripe.url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(body) });
const requestsSoFar = async (): Promise<number> => {
  const { requests } = (await (await fetch(`${world.document.stripe.url}/_sandbox/state`)).json()) as { requests: Record<string, number> };
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
};

function countPayoutLists(dataFolder: string): number {
  const ledger = openDatabase({ file: join(dataFolder, 'ledger.sqlite'), logger: silentLogger, isReadOnly: true });
  try {
    return ledger.get<{ count: number }>(sql('test.payout-lists', 'SELECT count(*) AS count FROM stripe_payout_listings'))?.count ?? 0;
  } finally {
    ledger.close();
  }
}

function clearingOf(balance: TrialBalance): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of balance.rows) if (row.accountCode === '1100-stripe-clearing') sums[row.currency] = row.balanceMinor;
  return sums;
}
const truthOfClearing = (): Record<string, number> => Object.fromEntries(manifest.stripeBalance.map((entry) => [entry.currency, entry.atCreationMinor]));
const octoberTruth = () => manifest.partnerInvoices.map(({ invoiceNumber, currency, subtotalMinor, taxMinor, totalMinor, dueMinor }) => ({ number: invoiceNumber, currency, subtotalMinor, taxMinor, totalMinor, dueMinor })).toSorted((a, b) => a.number.localeCompare(b.number));
const figuresOf = (outcomes: readonly Outcome[]) => outcomes.map(({ number, currency, subtotalMinor, taxMinor, totalMinor, dueMinor }) => ({ number: number ?? '', currency, subtotalMinor, taxMinor, totalMinor, dueMinor })).toSorted((a, b) => a.number.localeCompare(b.number));

/** A command that reads: fine for a person, one document for a program, with the names it has always had. */
async function readsWell<Answer>(args: readonly string[], human: RegExp, code = 0): Promise<Answer> {
  const said = await desk.run(...args);
  expect([said.code, said.stderr]).toEqual([code, '']);
  expect(said.stdout).toMatch(human);
  expect(said.stdout).not.toMatch(/undefined|NaN|\[object/);
  const { code: jsonCode, answer } = await desk.json<Answer>(...args);
  expect(jsonCode).toBe(code);
  // What the last runs of other jobs answered, and sums by reason, have names of their own.
  const names = namesIn(answer).filter((name) => !name.includes('lastRun.result.') && !name.includes('byReason.'));
  expect(names).toMatchSnapshot(`names of ${args.filter((arg) => !arg.startsWith('/') && !/^[\da-f-]{36}$/.test(arg)).join(' ')}`);
  for (const name of names) expect(name.split('.').at(-1)?.replaceAll('[]', '')).toMatch(/^[a-z][A-Za-z0-9]*$/);
  return answer;
}

describe('what is typed', () => {
  test('help and version of the commands: exit 0', async () => {
    expect(await runDaybook(['--version'])).toMatchObject({ code: 0, stdout: `${(JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version}\n` });
    const { code, stdout } = await runDaybook(['--help']);
    expect(code).toBe(0);
    for (const command of ['postgres', 'sync', 'ledger', 'backup', 'bill', 'invoices', 'reconcile', 'revenue', 'export', 'jobs', 'doctor']) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  test.each([
    [['nonsense'], /Unknown command 'nonsense'\. \(usage-invalid\)/],
    [['bill', 'partners'], /--period/],
    [['bill', 'partners', '--period', '2026-13'], /2026-13/],
    [['ledger', 'trial-balance', '--as-of', 'yesterday'], /yesterday/],
    [['invoices', 'list', '--limit', '0'], /Between 1 and 500/],
    [['export', 'payments', '--format', 'pdf'], /csv/],
    [['sync'], /Usage/],
    [['jobs', 'run', 'nonsense'], /no job/],
    [['reconcile', 'transactions', '--from', '2026-11-02', '--to', '2026-11-01'], /\(range-invalid\)/],
  ] as const)('%j is a usage error: exit 2, nothing on the standard output, and one document with --json', async (args, words) => {
    const said = await desk.run(...args);
    expect([said.code, said.stdout]).toEqual([2, '']);
    expect(said.stderr).toMatch(words);
    const { code, answer } = await desk.json<ErrorDocument>(...args);
    expect(code).toBe(2);
    expect(answer.error.code).toMatch(/^[a-z-]+$/);
    expect(answer.error.message).not.toBe('');
  });
});

describe('settings', () => {
  interface Doctor {
    checks: { name: string; isFine: boolean; message: string }[];
  }
  const clockOf = ({ checks }: Doctor): string | undefined => checks.find((check) => check.name === 'Clock')?.message;

  test('flags come before the environment, the environment before config.json', async () => {
    expect(clockOf((await desk.json<Doctor>('doctor')).answer)).toBe('fixed at 2026-11-18T14:14:00.000Z');
    const withVariable = desk.with({ DAYBOOK_NOW: '2026-11-19T00:00:00Z' });
    expect(clockOf((await withVariable.json<Doctor>('doctor')).answer)).toBe('fixed at 2026-11-19T00:00:00.000Z');
    expect(clockOf((await withVariable.json<Doctor>('doctor', '--now', '2026-11-20T00:00:00Z')).answer)).toBe('fixed at 2026-11-20T00:00:00.000Z');
    const elsewhere = await desk.json<Doctor>('doctor', '--stripe-api-base', 'http://127.0.0.1:1');
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.answer.checks.find((check) => check.name === 'Stripe key')).toMatchObject({ isFine: false, message: expect.stringContaining('(stripe-unreachable)') });
  });

  test('without --data it is DAYBOOK_DATA', async () => {
    const { code, stdout } = await runDaybook(['doctor', '--json'], { ...desk.env, DAYBOOK_DATA: desk.dataFolder });
    expect(code).toBe(0);
    expect(stdout).toContain(desk.dataFolder);
  });
});

describe('the shared database', () => {
  test('postgres migrate shapes an empty one once, with the address of DAYBOOK_POSTGRES_URL', async () => {
    const ownerUrl = await world.postgres.createDatabase('second_company');
    const owner = openCliDesk(join(folder.path, 'administrator'), { DAYBOOK_POSTGRES_URL: ownerUrl });
    const first = await owner.json<{ applied: string[] }>('postgres', 'migrate');
    expect(first).toMatchObject({ code: 0, answer: { applied: expect.arrayContaining(['0001-shared-schema.sql']) } });
    expect(await owner.json('postgres', 'migrate')).toEqual({ code: 0, answer: { applied: [] } });
    expect((await owner.run('postgres', 'migrate')).stdout).toBe('The shared database is up to date.\n');
    expect(await owner.with({ DAYBOOK_POSTGRES_URL: undefined }).json('postgres', 'migrate')).toMatchObject({ code: 1, answer: { error: { code: 'postgres-url-missing' } } });
  });

  test('sync postgres', async () => {
    await readsWell(['sync', 'postgres'], /^Shared database: /);
  });
});

describe('a refill that was killed', () => {
  test('goes on with the next sync and ends in the right books', async () => {
    const other = openDemoDesk(world, join(folder.path, 'killed'));
    await other.run('sync', 'postgres');
    await faults({ latencyMs: 150 });
    const before = await requestsSoFar();
    const started = startDaybook(['sync', 'stripe', '--full', '--data', other.dataFolder], other.env);
    await expect.poll(requestsSoFar, { timeout: 60_000, interval: 20 }).toBeGreaterThan(before + 70);
    started.child.kill('SIGKILL');
    expect((await started.ended).code).toBeNull();
    await faults({ latencyMs: 0 });

    const readBefore = await requestsSoFar();
    const resumed = await other.json<{ isRefill: boolean; objects: number }>('sync', 'stripe');
    expect(resumed).toMatchObject({ code: 0, answer: { isRefill: true } });
    const balance = (await other.json<TrialBalance>('ledger', 'trial-balance')).answer;
    expect(clearingOf(balance)).toEqual(truthOfClearing());
    // It went on: it asked for less than a whole refill does.
    const resumedRequests = (await requestsSoFar()) - readBefore;
    // What payouts pay is asked for besides, each once, some with every sync.
    const payoutLists = countPayoutLists(other.dataFolder);
    const wholeBefore = await requestsSoFar();
    const again = await other.json<{ isRefill: boolean }>('sync', 'stripe', '--full');
    expect(again.answer.isRefill).toBe(true);
    const wholeRequests = (await requestsSoFar()) - wholeBefore;
    expect(resumedRequests - payoutLists).toBeLessThan(wholeRequests - (countPayoutLists(other.dataFolder) - payoutLists));
    expect((await other.json<TrialBalance>('ledger', 'trial-balance')).answer).toEqual({ ...balance, freshAt: expect.any(Number) });
    expect((await other.json('sync', 'stripe')).answer).toMatchObject({ isRefill: false, posted: 0 });
  });
});

describe('a refill that is interrupted', () => {
  // Windows ends a process without asking it.
  test.skipIf(process.platform === 'win32')('ends at its next whole step, says so, and goes on with the next sync', async () => {
    const other = openDemoDesk(world, join(folder.path, 'interrupted'));
    await other.run('sync', 'postgres');
    await faults({ latencyMs: 150 });
    const before = await requestsSoFar();
    const started = startDaybook(['sync', 'stripe', '--full', '--data', other.dataFolder], other.env);
    await expect.poll(requestsSoFar, { timeout: 60_000, interval: 20 }).toBeGreaterThan(before + 30);
    started.child.kill('SIGINT');
    const { code, stderr } = await started.ended;
    await faults({ latencyMs: 0 });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Stopping at the next whole step.*\n(.*\n)*Cancelled\. What it had saved is kept and complete\. \(cancelled\)\n/);
    expect((await other.json<{ isRefill: boolean }>('sync', 'stripe')).answer.isRefill).toBe(true);
    expect(clearingOf((await other.json<TrialBalance>('ledger', 'trial-balance')).answer)).toEqual(truthOfClearing());
  });
});

describe('a billing run that was killed', () => {
  test('takes its own lease up again at once and bills each partner once', async () => {
    const other = openDemoDesk(world, join(folder.path, 'killed-billing'));
    const bill = ['bill', 'partners', '--period', '2026-09', '--finalise'];
    expect((await other.run('sync', 'postgres')).code).toBe(0);
    await withClient(world.document.postgres.ownerUrl, async (client) => {
      // Held in the middle of its work: it has the lease and waits for the invoices.
      await client.query('BEGIN');
      await client.query('LOCK TABLE daybook.invoices IN ACCESS EXCLUSIVE MODE');
      const started = startDaybook([...bill, '--data', other.dataFolder], other.env);
      const isLeased = async (): Promise<boolean> => ((await client.query("SELECT 1 FROM daybook.job_leases WHERE job = 'partner-billing' AND expires_at > clock_timestamp()")).rowCount ?? 0) > 0;
      await expect.poll(isLeased, { timeout: 60_000, interval: 20 }).toBe(true);
      started.child.kill('SIGKILL');
      await started.ended;
      expect(await isLeased()).toBe(true);
      await client.query('ROLLBACK');
    });
    const { code, answer } = await other.json<BillingRun>(...bill);
    expect([code, answer.succeeded.length, answer.failed]).toEqual([0, 6, []]);
    expect((await other.json<BillingRun>(...bill)).answer.skipped).toHaveLength(6);
  });
});

describe('a month of work', () => {
  test('sync stripe --full, then sync stripe: nothing new', async () => {
    const { code, answer } = await desk.json<{ isRefill: boolean; posted: number }>('sync', 'stripe', '--full');
    expect([code, answer.isRefill]).toEqual([0, true]);
    expect(answer.posted).toBeGreaterThan(3_000);
    expect(await readsWell<object>(['sync', 'stripe'], /^Stripe: /)).toMatchObject({ isRefill: false, posted: 0, refused: 0 });
    await world.plant('refill');
  });

  test('the trial balance is Stripe’s own balance, and as of a day it is what stood then', async () => {
    const balance = await readsWell<TrialBalance>(['ledger', 'trial-balance'], /^Trial balance as of 2026-11-18, end of day \(3,/);
    expect(clearingOf(balance)).toEqual(truthOfClearing());
    for (const total of balance.totals) expect(total.debitMinor).toBe(total.creditMinor);
    const { answer: earlier } = await desk.json<TrialBalance>('ledger', 'trial-balance', '--as-of', '2025-06-30');
    expect(earlier.entries).toBeGreaterThan(0);
    expect(earlier.entries).toBeLessThan(balance.entries);
    expect((await desk.run('ledger', 'trial-balance', '--as-of', '1999-12-31')).stdout).toBe('Trial balance as of 1999-12-31, end of day (0 entries, 0 pending)\nNothing was posted up to that day.\n');
    expect((await desk.run('ledger', 'trial-balance', '--as-of', '2031-01-01')).stdout).toMatch(/^Trial balance as of 2031-01-01.*\nThat day is still to come/);
  });

  test('bill partners: rehearsal, drafts, finalised, again', async () => {
    const bill = ['bill', 'partners', '--period', '2026-10'] as const;
    const dry = await readsWell<BillingRun>([...bill, '--dry-run'], /rehearsal: nothing was written/);
    expect([dry.isDryRun, dry.failed]).toEqual([true, []]);
    expect(figuresOf(dry.succeeded)).toEqual(octoberTruth());
    expect((await desk.json<InvoiceList>('invoices', 'list', '--origin', 'partner', '--month', '2026-10')).answer.total).toBe(0);
    const drafts = await readsWell<BillingRun>(bill, /0 done, 6 unchanged, 0 failed|6 done, 0 unchanged, 0 failed/);
    expect(drafts.skipped.map((outcome) => [outcome.status, outcome.number])).toEqual(Array.from({ length: 6 }, () => ['draft', null]));
    const { code, answer: done } = await desk.json<BillingRun>(...bill, '--finalise');
    expect(code).toBe(0);
    expect(figuresOf(done.succeeded)).toEqual(octoberTruth());
    const again = await readsWell<BillingRun>([...bill, '--finalise'], /0 done, 6 unchanged, 0 failed/);
    expect([figuresOf(again.skipped), again.succeeded]).toEqual([octoberTruth(), []]);
  });

  test('ageing and what Stripe’s own customers owe are the receivable of the trial balance', async () => {
    const { answer } = await desk.json<{ accounts: { currency: string; balanceMinor: number; differenceMinor: number; othersMinor: number }[] }>('invoices', 'ageing');
    const { rows } = (await desk.json<TrialBalance>('ledger', 'trial-balance')).answer;
    const receivable = rows.filter((row) => row.accountCode === '1200-accounts-receivable' && row.balanceMinor !== 0).map(({ currency, balanceMinor }) => ({ currency, balanceMinor }));
    expect(answer.accounts.map(({ currency, balanceMinor, othersMinor }) => ({ currency, balanceMinor: balanceMinor + othersMinor }))).toEqual(receivable);
    expect(answer.accounts.every(({ balanceMinor, othersMinor, differenceMinor }) => balanceMinor > 0 && othersMinor > 0 && differenceMinor === 0)).toBe(true);
    expect((await desk.run('invoices', 'ageing')).stdout).toMatch(/^Accounts receivable 2,389\.08 EUR: 2,303\.67 EUR of these invoices, the same; 85\.41 EUR of Stripe’s own, which Stripe collects\.$/m); // September and October
  });

  test('invoices list, show, pdf', async () => {
    const list = await readsWell<InvoiceList>(['invoices', 'list', '--origin', 'partner', '--month', '2026-10'], /6 of 6 invoices, together \S/);
    expect(list.invoices.map((invoice) => invoice.number).toSorted()).toEqual(octoberTruth().map((invoice) => invoice.number));
    const stripe = (await desk.json<InvoiceList>('invoices', 'list', '--origin', 'stripe', '--status', 'paid', '--limit', '3')).answer;
    expect(stripe.invoices.map((invoice) => invoice.status)).toEqual(['paid', 'paid', 'paid']);
    expect(stripe.total).toBeGreaterThan(500);
    const [first] = list.invoices;
    const truth = manifest.partnerInvoices.find((invoice) => invoice.invoiceNumber === first?.number);
    const shown = await readsWell<object>(['invoices', 'show', first?.id ?? ''], /Due /);
    expect(shown).toMatchObject({ totalMinor: truth?.totalMinor, withholdingMinor: truth?.withholdingMinor, dueMinor: truth?.dueMinor });
    const out = join(folder.path, 'invoice.pdf');
    const saved = await readsWell<object>(['invoices', 'pdf', first?.id ?? '', '--out', out], /fingerprint verified/);
    expect(saved).toMatchObject({ file: out, isVerified: true, bytes: statSync(out).size });
    expect(readFileSync(out).subarray(0, 5).toString()).toBe('%PDF-');
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(await readsWell<object>(['invoices', 'verify', out], /issued: This is /)).toMatchObject({ verdict: 'issued', invoiceId: first?.id });
    const changed = join(folder.path, 'changed.pdf');
    writeFileSync(changed, Buffer.concat([readFileSync(out), Buffer.from('\n')]));
    expect(await desk.json('invoices', 'verify', changed)).toMatchObject({ code: 1, answer: { verdict: 'changed', number: first?.number } });
    expect(await desk.json('invoices', 'verify', `${out}-not`)).toMatchObject({ code: 1, answer: { error: { code: 'file-unreadable' } } });
    expect(await desk.json('invoices', 'check', first?.id ?? '')).toMatchObject({ code: 1, answer: { invoices: [{ id: first?.id, missing: expect.arrayContaining([expect.objectContaining({ rule: 'BR-CO-26', where: 'company' })]) as unknown }] } });
    const archive = join(folder.path, 'october.zip');
    expect(await readsWell<object>(['invoices', 'zip', '--month', '2026-10', '--out', archive], /6 invoices/)).toMatchObject({ file: archive, invoices: 6 });
    const files = unzipSync(readFileSync(archive));
    expect(Object.keys(files).toSorted()).toEqual(octoberTruth().map((invoice) => `${invoice.number}.pdf`).toSorted());
    expect(Buffer.compare(files[`${first?.number ?? ''}.pdf`] ?? new Uint8Array(), readFileSync(out))).toBe(0);
    expect(await desk.json('invoices', 'show', '00000000-0000-4000-8000-000000000000')).toMatchObject({ code: 1, answer: { error: { code: 'invoice-not-found' } } });
  });

  test('reconcile transactions finds exactly what was planted: exit 1', async () => {
    const { discrepancies } = await readsWell<{ discrepancies: { reason: string; objectId: string; status: string }[] }>(['reconcile', 'transactions'], /^Transactions, run \d+, as of 2026-11-18 \d\d:\d\d \(.+\)\.\nScope: everything\. Policy: version \d+\.\nCompared 2,0\d\d/, 1);
    const key = (item: { reason: string; objectId: string }): string => `${item.reason} ${item.objectId}`;
    expect(discrepancies.map(key).toSorted()).toEqual(manifest.plantedBreaks.map(key).toSorted());
    const early = await desk.json<{ run: { compared: number } }>('reconcile', 'transactions', '--from', '2024-01-01', '--to', '2024-01-31');
    expect(early.answer.run.compared).toBeLessThan(200);
  });

  test('reconcile payouts proves the balance, and reconcile report tells what a run found beside the one before', async () => {
    const { proof } = await readsWell<{ proof: { balances: { currency: string; endingMinor: number; stripeMinor: number; clearingMinor: number; explainedMinor: number }[] } }>(['reconcile', 'payouts', '--from', '2026-10-01'], /^Payouts, run \d+, as of [^\n]*\nScope: from 2026-10-01 00:00 to [^\n]*\. Policy: version \d+\.\nChecked [^\n]*\nStart \+ activity − payouts = end/, 0);
    expect(proof.balances.map(({ currency, endingMinor, stripeMinor, clearingMinor, explainedMinor }) => [currency, endingMinor, stripeMinor, clearingMinor + explainedMinor])).toEqual(manifest.stripeBalance.map(({ currency, afterRefillMinor }) => [currency, afterRefillMinor, afterRefillMinor, afterRefillMinor]));
    await desk.json('reconcile', 'transactions', '--changes-only');
    const report = await readsWell<{ run: { id: string; method: string; found: number }; new: unknown[]; gone: unknown[]; remaining: { objectId: string }[] }>(['reconcile', 'report'], /Found again beside the last run: \d+/);
    expect(report).toMatchObject({ run: { method: 'incremental', found: manifest.plantedBreaks.length }, new: [], gone: [] });
    expect(report.remaining.map(({ objectId }) => objectId).toSorted()).toEqual(manifest.plantedBreaks.map(({ objectId }) => objectId).toSorted());
    expect((await desk.json<{ run: { id: string } }>('reconcile', 'report', '--run', report.run.id)).answer.run.id).toBe(report.run.id);
    const { code, answer: { report: daily } } = await desk.json<{ report: { alerts: { kind: string; discrepancies: unknown[] }[] } }>('reconcile', 'report', '--daily');
    expect(code).toBe(1);
    expect(daily.alerts.find((alert) => alert.kind === 'many-new')?.discrepancies).not.toEqual([]);
    expect((await desk.json('reconcile', 'report', '--daily', '--run', report.run.id)).code).toBe(2);
  });

  test('reconcile drift', async () => {
    const { missing } = await readsWell<{ missing: { reason: string; objectId: string }[] }>(['reconcile', 'drift'], /^Drift, run \d+, as of [^\n]*\nScope: the last 24 hours\. Policy: version \d+\.\nThe last 24 hours/, 1);
    expect(missing.length).toBeGreaterThan(0);
    const planted = new Set(manifest.plantedBreaks.map((item) => item.objectId));
    for (const { objectId } of missing) expect(planted).toContain(objectId);
  });

  test('reconcile close says what stands in the way, signs with reasons, and saves evidence that sha256sum verifies', async () => {
    const evidence = join(folder.path, 'evidence.zip');
    const before = await readsWell<{ checks: { code: string; isFine: boolean }[]; evidence: { files: { name: string }[] } }>(['reconcile', 'close', '--period', '2026-10', '--evidence', evidence], /The ending balance is proved.*\n[\s\S]*2026-10 is not signed off/, 1);
    const open = before.checks.filter((check) => !check.isFine).map((check) => check.code);
    expect(open).not.toContain('ending-balance-proved'); // the two payments that were kept from this desk are of November
    const unpacked = join(folder.path, 'evidence');
    mkdirSync(unpacked);
    for (const [name, bytes] of Object.entries(unzipSync(readFileSync(evidence)))) writeFileSync(join(unpacked, name), bytes);
    expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: unpacked, encoding: 'utf8' }).trim().split('\n').every((line) => line.endsWith(': OK'))).toBe(true);
    expect(readFileSync(join(unpacked, 'summary-2026-10.pdf')).subarray(0, 5).toString()).toBe('%PDF-');
    // The lists of a pack say what its trial balance says, account by account and currency by currency.
    const rowsOf = (name: string): Record<string, string>[] => parse(readFileSync(join(unpacked, name), 'utf8'), { columns: true, bom: true });
    const sumsOf = (rows: readonly Record<string, string>[], column: string): Record<string, string> => {
      const sums = new Map<string, number>();
      for (const { currency = '', [column]: amount = '' } of rows) sums.set(currency, (sums.get(currency) ?? 0) + fromDecimalString(amount, currency.toLowerCase()));
      return Object.fromEntries([...sums].filter(([, sum]) => sum !== 0).map(([currency, sum]) => [currency, toDecimalString(sum, currency.toLowerCase())]));
    };
    const trial = rowsOf('trial-balance.csv');
    const balanceOf = (...accounts: readonly string[]) => sumsOf(trial.filter(({ account = '' }) => accounts.includes(account)), 'balance');
    const openItems = rowsOf('open-items.csv');
    expect(sumsOf(openItems, 'open')).toEqual(balanceOf('1200-accounts-receivable'));
    expect(Object.keys(balanceOf('1200-accounts-receivable')).length).toBeGreaterThan(1);
    expect(new Set(openItems.map(({ kind }) => kind))).toEqual(new Set(['stripe'])); // each cent is an invoice, none is told by the account alone
    expect(sumsOf(rowsOf('suspense-and-unapplied.csv'), 'amount')).toEqual(balanceOf('2000-unapplied-receipts', '9900-suspense'));
    expect(rowsOf('checklist.csv').map(({ check }) => check)).toEqual(expect.arrayContaining(before.checks.map(({ code }) => code)));
    for (const name of ['bank-lines.csv', 'bank-matches.csv']) expect(readFileSync(join(unpacked, name), 'utf8')).toMatch(/^\uFEFF?(line|match),/);
    expect(await desk.json('reconcile', 'close', '--period', '2026-10', '--sign-off')).toMatchObject({ code: 1, answer: { error: { code: 'close-not-signable' } } });
    expect(await desk.json('reconcile', 'close', '--period', '2026-10', '--sign-off', '--accept', 'nonsense=because')).toMatchObject({ code: 2, answer: { error: { code: 'usage-invalid' } } });
    expect(await desk.json('reconcile', 'close', '--period', '2026-10', '--sign-off', '--accept', ...open.map((code) => `${code}=explained on paper`))).toMatchObject({ code: 0, answer: { signOff: { action: 'sign-off' } } });
    expect(await desk.json('reconcile', 'close', '--period', '2026-10')).toMatchObject({ code: 0 });
    expect(await desk.json('reconcile', 'close', '--period', '2026-10', '--withdraw', 'a payout came late')).toMatchObject({ code: 1, answer: { signOff: null } });
  });

  test('revenue overview, breakdown and mrr equal the manifest', async () => {
    const figures = ({ month, currency, grossMinor, feesMinor, refundsMinor, netMinor, payments }: Manifest['revenue'][number]) => ({ month, currency, grossMinor, feesMinor, refundsMinor, netMinor, payments });
    const order = <Row extends { month: string; currency: string }>(rows: readonly Row[]): Row[] => rows.toSorted((a, b) => `${a.month}${a.currency}`.localeCompare(`${b.month}${b.currency}`));
    const overview = await readsWell<{ rows: Manifest['revenue'] }>(['revenue', 'overview', '--month', '2026-10'], /2026-10/);
    expect(order(overview.rows.map(figures))).toEqual(order(manifest.revenue.filter((row) => row.month === '2026-10').map(figures)));
    const breakdown = await readsWell<{ months: Manifest['revenue'] }>(['revenue', 'breakdown', '--from', '2023-12', '--to', '2026-11'], /2023-12/);
    const found = new Map(breakdown.months.map((row) => [`${row.month} ${row.currency}`, figures(row)]));
    for (const truth of manifest.revenue) expect(found.get(`${truth.month} ${truth.currency}`)).toEqual(figures(truth));
    const mrr = await readsWell<{ months: { month: string; endMinor: number; arrMinor: number; customers: number; newMinor: number; churnMinor: number }[] }>(['revenue', 'mrr', '--from', '2023-12'], /2026-11 \(running\)/);
    expect(mrr.months.map((row) => [row.month, row.endMinor, row.arrMinor, row.customers, row.newMinor, row.churnMinor])).toEqual(
      manifest.mrr.map((truth) => [truth.month, truth.mrrMinor, truth.arrMinor, truth.customers, truth.movements.new, truth.movements.churn]),
    );
  });

  // All of them, and their CSV, in commands/revenue.test.ts: a process each takes long.
  test('revenue recognition ties to its account, and compare names the customers in whom policies differ', async () => {
    const deferred = await readsWell<{ months: { differenceMinor: number; deferredMinor: number }[] }>(['revenue', 'recognition', '--from', '2024-01'], /^Month .*Difference/);
    expect(deferred.months.some(({ deferredMinor }) => deferredMinor > 0)).toBe(true);
    expect(deferred.months.every(({ differenceMinor }) => differenceMinor === 0)).toBe(true);
    const compared = await readsWell<{ policies: { policy: string }[]; customersThatDiffer: number }>(['revenue', 'compare', '--month', '2026-10'], /All discounts count/);
    expect(compared.policies.map(({ policy }) => policy)).toEqual(['standard', 'all-discounts', 'strict']);
    expect(compared.customersThatDiffer).toBeGreaterThan(0);
  });

  test('export payments and invoices as CSV, to the output or to a file', async () => {
    const payments = await readsWell<{ rows: number; text: string }>(['export', 'payments', '--from', '2026-10-01', '--to', '2026-10-31'], /^Date,Created \(UTC\),/);
    expect(payments.text.trimEnd().split(/\r?\n/)).toHaveLength(payments.rows + 1);
    const out = join(folder.path, 'invoices.csv');
    const { answer } = await desk.json<{ rows: number }>('export', 'invoices', '--format', 'csv', '--out', out);
    expect(readFileSync(out, 'utf8')).toContain('API-202610-');
    expect(answer.rows).toBeGreaterThan(1_000);
    const nowhere = await desk.json<ErrorDocument>('export', 'invoices', '--out', join(folder.path, 'missing', 'invoices.csv'));
    expect(nowhere).toMatchObject({ code: 1, answer: { error: { code: 'file-not-written' } } });
  });

  test('jobs list and run', async () => {
    const { jobs } = await readsWell<{ jobs: { name: string; cron: string | null }[] }>(['jobs', 'list'], /partner-billing/);
    expect(jobs).toContainEqual(expect.objectContaining({ name: 'partner-billing', cron: '0 0 1 * *' }));
    expect(jobs).toContainEqual(expect.objectContaining({ name: 'daily-reconciliation', cron: '0 6 * * *' }));
    const run = await readsWell<object>(['jobs', 'run', 'ledger-verify'], /succeeded/);
    expect(run).toMatchObject({ job: 'ledger-verify', status: 'succeeded', result: { isSound: true } });
    for (const job of ['daily-reconciliation', 'drift-check']) expect(await readsWell<object>(['jobs', 'run', job], /: succeeded\n[^]+ {2}found +\d/, 1), job).toMatchObject({ job, status: 'succeeded' });
  });

  test('ledger verify and doctor are content', async () => {
    expect(await readsWell<object>(['ledger', 'verify'], /^The ledger is sound: 3,\d{3} entries/)).toMatchObject({ isSound: true, firstFault: null });
    const { checks } = await readsWell<{ checks: { isFine: boolean }[] }>(['doctor'], /ok {4}Stripe key/);
    expect(checks.every((check) => check.isFine)).toBe(true);
  });

  test('revenue recognise: up to a month, up to the last that is over, then nothing', async () => {
    interface Recognised {
      readonly months: readonly { readonly month: string; readonly posted: number }[];
      readonly posted: number;
    }
    expect(await desk.json('revenue', 'recognise', '--period', '2026-11')).toMatchObject({ code: 1, answer: { error: { code: 'recognition-month-running' } } });
    const { answer } = await desk.json<Recognised>('revenue', 'recognise', '--period', '2024-02');
    expect(answer.months.map(({ month }) => month)).toEqual(['2023-12', '2024-01', '2024-02']);
    expect(answer.posted).toBeGreaterThan(0);
    const { stdout } = await desk.run('revenue', 'recognise');
    expect(stdout).toMatch(/2024-03[^]*2026-10/);
    await readsWell<Recognised>(['revenue', 'recognise'], /^Nothing was left/);
    expect((await desk.json('ledger', 'verify')).code).toBe(0);
  });
});

describe('a folder that another Daybook has open', () => {
  test('its owner answers, in the same words and figures, errors too', { timeout: 300_000 }, async () => {
    const commands = [
      ['ledger', 'trial-balance'], ['invoices', 'list', '--origin', 'partner'], ['revenue', 'breakdown'], ['revenue', 'mrr'], ['ledger', 'verify'], ['bill', 'partners', '--period', '2026-10', '--finalise'],
      ['reconcile', 'drift'], ['bill', 'partners', '--period', '2027-01'], ['invoices', 'show', 'nobody'], ['jobs', 'run', 'nonsense'], ['export', 'payments', '--from', '2026-10-01'],
    ];
    const answers = async (): Promise<unknown[]> => {
      const all: unknown[] = [];
      for (const command of commands) all.push(await desk.json(...command));
      return all;
    };
    const alone = await answers();
    const owner = await startOwner(desk);
    try {
      // The secrets are the owner's: this command has none.
      const guest = desk.with({ DAYBOOK_STRIPE_KEY: undefined, DAYBOOK_POSTGRES_URL: undefined });
      const asked: unknown[] = [];
      for (const command of commands) asked.push(await guest.json(...command));
      // Two runs of a job have their own ids, two runs of a level their own numbers.
      const withoutRunIds = (answers: readonly unknown[]): unknown =>
        JSON.parse(JSON.stringify(answers, (name, value: unknown) => (name === 'runId' ? undefined : name === 'run' && typeof value === 'object' ? { ...value, id: undefined, sequence: undefined } : value)));
      expect(withoutRunIds(asked)).toEqual(withoutRunIds(alone));
      expect(await guest.json('ledger', 'verify', '--now', '2026-12-01T00:00:00Z')).toMatchObject({ code: 1, answer: { error: { code: 'settings-of-owner' } } });
      expect((await guest.run('invoices', 'show', 'nobody')).stderr).toContain('(invoice-not-found)');
    } finally {
      await owner.stop();
    }
    expect((await desk.json('ledger', 'verify')).code).toBe(0);
  });

  test('an owner that ends while a command waits for it: the command says so and what to do', async () => {
    const owner = await startOwner(desk);
    const { child, ended } = startDaybook(['sync', 'postgres', '--watch', '--data', desk.dataFolder], desk.env);
    const begun = new Promise<void>((resolve) => child.stdout?.on('data', (part: Buffer) => part.toString().includes('Shared database') && resolve()));
    await Promise.race([begun, ended]);
    await owner.stop();
    expect(await ended).toMatchObject({ code: 1, stderr: 'The Daybook that had the data folder open ended before it answered. (connection-lost)\nWhat was saved is safe. Run the command again.\n' });
  });

  test('an owner that was killed leaves the folder free', async () => {
    const owner = await startOwner(desk);
    process.kill(owner.pid, 'SIGKILL');
    await expect.poll(async () => (await desk.json('ledger', 'verify')).code, { timeout: 30_000 }).toBe(0);
  });
});
