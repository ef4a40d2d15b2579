/**
 * The kept sums of revenue (migrations 0042, 0043) as they are asked for: what moved MRR by month, and what is the same for every view. MRR at a month's end
 * is the sum of all that moved up to it.
 */
import type { Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { firstOfCohort } from '../revenue/revenue-contributions.ts';
import { readCrossed } from './revenue-cross.queries.ts';
import type { MemberMove, MonthMove, SumScope } from './revenue-sum-scope.ts';

const columns = 'month, kind, amount_minor AS amountMinor, functional_minor AS functionalMinor, movements, customers_joined AS joined, customers_left AS left';
const movesOfScope = sql('revenue-sums.scope', `SELECT ${columns} FROM revenue_rollups WHERE policy IN (:policyBit, 7) AND dimension = :dimension AND currency = :currency AND member = :member AND month <= :to ORDER BY month`);
/** A range of months as one: what came before it stands in the month '0000-01', what came in it in its last. */
const rangeColumns = `iif(month < :from, '0000-01', :to) AS month, kind, sum(amount_minor) AS amountMinor, sum(functional_minor) AS functionalMinor, sum(movements) AS movements, sum(customers_joined) AS joined, sum(customers_left) AS left, member, currency`;
const movesOfMembers = sql('revenue-sums.members', `SELECT ${rangeColumns} FROM revenue_rollups WHERE policy IN (:policyBit, 7) AND dimension = :dimension AND currency = :currency AND month <= :to GROUP BY member, month < :from, kind ORDER BY member`);
const movesOfCurrencies = sql('revenue-sums.currencies', `SELECT ${rangeColumns} FROM revenue_rollups WHERE policy IN (:policyBit, 7) AND dimension = :dimension AND currency <> '*' AND member = :member AND month <= :to GROUP BY currency, month < :from, kind ORDER BY currency`);
const cohortMonths = sql(
  'revenue-sums.cohorts',
  `SELECT member AS cohort, month, sum(amount_minor) AS amountMinor, sum(customers_joined - customers_left) AS customers, sum(iif(kind = '${firstOfCohort}', movements, 0)) AS firsts
     FROM revenue_rollups WHERE policy IN (:policyBit, 7) AND dimension = 'cohort' AND currency = :currency AND member BETWEEN :from AND :to GROUP BY member, month ORDER BY member, month`,
);
const findStanding = sql('revenue-sums.standing', 'SELECT as_of_at AS asOfAt, known_since_at AS knownSinceAt FROM revenue_rollup_state WHERE id = 1 AND as_of_at IS NOT NULL AND known_since_at IS NOT NULL');
const trialMonths = sql('revenue-sums.trials', 'SELECT month, started, ended, converted FROM revenue_trial_months WHERE month BETWEEN :from AND :to');
const outcomeMonths = sql('revenue-sums.outcomes', "SELECT month, currency, sum(iif(status = 'failed', charges, 0)) AS failed, sum(iif(status = 'succeeded', charges, 0)) AS succeeded FROM charge_outcome_months WHERE month BETWEEN :from AND :to GROUP BY month, currency");
const caveatCounts = sql('revenue-sums.caveats', 'SELECT kind, object_id AS objectId, count(*) AS customers FROM revenue_caveats WHERE from_month <= :to AND to_month >= :from GROUP BY kind, object_id ORDER BY kind, object_id');
const firstMonth = sql('revenue-sums.first-month', "SELECT min(month) AS month FROM revenue_rollups WHERE policy IN (1, 7) AND dimension = 'all' AND currency = '*' AND member = ''");
const memberNames = sql('revenue-sums.members-named', 'SELECT DISTINCT member FROM revenue_rollups WHERE policy IN (1, 7) AND dimension = :dimension AND currency = :currency ORDER BY member');
const knownPlan = sql('revenue-sums.known-plan', "SELECT EXISTS (SELECT 1 FROM stripe_prices WHERE id = :member) OR EXISTS (SELECT 1 FROM revenue_rollups WHERE policy IN (1, 2, 4, 7) AND dimension = 'plan' AND currency = '*' AND member = :member) AS isKnown");
const knownCountry = sql('revenue-sums.known-country', "SELECT EXISTS (SELECT 1 FROM revenue_rollups WHERE policy IN (1, 2, 4, 7) AND dimension = 'country' AND currency = '*' AND member = :member) OR EXISTS (SELECT 1 FROM stripe_customers WHERE country = :member) AS isKnown");
const currenciesHeld = sql('revenue-sums.currencies-held', "SELECT DISTINCT currency FROM revenue_rollups WHERE policy IN (1, 7) AND dimension = 'all' AND currency <> '*' ORDER BY currency");
const planNames = sql(
  'revenue-sums.plan-names',
  `SELECT p.id, coalesce(d.name, p.nickname, p.product_id) AS product, p.recurring_interval AS interval, p.recurring_interval_count AS intervalCount, p.currency
     FROM json_each(?) AS wanted CROSS JOIN stripe_prices AS p ON p.id = wanted.value LEFT JOIN stripe_products AS d ON d.id = p.product_id`,
);

type Range = { readonly from: Month; readonly to: Month };

/** Sums are kept by plan and by country; where both are asked for, they are summed from the movements themselves. */
const areCrossed = (plan: unknown, country: unknown): boolean => plan !== null && country !== null;
const memberOf = ({ plan, country }: SumScope): { dimension: string; member: string } => (plan !== null ? { dimension: 'plan', member: plan } : country !== null ? { dimension: 'country', member: country } : { dimension: 'all', member: '' });
const asAsked = <Move extends MonthMove>({ isConverted, currency }: SumScope, moves: Move[]): Move[] => (isConverted && currency !== '*' ? moves.map((move) => ({ ...move, amountMinor: move.functionalMinor })) : moves);

export function readScope(database: ReadableDatabase, scope: SumScope, to: Month): MonthMove[] {
  const { policyBit, currency, plan, country } = scope;
  return asAsked(scope, areCrossed(plan, country) ? readCrossed(database, scope, to, null) : database.all<MonthMove>(movesOfScope, { policyBit, currency, ...memberOf(scope), to }));
}

/** What moved each plan or country of a scope, before a range (in the month '0000-01') and in it. */
export function readMembers(database: ReadableDatabase, scope: SumScope, by: 'plan' | 'country', range: Range): MemberMove[] {
  const { policyBit, currency } = scope;
  const other = by === 'plan' ? scope.country : scope.plan;
  const moves = other === null ? database.all<MemberMove>(movesOfMembers, { policyBit, dimension: by, currency, ...range }) : inRange(readCrossed(database, scope, range.to, by), range);
  return asAsked(scope, moves.filter(({ member }) => scope[by] === null || member === scope[by]));
}

/** What moved each currency of a scope; amounts are in the currency, functional ones beside them. */
export function readCurrencies(database: ReadableDatabase, scope: SumScope, range: Range): MemberMove[] {
  const { policyBit, plan, country } = scope;
  const moves = areCrossed(plan, country) ? inRange(readCrossed(database, scope, range.to, 'currency'), range) : database.all<MemberMove>(movesOfCurrencies, { policyBit, ...memberOf(scope), ...range });
  return scope.currency === '*' ? moves : moves.filter(({ currency }) => currency === scope.currency);
}

const inRange = (moves: readonly MemberMove[], { from, to }: Range): MemberMove[] => moves.map((move) => ({ ...move, month: move.month < from ? beforeAll : to }));
const beforeAll = '0000-01' as Month;

export interface CohortMonth {
  readonly cohort: Month;
  readonly month: Month;
  /** What moved its MRR in the month, and how many customers it gained less those it lost. */
  readonly amountMinor: number;
  readonly customers: number;
  /** In its first month: how many began, those who left within it too. */
  readonly firsts: number;
}
export const readCohorts = (database: ReadableDatabase, { policyBit, currency }: Pick<SumScope, 'policyBit' | 'currency'>, range: { from: Month; to: Month }): CohortMonth[] => database.all(cohortMonths, { policyBit, currency, ...range });

/** A price that Stripe has, or that moved MRR. */
export const isPlanKnown = (database: ReadableDatabase, plan: string): boolean => database.get<{ isKnown: number }>(knownPlan, { member: plan })?.isKnown === 1;
/** A country of a customer; '' stands for those of whom Stripe knows none. */
export const isCountryKnown = (database: ReadableDatabase, country: string): boolean => country === '' || database.get<{ isKnown: number }>(knownCountry, { member: country })?.isKnown === 1;

/** Up to when the sums go and since when what was known is known; undefined before the first refresh came to its end. */
export const findSumsStanding = (database: ReadableDatabase): { asOfAt: number; knownSinceAt: number } | undefined => database.get(findStanding);

export interface TrialCounts { readonly month: Month; readonly started: number; readonly ended: number; readonly converted: number }
export const readTrialMonths = (database: ReadableDatabase, from: Month, to: Month): TrialCounts[] => database.all(trialMonths, { from, to });

export interface OutcomeCounts { readonly month: Month; readonly currency: string; readonly failed: number; readonly succeeded: number }
export const readOutcomeMonths = (database: ReadableDatabase, from: Month, to: Month): OutcomeCounts[] => database.all(outcomeMonths, { from, to });

export const findFirstRevenueMonth = (database: ReadableDatabase): Month | null => database.get<{ month: Month | null }>(firstMonth)?.month ?? null;
export const listMembers = (database: ReadableDatabase, dimension: 'plan' | 'country', currency = '*'): string[] => database.all<{ member: string }>(memberNames, { dimension, currency }).map(({ member }) => member);
export const listCurrencies = (database: ReadableDatabase): string[] => database.all<{ currency: string }>(currenciesHeld).map(({ currency }) => currency);

/** What is incomplete in a range of months, as sentences. */
export function readCaveats(database: ReadableDatabase, from: Month, to: Month): string[] {
  const rows = database.all<{ kind: string; objectId: string; customers: number }>(caveatCounts, { from, to });
  const undated = rows.filter(({ kind }) => kind === 'change-undated').map(({ objectId }) => objectId);
  const named = undated.length > 6 ? `${undated.slice(0, 6).join(', ')} and ${undated.length - 6} more` : undated.join(', ');
  return [
    ...(undated.length > 0 ? [`Rebuilt, change date unknown: ${named} changed without an invoice line to say when; the figures follow the lines.`] : []),
    ...rows.filter(({ kind }) => kind === 'rate-missing').map(({ objectId, customers }) => `No exchange rate is known on or before the start of some service periods in ${objectId.toUpperCase()} (${customers} ${customers === 1 ? 'customer' : 'customers'}): converted they count 0.`),
    ...rows.filter(({ kind }) => kind === 'price-unknown').map(({ objectId }) => `The price ${objectId} on invoice lines is not known here: its lines count 0.`),
  ];
}

const intervalNames: Readonly<Record<string, string>> = { day: 'daily', week: 'weekly', month: 'monthly', year: 'annual' };

/** Plans by the id of their price: 'Pro, annual, EUR'. */
export function readPlanNames(database: ReadableDatabase, priceIds: readonly string[]): Map<string, string> {
  const rows = database.all<{ id: string; product: string; interval: string | null; intervalCount: number | null; currency: string }>(planNames, [JSON.stringify(priceIds)]);
  return new Map(rows.map(({ id, product, interval, intervalCount, currency }) => [id, `${product}, ${(intervalCount ?? 1) === 1 ? (intervalNames[interval ?? ''] ?? 'once') : `every ${intervalCount} ${interval}s`}, ${currency.toUpperCase()}`]));
}
