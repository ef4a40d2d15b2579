/**
 * The commands on our own invoices: drafts, payments, credit notes, what becomes of the rest, ageing.
 */
import { Option, type Command } from 'commander';
import { archivedStateSchema } from '../shared/api/archive.contract.ts';
import { archiveDocuments, saveStatementPdf, type ArchiveFlags } from './commands/archive.ts';
import type { CommandAction } from './commands/command.ts';
import { listCredits, payOut } from './commands/credits.ts';
import {
  applyReceipt, creditInvoice, discardDraft, editDraft, finaliseInvoice, listReceipts, markSent, markUncollectible, newOneOff, payInvoices, payRefund, recordWithholding, reverseAct, showAgeing, showStanding, showStatement, voidInvoice, writeOff, writeOffLimit, type EditFlags,
} from './commands/invoice-acts.ts';
import { checked, readCurrency, readDate, readLimit } from './option-readers.ts';

type Run = (action: CommandAction) => Promise<void>;

const readReason = checked((text) => {
  const reason = text.trim();
  if (reason.length < 3 || reason.length > 500) throw new Error('Write a few words, 500 signs at most.');
  return reason;
});
const readDays = checked((text) => {
  const days = Number(text);
  if (!/^\d{1,3}$/.test(text) || days > 365) throw new Error('Between 0 and 365 days.');
  return days;
});

const readMinorUnits = checked((text) => {
  if (!/^\d{1,12}$/.test(text)) throw new Error('A whole number of minor units, such as 1000.');
  return Number(text);
});

const withReason = (command: Command): Command => command.requiredOption('--reason <text>', 'why; kept in the audit log', readReason);
const withDay = (command: Command): Command => command.option('--on <date>', 'the day (default: today)', readDate);
const withEdits = (command: Command): Command => command
  .option('--add-line <line...>', 'such as 3x100:Onboarding, or 250:Travel')
  .option('--amount <line=amount...>', 'another amount for a line, such as 1=950.00')
  .option('--remove-line <line...>', 'take a line out, such as 2')
  .option('--discount <discount>', 'of the whole: 5%, an amount, or none')
  .option('--notes <text>', 'printed on the invoice')
  .option('--po <number>', 'the customer’s order')
  .option('--issue <date>', 'the day of issue', readDate)
  .option('--due <date>', 'the due date', readDate)
  .option('--reason <text>', 'why a figure deviates from what was rated', readReason);

/** Of a customer that is typed in. */
const withCustomer = (command: Command): Command => command
  .option('--legal-name <name>', 'as it is printed, where it is another').option('--address <line...>', 'its address').option('--country <code>', 'where the customer is, such as DE').option('--email <address>', 'where its invoices are sent').option('--tax-number <id>', 'its VAT id');

