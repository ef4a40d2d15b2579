/**
 * The volume at which two terms cost the same, to the unit: the smallest number of units at which both come to the same after they differed, or at which the
 * one that was dearer becomes the cheaper. Pure.
 *
 * Not every volume is rated. Between bounds of tiers, included units and the point where a minimum is reached, each cost is a straight line of units, but for
 * roundings and started blocks whose size is known. A stretch whose two ends differ by more than those, the same way, holds no crossing and is left out whole; every other one
 * is halved until single volumes are left, the smaller half first. Hence the answer is exact, for a few hundred ratings.
 */
import type { PartnerInvoiceCalculation } from '../billing/partner-invoice-calculation.ts';
import { InvariantError } from '../../shared/errors/errors.ts';
import { priceTimesQuantity } from '../../shared/money/money.ts';
import type { ContractTerms } from './contract-terms.ts';

export interface VolumeTerms {
  readonly terms: ContractTerms;
  /** A whole month with so many units. */
  rate(units: number): PartnerInvoiceCalculation;
}

const requestsPerBlock = 1_000;
/** Terms that lie within a few minor units of each other over a long way would have every volume rated; whoever asks would not wait for that. */
const mostRatings = 2_000;

class TooManyRatings extends Error {}

/** @returns null where the two never meet up to `upTo` units, or lie so close together that the question has no use. */
export function findBreakEven(before: VolumeTerms, after: VolumeTerms, meter: 'deeds' | 'requests', upTo: number): number | null {
  const volumes = meter === 'deeds' ? everyUnit(upTo) : startedBlocks([before, after], upTo);
  const costs = [remembered(before), remembered(after)] as const;
  const search = createSearch(volumes, costs, toleranceOf([before, after], meter));
  try {
    const segments = segmentsOf([before, after], costs, meter, volumes);
    let sign = 0;
    for (const [first, last] of segments) {
      let from = first;
      if (sign === 0) {
        const differs = search.isSameLine(first, last) ? null : search.firstWith(first, last, (other) => other !== 0);
        if (differs === null) continue;
        sign = search.signAt(differs);
        from = differs;
      }
      const standing = sign;
      const found = search.firstWith(from, last, (other) => other !== standing, standing);
      if (found !== null) return volumes.at(found);
    }
    return null;
  } catch (error) {
    // Nor is there one where the largest volumes come to amounts that cannot be kept exactly.
    if (error instanceof TooManyRatings || (error instanceof InvariantError && error.code === 'unsafe-amount')) return null;
    throw error;
  }
}

/** Volumes worth looking at, by their place from 0 on: a cost changes at no other. */
interface Volumes {
  readonly count: number;
  at(place: number): number;
}

function everyUnit(upTo: number): Volumes {
  return { count: upTo + 1, at: (place) => place };
}

/** Nothing, and the first request of each started block under either terms. */
function startedBlocks(both: readonly VolumeTerms[], upTo: number): Volumes {
  const found = new Set([0]);
  for (const { terms } of both) for (let units = terms.includedUnits + 1; units <= upTo; units += requestsPerBlock) found.add(units);
  const sorted = [...found].sort((a, b) => a - b);
  return { count: sorted.length, at: (place) => sorted[place] ?? 0 };
}

interface Cost {
  readonly calculation: PartnerInvoiceCalculation;
  readonly minor: number;
}

type CostAt = (units: number) => Cost;

function remembered(volume: VolumeTerms): CostAt {
  const known = new Map<number, Cost>();
  return (units) => {
    let cost = known.get(units);
    if (!cost) {
      if (known.size >= mostRatings) throw new TooManyRatings();
      const calculation = volume.rate(units);
      cost = { calculation, minor: calculation.subtotalMinor };
      known.set(units, cost);
    }
    return cost;
  };
}

function pricingOf({ pricing }: ContractTerms) {
  return pricing.model === 'flat' ? null : pricing.model === 'per_request' ? pricing.blocks : pricing.deeds;
}

/**
 * How far a difference of costs may stand off the straight line between two volumes: a cost is rounded twice (line and discount), and of a started block all is
 * paid with its first request. Each end may be off by as much.
 */
