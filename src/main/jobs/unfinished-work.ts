/**
 * The end of a job that did what it could and left something undone: its period is not done with, yet what it did is worth reading.
 */
import { StateError, type ErrorOptionsWithData } from '../../shared/errors/errors.ts';

/** The run ends failed, with this code and sentence, and keeps its result: what was done, and what was not and why. */
export class UnfinishedWorkError extends StateError {
  readonly result: unknown;

  constructor(code: string, message: string, options: ErrorOptionsWithData & { readonly result: unknown }) {
    super(code, message, options);
    this.result = options.result;
  }
}
