/**
 * `npm test`: types, lint, import rules, unit, integration and end-to-end tests, and the faults suite in a short
 * form, in this order; ends with the names of what failed and one line that counts them all. Where a few tests failed, their files are run once
 * more with nothing beside them: what passes then is named as unsteady, not as failed (docs/adr/0022).
 * `--long` runs the long forms of the random suites as well.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { outcomeOfPlaywright, outcomeOfVitest, withSecondRun, type Outcome, type PlaywrightReport, type VitestReport } from './test-outcomes.ts';
import { makeScratchFolder } from './test-scratch.ts';

const isLong = process.argv.includes('--long');
/** More than so many failures are no chance: they are not run again. */
const mostRunAgain = 3;
/** What the many short-lived commands of the tests compile is kept: reading the source is half of their time. */
const compileCache = join(import.meta.dirname, '..', 'node_modules', '.cache', 'daybook-compiled');
const { path: folder, environment: scratch } = makeScratchFolder();

/** Runs a tool with Node itself, so that it works alike on every system. */
function run(script: string, args: readonly string[], environment: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...scratch, ...environment } });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function step(title: string, work: () => Promise<Outcome>): Promise<Outcome> {
  const startedMs = performance.now();
  console.log(`\n── ${title}`);
  const outcome = await work();
  console.log(`── ${title}: ${outcome.passed} passed, ${outcome.failed.length} failed (${Math.round((performance.now() - startedMs) / 1_000)} s)`);
  return outcome;
}

function broken(file: string, name: string, reason: string): Outcome {
  return { passed: 0, skipped: 0, failed: [{ file, name, reason }], unsteady: [] };
}

/** A check that either holds or does not counts as one. */
function check(title: string, script: string, args: readonly string[]): Promise<Outcome> {
  return step(title, async () => ((await run(script, args)) === 0 ? { passed: 1, skipped: 0, failed: [], unsteady: [] } : broken(script, title, 'does not hold; see above')));
}

async function vitestOnce(project: string, name: string, args: readonly string[]): Promise<Outcome> {
  const file = join(folder, `${name}.json`);
  const code = await run('node_modules/vitest/vitest.mjs', ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args], isLong ? { DAYBOOK_LONG: '1' } : { DAYBOOK_FAULTS: 'short' });
  if (!existsSync(file)) return broken(project, 'the run itself', `ended with ${code} and without a report`);
  const outcome = outcomeOfVitest(JSON.parse(readFileSync(file, 'utf8')) as VitestReport, process.cwd());
  return code !== 0 && outcome.failed.length === 0 ? { ...outcome, failed: [{ file: project, name: 'the run itself', reason: `ended with ${code}` }] } : outcome;
}

function vitest(project: string): Promise<Outcome> {
  return step(`${project} tests`, async () => {
    const first = await vitestOnce(project, project, []);
    const files = [...new Set(first.failed.map((test) => test.file))];
    if (files.length === 0 || first.failed.length > mostRunAgain || !files.every((file) => existsSync(file))) return first;
    console.log(`── once more, by themselves: ${files.join(', ')}`);
    return withSecondRun(first, await vitestOnce(project, `${project}-again`, ['--maxWorkers=1', ...files]));
  });
}

function endToEnd(): Promise<Outcome> {
  return step('end-to-end tests', async () => {
    if ((await run('node_modules/electron-vite/bin/electron-vite.js', ['build', '--logLevel', 'warn'])) !== 0) return broken('electron.vite.config.ts', 'the build', 'failed; see above');
    const file = join(folder, 'e2e.json');
    const code = await run('node_modules/@playwright/test/cli.js', ['test', '--retries=1', '--reporter=list,json'], { PLAYWRIGHT_JSON_OUTPUT_NAME: file });
    if (!existsSync(file)) return broken('e2e', 'the run itself', `ended with ${code} and without a report`);
    const outcome = outcomeOfPlaywright(JSON.parse(readFileSync(file, 'utf8')) as PlaywrightReport);
    if (outcome.unsteady.length > mostRunAgain) return { ...outcome, passed: outcome.passed - outcome.unsteady.length, failed: [...outcome.failed, ...outcome.unsteady], unsteady: [] };
    return code !== 0 && outcome.failed.length === 0 ? { ...outcome, failed: [{ file: 'e2e', name: 'the run itself', reason: `ended with ${code}` }] } : outcome;
  });
}

const outcomes: Outcome[] = [];
try {
  outcomes.push(await check('types', 'scripts/typecheck.ts', []));
  outcomes.push(await check('lint', 'node_modules/oxlint/bin/oxlint', ['--deny-warnings', 'src', 'sandbox', 'e2e', 'bench', 'scripts']));
  outcomes.push(await check('import rules', 'scripts/rules.ts', []));
  outcomes.push(await vitest('unit'));
  outcomes.push(await vitest('integration'));
  outcomes.push(await vitest('faults'));
  if (isLong) outcomes.push(await vitest('long'));
  outcomes.push(await endToEnd());
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const failed = outcomes.flatMap((outcome) => outcome.failed);
const unsteady = outcomes.flatMap((outcome) => outcome.unsteady);
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const skipped = outcomes.reduce((sum, outcome) => sum + outcome.skipped, 0);
for (const test of unsteady) console.log(`\nunsteady: ${test.file} › ${test.name}\n  ${test.reason}`);
for (const test of failed) console.log(`\nfailed: ${test.file} › ${test.name}\n  ${test.reason}`);
console.log(`\n${passed} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed.length > 0 ? 1 : 0;
