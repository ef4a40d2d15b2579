/**
 * Finds references in what a bank wrote, whichever way it broke them: letters and digits count, blanks and marks between them do not. Pure.
 */

/** Shorter ones are found in any text. */
const shortestReference = 6;
const day = /^(?:(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d{2})$/;
/** What identifies has digits, or is an id that a machine made: a word such as “Payment”, written where a reference was asked for, stands on any statement. A day alone does as well. */
const identifies = (written: string, reference: string): boolean => reference.length >= shortestReference && /[\d_]/.test(written) && !day.test(reference);
/** A reference of so many parts at most: API-202510-dp_pk_ABC has four, and a bank may have broken one more. */
const mostParts = 8;

export function normaliseReference(text: string): string {
  return text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}

export interface ReferenceIndex<Item> {
  /** What the texts name, each once. A reference counts only from the beginning of a word to the end of one. */
  findIn(texts: readonly string[]): Item[];
}

export function indexReferences<Item>(items: readonly Item[], referencesOf: (item: Item) => readonly string[]): ReferenceIndex<Item> {
  const byReference = new Map<string, Item[]>();
  for (const item of items) {
    for (const reference of new Set(referencesOf(item).filter((written) => identifies(written, normaliseReference(written))).map(normaliseReference))) {
      const known = byReference.get(reference);
      if (known) known.push(item);
      else byReference.set(reference, [item]);
    }
  }
  return {
    findIn(texts) {
      const found = new Set<Item>();
      for (const text of texts) {
        const words = text.toUpperCase().match(/[A-Z0-9]+/g) ?? [];
        for (let start = 0; start < words.length; start += 1) {
          let joined = '';
          for (let end = start; end < Math.min(words.length, start + mostParts); end += 1) {
            joined += words[end] ?? '';
            for (const item of byReference.get(joined) ?? []) found.add(item);
          }
        }
      }
      return [...found];
    },
  };
}

const noise = new Set(['THE', 'AND', 'LTD', 'LIMITED', 'INC', 'LLC', 'GMBH', 'CORP', 'COMPANY', 'GROUP', 'SERVICES', 'PAYMENT', 'PAYOUT', 'TRANSFER', 'INVOICE']);

const wordsOf = (text: string): string[] => text.toUpperCase().match(/[\p{L}\p{N}]+/gu) ?? [];

export interface NameIndex {
  /** The names that a text carries: all of their words that tell them from others, or two of them. */
  findIn(text: string): ReadonlySet<string>;
}

export function indexNames(names: Iterable<string>): NameIndex {
  const byWord = new Map<string, string[]>();
  const needed = new Map<string, number>();
  for (const name of new Set(names)) {
    const words = [...new Set(wordsOf(name).filter((word) => word.length >= 3 && !noise.has(word)))];
    if (words.length === 0) continue;
    needed.set(name, Math.min(words.length, 2));
    for (const word of words) byWord.set(word, [...(byWord.get(word) ?? []), name]);
  }
  return {
    findIn(text) {
      const hits = new Map<string, number>();
      for (const word of new Set(wordsOf(text))) for (const name of byWord.get(word) ?? []) hits.set(name, (hits.get(name) ?? 0) + 1);
      return new Set([...hits].filter(([name, count]) => count >= (needed.get(name) ?? 1)).map(([name]) => name));
    },
  };
}
