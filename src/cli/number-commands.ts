/** `daybook numbers …`: the numbers of invoices and credit notes. */
import { Argument, Option, type Command } from 'commander';
import type { DocumentSeries } from '../main/billing/document-numbers.ports.ts';
import type { CommandAction } from './commands/command.ts';
import { leaseNumbers, listGaps, listNumbers, returnNumbers } from './commands/numbers.ts';
import { checked } from './option-readers.ts';

const readWhole = (least: number, most: number): ((text: string) => number) =>
  checked((text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) throw new Error(`A whole number from ${least} to ${most}.`);
    return value;
  });
const readYear = readWhole(2000, 9999);

export function addNumberCommands(program: Command, run: (action: CommandAction) => Promise<void>): void {
  const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
  const numbers = add(program, 'numbers', 'the numbers of one-off invoices (INV) and credit notes (CN)');
  add(numbers, 'list', 'each series with its next number, and the blocks that desks hold').action(() => run(listNumbers()));
  add(numbers, 'lease', 'take a block of numbers, so that this desk can finalise offline')
    .addArgument(new Argument('<series>').choices(['INV', 'CN']))
    .option('--count <numbers>', 'how many, 1 to 100', readWhole(1, 100), 5)
    .option('--days <days>', 'for how long, 1 to 31', readWhole(1, 31), 7)
    .option('--year <year>', 'of which year (default: this one)', readYear)
    .action((series: DocumentSeries, options: { count: number; days: number; year?: number }) => run(leaseNumbers(series, options)));
  add(numbers, 'return <block>', 'give the unused numbers of a block back, or take a block away from a desk that is lost').requiredOption('--reason <text>', 'why; it is kept in the gap register').action((block: string, options: { reason: string }) => run(returnNumbers(block, options)));
  add(numbers, 'gaps', 'the gap register: numbers no document has and none will get')
    .addOption(new Option('--series <series>').choices(['INV', 'CN']))
    .option('--year <year>', 'of a year', readYear)
    .action((options: { series?: DocumentSeries; year?: number }) => run(listGaps(options)));
}
