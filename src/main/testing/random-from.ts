/** A stream of numbers in [0, 1) from a seed (mulberry32, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from `from` up to and without `below`. */
export const wholeFrom = (random: () => number, from: number, below: number): number => from + Math.floor(random() * (below - from));

export function oneOf<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[wholeFrom(random, 0, items.length)];
  if (item === undefined) throw new RangeError('Nothing to choose from.');
  return item;
}
