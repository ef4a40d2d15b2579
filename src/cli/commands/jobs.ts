import { instantText, type Output } from '../output.ts';
import type { CommandAction, CommandContext, ExitCode } from './command.ts';

export function listJobs(): CommandAction {
  return async ({ client, output, timeZone }) => {
    const { jobs } = await client.jobs.list({});
    output.answer({ jobs }, (out) =>
      out.table(jobs, [
        { title: 'Job', text: (job) => job.name },
        { title: 'What it does', text: (job) => job.title },
        { title: 'When', text: (job) => job.cron ?? 'when asked' },
        { title: 'Next', text: (job) => (job.nextRunAt === null ? '—' : instantText(job.nextRunAt, timeZone)) },
        { title: 'Last', text: (job) => (job.lastRun ? `${job.lastRun.status} ${instantText(job.lastRun.startedAt, timeZone)}` : 'never') },
      ]),
    );
    return 0;
  };
}

export function runJobByName(name: string, options: { period?: string }): CommandAction {
  return async ({ client, output, runJob, timeZone }) => {
    const run = await runJob(name, options.period ? { period: options.period } : {});
    output.answer(run, (out) => {
      out.line(`${run.title}: ${run.status}`);
      if (run.errorMessage) out.line(`  ${run.errorMessage} (${run.errorCode ?? run.status})${run.errorNextStep ? `\n  ${run.errorNextStep}` : ''}`);
      const figures = figuresOf(run.result, timeZone);
      const width = Math.max(0, ...figures.map((figure) => figure.name.length));
      for (const figure of figures) out.line(`  ${figure.name.padEnd(width)}  ${figure.value}`);
    });
    return run.status !== 'succeeded' || hasFindings(run.result) || (await hasOpenDifferences(client, name)) ? 1 : 0;
  };
}

/** Whether a job came to its end and found what a person must see, such as books that are not sound, or what is missing of the last day. */
function hasFindings(result: unknown): boolean {
  if (result === null || typeof result !== 'object') return false;
  const figures: Readonly<Record<string, unknown>> = { ...result };
  const isFilled = (list: unknown): boolean => Array.isArray(list) && list.length > 0;
  return figures['isSound'] === false || isFilled(figures['failed']) || isFilled(figures['missing']);
}

/** What the jobs that compare look at: as `daybook reconcile` they end with 1 while a difference there is open, whichever run found it. */
const comparedLevels: Readonly<Record<string, readonly ('transactions' | 'payouts' | 'bank')[]>> = { 'daily-reconciliation': ['transactions', 'payouts'], 'bank-reconciliation': ['bank'] };

async function hasOpenDifferences(client: CommandContext['client'], job: string): Promise<boolean> {
  for (const level of comparedLevels[job] ?? []) {
    for (const status of ['open', 'assigned', 'on-hold'] as const) {
      if ((await client.reconciliation.list({ startAt: 0, limit: 1, filter: { status, level } })).total > 0) return true;
    }
  }
  return false;
}

export function runDoctor(): CommandAction {
  return async ({ client, output }) => {
    const { checks } = await client.system.doctor({});
    return printChecks(output, checks);
  };
}

/** @returns 1 when one of them is not fine. */
export function printChecks(output: Output, checks: readonly { readonly name: string; readonly isFine: boolean; readonly message: string; readonly nextStep: string | null }[]): ExitCode {
  output.answer({ checks }, (out) => {
    for (const check of checks) {
      out.line(`${check.isFine ? 'ok  ' : 'FAIL'}  ${check.name}: ${check.message}`);
      if (!check.isFine && check.nextStep) out.line(`      ${check.nextStep}`);
    }
  });
  return checks.every((check) => check.isFine) ? 0 : 1;
}

/** Fields that hold epoch milliseconds, by the end of their name. */
const isInstant = /(?:At|asOf|Since)$/;

/** A job's result as names and values: `balanceTransactions: 1204` reads “balance transactions 1,204”, an instant in the reporting zone. Lists are counted, what is nested is named by its path. */
export function figuresOf(result: unknown, timeZone: string, path: readonly string[] = []): { name: string; value: string }[] {
  if (result === null || result === undefined) return [];
  const name = path.map((key) => key.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)).join(', ');
  if (Array.isArray(result)) return [{ name, value: result.length.toLocaleString('en-US') }];
  if (typeof result === 'number') return [{ name, value: isInstant.test(path.at(-1) ?? '') ? instantText(result, timeZone) : result.toLocaleString('en-US') }];
  if (typeof result !== 'object') return [{ name, value: String(result) }];
  return Object.entries(result).flatMap(([key, value]) => figuresOf(value, timeZone, [...path, key]));
}
