import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, currencySchema, filterTextSchema, idSchema, instantSchema, localDateSchema, minorUnitsSchema, moneySchema, windowInput, windowOutput } from './primitives.ts';

export const bankFormats = ['camt.053', 'mt940', 'ofx', 'csv'] as const;
export const statementProofs = ['proved', 'closing-only', 'none'] as const;
export const matchRuleNames = ['exact-reference', 'amount-and-date', 'one-to-many', 'many-to-one', 'known-fee', 'tolerance', 'currency-rate'] as const;
export const matchOrigins = [...matchRuleNames, 'by-hand', 'to-account'] as const;
export const candidateKinds = ['payout', 'receipt', 'invoice', 'repayment', 'outside-payment', 'credit', 'overpayment'] as const;

export const bankAccountSchema = z.object({
  id: idSchema, number: z.string(), isIban: z.boolean(), name: z.string(), currency: currencySchema, ledgerAccount: z.string(), statements: z.number().int(), firstOn: localDateSchema.nullable(), lastOn: localDateSchema.nullable(),
  /** Of the newest statement that has one. */
  closingMinor: minorUnitsSchema.nullable(),
  lines: z.number().int(), openLines: z.number().int(), openMinor: minorUnitsSchema,
  /** Statements that do not begin where the one before ended. */
  gaps: z.number().int(),
});
export type BankAccountView = z.infer<typeof bankAccountSchema>;

export const bankStatementSchema = z.object({
  id: idSchema, accountId: idSchema, reference: z.string().nullable(), sequenceNumber: z.string().nullable(), from: localDateSchema.nullable(), to: localDateSchema.nullable(), currency: currencySchema,
  openingMinor: minorUnitsSchema.nullable(), creditsMinor: minorUnitsSchema, debitsMinor: minorUnitsSchema, closingMinor: minorUnitsSchema.nullable(), lines: z.number().int(), proof: z.enum(statementProofs),
  /** false: the import broke off; import the file again. */
  isWhole: z.boolean(),
  /** Whether it begins where the one before ended; null: one of the two balances is not known, or it is the first. */
  followsPrevious: z.boolean().nullable(),
  fileName: z.string(), importedAt: instantSchema,
});

const matchPartSchema = z.object({ kind: z.enum(candidateKinds), id: idSchema, label: z.string(), amount: moneySchema, /** Of a repayment to a customer: its journal entry. */ entryId: idSchema.nullable() });
/** A journal entry that a match made, or one that takes such an entry back. */
const matchEntrySchema = z.object({ id: idSchema, kind: z.string(), entryDate: localDateSchema, /** What it takes back; null: the match made it. */ reverses: idSchema.nullable(), /** It waits for its seal. */ isPending: z.boolean() });
export const bankMatchSchema = z.object({
  id: idSchema, rule: z.enum(matchOrigins), score: z.number().int(), reasons: z.array(z.string()), isAutomatic: z.boolean(), matchedOn: localDateSchema, matchedAt: instantSchema, matchedBy: z.string(), residual: moneySchema, residualAccount: z.string().nullable(),
  lineIds: z.array(idSchema), parts: z.array(matchPartSchema), /** Of the match alone. */ entryIds: z.array(idSchema), /** With those of the receipts and payments that it made, and, once it was taken back, of what reversed them; in the order of the books. */ entries: z.array(matchEntrySchema), unmatchedAt: instantSchema.nullable(), unmatchedBy: z.string().nullable(), unmatchReason: z.string().nullable(),
});
export type BankMatchView = z.infer<typeof bankMatchSchema>;

export const bankLineSchema = z.object({
  id: idSchema, accountId: idSchema, statementId: idSchema, bookedOn: localDateSchema, valuedOn: localDateSchema.nullable(), amount: moneySchema, counterpartyName: z.string().nullable(), counterpartyAccount: z.string().nullable(), description: z.string(),
  references: z.array(z.string()), entryReference: z.string().nullable(), bankCode: z.string().nullable(), matchId: idSchema.nullable(), matchedWith: z.string().nullable(),
});
export type BankLineView = z.infer<typeof bankLineSchema>;

export const bankCandidateSchema = z.object({ kind: z.enum(candidateKinds), id: idSchema, label: z.string(), name: z.string(), amount: moneySchema, expectedOn: localDateSchema });
export type BankCandidateView = z.infer<typeof bankCandidateSchema>;

