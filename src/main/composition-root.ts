/**
 * The one place where things are constructed and wired.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { staleSchema, type Stale } from '../shared/api/system.contract.ts';
import { month } from '../shared/calendar/local-date.ts';
import { StorageError } from '../shared/errors/errors.ts';
import { createArchiveHandlers } from './api/archive-handlers.ts';
import { createBackupsHandlers } from './api/backups-handlers.ts';
import { createBankingHandlers } from './api/banking-handlers.ts';
import { createChangeHub, type ChangeHub } from './api/change-hub.ts';
import { createChangesHandlers } from './api/changes-handlers.ts';
import { createCloseEvidenceHandlers } from './api/close-evidence-handlers.ts';
import { createContractsHandlers } from './api/contracts-handlers.ts';
import { api, type ApiContext, type Role } from './api/implementer.ts';
import { createDocumentsHandlers } from './api/documents-handlers.ts';
import { createInvoiceLifecycleHandlers } from './api/invoice-lifecycle-handlers.ts';
import { taxRates } from './billing/tax-rates.ts';
import { createInvoiceWhyHandlers } from './api/invoice-why-handlers.ts';
import { createInvoicesHandlers } from './api/invoices-handlers.ts';
import { createRunSheetHandlers } from './api/run-sheet-handlers.ts';
import { createJobsHandlers } from './api/jobs-handlers.ts';
import { createLedgerPeriodHandlers } from './api/ledger-period-handlers.ts';
import { createNumbersHandlers } from './api/numbers-handlers.ts';
import { createMailHandlers } from './api/mail-handlers.ts';
import { createPartnersHandlers } from './api/partners-handlers.ts';
import { createPeopleHandlers } from './api/people-handlers.ts';
import { createPersonalHandlers } from './api/personal-handlers.ts';
import { createSharedViewsHandlers } from './api/shared-views-handlers.ts';
import { createRatesHandlers } from './api/rates-handlers.ts';
import { createReconciliationHandlers } from './api/reconciliation-handlers.ts';
import { createRevenueReportHandlers } from './api/revenue-report-handlers.ts';
import { createReconciliationRunsHandlers } from './api/reconciliation-runs-handlers.ts';
import { createRevenueScreensHandlers } from './api/revenue-screens-handlers.ts';
import { createReviewHandlers } from './api/review-handlers.ts';
import { createSettingsHandlers } from './api/settings-handlers.ts';
import { createStripeHandlers } from './api/stripe-handlers.ts';
import { createSystemHandlers } from './api/system-handlers.ts';
import { createWorkbenchHandlers } from './api/workbench-handlers.ts';
import type { Backend, BackendOptions } from './backend-serving.ts';
import { billablePeriod } from './billing/billable-period.ts';
import { finishRestore } from './backup/restore.ts';
import { composeJobServicesOf } from './composition/job-services.ts';
import { placesIn } from './composition/restore-ledger.ts';
import { checkPostgres, runDoctor } from './composition/doctor.ts';
import { createRatesSourceSetting, readRatesSource } from './composition/rates-source.ts';
import { s3SecretInForce } from './composition/archiving.ts';
import { smtpPasswordInForce } from './composition/mailing.ts';
import { composeReading, readingCacheKilobytes, type ReadingSetup } from './composition/reading.ts';
import { createRequestHeadroom } from './composition/request-headroom.ts';
import { checksOfReport, noteKeyOfEnvironment, reportOnStripeKey } from './composition/stripe-key-check.ts';
import { composeServices, type Services, type ServicesOptions } from './composition/services.ts';
import { createCommandLog } from './database/command-log.ts';
import { migrateDatabase, readMigrations } from './database/migrate.ts';
import { openDatabase } from './database/open-database.ts';
import { createPreferences } from './database/preferences.ts';
import type { SqliteDatabase } from './database/sqlite-database.ts';
import { bulkTurn, commandTurn, createWriteTurns, type WriteTurn } from './database/write-turns.ts';
import { readChartOfAccounts } from './ledger/chart-of-accounts.ts';
import { ensureAccounts } from './ledger/journal.repository.ts';
import { sweepRebuilds } from './ledger/ledger-rebuild.ts';
import { openPostgres } from './integrations/postgres/connection.ts';
import { migratePostgres } from './integrations/postgres/postgres-migrations.ts';
import { createSharedPeople, signInAddress, type SharedPeople } from './integrations/postgres/postgres-users.ts';
import { allowedRate } from './integrations/stripe/request-pacing.ts';
import type { JobServices } from './jobs/job-definitions.ts';
import { createJobRunner, type JobOrder } from './jobs/job-runner.ts';
import { createJobRunStore, type JobRun } from './jobs/job-run-store.ts';
import { runUnderLease } from './jobs/leased-run.ts';
import { createScheduler } from './jobs/scheduler.ts';
import type { ScheduledJob } from './jobs/schedule.ts';
import { secretInForce, type Config } from './platform/config.ts';
import type { ReportMailOutcome } from './mailing/report-mail.ts';
import { entryPoint } from './platform/entry-points.ts';
import { createFileLogger } from './platform/file-logger.ts';
import type { Logger } from './platform/logger.ts';
import { migrationsFolder, readVersion } from './platform/resources.ts';
import { clockOf } from './platform/system-clock.ts';
import { createReadingPool, type ReadingPool, type ReadingWorkerData } from './reading/reading-pool.ts';
import { readLedgerSetting } from './reporting/status.queries.ts';
import type { LiveSync } from './sync/live-sync.ts';

/** What a job's worker thread is given. It holds secrets: it stays in memory. */
export interface JobWorkerData {
  readonly order: JobOrder;
  readonly dataFolder: string;
  readonly config: Config;
  readonly desk: string;
  /** Shared with the thread that answers people: their commands come first. */
  readonly writeTurns: SharedArrayBuffer;
}

