import type { Command } from 'commander';
import { createBackup, printBackups, printRestore, verifyBackup } from './commands/backup.ts';
import type { CommandAction } from './commands/command.ts';
import type { Output } from './output.ts';
import { readBackupList, restoreFromBackup, type PlaceOptions } from './session.ts';

/** `backup`: a list and a restore need no ledger that can be opened. */
export function addBackupCommands(program: Command, run: (action: CommandAction) => Promise<void>, { at, output }: { at: () => PlaceOptions; output: () => Output }): void {
  const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
  const backup = add(program, 'backup', 'copies of the ledger');
  add(backup, 'create', 'copy the ledger while it is in use and verify the copy').action(() => run(createBackup()));
  add(backup, 'list', 'newest first').action(async () => {
    const list = await readBackupList(at());
    output().answer(list, (out) => printBackups(out, list));
  });
  add(backup, 'verify [id]', 'read a backup whole; the newest when none is named').action((id?: string) => run(verifyBackup(id)));
  add(backup, 'restore <backup>', 'put a backup, by its name or file, in the place of the ledger, which is kept; Daybook must be closed')
    .option('--dry-run', 'show what the backup does not have, change nothing')
    .action(async (given: string, options: { dryRun?: boolean }) => {
      const result = await restoreFromBackup(at(), given, options.dryRun ?? false);
      output().answer(result, (out) => printRestore(out, result, options.dryRun ?? false));
    });
}
