/**
 * The small words every procedure of the contract is made of.
 */
import { z } from 'zod';
import { isCurrencyCode } from '../money/currency.ts';
import { cellKinds } from '../spreadsheet/cells.ts';

/** Whole minor units of the currency beside it. */
export const minorUnitsSchema = z.number().int().refine(Number.isSafeInteger, 'Not a whole number of minor units.');
export const currencySchema = z.string().refine(isCurrencyCode, 'Not an ISO 4217 currency in lower case.');
export const moneySchema = z.object({ amount: minorUnitsSchema, currency: currencySchema });
export type MoneyView = z.infer<typeof moneySchema>;

/** Epoch milliseconds, UTC. */
export const instantSchema = z.number().int();
export const localDateSchema = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'A date looks like 2026-10-31.');
export const monthSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'A month looks like 2026-10.');
export const idSchema = z.string().min(1).max(200);
/** Made by the client before a command is sent: the same id is the same command. */
export const commandIdSchema = z.uuid();

export const maximumWindowRows = 500;

/** A window of rows by position (docs/adr/0003): what a virtual grid asks for. */
export function windowInput<Columns extends readonly [string, ...string[]], Filter extends z.ZodType>(sortColumns: Columns, filter: Filter) {
  return z.object({
    startAt: z.number().int().min(0).default(0),
    limit: z.number().int().min(1).max(maximumWindowRows).default(100),
    sort: z.object({ column: z.enum(sortColumns), direction: z.enum(['ascending', 'descending']) }).optional(),
    filter: filter.optional(),
  });
}

/** The rows asked for, how many there are in all, and what the whole filtered list sums to per currency. */
export function windowOutput<Row extends z.ZodType>(row: Row) {
  return z.object({ rows: z.array(row), total: z.number().int(), sums: z.array(moneySchema) });
}

/** `csv`: as text; `cells`: as rows of cells with their kinds, for a workbook. */
export const exportedAsSchema = z.enum(['csv', 'cells']);
export const cellColumnsSchema = z.array(z.object({ title: z.string(), kind: z.enum(cellKinds) }));
export const cellRowsSchema = z.array(z.array(z.string().nullable()));

/**
 * A long list as CSV text, a part at a time, so that no side holds all of it: ask again with `nextCursor` until it is null and put the texts one after
 * the other. Only the first part has the header line.
 */
export function csvPartInput<Filter extends z.ZodType, Sort extends z.ZodType>(filter: Filter, sort: Sort) {
  return z.object({ filter: filter.optional(), sort: sort.optional(), cursor: z.string().max(1000).nullable().default(null), as: exportedAsSchema.default('csv') });
}
/** The file's name ends as its CSV does. */
/** What a person types to narrow a list. */
export const filterTextSchema = z.string().max(200, 'Texts to look for have at most 200 signs.');

export const csvPartSchema = z.object({ fileName: z.string(), text: z.string(), /** Empty unless cells were asked for. */ columns: cellColumnsSchema, cells: cellRowsSchema, rows: z.number().int(), /** Of the whole list. */ total: z.number().int(), nextCursor: z.string().nullable(), asOf: instantSchema });

/** “Why”: how a figure came about, ready to be shown and copied. */
export const whySchema = z.object({
  title: z.string(),
  figure: z.string(),
  formula: z.string(),
  policy: z.array(z.object({ name: z.string(), value: z.string() })),
  rounding: z.string(),
  asOf: instantSchema,
  inputs: z.array(z.object({ label: z.string(), count: z.number().int().nullable(), amount: moneySchema.nullable(), note: z.string().nullable() })),
  sources: z.array(z.object({ kind: z.string(), id: z.string(), label: z.string() })),
  /** What is known to be incomplete, said and not hidden. */
  caveats: z.array(z.string()),
});
export type Why = z.infer<typeof whySchema>;

/** A history line of a record: what happened, when, by whom. */
export const historySchema = z.object({ at: instantSchema, actor: z.string(), action: z.string(), note: z.string().nullable() });
