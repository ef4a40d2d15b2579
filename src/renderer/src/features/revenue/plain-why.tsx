import type { ReactNode } from 'react';
import type { Why } from '../../../../shared/api/primitives.ts';
import { WhyButton } from '../../components/why-popover.tsx';

/** “Why” of a figure that is plainly told: a difference of two others, or a sum of what Stripe says. */
export function PlainWhy({ title, figure, formula, inputs, asOf, label, rounding = 'None: one figure less another.', children }: { title: string; figure: string; formula: string; inputs: Why['inputs']; asOf: number; label: string; rounding?: string; children: ReactNode }) {
  const why: Why = { title, figure, formula, inputs, asOf, policy: [], rounding, sources: [], caveats: [] };
  return <WhyButton questionKey={['difference', title, figure, asOf]} ask={() => Promise.resolve(why)} label={label}>{children}</WhyButton>;
}
