/**
 * A hash over a set of records that does not depend on their order and that follows a change without reading the others again: each record's SHA-256 is
 * added up in lanes of 32 bits. It names what a run compared, so that the same inputs can be told from others; it does not guard against forgery.
 */
import { hash } from 'node:crypto';

const lanes = 8;

export class MultisetDigest {
  readonly #sums: Uint32Array;

  /** @param start what {@link toString} gave before; left out: the hash over nothing. */
  constructor(start?: string) {
    this.#sums = new Uint32Array(lanes);
    if (start) for (let lane = 0; lane < lanes; lane += 1) this.#sums[lane] = Number.parseInt(start.slice(lane * 8, lane * 8 + 8), 16);
  }

  add(record: string): void {
    const digest = hash('sha256', record, 'buffer');
    for (let lane = 0; lane < lanes; lane += 1) this.#sums[lane] = (this.#sums[lane] ?? 0) + digest.readUInt32LE(lane * 4);
  }

  /** Takes a record out that was added before. */
  remove(record: string): void {
    const digest = hash('sha256', record, 'buffer');
    for (let lane = 0; lane < lanes; lane += 1) this.#sums[lane] = (this.#sums[lane] ?? 0) - digest.readUInt32LE(lane * 4);
  }

  /** 64 hexadecimal digits. */
  toString(): string {
    return Array.from(this.#sums, (sum) => sum.toString(16).padStart(8, '0')).join('');
  }
}