export interface JobComposition {
  readonly services: JobServices;
  readonly logger: Logger;
  /** Under the job's lease, where it has one. */
  run(work: () => Promise<unknown>): Promise<unknown>;
  close(): Promise<void>;
}

export { examineWithoutLedger } from './composition/doctor.ts';
export { listBackupsOf, restoreLedger } from './composition/restore-ledger.ts';

/**
 * A desk is a data folder on a machine. Its name is the same at each start, so that one whose process was killed takes its own leases up again at
 * once in place of waiting until they run out; two processes never use it at once, as one process owns a data folder.
 */
function nameDesk(dataFolder: string): string {
  return `${hostname()}-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)}`;
}

function openLedger(dataFolder: string, logger: Logger, turn: WriteTurn, cacheKilobytes?: number): SqliteDatabase {
  return openDatabase({ file: placesIn(dataFolder).ledgerFile, logger, turn, ...(cacheKilobytes === undefined ? {} : { cacheKilobytes }) });
}

/** Services of a job's own thread, on its own connection. */
export function composeJobServices(data: JobWorkerData): JobComposition {
  const { dataFolder, config, order, desk, writeTurns } = data;
  const logger = createFileLogger({ dataFolder, fields: { part: `job/${order.job}` } });
  const database = openLedger(dataFolder, logger, bulkTurn(writeTurns));
  const clock = clockOf(config);
  const services = composeServices({ database, dataFolder, config, clock, logger, version: readVersion(), desk, isOfJob: true });
  return {
    services: composeJobServicesOf(services, clock, () => signedIn(database, config).user, () => signedIn(database, config).role === 'viewer'),
    logger,
    run: (work) => runUnderLease(services.leases, order, work),
    async close() {
      await services.close();
      database.close();
    },
  };
}

/** Who is signed in: as the shared database said last; a desk of its own has one person, who may do everything. */
function signedIn(database: SqliteDatabase, config: Config): { user: string; role: Role } {
  const role = readLedgerSetting(database, 'signed_in_role');
  const isKnown = role === 'viewer' || role === 'finance' || role === 'accountant' || role === 'admin';
  if (config.postgresUrl === null || !isKnown) return { user: config.user, role: 'admin' };
  return { user: readLedgerSetting(database, 'signed_in_user') ?? config.user, role };
}

