/**
 * What other terms would have come to: months of real usage rated under the standing and the proposed terms, each as if it had held in every one of them from
 * the first day to the last (domain.md §4, Rehearsal); and the volume at which both cost the same. Amounts before tax. Pure; the rating is billing's own.
 */
import { month as toMonth, type Month } from '../../shared/calendar/local-date.ts';
import { calculatePartnerInvoice, meterOf, type MeteredUsage } from '../billing/partner-invoice-calculation.ts';
import { findBreakEven, type VolumeTerms } from './break-even.ts';
import type { ContractTerms } from './contract-terms.ts';

export interface UsedMonth {
  readonly month: Month;
  /** Under the proposed prefixes; null where there is nothing proposed. */
  readonly after: MeteredUsage;
  /** Under the standing ones. */
  readonly before: MeteredUsage;
}

export interface RehearsedMonth {
  readonly month: Month;
  readonly deeds: number;
  readonly requests: number;
  readonly before: number | null;
  readonly after: number | null;
  readonly delta: number | null;
}

export interface CurvePoint {
  readonly units: number;
  readonly before: number | null;
  readonly after: number | null;
}

export interface RehearsedTerms {
  readonly months: readonly RehearsedMonth[];
  readonly delta: number | null;
  readonly dearestMonth: Month | null;
  readonly cheapestMonth: Month | null;
  readonly breakEvenUnits: number | null;
  readonly meter: 'deeds' | 'requests';
  readonly curve: readonly CurvePoint[];
}

const curveSteps = 40;
/** The curve goes to twice the largest month, and at least so far that a partner who used nothing yet gets a picture. */
const smallestCurve = { deeds: 100, requests: 100_000 } as const;
/** The break-even volume is looked for up to ten times the largest month, and at least so far. */
const smallestSearch = { deeds: 100_000, requests: 10_000_000 } as const;

/**
 * @param before null for a new contract, or where the standing terms cannot be rated; `after` null where the proposed ones cannot.
 * Both in one currency: amounts of two cannot be compared.
 */
export function rehearse({ before, after, months }: { readonly before: ContractTerms | null; readonly after: ContractTerms | null; readonly months: readonly UsedMonth[] }): RehearsedTerms {
  const rated = months.map(({ month, after: proposed, before: standing }): RehearsedMonth => {
    const [costBefore, costAfter] = [before && subtotalOf(before, standing, month), after && subtotalOf(after, proposed, month)];
    return { month, ...proposed, before: costBefore, after: costAfter, delta: costBefore === null || costAfter === null ? null : costAfter - costBefore };
  });
  const meter = (after && meterOf(after)) ?? (before && meterOf(before)) ?? 'deeds';
  const largest = Math.max(0, ...months.map((used) => used.after[meter]));
  const isOneMeter = [before, after].every((terms) => !terms || meterOf(terms) === null || meterOf(terms) === meter);
  const volumes = { before: before && isOneMeter ? volumeTerms(before, meter) : null, after: after && volumeTerms(after, meter) };
  const breakEvenUnits = volumes.before && volumes.after ? findBreakEven(volumes.before, volumes.after, meter, Math.max(largest * 10, smallestSearch[meter])) : null;
  // Where the two meet is in the picture, with the way they part.
  return { months: rated, ...extremesOf(rated), meter, breakEvenUnits, curve: curveOf(volumes, Math.max(largest * 2, smallestCurve[meter], Math.ceil(((breakEvenUnits ?? 0) * 5) / 4))) };
}

/** What the terms cost for a whole month, before tax, in minor units. */
export function subtotalOf(terms: ContractTerms, usage: MeteredUsage, month: Month): number {
  return calculatePartnerInvoice([{ terms: asIfAlways(terms), usage }], month).subtotalMinor;
}

/** The terms as if they had held on every day. */
export function asIfAlways(terms: ContractTerms): ContractTerms {
  return { ...terms, effectiveFrom: '1900-01-01', effectiveTo: null };
}

/** Any whole month: what it costs depends on units alone. */
const anyMonth = toMonth('2026-01');

function volumeTerms(terms: ContractTerms, meter: 'deeds' | 'requests'): VolumeTerms {
  const always = asIfAlways(terms);
  return { terms, rate: (units) => calculatePartnerInvoice([{ terms: always, usage: meter === 'deeds' ? { deeds: units, requests: 0 } : { deeds: 0, requests: units } }], anyMonth) };
}

/** The dearest month is the one in which the proposed terms cost the partner most against the standing ones; none where nothing differs. */
function extremesOf(months: readonly RehearsedMonth[]): Pick<RehearsedTerms, 'delta' | 'dearestMonth' | 'cheapestMonth'> {
  const compared = months.flatMap(({ month, delta }) => (delta === null ? [] : [{ month, delta }]));
  if (compared.length === 0) return { delta: null, dearestMonth: null, cheapestMonth: null };
  const ordered = compared.toSorted((a, b) => a.delta - b.delta);
  const differs = ordered[0]?.delta !== ordered.at(-1)?.delta;
  return {
    delta: compared.reduce((sum, { delta }) => sum + delta, 0),
    dearestMonth: differs ? (compared.find(({ delta }) => delta === ordered.at(-1)?.delta)?.month ?? null) : null,
    cheapestMonth: differs ? (ordered[0]?.month ?? null) : null,
  };
}

function curveOf({ before, after }: { readonly before: VolumeTerms | null; readonly after: VolumeTerms | null }, upTo: number): CurvePoint[] {
  const step = Math.max(1, Math.ceil(upTo / curveSteps));
  return Array.from({ length: curveSteps + 1 }, (_, index) => index * step).map((units) => ({ units, before: before?.rate(units).subtotalMinor ?? null, after: after?.rate(units).subtotalMinor ?? null }));
}
