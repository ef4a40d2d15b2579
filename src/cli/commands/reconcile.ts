import type { z } from 'zod';
import type { discrepancyRowSchema, reconciliationRunSchema } from '../../shared/api/reconciliation.contract.ts';
import type { payoutProofSchema, runRowSchema } from '../../shared/api/reconciliation-runs.contract.ts';
import { addMinorUnits } from '../../shared/money/money.ts';
import { reportLines } from '../../main/reconciliation/report-text.ts';
import { instantText, moneyText, type HumanOutput } from '../output.ts';
import type { CommandAction, CommandContext } from './command.ts';

type Run = z.infer<typeof reconciliationRunSchema>;
type Discrepancy = z.infer<typeof discrepancyRowSchema>;
type RunRow = z.infer<typeof runRowSchema>;
type PayoutProof = z.infer<typeof payoutProofSchema>;

const pageRows = 500;

/** Days, both inclusive. */
interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

async function openDiscrepancies(client: CommandContext['client'], level: Run['level'], { from, to }: Days): Promise<Discrepancy[]> {
  const rows: Discrepancy[] = [];
  for (const status of ['open', 'assigned', 'on-hold'] as const) {
    for (let startAt = 0, total = 1; startAt < total; startAt += pageRows) {
      const page = await client.reconciliation.list({ startAt, limit: pageRows, filter: { status, level, ...(from ? { from } : {}), ...(to ? { to } : {}) } });
      rows.push(...page.rows);
      total = page.total;
    }
  }
  return rows;
}

const levelWords: Readonly<Record<Run['level'], string>> = { drift: 'Drift', transactions: 'Transactions', payouts: 'Payouts', bank: 'Bank' };

function scopeWords({ scope, from, to }: RunRow, timeZone: string): string {
  if (scope === 'last-day') return 'the last 24 hours';
  if (from === null) return to === null ? 'everything' : `everything before ${instantText(to, timeZone)}`;
  return `from ${instantText(from, timeZone)} to ${to === null ? 'now' : instantText(to, timeZone)}`;
}

/** Which run this is, and what it stands on: its level, as of when, over what, by which policy. */
function printRun(out: HumanOutput, run: RunRow, timeZone: string): void {
  out.line(`${levelWords[run.level]}${run.sequence === null ? '' : `, run ${run.sequence.toLocaleString('en-US')}`}, as of ${instantText(run.asOf, timeZone)} (${timeZone}).`);
  out.line(`Scope: ${scopeWords(run, timeZone)}${run.method === 'incremental' ? ', by what changed since the last run' : ''}. Policy: ${run.policyVersion === null ? 'none was counted yet' : `version ${run.policyVersion}`}.`);
}

/** The newest run of a level as it was kept; null where there was none. */
async function newestRun(client: CommandContext['client'], level: Run['level']): Promise<RunRow | null> {
  const { runs } = await client.reconciliation.summary({});
  const newest = runs.find((candidate) => candidate.level === level);
  return newest ? (await client.reconciliation.runs.show({ id: newest.id })).run : null;
}

function printSums(out: HumanOutput, sums: Run['sums']): void {
  out.table(sums, [
    { title: 'Store', text: (row) => row.store },
    { title: 'Records', align: 'right', text: (row) => row.count.toLocaleString('en-US') },
    { title: 'Sum', align: 'right', text: (row) => moneyText(row.amountMinor, row.currency) },
  ]);
}

function printDiscrepancies(out: HumanOutput, discrepancies: readonly Discrepancy[]): void {
  out.table(discrepancies, [
    { title: 'Reason', text: (row) => row.reason },
    { title: 'Object', text: (row) => row.objectName },
    { title: 'Date', text: (row) => row.occurredOn },
    { title: 'Amount', align: 'right', text: (row) => moneyText(row.amount.amount, row.amount.currency) },
    { title: 'Status', text: (row) => row.status },
    { title: 'Hint', text: (row) => row.hint },
  ]);
}

