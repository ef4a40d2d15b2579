import { Argument, type Command } from 'commander';
import type { CommandAction } from './commands/command.ts';
import { verifyLedger } from './commands/ledger.ts';
import { rebuildLedger } from './commands/ledger-rebuild.ts';
import { approveReopen, closePeriods, declineReopen, listPending, listPeriods, reopenPeriod, reverseEntry, setRevaluation, withdrawPending } from './commands/periods.ts';
import { readMonth } from './option-readers.ts';
import { addLedgerReadingCommands } from './reading-commands.ts';

/** `ledger`. */
export function addLedgerCommands(program: Command, run: (action: CommandAction) => Promise<void>): void {
  const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
  const ledger = add(program, 'ledger', 'the books');
  add(ledger, 'verify', 'recompute everything and name the first thing that is wrong').action(() => run(verifyLedger()));
  addLedgerReadingCommands(ledger, run);
  add(ledger, 'periods', 'the months: open or closed, and what stands in the way of closing the next').action(() => run(listPeriods()));
  add(ledger, 'rebuild', 'make the books anew from Stripe in a file of its own and name what this ledger says otherwise').option('--keep <file>', 'keep the rebuilt ledger there').action((options) => run(rebuildLedger(options)));
  add(ledger, 'close', 'close a month, or all up to one: nothing enters them any more')
    .option('--period <month>', 'the month, such as 2026-10', readMonth)
    .option('--through <month>', 'every open month up to this one, up to the first that cannot be closed', readMonth)
    .option('--dry-run', 'with --through: show what stands in the way, close nothing')
    .option('--accept <reason...>', 'take on facts that wait for this reason; they will be posted to a later month')
    .action((options) => run(closePeriods(options)));
  add(ledger, 'revaluation', 'close months with unrealised exchange differences, or without (as they are at first)')
    .addArgument(new Argument('<setting>').choices(['on', 'off']))
    .action((wanted: string) => run(setRevaluation(wanted)));
  add(ledger, 'reopen', 'ask to open the last closed month again')
    .requiredOption('--period <month>', 'the month', readMonth)
    .requiredOption('--reason <text>', 'why')
    .action((options) => run(reopenPeriod(options)));
  add(ledger, 'approve-reopen', 'open a month another person asked for').requiredOption('--period <month>', 'the month', readMonth).action((options) => run(approveReopen(options)));
  add(ledger, 'decline-reopen', 'leave closed what somebody asked to open')
    .requiredOption('--period <month>', 'the month', readMonth)
    .requiredOption('--reason <text>', 'why')
    .action((options) => run(declineReopen(options)));
  add(ledger, 'reverse <id>', 'post the exact negation of an entry').requiredOption('--reason <text>', 'why').action((id: string, options) => run(reverseEntry(id, options)));
  add(ledger, 'pending', 'entries that wait to be sealed, and why').action(() => run(listPending()));
  add(ledger, 'withdraw <id>', 'take back an entry of yours that the sealer left').requiredOption('--reason <text>', 'why').action((id: string, options) => run(withdrawPending(id, options)));
}
