/**
 * `daybook …`: the same services without a window (README, Command line). Exit 0 fine, 1 findings or failure, 2 usage.
 */
import { ORPCError } from '@orpc/client';
import { Command, CommanderError } from 'commander';
import { BackendError } from '../shared/api/backend-error.ts';
import { DaybookError, StorageError, toErrorOnTheWire } from '../shared/errors/errors.ts';
import { redactText } from '../main/platform/logger.ts';
import { readVersion } from '../main/platform/resources.ts';
import { endQuietlyWhenNobodyReads } from '../main/platform/nobody-reads.ts';
import type { RelayFlags } from '../relay/relay-config.ts';
import type { CommandAction, ExitCode } from './commands/command.ts';
import { addContractCommands } from './contract-commands.ts';
import { addRevenueReportCommands } from './revenue-report-commands.ts';
import { listJobs, printChecks, runDoctor, runJobByName } from './commands/jobs.ts';
import { addBackupCommands } from './backup-commands.ts';
import { addBankCommands } from './bank-commands.ts';
import { addBillingCommands } from './billing-commands.ts';
import { addLedgerCommands } from './ledger-commands.ts';
import { addReconcileCommands } from './reconcile-commands.ts';
import { addSyncCommands } from './sync-commands.ts';
import { runRelay } from './commands/relay.ts';
import { runJobToEnd } from './job-waiting.ts';
import { checked } from './option-readers.ts';
import { createOutput, jsonText, plainLine, plainText } from './output.ts';
import { addNumberCommands } from './number-commands.ts';
import { addCustomerCommands, addExportCommands, addPaymentCommands, addRatesCommands } from './reading-commands.ts';
import { addMailCommands } from './mail-commands.ts';
import { addRevenueCommands } from './revenue-commands.ts';
import { addUserCommands } from './user-commands.ts';
import { examineWithoutLedger, migrateSharedDatabase, openSession, type PlaceOptions, type Session } from './session.ts';

interface GlobalOptions {
  readonly data?: string;
  readonly json?: boolean;
  readonly stripeApiBase?: string;
  readonly now?: string;
  /** Whether the command may begin a ledger where there is none. */
  readonly mayBegin?: boolean;
}

/** Commands that may begin a ledger where there is none: those that bring something in. Any other is about what is there, and says so where nothing is. */
const beginningCommands = new Set(['sync stripe', 'sync postgres', 'stripe check', 'bank import', 'bank rules', 'contracts import', 'contracts new', 'rates import', 'rates source', 'one-off new', 'mail test', 'jobs run']);

/** Failures a person makes in the command line itself. */
const usageCodes = new Set(['usage-invalid', 'input-invalid', 'month-invalid', 'date-invalid', 'range-invalid', 'job-unknown', 'output-needed', 'currency-needed', 'not-known-then']);

const readPort = checked((text) => {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error('Between 0 and 65535; 0 lets the system choose.');
  return port;
});

