/**
 * Pairs by attributes what no id brought together (domain.md §6, level 2: “three-way by id, then by attributes”): a payment of Stripe's that a store lacks, and a record of that store that Stripe does not list.
 * Pure. What is not plain stays apart: a pair is made only where neither side has another that fits.
 */
import { daysBetween, monthOf, type LocalDate } from '../../shared/calendar/local-date.ts';

/** What decides which two are one; part of `comparisonPolicy` and counted by its version. */
export const pairingPolicy = {
  /** Within this everything but the id agreeing is enough, whatever else fits farther away; and only within this may amount or currency differ. */
  sameMomentMs: 60_000,
  /** Farther apart than this no two are one. */
  farthestMs: 86_400_000,
  /** A store that lacks more than so many has another trouble than ids: nothing is paired in it, so that a run needs no more memory for it. */
  mostLeftOver: 10_000,
} as const;

/** In what two that are one differ beside their ids, the gravest first. */
export type PairDifference = 'currency' | 'amount' | 'fee' | 'status' | 'month';

/** One of two that may be one. */
export interface PairSide {
  /** Its name among its kind. */
  readonly key: string;
  /** payment, refund or dispute. */
  readonly kind: string;
  /** Minor units, signed as Stripe signs them. */
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly currency: string;
  /** null: the store does not say. */
  readonly status: string | null;
  /** Epoch milliseconds; where a store knows the day alone, the start of that day in UTC, for both sides. */
  readonly at: number;
  readonly on: LocalDate;
}

export interface AttributePair {
  readonly lacking: PairSide;
  readonly stray: PairSide;
  readonly differs: readonly PairDifference[];
  /** Basis points: 10,000 would be certain, which attributes alone never are. */
  readonly score: number;
  /** Sentences for a person, the strongest first. */
  readonly reasons: readonly string[];
}

export interface PairingRules {
  /** Whether the store knows the day alone: then no moment speaks for two whose amounts differ. */
  readonly isDayOnly: boolean;
  /** What a person said is one, and is not: names by {@link pairName}. */
  readonly linked: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
}

/** What a pair is linked to (`linkTo`) that a person refused: its two sides stand by themselves. */
export const refusedLink = 'refused/pair';

/** What a person's word about a pair is kept under. */
export const pairName = (lackingKey: string, strayKey: string): string => `${lackingKey}|${strayKey}`;

/**
 * What a person linked first; then what agrees in everything but the id at the same moment; then what agrees within a day, with another fee or another status at most, or at the same moment with another
 * amount or another currency at most. Each only where neither of the two has a second that fits. The order of the lists does not matter.
 */
export function pairByAttributes(lacking: readonly PairSide[], strays: readonly PairSide[], rules: PairingRules): AttributePair[] {
  const pairs: AttributePair[] = [];
  const taken = new Set<PairSide>();
  const take = (one: PairSide, other: PairSide): void => {
    taken.add(one).add(other);
    pairs.push({ lacking: one, stray: other, ...describe(one, other, rules.isDayOnly) });
  };
  const [lackingByKey, strayByKey] = [lacking, strays].map((sides) => new Map(sides.map((one) => [one.key, one])));
  for (const name of rules.linked) {
    const [lackingKey, strayKey] = name.split('|');
    const one = lackingByKey?.get(lackingKey ?? '');
    const other = strayByKey?.get(strayKey ?? '');
    if (one && other && !taken.has(one) && !taken.has(other)) take(one, other);
  }
  for (const buckets of [momentBuckets, rules.isDayOnly ? dayBuckets : allBuckets]) {
    const left = { lacking: lacking.filter((one) => !taken.has(one)), strays: strays.filter((one) => !taken.has(one)) };
    const byLacking = indexOf(left.lacking, buckets);
    const byStray = indexOf(left.strays, buckets);
    for (const one of left.lacking) {
      const other = soleFit(one, byStray, buckets, (each) => !rules.refused.has(pairName(one.key, each.key)));
      if (other && soleFit(other, byLacking, buckets, (each) => !rules.refused.has(pairName(each.key, other.key))) === one) take(one, other);
    }
  }
  return pairs;
}

