/**
 * What each job of schedule.ts does, in terms of the services' public functions. No business rule stands here.
 */
import { ValidationError } from '../../shared/errors/errors.ts';
import { localDate, month, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { JobOptions } from './job-runner.ts';
import type { RunTrigger } from './job-run-store.ts';
import type { JobName } from './schedule.ts';
import { UnfinishedWorkError } from './unfinished-work.ts';

export interface JobWork {
  readonly period: string;
  readonly trigger: RunTrigger;
  readonly options: JobOptions;
  readonly control: WorkControl;
  /** Tells open windows what has become stale. */
  publish(entity: string, ids?: readonly string[]): void;
}

/** What a billing run made, what stood already, and who was left out. */
export interface BilledPartners {
  readonly succeeded: readonly unknown[];
  readonly skipped: readonly unknown[];
  readonly failed: readonly { readonly name: string }[];
}

/** The services jobs may call, as the composition root wires them. What they answer is kept as the run's result: plain values only. */
export interface JobServices {
  syncStripe(control: WorkControl): Promise<unknown>;
  refillStripe(control: WorkControl): Promise<unknown>;
  /** null: no shared database is connected. */
  readonly syncPostgres: ((control: WorkControl) => Promise<unknown>) | null;
  billPartners(request: { period: Month; shouldFinalise: boolean; control: WorkControl }): Promise<BilledPartners>;
  /** `isFull`: everything is listed and compared again, although only a part changed since the last run. */
  reconcileTransactions(request: { from?: LocalDate; to?: LocalDate; isFull: boolean; control: WorkControl }): Promise<unknown>;
  /** Level 3 alone. */
  reconcilePayouts(request: { from?: LocalDate; to?: LocalDate; control: WorkControl }): Promise<unknown>;
  reconcileDrift(control: WorkControl): Promise<unknown>;
  /** What open differences say the books lack; of one, or of all. */
  fetchMissing(request: { discrepancyId: string | null; control: WorkControl }): Promise<unknown>;
  /** What the last day's runs found, here and by e-mail. */
  reportReconciliation(request: { isMailed: boolean; control: WorkControl }): Promise<unknown>;
  /** From a file that was uploaded, from an address, or from the one that is set. */
  importExchangeRates(request: { place: { upload: string; fileName: string } | { url: string | null }; control: WorkControl }): Promise<unknown>;
  /** A statement file that was uploaded. */
  importBankStatement(request: { upload: string; fileName: string; mapping?: string; account?: string; currency?: string; control: WorkControl }): Promise<unknown>;
  reconcileBank(control: WorkControl): Promise<unknown>;
  /** Whether any bank statement was ever read. */
  isBankRead(): boolean;
  rebuildRevenue(control: WorkControl): Promise<unknown>;
  /** Without a month: every open month that is over. */
  recogniseRevenue(request: { month?: Month; control: WorkControl }): Promise<unknown>;
  verifyLedger(control: WorkControl): Promise<unknown>;
  rebuildLedger(request: { shouldKeep: boolean; control: WorkControl }): Promise<unknown>;
  backUpLedger(request: { kind: 'daily' | 'asked'; control: WorkControl }): Promise<unknown>;
  /** What is due in the e-mail outbox. */
  sendMail(request: { isAsked: boolean; control: WorkControl }): Promise<unknown>;
  /** The report of a month by e-mail; without one that of the last month that is over. */
  sendRevenueReport(request: { month: Month | undefined; isAsked: boolean; control: WorkControl }): Promise<unknown>;
  /** Issued documents that are not in the archive. */
  archiveDocuments(request: { isAsked: boolean; control: WorkControl }): Promise<unknown>;
  /** No id: the newest. */
  verifyBackup(request: { id: string | undefined; control: WorkControl }): Promise<unknown>;
}

type JobDefinition = (services: JobServices, work: JobWork) => Promise<unknown>;

async function syncPostgres(services: JobServices, work: JobWork): Promise<unknown> {
  if (!services.syncPostgres) throw new ValidationError('postgres-not-connected', 'No shared database is connected.', { nextStep: 'Connect one in Settings, or set DAYBOOK_POSTGRES_URL.' });
  const result = await services.syncPostgres(work.control);
  for (const entity of ['partners', 'invoices', 'discrepancies', 'ledger', 'revenue', 'status', 'today', 'stripe', 'rates', 'numbers', 'mail']) work.publish(entity);
  return result;
}

async function reconcileBank(services: JobServices, work: JobWork): Promise<unknown> {
  const result = await services.reconcileBank(work.control);
  for (const entity of ['banking', 'ledger', 'invoices', 'discrepancies', 'status', 'today']) work.publish(entity);
  return result;
}

/**
 * A month in which a partner was left out is not billed, though the others are: the schedule comes back to it, on this desk or another, until nobody is.
 * @throws UnfinishedWorkError `partners-not-billed`.
 */
function assertEveryPartnerBilled(period: string, run: BilledPartners): void {
  const { failed } = run;
  if (failed.length === 0) return;
  const names = failed.slice(0, 3).map((each) => each.name).join(', ');
  const rest = failed.length > 3 ? ` and ${failed.length - 3} more` : '';
  throw new UnfinishedWorkError('partners-not-billed', `${failed.length} of ${run.succeeded.length + run.skipped.length + failed.length} partner invoices of ${period} could not be made: ${names}${rest}.${run.succeeded.length + run.skipped.length > 0 ? ' The others are made.' : ''}`, {
    nextStep: 'The run sheet says what each lacks. Correct it and bill the month again: what is made already stays as it is.', data: { period, failed: failed.length }, result: run,
  });
}

/** After money moved, what is derived from it follows. */
function publishBooks(work: JobWork): void {
  for (const entity of ['ledger', 'revenue', 'invoices', 'status', 'today', 'stripe']) work.publish(entity);
}

export const jobDefinitions: Readonly<Record<JobName, JobDefinition>> = {
  'stripe-sync': async (services, work) => {
    const result = await services.syncStripe(work.control);
    publishBooks(work);
    return result;
  },
  'stripe-refill': async (services, work) => {
    const result = await services.refillStripe(work.control);
    publishBooks(work);
    return result;
  },
  'postgres-sync': syncPostgres,
  'partner-billing': async (services, work) => {
    const result = await services.billPartners({ period: month(work.period), shouldFinalise: work.options['finalise'] === true, control: work.control });
    for (const entity of ['invoices', 'partners', 'ledger', 'status', 'today']) work.publish(entity);
    assertEveryPartnerBilled(work.period, result);
    return result;
  },
  'daily-reconciliation': async (services, work) => {
    const { from, to, level, changesOnly, everyLevel } = work.options;
    const request = { ...(typeof from === 'string' ? { from: localDate(from) } : {}), ...(typeof to === 'string' ? { to: localDate(to) } : {}), control: work.control };
    // A person who asks means everything, unless they say otherwise; what runs every day goes on from the day before.
    const isFull = work.trigger === 'person' && changesOnly !== true;
    const result = level === 'payouts' ? await services.reconcilePayouts(request) : await services.reconcileTransactions({ ...request, isFull });
    for (const entity of ['discrepancies', 'status', 'today']) work.publish(entity);
    // By the clock the bank has a job of its own; a person who says “now” means all of it.
    return everyLevel === true && services.isBankRead() ? { ...(result as object), bank: await reconcileBank(services, work) } : result;
  },
  'drift-check': async (services, work) => {
    const result = await services.reconcileDrift(work.control);
    for (const entity of ['discrepancies', 'status', 'today']) work.publish(entity);
    return result;
  },
  'fetch-missing': async (services, work) => {
    const { id } = work.options;
    const result = await services.fetchMissing({ discrepancyId: typeof id === 'string' ? id : null, control: work.control });
    publishBooks(work);
    work.publish('discrepancies');
    return result;
  },
  'reconciliation-report': async (services, work) => {
    const result = await services.reportReconciliation({ isMailed: work.options['mail'] !== false, control: work.control });
    work.publish('discrepancies');
    return result;
  },
  'exchange-rates': async (services, work) => {
    const { upload, fileName, url } = work.options;
    const place = typeof upload === 'string' ? { upload, fileName: typeof fileName === 'string' ? fileName : 'a file' } : { url: typeof url === 'string' ? url : null };
    const result = await services.importExchangeRates({ place, control: work.control }).finally(() => work.publish('rates'));
    publishBooks(work);
    return result;
  },
  'bank-import': async (services, work) => {
    const { upload, fileName, ...more } = work.options;
    if (typeof upload !== 'string') throw new ValidationError('upload-missing', 'There is no file to import.', { nextStep: 'Import it under Reconciliation, Bank, or with daybook bank import.' });
    const text = (name: 'mapping' | 'account' | 'currency') => (typeof more[name] === 'string' && more[name] !== '' ? { [name]: more[name] } : {});
    const result = await services.importBankStatement({ upload, fileName: typeof fileName === 'string' ? fileName : 'a file', ...text('mapping'), ...text('account'), ...text('currency'), control: work.control }).finally(() => work.publish('banking'));
    for (const entity of ['ledger', 'invoices', 'discrepancies', 'status', 'today']) work.publish(entity);
    return result;
  },
  'bank-reconciliation': reconcileBank,
  'revenue-rebuild': async (services, work) => {
    const result = await services.rebuildRevenue(work.control);
    work.publish('revenue');
    return result;
  },
  'revenue-recognition': async (services, work) => {
    // What a person starts without naming a month carries the moment as its period.
    const isMonth = /^\d{4}-\d{2}$/.test(work.period);
    const result = await services.recogniseRevenue({ ...(isMonth ? { month: month(work.period) } : {}), control: work.control });
    for (const entity of ['ledger', 'status', 'today']) work.publish(entity);
    return result;
  },
  'ledger-verify': async (services, work) => {
    const result = await services.verifyLedger(work.control);
    for (const entity of ['status', 'today']) work.publish(entity);
    return result;
  },
  'ledger-rebuild': (services, work) => services.rebuildLedger({ shouldKeep: work.options['keep'] === true, control: work.control }),
  'ledger-backup': async (services, work) => {
    const result = await services.backUpLedger({ kind: work.trigger === 'person' ? 'asked' : 'daily', control: work.control });
    work.publish('backups');
    return result;
  },
  'invoice-mail': async (services, work) => {
    const result = await services.sendMail({ isAsked: work.trigger === 'person', control: work.control }).finally(() => {
      for (const entity of ['mail', 'invoices', 'status', 'today']) work.publish(entity);
    });
    return result;
  },
  // What a person starts without naming a month carries the moment as its period.
  'revenue-report': (services, work) => services.sendRevenueReport({ month: /^\d{4}-\d{2}$/.test(work.period) ? month(work.period) : undefined, isAsked: work.trigger === 'person', control: work.control }).finally(() => work.publish('mail')),
  'document-archive': (services, work) =>
    services.archiveDocuments({ isAsked: work.trigger === 'person', control: work.control }).finally(() => {
      for (const entity of ['archive', 'status', 'today']) work.publish(entity);
    }),
  'backup-verify': async (services, work) => {
    const { id } = work.options;
    const result = await services.verifyBackup({ id: typeof id === 'string' ? id : undefined, control: work.control });
    work.publish('backups');
    return result;
  },
};
