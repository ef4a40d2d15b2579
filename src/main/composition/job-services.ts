/**
 * The services as jobs see them (jobs/job-definitions.ts): each job is one call here.
 */
import { addDays, addMonths, firstDayOf, monthOf, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { DaybookError, ProviderError, ValidationError } from '../../shared/errors/errors.ts';
import type { JobServices } from '../jobs/job-definitions.ts';
import type { RatesPlace } from '../ledger/exchange-rate-imports.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { Services } from './services.ts';
import { unlessForbidden } from './smaller-role.ts';

/** Each payout costs a request of its own: the daily run looks at those of five weeks, and of the whole last month, which is about to be closed. */
const payoutDays = 35;

/** @param isViewer whether the signed-in role only reads: its desk copies the books and posts nothing. */
export function composeJobServicesOf(services: Services, clock: Clock, actor: () => string, isViewer: () => boolean): JobServices {
  /**
   * Rates first: what settles in another currency cannot be posted without them. A shared database that cannot be reached does not keep Stripe
   * away: what needs a rate this desk has not seen waits for it, everything else is posted.
   */
  async function pullRates(control: WorkControl): Promise<void> {
    try {
      await services.postgresSync?.pullExchangeRates(control);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.code !== 'postgres-unreachable') throw error;
    }
  }

  /** What this desk found out goes to the others, and what they did comes back. */
  async function exchangeDiscrepancies(control: WorkControl): Promise<unknown> {
    return services.discrepancySharing ? services.discrepancySharing.sendChanges(control) : null;
  }

  /** Entries of invoices and of acts on them that came from the shared database; an act's entry stands on its invoice's. */
  function postMissing() {
    const [invoices, acts] = [services.invoicing.postMissing(), services.receivables.postMissing()];
    return { posted: [...invoices.posted, ...acts.posted], failed: [...invoices.failed, ...acts.failed] };
  }

  /** What this desk posted is sealed, and what others sealed comes here. */
  async function exchangeEntries(control: WorkControl): Promise<Record<string, number>> {
    if (!services.sharedSealing) return {};
    const { sealed, copied, refused, pending } = await services.sharedSealing.exchange(control);
    await services.banking.matching.endOverruled(actor());
    return { entriesSealed: sealed, entriesCopied: copied, entriesRefused: refused, entriesPending: pending };
  }

  /** As {@link exchangeEntries}; where the shared database cannot be reached, entries wait for it. */
  async function exchangeEntriesIfReached(control: WorkControl): Promise<Record<string, number>> {
    try {
      return await exchangeEntries(control);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.code !== 'postgres-unreachable') throw error;
      return {};
    }
  }

  /** By the rules that are set to it; what another desk said first is told as not matched. */
  async function matchBankLines(control: WorkControl) {
    const { matching } = services.banking;
    const { done, looked, suggested, failed } = await matching.matchAutomatically(actor(), control);
    await exchangeEntriesIfReached(control);
    const overruled = done.filter(({ matchId }) => !matching.isStanding(matchId)).map(({ lineIds }) => ({ lineId: lineIds[0] ?? '', code: 'bank-match-overruled' }));
    return { looked, matched: done.length - overruled.length, suggested, failed: [...failed, ...overruled] };
  }

  /** A person names the last day; without days those of the last five weeks and of the last month. */
  function reconcilePayouts(from: LocalDate | undefined, to: LocalDate | undefined, control: WorkControl) {
    const today = services.timeZone.dateOf(clock.now());
    const [daysBack, lastMonth] = [addDays(today, -payoutDays), firstDayOf(addMonths(monthOf(today), -1))];
    return services.payoutReconciliation().reconcilePayouts(from || to ? { from, to: to && addDays(to, 1) } : { from: lastMonth < daysBack ? lastMonth : daysBack }, control);
  }

  return {
    async syncStripe(control) {
      await pullRates(control);
      // Where the first refill was never finished, it goes on: increments alone would leave a hole.
      const synced = await services.stripeSync().sync({ isFull: false }, control);
      await services.revenueRollups.refresh(control);
      services.reconciliationReport.refreshUnbilled();
      return { ...synced, ...(await exchangeEntriesIfReached(control)) };
    },
    async refillStripe(control) {
      await pullRates(control);
      const refilled = await services.stripeSync().refill(control);
      await services.revenueRollups.refresh(control);
      return { ...refilled, ...(await exchangeEntriesIfReached(control)) };
    },
    syncPostgres: services.postgresSync
      ? async (control) => {
          const brought = await services.postgresSync?.join(control);
          const isDiscrepancySent = (await unlessForbidden(async () => ({ sent: await exchangeDiscrepancies(control) }))) !== null;
          const numbers = await unlessForbidden(() => services.documentNumbers.reportUses());
          const edits = await services.contractChanges.sending?.sendPending(control);
          const pulled = await services.postgresSync?.pull(control);
          const posted = isViewer() ? { posted: [], failed: [] } : postMissing();
          // What waited for a rate need not wait for the next Stripe sync as well.
          const { posted: factsPosted } = isViewer() ? { posted: 0 } : await services.rateWaitingFacts.post(control);
          services.reconciliationReport.refreshUnbilled();
          return { ...pulled, brought: brought ?? pulled?.brought ?? null, editsSent: edits?.sent ?? 0, editsParked: edits?.parked ?? 0, numbersReported: numbers?.recorded ?? 0, numbersRefused: numbers?.refused ?? 0, keptByRole: Number(!isDiscrepancySent) + Number(numbers === null), invoicesPosted: posted.posted.length, entriesPosted: factsPosted, failed: posted.failed, ...(await exchangeEntries(control)) };
        }
      : null,
    async billPartners({ period, shouldFinalise, control }) {
      if (services.postgresSync) await services.postgresSync.pull(control); // bill on what the company recorded up to now
      const run = await services.invoicing.run({ period, finalise: shouldFinalise, control, actor: actor() });
      await exchangeEntriesIfReached(control);
      services.reconciliationReport.refreshUnbilled();
      return { ...run, documents: [...run.documents].map(([invoiceId, location]) => ({ invoiceId, location })).toSorted((one, other) => (one.location < other.location ? -1 : 1)) };
    },
    async reconcileTransactions({ from, to, isFull, control }) {
      if (services.postgresSync) await services.postgresSync.pull(control);
      await exchangeEntries(control);
      // A person names the last day, the service the first day after it.
      const result = await services.reconciliation().reconcileTransactions({ from, to: to && addDays(to, 1), isFull }, control);
      const payouts = await reconcilePayouts(from, to, control);
      services.reconciliationReport.refreshUnbilled();
      await exchangeDiscrepancies(control);
      return { ...result, payouts };
    },
    async reconcilePayouts({ from, to, control }) {
      await exchangeEntries(control);
      const payouts = await reconcilePayouts(from, to, control);
      await exchangeDiscrepancies(control);
      return payouts;
    },
    async reconcileDrift(control) {
      if (services.postgresSync) await services.postgresSync.pull(control);
      await exchangeEntries(control);
      const result = await services.reconciliation().reconcileDrift(control);
      await exchangeDiscrepancies(control);
      return result;
    },
    async fetchMissing({ discrepancyId, control }) {
      const { fetching } = services.reconciliationWork;
      const wanted = fetching.wanted(discrepancyId);
      if (wanted.length === 0) return { asked: 0, fetched: 0, unknown: 0, posted: 0, settled: 0 };
      const result = await services.stripeSync().fetchTransactions([...new Set(wanted.map((each) => each.transactionId))], control);
      const settled = fetching.record(wanted, result, actor());
      await exchangeEntriesIfReached(control);
      return { asked: wanted.length, fetched: result.fetched.length, unknown: result.unknown.length, posted: result.posted, settled };
    },
    reportReconciliation: ({ isMailed, control }) => services.reconciliationReport.send({ isMailed, control }),
    async importExchangeRates({ place, control }) {
      const given = 'upload' in place ? { fileName: place.fileName, text: services.uploads.take(place.upload) } : { url: place.url ?? services.ratesSourceUrl() };
      if ('url' in given && given.url === null) throw new ValidationError('exchange-rates-source-missing', 'There is no address to read exchange rates from. Nothing was imported.', { nextStep: 'Set one in Settings, Exchange rates, or import a file.' });
      const imported = await services.rateImports.importFrom(given as RatesPlace, actor(), control);
      return { ...imported, ...(await services.rateWaitingFacts.post(control)) };
    },
    async importBankStatement({ upload, control, ...file }) {
      const { imports } = services.banking;
      const place = services.uploads.place(upload);
      let imported: Awaited<ReturnType<typeof imports.importFile>>;
      try {
        imported = await imports.importFile({ ...file, file: place }, actor(), control);
      } catch (error) {
        // With another mapping or account the same file may be read; any other refused one is not kept.
        if (!(error instanceof DaybookError && /^bank-(mapping|account|currency)-/.test(error.code))) services.uploads.discard(upload);
        throw error;
      }
      services.uploads.discard(upload);
      await exchangeEntriesIfReached(control); // what others have matched is tied to, not said again
      const outcome = await matchBankLines(control);
      await services.bankReconciliation.reconcileBank(control);
      return { ...imported, matching: outcome };
    },
    isBankRead: () => services.reconciliationWork.bank.hasStatements(),
    async reconcileBank(control) {
      services.uploads.forgetOld(); // statements name real people: what was refused or only looked at does not stay
      await exchangeEntriesIfReached(control);
      const matching = await matchBankLines(control);
      const result = await services.bankReconciliation.reconcileBank(control);
      return { ...result, matching };
    },
    rebuildRevenue: (control) => services.revenueRollups.refresh(control),
    async recogniseRevenue({ month, control }) {
      const months = month === undefined ? await services.recognition.recogniseDue(control) : await services.recognition.recogniseMonth(month, control);
      return { months, posted: months.reduce((sum, one) => sum + one.posted, 0) };
    },
    verifyLedger: (control) => services.verification.verify(control),
    rebuildLedger: ({ shouldKeep, control }) => services.rebuild.run({ shouldKeep }, control),
    archiveDocuments: ({ isAsked, control }) => services.archive.archive.run({ actor: actor(), isAsked, control }),
    sendMail: ({ isAsked, control }) => services.mail.dispatch.sendDue({ actor: actor(), isAsked, control }),
    async sendRevenueReport({ month, isAsked, control }) {
      // What came in since the last refresh belongs in the report; where nothing did, the figures stand.
      await services.revenueRollups.refresh(control);
      return services.revenueReport.mailing.send({ month: month ?? addMonths(services.timeZone.monthOf(clock.now()), -1), actor: actor(), isAsked, control });
    },
    backUpLedger: ({ kind, control }) => services.backups.create(kind, control),
    verifyBackup: ({ id, control }) => services.backups.verify(id, control),
  };
}