export const bankSuggestionSchema = z.object({
  rule: z.enum(matchRuleNames), lineIds: z.array(idSchema), parts: z.array(bankCandidateSchema), score: z.number().int(), reasons: z.array(z.string()), residualMinor: minorUnitsSchema, residualAccount: z.string().nullable(), isAmbiguous: z.boolean(), isAutomatic: z.boolean(),
});
export type BankSuggestionView = z.infer<typeof bankSuggestionSchema>;

const columnSchema = z.string().max(200);
export const csvMappingSchema = z.object({
  name: z.string().trim().min(1).max(80), encoding: z.enum(['utf-8', 'windows-1252', 'iso-8859-15', 'utf-16le']), delimiter: z.enum([',', ';', '\t', '|']), headingLines: z.number().int().min(0).max(100),
  dateFormat: z.enum(['YYYY-MM-DD', 'DD.MM.YYYY', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD-MM-YYYY', 'YYYY/MM/DD', 'YYYYMMDD', 'DD.MM.YY', 'DD/MM/YY', 'MM/DD/YY']), decimalSign: z.enum(['.', ',']), sign: z.enum(['signed', 'reversed', 'two-columns', 'indicator']),
  debitMark: z.string().max(40), currency: z.string().max(3),
  columns: z.object({
    bookedOn: columnSchema, valuedOn: columnSchema, amount: columnSchema, debit: columnSchema, credit: columnSchema, side: columnSchema, currency: columnSchema, description: z.array(columnSchema).max(10), counterpartyName: columnSchema, counterpartyAccount: columnSchema,
    reference: columnSchema, entryReference: columnSchema, balanceAfter: columnSchema,
  }),
});
export type CsvMappingView = z.infer<typeof csvMappingSchema>;

/** A file that was uploaded, and how it is read: by a mapping that is saved, or by one that is tried and has no name yet. */
const fileSchema = z.object({ uploadId: z.uuid(), fileName: z.string().min(1).max(255), mapping: z.union([z.string().min(1).max(80), csvMappingSchema.extend({ name: z.string().trim().max(80) })]).optional(), account: z.string().max(100).optional(), currency: currencySchema.optional() });

const outlinedLineSchema = z.object({ bookedOn: localDateSchema, amount: moneySchema, counterpartyName: z.string().nullable(), description: z.string(), references: z.array(z.string()) });
export const fileOutlineSchema = z.object({
  format: z.enum(bankFormats), lines: z.number().int(), moreStatements: z.number().int(), firstLines: z.array(outlinedLineSchema),
  statements: z.array(z.object({
    accountNumber: z.string(), currency: currencySchema, reference: z.string().nullable(), from: localDateSchema.nullable(), to: localDateSchema.nullable(), openingMinor: minorUnitsSchema.nullable(), creditsMinor: minorUnitsSchema, debitsMinor: minorUnitsSchema,
    closingMinor: minorUnitsSchema.nullable(), lines: z.number().int(), proof: z.enum(statementProofs),
  })),
});
export type FileOutlineView = z.infer<typeof fileOutlineSchema>;

/** The result of the job `bank-import`. */
export const bankImportSchema = z.object({
  importId: idSchema, format: z.enum(bankFormats), fileName: z.string(), statements: z.number().int(), proved: z.number().int(), added: z.number().int(), known: z.number().int(), newAccounts: z.number().int(),
  matching: z.object({ looked: z.number().int(), matched: z.number().int(), suggested: z.number().int(), failed: z.array(z.object({ lineId: z.string(), code: z.string() })) }),
});
export type BankImportView = z.infer<typeof bankImportSchema>;

export const matchRuleSchema = z.object({ rule: z.enum(matchRuleNames), isAutomatic: z.boolean(), days: z.number().int().min(0).max(365), tolerance: z.number().int().min(0).max(10_000_000), accountCode: z.string().max(100).nullable() });
export type MatchRuleView = z.infer<typeof matchRuleSchema>;

const lineFilterSchema = z.object({ accountId: idSchema.optional(), statementId: idSchema.optional(), state: z.enum(['open', 'matched']).optional(), from: localDateSchema.optional(), to: localDateSchema.optional(), text: filterTextSchema.optional() });
const doneSchema = z.object({ matchId: idSchema, lineIds: z.array(idSchema), receiptIds: z.array(idSchema), residualMinor: minorUnitsSchema });

/** What a window sends at once of a file: messages are at most a megabyte, and bytes grow by a third on the way. */
export const largestBankPart = 384 * 1024;

export const bankingContract = {
  accounts: oc.input(z.object({})).output(z.object({ accounts: z.array(bankAccountSchema) })),
  changeAccount: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, name: z.string().max(120), ledgerAccount: z.string().min(1).max(100) })).output(z.object({ id: idSchema })),
  statements: oc.input(windowInput(['to'], z.object({ accountId: idSchema.optional() }))).output(windowOutput(bankStatementSchema)),
  lines: oc.input(windowInput(['bookedOn', 'amount'], lineFilterSchema)).output(windowOutput(bankLineSchema)),
  /** A line with what it was ever matched with, the newest first. */
  line: oc.input(z.object({ id: idSchema })).output(z.object({ line: bankLineSchema, matches: z.array(bankMatchSchema) })),
  /** The best proposals of an account's open lines. */
  suggestions: oc.input(z.object({ accountId: idSchema.optional(), lineIds: z.array(idSchema).max(100).optional(), limit: z.number().int().min(1).max(500).default(200) })).output(z.object({ suggestions: z.array(bankSuggestionSchema), total: z.number().int() })),
  /** What could be on a statement and is on none: what the rules hold likeliest for the lines first, then what is nearest to a day and an amount. */
  candidates: oc.input(z.object({ lineIds: z.array(idSchema).max(100).optional(), currency: currencySchema, on: localDateSchema, amountMinor: minorUnitsSchema, text: filterTextSchema.optional(), limit: z.number().int().min(1).max(200).default(50) })).output(z.object({ candidates: z.array(bankCandidateSchema), total: z.number().int() })),
  match: oc
    .input(z.object({
      commandId: commandIdSchema, lineIds: z.array(idSchema).min(1).max(100), parts: z.array(z.object({ kind: z.enum(candidateKinds), id: idSchema, amountMinor: minorUnitsSchema.optional() })).max(100), residualAccount: z.string().max(100).nullable().optional(),
      memo: z.string().max(200).optional(),
      /** The rule whose suggestion is accepted: the match keeps it with its score and reasons, where the rules still propose it. */
      acceptedRule: z.enum(matchRuleNames).optional(),
    }))
    .output(doneSchema),
  unmatch: oc.input(z.object({ commandId: commandIdSchema, matchId: idSchema, reason: z.string().trim().min(3).max(500) })).output(doneSchema),
  /** A part of a file; the job `bank-import` with the option `upload` imports it. @returns the bytes that have arrived. */
  upload: oc.input(z.object({ commandId: commandIdSchema, uploadId: z.uuid(), position: z.number().int().min(0), bytes: z.instanceof(Uint8Array).refine((bytes) => bytes.byteLength <= largestBankPart, 'The part is too large.') })).output(z.object({ bytes: z.number().int() })),
  /** Reads a whole uploaded file and says what it holds; nothing is kept. */
  look: oc.input(fileSchema).output(fileOutlineSchema),
  /** The first rows of an uploaded CSV as they stand, and what its format seems to be. */
  lookAtRows: oc.input(z.object({ uploadId: z.uuid(), encoding: csvMappingSchema.shape.encoding, delimiter: csvMappingSchema.shape.delimiter })).output(z.object({ rows: z.array(z.array(z.string())) })),
  mappings: oc.input(z.object({})).output(z.object({ mappings: z.array(z.object({ mapping: csvMappingSchema, savedAt: instantSchema, savedBy: z.string() })) })),
  saveMapping: oc.input(z.object({ commandId: commandIdSchema, mapping: csvMappingSchema })).output(csvMappingSchema),
  removeMapping: oc.input(z.object({ commandId: commandIdSchema, name: z.string().min(1).max(80) })).output(z.object({ name: z.string() })),
  rules: oc.input(z.object({})).output(z.object({ rules: z.array(matchRuleSchema), /** Accounts a difference can be posted to. */ accounts: z.array(z.object({ code: z.string(), name: z.string(), type: z.string() })) })),
  setRule: oc.input(matchRuleSchema.extend({ commandId: commandIdSchema })).output(z.object({ rules: z.array(matchRuleSchema) })),
};