/** A variable of the shell that is not set would else name the folder one stands in. */
const readFolder = checked((text) => {
  if (text.trim() === '') throw new Error('Name a folder, or leave --data out.');
  return text;
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
  const program = buildProgram(async (action, options, unopened) => {
    isJson = options.json ?? false;
    exitCode = await withSession(action, options, unopened);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : printFailure(shownUsageError(error), isJson);
    return printError(error, isJson);
  }
}

type Unopened = (error: unknown, options: GlobalOptions) => Promise<ExitCode>;

function buildProgram(act: (action: CommandAction, options: GlobalOptions, unopened?: Unopened) => Promise<void>): Command {
  const program = new Command('daybook')
    .description('The back office of a finance team, without its window.')
    .option('--data <dir>', 'the data folder (default: the one of this user)', readFolder)
    .option('--json', 'print one JSON document')
    .option('--stripe-api-base <url>', 'where Stripe is (or DAYBOOK_STRIPE_API_BASE)')
    .option('--now <instant>', 'a fixed clock, such as 2026-11-18T14:14:00Z (or DAYBOOK_NOW)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\ndaybook --version prints which one this is.');
  // What is wrong with a command line is said once, by runCli: as a sentence with its code, or as JSON.
  program.configureOutput({ writeErr: (text) => void (program.opts<GlobalOptions>().json || process.stderr.write(text)), outputError: () => undefined });
  let path = '';
  program.hook('preAction', (_program, command) => {
    path = pathOf(command);
  });
  const globals = (): GlobalOptions => ({ ...program.opts<GlobalOptions>(), mayBegin: beginningCommands.has(path) });
  const run = (action: CommandAction): Promise<void> => act(action, globals());
  const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();

  const postgres = add(program, 'postgres', 'the shared database');
  add(postgres, 'migrate', 'bring the shared database up to date (needs an owner’s login in DAYBOOK_POSTGRES_URL)').action(async () => {
    const applied = await migrateSharedDatabase({ dataFolder: globals().data, env: process.env });
    createOutput(globals().json ?? false, writeOut).answer({ applied }, (out) => out.line(applied.length === 0 ? 'The shared database is up to date.' : `Applied ${applied.join(', ')}.`));
  });

  addUserCommands(postgres, { globals, env: process.env, write: writeOut });

  addSyncCommands(program, run);
  addLedgerCommands(program, run);
  addBackupCommands(program, run, { at: () => placeOf(globals()), output: () => createOutput(globals().json ?? false, writeOut) });
  addBillingCommands(program, run);
  addReconcileCommands(program, run);
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
  add(jobs, 'list', 'every job, when it comes next and how it last went').action(() => run(listJobs()));
  add(jobs, 'run <name>', 'run one now').option('--period <period>', 'the month or day it is for').action((name: string, options) => run(runJobByName(name, options)));

  add(program, 'relay', 'receive webhooks of Stripe and Paystack into the shared inbox, until it is told to stop')
    .requiredOption('--port <port>', 'where webhooks are received', readPort)
    .option('--host <address>', 'the address to listen on (default: this machine only)')
    .option('--metrics-port <port>', 'for /health, /ready and /metrics (default: the next port)', readPort)
    .option('--metrics-host <address>', 'their address (default: this machine only)')
    .option('--tls-cert <file>', 'the certificate chain, as PEM')
    .option('--tls-key <file>', 'its private key, as PEM')
    .option('--behind-proxy', 'a proxy in front of it speaks TLS')
    .action((options: RelayFlags) => runRelay(options, process.env, createOutput(globals().json ?? false, writeOut)));

  add(program, 'doctor', 'check the data folder, the key, the connections').action(() => act(runDoctor(), globals(), examineAnyway));
  return program;
}

/** `sync stripe` for the command of that name. */
function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}

/** What commander says of a command line, in the house's words. */
function shownUsageError(error: CommanderError): ShownError {
  const said = error.code === 'commander.help' ? 'a command is missing' : error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const sentence = said.replace(/ \(Did you mean (.+)\?\)$/, '. Did you mean $1?');
  return { code: 'usage-invalid', message: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${/[.?]$/.test(sentence) ? '' : '.'}`, nextStep: 'See daybook --help, or --help of the command.' };
}

const placeOf = (options: GlobalOptions): PlaceOptions => ({
  dataFolder: options.data, env: process.env, flags: { ...(options.stripeApiBase === undefined ? {} : { stripeApiBase: options.stripeApiBase }), ...(options.now === undefined ? {} : { now: options.now }) },
});

/** A look at the rest where the ledger cannot be opened; what has nothing to do with it is thrown on. */
async function examineAnyway(error: unknown, options: GlobalOptions): Promise<ExitCode> {
  if (!(error instanceof StorageError || (error instanceof DaybookError && (error.code === 'ledger-not-begun' || error.code === 'config-invalid' || error.code.startsWith('secret-file-'))))) throw error;
  return printChecks(createOutput(options.json ?? false, writeOut), await examineWithoutLedger(placeOf(options), error.code === 'ledger-not-begun' ? null : error));
}

/** @param unopened what to do where the ledger cannot be opened; left out: the error is thrown on. */
async function withSession(action: CommandAction, options: GlobalOptions, unopened?: Unopened): Promise<ExitCode> {
  let session: Session;
  try {
    session = await openSession({ ...placeOf(options), mayBegin: options.mayBegin ?? false, waitsForOthers });
  } catch (error) {
    if (unopened) return unopened(error, options);
    throw error;
  }
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

/** What another command asked for runs in this process, which found the folder first. */
function waitsForOthers(): void {
  if (process.stderr.isTTY) process.stderr.write('Done. Another command still works through this one, which ends when that does.\n');
}

function writeOut(text: string): void {
  process.stdout.write(text);
}

/** Said once for the process: a command's output that cannot be written is told as any other failure of it. */
export function endWhenOutputEnds(): void {
  endQuietlyWhenNobodyReads((error) => printFailure({ code: 'output-not-written', message: `What was asked for could not be written (${error.code ?? error.message}).`, nextStep: 'Free some space or choose another place, then run the command again.' }, false));
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

/** Where a window would try again by itself, a command line ends. */
const nextStepsOfCommands: Readonly<Record<string, string>> = {
  'postgres-unreachable': 'What is here is kept. Check the network and the address (DAYBOOK_POSTGRES_URL or Settings), then run the command again.',
};

/** Errors come from this process's own services, or over the owner's socket; both roads say the same. */
function shownError(error: unknown): ShownError {
  // A command line asks once: it does not reconnect, as a window does.
  if (error instanceof BackendError && error.code === 'connection-lost') return { code: error.code, message: 'The Daybook that had the data folder open ended before it answered.', nextStep: 'What was saved is safe. Run the command again.' };
  if (error instanceof DaybookError || error instanceof BackendError || error instanceof ORPCError) {
    const nextStep = nextStepsOfCommands[String(error.code)];
    if (nextStep !== undefined) return { code: String(error.code), message: error.message, nextStep };
  }
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
