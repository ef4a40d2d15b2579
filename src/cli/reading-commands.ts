/**
 * The commands that read books, payments and customers, and those that write them into files.
 */
import { Option, type Command } from 'commander';
import { customerStandings } from '../shared/api/customers.contract.ts';
import { exportFormats } from '../shared/api/ledger-reading.contract.ts';
import { paymentKinds, paymentStatuses } from '../shared/api/payments.contract.ts';
import type { CommandAction } from './commands/command.ts';
import { listCustomers, showCustomer } from './commands/customers.ts';
import { exportBalanceTransactions, exportCustomers, exportInvoiceLines, exportInvoices, exportLedger, exportPayments } from './commands/export.ts';
import { listEntries, showEntry, showStatement } from './commands/ledger-reading.ts';
import { showTrialBalance } from './commands/ledger.ts';
import { listPayments, showPayment } from './commands/payments.ts';
import { importRates, listRates, setRatesSource } from './commands/rates.ts';
import { readCurrency, readDate, readInstant, readLimit, readLongLimit, readMonth } from './option-readers.ts';

type Run = (action: CommandAction) => Promise<void>;

const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
const amountHelp = 'such as 1,234.56 or "500 jpy"';

export function addLedgerReadingCommands(ledger: Command, run: Run): void {
  add(ledger, 'trial-balance', 'balances by account and currency')
    .option('--as-of <date>', 'end of this day', readDate)
    .option('--known-at <instant>', 'only what had been recorded by then, such as 2026-11-18T14:14:00Z', readInstant)
    .action((options) => run(showTrialBalance(options)));
  add(ledger, 'statement', 'an account with its opening balance, entries, running balance and closing balance')
    .requiredOption('--account <code>', 'such as 1100-stripe-clearing')
    .option('--with-sub-accounts', 'with all its sub-accounts: tax owed to all jurisdictions')
    .option('--currency <code>', 'needed where the account moves in several', readCurrency)
    .option('--from <date>', 'first day', readDate)
    .option('--to <date>', 'last day (default: today)', readDate)
    .addOption(new Option('--as-of <date>', 'the same as --to').argParser(readDate).conflicts('to'))
    .option('--known-at <instant>', 'only what had been recorded by then', readInstant)
    .option('--limit <rows>', 'how many entries', readLongLimit, 500)
    .action((options) => run(showStatement(options)));
  add(ledger, 'entries', 'journal entries, newest first')
    .option('--account <code>', 'those that touch an account')
    .option('--currency <code>', 'in a currency', readCurrency)
    .option('--from <date>', 'first day', readDate)
    .option('--to <date>', 'last day', readDate)
    .option('--month <month>', 'of a month', readMonth)
    .option('--kind <kind>', 'such as payment or invoice-finalised')
    .option('--source-type <type>', 'such as stripe-invoice')
    .option('--source <id>', 'made from, or about, an object of the gateway')
    .option('--party <id>', 'of a customer or partner')
    .option('--amount <amount>', amountHelp)
    .option('--text <text>', 'a part of the memo')
    .option('--limit <rows>', 'how many', readLimit, 50)
    .action((options) => run(listEntries(options)));
  add(ledger, 'show <id>', 'one entry, by its id or its number, with postings and sources').action((id: string) => run(showEntry(id)));
  add(ledger, 'export', 'the books for hledger, Beancount or a spreadsheet')
    .addOption(new Option('--format <format>').choices([...exportFormats, 'xlsx']).makeOptionMandatory())
    .option('--as-of <date>', 'entries up to the end of this day (default: today)', readDate)
    .option('-o, --output <path>', 'a file, or a folder to put it in (default: the standard output)')
    .addOption(new Option('--out <path>').hideHelp())
    .action((options) => run(exportLedger(options)));
}

export function addRatesCommands(program: Command, run: Run): void {
  const rates = add(program, 'rates', 'exchange rates');
  add(rates, 'import <file|url>', 'import daily rates as the European Central Bank publishes them (eurofxref, XML or CSV), and post what waited for them').action((place: string) => run(importRates(place)));
  add(rates, 'list', 'the rates into the ledger’s currency, newest day first')
    .option('--currency <code>', 'of one currency', readCurrency)
    .option('--from <date>', 'first day', readDate)
    .option('--to <date>', 'last day', readDate)
    .option('--limit <rows>', 'how many', readLimit, 50)
    .action((options) => run(listRates(options)));
  add(rates, 'source [url]', 'show, or set, the address that is read each day').option('--none', 'read nothing by itself').action((url: string | undefined, options) => run(setRatesSource(url, options)));
}

