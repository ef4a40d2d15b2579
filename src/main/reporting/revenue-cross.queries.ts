/**
 * Sums of a plan within a country: the kept sums stand by plan and by country (migration 0042), where both are asked for the movements of the plan's customers there are
 * summed by the same rules. One plan in one country is few rows.
 */
import { endOf, type Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { sumsOfMovements, type ScopedMovement } from '../revenue/revenue-contributions.ts';
import type { MemberMove, MonthMove, SumScope } from './revenue-sum-scope.ts';

/** The order of the join is fixed where a plan is named: by its index to its customers. */
const columns = `m.customer_id AS customerId, m.day_on AS day, m.kind, m.price_id AS plan, m.currency, r.country, m.amount_minor AS functionalMinor, m.native_minor AS nativeMinor`;
const conditions = '(m.policies & :policyBit) <> 0 AND (:currency = \'*\' OR m.currency = :currency) AND m.day_on < :until';
const ofPlan = sql('revenue-cross.of-plan', `SELECT ${columns} FROM revenue_movements AS m CROSS JOIN revenue_customers AS r ON r.customer_id = m.customer_id WHERE m.price_id = :plan AND (:country IS NULL OR r.country = :country) AND ${conditions} ORDER BY m.customer_id, m.day_on`);
const ofCountry = sql('revenue-cross.of-country', `SELECT ${columns} FROM revenue_customers AS r CROSS JOIN revenue_movements AS m ON m.customer_id = r.customer_id WHERE r.country = :country AND ${conditions} ORDER BY m.customer_id, m.day_on`);

interface Row {
  readonly customerId: string;
  readonly day: string;
  readonly kind: string;
  readonly plan: string;
  readonly currency: string;
  readonly country: string;
  readonly functionalMinor: number;
  readonly nativeMinor: number;
}

/** What moved a plan in a country, or each member of one of them in the other. Amounts are in the scope's currency, in the functional one where it has none. @param by null: all of it as one. */
export function readCrossed(database: ReadableDatabase, scope: SumScope, to: Month, by: 'plan' | 'country' | 'currency' | null): MemberMove[] {
  const { policyBit, plan, country, currency } = scope;
  const until = endOf(to);
  // A member of what is broken down may be chosen as well: then only that one.
  const rows = plan === null ? database.all<Row>(ofCountry, { policyBit, country, currency, until }) : database.all<Row>(ofPlan, { policyBit, plan, country, currency, until });
  const sums = (of: Iterable<Row>, asCurrency: string): MemberMove[] => [...sumsOfMovements(movementsOf(of, by, asCurrency), { policy: policyBit, currency: asCurrency }).values()].map((sum) => ({
    month: sum.month as Month, kind: sum.kind as MonthMove['kind'], amountMinor: sum.amountMinor, functionalMinor: sum.functionalMinor, movements: sum.movements, joined: sum.customersJoined, left: sum.customersLeft, member: sum.member, currency: asCurrency,
  }));
  // Each currency has its own customers that join and leave, by what moved in itself.
  if (by === 'currency') return [...Map.groupBy(rows, (row) => row.currency)].flatMap(([code, of]) => sums(of, code));
  return sums(rows, currency);
}

function* movementsOf(rows: Iterable<Row>, by: 'plan' | 'country' | 'currency' | null, currency: string): Iterable<ScopedMovement> {
  for (const row of rows) {
    yield { customerId: row.customerId, day: row.day, kind: row.kind, member: by === null ? '' : row[by], amountMinor: currency === '*' ? row.functionalMinor : row.nativeMinor, functionalMinor: row.functionalMinor };
  }
}
