/** How much the faults suite does: 200 points by itself, a dozen within `npm test` (`DAYBOOK_FAULTS=short`), a thousand in the long form (`DAYBOOK_LONG`). */
import { randomFrom } from './random-from.ts';

type Form = 'short' | 'whole' | 'long';

const form: Form = process.env['DAYBOOK_LONG'] ? 'long' : process.env['DAYBOOK_FAULTS'] === 'short' ? 'short' : 'whole';

export const inForm = <Value>(values: Readonly<Record<Form, Value>>): Value => values[form];

/** Random unless `DAYBOOK_SEED` names it; printed, so that a failure can be had again. */
export function seededRandom(suite: string): { readonly seed: number; readonly random: () => number } {
  const seed = Number(process.env['DAYBOOK_SEED'] ?? Date.now() % 1_000_000);
  console.log(`${suite}: seed ${seed}, ${form} form (DAYBOOK_SEED repeats it)`);
  return { seed, random: randomFrom(seed) };
}
