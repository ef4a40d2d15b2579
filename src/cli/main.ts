/**
 * `daybook …`: the same services without a window (README, Command line). Exit 0 fine, 1 findings or failure, 2 usage.
 */
import { ORPCError } from '@orpc/client';
import { Argument, Command, CommanderError, Option } from 'commander';
import { BackendError } from '../shared/api/backend-error.ts';
import { eventStates } from '../shared/api/stripe.contract.ts';
import { DaybookError, toErrorOnTheWire } from '../shared/errors/errors.ts';
import { redactText } from '../main/platform/logger.ts';
import { readVersion } from '../main/platform/resources.ts';
import { createBackup, printBackups, printRestore, verifyBackup } from './commands/backup.ts';
import type { RelayFlags } from '../relay/relay-config.ts';
import { billPartners, listInvoices, saveInvoicePdf, showInvoice } from './commands/billing.ts';
import { archiveInvoices, checkInvoices, verifyDocument } from './commands/documents.ts';
import type { CommandAction, ExitCode } from './commands/command.ts';
import { addContractCommands } from './contract-commands.ts';
import { addRevenueReportCommands } from './revenue-report-commands.ts';
import { sendInvoices } from './commands/mail.ts';
import { listJobs, runDoctor, runJobByName } from './commands/jobs.ts';
import { verifyLedger } from './commands/ledger.ts';
import { rebuildLedger } from './commands/ledger-rebuild.ts';
import { approveReopen, closePeriods, declineReopen, listPending, listPeriods, reopenPeriod, reverseEntry, setRevaluation, withdrawPending } from './commands/periods.ts';
import { reconcileBank, reconcileDrift, reconcilePayouts, reconcileTransactions, showReconciliationRun } from './commands/reconcile.ts';
import { addBankCommands } from './bank-commands.ts';
import { reconcileClose, type ReconcileCloseFlags } from './commands/reconcile-close.ts';
import { runRelay } from './commands/relay.ts';
import { reviewRun, setLateUsageMonths, type ReviewFlags } from './commands/run-sheet.ts';
import { checkStripeKey, listParkedFacts, dismissStripeEvents, listStripeEvents, retryStripeEvents } from './commands/stripe.ts';
import { showSyncStatus, syncPostgres, syncStripe } from './commands/sync.ts';
import { runJobToEnd } from './job-waiting.ts';
import { checked, readDate, readLimit, readMonth } from './option-readers.ts';
import { createOutput, jsonText, plainLine, plainText } from './output.ts';
import { addInvoiceCommands } from './invoice-commands.ts';
import { addNumberCommands } from './number-commands.ts';
import { addCustomerCommands, addExportCommands, addLedgerReadingCommands, addPaymentCommands, addRatesCommands, withInvoiceFilter } from './reading-commands.ts';
import { addMailCommands } from './mail-commands.ts';
import { addRevenueCommands } from './revenue-commands.ts';
import { addUserCommands } from './user-commands.ts';
import { migrateSharedDatabase, openSession, readBackupList, restoreFromBackup } from './session.ts';

interface GlobalOptions {
  readonly data?: string;
  readonly json?: boolean;
  readonly stripeApiBase?: string;
  readonly now?: string;
}

/** Failures a person makes in the command line itself. */
const usageCodes = new Set(['usage-invalid', 'input-invalid', 'month-invalid', 'date-invalid', 'range-invalid', 'job-unknown', 'output-needed', 'currency-needed', 'not-known-then']);

const readPort = checked((text) => {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error('Between 0 and 65535; 0 lets the system choose.');
  return port;
});

const readMonthsBack = checked((text) => {
  if (!/^\d{1,2}$/.test(text) || Number(text) > 60) throw new Error('A whole number of months, 0 to 60.');
  return Number(text);
});

