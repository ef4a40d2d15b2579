/**
 * The services of one connection, wired: the same in the backend's own thread, in a job's worker and in tests.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { createBackups } from '../backup/backups.ts';
import { readBankStanding } from '../banking/bank-standing.ts';
import { createIssuerProfile } from '../billing/issuer-profile.ts';
import { createInvoiceDrafts } from '../billing/invoice-drafts.ts';
import { createInvoiceRecorder } from '../billing/invoice-recorder.ts';
import { createInvoiceRegeneration } from '../billing/invoice-regeneration.ts';
import { isActMatched } from '../banking/bank-match.repository.ts';
import { invoiceStore } from '../billing/invoice-store.ts';
import { createLocalInvoiceRegister } from '../billing/local-invoice-register.ts';
import { createInvoiceReviews, createLocalReviewRegister } from '../billing/invoice-reviews.ts';
import { findLastInvoiceOfParty } from '../billing/partner-invoice.repository.ts';
import { createPartnerInvoicing } from '../billing/partner-invoicing.ts';
import { taxRates } from '../billing/tax-rates.ts';
import { taxOfCustomer } from '../billing/tax-rules.ts';
import { createRunSheets } from '../billing/run-sheet.ts';
import { createPostgresReviewRegister } from '../integrations/postgres/invoice-reviews.ts';
import { createPartnerContracts } from '../contracts/partner-contracts.ts';
import { readMigrations } from '../database/migrate.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { createRateWaitingFacts } from '../intake/rate-waiting-facts.ts';
import { createStripeInbox } from '../intake/stripe-inbox.ts';
import { createStripeSync } from '../intake/stripe-sync.ts';
import { createEcbRatesSource } from '../integrations/fx/ecb-rates-source.ts';
import { createBalanceTransactionLister } from '../integrations/stripe/balance-transaction-lister.ts';
import { allowedEndpointRate } from '../integrations/stripe/request-pacing.ts';
import { createSharedAllowance, type SharedAllowance } from '../integrations/stripe/shared-allowance.ts';
import { createStripeSource } from '../integrations/stripe/stripe-source.ts';
import { openPostgres, type PostgresConnection } from '../integrations/postgres/connection.ts';
import { createPostgresInvoiceRegister } from '../integrations/postgres/invoice-register.ts';
import { createPostgresJobLeases } from '../integrations/postgres/job-leases.ts';
import { createPostgresReceivableRegister } from '../integrations/postgres/receivable-register.ts';
import { createPostgresRequestShares } from '../integrations/postgres/request-shares.ts';
import { createSharedDiscrepancies } from '../integrations/postgres/shared-discrepancies.ts';
import { createSharedInboxSource } from '../integrations/postgres/shared-inbox-source.ts';
import { createSharedLedgerSource } from '../integrations/postgres/shared-ledger-source.ts';
import { createSharedRecordJoins } from '../integrations/postgres/shared-record-joins.ts';
import { createPostgresSharedViews } from '../integrations/postgres/shared-views.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { createEntryReversal } from '../ledger/entry-reversal.ts';
import { createExchangeRateImports } from '../ledger/exchange-rate-imports.ts';
import { createReviewWork } from '../ledger/review-work.ts';
import { createJournal } from '../ledger/journal.ts';
import { joinAnchorSources } from '../ledger/anchors.ts';
import { createLedgerVerification } from '../ledger/ledger-verification.ts';
import { createStretchThread } from '../ledger/stretch-thread.ts';
import { createPendingWithdrawal } from '../ledger/pending-withdrawal.ts';
import { createPeriodClose } from '../ledger/period-close.ts';
import { createRevaluation } from '../ledger/revaluation.ts';
import type { SharedSealing } from '../ledger/shared-sealing.ts';
import { payoutTies } from '../mirror/payout-ties.ts';
import { entryPoint } from '../platform/entry-points.ts';
import { newId } from '../platform/ids.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { createUploads } from '../platform/uploads.ts';
import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/logger.ts';
import { createBankReconciliation } from '../reconciliation/bank-reconciliation.ts';
import { createDiscrepancySharing } from '../reconciliation/discrepancy-sharing.ts';
import { createPayoutReconciliation } from '../reconciliation/payout-reconciliation.ts';
import { createReconciliation } from '../reconciliation/reconciliation.ts';
import { createRecognition } from '../revenue/recognition.ts';
import { createRevenueRollups } from '../revenue/revenue-rollups.ts';
import { createActRecorder } from '../receivables/act-recorder.ts';
import { createIssuedCreditNotes } from '../receivables/issued-credit-notes.ts';
import { createLocalReceivableRegister } from '../receivables/local-receivable-register.ts';
import { createReceivableViews } from '../receivables/receivable-views.ts';
import { createReceivables } from '../receivables/receivables.ts';
import { createLocalJobLeases } from '../sync/job-leases.ts';
import { createSharedViews } from '../sync/shared-views.ts';
import { createPostgresSync, giveUpBegunJoin, type PostgresSyncDependencies } from '../sync/postgres-sync.ts';
import { createRecordJoining, type RecordJoining } from '../sync/record-joining.ts';
import { createLocalRequestShares } from '../sync/request-shares.ts';
import { createDocumentVerification } from '../documents/document-verification.ts';
import { createAccountStatements } from '../documents/account-statements.ts';
import { createInvoiceDocuments } from '../documents/invoice-documents.ts';
import { createInvoiceTemplates, type InvoiceTemplates } from '../documents/invoice-template.ts';
import { createPdfRenderer } from '../documents/pdf-renderer.ts';
import { composeBanking } from './banking.ts';
import { composeArchiving } from './archiving.ts';
import { composeContractChanges } from './contract-changes.ts';
import { composeContracts } from './contracts.ts';
import { assertDeskOfItsOwn, isDeskOfItsOwn } from './desk-of-its-own.ts';
import { composeDocumentNumbers, type DocumentNumberServices } from './document-numbers.ts';
import { composeLedgerRebuild } from './ledger-rebuild.ts';
import { composeMailing } from './mailing.ts';
import { createUnbilledMonths } from '../billing/unbilled-usage.ts';
import { composeReconciliationReporting } from './reconciliation-reporting.ts';
import { composeReconciliationWork } from './reconciliation-work.ts';
import { composeRevenueReport } from './revenue-report.ts';
import { placesIn } from './restore-ledger.ts';
import { composeLedgerSealing } from './ledger-sealing.ts';
import { cachedFor, ledgerTimeZone, readLedgerSettings } from './ledger-settings.ts';
import { readRatesSource } from './rates-source.ts';
import { readHeadroomPercent } from './request-headroom.ts';
import { unlessForbidden } from './smaller-role.ts';

export interface ServicesOptions {
  readonly database: SqliteDatabase;
  readonly dataFolder: string;
  /** With the secrets in force already in it. */
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Names this process among those that ask for leases. */
  readonly desk: string;
  /** A job's own connection: no person writes through it. */
  readonly isOfJob?: boolean;
}

