/** Terms as a timeline holds them: what a day follows, and what of it is agreed at all. Pure. */
import type { z } from 'zod';
import type { FieldValueView } from '../../../../../shared/api/changes.contract.ts';
import type { termsInForceSchema } from '../../../../../shared/api/contracts.contract.ts';
import type { Values } from './term-form.ts';

type Terms = Pick<z.infer<typeof termsInForceSchema>, 'effectiveFrom' | 'version' | 'values'>;

const notTerms = new Set(['partner_id', 'contract_id', 'api_key_prefix', 'further_prefixes', 'currency', 'effective_from', 'effective_to']);

/** What a new amendment from a day begins with: the terms that hold on the day before, not whose they are nor from when. What is only wanted yet does not count. */
export function termsBefore(timeline: readonly Terms[], day: string): Values {
  const stands = timeline.filter((terms) => terms.version > 0);
  const before = stands.findLast((terms) => terms.effectiveFrom < day) ?? stands[0];
  return Object.fromEntries(Object.entries(before?.values ?? {}).filter(([column]) => !notTerms.has(column)));
}

/** Nothing and none are no terms: a discount of 0 is not listed. */
export function isAgreed(value: FieldValueView | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === 0) return false;
  return typeof value !== 'object' || Object.values(value).length > 0;
}
