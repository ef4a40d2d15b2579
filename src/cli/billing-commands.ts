import { Argument, Option, type Command } from 'commander';
import { billPartners, listInvoices, saveInvoicePdf, showInvoice } from './commands/billing.ts';
import type { CommandAction } from './commands/command.ts';
import { archiveInvoices, checkInvoices, verifyDocument } from './commands/documents.ts';
import { sendInvoices } from './commands/mail.ts';
import { reviewRun, setLateUsageMonths, setTaxRounding, type ReviewFlags } from './commands/run-sheet.ts';
import { addInvoiceCommands } from './invoice-commands.ts';
import { checked, readDate, readLimit, readMonth } from './option-readers.ts';
import { withInvoiceFilter } from './reading-commands.ts';

const readMonthsBack = checked((text) => {
  if (!/^\d{1,2}$/.test(text) || Number(text) > 60) throw new Error('A whole number of months, 0 to 60.');
  return Number(text);
});

/** `bill` and `invoices`. */
export function addBillingCommands(program: Command, run: (action: CommandAction) => Promise<void>): void {
  const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
  const bill = add(program, 'bill', 'billing runs');
  add(bill, 'partners', 'invoice the API partners for a month')
    .requiredOption('--period <month>', 'the month, such as 2026-10', readMonth)
    .option('--dry-run', 'show what it would make, write nothing')
    .option('--finalise', 'give numbers and post; without it drafts are made')
    .action((options) => run(billPartners(options)));
  add(bill, 'review', 'the run sheet of a month: each partner beside the month before, what is unusual, who looked at it')
    .requiredOption('--period <month>', 'the month, such as 2026-10', readMonth)
    .option('--flagged', 'only partners with something unusual')
    .option('--partner <text>', 'only partners whose name or number has this text')
    .option('--approve', 'say of the drafts shown that they were looked at')
    .option('--finalise', 'finalise those shown that are approved')
    .action((options: ReviewFlags) => run(reviewRun(options)));
  add(bill, 'late-usage', 'how many months back usage that came late is charged')
    .argument('[months]', '0 to 60; left out: show what holds', readMonthsBack)
    .action((months: number | undefined) => run(setLateUsageMonths(months)));

  add(bill, 'tax-rounding', 'how tax is rounded on drafts')
    .addArgument(new Argument('[once-per]', 'invoice: once per invoice and rate, as electronic invoices need it; line; left out: show what holds').choices(['invoice', 'line']))
    .action((wish: 'invoice' | 'line' | undefined) => run(setTaxRounding(wish)));

  const invoices = add(program, 'invoices', 'invoices of partners and of Stripe');
  withInvoiceFilter(add(invoices, 'list', 'newest first'))
    .option('--limit <rows>', 'how many', readLimit, 50)
    .action((options) => run(listInvoices(options)));
  add(invoices, 'show <id>', 'one invoice with its calculation').option('--why', 'how each of its figures came about').action((id: string, options) => run(showInvoice(id, options)));
  add(invoices, 'pdf <id>', 'save the PDF of an invoice or a credit note, by id or number').option('--out <file>', 'where to').action((id: string, options) => run(saveInvoicePdf(id, options)));
  addInvoiceCommands(program, invoices, run);

  add(invoices, 'check <ids...>', 'what invoices lack to carry their electronic form (EN 16931)').action((ids: string[]) => run(checkInvoices(ids)));
  add(invoices, 'zip', 'save every finalised PDF of a month, or of what else is named, as one archive')
    .option('--month <month>', 'billing month', readMonth)
    .addOption(new Option('--origin <origin>').choices(['partner', 'one-off']))
    .option('--from <date>', 'issued on this day or later', readDate)
    .option('--to <date>', 'issued on this day or earlier', readDate)
    .option('--customer <id>', 'of a customer or partner')
    .option('--text <text>', 'a part of the number or of the customer’s name')
    .option('--out <file>', 'where to')
    .action((options) => run(archiveInvoices(options)));
  add(invoices, 'verify <file>', 'whether a PDF is one that was issued here').action((file: string) => run(verifyDocument(file)));
  add(invoices, 'send <numbers...>', 'send finalised invoices by e-mail, each once')
    .option('--dry-run', 'show recipient, subject, text and attachment; send nothing')
    .option('--to <addresses>', 'in place of the customer’s own; several between commas')
    .addOption(new Option('--language <language>', 'default: by the customer’s country').choices(['en', 'de']))
    .option('--again', 'once more, although it was sent before')
    .action((numbers: string[], options) => run(sendInvoices(numbers, options)));
}
