/**
 * What partners agreed to: terms and their amendments, every version that stood, what they would have billed, and the road in and out as files
 * (domain.md §4, §5).
 */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { changeSchema, editSchema, fieldDifferenceSchema, fieldValueSchema, mergedEntitySchema } from './changes.contract.ts';
import { commandIdSchema, currencySchema, filterTextSchema, idSchema, instantSchema, localDateSchema, minorUnitsSchema, moneySchema, monthSchema, windowInput, windowOutput } from './primitives.ts';

/** The values of a record by column, as a change set carries them. */
export const recordValuesSchema = z.record(z.string(), fieldValueSchema);

/** One thing that is wrong with values: the field by its column (null for the record as a whole), a stable code, the rule in words. */
export const fieldProblemSchema = z.object({ column: z.string().nullable(), code: z.string(), message: z.string() });

export const contractRowSchema = z.object({
  id: z.string(), partnerId: z.string(), partnerName: z.string(), apiKeyPrefix: z.string(), pricingModel: z.string(), currency: z.string(), /** The terms in force today in one sentence. */ summary: z.string(),
  standing: z.enum(['in-force', 'to-come', 'ended']), effectiveFrom: localDateSchema, effectiveTo: localDateSchema.nullable(), amendments: z.number().int(), version: z.number().int(), /** Not applied yet: nobody else sees it, and nothing is billed by it. */ isWanted: z.boolean(),
  openChanges: z.number().int(), conflicts: z.number().int(), problem: z.string().nullable(),
});

/** Terms from a day on: the contract's own or an amendment's. */
export const termsInForceSchema = z.object({
  entity: z.enum(['contract', 'amendment']), id: z.string(), effectiveFrom: localDateSchema, /** Exclusive: the next amendment's day, or the contract's end. */ effectiveTo: localDateSchema.nullable(), version: z.number().int(),
  summary: z.string(), values: recordValuesSchema, problems: z.array(fieldProblemSchema), /** An edit of it is on its way: these would be the values. */ pendingValues: recordValuesSchema.nullable(),
});

export const contractRecordSchema = contractRowSchema.extend({
  /** In the order of their days; amendments that are only wanted yet with version 0. */
  timeline: z.array(termsInForceSchema),
  changes: z.array(changeSchema),
});

export const versionSchema = z.object({ entity: mergedEntitySchema, entityId: z.string(), version: z.number().int(), author: z.string(), reason: z.string().nullable(), recordedAt: instantSchema, changed: z.array(fieldDifferenceSchema), isCurrent: z.boolean() });

export const rehearsedMonthSchema = z.object({ month: monthSchema, deeds: z.number().int(), requests: z.number().int(), before: minorUnitsSchema.nullable(), after: minorUnitsSchema.nullable(), delta: minorUnitsSchema.nullable() });

/**
 * The last twelve whole months of real usage under the standing and the proposed terms, each as if it had held in all of them (domain.md §4, Rehearsal).
 * Totals before tax.
 */
export const rehearsalSchema = z.object({
  currency: currencySchema, asOf: instantSchema, months: z.array(rehearsedMonthSchema), delta: minorUnitsSchema.nullable(),
  /** The month in which the proposed terms cost the partner most against the standing ones, and the other way round. */
  dearestMonth: monthSchema.nullable(), cheapestMonth: monthSchema.nullable(),
  /** The smallest number of units a month at which both terms come to the same, or the dearer one becomes the cheaper; null where they never do within ten times the largest month. */
  breakEvenUnits: z.number().int().nullable(), meter: z.enum(['deeds', 'requests']),
  curve: z.array(z.object({ units: z.number().int(), before: minorUnitsSchema.nullable(), after: minorUnitsSchema.nullable() })),
  summaryBefore: z.string(), summaryAfter: z.string(), problems: z.array(fieldProblemSchema),
  /** Months from the day on which the proposed terms begin that are invoiced already: those invoices keep the terms they were made with. Null: none. */
  invoicedMonths: z.object({ count: z.number().int(), from: monthSchema, to: monthSchema }).nullable(),
});

