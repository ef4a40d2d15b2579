import { Option, type Command } from 'commander';
import { mailStateSchema } from '../shared/api/mail.contract.ts';
import type { CommandAction } from './commands/command.ts';
import { cancelMail, listOutbox, noteBounce, retryMail, settleMail, testMail } from './commands/mail.ts';
import { readLimit } from './option-readers.ts';

export function addMailCommands(program: Command, run: (action: CommandAction) => Promise<void>): void {
  const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
  const mail = add(program, 'mail', 'invoices by e-mail: the mail server and the outbox');
  add(mail, 'test', 'try the mail server that is set').option('--to <address>', 'and send it a short e-mail').action((options) => run(testMail(options)));
  add(mail, 'outbox', 'what waits, was sent or failed, newest first')
    .addOption(new Option('--state <state>').choices([...mailStateSchema.options]))
    .option('--text <text>', 'a part of a number, a customer’s name or an address')
    .option('--limit <rows>', 'how many', readLimit, 50)
    .action((options) => run(listOutbox(options)));
  add(mail, 'retry <id>', 'try one that failed or waits now').action((id: string) => run(retryMail(id)));
  add(mail, 'cancel <id>', 'send one that waits or failed no more').action((id: string) => run(cancelMail(id)));
  add(mail, 'settle <id>', 'decide about one that is in doubt').option('--arrived', 'the customer has it').option('--send-again', 'send it once more').action((id: string, options) => run(settleMail(id, options)));
  add(mail, 'bounced <id>', 'note that one came back').requiredOption('--reason <text>', 'what the returned e-mail says').action((id: string, options) => run(noteBounce(id, options)));
}
