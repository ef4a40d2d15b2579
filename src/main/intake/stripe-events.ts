/**
 * Changes since the last time, by events: pulled from a cursor with an overlap, staged as they came, then projected object by object.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { DaybookError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import type { DeletableKind, Mirror } from '../mirror/mirror.ts';
import { isJson, readText, type Json } from '../mirror/stripe-fields.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { isDeletable, listOfObject, routeEvent, type EventRoute } from './event-routing.ts';
import { readCursor, saveCursor, settleMessage, stagedAfter, stageMessage, type StagedRow } from './intake.repository.ts';
import { fetchWhole, type ObjectIntake } from './object-intake.ts';
import type { GatewayObject, GatewaySource } from './stripe-sync.ports.ts';

export interface StripeEventsDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly source: GatewaySource;
  readonly objectIntake: ObjectIntake;
  readonly mirror: Mirror;
  readonly clock: Clock;
}

export interface EventsResult {
  readonly staged: number;
  readonly projected: number;
  readonly unhandled: number;
  readonly parked: number;
}

export interface StripeEvents {
  /** Sets the cursor to the newest event there is: what happens from now on is told by events. */
  markStart(control: WorkControl): Promise<void>;
  /** Epoch milliseconds by the gateway's clock up to which every event was read; undefined before the first time. */
  readUpTo(): number | undefined;
  pull(control: WorkControl): Promise<{ staged: number; unhandled: number }>;
  project(control: WorkControl): Promise<Omit<EventsResult, 'staged'>>;
}

const source = 'stripe/events';
/** Events are unordered and may become visible late. */
const overlapSeconds = 3_600;
const eventsPerProjection = 100;
/** A second that an event leaves open, and what an answer on its way adds to it where a machine is busy. */
const doubtMs = 10_000;

/**
 * When an object that was fetched was observed: not before the state the mirror had when it was asked for, whatever two clocks made of it. One sync writes at a time.
 * @returns epoch milliseconds by the gateway's clock.
 */
export const askedAfterKnown = (database: ReadableDatabase, mirror: Mirror, { object, id, observedAt }: GatewayObject & { readonly observedAt: number }): number => Math.max(observedAt, mirror.observedAt(database, object, id) ?? observedAt);

/** The last millisecond of the second that an event tells. */
export const lastOfSecond = (at: number): number => at + 999;

type RouteToObject = Exclude<EventRoute, { road: 'unhandled' | 'nothing' }>;

/** Events of one object, in the order of their sequence. */
interface ObjectWork {
  readonly rows: StagedRow[];
  /** Epoch milliseconds of the newest event. */
  newestAt: number;
  isTied: boolean;
  newest: RouteToObject;
}

