/** The monthly revenue report on the command line. */
import type { Command } from 'commander';
import type { CommandAction } from './commands/command.ts';
import { saveRevenueReport, sendRevenueReport } from './commands/revenue-report.ts';
import { readMonth } from './option-readers.ts';

type Run = (action: CommandAction) => Promise<void>;

const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();

/** After the commands of revenue, which it stands among. */
export function addRevenueReportCommands(program: Command, run: Run): void {
  const revenue = program.commands.find((command) => command.name() === 'revenue');
  if (!revenue) throw new Error('The commands of revenue come first.');
  add(revenue, 'report', 'the revenue report of a month as a PDF')
    .requiredOption('--month <month>', 'the month, such as 2026-10', readMonth)
    .option('--out <file>', 'where to')
    .option('--send', 'send it by e-mail to those set in Revenue, Report, in place of saving it')
    .action((options: { month: string; out?: string; send?: boolean }) => run(options.send ? sendRevenueReport(options) : saveRevenueReport(options)));
}
