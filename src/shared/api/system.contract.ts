import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, currencySchema, idSchema, instantSchema, moneySchema, monthSchema } from './primitives.ts';

export const roleSchema = z.enum(['viewer', 'finance', 'accountant', 'admin']);

export const runViewSchema = z.object({
  id: z.string(), job: z.string(), title: z.string(), period: z.string(), trigger: z.enum(['schedule', 'catch-up', 'person']), status: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'interrupted']), startedAt: instantSchema, finishedAt: instantSchema.nullable(),
  done: z.number().int(), total: z.number().int().nullable(), /** The total is worked out while reading: “about”. */ isTotalEstimated: z.boolean(), note: z.string().nullable(), ratePerSecond: z.number().nullable(), secondsLeft: z.number().nullable(), errorCode: z.string().nullable(), errorMessage: z.string().nullable(), errorNextStep: z.string().nullable(), result: z.unknown().nullable(),
});
export const jobViewSchema = z.object({
  name: z.string(), title: z.string(), description: z.string(), cron: z.string().nullable(), timeZone: z.string(), catchUp: z.string(), lease: z.string(), nextRunAt: instantSchema.nullable(), lastRun: runViewSchema.nullable(), isRunning: z.boolean(),
  /** What a person is asked for when starting it by hand. */
  periodKind: z.enum(['none', 'day', 'month']),
});

export const sourceStatusSchema = z.object({ source: z.enum(['stripe', 'shared-database']), state: z.enum(['ready', 'syncing', 'offline', 'not-connected', 'failing']), lastSuccessAt: instantSchema.nullable(), errorCode: z.string().nullable() });

export const statusSchema = z.object({
  version: z.string(), companyName: z.string().nullable(), mode: z.enum(['live', 'test', 'unset']), functionalCurrency: currencySchema.nullable(), reportingTimeZone: z.string(), now: instantSchema, user: z.string(), role: roleSchema, host: z.enum(['electron', 'browser', 'cli']),
  sources: z.array(sourceStatusSchema), pendingEdits: z.number().int(), conflicts: z.number().int(), runningJobs: z.array(runViewSchema), hasData: z.boolean(),
  counts: z.object({ today: z.number().int(), invoicesDraft: z.number().int(), discrepanciesOpen: z.number().int(), partnersWithProblems: z.number().int() }),
});

export const checkSchema = z.object({ name: z.string(), isFine: z.boolean(), message: z.string(), nextStep: z.string().nullable() });

/** One endpoint of Stripe's, whether the key may read it, and what for. */
export const permissionSchema = z.object({
  /** The gateway's name of the list: 'balance_transactions'. */
  list: z.string(),
  /** What the permission is called where a restricted key is made. */
  permission: z.string(),
  /** What Daybook does with it. */
  purpose: z.string(),
  /** `untested`: Stripe was not reached, or the key belongs elsewhere. */
  state: z.enum(['fine', 'missing', 'failed', 'untested']),
  message: z.string().nullable(),
  code: z.string().nullable(),
  nextStep: z.string().nullable(),
});

/** What came out when a key was tested: who it belongs to, whether it fits this ledger, and what it may read. */
export const keyReportSchema = z.object({
  isFine: z.boolean(),
  account: z.object({ id: z.string(), name: z.string().nullable(), mode: z.enum(['live', 'test']) }).nullable(),
  /** `restricted` is asked for; a secret key could also write. */
  keyKind: z.enum(['restricted', 'secret', 'unknown']),
  /** The key itself and whether it fits the ledger. */
  checks: z.array(checkSchema),
  permissions: z.array(permissionSchema),
});
export type KeyReport = z.infer<typeof keyReportSchema>;

/** What is stale, never what to do: the renderer asks again. */
export const staleSchema = z.object({ entity: z.enum(['status', 'jobs', 'invoices', 'partners', 'discrepancies', 'ledger', 'revenue', 'today', 'settings', 'backups', 'stripe', 'rates', 'numbers', 'mail', 'banking', 'archive', 'shared-views']), ids: z.array(z.string()) });
export type Stale = z.infer<typeof staleSchema>;

export const todayItemSchema = z.object({ id: z.string(), kind: z.enum(['ledger-unsound', 'discrepancy', 'draft-invoice', 'failed-job', 'review-item', 'conflict', 'approval', 'parked-edit', 'contract-problem', 'overdue-invoice', 'stripe', 'reopen-request', 'mail-trouble', 'archive-trouble']), title: z.string(), detail: z.string(), amount: moneySchema.nullable(), at: instantSchema, link: z.string() });

export const searchResultSchema = z.object({ kind: z.enum(['invoice', 'customer', 'partner', 'payment', 'journal-entry', 'discrepancy', 'action']), id: z.string(), title: z.string(), detail: z.string(), link: z.string() });

export const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']), density: z.enum(['compact', 'comfortable']), locale: z.string(), reportingTimeZone: z.string(), functionalCurrency: currencySchema.nullable(), stripeAccount: z.string().nullable(), stripeApiBase: z.string(), hasStripeKey: z.boolean(), hasPostgresUrl: z.boolean(), requestHeadroomPercent: z.number().int(), stripeLimiter: z.enum(['on', 'off']),
  dataFolder: z.string(), secretStore: z.string(),
});

export const systemContract = {
  status: oc.input(z.object({})).output(statusSchema),
  /** A stream of what has become stale since it was opened. */
  changes: oc.input(z.object({})).output(eventIterator(staleSchema)),
  today: oc.input(z.object({ limit: z.number().int().min(1).max(500).default(200) })).output(z.object({ asOf: instantSchema, counts: z.array(z.object({ kind: todayItemSchema.shape.kind, count: z.number().int() })), items: z.array(todayItemSchema) })),
  search: oc.input(z.object({ text: z.string().max(200), limit: z.number().int().min(1).max(50).default(20) })).output(z.object({ results: z.array(searchResultSchema) })),
  doctor: oc.input(z.object({})).output(z.object({ checks: z.array(checkSchema) })),
};

export const jobsContract = {
  list: oc.input(z.object({})).output(z.object({ jobs: z.array(jobViewSchema) })),
  runs: oc.input(z.object({ job: z.string().optional(), limit: z.number().int().min(1).max(500).default(100) })).output(z.object({ runs: z.array(runViewSchema) })),
  /** Starts a job; `wait` holds the answer until it ended (for the CLI). */
  run: oc.input(z.object({ commandId: commandIdSchema, job: z.string(), period: monthSchema.or(z.iso.date()).optional(), options: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).default({}), wait: z.boolean().default(false) })).output(runViewSchema),
  cancel: oc.input(z.object({ commandId: commandIdSchema, runId: idSchema })).output(runViewSchema),
};

/** A tag that Intl takes: every amount and date on the screens is written by it. */
function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

export const settingsContract = {
  get: oc.input(z.object({})).output(settingsSchema),
  setPersonal: oc.input(z.object({ commandId: commandIdSchema, theme: settingsSchema.shape.theme.optional(), density: settingsSchema.shape.density.optional(), locale: z.string().max(35).refine(isLocale, 'is not a language tag such as en-US').optional() })).output(settingsSchema),
  /** Secrets go in, never out (architecture.md §3). The key is tested before it is kept. */
  setStripeKey: oc.input(z.object({ commandId: commandIdSchema, key: z.string().min(8).max(300) })).output(z.object({ checks: z.array(checkSchema), report: keyReportSchema })),
  setPostgresUrl: oc.input(z.object({ commandId: commandIdSchema, url: z.string().min(8).max(2000) })).output(z.object({ checks: z.array(checkSchema) })),
};