export function createStripeEvents(dependencies: StripeEventsDependencies): StripeEvents {
  const { readable, unitOfWork, source: gateway, objectIntake, mirror, clock } = dependencies;

  /** An event that does not say when it happened cannot be ordered: it is kept for a person, and the others go on. */
  const stageEvent = (database: WritableDatabase, event: GatewayObject, observedAt: number): boolean => {
    const created = createdSeconds(event.value, observedAt);
    const said = { providerId: event.id, type: readText(event.value, 'type') ?? 'unknown', apiVersion: readText(event.value, 'api_version'), payload: event.text, receivedAt: clock.now() };
    if (created === null) return stageMessage(database, { ...said, createdAt: observedAt, status: 'parked', reasonCode: 'stripe-object-malformed', reason: 'The event does not say when it happened.' });
    return stageMessage(database, { ...said, createdAt: created * 1000, status: routeEvent(event.value).road === 'unhandled' ? 'unhandled' : 'staged' });
  };

  /**
   * Whether the mirror's state may be older than the event although it looks newer, or is of another event of that second: only the object itself tells. Events have whole
   * seconds, what was asked for has milliseconds, and when that was is known by Stripe's clock only as nearly as its answers came.
   */
  function isInDoubt({ id, object }: Extract<RouteToObject, { road: 'snapshot' }>, at: number): boolean {
    const observedAt = mirror.observedAt(readable, readText(object, 'object') ?? '', id);
    return observedAt !== undefined && observedAt >= at && observedAt < at + doubtMs;
  }

  /**
   * Nothing comes back from a deletion: an object seen in its second was seen before it. What the mirror never saw is kept as it was last, or an event of its earlier life that is read later
   * would bring it back; of a draft invoice nothing is kept.
   */
  function keepAsGone(database: WritableDatabase, { name, id }: { readonly name: DeletableKind; readonly id: string }, last: Json | null, lastAt: number, goneAt: number): void {
    try {
      if (last && name !== 'invoice' && mirror.observedAt(database, name, id) === undefined) objectIntake.take(database, { object: asObject(last) }, lastAt);
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error; // hardly anything is said of what is gone: there is nothing to keep
    }
    mirror.markDeleted(database, name, id, goneAt);
  }

  /** The newest state of one object, then the object and its events in one transaction. */
  async function projectObject(work: ObjectWork, control: WorkControl): Promise<'projected' | 'parked'> {
    const { signal } = control;
    const { newest } = work;
    let write: (database: WritableDatabase) => void = () => {};
    if (newest.road === 'deleted') write = (database) => keepAsGone(database, { name: newest.objectName, id: newest.id }, newest.object, work.newestAt, lastOfSecond(work.newestAt));
    else if (newest.road === 'fetch' || (newest.road === 'snapshot' && (work.isTied || isInDoubt(newest, work.newestAt)))) {
      const found = await gateway.get(newest.list, newest.id, signal);
      const snapshot = newest.object;
      const name = found?.object ?? readText(snapshot, 'object') ?? '';
      if (isDeletable(name) && isGone(name, found, snapshot)) write = (database) => keepAsGone(database, { name, id: newest.id }, snapshot, work.newestAt, found ? askedAfterKnown(database, mirror, found) : lastOfSecond(work.newestAt));
      else if (found) {
        const whole = await fetchWhole(gateway, found, signal);
        write = (database) => void objectIntake.take(database, whole, askedAfterKnown(database, mirror, found));
      } else if (snapshot) write = (database) => void objectIntake.take(database, { object: asObject(snapshot) }, work.newestAt);
    } else if (newest.road === 'snapshot') {
      const object = asObject(newest.object);
      write = (database) => void objectIntake.take(database, { object }, work.newestAt);
    }
    try {
      unitOfWork.run('project events', (database) => {
        write(database);
        for (const row of work.rows) settleMessage(database, row.sequence, 'projected');
      });
      return 'projected';
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      unitOfWork.run('park events', (database) => {
        for (const row of work.rows) settleMessage(database, row.sequence, 'parked', error.code, error.message);
      });
      return 'parked';
    }
  }

  return {
    async markStart(control) {
      if (readCursor(readable, source)) return;
      const page = await gateway.list('events', { limit: 1 }, control.signal);
      const newest = page.objects[0];
      const created = newest ? createdSeconds(newest.value, page.observedAt) : null;
      unitOfWork.run('mark the first event', (database) => saveCursor(database, source, { cursor: String(created ?? Math.floor(page.observedAt / 1000)), isComplete: true, rowsSeen: 0, attemptedAt: page.observedAt }));
    },
    readUpTo: () => readCursor(readable, source)?.last_success_at ?? undefined,
    async pull(control) {
      const known = readCursor(readable, source);
      const since = Number(known?.cursor ?? 0);
      let newest = since;
      let staged = 0;
      let unhandled = 0;
      let startingAfter: string | undefined;
      // What happens while the pages are read stands before the first of them: the next pull finds it.
      let readUpTo: number | undefined;
      for (;;) {
        const page = await gateway.list('events', { createdFrom: Math.max(0, since - overlapSeconds), ...(startingAfter === undefined ? {} : { startingAfter }) }, control.signal);
        const upTo = (readUpTo ??= page.observedAt);
        startingAfter = page.objects.at(-1)?.id;
        const isLast = !page.hasMore || startingAfter === undefined;
        unitOfWork.run('stage events', (database) => {
          for (const event of page.objects) {
            newest = Math.max(newest, createdSeconds(event.value, page.observedAt) ?? 0);
            if (!stageEvent(database, event, page.observedAt)) continue;
            staged += 1;
            if (routeEvent(event.value).road === 'unhandled') unhandled += 1;
          }
          // Pages go from the newest to the oldest: the cursor moves once the oldest is in.
          if (isLast) saveCursor(database, source, { cursor: String(newest), isComplete: true, rowsSeen: (known?.rows_seen ?? 0) + staged, attemptedAt: page.observedAt, succeededAt: upTo });
        });
        control.report({ done: staged, total: null, note: 'Reading events from Stripe' });
        if (isLast) return { staged, unhandled };
      }
    },
    async project(control) {
      const result = { projected: 0, unhandled: 0, parked: 0 };
      let after = 0;
      for (;;) {
        const rows = stagedAfter(readable, after, eventsPerProjection);
        if (rows.length === 0) return result;
        after = rows.at(-1)?.sequence ?? after;
        const { works, unhandled, indifferent } = gatherByObject(rows);
        unitOfWork.run('settle events', (database) => {
          for (const row of unhandled) settleMessage(database, row.sequence, 'unhandled');
          for (const row of indifferent) settleMessage(database, row.sequence, 'projected');
        });
        result.unhandled += unhandled.length;
        result.projected += indifferent.length;
        for (const work of works) {
          control.signal.throwIfAborted();
          result[await projectObject(work, control)] += work.rows.length;
        }
        control.report({ done: result.projected, total: null, note: 'Projecting events' });
      }
    },
  };
}

