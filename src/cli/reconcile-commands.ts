import { Option, type Command } from 'commander';
import type { CommandAction } from './commands/command.ts';
import { reconcileBank, reconcileDrift, reconcilePayouts, reconcileTransactions, showDailyReport, showReconciliationRun } from './commands/reconcile.ts';
import { reconcileClose, type ReconcileCloseFlags } from './commands/reconcile-close.ts';
import { readDate, readMonth } from './option-readers.ts';

/** `reconcile`. */
export function addReconcileCommands(program: Command, run: (action: CommandAction) => Promise<void>): void {
  const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
  const reconcile = add(program, 'reconcile', 'compare Stripe, the ledger and the payment records');
  add(reconcile, 'transactions', 'every balance transaction').option('--from <date>', 'first day', readDate).option('--to <date>', 'last day', readDate)
    .option('--changes-only', 'only what changed since the last run over everything, where there was one').action((options) => run(reconcileTransactions(options)));
  add(reconcile, 'payouts', 'payouts and the balance they come from').option('--from <date>', 'first day (default: five weeks back, or the first of last month)', readDate).option('--to <date>', 'last day', readDate).action((options) => run(reconcilePayouts(options)));
  add(reconcile, 'report', 'a run, and what is new, gone and found again beside the one before').option('--run <id>', 'default: the newest over transactions')
    .addOption(new Option('--daily', 'the report of the day instead, as it goes out by e-mail').conflicts('run')).action(({ daily, ...options }: { daily?: boolean; run?: string }) => run(daily ? showDailyReport() : showReconciliationRun(options)));
  add(reconcile, 'drift', 'the last 24 hours').action(() => run(reconcileDrift()));
  add(reconcile, 'bank', 'payouts against the bank statements that were imported').action(() => run(reconcileBank()));

  add(reconcile, 'close', 'the checklist of a month, the signature under it, and its evidence')
    .requiredOption('--period <month>', 'the month, such as 2026-10', readMonth)
    .option('--sign-off', 'sign that the month is reconciled')
    .option('--accept <check=reason...>', 'with --sign-off: sign although this check is not fine')
    .option('--note <text>', 'with --sign-off: kept beside the signature')
    .option('--withdraw <reason>', 'take the signature back')
    .option('--evidence <file>', 'save the evidence pack there: PDF, CSVs and SHA256SUMS in a ZIP')
    .action((options: ReconcileCloseFlags) => run(reconcileClose(options)));
}
