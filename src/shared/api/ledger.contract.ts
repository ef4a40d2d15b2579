import { oc } from '@orpc/contract';
import { z } from 'zod';
import { entryFilterSchema, ledgerReadingContract } from './ledger-reading.contract.ts';
import { currencySchema, idSchema, instantSchema, localDateSchema, minorUnitsSchema, moneySchema, windowInput, windowOutput } from './primitives.ts';
import { periodProcedures } from './ledger-periods.contract.ts';

export const trialBalanceRowSchema = z.object({ accountCode: z.string(), accountName: z.string(), accountType: z.string(), currency: currencySchema, debitMinor: minorUnitsSchema, creditMinor: minorUnitsSchema, /** debit − credit */ balanceMinor: minorUnitsSchema, functionalBalanceMinor: minorUnitsSchema });
/** An account that has sub-accounts, over itself and all of them, in one currency: what is owed in tax to all jurisdictions. Its rows are in the trial balance already. */
export const accountGroupSchema = trialBalanceRowSchema.extend({ /** How many of its accounts have moved. */ accounts: z.number().int() });
export const trialBalanceSchema = z.object({
  asOf: localDateSchema, /** Only what had been recorded by this moment; null: everything. */ knownAt: instantSchema.nullable(), functionalCurrency: currencySchema, freshAt: instantSchema.nullable(), rows: z.array(trialBalanceRowSchema),
  /** In the order of the accounts; no further amounts but sums of the rows. */
  groups: z.array(accountGroupSchema),
  /** Per currency; debits equal credits or the books are wrong. */
  totals: z.array(z.object({ currency: currencySchema, debitMinor: minorUnitsSchema, creditMinor: minorUnitsSchema })),
  entries: z.number().int(), provisionalEntries: z.number().int(),
});

export const entryRowSchema = z.object({ id: z.string(), sequence: z.number().int(), entryDate: localDateSchema, kind: z.string(), memo: z.string(), sourceType: z.string(), sourceId: z.string(), amounts: z.array(moneySchema) });
export const entryDetailSchema = entryRowSchema.extend({
  recordedAt: instantSchema, concernsMonth: z.string().nullable(), key: z.string(), hash: z.string(), previousHash: z.string(), reversesEntryId: z.string().nullable(), reversedByEntryId: z.string().nullable(),
  postings: z.array(z.object({ lineNumber: z.number().int(), accountCode: z.string(), accountName: z.string(), direction: z.enum(['debit', 'credit']), amount: moneySchema, functionalAmountMinor: minorUnitsSchema, rate: z.string().nullable(), partyId: z.string().nullable() })),
  /** The gateway's object this entry derives from, as it came. */
  raw: z.string().nullable(),
  /** What the entry is about, for drilling down: the gateway's objects with their raw text, and the records they belong to. */
  sources: z.array(z.object({ kind: z.string(), id: z.string(), label: z.string(), raw: z.string().nullable() })),
});

export const verifyResultSchema = z.object({ isSound: z.boolean(), entries: z.number().int(), postings: z.number().int(), headHash: z.string().nullable(), firstFault: z.object({ code: z.string(), message: z.string(), subjectId: z.string() }).nullable() });

/** What one side says of a difference. Of recognition each line is a month's sum on an account; of an entry each is a posting. */
export const rebuildSideSchema = z.object({
  entryId: z.string().nullable(), entryDate: localDateSchema.nullable(), concernsMonth: z.string().nullable(),
  lines: z.array(z.object({ month: z.string().nullable(), accountCode: z.string(), direction: z.enum(['debit', 'credit']), amount: moneySchema, /** null: not told. */ functionalAmountMinor: minorUnitsSchema.nullable(), rate: z.string().nullable() })),
});
export const rebuildDifferenceSchema = z.object({ kind: z.enum(['only-here', 'only-at-stripe', 'differs', 'recognition']), key: z.string(), subjectId: z.string(), message: z.string(), /** What stands in this ledger. */ here: rebuildSideSchema.nullable(), /** What a rebuild from Stripe says. */ rebuilt: rebuildSideSchema.nullable() });
/** What the job `ledger-rebuild` found. */
export const rebuildResultSchema = z.object({
  isEqual: z.boolean(),
  /** Provider entries in this ledger, and in the one made anew from Stripe. */
  entriesHere: z.number().int(), entriesRebuilt: z.number().int(),
  /** Up to which month recognition was made again and compared; null: no month of this ledger is recognised. */
  recognisedThrough: z.string().nullable(),
  /** Entries of facts that happened at Stripe on or after the day of this ledger's last sync: it has not read them yet, and they are no differences. */
  unread: z.number().int(),
  /** Entries that wait here for their seal: they are no differences either. */
  pending: z.number().int(),
  /** Entries valued at an earlier day's rate than is known now, as they were when they were booked. */
  replayedRates: z.number().int(),
  differenceCount: z.number().int(),
  /** The first of them. */
  differences: z.array(rebuildDifferenceSchema),
  /** Where the rebuilt ledger was left, when that was asked for. */
  keptFile: z.string().nullable(),
});

export const ledgerContract = {
  ...ledgerReadingContract,
  trialBalance: oc.input(z.object({ asOf: localDateSchema.optional(), knownAt: instantSchema.optional() })).output(trialBalanceSchema),
  /** With an account in the filter, `amounts` and `sums` are what the entries move on it, debit − credit: they sum to its balance. Else what they debit. */
  entries: oc
    .input(windowInput(['sequence', 'entryDate'], entryFilterSchema))
    .output(windowOutput(entryRowSchema).extend({ /** False where so many entries fit that what they sum to was not worked out; `sums` is empty then. */ areSumsKnown: z.boolean() })),
  show: oc.input(z.object({ id: idSchema })).output(entryDetailSchema),
  ...periodProcedures,
};
