/** One request's changes: objects written, events recorded in Stripe's words, webhooks to be sent once the request has succeeded. */
import { isDeepStrictEqual } from 'node:util';
import { type Json, isJson } from './object-paths.ts';
import type { Parameters } from './parameters.ts';
import type { CollectionName, StripeObject } from './population.ts';
import { Presentation } from './presentation.ts';
import type { SandboxState } from './state.ts';

export const apiVersion = '2026-10-28.endive';

/** What changed, as an event's `data.previous_attributes` tells it: the old value of each changed field, hashes field by field. */
export function previousAttributes(before: Json, after: Json): Json {
  const previous: Json = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old = null, current = null] = [before[key], after[key]];
    if (isDeepStrictEqual(old, current)) continue;
    previous[key] = isJson(old) && isJson(current) && old['object'] === undefined ? previousAttributes(old, current) : old;
  }
  return previous;
}

export interface RequestIdentity {
  id: string | null;
  idempotencyKey: string | null;
}

export class Changes {
  readonly state: SandboxState;
  readonly request: RequestIdentity;
  /** Events recorded by this request, in order. */
  readonly events: StripeObject[] = [];

  constructor(state: SandboxState, request: RequestIdentity) {
    this.state = state;
    this.request = request;
  }

  now(): number {
    return this.state.now();
  }

  id(prefix: string): string {
    return this.state.ids.next(prefix);
  }

  create<T extends StripeObject>(collection: CollectionName, object: T, ...eventTypes: string[]): T {
    this.state.put(collection, object);
    for (const type of eventTypes) this.emit(type, object);
    return object;
  }

  /** Stores the object's new form; the events carry what it was before. Nothing is announced when nothing changed. */
  update<T extends StripeObject>(collection: CollectionName, object: T, ...eventTypes: string[]): T {
    const before = this.state.collection(collection).get(object.id);
    const previous = before ? previousAttributes(before, object) : {};
    if (Object.keys(previous).length === 0) return object;
    this.state.put(collection, object);
    for (const type of eventTypes) this.emit(type, object, type.endsWith('.updated') ? previous : undefined);
    return object;
  }

  remove(collection: CollectionName, object: StripeObject, ...eventTypes: string[]): Json {
    this.state.remove(collection, object.id);
    for (const type of eventTypes) this.emit(type, object);
    return this.state.tombstone(collection, object.id);
  }

  emit(type: string, object: Json, previous?: Json): void {
    const event: StripeObject = {
      id: this.id('evt'),
      object: 'event',
      api_version: apiVersion,
      created: this.now(),
      data: {
        object: new Presentation(this.state).present(structuredClone(object)),
        ...(previous === undefined ? {} : { previous_attributes: previous }),
      },
      livemode: false,
      pending_webhooks: 0,
      request: { id: this.request.id, idempotency_key: this.request.idempotencyKey },
      type,
    };
    this.state.put('events', event);
    this.events.push(event);
  }
}

/** What a handler is given. */
export interface RequestContext {
  state: SandboxState;
  changes: Changes;
  parameters: Parameters;
  /** The ids in the path, in order. */
  ids: string[];
}

export type Handler = (context: RequestContext) => Json;

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** Path below the root; `:id` stands for one segment. */
  pattern: string;
  /** The permission a restricted key would need, in Stripe's words. */
  permission: string;
  handle: Handler;
}