/** start + activity − payouts = end, per currency, and what else there is to say of payouts. */
function printProof(out: HumanOutput, { balances, account, underWay }: PayoutProof): void {
  const amount = (title: string, of: (row: PayoutProof['balances'][number]) => number | null) => ({ title, align: 'right' as const, text: (row: PayoutProof['balances'][number]) => { const minor = of(row); return minor === null ? '—' : moneyText(minor, row.currency); } });
  out.line('Start + activity − payouts = end, beside what Stripe says and the clearing account:');
  out.table(balances, [amount('Start', (row) => row.openingMinor), amount('Activity', (row) => row.activityMinor), amount('Payouts', (row) => row.payoutsMinor), amount('End', (row) => row.endingMinor), amount('Stripe says', (row) => row.stripeMinor), amount('Pending of it', (row) => row.stripePendingMinor), amount('Clearing', (row) => row.clearingMinor), amount('Not in the books', (row) => row.explainedMinor), amount('Nobody can name', (row) => addMinorUnits(row.unexplainedMinor, -(row.namedMinor ?? 0), row.differenceMinor))]);
  if (account.length > 0) {
    out.line();
    out.line('Payouts made by hand, as lines of the account:');
    out.table(account, [
      { title: 'Payout', text: (row) => row.payoutId }, { title: 'Kind', text: (row) => row.method }, { title: 'Before', align: 'right', text: (row) => moneyText(row.openingMinor, row.currency) }, { title: 'Activity', align: 'right', text: (row) => moneyText(row.activityMinor + row.otherPayoutsMinor, row.currency) },
      { title: 'Payout', align: 'right', text: (row) => moneyText(row.payoutMinor, row.currency) }, { title: 'Fee', align: 'right', text: (row) => moneyText(row.feeMinor, row.currency) }, { title: 'After', align: 'right', text: (row) => moneyText(row.closingMinor, row.currency) }, { title: 'Ties', text: (row) => (row.isTied ? 'yes' : 'no') },
    ]);
  }
  if (underWay.length === 0) return;
  out.line();
  out.line('On their way to the bank:');
  out.table(underWay, [{ title: 'Payout', text: (row) => row.payoutId }, { title: 'Amount', align: 'right', text: (row) => moneyText(row.amountMinor, row.currency) }, { title: 'Status', text: (row) => (row.status === 'pending' ? 'not sent yet' : 'sent') }, { title: 'Arrives', text: (row) => `${row.arrivesOn ?? 'not said'}${row.isLate ? ' (late)' : ''}` }]);
}

/** What a run found again although somebody settled it is not listed: why the list is shorter than the count. */
export function foundText(found: number, listed: number): string {
  const settled = found - listed;
  return `found ${found.toLocaleString('en-US')}${settled > 0 ? `; ${settled.toLocaleString('en-US')} of them ${settled === 1 ? 'is' : 'are'} settled and not listed` : ''}`;
}

/** The newest run of a level and the open differences dated on the days it looked at. */
async function report({ client, output, timeZone }: CommandContext, level: Run['level'], days: Days): Promise<0 | 1> {
  const run = await newestRun(client, level);
  const discrepancies = await openDiscrepancies(client, level, days);
  output.answer({ run, discrepancies }, (out) => {
    if (run) {
      printRun(out, run, timeZone);
      out.line(`Compared ${run.compared.toLocaleString('en-US')}, matched ${run.matched.toLocaleString('en-US')}, ${foundText(run.found, discrepancies.length)}.`);
      printSums(out, run.sums);
      out.line();
    }
    if (discrepancies.length === 0) out.line('No open differences.');
    else printDiscrepancies(out, discrepancies);
  });
  return discrepancies.length > 0 ? 1 : 0;
}

export function reconcileTransactions(options: Days & { readonly changesOnly?: boolean | undefined }): CommandAction {
  return async (context) => {
    await context.runJob('daily-reconciliation', { options: { ...(options.changesOnly ? { changesOnly: true } : {}), ...(options.from ? { from: options.from } : {}), ...(options.to ? { to: options.to } : {}) } });
    return report(context, 'transactions', options);
  };
}

export function reconcileBank(): CommandAction {
  return async (context) => {
    await context.runJob('bank-reconciliation');
    return report(context, 'bank', {});
  };
}

