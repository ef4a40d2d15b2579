/** The rules MRR follows (domain.md §7), stored with every result they shaped. */
import type { mrrPolicyNames } from '../../shared/api/revenue-measures.contract.ts';

export interface MrrPolicy {
  readonly version: 1;
  readonly discounts: 'forever-only';
  readonly pastDue: 'counts-until-ended';
  readonly churn: 'when-ended';
  readonly conversion: 'start-of-service-period';
  readonly rounding: 'half-away-from-zero-per-item';
}

export const defaultMrrPolicy: MrrPolicy = {
  version: 1, discounts: 'forever-only', pastDue: 'counts-until-ended', churn: 'when-ended', conversion: 'start-of-service-period', rounding: 'half-away-from-zero-per-item',
};

export type MrrPolicyName = (typeof mrrPolicyNames)[number];

/** Where presets differ. All else (tax, usage and one-time lines, trials, pauses, conversion, rounding) is the same under each. */
export interface PolicyRules {
  /** `forever`: only what lasts for ever reduces MRR. `as-billed`: each period counts less whatever was taken off its line. */
  readonly discounts: 'forever' | 'as-billed';
  /** `counts`: until the subscription ends or is unpaid. `dropped`: from the day after an invoice fell due unpaid until it is paid. */
  readonly pastDue: 'counts' | 'dropped';
}

export interface PolicyPreset extends PolicyRules {
  readonly name: MrrPolicyName;
  /** Its place in a set of policies. */
  readonly bit: 1 | 2 | 4;
  readonly title: string;
}

export const policyPresets: readonly PolicyPreset[] = [
  { name: 'standard', bit: 1, title: 'Standard', discounts: 'forever', pastDue: 'counts' },
  { name: 'all-discounts', bit: 2, title: 'All discounts count', discounts: 'as-billed', pastDue: 'counts' },
  { name: 'strict', bit: 4, title: 'Past due dropped at once', discounts: 'forever', pastDue: 'dropped' },
];

/** The set of all presets. */
export const allPolicies = 7;

export function presetOf(name: MrrPolicyName): PolicyPreset {
  const preset = policyPresets.find((candidate) => candidate.name === name);
  if (!preset) throw new RangeError(`There is no policy ${name}.`);
  return preset;
}

/** The rules of a preset in words, for "why" and for the choice between presets. */
export function rulesInWords({ discounts, pastDue }: PolicyRules): { name: string; value: string }[] {
  return [
    { name: 'Discounts', value: discounts === 'forever' ? 'Forever discounts reduce MRR, a fixed amount by what the invoice took off each line for it; once and repeating ones do not.' : 'Every discount reduces MRR in the periods it was billed in; a change within such a period keeps its discount.' },
    { name: 'Past due', value: pastDue === 'counts' ? 'Counts until the subscription ends or is unpaid.' : 'Counts nothing from the day after an invoice fell due unpaid, and again from the day it is paid.' },
    { name: 'Usage and one-time lines', value: 'Out, on renewals too.' },
  ];
}
