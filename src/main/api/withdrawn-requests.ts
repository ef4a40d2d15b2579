/**
 * Questions that were taken back: one who types sends a question with each key and takes the one before back. While a long query holds the thread, both
 * wait in the socket; what was taken back meanwhile is not answered at all.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StateError } from '../../shared/errors/errors.ts';

/**
 * Lets the messages that already wait be read first, then asks.
 * @throws StateError `request-withdrawn` when the caller took the question back; nobody waits for that answer any more.
 */
export async function unlessWithdrawn<Answer>(signal: AbortSignal | undefined, ask: () => Answer): Promise<Answer> {
  await nextTurn();
  if (signal?.aborted) throw new StateError('request-withdrawn', 'The question was taken back before it was answered.');
  return ask();
}
