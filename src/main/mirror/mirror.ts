/**
 * The gateway's objects as last observed. One object in, all its rows written inside the caller's unit of work.
 */
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, SqlValue, WritableDatabase } from '../database/handles.ts';
import type { CouponTerms } from './discounts.ts';
import { couponTerms, deleteInvoiceLines, deleteItemsExcept, findUnobserved, insertInvoiceLines, markMirrorRowDeleted, observedAtOf, observedRows, replaceCreditNoteRefunds, settleAvailableTransactions, upsertMirrorRow, upsertMirrorRows } from './mirror.repository.ts';
import { readObject, readObjects, readText, type Json } from './stripe-fields.ts';
import { creditNoteRefunds, discountTermsOf, invoiceLineRow, isMirrored, mapStripeObject, mirrorTableOf, subscriptionItemRow } from './stripe-mapping.ts';
import type { MirrorTable } from './stripe-tables.ts';

/** An object with the text it came as. `object` is the gateway's own name of its kind. */
export interface MirroredObject {
  readonly id: string;
  readonly object: string;
  readonly text: string;
  readonly value: Json;
}

export interface StoreOptions {
  /** Epoch milliseconds at which this state was true. */
  readonly observedAt: number;
  /** All lines of an invoice that has more than it embeds. */
  readonly furtherLines?: readonly Json[];
  /** All items of a subscription that has more than it embeds. */
  readonly furtherItems?: readonly Json[];
}

export type StoreOutcome = 'stored' | 'older-than-known' | 'not-mirrored';

/** One of many objects that are stored together. */
export interface ObjectToStore {
  readonly object: MirroredObject;
  readonly options: StoreOptions;
}

/** What can be deleted at the gateway; of invoices only drafts. */
export type DeletableKind = 'customer' | 'product' | 'coupon' | 'invoiceitem' | 'invoice';

export interface Mirror {
  /** @throws ValidationError `stripe-object-malformed` when a field is missing or of the wrong kind; nothing of the object is stored then. */
  store(database: WritableDatabase, object: MirroredObject, options: StoreOptions): StoreOutcome;
  /** Objects as rows, nothing written yet: what can be made ready before a transaction does not make it longer. */
  mapAll(database: ReadableDatabase, objects: readonly ObjectToStore[]): MappedObjects;
  /**
   * As {@link store} for the objects of a page, in few statements and in their order.
   * @returns for each object what became of it; a malformed one gives its error and keeps nobody else back.
   */
  storeAll(database: WritableDatabase, objects: MappedObjects): (StoreOutcome | ValidationError)[];
  markDeleted(database: WritableDatabase, objectName: string, id: string, observedAt: number): boolean;
  /** Objects that are held as there and were last observed before a moment, by id, the next ones after one. */
  unobservedSince(database: ReadableDatabase, kind: DeletableKind, before: number, afterId: string, limit: number): string[];
  /** When the state kept of an object was true; undefined where none is kept. Two states of one moment cannot be told apart. */
  observedAt(database: ReadableDatabase, objectName: string, id: string): number | undefined;
  /** Balance transactions whose money became available by the given moment (epoch milliseconds) say so: no event tells of it. @returns how many. */
  settleAvailable(database: WritableDatabase, asOf: number): number;
}

/** Whether an invoice's or a subscription's embedded list is not the whole of it. */
export function hasFurther(value: Json, field: 'lines' | 'items'): boolean {
  return readObject(value, field)?.['has_more'] === true;
}

/** For each object its rows, why it has none, or nothing where the mirror keeps no objects of its kind. */
export type MappedObjects = readonly (MappedObject | ValidationError | undefined)[];

/** An object as rows, mapped before anything is written: a malformed line leaves the object as it was. */
export interface MappedObject {
  readonly object: MirroredObject;
  readonly table: MirrorTable;
  readonly values: readonly SqlValue[];
  readonly raw: string;
  readonly observedAt: number;
  readonly embedded: EmbeddedRows;
}

function mapObject(database: ReadableDatabase, timeZone: TimeZone, object: MirroredObject, options: StoreOptions): MappedObject | undefined {
  if (!isMirrored(object.object)) return undefined;
  const couponOf = (id: string): CouponTerms | undefined => couponTerms(database, id);
  const row = mapStripeObject(object.object, object.value, { timeZone, couponOf, text: object.text });
  return row && { object, table: row.table, values: row.values, raw: row.raw ?? object.text, observedAt: options.observedAt, embedded: embeddedRows(object, options, couponOf) };
}

/** What an object embeds. */
function storeParts(database: WritableDatabase, { object: { object, value }, embedded, observedAt }: MappedObject): void {
  if (object === 'invoice') {
    deleteInvoiceLines(database, [embedded.id]);
    insertInvoiceLines(database, embedded.lines);
  }
  if (object === 'credit_note') replaceCreditNoteRefunds(database, embedded.id, creditNoteRefunds(value));
  if (object === 'subscription' && embedded.items.length > 0) {
    for (const item of embedded.items) upsertMirrorRow(database, 'stripe_subscription_items', item.values, observedAt, item.raw);
    deleteItemsExcept(database, embedded.id, embedded.items.map((item) => String(item.values[0])));
  }
}

