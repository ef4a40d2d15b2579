/**
 * How a stored object crosses the wire: references as ids unless expanded, long embedded lists cut to ten, a balance transaction's status
 * by the sandbox's clock; and `expand[]` itself.
 */
import type { StripeObject } from './population.ts';
import { type Json, isJson } from './object-paths.ts';
import { type Expansion, collectionOfId, expansions } from './references.ts';
import { invalidRequest } from './stripe-error.ts';
import type { SandboxState } from './state.ts';

/** As many elements of an invoice's lines (or a subscription's items) as Stripe embeds; the rest is fetched by its own list. */
export const embeddedListLength = 10;
const maximumExpandDepth = 4;

/** Fields the pinned version always shows, empty for an account that does not use what they are about; a population may leave them out. */
const unusedFields: Record<string, Json> = {
  charge: { source: null },
  'checkout.session': {
    collected_information: null,
    integration_identifier: null,
    managed_payments: null,
    origin_context: null,
    saved_payment_method_options: null,
  },
  item: { adjustable_quantity: null, metadata: {} },
  payment_intent: { excluded_payment_method_types: null, managed_payments: null, source: null },
  refund: { customer: null, customer_account: null, payment_method: null },
  subscription: { billing_schedules: [], managed_payments: null },
};

/** One answer's making: remembers what was folded into ids, so that an expansion finds it again. */
export class Presentation {
  readonly #state: SandboxState;
  readonly #discounts = new Map<string, Json>();
  readonly #inlined = new Map<string, unknown>();

  constructor(state: SandboxState) {
    this.#state = state;
  }

  /** Turns a fresh copy of a stored object into its wire form, in place. */
  present<T extends Json>(object: T): T {
    const type = object['object'];
    if (type === 'event') {
      const inner = isJson(object['data']) ? object['data']['object'] : undefined;
      if (isJson(inner)) new Presentation(this.#state).present(inner);
      return object;
    }
    if (type === 'balance_transaction') this.#settle(object);
    if (typeof type === 'string') this.#complete(object, type);
    const table = typeof type === 'string' ? expansions[type] : undefined;
    for (const [path, expansion] of Object.entries(table ?? {})) {
      if (expansion.kind === 'inline') this.#hide(object, path);
      else if (expansion.kind === 'discounts') this.#fold(object, path);
    }
    this.#presentEmbedded(object);
    return object;
  }

  /** Applies `expand[]` paths to one presented object. `prefix` is `data.` for the elements of a list, for messages. */
  expand(object: Json, paths: readonly string[], prefix = ''): void {
    for (const path of paths) {
      const steps = path.split('.');
      if (steps.length + (prefix === '' ? 0 : 1) > maximumExpandDepth) {
        throw invalidRequest(`You cannot expand more than ${maximumExpandDepth} levels of a property. Property: ${prefix}${path}`, 'expand');
      }
      this.#expandSteps(object, object, '', steps, `${prefix}${path}`, true);
    }
  }

  #settle(object: Json): void {
    const availableOn = object['available_on'];
    if (object['status'] === 'pending' && typeof availableOn === 'number' && availableOn <= this.#state.now()) object['status'] = 'available';
  }

  #complete(object: Json, type: string): void {
    for (const [field, value] of Object.entries(unusedFields[type] ?? {})) if (object[field] === undefined) object[field] = structuredClone(value);
    const details = object['customer_details'];
    if (type === 'checkout.session' && isJson(details)) object['customer_details'] = { business_name: null, individual_name: null, ...details };
  }

