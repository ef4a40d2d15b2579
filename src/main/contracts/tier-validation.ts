/** What price tiers must be like: bounds that rise, an open end, a price in each. Pure. */
import type { FieldValue } from './change-set.ts';
import { isList, isObject } from './contract-values.ts';

interface Broken {
  readonly code: string;
  readonly message: string;
}

const mostTiers = 100;

/** @param problemOfPrice the rule of every price. */
export function tierProblem(value: FieldValue, problemOfPrice: (price: FieldValue) => Broken | null): Broken | null {
  const list = isObject(value) ? (value['tiers'] ?? null) : null;
  if (!isObject(value) || !isList(list)) return { code: 'tiers-invalid', message: 'a mode and a list of tiers are needed.' };
  if (value['mode'] !== 'graduated' && value['mode'] !== 'volume') return { code: 'tiers-invalid', message: 'the mode is graduated or volume.' };
  if (list.length === 0 || list.length > mostTiers) return { code: 'tiers-invalid', message: `between 1 and ${mostTiers} tiers are needed.` };
  let below = 0;
  for (const [index, tier] of list.entries()) {
    const bound = isObject(tier) ? (tier['upTo'] ?? null) : undefined;
    if (!isObject(tier) || bound === undefined) return { code: 'tiers-invalid', message: `tier ${index + 1} lacks its bound or its price.` };
    const isLast = index === list.length - 1;
    if (isLast !== (bound === null)) return { code: 'tiers-not-open-ended', message: isLast ? 'the last tier must be open-ended, so that every unit has a price.' : `tier ${index + 1} is open-ended, but it is not the last.` };
    if (bound !== null && (typeof bound !== 'number' || !Number.isSafeInteger(bound) || bound <= below)) return { code: 'tiers-not-rising', message: `the bound of tier ${index + 1} must be a whole number above ${below.toLocaleString('en-US')}.` };
    const price = problemOfPrice(tier['unitPrice'] ?? null);
    if (price) return { code: price.code, message: `tier ${index + 1}: ${price.message}` };
    below = Number(bound);
  }
  return null;
}