/**
 * A ledger that is gone is no first start: a fresh one in its place would be empty and sound.
 * @throws StorageError `ledger-missing` where a ledger left its documents or backups behind.
 */
function assertNotLost(dataFolder: string): void {
  const { ledgerFile, backupsFolder } = placesIn(dataFolder);
  if (existsSync(ledgerFile) && statSync(ledgerFile).size > 0) return;
  const left = [join(dataFolder, 'documents'), backupsFolder].filter((folder) => existsSync(folder) && readdirSync(folder).length > 0);
  if (left.length === 0) return;
  throw new StorageError('ledger-missing', `The ledger of ${dataFolder} is gone: ${left.map((folder) => basename(folder)).join(' and ')} of it are there, ledger.sqlite is not. Nothing was made in its place.`, {
    data: { folder: dataFolder }, nextStep: 'Put ledger.sqlite back, restore a backup with daybook backup restore, or name another folder with --data.',
  });
}

/**
 * Builds the whole backend in a data folder this process owns: opens and migrates the ledger, wires services, jobs and the contract.
 * @throws StorageError as opening and migrating do.
 */
export function composeBackend(options: BackendOptions): Backend {
  const { dataFolder, secrets, clock, logger, host } = options;
  const withSecrets = (): Config => ({ ...options.config, stripeKey: secretInForce('stripe-key', options.config, secrets), postgresUrl: secretInForce('postgres-url', options.config, secrets), smtpPassword: smtpPasswordInForce(options.config, secrets, database), s3SecretKey: s3SecretInForce(options.config, secrets, database) });
  const version = readVersion();
  const desk = nameDesk(dataFolder);
  finishRestore(placesIn(dataFolder), logger);
  sweepRebuilds(placesIn(dataFolder).rebuildFolder);
  assertNotLost(dataFolder);
  // A command line mostly reads, and hands what writes much to a job's thread.
  const writeTurns = createWriteTurns();
  const database = openLedger(dataFolder, logger, commandTurn(writeTurns), host === 'cli' ? readingCacheKilobytes : undefined);
  try {
    migrateDatabase(database, readMigrations(migrationsFolder('sqlite')), clock.now());
    database.unitOfWork.run('ledger.chart', (writable) => ensureAccounts(writable, readChartOfAccounts())); // accounts that came with this version
  } catch (error) {
    database.close();
    throw error;
  }
  const servicesOptions: ServicesOptions = { database, dataFolder, config: withSecrets(), clock, logger, version, desk };
  const services = composeServices(servicesOptions);
  const { timeZone } = services;
  const hub = createChangeHub();
  const commands = createCommandLog(database, clock);
  const preferences = createPreferences(database, database.unitOfWork);
  const headroom = createRequestHeadroom(preferences, options.config);
  const runs = createJobRunStore(database);
  runs.interruptLeftovers(clock.now());
  const runner = createJobRunner({
    store: runs, clock, logger,
    spawnWorker: (order) => new Worker(entryPoint('job-worker'), { workerData: { order, dataFolder, config: withSecrets(), desk, writeTurns } satisfies JobWorkerData }),
    onChange(entity, ids) {
      const change = staleSchema.safeParse({ entity, ids: [...ids] });
      if (change.success) hub.publish(change.data);
    },
  });
  const hasRatesSource = (): boolean => readRatesSource(database) !== null && services.rateImports.isAllowed();
  const isConnected = (source: 'stripe' | 'shared-database'): boolean => (source === 'stripe' ? withSecrets().stripeKey !== null : withSecrets().postgresUrl !== null);
  const scheduler = host === 'cli' ? null : createScheduler({ runner, store: runs, clock, logger, zone: timeZone, canRun: (job) => mayRun(job, isConnected, signedIn(database, withSecrets()).role) && (job.name !== 'exchange-rates' || hasRatesSource()) && (job.name !== 'invoice-mail' || services.mail.dispatch.isDue()) && (job.name !== 'revenue-report' || services.revenueReport.mailing.isWanted()) && (job.name !== 'document-archive' || services.archive.archive.isDue()) });

  const live = host === 'cli' ? null : followLive(services, hub, () => runner.start({ job: 'postgres-sync', trigger: 'catch-up' }));
  // After an update nobody need wait for the next sync, which offline may be days away.
  if (host !== 'cli' && services.revenueRollups.isOutdated()) runner.start({ job: 'revenue-rebuild', trigger: 'catch-up' });
  const reading = composeReading({ readable: database, clock, timeZone, settings: services.settings });
  // A command line has nothing else to do meanwhile: it reads on its own thread.
  const readings = host === 'cli' ? undefined : openReadingPool(options);
  const router = api.router({
    system: { ...reading.system, ...createSystemHandlers({
      database, clock, runner, runs, hub, version, isConnected,
      settings: services.settings,
      runDoctor: () => runDoctor({ dataFolder, config: withSecrets(), database, clock, version, openAllowance: services.openStripeAllowance }),
    }) },
    revenue: reading.revenue,
    revenueMeasures: reading.revenueMeasures,
    revenueScreens: createRevenueScreensHandlers({ readable: database, clock, settings: services.settings }),
    revenueReport: createRevenueReportHandlers({ ...services.revenueReport, hub, presentment: reading.revenue.presentment }),
    invoices: { ...reading.invoices, ...createInvoicesHandlers({ readable: database, clock, timeZone, invoicing: services.invoicing, documents: services.documents, creditNotes: services.creditNotes, hub, sealPosted: services.sealPosted }),
      ...createInvoiceWhyHandlers({ readable: database, clock, timeZone, invoicing: services.invoicing, views: services.receivableViews }),
      ...createInvoiceLifecycleHandlers({ readable: database, clock, timeZone, drafts: services.drafts, receivables: services.receivables, views: services.receivableViews, statements: services.statements, voidAndRegenerate: services.voidAndRegenerate, taxRates, hub, sealPosted: services.sealPosted }), runSheet: createRunSheetHandlers({ readable: database, sheets: services.runSheets, reviews: services.reviews, hub }) },
    documents: createDocumentsHandlers({ templates: services.templates, documents: services.documents, verification: services.documentVerification, invoicing: services.invoicing, hub, companyName: () => services.issuer.issuer().name }),
    payments: reading.payments,
    customers: reading.customers,
    partners: createPartnersHandlers({ readable: database, clock, timeZone }),
    contracts: createContractsHandlers({
      ...services.contractWork, hub,
      async sendNow(asked, change) {
        await services.contractChanges.sendNow(asked === 'cli');
        return services.contractChanges.changes.find(change.id);
      },
    }),
    changes: createChangesHandlers({
      edits: services.contractWork.edits, changes: services.contractChanges.changes, decisions: services.changeDecisions, hub, standing: () => ({ ...services.contractChanges.standing(), isFollowing: live?.isFollowing() ?? false }),
      send: (asked) => services.contractChanges.sendNow(asked === 'cli'), follow: services.contractChanges.watch,
    }),
    reconciliation: { ...createReconciliationHandlers({ database, timeZone, work: services.discrepancyWork, hub }), runs: createReconciliationRunsHandlers({ database, timeZone }) },
    workbench: createWorkbenchHandlers({ readable: database, unitOfWork: database.unitOfWork, clock, zone: timeZone, work: services.discrepancyWork, ...services.reconciliationWork, missingMoney: services.reconciliationReport.missingMoney, report: services.reconciliationReport.report, lastSent: () => lastSentReport(runs.recent('reconciliation-report', 20)), auditLog: services.audit, functionalCurrency: () => services.settings().functionalCurrency, hub }),
    closeEvidence: createCloseEvidenceHandlers({ close: services.reconciliationReport.close, periodClose: services.periodClose, pack: (month) => services.reconciliationReport.pack(month), hub }),
    numbers: createNumbersHandlers({ numbers: services.documentNumbers.numbers, clock, timeZone, hub }),
    rates: createRatesHandlers({ readable: database, imports: services.rateImports, uploads: services.uploads, hub, ratesSource: createRatesSourceSetting(database, preferences), functionalCurrency: () => services.settings().functionalCurrency }),
    mail: createMailHandlers({
      readable: database, mail: services.mail, hub, secrets, keptPassword: () => withSecrets().smtpPassword, hasEnvironmentPassword: options.config.smtpPassword !== null, sendNow: () => runner.start({ job: 'invoice-mail', trigger: 'person' }),
    }),
    archive: createArchiveHandlers({ archiving: services.archive, hub, secrets, keptSecret: () => withSecrets().s3SecretKey, hasEnvironmentSecret: options.config.s3SecretKey !== null, archiveNow: () => runner.start({ job: 'document-archive', trigger: 'person' }) }),
    backups: createBackupsHandlers({ backups: services.backups, runner, store: runs }),
    banking: createBankingHandlers({ readable: database, ...services.banking, uploads: services.uploads, hub, sealPosted: services.sealPosted }),
    ledger: {
      ...reading.ledger,
      ...createLedgerPeriodHandlers({ readable: database, periodClose: services.periodClose, reversal: services.reversal, withdrawal: services.withdrawal, hub }),
    },
    jobs: createJobsHandlers({
      runner, store: runs, clock, zone: timeZone,
      comesByItself: (job) => (job !== 'exchange-rates' || hasRatesSource()) && (job !== 'revenue-report' || services.revenueReport.mailing.isWanted()),
      assertRunnable(job, period) {
        if (job === 'partner-billing') billablePeriod(period ?? '', timeZone.monthOf(clock.now()));
        if (job === 'exchange-rates') services.rateImports.assertAllowed();
        if (job === 'revenue-recognition' && period !== undefined) services.recognition.assertRecognisable(month(period));
      },
    }),
    settings: createSettingsHandlers({
      database, config: options.config, secrets, dataFolder, hub,
      preferences,
      async testStripeKey(key) {
        const report = await reportOnStripeKey({ ...withSecrets(), stripeKey: key }, database, services.openStripeAllowance);
        return { checks: checksOfReport(report), report: options.config.stripeKey === null ? report : noteKeyOfEnvironment(report) };
      },
      headroomPercent: headroom.percent,
      testPostgresUrl: (url) => checkPostgres({ ...withSecrets(), postgresUrl: url }, version, database),
      onSecretChanged: () => undefined,
    }),
    review: createReviewHandlers({ work: services.reviewWork, hub }),
    people: createPeopleHandlers({ people: services.postgres && createSharedPeople(services.postgres), hasJoined: () => readLedgerSetting(database, 'shared_ledger_id') !== null, addressFor: (name) => signInAddress(servicesOptions.config.postgresUrl ?? '', name), hub }),
    personal: createPersonalHandlers({ preferences }),
    sharedViews: createSharedViewsHandlers({ views: services.sharedViews, hub }),
    stripe: createStripeHandlers({ readable: database, config: options.config, hub, headroom, allowedRate, inbox: services.stripeInbox, hasKey: () => isConnected('stripe'), reportOnKey: () => reportOnStripeKey(withSecrets(), database, services.openStripeAllowance) }),
  });

  logger.info('opened', { version, host });
  return {
    router,
    contextFor(kind) {
      readings?.warmUp(); // somebody came: their first list finds the thread running
      return contextOf(database, withSecrets, { host: kind, logger, commands, readings });
    },
    async close() {
      scheduler?.stop();
      await live?.close();
      await runner.close();
      await readings?.close();
      await services.close();
      database.close();
    },
  };
}