/** @param invoices the command that `list`, `show` and `pdf` are under. */
export function addInvoiceCommands(program: Command, invoices: Command, run: Run): void {
  const add = (name: string, description: string): Command => invoices.command(name).description(description).exitOverride();
  withCustomer(withEdits(add('edit <id>', 'edit a draft; without an option show it'))).option('--name <name>', 'another name for a customer that was typed in; any of its other details may be ""')
    .option('--take-records', 'of a one-off draft: names, addresses, tax numbers and the rounding of tax as records and settings have them by now').action((id: string, flags: EditFlags) => run(editDraft(id, flags)));
  withReason(add('discard <id>', 'discard a one-off draft, or one whose contract is not in force in its month')).action((id: string, options: { reason: string }) => run(discardDraft(id, options)));
  add('finalise <id>', 'give a draft its number and post it').action((id: string) => run(finaliseInvoice(id)));
  add('standing <id>', 'where an invoice stands and what was done to it').action((id: string) => run(showStanding(id)));
  withDay(add('sent <id>', 'it was handed over or sent by other means')).action((id: string, options: { on?: string }) => run(markSent(id, options)));
  add('pay [invoices...]', 'money in the bank, for invoices by number or id, each with =amount when it is not all that is due')
    .requiredOption('--on <date>', 'the day of the bank', readDate).requiredOption('--reference <text>', 'the bank’s reference')
    .option('--amount <amount>', 'what came in; what no invoice takes stays unapplied').option('--currency <currency>', 'without an invoice', readCurrency).option('--customer <id>', 'without an invoice')
    .action((ids: string[], options) => run(payInvoices(ids, options)));
  withDay(add('apply <receipt> <invoices...>', 'what is left of a receipt')).action((receipt: string, ids: string[], options: { on?: string }) => run(applyReceipt(receipt, ids, options)));
  withDay(withReason(add('unapply <act>', 'take an act back by its id: a payment applied, a receipt, a credit note, a credit paid out, a write-off, an uncollectible mark'))).action((id: string, options: { reason: string; on?: string }) => run(reverseAct(id, options)));
  withDay(withReason(add('credit <id>', 'a credit note, of the whole or by line')))
    .option('--line <line=amount...>', 'such as 1=100.00, before tax; without it all that is left')
    .addOption(new Option('--settle <how>', 'where what is not due goes').choices(['offset', 'refund', 'credit']).default('offset'))
    .option('--expires <date>', 'the last day of a credit', readDate).option('--dry-run', 'show it, write nothing')
    .action((id: string, options) => run(creditInvoice(id, options)));
  withDay(add('refund <credit-note>', 'the transfer that pays what a credit note owes').requiredOption('--reference <text>', 'the bank’s reference')).action((id: string, options: { reference: string; on?: string }) => run(payRefund(id, options)));
  add('credits', 'what customers have as credit, newest first').option('--customer <id>', 'of a customer').option('--left', 'with something left').option('--limit <rows>', 'how many', readLimit, 50).action((options) => run(listCredits(options)));
  withDay(add('pay-out <what>', 'the transfer that pays a customer’s credit out, by its id or the number of what gave it, or pays back what is left of a receipt, by its id'))
    .option('--amount <amount>', 'a part of it').option('--reference <text>', 'the bank’s reference').option('--dry-run', 'show what it would post, write nothing')
    .action((what: string, options: { amount?: string; on?: string; reference?: string; dryRun?: boolean }) => run(payOut(what, options)));
  withDay(withReason(add('uncollectible <id>', 'give the rest up'))).action((id: string, options: { reason: string; on?: string }) => run(markUncollectible(id, options)));
  withDay(withReason(add('write-off <id>', 'give a small rest up').option('--amount <amount>', 'a part of it'))).action((id: string, options: { amount?: string; reason: string; on?: string }) => run(writeOff(id, options)));
  add('write-off-limit', 'the largest rest that may be given up').option('--set <minor-units>', 'another limit, in minor units such as cents', readMinorUnits).action((options: { set?: number }) => run(writeOffLimit(options)));
  withDay(add('withholding <id>', 'the certificate of tax the customer kept back').requiredOption('--amount <amount>', 'what was kept back').requiredOption('--certificate <number>', 'its number')).action((id: string, options: { amount: string; certificate: string; on?: string }) => run(recordWithholding(id, options)));
  withReason(add('void <id>', 'it counts for nothing; its number stays used')).option('--regenerate', 'and make it anew').option('--finalise', 'with --regenerate: give the new one its number').action((id: string, options) => run(voidInvoice(id, options)));
  add('receipts', 'newest first').option('--customer <id>', 'of a customer').option('--invoice <id>', 'applied to an invoice').option('--unapplied', 'with something left').option('--limit <rows>', 'how many', readLimit, 50).action((options) => run(listReceipts(options)));
  add('ageing', 'what is open, by customer and by how long it is overdue').option('--as-of <date>', 'at the end of this day (default: today)', readDate).option('--customer <id>', 'of a customer').option('--why', 'how each figure came about').action((options) => run(showAgeing(options)));
  add('statement <customer>', 'what a customer was billed, paid and was credited')
    .requiredOption('--from <date>', 'first day', readDate).requiredOption('--to <date>', 'last day', readDate).option('--pdf', 'save it as PDF').option('--out <file>', 'with --pdf: where to')
    .action((id: string, options: { from: string; to: string; pdf?: boolean; out?: string }) => run(options.pdf ? saveStatementPdf(id, options) : showStatement(id, options)));
  add('archive', 'put issued invoices and credit notes that are not there yet into the archive')
    .option('--test', 'only try the place that is set').option('--list', 'only show what is there and what waits').addOption(new Option('--state <state>', 'with --list: only those').choices([...archivedStateSchema.options])).option('--limit <rows>', 'with --list: how many', readLimit, 50)
    .action((options: ArchiveFlags) => run(archiveDocuments(options)));

  const oneOff = program.command('one-off').description('invoices that are no partner’s month').exitOverride();
  withCustomer(withEdits(oneOff.command('new').description('a draft').exitOverride()).option('--partner <id>', 'to a partner').option('--name <name>', 'to a customer that is typed in'))
    .requiredOption('--currency <currency>', 'such as EUR', readCurrency).option('--terms <days>', 'days to pay', readDays, 30)
    .action((options) => run(newOneOff(options)));
}
