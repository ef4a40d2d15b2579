/** The pickers that the measures of revenue share, as they are typed and as the contract wants them. */
import { ValidationError } from '../../shared/errors/errors.ts';
import type { mrrPolicyNames } from '../../shared/api/revenue-measures.contract.ts';

export type MrrPolicyOption = (typeof mrrPolicyNames)[number];

/** What is shown of revenue, and the form of the answer. */
export interface ViewFlags {
  readonly policy?: MrrPolicyOption;
  readonly currency?: string;
  readonly plan?: string;
  readonly country?: string;
  readonly csv?: boolean;
}

export interface RangeFlags {
  readonly from?: string;
  readonly to?: string;
}

/** @throws ValidationError `usage-invalid` where flags are given that a command could only leave aside: what was asked for would not be what is answered. */
export function refuseWithout(needed: string, flags: Readonly<Record<string, unknown>>): void {
  const given = Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]));
  if (given.length > 0) throw new ValidationError('usage-invalid', `${given.join(', ')} ${given.length === 1 ? 'needs' : 'need'} ${needed}.`, { nextStep: 'See --help of the command.' });
}

/** The pickers of a command line as the contract wants them. */
export function viewOf({ policy, currency, plan, country }: { [Flag in keyof ViewFlags]?: ViewFlags[Flag] | undefined }): { policy: MrrPolicyOption; currency?: string; plan?: string; country?: string } {
  return { policy: policy ?? 'standard', ...(currency === undefined ? {} : { currency }), ...(plan === undefined ? {} : { plan }), ...(country === undefined ? {} : { country }) };
}

export function rangeOf({ from, to }: RangeFlags): { from?: string; to?: string } {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