/**
 * When an object was made, in epoch seconds, and never later than it was seen: a date of the future would carry a cursor past everything that is
 * still to come. Null when the object does not say it.
 */
export function createdSeconds(value: Json, observedAt: number): number | null {
  const { created } = value;
  return typeof created === 'number' && Number.isSafeInteger(created) ? Math.min(created, Math.floor(observedAt / 1000)) : null;
}

/** Whether the gateway's answer says that an object was deleted: by a word of customers and products, of the others by nothing. An invoice that is no draft is a document and stays. */
function isGone(name: DeletableKind, found: GatewayObject | undefined, snapshot: Json | null): boolean {
  if (found) return found.value['deleted'] === true;
  return name === 'coupon' || name === 'invoiceitem' || (name === 'invoice' && readText(snapshot, 'status') === 'draft');
}

function asObject(value: Json): GatewayObject {
  return { id: readText(value, 'id') ?? '', object: readText(value, 'object') ?? '', text: JSON.stringify(value), value };
}

/** An object of a list that could not be read stands in the inbox by itself; tried again, it is fetched as it is by then. */
function routeMessage(message: Json): EventRoute {
  const name = readText(message, 'object') ?? '';
  const id = readText(message, 'id');
  const list = name === 'balance_transaction' ? 'balance_transactions' : listOfObject[name];
  return list !== undefined && id !== null ? { road: 'fetch', list, id, object: message } : routeEvent(message);
}

function gatherByObject(rows: readonly StagedRow[]): { works: ObjectWork[]; unhandled: StagedRow[]; indifferent: StagedRow[] } {
  const works = new Map<string, ObjectWork>();
  const unhandled: StagedRow[] = [];
  const indifferent: StagedRow[] = [];
  for (const row of rows) {
    const event: unknown = JSON.parse(row.payload);
    const route = isJson(event) ? routeMessage(event) : { road: 'unhandled' as const };
    if (route.road === 'unhandled') {
      unhandled.push(row);
      continue;
    }
    if (route.road === 'nothing') {
      indifferent.push(row);
      continue;
    }
    const work = works.get(route.id);
    if (!work) {
      works.set(route.id, { rows: [row], newestAt: row.created_at, isTied: false, newest: route });
      continue;
    }
    work.rows.push(row);
    if (row.created_at === work.newestAt) work.isTied = true;
    if (row.created_at > work.newestAt) work.isTied = false;
    if (row.created_at > work.newestAt || route.road === 'deleted') {
      work.newestAt = Math.max(work.newestAt, row.created_at);
      work.newest = route;
    }
  }
  return { works: [...works.values()], unhandled, indifferent };
}

/** The code of an error, for the state of a source. */
export function errorCodeOf(error: unknown): string {
  return error instanceof DaybookError ? error.code : 'unexpected';
}
