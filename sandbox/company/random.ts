/** Random numbers that depend on nothing but the seed and a path of labels: the same path always gives the same stream. */

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number, both ends included. */
  integer(lowest: number, highest: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** The index drawn in proportion to the weights. */
  weighted(weights: readonly number[]): number;
}

/** Mixes a 32-bit number so that neighbours come out far apart (the finaliser of MurmurHash3). */
export function mix32(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** A 32-bit hash of a text (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** A stream of its own for every (seed, label, number): adding a customer never changes what happens to another. */
export function createRandom(seed: number, label: string, number = 0): Random {
  const root = hashText(label);
  let a = mix32(seed ^ root);
  let b = mix32(root + number * 0x9e3779b1);
  let c = mix32(number ^ (seed * 0x85ebca6b));
  let counter = 1;
  const draw = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) {
    draw();
  }
  const next = (): number => draw() / 4294967296;
  return {
    next,
    integer: (lowest, highest) => lowest + Math.floor(next() * (highest - lowest + 1)),
    chance: (probability) => next() < probability,
    pick: (list) => {
      const chosen = list[Math.floor(next() * list.length)];
      if (chosen === undefined) {
        throw new Error('Nothing to pick from an empty list.');
      }
      return chosen;
    },
    weighted: (weights) => {
      let total = 0;
      for (const weight of weights) {
        total += weight;
      }
      let rest = next() * total;
      for (let index = 0; index < weights.length; index += 1) {
        rest -= weights[index] ?? 0;
        if (rest < 0) {
          return index;
        }
      }
      return weights.length - 1;
    },
  };
}