export const importProblemSchema = z.object({ row: z.number().int().nullable(), column: z.string().nullable(), code: z.string(), message: z.string() });
export const importPlanSchema = z.object({
  fileRows: z.number().int(), creates: z.number().int(), updates: z.number().int(), unchanged: z.number().int(), problems: z.array(importProblemSchema),
  planned: z.array(z.object({ row: z.number().int(), entity: mergedEntitySchema, entityId: z.string(), title: z.string(), /** What its amounts are in; null for a partner. */ currency: z.string().nullable(), operation: z.enum(['create', 'update']), fields: z.array(fieldDifferenceSchema) })),
});
const contractsFile = z.object({ format: z.enum(['csv', 'json']), text: z.string().max(10_000_000) });

export const contractsContract = {
  list: oc.input(windowInput(['partnerName', 'apiKeyPrefix', 'pricingModel', 'effectiveFrom'], z.object({ text: filterTextSchema.optional(), standing: contractRowSchema.shape.standing.optional(), partnerId: z.string().optional() }))).output(windowOutput(contractRowSchema)),
  /** By the contract's id or its first prefix; one that is only wanted yet too. */
  show: oc.input(z.object({ id: idSchema })).output(contractRecordSchema),
  /** The values of one record as they stand, with the fields a form shows. */
  values: oc.input(z.object({ entity: mergedEntitySchema, id: idSchema })).output(z.object({ version: z.number().int(), values: recordValuesSchema, pendingValues: recordValuesSchema.nullable() })),
  fields: oc.input(z.object({ entity: mergedEntitySchema })).output(z.array(z.object({ column: z.string(), label: z.string(), kind: z.string(), isPriceBearing: z.boolean(), isOptional: z.boolean(), isFixed: z.boolean(), choices: z.array(z.object({ value: z.string(), label: z.string() })).nullable() }))),
  /** Whom a new contract may be made for, by name: every partner that stands, and those that are on their way (`isWanted`), made offline perhaps. */
  partners: oc.input(z.object({})).output(z.array(z.object({ id: z.string(), name: z.string(), isWanted: z.boolean() }))),
  /** While typing: every field that is wrong, and the terms in plain words. `id` null for a new record. */
  check: oc.input(z.object({ entity: mergedEntitySchema, id: idSchema.nullable(), values: recordValuesSchema })).output(z.object({ problems: z.array(fieldProblemSchema), summary: z.string().nullable() })),
  /**
   * What the proposed terms would have come to in the last twelve months. They are compared with the record's own; those of a new amendment (`id` null) with the terms that hold
   * on the day before it. `values` need only name what differs. `contractId` null: a new contract.
   */
  rehearse: oc.input(z.object({ contractId: idSchema.nullable(), entity: z.enum(['contract', 'amendment']), id: idSchema.nullable(), values: recordValuesSchema })).output(rehearsalSchema),
  /** Checked against every rule, then into the outbox as any edit (`changes.submit`). `values` of an update need only name what differs. */
  edit: oc.input(z.object({ commandId: commandIdSchema, edit: editSchema })).output(changeSchema),
  /** The newest first. */
  versions: oc.input(z.object({ entity: mergedEntitySchema, id: idSchema })).output(z.array(versionSchema)),
  compare: oc.input(z.object({ entity: mergedEntitySchema, id: idSchema, from: z.number().int(), to: z.number().int() })).output(z.object({ fields: z.array(fieldDifferenceSchema), billed: z.object({ month: monthSchema, from: moneySchema.nullable(), to: moneySchema.nullable() }).nullable() })),
  /** An edit that brings an old version's values back; it goes the way of every edit. */
  restore: oc.input(z.object({ commandId: commandIdSchema, entity: mergedEntitySchema, id: idSchema, version: z.number().int(), reason: z.string().trim().min(3).max(500) })).output(changeSchema),
  exportFile: oc.input(z.object({ format: z.enum(['csv', 'json']) })).output(z.object({ fileName: z.string(), text: z.string() })),
  /** Everything an import would do and every problem by row; writes nothing. */
  planImport: oc.input(contractsFile).output(importPlanSchema),
  /** @see planImport: refused whole while there is a problem. */
  importFile: oc.input(contractsFile.extend({ commandId: commandIdSchema, reason: z.string().trim().min(3).max(500) })).output(z.object({ changes: z.array(changeSchema) })),
};