const screensOf: Readonly<Record<string, readonly Stale['entity'][]>> = { invoice: ['invoices'], receivable_act: ['invoices'], credit: [], discrepancy: ['discrepancies'], discrepancy_step: ['discrepancies'], close_sign_off: ['discrepancies'], payment_history: [], exchange_rate: [], mail: ['mail', 'invoices'], shared_view: ['shared-views'] };

/** Windows follow what other desks do as it happens; what the feed brought makes what is shown of it stale. The first copy is asked for once; after that it has its schedule. */
function followLive(services: Services, hub: ChangeHub, copyFirst: () => void): LiveSync | null {
  let wasAsked = false;
  const tell = (entities: Iterable<Stale['entity']>): void => {
    for (const entity of new Set(entities)) hub.publish({ entity, ids: [] });
  };
  return services.contractChanges.follow({
    exchanged: ({ entities }) => tell([...entities.flatMap((entity) => screensOf[entity] ?? (['partners'] as const)), 'status', 'today']),
    line: () => tell(['status']),
    failed: () => tell(['status']),
    notReady() {
      if (wasAsked) return;
      wasAsked = true;
      copyFirst();
    },
  });
}

function openReadingPool({ dataFolder, config, clock, logger }: BackendOptions): ReadingPool {
  const setup: ReadingSetup = { dataFolder, ledgerFile: placesIn(dataFolder).ledgerFile, defaults: { reportingTimeZone: config.reportingTimeZone, functionalCurrency: config.functionalCurrency } };
  return createReadingPool({ clock, logger, spawnWorker: (withdrawn) => new Worker(entryPoint('reading-worker'), { workerData: { setup, withdrawn } satisfies ReadingWorkerData<ReadingSetup>, resourceLimits: { maxYoungGenerationSizeMb: 16 } }) });
}

