/**
 * One object of the gateway into the mirror, and what it means for the books into the queue: both in the caller's unit of work.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';
import { hasFurther, type MappedObjects, type Mirror, type StoreOptions, type StoreOutcome } from '../mirror/mirror.ts';
import type { Json } from '../mirror/stripe-fields.ts';
import { enqueueFacts, enqueueKnownInvoices, enqueuePaymentsOfIntents, parkObject, type FactToQueue } from './intake.repository.ts';
import { isToldByDocument } from './posting-facts.ts';
import type { GatewayObject, GatewaySource } from './stripe-sync.ports.ts';

/** An object with everything that did not fit into its embedded lists. */
export interface WholeObject {
  readonly object: GatewayObject;
  readonly allLines?: readonly Json[];
  readonly allItems?: readonly Json[];
}

async function readAll(page: (startingAfter: string | undefined) => Promise<{ readonly objects: readonly GatewayObject[]; readonly hasMore: boolean }>): Promise<Json[]> {
  const all: Json[] = [];
  let startingAfter: string | undefined;
  for (;;) {
    const { objects, hasMore } = await page(startingAfter);
    for (const { value } of objects) all.push(value);
    startingAfter = objects.at(-1)?.id;
    if (!hasMore || startingAfter === undefined) return all;
  }
}

/** Whether an object embeds only a part of what it consists of. */
export function isPartial({ object, value }: GatewayObject): boolean {
  return (object === 'invoice' && hasFurther(value, 'lines')) || (object === 'subscription' && hasFurther(value, 'items'));
}

/** Fetches the lines of an invoice, or the items of a subscription, that has more than it embeds. */
export async function fetchWhole(source: GatewaySource, object: GatewayObject, signal: AbortSignal): Promise<WholeObject> {
  if (object.object === 'invoice' && hasFurther(object.value, 'lines')) return { object, allLines: await readAll((after) => source.invoiceLines(object.id, after, signal)) };
  if (object.object === 'subscription' && hasFurther(object.value, 'items')) return { object, allItems: await readAll((after) => source.subscriptionItems(object.id, after, signal)) };
  return { object };
}

/** Objects of a list as rows, ready to be written. */
export interface PreparedObjects {
  readonly objects: readonly GatewayObject[];
  readonly rows: MappedObjects;
  readonly observedAt: number;
}

export interface ObjectIntake {
  /** @throws ValidationError `stripe-object-malformed`; the mirror keeps what it had. */
  take(database: WritableDatabase, whole: WholeObject, observedAt: number): StoreOutcome;
  /** As {@link take}, for objects of a list, in few statements: a malformed one is parked in the inbox and the others go on. */
  takeAll(database: WritableDatabase, wholes: readonly WholeObject[], observedAt: number): void;
  /** The first half of {@link takeAll}, before the transaction: nothing is written. */
  prepareAll(database: ReadableDatabase, wholes: readonly WholeObject[], observedAt: number): PreparedObjects;
  /** The second half. */
  takePrepared(database: WritableDatabase, prepared: PreparedObjects): void;
}

function optionsOf(whole: WholeObject, observedAt: number): StoreOptions {
  return { observedAt, ...(whole.allLines ? { furtherLines: whole.allLines } : {}), ...(whole.allItems ? { furtherItems: whole.allItems } : {}) };
}

export function createObjectIntake(dependencies: { readonly mirror: Mirror; readonly clock: Clock }): ObjectIntake {
  const { mirror, clock } = dependencies;
  const prepareAll: ObjectIntake['prepareAll'] = (database, wholes, observedAt) => ({
    objects: wholes.map(({ object }) => object), rows: mirror.mapAll(database, wholes.map((whole) => ({ object: whole.object, options: optionsOf(whole, observedAt) }))), observedAt,
  });
  const takePrepared: ObjectIntake['takePrepared'] = (database, { objects, rows, observedAt }) => {
    const outcomes = mirror.storeAll(database, rows);
    enqueueAll(database, objects.filter((_, index) => outcomes[index] === 'stored'));
    for (const [index, outcome] of outcomes.entries()) {
      const object = objects[index];
      if (!object || !(outcome instanceof ValidationError)) continue;
      parkObject(database, { providerId: object.id, type: object.object, apiVersion: null, payload: object.text, createdAt: observedAt, receivedAt: clock.now(), status: 'parked', reasonCode: outcome.code, reason: outcome.message });
    }
  };
  return {
    take(database, whole, observedAt) {
      const outcome = mirror.store(database, whole.object, optionsOf(whole, observedAt));
      if (outcome === 'stored') enqueueAll(database, [whole.object]);
      return outcome;
    },
    takeAll: (database, wholes, observedAt) => takePrepared(database, prepareAll(database, wholes, observedAt)),
    prepareAll,
    takePrepared,
  };
}

const millisecondsOf = (value: unknown): number => (typeof value === 'number' ? value * 1000 : 0);

/** What the books have to look at because of objects that were stored. */
function enqueueAll(database: WritableDatabase, objects: readonly GatewayObject[]): void {
  const facts: FactToQueue[] = [];
  const invoices: string[] = [];
  const intents: string[] = [];
  for (const { object, id, value } of objects) {
    if (object === 'balance_transaction' || object === 'credit_note') facts.push({ type: object, id, occurredAt: millisecondsOf(value['created']) });
    if (object === 'customer_balance_transaction' && !isToldByDocument(value['type'])) facts.push({ type: object, id, occurredAt: millisecondsOf(value['created']) });
    if (object === 'credit_note' && typeof value['invoice'] === 'string') invoices.push(value['invoice']);
    else if (object === 'invoice') invoices.push(id);
    // A bank debit is booked while it is pending; what it may be applied to shows once it has succeeded.
    else if (object === 'charge' && id.startsWith('py_') && value['status'] === 'succeeded' && typeof value['payment_intent'] === 'string') intents.push(value['payment_intent']);
    else if (object === 'invoice_payment' && value['status'] === 'paid') {
      const payment = value['payment'];
      const intent = typeof payment === 'object' && payment !== null && 'payment_intent' in payment ? payment.payment_intent : null;
      if (typeof intent === 'string') intents.push(intent);
      if (typeof value['invoice'] === 'string') invoices.push(value['invoice']);
    }
  }
  enqueueFacts(database, facts);
  enqueuePaymentsOfIntents(database, intents);
  enqueueKnownInvoices(database, invoices);
}
