/**
 * What one customer adds to the kept sums of revenue, from the customer's movements. The sums are these over all customers, and a change adds the difference. Pure.
 */
import { allPolicies, policyPresets } from './mrr-policy.ts';
import type { PolicyMovement, Trial } from './customer-revenue.ts';

export interface Contribution {
  /** The bit of a policy; all bits for what customers add who are the same under each. */
  readonly policy: number;
  readonly dimension: 'all' | 'plan' | 'country' | 'cohort';
  /** '*': converted. */
  readonly currency: string;
  readonly member: string;
  readonly month: string;
  readonly kind: string;
  amountMinor: number;
  functionalMinor: number;
  movements: number;
  customersJoined: number;
  customersLeft: number;
}

/** The kind under which a cohort's sums count its customers, in its own month: one "movement" each, and nothing moved. */
export const firstOfCohort = 'first';

/** By its key in the sums. */
export type Contributions = Map<string, Contribution>;

interface Scope {
  readonly dimension: Contribution['dimension'];
  readonly currency: string;
  readonly member: string;
  /** Day → kind → sums, in order of time. */
  readonly days: Map<string, Map<string, { amount: number; functional: number }>>;
}

/** @param country where the customer is, '' for unknown. */
export function contributionsOf(movements: readonly PolicyMovement[], country: string): Contributions {
  const contributions: Contributions = new Map();
  addCustomer(contributions, movements, country);
  return contributions;
}

/** Adds what one customer adds, without a sum of its own in between. */
export function addCustomer(contributions: Contributions, movements: readonly PolicyMovement[], country: string): void {
  if (movements.length === 0) return;
  const isSameForAll = movements.every(({ policies }) => policies === allPolicies);
  for (const policy of isSameForAll ? [allPolicies] : policyPresets.map(({ bit }) => bit)) {
    const under = movements.filter(({ policies }) => (policies & policy) !== 0).sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
    for (const scope of scopesOf(under, country)) {
      addScope(contributions, scope, policy);
      if (scope.dimension === 'cohort') addFirst(contributions, scope, policy);
    }
  }
}

/** Counts the customer of a cohort once, whatever came and went within its first month. */
function addFirst(contributions: Contributions, { dimension, currency, member }: Scope, policy: number): void {
  contributionOf(contributions, { policy, dimension, currency, member, month: member, kind: firstOfCohort }).movements += 1;
}

/** The month of the first MRR there is in a currency, or of any that is converted: what has no rate yet is no MRR of the whole. */
function cohortsOf(movements: readonly PolicyMovement[]): Map<string, string> {
  const cohorts = new Map<string, string>();
  for (const { day, currency, amountMinor, nativeMinor } of movements) {
    if (amountMinor !== 0 && !cohorts.has('*')) cohorts.set('*', day.slice(0, 7));
    if (nativeMinor !== 0 && !cohorts.has(currency)) cohorts.set(currency, day.slice(0, 7));
  }
  return cohorts;
}

/** @param movements by day. */
function scopesOf(movements: readonly PolicyMovement[], country: string): Scope[] {
  const cohorts = cohortsOf(movements);
  const scopes = new Map<string, Scope>();
  const add = (dimension: Contribution['dimension'], currency: string, member: string, { day, kind }: PolicyMovement, amount: number, functional: number): void => {
    const key = `${dimension}/${currency}/${member}`;
    let scope = scopes.get(key);
    if (!scope) scopes.set(key, (scope = { dimension, currency, member, days: new Map() }));
    let kinds = scope.days.get(day);
    if (!kinds) scope.days.set(day, (kinds = new Map()));
    const sum = kinds.get(kind);
    if (sum) {
      sum.amount += amount;
      sum.functional += functional;
    } else kinds.set(kind, { amount, functional });
  };
  for (const movement of movements) {
    const { priceId, currency } = movement;
    for (const [dimension, ofAll, ofCurrency] of [['all', '', ''], ['plan', priceId, priceId], ['country', country, country], ['cohort', cohorts.get('*'), cohorts.get(currency)]] as const) {
      if (ofAll !== undefined) add(dimension, '*', ofAll, movement, movement.amountMinor, movement.amountMinor);
      if (ofCurrency !== undefined) add(dimension, currency, ofCurrency, movement, movement.nativeMinor, movement.amountMinor);
    }
  }
  return [...scopes.values()];
}