/** Two of which both are in one bucket fit within its span. */
interface Bucket {
  /** null: it is in no such bucket. */
  readonly nameOf: (side: PairSide) => string | null;
  readonly spanMs: number;
}
const signOf = (side: PairSide): string => `${side.kind}|${Math.sign(side.amountMinor)}`;
const { sameMomentMs, farthestMs } = pairingPolicy;
const momentBuckets: readonly Bucket[] = [{ nameOf: (side) => `${signOf(side)}|${side.amountMinor}|${side.currency}|${side.feeMinor}|${side.status}`, spanMs: sameMomentMs }];
const dayBuckets: readonly Bucket[] = [
  { nameOf: (side) => `${signOf(side)}|${side.amountMinor}|${side.currency}|${side.status}`, spanMs: farthestMs },
  { nameOf: (side) => `${signOf(side)}|${side.amountMinor}|${side.currency}|${side.feeMinor}`, spanMs: farthestMs },
];
const allBuckets: readonly Bucket[] = [
  ...dayBuckets,
  // The fee follows from the amount: the same fee says that it is the amount that was recorded wrong. No fee says nothing.
  { nameOf: (side) => (side.feeMinor === 0 ? null : `${signOf(side)}|${side.currency}|${side.feeMinor}|${side.status}`), spanMs: sameMomentMs },
  { nameOf: (side) => `${signOf(side)}|${side.amountMinor}|${side.feeMinor}|${side.status}`, spanMs: sameMomentMs },
];

/** By bucket and name what is in it, the earliest first. */
type Index = readonly ReadonlyMap<string, readonly PairSide[]>[];

function indexOf(sides: readonly PairSide[], buckets: readonly Bucket[]): Index {
  const sorted = sides.toSorted((a, b) => a.at - b.at);
  return buckets.map(({ nameOf }) => {
    const byName = new Map<string, PairSide[]>();
    for (const side of sorted) {
      const name = nameOf(side);
      if (name === null) continue;
      const known = byName.get(name);
      if (known) known.push(side);
      else byName.set(name, [side]);
    }
    return byName;
  });
}

/** The one of the index that fits; null: none does, or several do. */
function soleFit(side: PairSide, index: Index, buckets: readonly Bucket[], mayBe: (other: PairSide) => boolean): PairSide | null {
  let found: PairSide | null = null;
  for (const [place, { nameOf, spanMs }] of buckets.entries()) {
    const name = nameOf(side);
    const among = name === null ? undefined : index[place]?.get(name);
    if (!among) continue;
    for (let at = firstFrom(among, side.at - spanMs); at < among.length; at += 1) {
      const other = among[at];
      if (!other || other.at > side.at + spanMs) break;
      if (other === found || !mayBe(other)) continue;
      if (found) return null;
      found = other;
    }
  }
  return found;
}

/** The place of the first that is not before an instant. */
function firstFrom(sorted: readonly PairSide[], instant: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.at ?? 0) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What speaks for two being one, and in what they differ. */
function describe(one: PairSide, other: PairSide, isDayOnly: boolean): Pick<AttributePair, 'differs' | 'score' | 'reasons'> {
  const differs: PairDifference[] = [];
  if (one.currency !== other.currency) differs.push('currency');
  if (one.amountMinor !== other.amountMinor) differs.push('amount');
  if (one.feeMinor !== other.feeMinor) differs.push('fee');
  if (one.status !== other.status) differs.push('status');
  if (monthOf(one.on) !== monthOf(other.on)) differs.push('month');
  const days = Math.abs(daysBetween(one.on, other.on));
  const isSameMoment = !isDayOnly && Math.abs(one.at - other.at) <= sameMomentMs;
  const lost = { currency: 1_500, amount: 1_500, fee: 1_000, status: 500, month: 0 } as const;
  return {
    differs,
    score: Math.max(0, (isSameMoment ? 9_900 : 9_500 - days * 400) - differs.reduce((sum, each) => sum + lost[each], 0)),
    reasons: [
      one.amountMinor === other.amountMinor ? (one.currency === other.currency ? 'The same amount in the same currency.' : 'The same amount in another currency.') : 'Another amount.',
      isSameMoment ? 'At the same moment.' : days === 0 ? 'Of the same day.' : `${days} ${days === 1 ? 'day' : 'days'} apart.`,
      one.feeMinor === other.feeMinor ? 'The same fee.' : 'Another fee.',
      ...(one.status === null || other.status === null ? [] : [one.status === other.status ? 'The same status.' : 'Another status.']),
      'Nothing else fits either of them.',
    ],
  };
}
