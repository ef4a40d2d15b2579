import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, currencySchema, instantSchema, localDateSchema, windowInput, windowOutput } from './primitives.ts';

/** A day's rate that facts wait for. */
export const awaitedRateSchema = z.object({ currency: currencySchema, on: localDateSchema, facts: z.number().int() });

export const ratesOverviewSchema = z.object({
  /** Who writes the rates of this ledger: the company in its shared database, or this desk by importing. */
  owner: z.enum(['shared-database', 'desk']),
  functionalCurrency: currencySchema,
  /** What the daily job reads; null: nothing is read by itself. */
  sourceUrl: z.string().nullable(),
  firstDay: localDateSchema.nullable(), lastDay: localDateSchema.nullable(), currencies: z.number().int(),
  /** When rates were last read successfully, and why not since. */
  freshAt: instantSchema.nullable(), errorCode: z.string().nullable(),
  waiting: z.object({ facts: z.number().int(), /** The oldest days first. */ rates: z.array(awaitedRateSchema) }),
});
export type RatesOverview = z.infer<typeof ratesOverviewSchema>;

export const rateRowSchema = z.object({
  currency: currencySchema, on: localDateSchema,
  /** Units of the functional currency for one unit, decimal text. */
  rate: z.string(),
  source: z.string(),
  /** null: the company's own, as fresh as the last sync of the shared database. */
  fetchedAt: instantSchema.nullable(),
});
const rateFilterSchema = z.object({ currency: currencySchema.optional(), from: localDateSchema.optional(), to: localDateSchema.optional() });

export const ratesOutlineSchema = z.object({ source: z.string(), firstDay: localDateSchema, lastDay: localDateSchema, days: z.number().int(), currencies: z.number().int() });

/** The result of the job `exchange-rates`. */
export const ratesImportSchema = ratesOutlineSchema.extend({
  added: z.number().int(), corrected: z.number().int(), unchanged: z.number().int(),
  /** Rates that stand at another figure and days taken as days without a rate: left as they are. */
  differing: z.number().int(), late: z.number().int(),
  examples: z.array(z.object({ base: z.string(), on: localDateSchema, known: z.string().nullable(), published: z.string() })),
  unknownCurrencies: z.array(z.string()),
  /** Entries posted because their rate came, and facts that still wait for one. */
  posted: z.number().int(), waiting: z.number().int(),
});
export type RatesImportView = z.infer<typeof ratesImportSchema>;

const addressSchema = z.url({ protocol: /^https?$/, error: 'is not an http(s) address' }).max(2_000);
/** What a window sends at once of a file: messages are at most a megabyte. */
export const largestUploadPart = 256 * 1024;

export const ratesContract = {
  overview: oc.input(z.object({})).output(ratesOverviewSchema),
  list: oc.input(windowInput(['on', 'currency'], rateFilterSchema)).output(windowOutput(rateRowSchema)),
  /** Reads an address and says what it holds; nothing is kept. */
  look: oc.input(z.object({ url: addressSchema })).output(ratesOutlineSchema),
  /** What the daily job reads from now on; null: nothing. */
  setSource: oc.input(z.object({ commandId: commandIdSchema, url: addressSchema.nullable() })).output(ratesOverviewSchema),
  /** A part of a file; the job `exchange-rates` with the option `upload` imports it. @returns the bytes that have arrived. */
  upload: oc.input(z.object({ commandId: commandIdSchema, uploadId: z.uuid(), position: z.number().int().min(0), text: z.string().min(1).max(largestUploadPart) })).output(z.object({ bytes: z.number().int() })),
};
