/**
 * One collection: the population's objects with what was created, changed or deleted over HTTP laid over them, in one order of `created`.
 *
 * Every object has a position in that order. Cursors, `created` ranges and filters are turned into positions, so that a page costs what it
 * returns and not what the collection holds.
 */
import type { CollectionName, PopulatedCollection, StripeObject } from './population.ts';
import { hiddenAttributes, readAttribute, readCreated } from './object-paths.ts';
import { type SecondsRange, wholeTime } from './parameters.ts';

export interface AttributeFilter {
  name: string;
  values: ReadonlySet<string>;
}

export interface CollectionQuery {
  created?: SecondsRange;
  filters?: readonly AttributeFilter[];
  /** Whatever no index serves; asked of the rendered object. */
  accepts?: (object: StripeObject) => boolean;
  startingAfter?: string;
  endingBefore?: string;
  limit: number;
}

export interface CollectionPage {
  /** Newest first. */
  objects: StripeObject[];
  hasMore: boolean;
}

/** A cursor that names no object of the collection. */
export class UnknownCursorError extends Error {
  readonly parameter: 'starting_after' | 'ending_before';
  readonly id: string;
  constructor(parameter: 'starting_after' | 'ending_before', id: string) {
    super(`${parameter}: no such object ${id}`);
    this.parameter = parameter;
    this.id = id;
  }
}

interface Added {
  object: StripeObject;
  created: number;
  sequence: number;
  /** How many of the population's objects come before it. */
  baseRank: number;
  hidden: Record<string, string>;
}

