/**
 * What is read of the books beside the trial balance: accounts, statements, exports.
 */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { cellColumnsSchema, cellRowsSchema, currencySchema, filterTextSchema, idSchema, instantSchema, localDateSchema, maximumWindowRows, minorUnitsSchema, monthSchema } from './primitives.ts';

export const entryFilterSchema = z.object({
  accountCode: z.string().optional(), currency: currencySchema.optional(), from: localDateSchema.optional(), to: localDateSchema.optional(), sourceId: z.string().optional(), text: filterTextSchema.optional(),
  /** The month of the entry date. */ month: monthSchema.optional(), kind: z.string().max(100).optional(), sourceType: z.string().max(100).optional(),
  /** A customer or partner on one of the postings. */ partyId: idSchema.optional(),
  /** As a person writes it: '1,234.56', '1234.56 eur', '500 jpy'; of one of the postings. */ amount: z.string().max(60).optional(),
});

export const ledgerAccountSchema = z.object({ code: z.string(), name: z.string(), type: z.string(), normalSide: z.enum(['debit', 'credit']), description: z.string(), /** Those it has ever moved in. */ currencies: z.array(currencySchema) });

/** One entry as it moves the account in the statement's currency. */
export const statementRowSchema = z.object({
  entryId: z.string(), sequence: z.number().int(), entryDate: localDateSchema, kind: z.string(), memo: z.string(), sourceType: z.string(), sourceId: z.string(), concernsMonth: z.string().nullable(), partyId: z.string().nullable(),
  debitMinor: minorUnitsSchema, creditMinor: minorUnitsSchema, /** debit − credit of everything up to and with this entry. */ balanceMinor: minorUnitsSchema,
});
export const statementSchema = z.object({
  account: ledgerAccountSchema, currency: currencySchema, from: localDateSchema.nullable(), to: localDateSchema, knownAt: instantSchema.nullable(), freshAt: instantSchema.nullable(),
  /** debit − credit. */ openingMinor: minorUnitsSchema, debitMinor: minorUnitsSchema, creditMinor: minorUnitsSchema, /** opening + debit − credit */ closingMinor: minorUnitsSchema,
  rows: z.array(statementRowSchema), total: z.number().int(),
});

export const exportFormats = ['hledger', 'beancount', 'csv'] as const;
export const exportFormatSchema = z.enum(exportFormats);

export const ledgerReadingContract = {
  accounts: oc.input(z.object({})).output(z.object({ accounts: z.array(ledgerAccountSchema) })),
  /** The kinds and source types that entries have, for choosing. */
  entryKinds: oc.input(z.object({})).output(z.object({ kinds: z.array(z.string()), sourceTypes: z.array(z.string()) })),
  /** Opening balance, entries with a running balance, closing balance; oldest first. `to` (or `asOf`, which says the same) is today when none is given; the currency may be left out where the account has one. */
  statement: oc
    .input(z.object({
      accountCode: z.string().min(1).max(100), /** One statement over the account and all its sub-accounts: tax owed to all jurisdictions. */ withSubAccounts: z.boolean().default(false), currency: currencySchema.optional(), from: localDateSchema.optional(), to: localDateSchema.optional(), asOf: localDateSchema.optional(), knownAt: instantSchema.optional(),
      startAt: z.number().int().min(0).default(0), limit: z.number().int().min(1).max(maximumWindowRows).default(100),
    }))
    .output(statementSchema),
  /** The books for another tool, a part at a time: ask again with `nextCursor` until it is null and put the texts one after the other. */
  exportPart: oc
    .input(z.object({ format: exportFormatSchema, asOf: localDateSchema.optional(), cursor: z.string().max(1000).nullable().default(null), /** The postings of `csv` as cells, for a workbook. */ as: z.enum(['text', 'cells']).default('text') }).refine(({ format, as }) => as === 'text' || format === 'csv', 'Only the format csv has cells.'))
    .output(z.object({ fileName: z.string(), text: z.string(), /** Empty unless cells were asked for. */ columns: cellColumnsSchema, cells: cellRowsSchema, asOf: localDateSchema, entries: z.number().int(), /** Of the whole export. */ totalEntries: z.number().int(), nextCursor: z.string().nullable() })),
};