function toleranceOf(both: readonly VolumeTerms[], meter: 'deeds' | 'requests'): number {
  return both.reduce((sum, { terms }) => {
    const pricing = pricingOf(terms);
    const prices = pricing ? [pricing.unitPrice, ...(pricing.tiers?.tiers.map((tier) => tier.unitPrice) ?? [])] : [];
    const dearestBlock = meter === 'requests' ? Math.max(0, ...prices.map((price) => priceTimesQuantity(price, 1, terms.currency, 'up'))) : 0;
    return sum + 2 * (1 + dearestBlock);
  }, 0);
}

/** Stretches of places, both ends included, on which each cost is one line: between included units, bounds of tiers and the reaching of a minimum. */
function segmentsOf(both: readonly VolumeTerms[], costs: readonly CostAt[], meter: 'deeds' | 'requests', volumes: Volumes): [number, number][] {
  const factor = meter === 'requests' ? requestsPerBlock : 1;
  const bounds = both.flatMap(({ terms }) => [0, ...(pricingOf(terms)?.tiers?.tiers.flatMap((tier) => tier.upTo ?? []) ?? [])].map((bound) => terms.includedUnits + bound * factor + 1));
  const starts = new Set([0, ...bounds.map((units) => placeOf(volumes, units)).filter((place) => place < volumes.count)]);
  const rough = [...starts].sort((a, b) => a - b);
  for (const [index, start] of rough.entries()) {
    const last = (rough[index + 1] ?? volumes.count) - 1;
    for (const cost of costs) {
      const isToppedUp = (place: number): boolean => cost(volumes.at(place)).calculation.lines.some((line) => line.kind === 'minimum');
      if (isToppedUp(start) && !isToppedUp(last)) starts.add(firstPlace(start, last, (place) => !isToppedUp(place)));
    }
  }
  const sorted = [...starts].sort((a, b) => a - b);
  return sorted.map((start, index) => [start, (sorted[index + 1] ?? volumes.count) - 1]);
}

/** The first place whose volume is not below `units`. */
function placeOf(volumes: Volumes, units: number): number {
  return firstPlace(0, volumes.count, (place) => place === volumes.count || volumes.at(place) >= units);
}

/** The first place in [low, high] from which on something holds; it holds at `high`. */
function firstPlace(low: number, high: number, holds: (place: number) => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

function createSearch(volumes: Volumes, [before, after]: readonly [CostAt, CostAt], tolerance: number) {
  const beforeAt = (place: number): number => before(volumes.at(place)).minor;
  const afterAt = (place: number): number => after(volumes.at(place)).minor;
  const differenceAt = (place: number): number => afterAt(place) - beforeAt(place);
  const signAt = (place: number): number => Math.sign(differenceAt(place));

  /** Whether no volume between the two can have another sign than `sign`, which both ends have. */
  function holdsThroughout(first: number, last: number, sign: number): boolean {
    if (Math.abs(differenceAt(first)) > tolerance && Math.abs(differenceAt(last)) > tolerance) return true;
    // Within a stretch no cost falls: the one's smallest against the other's largest.
    return sign > 0 ? afterAt(first) > beforeAt(last) : afterAt(last) < beforeAt(first);
  }

  /** The first place in [first, last] whose sign is wanted; `standing` is the sign that is not, where there is but one. */
  function firstWith(first: number, last: number, isWanted: (sign: number) => boolean, standing = 0): number | null {
    if (isWanted(signAt(first))) return first;
    if (first === last) return null;
    if (standing !== 0 && signAt(last) === standing && holdsThroughout(first, last, standing)) return null;
    if (first + 1 === last) return isWanted(signAt(last)) ? last : null;
    const middle = Math.floor((first + last) / 2);
    return firstWith(first, middle, isWanted, standing) ?? firstWith(middle + 1, last, isWanted, standing);
  }

  const shapeAt = (cost: CostAt, place: number): string => {
    const { lines, discountMinor } = cost(volumes.at(place)).calculation;
    return JSON.stringify([lines.map((line) => [line.kind, line.quantity, line.unitPrice, line.amountMinor]), discountMinor]);
  };

  /** Whether both costs are one and the same line on a stretch: made of the same lines at both ends. */
  const isSameLine = (first: number, last: number): boolean => shapeAt(before, first) === shapeAt(after, first) && shapeAt(before, last) === shapeAt(after, last);

  return { signAt, firstWith, isSameLine };
}
