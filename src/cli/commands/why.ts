import type { Why } from '../../shared/api/primitives.ts';
import { moneyText, type HumanOutput } from '../output.ts';

/** “Why” of a figure as lines: what it is, the formula, what it is made of, policies, rounding, notes. */
export function printWhy(out: HumanOutput, why: Why): void {
  out.line(`\n${why.title}: ${why.figure}`);
  out.line(`  ${why.formula}`);
  for (const { label, count, amount, note } of why.inputs) {
    const figures = [count === null ? null : count.toLocaleString('en-US'), amount === null ? null : moneyText(amount.amount, amount.currency), note].filter((part) => part !== null);
    out.line(`  ${label}: ${figures.join(', ')}`);
  }
  for (const { name, value } of why.policy) out.line(`  ${name}: ${value}`);
  out.line(`  Rounding: ${why.rounding}`);
  for (const caveat of why.caveats) out.line(`  Note: ${caveat}`);
}
