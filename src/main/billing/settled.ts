/**
 * Outcomes of one of many: what one partner or invoice fails with is a value, and stands in its place in the list; what would meet every one of them alike is thrown.
 */
import { DaybookError, InvariantError, PermissionError, ProviderError, StorageError } from '../../shared/errors/errors.ts';

export type Settled<Value> = { readonly value: Value } | { readonly error: DaybookError };

/** A bug, a lost connection, a full disk or a missing right would meet every partner alike. */
export function meetsAll(error: unknown): boolean {
  return !(error instanceof DaybookError) || error instanceof InvariantError || error instanceof ProviderError || error instanceof PermissionError || error instanceof StorageError;
}

/** @throws what meets all. */
export function settle<Value>(work: () => Value): Settled<Value> {
  try {
    return { value: work() };
  } catch (error) {
    return settledError(error);
  }
}

/** An error as a value. @throws it where it meets all. */
export function settledError(error: unknown): { readonly error: DaybookError } {
  if (meetsAll(error) || !(error instanceof DaybookError)) throw error;
  return { error };
}

/** The next step of those that have come so far; the others keep their place and their error. @param next answers each value in its place. */
export async function settleNext<Before, After>(outcomes: readonly Settled<Before>[], next: (values: readonly Before[]) => Promise<readonly Settled<After>[]> | readonly Settled<After>[]): Promise<Settled<After>[]> {
  const values = outcomes.flatMap((outcome) => ('value' in outcome ? [outcome.value] : []));
  const answers = values.length === 0 ? [] : await next(values);
  if (answers.length !== values.length) throw new InvariantError('outcomes-incomplete', `${values.length} were asked for, ${answers.length} were answered.`);
  let answered = 0;
  return outcomes.map((outcome) => ('value' in outcome ? (answers[answered++] as Settled<After>) : outcome));
}

/** The value, or its error thrown. */
export function valueOf<Value>(outcome: Settled<Value> | undefined): Value {
  if (!outcome) throw new InvariantError('outcomes-incomplete', 'Nothing was answered.');
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
