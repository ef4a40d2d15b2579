/** `daybook revenue …`: revenue in the cash view, MRR and its measures, recognition. */
import { Option, type Command } from 'commander';
import { breakdownKinds, comparisons, mrrPolicyNames } from '../shared/api/revenue-measures.contract.ts';
import { movementKinds } from '../shared/api/revenue.contract.ts';
import type { CommandAction } from './commands/command.ts';
import { compareRevenue, listMovements, showChurn, showCohorts, showRecognition } from './commands/revenue-measures.ts';
import { recogniseRevenue, showMrr, showRevenueBreakdown, showRevenueOverview } from './commands/revenue.ts';
import { readCurrency, readInstant, readLimit, readLongLimit, readMonth } from './option-readers.ts';

const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
const inRange = (command: Command): Command => command.option('--from <month>', 'first month', readMonth).option('--to <month>', 'last month', readMonth);
const asCsv = (command: Command): Command => command.option('--csv', 'print CSV');
const underPolicy = (command: Command): Command => command.addOption(new Option('--policy <policy>', 'the rules of MRR (default: standard)').choices([...mrrPolicyNames]));
const inCurrency = (command: Command): Command => command.option('--currency <code>', 'only what is in a currency, in its own amounts (default: all, converted)', readCurrency);
const viewed = (command: Command): Command =>
  asCsv(inCurrency(underPolicy(command)))
    .option('--plan <price>', 'only of a plan, by the id of its price')
    .option('--country <code>', 'only of customers in a country; with a plan: the plan’s customers there', (text) => text.toUpperCase());

/** Adds them, and answers their parent for what else is asked of revenue. */
export function addRevenueCommands(program: Command, run: (action: CommandAction) => Promise<void>): Command {
  const revenue = add(program, 'revenue', 'revenue, MRR and ARR');
  viewed(inRange(add(revenue, 'overview', 'cash view of a month, and every measure of it or of a range')).addOption(new Option('--month <month>', 'default: the running month').argParser(readMonth).conflicts(['from', 'to'])))
    .addOption(new Option('--compare <with>', 'default: previous-period').choices([...comparisons]))
    .action((options) => run(showRevenueOverview(options)));
  viewed(inRange(add(revenue, 'mrr', 'MRR, ARR and movements by month'))).action((options) => run(showMrr(options)));
  viewed(inRange(add(revenue, 'breakdown', 'cash view by month, all or one settlement currency; with --by MRR and its movements of a range')))
    .addOption(new Option('--by <member>', 'MRR by plan, country or currency').choices([...breakdownKinds]))
    .action((options) => run(showRevenueBreakdown(options)));
  viewed(inRange(add(revenue, 'movements', 'what moved MRR, the largest first (default: in the running month)')))
    .addOption(new Option('--kind <kind>').choices([...movementKinds]))
    .option('--limit <rows>', 'how many', readLongLimit, 100)
    .action((options) => run(listMovements(options)));
  viewed(inRange(add(revenue, 'churn', 'churn, retention, quick ratio, ARPA and LTV by month'))).action((options) => run(showChurn(options)));
  asCsv(inCurrency(underPolicy(inRange(add(revenue, 'cohorts', 'customers by the month of their first MRR, and what is left of them after so many months')))))
    .addOption(new Option('--of <what>', 'what is shown in the table (default: customers)').choices(['customers', 'mrr']))
    .action((options) => run(showCohorts(options)));
  asCsv(inRange(add(revenue, 'recognition', 'deferred revenue by month, tied to its account; exit 1 when it does not tie')))
    .option('--days <month>', 'what each day of a month earned, and when the rest will be', readMonth)
    .action((options) => run(showRecognition(options)));
  asCsv(underPolicy(add(revenue, 'compare', 'the three policies side by side with the customers that differ; or a month as known at a moment and now')))
    .option('--month <month>', 'default: the running month', readMonth)
    .option('--known-at <instant>', 'as it was known then, such as 2026-04-03T12:00:00Z', readInstant)
    .option('--limit <rows>', 'how many customers or facts', readLimit, 50)
    .addOption(new Option('--of <what>', 'what the CSV has: the customers that differ, or the figures of each policy (default: customers)').choices(['customers', 'figures']))
    .action((options) => run(compareRevenue(options)));
  add(revenue, 'recognise', 'make what was earned of deferred revenue into revenue').option('--period <month>', 'up to this month (default: the last that is over)', readMonth).action((options) => run(recogniseRevenue(options)));
  return revenue;
}