/** One customer's movement within what is asked for. */
export interface ScopedMovement {
  readonly customerId: string;
  readonly day: string;
  readonly kind: string;
  readonly member: string;
  readonly amountMinor: number;
  readonly functionalMinor: number;
}

/** Sums of movements by member and month as they would be kept for them. @param movements by customer, then by day. */
export function sumsOfMovements(movements: Iterable<ScopedMovement>, key: { readonly policy: number; readonly currency: string }): Contributions {
  const contributions: Contributions = new Map();
  const scopes = new Map<string, Scope>();
  for (const { customerId, day, kind, member, amountMinor, functionalMinor } of movements) {
    const name = `${customerId}/${member}`;
    let scope = scopes.get(name);
    if (!scope) scopes.set(name, (scope = { dimension: 'all', currency: key.currency, member, days: new Map() }));
    const kinds = scope.days.get(day) ?? new Map<string, { amount: number; functional: number }>();
    scope.days.set(day, kinds);
    const sum = kinds.get(kind) ?? { amount: 0, functional: 0 };
    kinds.set(kind, { amount: sum.amount + amountMinor, functional: sum.functional + functionalMinor });
  }
  for (const scope of scopes.values()) addScope(contributions, scope, key.policy);
  return contributions;
}

function addScope(contributions: Contributions, { dimension, currency, member, days }: Scope, policy: number): void {
  let total = 0;
  for (const [day, kinds] of days) {
    const before = total;
    for (const { amount } of kinds.values()) total += amount;
    const joined = before === 0 && total !== 0 ? 1 : 0;
    const left = before !== 0 && total === 0 ? 1 : 0;
    // Who joins or leaves does so by what was done, not by a rate, where both happen on a day.
    const crossing = [...kinds.keys()].find((kind) => kind !== 'exchange-rate') ?? 'exchange-rate';
    for (const [kind, { amount, functional }] of kinds) {
      const crosses = kind === crossing ? { joined, left } : { joined: 0, left: 0 };
      if (amount === 0 && functional === 0 && crosses.joined === 0 && crosses.left === 0) continue;
      const sum = contributionOf(contributions, { policy, dimension, currency, member, month: day.slice(0, 7), kind });
      sum.amountMinor += amount;
      sum.functionalMinor += functional;
      sum.movements += 1;
      sum.customersJoined += crosses.joined;
      sum.customersLeft += crosses.left;
    }
  }
}

type Key = Pick<Contribution, 'policy' | 'dimension' | 'currency' | 'member' | 'month' | 'kind'>;

function contributionOf(contributions: Contributions, key: Key): Contribution {
  const text = `${key.policy}/${key.dimension}/${key.currency}/${key.member}/${key.month}/${key.kind}`;
  let sum = contributions.get(text);
  if (!sum) contributions.set(text, (sum = { ...key, amountMinor: 0, functionalMinor: 0, movements: 0, customersJoined: 0, customersLeft: 0 }));
  return sum;
}

/** Adds sums, or takes them away. */
export function addContributions(all: Contributions, more: Contributions, sign: 1 | -1): void {
  for (const [key, one] of more) {
    let sum = all.get(key);
    if (!sum) all.set(key, (sum = { ...one, amountMinor: 0, functionalMinor: 0, movements: 0, customersJoined: 0, customersLeft: 0 }));
    sum.amountMinor += sign * one.amountMinor;
    sum.functionalMinor += sign * one.functionalMinor;
    sum.movements += sign * one.movements;
    sum.customersJoined += sign * one.customersJoined;
    sum.customersLeft += sign * one.customersLeft;
  }
}

export const movesNothing = (sum: Contribution): boolean => sum.amountMinor === 0 && sum.functionalMinor === 0 && sum.movements === 0 && sum.customersJoined === 0 && sum.customersLeft === 0;

export interface TrialMonth {
  started: number;
  ended: number;
  converted: number;
}

/** Trials by month of their start, and by month of their end with how many of them were paid for afterwards. */
export function addTrials(months: Map<string, TrialMonth>, trials: readonly Trial[], sign: 1 | -1): void {
  const of = (month: string): TrialMonth => {
    let sum = months.get(month);
    if (!sum) months.set(month, (sum = { started: 0, ended: 0, converted: 0 }));
    return sum;
  };
  for (const { startedMonth, endedMonth, isConverted } of trials) {
    of(startedMonth).started += sign;
    if (endedMonth === null) continue;
    of(endedMonth).ended += sign;
    if (isConverted) of(endedMonth).converted += sign;
  }
}