/** A headroom that a person changes holds for a running job's requests within this time. */
const headroomLifetimeMs = 250;
/** Longer than the shared database lets a statement run: who says nothing for so long is not there any more. */
const silentServerMs = 35_000;

export function composeServices(options: ServicesOptions) {
  const { database, config, clock, logger } = options;
  const { unitOfWork } = database;
  const timeZone = ledgerTimeZone(database, config);
  const settings = () => readLedgerSettings(database, config);
  const audit = createAuditLog({ clock });
  const postgres: PostgresConnection | null = config.postgresUrl === null ? null : openPostgres({ url: config.postgresUrl, allowsPlaintext: config.postgresPlaintext === 'allowed', queryTimeoutMs: silentServerMs });
  if (postgres === null) giveUpBegunJoin(database, unitOfWork);
  const { sealer, sharedSealing, authority, anchors: sharedAnchors, sealPosted } = composeLedgerSealing({ database, postgres, desk: options.desk, clock, timeZone, audit, logger, ...(options.isOfJob ? { durability: database.durability } : {}) });
  const journal = createJournal({ clock, sealer });
  const recognition = createRecognition({ readable: database, unitOfWork, journal, clock, timeZone, settings, bringUpToDate: (control) => authority.bringUpToDate(control), durability: database.durability });
  const revaluation = createRevaluation({ readable: database, unitOfWork, journal, functionalCurrency: () => settings().functionalCurrency });
  const periodClose = createPeriodClose({ readable: database, clock, timeZone, authority, recognition, revaluation, functionalCurrency: () => settings().functionalCurrency });
  const reversal = createEntryReversal({ readable: database, unitOfWork, journal, audit, clock, timeZone, sealPosted });

  const contracts = createPartnerContracts({ readable: database });
  const renderer = createPdfRenderer({ workerFile: entryPoint('render-worker') });
  const creditNotes = createIssuedCreditNotes({ readable: database, invoices: invoiceStore });
  const documents = createInvoiceDocuments({ dataFolder: options.dataFolder, readable: database, unitOfWork, renderer, clock, creditsApplied: creditNotes.appliedTo, findInvoice: (id) => invoiceStore.find(database, id) });
  const templates: InvoiceTemplates = createInvoiceTemplates({ readable: database, unitOfWork, clock, audit, issuer: () => issuer.issuer() });
  const issuer = createIssuerProfile({ readable: database, documentFor: (partnerId) => templates.documentFor(partnerId) });
  const documentNumbers = composeDocumentNumbers({ database, postgres, config, desk: options.desk, clock, timeZone, audit, logger });
  const { numbers } = documentNumbers;
  const acts = createActRecorder({ readable: database, unitOfWork, journal, invoices: invoiceStore, audit, functionalCurrency: () => settings().functionalCurrency, logger });
  const localReceivables = createLocalReceivableRegister({ unitOfWork, invoices: invoiceStore, numbers, clock, newId, user: config.user, assertAlone: () => assertDeskOfItsOwn(database, postgres) });
  const billing = {
    readable: database, unitOfWork, journal, audit, timeZone, clock, newId, logger, contracts,
    functionalCurrency: () => settings().functionalCurrency,
    register: postgres ? createPostgresInvoiceRegister(postgres) : createLocalInvoiceRegister({ readable: database, unitOfWork, credits: localReceivables, numbers, timeZone, user: config.user, isAlone: () => isDeskOfItsOwn(database, postgres) }),
    issuer,
    acts,
    documents,
  };
  const invoicing = createPartnerInvoicing(billing);
  const drafts = createInvoiceDrafts({ ...billing, recorder: createInvoiceRecorder(billing), taxOf: (customer, on) => taxOfCustomer(taxRates(), customer, issuer.country(), on) });
  const receivables = createReceivables({
    readable: database, recorder: acts, invoices: invoiceStore, clock, timeZone, newId, functionalCurrency: () => settings().functionalCurrency, register: postgres ? createPostgresReceivableRegister(postgres) : localReceivables,
    isOnStatement: (actId) => isActMatched(database, actId),
  });
  const documentVerification = createDocumentVerification({ readable: database, invoicesWith: (fingerprint) => invoicing.withFingerprint(fingerprint), findInvoice: (id) => invoicing.find(id), render: (invoice) => documents.render(invoice), creditNotes: { find: creditNotes.find, all: creditNotes.all, render: documents.renderCreditNote } });
  const runSheets = createRunSheets({ readable: database, contracts, invoicing, clock, timeZone });
  const reviews = createInvoiceReviews({ readable: database, unitOfWork, audit, clock, newId, register: postgres ? createPostgresReviewRegister(postgres) : createLocalReviewRegister({ readable: database, user: config.user, assertAlone: () => assertDeskOfItsOwn(database, postgres) }) });
  const postgresSync = postgres && createPostgresSync({ source: createSharedLedgerSource(postgres), readable: database, unitOfWork, clock, clientVersion: options.version, ...(sharedSealing ? { beforeJoin: joinWith(sharedSealing, createRecordJoining({ readable: database, shared: createSharedRecordJoins(postgres, options.desk), desk: options.desk, newId }), documentNumbers) } : {}) });
  const contractChanges = composeContractChanges({ database, postgres, postgresSync, config, desk: options.desk, clock, audit, logger, beforeSending: () => unlessForbidden(documentNumbers.reportUses) });
  const contractWork = composeContracts({ database, clock, timeZone, changes: contractChanges.changes });
  const discrepancySharing = postgres && createDiscrepancySharing({ readable: database, unitOfWork, clock, shared: createSharedDiscrepancies(postgres) });
  const leases = postgres ? createPostgresJobLeases(postgres, options.desk) : createLocalJobLeases({ unitOfWork, clock, holder: options.desk });

  const headroomShare = cachedFor(() => performance.now(), headroomLifetimeMs, () => readHeadroomPercent(database, config) / 100);
  const requestShares = postgres ? createPostgresRequestShares(postgres) : createLocalRequestShares({ unitOfWork, nowMs: Date.now });
  /** For one reader, which closes it. */
  const openStripeAllowance = (): SharedAllowance =>
    createSharedAllowance({ shares: requestShares, total: () => allowedEndpointRate(headroomShare()), desk: options.desk, onCutOff: (error) => logger.warn('request-shares-unreachable', { error }) });
  const stripeAllowance = openStripeAllowance();
  /** Made at first use: without a key it cannot be made at all, and says so to whoever asks. */
  const stripeSource = lazily(() =>
    createStripeSource({
      key: config.stripeKey ?? undefined, apiBase: config.stripeApiBase, limiter: config.stripeLimiter === 'off' ? 'none' : 'stripe', headroomShare, allowance: stripeAllowance, now: clock.now, followsGatewayClock: config.now === null,
    }),
  );
  const stripeSync = lazily(() => createStripeSync({ readable: database, unitOfWork, source: stripeSource(), ...(postgres ? { sharedInbox: createSharedInboxSource(postgres) } : {}), journal, clock, timeZone, functionalCurrency: settings().functionalCurrency, durability: database.durability }));
  const gatewayLister = lazily(() => createBalanceTransactionLister(stripeSource()));
  const payoutReconciliation = lazily(() => createPayoutReconciliation({ gateway: gatewayLister(), readable: database, unitOfWork, clock, zone: timeZone, accounts: { clearing: accountCodes.stripeClearing },
    keepTies: (writable, payoutId, transactionIds, listedAt) => payoutTies.store(writable, { payoutId, transactionIds, transactions: transactionIds.length, cursor: null, listedAt }) }));
  const reconciliation = lazily(() =>
    createReconciliation({
      gateway: gatewayLister(), database, unitOfWork, durability: database.durability, clock, zone: timeZone,
      accounts: { clearing: accountCodes.stripeClearing, fees: accountCodes.paymentFees, conversion: accountCodes.currencyConversion, unapplied: accountCodes.unappliedReceipts, suspense: accountCodes.suspense },
    }),
  );

  const backups = createBackups({
    ledgerFile: placesIn(options.dataFolder).ledgerFile, folder: placesIn(options.dataFolder).backupsFolder, clock, version: options.version, logger, migrations: readMigrations(migrationsFolder('sqlite')),
    books: { verify: (readable, control) => createLedgerVerification({ readable, audit }).verify(control) },
  });

  const receivableViews = createReceivableViews({ readable: database, invoices: invoiceStore });
  const banking = composeBanking({ database, journal, audit, clock, receivables, receivableViews, functionalCurrency: () => settings().functionalCurrency });

  const reconciliationWork = composeReconciliationWork({ database, postgres, clock, timeZone, audit, journal, reversal, matching: banking.matching, functionalCurrency: () => settings().functionalCurrency, sealPosted });
  const mail = composeMailing({ database, postgres, config, desk: options.desk, clock, logger, audit, invoicing, documents });

  const reconciliationReport = composeReconciliationReporting({
    database, clock, timeZone, audit, work: reconciliationWork, unbilled: createUnbilledMonths({ readable: database, contracts, invoicing, sheets: runSheets, clock, timeZone }), renderer, mailing: mail.reports,
    functionalCurrency: () => settings().functionalCurrency, companyName: () => issuer.issuer().name,
  });

  const revenueReport = composeRevenueReport({ database, dataFolder: options.dataFolder, clock, settings, companyName: () => issuer.issuer().name, renderer, audit, mail, password: () => config.smtpPassword });

  const statements = createAccountStatements({ lastInvoiceOf: (partyId) => findLastInvoiceOfParty(database, partyId), issuer: () => issuer.issuer(), documentFor: (partnerId) => issuer.documentFor(partnerId), render: documents.renderStatement });
  const archive = composeArchiving({ database, config, clock, logger, audit, invoicing, documents, creditNotes });

  return {
    mail, revenueReport, archive, creditNotes, statements, timeZone, settings, audit, journal, sharedSealing, sealPosted, periodClose, reversal, contracts, documents, documentVerification, templates, issuer, invoicing, drafts, voidAndRegenerate: createInvoiceRegeneration({ invoicing, drafts }), receivables, receivableViews, banking, bankReconciliation: createBankReconciliation({ unitOfWork, clock, zone: timeZone, standing: () => readBankStanding(database, banking.matching.propose(null)) }), runSheets, reviews, postgresSync, discrepancySharing, leases, openStripeAllowance, stripeSource, stripeSync, reconciliation, payoutReconciliation, postgres,
    stripeInbox: createStripeInbox({ unitOfWork, audit }),
    contractWork, contractChanges, documentNumbers,
    sharedViews: createSharedViews({ readable: database, unitOfWork, newId, door: postgres && createPostgresSharedViews(postgres) }),
    changeDecisions: contractChanges.decisions(contractWork.previews),
    rateImports: createExchangeRateImports({ readable: database, unitOfWork, audit, clock, timeZone, source: createEcbRatesSource(), hasSharedDatabase: postgres !== null, functionalCurrency: () => settings().functionalCurrency }),
    rateWaitingFacts: createRateWaitingFacts({ readable: database, unitOfWork, journal, clock, timeZone }),
    ratesSourceUrl: () => readRatesSource(database),
    uploads: createUploads(options.dataFolder),
    withdrawal: createPendingWithdrawal({ unitOfWork, audit, clock }),
    reviewWork: createReviewWork({ unitOfWork, audit, clock }),
    discrepancyWork: reconciliationWork.discrepancyWork,
    reconciliationWork, reconciliationReport,
    revenueRollups: createRevenueRollups({ readable: database, unitOfWork, clock, settings }),
    recognition,
    backups,
    rebuild: composeLedgerRebuild({ database, folder: placesIn(options.dataFolder).rebuildFolder, clock, timeZone, settings, logger, stripeSource, recognition }),
    verification: createLedgerVerification({ readable: database, audit, recognition, anchors: joinAnchorSources([backups.anchors, sharedAnchors]), onOtherThread: createStretchThread(placesIn(options.dataFolder).ledgerFile) }),
    async close(): Promise<void> {
      await renderer.close();
      await stripeAllowance.close();
      await postgres?.close();
    },
  };
}
export type Services = ReturnType<typeof composeServices>;

/** The chain first: it is held against the shared one entry by entry, whatever came in since; the records are taken over once nothing of this desk can be refused any more. */
export function joinWith(sealing: Pick<SharedSealing, 'assertJoinable' | 'bring'>, records: RecordJoining, numbers: Pick<DocumentNumberServices, 'beforeJoin'>): NonNullable<PostgresSyncDependencies['beforeJoin']> {
  return async (identity, control, handOver) => {
    await sealing.assertJoinable();
    const prepared = await records.prepare(identity, control);
    handOver();
    await numbers.beforeJoin(); // invoices are held against their series
    await sealing.bring(control);
    await prepared?.finish();
    return prepared?.counts ?? null;
  };
}

function lazily<Value>(make: () => Value): () => Value {
  let value: { readonly made: Value } | undefined;
  return () => (value ??= { made: make() }).made;
}
