/**
 * Every job of Daybook on one page: what it does, when, in whose time, what happens after a sleep, and who may run it at once.
 * The work itself stands in job-definitions.ts.
 */

export const jobNames = ['stripe-sync', 'stripe-refill', 'postgres-sync', 'exchange-rates', 'partner-billing', 'daily-reconciliation', 'drift-check', 'revenue-rebuild', 'revenue-recognition', 'revenue-report', 'ledger-verify', 'ledger-rebuild', 'ledger-backup', 'backup-verify', 'invoice-mail', 'bank-import', 'bank-reconciliation', 'fetch-missing', 'reconciliation-report', 'document-archive'] as const;
export type JobName = (typeof jobNames)[number];

export interface ScheduledJob {
  readonly name: JobName;
  readonly title: string;
  readonly description: string;
  /** Cron in the reporting time zone; null: only when a person asks, or another job calls for it. */
  readonly cron: string | null;
  /** What one success is for: a month, a day, or nothing that could be missed. */
  readonly periodKind: 'none' | 'day' | 'month';
  /**
   * After a sleep: `every-missed` runs each missed period, oldest first, from the job's activation on; `latest-only` runs the newest one;
   * `none` waits for its next time.
   */
  readonly catchUp: 'every-missed' | 'latest-only' | 'none';
  /** `shared`: one desktop of those on the same shared database runs it, by a lease with a fencing number there. */
  readonly lease: 'shared' | 'local';
}

export const schedule: readonly ScheduledJob[] = [
  { name: 'stripe-sync', title: 'Sync Stripe', description: 'Reads new events and balance transactions and posts them.', cron: '*/5 * * * *', periodKind: 'none', catchUp: 'none', lease: 'local' },
  { name: 'postgres-sync', title: 'Sync the shared database', description: 'Pulls partners, contracts, usage, payment records and rates.', cron: '*/2 * * * *', periodKind: 'none', catchUp: 'none', lease: 'local' },
  { name: 'exchange-rates', title: 'Import exchange rates', description: 'Reads the day’s rates from the address in Settings and posts what waited for them. Not where a shared database brings the company’s own.', cron: '0 17 * * *', periodKind: 'day', catchUp: 'latest-only', lease: 'local' },
  { name: 'partner-billing', title: 'Bill the partners', description: 'Makes the drafts of last month’s partner invoices; a person finalises them.', cron: '0 0 1 * *', periodKind: 'month', catchUp: 'every-missed', lease: 'shared' },
  { name: 'invoice-mail', title: 'Send e-mail', description: 'Sends the invoices in the e-mail outbox that are due. Each is taken by one desk at a time; runs only while something waits.', cron: '* * * * *', periodKind: 'none', catchUp: 'none', lease: 'local' },
  { name: 'document-archive', title: 'Archive documents', description: 'Puts issued invoices and credit notes into the folder or bucket of Settings, Archive; runs only while one is not there.', cron: '* * * * *', periodKind: 'none', catchUp: 'none', lease: 'local' },
  { name: 'revenue-recognition', title: 'Recognise revenue', description: 'Makes what last month earned of deferred revenue into revenue, and earlier months’ that are still open.', cron: '30 1 1 * *', periodKind: 'month', catchUp: 'latest-only', lease: 'shared' },
  { name: 'revenue-report', title: 'Send the revenue report', description: 'Makes last month’s revenue report as a PDF and sends it by e-mail to those set in Revenue, Report; only on the desk where that is set.', cron: '0 7 1 * *', periodKind: 'month', catchUp: 'latest-only', lease: 'shared' },
  { name: 'daily-reconciliation', title: 'Reconcile', description: 'Lists Stripe afresh and compares it with the ledger and the company’s payment records.', cron: '0 6 * * *', periodKind: 'day', catchUp: 'latest-only', lease: 'shared' },
  { name: 'bank-reconciliation', title: 'Reconcile the bank', description: 'Matches what rules match by themselves, then compares payouts with the bank statements that were imported.', cron: '20 6 * * *', periodKind: 'day', catchUp: 'latest-only', lease: 'local' },
  { name: 'reconciliation-report', title: 'Report on reconciliation', description: 'Says what the last day’s runs found, what is at risk and what is overdue, here and by e-mail to those whom the settings name.', cron: '30 6 * * *', periodKind: 'day', catchUp: 'latest-only', lease: 'shared' },
  { name: 'drift-check', title: 'Check the last day', description: 'Compares the last 24 hours per currency by the ids in each store.', cron: '0 6 * * *', periodKind: 'day', catchUp: 'latest-only', lease: 'local' },
  { name: 'revenue-rebuild', title: 'Rebuild MRR', description: 'Derives MRR and its movements from invoice lines and subscriptions.', cron: '15 * * * *', periodKind: 'none', catchUp: 'none', lease: 'local' },
  { name: 'stripe-refill', title: 'Refill from Stripe', description: 'Reads everything Stripe has, from the first object on; resumes where it stopped.', cron: null, periodKind: 'none', catchUp: 'none', lease: 'local' },
  { name: 'bank-import', title: 'Import a bank statement', description: 'Reads a statement file, keeps its lines, and matches what rules match by themselves.', cron: null, periodKind: 'none', catchUp: 'none', lease: 'local' },
  { name: 'fetch-missing', title: 'Fetch what is missing', description: 'Asks Stripe for what open discrepancies say the books lack, and posts it.', cron: null, periodKind: 'none', catchUp: 'none', lease: 'local' },
  { name: 'ledger-verify', title: 'Verify the ledger', description: 'Recomputes every hash, balance and account, and names the first thing that is wrong.', cron: null, periodKind: 'none', catchUp: 'none', lease: 'local' },
  { name: 'ledger-rebuild', title: 'Rebuild from Stripe', description: 'Makes the books anew from Stripe in a file of their own, by the log of closed months, and names what this ledger says otherwise.', cron: null, periodKind: 'none', catchUp: 'none', lease: 'local' },
  { name: 'ledger-backup', title: 'Back up the ledger', description: 'Copies the ledger while it is in use, verifies the copy, and lets go of what is older than the newest thirty.', cron: '0 5 * * *', periodKind: 'day', catchUp: 'latest-only', lease: 'local' },
  { name: 'backup-verify', title: 'Verify a backup', description: 'Reads a backup whole and holds it against what was written down when it was made.', cron: null, periodKind: 'none', catchUp: 'none', lease: 'local' },
];

/** The job of that name. The names are a closed list, so there always is one. */
export function scheduledJob(name: JobName): ScheduledJob {
  const found = schedule.find((job) => job.name === name);
  if (!found) throw new Error(`schedule.ts lacks ${name}`);
  return found;
}
