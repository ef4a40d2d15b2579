/**
 * The commands about edits on their way: what was changed, conflicts, approvals.
 */
import { Option, type Command } from 'commander';
import { changeStateSchema } from '../shared/api/changes.contract.ts';
import { decideChange, listApprovals, listChanges, listConflicts, resolveConflict, retryChange, withdrawChange, type ChangeListFlags, type ResolveFlags } from './commands/changes.ts';
import type { CommandAction } from './commands/command.ts';
import { checked, readLimit } from './option-readers.ts';

type Run = (action: CommandAction) => Promise<void>;

const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
const collect = (value: string, earlier: readonly string[]): string[] => [...earlier, value];
const readReason = checked((text) => {
  const reason = text.trim();
  if (reason.length < 3 || reason.length > 500) throw new Error('Write a few words, 500 signs at most.');
  return reason;
});

export function addChangeCommands(contracts: Command, run: Run): void {
  add(contracts, 'changes', 'edits of this desk and of the others, the newest first')
    .addOption(new Option('--state <state>').choices([...changeStateSchema.options]))
    .option('--open', 'only those that are neither applied nor given up')
    .option('--limit <rows>', 'how many', readLimit, 50)
    .action((options: ChangeListFlags) => run(listChanges(options)));
  add(contracts, 'withdraw <id>', 'take back an edit of yours that has not taken effect').requiredOption('--reason <text>', 'why', readReason).action((id: string, options: { reason: string }) => run(withdrawChange(id, options)));
  add(contracts, 'retry <id>', 'send a parked edit once more').action((id: string) => run(retryChange(id)));
  add(contracts, 'conflicts [id]', 'edits that met another edit of the same field; with an id, all sides of one')
    .option('--limit <rows>', 'how many', readLimit, 100)
    .action((id: string | undefined, options: { limit: number }) => run(listConflicts(id, options)));
  add(contracts, 'resolve <id>', 'decide a conflict: for each clashing field what is to stand')
    .requiredOption('--field <column>', 'a clashing field; repeat it with its --keep for each', collect, [])
    .requiredOption('--keep <mine|theirs|value>', 'what is to stand in it', collect, [])
    .requiredOption('--reason <text>', 'why', readReason)
    .action((id: string, options: ResolveFlags) => run(resolveConflict(id, options)));
  add(contracts, 'approvals [id]', 'edits that wait for a second person; with an id, what one would bill')
    .option('--limit <rows>', 'how many', readLimit, 100)
    .action((id: string | undefined, options: { limit: number }) => run(listApprovals(id, options)));
  add(contracts, 'approve <id>', 'let an edit of somebody else take effect').option('--comment <text>', 'for its author').action((id: string, options: { comment?: string }) => run(decideChange(id, 'approve', options)));
  add(contracts, 'reject <id>', 'refuse an edit of somebody else').option('--comment <text>', 'for its author').action((id: string, options: { comment?: string }) => run(decideChange(id, 'reject', options)));
}
