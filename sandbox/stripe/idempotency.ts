/** `Idempotency-Key` on POST: the first answer is kept and given again to whoever asks the same thing with the same key. */
import { StripeError } from './stripe-error.ts';

export interface StoredAnswer {
  status: number;
  body: string;
  requestId: string;
}

interface Entry {
  path: string;
  body: string;
  answer: StoredAnswer | null;
}

export class IdempotencyKeys {
  readonly #entries = new Map<string, Entry>();

  /**
   * Claims a key for a request. Returns the stored answer when the same request has been answered before, null when it is to be processed.
   * @throws StripeError 400 when the key was used for something else, 409 while another request with it is being processed.
   */
  claim(key: string, path: string, body: string): StoredAnswer | null {
    if (key.length > 255) {
      throw new StripeError(400, 'Idempotency keys must be at most 255 characters long.', { type: 'idempotency_error' });
    }
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#entries.set(key, { path, body, answer: null });
      return null;
    }
    if (entry.path !== path) {
      throw new StripeError(
        400,
        `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs '${entry.path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
        { type: 'idempotency_error' },
      );
    }
    if (entry.body !== body) {
      throw new StripeError(
        400,
        `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
        { type: 'idempotency_error' },
      );
    }
    if (entry.answer === null) {
      throw new StripeError(
        409,
        `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
        { type: 'idempotency_error', code: 'idempotency_key_in_use' },
      );
    }
    return entry.answer;
  }

  keep(key: string, answer: StoredAnswer): void {
    const entry = this.#entries.get(key);
    if (entry) entry.answer = answer;
  }

  /** Frees a key whose request was refused before it was carried out. */
  release(key: string): void {
    if (this.#entries.get(key)?.answer === null) this.#entries.delete(key);
  }
}
