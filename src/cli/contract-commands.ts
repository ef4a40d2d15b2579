/**
 * The commands about partners' contracts: look, edit, rehearse, files.
 */
import { Option, type Command } from 'commander';
import { contractRowSchema } from '../shared/api/contracts.contract.ts';
import { addChangeCommands } from './change-commands.ts';
import type { CommandAction } from './commands/command.ts';
import { exportContracts, importContracts } from './commands/contract-files.ts';
import { compareVersions, listVersions, rehearseContract, restoreVersion } from './commands/contract-history.ts';
import { amendContract, deleteContract, editContract, listContracts, newContract, showContract, type EditFlags } from './commands/contracts.ts';
import { checked, readDate, readLimit } from './option-readers.ts';

type Run = (action: CommandAction) => Promise<void>;

const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();

const readVersion = checked((text) => {
  const version = Number(text);
  if (!/^\d{1,9}$/.test(text) || version < 1) throw new Error('A version is a number from 1 on.');
  return version;
});

const reasonForm = checked((text) => {
  const reason = text.trim();
  if (reason.length < 3 || reason.length > 500) throw new Error('Write a few words, 500 signs at most.');
  return reason;
});

const withReason = (command: Command): Command => command.requiredOption('--reason <text>', 'why', reasonForm);
const withSettings = (command: Command): Command => command.option('--set <column=value...>', 'what it is to be, such as per_deed_price=2.5 (prices with a point, amounts in minor units)');

export function addContractCommands(program: Command, run: Run): void {
  const contracts = add(program, 'contracts', 'what partners agreed to');
  add(contracts, 'list', 'by partner, with the terms of today')
    .option('--text <text>', 'a part of the partner’s name or of a prefix')
    .addOption(new Option('--standing <standing>').choices([...contractRowSchema.shape.standing.options]))
    .option('--partner <id>', 'of a partner')
    .option('--limit <rows>', 'how many', readLimit, 100)
    .action((options) => run(listContracts(options)));
  add(contracts, 'show <id>', 'one contract, by its id or its prefix, with its terms over time and what is on its way').action((id: string) => run(showContract(id)));
  withReason(withSettings(add(contracts, 'edit <id>', 'change a contract, an amendment or a partner'))).action((id: string, options: EditFlags) => run(editContract(id, options)));
  withReason(withSettings(add(contracts, 'amend <id>', 'other terms from a day on; what is not set stays as it is on the day before').requiredOption('--from <date>', 'the first day of the new terms', readDate)))
    .action((id: string, options: EditFlags & { from: string }) => run(amendContract(id, options)));
  withReason(withSettings(add(contracts, 'new', 'a new contract or partner').addOption(new Option('--entity <entity>').choices(['contract', 'partner']).default('contract'))))
    .action((options: EditFlags & { entity: 'contract' | 'partner' }) => run(newContract(options)));
  withReason(add(contracts, 'delete <id>', 'take a contract, an amendment or a partner away; its versions stay')).action((id: string, options: { reason: string }) => run(deleteContract(id, options)));
  add(contracts, 'versions <id>', 'every version: who, when, why and what').action((id: string) => run(listVersions(id)));
  add(contracts, 'compare <id>', 'two versions beside each other')
    .requiredOption('--from <version>', 'the one', readVersion)
    .requiredOption('--to <version>', 'the other', readVersion)
    .action((id: string, options: { from: number; to: number }) => run(compareVersions(id, options)));
  withReason(add(contracts, 'restore <id>', 'bring an old version back, as a new edit').requiredOption('--version <version>', 'which', readVersion)).action((id: string, options: { version: number; reason: string }) => run(restoreVersion(id, options)));
  withSettings(add(contracts, 'rehearse <id>', 'what the last twelve months would have come to under other terms').option('--from <date>', 'as an amendment from this day on', readDate))
    .action((id: string, options: { set?: string[]; from?: string }) => run(rehearseContract(id, options)));
  add(contracts, 'import <file>', 'partners, contracts and amendments from CSV or JSON; refused whole while there is a problem')
    .option('--dry-run', 'show every problem and every change, write nothing')
    .addOption(new Option('--format <format>', 'when the name does not say it').choices(['csv', 'json']))
    .option('--reason <text>', 'why', reasonForm)
    .action((file: string, options: { dryRun?: boolean; reason?: string; format?: 'csv' | 'json' }) => run(importContracts(file, options)));
  add(contracts, 'export', 'all partners, contracts and amendments in one file')
    .addOption(new Option('--format <format>').choices(['csv', 'json']).makeOptionMandatory())
    .option('--out <path>', 'a file, or a folder to put it in (default: the standard output)')
    .action((options: { format: 'csv' | 'json'; out?: string }) => run(exportContracts(options)));
  addChangeCommands(contracts, run);
}
