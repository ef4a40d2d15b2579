import type { ReactNode } from 'react';
import type { Why } from '../../../../shared/api/primitives.ts';
import { WhyButton } from '../../components/why-popover.tsx';

/** “Why” of a figure that is the difference of two others, each of which has its own why beside it. */
export function PlainWhy({ title, figure, formula, inputs, asOf, label, children }: { title: string; figure: string; formula: string; inputs: Why['inputs']; asOf: number; label: string; children: ReactNode }) {
  const why: Why = { title, figure, formula, inputs, asOf, policy: [], rounding: 'None: one figure less another.', sources: [], caveats: [] };
  return <WhyButton questionKey={['difference', title, figure, asOf]} ask={() => Promise.resolve(why)} label={label}>{children}</WhyButton>;
}