/** Runs one command line. Never throws: what went wrong is printed as a sentence with its code and next step. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  // By itself only: commands have a --version of their own, of a record.
  if (args.length === 1 && args[0] === '--version') {
    writeOut(`${readVersion()}\n`);
    return 0;
  }
  let exitCode: ExitCode = 0;
  let isJson = args.includes('--json');
  const program = buildProgram(async (action, options) => {
    isJson = options.json ?? false;
    exitCode = await withSession(action, options);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (isJson) printFailure({ code: 'usage-invalid', message: error.code === 'commander.help' ? 'A command is missing.' : error.message.replace(/^error: /, ''), nextStep: 'See daybook --help.' }, true);
      return 2;
    }
    return printError(error, isJson);
  }
}

function buildProgram(act: (action: CommandAction, options: GlobalOptions) => Promise<void>): Command {
  const program = new Command('daybook')
    .description('The back office of a finance team, without its window.')
    .option('--data <dir>', 'the data folder (default: the one of this user)')
    .option('--json', 'print one JSON document')
    .option('--stripe-api-base <url>', 'where Stripe is (or DAYBOOK_STRIPE_API_BASE)')
    .option('--now <instant>', 'a fixed clock, such as 2026-11-18T14:14:00Z (or DAYBOOK_NOW)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\ndaybook --version prints which one this is.');
  program.configureOutput({ writeErr: (text) => process.stderr.write(text) });
  const globals = (): GlobalOptions => program.opts<GlobalOptions>();
  const run = (action: CommandAction): Promise<void> => act(action, globals());
  const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();

  const postgres = add(program, 'postgres', 'the shared database');
  add(postgres, 'migrate', 'bring the shared database up to date (needs an owner’s login in DAYBOOK_POSTGRES_URL)').action(async () => {
    const applied = await migrateSharedDatabase({ dataFolder: globals().data, env: process.env });
    createOutput(globals().json ?? false, writeOut).answer({ applied }, (out) => out.line(applied.length === 0 ? 'The shared database is up to date.' : `Applied ${applied.join(', ')}.`));
  });

  addUserCommands(postgres, { globals, env: process.env, write: writeOut });

  const sync = add(program, 'sync', 'read from Stripe or the shared database');
  add(sync, 'stripe', 'new events and balance transactions; --full reads everything').option('--full', 'from the first object on; resumes where it stopped').action((options) => act(syncStripe(options), globals()));
  add(sync, 'postgres', 'partners, contracts, usage, payment records, rates; what was edited here goes there first').option('--watch', 'go on as others work, until it is told to stop').action((options) => act(syncPostgres(options), globals()));
  add(sync, 'status', 'how this desk and the shared database stand to each other').action(() => act(showSyncStatus(), globals()));

  const stripe = add(program, 'stripe', 'the key, the log of events, what waits');
  add(stripe, 'check', 'whose key it is, whether it fits, and what it may read').action(() => act(checkStripeKey(), globals()));
  add(stripe, 'events', 'the log of events, newest first')
    .addOption(new Option('--state <state>').choices([...eventStates]))
    .option('--type <type>', 'the beginning of a type, such as invoice.')
    .option('--text <id>', 'the beginning of the id of an event or of an object')
    .option('--limit <rows>', 'how many', readLimit, 50)
    .action((options) => act(listStripeEvents(options), globals()));
  add(stripe, 'parked', 'facts that wait to be posted, and messages that were set aside').option('--limit <rows>', 'how many of each', readLimit, 50).action((options) => act(listParkedFacts(options), globals()));
  add(stripe, 'dismiss <ids...>', 'do not use events that were set aside; they stay in the log with the reason').requiredOption('--reason <text>', 'why').action((ids: string[], options: { reason: string }) => act(dismissStripeEvents(ids, options), globals()));
  add(stripe, 'retry [ids...]', 'take what was set aside up again and sync; without ids all of it').action((ids: string[]) => act(retryStripeEvents(ids), globals()));

  const ledger = add(program, 'ledger', 'the books');
  add(ledger, 'verify', 'recompute everything and name the first thing that is wrong').action(() => act(verifyLedger(), globals()));
  addLedgerReadingCommands(ledger, run);
  add(ledger, 'periods', 'the months: open or closed, and what stands in the way of closing the next').action(() => act(listPeriods(), globals()));
  add(ledger, 'rebuild', 'make the books anew from Stripe in a file of its own and name what this ledger says otherwise').option('--keep <file>', 'keep the rebuilt ledger there').action((options) => act(rebuildLedger(options), globals()));
  add(ledger, 'close', 'close a month, or all up to one: nothing enters them any more')
    .option('--period <month>', 'the month, such as 2026-10', readMonth)
    .option('--through <month>', 'every open month up to this one, up to the first that cannot be closed', readMonth)
    .option('--dry-run', 'with --through: show what stands in the way, close nothing')
    .option('--accept <reason...>', 'take on facts that wait for this reason; they will be posted to a later month')
    .action((options) => act(closePeriods(options), globals()));
  add(ledger, 'revaluation', 'close months with unrealised exchange differences, or without (as they are at first)')
    .addArgument(new Argument('<setting>').choices(['on', 'off']))
    .action((wanted: string) => act(setRevaluation(wanted), globals()));
  add(ledger, 'reopen', 'ask to open the last closed month again')
    .requiredOption('--period <month>', 'the month', readMonth)
    .requiredOption('--reason <text>', 'why')
    .action((options) => act(reopenPeriod(options), globals()));
  add(ledger, 'approve-reopen', 'open a month another person asked for').requiredOption('--period <month>', 'the month', readMonth).action((options) => act(approveReopen(options), globals()));
  add(ledger, 'decline-reopen', 'leave closed what somebody asked to open')
    .requiredOption('--period <month>', 'the month', readMonth)
    .requiredOption('--reason <text>', 'why')
    .action((options) => act(declineReopen(options), globals()));
  add(ledger, 'reverse <id>', 'post the exact negation of an entry').requiredOption('--reason <text>', 'why').action((id: string, options) => act(reverseEntry(id, options), globals()));
  add(ledger, 'pending', 'entries that wait to be sealed, and why').action(() => act(listPending(), globals()));
  add(ledger, 'withdraw <id>', 'take back an entry of yours that the sealer left').requiredOption('--reason <text>', 'why').action((id: string, options) => act(withdrawPending(id, options), globals()));

  const backup = add(program, 'backup', 'copies of the ledger');
  add(backup, 'create', 'copy the ledger while it is in use and verify the copy').action(() => act(createBackup(), globals()));
  add(backup, 'list', 'newest first').action(async () => {
    const list = await readBackupList({ dataFolder: globals().data, env: process.env });
    createOutput(globals().json ?? false, writeOut).answer(list, (out) => printBackups(out, list));
  });
  add(backup, 'verify [id]', 'read a backup whole; the newest when none is named').action((id?: string) => act(verifyBackup(id), globals()));
  add(backup, 'restore <backup>', 'put a backup, by its name or file, in the place of the ledger, which is kept; Daybook must be closed')
    .option('--dry-run', 'show what the backup does not have, change nothing')
    .action(async (given: string, options: { dryRun?: boolean }) => {
      const result = await restoreFromBackup({ dataFolder: globals().data, env: process.env }, given, options.dryRun ?? false);
      createOutput(globals().json ?? false, writeOut).answer(result, (out) => printRestore(out, result, options.dryRun ?? false));
    });

  const bill = add(program, 'bill', 'billing runs');
  add(bill, 'partners', 'invoice the API partners for a month')
    .requiredOption('--period <month>', 'the month, such as 2026-10', readMonth)
    .option('--dry-run', 'show what it would make, write nothing')
    .option('--finalise', 'give numbers and post; without it drafts are made')
    .action((options) => act(billPartners(options), globals()));
  add(bill, 'review', 'the run sheet of a month: each partner beside the month before, what is unusual, who looked at it')
    .requiredOption('--period <month>', 'the month, such as 2026-10', readMonth)
    .option('--flagged', 'only partners with something unusual')
    .option('--partner <text>', 'only partners whose name or number has this text')
    .option('--approve', 'say of the drafts shown that they were looked at')
    .option('--finalise', 'finalise those shown that are approved')
    .action((options: ReviewFlags) => act(reviewRun(options), globals()));
  add(bill, 'late-usage', 'how many months back usage that came late is charged')
    .argument('[months]', '0 to 60; left out: show what holds', readMonthsBack)
    .action((months: number | undefined) => act(setLateUsageMonths(months), globals()));

  const invoices = add(program, 'invoices', 'invoices of partners and of Stripe');
  withInvoiceFilter(add(invoices, 'list', 'newest first'))
    .option('--limit <rows>', 'how many', readLimit, 50)
    .action((options) => act(listInvoices(options), globals()));
  add(invoices, 'show <id>', 'one invoice with its calculation').option('--why', 'how each of its figures came about').action((id: string, options) => act(showInvoice(id, options), globals()));
  add(invoices, 'pdf <id>', 'save the PDF of an invoice or a credit note, by id or number').option('--out <file>', 'where to').action((id: string, options) => act(saveInvoicePdf(id, options), globals()));
  addInvoiceCommands(program, invoices, run);

  add(invoices, 'check <ids...>', 'what invoices lack to carry their electronic form (EN 16931)').action((ids: string[]) => act(checkInvoices(ids), globals()));
  add(invoices, 'zip', 'save every finalised PDF of a month, or of what else is named, as one archive')
    .option('--month <month>', 'billing month', readMonth)
    .addOption(new Option('--origin <origin>').choices(['partner', 'one-off']))
    .option('--from <date>', 'issued on this day or later', readDate)
    .option('--to <date>', 'issued on this day or earlier', readDate)
    .option('--customer <id>', 'of a customer or partner')
    .option('--text <text>', 'a part of the number or of the customer’s name')
    .option('--out <file>', 'where to')
    .action((options) => act(archiveInvoices(options), globals()));
  add(invoices, 'verify <file>', 'whether a PDF is one that was issued here').action((file: string) => act(verifyDocument(file), globals()));
  add(invoices, 'send <numbers...>', 'send finalised invoices by e-mail, each once')
    .option('--dry-run', 'show recipient, subject, text and attachment; send nothing')
    .option('--to <addresses>', 'in place of the customer’s own; several between commas')
    .addOption(new Option('--language <language>', 'default: by the customer’s country').choices(['en', 'de']))
    .option('--again', 'once more, although it was sent before')
    .action((numbers: string[], options) => act(sendInvoices(numbers, options), globals()));

  const reconcile = add(program, 'reconcile', 'compare Stripe, the ledger and the payment records');
  add(reconcile, 'transactions', 'every balance transaction').option('--from <date>', 'first day', readDate).option('--to <date>', 'last day', readDate)
    .option('--changes-only', 'only what changed since the last run over everything, where there was one').action((options) => act(reconcileTransactions(options), globals()));
  add(reconcile, 'payouts', 'payouts and the balance they come from').option('--from <date>', 'first day (default: five weeks back)', readDate).option('--to <date>', 'last day', readDate).action((options) => act(reconcilePayouts(options), globals()));
  add(reconcile, 'report', 'a run, and what is new, gone and still open beside the one before').option('--run <id>', 'default: the newest over transactions').action((options) => act(showReconciliationRun(options), globals()));
  add(reconcile, 'drift', 'the last 24 hours').action(() => act(reconcileDrift(), globals()));
  add(reconcile, 'bank', 'payouts against the bank statements that were imported').action(() => act(reconcileBank(), globals()));

  add(reconcile, 'close', 'the checklist of a month, the signature under it, and its evidence')
    .requiredOption('--period <month>', 'the month, such as 2026-10', readMonth)
    .option('--sign-off', 'sign that the month is reconciled')
    .option('--accept <check=reason...>', 'with --sign-off: sign although this check is not fine')
    .option('--note <text>', 'with --sign-off: kept beside the signature')
    .option('--withdraw <reason>', 'take the signature back')
    .option('--evidence <file>', 'save the evidence pack there: PDF, CSVs and SHA256SUMS in a ZIP')
    .action((options: ReconcileCloseFlags) => act(reconcileClose(options), globals()));

  addRevenueCommands(program, run);
  addRevenueReportCommands(program, run);

  addContractCommands(program, run);
  addPaymentCommands(program, run);
  addCustomerCommands(program, run);
  addExportCommands(program, run);
  addRatesCommands(program, run);
  addNumberCommands(program, run);
  addMailCommands(program, run);
  addBankCommands(program, run);

  const jobs = add(program, 'jobs', 'what runs by itself');
  add(jobs, 'list', 'every job, when it comes next and how it last went').action(() => act(listJobs(), globals()));
  add(jobs, 'run <name>', 'run one now').option('--period <period>', 'the month or day it is for').action((name: string, options) => act(runJobByName(name, options), globals()));

  add(program, 'relay', 'receive webhooks of Stripe and Paystack into the shared inbox, until it is told to stop')
    .requiredOption('--port <port>', 'where webhooks are received', readPort)
    .option('--host <address>', 'the address to listen on (default: this machine only)')
    .option('--metrics-port <port>', 'for /health, /ready and /metrics (default: the next port)', readPort)
    .option('--metrics-host <address>', 'their address (default: this machine only)')
    .option('--tls-cert <file>', 'the certificate chain, as PEM')
    .option('--tls-key <file>', 'its private key, as PEM')
    .option('--behind-proxy', 'a proxy in front of it speaks TLS')
    .action((options: RelayFlags) => runRelay(options, process.env, createOutput(globals().json ?? false, writeOut)));

  add(program, 'doctor', 'check the data folder, the key, the connections').action(() => act(runDoctor(), globals()));
  return program;
}

async function withSession(action: CommandAction, options: GlobalOptions): Promise<ExitCode> {
  const flags = { ...(options.stripeApiBase === undefined ? {} : { stripeApiBase: options.stripeApiBase }), ...(options.now === undefined ? {} : { now: options.now }) };
  const session = await openSession({ dataFolder: options.data, env: process.env, flags });
  try {
    const output = createOutput(options.json ?? false, writeOut);
    const tell = process.stderr.isTTY ? (line: string) => void process.stderr.write(`\r\u001b[K${plainLine(line)}`) : null;
    const { reportingTimeZone } = await session.client.system.status({});
    return await action({
      client: session.client,
      output,
      timeZone: reportingTimeZone,
      runJob: async (job, request = {}) => {
        const run = await runJobToEnd(session.client, job, request, tell);
        if (tell) process.stderr.write('\r\u001b[K');
        return run;
      },
    });
  } finally {
    await session.close();
  }
}

function writeOut(text: string): void {
  process.stdout.write(text);
}

/** Whoever reads our output may stop early (`| head`): that is no failure of ours. A disk that takes no more of it is one. */
export function endQuietlyWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    printFailure({ code: 'output-not-written', message: `What was asked for could not be written (${error.code ?? error.message}).`, nextStep: 'Free some space or choose another place, then run the command again.' }, false);
    process.exit(1);
  });
}

interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly nextStep: string | null;
}

function printError(error: unknown, isJson: boolean): ExitCode {
  const { code, message, nextStep } = shownError(error);
  return printFailure({ code, message: redactText(message), nextStep }, isJson);
}

/** Errors come from this process's own services, or over the owner's socket; both roads say the same. */
function shownError(error: unknown): ShownError {
  // A command line asks once: it does not reconnect, as a window does.
  if (error instanceof BackendError && error.code === 'connection-lost') return { code: error.code, message: 'The Daybook that had the data folder open ended before it answered.', nextStep: 'What was saved is safe. Run the command again.' };
  if (error instanceof BackendError) return error;
  if (error instanceof ORPCError && !(error instanceof DaybookError)) return error.code === 'INTERNAL_SERVER_ERROR' ? toErrorOnTheWire(error) : { code: String(error.code), message: error.message, nextStep: nextStepOf(error.data) };
  return toErrorOnTheWire(error);
}

function printFailure(shown: ShownError, isJson: boolean): ExitCode {
  if (isJson) writeOut(`${jsonText({ error: shown })}\n`);
  else process.stderr.write(plainText(`${shown.message} (${shown.code})\n${shown.nextStep ? `${shown.nextStep}\n` : ''}`));
  return usageCodes.has(shown.code) ? 2 : 1;
}

function nextStepOf(data: unknown): string | null {
  if (data !== null && typeof data === 'object' && 'nextStep' in data && typeof data.nextStep === 'string') return data.nextStep;
  return null;
}