  #hide(object: Json, field: string): void {
    if (object[field] === undefined) return;
    this.#inlined.set(`${String(object['id'])}.${field}`, object[field]);
    delete object[field];
  }

  /** Discounts rendered as objects become ids: no list serves them, so they are kept for an expansion. */
  #fold(object: Json, path: string): void {
    const [first = '', last] = path.split('.');
    const value = object[first];
    if (!Array.isArray(value)) return;
    if (last === undefined) object[first] = value.map((discount: unknown) => this.#toDiscountId(discount));
    else for (const amount of value) if (isJson(amount)) amount[last] = this.#toDiscountId(amount[last]);
  }

  #toDiscountId(discount: unknown): unknown {
    if (!isJson(discount) || typeof discount['id'] !== 'string') return discount;
    this.#discounts.set(discount['id'], discount);
    return discount['id'];
  }

  #presentEmbedded(object: Json): void {
    for (const field of ['lines', 'items'] as const) {
      const list = object[field];
      if (!isJson(list) || !Array.isArray(list['data'])) continue;
      if (list['data'].length > embeddedListLength) {
        list['data'] = list['data'].slice(0, embeddedListLength);
        list['has_more'] = true;
      }
      for (const element of list['data'] as unknown[]) if (isJson(element)) this.present(element);
    }
  }

  /** Walks one path. `owner` is the nearest object with a type, `within` the dotted path from it to `node`. */
  #expandSteps(owner: Json, node: Json, within: string, steps: readonly string[], whole: string, isStrict: boolean): void {
    const [step = '', ...rest] = steps;
    const field = within === '' ? step : `${within}.${step}`;
    const table = typeof owner['object'] === 'string' ? expansions[owner['object']] : undefined;
    const expansion = table && Object.hasOwn(table, field) ? table[field] : undefined; // every object answers to `constructor`
    if (expansion) node[step] = this.#resolve(expansion, node[step], owner, step);
    const value = Object.hasOwn(node, step) ? node[step] : undefined;
    if (rest.length === 0) {
      if (!expansion && isStrict) throw this.#notExpandable(whole);
      return;
    }
    const isStrictBelow = isStrict && expansion?.kind !== 'any';
    if (value === undefined && isStrict && !this.#mayHold(owner, field)) throw this.#notExpandable(whole);
    for (const next of Array.isArray(value) ? value : [value]) {
      if (!isJson(next)) {
        if (!expansion && next !== null && next !== undefined && isStrict) throw this.#notExpandable(whole);
        continue;
      }
      const isTyped = typeof next['object'] === 'string' && next['object'] !== 'list';
      if (next['object'] === 'list') this.#expandList(next, rest, whole, isStrictBelow);
      else this.#expandSteps(isTyped ? next : owner, next, isTyped ? '' : field, rest, whole, isStrictBelow);
    }
  }

  #expandList(list: Json, steps: readonly string[], whole: string, isStrict: boolean): void {
    const [step, ...rest] = steps;
    const data = list['data'];
    if (step !== 'data' || !Array.isArray(data)) throw this.#notExpandable(whole);
    if (rest.length === 0) return;
    for (const element of data) if (isJson(element)) this.#expandSteps(element, element, '', rest, whole, isStrict);
  }

  /** A hash that is absent on this object may still hold an expandable field (`payment.charge` where a payment intent paid). */
  #mayHold(owner: Json, field: string): boolean {
    const table = typeof owner['object'] === 'string' ? expansions[owner['object']] : undefined;
    return Object.keys(table ?? {}).some((path) => path === field || path.startsWith(`${field}.`));
  }

  #notExpandable(path: string): Error {
    return invalidRequest(`This property cannot be expanded (${path}).`, 'expand');
  }

  #resolve(expansion: Expansion, value: unknown, owner: Json, field: string): unknown {
    if (expansion.kind === 'inline') return this.#inlined.get(`${String(owner['id'])}.${field}`) ?? value;
    if (expansion.kind === 'list') return this.#embedList(expansion, String(owner['id']));
    if (Array.isArray(value)) return value.map((element: unknown) => this.#resolveReference(expansion, element));
    return this.#resolveReference(expansion, value);
  }

  #resolveReference(expansion: Expansion, value: unknown): unknown {
    if (typeof value !== 'string') return value;
    if (expansion.kind === 'discounts') return structuredClone(this.#discounts.get(value)) ?? value;
    const collection = expansion.kind === 'reference' ? expansion.collection : expansion.kind === 'any' ? collectionOfId(value) : undefined;
    if (collection === undefined) return value;
    const store = this.#state.collection(collection);
    const found: StripeObject | undefined = store.get(value);
    if (found) return this.present(found);
    return store.isDeleted(value) ? this.#state.tombstone(collection, value) : value;
  }

  #embedList(expansion: Expansion & { kind: 'list' }, id: string): Json {
    const { collection, attribute, url } = expansion;
    const accepts =
      collection === 'subscriptions' ? (subscription: StripeObject): boolean => subscription['status'] !== 'canceled' : undefined;
    const page = this.#state
      .collection(collection)
      .find({ filters: [{ name: attribute, values: new Set([id]) }], limit: embeddedListLength, ...(accepts ? { accepts } : {}) });
    return { object: 'list', data: page.objects.map((object) => this.present(object)), has_more: page.hasMore, url: url(id) };
  }
}
