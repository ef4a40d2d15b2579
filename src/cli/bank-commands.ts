/**
 * The commands of bank statements: import, what lies in them, and matching.
 */
import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import { matchRuleNames } from '../shared/api/banking.contract.ts';
import { importStatement, listBankAccounts, listLines, listMappings, listSuggestions, matchLines, setRule, unmatch, type LineFlags } from './commands/bank.ts';
import type { CommandAction } from './commands/command.ts';
import { readCurrency, readDate, readLimit } from './option-readers.ts';

type Run = (action: CommandAction) => Promise<void>;

const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();

export function addBankCommands(program: Command, run: Run): void {
  const bank = add(program, 'bank', 'bank statements: import them, and say what their lines are');
  add(bank, 'import <file>', 'import a statement in CAMT.053, MT940, OFX or CSV; the same file again changes nothing')
    .option('--account <number>', 'the bank account, where the file does not name it')
    .option('--mapping <name>', 'how a CSV is read: the name of a saved mapping')
    .option('--currency <code>', 'of an account that is new and a file that names none', readCurrency)
    .action((file: string, options) => run(importStatement(file, options)));
  add(bank, 'accounts', 'bank accounts with their balances and what is left to match').action(() => run(listBankAccounts()));
  add(bank, 'lines', 'lines, newest first')
    .option('--account <number>', 'of one bank account')
    .addOption(new Option('--open', 'only those that are not matched').conflicts('matched'))
    .option('--matched', 'only those that are')
    .option('--from <date>', 'first day', readDate)
    .option('--to <date>', 'last day', readDate)
    .option('--text <text>', 'a part of the text, a name or a reference')
    .option('--limit <rows>', 'how many', readLimit, 50)
    .action((options: LineFlags) => run(listLines(options)));
  add(bank, 'suggestions', 'what the rules propose, best first')
    .option('--account <number>', 'of one bank account')
    .option('--limit <rows>', 'how many', readLimit, 50)
    .action((options) => run(listSuggestions(options)));
  add(bank, 'match <lines...>', 'say what lines are: payouts, invoices, receipts, or an account')
    .option('--with <parts...>', 'such as payout:po_1AbC, invoice:<id>, receipt:<id>, repayment:<id>, outside-payment:<id>; credit:<id>[:<amount>] and overpayment:<id>[:<amount>] pay the customer')
    .option('--residual <account>', 'where the difference is posted, such as 5000-payment-fees')
    .option('--memo <text>', 'what the difference is')
    .option('--dry-run', 'only show what would be paid to customers and posted for it')
    .action((lines: string[], options) => run(matchLines(lines, options)));
  add(bank, 'unmatch <match>', 'take a match back: what it posted is reversed').requiredOption('--reason <text>', 'why').action((match: string, options) => run(unmatch(match, options)));
  add(bank, 'mappings', 'how CSVs are read').action(() => run(listMappings()));
  add(bank, 'rules', 'the rules of matching; with a name and options, set one')
    .addArgument(new Argument('[rule]').choices([...matchRuleNames]))
    .addOption(new Option('--automatic <setting>', 'whether what it finds without a doubt is matched at once').choices(['on', 'off']))
    .option('--days <days>', 'how far apart the days may lie', readNumber)
    .option('--tolerance <amount>', 'the largest difference, in minor units; of known-fee the fee, of currency-rate basis points', readNumber)
    .option('--account <code>', 'where the difference is posted')
    .action((rule: string | undefined, options) => run(setRule(rule, options)));
}

/** @throws InvalidArgumentError for what is no whole number. */
function readNumber(text: string): number {
  if (!/^\d{1,8}$/.test(text)) throw new InvalidArgumentError('A whole number is needed.');
  return Number(text);
}