/** User and role are asked for at each call: a role that shrank holds from the next call on. (Spreading this object would freeze both.) */
function contextOf(database: SqliteDatabase, config: () => Config, rest: Pick<ApiContext, 'host' | 'logger' | 'commands' | 'readings'>): ApiContext {
  return {
    ...rest,
    get user() {
      return signedIn(database, config()).user;
    },
    get role() {
      return signedIn(database, config()).role;
    },
  };
}

/** How the newest run of the daily report that was mailed went out. */
function lastSentReport(recent: readonly JobRun[]): { at: number; mail: ReportMailOutcome } | null {
  for (const run of recent) {
    const mail = run.result === null ? undefined : (JSON.parse(run.result) as { mail?: ReportMailOutcome | null }).mail;
    if (mail) return { at: run.finishedAt ?? run.startedAt, mail };
  }
  return null;
}

const roleOrder: readonly Role[] = ['viewer', 'finance', 'accountant', 'admin'];

/** Catch-up runs only where the signed-in role may (domain.md §4) and where what it needs is connected. */
function mayRun(job: ScheduledJob, isConnected: (source: 'stripe' | 'shared-database') => boolean, role: Role): boolean {
  const atLeast = (needed: Role): boolean => roleOrder.indexOf(role) >= roleOrder.indexOf(needed);
  switch (job.name) {
    case 'postgres-sync':
      return isConnected('shared-database');
    case 'stripe-sync':
    case 'stripe-refill':
    case 'daily-reconciliation':
    case 'drift-check':
    case 'ledger-rebuild':
    case 'fetch-missing':
      return isConnected('stripe') && atLeast('finance');
    case 'partner-billing':
      return isConnected('shared-database') && atLeast('accountant');
    case 'bank-import':
    case 'bank-reconciliation':
      return atLeast('finance');
    case 'exchange-rates':
    case 'revenue-recognition':
    case 'invoice-mail':
    case 'revenue-report':
      return atLeast('accountant');
    case 'reconciliation-report':
      return atLeast('finance');
    case 'document-archive':
      return atLeast('finance');
    case 'revenue-rebuild':
    case 'ledger-verify':
    case 'ledger-backup':
    case 'backup-verify':
      return true;
  }
}

/** One look at the people of a shared database, or one act on them, as the login of the address. */
export async function withSharedPeople<Result>(url: string, allowsPlaintext: boolean, work: (people: SharedPeople) => Promise<Result>): Promise<Result> {
  const postgres = openPostgres({ url, allowsPlaintext, maximumConnections: 1, applicationName: 'daybook users' });
  try {
    return await work(createSharedPeople(postgres));
  } finally {
    await postgres.close();
  }
}

/** Applies what the shared schema lacks. @returns the names applied now. */
export async function migrateShared(ownerUrl: string, allowsPlaintext: boolean): Promise<string[]> {
  const { applied } = await migratePostgres(ownerUrl, undefined, allowsPlaintext);
  return [...applied];
}