/** Rows of one table, each object once. @returns whether each was stored; else a newer observation is there. */
function storeTogether(database: WritableDatabase, table: MirrorTable, mapped: readonly MappedObject[]): boolean[] {
  const changed = upsertMirrorRows(database, table, mapped);
  // Only where a row was refused is it asked which.
  const observed = changed === mapped.length ? undefined : observedRows(database, table, mapped.map(({ object }) => object.id));
  const isStored = mapped.map(({ object, observedAt }) => observed === undefined || observedAt >= (observed.get(object.id) ?? Number.NEGATIVE_INFINITY));
  const stored = mapped.filter((_, index) => isStored[index]);
  if (table === 'stripe_invoices') {
    deleteInvoiceLines(database, stored.map(({ object }) => object.id));
    insertInvoiceLines(database, stored.flatMap(({ embedded }) => embedded.lines));
  } else for (const one of stored) storeParts(database, one);
  return isStored;
}

/** Neighbours of one table go together; an object that comes a second time begins a new stretch, as its second state comes after its first. */
function* stretchesOf(mapped: readonly MappedObject[]): Generator<MappedObject[]> {
  let stretch: MappedObject[] = [];
  let ids = new Set<string>();
  for (const one of mapped) {
    if (stretch.length > 0 && (stretch[0]?.table !== one.table || ids.has(one.object.id))) {
      yield stretch;
      stretch = [];
      ids = new Set();
    }
    stretch.push(one);
    ids.add(one.object.id);
  }
  if (stretch.length > 0) yield stretch;
}

export function createMirror(dependencies: { readonly timeZone: TimeZone }): Mirror {
  const { timeZone } = dependencies;
  return {
    store(database, object, options) {
      const mapped = mapObject(database, timeZone, object, options);
      if (!mapped) return 'not-mirrored';
      if (!upsertMirrorRow(database, mapped.table, mapped.values, mapped.observedAt, mapped.raw)) return 'older-than-known';
      storeParts(database, mapped);
      return 'stored';
    },
    mapAll: (database, objects) =>
      objects.map(({ object, options }) => {
        try {
          return mapObject(database, timeZone, object, options);
        } catch (error) {
          if (error instanceof ValidationError) return error;
          throw error;
        }
      }),
    storeAll(database, objects) {
      const outcomes = objects.map((object): StoreOutcome | ValidationError => (object instanceof ValidationError ? object : 'not-mirrored'));
      const places = new Map<MappedObject, number>();
      for (const [index, object] of objects.entries()) if (object && !(object instanceof ValidationError)) places.set(object, index);
      for (const stretch of stretchesOf([...places.keys()])) {
        const table = stretch[0]?.table;
        if (!table) continue;
        const isStored = storeTogether(database, table, stretch);
        for (const [index, one] of stretch.entries()) outcomes[places.get(one) ?? -1] = isStored[index] ? 'stored' : 'older-than-known';
      }
      return outcomes;
    },
    observedAt(database, objectName, id) {
      const table = mirrorTableOf(objectName);
      return table && observedAtOf(database, table, id);
    },
    markDeleted(database, objectName, id, observedAt) {
      if (objectName === 'invoice') return markMirrorRowDeleted(database, 'draft-invoice', id, observedAt);
      const table = ({ customer: 'stripe_customers', product: 'stripe_products', coupon: 'stripe_coupons', invoiceitem: 'stripe_invoice_items' } as const)[objectName];
      return table !== undefined && markMirrorRowDeleted(database, table, id, observedAt);
    },
    unobservedSince: findUnobserved,
    settleAvailable: settleAvailableTransactions,
  };
}

interface EmbeddedRows {
  readonly id: string;
  readonly lines: readonly (readonly SqlValue[])[];
  readonly items: readonly { readonly values: readonly SqlValue[]; readonly raw: string }[];
}

/** Mapped before anything is written: a malformed line leaves the object as it was. */
function embeddedRows({ id, object, value }: MirroredObject, options: StoreOptions, couponOf: (id: string) => CouponTerms | undefined): EmbeddedRows {
  if (object === 'invoice') {
    const invoice = { id, currency: readText(value, 'currency') ?? '', discounts: discountTermsOf(value, couponOf) };
    const lines = options.furtherLines ?? readObjects(value, 'lines');
    return { id, lines: lines.map((line, index) => invoiceLineRow(line, index, invoice, couponOf)), items: [] };
  }
  if (object === 'subscription') {
    const items = options.furtherItems ?? readObjects(value, 'items');
    return { id, lines: [], items: items.map((item) => ({ values: subscriptionItemRow(item, value), raw: JSON.stringify(item) })) };
  }
  return { id, lines: [], items: [] };
}