export function reconcilePayouts(options: Days): CommandAction {
  return async (context) => {
    await context.runJob('daily-reconciliation', { options: { level: 'payouts', ...(options.from ? { from: options.from } : {}), ...(options.to ? { to: options.to } : {}) } });
    const newest = await context.client.reconciliation.runs.proof({});
    const discrepancies = await openDiscrepancies(context.client, 'payouts', options);
    context.output.answer({ run: newest?.run ?? null, proof: newest?.proof ?? null, discrepancies }, (out) => {
      if (newest) {
        printRun(out, newest.run, context.timeZone);
        out.line(`Checked ${newest.run.compared.toLocaleString('en-US')} payouts, ${newest.run.matched.toLocaleString('en-US')} tie.`);
        printProof(out, newest.proof);
        out.line();
      }
      if (discrepancies.length === 0) out.line('No open differences.');
      else printDiscrepancies(out, discrepancies);
    });
    return discrepancies.length > 0 ? 1 : 0;
  };
}

/** A run as it was kept, with what is new, gone and found again beside the one before; the first 500 of each. What was found again is not open where it was settled: its status says so. */
export function showReconciliationRun(options: { readonly run?: string | undefined }): CommandAction {
  return async ({ client, output, timeZone }) => {
    const { run, byReason, previous, proof } = await client.reconciliation.runs.show(options.run ? { id: options.run } : {});
    const of = async (which: 'new' | 'gone' | 'remaining') => (await client.reconciliation.runs.differences({ id: run.id, of: which, limit: pageRows })).rows;
    const [appeared, gone, remaining] = [await of('new'), await of('gone'), await of('remaining')];
    output.answer({ run, byReason, previous, proof, new: appeared, gone, remaining }, (out) => {
      printRun(out, run, timeZone);
      out.line(`Run ${run.id}, inputs ${run.inputsHash ?? 'not hashed'}${previous?.hadSameInputs ? ' (the same as before)' : ''}.`);
      out.line(`Compared ${run.compared.toLocaleString('en-US')}${run.recompared === null ? '' : `, ${run.recompared.toLocaleString('en-US')} of them anew`}, matched ${run.matched.toLocaleString('en-US')}, found ${run.found.toLocaleString('en-US')}.`);
      printSums(out, run.sums);
      if (proof) printProof(out, proof);
      for (const [title, rows] of [['New', appeared], ['Gone', gone], ['Found again', remaining]] as const) {
        out.line();
        out.line(`${title} beside the last run: ${rows.length.toLocaleString('en-US')}`);
        if (rows.length > 0) printDiscrepancies(out, rows);
      }
    });
    return 0;
  };
}

/** The short report of the day in the words of its e-mail: alerts with what they are about, what is new, settled and open, the biggest, missing money. Exits with 1 where something alerts. */
export function showDailyReport(): CommandAction {
  return async ({ client, output }) => {
    const { report: daily, sent } = await client.workbench.report({});
    output.answer({ report: daily, sent }, (out) => {
      for (const line of reportLines(daily)) out.line(line);
    });
    return daily.alerts.length > 0 ? 1 : 0;
  };
}

/** What the drift check answers: sums per store, and the ids that make the difference between them. */
interface DriftAnswer {
  readonly compared: number;
  readonly matched: number;
  readonly sums: Run['sums'];
  readonly missing: readonly { readonly reason: string; readonly objectId: string; readonly currency: string; readonly amountMinor: number }[];
}

export function reconcileDrift(): CommandAction {
  return async ({ client, runJob, output, timeZone }) => {
    const drift = (await runJob('drift-check')).result as DriftAnswer;
    const run = await newestRun(client, 'drift');
    output.answer({ run, ...drift }, (out) => {
      if (run) printRun(out, run, timeZone);
      out.line(`The last 24 hours: compared ${drift.compared.toLocaleString('en-US')}, matched ${drift.matched.toLocaleString('en-US')}.`);
      printSums(out, drift.sums);
      out.line();
      if (drift.missing.length === 0) out.line('No drift.');
      else out.table(drift.missing, [
        { title: 'Reason', text: (row) => row.reason },
        { title: 'Object', text: (row) => row.objectId },
        { title: 'Amount', align: 'right', text: (row) => moneyText(row.amountMinor, row.currency) },
      ]);
    });
    return drift.missing.length > 0 ? 1 : 0;
  };
}
