/** Bank statements, runs and the close of a month from the command line, on the demo company. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorld, type World } from '../../sandbox/world.ts';
import { openDemoDesk, type CliDesk, type CommandOutcome, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { germanCsv } from '../main/testing/bank-files.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

interface Line {
  readonly id: string;
  readonly description: string;
  readonly matchId: string | null;
  readonly matchedWith: string | null;
}
interface BankRun {
  readonly run: { readonly level: string; readonly found: number };
  readonly discrepancies: readonly { readonly reason: string; readonly objectId: string; readonly amount: { readonly amount: number; readonly currency: string } }[];
}

const folder = makeTemporaryFolder();
let world: World;
let desk: CliDesk;
let file: string;

beforeAll(async () => {
  world = await startWorld({ size: 'small', seed: 1 });
  desk = openDemoDesk(world, join(folder.path, 'desk'));
  file = join(folder.path, world.company.bankFile.name);
  writeFileSync(file, world.company.bankFile.text);
  await fine('sync', 'stripe');
  await fine('sync', 'postgres');
});
afterAll(async () => {
  await world?.stop();
  folder[Symbol.dispose]();
});

async function answerOf<Answer>(code: number, ...args: string[]): Promise<Answer> {
  const { code: ended, answer } = await desk.json<Answer>(...args);
  expect([ended, JSON.stringify(answer).slice(0, 300)]).toEqual([code, expect.any(String)]);
  return answer;
}
const fine = <Answer>(...args: string[]): Promise<Answer> => answerOf<Answer>(0, ...args);
const refused = async (...args: string[]): Promise<string> => (await answerOf<ErrorDocument>(1, ...args)).error.code;

/** As a shell's `<(…)` gives it: a pipe. */
function piped(statement: string): Promise<CommandOutcome> {
  const pipe = join(folder.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  spawn('sh', ['-c', `cat "${statement}" > "${pipe}"`], { stdio: 'ignore' });
  return desk.run('bank', 'import', pipe);
}

test('bank import reads the file, matches what is certain, and changes nothing the second time', async () => {
  const { payoutsThatTie } = world.company.manifest.bank;
  const first = await fine<{ statements: number; proved: number; added: number; known: number; newAccounts: number; matching: { matched: number; failed: unknown[] } }>('bank', 'import', file);
  expect(first).toMatchObject({ format: 'camt.053', statements: 6, proved: 6, known: 0, newAccounts: 3, matching: { matched: payoutsThatTie, failed: [] } });
  const said = await desk.run('bank', 'import', file);
  expect([said.code, said.stderr]).toEqual([0, '']);
  expect(said.stdout).toContain(`0 lines added, ${first.added} known already.`);
  const wrong = join(folder.path, 'wrong.xml');
  writeFileSync(wrong, world.company.bankFile.text.slice(0, 5_000));
  expect(await refused('bank', 'import', wrong)).toBe('bank-file-truncated');
  expect(readdirSync(join(desk.dataFolder, 'uploads'))).toEqual([]); // neither what was imported nor what was refused is kept
  expect((await piped(file)).stdout).toContain(`0 lines added, ${first.added} known already.`);
  const csv = join(folder.path, 'a.csv');
  writeFileSync(csv, germanCsv);
  expect(await refused('bank', 'import', csv, '--account', 'DE-1')).toBe('bank-mapping-needed');
});

test('reconcile bank finds exactly what was planted: exit 1', async () => {
  const { breaks } = world.company.manifest.bank;
  const { run, discrepancies } = await answerOf<BankRun>(1, 'reconcile', 'bank');
  expect(run).toMatchObject({ level: 'bank', found: breaks.length });
  const shown = (reason: string, objectId: string | null, amount: number, currency: string): string => `${reason} ${reason === 'bank-line-unmatched' ? '' : objectId} ${amount} ${currency}`;
  // A partner's payment less a fee names its invoice: it is told with that, which no statement knows beforehand.
  const told = discrepancies.map((each) => shown(each.reason, each.objectId, each.amount.amount, each.amount.currency)).toSorted();
  for (const each of breaks.filter((one) => one.reason !== 'bank-line-unmatched')) expect(told).toContain(shown(each.reason, each.objectId, each.amountMinor, each.currency));
});

test('a line is matched with an account and taken back', async () => {
  const { lines } = await fine<{ lines: Line[] }>('bank', 'lines', '--open', '--text', 'monthly account fee');
  const [fee] = lines;
  expect(lines).toHaveLength(1);
  const { matchId } = await fine<{ matchId: string }>('bank', 'match', fee?.id ?? '', '--residual', '5000-payment-fees', '--memo', 'Account fee of October');
  expect((await fine<{ lines: Line[] }>('bank', 'lines', '--matched', '--text', 'monthly account fee')).lines).toMatchObject([{ matchId, matchedWith: '5000-payment-fees' }]);
  await fine('bank', 'unmatch', matchId, '--reason', 'Looked at again');
  expect(await refused('bank', 'unmatch', matchId, '--reason', 'Once more')).toBe('bank-match-ended');
  for (const [args, human] of [[['bank', 'accounts'], /Operating/], [['bank', 'suggestions'], /of \d+ suggestions/], [['bank', 'rules'], /exact-reference/], [['bank', 'mappings'], /No mapping is saved/]] as const) {
    const { code, stdout } = await desk.run(...args);
    expect([code, stdout]).toEqual([0, expect.stringMatching(human)]);
    expect(stdout).not.toMatch(/undefined|NaN|\[object/);
  }
  expect((await fine<{ rules: { isAutomatic: boolean; days: number }[] }>('bank', 'rules', 'amount-and-date', '--automatic', 'on', '--days', '3')).rules).toMatchObject([{ isAutomatic: true, days: 3 }]);
});

test('reconcile report tells of the newest run, and of one by its id', async () => {
  expect(await refused('reconcile', 'report')).toBe('reconciliation-run-none');
  await desk.json('reconcile', 'transactions');
  const { run } = await fine<{ run: { id: string; level: string } }>('reconcile', 'report');
  expect(run.level).toBe('transactions');
  expect(await fine('reconcile', 'report', '--run', run.id)).toMatchObject({ run: { id: run.id }, previous: null });
});

test('reconcile close: what stands in the way, a signature with reasons, the evidence that sha256sum verifies, and taken back', async () => {
  const standing = await answerOf<{ checks: { code: string; isFine: boolean }[] }>(1, 'reconcile', 'close', '--period', '2026-10');
  const open = standing.checks.filter((check) => !check.isFine).map((check) => check.code);
  expect(open).toContain('bank-lines-matched');
  expect(await refused('reconcile', 'close', '--period', '2026-10', '--sign-off')).toBe('close-not-signable');
  expect((await desk.json<ErrorDocument>('reconcile', 'close', '--period', '2026-10', '--sign-off', '--accept', 'nonsense')).answer.error.code).toBe('usage-invalid');
  const zip = join(folder.path, 'evidence.zip');
  const signed = await fine<{ signOff: { actor: string }; evidence: { files: unknown[] } }>('reconcile', 'close', '--period', '2026-10', '--sign-off', ...open.flatMap((code) => ['--accept', `${code}=Looked at on paper`]), '--evidence', zip);
  expect(signed).toMatchObject({ signOff: { actor: expect.any(String) }, evidence: { files: expect.any(Array) } });
  const unpacked = join(folder.path, 'evidence');
  mkdirSync(unpacked);
  for (const [name, content] of Object.entries(unzipSync(readFileSync(zip)))) writeFileSync(join(unpacked, name), content);
  expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: unpacked, encoding: 'utf8' })).not.toMatch(/FAILED/);
  const said = await desk.run('reconcile', 'close', '--period', '2026-10');
  expect([said.code, said.stdout]).toEqual([0, expect.stringContaining('Accepted: Looked at on paper')]);
  expect(await answerOf<{ signOff: null }>(1, 'reconcile', 'close', '--period', '2026-10', '--withdraw', 'A payout came late')).toMatchObject({ signOff: null });
});