function withPaymentFilter(command: Command): Command {
  return command
    .addOption(new Option('--kind <kind>').choices([...paymentKinds]))
    .addOption(new Option('--status <status>').choices([...paymentStatuses]))
    .option('--month <month>', 'made in a month', readMonth)
    .option('--from <date>', 'first day', readDate)
    .option('--to <date>', 'last day', readDate)
    .option('--currency <code>', 'in a currency', readCurrency)
    .option('--customer <id>', 'of a customer')
    .option('--amount <amount>', amountHelp)
    .option('--text <text>', 'a part of a customer’s name or e-mail, a failure, or an id');
}

export function addPaymentCommands(program: Command, run: Run): void {
  const payments = add(program, 'payments', 'charges, refunds and disputes');
  withPaymentFilter(add(payments, 'list', 'newest first')).option('--limit <rows>', 'how many', readLimit, 50).action((options) => run(listPayments(options)));
  add(payments, 'show <id>', 'one payment with invoices, fees, payout and entries').action((id: string) => run(showPayment(id)));
}

function withCustomerFilter(command: Command): Command {
  return command
    .addOption(new Option('--standing <standing>').choices([...customerStandings]))
    .option('--country <code>', 'such as IE')
    .option('--currency <code>', 'billed in a currency', readCurrency)
    .option('--text <text>', 'a part of the name or e-mail')
    .addOption(new Option('--sort <column>').choices(['name', 'country', 'createdOn', 'mrr', 'openReceivable', 'lifetimePaid']));
}

export function addCustomerCommands(program: Command, run: Run): void {
  const customers = add(program, 'customers', 'who pays, what they owe and what they are worth');
  withCustomerFilter(add(customers, 'list', 'by name')).option('--limit <rows>', 'how many', readLimit, 50).action((options) => run(listCustomers(options)));
  add(customers, 'show <id>', 'one customer with subscriptions').action((id: string) => run(showCustomer(id)));
}

/** What narrows invoices, in the list and in its files. */
export const withInvoiceFilter = (command: Command): Command =>
  command
    .addOption(new Option('--origin <origin>').choices(['partner', 'one-off', 'stripe']))
    .addOption(new Option('--status <status>').choices(['draft', 'open', 'finalised', 'sent', 'partly_paid', 'paid', 'void', 'uncollectible']))
    .option('--month <month>', 'billing month', readMonth)
    .option('--from <date>', 'issued on this day or later', readDate)
    .option('--to <date>', 'issued on this day or earlier', readDate)
    .option('--customer <id>', 'of a customer or partner')
    .option('--text <text>', 'a part of the number or of the customer’s name');

export function addExportCommands(program: Command, run: Run): void {
  const exports = add(program, 'export', 'files for other tools: exactly what the list with the same filter shows');
  const asFile = (command: Command): Command => command.addOption(new Option('--format <format>').choices(['csv', 'xlsx']).default('csv')).option('--out <path>', 'a file, or a folder to put it in (default: the standard output)');
  const filtered = <Flags>(command: Command, action: (flags: Flags) => CommandAction): void => {
    command.action((flags: Flags) => run(action(flags)));
  };
  filtered(asFile(withPaymentFilter(add(exports, 'payments', 'payments as CSV or XLSX'))), exportPayments);
  filtered(asFile(withCustomerFilter(add(exports, 'customers', 'customers as CSV or XLSX'))), exportCustomers);
  filtered(asFile(withInvoiceFilter(add(exports, 'invoices', 'invoices as CSV or XLSX'))), exportInvoices);
  filtered(asFile(withInvoiceFilter(add(exports, 'invoice-lines', 'the lines of invoices as CSV or XLSX, each with its calculation'))), exportInvoiceLines);
  filtered(asFile(add(exports, 'balance-transactions', 'what moved the balance at Stripe: it sums to the revenue overview').option('--from <date>', 'first day', readDate).option('--to <date>', 'last day', readDate)), exportBalanceTransactions);
}