/** The first index in [0, size) for which `isAtOrAfter` holds; `size` when none. */
function lowerBound(size: number, isAtOrAfter: (index: number) => boolean): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAtOrAfter(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const noPostings = new Uint32Array(0);

/** Population indexes by value, ascending; a lone one stands by itself, so that an attribute unique to each object stays small. */
type AttributeIndex = Map<string, number | Uint32Array>;

function toPostings(found: number | Uint32Array | undefined): Uint32Array {
  return typeof found === 'number' ? Uint32Array.of(found) : (found ?? noPostings);
}

export class CollectionStore {
  readonly name: CollectionName;
  readonly #population: PopulatedCollection;
  readonly #added: Added[] = [];
  readonly #addedById = new Map<string, Added>();
  readonly #replaced = new Map<number, StripeObject>();
  readonly #deleted = new Set<string>();
  readonly #indexes = new Map<string, AttributeIndex>();
  readonly #rendered = new Map<string, boolean>();
  readonly #unions = new Map<string, Uint32Array>();
  #sequence = 0;

  constructor(name: CollectionName, population: PopulatedCollection) {
    this.name = name;
    this.#population = population;
  }

  get size(): number {
    return this.#population.size + this.#added.length - this.#deleted.size;
  }

  /** Objects laid over the population: new ones, in their order. */
  *additions(): Iterable<StripeObject> {
    for (const added of this.#added) if (!this.#deleted.has(added.object.id)) yield added.object;
  }

  has(id: string): boolean {
    return !this.#deleted.has(id) && (this.#addedById.has(id) || this.#population.indexOf(id) >= 0);
  }

  isDeleted(id: string): boolean {
    return this.#deleted.has(id);
  }

  /** A copy of the object, or undefined. */
  get(id: string): StripeObject | undefined {
    if (this.#deleted.has(id)) return undefined;
    const added = this.#addedById.get(id);
    if (added) return structuredClone(added.object);
    const index = this.#population.indexOf(id);
    return index < 0 ? undefined : this.#renderPopulated(index);
  }

  /**
   * Puts an object in, in place of the one with its id if there is one (its `created` must then be the same). Returns how to undo it.
   * Attributes Stripe hides (`payout` of a balance transaction) are taken off the object and kept beside it.
   */
  put(given: StripeObject): () => void {
    const object = structuredClone(given);
    const hidden: Record<string, string> = {};
    for (const name of hiddenAttributes[this.name] ?? []) {
      const value = object[name];
      if (typeof value === 'string') hidden[name] = value;
      delete object[name];
    }
    const known = this.#addedById.get(object.id);
    if (known) {
      const before = { object: known.object, hidden: known.hidden };
      Object.assign(known, { object, hidden: { ...known.hidden, ...hidden } });
      return () => Object.assign(known, before);
    }
    const index = this.#population.indexOf(object.id);
    if (index >= 0) {
      const before = this.#replaced.get(index);
      this.#replaced.set(index, object);
      return () => (before ? this.#replaced.set(index, before) : this.#replaced.delete(index));
    }
    return this.#add(object, hidden);
  }

  /** Takes an object out of lists and lookups. Returns how to undo it. */
  remove(id: string): () => void {
    this.#deleted.add(id);
    return () => this.#deleted.delete(id);
  }

  find(query: CollectionQuery): CollectionPage {
    const { from, until } = query.created ?? wholeTime;
    let low = this.#positionOfSecond(from);
    let high = this.#positionOfSecond(until);
    const isAscending = query.endingBefore !== undefined;
    if (query.startingAfter !== undefined) high = Math.min(high, this.#positionOf(query.startingAfter, 'starting_after'));
    if (query.endingBefore !== undefined) low = Math.max(low, this.#positionOf(query.endingBefore, 'ending_before') + 1);

    const objects: StripeObject[] = [];
    for (const position of this.#candidates(low, high, query.filters ?? [], isAscending)) {
      const object = this.#objectAt(position);
      if (object === undefined || query.accepts?.(object) === false) continue;
      if (objects.length === query.limit) return { objects: isAscending ? objects.toReversed() : objects, hasMore: true };
      objects.push(object);
    }
    return { objects: isAscending ? objects.toReversed() : objects, hasMore: false };
  }

  #add(object: StripeObject, hidden: Record<string, string>): () => void {
    const created = readCreated(object);
    this.#sequence += 1;
    const baseRank = lowerBound(this.#population.size, (index) => this.#population.createdAt(index) > created);
    const added: Added = { object, created, sequence: this.#sequence, baseRank, hidden };
    this.#added.splice(this.#rankOf(created, added.sequence), 0, added);
    this.#addedById.set(object.id, added);
    return () => {
      this.#added.splice(this.#added.indexOf(added), 1);
      this.#addedById.delete(object.id);
    };
  }

  #rankOf(created: number, sequence: number): number {
    return lowerBound(this.#added.length, (rank) => {
      const other = this.#added[rank];
      return other !== undefined && (other.created > created || (other.created === created && other.sequence >= sequence));
    });
  }

  #renderPopulated(index: number): StripeObject {
    const replaced = this.#replaced.get(index);
    return replaced ? structuredClone(replaced) : this.#population.render(index);
  }

  /** How many additions stand before a position. */
  #addedBefore(position: number): number {
    return lowerBound(this.#added.length, (rank) => (this.#added[rank]?.baseRank ?? 0) + rank >= position);
  }

  #positionOfPopulated(index: number): number {
    return index + lowerBound(this.#added.length, (rank) => (this.#added[rank]?.baseRank ?? 0) > index);
  }

  #positionOf(id: string, parameter: 'starting_after' | 'ending_before'): number {
    const added = this.#addedById.get(id);
    if (added) return added.baseRank + this.#rankOf(added.created, added.sequence);
    const index = this.#population.indexOf(id);
    if (index < 0) throw new UnknownCursorError(parameter, id);
    return this.#positionOfPopulated(index);
  }

  /** The first position whose object was created at or after a second. */
  #positionOfSecond(second: number): number {
    if (second === Number.NEGATIVE_INFINITY) return 0;
    if (second === Number.POSITIVE_INFINITY) return this.#population.size + this.#added.length;
    const populated = lowerBound(this.#population.size, (index) => this.#population.createdAt(index) >= second);
    return populated + lowerBound(this.#added.length, (rank) => (this.#added[rank]?.created ?? 0) >= second);
  }

  #objectAt(position: number): StripeObject | undefined {
    const rank = this.#addedBefore(position);
    const added = this.#added[rank];
    if (added !== undefined && added.baseRank + rank === position) {
      return this.#deleted.has(added.object.id) ? undefined : structuredClone(added.object);
    }
    const index = position - rank;
    if (this.#deleted.size > 0 && this.#deleted.has(this.#population.idAt(index))) return undefined;
    return this.#renderPopulated(index);
  }

  /** Positions in [low, high) that pass the filters, ascending or descending. */
  *#candidates(low: number, high: number, filters: readonly AttributeFilter[], isAscending: boolean): Iterable<number> {
    if (low >= high) return;
    if (filters.length === 0) {
      if (isAscending) for (let position = low; position < high; position += 1) yield position;
      else for (let position = high - 1; position >= low; position -= 1) yield position;
      return;
    }
    const rankLow = this.#addedBefore(low);
    const rankHigh = this.#addedBefore(high);
    const overlay = this.#matchingOverlay(rankLow, rankHigh, low - rankLow, high - rankHigh, filters);
    const { postings, rest } = this.#mostSelective(filters);
    const first = lowerBound(postings.length, (at) => (postings[at] ?? 0) >= low - rankLow);
    const end = lowerBound(postings.length, (at) => (postings[at] ?? 0) >= high - rankHigh);
    let at = isAscending ? first : end - 1;
    let overlayAt = isAscending ? 0 : overlay.length - 1;
    const step = isAscending ? 1 : -1;
    const nextPopulated = (): number | undefined => {
      for (; at >= first && at < end; at += step) {
        const index = postings[at] ?? 0;
        if (this.#replaced.has(index) || !rest.every((filter) => this.#populatedMatches(index, filter))) continue;
        return this.#positionOfPopulated(index);
      }
      return undefined;
    };
    for (;;) {
      const populated = nextPopulated();
      const laid = overlay[overlayAt];
      if (populated === undefined && laid === undefined) return;
      if (laid === undefined || (populated !== undefined && (isAscending ? populated < laid : populated > laid))) {
        at += step;
        if (populated !== undefined) yield populated;
      } else {
        overlayAt += step;
        yield laid;
      }
    }
  }

  /** Ascending positions of matching additions and replacements: few, so looked at one by one. */
  #matchingOverlay(rankLow: number, rankHigh: number, indexLow: number, indexHigh: number, filters: readonly AttributeFilter[]): number[] {
    const positions: number[] = [];
    const matches = (object: StripeObject, hidden: (name: string) => string | undefined): boolean =>
      filters.every(({ name, values }) => {
        const value = hidden(name) ?? readAttribute(this.name, object, name);
        return value !== undefined && values.has(value);
      });
    for (let rank = rankLow; rank < rankHigh; rank += 1) {
      const added = this.#added[rank];
      if (added && matches(added.object, (name) => added.hidden[name])) positions.push(added.baseRank + rank);
    }
    const hiddenNames = hiddenAttributes[this.name] ?? [];
    for (const [index, object] of this.#replaced) {
      if (index < indexLow || index >= indexHigh) continue;
      const hidden = (name: string): string | undefined => (hiddenNames.includes(name) ? this.#population.attribute(index, name) : undefined);
      if (matches(object, hidden)) positions.push(this.#positionOfPopulated(index));
    }
    return positions.sort((a, b) => a - b);
  }

  #populatedMatches(index: number, { name, values }: AttributeFilter): boolean {
    const value = this.#populatedAttribute(index, name);
    return value !== undefined && values.has(value);
  }

  #populatedAttribute(index: number, name: string): string | undefined {
    return this.#rendersFor(name) ? readAttribute(this.name, this.#population.render(index), name) : this.#population.attribute(index, name);
  }

  #mostSelective(filters: readonly AttributeFilter[]): { postings: Uint32Array; rest: AttributeFilter[] } {
    let best: { postings: Uint32Array; filter: AttributeFilter } | undefined;
    for (const filter of filters) {
      const postings = this.#postingsOf(filter);
      if (best === undefined || postings.length < best.postings.length) best = { postings, filter };
    }
    return { postings: best?.postings ?? noPostings, rest: filters.filter((filter) => filter !== best?.filter) };
  }

  #postingsOf({ name, values }: AttributeFilter): Uint32Array {
    const [only = ''] = values;
    if (values.size === 1) return toPostings(this.#indexOf(name).get(only));
    const key = `${name}=${[...values].toSorted().join(',')}`;
    let union = this.#unions.get(key);
    if (union === undefined) {
      const index = this.#indexOf(name);
      const parts = [...values].map((value) => toPostings(index.get(value)));
      union = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
      let offset = 0;
      for (const part of parts) {
        union.set(part, offset);
        offset += part.length;
      }
      union.sort();
      if (this.#unions.size >= 64) this.#unions.clear();
      this.#unions.set(key, union);
    }
    return union;
  }

  /** Ascending population indexes by value of an attribute; built when first asked for. */
  #indexOf(name: string): AttributeIndex {
    const built = this.#indexes.get(name);
    if (built) return built;
    const lists = new Map<string, number | number[]>();
    for (let at = 0; at < this.#population.size; at += 1) {
      const value = this.#populatedAttribute(at, name);
      if (value === undefined) continue;
      const list = lists.get(value);
      if (list === undefined) lists.set(value, at);
      else if (typeof list === 'number') lists.set(value, [list, at]);
      else list.push(at);
    }
    const index: AttributeIndex = new Map();
    for (const [value, list] of lists) index.set(value, typeof list === 'number' ? list : Uint32Array.from(list));
    this.#indexes.set(name, index);
    return index;
  }

  /** Whether the population's answers for an attribute differ from its objects (it may not know the attribute at all). */
  #rendersFor(name: string): boolean {
    let renders = this.#rendered.get(name);
    if (renders === undefined) {
      renders = !(hiddenAttributes[this.name]?.includes(name) ?? false) && this.#answersDiffer(name);
      this.#rendered.set(name, renders);
    }
    return renders;
  }

  #answersDiffer(name: string): boolean {
    const stride = Math.max(1, Math.floor(this.#population.size / 64));
    for (let at = 0; at < this.#population.size; at += stride) {
      if (this.#population.attribute(at, name) !== readAttribute(this.name, this.#population.render(at), name)) return true;
    }
    return false;
  }
}
